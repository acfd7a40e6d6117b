"""What a visit to a branch is for: the new inspection, and what the ledger has to be looked at again, all of it in one visit."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from evaluator.ledger.deadlines import YEARS
from evaluator.ledger.entries import Issue
from evaluator.ledger.rows import is_issue
from evaluator.ledger.store import Store

__all__ = ["NEW", "Check", "Due", "Quarter", "due_checks"]


@dataclass(frozen=True, order=True)
class Quarter:
    """A quarter of a year, written 2024Q2."""

    year: int
    number: int

    @classmethod
    def parse(cls, text: str) -> "Quarter":
        """Return the quarter that a text names.

        Raises:
            ValueError: another form, or a year that nobody means.
        """
        match = re.fullmatch(r"(\d{4})[Qq]([1-4])", text.strip())
        if not match or int(match[1]) not in YEARS:
            raise ValueError(text)
        return cls(int(match[1]), int(match[2]))

    @property
    def first(self) -> date:
        return date(self.year, 3 * self.number - 2, 1)

    @property
    def last(self) -> date:
        return self.after(1).first - timedelta(days=1)

    def after(self, count: int) -> "Quarter":
        """Return the quarter so many later, earlier when negative."""
        year, number = divmod(self.year * 4 + self.number - 1 + count, 4)
        return Quarter(year, number + 1)

    def __str__(self) -> str:
        return f"{self.year}Q{self.number}"


@dataclass(frozen=True, order=True)
class Check:
    """One thing to check: ``new`` (the inspection), ``sampled`` (drawn for a look-back), ``observed`` (its observation ends), ``review``
    (a held issue). ``day`` is an ISO day, "" for the inspection."""

    kind: Literal["new", "sampled", "observed", "review"]
    number: str = ""
    text: str = ""
    day: str = ""


NEW = Check("new")


@dataclass(frozen=True)
class Due:
    """A check that the ledger asks for, and where. A common problem has no branch."""

    branch: str
    name: str
    check: Check


def due_checks(store: Store, quarter: Quarter) -> list[Due]:
    """Return what the ledger has to be looked at by the end of a quarter, at the branches that it knows now.

    These are closed issues drawn by ``ledger sample`` and not yet looked at since, closed ones whose observation ends in the quarter
    with no look at all, and held ones whose review day falls in the quarter or has passed.
    """
    book = store.book()
    drawn = {id_: event.as_of for event in store.events("") if event.action == "sample" for id_ in event.data["drawn"]}
    found = []
    for entry in store.entries("kind IN ('issue', 'common') AND state IN ('closed', 'held')"):
        if is_issue(entry):
            days = book.rules(entry.pack).observe_days
            found += [Due(book.present(entry.branch), entry.branch_name, one) for one in _checks(entry, quarter, drawn.get(entry.id), days)]
    return found


def _checks(issue: Issue, quarter: Quarter, drawn: date | None, days: int) -> Iterator[Check]:
    now = issue.now
    if now.state == "held":
        if now.hold and now.hold.review <= quarter.last:
            yield Check("review", issue.called, now.problem, str(now.hold.review))
        return
    if now.closed is None or now.closed > quarter.last:
        return
    # A run that compared it is no look on site, which is what a draw asks for.
    looks = [look for look in issue.look_backs if look.on >= now.closed]
    if drawn and now.closed <= drawn <= quarter.last and not any(look.on >= drawn and not look.run for look in looks):
        yield Check("sampled", issue.called, now.problem, str(drawn))
    elif quarter.first <= now.closed + timedelta(days=days) <= quarter.last and not looks:
        yield Check("observed", issue.called, now.problem, str(now.closed + timedelta(days=days)))
