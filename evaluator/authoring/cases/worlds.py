"""Imagined branches, scored in plain Python under a pack and under mutants of it."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from evaluator.authoring.cases.evidence import Given
from evaluator.authoring.cases.run import TABLES, Outcome, Subject, outcome_of, recorded
from evaluator.diagnostics import Failure
from evaluator.packs.conditions import parse_formula
from evaluator.packs.models import Pack
from evaluator.packs.reads import names_of
from evaluator.packs.writing import names
from evaluator.scoring.forward import Forward, Rows
from evaluator.scoring.forward_packs import trigger_state, veto_state
from evaluator.scoring.forward_points import Asked, criterion_worth
from evaluator.scoring.forward_values import Record, slots_of, value_of
from evaluator.scoring.period import Period
from evaluator.scoring.plain import PlainBook, plain_engine
from evaluator.scoring.plan import CriterionStep, Plan, TriggerStep, VetoStep
from evaluator.scoring.tables import FindingKind

__all__ = ["ITEMS", "Branch", "World", "derived_behind", "only"]

Branch = list[tuple[Any, ...]]  # records with the columns of ``tables.RECORDS``
ITEMS = {"vetoes": FindingKind.VETO, "triggers": FindingKind.TRIGGER}


@dataclass(frozen=True, eq=False)
class World:
    """A pack in one period, and branches to score under it."""

    subject: Subject
    period: Period

    @cached_property
    def plan(self) -> Plan:
        return self.subject.plan(self.period)

    @cached_property
    def engine(self) -> Forward:
        return plain_engine(self.plan)

    def branches(self, given: Sequence[Given]) -> list[Branch]:
        """Return the records of branches.

        Raises:
            Failure: a value that its indicator cannot hold.
        """
        made: list[Branch] = [[] for _ in given]
        _, records = recorded(self.subject, given, self.period)
        for row in zip(*records.to_pydict().values(), strict=True):
            made[row[0]].append((0, *row[1:]))
        return made

    def outcome(self, branch: Branch) -> Outcome:
        return self.read(self.engine.score(branch, 0), self.plan, self.subject.pack)

    @staticmethod
    def read(rows: Rows, plan: Plan, pack: Pack) -> Outcome:
        return outcome_of(pack, plan, {name: list(getattr(rows, name)) for name in TABLES})

    def under(self, pack: Pack) -> "tuple[Plan, Callable[[Branch], Rows]] | None":
        """Return the plan of another version of the pack and what scores a branch under it; None where that version means nothing."""
        try:
            plan = self.subject.plan(self.period, pack)
        except (Failure, ValueError, KeyError):
            return None
        engine, moved = plain_engine(plan), _moved(self.plan, plan)
        return plan, lambda branch: engine.score(branch if moved is None else moved(branch), 0)

    @cached_property
    def _asked(self) -> dict[tuple[str, str], Callable[[Branch], tuple[Any, ...]]]:
        return {}

    def asked(self, key: tuple[str, str]) -> Callable[[Branch], tuple[Any, ...]]:
        """Return what tells what the pack as it is makes of an item, by section and id."""
        if key not in self._asked:
            found = self.item(self.subject.pack, *key)
            assert found is not None
            self._asked[key] = found
        return self._asked[key]

    def item(self, pack: Pack, section: str, id_: str) -> "Callable[[Branch], tuple[Any, ...]] | None":
        """Return what tells all that one criterion, veto or trigger makes of a branch; None where the version means nothing."""
        found = self.under(only(pack, section, id_))
        if found is None:
            return None
        plan, score = found
        steps: Sequence[CriterionStep | VetoStep | TriggerStep] = getattr(plan, section)
        step = next((one for one in steps if one.id == id_ and plan.packs[one.pack].id == pack.pack), None)
        if step is None:
            return lambda branch: ()
        if pack.needs:  # what it reads may be another pack's result
            return lambda branch: _told(score(branch), section, step.number)
        book, moved, read = PlainBook((), plan.derived), _moved(self.plan, plan), set(step.inputs)

        def ask(branch: Branch) -> tuple[Any, ...]:
            rows = branch if moved is None else moved(branch)
            slots = slots_of(plan, (Record(*row) for row in rows if row[1] in read))
            verdicts = book.decide(slots, {})
            asked = Asked(verdicts.__getitem__, lambda expr: value_of(expr, slots, verdicts, {}))
            match step:
                case CriterionStep():
                    return tuple(criterion_worth(step, asked))
                case VetoStep():
                    return (veto_state(step, asked),)
                case TriggerStep():
                    return (trigger_state(step, asked),)

        return ask


def _told(rows: Rows, section: str, number: int) -> tuple[Any, ...]:
    """Return what the rows of a branch say of one item."""
    if section == "criteria":
        return next((tuple(row[2:]) for row in rows.criteria if row[1] == number), ())
    return next((tuple(row[3:]) for row in rows.findings if row[1] == ITEMS[section] and row[2] == number), (None,))


def only(pack: Pack, section: str, id_: str) -> Pack:
    """Return the pack with nothing but one criterion, veto or trigger, and one level."""
    last = pack.rating[-1].model_copy(update={"when": None})
    bare: dict[str, Any] = {"groups": (), "vetoes": (), "triggers": (), "gates": (), "rating": (last,), "total": None, "stars": False}
    if section == "criteria":
        group = next(group for group in pack.groups if any(one.id == id_ for one in group.criteria))
        own = tuple(one for one in group.criteria if one.id == id_)
        bare["groups"] = (group.model_copy(update={"criteria": own, "requires": (), "earned_when": None}),)
        read = names_of(own[0]) if own else set()
    else:
        kept = tuple(one for one in getattr(pack, section) if one.id == id_)
        read = names_of(kept[0]) if kept else set()
        bare[section] = tuple(one.model_copy(update={"strip": ()}) for one in kept) if section == "vetoes" else kept
    if not pack.needs:
        bare["derived"] = {name: pack.derived[name] for name in pack.derived if name in derived_behind(pack, read)}
    return pack.model_copy(update=bare)


def derived_behind(pack: Pack, read: set[str]) -> set[str]:
    """Return the derived values among names, and those behind them."""
    found: set[str] = set()
    left = list(read)
    while left:
        name = left.pop()
        if name in pack.derived and name not in found:
            found.add(name)
            left += names(parse_formula(pack.derived[name].formula))
    return found


def _moved(old: Plan, new: Plan) -> Callable[[Branch], Branch] | None:
    """Return what rewrites records of one plan for another of the same indicators; None where nothing has to be."""
    if [(one.id, one.options) for one in old.inputs] == [(one.id, one.options) for one in new.inputs]:
        return None
    by_id = {one.id: one for one in new.inputs}
    numbers: dict[int, tuple[int, dict[int, int] | None]] = {}
    for one in old.inputs:
        if one.id in by_id:
            other = by_id[one.id]
            codes = None
            if one.type == "choice" and one.options != other.options:  # an open choice learns the texts that conditions name
                codes = {place: other.options.index(text) + 1 if text in other.options else 0 for place, text in enumerate(one.options, 1)}
            numbers[one.number] = (other.number, codes)

    def move(branch: Iterable[tuple[Any, ...]]) -> Branch:
        made = []
        for row in branch:
            if row[1] in numbers:
                number, codes = numbers[row[1]]
                value = row[2] if codes is None or row[2] is None else codes.get(row[2], 0)
                made.append((row[0], number, value, *row[3:]))
        return made

    return move
