"""Doing something to an issue: the table of moves is asked, what the move brings along is worked out, the event is stored."""

from collections.abc import Iterable, Mapping
from typing import Any

from evaluator.diagnostics import Diagnostic, Failure
from evaluator.ledger.calendar import Calendar, published
from evaluator.ledger.clock import due_after
from evaluator.ledger.entries import Issue
from evaluator.ledger.events import Draft
from evaluator.ledger.lifecycle import Ask, refusals
from evaluator.ledger.store import Change

__all__ = ["act", "act_all", "attempt"]


def attempt(
    change: Change, issue: Issue, action: str, data: Mapping[str, Any], *, reason: str = "", calendar: Calendar | None = None
) -> list[Diagnostic]:
    """Make a move of the lifecycle; return why it is refused, in which case nothing has changed."""
    told = dict(_proposed(issue, action, data))
    found = refusals(action, Ask(issue, change.actor, change.as_of, told, change.book.rules(issue.pack)))
    if found:
        return found
    told |= _brought(change, issue, action, told, calendar or published())
    change.add(Draft(issue.id, action, told, reason, change.book.current.get(issue.pack, "")))
    return []


def act(change: Change, issue: Issue, action: str, data: Mapping[str, Any], *, reason: str = "", calendar: Calendar | None = None) -> Issue:
    """Make a move and return the issue after it.

    Raises:
        Failure: it is refused; every reason in one pass.
    """
    found = attempt(change, issue, action, data, reason=reason, calendar=calendar)
    if found:
        raise Failure(found)
    return change.issue(issue.id)


def act_all(
    change: Change, ids: Iterable[str], action: str, data: Mapping[str, Any], *, reason: str = "", calendar: Calendar | None = None
) -> list[Diagnostic]:
    """Make the same move with many issues and return those that are refused, with why."""
    return [one for id_ in ids for one in attempt(change, change.issue(id_), action, data, reason=reason, calendar=calendar)]


def _proposed(issue: Issue, action: str, data: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the data with what the ledger already proposes: an assignment that names nobody takes the directory's unit and person."""
    now = issue.now
    match action:
        case "register":
            return {"importance": issue.importance, **data}
        case "assign":
            measures = [{"text": one.text, "person": one.person, "due": str(one.due) if one.due else None, "unit": one.unit,
                         "target": one.target, "done": one.done} for one in now.measures]  # fmt: skip
            known = {"unit": now.unit, "person": now.person, "leader": now.leader, "helpers": list(now.helpers), "measures": measures}
            return {**known, **data}
        case _:
            return data


def _brought(change: Change, issue: Issue, action: str, data: Mapping[str, Any], calendar: Calendar) -> dict[str, Any]:
    """Return what a move sets besides what was asked: numbers, due days, the number of the surviving issue."""
    match action:
        case "register" if not issue.number:
            series = f"{change.book.prefix}-{change.as_of.year}"
            serial = change.book.serials.get(series, 0) + 1
            return {"number": f"{series}-{serial:04d}", "series": series, "serial": serial}
        case "register":  # an office's own number, imported
            return {"number": issue.number}
        case "deliver":
            delivered = Ask(issue, change.actor, change.as_of, data, change.book.rules(issue.pack)).day("on")
            assert delivered is not None  # the table needs it
            return due_after(issue, delivered, change.as_of, change.book, calendar).data()
        case "merge":
            return {"number": change.issue(data["into"]).called}
        case _:
            return {}
