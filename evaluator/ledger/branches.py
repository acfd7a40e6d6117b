"""The history of branches (支部名册变更): set up, renamed, split, merged, dissolved, by a day and a document; open issues follow.

The keys of issues stay what they were; a successor is compared under the keys of those that it came from (``Book.origins``).
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from evaluator.diagnostics import Diagnostic, Failure, Place
from evaluator.ledger.adding import living_branch
from evaluator.ledger.book import Lineage
from evaluator.ledger.events import Draft
from evaluator.ledger.store import Change

__all__ = ["Heir", "dissolve", "merge", "rename", "set_up", "split"]


@dataclass(frozen=True)
class Heir:
    """A branch that a change makes, or that goes on after it."""

    id: str
    name: str
    township: str = ""


def set_up(change: Change, heir: Heir, document: str) -> None:
    """Enter a new branch.

    Raises:
        Failure: its id or its name is taken, its township is missing where other branches have one, or the document is.
    """
    _needs(change, document)
    _free(change, heir.id)
    _unlike(change, [heir.name])
    if not heir.township and any(one.township for one in change.book.branches.values()):
        raise Failure([Diagnostic("branches.E435", Place(change.store.path.name), {"name": heir.name})])
    _store(change, document, [_told(Lineage(heir.id, heir.name, heir.township, change.as_of, document=document))])


def rename(change: Change, branch: str, name: str, document: str) -> int:
    """Give a branch another name; return how many of its issues were told.

    Raises:
        Failure: no such branch, one that has ended, or no document.
    """
    _needs(change, document)
    old = _living(change, branch)
    _unlike(change, [name], old.id)
    _store(change, document, [_told(old, name=name, names=_names(old, name), document=document)])
    return _move(change, [old.id], lambda _: Heir(old.id, name, old.township), document, ended=True)


def merge(change: Change, branches: Sequence[str], heir: Heir, document: str) -> int:
    """Let several branches go on as one, which may be one of them; return how many open issues moved.

    Raises:
        Failure: no such branch, one that has ended, a new id that is taken, or no document.
    """
    _needs(change, document)
    old = list({found.id: found for one in branches if (found := _living(change, one))}.values())
    ids = [one.id for one in old]
    if heir.id not in ids:
        _free(change, heir.id)
    _unlike(change, [heir.name], heir.id, *ids)
    township = heir.township or old[0].township
    kept = change.book.branches.get(heir.id)
    from_ = tuple(id_ for id_ in ids if id_ != heir.id)
    whole = Lineage(heir.id, heir.name, township, kept.since if kept else change.as_of, from_=(*(kept.from_ if kept else ()), *from_))
    names = _names(kept, heir.name) if kept else ()
    ended = [_told(one, ended=change.as_of, into=(heir.id,), document=document) for one in old if one.id != heir.id]
    _store(change, document, [*ended, _told(whole, names=names, document=document)])
    return _move(change, ids, lambda _: Heir(heir.id, heir.name, township), document)


def split(change: Change, branch: str, heirs: Sequence[Heir], document: str, places: Mapping[str, str] | None = None) -> int:
    """Let a branch go on as several; its open issues go to the first of them unless ``places`` (id of an issue to id of an heir) says
    otherwise. Return how many moved.

    Raises:
        Failure: no such branch, one that has ended, an id that is taken, an issue or heir in ``places`` that is none, or no document.
    """
    _needs(change, document)
    old = _living(change, branch)
    by_id = {heir.id: heir for heir in heirs}
    for heir in heirs:
        if heir.id != old.id and not _from_a_run(change, heir):
            _free(change, heir.id)
    places = dict(places or {})
    wrong = [one for one in places.values() if one not in by_id]
    wrong += sorted(places.keys() - {row.id for row in change.rows("branch = ? AND open", (old.id,))})
    if wrong or len(by_id) < 2:
        raise Failure([Diagnostic("branches.E433", Place(change.store.path.name), {"found": "、".join(wrong or by_id), "old": old.name})])
    _unlike(change, [heir.name for heir in heirs], old.id, *by_id)
    rows = [
        _told(old, name=heir.name, township=heir.township or old.township, names=_names(old, heir.name), document=document)
        if heir.id == old.id
        else _told(Lineage(heir.id, heir.name, heir.township or old.township, change.as_of, from_=(old.id,), document=document))
        for heir in by_id.values()
    ]
    if old.id not in by_id:
        rows.insert(0, _told(old, ended=change.as_of, into=tuple(by_id), document=document))
    _store(change, document, rows)
    first = heirs[0]

    def home(id_: str) -> Heir:
        heir = by_id[places.get(id_, first.id)]
        return Heir(heir.id, heir.name, heir.township or old.township)

    return _move(change, [old.id], home, document)


def dissolve(change: Change, branch: str, document: str) -> list[str]:
    """End a branch. Return what its open issues are called: each has to be transferred, merged or dismissed by a person.

    Raises:
        Failure: no such branch, one that has ended, or no document.
    """
    _needs(change, document)
    old = _living(change, branch)
    _store(change, document, [_told(old, ended=change.as_of, document=document)])
    return [row.called for row in change.rows("branch = ? AND open", (old.id,))]


def _names(branch: Lineage, name: str) -> tuple[str, ...]:
    """Return the earlier names of a branch once it is called ``name``."""
    return branch.names if branch.name == name else (*branch.names, branch.name)


def _living(change: Change, told: str) -> Lineage:
    return living_branch(change.book, told, Place(change.store.path.name))


def _free(change: Change, id_: str) -> None:
    if id_ in change.book.branches:
        values = {"found": id_, "name": change.book.branches[id_].name}
        raise Failure([Diagnostic("branches.E431", Place(change.store.path.name), values)])


def _unlike(change: Change, names: Sequence[str], *but: str) -> None:
    """Refuse a name that another living branch (none of ``but``) bears, or two at once: nobody could tell which is meant."""
    living = {one.name: one.id for one in change.book.branches.values() if one.ended is None and one.id not in but}
    taken = [name for n, name in enumerate(names) if name in living or name in names[:n]]
    if taken:
        values = {"name": taken[0], "id": living.get(taken[0], "—")}
        raise Failure([Diagnostic("branches.E434", Place(change.store.path.name), values)])


def _from_a_run(change: Change, heir: Heir) -> bool:
    """Whether a branch is known only from a register that was newer than the ledger: it can still be said where it came from."""
    known = change.book.branches.get(heir.id)
    return known is not None and known.name == heir.name and not (known.document or known.from_ or known.ended)


def _needs(change: Change, document: str) -> None:
    if not document.strip():
        raise Failure([Diagnostic("branches.E432", Place(change.store.path.name))])


def _told(branch: Lineage, **changes: Any) -> dict[str, Any]:
    told = {**asdict(branch), **changes}
    return {name: str(value) if name in ("since", "ended") and value else value for name, value in told.items()}


def _store(change: Change, document: str, rows: Iterable[Mapping[str, Any]]) -> None:
    change.add(Draft("", "branches", {"branches": [dict(row) for row in rows], "document": document}))


def _move(change: Change, ids: Sequence[str], home: Callable[[str], Heir], document: str, *, ended: bool = False) -> int:
    """Move the open entries of branches (with ``ended``, all of them) to where ``home`` says, by id of the entry."""
    where = f"branch IN ({', '.join('?' * len(ids))})" + ("" if ended else " AND open")
    moved = 0
    for row in change.rows(where, ids):
        heir = home(row.id)
        told = {"branch": heir.id, "branch_name": heir.name, "township": heir.township}
        if (row.branch, row.branch_name, row.township) != tuple(told.values()):
            change.add(Draft(row.id, "place", told, document))
            moved += 1
    return moved
