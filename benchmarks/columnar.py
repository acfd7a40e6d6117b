"""How long the columnar engine takes, as a ratio to a plain DuckDB aggregation of the same records.

Usage: python benchmarks/columnar.py [BRANCHES PACKS ...]
"""

import sys
import time
from collections.abc import Callable
from datetime import date

import duckdb
import pyarrow as pa

from evaluator.scoring import plan as p
from evaluator.scoring.columnar import build, score, to_sql
from evaluator.scoring.tables import RECORDS

GROUPS, CRITERIA, INPUTS = 6, 8, 120  # groups in a pack, criteria in a group, inputs that a pack has to itself


def criterion(number: int, pack: int, group: int, reads: tuple[int, ...]) -> p.CriterionStep:
    """Return a criterion of three parts (a band, a count and a share) and a deduction."""
    one, two, three = (p.Slot(read) for read in reads)
    bands = tuple((p.Compare(">=", one, p.Const(line)), award) for line, award in ((800_000, 400), (600_000, 200), (400_000, 100)))
    parts: tuple[p.PartStep, ...] = (
        p.BandsStep(400, 0, p.NEVER, (), bands),
        p.CountStep(300, 1, p.NEVER, (), 300, -50, p.Plus((p.Const(1_000_000), p.Times(-1, two))), 100_000),
        p.ProrateStep(300, 2, p.Compare("<=", three, p.Const(0)), (), two, three),
    )
    deducts = (p.DeductStep(100, p.Compare("<", three, p.Const(100_000)), None, 1, None, p.NEVER, 0),)
    return p.CriterionStep(number, f"C{number}", pack, group, 1000, 1000, parts, deducts, None, None, number % 8 == 0, False, reads)


def plan_of(count: int) -> p.Plan:
    """Return a plan of the size that so many full packs have."""
    inputs = tuple(p.Input(n, f"i{n}", "integer", "latest", 10_000, n) for n in range(count * INPUTS))
    line = p.Compare(">=", p.Times(100, p.Result("num")), p.Times(80, p.Result("den")))
    packs: list[p.PackStep] = []
    groups: list[p.GroupStep] = []
    criteria: list[p.CriterionStep] = []
    for pack in range(count):
        first = len(groups)
        for _ in range(GROUPS):
            group, start = len(groups), len(criteria)
            for number in range(start, start + CRITERIA):
                reads = tuple(pack * INPUTS + (3 * number + k) % INPUTS for k in range(3))
                criteria.append(criterion(number, pack, group, reads))
            groups.append(p.GroupStep(group, f"G{group}", pack, 8000, tuple(range(start, len(criteria))), line, 6000, (), 0))
        order = tuple(range(first, len(groups)))
        rating = tuple((level, p.Compare(">=", p.Result("stars"), p.Const(level))) for level in range(5, 0, -1))
        packs.append(p.PackStep(pack, f"P{pack}", None, True, order, (), rating, tuple(range(pack * INPUTS, (pack + 1) * INPUTS))))
    end = date(2023, 12, 31)
    slots = len(inputs)
    return p.Plan(date(2023, 1, 1), end, end, slots, inputs, (), tuple(packs), tuple(groups), tuple(criteria), (), (), ())


def records(branches: int, inputs: int) -> pa.Table:
    """Return one undated record for nine in ten of the inputs of every branch."""
    value = "(b.range * 7919 + i.range * 104729) % 100 * 10000"
    columns = {
        "branch": "b.range",
        "input": "i.range",
        "value": value,
        "na": "0",
        "day": "NULL::BIGINT",
        "stage": "1",
        "ref": "''",
        "row": "0",
    }
    selected = ", ".join(f"{columns[label]} AS {label}" for label in RECORDS)
    with duckdb.connect() as connection:
        source = f"range({branches}) b, range({inputs}) i WHERE (b.range + i.range) % 10 <> 0"
        connection.execute(f"CREATE TABLE given AS SELECT {selected} FROM {source}")
        return connection.table("given").to_arrow_table()


def timed(what: Callable[[], object]) -> float:
    start = time.perf_counter()
    what()
    return time.perf_counter() - start


def main() -> None:
    sizes = [int(text) for text in sys.argv[1:]] or [35, 4, 600, 4, 10_000, 4, 100_000, 1]
    for branches, packs in zip(sizes[::2], sizes[1::2], strict=True):
        plan = plan_of(packs)
        given = records(branches, len(plan.inputs))
        compiled = timed(lambda: to_sql(plan))  # noqa: B023  # called at once
        with duckdb.connect() as connection:
            connection.register("given", given)
            plain = timed(lambda: connection.execute("CREATE TABLE plain AS SELECT branch, input, max(value) FROM given GROUP BY ALL"))
        moments = [time.perf_counter()]
        score(plan, given, branches, progress=lambda done, of: moments.append(time.perf_counter()))  # noqa: B023  # called at once
        taken = moments[-1] - moments[0]
        print(f"{branches:,} branches, {packs} packs, {given.num_rows:,} records: {taken:.2f} s,", end=" ")
        print(f"{taken / plain:.1f} x a plain aggregation ({plain:.3f} s)")
        steps = zip(build(plan), moments, moments[1:], strict=False)
        print(f"    plan to SQL {compiled:.2f};", ", ".join(f"{label} {after - before:.2f}" for label, before, after in steps))


if __name__ == "__main__":
    main()
