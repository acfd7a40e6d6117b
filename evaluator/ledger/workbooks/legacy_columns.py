"""Which column of an office's own old ledger means what: proposed from the words of its header, corrected by hand, kept by name."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from pathlib import Path

from evaluator.diagnostics import Diagnostic, Failure, Place
from evaluator.evidence.cells import Cell, Sheet
from evaluator.evidence.layout import key
from evaluator.evidence.values import plain
from evaluator.ledger.workbooks.contract import HEADER_WITHIN, label, words_of

__all__ = ["FIELDS", "NEEDED", "Matched", "given_columns", "match_columns"]

FIELDS = (
    "number", "branch", "item", "problem", "importance", "measures", "unit", "person", "leader", "helpers", "found", "delivered", "due",
    "progress", "papers", "done_on", "opinion", "closed", "ended",
)  # fmt: skip
NEEDED = ("branch", "problem")
RUNNING = ("序号",)
_WORDS: Mapping[str, tuple[str, ...]] = {
    "number": RUNNING,
    "branch": ("被查单位", "社区", "村"),
    "closed": ("销号时间", "办结日期", "办结时间"),
    "ended": ("销号情况", "是否完成", "是否整改到位", "整改状态", "状态", "办结情况"),
    "importance": ("重要程度", "等次"),
    "papers": ("佐证",),
    "due": ("整改完成时限", "期限"),
}
SAMPLES = 3


@dataclass(frozen=True)
class Matched:
    """A sheet whose columns are known. ``left`` are headers that mean nothing here; ``saved``: the ledger knew the matching."""

    sheet: Sheet
    header: int
    columns: Mapping[str, int]
    left: tuple[str, ...]
    saved: bool

    def title(self, name: str) -> str:
        """Return the header of a column as it stands in the sheet."""
        return " ".join(plain(self.sheet.rows[self.header][self.columns[name]]).split())

    @property
    def titles(self) -> dict[str, str]:
        return {name: self.title(name) for name in self.columns}

    @property
    def running(self) -> bool:
        """Whether the numbers are only those of the rows (序号): the next sheet, or the next year, begins with 1 again."""
        return "number" in self.columns and self.title("number") in RUNNING

    def cell(self, row: int, name: str) -> Cell:
        at = self.columns.get(name)
        cells = self.sheet.rows[row]
        return None if at is None or at >= len(cells) else cells[at]

    def place(self, row: int, name: str) -> Place:
        return self.sheet.place(row, self.columns.get(name, 0))

    @property
    def rows(self) -> range:
        return range(self.header + 1, len(self.sheet.rows))

    def samples(self, name: str) -> list[str]:
        """Return the first different values of a column, cut short."""
        found = dict.fromkeys(" ".join(plain(self.cell(row, name)).split()) for row in self.rows)
        return [text if len(text) <= 12 else text[:11] + "…" for text in found if text][:SAMPLES]


@cache
def _words(name: str) -> frozenset[str]:
    return words_of(name) | {key(word) for word in _WORDS.get(name, ())}


def given_columns(told: Iterable[str]) -> dict[str, str]:
    """Return header by column, from texts as ``问题表现=存在问题``.

    Raises:
        Failure: a text of another form, or a column that the ledger has not; all of them in one pass.
    """
    found, findings = {}, []
    place = Place("--column")
    for text in told:
        name, sign, header = (piece.strip() for piece in text.partition("="))
        field = next((one for one in FIELDS if key(name) in words_of(one)), None)
        if not sign or not header:
            findings.append(Diagnostic("legacy.E661", place, {"found": text}))
        elif field is None:
            findings.append(Diagnostic("legacy.E662", place, {"found": name, "known": "、".join(map(label, FIELDS))}))
        else:
            found[field] = header
    if findings:
        raise Failure(findings)
    return found


def match_columns(path: Path, sheets: Sequence[Sheet], saved: Mapping[str, str], given: Mapping[str, str]) -> Matched:
    """Return the sheet and its columns: ``given`` headers first, then ``saved`` ones, then what the words of headers say.

    Raises:
        Failure: no header is found, a header that was named is not there, or nothing says which column holds branch or problem.
    """
    told = {**saved, **given}
    wanted = {key(header) for header in told.values()}
    best: tuple[int, int, Sheet, int] | None = None
    for sheet in (one for one in sheets if not one.hidden):
        for number, row in enumerate(sheet.rows[:HEADER_WITHIN]):
            keys = {key(cell) for cell in row if plain(cell)}
            score = (len(keys & wanted), len(_proposed(row, ())))
            if (best is None or score > best[:2]) and (score[0] or score[1] >= 2):
                best = (*score, sheet, number)
    if best is None:
        raise Failure([Diagnostic("legacy.E663", Place(str(path)), {"rows": HEADER_WITHIN})])
    sheet, number = best[2:]
    row = sheet.rows[number]
    at = {key(cell): n for n, cell in reversed(list(enumerate(row))) if plain(cell)}
    place = sheet.place(number, 0)
    findings = []
    columns: dict[str, int] = {}
    for name, header in told.items():
        if key(header) in at:
            columns[name] = at[key(header)]
        else:
            near = "、".join(get_close_matches(key(header), at, n=3, cutoff=0.3)) or "、".join(at)
            findings.append(Diagnostic("legacy.E664", place, {"column": label(name), "found": header, "near": near}))
    if not saved:
        columns |= {name: n for name, n in _proposed(row, columns.values()).items() if name not in columns}
    used = set(columns.values())
    left = tuple(" ".join(plain(cell).split()) for n, cell in enumerate(row) if plain(cell) and n not in used)
    findings += [
        Diagnostic("legacy.E665", place, {"column": label(name), "headers": "、".join(left) or "—"})
        for name in NEEDED
        if name not in columns and not findings
    ]
    if findings:
        raise Failure(findings)
    ordered = {name: columns[name] for name in FIELDS if name in columns}
    return Matched(sheet, number, ordered, left, bool(saved))


def _proposed(row: Sequence[Cell], used: Iterable[int]) -> dict[str, int]:
    """Return columns by the words of their headers: a header that is such a word wins over one that holds it, a longer word wins."""
    taken = set(used)
    found = []
    for n, cell in enumerate(row):
        header = key(cell) if plain(cell) and n not in taken else ""
        for name in FIELDS if header else ():
            fit = max((100 + len(word) if word == header else len(word) for word in _words(name) if _holds(header, word)), default=0)
            if fit:
                found.append((-fit, FIELDS.index(name), n))
    columns: dict[str, int] = {}
    for _, index, n in sorted(found):
        if FIELDS[index] not in columns and n not in taken:
            columns[FIELDS[index]] = n
            taken.add(n)
    return columns


def _holds(header: str, word: str) -> bool:
    return word == header or (len(word) > 1 and not word.isascii() and word in header)
