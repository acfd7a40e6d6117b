"""The two engines agree row for row on plans of every shape, and each fault that is planted in one of them is seen."""

import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest

from evaluator.scoring import forward

if not forward.available():
    pytest.skip("durable_rules has no build for this Python: there is no second engine to compare with", allow_module_level=True)

from agreement import Tables, columnar_tables, differences, forward_tables
from planted_faults import FAULTS
from random_plans import FIRST, ONE, REFERENCE, START, Case, case_of

from evaluator.scoring.plan import Input, PackStep, Plan

HERE = Path(__file__).parent
BATCHES, PLANS = 4, 50
ENOUGH = 120  # each fault is seen in one of so many random plans


class Compared(NamedTuple):
    """A random plan: what the engines said differently, and the awards that knowing more took away."""

    number: int
    differences: list[str]
    reversals: list[str]


@pytest.fixture(scope="module")
def compared() -> list[Compared]:
    paths = os.pathsep.join([str(HERE.parents[1]), str(HERE)])

    def batch(start: int) -> list[Compared]:
        command = [sys.executable, str(HERE / "agreement.py"), str(start), str(start + PLANS)]
        done = subprocess.run(command, env={**os.environ, "PYTHONPATH": paths}, capture_output=True, text=True, timeout=300)
        assert done.returncode == 0, done.stderr
        return [Compared(*json.loads(line)) for line in done.stdout.splitlines()]

    with ThreadPoolExecutor(2) as pool:
        return [one for found in pool.map(batch, range(0, BATCHES * PLANS, PLANS)) for one in found]


def test_engines_agree_on_random_plans(compared: list[Compared]) -> None:
    assert len(compared) == BATCHES * PLANS
    assert {one.number: one.differences for one in compared if one.differences} == {}


def test_knowing_more_never_takes_an_award_nor_raises_a_hope(compared: list[Compared]) -> None:
    assert {one.number: one.reversals for one in compared if one.reversals} == {}


@pytest.mark.parametrize(
    "records",
    [
        pytest.param([(ONE, False, FIRST, ""), (3 * ONE, False, None, ""), (4 * ONE, False, None, "")], id="undated conflict is missing"),
        pytest.param([(None, True, FIRST, "a"), (3 * ONE, False, None, "")], id="dated N/A is left out first"),
        pytest.param([(None, True, None, "a"), (3 * ONE, False, None, "")], id="undated N/A is left out first"),
    ],
)
def test_counts_with_dated_and_undated_events(records: list[tuple[int | None, bool, int | None, str]]) -> None:
    rows = tuple((0, 0, value, na, day, 1, ref, row) for row, (value, na, day, ref) in enumerate(records))
    source = Input(0, "held", "integer", "count", ONE, 0, 1)
    pack = PackStep(0, "p", None, True, (), (), (), (0,))
    case = Case(Plan(START, REFERENCE, REFERENCE, 2, (source,), (), (pack,), (), (), (), (), ()), rows, 1)
    assert differences(columnar_tables(case), forward_tables(case)) == []


@cache
def sound(number: int) -> Tables:
    return forward_tables(case_of(number))


@cache
def columnar(number: int) -> Tables:
    return columnar_tables(case_of(number))


@pytest.mark.parametrize("fault", FAULTS)
def test_planted_fault_is_seen(fault: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(ENOUGH):
        case, before = case_of(number), sound(number)
        with monkeypatch.context() as patch:
            after = forward_tables(replace(case, plan=FAULTS[fault](patch, case.plan)))
        if before != after:
            assert differences(columnar(number), before) == []
            assert differences(columnar(number), after) != []
            return
    pytest.fail(f"no plan shows it: {fault}")
