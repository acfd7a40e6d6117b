"""The tree of a condition, built rule by rule from what the grammar recognised; refuses what a grammar cannot."""

import unicodedata
from dataclasses import dataclass, field
from datetime import date
from difflib import get_close_matches
from fractions import Fraction
from typing import Any, NoReturn, cast

from evaluator.packs import tree
from evaluator.packs.tree import Span

__all__ = ["Builder", "Built", "ConditionError", "Problem", "as_condition", "as_formula", "normal", "refuse"]

LARGEST = 10**9
PLACES = 4
LONGEST_WITHIN = {"days": 36_500, "months": 1_200, "years": 100}
ARGUMENTS = {"min": (2, 100), "max": (2, 100), "abs": (1, 1), "count": (1, 100), "days_between": (2, 2), "within": (2, 2), "given": (1, 1)}


@dataclass(frozen=True)
class Problem:
    """One thing wrong with a condition: ``key`` names its message (``conditions.E201``), ``values`` fill it."""

    span: Span
    key: str
    values: dict[str, Any] = field(default_factory=dict, hash=False)


class ConditionError(Exception):
    """A text that is no condition, or no formula; holds every :class:`Problem` found."""

    def __init__(self, problems: list[Problem]) -> None:
        self.problems = problems
        super().__init__(", ".join(f"{problem.key} at {problem.span.start + 1}" for problem in problems))


@dataclass(frozen=True)
class Truth(tree.Node):
    """TRUE or FALSE; it stands only after ``=`` or ``!=``, so no finished tree holds it."""

    value: bool


@dataclass(frozen=True)
class Duration(tree.Node):
    """``5 years``; it stands only in ``within``, so no finished tree holds it."""

    amount: str
    unit: str


Built = tree.Formula | tree.Condition | Truth | Duration


def refuse(key: str, span: Span, **values: object) -> NoReturn:
    raise ConditionError([Problem(span, f"conditions.{key}", values)])


def normal(text: str) -> str:
    """Return ``text`` in NFKC, in which full-width and half-width letters are the same."""
    return unicodedata.normalize("NFKC", text)


def as_condition(node: Built, text: str) -> tree.Condition:
    """Return ``node`` as a condition (a name alone is a boolean one), or refuse it; ``text`` is what was parsed."""
    if isinstance(node, tree.Name):
        return tree.Is(node.span, node)
    if isinstance(node, tree.Condition):
        return node
    refuse(_out_of_place(node) or "E220", node.span, found=text[node.span.start : node.span.end])


def as_formula(node: Built, text: str) -> tree.Formula:
    """Return ``node`` as a formula, or refuse it; ``text`` is what was parsed."""
    if isinstance(node, tree.Formula):
        return node
    refuse(_out_of_place(node) or "E223", node.span, found=text[node.span.start : node.span.end])


def _out_of_place(node: Built) -> str:
    return "E221" if isinstance(node, Truth) else "E222" if isinstance(node, Duration) else ""


