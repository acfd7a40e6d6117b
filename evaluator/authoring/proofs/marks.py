"""What the conditions of a criterion come to together: marks that nobody can have though each part could give its own."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from functools import partial
from itertools import combinations

from evaluator.authoring.proofs.decide import Goal
from evaluator.authoring.proofs.parts import full_test, node_of, some_test
from evaluator.authoring.proofs.prover import Condition, Prover
from evaluator.authoring.proofs.world import World
from evaluator.messages import LANGUAGES, say
from evaluator.packs import models as m
from evaluator.packs import tree
from evaluator.packs.conditions import parse_condition, parse_formula
from evaluator.packs.source import DataPath
from evaluator.packs.writing import negate, plain, write
from evaluator.scoring import plan as p
from evaluator.scoring.formulas import all_of, any_of, negated
from evaluator.scoring.parts import deduct_step, part_step

__all__ = ["check_marks"]

ALONE = {"W601", "W603", "W605", "W608", "W610", "W617", "W625"}  # what one part or condition shows by itself
MOST = 12  # parts and conditions of which pairs are tried
NOWHERE = tree.Span(0, 0)

Columns = Mapping[int, tuple[str, str]]  # of manual parts


@dataclass(frozen=True)
class _Wish:
    """What has to hold for the marks: in words, as a tree that says what it reads, and as a test."""

    text: str
    node: tree.Node
    test: Callable[[World], p.Test]


def check_marks(prover: Prover, criterion: m.Criterion, columns: Columns, path: DataPath, among: Sequence[Condition], before: int) -> None:
    """Report a criterion that gives nobody its full marks, or nobody any. ``before``: how many findings there were when it began."""
    if any(one.code in ALONE for one in prover.findings[before:]):
        return
    wishes = [_part(part, index, columns, full=True) for index, part in enumerate(criterion.parts)]
    wishes += [*_zero(criterion), *_deducts(criterion)]
    if len(wishes) < 2:
        return
    prover.asked += 1
    full = _together(prover, wishes, among)
    if full is None:
        prover.left_open((*path, "points"), criterion.id)
    if full is not False:
        return
    nothing = _nothing(prover, criterion, columns, among)
    lost = {lang: say("proofs.key_lost", lang) if criterion.key else "" for lang in LANGUAGES}
    clash = nothing or _clash(prover, wishes, among)
    found = "; ".join(one.text for one in clash)
    why = prover.why(_joined(one.node for one in clash), among)
    prover.report("W638" if nothing else "W637", (*path, "points"), id=criterion.id, found=found, why=why, lost=lost)


def _nothing(prover: Prover, criterion: m.Criterion, columns: Columns, among: Sequence[Condition]) -> list[_Wish]:
    """Return what clashes where no part ever gives a mark that nothing takes away; empty where one may."""
    takers = [*_zero(criterion), *_deducts(criterion, least=criterion.points)]
    givers = [_part(part, index, columns, full=False) for index, part in enumerate(criterion.parts)]
    tried: list[list[_Wish]] = [[one, *takers] for one in givers] or [takers]
    if not takers or any(_together(prover, one, among) is not False for one in tried):
        return []
    return _clash(prover, tried[0], among)


def _clash(prover: Prover, wishes: Sequence[_Wish], among: Sequence[Condition]) -> list[_Wish]:
    """Return the two that clash, or all where no two do."""
    pairs = (list(pair) for pair in combinations(wishes[:MOST], 2))
    return next((pair for pair in pairs if _together(prover, pair, among) is False), list(wishes))


def _together(prover: Prover, wishes: Sequence[_Wish], among: Sequence[Condition]) -> bool | None:
    """Return whether all of it can hold for one branch; what stands on nothing that others stand on cannot clash with them."""
    found: list[bool | None] = []
    for group in _linked(prover, [*wishes, *among]):
        if sum(isinstance(one, _Wish) for one in group) > 1:
            found.append(prover.can(partial(_goals, group)).can)
    return False if False in found else None if None in found else True


def _goals(group: Sequence[_Wish | Condition], world: World) -> list[Goal]:
    return [(one.test(world), True) if isinstance(one, _Wish) else world.goal(one.node, True) for one in group]


def _linked(prover: Prover, all_: Iterable[_Wish | Condition]) -> list[list[_Wish | Condition]]:
    """Return wishes and conditions in groups that stand on common values, directly or through others."""
    groups: list[tuple[set[str], list[_Wish | Condition]]] = []
    for one in all_:
        read, members = set(prover.behind(one.node)), [one]
        for group in [group for group in groups if group[0] & read]:
            groups.remove(group)
            read, members = read | group[0], [*group[1], *members]
        groups.append((read, members))
    return [members for _, members in groups]


def _joined(nodes: Iterator[tree.Node]) -> tree.Node:
    return tree.And(NOWHERE, tuple(nodes))  # type: ignore[arg-type]  # only its names are read


# --- what is wished -------------------------------------------------------------


def _part(part: m.AnyPart, index: int, columns: Columns, *, full: bool) -> _Wish:
    """Return the wish that a part gives all that it can, or something."""
    column = columns.get(index, ("", ""))[0]

    def test(world: World) -> p.Test:
        step, _ = part_step(world, part, index, column)
        fixed = [test for test, worth in step.fixed if (worth == step.full if full else worth > 0)]
        own = all_of(full_test(step) if full else some_test(step), *(negated(test) for test, _ in step.fixed))
        gives = all_of(any_of(own, *fixed), negated(step.na))
        return any_of(gives, step.na) if full else gives  # what is not applicable leaves the full marks

    node = tree.Name(NOWHERE, column) if column else node_of(part)
    return _Wish(_said(part, column, full=full), node, test)


def _said(part: m.AnyPart, column: str, *, full: bool) -> str:
    """Return in the words of the pack when a part gives its marks."""
    match part:
        case m.Award():
            return part.when
        case m.Bands():
            highest = max(band.award for band in part.bands)
            return " OR ".join(band.when for band in part.bands if (band.award == highest if full else band.award > 0))
        case m.CountUpPart(count_up=up):
            return f"count_up {up.per}"
        case m.CountDownPart(count_down=down):
            return f"{down.per} < {_written(down.every)}" if full else f"count_down {down.per}"
        case m.ProratePart(prorate=prorate):
            return f"{prorate.of} >= 100%" if full else f"{prorate.of} > 0%"
        case m.ChoicesPart(choices=choices):
            return f"choices {choices.of}"
        case _:
            return column


def _zero(criterion: m.Criterion) -> Iterator[_Wish]:
    """Yield the wish that ``zero_when`` does not hold."""
    if criterion.zero_when is not None:
        yield _unless(criterion.zero_when)


def _unless(text: str) -> _Wish:
    node = parse_condition(text)
    return _Wish(write(negate(node)), node, partial(_fails, node))


def _fails(node: tree.Condition, world: World) -> p.Test:
    return negated(world.goal(node, True)[0])


def _deducts(criterion: m.Criterion, least: Decimal = Decimal("0.01")) -> Iterator[_Wish]:
    """Yield the wishes that deductions take nothing, of those that take at least so much at once."""
    for index, deduct in enumerate(criterion.deduct):
        if min(deduct.points, deduct.points if deduct.up_to is None else deduct.up_to) < least:
            continue
        if deduct.per is None and deduct.when is not None:
            yield _unless(deduct.when)
        elif deduct.per is not None:
            nodes: list[tree.Node] = [parse_formula(deduct.per), *([parse_condition(deduct.when)] if deduct.when else [])]
            text = f"{deduct.per} < {_written(deduct.every)}"
            text += f" OR {write(negate(parse_condition(deduct.when)))}" if deduct.when else ""
            yield _Wish(text, _joined(iter(nodes)), partial(_untouched, deduct, index))


def _untouched(deduct: m.Deduct, index: int, world: World) -> p.Test:
    """Return the test that a deduction per unit takes nothing."""
    step, _ = deduct_step(world, deduct, index, "")
    assert step.per is not None
    when = [] if step.when is None else [negated(step.when)]
    return any_of(p.Compare("<", step.per, p.Const(step.every)), step.na, *when)


def _written(number: Decimal) -> str:
    return plain(Fraction(number))
