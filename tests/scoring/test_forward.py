"""The forward engine on cases worked out by hand from MEANING."""

import ast
import subprocess
import sys
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any as Anything

import pytest

from evaluator.scoring import forward
from evaluator.scoring.forward import Forward, Rows
from evaluator.scoring.forward_points import Asked, Span, deducted, part_span
from evaluator.scoring.forward_values import Record, slots_of
from evaluator.scoring.plan import (
    AwardStep,
    BandsStep,
    ChoicesStep,
    Compare,
    Const,
    CountStep,
    CriterionStep,
    DeductStep,
    Expr,
    Fixed,
    GroupStep,
    Input,
    ManualStep,
    PackStep,
    Plan,
    ProrateStep,
    Result,
    Slot,
    Test,
    Times,
    TriggerStep,
    VetoStep,
)
from evaluator.scoring.tables import FindingKind, FindingState, Status, Why

needs_durable_rules = pytest.mark.skipif(not forward.available(), reason="durable_rules has no build for this Python")

NEVER, YES = Fixed(False), Fixed(True)
DAY = date(2023, 3, 1).toordinal() - date(1970, 1, 1).toordinal()
UNKNOWN = Compare(">", Slot(0), Const(0))


# --- parts --------------------------------------------------------------------

SHARED: dict[str, Anything] = {"full": 300, "source": 0, "na": NEVER, "fixed": ()}


def truth(test: Test) -> bool | None:
    return test.value if isinstance(test, Fixed) else None


def value(expr: Expr) -> int | None:
    return expr.value if isinstance(expr, Const) else None


ASKED = Asked(truth, value)


@pytest.mark.parametrize(
    ("part", "span"),
    [
        (AwardStep(**SHARED, when=YES), (300, 300)),
        (AwardStep(**SHARED, when=UNKNOWN), (0, 300)),
        (BandsStep(**SHARED, bands=((NEVER, 300), (YES, 200), (YES, 100))), (200, 200)),
        (BandsStep(**SHARED, bands=((UNKNOWN, 300), (YES, 200), (UNKNOWN, 0))), (200, 300)),
        (BandsStep(**SHARED, bands=((UNKNOWN, 100), (UNKNOWN, 200))), (0, 200)),
        (CountStep(**SHARED, start=0, step=100, per=Const(29_999), every=10_000), (200, 200)),
        (CountStep(**SHARED, start=0, step=100, per=Const(90_000), every=10_000), (300, 300)),
        (CountStep(**SHARED, start=300, step=-100, per=Const(-50_000), every=10_000), (300, 300)),
        (CountStep(**SHARED, start=300, step=-100, per=Const(90_000), every=10_000), (0, 0)),
        (CountStep(**SHARED, start=300, step=-100, per=Slot(0), every=10_000), (0, 300)),
        (ProrateStep(**SHARED, num=Const(2), den=Const(7)), (85, 85)),
        (ProrateStep(**SHARED, num=Const(9), den=Const(7)), (300, 300)),
        (ProrateStep(**SHARED, num=Const(-1), den=Const(7)), (0, 0)),
        (ProrateStep(**SHARED, num=Const(1), den=Slot(0)), (0, 300)),
        (ManualStep(**SHARED, slot=0, low=50), (0, 300)),
        (ChoicesStep(**SHARED, each=100, slots=(0, 1)), (0, 300)),
        (AwardStep(**{**SHARED, "na": YES}, when=YES), (0, 0)),
        (AwardStep(**{**SHARED, "na": UNKNOWN}, when=YES), (0, 300)),
        (AwardStep(**{**SHARED, "fixed": ((NEVER, 0), (YES, 120))}, when=YES), (120, 120)),
        (AwardStep(**{**SHARED, "fixed": ((UNKNOWN, 0), (YES, 120))}, when=YES), (0, 300)),
    ],
)
def test_parts(part: Anything, span: tuple[int, int]) -> None:
    assert part_span(part, ASKED) == span


@pytest.mark.parametrize(("given", "worth"), [(25_099, 250), (900_000, 300), (0, 50), (12_345, 123)])
def test_manual_points_are_held_and_cut(given: int, worth: int) -> None:
    assert part_span(ManualStep(**SHARED, slot=0, low=50), Asked(truth, lambda _: given)) == (worth, worth)


def test_choices_present_are_counted_up_to_full() -> None:
    there = {0: 1, 1: 0, 2: 1}
    part = ChoicesStep(**SHARED, each=200, slots=(0, 1, 2))
    assert part_span(part, Asked(truth, lambda expr: there[expr.index] if isinstance(expr, Slot) else None)) == (300, 300)
    assert part_span(replace(part, slots=(0, 1)), Asked(truth, lambda expr: there[expr.index] if isinstance(expr, Slot) else None)) == (
        200,
        200,
    )


