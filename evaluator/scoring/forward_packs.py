"""What a pack makes of one branch: criteria, groups, ``requires``, vetoes that strip, totals, gates, and the level under its caps."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from evaluator.scoring.forward_points import Asked, Awarded, Line, award, criterion_worth, group_earned, keys_failed
from evaluator.scoring.forward_values import Results, Slots
from evaluator.scoring.plan import GroupStep, PackStep, Plan, Result, Test, TriggerStep, VetoStep
from evaluator.scoring.tables import FindingKind, FindingState, Why

__all__ = ["Book", "Books", "Levels", "PackScore", "capped", "trigger_state", "veto_state"]

Finding = tuple[FindingKind, int, FindingState]
Readings = tuple[Results, Results]  # as it stands, at its highest


class Book(Protocol):
    """Tests that are decided together, such as :class:`~evaluator.scoring.rulesets.Rulebook`."""

    def decide(self, slots: Slots, results: Results) -> dict[Test, bool | None]: ...


@dataclass(frozen=True)
class Books:
    """The tests that read the score itself: lines by group, gates and ratings by pack."""

    lines: Mapping[int, Book]
    gates: Mapping[int, Book]
    ratings: Mapping[int, Book]


class Levels(NamedTuple):
    """The level as it stands, at its highest, and as it stands if every pending veto were confirmed."""

    standing: int
    highest: int
    confirmed: int


class PackScore:
    """Everything that one pack makes of one branch. ``needed``: the results of earlier packs."""

    def __init__(self, plan: Plan, pack: PackStep, asked: Asked, books: Books, slots: Slots, needed: Readings) -> None:
        self.pack, self._books, self._slots, self._needed = pack, books, slots, needed
        self.criteria = {step.number: (step, criterion_worth(step, asked)) for step in plan.criteria if step.pack == pack.number}
        self._groups = {step.number: step for step in plan.groups if step.pack == pack.number}
        self._members = {number: [self.criteria[one] for one in group.criteria] for number, group in self._groups.items()}
        self.earned = {number: group_earned(group, self._members[number]) for number, group in self._groups.items()}
        self._keys = {number: keys_failed(members) for number, members in self._members.items()}
        vetoes = [(step, veto_state(step, asked)) for step in plan.vetoes if step.pack == pack.number]
        self._acting = [veto for veto, state in vetoes if state is FindingState.TRUE]
        self._pending = [veto for veto, state in vetoes if state is FindingState.PENDING]
        self._triggers = [(step, trigger_state(step, asked)) for step in plan.triggers if step.pack == pack.number]
        self.awards = self._stripped(self._awards())
        self.num, self.num_possible, self.den = self._total()
        self.readings = self._reading(high=False), self._reading(high=True)
        gates = list(self._gates(plan))
        failed = sum(state is FindingState.TRUE for _, state in gates)
        self.levels = self._levels(failed)
        self.found: list[Finding] = [
            *((FindingKind.VETO, step.number, state) for step, state in vetoes if state),
            *((FindingKind.TRIGGER, step.number, state) for step, state in self._triggers if state),
            *((FindingKind.GATE, number, state) for number, state in gates if state),
        ]

    # the order of these steps is MEANING section 5

    def _awards(self) -> dict[int, Awarded]:
        awards: dict[int, Awarded] = {}
        for number in self.pack.order:
            group, required = self._groups[number], [awards[one] for one in self._groups[number].requires]
            awards[number] = award(group, self.earned[number], self._keys[number], self._line(group), required)
        return awards

    def _line(self, group: GroupStep) -> Line:
        if group.line is None:
            return None, None
        one = self.earned[group.number]
        standing, highest = (
            self._books.lines[group.number].decide(self._slots, {**needed, Result("num"): num, Result("den"): one.applicable})[group.line]
            for needed, num in zip(self._needed, (one.low, one.high), strict=True)
        )
        return standing, highest is not False  # what the line reads may still come in

    def _stripped(self, awards: dict[int, Awarded]) -> dict[int, Awarded]:
        for number in {number for veto in self._acting for number in veto.strip}:
            why = awards[number].why
            awards[number] = Awarded(False, False, Why.STRIPPED if why is Why.AWARDED else why)
        return awards

    def _total(self) -> tuple[int, int, int]:
        """Return the score as it stands, at its highest, and what both are over: points, or weighted shares cut to a ten-thousandth."""
        groups = self.earned.values()
        if not self.pack.weights:
            return sum(one.low for one in groups), sum(one.high for one in groups), sum(one.applicable for one in groups)
        shares = [(weight, self.earned[number]) for number, weight in self.pack.weights if self.earned[number].applicable]
        return (
            sum(weight * (10_000 * one.low // one.applicable) for weight, one in shares),
            sum(weight * (10_000 * one.high // one.applicable) for weight, one in shares),
            sum(weight * 10_000 for weight, _ in shares),
        )

    def _reading(self, *, high: bool) -> dict[Result, int | None]:
        counted = (FindingState.TRUE, FindingState.OPEN) if high else (FindingState.TRUE,)
        awarded = sum(one.possible if high else one.awarded for one in self.awards.values())
        return {
            Result("num"): self.num_possible if high else self.num,
            Result("den"): self.den,
            Result("points"): sum(one.high if high else one.low for one in self.earned.values()),
            Result("stars"): awarded if self.pack.stars else 0,
            Result("hard"): sum(step.hard and state in counted for step, state in self._triggers),
            Result("soft"): sum(not step.hard and state in counted for step, state in self._triggers),
            Result("keys_failed"): sum(failed[high] for failed in self._keys.values()),
        }

    def _decided(self, book: Book, extra: Results) -> list[dict[Test, bool | None]]:
        """Return the verdicts of the book in both readings."""
        both = zip(self._needed, self.readings, strict=True)
        return [book.decide(self._slots, {**needed, **own, **extra}) for needed, own in both]

    def _gates(self, plan: Plan) -> Iterator[tuple[int, FindingState | None]]:
        standing, highest = self._decided(self._books.gates[self.pack.number], {})
        for gate in plan.gates:
            if gate.pack == self.pack.number:
                verdicts = {standing[gate.when], highest[gate.when]}
                yield gate.number, FindingState.TRUE if verdicts == {True} else None if verdicts == {False} else FindingState.OPEN

    def _levels(self, gates_failed: int) -> Levels:
        book, extra = self._books.ratings[self.pack.number], {Result("gates_failed"): gates_failed}
        found = {Result("stars"): self._stars_if_found()}
        verdicts = [*self._decided(book, extra), book.decide(self._slots, {**self._needed[0], **self.readings[0], **found, **extra})]
        standing, highest, confirmed = (
            next((level for level, test in self.pack.rating if test is None or one[test]), 0) for one in verdicts
        )
        return Levels(
            capped(standing, self._acting),
            capped(highest, self._acting),
            capped(confirmed, [*self._acting, *self._pending]),
        )

    def _stars_if_found(self) -> int:
        """Return the stars that stay if every pending veto is found to hold."""
        gone = {number for veto in self._pending for number in veto.strip}
        return sum(one.awarded and number not in gone for number, one in self.awards.items()) if self.pack.stars else 0

    def results(self) -> Readings:
        """Return what later packs may read of this one, in both readings."""
        levels = self.levels.standing, self.levels.highest
        number = self.pack.number
        standing, highest = (
            {Result("hard", number): own[Result("hard")], Result("soft", number): own[Result("soft")], Result("level", number): level}
            for own, level in zip(self.readings, levels, strict=True)
        )
        return standing, highest


def veto_state(step: VetoStep, asked: Asked) -> FindingState | None:
    """Return the state of a veto, None where it is false."""
    when = asked.truth(step.when)
    if not when:
        return FindingState.OPEN if when is None else None
    return FindingState.TRUE if step.finding is None or asked.truth(step.finding) else FindingState.PENDING


def trigger_state(step: TriggerStep, asked: Asked) -> FindingState | None:
    """Return the state of a trigger, None where it is false or does not apply."""
    applies = True if step.applies is None else asked.truth(step.applies)
    when = asked.truth(step.when)
    if applies is False or when is False:
        return None
    return FindingState.TRUE if applies and when else FindingState.OPEN


def capped(level: int, acting: Sequence[VetoStep]) -> int:
    """Return the level under these vetoes."""
    return 0 if any(veto.void for veto in acting) else min([level, *(veto.cap for veto in acting if veto.cap is not None)])
