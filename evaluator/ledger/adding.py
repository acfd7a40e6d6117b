"""How an issue begins besides a run: written by hand, or fixed on the spot (立查立改)."""

from collections.abc import Mapping
from difflib import get_close_matches
from types import MappingProxyType
from typing import Any

from evaluator.diagnostics import Diagnostic, Failure, Place
from evaluator.ledger.book import Book, Lineage
from evaluator.ledger.directory import Directory
from evaluator.ledger.entries import ISSUE, Issue
from evaluator.ledger.events import Draft
from evaluator.ledger.issues import issue_key
from evaluator.ledger.store import Change

__all__ = ["add_fixed", "add_issue", "begin", "find_branch", "living_branch", "next_number"]


def begin(change: Change, issue: Issue, *, reason: str = "", pack: str = "", numbered: Mapping[str, Any] = MappingProxyType({})) -> Issue:
    """Store the event with which an issue begins; its id and version are given here, whatever it says. ``numbered``: the number that
    it has at once, as :func:`next_number` gives it."""
    told = ISSUE.dump_python(issue, mode="json") | {name: numbered[name] for name in ("number",) if name in numbered}
    del told["id"], told["version"], told["told"]
    made = change.add(Draft("", "open", {"issue": told, **numbered}, reason, pack, new=True))
    assert isinstance(made, Issue)  # ``open`` begins an issue
    return made


def next_number(change: Change) -> dict[str, Any]:
    """Return the next number of the ledger as events keep it: issued once, in order, those passed over that an office gave itself."""
    series = f"{change.book.prefix}-{change.as_of.year}"
    serial = change.book.serials.get(series, 0) + 1
    while change.store.rows("number = ? AND number != ''", (f"{series}-{serial:04d}",)):
        serial += 1
    return {"number": f"{series}-{serial:04d}", "series": series, "serial": serial}


def find_branch(book: Book, told: str, place: Place) -> Lineage:
    """Return the branch of an id, a name, or a name that it had before.

    Raises:
        Failure: there is none, or several of that name.
    """
    found = book.branches.get(told)
    named = [found] if found else [one for one in book.branches.values() if told == one.name]
    named = [one for one in named if one.ended is None] or named  # a merged branch may have left its name to the one that goes on
    named = named or [one for one in book.branches.values() if told in one.names and one.ended is None]
    if len(named) == 1:
        return named[0]
    if named:
        raise Failure([Diagnostic("adding.E411", place, {"found": told, "near": "、".join(one.id for one in named)})])
    near = get_close_matches(told, [text for one in book.branches.values() for text in (one.id, one.name)], n=3, cutoff=0.3)
    raise Failure([Diagnostic("adding.E410", place, {"found": told, "near": "、".join(near) or "—"})])


def living_branch(book: Book, told: str, place: Place) -> Lineage:
    """Return the branch of an id or a name that has not ended.

    Raises:
        Failure: there is none, several are of that name, or it has ended.
    """
    found = find_branch(book, told, place)
    if found.ended:
        values = {"found": found.name, "ended": found.ended, "into": "、".join(found.into) or "—"}
        raise Failure([Diagnostic("branches.E430", place, values)])
    return found


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
    place: Place | None = None,
) -> Issue:
    """Begin an issue that no rule found. ``branch`` is an id or name; without a unit it is for who answers for the branch.

    Raises:
        Failure: a branch that is unknown or has ended, or an issue without a problem.
    """
    place = place or Place(change.store.path.name)
    home = living_branch(change.book, branch, place)
    if not title.strip() and not problem.strip():
        raise Failure([Diagnostic("adding.E412", place)])
    own = Directory(change.book.posts).own(home.id, home.township) or Directory(change.book.posts).own(home.name, home.township)
    cycle: dict[str, Any] = {
        "state": "candidate",
        "problem": problem or title,
        "unit": unit or (own.unit if own else "") or home.name,
        "person": person or (own.person if own and not unit else ""),
        "leader": own.leader if own else "",
        "measures": [{"text": measure}] if measure else [],
    }
    able = "department" if unit not in ("", home.name) else "branch"
    return begin(change, _made(change, home, title or problem, importance, cycle, "manual", fixable_by=able))


def add_fixed(
    change: Change, *, branch: str, title: str, before: str, after: str, pack: str = "", item: str = "", place: Place | None = None
) -> Issue:
    """Keep what was found and put right at once: what was seen before and after, no paper sent, kept for the day it comes back.

    With ``pack`` and ``item`` a later run that finds it failing again knows it for a relapse.

    Raises:
        Failure: a branch that is unknown or has ended, a before or after that is missing, an item that the pack has not, or one of
            which the ledger holds an issue already.
    """
    place = place or Place(change.store.path.name)
    home = living_branch(change.book, branch, place)
    if not before.strip() or not after.strip() or bool(pack) != bool(item):
        raise Failure([Diagnostic("adding.E413", place)])
    if pack and pack not in change.book.current:
        raise Failure([Diagnostic("adding.E415", place, {"found": pack, "known": "、".join(change.book.current) or "—"})])
    items = _items(pack)
    if items and item not in items:
        near = "、".join(get_close_matches(item, items, n=3, cutoff=0.3)) or "—"
        raise Failure([Diagnostic("adding.E416", place, {"found": item, "pack": pack, "near": near})])
    key = issue_key(home.id, item) if item else ""
    known = change.rows("key = ? AND branch = ?", (key, home.id)) if key else []
    if known:
        raise Failure([Diagnostic("adding.E414", place, {"number": known[0].called, "item": item})])
    day = str(change.as_of)
    cycle = {"state": "closed", "problem": before, "unit": home.name, "closed": day, "on_time": True, "spot": True, "ended_text": after}
    return begin(change, _made(change, home, title, "minor", cycle, "manual", key=key, pack=pack, item=item), numbered=next_number(change))


def _items(pack: str) -> list[str]:
    """Return the ids that may become issues of an installed pack, none of any other: the ledger keeps no pack whole."""
    from evaluator.ledger.items import items_of
    from evaluator.packs.load import find_packs, load_pack

    return [id_ for _, id_ in items_of([load_pack(pack).pack])] if pack in find_packs() else []


def _made(change: Change, home: Lineage, title: str, importance: str, cycle: Mapping[str, Any], origin: str, **more: str) -> Issue:
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
        "fixable_by": "branch",
        "importance": importance,
        "found": str(change.as_of),
        "cycles": [first],
        **more,
    }
    return ISSUE.validate_python(told)
