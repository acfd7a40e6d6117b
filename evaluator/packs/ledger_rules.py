"""What a pack says of the ledger of its issues: limits, and the ladder of slips (催办, 督办) that an overdue issue climbs."""

from typing import Annotated, Literal

from pydantic import Field

from evaluator.packs.parts import Id, Labels, Model

__all__ = ["LedgerRules", "Rung"]

Count = Annotated[int, Field(ge=0, le=3660, strict=True)]
Percent = Annotated[int, Field(ge=1, le=100, strict=True)]


class Rung(Model):
    """One slip. It is due ``days`` after the due day (before it when negative), once the one named by ``after`` has been made out."""

    id: Id
    label: Labels
    days: Annotated[int, Field(ge=-365, le=3660, strict=True)]
    after: Id | None = None
    to: Literal["owner", "leader", "superior"] = "owner"


class LedgerRules(Model):
    """Limits of the ledger. Without a section ``ledger`` these defaults hold; all of them are our own."""

    branch_limit: Count = 15  # issues that a branch is given at once; the rest stay observations
    common_over: Percent = 30  # percent of visited branches: failing in more is one common problem (共性问题)
    common_least: Count = 5  # and in at least so many
    extensions: Count = 2
    notice_days: Count = 0  # published for objections before it is closed (公示); 0: not asked
    observe_days: Count = 90  # a relapse within so many days of closing is a suspected paper fix
    mass_close: Percent = 50  # percent of a branch's open issues that one run may propose to close
    slips: tuple[Rung, ...] = ()
    basis: tuple[str, ...] = ()
    numbers: dict[str, str] = Field(default_factory=dict)

    def is_common(self, failed: int, visited: int) -> bool:
        """Whether so many failing branches of those visited are one common problem: for the ledger and for the reports."""
        return failed >= self.common_least and failed * 100 > self.common_over * visited
