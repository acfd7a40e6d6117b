"""The smallest set of changes that reaches a goal: fewest, then soonest, then first in order; scored anew before it is proposed."""

from collections.abc import Callable, Sequence
from itertools import combinations
from typing import NamedTuple

from evaluator.scoring.advice.changes import Change
from evaluator.scoring.advice.state import Desk, Key
from evaluator.scoring.advice.sums import Counter, additive

__all__ = ["TRIES", "Found", "Goal", "least", "search"]

TRIES = 1000  # scorings of one search


class Goal(NamedTuple):
    """A level of a pack; ``up``: higher is better."""

    pack: int
    level: int
    up: bool

    def reached(self, level: int) -> bool:
        return level >= self.level if self.up else level <= self.level


class Found(NamedTuple):
    """The changes, None where none are enough. Not ``exact``: there may be a smaller set (or, with None, one after all)."""

    changes: tuple[Change, ...] | None
    exact: bool


def least(desk: Desk, goal: Goal, free: Sequence[Change], tries: int = TRIES) -> Found:
    """Return the smallest set of ``free`` changes that reaches the goal."""
    if additive(desk, goal.pack, free, goal.up):
        found = by_sums(desk, goal, free)
        if found is None:
            return Found(None, True)
        if goal.reached(desk.levels(goal.pack, keys(found)).standing):
            return Found(found, True)
    return search(desk, goal, free, tries)


def keys(chosen: Sequence[Change]) -> frozenset[Key]:
    return frozenset(change.key for change in chosen)


def by_sums(desk: Desk, goal: Goal, free: Sequence[Change]) -> tuple[Change, ...] | None:
    """Return the set by counting: the least count; the shortest limit with which it is kept; then, change by change in order, one that
    some set of that count holds."""
    counter = Counter(desk, goal.pack, goal.reached)
    count = counter.count(frozenset(), free)
    if not count:
        return None if count is None else ()
    for days in sorted({change.days for change in free}):
        soon = [change for change in free if change.days <= days]
        if len(soon) >= count and counter.count(frozenset(), soon) == count:
            break
    chosen: list[Change] = []
    for place, change in enumerate(soon):
        left = count - len(chosen) - 1
        if left < 0:
            break
        if counter.count(keys([*chosen, change]), soon[place + 1 :]) == left:
            chosen.append(change)
    return tuple(chosen)


def search(desk: Desk, goal: Goal, free: Sequence[Change], tries: int = TRIES) -> Found:
    """Return the set by trying: all sets of one change, of two and so on, each scored. Where that would take too long, a set from which
    no change can be dropped: a bound."""

    def reaches(chosen: Sequence[Change]) -> bool:
        return goal.reached(desk.levels(goal.pack, keys(chosen)).standing)

    left, size = tries, 0
    for size in range(len(free) + 1):
        met = []
        for chosen in combinations(range(len(free)), size):
            if (left := left - 1) < 0:
                return _dropped(reaches, free, size)
            if reaches([free[place] for place in chosen]):
                met.append((max((free[place].days for place in chosen), default=0), chosen))
        if met:
            return Found(tuple(free[place] for place in min(met)[1]), True)
    return Found(None, True)


def _dropped(reaches: Callable[[Sequence[Change]], bool], free: Sequence[Change], at_least: int) -> Found:
    """Return all changes without those that are not needed, the longest first; ``at_least``: no smaller size is enough."""
    chosen = list(free)
    if not reaches(chosen):
        return Found(None, False)
    for change in sorted(free, key=lambda one: (-one.days, one.gain)):
        fewer = [one for one in chosen if one is not change]
        if reaches(fewer):
            chosen = fewer
    return Found(tuple(chosen), len(chosen) <= at_least)
