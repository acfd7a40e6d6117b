"""A tree back to text: as it would be written, negated, and as a sentence that people read."""

from collections.abc import Iterable
from dataclasses import replace
from fractions import Fraction
from typing import Any

from evaluator.messages import Language, say
from evaluator.packs import tree
from evaluator.packs.scope import Scope

__all__ = ["names", "negate", "phrase", "sentence", "write"]

OPPOSITE: dict[tree.Comparator, tree.Comparator] = {"<": ">=", "<=": ">", "=": "!=", "!=": "=", ">": "<=", ">=": "<"}
MIRRORED: dict[tree.Comparator, tree.Comparator] = {"<": ">", "<=": ">=", "=": "=", "!=": "!=", ">": "<", ">=": "<="}
WORDS: dict[tree.Comparator, str] = {"<": "lt", "<=": "le", "=": "eq", "!=": "ne", ">": "gt", ">=": "ge"}
BINARY = tree.Add | tree.Subtract | tree.Multiply | tree.Divide
SIGNS: dict[type, str] = {tree.Add: "+", tree.Subtract: "-", tree.Multiply: "*", tree.Divide: "/"}
PRINTED: dict[type, str] = {tree.Add: "+", tree.Subtract: "−", tree.Multiply: "×", tree.Divide: "÷"}


def names(node: tree.Node) -> frozenset[str]:
    """Return the ids of every name that a condition or formula reads."""
    if isinstance(node, tree.Name):
        return frozenset((node.id,))
    return frozenset[str]().union(*(names(child) for child in tree.children(node)))


# --- as it would be written ---------------------------------------------------


def write(node: tree.Condition | tree.Formula) -> str:
    """Return the text of a tree: parsed again it gives the same tree, apart from spans."""
    match node:
        case tree.Number(value=value, percent=percent):
            return plain(value) + ("%" if percent else "")
        case tree.Text(value=text):
            return "'" + text.replace("'", "''") + "'"
        case tree.DateValue(value=day):
            return day.isoformat()
        case tree.Name(id=id_):
            return id_
        case tree.Negative(of=of):
            return "-" + _bracketed(of, isinstance(of, BINARY))
        case tree.Add() | tree.Subtract() | tree.Multiply() | tree.Divide():
            left, right = (_bracketed(one, wraps) for one, wraps in zip((node.left, node.right), _wraps(node), strict=True))
            return f"{left} {SIGNS[type(node)]} {right}"
        case tree.Aggregate(function=function, of=of):
            return f"{function}({_listed(of)})"
        case tree.Count(of=of):
            return f"count({_listed(of)})"
        case tree.DaysBetween(first=first, last=last):
            return f"days_between({write(first)}, {write(last)})"
        case tree.Compare(op=op, left=left, right=right):
            return f"{write(left)} {op} {write(right)}"
        case tree.In(of=of, values=values, negated=negated):
            return f"{write(of)} {'NOT IN' if negated else 'IN'} ({_listed(values)})"
        case tree.Between(of=of, low=low, high=high, negated=negated):
            return f"{write(of)} {'NOT BETWEEN' if negated else 'BETWEEN'} {write(low)} AND {write(high)}"
        case tree.Within(of=of, amount=amount, unit=unit):
            return f"within({write(of)}, {amount} {unit})"
        case tree.Given(of=of):
            return f"given({of.id})"
        case tree.Is(of=of):
            return of.id
        case tree.Not(of=of):
            return "NOT " + _bracketed(of, isinstance(of, tree.And | tree.Or | tree.Compare | tree.In | tree.Between))
        case tree.And(of=of):
            return " AND ".join(_bracketed(one, isinstance(one, tree.And | tree.Or)) for one in of)
        case tree.Or(of=of):
            return " OR ".join(_bracketed(one, isinstance(one, tree.Or)) for one in of)


def plain(value: Fraction) -> str:
    """Return a number that has at most four decimals as it is written: 90, 0.5."""
    whole, rest = divmod(value * 10_000, 10_000)
    return f"{whole}.{rest.numerator:04d}".rstrip("0") if rest else str(whole)


def _listed(nodes: Iterable[tree.Condition | tree.Formula]) -> str:
    return ", ".join(write(one) for one in nodes)


def _bracketed(node: tree.Condition | tree.Formula, wraps: bool) -> str:
    return f"({write(node)})" if wraps else write(node)


