"""The balance of a ledger (对账平衡): what was open, plus what came, less what went, is what is open; for each branch and in total.

期初未销 + 新增 + 反弹 + 移入 − 销号 − 不予立号 − 移出 − 并号 = 期末未销. The left side is counted from events, the right from entries, so
that either would show what is wrong with the other.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from evaluator.ledger.rows import FLOWS, Flow
from evaluator.ledger.store import Store

__all__ = ["Balance", "Sums", "balance"]


@dataclass(frozen=True)
class Sums:
    """One line of the balance. ``opening`` and ``closing`` are open issues, observations left out."""

    opening: int
    flows: Mapping[Flow, int]
    closing: int

    @property
    def holds(self) -> bool:
        return self.opening + sum(FLOWS[flow] * count for flow, count in self.flows.items()) == self.closing


@dataclass(frozen=True)
class Balance:
    """The balance since an event. ``branches``: by id, "" for common problems (共性问题), which belong to no branch."""

    since: int
    branches: Mapping[str, Sums]
    total: Sums

    @property
    def broken(self) -> list[str]:
        """Return the branches in which it does not hold."""
        return [branch or "*" for branch, sums in self.branches.items() if not sums.holds] + ([] if self.total.holds else ["*"])


def balance(store: Store, since: int) -> Balance:
    """Return the balance of all events after number ``since``."""
    last = store.head()[0]
    opening: dict[str, int] = {}
    for (branch, flow), count in store.flows_by_branch(1, since).items():
        opening[branch] = opening.get(branch, 0) + FLOWS[flow] * count
    flows: dict[str, dict[Flow, int]] = {}
    for (branch, flow), count in store.flows_by_branch(since + 1, last).items():
        flows.setdefault(branch, {})[flow] = count
    closing = store.open_by_branch()
    branches = {
        branch: Sums(opening.get(branch, 0), flows.get(branch, {}), closing.get(branch, 0))
        for branch in sorted(opening.keys() | flows.keys() | closing.keys())
    }
    summed: dict[Flow, int] = {flow: sum(found.get(flow, 0) for found in flows.values()) for flow in FLOWS}
    total = Sums(sum(opening.values()), summed, sum(closing.values()))
    return Balance(since, branches, total)
