"""What advice is held against: every set of changes and every value tried, each scored by the forward engine's code on a changed plan."""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import combinations
from typing import Any

from drawing import Data
from hypothesis import strategies as st

from evaluator.evidence.records import Evidence
from evaluator.packs.models import Pack
from evaluator.packs.scope import all_indicators
from evaluator.packs.shape import shape
from evaluator.packs.source import parse_yaml
from evaluator.scoring.advice.changes import Change
from evaluator.scoring.advice.least import Goal
from evaluator.scoring.compile import compile_plan
from evaluator.scoring.feed import feed
from evaluator.scoring.period import Period
from evaluator.scoring.plain import plain_engine
from evaluator.scoring.plan import CriterionStep, DeductStep, Fixed, Plan
from evaluator.scoring.results import Run, RunInfo
from evaluator.scoring.tables import BRANCHES

__all__ = ["Bench", "Rows", "loaded", "small_cases"]

Rows = list[dict[str, Any]]
ALWAYS, NEVER = Fixed(True), Fixed(False)


def loaded(data: Data) -> Pack:
    source = parse_yaml(json.dumps(data, ensure_ascii=False), data["pack"])
    assert source.data is not None
    pack, misshapen = shape(source.data, source.spans)
    assert pack is not None, misshapen
    return pack


class Bench:
    """Packs, a period and evidence, to be scored with a changed plan or with more records."""

    def __init__(self, packs: Sequence[Data], period: Period, evidence: Evidence) -> None:
        self.packs = tuple(map(loaded, packs))
        self.plan = compile_plan(self.packs, period)
        indicators = {id_: one for pack in self.packs for id_, one in all_indicators(pack).items()}
        self.records: Rows = feed(evidence, self.plan, indicators).to_pylist()
        self.branches = evidence.register.branches
        self.rows: dict[int, dict[int, tuple[int | None, ...]]] = {}
        engine = plain_engine(self.plan)
        values = {
            one.id: {slot: value for _, slot, value in engine.score(self.records, number).values if slot is not None and value is not None}
            for number, one in enumerate(self.branches)
        }
        info = RunInfo(period.start, period.end, period.as_of, period.reference, "trial", "draft", (), {}, "", "", "", {}, {}, (), (), "")
        self.run = Run(info, self.packs, self.plan, evidence.register, (), (), (), (), (), (), values, evidence.records)

    def levels(self, branch: int, pack: int, plan: Plan | None = None, records: Rows | None = None) -> tuple[int, int] | None:
        """Return the level as it stands and at its highest; None where the pack does not apply or was not visited."""
        found = plain_engine(plan or self.plan).score(self.records if records is None else records, branch)
        rows: Rows = [dict(zip(BRANCHES, row, strict=True)) for row in found.branches if row[1] == pack]
        return (rows[0]["level"], rows[0]["level_possible"]) if rows and rows[0]["visited"] else None

    # --- changes

    def mended(self, branch: int, made: Iterable[Change], lasting: frozenset[int]) -> Plan:
        """Return the plan in which these changes are made for one branch: a criterion is its points outright, a finding is never true."""
        plan = self.plan
        steps: dict[str, list[Any]] = {
            "criteria": list(plan.criteria),
            "vetoes": list(plan.vetoes),
            "triggers": list(plan.triggers),
            "gates": list(plan.gates),
        }
        if branch not in self.rows:
            self.rows[branch] = {int(row[1] or 0): row for row in plain_engine(plan).score(self.records, branch).criteria}
        rows = self.rows[branch]
        for change in made:
            listed = steps[{"criterion": "criteria", "veto": "vetoes", "trigger": "triggers", "gate": "gates"}[change.kind]]
            step = listed[change.number]
            if isinstance(step, CriterionStep):
                _, _, _, _, high, points = rows[change.number]
                assert high is not None
                assert points is not None
                short = points - high if change.number in lasting else 0
                off = (DeductStep(short, None, None, 1, None, NEVER, 0),) if short else ()
                listed[change.number] = replace(step, owed=points, parts=(), deducts=off, zero=None, applies=None)
            else:
                listed[change.number] = replace(step, when=NEVER)
        changed: dict[str, Any] = {name: tuple(listed) for name, listed in steps.items()}
        return replace(plan, **changed)

    def smallest(self, branch: int, goal: Goal, free: Sequence[Change], lasting: frozenset[int]) -> tuple[Change, ...] | None:
        """Return the set of changes that every set tried gives: fewest, then the shortest longest limit, then first in order."""
        for size in range(len(free) + 1):
            met = []
            for chosen in combinations(range(len(free)), size):
                levels = self.levels(branch, goal.pack, self.mended(branch, [free[one] for one in chosen], lasting))
                if levels is not None and goal.reached(levels[0]):
                    met.append((max((free[one].days for one in chosen), default=0), chosen))
            if met:
                return tuple(free[one] for one in min(met)[1])
        return None

    # --- evidence

    def settled(self, branch: int, pack: int, records: Rows) -> bool:
        """Return whether the level is one, also when vetoes and gates that are open hold."""
        found = plain_engine(self.plan).score(records, branch)
        held = {(kind, number) for _, kind, number, state in found.findings if state in (2, 3)}
        vetoes = (replace(one, when=ALWAYS, finding=None) if (0, one.number) in held else one for one in self.plan.vetoes)
        gates = (replace(one, when=ALWAYS) if (2, one.number) in held else one for one in self.plan.gates)
        feared = replace(self.plan, vetoes=tuple(vetoes), gates=tuple(gates))
        levels = {*(self.levels(branch, pack, None, records) or ()), *(self.levels(branch, pack, feared, records) or ())}
        return len(levels) == 1


