"""How many days before the reference date ``within`` begins: so many months are some number of days, which hangs on the date.

A proof takes the number for anything between the fewest and the most there are; an example has to stand on one date, with its own number.
"""

from collections.abc import Iterator, Mapping
from datetime import date
from functools import lru_cache
from itertools import accumulate

from evaluator.authoring.proofs.linear import Row
from evaluator.scoring.period import earlier

__all__ = ["Calendar", "fewest_and_most"]

EPOCH = date(1970, 1, 1).toordinal()
CYCLE = 400 * 12  # months after which the calendar repeats
AROUND = 1_461  # days before and after a date among which others are tried: a leap year lies among them
MOST_STRETCHES = 24


@lru_cache(maxsize=1)
def _starts() -> tuple[int, ...]:
    """Return on which day, counted from the first, each month of a cycle begins, and the day after its end."""
    months = (date(2000 + month // 12, month % 12 + 1, 1) for month in range(CYCLE))
    days = ((date(one.year + one.month // 12, one.month % 12 + 1, 1) - one).days for one in months)
    return tuple(accumulate(days, initial=0))


@lru_cache(maxsize=256)
def fewest_and_most(months: int) -> tuple[int, int]:
    """Return how many days so many months before a date are, at least and at most, of all dates there are.

    In one month the number grows only where the day is clipped, so that its first and its last day show both ends.
    """
    starts = _starts()
    whole, rest = divmod(months, CYCLE)
    found: set[int] = set()
    for month in range(CYCLE):
        back = month - rest
        begins = starts[back] if back >= 0 else starts[back + CYCLE] - starts[CYCLE]
        length = starts[back % CYCLE + 1] - starts[back % CYCLE]
        days = starts[month + 1] - starts[month]
        found |= {starts[month] - begins, starts[month] + days - 1 - (begins + min(days, length) - 1)}
    more = whole * starts[CYCLE]
    return min(found) + more, max(found) + more


class Calendar:
    """The slot of R, and the slots of so many months before it as a number of days."""

    def __init__(self, day_slot: int) -> None:
        self.day_slot = day_slot
        self.slots: dict[int, int] = {}  # by months

    def read(self, slots: Mapping[int, int]) -> dict[int, int]:
        """Return those of the lengths that have a value, by months."""
        return {months: slot for months, slot in self.slots.items() if slot in slots}

    def agrees(self, found: Mapping[int, int]) -> bool:
        """Return whether every length is that of the day."""
        read = self.read(found)
        return not read or list(self.lengths(found[self.day_slot], read)) == [found[slot] for slot in read.values()]

    def lengths(self, day: int, read: Mapping[int, int]) -> tuple[int, ...]:
        """Return how many days each of the lengths is on a day."""
        on = date.fromordinal(day + EPOCH)
        return tuple((on - earlier(on, months, "months")).days for months in read)

    def stretches(self, found: Mapping[int, int], low: int, high: int) -> Iterator[list[Row]]:
        """Yield stretches of days around that of ``found`` on which no length changes, as rows; one of each kind first."""
        read = self.read(found)
        day = found[self.day_slot]
        listed: list[tuple[tuple[int, ...], int, int]] = []
        for one in range(max(low, day - AROUND), min(high, day + AROUND) + 1):
            lengths = self.lengths(one, read)
            if listed and listed[-1][0] == lengths:
                listed[-1] = (lengths, listed[-1][1], one)
            else:
                listed.append((lengths, one, one))
        first = {stretch[0]: stretch for stretch in reversed(listed)}  # of each kind
        rest = [stretch for stretch in listed if first[stretch[0]] is not stretch]
        for lengths, begins, ends in [*sorted(first.values(), key=lambda stretch: stretch[1]), *rest][:MOST_STRETCHES]:
            held = {self.day_slot: (begins, ends)} | {slot: (days, days) for slot, days in zip(read.values(), lengths, strict=True)}
            yield [row for slot, (least, most) in held.items() for row in (Row(((slot, 1),), most), Row(((slot, -1),), -least))]
