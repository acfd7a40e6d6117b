"""How long the columnar engine takes, as a ratio to a plain DuckDB aggregation of the same records.

Usage: python benchmarks/columnar.py [BRANCHES ...]
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

PACKS, GROUPS, CRITERIA, INPUTS = 4, 6, 8, 120  # each pack has its own inputs; groups in a pack, criteria in a group


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


def plan() -> p.Plan:
    """Return a plan of the size that four full packs have."""
    inputs = tuple(p.Input(n, f"i{n}", "integer", "latest", 10_000, n) for n in range(PACKS * INPUTS))
    line = p.Compare(">=", p.Times(100, p.Result("num")), p.Times(80, p.Result("den")))
    packs, groups, criteria = [], [], []
    for pack in range(PACKS):
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
    return duckdb.sql(f"SELECT {selected} FROM range({branches}) b, range({inputs}) i WHERE (b.range + i.range) % 10 <> 0").to_arrow_table()


def timed(what: Callable[[], object]) -> float:
    start = time.perf_counter()
    what()
    return time.perf_counter() - start


def main() -> None:
    whole = plan()
    print(f"build {timed(lambda: build(whole)):.2f} s, print {timed(lambda: to_sql(whole)):.2f} s, {len(to_sql(whole)):,} characters")
    for branches in [int(text) for text in sys.argv[1:]] or [35, 600, 10_000]:
        given = records(branches, len(whole.inputs))
        connection = duckdb.connect()
        connection.register("given", given)
        begun = time.perf_counter()
        connection.sql("SELECT branch, input, max(value) FROM given GROUP BY ALL").to_arrow_table()
        plain = time.perf_counter() - begun
        stages = [time.perf_counter()]
        score(whole, given, branches, progress=lambda done, of: stages.append(time.perf_counter()))  # noqa: B023
        taken = stages[-1] - stages[0]
        steps = " ".join(f"{label} {after - before:.2f}" for label, before, after in zip(build(whole), stages, stages[1:], strict=False))
        print(f"{branches} branches, {given.num_rows:,} records: {taken:.2f} s = {taken / plain:.1f} x a plain aggregation ({plain:.3f} s)")
        print(f"    {steps}")


if __name__ == "__main__":
    main()
