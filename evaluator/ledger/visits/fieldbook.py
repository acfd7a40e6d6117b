"""Workbooks that people carry and fill in by hand: plain tables on A4 paper, text that stays text, the same bytes every time."""

import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

import xlsxwriter
from xlsxwriter.worksheet import Worksheet

from evaluator.ledger.sheets import FONT, GRID, HEAD, LONGEST, OPTIONS, SIZE, high, moment
from evaluator.messages import say

__all__ = ["Field", "FieldBook", "Value"]

LEAST = 30.0  # points of a row in which somebody writes by hand
CHOSEN = 1000  # rows that offer the choices of a column

Value = str | int | date | None


@dataclass(frozen=True)
class Field:
    """A column: its title and width in characters; ``choices`` are offered in its cells, ``write`` marks it as one to fill in."""

    title: str
    width: float
    choices: tuple[str, ...] = ()
    write: bool = False


class FieldBook:
    """A workbook that is being made; :meth:`data` returns its bytes."""

    def __init__(self, title: str, day: date) -> None:
        self.buffer = io.BytesIO()
        self.book = xlsxwriter.Workbook(self.buffer, {**OPTIONS, "in_memory": True})
        self.book.set_properties({"title": title, "created": moment(day)})
        base = {"font_name": FONT, "font_size": SIZE, "valign": "vcenter", "text_wrap": True}
        grid = {**base, "border": 1, "border_color": GRID}
        self.plain = self.book.add_format(grid)
        self.left = self.book.add_format({**grid, "align": "left"})
        self.writable = self.book.add_format({**grid, "bg_color": "#FFFBE6"})
        self.head = self.book.add_format({**grid, "bold": True, "bg_color": HEAD, "align": "center"})
        self.large = self.book.add_format({**base, "bold": True, "font_size": 16, "text_wrap": False})
        self.note = self.book.add_format({**base, "font_color": "#52606D", "text_wrap": False})
        self.names: set[str] = set()

    def data(self) -> bytes:
        self.book.close()
        return self.buffer.getvalue()

    def table(self, name: str, title: str, notes: Iterable[str], fields: Sequence[Field], rows: Iterable[Sequence[Value]]) -> None:
        """Add a sheet: title, notes, a head that repeats on every page, and rows as high as their texts need."""
        sheet = self._sheet(name)
        for n, field in enumerate(fields):
            sheet.set_column(n, n, field.width)
        top = self._top(sheet, title, notes)
        for n, field in enumerate(fields):
            sheet.write_string(top, n, field.title, self.head)
        sheet.set_row(top, LEAST)
        sheet.repeat_rows(top)
        sheet.freeze_panes(top + 1, 0)
        for n, field in enumerate(fields):
            if field.choices:
                sheet.data_validation(top + 1, n, top + CHOSEN, n, {"validate": "list", "source": list(field.choices)})
        for at, row in enumerate(rows, top + 1):
            for n, (field, value) in enumerate(zip(fields, row, strict=True)):
                self._put(sheet, at, n, value, self.writable if field.write else self.plain)
            sheet.set_row(at, _height(fields, row))

    def facts(self, name: str, title: str, facts: Iterable[tuple[str, Value]]) -> None:
        """Add a sheet of names and values."""
        sheet = self._sheet(name)
        sheet.set_column(0, 0, 26)
        sheet.set_column(1, 1, 90)
        wide = (Field("", 26), Field("", 90))
        for at, (label, value) in enumerate(facts, self._top(sheet, title, ())):
            sheet.write_string(at, 0, label, self.head)
            self._put(sheet, at, 1, value, self.left)
            sheet.set_row(at, _height(wide, (label, value), least=18.0))

    def _sheet(self, name: str) -> Worksheet:
        safe = unused = "".join("_" if c in "[]:*?/\\" else c for c in name).strip("'")[:28] or "_"
        number = 1
        while unused.casefold() in self.names:
            number += 1
            unused = f"{safe[:25]}-{number}"
        self.names.add(unused.casefold())
        sheet = self.book.add_worksheet(unused)
        sheet.set_paper(9)
        sheet.set_landscape()
        sheet.fit_to_pages(1, 0)
        sheet.set_margins(left=0.4, right=0.4, top=0.6, bottom=0.6)
        sheet.hide_gridlines(2)
        sheet.set_footer(f'&R&"{FONT}"&8 {say("sampling.pages", page="&P", pages="&N")}')
        return sheet

    def _top(self, sheet: Worksheet, title: str, notes: Iterable[str]) -> int:
        sheet.write_string(0, 0, title, self.large)
        sheet.set_row(0, 28)
        row = 1
        for row, text in enumerate(notes, 1):
            sheet.write_string(row, 0, text, self.note)
        return row + 1

    def _put(self, sheet: Worksheet, row: int, column: int, value: Value, look: object) -> None:
        match value:
            case None | "":
                sheet.write_blank(row, column, None, look)
            case str():
                sheet.write_string(row, column, value if len(value) <= LONGEST else value[: LONGEST - 1] + "…", look)
            case date():
                sheet.write_string(row, column, str(value), look)
            case _:
                sheet.write_number(row, column, value, look)


def _height(fields: Sequence[Field], row: Sequence[Value], least: float = LEAST) -> float:
    """Return the height that shows every text of a row whole."""
    return high(((str(value or ""), field.width) for field, value in zip(fields, row, strict=True)), least)