@pytest.mark.parametrize(
    ("when", "per", "up_to", "na", "span"),
    [
        (YES, None, None, NEVER, (-100, -100)),
        (NEVER, None, None, UNKNOWN, (0, 0)),
        (UNKNOWN, None, None, NEVER, (-100, 0)),
        (UNKNOWN, None, 60, NEVER, (-60, 0)),
        (None, Const(35_000), None, NEVER, (-300, -300)),
        (None, Const(35_000), 250, NEVER, (-250, -250)),
        (None, Const(-10_000), None, NEVER, (0, 0)),
        (None, Slot(0), None, NEVER, (-900, 0)),
        (UNKNOWN, Const(10_000), None, NEVER, (-900, 0)),
        (YES, None, None, YES, (0, 0)),
        (YES, None, None, UNKNOWN, (-100, 0)),
    ],
)
def test_deductions(when: Test | None, per: Expr | None, up_to: int | None, na: Test, span: tuple[int, int]) -> None:
    assert deducted(DeductStep(100, when, per, 10_000, up_to, na, 0), 900, ASKED) == Span(*span)


# --- records ------------------------------------------------------------------


def slots(type_: str, aggregate: str, *rows: tuple[int | None, int | None, int, str]) -> list[int | None]:
    """Return value, N/A, count and option slots for rows of value (None: N/A), day of March 2023 (None: undated), stage, reference."""
    source = Input(0, "x", type_, aggregate, 1, 0, 1, 2, (3, 4) if type_ == "choices" else ())  # type: ignore[arg-type]
    plan = replace(PLAN, slots=5, inputs=(source if aggregate == "mean" else replace(source, count_slot=None),))
    records = [
        Record(0, 0, value, value is None, None if day is None else DAY + day - 1, stage, ref, row)
        for row, (value, day, stage, ref) in enumerate(rows)
    ]
    found = slots_of(plan, records)
    assert found == slots_of(plan, records[::-1])
    return found if type_ == "choices" else found[:3]


PACK = PackStep(0, "p", None, True, (0,), (), ((2, Compare(">=", Result("stars"), Const(1))), (1, None)), (0, 1))
LINE = Compare(">=", Times(100, Result("num")), Times(90, Result("den")))
GROUP = GroupStep(0, "g", 0, 300, (0,), LINE, 6_000, (), 0)
CRITERION = CriterionStep(
    0, "c", 0, 0, 300, 300, (AwardStep(300, 0, NEVER, (), Compare(">=", Slot(0), Const(10_000))),), (), None, None, False, False, (0,)
)
PLAN = Plan(
    start=date(2023, 1, 1),
    end=date(2023, 12, 31),
    reference=date(2023, 6, 30),
    slots=2,
    inputs=(Input(0, "a", "integer", "latest", 10_000, 0), Input(1, "b", "integer", "latest", 10_000, 1)),
    derived=(),
    packs=(PACK,),
    groups=(GROUP,),
    criteria=(CRITERION,),
    vetoes=(),
    triggers=(),
    gates=(),
)


def test_state_takes_the_highest_stage_then_the_latest_day() -> None:
    assert slots("integer", "latest", (1, 9, 1, ""), (2, 5, 2, ""), (3, 7, 2, ""), (4, None, 2, "")) == [3, 0, None]
    assert slots("integer", "latest", (1, 5, 1, ""), (2, 5, 1, "x")) == [None, None, None]
    assert slots("integer", "latest", (1, 5, 1, ""), (1, 5, 1, "x")) == [1, 0, None]
    assert slots("integer", "latest", (1, 5, 1, ""), (None, 6, 1, "")) == [None, 1, None]
    assert slots("choices", "latest", (2, 5, 1, "")) == [2, 0, None, 0, 1]


def test_events_merge_by_day_and_reference() -> None:
    assert slots("integer", "sum", (1, 5, 1, "a"), (9, 5, 2, "a"), (2, 5, 1, "b"), (None, 8, 1, "")) == [11, 0, None]
    assert slots("integer", "sum", (1, 5, 1, "a"), (9, 5, 1, "a"), (2, 6, 1, "")) == [None, None, None]
    assert slots("integer", "mean", (1, 5, 1, ""), (2, 6, 1, ""), (None, 7, 1, "")) == [3, 0, 2]
    assert slots("integer", "mean", (None, 7, 1, "")) == [None, 1, None]
    assert slots("integer", "min", (4, 5, 1, ""), (2, 6, 1, ""))[0] == slots("boolean", "all", (2, 5, 1, ""), (4, 6, 1, ""))[0] == 2
    assert slots("choices", "any", (1, 5, 1, ""), (2, 6, 1, "")) == [3, 0, None, 1, 1]


