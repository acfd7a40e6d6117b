"""What is wrong with generated packs: one case through check, plan and both engines, in every way that they must agree.

As a program: so many cases from a seed, for the tests to run in child processes (durable_rules never gives back what it has loaded).
"""

import json
import re
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any

import pyarrow as pa
from agreement import NAMES
from drawing import Data
from hypothesis import HealthCheck, Phase, given, seed, settings
from pack_strategies import Case, cases

from evaluator.diagnostics import Diagnostic, Failure
from evaluator.evidence.records import Evidence
from evaluator.packs.check import check_pack
from evaluator.packs.load import LoadedPack
from evaluator.packs.models import Pack
from evaluator.packs.scope import all_indicators
from evaluator.packs.shape import shape
from evaluator.packs.source import parse_yaml
from evaluator.packs.together import check_together
from evaluator.scoring import columnar, rows
from evaluator.scoring.compile import compile_plan
from evaluator.scoring.explain import Line, explain_branch
from evaluator.scoring.feed import feed
from evaluator.scoring.forward import Forward
from evaluator.scoring.forward_terms import reads_result
from evaluator.scoring.forward_values import Record as Row
from evaluator.scoring.plain import plain_engine
from evaluator.scoring.plan import Plan
from evaluator.scoring.results import Run, RunInfo
from evaluator.scoring.tables import RECORDS
from evaluator.scoring.truth import truth

__all__ = ["faults", "loaded_from"]

FILLED = 1  # gaps of a branch that are filled in, one at a time
OFF = r"扣 ([\d.]+)(?: 至 ([\d.]+))?"
Table = dict[str, list[tuple[Any, ...]]]


def loaded_from(data: Data) -> LoadedPack:
    """Return the pack that a file with this data holds. JSON is YAML."""
    text = json.dumps(data, ensure_ascii=False)
    source = parse_yaml(text, data["pack"])
    assert source.data is not None
    pack, misshapen = shape(source.data, source.spans)
    assert pack is not None, told([*source.findings, *misshapen])
    return LoadedPack(pack, Path(data["pack"]), text, source.spans, "")


def told(findings: list[Diagnostic]) -> list[str]:
    return [f"{one.key} {one.values}" for one in findings]


def faults(case: Case, wide: bool = False) -> list[str]:
    """Return everything that is wrong with a case, empty when nothing is. ``wide``: the plan may be refused because it passes 64 bits."""
    loaded = [loaded_from(data) for data in case.packs]
    findings = [one for pack in loaded for one in check_pack(pack)] + check_together(loaded, {one.pack.pack for one in loaded})
    if refused := [one for one in findings if one.is_error]:
        return told(refused)
    packs = [one.pack for one in loaded]
    try:
        scored = Scored(packs, case)
    except Failure as failure:
        COUNTED["refused"] += 1
        return [] if wide and {one.key for one in failure.findings} == {"scoring.E701"} else told(list(failure.findings))
    COUNTED["scored"] += 1
    return [*scored.disagreements(), *scored.untruths(), *scored.reversals(), *scored.disorder(), *scored.unexplained()]


COUNTED: Counter[str] = Counter(scored=0, refused=0)


