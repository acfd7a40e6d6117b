"""When an issue of the ledger is due once it was delivered, suspensions included, and what its row says on a given day."""

from calendar import monthrange
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from evaluator.ledger.book import Book, Suspension
from evaluator.ledger.calendar import Calendar
from evaluator.ledger.deadlines import DueDate, due, is_due_soon, is_overdue
from evaluator.ledger.entries import Issue
from evaluator.ledger.rows import Row
from evaluator.packs.models import Deadline

__all__ = ["Due", "covers", "due_after", "light", "resumed", "rule_of", "shifted"]

# Issues that no pack speaks of, such as those written by hand; the number is our default.
BY_HAND = Deadline.model_validate({"label": {"zh": "限期30天", "en": "Within 30 days"}, "days": 30})


@dataclass(frozen=True)
class Due:
    """The due day with what moved it. ``first`` is the day without suspensions."""

    day: date | None
    first: date | None
    text: str
    unknown_years: tuple[int, ...]
    shifts: tuple[tuple[str, int], ...]  # document and days

    def data(self) -> dict[str, Any]:
        """Return it as an event keeps it."""
        return {
            "due": str(self.day) if self.day else None,
            "due_first": str(self.first) if self.first else None,
            "due_text": self.text,
            "unknown_years": list(self.unknown_years),
            "shifts": [{"document": document, "days": days} for document, days in self.shifts],
        }


def rule_of(issue: Issue, book: Book) -> Deadline:
    """Return the class of time limits of the present cycle: its pack's, else that of issues written by hand."""
    terms = book.terms(issue.pack)
    return (terms.deadline(issue.now.deadline) if terms else None) or BY_HAND


def due_after(issue: Issue, delivered: date, as_of: date, book: Book, calendar: Calendar) -> Due:
    """Return when the present cycle is due if it was delivered on a day.

    A lapse that cannot be made good is not due before the later records that close it can be there: the end of so many months.
    """
    rule = rule_of(issue, book)
    found = due(rule, as_of=as_of, found=issue.now.found, delivered=delivered, calendar=calendar)
    earliest = _month_end(delivered, issue.closes_on) if issue.irreversible else None
    if found.day is not None and earliest is not None and found.day < earliest:
        found = DueDate(rule, earliest)
    scoped = [one for one in book.suspensions if covers(one, issue)]
    day, shifts = shifted(found.day, delivered, rule, scoped, calendar)
    years = found.unknown_years
    if shifts and day and rule.unit == "workday":
        years = calendar.unknown_years(delivered + timedelta(days=1), day)
    return Due(day, found.day, DueDate(rule, day, years).text("zh"), years, shifts)


def resumed(issue: Issue, as_of: date, book: Book, calendar: Calendar) -> dict[str, Any]:
    """Return what an event keeps when a held issue goes on: the days that it was held are given back, and days that were suspended
    meanwhile or are still to come do not count, each once."""
    hold, due = issue.now.hold, issue.now.due
    assert hold is not None  # the guards saw to it
    assert due is not None
    held = (as_of - hold.since).days
    known = {shift.document for shift in issue.now.shifts}
    fresh = [one for one in book.suspensions if covers(one, issue) and one.document not in known]
    over = Suspension(hold.document, hold.since, as_of, {})
    day, shifts = shifted(due + timedelta(days=held), as_of, rule_of(issue, book), fresh, calendar, [over])
    told = [(hold.document, held), *shifts]
    return {"due": str(day), "shifts": [{"document": document, "days": days} for document, days in told if days]}


def _month_end(day: date, months: int) -> date:
    """Return the last day of the month so many months after that of ``day``."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, monthrange(year, month + 1)[1])


def covers(suspension: Suspension, issue: Issue) -> bool:
    """Whether an issue lies in the scope of a suspension."""
    told = {"township": issue.township, "branch": issue.branch, "item": issue.item, "unit": issue.now.unit, "pack": issue.pack}
    return all(told.get(name) == value for name, value in suspension.scope.items())


def shifted(
    day: date | None,
    start: date,
    rule: Deadline,
    suspensions: Iterable[Suspension],
    calendar: Calendar,
    counted: Iterable[Suspension] = (),
) -> tuple[date | None, tuple[tuple[str, int], ...]]:
    """Return the due day moved on by the suspended days between ``start`` and itself, and by how many calendar days each moved it.

    A span goes on for as many days (working days, where it is counted in them) as were suspended. A fixed day that falls into a
    suspension moves to the day after it. The clock runs on by itself when the suspension is over. A day that several suspend is counted
    once; ``counted`` are suspensions that have moved the day already.
    """
    shifts = []
    spans = [(one.first, one.last) for one in counted]
    for one in sorted(suspensions, key=lambda s: (s.first, s.last, s.document)):
        if day is None or one.first > day or one.last <= start:
            continue
        before = day
        fresh = [free for free in _days(max(one.first, start + timedelta(days=1)), one.last) if not any(a <= free <= b for a, b in spans)]
        spans.append((one.first, one.last))
        if rule.date is not None or rule.at is not None:
            day = max(day, one.last + timedelta(days=1))
        elif rule.unit == "workday":
            day = calendar.add_workdays(day, sum(map(calendar.is_workday, fresh))).day
        else:
            day += timedelta(days=len(fresh))
        if day != before:
            shifts.append((one.document, (day - before).days))
    return day, tuple(shifts)


def _days(first: date, last: date) -> list[date]:
    return [first + timedelta(days=number) for number in range((last - first).days + 1)]


def light(row: Row, as_of: date) -> str:
    """Return ``ended``, ``waiting`` (no day yet), ``overdue``, ``soon`` or ``open`` for an entry on a day."""
    if not row.open:
        return "ended"
    if row.due_day is None:
        return "waiting"
    if is_overdue(row.due_day, as_of):
        return "overdue"
    return "soon" if is_due_soon(row.due_day, as_of) else "open"
