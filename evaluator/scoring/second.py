"""The second count: a sample of branches scored again by the forward engine, row for row (MEANING section 8)."""

import hashlib
import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from evaluator.scoring import forward
from evaluator.scoring.columnar import Tables
from evaluator.scoring.plan import Plan
from evaluator.scoring.tables import BRANCHES, CRITERIA, FINDINGS, GROUPS, RECORDS, VALUES

__all__ = ["Difference", "SecondCount", "draw", "second_count"]

KINDS = {"criteria": CRITERIA, "groups": GROUPS, "findings": FINDINGS, "branches": BRANCHES, "values": VALUES}


@dataclass(frozen=True)
class SecondCount:
    """``ran`` False: ``reason`` says why (``off``, ``no_engine``). ``sample``: ids of the branches counted again; every row was equal."""

    ran: bool
    reason: str
    sample: tuple[str, ...] = ()

    def summary(self) -> dict[str, Any]:
        return {"ran": self.ran, "reason": self.reason, "sample": list(self.sample), "differences": 0}


class Difference(Exception):
    """The engines disagree about a branch: nothing may be published. ``report`` reproduces the branch."""

    def __init__(self, branch: str, report: dict[str, Any]) -> None:
        self.branch = branch
        self.report = report
        super().__init__(branch)

    def to_json(self) -> str:
        return json.dumps(self.report, ensure_ascii=False, indent=1, default=str)


def draw(ids: Sequence[str], size: int, digest: str) -> list[int]:
    """Return the positions of ``size`` branches, drawn by the evidence digest: nobody can choose who is counted again."""
    ranked = sorted(range(len(ids)), key=lambda n: hashlib.sha256(f"{digest}|{ids[n]}".encode()).digest())
    return sorted(ranked[:size])


def second_count(plan: Plan, records: pa.Table, tables: Tables, ids: Sequence[str], size: int, digest: str) -> SecondCount:
    """Score ``size`` branches again and compare every row with ``tables``.

    Raises:
        Difference: the first branch whose rows are not all equal.
    """
    if size == 0:
        return SecondCount(False, "off")
    if not forward.available():
        return SecondCount(False, "no_engine")
    chosen = draw(ids, size, digest)
    wanted = set(chosen)
    own = _by_branch(records.to_pylist(), wanted, RECORDS)
    first = {kind: _by_branch(getattr(tables, kind).to_pylist(), wanted, columns) for kind, columns in KINDS.items()}
    engine = forward.Forward(plan)
    try:
        for branch in chosen:
            again = engine.score(own[branch], branch)
            for kind in KINDS:
                one, two = sorted(first[kind][branch]), sorted(tuple(row) for row in getattr(again, kind))
                if one != two:
                    report = {
                        "branch": ids[branch],
                        "table": kind,
                        "columns": KINDS[kind],
                        "columnar": [row for row in one if row not in two],
                        "forward": [row for row in two if row not in one],
                        "plan": plan.digest,
                        "records": own[branch],
                    }
                    raise Difference(ids[branch], report)
    finally:
        engine.close()
    return SecondCount(True, "", tuple(ids[branch] for branch in chosen))


def _by_branch(rows: Sequence[Mapping[str, Any]], wanted: set[int], columns: Sequence[str]) -> dict[int, list[tuple[Any, ...]]]:
    found: dict[int, list[tuple[Any, ...]]] = defaultdict(list)
    for row in rows:
        if row["branch"] in wanted:
            found[row["branch"]].append(tuple(row[column] for column in columns))
    return found
