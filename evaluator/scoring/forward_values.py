"""The evidence of one branch as slots, and the exact value of an expression, in plain whole numbers."""

from collections.abc import Iterable, Mapping
from datetime import date
from functools import reduce
from typing import NamedTuple

from evaluator.scoring.plan import (
    Abs,
    Const,
    Expr,
    Greatest,
    Holds,
    Input,
    Least,
    Pick,
    Plan,
    Plus,
    Result,
    Slot,
    Test,
    Times,
    When,
)

__all__ = ["Record", "Results", "Slots", "Verdicts", "slots_of", "value_of"]

Slots = list[int | None]
Verdicts = Mapping[Test, bool | None]
Results = Mapping[Result, int | None]

EPOCH = date(1970, 1, 1).toordinal()
UNDATED = -(10**9)  # before every date
ONE = 10_000


class Record(NamedTuple):
    """One row of ``tables.RECORDS``."""

    branch: int
    input: int
    value: int | None
    na: bool
    day: int | None
    stage: int
    ref: str
    row: int


class _Seen(NamedTuple):
    """What a record says: a value, or not applicable."""

    value: int | None
    na: bool


def slots_of(plan: Plan, records: Iterable[Record]) -> Slots:
    """Return the slots of one branch, filled from its records; derived values are still missing."""
    slots: Slots = [None] * plan.slots
    first, last = plan.start.toordinal() - EPOCH, plan.reference.toordinal() - EPOCH
    kept: dict[int, list[Record]] = {}
    for record in records:
        if record.day is None or first <= record.day <= last:
            kept.setdefault(record.input, []).append(record)
    for source in plan.inputs:
        found = kept.get(source.number)
        if found:
            _fill(slots, source, found)
    return slots


def _fill(slots: Slots, source: Input, records: list[Record]) -> None:
    """Put what the records of one input say into its slots; a conflict leaves them missing."""
    seen = _latest(records) if source.aggregate == "latest" else _events(source, records)
    if seen is None:
        return
    if source.na_slot is not None:
        slots[source.na_slot] = int(seen.na)
    if seen.na or seen.value is None:
        return
    slots[source.slot] = seen.value
    for bit, slot in enumerate(source.option_slots):
        slots[slot] = seen.value >> bit & 1
    if source.count_slot is not None:
        slots[source.count_slot] = sum(not one.na for _, one in _merged(records) or ())


def _latest(records: list[Record]) -> _Seen | None:
    """Return what the highest stage says on its last day, or None where it says two things."""
    top = max((record.stage, UNDATED if record.day is None else record.day) for record in records)
    said = {_Seen(r.value, r.na) for r in records if (r.stage, UNDATED if r.day is None else r.day) == top}
    return said.pop() if len(said) == 1 else None


def _merged(records: list[Record]) -> list[tuple[Record, _Seen]] | None:
    """Return one record for each event (day and reference), of its highest stage, or None where an event says two things."""
    events: dict[tuple[int | None, str], list[Record]] = {}
    for record in records:
        events.setdefault((record.day, record.ref), []).append(record)
    merged = []
    for same in events.values():
        seen = _latest(same)
        if seen is None:
            return None
        merged.append((max(same, key=lambda record: record.stage), seen))
    return merged


def _events(source: Input, records: list[Record]) -> _Seen | None:
    merged = _merged(records)
    if merged is None:
        return None
    events = [record for record, seen in merged if not seen.na]
    if not events:
        return _Seen(None, True)
    if source.aggregate in ("count", "distinct_months"):
        return _counted(source, events)
    return _Seen(_reduced(source, [record.value for record in events if record.value is not None]), False)


def _counted(source: Input, events: list[Record]) -> _Seen | None:
    """Return how many dated events (or months with one) are not nil; without a dated event, the total that was reported."""
    dated = [record for record in events if record.day is not None]
    if not dated:
        return _latest(events)
    days = [record.day for record in dated if record.value and record.day is not None]
    if source.aggregate == "count":
        return _Seen(len(days) * ONE, False)
    months = {(day.year, day.month) for day in (date.fromordinal(EPOCH + number) for number in days)}
    return _Seen(len(months) * ONE, False)


def _reduced(source: Input, values: list[int]) -> int:
    if source.type == "choices":
        return reduce(int.__or__, values)
    if source.aggregate in ("sum", "mean"):
        return sum(values)
    return min(values) if source.aggregate in ("min", "all") else max(values)


def value_of(expr: Expr, slots: Slots, verdicts: Verdicts, results: Results) -> int | None:
    """Return the exact value of the expression, None where it is not known."""

    def value(expr: Expr) -> int | None:
        match expr:
            case Slot(index):
                return slots[index]
            case Const(number):
                return number
            case Times(factor, of):
                found = value(of)
                return None if found is None else factor * found
            case Plus(parts) | Least(parts) | Greatest(parts):
                values = [number for number in map(value, parts) if number is not None]
                if len(values) < len(parts):
                    return None
                return sum(values) if isinstance(expr, Plus) else min(values) if isinstance(expr, Least) else max(values)
            case Abs(of):
                found = value(of)
                return None if found is None else abs(found)
            case Holds(test):
                verdict = verdicts[test]
                return None if verdict is None else int(verdict)
            case When(test, of):
                return value(of) if verdicts[test] else None
            case Pick(slot, cases, otherwise):
                found = slots[slot]
                return None if found is None else dict(cases).get(found, otherwise)
            case Result():
                return results.get(expr)

    return value(expr)
