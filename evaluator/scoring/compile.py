"""From packs and a period to the plan: names become slots, conditions become tests, what is not yet due is left out."""

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from graphlib import TopologicalSorter

from evaluator.diagnostics import Diagnostic, Failure, Place
from evaluator.packs import models as m
from evaluator.packs.conditions import parse_condition
from evaluator.packs.scope import all_indicators, manual_columns
from evaluator.packs.writing import names as names_in
from evaluator.scoring import plan as p
from evaluator.scoring.formulas import all_of
from evaluator.scoring.names import Names, Slots
from evaluator.scoring.parts import deduct_step, hundredths, part_step
from evaluator.scoring.period import Period, day_number

__all__ = ["compile_names", "compile_plan"]


def compile_plan(packs: Sequence[m.Pack], period: Period) -> p.Plan:
    """Return the plan of ``packs`` for ``period``; packs that others need come first, otherwise the order given is kept.

    Raises:
        Failure: a pack is not in force at R, lacks one that it needs, or a formula cannot be computed exactly in 64 bits.
    """
    return _builder(packs, period).build()


def compile_names(packs: Sequence[m.Pack], period: Period) -> dict[str, Names]:
    """Return by pack id what its names mean in the plan that :func:`compile_plan` makes of the same packs and period."""
    builder = _builder(packs, period)
    builder.build()
    return builder.names


def _builder(packs: Sequence[m.Pack], period: Period) -> "_Builder":
    by_id = {pack.pack: pack for pack in packs}
    findings = []
    for pack in packs:
        span = pack.effective
        if period.reference < span.from_ or (span.to and period.reference > span.to):
            values = {"pack": pack.pack, "from_": span.from_, "to": span.to or "…", "day": period.reference}
            findings.append(Diagnostic("scoring.E703", Place(pack.pack), values))
        findings += [
            Diagnostic("scoring.E705", Place(pack.pack), {"pack": pack.pack, "needed": needed})
            for needed in pack.needs
            if needed not in by_id
        ]
    if findings:
        raise Failure(findings)
    order = TopologicalSorter({pack.pack: pack.needs for pack in packs}).static_order()
    return _Builder([by_id[id_] for id_ in order], period)


class _Builder:
    """Collects the steps of all packs; one instance makes one plan."""

    def __init__(self, packs: Sequence[m.Pack], period: Period) -> None:
        self.packs = packs
        self.period = period
        self.slots = Slots({pack.pack: number for number, pack in enumerate(packs)})
        self.names: dict[str, Names] = {}
        self.pack_steps: list[p.PackStep] = []
        self.groups: list[p.GroupStep] = []
        self.criteria: list[p.CriterionStep] = []
        self.vetoes: list[p.VetoStep] = []
        self.triggers: list[p.TriggerStep] = []
        self.gates: list[p.GateStep] = []

    def build(self) -> p.Plan:
        for pack in self.packs:
            for id_, indicator in all_indicators(pack).items():
                self.slots.add_input(id_, indicator)
        if "area_type" not in self.slots.inputs:
            self.slots.add_input("area_type", m.Indicator(label=m.Labels(zh="区域类型"), type="choice", attribute=True))
        for number, pack in enumerate(self.packs):
            _PackBuilder(self, number, pack).build()
        plan = p.Plan(
            start=self.period.start,
            end=self.period.end,
            reference=self.period.reference,
            slots=self.slots.count,
            inputs=tuple(self.slots.inputs.values()),
            derived=tuple(self.slots.derived),
            packs=tuple(self.pack_steps),
            groups=tuple(self.groups),
            criteria=tuple(self.criteria),
            vetoes=tuple(self.vetoes),
            triggers=tuple(self.triggers),
            gates=tuple(self.gates),
        )
        return replace(plan, digest=hashlib.sha256(repr(plan).encode()).hexdigest())


