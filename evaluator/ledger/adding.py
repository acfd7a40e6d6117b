"""How an issue begins besides a run: written by hand, or fixed on the spot (立查立改)."""

from collections.abc import Mapping
from difflib import get_close_matches
from typing import Any

from evaluator.diagnostics import Diagnostic, Failure, Place
from evaluator.ledger.book import Book, Lineage
from evaluator.ledger.directory import Directory
from evaluator.ledger.entries import ISSUE, Issue
from evaluator.ledger.events import Draft
from evaluator.ledger.store import Change

__all__ = ["add_fixed", "add_issue", "begin", "find_branch"]

NOWHERE = Place("")


def begin(change: Change, issue: Issue, *, reason: str = "", pack: str = "") -> Issue:
    """Store the event with which an issue begins; its id and version are given here, whatever it says."""
    told = ISSUE.dump_python(issue, mode="json")
    del told["id"], told["version"]
    made = change.add(Draft("", "open", {"issue": told}, reason, pack, new=True))
    assert isinstance(made, Issue)  # ``open`` begins an issue
    return made


def find_branch(book: Book, told: str, place: Place) -> Lineage:
    """Return the branch of an id, a name, or a name that it had before.

    Raises:
        Failure: there is none, or several of that name.
    """
    found = book.branches.get(told)
    named = [found] if found else [one for one in book.branches.values() if told == one.name]
    named = named or [one for one in book.branches.values() if told in one.names and one.ended is None]
    if len(named) == 1:
        return named[0]
    near = get_close_matches(told, [text for one in book.branches.values() for text in (one.id, one.name)], n=3, cutoff=0.3)
    raise Failure([Diagnostic("adding.E411" if named else "adding.E410", place, {"found": told, "near": "、".join(near) or "—"})])


def add_issue(
    change: Change,
    *,
    branch: str,
    title: str,
    problem: str,
    measure: str,
    unit: str = "",
    person: str = "",
    importance: str = "minor",
    place: Place = NOWHERE,
) -> Issue:
    """Begin an issue that no rule found. ``branch`` is an id or name; without a unit it is the branch's own.

    Raises:
        Failure: an unknown branch, or an issue without a problem.
    """
    home = find_branch(change.book, branch, place)
    if not title.strip() and not problem.strip():
        raise Failure([Diagnostic("adding.E412", place)])
    own = Directory(change.book.posts).own(home.id, home.township) or Directory(change.book.posts).own(home.name, home.township)
    cycle: dict[str, Any] = {
        "state": "candidate",
        "problem": problem or title,
        "unit": unit or home.name,
        "person": person or (own.person if own and not unit else ""),
        "leader": own.leader if own else "",
        "measures": [{"text": measure}] if measure else [],
    }
    return begin(change, _made(change, home, title or problem, importance, cycle, "manual"))


def add_fixed(change: Change, *, branch: str, title: str, before: str, after: str, place: Place = NOWHERE) -> Issue:
    """Keep what was found and put right at once: what was seen before and after, no paper sent, kept for the day it comes back.

    Raises:
        Failure: an unknown branch, or a before or after that is missing.
    """
    home = find_branch(change.book, branch, place)
    if not before.strip() or not after.strip():
        raise Failure([Diagnostic("adding.E413", place)])
    day = str(change.as_of)
    cycle = {"state": "closed", "problem": before, "unit": home.name, "closed": day, "on_time": True, "spot": True, "ended_text": after}
    return begin(change, _made(change, home, title, "minor", cycle, "manual"))


def _made(change: Change, home: Lineage, title: str, importance: str, cycle: Mapping[str, Any], origin: str) -> Issue:
    first = {"no": 1, "found": str(change.as_of), "source": origin, "facts": "", **cycle}
    told = {
        "id": "",
        "key": "",
        "number": "",
        "kind": "issue",
        "origin": origin,
        "branch": home.id,
        "branch_name": home.name,
        "township": home.township,
        "pack": "",
        "item": "",
        "title": title,
        "basis": "",
        "fixable_by": "branch" if cycle["unit"] == home.name else "department",
        "importance": importance,
        "found": str(change.as_of),
        "cycles": [first],
    }
    return ISSUE.validate_python(told)
