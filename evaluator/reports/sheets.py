"""Workbooks that people can trust: every text stays text, nothing is cut, equal results give equal bytes."""

import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cache, lru_cache
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from evaluator.messages import say
from evaluator.reports.words import Context

__all__ = ["Book", "Cell", "Column", "Value", "broken", "row_height", "sheet_name", "text_width"]

FONT = "等线"  # on every Windows and WPS; elsewhere the system's own Chinese font stands in
SIZE = 10
LINE = 15.0  # points that a line of SIZE takes in the tallest of the usual Chinese fonts
TALLEST = 405.0  # Excel stops at 409
LONGEST = 32_000  # characters of one cell; Excel stops at 32767
PADDING = 1.6  # of a column's characters, lost to its margins
HEAD = "#D9E2EC"
GRID = "#9AA5B1"

Value = str | int | float | date | None


@dataclass(frozen=True)
class Cell:
    """A value with a look of its own: properties of XlsxWriter formats."""

    value: Value
    look: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Column:
    """A column: its width, in characters of which a Chinese one takes two, is what its texts need between ``least`` and ``most``."""

    title: str
    least: float = 6
    most: float = 40
    align: str = "left"


def text_width(text: str) -> int:
    """Return the width of the longest line; what may be wide in a Chinese font (★, —, “) counts as wide."""
    return max((sum(map(_width, line)) for line in text.split("\n")), default=0)


@cache
def _width(c: str) -> int:
    return 0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WFA" else 1


@lru_cache(100_000)
def broken(text: str, columns: float) -> tuple[str, ...]:
    """Return the lines into which a cell so wide breaks the text: between any two Chinese characters, at spaces elsewhere."""
    room = max(2.0, columns - PADDING)
    lines: list[str] = []
    for paragraph in text.split("\n"):
        lines += [paragraph] if text_width(paragraph) <= room else _broken(paragraph, room)
    return tuple(lines)


