"""From a table of items, points and standards to a pack that works at once: everything scored by hand, every number cited."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from evaluator.authoring.workbook.assembling import Assembled
from evaluator.authoring.workbook.cells import plain_number
from evaluator.authoring.workbook.forms import Path
from evaluator.authoring.workbook.reading import Findings
from evaluator.authoring.workbook.scanning import Item, Piece, scan
from evaluator.authoring.workbook.suggesting import suggest
from evaluator.authoring.workbook.tables import Grid
from evaluator.diagnostics import Diagnostic, Failure, Place
from evaluator.messages import say

__all__ = ["FROM", "Naming", "Pasted", "pack_from_table"]

FROM = date(2000, 1, 1)  # in force whenever somebody looks, until the author says from when
LINES = (("excellent", 90), ("good", 80), ("fair", 70), ("pass", 60))  # our own defaults
TABLE, OWN = "table", "own"  # ids of sources
DEFAULT_LIMIT = "30天"
PACK_ID = re.compile(r"[A-Za-z][A-Za-z0-9-]{0,39}")
LIMITS: tuple[tuple[re.Pattern[str], str, str, dict[str, Any]], ...] = (  # words of a time limit; id, message and fields of its class
    (re.compile(r"立行立改|立即|立查立改|马上"), "D_now", "now", {"days": 3}),
    (re.compile(r"(\d{1,3})个?工作日"), "D_{n}w", "workdays", {"unit": "workday"}),
    (re.compile(r"(\d{1,2})个月"), "D_{n}m", "months", {"unit": "month"}),
    (re.compile(r"(?<![\d月])(\d{1,3})[天日]"), "D_{n}", "days", {}),
    (re.compile(r"季度?(?:末|底)|按季|每季度?"), "D_quarter", "quarter", {"at": "quarter_end"}),
    (re.compile(r"年[底末终]|12月底|12月31日|全年"), "D_year", "year", {"date": "12-31"}),
    (re.compile(r"长期|持续|常态"), "D_keep", "keep", {"review_days": 90}),
)


@dataclass(frozen=True)
class Naming:
    """What only the author knows of a pasted table: ``document`` is the title of the document from which it comes."""

    id: str | None = None
    title: str | None = None
    document: str | None = None
    first: date | None = None

    @property
    def given(self) -> bool:
        return any((self.id, self.title, self.document, self.first))


@dataclass(frozen=True)
class Pasted:
    """The data of the pack with the cell of every path, how many criteria carry a suggestion, and what its author should know."""

    made: Assembled
    suggested: int
    remark: str


def pack_from_table(grids: Sequence[Grid], file: str, naming: Naming, findings: Findings) -> Pasted:
    """Return the pack of a table.

    Raises:
        Failure: no id or title, or anything in the table that keeps it from being read; all of it is told.
    """
    if naming.id is None or not naming.title or not naming.title.strip():
        raise Failure([Diagnostic("packbook.E211", Place(file))])
    if not PACK_ID.fullmatch(naming.id):
        raise Failure([Diagnostic("packbook.E210", Place(file), {"found": naming.id})])
    items = scan(grids, file, findings)
    if any(finding.is_error for finding in findings):
        raise Failure(findings)
    return _Maker(naming.id, naming.title.strip(), naming, file, findings).run(items)


def both(key: str, **values: Any) -> dict[str, str]:
    return {"zh": say(f"packbook.{key}", "zh", **values), "en": say(f"packbook.{key}", "en", **values)}


class _Maker:
    def __init__(self, id_: str, title: str, naming: Naming, file: str, findings: Findings) -> None:
        self.id = id_
        self.title = title
        self.naming = naming
        self.file = file
        self.findings = findings
        self.cells: dict[Path, Place] = {(): Place(file)}
        self.limits: dict[str, dict[str, Any]] = {}
        self.suggested = 0

    def run(self, items: Sequence[Item]) -> Pasted:
        groups: dict[str, list[Item]] = {}
        for item in items:
            groups.setdefault(item.category, []).append(item)
        width = max(2, len(str(len(items))))
        numbers = {id(item): f"{prefix(self.id)}-{n:0{width}}" for n, item in enumerate((one for own in groups.values() for one in own), 1)}
        made = [self.group(n, name, own, numbers) for n, (name, own) in enumerate(groups.items())]
        name = self.file.replace("\\", "/").rpartition("/")[2]
        cited = any(OWN in limit["basis"] for limit in self.limits.values())
        own = {OWN: {"title": say("packbook.pasted_own")}} if cited else {}
        data: dict[str, Any] = {
            "pack": self.id,
            "version": "1",
            "status": "reference",
            "title": self.title,
            "effective": {"from": self.naming.first or FROM},
            "sources": {TABLE: {"title": self.naming.document or self.title, "note": name}} | own,
            "settings": {
                f"line_{key}": {"label": both(f"line_{key}"), "unit": "%", "value": value, "basis": "default"} for key, value in LINES
            },
            "indicators": {},
            "groups": made,
            "rating": [*_lines(), {"level": 0, "label": both("rating_fail")}],
            "deadlines": self.limits,
        }
        remark = [say("packbook.pasted_note", title=self.naming.document or self.title)]
        remark += [] if self.naming.first else [say("packbook.pasted_from", day=FROM)]
        return Pasted(Assembled(data, self.cells), self.suggested, "\n".join(remark))

    def group(self, number: int, name: str, items: Sequence[Item], numbers: dict[int, str]) -> dict[str, Any]:
        self.cells["groups", number] = items[0].place
        criteria = [self.criterion(item, numbers[id(item)], ("groups", number, "criteria", n)) for n, item in enumerate(items)]
        return {"id": f"G{number + 1}", "title": name or self.title, "criteria": criteria}

    def criterion(self, item: Item, id_: str, at: Path) -> dict[str, Any]:
        found: dict[str, Any] = {"id": id_, "text": item.text, "points": sum((piece.high for piece in item.pieces), Decimal(0))}
        self.cells[at] = self.cells[*at, "text"] = item.place
        self.cells[*at, "points"] = item.pieces[0].place
        column = id_.lower().replace("-", "_")
        parts = []
        for n, piece in enumerate(item.pieces):
            self.cells[*at, "parts", n] = piece.place
            manual: dict[str, Any] = {"range": [piece.low or Decimal(0), piece.high]}
            manual |= {"id": f"{column}_{n + 1}"} if len(item.pieces) > 1 else {}
            parts.append({"text": piece.standard or item.text, "manual": manual})
        found["parts"] = parts
        found["deadline"] = self.limit(item)
        found |= {"owner": item.owner or say("packbook.pasted_owner"), "fixable_by": "branch", "measure": both("pasted_measure")}
        marks = {plain_number(one): TABLE for piece in item.pieces for one in (piece.low, piece.high) if one is not None}
        found |= {"basis": [TABLE], "numbers": {"0": "default"} | marks}
        notes = [advice for piece in item.pieces if (advice := _advice(piece))]
        if notes:
            self.suggested += 1
            found["note"] = {lang: "\n".join(note[lang] for note in notes) for lang in ("zh", "en")}
        return found

    def limit(self, item: Item) -> str:
        """Return the id of an item's time limit; one that is not understood is told, and the default taken."""
        text = re.sub(r"\s", "", unicodedata.normalize("NFKC", item.limit))
        for words, id_, message, fields in LIMITS:
            match = words.search(text or DEFAULT_LIMIT)
            if match is None:
                continue
            n = next(iter(match.groups()), "")
            fields = fields | ({"days": int(n)} if n else {})
            name = id_.format(n=n)
            self.limits.setdefault(name, {"label": both(f"limit_{message}", n=n), **fields, "basis": [TABLE if n and text else OWN]})
            return name
        self.findings.tell("W222", item.limit_place, found=item.limit)
        self.limits.setdefault("D_30", {"label": both("limit_days", n=30), "days": 30, "basis": [OWN]})
        return "D_30"


def _lines() -> list[dict[str, Any]]:
    levels = range(len(LINES), 0, -1)
    return [{"level": n, "label": both(f"rating_{key}"), "when": f"score >= line_{key}"} for n, (key, _) in zip(levels, LINES, strict=True)]


def _advice(piece: Piece) -> dict[str, str] | None:
    found = suggest(piece.standard)
    return {"zh": found.text("zh"), "en": found.text("en")} if found else None


def prefix(pack_id: str) -> str:
    """Return the letters with which ids of criteria begin: the first of each word, or the first three of a single one."""
    words = [word for word in re.split(r"[^A-Za-z]+", pack_id) if word]
    return ("".join(word[0] for word in words) if len(words) > 1 else words[0][:3]).upper()