class Scored:
    """One case with its plan, its records and what both engines make of them."""

    def __init__(self, packs: list[Pack], case: Case) -> None:
        self.packs, self.case = packs, case
        self.plan = compile_plan(packs, case.period)
        self.indicators = {id_: one for pack in packs for id_, one in all_indicators(pack).items()}
        self.branches = len(case.evidence.register.branches)
        self.records = feed(case.evidence, self.plan, self.indicators)
        self.tables = columnar.score(self.plan, self.records, self.branches)
        self.engine = Forward(self.plan)
        self.random = Random(repr(case.packs))

    def disagreements(self) -> Iterator[str]:
        """Yield the rows that only one engine has, or that the plain scorer lacks."""
        given = self.records.to_pylist()
        for engine in (self.engine, plain_engine(self.plan)):
            again = [engine.score(given, branch) for branch in range(self.branches)]
            for name in NAMES:
                one = list(zip(*getattr(self.tables, name).to_pydict().values(), strict=True))
                two = [row for branch in again for row in getattr(branch, name)]
                if one != two:
                    yield f"{name}: columnar {[r for r in one if r not in two][:3]}, the other {[r for r in two if r not in one][:3]}"

    def untruths(self) -> Iterator[str]:
        """Yield the tests about which the plain evaluator, that explanations use, thinks otherwise than the forward engine."""
        given = self.records.to_pylist()
        for branch, slots in enumerate(self.slots()):
            for test, verdict in self.engine.verdicts(given, branch).items():
                if not reads_result(test) and truth(test, slots) is not verdict:
                    yield f"branch {branch}: {test} is {verdict}, plainly {truth(test, slots)}"

    def slots(self) -> list[dict[int, int]]:
        found: list[dict[int, int]] = [{} for _ in range(self.branches)]
        for branch, slot, value in zip(*self.tables.values.to_pydict().values(), strict=True):
            found[branch][slot] = value
        return found

    # --- knowing more ---------------------------------------------------------

    def reversals(self) -> Iterator[str]:
        """Fill in one missing value of each branch; yield the groups that lost their award by it, or gained a hope.

        What vetoes read is left out: to learn of one may strip a group.
        """
        barred = {number for veto in self.plan.vetoes for number in veto.inputs}
        needing = {pack.pack for pack in self.packs if pack.needs}
        alone = {group.number for group in self.plan.groups if self.plan.packs[group.pack].id not in needing}
        given = [Row(**row) for row in self.records.to_pylist()]
        for branch in range(self.branches):
            own = [row for row in given if row.branch == branch]
            known = {row.input for row in own} | barred
            missing = [source for source in self.plan.inputs if source.number not in known and source.id in self.indicators]
            before = self.groups(own, branch)
            for source in self.random.sample(missing, min(len(missing), FILLED)):
                filled = self.filled(branch, source.number)
                after = self.groups([*own, filled], branch)
                for number in alone & before.keys() & after.keys():
                    (awarded, possible), (later, later_possible) = before[number][5:7], after[number][5:7]
                    if awarded > later or possible < later_possible:
                        yield f"branch {branch}: {filled} turned {before[number]} into {after[number]}"

    def groups(self, records: list[Row], branch: int) -> dict[int, tuple[Any, ...]]:
        """Return the rows of groups by number."""
        given = [tuple(getattr(row, name) for name in RECORDS) for row in records]
        return {row[1]: row for row in self.engine.score(given, branch).groups if row[1] is not None}

    def filled(self, branch: int, number: int) -> Row:
        """Return a record of an input of which nothing is known, with a value that another branch has, or any."""
        source = self.plan.inputs[number]
        pool = [row["value"] for row in self.records.to_pylist() if row["input"] == number and row["value"] is not None] or [0, 1]
        na = source.na_slot is not None and self.random.random() < 0.3
        return Row(branch, number, None if na else self.random.choice(pool), na, None, 9, "", -1)

    # --- order ----------------------------------------------------------------

    def disorder(self) -> Iterator[str]:
        """Yield the results that change when records, criteria of a group and indicators are shuffled."""
        shuffled = [self.shuffled(pack) for pack in self.packs]
        plan = compile_plan(shuffled, self.case.period)
        records = self.case.evidence.records
        evidence: Evidence = replace(self.case.evidence, records=tuple(self.random.sample(records, len(records))))
        given = feed(evidence, plan, self.indicators)
        given = given.take(self.random.sample(range(len(given)), len(given)))
        before, after = named(self.plan, self.tables), named(plan, self.again(plan, given))
        for name, found in before.items():
            if found != after[name]:
                yield f"{name} by order: {[r for r in found if r not in after[name]][:3]} {[r for r in after[name] if r not in found][:3]}"

    def again(self, plan: Plan, given: pa.Table) -> columnar.Tables:
        """Return what one of the engines makes of the records; mostly the forward one, which is quicker for a few branches."""
        if self.random.random() < 0.2:
            return columnar.score(plan, given, self.branches)
        engine, listed = Forward(plan), given.to_pylist()
        scored = [engine.score(listed, branch) for branch in range(self.branches)]
        return columnar.Tables(**{name: table_of(row for one in scored for row in getattr(one, name)) for name in NAMES})

    def shuffled(self, pack: Pack) -> Pack:
        groups = [
            group.model_copy(update={"criteria": tuple(self.random.sample(group.criteria, len(group.criteria)))}) for group in pack.groups
        ]
        indicators = dict(self.random.sample(list(pack.indicators.items()), len(pack.indicators)))
        return pack.model_copy(update={"groups": tuple(groups), "indicators": indicators})

    # --- explanation ----------------------------------------------------------

    def unexplained(self) -> Iterator[str]:
        """Yield the criteria whose printed parts and deductions do not add up to the points stored."""
        run = self.run()
        stored = {(row.branch_id, row.criterion): row for row in run.criteria}
        branch = self.random.choice([one.id for one in self.case.evidence.register.branches])
        for tree in explain_branch(run, branch):
            for line in (line for group in tree.lines if group.kind == "group" for line in group.lines):
                row = stored[branch, line.id]
                low, high = added(line, row.points)
                if row.status not in ("not_due", "not_applicable") and (row.earned != low or row.earned_possible not in high):
                    yield f"branch {branch} {line.id}: stored {row}, explained {low} to {high} by {line}"

    def run(self) -> Run:
        case, register, tables = self.case, self.case.evidence.register, self.tables
        packs = {pack.pack: pack for pack in self.packs}
        findings = rows.finding_rows(tables.findings, self.plan, register)
        period = case.period
        info = RunInfo(period.start, period.end, period.as_of, period.reference, "trial", "draft", (), {}, "", "", "", {}, {}, (), (), "")
        return Run(
            info,
            tuple(self.packs),
            self.plan,
            register,
            tuple(rows.branch_rows(tables.branches, self.plan, register, packs, findings, {})),
            tuple(rows.group_rows(tables.groups, self.plan, register)),
            tuple(rows.criterion_rows(tables.criteria, self.plan, register)),
            tuple(findings),
            (),
            (),
            rows.slot_values(tables.values, register),
            case.evidence.records,
        )