def _broken(paragraph: str, room: float) -> Iterator[str]:
    line, used = "", 0
    for word in _words(paragraph):
        width = sum(map(_width, word))
        if used and used + width > room:
            yield line
            line, used = "", 0
        while width > room:  # a word longer than the line is broken anywhere
            cut = max(1, int(room) // 2)
            yield word[:cut]
            word = word[cut:]
            width = sum(map(_width, word))
        line, used = line + word, used + width
    yield line


def _words(text: str) -> Iterator[str]:
    """Yield the pieces that are not broken: a wide character, or others up to and with a space."""
    word = ""
    for c in text:
        if _width(c) == 2:
            if word:
                yield word
            yield c
            word = ""
        elif c == " ":
            yield word + c
            word = ""
        else:
            word += c
    if word:
        yield word


def row_height(cells: Iterable[tuple[str, float]], size: float = SIZE) -> float:
    """Return the height in points that shows every text of a row whole; ``cells`` are texts with the widths of their columns."""
    count = max((len(broken(text, width)) for text, width in cells), default=1)
    return min(TALLEST, count * LINE * size / SIZE + 5)


def sheet_name(text: str) -> str:
    """Return a name that Excel takes for a sheet."""
    return "".join("_" if c in "[]:*?/\\" else c for c in text).strip("'")[:31] or "_"


class Book:
    """A workbook being written; closed, and so on disk, when its ``with`` block ends."""

    def __init__(self, path: Path, ctx: Context, title: str) -> None:
        self.lang = ctx.lang
        self.header = ctx.header
        path.parent.mkdir(parents=True, exist_ok=True)
        options = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False, "default_date_format": "yyyy-mm-dd"}
        self.book = xlsxwriter.Workbook(str(path), options)
        # A fixed time of creation: the clock would make every run's bytes differ.
        self.book.set_properties({"title": title, "created": datetime(ctx.as_of.year, ctx.as_of.month, ctx.as_of.day)})  # noqa: DTZ001  # Excel knows no zones
        self.names: set[str] = set()
        self.looks: dict[tuple[tuple[str, Any], ...], Format] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if kind is None:
            self.book.close()

    def look(self, **more: Any) -> Format:
        """Return the format of these properties over the house's own."""
        properties = {"font_name": FONT, "font_size": SIZE, "valign": "vcenter", **more}
        key = tuple(sorted(properties.items()))
        if key not in self.looks:
            self.looks[key] = self.book.add_format(properties)
        return self.looks[key]

    def sheet(self, name: str, *, landscape: bool = True) -> Worksheet:
        """Return a new sheet for A4 paper; each of its pages says the banners, the as-of date and its number."""
        safe = unused = sheet_name(name)
        number = 1
        while unused.casefold() in self.names:  # long names may be cut to the same
            number += 1
            unused = f"{safe[:28]}-{number}"
        self.names.add(unused.casefold())
        sheet = self.book.add_worksheet(unused)
        sheet.set_paper(9)
        if landscape:
            sheet.set_landscape()
        sheet.set_margins(left=0.3, right=0.3, top=0.7, bottom=0.6)
        sheet.hide_gridlines(2)
        header = self.header
        told = say("reports.x_foot", self.lang, day=header.as_of, tool=header.tool, digest=header.digest).replace("&", "&&")
        pages = say("reports.x_pages", self.lang, page="&P", pages="&N")
        sheet.set_header(f'&C&"{FONT}"&9 {" · ".join(header.banners).replace("&", "&&")}')
        sheet.set_footer(f'&L&"{FONT}"&8 {told}&R&"{FONT}"&8 {pages}')
        return sheet

    def put(self, sheet: Worksheet, row: int, column: int, value: Value, look: Format) -> None:
        """Write one value; a text is written as text whatever it begins with."""
        match value:
            case None | "":
                sheet.write_blank(row, column, None, look)
            case str():
                sheet.write_string(row, column, value if len(value) <= LONGEST else value[: LONGEST - 1] + "…", look)
            case date():
                sheet.write_datetime(row, column, datetime(value.year, value.month, value.day), look)  # noqa: DTZ001  # Excel knows no zones
            case _:
                sheet.write_number(row, column, value, look)

    def title(self, sheet: Worksheet, text: str) -> int:
        """Write the sheet's title, the banners and the period at its top; return the next free row."""
        header = self.header
        line = say("reports.x_head_line", self.lang, period=header.period, day=header.as_of, round=header.round)
        lines: tuple[tuple[str, int, dict[str, Any]], ...] = (
            (text, 30, {"bold": True, "font_size": 16}),
            ("　".join(header.banners), 20, {"bold": True, "font_color": "#B42318"}),
            (line, 18, {"font_color": "#52606D"}),
        )
        for row, (told, height, look) in enumerate(lines):
            sheet.set_row(row, height)
            self.put(sheet, row, 0, told, self.look(**look))
        return 3

    def table(
        self,
        sheet: Worksheet,
        top: int,
        columns: Sequence[Column],
        rows: Sequence[Sequence[Value | Cell]],
        *,
        widths: Sequence[float] | None = None,
        look: Mapping[str, Any] | None = None,
        split: bool = False,
    ) -> int:
        """Write a head row and rows below it, as high as their texts need; return the next free row.

        ``widths`` are kept when given, else measured. ``split``: what is too tall for one row goes on in the next.
        """
        found = [[cell.value if isinstance(cell, Cell) else cell for cell in row] for row in rows]
        wide = list(widths) if widths else [self._measured(column, [row[n] for row in found]) for n, column in enumerate(columns)]
        for n, width in enumerate(wide if widths is None else ()):
            sheet.set_column(n, n, width)
        self.head(sheet, top, columns, wide)
        return self.rows(sheet, top + 1, columns, rows, widths=wide, look=look, split=split)

    def head(self, sheet: Worksheet, row: int, columns: Sequence[Column], widths: Sequence[float]) -> None:
        look = self.look(bold=True, bg_color=HEAD, border=1, border_color=GRID, align="center", text_wrap=True)
        for n, column in enumerate(columns):
            sheet.write_string(row, n, column.title, look)
        sheet.set_row(row, row_height(zip((c.title for c in columns), widths, strict=True)))

    def rows(
        self,
        sheet: Worksheet,
        at: int,
        columns: Sequence[Column],
        rows: Iterable[Sequence[Value | Cell]],
        *,
        widths: Sequence[float],
        look: Mapping[str, Any] | None = None,
        split: bool = False,
    ) -> int:
        """Write rows as high as their texts need; return the next free row."""
        usual = [{"border": 1, "border_color": GRID, "text_wrap": True, "align": column.align, **(look or {})} for column in columns]
        plain = [self.look(**one) for one in usual]
        for row in rows:
            cells = [cell if isinstance(cell, Cell) else Cell(cell) for cell in row]
            for piece in _pieces(cells, widths) if split else [cells]:
                for n, cell in enumerate(piece):
                    self.put(sheet, at, n, cell.value, self.look(**{**usual[n], **cell.look}) if cell.look else plain[n])
                sheet.set_row(at, row_height((_shown(cell.value), width) for cell, width in zip(piece, widths, strict=True)))
                at += 1
        return at

    def _measured(self, column: Column, values: Sequence[Value]) -> float:
        widest = max((text_width(_shown(value)) for value in values), default=0)
        words = max((text_width(piece) for piece in column.title.split("\n")), default=0)
        return max(column.least, min(column.most, max(widest, words) + PADDING + 0.6))


def _shown(value: Value) -> str:
    return "" if value is None else f"{value:.10g}" if isinstance(value, float) else str(value)


def _pieces(row: Sequence[Cell], widths: Sequence[float]) -> list[list[Cell]]:
    """Return the row as one row or several, none taller than Excel allows."""
    most = int((TALLEST - 5) // LINE)
    parts = [broken(cell.value, width) if isinstance(cell.value, str) else () for cell, width in zip(row, widths, strict=True)]
    count = max(1, *(-(-len(lines) // most) for lines in parts))
    if count == 1:
        return [list(row)]
    made = []
    for part in range(count):
        texts = ["".join(lines[part * most : (part + 1) * most]) for lines in parts]
        values = [text or (cell.value if part == 0 else None) for cell, text in zip(row, texts, strict=True)]
        made.append([Cell(value, cell.look) for cell, value in zip(row, values, strict=True)])
    return made