def _wraps(node: tree.Add | tree.Subtract | tree.Multiply | tree.Divide) -> tuple[bool, bool]:
    """Return whether the left and the right side of an operation need brackets: a chain binds to the left, products before sums."""
    if isinstance(node, tree.Add | tree.Subtract):
        return False, isinstance(node.right, tree.Add | tree.Subtract)
    return isinstance(node.left, tree.Add | tree.Subtract), isinstance(node.right, BINARY)


# --- negated ------------------------------------------------------------------


def negate(condition: tree.Condition) -> tree.Condition:
    """Return the condition that is true where this one is false, and unknown where it is unknown.

    Negation is pushed down to comparisons; ``Not`` is left only directly around ``Is``, ``Given`` and ``Within``.
    """
    return _pushed(condition, True)


def _pushed(condition: tree.Condition, flip: bool) -> tree.Condition:
    match condition:
        case tree.Not(of=inner):
            return _pushed(inner, not flip)
        case tree.And(span=span, of=of) | tree.Or(span=span, of=of):
            joined = tuple(_pushed(one, flip) for one in of)
            return tree.And(span, joined) if isinstance(condition, tree.And) != flip else tree.Or(span, joined)
        case tree.Compare(op=op):
            return replace(condition, op=OPPOSITE[op]) if flip else condition
        case tree.In() | tree.Between():
            return replace(condition, negated=condition.negated != flip)
        case tree.Is() | tree.Given() | tree.Within():
            return tree.Not(condition.span, condition) if flip else condition


# --- as people read it --------------------------------------------------------


def sentence(condition: tree.Condition, scope: Scope, lang: Language) -> str:
    """Return the condition as one sentence, with labels and units; a name that ``scope`` does not hold stands as it is."""
    return _Speaker(scope, lang).condition(condition)


def phrase(formula: tree.Formula, scope: Scope, lang: Language) -> str:
    """Return the formula in words, with labels."""
    return _Speaker(scope, lang).formula(formula)


