"""An entry as one row of columns, for lists and filters, and what an event did to the count of open issues of a branch."""

from collections.abc import Iterator
from datetime import date
from typing import Literal, NamedTuple, TypeGuard

from evaluator.ledger.cases import Case
from evaluator.ledger.entries import Issue

__all__ = ["COLUMNS", "FLOWS", "Entry", "Flow", "Row", "flows", "is_issue", "row_of"]

Entry = Issue | Case
Flow = Literal["new", "rebound", "moved_in", "closed", "dismissed", "moved_out", "merged"]
FLOWS: dict[Flow, int] = {"new": 1, "rebound": 1, "moved_in": 1, "closed": -1, "dismissed": -1, "moved_out": -1, "merged": -1}
TEXT, NUMBER = "TEXT NOT NULL", "INTEGER NOT NULL"
COLUMNS = {
    "id": TEXT,
    "kind": TEXT,
    "number": TEXT,
    "key": TEXT,
    "branch": TEXT,
    "branch_name": TEXT,
    "township": TEXT,
    "pack": TEXT,
    "item": TEXT,
    "title": TEXT,
    "origin": TEXT,
    "state": TEXT,
    "open": NUMBER,
    "observed": NUMBER,
    "importance": TEXT,
    "fixable_by": TEXT,
    "unit": TEXT,
    "person": TEXT,
    "leader": TEXT,
    "deadline": TEXT,
    "found": TEXT,
    "delivered": TEXT,
    "due": TEXT,
    "closed": TEXT,
    "cycle": NUMBER,
    "returns": NUMBER,
    "waiting": NUMBER,
    "slips": NUMBER,
    "version": NUMBER,
}


class Row(NamedTuple):
    """The columns of an entry. Days are ISO texts, "" where there is none; flags are 0 and 1."""

    id: str
    kind: str
    number: str
    key: str
    branch: str
    branch_name: str
    township: str
    pack: str
    item: str
    title: str
    origin: str
    state: str
    open: int
    observed: int
    importance: str
    fixable_by: str
    unit: str
    person: str
    leader: str
    deadline: str
    found: str
    delivered: str
    due: str
    closed: str
    cycle: int
    returns: int
    waiting: int  # an extension waits for a decision
    slips: int
    version: int

    @property
    def called(self) -> str:
        return self.number or self.id

    @property
    def due_day(self) -> date | None:
        return date.fromisoformat(self.due) if self.due else None


def is_issue(entry: Entry) -> TypeGuard[Issue]:
    return isinstance(entry, Issue)


def row_of(entry: Entry) -> Row:
    """Return the columns of an entry; the clock of a held issue is its next review."""
    if isinstance(entry, Case):
        return Row(
            entry.id, entry.kind, entry.number, "", entry.branch, entry.branch_name, entry.township, "", "", entry.title, entry.kind,
            entry.state, int(not entry.ended), 0, "", "", entry.unit, entry.person, "", "", str(entry.found), "", _text(entry.due), "",
            1, 0, 0, 0, entry.version,
        )  # fmt: skip
    now = entry.now
    due = now.hold.review if now.hold and now.state == "held" else now.due
    return Row(
        entry.id, entry.kind, entry.number, entry.key, entry.branch, entry.branch_name, entry.township, entry.pack, entry.item, entry.title,
        entry.origin, now.state, int(now.open), int(entry.observed), entry.importance, entry.fixable_by, now.unit, now.person, now.leader,
        now.deadline, str(now.found), _text(now.delivered), _text(due), _text(now.closed), now.no, now.returns,
        int(now.waiting_extension is not None), len(now.slips), entry.version,
    )  # fmt: skip


def _text(day: date | None) -> str:
    return str(day) if day else ""


def flows(before: Issue | Case | None, after: Issue) -> Iterator[tuple[str, Flow]]:
    """Yield what an event did to the count of open issues: the branch and the flow. Observations are not counted."""
    was = isinstance(before, Issue) and before.now.open and not before.observed
    is_ = after.now.open and not after.observed
    if isinstance(before, Issue) and was and is_ and before.branch != after.branch:
        yield before.branch, "moved_out"
        yield after.branch, "moved_in"
    elif is_ and not was:
        yield after.branch, "rebound" if before is not None and before.now.state == "closed" else "new"  # type: ignore[union-attr]
    elif was and not is_:
        yield after.branch, {"closed": "closed", "dismissed": "dismissed", "merged": "merged"}.get(after.state, "moved_out")  # type: ignore[misc]
