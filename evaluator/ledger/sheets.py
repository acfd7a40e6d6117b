"""What all workbooks of the ledger share: font, lines, limits of a sheet, and a time of creation that is not the clock's."""

from collections.abc import Iterable
from datetime import date, datetime

from rich.cells import cell_len

__all__ = ["FONT", "GRID", "HEAD", "LINE", "LONGEST", "OPTIONS", "SIZE", "high", "moment"]

FONT = "等线"
SIZE = 10
GRID = "#9AA5B1"
HEAD = "#D9E2EC"
LINE = 15.0  # points of a line
TALLEST = 405.0  # Excel stops at 409
LONGEST = 32_000  # characters of one cell; Excel stops at 32767
OPTIONS = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False, "default_date_format": "yyyy-mm-dd"}


def moment(day: date) -> datetime:
    """Return when a workbook of a day says that it was made: the clock would make every workbook's bytes differ."""
    return datetime(day.year, day.month, day.day)  # noqa: DTZ001  # Excel knows no zones


def high(texts: Iterable[tuple[str, float]], least: float = 0.0) -> float:
    """Return the height in points of a row that shows every text whole, each with the width of its column in characters."""
    lines = 1
    for text, width in texts:
        lines = max(lines, sum(max(1, -(-cell_len(piece) // max(2, int(width) - 2))) for piece in text.split("\n")))
    return min(TALLEST, max(least, lines * LINE + 5))
