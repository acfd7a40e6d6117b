"""From the engine's whole numbers to rows with ids and words."""

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import pyarrow as pa

from evaluator.evidence.register import Branch, Register
from evaluator.packs.models import Indicator, Pack
from evaluator.packs.scope import all_indicators
from evaluator.scoring.plan import Plan
from evaluator.scoring.results import BranchRow, CriterionRow, FindingRow, GroupRow, MissingRow
from evaluator.scoring.tables import FindingKind, FindingState, Status, Why

__all__ = ["branch_rows", "criterion_rows", "finding_rows", "group_rows", "missing_rows", "slot_values", "table_digest"]

UNVISITED = "未检"


def percent(num: int | None, den: int | None) -> int | None:
    """Return ``num / den`` in hundredths of a percent, cut; None where there is nothing to divide by."""
    return None if num is None or not den else 10_000 * num // den


def criterion_rows(table: pa.Table, plan: Plan, register: Register) -> list[CriterionRow]:
    rows = []
    for row in table.to_pylist():
        step = plan.criteria[row["criterion"]]
        rows.append(
            CriterionRow(
                branch_id=register.branches[row["branch"]].id,
                pack=plan.packs[step.pack].id,
                criterion=step.id,
                group=plan.groups[step.group].id,
                status=Status(row["status"]).name.lower(),
                earned=row["earned"],
                earned_possible=row["earned_possible"],
                points=row["points"],
            )
        )
    return rows


def group_rows(table: pa.Table, plan: Plan, register: Register) -> list[GroupRow]:
    rows = []
    for row in table.to_pylist():
        step = plan.groups[row["group"]]
        rows.append(
            GroupRow(
                branch_id=register.branches[row["branch"]].id,
                pack=plan.packs[step.pack].id,
                group=step.id,
                earned=row["earned"],
                earned_possible=row["earned_possible"],
                applicable=row["applicable"],
                score=percent(row["earned"], row["applicable"]),
                awarded=bool(row["awarded"]),
                awarded_possible=bool(row["awarded_possible"]),
                why=Why(row["why"]).name.lower(),
            )
        )
    return rows


def finding_rows(table: pa.Table, plan: Plan, register: Register) -> list[FindingRow]:
    steps: dict[FindingKind, Sequence[Any]] = {
        FindingKind.VETO: plan.vetoes,
        FindingKind.TRIGGER: plan.triggers,
        FindingKind.GATE: plan.gates,
    }
    rows = []
    for row in table.to_pylist():
        kind = FindingKind(row["kind"])
        step = steps[kind][row["number"]]
        state = FindingState(row["state"]).name.lower()
        rows.append(FindingRow(register.branches[row["branch"]].id, plan.packs[step.pack].id, kind.name.lower(), step.id, state))
    return rows


def branch_rows(
    table: pa.Table,
    plan: Plan,
    register: Register,
    packs: Mapping[str, Pack],
    findings: Iterable[FindingRow],
    issues: Mapping[tuple[str, str], int],
) -> list[BranchRow]:
    """Return one row per branch and pack; ``issues`` counts by branch id and pack."""
    vetoes: dict[tuple[str, str, str], list[str]] = defaultdict(list)
    for finding in findings:
        if finding.kind == "veto":
            vetoes[finding.branch_id, finding.pack, finding.state].append(finding.id)
    rows = []
    for row in table.to_pylist():
        branch = register.branches[row["branch"]]
        pack = packs[plan.packs[row["pack"]].id]
        visited = bool(row["visited"])
        labels = {line.level: line.label.zh for line in pack.rating}
        rows.append(
            BranchRow(
                branch_id=branch.id,
                pack=pack.pack,
                order=branch.order,
                name=branch.name,
                path="/".join(branch.path),
                township=branch.township,
                area_type=branch.attributes.get("area_type", ""),
                visited=visited,
                level=row["level"],
                level_possible=row["level_possible"],
                level_confirmed=row["level_confirmed"],
                rating=labels.get(row["level"], str(row["level"])) if visited else UNVISITED,
                provisional=bool(row["provisional"]),
                stars=row["stars"] if pack.stars else None,
                stars_possible=row["stars_possible"] if pack.stars else None,
                score=percent(row["num"], row["den"]),
                score_possible=percent(row["num_possible"], row["den"]),
                hard=row["hard"],
                soft=row["soft"],
                coverage=percent(row["decided"], row["applicable"]),
                vetoes=tuple(vetoes[branch.id, pack.pack, "true"]),
                open_vetoes=tuple(vetoes[branch.id, pack.pack, "open"]),
                pending_vetoes=tuple(vetoes[branch.id, pack.pack, "pending"]),
                issues=issues.get((branch.id, pack.pack), 0),
            )
        )
    return rows


def slot_values(table: pa.Table, register: Register) -> dict[str, dict[int, int]]:
    """Return branch id to slot to value."""
    found: dict[str, dict[int, int]] = {branch.id: {} for branch in register.branches}
    for branch, slot, value in zip(*(table.column(name).to_pylist() for name in ("branch", "slot", "value")), strict=True):
        found[register.branches[branch].id][slot] = value
    return found


def missing_rows(
    plan: Plan,
    packs: Mapping[str, Pack],
    criteria: Iterable[CriterionRow],
    findings: Iterable[FindingRow],
    values: Mapping[str, Mapping[int, int]],
    branches: Mapping[str, Branch],
) -> list[MissingRow]:
    """Return every piece of evidence that something undecided waits for, with its holder; internal packs have rows of their own."""
    items = plan.items()
    waiting: dict[tuple[str, int, bool], set[tuple[str, str]]] = defaultdict(set)
    undecided = [(row.branch_id, row.pack, row.criterion) for row in criteria if row.status == "unproven"]
    undecided += [(row.branch_id, row.pack, row.id) for row in findings if row.state in ("open", "pending")]
    for branch_id, pack, id_ in undecided:
        slots = values[branch_id]
        for number in items[pack, id_].inputs:
            found = plan.inputs[number]
            if found.slot not in slots and slots.get(found.na_slot if found.na_slot is not None else -1) != 1:
                waiting[branch_id, number, packs[pack].internal].add((pack, id_))
    holders: dict[str, Indicator] = {id_: indicator for pack in packs.values() for id_, indicator in all_indicators(pack).items()}
    rows = []
    for (branch_id, number, _), waits in waiting.items():
        id_ = plan.inputs[number].id
        holder = holders[id_].holder if id_ in holders else "township"
        rows.append(
            MissingRow(branch_id, id_, holder, tuple(sorted({pack for pack, _ in waits})), tuple(sorted({item for _, item in waits})))
        )
    order = {id_: number for number, id_ in enumerate(packs)}
    return sorted(rows, key=lambda row: (row.branch_id, order[row.packs[0]], row.holder, row.indicator))


def table_digest(*tables: Iterable[Any]) -> str:
    """Return the SHA-256 over sorted canonical rows: equal for equal results, whatever the engine, its version or the order of rows read.

    Where a branch stands in the register is left out: without a number of its own that is the place of its row.
    """
    digest = hashlib.sha256()
    for rows in tables:
        for line in sorted(repr(replace(row, order=0) if isinstance(row, BranchRow) else row) for row in rows):
            digest.update(line.encode())
    return digest.hexdigest()
