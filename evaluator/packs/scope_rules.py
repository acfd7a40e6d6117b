"""What a pack says of the branches of one jurisdiction together: ranks, caps, screening hints, limits on rising, streaks.

No engine reads this: ``scoring.scope_stage`` does, when every branch has its level. A share is written ``10%``, or names a setting.
"""

from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, StringConstraints

from evaluator.packs.parts import Code, Id, Labels, Model

__all__ = ["SHARE", "Cap", "Compare", "Counted", "Hint", "RankBy", "Rise", "ScopeRule", "ScopeRules", "Streak"]

SHARE = r"^([A-Za-z][A-Za-z0-9_]*|[0-9]{1,3}(\.[0-9]{1,4})?%)$"
MOST = 20  # periods of a streak, levels of a rise

Level = Annotated[int, Field(ge=0, le=100, strict=True)]
Whole = Annotated[int, Field(ge=1, le=MOST, strict=True)] | Id
Base = Literal["visited", "expected"]


def _as_written(value: Any) -> Any:
    """Return a number as its text, so that a share without its sign is told as one."""
    return str(value) if isinstance(value, int | Decimal) and not isinstance(value, bool) else value


Share = Annotated[str, StringConstraints(pattern=SHARE, max_length=60), BeforeValidator(_as_written)]


class ScopeRule(Model):
    """What every rule says: on what it rests, where its numbers come from."""

    text: Labels | None = None
    basis: tuple[str, ...] = Field(min_length=1)
    numbers: dict[str, str] = Field(default_factory=dict)  # each number of the rule, to a source id or ``default``


class RankBy(Model):
    """What orders branches of equal level; equals in all of it share a rank (1, 2, 2, 4)."""

    by: tuple[Literal["score", "stars"], ...] = Field(default=("score",), min_length=1)


class Cap(ScopeRule):
    """At most so large a share at this level or above; those beyond it in rank order are lowered to ``then``, all that tie with it too."""

    level: Level
    at_most: Share
    of: Base = "visited"
    then: Level


class Counted(ScopeRule):
    """Which branches a hint or streak counts: exactly one of a level and a veto, trigger or gate that holds."""

    id: Code
    text: Labels
    level_at_least: Level | None = None
    level_below: Level | None = None
    finding: Code | None = None


class Compare(Model):
    """A ratio found elsewhere. It is compared with, never filled up to."""

    at_least: Share | None = None
    at_most: Share | None = None


class Hint(Counted):
    """A share that is shown beside a ratio: below, within or above. It changes no result."""

    of: Base = "visited"
    compare: Compare


class Rise(ScopeRule):
    """How many levels above that of the run before a branch may come."""

    at_most: Whole


class Streak(Counted):
    """So many runs in a row, this one the last. Not inspected is no hit, and a gap between periods breaks it."""

    periods: Whole
    kind: Literal["hint", "flag"] = "hint"  # flag: also said to the branch


class ScopeRules(Model):
    within: Literal["township", "county", "city", "all"]
    rank: RankBy = RankBy()
    caps: tuple[Cap, ...] = ()
    hints: tuple[Hint, ...] = ()
    rise: Rise | None = None
    streaks: tuple[Streak, ...] = ()