class Builder:
    """One ``on_…`` method for each rule of the grammar; each takes its span and its children (nodes built before, and tokens)."""

    def __init__(self, text: str) -> None:
        self.source = text

    def build(self, rule: str, span: Span, children: list[Any]) -> Built:
        return cast(Built, getattr(self, f"on_{rule.rstrip('_')}")(span, children))

    def formulas(self, children: list[Any]) -> list[tree.Formula]:
        return [as_formula(child, self.source) for child in children if isinstance(child, Built)]

    def conditions(self, children: list[Any]) -> tuple[tree.Condition, ...]:
        return tuple(as_condition(child, self.source) for child in children if isinstance(child, Built))

    def on_start(self, span: Span, children: list[Any]) -> Built:
        return cast(Built, children[0])

    # --- conditions -----------------------------------------------------------

    def on_disjunction(self, span: Span, children: list[Any]) -> tree.Or:
        return tree.Or(span, self.conditions(children))

    def on_conjunction(self, span: Span, children: list[Any]) -> tree.And:
        return tree.And(span, self.conditions(children))

    def on_not(self, span: Span, children: list[Any]) -> tree.Not:
        return tree.Not(span, self.conditions(children)[0])

    def on_compare(self, span: Span, children: list[Any]) -> tree.Condition:
        if len(children) > 3:
            refuse("E224", span)
        left, sign, right = children
        op = cast(tree.Comparator, "!=" if sign == "<>" else str(sign))
        if isinstance(left, Truth):
            left, right = right, left
        if not isinstance(right, Truth):
            left, right = self.formulas(children)
            return tree.Compare(span, op, left, right)
        if op not in ("=", "!=") or not isinstance(left, tree.Name):
            refuse("E221", right.span, found=self.source[right.span.start : right.span.end])
        holds = tree.Is(span, left)
        return holds if right.value == (op == "=") else tree.Not(span, holds)

    def on_in(self, span: Span, children: list[Any]) -> tree.In:
        of, *values = self.formulas(children)
        return tree.In(span, of, tuple(values), negated=children[1] == "NOT")

    def on_between(self, span: Span, children: list[Any]) -> tree.Between:
        of, low, high = self.formulas(children)
        return tree.Between(span, of, low, high, negated=children[1] == "NOT")

    # --- values ---------------------------------------------------------------

    def on_add(self, span: Span, children: list[Any]) -> tree.Add:
        return tree.Add(span, *self.formulas(children))

    def on_subtract(self, span: Span, children: list[Any]) -> tree.Subtract:
        return tree.Subtract(span, *self.formulas(children))

    def on_multiply(self, span: Span, children: list[Any]) -> tree.Multiply:
        return tree.Multiply(span, *self.formulas(children))

    def on_divide(self, span: Span, children: list[Any]) -> tree.Divide:
        return tree.Divide(span, *self.formulas(children))

    def on_negative(self, span: Span, children: list[Any]) -> tree.Negative:
        return tree.Negative(span, *self.formulas(children))

    def on_number(self, span: Span, children: list[Any]) -> tree.Number:
        whole, _, places = children[0].rstrip(" %").partition(".")
        if len(places) > PLACES:
            refuse("E230", span, found=str(children[0]), places=PLACES)
        # The count of digits comes first: Python refuses to convert a text of thousands of them.
        if len(whole.lstrip("0")) > len(str(LARGEST)) or (value := Fraction(f"{whole}.{places or 0}")) > LARGEST:
            refuse("E231", span)
        return tree.Number(span, value, children[0].endswith("%"))

    def on_date(self, span: Span, children: list[Any]) -> tree.DateValue:
        try:
            return tree.DateValue(span, date.fromisoformat(children[0]))
        except ValueError:
            refuse("E232", span, found=str(children[0]))

    def on_text(self, span: Span, children: list[Any]) -> tree.Text:
        quote = children[0][0]
        return tree.Text(span, str(children[0][1:-1]).replace(quote * 2, quote))

    def on_name(self, span: Span, children: list[Any]) -> tree.Name:
        if not all(piece.isidentifier() for piece in children[0].split(".")):
            refuse("E233", span, found=str(children[0]))
        return tree.Name(span, normal(str(children[0])))

    def on_truth(self, span: Span, children: list[Any]) -> Truth:
        return Truth(span, children[0].type == "TRUE")

    def on_duration(self, span: Span, children: list[Any]) -> Duration:
        return Duration(span, str(children[0]), normal(str(children[1])).lower())

    # --- functions ------------------------------------------------------------

    def on_call(self, span: Span, children: list[Any]) -> Built:
        name, arguments = normal(str(children[0])).lower(), children[1:]
        head = Span(span.start, span.start + len(children[0]))
        if name not in ARGUMENTS:
            near = get_close_matches(name, ARGUMENTS, n=1)
            refuse("E240" if near else "E241", head, found=str(children[0]), near=near[0] if near else "", functions=", ".join(ARGUMENTS))
        least, most = ARGUMENTS[name]
        if not least <= len(arguments) <= most:
            key = "E242" if least == most else "E243"
            refuse(key, span, function=name, least=least, found=len(arguments))
        match name:
            case "count":
                return tree.Count(span, self.conditions(arguments))
            case "given":
                return self.given(span, arguments[0])
            case "within":
                return self.within(span, *arguments)
            case "days_between":
                return tree.DaysBetween(span, *self.formulas(arguments))
            case "min" | "max" | "abs":
                return tree.Aggregate(span, name, tuple(self.formulas(arguments)))
        raise AssertionError(name)

    def given(self, span: Span, of: Built) -> tree.Given:
        if not isinstance(of, tree.Name):
            refuse("E244", of.span, found=self.source[of.span.start : of.span.end])
        return tree.Given(span, of)

    def within(self, span: Span, of: Built, duration: Built) -> tree.Within:
        if not isinstance(duration, Duration):
            refuse("E245", duration.span, found=self.source[duration.span.start : duration.span.end])
        unit = duration.unit if duration.unit.endswith("s") else duration.unit + "s"
        if unit not in LONGEST_WITHIN or not duration.amount.isdecimal():
            refuse("E245", duration.span, found=self.source[duration.span.start : duration.span.end])
        amount = int(duration.amount[:7])
        if not 0 < amount <= LONGEST_WITHIN[unit]:
            refuse("E246", duration.span, most=LONGEST_WITHIN[unit], unit=unit)
        return tree.Within(span, as_formula(of, self.source), amount, cast(Any, unit))
