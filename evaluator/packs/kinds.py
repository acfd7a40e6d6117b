"""Whether a condition or formula makes sense for the names it reads: one pass, every problem."""

from collections.abc import Iterable, Iterator
from difflib import get_close_matches
from fractions import Fraction
from typing import Literal, NamedTuple

from evaluator.packs import tree
from evaluator.packs.builder import Problem
from evaluator.packs.models import Labels
from evaluator.packs.scope import Kind, Scope
from evaluator.packs.writing import names, write

__all__ = ["check_condition", "check_formula", "lines_below_one"]

Type = Literal["integer", "decimal", "percent", "boolean", "date", "choice", "choices", "text"]
NUMERIC = ("integer", "decimal", "percent")
ORDERED = (*NUMERIC, "date")


def check_condition(node: tree.Condition, scope: Scope) -> list[Problem]:
    """Return everything wrong with a condition whose names stand for the kinds in ``scope``; empty when it is sound."""
    checker = _Checker(scope)
    checker.condition(node)
    return checker.problems


def check_formula(node: tree.Formula, scope: Scope) -> tuple[Kind | None, list[Problem]]:
    """Return the kind of a formula (its type, and whether it is a ratio) and everything wrong with it; None when its kind is not known."""
    checker = _Checker(scope)
    found = checker.quotient(node) if isinstance(node, tree.Divide) else checker.value(node)
    if found is None or isinstance(node, tree.Name):
        return (scope[node.id] if found and isinstance(node, tree.Name) else None), checker.problems
    return Kind(found.type, Labels(zh=write(node)), ratio=found.ratio, source="derived"), checker.problems


def lines_below_one(node: tree.Node, scope: Scope) -> Iterator[tuple[tree.Formula, tree.Number]]:
    """Yield each percent that is compared with a number above 0 and at most 1 without a sign, and that number: a share, most likely.

    A difference of percents may well be less than one of them.
    """
    match node:
        case tree.Compare(left=left, right=right):
            yield from _below_one(left, (right,), scope)
            yield from _below_one(right, (left,), scope)
        case tree.Between(of=value, low=low, high=high):
            yield from _below_one(value, (low, high), scope)
        case tree.In(of=value, values=values):
            yield from _below_one(value, values, scope)
    for child in tree.children(node):
        yield from lines_below_one(child, scope)


def _below_one(value: tree.Formula, lines: Iterable[tree.Formula], scope: Scope) -> Iterator[tuple[tree.Formula, tree.Number]]:
    of = value.of if isinstance(value, tree.Aggregate) and value.function != "abs" else (value,)
    if any(isinstance(one, tree.Name) and one.id in scope and scope[one.id].type == "percent" for one in of):
        yield from ((value, line) for line in lines if isinstance(line, tree.Number) and not line.percent and 0 < line.value <= 1)


class _Value(NamedTuple):
    """What is known of a value: the type as in :class:`Kind`, and whether it is a ratio."""

    type: Type
    ratio: bool = False


