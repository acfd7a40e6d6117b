"""From the sheets of a workbook to rows of values with their cells; everything that is wrong with a cell is gathered, not raised."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from functools import cache

from evaluator.authoring.workbook.cells import BadCell, read_cell, squeezed, stand_in
from evaluator.authoring.workbook.forms import FORMS, LISTS, Column, Form, Path, header, parts_form, sheet_name
from evaluator.diagnostics import Diagnostic, Place
from evaluator.evidence.files import Cell, Sheet
from evaluator.messages import LANGUAGES, say

__all__ = ["Findings", "Row", "is_pack_workbook", "read_forms"]

HEADER_WITHIN = 12
MOST_BANDS = 40
IGNORED = "#"  # a column or sheet so marked is the author's own
INSTRUCTIONS = "manual"


class Findings(list[Diagnostic]):
    """What is wrong, as it is found; ``broken`` names the forms of which rows or a required column are missing."""

    def __init__(self) -> None:
        super().__init__()
        self.broken: set[str] = set()
        self.columns: dict[Place, Column] = {}  # of which column a filled cell is

    def tell(self, code: str, place: Place, **values: object) -> None:
        self.append(Diagnostic(f"packbook.{code}", place, values))


@dataclass
class Row:
    """One item: its values by path, the cell of each, and the cell that stands for the whole."""

    place: Place
    values: dict[Path, object] = field(default_factory=dict)
    cells: dict[Path, Place] = field(default_factory=dict)
    blanks: dict[str, Place] = field(default_factory=dict)  # by column: cells that are empty
    names: dict[str, Path] = field(default_factory=dict)  # filled columns
    guessed: set[Path] = field(default_factory=set)  # values that only stand in for what was refused

    def guess(self, column: Column) -> None:
        value = stand_in(column.kind)
        if value is not None:
            self.values[column.path] = value
        self.guessed.add(column.path)

    def id(self, key: str) -> str:
        return str(self.values.get((key,), ""))


@cache
def _names() -> dict[str, str]:
    names = {squeezed(sheet_name(form.name, lang)): form.name for form in FORMS for lang in LANGUAGES}
    return names | {squeezed(sheet_name(INSTRUCTIONS, lang)): INSTRUCTIONS for lang in LANGUAGES}


def is_pack_workbook(sheets: Sequence[Sheet]) -> bool:
    """Return whether this was once an exported pack: at least three of its sheets are there."""
    return len({_names()[name] for sheet in sheets if (name := squeezed(sheet.name)) in _names()} - {INSTRUCTIONS}) >= 3


def read_forms(sheets: Sequence[Sheet], file: str, findings: Findings) -> dict[str, list[Row]]:
    """Return the rows of every form; a sheet that is missing or has no header has none, and is reported."""
    by_name: dict[str, Sheet] = {}
    unknown = []
    for sheet in sheets:
        name = _names().get(squeezed(sheet.name))
        if name is None and sheet.name != LISTS and not sheet.name.startswith(IGNORED) and any(any(row) for row in sheet.rows):
            unknown.append(sheet)
        elif name in by_name:
            findings.tell("E116", Place(file, sheet=sheet.name), found=sheet.name, other=by_name[name].name)
        elif name is not None:
            by_name[name] = sheet
    missing = [form for form in FORMS if form.name not in by_name]
    for form in missing:
        others = "、".join(sheet.name for sheet in unknown)
        findings.broken.add(form.name)
        findings.tell("E101", Place(file), sheet=sheet_name(form.name), others=others or "—")
    for sheet in () if missing else unknown:
        findings.tell("W151", Place(file, sheet=sheet.name), found=sheet.name)
    return {form.name: _Reader(form, by_name[form.name], findings).rows() if form.name in by_name else [] for form in FORMS}


class _Reader:
    """Reads one sheet."""

    def __init__(self, form: Form, sheet: Sheet, findings: Findings) -> None:
        self.form = parts_form(MOST_BANDS) if form.name == "parts" else form
        self.sheet = sheet
        self.findings = findings
        self.heads = {squeezed(header(column, lang)): column for column in self.form.columns for lang in LANGUAGES}

    def rows(self) -> list[Row]:
        return self._upright() if self.form.upright else self._listed()

    def column_of(self, cell: Cell) -> Column | None:
        """Return the column that a header names, by either of its lines."""
        if not isinstance(cell, str):
            return None
        lines = [cell, *cell.splitlines()]
        return next((self.heads[key] for line in lines if (key := squeezed(line)) in self.heads), None)

    # --- one item, its values below each other

    def _upright(self) -> list[Row]:
        row = Row(self.sheet.place(0, 0))
        seen: set[str] = set()
        for r, cells in enumerate(self.sheet.rows):
            column = self.column_of(cells[0]) if cells else None
            if column is None:
                if r >= 2 and any(self._filled(r, c) for c in range(min(2, len(cells)))):
                    self._unknown(r, 0)
                continue
            if column.name in seen:
                self.findings.tell("E128", self.sheet.place(r, 0), found=header(column))
                continue
            seen.add(column.name)
            self._cell(row, column, r, 1)
            english = next((one for one in self.form.columns if one.name == f"{column.name}_en"), None)
            if english:
                self._cell(row, english, r, 2)
        for column in self.form.columns:
            if column.required and column.name not in seen:
                self.findings.tell("E102", self.sheet.place(0, 0), column=header(column), sheet=self.sheet.name)
        self._required(row, seen)
        return [row]

    # --- a list

    def _listed(self) -> list[Row]:
        head = self._head()
        if head is None:
            wanted = "、".join(header(column) for column in self.form.columns if column.required)
            self.findings.tell("E127", self.sheet.place(0, 0), sheet=self.sheet.name, wanted=wanted)
            self.findings.broken.add(self.form.name)
            return []
        at: dict[int, Column] = {}
        seen: dict[str, int] = {}
        for c, cell in enumerate(self.sheet.rows[head]):
            column = self.column_of(cell)
            if column is None:
                if not str(cell or "").startswith(IGNORED) and any(self._filled(r, c) for r in range(head, len(self.sheet.rows))):
                    self._unknown(head, c)
            elif column.name in seen:
                self.findings.tell("E128", self.sheet.place(head, c), found=header(column))
            else:
                seen[column.name] = c
                at[c] = column
        for column in self.form.columns:
            if column.required and column.name not in seen:
                self.findings.tell("E102", self.sheet.place(head, 0), column=header(column), sheet=self.sheet.name)
                self.findings.broken.add(self.form.name)
        rows = []
        for r in range(head + 1, len(self.sheet.rows)):
            if not any(self._filled(r, c) for c in at):
                continue
            row = Row(self.sheet.place(r, min(at)))
            for c, column in at.items():
                self._cell(row, column, r, c)
            self._required(row, set(seen))
            rows.append(row)
        return rows

    def _head(self) -> int | None:
        counts = [sum(self.column_of(cell) is not None for cell in row) for row in self.sheet.rows[:HEADER_WITHIN]]
        best = max(counts, default=0)
        return counts.index(best) if best >= 2 else None

    # --- cells

    def _filled(self, r: int, c: int) -> bool:
        row = self.sheet.rows[r]
        value = row[c] if c < len(row) else None
        return (r, c) in self.sheet.flaws or not (value is None or (isinstance(value, str) and not value.strip()))

    def _cell(self, row: Row, column: Column, r: int, c: int) -> None:
        place = self.sheet.place(r, c)
        if not self._filled(r, c):
            row.blanks[column.name] = place
            return
        self.findings.columns[place] = column
        row.cells[column.path] = place
        row.names[column.name] = column.path
        if flaw := self.sheet.flaws.get((r, c)):
            self.findings.tell("E110", place, found=flaw.text)
            row.guess(column)
            return
        try:
            value = read_cell(column.kind, self.sheet.rows[r][c], (r, c) in self.sheet.percents)
        except BadCell as bad:
            self.findings.append(Diagnostic(bad.key, place, {"column": header(column), **bad.values}))
            if bad.key.startswith("conditions."):
                value = str(self.sheet.rows[r][c])
            else:
                row.guess(column)
                return
        if value is not None:
            row.values[column.path] = value

    def _required(self, row: Row, seen: set[str]) -> None:
        """Report required columns that are there and empty in this row."""
        for column in self.form.columns:
            if column.required and column.name in seen and column.path not in row.cells:
                self.findings.tell("E104", row.blanks[column.name], column=header(column))
                row.guess(column)

    def _unknown(self, r: int, c: int) -> None:
        row = self.sheet.rows[r]
        text = str(row[c]).splitlines()[0] if c < len(row) and row[c] is not None else say("packbook.no_header")
        near = get_close_matches(squeezed(text), self.heads, n=1, cutoff=0.5)
        known: Iterator[str] = (header(column) for column in self.form.chinese[:12])
        values: Mapping[str, object] = {"found": text, "near": header(self.heads[near[0]]) if near else "、".join(known)}
        self.findings.tell("E103", self.sheet.place(r, c), **values)
