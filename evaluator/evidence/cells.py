"""What a reader hands over: the cells of one sheet or text as they were read, each with its address."""

import datetime
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Literal

from evaluator.diagnostics import Diagnostic, Place

__all__ = ["MAX_CELLS", "ROUNDED_FROM", "Area", "Cell", "Flaw", "Refused", "Sheet", "address", "fill_merged", "hold", "make_sheet"]

Cell = str | int | float | bool | datetime.date | datetime.datetime | datetime.time | None

MAX_CELLS = 30_000_000
"""The most cells of one file, blanks between them included: each takes a reader about 30 bytes, and 600 branches need under a million."""

ROUNDED_FROM = 1e15
"""A workbook keeps 15 digits of a number; a longer code typed as a number has lost its last digits for good."""

Area = tuple[int, int, int, int]


class Refused(Exception):
    """The file cannot be read: ``key`` names the sentence to say, ``values`` fill it in."""

    def __init__(self, key: str, **values: str) -> None:
        super().__init__(key, values)
        self.key = key
        self.values = values


def hold(cells: int) -> None:
    """Raise :class:`Refused` when a file would have more than ``MAX_CELLS`` cells."""
    if cells > MAX_CELLS:
        raise Refused("files.E123", cells=f"{cells:,}", limit=f"{MAX_CELLS:,}")


@dataclass(frozen=True)
class Flaw:
    """Why the value of a cell cannot be trusted, with the text to show: ``#N/A``, ``=B2+C2``, ``110101199001010016``."""

    kind: Literal["error_value", "uncached_formula", "rounded_code"]
    text: str


@dataclass(frozen=True)
class Sheet:
    """One sheet of a workbook, or a whole text, with absolute positions: ``rows[0]`` is the first row of the file, blank rows are kept."""

    file: str
    name: str
    hidden: bool
    rows: list[list[Cell]]
    flaws: dict[tuple[int, int], Flaw] = field(default_factory=dict)
    percents: frozenset[tuple[int, int]] = frozenset()
    lines: Sequence[int] = ()
    """For texts, the line on which each row begins; empty for the sheets of a workbook."""
    notes: tuple[Diagnostic, ...] = ()
    """Warnings for the caller to pass on: an empty sheet, text that looks wrongly decoded."""

    def place(self, row: int, column: int) -> Place:
        """Return the spot of a cell, both numbers from 0: sheet and ``C7`` in a workbook, line and number of the field in a text."""
        if self.name:
            return Place(self.file, sheet=self.name, cell=address(row, column))
        return Place(self.file, line=self.lines[row] if row < len(self.lines) else 0, column=column + 1, fields=True)


def address(row: int, column: int) -> str:
    """Return ``C7`` for row 6 and column 2."""
    letters = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(65 + rest) + letters
    return f"{letters}{row + 1}"


def make_sheet(
    file: str,
    name: str,
    hidden: bool,
    rows: list[list[Cell]],
    flaws: dict[tuple[int, int], Flaw],
    percents: Iterable[tuple[int, int]],
    merged: Iterable[Area] = (),
) -> Sheet:
    """Return the sheet of a workbook: merged areas filled, long numbers marked as rounded, percents kept on numbers only.

    ``merged`` holds first row, last row, first column and last column of each area, all from 0 and all included.

    Raises:
        Refused: the merged areas together cover more than ``MAX_CELLS``.
    """
    # Readers cut trailing blanks, and a cell with a flaw reads as blank: it must stay reachable through the rows.
    width = max([len(row) for row in rows[:1]] + [c + 1 for _, c in flaws], default=0)
    height = max([len(rows)] + [r + 1 for r, _ in flaws])
    rows.extend([] for _ in range(height - len(rows)))
    for r, row in enumerate(rows):
        row.extend([None] * (width - len(row)))
        for c, value in enumerate(row):
            if type(value) is float and abs(value) >= ROUNDED_FROM:
                flaws.setdefault((r, c), Flaw("rounded_code", f"{value:.0f}"))
    marked = {(r, c) for r, c in percents if r < len(rows) and c < len(rows[r]) and type(rows[r][c]) in (int, float)}
    fill_merged(rows, flaws, marked, merged)
    place = Place(file, sheet=name)
    empty = not flaws and all(value is None for row in rows for value in row)
    notes = (Diagnostic("files.W130", place, {"sheet": name}),) if empty else ()
    return Sheet(file, name, hidden, rows, flaws, frozenset(marked), notes=notes)


def fill_merged(rows: list[list[Cell]], flaws: dict[tuple[int, int], Flaw], percents: set[tuple[int, int]], merged: Iterable[Area]) -> None:
    """Copy the first cell of each merged area, with its flaw and its percent mark, over the area, in place; never beyond the used cells.

    Raises:
        Refused: the areas together cover more than ``MAX_CELLS``.
    """
    filled = 0
    for top, bottom, left, right in merged:
        if top >= len(rows) or left >= len(rows[top]):
            continue
        bottom = min(bottom, len(rows) - 1)
        right = min(right, len(rows[top]) - 1)
        filled += (bottom - top + 1) * (right - left + 1)
        hold(filled)
        first = (top, left)
        for r in range(top, bottom + 1):
            for c in range(left, min(right, len(rows[r]) - 1) + 1):
                rows[r][c] = rows[top][left]
                if first in flaws:
                    flaws[r, c] = flaws[first]
                if first in percents:
                    percents.add((r, c))
