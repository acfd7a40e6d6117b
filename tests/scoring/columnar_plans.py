"""Small plans and records written by hand, for the tests of the columnar engine."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Any

import pyarrow as pa

from evaluator.scoring import plan as p
from evaluator.scoring.tables import RECORDS

START, END = date(2023, 1, 1), date(2023, 12, 31)


def day(text: str) -> int:
    return (date.fromisoformat(text) - date(1970, 1, 1)).days


def record(branch: int, input_: int, value: int | None, **more: Any) -> dict[str, Any]:
    """Return one record, undated and of stage 1 unless said otherwise; ``day`` may be a text."""
    if isinstance(more.get("day"), str):
        more["day"] = day(more["day"])
    return {
        "branch": branch,
        "input": input_,
        "value": value,
        "na": int(value is None),
        "day": None,
        "stage": 1,
        "ref": "",
        "row": 0,
    } | more


def records(*rows: dict[str, Any]) -> pa.Table:
    kinds = {label: pa.string() if label == "ref" else pa.int64() for label in RECORDS}
    return pa.table({label: pa.array([row[label] for row in rows], kinds[label]) for label in RECORDS})


def integer(number: int, aggregate: Any = "latest", **more: Any) -> p.Input:
    """Return an integer input that fills the slot of its own number."""
    return p.Input(number, f"指标{number}", **({"type": "integer", "aggregate": aggregate, "scale": 10_000, "slot": number} | more))


def at_least(slot: int, value: int) -> p.Test:
    return p.Compare(">=", p.Slot(slot), p.Const(value))


def award(full: int, when: p.Test, na: p.Test = p.NEVER, fixed: tuple[tuple[p.Test, int], ...] = ()) -> p.AwardStep:
    return p.AwardStep(full, 0, na, fixed, when)


def criterion(*parts: p.PartStep, **more: Any) -> p.CriterionStep:
    """Return criterion 0 of group 0 of pack 0, worth its parts."""
    points = sum(part.full for part in parts)
    plain: dict[str, Any] = {
        "number": 0, "id": "准则", "pack": 0, "group": 0, "points": points, "owed": points, "parts": parts, "deducts": (),
        "zero": None, "applies": None, "key": False, "bonus": False, "inputs": (),
    }  # fmt: skip
    return p.CriterionStep(**(plain | more))


def group(number: int = 0, criteria: tuple[int, ...] = (0,), **more: Any) -> p.GroupStep:
    """Return a group that is earned at 80 percent, with nothing asked of what applies."""
    plain: dict[str, Any] = {
        "number": number, "id": "星", "pack": 0, "points": 1000, "criteria": criteria, "line": LINE,
        "min_applicable": 0, "requires": (), "bonus_up_to": 0,
    }  # fmt: skip
    return p.GroupStep(**(plain | more))


LINE = p.Compare(">=", p.Times(100, p.Result("num")), p.Times(80, p.Result("den")))


def pack(number: int = 0, order: tuple[int, ...] = (0,), **more: Any) -> p.PackStep:
    plain: dict[str, Any] = {
        "number": number,
        "id": "包",
        "applies": None,
        "stars": True,
        "order": order,
        "weights": (),
        "rating": (),
        "inputs": (),
    }
    return p.PackStep(**(plain | more))


def plan_of(
    criteria: Sequence[p.CriterionStep] = (),
    groups: Sequence[p.GroupStep] | None = None,
    inputs: Sequence[p.Input] = (integer(0), integer(1), integer(2)),
    packs: Sequence[p.PackStep] | None = None,
    **more: Any,
) -> p.Plan:
    """Return a plan; criteria are numbered in order, one group holds them all, and each pack reads all inputs, unless said otherwise."""
    criteria = [replace(one, number=number) for number, one in enumerate(criteria)]
    groups = (group(criteria=tuple(range(len(criteria))), points=sum(one.points for one in criteria)),) if groups is None else groups
    packs = (pack(order=tuple(one.number for one in groups)),) if packs is None else packs
    packs = [one if one.inputs else replace(one, inputs=tuple(read.number for read in inputs)) for one in packs]
    slots = [slot for one in inputs for slot in (one.slot, one.na_slot, one.count_slot, *one.option_slots) if slot is not None]
    slots += [slot for one in more.get("derived", ()) for slot in (one.num_slot, one.den_slot) if slot is not None]
    plain: dict[str, Any] = {"start": START, "end": END, "reference": END, "derived": (), "vetoes": (), "triggers": (), "gates": ()}
    return p.Plan(
        slots=max(slots) + 1, inputs=tuple(inputs), packs=tuple(packs), groups=tuple(groups), criteria=tuple(criteria), **(plain | more)
    )
