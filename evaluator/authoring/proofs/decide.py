"""Whether tests of the plan can hold together: proof that they cannot, or values for which they do.

What is exact: AND, OR, NOT, comparisons of linear forms and of ratios with a line, ``min``, ``max``, ``abs``, ``count`` and settings by
attribute (each taken apart case by case), whole numbers, ranges. What is not: relations between values that no rule states (that closed
cases are never more than all cases), so that "can hold" is a matter of single values while "cannot" is certain.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

from evaluator.authoring.proofs.calendar import Calendar
from evaluator.authoring.proofs.linear import Domain, Row, Unsure, narrowed, point, row
from evaluator.packs.tree import Comparator
from evaluator.scoring import plan as p
from evaluator.scoring.truth import truth, value

__all__ = ["Answer", "Decider", "Goal"]

MOST_BRANCHES = 600
OPPOSITE: dict[Comparator, Comparator] = {"<": ">=", "<=": ">", "=": "!=", "!=": "=", ">": "<=", ">=": "<"}

Goal = tuple[p.Test, bool]  # a test and whether it is to be true or false


@dataclass(frozen=True)
class Answer:
    """``can``: True (``slots`` show it), False (proved impossible) or None (not decided). ``read``: the slots that matter."""

    can: bool | None
    slots: Mapping[int, int] = field(default_factory=dict)
    read: tuple[int, ...] = ()


@dataclass(frozen=True)
class Form:
    """A linear form ``sum(factor x slot) + constant``, where ``sides`` hold."""

    factors: Mapping[int, int]
    constant: int
    sides: tuple[Goal, ...] = ()

    def times(self, factor: int) -> "Form":
        return Form({slot: factor * by for slot, by in self.factors.items()}, factor * self.constant, self.sides)

    def plus(self, other: "Form") -> "Form":
        factors = dict(self.factors)
        for slot, by in other.factors.items():
            factors[slot] = factors.get(slot, 0) + by
        return Form(factors, self.constant + other.constant, (*self.sides, *other.sides))

    def given(self, *sides: Goal) -> "Form":
        return Form(self.factors, self.constant, (*self.sides, *sides))


@dataclass(frozen=True)
class Option:
    """One way in which a goal is met: rows that hold and goals that are left."""

    rows: tuple[Row, ...] = ()
    goals: tuple[Goal, ...] = ()


class Decider:
    """Decides goals over slots. ``definitions`` are the slots of derived values; ``relations`` hold among slots whatever is asked.

    All three may grow while it is used: conditions bring their slots along.
    """

    def __init__(self) -> None:
        self.domains: dict[int, Domain] = {}
        self.definitions: dict[int, p.Expr] = {}
        self.relations: list[Row] = []
        self.calendar: Calendar | None = None
        self.left = 0

    def relate(self, factors: Mapping[int, int], limit: int) -> None:
        """State that ``sum(factor x slot) <= limit`` for every branch."""
        self.relations.append(self.row(factors, limit))

    def row(self, factors: Mapping[int, int], limit: int) -> Row:
        return row({slot: factor * self.domains[slot].step for slot, factor in factors.items()}, limit)

    def can(self, goals: Sequence[Goal]) -> Answer:
        """Return whether the goals can all be met by one branch whose evidence is complete."""
        self.left = MOST_BRANCHES
        unsure = False
        try:
            for rows in self.branches(list(goals), [], []):
                try:
                    found = self.example(rows, goals)
                except Unsure:
                    unsure = True
                    continue
                if found is not None:
                    return found
        except Unsure:
            unsure = True
        return Answer(None if unsure else False)

    def example(self, rows: list[Row], goals: Sequence[Goal]) -> Answer | None:
        """Return values that meet the rows, tried on the goals themselves; None when there are none."""
        read = {slot for one in rows for slot, _ in one.factors}
        rows = self.related(rows)
        used = {slot for one in rows for slot, _ in one.factors}
        found = self.point(rows, used)
        if found is None:
            return None
        slots = {slot: steps * self.domains[slot].step for slot, steps in found.items()}
        for slot in sorted(_read(tuple(test for test, _ in goals), self.definitions)):  # one only reads those before it
            worth = value(self.definitions[slot], slots)
            if worth is not None:
                slots[slot] = worth
        if any(truth(test, slots) is not wanted for test, wanted in goals):
            raise Unsure
        return Answer(True, slots, tuple(sorted(read)))

    def point(self, rows: list[Row], used: set[int]) -> dict[int, int] | None:
        """Return values that meet the rows, where lengths of time are those of the reference date; None when there are none."""
        bounds, whole = self.bounds(used), {slot: self.domains[slot].whole for slot in used}
        found = point(rows, bounds, whole)
        if found is None or self.calendar is None or self.calendar.agrees(found):
            return found
        for more in self.calendar.stretches(found, *bounds[self.calendar.day_slot]):
            with suppress(Unsure):
                other = point([*rows, *more], bounds, whole)
                if other is not None:
                    return other
        raise Unsure

    def bounds(self, slots: set[int]) -> dict[int, tuple[int, int]]:
        found = {}
        for slot in slots:
            domain = self.domains[slot]
            found[slot] = (-(-domain.low // domain.step), domain.high // domain.step)
        return found

    def related(self, rows: list[Row]) -> list[Row]:
        """Return the rows and the relations that touch them, one after the other."""
        read = {slot for one in rows for slot, _ in one.factors}
        found, waiting = list(rows), list(self.relations)
        while touched := [one for one in waiting if any(slot in read for slot, _ in one.factors)]:
            found += touched
            read |= {slot for one in touched for slot, _ in one.factors}
            waiting = [one for one in waiting if one not in touched]
        return found

    # --- ways to meet goals ---------------------------------------------------

    def branches(self, goals: list[Goal], rows: list[Row], choices: list[list[Option]]) -> Iterator[list[Row]]:
        """Yield every set of rows that meets the goals; those that one row at a time refutes are left out."""
        self.left -= 1
        if self.left < 0:
            raise Unsure
        while goals:
            test, wanted = goals.pop()
            options = self.options(test, wanted)
            if not options:
                return
            if len(options) == 1:
                rows = [*rows, *options[0].rows]
                goals += options[0].goals
            else:
                choices = [*choices, options]
        if not choices:
            yield rows
            return
        if narrowed(rows, self.bounds({slot for one in rows for slot, _ in one.factors})) is None:
            return
        for option in choices[0]:
            yield from self.branches(list(option.goals), [*rows, *option.rows], choices[1:])

    def options(self, test: p.Test, wanted: bool) -> list[Option]:
        """Return the ways in which a test comes out as wanted."""
        match test:
            case p.Fixed(value=fixed):
                return [Option()] if fixed is wanted else []
            case p.Not(of=of):
                return [Option(goals=((of, not wanted),))]
            case p.All(of=of) | p.Any(of=of):
                if isinstance(test, p.All) is wanted:
                    return [Option(goals=tuple((one, wanted) for one in of))]
                return [Option(goals=((one, wanted),)) for one in of]
            case p.Compare(op=op, left=left, right=right):
                found: list[Option] = []
                for one in self.forms(left):
                    for two in self.forms(right):
                        difference = one.plus(two.times(-1))
                        found += [Option((*rows,), difference.sides) for rows in self.compared(op if wanted else OPPOSITE[op], difference)]
                return found

    def compared(self, op: Comparator, form: Form) -> list[tuple[Row, ...]]:
        """Return the rows, one tuple for each way, in which the form is so to zero."""
        match op:
            case "<=":
                return [(self.row(form.factors, -form.constant),)]
            case "<":
                return [(self.row(form.factors, -form.constant - 1),)]
            case ">=" | ">":
                return self.compared("<=" if op == ">=" else "<", form.times(-1))
            case "=":
                return [(*self.compared("<=", form)[0], *self.compared(">=", form)[0])]
            case "!=":
                return self.compared("<", form) + self.compared(">", form)

    def forms(self, expr: p.Expr) -> list[Form]:
        """Return the linear forms that an expression may be, each with what must hold for it."""
        match expr:
            case p.Slot(index=index):
                return self.forms(self.definitions[index]) if index in self.definitions else [Form({index: 1}, 0)]
            case p.Const(value=fixed):
                return [Form({}, fixed)]
            case p.Times(factor=factor, of=inner):
                return [one.times(factor) for one in self.forms(inner)]
            case p.Plus(of=of):
                found = [Form({}, 0)]
                for piece in of:
                    found = [one.plus(two) for one in found for two in self.forms(piece)]
                    if len(found) > MOST_BRANCHES:
                        raise Unsure
                return found
            case p.Least(of=of) | p.Greatest(of=of):
                op: Comparator = "<=" if isinstance(expr, p.Least) else ">="
                return [
                    one.given(*((p.Compare(op, piece, other), True) for other in of if other is not piece))
                    for piece in of
                    for one in self.forms(piece)
                ]
            case p.Abs(of=inner):
                above = [one.given((p.Compare(">=", inner, p.Const(0)), True)) for one in self.forms(inner)]
                return above + [one.times(-1).given((p.Compare("<", inner, p.Const(0)), True)) for one in self.forms(inner)]
            case p.Holds(of=test):
                return [Form({}, 1, ((test, True),)), Form({}, 0, ((test, False),))]
            case p.When(test=test, of=inner):
                return [one.given((test, True)) for one in self.forms(inner)]
            case p.Pick(slot=slot, cases=cases, otherwise=otherwise):
                listed = [Form({}, worth, ((p.Compare("=", p.Slot(slot), p.Const(code)), True),)) for code, worth in cases]
                if otherwise is not None:
                    rest = tuple((p.Compare("!=", p.Slot(slot), p.Const(code)), True) for code, _ in cases)
                    listed.append(Form({}, otherwise, rest))
                return listed
            case p.Result():
                raise Unsure


def _read(nodes: Sequence[p.Test | p.Expr], definitions: Mapping[int, p.Expr]) -> set[int]:
    """Return the slots of derived values that tests read, directly or through others."""
    found: set[int] = set()
    left = list(nodes)
    while left:
        match left.pop():
            case p.Slot(index=index):
                if index in definitions and index not in found:
                    found.add(index)
                    left.append(definitions[index])
            case p.All(of=of) | p.Any(of=of):
                left += of
            case p.Plus(of=pieces) | p.Least(of=pieces) | p.Greatest(of=pieces):
                left += pieces
            case p.Not(of=test) | p.Holds(of=test):
                left.append(test)
            case p.Times(of=inner) | p.Abs(of=inner):
                left.append(inner)
            case p.When(test=test, of=inner):
                left += (test, inner)
            case p.Compare(left=one, right=two):
                left += (one, two)
    return found
