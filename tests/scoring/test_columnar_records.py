"""From records to slots: what counts, what wins, what is missing."""

import random
from datetime import date
from typing import Any

import pytest
from columnar_plans import at_least, award, criterion, integer, pack, plan_of, record, records
from hypothesis import given, settings
from hypothesis import strategies as st

from evaluator.scoring import plan as p
from evaluator.scoring.columnar import score

BIG = 10_000


def slots(plan: p.Plan, *rows: dict[str, Any], branches: int = 1) -> dict[int, int]:
    """Return the slots of branch 0 that are not NULL."""
    found = score(plan, records(*rows), branches).values.to_pylist()
    return {row["slot"]: row["value"] for row in found if row["branch"] == 0}


def one(aggregate: Any, **more: Any) -> p.Plan:
    return plan_of(inputs=(integer(0, aggregate, **more),))


def test_only_records_of_the_period_up_to_the_reference_date_count() -> None:
    plan = one("sum")
    rows = [
        record(0, 0, value, day=day) for value, day in ((1, "2022-12-31"), (10, "2023-01-01"), (100, "2023-12-31"), (1000, "2024-01-01"))
    ]
    assert slots(plan, *rows) == {0: 110}
    assert slots(plan, rows[0], rows[3]) == {}


def test_latest_takes_the_highest_stage_then_the_latest_day_and_dates_before_none() -> None:
    plan = one("latest")
    assert slots(plan, record(0, 0, 1, day="2023-12-01"), record(0, 0, 2, stage=2, day="2023-01-01"), record(0, 0, 3, stage=2)) == {0: 2}
    assert slots(plan, record(0, 0, 1, day="2023-05-01"), record(0, 0, 2, day="2023-05-02", ref="a"), record(0, 0, 3)) == {0: 2}
    assert slots(plan, record(0, 0, 7)) == {0: 7}


def test_latest_in_conflict_is_missing_and_the_same_value_twice_is_not() -> None:
    plan = plan_of(inputs=(integer(0, na_slot=1),))
    assert slots(plan, record(0, 0, 5), record(0, 0, 6)) == {}
    assert slots(plan, record(0, 0, 5), record(0, 0, None)) == {}
    assert slots(plan, record(0, 0, 5), record(0, 0, 5, ref="b", row=9)) == {0: 5, 1: 0}
    assert slots(plan, record(0, 0, 5, day="2023-02-01"), record(0, 0, 6, day="2023-02-01")) == {}
    assert slots(plan, record(0, 0, 5), record(0, 0, 6), record(0, 0, 8, stage=2)) == {0: 8, 1: 0}
    assert slots(plan, record(0, 0, None)) == {1: 1}


@pytest.mark.parametrize(
    ("aggregate", "expected"), [("sum", 60), ("min", 10), ("max", 30), ("count", 3 * BIG), ("distinct_months", 2 * BIG)]
)
def test_events_merge_by_date_and_reference_and_the_highest_stage_wins(aggregate: str, expected: int) -> None:
    rows = [
        record(0, 0, 10, day="2023-03-01", ref="a"),
        record(0, 0, 10, day="2023-03-01", ref="a"),
        record(0, 0, 20, day="2023-03-31", ref="a"),
        record(0, 0, 99, day="2023-04-01", ref="b"),
        record(0, 0, 30, day="2023-04-01", ref="b", stage=2),
    ]
    assert slots(one(aggregate), *rows) == {0: expected}
    assert slots(one(aggregate), *rows, record(0, 0, 31, day="2023-04-01", ref="b", stage=2)) == {}


def test_mean_keeps_sum_and_number_and_leaves_na_out() -> None:
    plan = plan_of(inputs=(integer(0, "mean", count_slot=1, na_slot=2),))
    rows = [record(0, 0, 10, ref="a"), record(0, 0, 21, ref="b"), record(0, 0, None, ref="c")]
    assert slots(plan, *rows) == {0: 31, 1: 2, 2: 0}
    assert slots(plan, rows[2], record(0, 0, None, ref="d")) == {2: 1}


@pytest.mark.parametrize("aggregate", ["count", "distinct_months"])
def test_totals_without_a_date_count_only_where_nothing_is_dated(aggregate: str) -> None:
    plan = plan_of(inputs=(integer(0, aggregate, na_slot=1),))
    undated = [record(0, 0, 4 * BIG, ref="a"), record(0, 0, 5 * BIG, ref="b", stage=2)]
    assert slots(plan, *undated) == {0: 5 * BIG, 1: 0}
    assert slots(plan, *undated, record(0, 0, 6 * BIG, ref="c", stage=2)) == {}
    assert slots(plan, *undated, record(0, 0, 6 * BIG, ref="c", stage=2), record(0, 0, BIG, day="2023-02-02")) == {0: BIG, 1: 0}
    assert slots(plan, *undated, record(0, 0, 6 * BIG, ref="b", stage=2), record(0, 0, BIG, day="2023-02-02")) == {}
    assert slots(plan, record(0, 0, 0, day="2023-02-02")) == {0: 0, 1: 0}
    assert slots(plan, record(0, 0, None, day="2023-02-02"), record(0, 0, BIG)) == {0: BIG, 1: 0}
    assert slots(plan, record(0, 0, None, ref="a", stage=2), record(0, 0, BIG)) == {0: BIG, 1: 0}
    assert slots(plan, record(0, 0, None, day="2023-02-02"), record(0, 0, None)) == {1: 1}


