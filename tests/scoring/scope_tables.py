"""Branch tables without an engine, and a pack whose rules are all of a whole jurisdiction: for tests of the second stage alone."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from evaluator.evidence.register import Branch, Register
from evaluator.packs.models import Pack
from evaluator.scoring.earlier import Earlier
from evaluator.scoring.period import Period
from evaluator.scoring.results import BranchRow, FindingRow, ScopeRow, StandingRow
from evaluator.scoring.scope_stage import standings

__all__ = ["CAPS", "LEVELS", "One", "after", "earlier", "many", "rows_of", "scope_pack", "stage"]

LEVELS = (5, 4, 3, 2, 1, 0)
QUARTERS = {n: (date(2023, 3 * n - 2, 1), date(2023, 3 * n, 30 if n in (2, 3) else 31)) for n in (1, 2, 3, 4)}
BASIS = {"basis": ["doc"]}
CAPS = [{"level": 5, "at_most": "10%", "then": 4, **BASIS}, {"level": 4, "at_most": "30%", "then": 3, **BASIS}]


@dataclass(frozen=True)
class One:
    """A branch as the engines leave it; ``level`` None: not inspected."""

    id: str
    level: int | None
    score: tuple[int, int] | None = (80, 100)
    path: tuple[str, ...] = ("市", "区", "东街道")
    stars: int | None = None
    triggers: tuple[str, ...] = ()
    possible: int | None = None
    order: int = field(default=0)


def scope_pack(scope: Mapping[str, Any], *, stars: bool = False, internal: bool = False, **more: Any) -> Pack:
    """Return a pack with these rules; the rest of it is what loading asks for."""
    item = {"text": "情形", "basis": ["doc"], "measure": "改", "owner": "支部", "fixable_by": "branch", "deadline": "soon"}
    lines = [{"level": level, "label": f"{level}级", "when": f"hard = {5 - level}"} for level in more.pop("levels", LEVELS)]
    return Pack.model_validate(
        {
            "pack": "scoped",
            "version": "1",
            "status": "reference",
            "title": "辖区规则",
            "effective": {"from": date(2020, 1, 1)},
            "stars": stars,
            "internal": internal,
            "sources": {"doc": {"title": "文件"}},
            "indicators": {"bad": {"label": "坏", "type": "boolean"}},
            "triggers": [{"id": "T1", "kind": "hard", "when": "bad", **item}],
            "rating": [*lines[:-1], {"level": lines[-1]["level"], "label": lines[-1]["label"]}],
            "deadlines": {"soon": {"label": "三十天", "days": 30}},
            "scope": {"within": "township"} | dict(scope),
        }
        | more
    )


def rows_of(ones: Iterable[One], pack: str = "scoped") -> tuple[Register, list[BranchRow], list[FindingRow], dict[Any, Any]]:
    """Return register, rows of branches and findings, and exact scores."""
    branches, rows, findings, scores = [], [], [], {}
    for number, one in enumerate(ones, 1):
        branch = Branch(one.id, f"{one.id}支部", one.order or number, one.path)
        branches.append(branch)
        seen = one.level is not None
        num, den = one.score if one.score and seen else (None, None)
        possible = one.level if one.possible is None else one.possible
        rows.append(
            BranchRow(
                one.id, pack, branch.order, branch.name, "/".join(one.path), branch.township, "", seen, one.level, possible, one.level,
                str(one.level), possible != one.level, one.stars, one.stars, None if not den else 10_000 * num // den, None, 0, 0, None,
                (), (), (), 0,
            )
        )  # fmt: skip
        findings += [FindingRow(one.id, pack, "trigger", id_, "true") for id_ in one.triggers if seen]
        scores[one.id, pack] = (num, den)
    rows.sort(key=lambda row: row.branch_id)
    return Register(tuple(sorted(branches, key=lambda one: one.id))), rows, findings, scores


def earlier(quarter: int, levels: Mapping[str, int], triggers: Iterable[tuple[str, str]] = (), proposed: Mapping[str, int] = {}) -> Earlier:
    """Return the run of a quarter of 2023."""
    start, end = QUARTERS[quarter]
    return Earlier(start, end, f"digest{quarter}", levels, proposed or levels, frozenset(triggers))


def stage(
    pack: Pack, ones: Iterable[One], before: Sequence[Earlier] = (), quarter: int = 4
) -> tuple[dict[str, StandingRow], dict[tuple[str, str, str], ScopeRow]]:
    """Return the standing of each branch by its id, and the counts by jurisdiction, rule and id."""
    start, end = QUARTERS[quarter]
    register, rows, findings, scores = rows_of(ones)
    found, counts = standings([pack], register, rows, findings, scores, {"scoped": before}, Period(start, end, end))
    assert [row.branch_id for row in found] == [row.branch_id for row in rows]
    return {row.branch_id: row for row in found}, {(row.scope, row.rule, row.id): row for row in counts}


def after(found: Mapping[str, StandingRow]) -> dict[str, int | None]:
    return {id_: row.level_after for id_, row in found.items()}


def many(count: int, level: int, *, score: int = 60, start: int = 1, step: int = 0) -> list[One]:
    """Return so many branches of one level, each by ``step`` points lower than the one before."""
    return [One(f"B{number:03d}", level, (score - step * (number - start), 100)) for number in range(start, start + count)]
