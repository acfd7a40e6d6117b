"""When a test is true and when it is false, each as a disjunctive form that is narrow enough for one rule engine message."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import product
from math import prod

from evaluator.packs.tree import Comparator
from evaluator.scoring.plan import (
    Abs,
    All,
    Any,
    AwardStep,
    BandsStep,
    Compare,
    CountStep,
    CriterionStep,
    Expr,
    Fixed,
    Greatest,
    Holds,
    Least,
    Not,
    PackStep,
    PartStep,
    Plan,
    Plus,
    ProrateStep,
    Result,
    Test,
    Times,
    When,
)

__all__ = ["Condition", "Difference", "Fact", "asked_by", "inside", "reads_result"]

WIDEST = 12  # children of one condition
LONGEST = 24  # comparisons in one disjunctive form
OPPOSITE: dict[Comparator, Comparator] = {"<": ">=", "<=": ">", "=": "!=", "!=": "=", ">": "<=", ">=": "<"}


@dataclass(frozen=True)
class Difference:
    """A fact: the sign of left minus right."""

    left: Expr
    right: Expr


Fact = Difference | Test  # a test as a fact is 1 where it is true, -1 where it is false
Literal = tuple[Fact, Comparator]  # the fact against 0
Term = tuple[Literal, ...]  # all of them
Terms = tuple[Term, ...]  # any of them


class Condition:
    """A test with its terms: one empty term is always, no term is never. A test that is too wide reads its pieces as facts."""

    def __init__(self, test: Test) -> None:
        self.test = test
        self.true = _terms(test, True)
        self.false = _terms(test, False)

    @property
    def constant(self) -> bool | None:
        return True if self.true == ((),) else False if self.false == ((),) else None

    @cached_property
    def facts(self) -> tuple[Fact, ...]:
        """The facts that the terms read, in order of appearance."""
        return tuple(dict.fromkeys(fact for term in self.true + self.false for fact, _ in term))

    @property
    def visited(self) -> int:
        """How many comparisons one message can meet here: a comparison is never true and false at once."""
        return max(_length(self.true), _length(self.false))


def _length(terms: Terms) -> int:
    return sum(map(len, terms))


def _terms(test: Test, holds: bool) -> Terms:
    """Return the disjunctive form of "the test is true" (or false). What would grow too wide is left as a fact of its own."""
    match test:
        case Fixed(value):
            return ((),) if value == holds else ()
        case Compare(op, left, right):
            return (((Difference(left, right), op if holds else OPPOSITE[op]),),)
        case Not(of):
            return _terms(of, not holds)
        case All(tests) | Any(tests):
            joined = _conjoined if isinstance(test, All) == holds else _disjoined
            parts = [(part, _terms(part, holds)) for part in _chunked(type(test), tests)]
            whole = joined([terms for _, terms in parts])
            if whole is None:
                whole = joined([_apart(part, terms, holds) for part, terms in parts])
            assert whole is not None, "twelve single comparisons are never too wide"
            return whole


def _chunked(kind: type[All] | type[Any], tests: tuple[Test, ...]) -> tuple[Test, ...]:
    while len(tests) > WIDEST:
        tests = tuple(kind(tests[start : start + WIDEST]) for start in range(0, len(tests), WIDEST))
    return tests


def _conjoined(parts: list[Terms]) -> Terms | None:
    if prod(map(len, parts)) > LONGEST:
        return None
    return _narrow({tuple(dict.fromkeys(literal for term in chosen for literal in term)): None for chosen in product(*parts)})


def _disjoined(parts: list[Terms]) -> Terms | None:
    return _narrow({term: None for terms in parts for term in terms})


def _narrow(terms: dict[Term, None]) -> Terms | None:
    if () in terms:
        return ((),)
    return tuple(terms) if _length(tuple(terms)) <= LONGEST else None


def _apart(test: Test, terms: Terms, holds: bool) -> Terms:
    """Return the terms of one comparison or constant as they are, anything longer as a fact to be found first."""
    return terms if _length(terms) <= 1 else (((test, ">" if holds else "<"),),)


# --- what a pack asks ---------------------------------------------------------


def reads_result(test: Test | Expr | None) -> bool:
    """Return whether the test or expression reads a result of the score anywhere."""
    return isinstance(test, Result) or any(map(reads_result, inside(test)))


def inside(node: Test | Expr | None) -> Iterable[Test | Expr]:
    """Return what the node is made of."""
    match node:
        case Compare(_, left, right):
            return (left, right)
        case All(of) | Any(of) | Plus(of) | Least(of) | Greatest(of):
            return of
        case Not(of) | Times(_, of) | Abs(of):
            return (of,)
        case Holds(test):
            return (test,)
        case When(test, of):
            return (test, of)
    return ()


def asked_by(plan: Plan, pack: PackStep) -> Iterator[Test | Expr]:
    """Yield each test and expression that the pack reads before its groups are added up."""
    yield from _given(pack.applies)
    for criterion in plan.criteria:
        if criterion.pack == pack.number:
            yield from _asked_by_criterion(criterion)
    for veto in plan.vetoes:
        if veto.pack == pack.number:
            yield from _given(veto.when, veto.finding)
    for trigger in plan.triggers:
        if trigger.pack == pack.number:
            yield from _given(trigger.when, trigger.applies)


def _asked_by_criterion(step: CriterionStep) -> Iterator[Test | Expr]:
    yield from _given(step.applies, step.zero)
    for part in step.parts:
        yield from _asked_by_part(part)
    for deduct in step.deducts:
        yield from _given(deduct.na, deduct.when, deduct.per)


def _asked_by_part(part: PartStep) -> Iterator[Test | Expr]:
    yield part.na
    yield from (test for test, _ in part.fixed)
    match part:
        case AwardStep():
            yield part.when
        case BandsStep():
            yield from (test for test, _ in part.bands)
        case CountStep():
            yield part.per
        case ProrateStep():
            yield from (part.num, part.den)


def _given(*nodes: Test | Expr | None) -> Iterator[Test | Expr]:
    yield from (node for node in nodes if node is not None)