def test_records_outside_the_period_are_not_used() -> None:
    assert slots("integer", "latest", (1, 5, 1, ""), (2, -90, 3, ""), (3, 200, 3, "")) == [1, 0, None]
    assert slots("integer", "sum", (1, -58, 1, ""), (2, 122, 1, ""), (4, 123, 1, ""), (8, -59, 1, "")) == [3, 0, None]


def test_counts_are_of_dated_events_else_the_total_reported() -> None:
    assert slots("integer", "count", (5, 5, 1, ""), (5, 6, 1, ""), (0, 7, 1, ""), (9, None, 1, "")) == [20_000, 0, None]
    assert slots("integer", "distinct_months", (1, 5, 1, ""), (1, 31, 1, ""), (1, 32, 1, "")) == [20_000, 0, None]
    assert slots("integer", "count", (0, 7, 1, "")) == [0, 0, None]
    assert slots("integer", "count", (70_000, None, 1, ""), (80_000, None, 2, "x")) == [80_000, 0, None]
    assert slots("integer", "count", (70_000, None, 1, ""), (80_000, None, 1, "x")) == [None, None, None]


# --- a whole branch -----------------------------------------------------------


def score(plan: Plan, *values: int | None) -> Rows:
    """Return the rows of branch 3 whose inputs have these values, None being no record."""
    records = [(3, number, value, False, DAY, 1, "", number) for number, value in enumerate(values) if value is not None]
    return Forward(plan).score([*records, (4, 0, 0, False, DAY, 9, "", 9)], 3)


@needs_durable_rules
def test_one_branch() -> None:
    rows = score(PLAN, 10_000)
    assert rows.criteria == [(3, 0, Status.MET, 300, 300, 300)]
    assert rows.groups == [(3, 0, 300, 300, 300, 1, 1, Why.AWARDED)]
    assert rows.branches == [(3, 0, 1, 1, 1, 300, 300, 300, 2, 2, 2, 0, 0, 0, 300, 300)]
    assert rows.values == [(3, 0, 10_000)]
    assert score(PLAN, 9_999).criteria == [(3, 0, Status.UNMET, 0, 0, 300)]
    open_ = score(PLAN, None, 1)
    assert open_.criteria == [(3, 0, Status.UNPROVEN, 0, 300, 300)]
    assert open_.branches == [(3, 0, 1, 0, 1, 0, 300, 300, 1, 2, 1, 1, 0, 0, 0, 300)]


@needs_durable_rules
def test_mappings_are_records_too() -> None:
    record = {"branch": 3, "input": 0, "value": 10_000, "na": False, "day": None, "stage": 1, "ref": "", "row": 0}
    assert Forward(PLAN).score([record], 3) == score(PLAN, 10_000)


@needs_durable_rules
def test_no_evidence_is_not_inspected_and_other_packs_leave_no_rows() -> None:
    assert score(PLAN).branches == [(3, 0, 0, *[None] * 13)]
    assert score(PLAN).criteria == []
    for applies in (Compare("=", Slot(1), Const(5)), Compare("=", Slot(0), Const(5))):
        assert score(replace(PLAN, packs=(replace(PACK, applies=applies),)), 1).branches == []


@needs_durable_rules
@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"owed": 0, "parts": ()}, (Status.NOT_DUE, 0, 0, 0)),
        ({"applies": NEVER}, (Status.NOT_APPLICABLE, 0, 0, 0)),
        ({"applies": Compare("=", Slot(1), Const(1))}, (Status.UNPROVEN, 0, 300, 300)),
        ({"zero": Compare("=", Slot(1), Const(1))}, (Status.UNPROVEN, 0, 300, 300)),
        ({"zero": YES}, (Status.UNMET, 0, 0, 300)),
        ({"parts": (replace(CRITERION.parts[0], na=YES),)}, (Status.NOT_APPLICABLE, 0, 0, 0)),
        ({"deducts": (DeductStep(100, YES, None, 1, None, NEVER, 0),)}, (Status.PARTIAL, 200, 200, 300)),
        ({"parts": (), "deducts": (DeductStep(100, None, Slot(0), 1, None, NEVER, 0),)}, (Status.UNMET, 0, 0, 300)),
    ],
)
def test_criteria(change: dict[str, Anything], expected: tuple[int, ...]) -> None:
    rows = score(replace(PLAN, criteria=(replace(CRITERION, **change),)), 10_000)
    assert rows.criteria == [(3, 0, *expected)]


