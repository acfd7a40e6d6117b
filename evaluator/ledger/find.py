"""Which entries are meant: one by its number, many by a filter."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import date, timedelta
from difflib import get_close_matches

from evaluator.diagnostics import Diagnostic, Failure, Place
from evaluator.ledger.deadlines import DUE_SOON
from evaluator.ledger.rows import Row
from evaluator.ledger.store import Store

__all__ = ["Filter", "find", "find_rows"]


@dataclass(frozen=True)
class Filter:
    """Every condition that is given must hold. Texts are compared whole; ``branch`` is an id or a name."""

    township: str | None = None
    branch: str | None = None
    unit: str | None = None
    person: str | None = None
    leader: str | None = None
    pack: str | None = None
    item: str | None = None
    state: str | None = None
    importance: str | None = None
    fixable_by: str | None = None
    kind: str | None = None
    light: str | None = None  # overdue, soon, waiting
    observed: bool | None = None
    open: bool | None = None

    @property
    def narrows(self) -> bool:
        """Whether somebody asked for less than everything."""
        return any(getattr(self, field.name) is not None for field in fields(self) if field.name not in ("observed", "open"))

    def sql(self, as_of: date) -> tuple[str, list[object]]:
        """Return the condition and the values that it waits for."""
        parts, values = ["1"], list[object]()
        for name in (field.name for field in fields(self) if field.name not in ("branch", "light")):
            value = getattr(self, name)
            if value is not None:
                parts.append(f'"{name}" = ?')
                values.append(value)
        if self.branch is not None:
            parts.append("(branch = ? OR branch_name = ?)")
            values += [self.branch, self.branch]
        match self.light:
            case "overdue":
                parts.append("open AND due != '' AND due < ?")
                values.append(str(as_of))
            case "soon":
                parts.append("open AND due BETWEEN ? AND ?")
                values += [str(as_of), str(as_of + timedelta(days=DUE_SOON))]
            case "waiting":
                parts.append("open AND due = ''")
        return " AND ".join(parts), values


def find(store: Store, called: str) -> Row:
    """Return the entry of a number, or of an id where nothing bears that as its number.

    Raises:
        Failure: there is none; the nearest numbers are named.
    """
    found = (store.rows("number = ?", (called,)) or store.rows("id = ?", (called,))) if called.strip() else []
    if found:
        return found[0]
    near = "、".join(get_close_matches(called, [row.called for row in store.rows()], n=3, cutoff=0.5)) or "—"
    raise Failure([Diagnostic("moves.E204", Place(str(store.path)), {"found": called, "near": near})])


def find_rows(store: Store, wanted: Filter, as_of: date, states: Sequence[str] = ()) -> list[Row]:
    """Return the entries that a filter means, in one of ``states`` where any are given, in the order in which they began."""
    where, values = wanted.sql(as_of)
    if states:
        where += f" AND state IN ({', '.join('?' * len(states))})"
    return store.rows(where, [*values, *states])