# --- small packs with evidence missing ----------------------------------------

CONDITIONS = ("b0", "b1", "b2", "NOT b0", "n0 >= 1", "n1 >= 2", "n0 + n1 >= 2", "b1 AND n0 >= 1", "b0 OR b2")
INDICATORS: dict[str, Data] = {
    **{f"b{number}": {"label": "有", "type": "boolean", "holder": ("branch", "township")[number % 2]} for number in range(3)},
    **{f"n{number}": {"label": "数", "type": "integer", "range": [0, 2]} for number in range(2)},
}
ITEM = {"text": "要求", "measure": "办", "owner": "支部书记", "fixable_by": "branch", "deadline": "soon", "basis": ["src"]}


@st.composite
def small_cases(draw: st.DrawFn, every: bool = False) -> tuple[Data, dict[str, int]]:
    """Return a pack of few values and what is known of one branch; ``every``: all of it, and more shapes."""

    def one(options: Sequence[Any]) -> Any:
        return draw(st.sampled_from(options))

    def part() -> tuple[Data, int]:
        full = one((1, 2, 5))
        if one((True, False)):
            return {"award": full, "when": one(CONDITIONS)}, full
        return {"count_down": {"full": full, "less": 1, "per": one(("2 - n0", "2 - n1", "n0 - n1"))}}, full

    def criterion(id_: str) -> Data:
        parts, fulls = zip(*(part() for _ in range(one((1, 1, 2)))), strict=True)
        found: Data = {"id": id_, "points": sum(fulls), "parts": list(parts), **ITEM}
        more: Data = {"bonus": True} if every and not id_.endswith("0") and one((True, False)) else {"key": True}
        extra: Data = one(({}, {}, more, {"applies_when": one(CONDITIONS)}))
        return found | extra

    groups = []
    for number in range(one((2, 3))):
        listed = [criterion(f"C-{number}{place}") for place in range(one((1, 2, 3)))]
        needs = {"requires": ["G0"]} if number and one((False, False, True)) else {}
        bonus = {"bonus": {"up_to": one((1, 3))}} if every else {}
        groups.append({"id": f"G{number}", "title": "星", "earned_when": f"score >= {one((50, 80))}", "criteria": listed, **needs, **bonus})
    vetoes = [{"id": "V-1", "when": one(CONDITIONS), **one(({"cap": 1}, {"void": True}, {"strip": ["G1"]})), **ITEM}] if one((0, 1)) else []
    gates = [{"id": "S-1", "text": "门槛", "when": one(CONDITIONS), "basis": ["src"]}] if one((0, 0, 1)) else []
    lines = one(
        (("stars = 3", "stars = 2", "stars = 1"), ("stars >= 2 AND gates_failed = 0", "stars >= 1"), ("score >= 80", "score >= 50"))
    )
    triggers = [{"id": f"T-{place}", "kind": one(("hard", "soft")), "when": one(CONDITIONS), **ITEM} for place in range(2 if every else 0)]
    if triggers and one((True, False)):
        lines = tuple(f"{line} AND {one(('hard = 0', 'soft < 2', 'hard + soft < 2', 'keys_failed = 0'))}" for line in lines)
    weights = {"total": {"weights": {group["id"]: one((30, 70)) for group in groups}}} if every and one((False, True)) else {}
    rating = [{"level": len(lines) - place, "label": "级", "when": when} for place, when in enumerate(lines)]
    pack = {
        "pack": "small",
        "version": "1",
        "status": "reference",
        "title": "包",
        "effective": {"from": "2023-01-01"},
        "sources": {"src": {"title": "文件"}},
        "indicators": INDICATORS,
        "groups": groups,
        "stars": True,
        "vetoes": vetoes,
        "triggers": triggers,
        **weights,
        "gates": gates,
        "rating": [*rating, {"level": 0, "label": "无"}],
        "deadlines": {"soon": {"label": "立行立改", "days": 3}},
    }
    known = {id_: one(values_of(id_)) for id_ in INDICATORS if every or one((True, False, False)) or id_ == "b0"}
    return pack, known


def values_of(id_: str) -> Sequence[int]:
    return (0, 1) if id_.startswith("b") else (0, 10_000, 20_000)


def fillings(ids: Sequence[str]) -> Iterator[dict[str, int]]:
    """Yield every way to fill these indicators in."""
    if not ids:
        yield {}
        return
    for rest in fillings(ids[1:]):
        for value in values_of(ids[0]):
            yield {ids[0]: value, **rest}
