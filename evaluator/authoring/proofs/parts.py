"""Parts that can never give their full marks, or always do, and deductions that never take anything."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction

from evaluator.authoring.proofs.decide import Goal
from evaluator.authoring.proofs.prover import Condition, Prover, Question
from evaluator.authoring.proofs.world import World
from evaluator.packs import models as m
from evaluator.packs import tree
from evaluator.packs.conditions import parse_condition, parse_formula
from evaluator.packs.source import DataPath
from evaluator.scoring import plan as p
from evaluator.scoring.formulas import all_of, any_of, negated
from evaluator.scoring.parts import deduct_step, part_step

__all__ = ["Shape", "check_shape", "deduct_goals", "full_test", "node_of", "part_goals", "some_test"]


@dataclass(frozen=True)
class Shape:
    """A part or deduction as the plan has it. ``whole``: the test that it gives (or takes) all that it can; ``node``: what it reads."""

    node: tree.Node
    whole: Callable[[World], tuple[p.PartStep | None, p.Test, p.Test]]  # the step, its N/A test, and that test

    def question(self, wanted: bool, prover: Prover, among: Sequence[Condition]) -> Question:
        """Return the question whether it can give all (or less) where the conditions ``among`` hold and its own shape decides."""
        near = prover.near(self.node, among)

        def goals(world: World) -> list[Goal]:
            step, na, whole = self.whole(world)
            fixed = [(test, False) for test, _ in step.fixed] if step else []
            return [(whole, wanted), (na, False), *fixed, *(world.goal(one.node, True) for one in near)]

        return goals

    def zero_gives(self, prover: Prover, *, full: bool) -> bool:
        """Return whether a ratio over nothing may give full marks (or less than full) outright."""

        def goals(world: World) -> list[Goal]:
            step, na, _ = self.whole(world)
            gives = [test for test, worth in step.fixed if (worth == step.full) is full] if step else []
            return [(any_of(*gives), True), (na, False)]

        return prover.can(goals).can is not False


def part_goals(part: m.AnyPart, index: int, column: str) -> Shape:
    """Return the shape of a part; ``index`` is its place, ``column`` the points column of a manual one."""

    def whole(world: World) -> tuple[p.PartStep, p.Test, p.Test]:
        step, _ = part_step(world, part, index, column)
        return step, step.na, full_test(step)

    return Shape(node_of(part), whole)


def deduct_goals(deduct: m.Deduct, index: int) -> Shape:
    """Return the shape of a deduction per unit: all that it can do is to take something."""
    assert deduct.per is not None

    def whole(world: World) -> tuple[None, p.Test, p.Test]:
        step, _ = deduct_step(world, deduct, index, "")
        assert step.per is not None
        return None, step.na, p.Compare(">=", step.per, p.Const(step.every))

    return Shape(parse_formula(deduct.per), whole)


def node_of(part: m.AnyPart) -> tree.Node:
    """Return what a part reads, as a tree; of one with points by hand nothing."""
    match part:
        case m.Award():
            return parse_condition(part.when)
        case m.Bands():
            return tree.And(tree.Span(0, 0), tuple(parse_condition(band.when) for band in part.bands))
        case m.CountUpPart(count_up=up):
            return parse_formula(up.per)
        case m.CountDownPart(count_down=down):
            return parse_formula(down.per)
        case m.ProratePart(prorate=prorate):
            return parse_formula(prorate.of)
        case m.ChoicesPart(choices=choices):
            return tree.Name(tree.Span(0, 0), choices.of)
        case _:
            return tree.Number(tree.Span(0, 0), Fraction(0))


def full_test(step: p.PartStep) -> p.Test:
    """Return the test that a part is worth its full marks."""
    match step:
        case p.AwardStep():
            return step.when
        case p.BandsStep():
            lower = [index for index, (_, worth) in enumerate(step.bands) if worth != step.full]
            before = {index: [negated(step.bands[one][0]) for one in lower if one < index] for index in range(len(step.bands))}
            return any_of(*(all_of(test, *before[index]) for index, (test, _) in enumerate(step.bands) if index not in lower))
        case p.ManualStep():
            return p.Compare(">=", p.Slot(step.slot), p.Const(100 * step.full))
        case p.CountStep() if step.step < 0:
            return p.Compare("<", step.per, p.Const(step.every))
        case p.CountStep() if step.step > 0:
            return p.Compare(">=", step.per, p.Const(step.every * -(-(step.full - step.start) // step.step)))
        case p.CountStep():
            return p.Fixed(step.start >= step.full)
        case p.ProrateStep():
            return p.Compare(">=", step.num, step.den)
        case p.ChoicesStep() if step.each > 0:
            there = p.Plus(tuple(p.Slot(slot) for slot in step.slots))
            return p.Compare(">=", there, p.Const(-(-step.full // step.each)))
        case _:
            return p.Fixed(step.full == 0)


def some_test(step: p.PartStep) -> p.Test:
    """Return a test that holds wherever a part, by its own shape, is worth anything."""
    match step:
        case p.AwardStep():
            return step.when
        case p.BandsStep():
            return any_of(*(test for test, worth in step.bands if worth > 0))
        case p.ManualStep():
            return p.Compare(">", p.Slot(step.slot), p.Const(0))
        case p.CountStep() if step.step < 0:
            return p.Compare("<", step.per, p.Const(step.every * -(-step.full // -step.step)))
        case p.CountStep():
            return p.Compare(">=", step.per, p.Const(step.every))
        case p.ProrateStep():
            return p.Compare(">", step.num, p.Const(0))
        case p.ChoicesStep():
            return p.Compare(">=", p.Plus(tuple(p.Slot(slot) for slot in step.slots)), p.Const(1))
        case _:
            return p.Fixed(True)


def check_shape(prover: Prover, part: m.AnyPart, shape: Shape, path: DataPath, among: Sequence[Condition]) -> None:
    """Report a part that counts, shares out or lists, and never or always gives its full marks."""
    match part:
        case m.CountUpPart(count_up=up):
            where, found = (*path, "count_up", "per"), up.per
        case m.CountDownPart(count_down=down):
            where, found = (*path, "count_down", "per"), down.per
        case m.ProratePart(prorate=prorate):
            where, found = (*path, "prorate", "of"), prorate.of
        case m.ChoicesPart(choices=choices):
            where, found = (*path, "choices", "of"), choices.of
        case _:
            return
    prover.asked += 1
    all_, less = (prover.can(shape.question(wanted, prover, among)) for wanted in (True, False))
    why = prover.why(shape.node, among)
    if all_.can is False and not shape.zero_gives(prover, full=True):
        prover.report("W625", where, found=found, why=why, record=less.record)
    elif less.can is False and not shape.zero_gives(prover, full=False):
        prover.report("W626", where, found=found, why=why, record=all_.record)
    elif all_.can is None or less.can is None:
        prover.left_open(where, found)
