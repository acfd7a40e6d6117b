"""Readers of the workbooks of Excel and WPS: xlsx through calamine behind the pre-scan, xls through xlrd."""

import datetime
import io
import re
import zipfile
from typing import Any

import python_calamine
import xlrd

from evaluator.evidence.cells import Cell, Flaw, Refused, Sheet, hold, make_sheet
from evaluator.evidence.prescan import scan_workbook

__all__ = ["clock_time", "duration_text", "read_xls", "read_xlsx"]


def read_xlsx(file: str, archive: zipfile.ZipFile, data: bytes) -> list[Sheet]:
    """Return the worksheets of an xlsx workbook in their order; chart sheets are left out.

    Raises:
        Refused: damaged, incomplete, protected by a password, or too large.
    """
    sheets = []
    try:
        scans = scan_workbook(archive)
        with python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(data)) as workbook:
            for meta in workbook.sheets_metadata:
                if meta.name not in scans:
                    continue
                sheet = workbook.get_sheet_by_name(meta.name)
                rows = [_plain(row) for row in sheet.to_python(skip_empty_area=False)]
                merged = [(top, bottom, left, right) for (top, left), (bottom, right) in sheet.merged_cell_ranges or ()]
                hidden = meta.visible != python_calamine.SheetVisibleEnum.Visible
                scan = scans[meta.name]
                sheets.append(make_sheet(file, meta.name, hidden, rows, scan.flaws, scan.percents, merged))
    except python_calamine.PasswordError as error:
        raise Refused("files.E120") from error
    except (Refused, KeyboardInterrupt, SystemExit):
        raise
    except BaseException as error:  # a panic of the Rust reader is no Exception
        raise Refused("files.E121", reason=str(error)) from error
    return sheets


def read_xls(file: str, data: bytes) -> list[Sheet]:
    """Return the worksheets of an xls (or et) workbook in their order.

    Raises:
        Refused: damaged, protected by a password, or too large.
    """
    try:
        log = io.StringIO()
        with xlrd.open_workbook(file_contents=data, formatting_info=True, ragged_rows=True, logfile=log) as book:
            return [_xls_sheet(file, book, sheet) for sheet in book.sheets()]
    except Refused:
        raise
    except xlrd.XLRDError as error:
        raise Refused("files.E120" if "encrypted" in str(error) else "files.E121", reason=str(error)) from error
    except Exception as error:  # on damaged bytes xlrd raises whatever its parsing meets: IndexError, struct.error, CompDocError …
        raise Refused("files.E121", reason=f"{type(error).__name__}: {error}") from error


def _xls_sheet(file: str, book: Any, sheet: Any) -> Sheet:
    rows: list[list[Cell]] = []
    flaws: dict[tuple[int, int], Flaw] = {}
    percents: set[tuple[int, int]] = set()
    width = max((sheet.row_len(r) for r in range(sheet.nrows)), default=0)
    hold(width * sheet.nrows)
    for r in range(sheet.nrows):
        row: list[Cell] = [None] * width
        rows.append(row)
        for c, cell in enumerate(sheet.row(r)):
            if cell.ctype == xlrd.XL_CELL_ERROR:
                flaws[r, c] = Flaw("error_value", xlrd.error_text_from_code.get(cell.value, "#ERR"))
            elif cell.ctype not in (xlrd.XL_CELL_EMPTY, xlrd.XL_CELL_BLANK):
                shown = book.format_map[book.xf_list[cell.xf_index].format_key].format_str
                row[c] = _xls_value(cell, shown, book.datemode)
                if "%" in re.sub(r'"[^"]*"|\\.', "", shown):
                    percents.add((r, c))
    merged = [(top, bottom - 1, left, right - 1) for top, bottom, left, right in sheet.merged_cells]
    return make_sheet(file, sheet.name, sheet.visibility != 0, rows, flaws, percents, merged)


def _xls_value(cell: Any, shown: str, datemode: int) -> Cell:
    if cell.ctype == xlrd.XL_CELL_BOOLEAN:
        return bool(cell.value)
    if cell.ctype == xlrd.XL_CELL_NUMBER:
        return float(cell.value)
    if cell.ctype == xlrd.XL_CELL_DATE:
        if re.search(r"\[[hms]+\]", shown, re.IGNORECASE):
            return duration_text(datetime.timedelta(days=cell.value))
        if 0 <= cell.value < 1:
            return clock_time(datetime.timedelta(seconds=round(cell.value * 86400)))
        try:
            moment: datetime.datetime = xlrd.xldate_as_datetime(cell.value, datemode)
        except (OverflowError, ValueError):  # a number that no date has, under a date format
            return float(cell.value)
        return moment.date() if cell.value == int(cell.value) else moment
    return str(cell.value) or None


def _plain(row: list[Any]) -> list[Cell]:
    return [None if value == "" else duration_text(value) if type(value) is datetime.timedelta else value for value in row]


def clock_time(span: datetime.timedelta) -> datetime.time:
    """Return the time of day that lies ``span``, less than 24 hours, after midnight."""
    seconds = min(int(span.total_seconds()), 86399)
    return datetime.time(seconds // 3600, seconds // 60 % 60, seconds % 60)


def duration_text(value: datetime.timedelta) -> str:
    """Return a duration as a workbook shows it: ``30:00:00``."""
    seconds = round(value.total_seconds())
    sign, seconds = "-" if seconds < 0 else "", abs(seconds)
    return f"{sign}{seconds // 3600}:{seconds // 60 % 60:02}:{seconds % 60:02}"