class _PackBuilder:
    """Adds one pack's steps to the builder."""

    def __init__(self, builder: _Builder, number: int, pack: m.Pack) -> None:
        self.all = builder
        self.number = number
        self.pack = pack
        self.names = builder.names[pack.pack] = Names(builder.slots, pack, builder.period)

    def build(self) -> None:
        pack = self.pack
        for id_ in pack.derived:
            self.names.value_of(id_)
        applies = None
        if pack.applies_to:
            self.names.without_results(parse_condition(pack.applies_to), "applies_to")
            applies = self.names.plain(pack.applies_to, "applies_to")
        numbers: dict[str, int] = {}
        for group in pack.groups:
            numbers[group.id] = self.add_group(group)
        order = TopologicalSorter({group.id: group.requires for group in pack.groups}).static_order()
        for group in pack.groups:
            step = self.all.groups[numbers[group.id]]
            self.all.groups[numbers[group.id]] = replace(step, requires=tuple(numbers[id_] for id_ in group.requires))
        for veto in pack.vetoes:
            self.add_veto(veto, numbers)
        for trigger in pack.triggers:
            self.add_trigger(trigger)
        for gate in pack.gates:
            when = self.names.plain(gate.when, gate.id)
            read = self.names.input_numbers(names_in(parse_condition(gate.when)))
            self.all.gates.append(p.GateStep(len(self.all.gates), gate.id, self.number, when, read))
        rating = tuple((line.level, self.names.optional(line.when, "rating")) for line in pack.rating)
        own = [id_ for id_, indicator in all_indicators(pack).items() if not indicator.attribute]
        self.all.pack_steps.append(
            p.PackStep(
                number=self.number,
                id=pack.pack,
                applies=applies,
                stars=pack.stars,
                order=tuple(numbers[id_] for id_ in order),
                weights=tuple((numbers[id_], weight) for id_, weight in pack.total.weights.items()) if pack.total else (),
                rating=rating,
                inputs=tuple(self.all.slots.inputs[id_].number for id_ in own),
            )
        )

    def add_group(self, group: m.Group) -> int:
        number = len(self.all.groups)
        first = len(self.all.criteria)
        for criterion in group.criteria:
            self.all.criteria.append(self.criterion(criterion, number))
        self.all.groups.append(
            p.GroupStep(
                number=number,
                id=group.id,
                pack=self.number,
                points=sum(hundredths(criterion.points) for criterion in group.criteria if not criterion.bonus),
                criteria=tuple(range(first, len(self.all.criteria))),
                line=self.names.optional(group.earned_when, group.id),
                min_applicable=hundredths(group.min_applicable),
                requires=(),
                bonus_up_to=hundredths(group.bonus.up_to) if group.bonus else 0,
            )
        )
        return number

    def criterion(self, criterion: m.Criterion, group: int) -> p.CriterionStep:
        read: set[str] = set()
        parts: list[p.PartStep] = []
        owed = 0
        columns = manual_columns(criterion)
        for place, part in enumerate(criterion.parts):
            self.names.reader.where = criterion.id
            step, used = part_step(self.names, part, place, columns.get(place, ("", ""))[0])
            if self.names.period.owed(part.due if part.due is not None else criterion.due):
                parts.append(step)
                read |= used
                owed += step.full
        if not criterion.parts and self.names.period.owed(criterion.due):
            owed = hundredths(criterion.points)
        deducts = []
        for place, deduct in enumerate(criterion.deduct if owed else ()):
            step_, used = deduct_step(self.names, deduct, place, criterion.id)
            deducts.append(step_)
            read |= used
        conditions = [text for text in (criterion.zero_when, criterion.applies_when) if text]
        read |= {name for text in conditions for name in names_in(parse_condition(text))}
        return p.CriterionStep(
            number=len(self.all.criteria),
            id=criterion.id,
            pack=self.number,
            group=group,
            points=hundredths(criterion.points),
            owed=owed,
            parts=tuple(parts),
            deducts=tuple(deducts),
            zero=self.names.optional(criterion.zero_when, criterion.id),
            applies=self.names.optional(criterion.applies_when, criterion.id),
            key=criterion.key,
            bonus=criterion.bonus,
            inputs=self.names.input_numbers(read),
        )

    def add_veto(self, veto: m.Veto, groups: dict[str, int]) -> None:
        finding = None
        read = set(names_in(parse_condition(veto.when)))
        if veto.finding:
            document = p.Compare("=", p.Slot(self.all.slots.inputs[veto.finding.document].slot), p.Const(1))
            day = p.Slot(self.all.slots.inputs[veto.finding.date].slot)
            finding = all_of(document, p.Compare("<=", day, p.Const(day_number(self.names.period.reference))))
            read |= {veto.finding.document, veto.finding.date}
        self.all.vetoes.append(
            p.VetoStep(
                number=len(self.all.vetoes),
                id=veto.id,
                pack=self.number,
                when=self.names.plain(veto.when, veto.id),
                strip=tuple(groups[id_] for id_ in veto.strip),
                cap=veto.cap,
                void=veto.void,
                finding=finding,
                inputs=self.names.input_numbers(read),
            )
        )

    def add_trigger(self, trigger: m.Trigger) -> None:
        conditions = [text for text in (trigger.when, trigger.applies_when) if text]
        read = {name for text in conditions for name in names_in(parse_condition(text))}
        self.all.triggers.append(
            p.TriggerStep(
                number=len(self.all.triggers),
                id=trigger.id,
                pack=self.number,
                hard=trigger.kind == "hard",
                when=self.names.plain(trigger.when, trigger.id),
                applies=self.names.optional(trigger.applies_when, trigger.id),
                inputs=self.names.input_numbers(read),
            )
        )
