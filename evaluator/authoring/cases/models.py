"""What a case of a pack says: evidence, and what must come of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from evaluator.diagnostics import Place
from evaluator.packs.models import Labels
from evaluator.packs.source import DataPath, Spans
from evaluator.scoring.period import Period

__all__ = ["NA", "NOT_DUE", "WORDS", "Case", "CaseFile", "Expect", "Span"]

Span = tuple[int, int]  # hundredths of a point, lowest and highest
NA: Span = (-1, -1)  # not applicable: no points are in play, which is not the same as none earned
NOT_DUE: Span = (-2, -2)
WORDS = {"na": NA, "not_due": NOT_DUE}  # how files say these


@dataclass(frozen=True)
class Expect:
    """What must come of a case; None or empty: the case says nothing of it. Points are hundredths."""

    level: int | None = None
    stars: int | None = None
    points: Mapping[str, Span] = field(default_factory=dict)  # criterion id
    of: Mapping[str, int] = field(default_factory=dict)  # criterion id to the points in play, where a part is not applicable
    groups: Mapping[str, bool] = field(default_factory=dict)  # awarded
    vetoes: tuple[str, ...] | None = None  # exactly those that are true
    triggers: tuple[str, ...] | None = None
    gates: tuple[str, ...] | None = None
    provisional: bool | None = None

    @property
    def beyond_items(self) -> bool:
        """Whether anything is expected that hangs on more than one item."""
        return bool(self.groups) or any(one is not None for one in (self.level, self.stars, self.provisional))


@dataclass(frozen=True)
class Case:
    """One case. ``given``: indicator, attribute or manual column to what stood in the file; what is not there is not evidenced.

    ``filled_in``: the verdict was written by the tool and nobody has confirmed it.
    """

    id: str
    reason: Labels
    given: Mapping[str, Any]
    expect: Expect
    place: Place
    filled_in: bool = False
    path: DataPath = ()  # in its file


@dataclass(frozen=True)
class CaseFile:
    """The cases of one file, all of one period. ``laid``: where each given value stands, by case and name."""

    path: Path
    spans: Spans
    period: Period
    cases: tuple[Case, ...]

    def at(self, case: Case, name: str) -> Place:
        """Return where a case's value of ``name`` stands: its own, else that of the base that all cases share."""
        own: DataPath = (*case.path, "given", name)
        return self.spans.place(own if own in self.spans.values else ("base", name))
