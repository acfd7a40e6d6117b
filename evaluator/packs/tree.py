"""The frozen tree of a condition or formula, as written: one node for each construct of the language, with its span.

Numbers stay exact (``Fraction``); nothing here knows of scales, slots or engines.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Literal

__all__ = [
    "Add",
    "Aggregate",
    "And",
    "Between",
    "Comparator",
    "Compare",
    "Condition",
    "Count",
    "DateValue",
    "DaysBetween",
    "Divide",
    "Formula",
    "Given",
    "In",
    "Is",
    "Multiply",
    "Name",
    "Negative",
    "Node",
    "Not",
    "Number",
    "Or",
    "Span",
    "Subtract",
    "Text",
    "Within",
    "children",
]

Comparator = Literal["<", "<=", "=", "!=", ">", ">="]


@dataclass(frozen=True)
class Span:
    """Characters ``start`` to ``end`` (exclusive, from 0) of the text that was parsed."""

    start: int
    end: int


@dataclass(frozen=True)
class Node:
    span: Span


# --- formulas: values ---------------------------------------------------------


@dataclass(frozen=True)
class Number(Node):
    """A number; ``percent`` when it was written with ``%`` (then ``value`` is what stood before the sign)."""

    value: Fraction
    percent: bool = False


@dataclass(frozen=True)
class Text(Node):
    """A quoted text."""

    value: str


@dataclass(frozen=True)
class DateValue(Node):
    """A date written ``2023-04-13`` (unquoted)."""

    value: date


@dataclass(frozen=True)
class Name(Node):
    """An indicator, derived value, setting, built-in (``months``, ``quarters``, ``R``, ``score``, ``stars`` …) or ``pack.hard``."""

    id: str


@dataclass(frozen=True)
class Negative(Node):
    of: "Formula"


@dataclass(frozen=True)
class Add(Node):
    left: "Formula"
    right: "Formula"


@dataclass(frozen=True)
class Subtract(Node):
    left: "Formula"
    right: "Formula"


@dataclass(frozen=True)
class Multiply(Node):
    left: "Formula"
    right: "Formula"


@dataclass(frozen=True)
class Divide(Node):
    left: "Formula"
    right: "Formula"


@dataclass(frozen=True)
class Aggregate(Node):
    """``min(…)``, ``max(…)`` or ``abs(…)``: unknown when any argument is."""

    function: Literal["min", "max", "abs"]
    of: tuple["Formula", ...]


@dataclass(frozen=True)
class Count(Node):
    """``count(c1, c2, …)`` the number of conditions that hold, or ``count(x)`` of a ``choices`` indicator the number of values present."""

    of: tuple["Condition", ...]


@dataclass(frozen=True)
class DaysBetween(Node):
    """``days_between(a, b)``: days from date a to date b (b - a)."""

    first: "Formula"
    last: "Formula"


Formula = Number | Text | DateValue | Name | Negative | Add | Subtract | Multiply | Divide | Aggregate | Count | DaysBetween


# --- conditions: true, false or unknown ---------------------------------------


@dataclass(frozen=True)
class Compare(Node):
    op: Comparator
    left: Formula
    right: Formula


@dataclass(frozen=True)
class In(Node):
    """``x IN ('a', 'b')``; of a ``choices`` indicator: at least one of the values is present."""

    of: Formula
    values: tuple[Formula, ...]
    negated: bool = False


@dataclass(frozen=True)
class Between(Node):
    of: Formula
    low: Formula
    high: Formula
    negated: bool = False


@dataclass(frozen=True)
class Within(Node):
    """``within(d, 5 years)``: d is not earlier than R minus so much (month end clipped)."""

    of: Formula
    amount: int
    unit: Literal["days", "months", "years"]


@dataclass(frozen=True)
class Given(Node):
    """``given(x)``: a text indicator is filled in."""

    of: Name


@dataclass(frozen=True)
class Is(Node):
    """A boolean indicator or derived value standing as a condition."""

    of: Name


@dataclass(frozen=True)
class Not(Node):
    of: "Condition"


@dataclass(frozen=True)
class And(Node):
    of: tuple["Condition", ...]


@dataclass(frozen=True)
class Or(Node):
    of: tuple["Condition", ...]


Condition = Compare | In | Between | Within | Given | Is | Not | And | Or


def children(node: Node) -> Iterator[Node]:
    """Yield the nodes directly below ``node``, in the order in which they were written."""
    for value in vars(node).values():
        if isinstance(value, Node):
            yield value
        elif isinstance(value, tuple):
            yield from value
