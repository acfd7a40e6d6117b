"""Evidence scored under one pack after another: the level of each branch, quickly enough to try hundreds of variants."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa

from evaluator.authoring.compare.outcomes import pinned
from evaluator.diagnostics import Failure
from evaluator.evidence.gather import Options, gather
from evaluator.evidence.records import Branch, Evidence, Register
from evaluator.packs.models import Indicator, Pack
from evaluator.packs.scope import all_indicators
from evaluator.packs.together import SHARED
from evaluator.scoring.columnar import score
from evaluator.scoring.compile import compile_plan
from evaluator.scoring.feed import feed
from evaluator.scoring.period import Period
from evaluator.scoring.plain import plain_engine
from evaluator.scoring.plan import Plan
from evaluator.scoring.tables import BRANCHES

__all__ = ["OUTSIDE", "UNVISITED", "Files", "Scorer", "State"]

State = int  # a level, or one of these
UNVISITED = -1  # no evidence at all
OUTSIDE = -2  # the pack does not apply to the branch
FEW = 25  # branches


@dataclass(frozen=True)
class Files:
    """Where the evidence is, how to read it, and for which period."""

    paths: tuple[Path, ...]
    period: Period
    options: Options = Options()  # noqa: RUF009  # frozen


@dataclass
class Scorer:
    """Scores the evidence of some files under variants of two packs. Every pack is taken as it reads on ``day``."""

    files: Files
    packs: tuple[Pack, Pack]
    others: tuple[Pack, ...]
    day: date
    scored: int = 0  # branches, over all variants
    _read: dict[tuple[object, ...], Evidence] = field(default_factory=dict)

    def branches(self) -> tuple[Branch, ...]:
        """Return the branches of the evidence, those that either reading of it knows."""
        known = {branch.id: branch for pack in self.packs for branch in self.evidence(pack).register.branches}
        return tuple(known.values())

    def evidence(self, pack: Pack) -> Evidence:
        """Return the evidence as a variant reads it. The files are read once, or once more where two versions define a field differently.

        Raises:
            Failure: files or cells that cannot be used.
        """
        indicators = self.indicators(pack)
        key = tuple((id_, *(getattr(one, name) for name in SHARED)) for id_, one in sorted(indicators.items()))
        if key not in self._read:
            versions = {one.pack: one.version for one in reversed((*self.packs, *self.others))}
            period = self.files.period
            found = gather(
                self.files.paths, indicators, versions, start=period.start, reference=period.reference, options=self.files.options
            )
            if found.bad:
                raise Failure((*found.bad, *found.warnings))
            self._read[key] = found
        return self._read[key]

    def indicators(self, pack: Pack) -> dict[str, Indicator]:
        known = {id_: one for other in (*self.others, *reversed(self.packs)) for id_, one in all_indicators(other).items()}
        return known | all_indicators(pack)

    def levels(self, pack: Pack, only: Iterable[str] | None = None) -> dict[str, State]:
        """Return what each branch, or some of them, reaches under a variant.

        Raises:
            Failure: the variant cannot be computed, or the evidence cannot be read.
        """
        plan = compile_plan([*self.others, pinned(pack, self.day)], self.files.period)
        number = next(step.number for step in plan.packs if step.id == pack.pack)
        evidence = _held(self.evidence(pack), only)
        names = [branch.id for branch in evidence.register.branches]
        table = feed(evidence, plan, self.indicators(pack))
        lines = _by_branch(plan, table, len(names)) if len(names) < FEW else score(plan, table, len(names)).branches.to_pylist()
        states = {line["branch"]: _state(line) for line in lines if line["pack"] == number}
        self.scored += len(names)
        return {id_: states.get(place, OUTSIDE) for place, id_ in enumerate(names)}


def _by_branch(plan: Plan, table: pa.Table, branches: int) -> list[dict[str, Any]]:
    """Return the rows of ``tables.BRANCHES``, each branch scored alone: a query for a few would take longer to make than to ask."""
    rows: list[list[tuple[Any, ...]]] = [[] for _ in range(branches)]
    for row in zip(*table.to_pydict().values(), strict=True):
        rows[row[0]].append(row)
    engine = plain_engine(plan)
    return [dict(zip(BRANCHES, line, strict=True)) for place in range(branches) for line in engine.score(rows[place], place).branches]


def _state(line: Mapping[str, Any]) -> State:
    return UNVISITED if not line["visited"] or line["level"] is None else int(line["level"])


def _held(evidence: Evidence, only: Iterable[str] | None) -> Evidence:
    """Return the evidence of some branches."""
    if only is None:
        return evidence
    kept = set(only)
    branches: Sequence[Branch] = [branch for branch in evidence.register.branches if branch.id in kept]
    records = tuple(record for record in evidence.records if record.branch in kept)
    return replace(evidence, register=Register(tuple(branches), evidence.register.given), records=records)
