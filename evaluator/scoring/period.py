"""The period of an assessment, and what of it has passed by the reference date (MEANING section 2)."""

import calendar
import re
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

__all__ = ["Period", "day_number", "earlier", "parse_period"]


def day_number(day: date) -> int:
    """Return days since 1970-01-01."""
    return (day - date(1970, 1, 1)).days


def earlier(day: date, amount: int, unit: Literal["days", "months", "years"]) -> date:
    """Return the date so much before ``day``; the day is clipped at month end (29 February less one year is 28 February)."""
    if unit == "days":
        return day - timedelta(days=amount)
    months = day.year * 12 + day.month - 1 - amount * (12 if unit == "years" else 1)
    year, month = divmod(months, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


@dataclass(frozen=True)
class Period:
    """First and last day of what is assessed; ``reference`` (R) is the earlier of the last day and as-of."""

    start: date
    end: date
    as_of: date

    @property
    def reference(self) -> date:
        return min(self.end, self.as_of)

    def complete(self, months: int) -> int:
        """Return how many spans of so many months, counted from the start, have wholly passed by R."""
        count = 0
        while earlier(self.start, -months * (count + 1), "months") - timedelta(days=1) <= self.reference:
            count += 1
        return count

    def owed(self, due: Literal["period_end"] | int | None) -> bool:
        """Whether an item due at the period's end, or once a month of the year is over, is owed at R.

        The month counts that first ends within the period; where none does, as in a quarter, that of the year in which the period ends.
        """
        if due is None:
            return True
        if due == "period_end":
            return self.reference >= self.end
        ends = [date(year, due, calendar.monthrange(year, due)[1]) for year in range(self.start.year, self.end.year + 1)]
        inside = [end for end in ends if self.start <= end <= self.end]
        return self.reference >= (inside[0] if inside else ends[-1])

    def __str__(self) -> str:
        return f"{self.start}..{self.end}"


def parse_period(text: str | None, as_of: date) -> Period:
    """Return the period written ``2023``, ``2023Q2`` or ``2023-01-01..2023-06-30``; None: the calendar year of as-of.

    Raises:
        ValueError: another form, an end before its start, or a start after as-of.
    """
    if text is None:
        text = str(as_of.year)
    if match := re.fullmatch(r"(\d{4})(?:[Qq]([1-4]))?", text):
        year, quarter = int(match[1]), match[2]
        first, last = (3 * int(quarter) - 2, 3 * int(quarter)) if quarter else (1, 12)
        start, end = date(year, first, 1), date(year, last, calendar.monthrange(year, last)[1])
    elif match := re.fullmatch(r"(\d{4}-\d\d-\d\d)\.\.(\d{4}-\d\d-\d\d)", text):
        start, end = date.fromisoformat(match[1]), date.fromisoformat(match[2])
    else:
        raise ValueError(text)
    if end < start or as_of < start:
        raise ValueError(text)
    return Period(start, end, as_of)
