"""When an issue is due: a pack's class of time limits applied to the days on which it was found and delivered.

Dates are local and the due day itself still counts. Nothing here reads the clock.
"""

from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta

from evaluator.ledger.calendar import Calendar
from evaluator.messages import Language, say
from evaluator.packs.models import Deadline
from evaluator.scoring.period import earlier

__all__ = ["DUE_SOON", "YEARS", "DueDate", "days_left", "due", "is_due_soon", "is_overdue", "yearly"]

DUE_SOON = 3  # days
YEARS = range(1949, 2200)  # of a day that people write: any other is a slip, and counting on from it would leave the calendar


@dataclass(frozen=True)
class DueDate:
    """The last day on which an issue is in time; None while its clock waits for delivery.

    ``unknown_years`` are those whose holidays are not published and that the count passed.
    """

    rule: Deadline
    day: date | None
    unknown_years: tuple[int, ...] = ()

    @property
    def provisional(self) -> bool:
        return bool(self.unknown_years)

    def text(self, lang: Language | None = None) -> str:
        """Return the due date as people read it: the day, or so long after delivery, and why it is provisional."""
        rule = self.rule
        if self.day is None and rule.review_days is not None:
            return say("ledger.due_review_after_delivery", lang, days=rule.review_days)
        if self.day is None:
            return say(f"ledger.due_after_delivery_{rule.unit}" if rule.days else "ledger.due_on_delivery", lang, days=rule.days)
        if rule.review_days is not None:
            return say("ledger.due_review", lang, days=rule.review_days, day=self.day)
        told = say("ledger.due_on", lang, day=self.day)
        return say("ledger.due_provisional", lang, due=told, years="/".join(map(str, self.unknown_years))) if self.provisional else told


def due(
    rule: Deadline,
    *,
    as_of: date,
    found: date,
    delivered: date | None,
    calendar: Calendar,
    period_end: date | None = None,
    reviewed: date | None = None,
) -> DueDate:
    """Return when an issue under ``rule`` is due.

    The clock starts on the day after delivery, or after finding where the rule says so; a span that waits for delivery has no date.
    A fixed day is the first of its kind on or after the start. It needs no delivery to be named, but a letter not yet delivered cannot
    come before ``as_of``, and one that comes after the period's end has until the end of that quarter. A review is due
    ``review_days`` after the last one (``reviewed``), or after the start.
    """
    start = found if rule.from_ == "found" else delivered
    if rule.date is None and rule.at is None:
        return DueDate(rule, None) if start is None else _span(rule, start, reviewed, calendar)
    return DueDate(rule, _fixed(rule, start or max(found, as_of), period_end))


def _span(rule: Deadline, start: date, reviewed: date | None, calendar: Calendar) -> DueDate:
    """Return the day so many days, working days or months after the start."""
    if rule.review_days is not None:
        return DueDate(rule, (reviewed or start) + timedelta(days=rule.review_days))
    number = rule.days or 0
    if rule.unit == "workday":
        return DueDate(rule, *calendar.add_workdays(start, number))
    return DueDate(rule, earlier(start, -number, "months" if rule.unit == "month" else "days"))


def _fixed(rule: Deadline, start: date, period_end: date | None) -> date:
    """Return the first such day of the year, or end of quarter or period, that is not before the start."""
    if rule.date is not None:
        return yearly(rule.date, start)
    if rule.at == "period_end" and period_end is not None and period_end >= start:
        return period_end
    last = (start.month + 2) // 3 * 3
    return date(start.year, last, monthrange(start.year, last)[1])


def yearly(told: str, start: date) -> date:
    """Return the first day written ``12-31`` that is not before ``start``; 29 February is the 28th in other years."""
    month, day = map(int, told.split("-"))
    this, following = (date(year, month, min(day, monthrange(year, month)[1])) for year in (start.year, start.year + 1))
    return this if this >= start else following


def is_overdue(due_day: date | None, as_of: date) -> bool:
    """Whether the due day has passed; never while there is none."""
    return due_day is not None and as_of > due_day


def is_due_soon(due_day: date | None, as_of: date, within: int = DUE_SOON) -> bool:
    """Whether the due day is today or at most ``within`` days ahead."""
    return due_day is not None and 0 <= (due_day - as_of).days <= within


def days_left(due_day: date | None, as_of: date) -> int | None:
    """Return the days until the due day, negative when overdue, None while there is none."""
    return None if due_day is None else (due_day - as_of).days
