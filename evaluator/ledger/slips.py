"""The ladder of slips (提醒, 催办, 督办, 约谈): which rung an overdue issue has reached, as its pack says; each is made out once."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from evaluator.ledger.entries import Issue
from evaluator.ledger.events import Draft
from evaluator.ledger.rows import Row
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
    head: str  # hash of the issue's last event before it: the same whenever the slip is printed


def next_rung(issue: Issue, rules: LedgerRules, as_of: date) -> Rung | None:
    """Return the rung that an issue has reached, None where it has none or that one was made out in this cycle.

    A rung that follows another comes so many days after it as lie between the two. Of those that follow none, only the highest is made
    out: nobody is reminded of a day long past.
    """
    due = issue.now.due
    if due is None or not issue.now.open or issue.observed or issue.state in ("submitted", "held"):
        return None
    made = {slip.rung: slip.on for slip in issue.now.slips}
    days = {rung.id: rung.days for rung in rules.slips}
    passed = max((number for number, rung in enumerate(rules.slips) if rung.id in made), default=-1)
    reached = None
    for rung in rules.slips[passed + 1 :]:
        # What follows another leaves the time between the two, from the day on which the other was really made out.
        before = rung.after is None or (rung.after in made and as_of >= made[rung.after] + timedelta(days=rung.days - days[rung.after]))
        if as_of >= due + timedelta(days=rung.days) and before:
            reached = rung
    return reached


def due_slips(change: Change, rows: Iterable[Row] | None = None) -> Iterator[DueSlip]:
    """Yield the slips of this change's day, those already made out on it included, in the order of issues; ``rows`` narrows to some."""
    known: dict[str, LedgerRules] = {}
    running = change.rows("open AND NOT observed AND due != '' AND kind IN ('issue', 'common')")
    only = None if rows is None else {row.id for row in rows}
    for row in running:
        if only is not None and row.id not in only:
            continue
        issue = change.issue(row.id)
        if issue.pack not in known:
            known[issue.pack] = change.book.rules(issue.pack)
        rules = known[issue.pack]
        rungs = {rung.id: rung for rung in rules.slips}
        today = [slip for slip in issue.now.slips if slip.on == change.as_of and slip.rung in rungs]
        if today:
            slip = today[-1]
            yield DueSlip(issue, rungs[slip.rung], slip.number, slip.to, True, _head(change, issue, slip.number))
        elif rung := next_rung(issue, rules, change.as_of):
            number = 1 + sum(len(cycle.slips) for cycle in issue.cycles)  # no number is given twice, not in a later cycle either
            yield DueSlip(issue, rung, f"{issue.called}-{number}", _to(issue, rung), False, _head(change, issue, ""))


def _head(change: Change, issue: Issue, number: str) -> str:
    """Return the hash of the issue's last event, of the last before a slip where that was made out."""
    head = ""
    for event in change.store.events(issue.id):
        if number and event.action == "slip" and event.data["number"] == number:
            break
        head = event.hash
    return head


def _to(issue: Issue, rung: Rung) -> str:
    """Return to whom a slip goes; the superior of a branch is its township, of anybody else the leader in charge."""
    now = issue.now
    above = issue.township if issue.fixable_by == "branch" else now.leader
    return {"leader": now.leader or above, "superior": above}.get(rung.to, "") or now.unit


def make_out(change: Change, slips: list[DueSlip]) -> int:
    """Store the slips that were not made out before; return how many."""
    fresh = [slip for slip in slips if not slip.made]
    for slip in fresh:
        change.add(Draft(slip.issue.id, "slip", {"rung": slip.rung.id, "number": slip.number, "to": slip.to}))
    return len(fresh)
