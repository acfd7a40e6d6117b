"""A workbook that came back, as rows: which sheet and header, whose export it was, which rows were touched, which cells cannot be used."""

import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from functools import cached_property
from pathlib import Path
from typing import cast

from evaluator.diagnostics import Diagnostic, Failure, Place
from evaluator.evidence.cells import Cell, Sheet
from evaluator.evidence.files import read_file
from evaluator.evidence.prescan import open_zip, parse_xml
from evaluator.evidence.values import plain
from evaluator.ledger.book import Book
from evaluator.ledger.events import ROLES, Role
from evaluator.ledger.workbooks.contract import HEADER_WITHIN, HIDDEN, META, SCHEMA, digest, field_named, label, seal

__all__ = ["Line", "Meta", "Returned", "formulas", "read_returned"]


@dataclass(frozen=True)
class Meta:
    """What the hidden sheet says: whose export it was, and whose columns were open."""

    export: str
    role: Role


@dataclass(frozen=True)
class Line:
    """A row with something in it. ``meta`` is None for a sheet of any other layout; ``id`` is "" where the row is a new one."""

    sheet: Sheet
    row: int
    columns: Mapping[str, int]
    hidden: Mapping[str, int]
    meta: Meta | None

    def text(self, name: str) -> str:
        """Return a cell as plain text, "" where the sheet has no such column."""
        return plain(self.cell(name))

    def cell(self, name: str) -> Cell:
        at = self.columns.get(name)
        cells = self.sheet.rows[self.row]
        return None if at is None or at >= len(cells) else cells[at]

    def place(self, name: str = "") -> Place:
        """Return the spot of a column in this row, that of the number where the sheet has no such column."""
        return self.sheet.place(self.row, self.columns.get(name, self.columns.get("number", 0)))

    def _mark(self, name: str) -> str:
        at = self.hidden.get(name)
        cells = self.sheet.rows[self.row]
        return "" if at is None or at >= len(cells) else plain(cells[at])

    @cached_property
    def id(self) -> str:
        return self._mark("_id") if self.meta else ""

    @cached_property
    def version(self) -> int:
        """The version on which the row rests; 0 where there is none."""
        text = self._mark("_base_version")
        return int(text) if text.isascii() and text.isdigit() else 0

    @property
    def whole(self) -> bool:
        """Whether the hidden cells of the row still belong together."""
        told = self._mark("_row_hash").partition("-")[0]
        return self.meta is not None and told == seal(self.meta.export, self.id, self._mark("_base_version"))

    @property
    def touched(self) -> bool:
        """Whether anything was changed since the row went out."""
        told = self._mark("_row_hash").partition("-")[2]
        return told != digest(self.cell(name) for name in self.columns if name != "filled_by")

    @property
    def empty(self) -> bool:
        return not self.id and not any(self.text(name) for name in self.columns)


@dataclass(frozen=True)
class Returned:
    """A file with its rows. ``findings`` are cells that cannot be used, ``notes`` what was left out."""

    path: Path
    sha256: str
    meta: Meta | None
    lines: tuple[Line, ...]
    findings: tuple[Diagnostic, ...] = ()
    notes: tuple[Diagnostic, ...] = field(default=())


def read_returned(path: Path, book: Book) -> Returned:
    """Return the rows of a workbook that this ledger sent out, or of any sheet that has a column 台账编号.

    Raises:
        Failure: it cannot be read, belongs to another ledger, is of another schema, or has no such column.
    """
    sheets = read_file(path)
    data = path.read_bytes()
    meta = _meta(path, sheets, book)
    spots = formulas(data)
    lines: list[Line] = []
    findings: list[Diagnostic] = []
    notes: list[Diagnostic] = []
    left = []
    for sheet in (one for one in sheets if not one.hidden):
        header = _header(sheet)
        if header is None:
            left += [sheet.name] if any(any(plain(cell) for cell in row) for row in sheet.rows) else []
            continue
        row, columns, extra, double = header
        findings += double
        if meta is None and extra:
            notes.append(Diagnostic("exchange.W641", sheet.place(row, 0), {"names": "、".join(extra)}))
        hidden = {plain(cell): n for n, cell in enumerate(sheet.rows[row]) if plain(cell) in HIDDEN}
        made = (Line(sheet, n, columns, hidden, meta) for n in range(row + 1, len(sheet.rows)))
        lines += [line for line in made if not line.empty]
        findings += _flawed(sheet, row, columns, spots.get(sheet.name, frozenset()))
    if not lines and left and len(left) == sum(not one.hidden for one in sheets):
        raise Failure([Diagnostic("exchange.E601", Place(str(path)), {"rows": HEADER_WITHIN, "name": label("number")})])
    if left and meta is None:
        notes.append(Diagnostic("exchange.W642", Place(str(path)), {"names": "、".join(left)}))
    return Returned(path, hashlib.sha256(data).hexdigest(), meta, tuple(lines), tuple(findings), tuple(notes))


