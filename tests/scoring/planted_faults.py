"""Faults that a scoring engine could have, each to be planted in the forward engine: in a function, or in the plan that it is given."""

from collections.abc import Callable
from dataclasses import fields, is_dataclass, replace
from datetime import date
from typing import Any as Anything

import pytest

from evaluator.scoring import forward, forward_packs, forward_points, forward_values, rulesets
from evaluator.scoring.forward_points import Asked, Awarded, Earned, Member, Span, Worth
from evaluator.scoring.forward_values import Record
from evaluator.scoring.plan import (
    All,
    BandsStep,
    Compare,
    CriterionStep,
    Fixed,
    GroupStep,
    Least,
    PackStep,
    PartStep,
    Plan,
    ProrateStep,
    VetoStep,
)
from evaluator.scoring.tables import FindingState, Why

__all__ = ["FAULTS"]

Plant = Callable[[pytest.MonkeyPatch, Plan], Plan]


def altered(node: Anything, change: Callable[[Anything], Anything]) -> Anything:
    """Return the tree with ``change`` made to each step, test and expression, from the leaves up."""
    if isinstance(node, tuple):
        return tuple(altered(one, change) for one in node)
    if not is_dataclass(node) or isinstance(node, type):
        return node
    return change(replace(node, **{each.name: altered(getattr(node, each.name), change) for each in fields(node) if each.init}))


def in_plan(kind: type, change: Callable[[Anything], Anything]) -> Plant:
    """Plant a fault by changing every step of one kind."""
    return lambda patch, plan: altered(plan, lambda node: change(node) if isinstance(node, kind) else node)


def in_code(module: Anything, name: str, fault: Callable[[Anything], Anything]) -> Plant:
    """Plant a fault by putting ``fault(the true function)`` in the place of a function."""

    def plant(patch: pytest.MonkeyPatch, plan: Plan) -> Plan:
        patch.setattr(module, name, fault(getattr(module, name)))
        return plan

    return plant


def half_up(true: Anything) -> Anything:
    def shape_span(part: PartStep, asked: Asked) -> Span | None:
        span = true(part, asked)
        if span is None or not isinstance(part, ProrateStep):
            return span
        num, den = asked.value(part.num), asked.value(part.den)
        assert num is not None
        assert den is not None
        return Span(*(((2 * part.full * min(max(num, 0), den) + den) // (2 * den)),) * 2)

    return shape_span


def not_applicable_kept(true: Anything) -> Anything:
    def worth(step: CriterionStep, asked: Asked) -> Worth:
        found: Worth = true(step, asked)
        return found._replace(points=step.owed) if found.in_play else found

    return worth


def bonus_in_applicable(true: Anything) -> Anything:
    def earned(step: GroupStep, members: list[Member]) -> Earned:
        found: Earned = true(step, members)
        return found._replace(applicable=found.applicable + sum(worth.points for criterion, worth in members if criterion.bonus))

    return earned


def strip_before_requires(true: Anything) -> Anything:
    def awards(score: forward_packs.PackScore) -> dict[int, Awarded]:
        stripped = {number for veto in score._acting for number in veto.strip}
        found: dict[int, Awarded] = {}
        for number, one in true(score).items():
            gone = one.awarded and any(not found[other].awarded for other in score._groups[number].requires)
            found[number] = Awarded(False, False, Why.REQUIRES) if gone else one
            if number in stripped and found[number].awarded:
                found[number] = Awarded(False, False, Why.STRIPPED)
        return found

    return awards


def filled_slots(change: Callable[[Record], Record]) -> Callable[[Anything], Anything]:
    return lambda true: lambda plan, records: true(plan, [change(record) for record in records])


def first_said(true: Anything) -> Anything:
    def latest(records: list[Record]) -> Anything:
        found = true(records)
        return found if found is not None else true([max(records, key=lambda one: (one.stage, one.day or -1))])

    return latest


def cap_over_void(true: Anything) -> Anything:
    return lambda level, acting: min([level, *(veto.cap for veto in acting if veto.cap is not None)])


def open_acts(true: Anything) -> Anything:
    def state(step: VetoStep, asked: Asked) -> FindingState | None:
        found = true(step, asked)
        return FindingState.TRUE if found is FindingState.OPEN else found

    return state


def pending_acts(true: Anything) -> Anything:
    def state(step: VetoStep, asked: Asked) -> FindingState | None:
        found = true(step, asked)
        return FindingState.TRUE if found is FindingState.PENDING else found

    return state


def unknown_is_zero(true: Anything) -> Anything:
    return lambda *given: 0 if (found := true(*given)) is None else found


def strict(test: Compare) -> Compare:
    return replace(test, op=">") if test.op == ">=" else test


def surplus_pays(test: Least) -> Anything:
    return test.of[0]


FAULTS: dict[str, Plant] = {
    ">= read as >": in_plan(Compare, strict),
    "bands from the other end": in_plan(BandsStep, lambda part: replace(part, bands=part.bands[::-1])),
    "missing taken as zero": in_code(rulesets, "value_of", unknown_is_zero),
    "half up instead of cut": in_code(forward_points, "_shape_span", half_up),
    "surplus pays for a lack": in_plan(Least, surplus_pays),
    "strip before requires": in_code(forward_packs.PackScore, "_awards", strip_before_requires),
    "cap over void": in_code(forward_packs, "capped", cap_over_void),
    "requires ignored": in_plan(GroupStep, lambda group: replace(group, requires=())),
    "not applicable kept in the points": in_code(forward_packs, "criterion_worth", not_applicable_kept),
    "lowest stage first": in_code(forward, "slots_of", filled_slots(lambda one: one._replace(stage=-one.stage))),
    "conflict settled in silence": in_code(forward_values, "_latest", first_said),
    "key ignored": in_plan(CriterionStep, lambda criterion: replace(criterion, key=False)),
    "unknown veto acts": in_code(forward_packs, "veto_state", open_acts),
    "pending veto acts": in_code(forward_packs, "veto_state", pending_acts),
    "bonus in the applicable points": in_code(forward_packs, "group_earned", bonus_in_applicable),
    "bonus without limit": in_plan(GroupStep, lambda group: replace(group, bonus_up_to=10**6)),
    "too little to judge is judged": in_plan(GroupStep, lambda group: replace(group, min_applicable=0)),
    "zero_when ignored": in_plan(CriterionStep, lambda criterion: replace(criterion, zero=None)),
    "applies_when ignored": in_plan(CriterionStep, lambda criterion: replace(criterion, applies=None)),
    "weights ignored": in_plan(PackStep, lambda pack: replace(pack, weights=())),
    "records of other periods used": in_plan(Plan, lambda plan: replace(plan, start=date(1990, 1, 1), reference=date(2050, 1, 1))),
    "references ignored": in_code(forward, "slots_of", filled_slots(lambda one: one._replace(ref=""))),
    "division by zero has no worth": in_plan(PartStep, lambda part: replace(part, fixed=())),
    "first part of and is enough": in_plan(All, lambda test: test.of[0] if test.of else Fixed(True)),
}
