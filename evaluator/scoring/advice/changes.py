"""What can be put right in a branch under a pack, by whom, and how long that usually takes."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal, NamedTuple

from evaluator.packs.models import Criterion, Deadline, Pack, Remedied, Trigger, Veto
from evaluator.packs.scope import all_indicators
from evaluator.scoring.advice.state import Desk, Key, Sheet
from evaluator.scoring.plan import CriterionStep, TriggerStep, VetoStep
from evaluator.scoring.results import Run
from evaluator.scoring.tables import FindingState, Status

__all__ = ["Change", "Choices", "Lacking", "changes", "desk", "usual_days"]

Who = Literal["branch", "others", "nobody"]
MONTH, WEEK = 30, (7, 5)  # days; calendar days to working days


@dataclass(frozen=True)
class Change:
    """One item put right. ``who`` nobody: an irreversible lapse. ``days``: its usual time.

    ``evidence``: the indicators that must be supplied for it, and ``holders`` by whom; ``with_``: the item with which a gate goes.
    """

    kind: Literal["criterion", "veto", "trigger", "gate"]
    number: int
    pack: str
    id: str
    who: Who
    gain: int  # hundredths of a point; 0 for what earns none
    days: int
    evidence: tuple[str, ...] = ()
    holders: tuple[str, ...] = ()
    with_: str = ""

    @property
    def key(self) -> Key:
        return self.kind, self.number


class Choices(NamedTuple):
    """Everything that is not as it should be, in the order of the pack: the branch's own, what others must mend, what nobody can."""

    own: tuple[Change, ...]
    others: tuple[Change, ...]
    lasting: tuple[Change, ...]


class Lacking:
    """The indicators of which a branch has no value; their holders by id."""

    def __init__(self, run: Run, branch: str) -> None:
        self.plan, self.slots = run.plan, run.values[branch]
        self.holders = {id_: one.holder for pack in run.packs for id_, one in all_indicators(pack).items()}

    def of(self, inputs: Iterable[int]) -> tuple[str, ...]:
        """Return the ids of those inputs that have neither a value nor are not applicable."""
        found = (self.plan.inputs[number] for number in inputs)
        return tuple(
            one.id for one in found if one.slot not in self.slots and self.slots.get(-1 if one.na_slot is None else one.na_slot) != 1
        )

    def held(self, ids: Iterable[str]) -> tuple[str, ...]:
        return tuple(dict.fromkeys(self.holders.get(id_, "township") for id_ in ids))


def desk(run: Run, branch: str) -> Desk:
    """Return the branch, ready to be scored with changes made."""
    plan = run.plan
    lapses = {(pack.pack, one.id) for pack in run.packs for group in pack.groups for one in group.criteria if one.irreversible}
    lasting = frozenset(step.number for step in plan.criteria if (plan.packs[step.pack].id, step.id) in lapses)
    return Desk(plan, run.values[branch], lasting, _needs(run))


def _needs(run: Run) -> dict[int, tuple[int, ...]]:
    """Return by number the packs that each needs, near and far, in the order of the plan, in which they come first."""
    numbers = {step.id: step.number for step in run.plan.packs}
    found: dict[int, tuple[int, ...]] = {}
    for step in run.plan.packs:
        near = [numbers[id_] for id_ in run.pack(step.id).needs]
        found[step.number] = tuple(sorted({*near, *(far for one in near for far in found[one])}))
    return found


