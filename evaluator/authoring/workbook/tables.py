"""Tables as people paste them: rows of cells from a workbook, a text or a Word file, with merged cells known for what they are."""

import io
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import python_calamine

from evaluator.diagnostics import Diagnostic, Failure, Place, reason
from evaluator.evidence.cells import Cell, Refused, Sheet, address
from evaluator.evidence.files import MAX_FILE, read_file
from evaluator.evidence.prescan import open_zip, parse_xml
from evaluator.messages import say

if TYPE_CHECKING:  # python-docx is imported when a Word file is read
    from docx.table import Table

MOST_COLUMNS = 200  # of a Word table: its cells may claim any width

__all__ = ["Grid", "grids_of", "read_word", "word_file"]


@dataclass(frozen=True)
class Grid:
    """One table. Cells that a merged cell covers are empty and stand in ``covered``; ``broken`` holds what no value can be read from."""

    name: str
    rows: list[list[Cell]]
    places: Sequence[Sequence[Place]]
    covered: frozenset[tuple[int, int]] = frozenset()
    broken: dict[tuple[int, int], str] = field(default_factory=dict)

    def cell(self, row: int, column: int | None) -> Cell:
        return self.rows[row][column] if column is not None and column < len(self.rows[row]) else None

    def place(self, row: int, column: int | None) -> Place:
        listed = self.places[row]
        return listed[min(column or 0, len(listed) - 1)]


def word_file(path: Path) -> bool:
    return path.suffix.casefold() == ".docx"


def grids_of(path: Path, encoding: str | None = None) -> tuple[list[Grid], list[Sheet]]:
    """Return the tables of a file, and its sheets where it is no Word file.

    Raises:
        Failure: the file cannot be read.
    """
    if word_file(path):
        return read_word(path), []
    sheets = read_file(path, encoding=encoding)
    merged = _merged(path)
    return [_sheet_grid(sheet, merged.get(sheet.name, ())) for sheet in sheets if not sheet.hidden], sheets


def _merged(path: Path) -> dict[str, list[tuple[int, int, int, int]]]:
    """Return the merged areas of an xlsx workbook that has been read before, by sheet; other files do not tell theirs."""
    data = path.read_bytes()
    if not data.startswith(b"PK") or b"xl/workbook.xml" not in data:
        return {}
    found = {}
    with python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(data)) as book:
        for meta in book.sheets_metadata:
            if meta.typ == python_calamine.SheetTypeEnum.WorkSheet:
                ranges = book.get_sheet_by_name(meta.name).merged_cell_ranges or ()
                found[meta.name] = [(top, left, bottom, right) for (top, left), (bottom, right) in ranges]
    return found


def _sheet_grid(sheet: Sheet, merged: Sequence[tuple[int, int, int, int]]) -> Grid:
    rows = [list(row) for row in sheet.rows]
    covered = set()
    for top, left, bottom, right in merged:
        for r in range(top, min(bottom, len(rows) - 1) + 1):
            for c in range(left, min(right, len(rows[r]) - 1) + 1):
                if (r, c) != (top, left):
                    rows[r][c] = None
                    covered.add((r, c))
    places = [[sheet.place(r, c) for c in range(max(1, len(row)))] for r, row in enumerate(rows)]
    broken = {spot: flaw.text for spot, flaw in sheet.flaws.items() if spot not in covered}
    return Grid(sheet.name, rows, places, frozenset(covered), broken)


def read_word(path: Path) -> list[Grid]:
    """Return the tables of a Word file.

    Raises:
        Failure: it is missing, damaged, too large, or no Word file.
    """
    import docx

    try:
        if path.stat().st_size > MAX_FILE:
            raise Refused("files.E126", size=f"{path.stat().st_size // 2**20:,}", limit=f"{MAX_FILE // 2**20:,}")
        data = path.read_bytes()
        if not data.startswith(b"PK"):
            raise Refused("packbook.E208", reason="OLE" if data.startswith(b"\xd0\xcf") else "—")
        archive = open_zip(data)
        parse_xml(archive, "word/document.xml")
        document = docx.Document(io.BytesIO(data))
    except FileNotFoundError as error:
        raise Failure([Diagnostic("files.E101", Place(str(path)))]) from error
    except OSError as error:
        raise Failure([Diagnostic("files.E105", Place(str(path)), {"reason": reason(error)})]) from error
    except Refused as refused:
        raise Failure([Diagnostic(refused.key, Place(str(path)), refused.values)]) from refused
    except Exception as error:  # python-docx raises whatever a damaged package makes it meet
        raise Failure([Diagnostic("packbook.E208", Place(str(path)), {"reason": type(error).__name__})]) from error
    try:
        return [_word_grid(str(path), n, table) for n, table in enumerate(document.tables, 1)]
    except Refused as refused:
        raise Failure([Diagnostic(refused.key, Place(str(path)), refused.values)]) from refused


def _word_grid(file: str, number: int, table: "Table") -> Grid:
    name = say("packbook.table", n=number)
    rows: list[list[Cell]] = []
    covered = set()
    seen: set[int] = set()
    kept = []  # elements stay alive, so that none gets the id of another
    for r, row in enumerate(table.rows):
        if sum(tc.grid_span for tc in row._tr.tc_lst) > MOST_COLUMNS:
            raise Refused("packbook.E208", reason=f"gridSpan > {MOST_COLUMNS}")
        cells: list[Cell] = []
        for c, cell in enumerate(row.cells):
            kept.append(cell._tc)
            again = id(cell._tc) in seen
            if again:
                covered.add((r, c))
            seen.add(id(cell._tc))
            cells.append(None if again or not cell.text.strip() else cell.text.strip())
        rows.append(cells)
    places = [[Place(file, sheet=name, cell=address(r, c)) for c in range(max(1, len(row)))] for r, row in enumerate(rows)]
    return Grid(name, rows, places, frozenset(covered))