def table_of(rows: Iterable[tuple[Any, ...]]) -> pa.Table:
    return pa.table({str(place): list(column) for place, column in enumerate(zip(*rows, strict=True))})


def named(plan: Plan, tables: columnar.Tables) -> Table:
    """Return the rows by the ids of the packs, sorted."""
    ids: dict[str, list[Any]] = {
        "criteria": [step.id for step in plan.criteria],
        "groups": [(plan.packs[step.pack].id, step.id) for step in plan.groups],
        "branches": [step.id for step in plan.packs],
    }
    kinds = (plan.vetoes, plan.triggers, plan.gates)
    found: Table = {"findings": sorted((b, kinds[kind][n].id, state) for b, kind, n, state in read(tables.findings))}
    for name, listed in ids.items():
        found[name] = sorted(((branch, listed[number], *rest) for branch, number, *rest in read(getattr(tables, name))), key=repr)
    return found


def read(table: pa.Table) -> list[tuple[Any, ...]]:
    return list(zip(*table.to_pydict().values(), strict=True))


def added(line: Line, points: int) -> tuple[int, range]:
    """Return what the printed parts and deductions of a criterion come to, of so many points in play: the lowest, and the highest.

    Where the criterion counts 0, the highest is not printed if a part may still leave the total.
    """
    parts = [part.verdict for part in line.lines if part.kind == "part" and "退出" not in part.verdict]
    spans = [span(verdict, r"得 ([\d.]+)(?: 至 ([\d.]+))?") for verdict in parts] or [(points, points)]
    spans += [(-high, -low) for low, high in (span(one.verdict, OFF) for one in line.lines if one.kind == "deduct")]
    low, high = (min(max(sum(ends), 0), points) for ends in zip(*spans, strict=True))
    verdicts = {one.text.split(" ")[0]: one.verdict[0] for one in line.lines if one.kind == "condition"}
    zero = next((verdict for text, verdict in verdicts.items() if text.startswith("记")), "✗")
    if next((verdict for text, verdict in verdicts.items() if text.startswith("适用")), "✓") == "?":
        return 0, range(points, points + 1)
    if zero == "✓":
        return 0, range(points + 1 if any(one != two for one, two in spans) else 1)
    return low if zero == "✗" else 0, range(high, high + 1)


def span(verdict: str, form: str) -> tuple[int, int]:
    """Return the hundredths of the points in a verdict, lowest and highest."""
    found = re.search(form, verdict)
    assert found, verdict
    low, high = (round(float(one) * 100) for one in (found[1], found[2] or found[1]))
    return low, high


def main(start: int, count: int, options: list[str]) -> None:
    """Draw so many cases and print how many were scored and how many refused; one with a fault ends the program with its traceback.

    ``options``: ``wide`` draws numbers near 64 bits; ``shrink`` looks for the smallest case that fails, which takes minutes.
    """
    wide = "wide" in options
    phases = (Phase.generate, Phase.shrink) if "shrink" in options else (Phase.generate,)

    @seed(start)
    @settings(max_examples=count, deadline=None, database=None, phases=phases, suppress_health_check=list(HealthCheck), print_blob=False)
    @given(cases(wide=wide))
    def agree(case: Case) -> None:
        found = faults(case, wide)
        assert not found, "\n".join(found)

    agree()
    print(json.dumps(COUNTED))


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3:])
