"""The ladder of slips (提醒, 催办, 督办, 约谈): which rung an overdue issue has reached, as its pack says; each is made out once."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from evaluator.ledger.entries import Issue
from evaluator.ledger.events import Draft
from evaluator.ledger.store import Change
from evaluator.packs.ledger_rules import LedgerRules, Rung

__all__ = ["DueSlip", "due_slips", "make_out", "next_rung"]


@dataclass(frozen=True)
class DueSlip:
    """A slip that is to be made out, or (``made``) was made out on this very day: asking twice gives the same slip, not a second."""

    issue: Issue
    rung: Rung
    number: str
    to: str
    made: bool


def next_rung(issue: Issue, rules: LedgerRules, as_of: date) -> Rung | None:
    """Return the lowest rung that is due and was not made out in this cycle; one that follows another waits until a later day than it."""
    due = issue.now.due
    if due is None or not issue.now.open or issue.observed or issue.state in ("submitted", "held"):
        return None
    made = {slip.rung: slip.on for slip in issue.now.slips}
    for rung in rules.slips:
        before = rung.after is None or (rung.after in made and made[rung.after] < as_of)
        if rung.id not in made and as_of >= due + timedelta(days=rung.days) and before:
            return rung
    return None


def due_slips(change: Change) -> Iterator[DueSlip]:
    """Yield the slips of this change's day, those already made out on it included, in the order of issues."""
    for row in change.rows("open AND NOT observed AND due != '' AND kind IN ('issue', 'common')"):
        issue = change.issue(row.id)
        rules = change.book.rules(issue.pack)
        rungs = {rung.id: rung for rung in rules.slips}
        today = [slip for slip in issue.now.slips if slip.on == change.as_of and slip.rung in rungs]
        if today:
            yield DueSlip(issue, rungs[today[-1].rung], today[-1].number, today[-1].to, True)
        elif rung := next_rung(issue, rules, change.as_of):
            yield DueSlip(issue, rung, f"{issue.called}-{len(issue.now.slips) + 1}", _to(issue, rung), False)


def _to(issue: Issue, rung: Rung) -> str:
    now = issue.now
    return {"leader": now.leader}.get(rung.to, "") or now.unit


def make_out(change: Change, slips: list[DueSlip]) -> int:
    """Store the slips that were not made out before; return how many."""
    fresh = [slip for slip in slips if not slip.made]
    for slip in fresh:
        change.add(Draft(slip.issue.id, "slip", {"rung": slip.rung.id, "number": slip.number, "to": slip.to}))
    return len(fresh)
