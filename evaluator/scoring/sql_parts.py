"""What parts, deductions and criteria are worth, as columns: nullable where one number says it, lowest and highest where it takes two."""

from collections.abc import Sequence

from sqlglot import exp

from evaluator.scoring import plan as p
from evaluator.scoring.sql_pieces import (
    Tree,
    all_true,
    any_true,
    case,
    column,
    is_null,
    named,
    negation,
    number,
    over,
    plus,
    truth,
)
from evaluator.scoring.sql_tests import Reading, expression, results_in, settled

__all__ = ["Worth"]

LARGEST = 2**63 - 1
Whens = list[tuple[Tree, Tree]]


class Worth:
    """The columns of one pack's criteria, in three layers that each read the one before: tests and expressions, parts, criteria.

    ``readings`` of the results of needed packs, as they stand and at their highest; None where the criteria read none.
    """

    def __init__(self, criteria: Sequence[p.CriterionStep], readings: tuple[Reading, Reading] | None) -> None:
        self.readings = readings
        self._tests: dict[p.Test, str] = {}
        self._values: dict[p.Expr, str] = {}
        self.parts: list[Tree] = []
        self.criteria = [one for step in criteria for one in self._criterion(step)]

    @property
    def tests(self) -> list[Tree]:
        """Return the first layer: every test and every expression that parts read, once."""
        tests = [named(settled(step, self.readings), name) for step, name in self._tests.items()]
        return tests + [named(self._value(step), name) for step, name in self._values.items()]

    # --- what parts read ------------------------------------------------------

    def truth(self, step: p.Test) -> Tree:
        """Return a test as a column of the first layer, which holds every test once."""
        return truth(step.value) if isinstance(step, p.Fixed) else column(self._tests.setdefault(step, f"t{len(self._tests)}"))

    def value(self, step: p.Expr) -> Tree:
        return column(f"s{step.index}") if isinstance(step, p.Slot) else column(self._values.setdefault(step, f"x{len(self._values)}"))

    def _value(self, step: p.Expr) -> Tree:
        """Return an expression, unknown where it reads a needed pack's result that is not settled."""
        if self.readings is None or next(results_in(step), None) is None:
            return expression(step)
        low, high = (expression(step, read) for read in self.readings)
        return case([(exp.EQ(this=low, expression=high), expression(step, self.readings[0]))])

    def _part(self, tree: Tree) -> str:
        name = f"v{len(self.parts)}"
        self.parts.append(named(tree, name))
        return name

    # --- parts ----------------------------------------------------------------

    def _bounds(self, part: p.PartStep) -> tuple[Tree, Tree]:
        """Return the lowest and highest worth of a part."""
        outright: Whens = []  # holds NULL where the part is anything from 0 to full
        if part.na != p.NEVER:
            outright += [(self.truth(part.na), number(0)), (is_null(self.truth(part.na)), exp.Null())]
        for test, worth in part.fixed:
            outright += [(self.truth(test), number(min(max(worth, 0), part.full))), (is_null(self.truth(test)), exp.Null())]
        if isinstance(part, p.BandsStep):
            again = [(when.copy(), then.copy()) for when, then in outright]
            lowest, highest = self._bands(part)
            low, high = self._part(case([*outright, *lowest], number(0))), self._part(case([*again, *highest], number(0)))
        else:
            whens, otherwise = self._shape(part)
            low = high = self._part(case([*outright, *whens], otherwise))
        return exp.Coalesce(this=column(low), expressions=[number(0)]), exp.Coalesce(this=column(high), expressions=[number(part.full)])

    def _bands(self, part: p.BandsStep) -> tuple[Whens, Whens]:
        """Return the cases of the lowest and of the highest award that bands may give; 0 where none holds.

        A band may be the one if it is not false and none before it is true. The highest is found by asking for larger awards first, the
        lowest by smaller ones; then only bands written earlier but asked later need ruling out: one asked earlier would have been taken.
        """
        awards = [min(max(award, 0), part.full) for _, award in part.bands]
        tests = [test for test, _ in part.bands]

        def may(place: int, rivals: list[int]) -> Tree:
            open_ = [exp.Coalesce(this=self.truth(tests[place]), expressions=[truth(True)])] if place < len(tests) else []
            taken = any_true([self.truth(tests[rival]) for rival in rivals])
            return all_true([*open_, *([negation(exp.Coalesce(this=taken, expressions=[truth(False)]))] if rivals else [])])

        largest_first = sorted(range(len(awards)), key=lambda place: -awards[place])
        highest = [(may(i, [j for j in range(i) if awards[j] < awards[i]]), number(awards[i])) for i in largest_first]
        if largest_first == list(range(len(awards))):
            return [(self.truth(test), number(award)) for test, award in zip(tests, awards, strict=True)], highest
        awards.append(0)  # none of them
        smallest_first = sorted(range(len(awards)), key=lambda place: awards[place])
        return [(may(i, [j for j in range(i) if awards[j] > awards[i]]), number(awards[i])) for i in smallest_first], highest

    def _shape(self, part: p.PartStep) -> tuple[Whens, Tree | None]:
        """Return the cases of a shape that one number says, and what is otherwise; NULL where it is unknown."""
        match part:
            case p.AwardStep(when=when):
                return [(self.truth(when), number(part.full)), (negation(self.truth(when)), number(0))], None
            case p.CountStep(start=start, step=step, per=per, every=every):
                return self._stepped(self.value(per), every, start, step, part.full)
            case p.ChoicesStep(each=each, slots=slots):
                return self._stepped(plus([column(f"s{slot}") for slot in slots]), 1, 0, each, part.full)
            case p.ManualStep(slot=slot, low=least):
                given = column(f"s{slot}")
                most = exp.GTE(this=given, expression=number(100 * part.full))
                few = exp.LTE(this=given.copy(), expression=number(100 * least))
                return [(most, number(part.full)), (few, number(least))], over(given.copy(), 100)
            case p.ProrateStep(num=num, den=den):
                positive = exp.GT(this=self.value(den), expression=number(0))
                senseless = negation(exp.Coalesce(this=positive, expressions=[truth(False)]))
                none = exp.LTE(this=self.value(num), expression=number(0))
                whole = exp.GTE(this=self.value(num), expression=self.value(den))
                share = over(exp.Mul(this=number(part.full), expression=self.value(num)), self.value(den))
                return [(senseless, exp.Null()), (none, number(0)), (whole, number(part.full))], share
        raise AssertionError(part)

    def _stepped(self, per: Tree, every: int, start: int, step: int, most: int) -> tuple[Whens, Tree]:
        """Return ``start + step x floor(max(per, 0) / every)`` held to 0..most, without a product that could pass 64 bits."""
        end = most if step > 0 else 0
        enough = -(-abs(end - start) // abs(step)) if step else 0
        last = every * enough
        whens: Whens = [(exp.LTE(this=per, expression=number(0)), number(min(max(start, 0), most)))]
        if step and last <= LARGEST:
            whens.append((exp.GTE(this=per.copy(), expression=number(last)), number(end)))
        units = exp.Mul(this=number(step), expression=exp.Paren(this=over(per.copy(), every)))
        return whens, plus([units, number(start)]) if start else units

    # --- deductions -----------------------------------------------------------

    def _deduction(self, deduct: p.DeductStep, owed: int) -> tuple[Tree, Tree]:
        """Return what a deduction takes off in the lowest reading and in the highest."""
        whens: Whens = []
        sure: list[Tree] = []
        if deduct.na != p.NEVER:
            whens.append((self.truth(deduct.na), number(0)))
            sure.append(negation(self.truth(deduct.na)))
        if deduct.when is not None:
            whens.append((negation(self.truth(deduct.when)), number(0)))
            sure.append(self.truth(deduct.when))
        most = owed if deduct.up_to is None else deduct.up_to
        if deduct.per is None:
            once = deduct.points if deduct.up_to is None else min(deduct.points, deduct.up_to)
            amount: Tree = number(once)
            worst = deduct.points if deduct.up_to is None else deduct.up_to
        else:
            amount = case(*self._stepped(self.value(deduct.per), deduct.every, 0, deduct.points, most))
            worst = most
        whens.append((all_true(sure), amount))
        name = self._part(case(whens))
        return exp.Coalesce(this=column(name), expressions=[number(worst)]), exp.Coalesce(this=column(name), expressions=[number(0)])

    # --- criteria -------------------------------------------------------------

    def _criterion(self, step: p.CriterionStep) -> list[Tree]:
        """Return ``c<n>_low``, ``c<n>_high``, ``c<n>_points`` and, where it may differ, ``c<n>_sure`` (points that surely apply)."""
        low, high, points, sure = self._figures(step) if step.owed else (number(0), number(0), number(0), number(0))
        found = {"low": low, "high": high, "points": points}
        if self.sure(step) == "sure":
            found["sure"] = sure
        return [named(tree, f"c{step.number}_{what}") for what, tree in found.items()]

    def sure(self, step: p.CriterionStep) -> str:
        """Return which column holds the points that surely apply."""
        doubtful = step.applies is not None or any(part.na != p.NEVER for part in step.parts)
        return "sure" if step.owed and doubtful else "points"

    def _figures(self, step: p.CriterionStep) -> tuple[Tree, Tree, Tree, Tree]:
        bounds = [self._bounds(part) for part in step.parts]
        low, high = (plus(list(side)) for side in zip(*bounds, strict=True)) if bounds else (number(step.owed), number(step.owed))
        deducts = [self._deduction(deduct, step.owed) for deduct in step.deducts]
        if deducts:
            most, least = (plus(list(side)) for side in zip(*deducts, strict=True))
            low = self._held(exp.Sub(this=low, expression=exp.Paren(this=most)), step)
            high = self._held(exp.Sub(this=high, expression=exp.Paren(this=least)), step)
        points, sure = self._points(step), self._sure(step)
        if step.zero is not None:
            low = case([(negation(exp.Coalesce(this=self.truth(step.zero), expressions=[truth(True)])), low)], number(0))
            # Points that may still leave as N/A stay possible: without them the group's share could later rise above its highest.
            leaving = any(part.na != p.NEVER for part in step.parts)
            kept = exp.Sub(this=points, expression=exp.Paren(this=sure)) if leaving else number(0)
            high = case([(self.truth(step.zero), kept)], high)
        if step.applies is not None:
            low = case([(self.truth(step.applies), low)], number(0))
            high = case([(self.truth(step.applies), high), (is_null(self.truth(step.applies)), self._points(step))], number(0))
            points = case([(negation(self.truth(step.applies)), number(0))], points)
            sure = case([(self.truth(step.applies), sure)], number(0))
        return low, high, points, sure

    def _held(self, tree: Tree, step: p.CriterionStep) -> Tree:
        above = exp.Greatest(this=tree, expressions=[number(0)], ignore_nulls=True)
        return exp.Least(this=above, expressions=[self._points(step)], ignore_nulls=True)

    def _points(self, step: p.CriterionStep) -> Tree:
        """Return the points in play where the criterion applies."""
        out = [case([(self.truth(part.na), number(part.full))], number(0)) for part in step.parts if part.na != p.NEVER]
        return exp.Sub(this=number(step.owed), expression=exp.Paren(this=plus(out))) if out else number(step.owed)

    def _sure(self, step: p.CriterionStep) -> Tree:
        """Return the points of parts that are surely not N/A."""
        doubtful = [part for part in step.parts if part.na != p.NEVER]
        sure = [case([(negation(self.truth(part.na)), number(part.full))], number(0)) for part in doubtful]
        return plus([*sure, number(step.owed - sum(part.full for part in doubtful))])
