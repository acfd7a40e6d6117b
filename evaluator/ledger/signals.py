"""Signs that an issue was fixed on paper only (疑似虚假整改). Each is shown with its reason; none decides alone.

Source: the eight signals of ``reference/ledger.md`` section b.2. The seventh asks, of what the ledger keeps of earlier runs, whether
the last check between the claimed completion and the closing had failed.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from evaluator.ledger.book import Book
from evaluator.ledger.entries import Cycle, Issue
from evaluator.ledger.store import Store
from evaluator.messages import Language, say

__all__ = ["RUSH", "Signal", "Wide", "relapse_of", "signals"]

RUSH = 10  # closings by one person on one day, at or just before their due days
EVE = timedelta(days=1)


@dataclass(frozen=True)
class Signal:
    """One sign, by its number from 1 to 8, with what it saw."""

    number: int
    values: dict[str, Any]

    def text(self, lang: Language | None = None) -> str:
        return say(f"signals.signal_{self.number}", lang, **self.values)


class Wide:
    """What a sign needs to know of the whole ledger: where else a file is kept, and how many closings one person made on a day."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self._files: dict[str, set[str]] | None = None
        self._rush: dict[tuple[str, date], int] | None = None

    def elsewhere(self, sha256: str, id_: str) -> list[str]:
        """Return what the other issues are called to which the same file is attached."""
        self._read()
        assert self._files is not None  # read
        return sorted(self._files.get(sha256, set()) - {id_})

    def rush(self, name: str, day: date) -> int:
        """Return how many issues a person closed on a day that was their due day or the one before."""
        self._read()
        assert self._rush is not None  # read
        return self._rush.get((name, day), 0)

    def _read(self) -> None:
        if self._files is not None:
            return
        self._files, self._rush = {}, {}
        for issue in self.store.entries("kind IN ('issue', 'common') AND (closed != '' OR cycle > 1 OR instr(doc, '\"sha256\"') > 0)"):
            assert isinstance(issue, Issue)  # by their kinds
            for one in issue.attachments:
                self._files.setdefault(one.sha256, set()).add(issue.called)
            for cycle in issue.cycles:
                if cycle.closed and cycle.checks and _eve(cycle):
                    key = (cycle.checks[-1].by, cycle.closed)
                    self._rush[key] = self._rush.get(key, 0) + 1


def _eve(cycle: Cycle) -> bool:
    """Whether it was closed on its due day or the one before."""
    return cycle.state == "closed" and bool(cycle.closed and cycle.due and cycle.due - EVE <= cycle.closed <= cycle.due)


def relapse_of(issue: Issue, closed: Cycle, on: date, book: Book) -> str:
    """Return ``suspected`` for a relapse inside the pack's window after closing, ``rebound`` (反弹) for a later one."""
    days = book.rules(issue.pack).observe_days
    return "suspected" if closed.closed and on <= closed.closed + timedelta(days=days) else "rebound"


def signals(issue: Issue, cycle: Cycle, on: date, book: Book, wide: Wide, facts: str | None = None) -> list[Signal]:
    """Return the signs in a closed cycle. ``facts`` are what a re-inspection on day ``on`` saw when it failed, None when none did."""
    return [Signal(number, values) for number, values in _found(issue, cycle, on, book, wide, facts)]


def _found(issue: Issue, cycle: Cycle, on: date, book: Book, wide: Wide, facts: str | None) -> Iterator[tuple[int, dict[str, Any]]]:
    closed = cycle.closed
    if closed is None:
        return
    if facts is not None and relapse_of(issue, cycle, on, book) == "suspected":
        yield 1, {"closed": closed, "days": (on - closed).days, "window": book.rules(issue.pack).observe_days}
    if facts and facts == cycle.facts:
        yield 2, {"facts": facts}
    last = cycle.submissions[-1] if cycle.submissions else None
    kept = [one for one in issue.attachments if cycle.found <= one.on <= closed and one.stage != "before"]
    before = {one.sha256 for one in issue.attachments if one.stage == "before"}
    for one in kept:
        if one.sha256 in before:
            yield 3, {"name": one.name, "where": say("signals.own_before", "zh")}
        elif others := wide.elsewhere(one.sha256, issue.called):
            yield 3, {"name": one.name, "where": "、".join(others[:3])}
    dated = [(one.name, one.taken_on) for one in kept] + [(paper.name, paper.dated) for paper in (last.papers if last else ())]
    for name, day in dated:
        if day < cycle.found or (last and day > last.done_on):
            yield 4, {"name": name, "day": day, "found": cycle.found, "done_on": last.done_on if last else closed}
    check = cycle.checks[-1] if cycle.checks else None
    if check and last and (check.by in (cycle.person, last.by) or check.unit in (cycle.unit, last.unit)):
        yield 5, {"name": check.by, "unit": check.unit}
    if check and _eve(cycle) and (count := wide.rush(check.by, closed)) >= RUSH:
        yield 6, {"name": check.by, "day": closed, "count": count}
    since = last.done_on if last else cycle.found  # that a check failed before the fix is no sign against it
    seen = [one.result for one in cycle.sightings if since < one.on <= closed]
    if seen[-1:] == ["failed"]:
        yield 7, {"closed": closed}
    for look in issue.look_backs:
        if not look.run and look.result == "relapsed" and look.on >= closed:
            yield 8, {"day": look.on, "name": look.by, "text": look.text}
