"""Issues that may be the same as one that a person writes: shown, so that the person links or merges them."""

from difflib import SequenceMatcher

from evaluator.ledger.rows import Row
from evaluator.ledger.store import Change

__all__ = ["similar"]

ALIKE = 0.5
MOST = 3


def similar(change: Change, branch: str, title: str) -> list[Row]:
    """Return the open issues of a branch (by id or name) whose titles are most like ``title``, the likest first, at most three."""
    rows = change.rows("open AND (branch = ? OR branch_name = ?) AND kind = 'issue'", (branch, branch))
    scored = [(SequenceMatcher(None, row.title, title, autojunk=False).ratio(), row) for row in rows]
    return [row for score, row in sorted(scored, key=lambda pair: -pair[0]) if score >= ALIKE][:MOST]