def usual_days(rule: Deadline, as_of: date, end: date) -> int:
    """Return a time limit as days from as-of: working days by the week, months of 30; a fixed day that is past counts to the next."""
    if rule.days is not None:
        return {"day": rule.days, "workday": -(-rule.days * WEEK[0] // WEEK[1]), "month": rule.days * MONTH}[rule.unit]
    if rule.review_days is not None:
        return rule.review_days
    if rule.date is not None:
        month, day = map(int, rule.date.split("-"))
        days = (_day(as_of.year, month, day), _day(as_of.year + 1, month, day))
        return next((one - as_of).days for one in days if one >= as_of)
    if rule.at == "quarter_end":
        month = (as_of.month + 2) // 3 * 3
        return (_day(as_of.year, month, 31) - as_of).days
    return max((end - as_of).days, 0)


def _day(year: int, month: int, day: int) -> date:
    """Return the day, or the last one of a month that is shorter."""
    for last in range(day, 27, -1):
        try:
            return date(year, month, last)
        except ValueError:
            continue
    return date(year, month, min(day, 28))


def changes(run: Run, branch: str, pack: Pack, desk: Desk) -> Choices:
    """Return what can be changed for a pack: its own items, and triggers that hold in packs that it needs."""
    listed = list(_Lister(run, branch, pack, desk).all())
    own, others, lasting = (tuple(one for one in listed if one.who == who) for who in ("branch", "others", "nobody"))
    return Choices(own, others, lasting)


class _Lister:
    def __init__(self, run: Run, branch: str, pack: Pack, desk: Desk) -> None:
        self.run, self.pack, self.plan = run, pack, run.plan
        self.number = next(step.number for step in self.plan.packs if step.id == pack.pack)
        self.desk, self.sheet = desk, desk.sheet(self.number)
        self.lacking = Lacking(run, branch)

    def all(self) -> Iterator[Change]:
        yield from self.criteria()
        yield from self.vetoes(self.sheet, self.pack)
        yield from self.triggers(self.sheet, self.pack)
        yield from self.gates()
        for number in self.desk.needs[self.number]:
            if self.desk.visited(self.plan.packs[number]):
                yield from self.triggers(self.desk.sheet(number), self.run.pack(self.plan.packs[number].id))

    def days(self, pack: Pack, item: Remedied) -> int:
        return usual_days(pack.deadlines[item.deadline], self.run.info.as_of, self.run.info.end)

    def criteria(self) -> Iterator[Change]:
        told = {one.id: one for group in self.pack.groups for one in group.criteria}
        for number, step in self.sheet.criteria.items():
            worth, item = self.sheet.worths[number], told[step.id]
            most = self.sheet.mended(number).low
            if not worth.in_play or worth.low == worth.points:
                continue
            open_ = worth.status is Status.UNPROVEN
            lacking = self.lacking.of(step.inputs) if open_ else ()
            who = self.who(item, most > worth.low, open_, lacking, worth.sure == worth.points)
            gain = (most if who != "nobody" else worth.points) - worth.low
            held = self.lacking.held(lacking)
            yield Change("criterion", number, self.pack.pack, step.id, who, gain, self.days(self.pack, item), lacking, held)

    def who(self, item: Criterion, gains: bool, open_: bool, lacking: Sequence[str], surely: bool) -> Who:
        if item.irreversible:
            return "others" if open_ and gains else "nobody"  # open: it may yet be shown that there was no lapse
        if open_ and not (lacking and surely and self.lacking.held(lacking) == ("branch",)):
            return "others"
        return "branch" if item.fixable_by == "branch" else "others"

    def vetoes(self, sheet: Sheet, pack: Pack) -> Iterator[Change]:
        told = {one.id: one for one in pack.vetoes}
        for number, (step, state) in sheet.vetoes.items():
            if state is FindingState.TRUE:
                yield self.finding("veto", number, pack, told[step.id])

    def triggers(self, sheet: Sheet, pack: Pack) -> Iterator[Change]:
        told = {one.id: one for one in pack.triggers}
        for number, (step, state) in sheet.triggers.items():
            if state is FindingState.TRUE:
                yield self.finding("trigger", number, pack, told[step.id])

    def finding(self, kind: Literal["veto", "trigger"], number: int, pack: Pack, item: Veto | Trigger) -> Change:
        who: Who = "branch" if item.fixable_by == "branch" else "others"
        return Change(kind, number, pack.pack, item.id, who, 0, self.days(pack, item))

    def gates(self) -> Iterator[Change]:
        """Yield the failed gates that read evidence, each with the item that reads most of the same; those that read only results move
        with these."""
        sheet = self.sheet
        readings = sheet.readings(frozenset(), sheet.acting(frozenset()))
        items: list[CriterionStep | VetoStep | TriggerStep] = [
            *sheet.criteria.values(),
            *(step for step, _ in sheet.vetoes.values()),
            *(step for step, _ in sheet.triggers.values()),
        ]
        evidence = set(self.plan.packs[self.number].inputs)
        for number, gate in sheet.gates.items():
            alone = frozenset(("gate", other) for other in sheet.gates if other != number)
            read = set(gate.inputs) & evidence
            if not read or sheet.failing(alone, readings)[0] == 0:
                continue
            near = max(items, key=lambda step: len(set(step.inputs) & read), default=None)
            if near is None or not set(near.inputs) & read:
                yield Change("gate", number, self.pack.pack, gate.id, "others", 0, 0)
                continue
            item = self.remedied(near.id)
            who: Who = "branch" if item.fixable_by == "branch" else "others"
            if isinstance(item, Criterion) and item.irreversible:
                who = "nobody"
            days = self.days(self.pack, item)
            yield Change("gate", number, self.pack.pack, gate.id, who, 0, days, with_=near.id)

    def remedied(self, id_: str) -> Remedied:
        criteria = (one for group in self.pack.groups for one in group.criteria)
        return next(one for one in (*criteria, *self.pack.vetoes, *self.pack.triggers) if one.id == id_)
