"""Branches on either side of every line that is drawn across a pack: of a star, of a level, of counted situations."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from itertools import islice

from evaluator.authoring.cases.models import NA
from evaluator.authoring.cases.run import Outcome
from evaluator.authoring.cases.search import Search, Values
from evaluator.packs import models as m

__all__ = ["level_branches"]

MOST_SUMS = 3_000
MOST_COUNTED = 6
MOST_ZEROS = 3
MOST_BROKEN = 2  # losses with hundredths, of one criterion: sums of many would hide the whole ones
Losses = Mapping[str, Sequence[tuple[int, Values]]]  # criterion to points lost and how


def level_branches(search: Search, changes: Mapping[tuple[str, str], Iterable[Values]]) -> Iterator[Values]:
    """Yield, as differences from the best branch, branches that stand at a line of the pack and just below it.

    ``changes``: what turns each item. Sums of points are searched among these, so that a line between two reachable sums is told from
    the nearest on both sides.
    """
    pack = search.pack
    losses = {id_: _losses(search, id_, found) for (section, id_), found in changes.items() if section == "criteria"}
    lost: list[Values] = []
    for group in pack.groups:
        own = {one.id: losses.get(one.id, ()) for one in group.criteria}
        sides = list(_sides(search, own, partial(_of_group, group.id)))
        yield from sides
        below = next((one for one in sides if not search.outcome({**search.base, **one}).groups.get(group.id)), None)
        lost += [below] if below else []
    yield from _sums(lost)
    yield from _sides(search, losses, lambda outcome: (outcome.level,))
    for kind in ("hard", "soft"):
        fired = [_firing(search, one, changes.get(("triggers", one.id), ())) for one in pack.triggers if one.kind == kind]
        yield from _sums([one for one in fired if one is not None])
    for one in (one for group in pack.groups for one in group.criteria if one.key):
        yield from islice(_zeros(search, one.id, changes.get(("criteria", one.id), ())), MOST_ZEROS)


def _zeros(search: Search, id_: str, changes: Iterable[Values]) -> Iterator[Values]:
    """Yield the changes under which a criterion earns nothing."""
    worst = {name: search.tried(("criteria", id_), name) for name in search.reads["criteria", id_]}
    ends = [{name: tried[end] for name, tried in worst.items()} for end in (0, -1)]
    yield from (change for change in [*changes, *ends] if search.outcome({**search.base, **change}).points.get(id_) == (0, 0))


def _of_group(id_: str, outcome: Outcome) -> tuple[object, ...]:
    return outcome.groups.get(id_), outcome.level


def _losses(search: Search, id_: str, changes: Iterable[Values]) -> list[tuple[int, Values]]:
    """Return one way to lose each number of points of a criterion that touches nothing else, a key criterion's last ones not among them."""
    best = search.outcome(search.base)
    key = any(one.id == id_ and one.key for group in search.pack.groups for one in group.criteria)
    found: dict[int, Values] = {}
    for change in changes:
        outcome = search.outcome({**search.base, **change})
        low, high = outcome.points.get(id_, NA)
        others = {other: span for other, span in outcome.points.items() if other != id_ and span != best.points.get(other)}
        lost = best.points[id_][0] - low
        if (
            0 <= low == high
            and lost > 0
            and not (key and low == 0)
            and not others
            and outcome.true == best.true
            and outcome.unknown == best.unknown
        ):
            found.setdefault(lost, change)
    whole = [pair for pair in sorted(found.items(), key=lambda pair: pair[0]) if pair[0] % 100 == 0]
    return whole + sorted((pair for pair in found.items() if pair[0] % 100), key=lambda pair: pair[0])[:MOST_BROKEN]


def _sides(search: Search, losses: Losses, told: Callable[[Outcome], object]) -> Iterator[Values]:
    """Yield branches at neighbouring sums of lost points between which ``told`` changes, and those one step further on either side."""
    sums: dict[int, Values] = {0: {}}
    for ways in losses.values():
        for lost, change in list(ways):
            for sum_, so_far in list(sums.items()):
                if len(sums) < MOST_SUMS and not so_far.keys() & change.keys():
                    sums.setdefault(sum_ + lost, {**so_far, **change})
    ordered = sorted(sums)
    seen: dict[int, object] = {}

    def at(place: int) -> object:
        if place not in seen:
            seen[place] = told(search.outcome({**search.base, **sums[ordered[place]]}))
        return seen[place]

    kept: set[int] = set()

    def split(low: int, high: int) -> None:
        if at(low) == at(high) or high - low < 1:
            return
        if high - low == 1:
            kept.update(place for place in (low - 1, low, high, high + 1) if 0 <= place < len(ordered))
            return
        middle = (low + high) // 2
        split(low, middle)
        split(middle, high)

    split(0, len(ordered) - 1)
    yield from (sums[ordered[place]] for place in sorted(kept))


def _firing(search: Search, trigger: m.Trigger, changes: Iterable[Values]) -> Values | None:
    """Return a change that brings about one trigger and no other."""
    for change in changes:
        if search.outcome({**search.base, **change}).true["triggers"] == (trigger.id,):
            return change
    return None


def _sums(changes: Sequence[Values]) -> Iterator[Values]:
    """Yield the first change, the first two, and so on, those that do not meet."""
    together: Values = {}
    for change in islice(changes, MOST_COUNTED):
        if not together.keys() & change.keys():
            together = {**together, **change}
            yield together