class _Checker:
    def __init__(self, scope: Scope) -> None:
        self.scope = scope
        self.problems: list[Problem] = []

    def report(self, key: str, node: tree.Node, **values: object) -> None:
        self.problems.append(Problem(node.span, f"conditions.{key}", values))

    def kind(self, name: tree.Name) -> Kind | None:
        """Return what a name stands for; an unknown one is reported with the nearest, which may be known by its label."""
        if name.id in self.scope:
            return self.scope[name.id]
        if "." in name.id:
            self.report("E275", name, found=name.id)
            return None
        known = {kind.label.zh.casefold(): id_ for id_, kind in self.scope.items()} | {id_.casefold(): id_ for id_ in self.scope}
        close = get_close_matches(name.id.casefold(), known, n=1)
        if close:
            self.report("E250", name, found=name.id, near=known[close[0]])
        else:
            self.report("E251", name, found=name.id)
        return None

    # --- conditions -----------------------------------------------------------

    def condition(self, node: tree.Condition) -> None:
        match node:
            case tree.And(of=of) | tree.Or(of=of):
                for one in of:
                    self.condition(one)
            case tree.Not(of=inner):
                self.condition(inner)
            case tree.Is(of=name):
                self.of_type(name, "boolean", "E260")
            case tree.Given(of=name):
                self.of_type(name, "text", "E261")
            case _ if not names(node):
                self.report("E270", node, found=write(node))
            case tree.Compare():
                self.comparison(node)
            case tree.Between():
                self.between(node)
            case tree.In():
                self.membership(node)
            case tree.Within(of=of):
                self.date(of)

    def of_type(self, name: tree.Name, wanted: str, key: str) -> None:
        kind = self.kind(name)
        if kind and kind.type != wanted:
            self.report(key, name, found=name.id, type=kind.type)

    def comparison(self, node: tree.Compare) -> None:
        left, right = self.operand(node.left), self.operand(node.right)
        if left is None or right is None:
            return
        for side, type_ in ((node.left, left.type), (node.right, right.type)):
            if self.cannot_be_compared(side, type_):
                return
        if {left.type, right.type} == {"choice", "text"}:
            choice, text = (node.left, node.right) if left.type == "choice" else (node.right, node.left)
            if node.op not in ("=", "!="):
                self.report("E256", node, found=write(choice))
            else:
                self.option(choice, text)
        else:
            self.alike(node, (node.left, left), (node.right, right))

    def between(self, node: tree.Between) -> None:
        of = self.operand(node.of)
        if of and not self.cannot_be_compared(node.of, of.type):
            if of.type == "choice":
                self.report("E256", node, found=write(node.of))
            else:
                for end in (node.low, node.high):
                    value = self.operand(end)
                    if value and not self.cannot_be_compared(end, value.type):
                        self.alike(end, (node.of, of), (end, value))
        match node.low, node.high:
            case (tree.Number(value=low, percent=one), tree.Number(value=high, percent=other)) if one == other and low > high:
                self.report("E272", node)
            case (tree.DateValue(value=first), tree.DateValue(value=last)) if first > last:
                self.report("E272", node)

    def membership(self, node: tree.In) -> None:
        of = _Value("choices") if self.is_choices(node.of) else self.operand(node.of)
        if of is None or (of.type != "choices" and self.cannot_be_compared(node.of, of.type)):
            return
        for one in node.values:
            if names(one):
                self.report("E271", one, found=write(one))
            elif of.type in ("choice", "choices") and isinstance(one, tree.Text):
                self.option(node.of, one)
            elif value := self.operand(one):
                self.alike(one, (node.of, of), (one, value))

    def is_choices(self, node: tree.Formula) -> bool:
        return isinstance(node, tree.Name) and node.id in self.scope and self.scope[node.id].type == "choices"

    def cannot_be_compared(self, node: tree.Formula, type_: str) -> bool:
        """Report a name whose type allows no comparison, and return whether it is one."""
        key = {"choices": "E258", "boolean": "E259", "text": "" if isinstance(node, tree.Text) else "E257"}.get(type_, "")
        if key:
            self.report(key, node, found=write(node))
        return bool(key)

    def alike(self, node: tree.Node, left: tuple[tree.Formula, _Value], right: tuple[tree.Formula, _Value]) -> None:
        """Report two sides of which one is not like the other."""
        types = (left[1].type, right[1].type)
        if all(type_ in NUMERIC for type_ in types):
            for (ratio, value), (line, _) in ((left, right), (right, left)):
                if value.ratio and not self.is_line(line):
                    self.report("E274", node, ratio=write(ratio), found=write(line))
                    return
            return
        if types == ("date", "date"):
            return
        for (one, _), (_, other) in ((left, right), (right, left)):
            if isinstance(one, tree.Text) and other.type != "choices":
                if other.type in ORDERED and one.value and not one.value.strip("0123456789.%-"):
                    self.report("E253", one, found=one.value, instead=one.value)
                else:
                    self.report("E273", one, found=one.value)
                return
        self.report("E252", node, left=write(left[0]), left_type=types[0], right=write(right[0]), right_type=types[1])

    def option(self, choice: tree.Formula, text: tree.Formula) -> None:
        """Report a text that is not among the options of the choice; an open choice has none and takes any."""
        assert isinstance(choice, tree.Name)
        assert isinstance(text, tree.Text)
        options = self.scope[choice.id].options
        if options and text.value not in options:
            near = get_close_matches(text.value, options, n=1, cutoff=0.5)
            values = {"name": choice.id, "found": text.value, "options": "、".join(options)}
            self.report("E254" if near else "E255", text, **values, near=near[0] if near else "")

    # --- values ---------------------------------------------------------------

    def value(self, node: tree.Formula) -> _Value | None:
        """Return what is known of a formula; None when a problem in it (reported) leaves that open."""
        match node:
            case tree.Number(value=number, percent=percent):
                return _Value("percent" if percent else "integer" if number.denominator == 1 else "decimal")
            case tree.Text():
                return _Value("text")
            case tree.DateValue():
                return _Value("date")
            case tree.Name():
                kind = self.kind(node)
                return _Value(kind.type, kind.ratio) if kind else None
            case tree.Negative(of=of):
                return self.combined([of])
            case tree.Add(left=left, right=right) | tree.Subtract(left=left, right=right):
                return self.combined([left, right])
            case tree.Multiply(left=left, right=right):
                if not self.is_fixed(left) and not self.is_fixed(right):
                    self.report("E265", node)
                return self.combined([left, right])
            case tree.Divide():
                return self.divided(node)
            case tree.Aggregate(of=of):
                return self.combined(of)
            case tree.Count(of=of):
                return self.counted(of)
            case tree.DaysBetween(first=first, last=last):
                self.date(first)
                self.date(last)
                return _Value("integer")

    def operand(self, node: tree.Formula) -> _Value | None:
        """Return what is known of one side of a comparison, where dividing by what varies has its own advice."""
        if isinstance(node, tree.Divide) and names(node.right):
            self.report("E266", node, formula=write(node))
            return None
        return self.value(node)

    def combined(self, pieces: Iterable[tree.Formula]) -> _Value | None:
        """Return what numbers make when they are added, multiplied or compared by size."""
        found = [self.number(piece) for piece in pieces]
        types = [value.type for value in found if value]
        if len(types) < len(found):
            return None
        return _Value("percent" if "percent" in types else "decimal" if "decimal" in types else "integer")

    def number(self, node: tree.Formula) -> _Value | None:
        """Return what is known of a piece of a calculation; what cannot be calculated with is reported."""
        found = self.value(node)
        if found is None:
            return None
        if found.ratio:
            self.report("E269", node, found=write(node))
        elif found.type in NUMERIC:
            return found
        else:
            key = {"date": "E262", "boolean": "E259", "choices": "E258"}.get(found.type, "E263")
            self.report(key, node, found=write(node), type=found.type)
        return None

    def divided(self, node: tree.Divide) -> _Value | None:
        """Return what is known of a division by a number; one by a value that varies is out of place here."""
        if names(node.right):
            self.report("E267", node)
            return None
        return self.quotient(node)

    def quotient(self, node: tree.Divide) -> _Value | None:
        """Return what is known of a division that is the last step of a formula."""
        if _is_zero(node.right):
            self.report("E268", node.right)
        found = self.combined([node.left, node.right])
        return found and _Value("percent" if found.type == "percent" else "decimal", ratio=bool(names(node.right)))

    def counted(self, of: tuple[tree.Condition, ...]) -> _Value:
        match of:
            case (tree.Is(of=name),) if self.is_choices(name):
                pass
            case _:
                for one in of:
                    self.condition(one)
        return _Value("integer")

    def date(self, node: tree.Formula) -> None:
        found = self.value(node)
        if found and found.type != "date":
            self.report("E264", node, found=write(node), type=found.type)

    def is_line(self, node: tree.Formula) -> bool:
        """Return whether a ratio may be compared with a value: one that is fixed, or a setting that a branch attribute chooses."""
        return self.is_fixed(node) or (isinstance(node, tree.Name) and self.scope[node.id].source == "setting_by")

    def is_fixed(self, node: tree.Formula) -> bool:
        """Return whether a value is the same for every branch of a period: numbers, settings, built-ins."""
        return all(name in self.scope and self.scope[name].source in ("setting", "built_in") for name in names(node))


def _is_zero(node: tree.Formula) -> bool:
    """Return whether a formula that reads no names is zero."""
    try:
        return _fixed_value(node) == 0
    except (ValueError, ZeroDivisionError):  # a text or a date, or a division that is reported itself
        return False


def _fixed_value(node: tree.Formula) -> Fraction:
    match node:
        case tree.Number(value=value):
            return value
        case tree.Negative(of=of):
            return -_fixed_value(of)
        case tree.Add(left=left, right=right):
            return _fixed_value(left) + _fixed_value(right)
        case tree.Subtract(left=left, right=right):
            return _fixed_value(left) - _fixed_value(right)
        case tree.Multiply(left=left, right=right):
            return _fixed_value(left) * _fixed_value(right)
        case tree.Divide(left=left, right=right):
            return _fixed_value(left) / _fixed_value(right)
        case tree.Aggregate(function=function, of=pieces):
            values = [_fixed_value(piece) for piece in pieces]
            return abs(values[0]) if function == "abs" else min(values) if function == "min" else max(values)
        case _:
            raise ValueError(node)
