"""What a ledger says of each branch, as evidence of a run (``score --ledger``): so may open issues cap the stars, and closing lift them.

A pack says so itself: it asks for one of the indicators below and reads it in a veto or trigger. A branch answers for what it can mend;
what township or department have to mend counts only in ``ledger_key_open_all``.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path

from evaluator.diagnostics import Diagnostic, Failure, Place
from evaluator.evidence.records import Evidence, Record
from evaluator.evidence.values import SCALE
from evaluator.ledger.deadlines import is_overdue
from evaluator.ledger.entries import Issue
from evaluator.ledger.replay import replay
from evaluator.ledger.store import Store
from evaluator.messages import say
from evaluator.packs.models import Indicator
from evaluator.scoring.period import Period

__all__ = ["INDICATORS", "counts", "issues_on", "with_ledger"]

INDICATORS = ("ledger_open", "ledger_overdue", "ledger_reopened", "ledger_key_open", "ledger_key_open_all")
STAGE = 8  # above every stage of a workbook, below attributes of the register
NAMED = 3  # issues named beside a count


def with_ledger(evidence: Evidence, path: Path, indicators: Mapping[str, Indicator], period: Period) -> Evidence:
    """Return the evidence with what the ledger counts for each branch that it knows and that has other evidence.

    Only what an indicator of the run's packs asks for is added, as the ledger stood at the reference date.

    Raises:
        Failure: no ledger can be read there, or an indicator that it fills is no whole number.
    """
    asked = [id_ for id_ in INDICATORS if id_ in indicators]
    wrong = [id_ for id_ in asked if indicators[id_].type != "integer"]
    if wrong:
        raise Failure([Diagnostic("standing.E620", Place(str(path)), {"found": id_, "type": indicators[id_].type}) for id_ in wrong])
    store = Store.open(path)
    try:
        known = store.book().branches.keys()
        found = counts(issues_on(store, period.reference), period.start, period.reference)
        head = store.head()[1]
    finally:
        store.close()
    seen = {record.branch for record in evidence.records} & known
    place = Place(str(path))
    added = []
    for branch in sorted(seen):
        for id_ in asked:
            named = found.get((branch, id_), [])
            note = say("standing.note", "zh", numbers="、".join(named[:NAMED]) + ("…" if len(named) > NAMED else "")) if named else ""
            added.append(Record(branch, id_, len(named) * SCALE, False, None, STAGE, "", str(len(named)), note, "", place))
    kept = [record for record in evidence.records if not (record.indicator in asked and record.branch in seen)]
    order = sorted([*kept, *added], key=lambda r: (r.branch, r.indicator, r.day or -1, r.ref, r.stage, r.place))
    return replace(evidence, records=tuple(order), digests={**evidence.digests, str(path): head})


def issues_on(store: Store, day: date) -> list[Issue]:
    """Return the issues as they stood at the end of a day: events of later days, and what was told after them, had not happened yet."""
    found: dict[str, Issue] = {}
    later: set[str] = set()
    for event in store.events():
        if event.as_of > day:
            later.add(event.entry)
        elif event.entry and event.entry not in later and (event.action == "open" or event.entry in found):
            found[event.entry] = replay(found.get(event.entry), event)
    return list(found.values())


def counts(issues: Iterable[Issue], start: date, day: date) -> dict[tuple[str, str], list[str]]:
    """Return what issues are called, by branch and indicator: those that count on a day. Observations never do."""
    found: dict[tuple[str, str], list[str]] = defaultdict(list)
    for issue in issues:
        now = issue.now
        if issue.observed or not issue.branch:
            continue
        own = issue.fixable_by == "branch"
        held = {
            "ledger_open": now.open and own and bool(issue.number),
            "ledger_overdue": now.open and own and issue.state != "held" and is_overdue(now.due, day),
            "ledger_reopened": own and any(cycle.no > 1 and start <= cycle.found <= day for cycle in issue.cycles),
            "ledger_key_open": now.open and own and issue.importance == "key" and bool(issue.number),
            "ledger_key_open_all": now.open and issue.importance == "key" and bool(issue.number),
        }
        for id_, counts_ in held.items():
            if counts_:
                found[issue.branch, id_].append(issue.called)
    return found
