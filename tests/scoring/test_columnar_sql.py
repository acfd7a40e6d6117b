"""The SQL itself: the same tree in two dialects, whole numbers only, and no name of a user."""

import random
import re
from collections.abc import Callable
from dataclasses import fields

import pyarrow as pa
import pytest
from columnar_plans import at_least, award, criterion, group, integer, pack, plan_of, record, records

from evaluator.scoring import plan as p
from evaluator.scoring import tables as t
from evaluator.scoring.columnar import build, score, to_sql

OUTPUTS = ("criteria", "groups", "findings", "branches", "values")


def small() -> p.Plan:
    """Return a plan with one of everything."""
    na = p.Compare("=", p.Slot(9), p.Const(1))
    x, y = p.Slot(0), p.Slot(10)
    parts = (
        award(100, at_least(0, 5)),
        p.BandsStep(300, 1, na, ((p.Compare("<=", y, p.Const(0)), 50),), ((at_least(1, 90), 300), (at_least(1, 60), 100))),
        p.CountStep(200, 2, p.NEVER, (), 200, -50, p.Plus((p.Const(12), p.Times(-1, x))), 3),
        p.ProrateStep(100, 3, p.NEVER, (), x, y),
        p.ChoicesStep(100, 4, p.NEVER, (), 50, (11, 12)),
        p.ManualStep(100, 5, p.NEVER, (), 2, 0),
    )
    deduct = p.DeductStep(100, at_least(2, 1), x, 2, 300, na, 0)
    criteria = (
        criterion(*parts, deducts=(deduct,), zero=at_least(3, 9), applies=at_least(4, 0), key=True),
        criterion(award(50, p.Fixed(True)), bonus=True),
    )
    inputs = (
        *(integer(number, name) for number, name in enumerate(("latest", "sum", "count", "min", "max", "distinct_months"))),
        integer(6, "any", type="choices", scale=1, option_slots=(11, 12), options=("甲", "乙")),
        integer(7, "mean", count_slot=10),
        integer(8, "latest", na_slot=9),
    )
    rating = ((5, p.Compare(">=", p.Result("stars"), p.Const(1))), (1, None))
    return plan_of(
        criteria,
        [group(criteria=(0, 1), bonus_up_to=30, min_applicable=6000)],
        inputs,
        [pack(rating=rating)],
        derived=(p.DerivedStep("派生", 13, p.Least((x, y)), 14, p.Pick(3, ((1, 80),), 60)),),
        vetoes=(p.VetoStep(0, "否决", 0, at_least(5, 1), (0,), 2, False, at_least(8, 1), ()),),
        triggers=(p.TriggerStep(0, "情形", 0, True, at_least(7, 1), None, ()),),
        gates=(p.GateStep(0, "门槛", 0, p.Compare("<", p.Result("keys_failed"), p.Const(1)), ()),),
    )


@pytest.mark.parametrize("dialect", ["duckdb", "spark"])
def test_sql_is_whole_numbers_only_and_holds_no_text_of_a_pack(dialect: str) -> None:
    sql = to_sql(small(), dialect)
    assert not re.search(r"/(?!/)(?<!//)|\bAVG\b|DOUBLE|FLOAT|REAL|DECIMAL|HUGEINT|\d\.\d", sql, re.IGNORECASE)
    assert ("//" in sql) == (dialect == "duckdb")
    assert (" DIV " in sql) == (dialect == "spark")
    assert sql.isascii()
    quote = {"duckdb": '"', "spark": "`"}[dialect]
    bare = re.sub(f"{quote}[a-z0-9_]+{quote}|''", "", sql)
    assert not re.search(r"['\"`]|[a-z]", bare), "a name without quotes, or a text"


@pytest.mark.parametrize("dialect", ["duckdb", "spark"])
def test_sql_of_a_small_plan_reads_as_reviewed(dialect: str, golden: Callable[[str, str], None]) -> None:
    golden(f"columnar_{dialect}.sql", to_sql(small(), dialect, pretty=True))


def test_stages_end_with_the_outputs() -> None:
    assert list(build(small())) == ["facts", "slots", "pack0", *OUTPUTS]


def test_tables_have_their_columns_as_64_bit_numbers_in_order_of_their_keys() -> None:
    draw = random.Random(7)
    rows = [
        record(branch, number, draw.randint(0, 3), ref=str(ref))
        for branch in range(30)
        for number in range(9)
        for ref in range(2)
        if draw.random() < 0.8
    ]
    found = score(small(), records(*rows), 31)
    columns = {"criteria": t.CRITERIA, "groups": t.GROUPS, "findings": t.FINDINGS, "branches": t.BRANCHES, "values": t.VALUES}
    for field in fields(found):
        table = getattr(found, field.name)
        assert tuple(table.column_names) == columns[field.name]
        assert set(table.schema.types) == {pa.int64()}
        keys = [tuple(row.values())[: 3 if field.name == "findings" else 2] for row in table.to_pylist()]
        assert keys == sorted(set(keys))
        assert keys, field.name
    shuffled = draw.sample(rows, len(rows))
    assert score(small(), records(*shuffled), 31) == found


def test_no_records_and_no_branches_give_empty_tables() -> None:
    found = score(small(), records(), 0)
    assert [getattr(found, field.name).num_rows for field in fields(found)] == [0] * 5
    assert score(small(), records(), 2).branches.num_rows == 2


def test_na_may_be_a_boolean_and_numbers_may_be_narrow() -> None:
    given = records(record(0, 0, 5), record(0, 8, None), record(1, 0, 4))
    narrow = {"branch": pa.int32(), "input": pa.int16(), "na": pa.bool_(), "day": pa.int32(), "stage": pa.int8()}
    schema = pa.schema([pa.field(one.name, narrow.get(one.name, one.type)) for one in given.schema])
    assert score(small(), given.cast(schema), 2) == score(small(), given, 2)


def test_progress_counts_stages() -> None:
    told: list[tuple[int, int]] = []
    score(small(), records(), 1, progress=lambda done, of: told.append((done, of)))
    assert told == [(done, 8) for done in range(1, 9)]
