"""Measures with a day of their own (节点): which are missed or near, whatever the issue's own due day."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from evaluator.ledger.deadlines import is_due_soon, is_overdue
from evaluator.ledger.entries import Issue, Measure
from evaluator.ledger.store import Change

__all__ = ["Milestone", "milestones"]


@dataclass(frozen=True)
class Milestone:
    """An unfinished measure, by its number from 1, with its day."""

    issue: Issue
    number: int
    measure: Measure
    due: date
    late: bool


def milestones(change: Change) -> Iterator[Milestone]:
    """Yield the unfinished measures whose day has passed or is near on this change's day, in the order of issues."""
    for row in change.rows("open AND NOT observed AND state = 'rectifying' AND instr(doc, '\"due\":\"') > 0"):
        issue = change.issue(row.id)
        for number, measure in enumerate(issue.now.measures, 1):
            late = is_overdue(measure.due, change.as_of)
            if measure.due and not measure.finished and (late or is_due_soon(measure.due, change.as_of)):
                yield Milestone(issue, number, measure, measure.due, late)
