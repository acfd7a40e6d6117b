"""Whole numbers that meet linear conditions: either proof that there are none, or some that do.

A row says ``sum(factor x variable) <= limit``. Every variable has a lowest and a highest value. Proof is by Fourier and Motzkin's
elimination, each new row divided by what its factors have in common and cut to whole numbers (so ``2x = 3`` and ``3 < x < 4`` are refuted);
an example is found on the way back, with a bounded search among round numbers.
"""

from collections.abc import Iterable, Iterator, Mapping
from math import gcd
from typing import NamedTuple

__all__ = ["Domain", "Row", "Unsure", "narrowed", "point", "row"]

MOST_ROWS = 400
MOST_TRIES = 3_000
WHOLE_RANGE = 40  # a range of so many values is tried whole
ROUNDS = 4  # of narrowing before elimination


class Unsure(Exception):
    """Neither proof nor example within the limits."""


class Domain(NamedTuple):
    """A variable is ``step`` times a whole number from ``low`` to ``high``; ``whole`` of these steps print as 1."""

    low: int
    high: int
    step: int = 1
    whole: int = 1


class Row(NamedTuple):
    """``sum(factor x variable) <= limit``, variables in ascending order, counted in their steps."""

    factors: tuple[tuple[int, int], ...]
    limit: int


Bounds = dict[int, tuple[int, int]]


def row(factors: Mapping[int, int], limit: int) -> Row:
    """Return a row in its plainest form; one without variables says ``0 <= limit``."""
    kept = tuple(sorted((variable, factor) for variable, factor in factors.items() if factor))
    shared = gcd(*(factor for _, factor in kept))
    if shared > 1:
        return Row(tuple((variable, factor // shared) for variable, factor in kept), limit // shared)
    return Row(kept, limit)


def narrowed(rows: Iterable[Row], bounds: Mapping[int, tuple[int, int]]) -> Bounds | None:
    """Return bounds of the variables in ``rows`` that follow from one row at a time; None when nothing is left of one."""
    rows = list(rows)
    found = {variable: bounds[variable] for one in rows for variable, _ in one.factors}
    for _ in range(ROUNDS):
        before = dict(found)
        for one in rows:
            least = sum(factor * found[variable][factor < 0] for variable, factor in one.factors)
            if least > one.limit:
                return None
            for variable, factor in one.factors:
                low, high = found[variable]
                rest = one.limit - (least - factor * (low if factor > 0 else high))
                if factor > 0:
                    high = min(high, rest // factor)
                else:
                    low = max(low, -(rest // -factor))
                if low > high:
                    return None
                least += factor * ((low if factor > 0 else high) - found[variable][factor < 0])
                found[variable] = (low, high)
        if found == before:
            break
    return found


def point(rows: Iterable[Row], bounds: Mapping[int, tuple[int, int]], whole: Mapping[int, int]) -> dict[int, int] | None:
    """Return values (in steps) of the variables in ``rows`` that meet them all, None where there are none.

    Raises:
        Unsure: neither was shown within the limits.
    """
    rows = list(rows)
    found = narrowed(rows, bounds)
    if found is None:
        return None
    if all(len(one.factors) <= 1 for one in rows):  # nothing hangs on anything else
        return {variable: _round(low, high, whole[variable])[0] for variable, (low, high) in found.items()}
    kept: dict[tuple[tuple[int, int], ...], int] = {}
    for one in (*rows, *_edges(found)):
        if not _keep(kept, one):
            return None
    stages: list[tuple[int, list[Row]]] = []
    left = set(found)
    while left:
        variable = min(left, key=lambda one: (_cost(kept, one), one))
        left.remove(variable)
        reading = [Row(*one) for one in kept.items() if any(name == variable for name, _ in one[0])]
        stages.append((variable, reading))
        for one in reading:
            del kept[one.factors]
        for combined in _combined(reading, variable):
            if not _keep(kept, combined):
                return None
        if len(kept) > MOST_ROWS:
            raise Unsure
    search = _Search(stages[::-1], whole)
    if search.fill(0):
        return search.values
    if search.gaps:
        raise Unsure
    return None


def _edges(bounds: Bounds) -> Iterator[Row]:
    for variable, (low, high) in bounds.items():
        yield Row(((variable, 1),), high)
        yield Row(((variable, -1),), -low)


def _keep(kept: dict[tuple[tuple[int, int], ...], int], one: Row) -> bool:
    """Add a row where it says more than what is kept, and return whether it can be met at all."""
    if not one.factors:
        return one.limit >= 0
    kept[one.factors] = min(one.limit, kept.get(one.factors, one.limit))
    return True


def _cost(kept: Mapping[tuple[tuple[int, int], ...], int], variable: int) -> int:
    """Return how many rows eliminating a variable makes."""
    up = down = 0
    for factors in kept:
        for name, factor in factors:
            if name == variable:
                up += factor > 0
                down += factor < 0
    return up * down - up - down


def _combined(reading: list[Row], variable: int) -> Iterator[Row]:
    """Yield every pair of an upper and a lower limit of the variable, added so that it falls out."""
    split: dict[bool, list[tuple[int, Row]]] = {True: [], False: []}
    for one in reading:
        factor = dict(one.factors)[variable]
        split[factor > 0].append((abs(factor), one))
    for above, upper in split[True]:
        for below, lower in split[False]:
            factors = {name: factor * below for name, factor in upper.factors}
            for name, factor in lower.factors:
                factors[name] = factors.get(name, 0) + factor * above
            yield row(factors, upper.limit * below + lower.limit * above)


class _Search:
    """Gives values to the variables, last eliminated first; ``gaps``: some values were not tried."""

    def __init__(self, stages: list[tuple[int, list[Row]]], whole: Mapping[int, int]) -> None:
        self.stages = stages
        self.whole = whole
        self.values: dict[int, int] = {}
        self.gaps = False
        self.tries = 0

    def fill(self, place: int) -> bool:
        if place == len(self.stages):
            return True
        variable, rows = self.stages[place]
        low, high = None, None
        for one in rows:
            factor, rest = 0, one.limit
            for name, by in one.factors:
                if name == variable:
                    factor = by
                else:
                    rest -= by * self.values[name]
            if factor > 0:
                high = rest // factor if high is None else min(high, rest // factor)
            else:
                edge = -(rest // -factor)
                low = edge if low is None else max(low, edge)
        assert low is not None
        assert high is not None
        candidates = list(range(low, high + 1)) if high - low < WHOLE_RANGE else _round(low, high, self.whole[variable])
        self.gaps |= high - low >= WHOLE_RANGE
        for value in sorted(candidates, key=lambda one: one % self.whole[variable] != 0):
            self.tries += 1
            if self.tries > MOST_TRIES:
                self.gaps = True
                return False
            self.values[variable] = value
            if self.fill(place + 1):
                return True
        return False


def _round(low: int, high: int, whole: int) -> list[int]:
    """Return a few values of a long range that are easy to read, small steps from its low end first."""
    found: dict[int, None] = {}
    step = whole
    while step <= max(abs(low), abs(high)):
        for value in (-(-low // step) * step, (-(-low // step) + 1) * step):
            if low <= value <= high:
                found[value] = None
        step *= 10
    step = whole
    while step > 1:
        step //= 10
        value = -(-low // step) * step
        if value <= high:
            found[value] = None
    more = (low, low + 1, high, high - 1, (low + high) // 2)
    return [*found, *(value for value in more if low <= value <= high and value not in found)]