def test_months_of_a_period_over_two_years_are_told_apart() -> None:
    plan = plan_of(inputs=(integer(0, "distinct_months"),), start=date(2022, 11, 15), end=date(2023, 3, 31), reference=date(2023, 2, 10))
    rows = [
        record(0, 0, 1, day=day)
        for day in ("2022-11-15", "2022-11-30", "2022-12-01", "2023-01-31", "2023-02-01", "2023-02-10", "2023-02-11")
    ]
    assert slots(plan, *rows) == {0: 4 * BIG}


def test_booleans_and_choices() -> None:
    flags = plan_of(inputs=(integer(0, "any", type="boolean", scale=1), integer(1, "all", type="boolean", scale=1)))
    rows = [record(0, number, value, ref=str(value)) for number in (0, 1) for value in (0, 1)]
    assert slots(flags, *rows) == {0: 1, 1: 0}
    options = {"type": "choices", "scale": 1, "option_slots": (1, 2, 3), "options": ("甲", "乙", "丙")}
    assert slots(one("any", **options), record(0, 0, 0b001, ref="a"), record(0, 0, 0b101, ref="b")) == {0: 5, 1: 1, 2: 0, 3: 1}
    assert slots(one("latest", **options), record(0, 0, 0b010)) == {0: 2, 1: 0, 2: 1, 3: 0}
    assert slots(one("latest", **options), record(0, 0, 0b010), record(0, 0, 0b011)) == {}


def test_many_aggregates_side_by_side_do_not_mix() -> None:
    names = ("latest", "sum", "min", "max", "count", "distinct_months")
    plan = plan_of(inputs=tuple(integer(number, name) for number, name in enumerate(names)))
    rows = [record(0, number, value, day=day) for number in range(6) for value, day in ((3, "2023-01-05"), (8, "2023-01-09"))]
    assert slots(plan, *rows) == {0: 8, 1: 11, 2: 3, 3: 8, 4: 2 * BIG, 5: BIG}


def test_derived_values() -> None:
    cases: list[tuple[p.Expr, int | None]] = [
        (p.Plus((p.Slot(0), p.Times(-2, p.Slot(1)), p.Const(7))), 3 - 10 + 7),
        (p.Times(10**9, p.Plus((p.Holds(at_least(0, 3)), p.Holds(at_least(1, 5)), p.Holds(at_least(0, 4)), p.Const(3)))), 5 * 10**9),
        (p.Least((p.Slot(0), p.Slot(1), p.Const(4))), 3),
        (p.Greatest((p.Slot(0), p.Slot(1), p.Const(4))), 5),
        (p.Greatest((p.Slot(0), p.Slot(2))), None),
        (p.Least((p.Const(-9), p.Slot(2))), None),
        (p.Abs(p.Plus((p.Slot(0), p.Times(-1, p.Slot(1))))), 2),
        (p.Holds(at_least(2, 0)), None),
        (p.Holds(at_least(0, 4)), 0),
        (p.When(at_least(0, 3), p.Slot(1)), 5),
        (p.When(at_least(0, 4), p.Slot(1)), None),
        (p.Pick(0, ((3, 30), (5, 50)), 9), 30),
        (p.Pick(1, ((3, 30),), 9), 9),
        (p.Pick(1, ((3, 30),), None), None),
        (p.Pick(2, ((3, 30),), 9), None),
        (p.Const(-8), -8),
        (p.Times(3_000_000, p.Const(4_000_000)), 12_000_000_000_000),
    ]
    steps = [p.DerivedStep("x", 10 + 3 * n, expr, 11 + 3 * n, p.Slot(0)) for n, (expr, _) in enumerate(cases)]
    sums = [p.DerivedStep("y", 12 + 3 * n, p.Plus((p.Slot(10 + 3 * n), p.Slot(11 + 3 * n)))) for n in range(len(cases))]
    inputs = tuple(integer(number) for number in range(10))
    found = slots(plan_of(inputs=inputs, derived=(*steps, *sums)), record(0, 0, 3), record(0, 1, 5))
    for n, (_, expected) in enumerate(cases):
        assert found.get(10 + 3 * n) == expected
        assert found[11 + 3 * n] == 3
        assert found.get(12 + 3 * n) == (None if expected is None else expected + 3)


def test_branches_without_records_exist_and_order_of_records_does_not_matter() -> None:
    plan = plan_of([criterion(award(100, at_least(0, 5)))], inputs=(integer(0), integer(1, "sum")), packs=[pack()])
    rows = [record(branch, number, value, day=f"2023-01-{day:02}", stage=day % 3 + 1, ref=str(day % 2))
            for branch in (0, 2, 4) for number in (0, 1) for value, day in ((1, 1), (5, 2), (9, 3), (9, 7), (2, 9))]  # fmt: skip
    whole = score(plan, records(*rows), 6)
    assert [row["visited"] for row in whole.branches.to_pylist()] == [1, 0, 1, 0, 1, 0]
    for seed in range(3):
        random.Random(seed).shuffle(rows)
        assert score(plan, records(*rows), 6) == whole


@settings(deadline=None, max_examples=25)
@given(st.lists(st.tuples(st.integers(0, 2), st.integers(1, 2), st.sampled_from([None, 19400, 19401, 19500])), max_size=6))
def test_latest_is_the_maximum_by_stage_and_day(drawn: list[tuple[int, int, int | None]]) -> None:
    found = slots(one("latest"), *(record(0, 0, value, stage=stage, day=day) for value, stage, day in drawn))
    if not drawn:
        assert found == {}
        return
    top = max((stage, -1 if day is None else day) for _, stage, day in drawn)
    values = {value for value, stage, day in drawn if (stage, -1 if day is None else day) == top}
    assert found == ({0: values.pop()} if len(values) == 1 else {})
