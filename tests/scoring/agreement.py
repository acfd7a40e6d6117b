"""Both engines on the same plan and records: what differs. As a program: one line of JSON for each case of a range of numbers.

durable_rules never gives back what it has loaded, so the tests go through their cases in child processes that run this file.
"""

import json
import sys
from collections.abc import Iterator
from dataclasses import replace
from random import Random

import pyarrow as pa
from random_plans import FIRST, Case, RecordRow, case_of, value_for

from evaluator.scoring import columnar
from evaluator.scoring.feed import SCHEMA
from evaluator.scoring.forward import Forward
from evaluator.scoring.plan import Plan

__all__ = ["Tables", "columnar_tables", "differences", "forward_tables", "shuffled"]

NAMES = ("values", "criteria", "groups", "findings", "branches")
Tables = dict[str, list[tuple[int | None, ...]]]


def columnar_tables(case: Case) -> Tables:
    """Return every row of the columnar engine."""
    columns = [pa.array(column, field.type) for column, field in zip(zip(*case.records, strict=True), SCHEMA, strict=True)]
    scored = columnar.score(case.plan, pa.Table.from_arrays(columns, schema=SCHEMA), case.branches)
    return {name: list(zip(*getattr(scored, name).to_pydict().values(), strict=True)) for name in NAMES}


def forward_tables(case: Case) -> Tables:
    """Return every row of the forward engine."""
    engine = Forward(case.plan)
    rows = [engine.score(case.records, branch) for branch in range(case.branches)]
    return {name: [row for one in rows for row in getattr(one, name)] for name in NAMES}


def differences(one: Tables, two: Tables) -> list[str]:
    """Return the rows that only one of them has, in words for people."""
    found = []
    for name in NAMES:
        if one[name] != two[name]:
            only_one, only_two = (
                [row for row in mine if row not in other] for mine, other in ((one[name], two[name]), (two[name], one[name]))
            )
            found.append(f"{name}: columnar {only_one[:3]}, forward {only_two[:3]}")
    return found


def shuffled(case: Case, number: int) -> Case:
    """Return the case with its records in another order."""
    return replace(case, records=tuple(Random(number).sample(case.records, len(case.records))))


def reversals(case: Case, number: int) -> Iterator[str]:
    """Fill in one missing value of every other branch; yield each group of the first pack that lost its award by it, or gained a hope.

    Vetoes are left out: to learn of one may strip a group.
    """
    random = Random(number)
    plan: Plan = replace(case.plan, vetoes=())
    engine = Forward(plan)
    first = {group.number for group in plan.groups if group.pack == plan.packs[0].number}
    for branch in range(0, case.branches, 2):
        own = [record for record in case.records if record[0] == branch]
        missing = [source for source in plan.inputs if source.number not in {record[1] for record in own}]
        if not missing:
            continue
        source = random.choice(missing)
        na = source.na_slot is not None and random.random() < 0.2
        filled: RecordRow = (branch, source.number, None if na else value_for(source, random), na, FIRST, 1, "", -1)
        before, after = ({row[1]: row for row in engine.score(records, branch).groups} for records in (own, [*own, filled]))
        for group in first & before.keys() & after.keys():
            (awarded, possible), (later, later_possible) = before[group][5:7], after[group][5:7]
            if awarded > later or possible < later_possible:
                yield f"branch {branch} group {group}: {filled} turned {before[group]} into {after[group]}"


if __name__ == "__main__":
    for number in range(int(sys.argv[1]), int(sys.argv[2])):
        case = case_of(number)
        found = differences(columnar_tables(case), forward_tables(shuffled(case, number)))
        print(json.dumps([number, found, list(reversals(case, number))]), flush=True)
