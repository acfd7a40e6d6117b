"""Whether a condition holds for plain values: the packs' tree walked with three values, exactly (Kleene's logic).

True, False, or None where what is missing could still decide it. Numbers are fractions, so nothing is rounded.
"""

from collections.abc import Iterable, Mapping
from datetime import date
from fractions import Fraction
from operator import eq, ge, gt, le, lt, ne
from typing import Any

from evaluator.packs import tree
from evaluator.scoring.period import earlier

__all__ = ["Value", "holds", "names_in", "value_of"]

Value = Fraction | date | str | bool | tuple[str, ...] | None
COMPARE = {"<": lt, "<=": le, "=": eq, "!=": ne, ">": gt, ">=": ge}


def holds(condition: tree.Condition, values: Mapping[str, Value], as_of: date) -> bool | None:
    """Return whether a condition holds, None when it is unknown. A name without a value is unknown; texts compare whole."""
    match condition:
        case tree.And(of=parts):
            return _all(holds(one, values, as_of) for one in parts)
        case tree.Or(of=parts):
            return _not(_all(_not(holds(one, values, as_of)) for one in parts))
        case tree.Not(of=one):
            return _not(holds(one, values, as_of))
        case tree.Is(of=name):
            found = values.get(name.id)
            return found if isinstance(found, bool) else None
        case tree.Given(of=name):
            return values.get(name.id) not in (None, "", ())
        case tree.Compare(op=op, left=left, right=right):
            return _compare(op, value_of(left, values, as_of), value_of(right, values, as_of))
        case tree.Between(of=of, low=low, high=high, negated=negated):
            middle = value_of(of, values, as_of)
            inside = _all((_compare(">=", middle, value_of(low, values, as_of)), _compare("<=", middle, value_of(high, values, as_of))))
            return _not(inside) if negated else inside
        case tree.In(of=of, values=listed, negated=negated):
            found = value_of(of, values, as_of)
            held = [_compare("=", one, value_of(other, values, as_of)) for other in listed for one in _each(found)]
            among = _not(_all(map(_not, held))) if found is not None else None
            return _not(among) if negated else among
        case tree.Within(of=of, amount=amount, unit=unit):
            return _compare(">=", value_of(of, values, as_of), earlier(as_of, amount, unit))


def value_of(formula: tree.Formula, values: Mapping[str, Value], as_of: date) -> Value:
    """Return what a formula comes to, None when any piece of it is unknown or it divides by zero."""

    def number(of: tree.Formula) -> Fraction | None:
        found = value_of(of, values, as_of)
        return found if isinstance(found, Fraction) else None

    match formula:
        case tree.Number() | tree.Text() | tree.DateValue():
            return formula.value
        case tree.Name(id=name):
            return values.get(name)
        case tree.Negative(of=of):
            one = number(of)
            return None if one is None else -one
        case tree.Add() | tree.Subtract() | tree.Multiply() | tree.Divide():
            return _worked_out(formula, number(formula.left), number(formula.right))
        case tree.Aggregate(function=function, of=parts):
            found: list[Any] = [value_of(one, values, as_of) for one in parts]
            if None in found or len({type(one) for one in found}) > 1:
                return None
            made: Value = {"min": min, "max": max}[function](found) if function != "abs" else abs(found[0])
            return made
        case tree.DaysBetween(first=first, last=last):
            start, end = value_of(first, values, as_of), value_of(last, values, as_of)
            return Fraction((end - start).days) if isinstance(start, date) and isinstance(end, date) else None
        case tree.Count(of=parts):
            return _counted(parts, values, as_of)


def names_in(node: tree.Node) -> set[str]:
    """Return the names that a condition or formula reads."""
    below = {name for child in tree.children(node) for name in names_in(child)}
    return below | {node.id} if isinstance(node, tree.Name) else below


def _all(parts: Iterable[bool | None]) -> bool | None:
    """One that is false decides; else one that is unknown leaves it open."""
    found = list(parts)
    return False if False in found else None if None in found else True


def _not(held: bool | None) -> bool | None:
    return None if held is None else not held


def _compare(op: tree.Comparator, left: Value, right: Value) -> bool | None:
    if left is None or right is None or type(left) is not type(right):
        return None
    return bool(COMPARE[op](left, right))


def _each(found: Value) -> tuple[Value, ...]:
    return found if isinstance(found, tuple) else (found,)


def _worked_out(
    formula: tree.Add | tree.Subtract | tree.Multiply | tree.Divide, left: Fraction | None, right: Fraction | None
) -> Fraction | None:
    if left is None or right is None:
        return None
    match formula:
        case tree.Add():
            return left + right
        case tree.Subtract():
            return left - right
        case tree.Multiply():
            return left * right
        case tree.Divide():
            return left / right if right else None


def _counted(parts: tuple[tree.Condition, ...], values: Mapping[str, Value], as_of: date) -> Fraction | None:
    """Return how many conditions hold, or, of one list, how many values it has."""
    if len(parts) == 1 and isinstance(parts[0], tree.Is):
        listed = values.get(parts[0].of.id)
        if isinstance(listed, tuple):
            return Fraction(len(listed))
    held = [holds(one, values, as_of) for one in parts]
    return None if None in held else Fraction(sum(map(bool, held)))
