"""Doing something to an issue: the table of moves is asked, what the move brings along is worked out, the event is stored."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict
from typing import Any

from evaluator.diagnostics import Diagnostic, Failure, Place
from evaluator.ledger.adding import next_number
from evaluator.ledger.calendar import Calendar, published
from evaluator.ledger.clock import due_after, resumed
from evaluator.ledger.directory import Directory, pieces
from evaluator.ledger.entries import Issue
from evaluator.ledger.events import Actor, Draft
from evaluator.ledger.lifecycle import MOVES, Ask, refusals
from evaluator.ledger.store import Change
from evaluator.messages import say

__all__ = ["act", "act_all", "attempt"]


def attempt(
    change: Change,
    issue: Issue,
    action: str,
    data: Mapping[str, Any],
    *,
    reason: str = "",
    calendar: Calendar | None = None,
    doer: Actor | None = None,
) -> list[Diagnostic]:
    """Make a move of the lifecycle; return why it is refused, in which case nothing has changed.

    ``doer`` is who did it where the change's own person only brings it in.
    """
    told = dict(_proposed(change, issue, action, data))
    if doer is not None and doer != change.actor:
        told["for"] = asdict(doer)
    found = refusals(action, Ask(issue, doer or change.actor, change.as_of, told, change.book.rules(issue.pack)))
    if action == "merge" and told.get("into") not in (None, "", issue.id):
        found += _survivor(change, issue, told)
    if action == "deliver":
        found += _named_day(change, issue, told, calendar or published())
    if found:
        return found
    told |= _brought(change, issue, action, told, calendar or published())
    change.add(Draft(issue.id, action, told, reason, change.book.current.get(issue.pack, "")))
    if action == "lookback" and told["result"] == "relapsed":  # what came back is an obligation again
        again = {"facts": told["text"], "source": "lookback"}
        return attempt(change, change.issue(issue.id), "recur", again, reason=reason, calendar=calendar, doer=doer)
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
) -> tuple[list[str], list[Diagnostic]]:
    """Make the same move with many issues; return the ids of those that it was made with, and why the others were refused."""
    moved, refused = [], list[Diagnostic]()
    for id_ in ids:
        found = attempt(change, change.issue(id_), action, data, reason=reason, calendar=calendar)
        refused += found
        if not found:
            moved.append(id_)
    return moved, refused


def _answers(change: Change, issue: Issue) -> dict[str, Any]:
    """Return who answers for an issue by the directory as it is now, where it named nobody when the issue began."""
    now, own = issue.now, issue.fixable_by == "branch"
    if now.person or not now.owner:
        return {}
    names = (issue.branch, issue.branch_name, *(change.book.branches[issue.branch].names if issue.branch else ()))
    found = Directory(change.book.posts).answers(now.owner, issue.township, names, own=own)
    fits = found["person"] and now.unit in ("", found["unit"], issue.branch_name, *pieces(now.owner))
    return {name: value for name, value in found.items() if value} if fits else {}


def _proposed(change: Change, issue: Issue, action: str, data: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the data with what the ledger already proposes: an assignment that names nobody takes the directory's unit and person."""
    now = issue.now
    match action:
        case "register":
            return {"importance": issue.importance, **data}
        case "assign":
            measures = [{"text": one.text, "person": one.person, "due": str(one.due) if one.due else None, "unit": one.unit,
                         "target": one.target, "done": one.done} for one in now.measures]  # fmt: skip
            known = {"unit": now.unit, "person": now.person, "leader": now.leader, "helpers": list(now.helpers), "measures": measures}
            return {**known, **_answers(change, issue), **data}
        case _:
            return data


def _named_day(change: Change, issue: Issue, data: Mapping[str, Any], calendar: Calendar) -> list[Diagnostic]:
    """Return why a due day cannot be named at delivery: a class of time limits is made longer by an extension only."""
    on, due = (Ask(issue, change.actor, change.as_of, data, change.book.rules(issue.pack)).day(name) for name in ("on", "due"))
    if on is None or due is None:
        return []
    place = Place(issue.called)
    latest = due_after(issue, on, change.as_of, change.book, calendar).day
    if issue.pack and latest and due > latest:
        return [Diagnostic("moves.E257", place, {"day": due, "latest": latest})]
    return [] if change.actor.role != "owner" else [Diagnostic("moves.E258", place)]


def _survivor(change: Change, issue: Issue, data: Mapping[str, Any]) -> list[Diagnostic]:
    """Return why an issue cannot go on in another: that is none, has ended, obliges nobody, or is of another branch and item."""
    try:
        into = change.issue(data["into"])
    except KeyError:
        return [Diagnostic("moves.E204", Place(change.store.path.name), {"found": data["into"], "near": "—"})]
    if into.branch != issue.branch and into.item != issue.item and data.get("second", "").strip() in ("", change.actor.name):
        return [Diagnostic("moves.E214", Place(issue.called))]
    place = Place(into.called)
    if not into.now.open:
        allowed = "、".join(move.action for move in MOVES.values() if into.state in move.sources)
        told = {"action": say("moves.do_merge"), "state": say(f"moves.state_{into.state}"), "allowed": allowed}
        return [Diagnostic("moves.E201", place, told)]
    return [Diagnostic("moves.E212", place)] if into.observed else []


def _brought(change: Change, issue: Issue, action: str, data: Mapping[str, Any], calendar: Calendar) -> dict[str, Any]:
    """Return what a move sets besides what was asked: numbers, due days, the number of the surviving issue."""
    match action:
        case "register" if not issue.number:
            return next_number(change)
        case "register":  # an office's own number, imported
            return {"number": issue.number}
        case "deliver" if data.get("due"):
            return {"due_first": data["due"], "named": True}
        case "deliver":
            delivered = Ask(issue, change.actor, change.as_of, data, change.book.rules(issue.pack)).day("on")
            assert delivered is not None  # the table needs it
            return due_after(issue, delivered, change.as_of, change.book, calendar).data()
        case "resume" if issue.now.hold and issue.now.due:
            return resumed(issue, change.as_of, change.book, calendar)
        case "merge":
            return {"number": change.issue(data["into"]).called}
        case _:
            return {}