@needs_durable_rules
@pytest.mark.parametrize(
    ("veto", "level", "confirmed", "state", "why"),
    [
        ({"when": YES, "cap": 1}, 1, 1, FindingState.TRUE, Why.STRIPPED),
        ({"when": YES, "cap": 1, "void": True}, 0, 0, FindingState.TRUE, Why.STRIPPED),
        ({"when": YES, "cap": 0, "finding": NEVER}, 2, 0, FindingState.PENDING, Why.AWARDED),
        ({"when": Compare("=", Slot(1), Const(1)), "cap": 0}, 2, 2, FindingState.OPEN, Why.AWARDED),
    ],
)
def test_vetoes(veto: dict[str, Anything], level: int, confirmed: int, state: FindingState, why: Why) -> None:
    step = VetoStep(**{"number": 0, "id": "v", "pack": 0, "strip": (0,), "cap": None, "void": False, "finding": None, "inputs": (), **veto})
    rows = score(replace(PLAN, vetoes=(step,), packs=(replace(PACK, rating=((2, None),)),)), 10_000)
    assert rows.findings == [(3, FindingKind.VETO, 0, state)]
    assert (rows.branches[0][8], rows.branches[0][10], rows.groups[0][-1]) == (level, confirmed, why)


@needs_durable_rules
def test_strip_comes_after_requires() -> None:
    other = replace(GROUP, number=1, id="h", criteria=(1,), requires=(0,))
    plan = replace(
        PLAN,
        packs=(replace(PACK, order=(0, 1)),),
        groups=(GROUP, other),
        criteria=(CRITERION, replace(CRITERION, number=1, id="d", group=1)),
        vetoes=(VetoStep(0, "v", 0, YES, (0,), None, False, None, ()),),
    )
    assert [row[5:] for row in score(plan, 10_000).groups] == [(0, 0, Why.STRIPPED), (1, 1, Why.AWARDED)]


@needs_durable_rules
def test_a_needed_pack_is_read_in_both_readings() -> None:
    trigger = TriggerStep(0, "t", 0, True, Compare(">", Slot(1), Const(0)), None, ())
    reads = replace(CRITERION, number=1, id="d", pack=1, group=1, applies=Compare("=", Result("hard", 0), Const(0)))
    plan = replace(
        PLAN,
        packs=(PACK, replace(PACK, number=1, id="q", order=(1,))),
        groups=(GROUP, replace(GROUP, number=1, id="h", pack=1, criteria=(1,))),
        criteria=(CRITERION, reads),
        triggers=(trigger,),
    )
    assert score(plan, 10_000, 0).criteria[1] == (3, 1, Status.MET, 300, 300, 300)
    assert score(plan, 10_000, 1).criteria[1] == (3, 1, Status.NOT_APPLICABLE, 0, 0, 0)
    assert score(plan, 10_000).criteria[1] == (3, 1, Status.UNPROVEN, 0, 300, 300)


@needs_durable_rules
def test_verdicts_tell_unknown_from_false() -> None:
    test = CRITERION.parts[0].when  # type: ignore[attr-defined]
    engine = Forward(PLAN)
    found = [engine.verdicts([(3, 0, value, False, None, 1, "", 0)] if value else [], 3)[test] for value in (10_000, 9_999, None)]
    assert found == [True, False, None]


# --- the house ----------------------------------------------------------------


def test_durable_rules_is_not_imported_with_the_module() -> None:
    code = "import sys, evaluator.scoring.forward as f; sys.exit('durable.engine' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=Path(forward.__file__).parents[2], check=False).returncode == 0


@pytest.mark.parametrize("error", [ModuleNotFoundError, ImportError])  # not installed; installed, but its build does not load
def test_without_durable_rules_it_says_so(monkeypatch: pytest.MonkeyPatch, error: type[ImportError]) -> None:
    def missing(name: str) -> object:
        raise error(name)

    monkeypatch.setattr(forward, "import_module", missing)
    assert not forward.available()


def test_nothing_is_shared_with_the_columnar_engine() -> None:
    own = {"plan", "tables", "rulesets", "forward_packs", "forward_points", "forward_terms", "forward_values"}
    for path in Path(forward.__file__).parent.glob("forward*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("evaluator.scoring."):
                assert node.module.rpartition(".")[2] in own
