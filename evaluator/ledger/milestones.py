"""Days that no ladder of slips watches: those of single measures (节点), and the limits of cases of other kinds."""

from collections.abc import Container, Iterator
from dataclasses import dataclass
from datetime import date

from evaluator.ledger.deadlines import is_due_soon, is_overdue
from evaluator.ledger.entries import Issue, Measure
from evaluator.ledger.rows import Row
from evaluator.ledger.store import Change

__all__ = ["Milestone", "late_cases", "milestones"]


@dataclass(frozen=True)
class Milestone:
    """An unfinished measure, by its number from 1, with its day."""

    issue: Issue
    number: int
    measure: Measure
    due: date
    late: bool


def milestones(change: Change, among: Container[str] | None = None) -> Iterator[Milestone]:
    """Yield the unfinished measures whose day has passed or is near on this change's day, in the order of issues.

    ``among``: ids of the issues to look at, all of them where it is None.
    """
    for row in change.rows("open AND NOT observed AND state = 'rectifying' AND instr(doc, '\"due\":\"') > 0"):
        if among is not None and row.id not in among:
            continue
        issue = change.issue(row.id)
        for number, measure in enumerate(issue.now.measures, 1):
            late = is_overdue(measure.due, change.as_of)
            if measure.due and not measure.finished and (late or is_due_soon(measure.due, change.as_of)):
                yield Milestone(issue, number, measure, measure.due, late)


def late_cases(change: Change, among: Container[str] | None = None) -> Iterator[Row]:
    """Yield the open cases of other kinds whose limit has passed on this change's day; ``among`` as above."""
    for row in change.rows("open AND due != '' AND due < ? AND kind NOT IN ('issue', 'common')", (str(change.as_of),)):
        if among is None or row.id in among:
            yield row
