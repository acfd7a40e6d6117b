"""Due days that move after delivery: suspensions by a document (flood season), and computing them anew from packs and calendar."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from evaluator.diagnostics import Diagnostic, Failure, Place
from evaluator.ledger.book import Suspension
from evaluator.ledger.calendar import Calendar
from evaluator.ledger.clock import Due, covers, due_after, shifted
from evaluator.ledger.entries import Issue
from evaluator.ledger.events import Draft
from evaluator.ledger.store import Change

__all__ = ["Redated", "redate", "redated", "suspend"]

SCOPES = ("township", "branch", "item", "unit", "pack")
LONGEST = 366  # days of one suspension: a longer one is a slip of the year


@dataclass(frozen=True)
class Redated:
    """An issue whose due day comes out otherwise now. ``kept``: an extension was granted for it, so its day stands."""

    issue: Issue
    due: Due
    kept: bool


def suspend(change: Change, document: str, first: date, last: date, scope: Mapping[str, str], reason: str, calendar: Calendar) -> int:
    """Let no day from ``first`` to ``last`` count in a scope, by a document; return how many due days moved.

    It ends by itself. Issues delivered later, but within it, are given their day with it in mind.

    Raises:
        Failure: days in the wrong order or too many, no document, an unknown scope, or the same suspension twice.
    """
    place = Place(change.store.path.name)
    if not document.strip():
        raise Failure([Diagnostic("dates.E440", place)])
    if last < first or (last - first).days >= LONGEST:
        raise Failure([Diagnostic("dates.E441", place, {"first": first, "last": last, "most": LONGEST})])
    wrong = sorted(set(scope) - set(SCOPES))
    if wrong:
        raise Failure([Diagnostic("dates.E442", place, {"found": wrong[0], "known": "、".join(SCOPES)})])
    made = Suspension(document, first, last, dict(scope), reason)
    if any((one.document, one.scope) == (document, made.scope) for one in change.book.suspensions):
        raise Failure([Diagnostic("dates.E443", place, {"document": document})])
    told = {"document": document, "first": str(first), "last": str(last), "scope": dict(scope)}
    change.add(Draft("", "suspend", told, reason))
    moved = 0
    for issue in _running(change):
        terms = change.book.terms(issue.pack)
        rule = terms.deadline(issue.now.deadline) if terms else None
        if rule is None or issue.now.delivered is None or not covers(made, issue):
            continue
        day, shifts = shifted(issue.now.due, issue.now.delivered, rule, [made], calendar)
        for by, days in shifts:
            change.add(Draft(issue.id, "shift", {"document": by, "days": days, "due": str(day)}, reason))
            moved += 1
    return moved


def redated(change: Change, calendar: Calendar) -> list[Redated]:
    """Return the issues whose due day would come out otherwise with today's packs and calendar."""
    found = []
    for issue in _running(change):
        delivered = issue.now.delivered
        terms = change.book.terms(issue.pack)
        if delivered is None or terms is None or terms.deadline(issue.now.deadline) is None:
            continue
        due = due_after(issue, delivered, change.as_of, change.book, calendar)
        extended = any(one.decision == "granted" for one in issue.now.extensions)
        same = due.first == issue.now.due_first and due.unknown_years == issue.now.unknown_years
        if not same or (due.day != issue.now.due and not extended):
            found.append(Redated(issue, due, extended))
    return found


def redate(change: Change, found: list[Redated], reason: str) -> int:
    """Store the due days of :func:`redated`, those that were extended left as they are; return how many."""
    moving = [one for one in found if not one.kept]
    for one in moving:
        told = one.due.data()
        change.add(Draft(one.issue.id, "redate", told, reason))
    return len(moving)


def _running(change: Change) -> Iterator[Issue]:
    """Yield the open issues whose clock runs."""
    for row in change.rows("open AND delivered != '' AND due != '' AND kind IN ('issue', 'common')"):
        issue = change.issue(row.id)
        if issue.now.due is not None and issue.state != "held":
            yield issue
