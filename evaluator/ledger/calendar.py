"""Working days in China: the published arrangements, a user's file on top, and years that nobody has arranged yet.

A year is *known* when its arrangement was published. Days of any other year count as plain weekdays, and whoever counts over them
is told which years those were, so that the result can be marked provisional (暂定).
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from datetime import date
from functools import cache
from itertools import accumulate
from pathlib import Path
from typing import NamedTuple

from evaluator.ledger.arrangement import Arrangement, read_arrangement

__all__ = ["Calendar", "Counted", "load_calendar", "published"]


class Counted(NamedTuple):
    """A day reached by counting, and the years without a published arrangement that the count passed."""

    day: date
    unknown_years: tuple[int, ...]

    @property
    def provisional(self) -> bool:
        return bool(self.unknown_years)


class Calendar:
    """Monday to Friday, less ``holidays``, with ``workdays`` added; ``known_years`` are those whose arrangement is published."""

    def __init__(self, holidays: Iterable[date], workdays: Iterable[date], known_years: Iterable[int], source: str = "") -> None:
        self.holidays = frozenset(holidays)
        self.workdays = frozenset(workdays)
        self.known_years = frozenset(known_years)
        self.source = source
        shift = {day.toordinal(): -1 for day in self.holidays if day.weekday() < 5}
        shift |= {day.toordinal(): 1 for day in self.workdays if day.weekday() >= 5}
        # Only exceptions to Monday-to-Friday are kept: their days, the sum of shifts before each, and the rank of each.
        self._days = sorted(shift)
        self._shifts = [0, *accumulate(shift[day] for day in self._days)]
        self._ranks = [self._rank(day) for day in self._days]

    def is_workday(self, day: date) -> bool:
        """Whether people work on that day."""
        return day in self.workdays or (day.weekday() < 5 and day not in self.holidays)

    def add_workdays(self, day: date, number: int) -> Counted:
        """Return the ``number``-th working day after ``day``, and ``day`` itself for 0; a start on a free day is allowed.

        Raises:
            ValueError: a negative number.
        """
        if number < 0:
            raise ValueError(number)
        if number == 0:
            return Counted(day, ())
        rank = self._rank(day.toordinal()) + number
        segment = bisect_left(self._ranks, rank)
        # No exception lies between the one before the segment and the one that ends it, so weeks of five days lead there.
        weeks, rest = divmod(rank - self._shifts[segment] - 1, 5)
        reached = min([weeks * 7 + rest + 1, *self._days[segment : segment + 1]])
        return Counted(date.fromordinal(reached), self.unknown_years(date.fromordinal(day.toordinal() + 1), date.fromordinal(reached)))

    def unknown_years(self, first: date, last: date) -> tuple[int, ...]:
        """Return the years from ``first`` to ``last`` whose arrangement is not published, in order."""
        return tuple(year for year in range(first.year, last.year + 1) if year not in self.known_years)

    def with_changes(self, changes: Arrangement) -> "Calendar":
        """Return this calendar with a user's days on top: they win over what was published for the same day."""
        return Calendar(
            (self.holidays - changes.workdays) | changes.holidays,
            (self.workdays - changes.holidays) | changes.workdays,
            self.known_years | changes.years,
            changes.source,
        )

    def _rank(self, ordinal: int) -> int:
        """Return how many working days there are up to and with a day, counted from year 1."""
        weeks, rest = divmod(ordinal, 7)
        return weeks * 5 + min(rest, 5) + self._shifts[bisect_right(self._days, ordinal)]


@cache
def published() -> Calendar:
    """Return the arrangements that chinesecalendar holds; the first call reads and compiles them."""
    import chinese_calendar

    return Calendar(
        chinese_calendar.holidays,
        chinese_calendar.workdays,
        {day.year for day in chinese_calendar.holidays},
        f"chinesecalendar {chinese_calendar.__version__}",
    )


def load_calendar(path: Path) -> Calendar:
    """Return the published calendar with the user's file on top.

    Raises:
        Failure: the file cannot be read, or is not an arrangement; every fault found, with its line.
    """
    return published().with_changes(read_arrangement(path))
