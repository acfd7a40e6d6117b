"""What a case asks of the rest of the ledger: what a meeting must take up, which case came before, how many there are."""

from collections.abc import Iterable, Sequence

from evaluator.ledger.cases import Case
from evaluator.ledger.store import Change
from evaluator.messages import say

__all__ = ["agenda", "counted", "last_open", "numbered"]

PRESSING = "open AND kind != ? AND ((due != '' AND due < ?) OR state = 'held' OR returns > 0 OR waiting > 0)"
COUNTS = {
    "same_month": "substr(found, 1, 7) = ? AND branch = ? AND township = ?",
    "open_by_actor": "open AND person = ?",
}


def agenda(change: Change, case: Case) -> list[dict[str, str]]:
    """Return what is overdue, blocked, sent back or waits for an extension on the day of the change, as rows: number, title, why, owner.

    A case of a branch or a township looks at its own only; cases of the same kind are left out.
    An issue on hold is blocked however far ahead its review lies.
    """
    where, values = PRESSING, [case.kind, str(change.as_of)]
    for column, told in (("branch", case.branch), ("township", case.township)):
        if told:
            where, values = f"{where} AND {column} = ?", [*values, told]
    made = []
    for row in change.rows(where, values):
        why = [say("kinds.agenda_overdue", "zh", due=row.due)] if row.due and row.due < str(change.as_of) else []
        why += [say("kinds.agenda_blocked", "zh")] if row.state == "held" else []
        why += [say("kinds.agenda_returned", "zh", count=row.returns)] if row.returns else []
        why += [say("kinds.agenda_waiting", "zh")] if row.waiting else []
        made.append({"number": row.called, "title": row.title, "why": "、".join(why), "owner": row.unit})
    return made


def counted(change: Change, names: Iterable[str], case: Case, void: Sequence[str]) -> dict[str, int]:
    """Return counts of other cases of the same kind: ``same_month`` begun in this month at the same place, ``open_by_actor`` open ones
    for which whoever acts is responsible. Those in a ``void`` state never count.
    """
    told: dict[str, tuple[str, ...]] = {
        "same_month": (str(change.as_of)[:7], case.branch, case.township),
        "open_by_actor": (change.actor.name,),
    }
    made = {}
    for name in names:
        rows = change.rows(f"kind = ? AND id != ? AND {COUNTS[name]}", (case.kind, case.id, *told[name]))
        made[name] = sum(row.state not in void for row in rows)
    return made


def last_open(change: Change, case: Case) -> Case | None:
    """Return the latest open case of the same kind, branch and township."""
    rows = change.rows("kind = ? AND open AND branch = ? AND township = ?", (case.kind, case.branch, case.township))
    return _case(change, rows[-1].id) if rows else None


def numbered(change: Change, number: str, kind: str) -> Case | None:
    """Return the case of a number, None where there is none of that kind."""
    rows = change.rows("number = ? AND kind = ?", (number, kind))
    return _case(change, rows[0].id) if rows else None


def _case(change: Change, id_: str) -> Case:
    found = change.entry(id_)
    assert isinstance(found, Case)  # the kind says so
    return found