def _meta(path: Path, sheets: list[Sheet], book: Book) -> Meta | None:
    sheet = next((one for one in sheets if one.name == META), None)
    if sheet is None:
        return None
    told = {plain(row[0]): plain(row[1]) for row in sheet.rows if len(row) > 1}
    place = Place(str(path))
    if told.get("schema") != str(SCHEMA):
        raise Failure([Diagnostic("exchange.E603", place, {"found": told.get("schema", "?"), "known": SCHEMA})])
    if told.get("ledger") != book.id:
        raise Failure([Diagnostic("exchange.E602", place, {"to": told.get("to", "?"), "as_of": told.get("as_of", "?")})])
    if told.get("export") not in book.exports or told.get("role") not in ROLES:
        raise Failure([Diagnostic("exchange.E604", place, {"export": told.get("export", "?"), "as_of": told.get("as_of", "?")})])
    return Meta(told["export"], cast(Role, told["role"]))


def _header(sheet: Sheet) -> tuple[int, dict[str, int], list[str], list[Diagnostic]] | None:
    """Return the row of the header, its columns by name, the headers that mean nothing here, and columns that stand there twice."""
    for number, row in enumerate(sheet.rows[:HEADER_WITHIN]):
        named = [(n, field_named(cell), plain(cell)) for n, cell in enumerate(row) if plain(cell)]
        if not any(name == "number" for _, name, _ in named):
            continue
        columns: dict[str, int] = {}
        double = []
        for n, name, _ in named:
            if name is not None and name in columns:
                told = {"column": label(name), "other": sheet.place(number, columns[name]).cell}
                double.append(Diagnostic("exchange.E606", sheet.place(number, n), told))
            elif name is not None:
                columns[name] = n
        return number, columns, [text for _, name, text in named if name is None and text not in HIDDEN], double
    return None


def _flawed(sheet: Sheet, header: int, columns: Mapping[str, int], spots: frozenset[tuple[int, int]]) -> Iterator[Diagnostic]:
    """Yield the cells below the header whose value nobody typed."""
    names = {n: name for name, n in columns.items()}
    for row, column in sorted({*sheet.flaws, *spots}):
        if row <= header or column not in names:
            continue
        flaw = sheet.flaws.get((row, column))
        values = {"column": label(names[column]), "found": flaw.text if flaw else "="}
        key = "exchange.E613" if flaw and flaw.kind != "uncached_formula" else "exchange.E612"
        yield Diagnostic(key, sheet.place(row, column), values)


_FORMULA = re.compile(rb'<c\s[^>]*?\br="([A-Z]{1,3})(\d{1,7})"[^>]*>\s*<f[\s>/]')


def formulas(data: bytes) -> dict[str, frozenset[tuple[int, int]]]:
    """Return where an xlsx workbook computes, by sheet: a reader hands over only what came out, which changes by itself (``=TODAY()``)."""
    if not data.startswith(b"PK"):
        return {}
    archive = open_zip(data)
    if "xl/workbook.xml" not in archive.namelist():
        return {}
    links = parse_xml(archive, "xl/_rels/workbook.xml.rels")
    parts = {link.get("Id"): link.get("Target", "").removeprefix("/xl/") for link in links}
    found = {}
    for sheet in parse_xml(archive, "xl/workbook.xml").iter():
        part = next((parts.get(value) for name, value in sheet.attrib.items() if name.endswith("}id")), None)
        if sheet.tag.endswith("}sheet") and part and f"xl/{part}" in archive.namelist():
            cells = _FORMULA.findall(archive.read(f"xl/{part}"))
            found[sheet.get("name", "")] = frozenset((int(digits) - 1, _column(letters)) for letters, digits in cells)
    return found


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number - 1


def near(found: str, numbers: list[str]) -> str:
    """Return the numbers nearest to one that the ledger has not."""
    return "、".join(get_close_matches(found, numbers, n=3, cutoff=0.6)) or "—"
