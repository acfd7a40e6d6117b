"""Conditions and formulas of a pack as exact whole-number expressions and tests.

A value is ``expr / den`` with a whole den, or a ratio of two of them. Nothing is ever rounded: comparisons cross-multiply, and the
bounds of every product are proved to fit 64 bits (MEANING section 1).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from math import lcm
from typing import Literal

from evaluator.diagnostics import Diagnostic, Failure, Place
from evaluator.packs import tree
from evaluator.packs.scope import Scope
from evaluator.packs.writing import negate
from evaluator.scoring import plan as p
from evaluator.scoring.period import Period, day_number, earlier
from evaluator.scoring.truth import value as plain_value

__all__ = ["Linear", "Ratio", "Reader", "Value", "WhenZero", "all_of", "any_of", "negated", "not_positive", "times"]

LIMIT = 9_200_000_000_000_000_000
WhenZero = Literal["na", "full", "zero"] | Fraction | None


@dataclass(frozen=True)
class Linear:
    """The value ``expr / den``."""

    expr: p.Expr
    den: int = 1


@dataclass(frozen=True)
class Ratio:
    """The value ``factor x num / den``; ``when_zero`` says what a den of zero means."""

    num: p.Expr
    den: p.Expr
    factor: Fraction
    when_zero: WhenZero = None


Value = Linear | Ratio


def times(factor: int, expr: p.Expr) -> p.Expr:
    """Return ``factor x expr``, folded where it is plain."""
    if isinstance(expr, p.Const):
        return p.Const(factor * expr.value)
    if isinstance(expr, p.Times):
        return times(factor * expr.factor, expr.of)
    return expr if factor == 1 else p.Times(factor, expr)


def all_of(*tests: p.Test) -> p.Test:
    """Return the conjunction, without what is always true; FALSE if one is."""
    kept = tuple(test for test in tests if test != p.Fixed(True))
    if p.Fixed(False) in kept:
        return p.Fixed(False)
    return kept[0] if len(kept) == 1 else p.All(kept) if kept else p.Fixed(True)


def any_of(*tests: p.Test) -> p.Test:
    """Return the disjunction, without what is never true; TRUE if one always is."""
    kept = tuple(test for test in tests if test != p.Fixed(False))
    if p.Fixed(True) in kept:
        return p.Fixed(True)
    return kept[0] if len(kept) == 1 else p.Any(kept) if kept else p.Fixed(False)


def not_positive(expr: p.Expr) -> p.Test:
    return p.Compare("<=", expr, p.Const(0))


def negated(test: p.Test) -> p.Test:
    return p.Fixed(not test.value) if isinstance(test, p.Fixed) else p.Not(test)


def holds(op: tree.Comparator, left: Fraction, right: Fraction) -> bool:
    match op:
        case "<":
            return left < right
        case "<=":
            return left <= right
        case "=":
            return left == right
        case "!=":
            return left != right
        case ">":
            return left > right
        case ">=":
            return left >= right


def scaled(value: Fraction) -> Linear:
    return Linear(p.Const(value.numerator), value.denominator)


class Reader:
    """Turns the conditions of one pack into tests over slots.

    ``value_of`` gives the value of a name; ``bounds_of`` the lowest and highest of a slot or result; ``where`` names the place in messages.
    """

    def __init__(
        self,
        pack: str,
        scope: Scope,
        period: Period,
        value_of: Callable[[str], Value],
        option_slots: Callable[[str], tuple[int, ...]],
        codes: Callable[[str, str], int],
        bounds: Mapping[int, tuple[int, int]],
    ) -> None:
        self.pack = pack
        self.scope = scope
        self.period = period
        self.value_of = value_of
        self.option_slots = option_slots
        self.codes = codes
        self.bounds = bounds
        self.where = ""

    # --- values ---------------------------------------------------------------

    def is_percent(self, node: tree.Formula) -> bool:
        match node:
            case tree.Name(id=id_):
                return self.scope[id_].type == "percent"
            case tree.Negative(of=of):
                return self.is_percent(of)
            case tree.Add() | tree.Subtract() | tree.Multiply() | tree.Divide():
                return self.is_percent(node.left) or self.is_percent(node.right)
            case tree.Aggregate(of=of):
                return any(self.is_percent(one) for one in of)
            case _:
                return False

    def in_points(self, node: tree.Formula) -> bool:
        """Return whether a formula comes to percents as points, 0 to 100; percents over percents are a share."""
        if isinstance(node, tree.Divide):
            return self.is_percent(node.left) and not self.is_percent(node.right)
        return self.is_percent(node)

    def linear(self, node: tree.Formula, percent: bool = False) -> Linear:
        value = self.value(node, percent)
        if isinstance(value, Ratio):
            raise self.refuse("scoring.E706")
        return value

    def side(self, node: tree.Formula) -> Linear:
        """Return one side of a product or quotient: there a percent sign counts in points only beside a percent of its own side."""
        return self.linear(node, self.is_percent(node))

    def value(self, node: tree.Formula, percent: bool = False) -> Value:
        """Return the exact value of a formula; ``percent``: a literal with ``%`` counts in points, otherwise as its share."""
        match node:
            case tree.Number(value=number, percent=written):
                return scaled(number / 100 if written and not percent else number)
            case tree.DateValue(value=day):
                return Linear(p.Const(day_number(day)))
            case tree.Name(id=id_):
                return self.value_of(id_)
            case tree.Negative(of=of):
                inner = self.linear(of, percent)
                return Linear(times(-1, inner.expr), inner.den)
            case tree.Add() | tree.Subtract():
                left, right = self.linear(node.left, percent), self.linear(node.right, percent)
                den = lcm(left.den, right.den)
                sign = 1 if isinstance(node, tree.Add) else -1
                both = (times(den // left.den, left.expr), times(sign * den // right.den, right.expr))
                return self.checked(Linear(p.Plus(both), den))
            case tree.Multiply():
                left, right = self.side(node.left), self.side(node.right)
                if isinstance(left.expr, p.Const):
                    left, right = right, left
                if not isinstance(right.expr, p.Const):
                    raise self.refuse("scoring.E706")
                share = Fraction(right.expr.value, right.den * left.den)
                return self.checked(Linear(times(share.numerator, left.expr), share.denominator))
            case tree.Divide():
                return self.divide(self.side(node.left), self.side(node.right))
            case tree.Aggregate(function=function, of=of):
                parts = [self.linear(one, percent) for one in of]
                den = lcm(*(one.den for one in parts))
                exprs = tuple(times(den // one.den, one.expr) for one in parts)
                if function == "abs":
                    return self.checked(Linear(p.Abs(exprs[0]), den))
                return self.checked(Linear(p.Least(exprs) if function == "min" else p.Greatest(exprs), den))
            case tree.Count(of=of):
                if len(of) == 1 and isinstance(of[0], tree.Is) and self.scope[of[0].of.id].type == "choices":
                    return Linear(p.Plus(tuple(p.Slot(slot) for slot in self.option_slots(of[0].of.id))))
                return self.checked(Linear(p.Plus(tuple(p.Holds(self.test(one)) for one in of))))
            case tree.DaysBetween(first=first, last=last):
                return self.checked(Linear(p.Plus((self.linear(last).expr, times(-1, self.linear(first).expr)))))
            case tree.Text():
                raise AssertionError("a text outside a comparison passed the type check")

    def divide(self, num: Linear, den: Linear) -> Value:
        if isinstance(den.expr, p.Const) and den.expr.value:
            share = Fraction(den.den, den.expr.value * num.den)
            return self.checked(Linear(times(share.numerator, num.expr), share.denominator))
        return self.ratio(num, den)

    def ratio(self, num: Linear, den: Linear) -> Ratio:
        whole = Fraction(den.den, num.den)
        return Ratio(times(whole.numerator, num.expr), times(whole.denominator, den.expr), Fraction(1))

    # --- tests ----------------------------------------------------------------

    def test(self, node: tree.Condition, *, in_part: bool = False) -> p.Test:
        """Return the three-valued test of a condition.

        Where a ratio's denominator is zero, its ``when_zero`` decides; ``in_part`` leaves that to the part, and a plain test takes
        ``na`` (and points, which only a part can give) as false, by way of the caller's :func:`all_of` with the N/A tests.
        """
        match node:
            case tree.And(of=of):
                return all_of(*(self.test(one, in_part=in_part) for one in of))
            case tree.Or(of=of):
                return any_of(*(self.test(one, in_part=in_part) for one in of))
            case tree.Not(of=tree.Is() | tree.Given() | tree.Within() as of):
                return negated(self.test(of))
            case tree.Not(of=of):  # pushed down to comparisons: over a denominator of zero neither side of a line holds
                return self.test(negate(of), in_part=in_part)
            case tree.Is(of=name) | tree.Given(of=name):
                return p.Compare("=", self.linear(name).expr, p.Const(1))
            case tree.Within(of=of, amount=amount, unit=unit):
                edge = earlier(self.period.reference, amount, unit)
                return p.Compare(">=", self.linear(of).expr, p.Const(day_number(edge)))
            case tree.In(of=of, values=values, negated=False):
                return any_of(*(self.compare("=", of, value, in_part) for value in values))
            case tree.In(of=of, values=values):
                return all_of(*(self.compare("!=", of, value, in_part) for value in values))
            case tree.Between(of=of, low=low, high=high, negated=False):
                return all_of(self.compare(">=", of, low, in_part), self.compare("<=", of, high, in_part))
            case tree.Between(of=of, low=low, high=high):
                return any_of(self.compare("<", of, low, in_part), self.compare(">", of, high, in_part))
            case tree.Compare(op=op, left=left, right=right):
                return self.compare(op, left, right, in_part)

    def member(self, of: tree.Formula, text: str) -> p.Test:
        assert isinstance(of, tree.Name)
        code = self.codes(of.id, text)
        if self.scope[of.id].type == "choices":
            return p.Compare("=", p.Slot(self.option_slots(of.id)[code - 1]), p.Const(1))
        return p.Compare("=", self.linear(of).expr, p.Const(code))

    def compare(self, op: tree.Comparator, left: tree.Formula, right: tree.Formula, in_part: bool) -> p.Test:
        if isinstance(left, tree.Text):
            left, right = right, left
        if isinstance(right, tree.Text):
            test = self.member(left, right.value)
            return negated(test) if op == "!=" else test
        percent = self.is_percent(left) or self.is_percent(right)
        one, two = self.value(left, percent), self.value(right, percent)
        if isinstance(one, Ratio) and isinstance(two, Ratio):
            raise self.refuse("scoring.E702")
        if isinstance(two, Ratio):
            flipped: dict[tree.Comparator, tree.Comparator] = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "=": "=", "!=": "!="}
            return self.compare_ratio(flipped[op], two, one, in_part)
        if isinstance(one, Ratio):
            return self.compare_ratio(op, one, two, in_part)
        den = lcm(one.den, two.den)
        return p.Compare(op, self.fits(times(den // one.den, one.expr)), self.fits(times(den // two.den, two.expr)))

    def compare_ratio(self, op: tree.Comparator, ratio: Ratio, line: Value, in_part: bool) -> p.Test:
        assert isinstance(line, Linear)
        if isinstance(line.expr, p.Pick):
            pick = line.expr
            listed = [
                all_of(
                    p.Compare("=", p.Slot(pick.slot), p.Const(code)),
                    self.compare_ratio(op, ratio, Linear(p.Const(value), line.den), in_part),
                )
                for code, value in pick.cases
            ]
            if pick.otherwise is not None:
                others = (p.Compare("!=", p.Slot(pick.slot), p.Const(code)) for code, _ in pick.cases)
                listed.append(all_of(*others, self.compare_ratio(op, ratio, Linear(p.Const(pick.otherwise), line.den), in_part)))
            return any_of(*listed)
        if not isinstance(line.expr, p.Const):
            raise self.refuse("scoring.E702")
        wanted = Fraction(line.expr.value, line.den) / ratio.factor
        cross = p.Compare(op, self.fits(times(wanted.denominator, ratio.num)), self.fits(times(wanted.numerator, ratio.den)))
        core = all_of(p.Compare(">", ratio.den, p.Const(0)), cross)
        if in_part or ratio.when_zero not in ("zero", "full"):
            return core
        at_zero = holds(op, Fraction(1 if ratio.when_zero == "full" else 0), wanted)
        return any_of(core, all_of(not_positive(ratio.den), p.Fixed(at_zero)))

    # --- bounds ---------------------------------------------------------------

    def checked(self, value: Linear) -> Linear:
        """Return ``value``, proved to stay within 64 bits; a constant where it is the same for every branch."""
        fixed = plain_value(value.expr, {})
        return Linear(self.fits(value.expr if fixed is None else p.Const(fixed)), value.den)

    def fits(self, expr: p.Expr) -> p.Expr:
        """Return ``expr``, proved to stay within 64 bits."""
        low, high = self.span(expr)
        if max(-low, high) > LIMIT:
            raise self.refuse("scoring.E701", bound=f"{float(max(-low, high)):.2g}")
        return expr

    def span(self, expr: p.Expr) -> tuple[int, int]:
        """Return bounds of an expression from the ranges of the indicators that it reads."""
        match expr:
            case p.Slot(index=index):
                return self.bounds[index]
            case p.Const(value=fixed):
                return fixed, fixed
            case p.Times(factor=factor, of=of):
                ends = [factor * end for end in self.span(of)]
                return min(ends), max(ends)
            case p.Plus(of=of):
                spans = [self.span(one) for one in of]
                return sum(low for low, _ in spans), sum(high for _, high in spans)
            case p.Least(of=of) | p.Greatest(of=of):
                spans = [self.span(one) for one in of]
                return min(low for low, _ in spans), max(high for _, high in spans)
            case p.Abs(of=of):
                low, high = self.span(of)
                return 0, max(abs(low), abs(high))
            case p.Holds():
                return 0, 1
            case p.When(of=of):
                return self.span(of)
            case p.Pick(cases=cases, otherwise=otherwise):
                values = [value for _, value in cases] + ([otherwise] if otherwise is not None else [])
                return min(values), max(values)
            case p.Result():
                return 0, 10**12

    def refuse(self, key: str, **values: object) -> Failure:
        return Failure([Diagnostic(key, Place(self.pack), {"pack": self.pack, "where": self.where, **values})])
