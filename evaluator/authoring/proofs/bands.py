"""Bands: holes, bands that an earlier one hides, higher marks hidden behind lower ones.

A band is hidden when nothing is left of it; that is proved for any conditions. A hole, and a value that meets a higher band and gets a
lower one, are looked for where all bands compare one and the same value with fixed lines: it then has only as many different places as
there are lines, and the gaps between them.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction

from evaluator.authoring.proofs.parts import part_goals
from evaluator.authoring.proofs.prover import Condition, Prover, Seen
from evaluator.authoring.proofs.verdicts import judge
from evaluator.authoring.proofs.world import World
from evaluator.diagnostics import Failure
from evaluator.packs import models as m
from evaluator.packs import tree
from evaluator.packs.source import DataPath
from evaluator.packs.writing import names, write
from evaluator.scoring import plan as p
from evaluator.scoring.formulas import Linear
from evaluator.scoring.truth import truth

__all__ = ["check_bands"]

NOWHERE = tree.Span(0, 0)
FIXED = ("setting",)  # what may stand on a line


def check_bands(prover: Prover, part: m.Bands, index: int, path: DataPath, among: Sequence[Condition]) -> None:
    """Report what is wrong among the bands of a part."""
    bands = [Condition(band.when, (*path, "bands", place, "when"), in_part=True) for place, band in enumerate(part.bands)]
    alone = len(bands) == 1
    given, taken = (part_goals(part, index, "").zero_gives(prover, full=full) for full in (True, False)) if alone else (False, False)
    reached: list[int] = []
    for place, band in enumerate(bands):
        found = judge(prover, band, None if given else "W603", "W602" if alone and not taken else None, among)
        if found != "never" and not _hidden(prover, bands, place, reached, among):
            reached.append(place)
    if len(bands) > 1:
        _along(prover, part, bands, set(reached), path, among)


def _hidden(prover: Prover, bands: Sequence[Condition], place: int, before: Iterable[int], among: Sequence[Condition]) -> bool:
    """Report a band that is only ever true where an earlier one is, and return whether it is one."""
    band, earlier = bands[place], [bands[one] for one in before]
    if not earlier:
        return False
    near = prover.near(band.node, among)
    prover.asked += 1
    left = prover.can(
        lambda world: [
            world.goal(band.node, True, in_part=True),
            *(world.goal(one.node, False, in_part=True) for one in earlier),
            *(world.goal(one.node, True) for one in near),
        ]
    )
    if left.can is not False:
        if left.can is None:
            prover.left_open(band.path, band.text)
        return False
    seen = prover.holds(band.node, among, in_part=True)
    by = next((one for one in earlier if _true(seen, one.node)), earlier[0])
    prover.inside("W623", band, by=by.text, record=seen.record)
    return True


def _true(seen: Seen, node: tree.Condition) -> bool:
    return seen.world is not None and truth(seen.world.goal(node, True, in_part=True)[0], seen.answer.slots) is True


# --- along one value ----------------------------------------------------------


@dataclass(frozen=True)
class _Place:
    """A stretch of the value on which every band is the same: what shows it, and the bands that are true there."""

    seen: Seen
    true: tuple[int, ...]


def _along(
    prover: Prover, part: m.Bands, bands: Sequence[Condition], reached: set[int], path: DataPath, among: Sequence[Condition]
) -> None:
    value = _value(prover, bands)
    if value is None:
        return
    prover.asked += 1
    told: set[str] = set()
    seen: list[list[Fraction]] = []
    for world in prover.worlds:  # a dated setting moves the lines from one era to the next
        lines = _lines(world, value, bands)
        if lines is None or lines in seen:
            continue
        seen.append(lines)
        places = _places(prover.in_era(world), value, lines, bands, among)
        if places is None:
            prover.left_open((*path, "bands"), write(value))
        else:
            _judged(prover, part, bands, reached, path, write(value), places, told)
    if not seen:
        prover.left_open((*path, "bands"), write(value))


def _judged(
    prover: Prover,
    part: m.Bands,
    bands: Sequence[Condition],
    reached: set[int],
    path: DataPath,
    value: str,
    places: list[_Place],
    told: set[str],
) -> None:
    """Report what the stretches of a value show and an earlier era has not."""
    covered = [number for number, place in enumerate(places) if place.true]
    hole = next((place for place in places[covered[0] : covered[-1]] if not place.true), None) if covered else None
    if hole and "" not in told:
        told.add("")
        prover.report("W622", (*path, "bands"), key=True, found=value, record=hole.seen.record)
    for place in places:
        if not place.true:
            continue
        got = part.bands[place.true[0]].award
        for other in place.true[1:]:
            if other in reached and bands[other].text not in told and part.bands[other].award > got > 0:
                told.add(bands[other].text)
                first, award = bands[place.true[0]], part.bands[other].award
                prover.inside("W624", bands[other], record=place.seen.record, award=award, got=got, by=first.text)


def _value(prover: Prover, bands: Sequence[Condition]) -> tree.Formula | None:
    """Return the one value that all bands compare with fixed lines, None where there is none."""
    found: dict[str, tree.Formula] = {}
    for band in bands:
        for side, lines in _sides(band.node):
            if side is None or any(not _fixed(prover, line) for line in lines):
                return None
            found[write(side)] = side
    return next(iter(found.values())) if len(found) == 1 else None


def _sides(node: tree.Condition) -> Iterable[tuple[tree.Formula | None, tuple[tree.Formula, ...]]]:
    """Yield what each comparison compares and with which lines; None for what is no comparison of numbers."""
    match node:
        case tree.And(of=of) | tree.Or(of=of):
            for one in of:
                yield from _sides(one)
        case tree.Not(of=inner):
            yield from _sides(inner)
        case tree.Compare(left=left, right=right):
            yield (left, (right,)) if names(left) else (right, (left,))
        case tree.Between(of=value, low=low, high=high):
            yield value, (low, high)
        case tree.In(of=value, values=values) if not any(isinstance(one, tree.Text) for one in values):
            yield value, values
        case _:
            yield None, ()


def _fixed(prover: Prover, line: tree.Formula) -> bool:
    return not isinstance(line, tree.Text) and all(
        name in prover.pack.settings and prover.pack.settings[name].by is None for name in names(line)
    )


def _lines(world: World, value: tree.Formula, bands: Sequence[Condition]) -> list[Fraction] | None:
    """Return the lines, as the value counts, in rising order."""
    found = set()
    try:
        for band in bands:
            for _, lines in _sides(band.node):
                for line in lines:
                    percent = world.reader.is_percent(value) or world.reader.is_percent(line)
                    worth = world.reader.value(line, percent)
                    if not isinstance(worth, Linear) or not isinstance(worth.expr, p.Const):
                        return None
                    found.add(Fraction(worth.expr.value, worth.den))
    except Failure:
        return None
    return sorted(found)


def _places(
    prover: Prover, value: tree.Formula, lines: list[Fraction], bands: Sequence[Condition], among: Sequence[Condition]
) -> list[_Place] | None:
    """Return the stretches of the value that there are, in rising order; None where one is not decided."""
    found = []
    for place in range(2 * len(lines) + 1):
        at, between = divmod(place, 2)
        if between:
            limits: list[tuple[tree.Comparator, Fraction]] = [("=", lines[at])]
        else:
            limits = [(">", lines[at - 1])] if at else []
            limits += [("<", lines[at])] if at < len(lines) else []
        pieces = tuple(tree.Compare(NOWHERE, op, value, tree.Number(NOWHERE, line)) for op, line in limits)
        seen = prover.holds(pieces[0] if len(pieces) == 1 else tree.And(NOWHERE, pieces), among, in_part=True)
        if seen.can is None:
            return None
        if seen.can:
            found.append(_Place(seen, tuple(number for number, band in enumerate(bands) if _true(seen, band.node))))
    return found
