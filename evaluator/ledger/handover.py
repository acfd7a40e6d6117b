"""A change of post-holder (交接): what is open goes over by a list that both sign, and is marked as inherited."""

from evaluator.diagnostics import Diagnostic, Failure, Place
from evaluator.ledger.events import Draft
from evaluator.ledger.rows import Row
from evaluator.ledger.store import Change

__all__ = ["hand_over"]


def hand_over(change: Change, unit: str, old: str, new: str, document: str) -> list[Row]:
    """Give every open entry of a person in a unit to the successor; return the rows as they were before.

    Raises:
        Failure: both are the same, no document, or nothing of that person is open.
    """
    place = Place(change.store.path.name)
    if old == new or not document.strip():
        raise Failure([Diagnostic("dates.E445" if old == new else "dates.E440", place, {"name": old})])
    rows = change.rows("open AND unit = ? AND person = ?", (unit, old))
    if not rows:
        raise Failure([Diagnostic("dates.E444", place, {"unit": unit, "name": old})])
    for row in rows:
        change.add(Draft(row.id, "handover", {"person": new, "from": old, "document": document}, document))
    return rows
