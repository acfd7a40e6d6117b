"""When the clocks of a case run out: in hours from a minute, in days, working days or months, on a fixed day; and how each stands."""

from calendar import monthrange
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any, Literal

from evaluator.ledger.calendar import Calendar
from evaluator.ledger.cases import Clock
from evaluator.ledger.deadlines import yearly
from evaluator.ledger.kinds.models import ClockRule, Kind, Span
from evaluator.scoring.period import earlier

__all__ = ["Standing", "clocks_after", "in_hours", "standing"]

Standing = Literal["met", "met_late", "running", "late"]


def clocks_after(
    kind: Kind, before: tuple[Clock, ...], move: str, at: str, fields: Mapping[str, Any], *, ended: bool, void: bool, calendar: Calendar
) -> tuple[Clock, ...]:
    """Return the clocks of a case after a move: those that it meets, then those that it starts.

    Starting a clock that still runs sets it anew. When a case ends, what still runs is met, and given up where the end is a void one.
    """
    clocks = list(before)
    for id_, rule in kind.clocks.items():
        if move in rule.meets:
            clocks = [_met(one, at) if one.name == id_ else one for one in clocks]
        if move in rule.starts and not ended:
            made = _started(id_, rule, at, fields, calendar)
            clocks = [one for one in clocks if one.name != id_ or one.met] + ([made] if made else [])
    if ended:
        clocks = [_met(one, at) for one in clocks if one.met or not void]
    return tuple(clocks)


def standing(clock: Clock, now: str) -> Standing:
    """Return how a clock stands at an ISO day or minute; a limit in minutes is late on a later day, or at a later minute where told."""
    if clock.met:
        return "met_late" if clock.late else "met"
    length = min(len(clock.due), len(now))
    return "late" if now[:length] > clock.due[:length] else "running"


def in_hours(kind: Kind, move: str) -> bool:
    """Whether a move starts or meets a clock in hours, so that its minute must be known."""
    return any(rule.span.hours is not None and move in (*rule.starts, *rule.meets) for rule in kind.clocks.values())


def _met(clock: Clock, at: str) -> Clock:
    return clock if clock.met else Clock(clock.name, clock.due, at, clock.unknown_years)


def _started(id_: str, rule: ClockRule, at: str, fields: Mapping[str, Any], calendar: Calendar) -> Clock | None:
    """Return the clock, None where its span says nothing of this case: another option was chosen, or its day is not known."""
    span, day = rule.span, date.fromisoformat(at[:10])
    if span.hours is not None:
        hours = _number(span, span.hours, fields)
        due = datetime.fromisoformat(at) + timedelta(hours=hours or 0)
        return Clock(id_, due.isoformat(timespec="minutes")) if hours else None
    unknown: tuple[int, ...] = ()
    if span.field is not None:
        reached = date.fromisoformat(fields[span.field]) if fields.get(span.field) else None
    elif span.date is not None:
        reached = yearly(span.date, day)
    elif span.month_end is not None:
        month = earlier(day.replace(day=1), -span.month_end, "months")
        reached = month.replace(day=monthrange(month.year, month.month)[1])
    elif span.workdays is not None:
        number = _number(span, span.workdays, fields)
        reached, unknown = calendar.add_workdays(day, number) if number else (None, ())
    else:
        unit: Literal["days", "months"] = "days" if span.days is not None else "months"
        number = _number(span, span.days if span.days is not None else span.months, fields)
        reached = earlier(day, -number, unit) if number else None
    return Clock(id_, str(reached), "", unknown) if reached else None


def _number(span: Span, told: int | dict[str, int] | None, fields: Mapping[str, Any]) -> int | None:
    return told.get(fields.get(span.by or "", "")) if isinstance(told, dict) else told
