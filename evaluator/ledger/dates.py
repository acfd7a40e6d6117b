"""Due days that move after delivery: suspensions by a document (flood season), and computing them anew from packs and calendar."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from evaluator.diagnostics import Diagnostic, Failure, Place
from evaluator.ledger.calendar import Calendar
from evaluator.ledger.clock import Due, covers, due_after, rule_of, shifted
from evaluator.ledger.entries import Issue
from evaluator.ledger.events import Draft
from evaluator.ledger.store import Change

__all__ = ["Redated", "redate", "redated", "suspend"]

SCOPES = ("township", "branch", "item", "unit", "pack")
LONGEST = 366  # days of one suspension: a longer one is a slip of the year


@dataclass(frozen=True)
class Redated:
    """An issue whose due day comes out otherwise now. ``kept``: people decided on its day, by an extension or a hold, so it stands."""

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
    wrong = [f"{name}={value}" for name, value in scope.items() if name not in SCOPES or not value.strip()]
    known = any((one.document, one.scope) == (document, dict(scope)) for one in change.book.suspensions)
    refused: tuple[tuple[str, bool, dict[str, Any]], ...] = (
        ("E440", not document.strip(), {}),
        ("E441", last < first or (last - first).days >= LONGEST, {"first": first, "last": last, "most": LONGEST}),
        ("E442", bool(wrong), {"found": "、".join(wrong), "known": "、".join(SCOPES)}),
        ("E443", known, {"document": document}),
        ("E446", not wrong and bool(scope) and not _there(change, scope), {"found": "、".join(f"{a}={b}" for a, b in scope.items())}),
    )
    findings = [Diagnostic(f"dates.{code}", place, values) for code, holds, values in refused if holds]
    if findings:
        raise Failure(findings)
    told = {"document": document, "first": str(first), "last": str(last), "scope": dict(scope)}
    change.add(Draft("", "suspend", told, reason))
    *earlier, made = change.book.suspensions
    moved = 0
    for issue in _running(change):
        rule, due = rule_of(issue, change.book), issue.now.due
        if issue.now.delivered is None or due is None or not covers(made, issue):
            continue
        others = [one for one in earlier if covers(one, issue)]
        reached = [one for one in others if one.first > due]  # they lay behind the due day, and may not now
        counted = [one for one in others if one.first <= due]
        day, shifts = shifted(due, issue.now.delivered, rule, [made, *reached], calendar, counted)
        for by, days in shifts:
            change.add(Draft(issue.id, "shift", {"document": by, "days": days, "due": str(day)}, reason))
        moved += bool(shifts)
    return moved


def _there(change: Change, scope: Mapping[str, str]) -> bool:
    """Whether the ledger knows anything in a scope: entries, or branches that may have some yet."""
    where = " AND ".join(f'"{name}" = ?' for name in scope)
    branches = change.book.branches.values()
    homes = any({"township": one.township, "branch": one.id}.get(name) == value for one in branches for name, value in scope.items())
    return homes or bool(change.rows(where, list(scope.values())))


def redated(change: Change, calendar: Calendar) -> list[Redated]:
    """Return the issues whose due day would come out otherwise with today's packs and calendar."""
    found = []
    suspended = {one.document for one in change.book.suspensions}
    for issue in _running(change):
        delivered = issue.now.delivered
        terms = change.book.terms(issue.pack)
        if delivered is None or issue.now.named or terms is None or terms.deadline(issue.now.deadline) is None:
            continue
        due = due_after(issue, delivered, change.as_of, change.book, calendar)
        held = any(shift.document not in suspended for shift in issue.now.shifts)  # days were given back after a hold
        extended = held or any(one.decision == "granted" for one in issue.now.extensions)
        now = due.first if extended else due.day  # an extended day is always another; it is told when what it rests on changed
        if now != (issue.now.due_first if extended else issue.now.due) or due.unknown_years != issue.now.unknown_years:
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