class _Speaker:
    def __init__(self, scope: Scope, lang: Language) -> None:
        self.scope = scope
        self.lang = lang

    def word(self, name: str, **values: Any) -> str:
        return say(f"conditions.{name}", self.lang, **values)

    def label(self, name: str) -> str:
        return self.scope[name].label.text(self.lang) if name in self.scope else name

    def type_of(self, node: tree.Node) -> str:
        """Return the type that decides the words: date, text, choices, percent or number."""
        match node:
            case tree.Name(id=id_):
                type_ = self.scope[id_].type if id_ in self.scope else ""
                return type_ if type_ in ("date", "choices", "percent") else "text" if type_ == "choice" else "number"
            case tree.DateValue():
                return "date"
            case tree.Text():
                return "text"
            case tree.Negative() | tree.Add() | tree.Subtract() | tree.Multiply() | tree.Divide() | tree.Aggregate():
                found = {self.type_of(child) for child in tree.children(node)}
                return "percent" if "percent" in found else "number"
            case _:
                return "number"

    def unit_of(self, node: tree.Node) -> str:
        """Return the unit of a value, "" where its pieces differ or it is a product."""
        match node:
            case tree.Name(id=id_) if id_ in self.scope:
                kind = self.scope[id_]
                unit = "%" if kind.type == "percent" else kind.unit
                return unit if self.lang == "zh" or unit.isascii() else ""
            case tree.Count():
                return self.word("unit_count")
            case tree.DaysBetween():
                return self.word("unit_days")
            case tree.Negative() | tree.Add() | tree.Subtract() | tree.Aggregate():
                units = {self.unit_of(child) for child in tree.children(node) if names(child)}
                return units.pop() if len(units) == 1 else ""
            case _:
                return ""

    # --- conditions -----------------------------------------------------------

    def condition(self, node: tree.Condition) -> str:
        match node:
            case tree.And(of=of):
                return self.word("and").join(self.joined(one) for one in of)
            case tree.Or(of=of):
                return self.word("or").join(self.joined(one) for one in of)
            case tree.Not(of=tree.Is(of=name)):
                return self.word("is_not", left=self.label(name.id))
            case tree.Not(of=tree.Given(of=name)):
                return self.word("not_given", left=self.label(name.id))
            case tree.Not(of=tree.Within() as within):
                return self.within("not_within", within)
            case tree.Not(of=of):
                return self.condition(negate(of))
            case tree.Is(of=name):
                return self.word("is", left=self.label(name.id))
            case tree.Given(of=name):
                return self.word("given", left=self.label(name.id))
            case tree.Within():
                return self.within("within", node)
            case tree.Between(of=of, low=low, high=high, negated=negated):
                ends = {"low": self.value(low, of, unit=False), "high": self.value(high, of)}
                return self.word("not_between" if negated else "between", left=self.formula(of), **ends)
            case tree.In():
                return self.membership(node)
            case tree.Compare():
                return self.comparison(node)

    def joined(self, node: tree.Condition) -> str:
        """Return one piece of AND or OR, in brackets when it is itself made of pieces."""
        inner = negate(node.of) if isinstance(node, tree.Not) else node
        text = self.condition(inner)
        return f"({text})" if isinstance(inner, tree.And | tree.Or) else text

    def within(self, key: str, node: tree.Within) -> str:
        unit = node.unit if node.amount > 1 else node.unit.removesuffix("s")
        return self.word(key, left=self.formula(node.of), amount=node.amount, unit=self.word(f"unit_{unit}"))

    def membership(self, node: tree.In) -> str:
        key = "includes" if self.type_of(node.of) == "choices" else "in"
        key = ("not_" if node.negated else "") + key + ("_one" if len(node.values) == 1 else "")
        gap = "" if self.lang == "zh" else " "
        values = self.word("list").join(self.value(one, node.of, gap=gap) for one in node.values)
        return self.word(key, left=self.formula(node.of), values=values)

    def comparison(self, node: tree.Compare) -> str:
        op, left, right = node.op, node.left, node.right
        if not names(left) and names(right):
            op, left, right = MIRRORED[op], right, left
        types = {self.type_of(left), self.type_of(right)}
        family = next((type_ for type_ in ("date", "text", "percent") if type_ in types), "number")
        return self.word(f"{family}_{WORDS[op]}", left=self.formula(left), right=self.value(right, left))

    # --- values ---------------------------------------------------------------

    def value(self, node: tree.Formula, against: tree.Formula, *, unit: bool = True, gap: str = " ") -> str:
        """Return a value that is compared with ``against``: a number takes its unit from there, set off by ``gap``."""
        match node:
            case tree.Number(value=number, percent=percent):
                found = self.unit_of(against)
                if percent or found == "%":
                    return f"{plain(number)}%"
                return f"{plain(number)}{gap}{found}" if found and unit else plain(number)
            case tree.Negative(of=tree.Number() as number):
                return f"-{self.value(number, against, unit=unit, gap=gap)}"
            case _:
                return self.formula(node)

    def formula(self, node: tree.Formula) -> str:
        match node:
            case tree.Number() | tree.DateValue():
                return write(node)
            case tree.Text(value=text):
                return f"“{text}”"
            case tree.Name(id=id_):
                return self.label(id_)
            case tree.Negative(of=of):
                return f"-{self.operand(of, isinstance(of, BINARY))}"
            case tree.Add() | tree.Subtract() | tree.Multiply() | tree.Divide():
                left, right = (self.operand(one, wraps) for one, wraps in zip((node.left, node.right), _wraps(node), strict=True))
                return f"{left} {PRINTED[type(node)]} {right}"
            case tree.Aggregate(function="abs", of=(of,)):
                return self.word("abs", of=self.operand(of, isinstance(of, BINARY)))
            case tree.Aggregate(function=function, of=of):
                return self.word(function, items=self.word("list").join(self.operand(one, isinstance(one, BINARY)) for one in of))
            case tree.Count(of=(tree.Is(of=name),)) if self.type_of(name) == "choices":
                return self.word("count_choices", of=self.label(name.id))
            case tree.Count(of=of):
                return self.word("count", items=self.word("list_of_conditions").join(self.condition(one) for one in of))
            case tree.DaysBetween(first=first, last=last):
                return self.word("days_between", first=self.formula(first), last=self.formula(last))

    def operand(self, node: tree.Formula, wraps: bool) -> str:
        """Return a piece of a larger formula, in brackets where it would run into its neighbours."""
        wraps = wraps or isinstance(node, tree.Aggregate | tree.Count | tree.DaysBetween)
        return f"({self.formula(node)})" if wraps else self.formula(node)
