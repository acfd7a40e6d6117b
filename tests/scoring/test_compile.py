"""From packs to the plan: what cannot be computed exactly is refused by name, and plain tests agree with the engines."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from random_plans import case_of
from small_packs import YEAR, award, criterion, integer, pack, percent, rate, scored, veto, write_pack

from evaluator.diagnostics import Failure
from evaluator.messages import LANGUAGES
from evaluator.packs import models as m
from evaluator.packs.load import load_packs
from evaluator.packs.parts import Award
from evaluator.scoring import plan as p
from evaluator.scoring.compile import compile_names, compile_plan
from evaluator.scoring.formulas import Ratio, all_of, any_of, holds, negated, times
from evaluator.scoring.period import Period
from evaluator.scoring.truth import truth, value

COUNTS = {"a": integer(), "b": integer(), "x": integer(), "p": percent()}


def models(folder: Path, *packs: dict[str, Any]) -> list[m.Pack]:
    return [one.pack for one in load_packs([str(write_pack(folder, one)) for one in packs])]


def told(packs: Sequence[m.Pack], period: Period = YEAR) -> list[str]:
    with pytest.raises(Failure) as failure:
        compile_plan(packs, period)
    for finding in failure.value.findings:
        assert all(finding.message(lang) and finding.hint(lang) for lang in LANGUAGES)
    return [finding.code for finding in failure.value.findings]


def changed(one: m.Pack, when: str) -> m.Pack:
    """Return the pack with the condition of its first part put in without the check that packs go through."""
    group = one.groups[0]
    first = group.criteria[0].model_copy(update={"parts": (Award(award=group.criteria[0].points, when=when),)})
    return one.model_copy(update={"groups": (group.model_copy(update={"criteria": (first, *group.criteria[1:])}),)})


# --- refusals -----------------------------------------------------------------


def test_products_that_may_pass_64_bits_are_refused(tmp_path: Path) -> None:
    derived = {"r": rate("a / b")}

    def pack_of(line: str, **more: Any) -> list[m.Pack]:
        indicators = {name: integer(**more) for name in ("a", "b")}
        return models(tmp_path, pack([criterion(1, award(1, f"r >= {line}"))], COUNTS | indicators, derived=derived))

    assert compile_plan(pack_of("12.3456"), YEAR)
    assert told(pack_of("12.3456", aggregate="sum")) == ["E701"]  # a thousand events each, of 10^9
    assert compile_plan(pack_of("95%", aggregate="sum"), YEAR)
    assert compile_plan(pack_of("12.3456", aggregate="sum", range=[0, 100_000]), YEAR)
    sums = {name: integer(aggregate="sum") for name in ("a", "b")}
    share = models(tmp_path, pack([criterion(1000, {"prorate": {"points": 1000, "of": "r"}})], sums, derived={"r": rate("a * 10 / b")}))
    assert told(share) == ["E701"]


@pytest.mark.parametrize(
    ("when", "code"),
    [
        ("r >= s", "E702"),
        ("r >= a", "E702"),
        ("r >= by_area + 1", "E702"),
        ("r + 1 >= 2", "E706"),
        ("a * b >= 2", "E706"),
        ("a * by_area > 3", "E706"),
    ],
)
def test_the_plan_refuses_what_the_check_would_have(tmp_path: Path, when: str, code: str) -> None:
    settings_ = {"by_area": {"label": "线", "by": "area_type", "values": {"村": 60}, "otherwise": 75}}
    derived = {"r": rate("a / b"), "s": rate("b / x")}
    built = pack([criterion(1, award(1, "a >= 1"))], COUNTS, derived=derived, settings=settings_)
    assert told([changed(models(tmp_path, built)[0], when)]) == [code]
    with pytest.raises(Failure) as failure:  # and the check does, in the place of the condition
        models(tmp_path, built | {"groups": pack([criterion(1, award(1, when))])["groups"]})
    errors = [finding for finding in failure.value.findings if finding.is_error]
    assert [finding.key.split(".")[0] for finding in errors] == ["conditions"]
    assert errors[0].place.line > 1


def test_packs_out_of_force_lacking_settings_or_needed_packs(tmp_path: Path) -> None:
    soft = pack((), COUNTS, id_="soft-lax", triggers=[veto("T-1", "a = 1", kind="hard")], rating=[{"level": 0, "label": "零"}], stars=False)
    star = pack([criterion(1, award(1, "a >= line"))], COUNTS, id_="star", needs=["soft-lax"])
    star |= {"settings": {"line": {"label": "线", "by_date": {"2023-01-01": 5}}}}
    one, two = models(tmp_path, soft, star)
    before = Period(date(2022, 1, 1), date(2022, 12, 31), date(2022, 12, 31))
    assert told([two]) == ["E705"]
    assert told([one, two], before) == ["E703", "E703"]
    old = [each.model_copy(update={"effective": m.Effective.model_validate({"from": date(2020, 1, 1)})}) for each in (one, two)]
    assert told(old, before) == ["E704"]
    assert [step.id for step in compile_plan([two, one], YEAR).packs] == ["soft-lax", "star"]
    reads = {"r": m.Derived(label=m.Labels(zh="数"), type="integer", formula="soft_lax.hard + a")}
    assert told([one, two.model_copy(update={"derived": reads})]) == ["E707"]
    assert told([one, two.model_copy(update={"applies_to": "soft_lax.hard = 0"})]) == ["E707"]


# --- what a plan holds --------------------------------------------------------


def test_equal_packs_give_an_equal_digest_and_any_change_another(tmp_path: Path) -> None:
    built = pack([criterion(1, award(1, "a >= 1"))], COUNTS)
    (one,) = models(tmp_path, built)
    digest = compile_plan([one], YEAR).digest
    assert compile_plan(models(tmp_path, built), YEAR).digest == digest
    assert compile_plan([changed(one, "a >= 2")], YEAR).digest != digest
    assert compile_plan([changed(one, "a > 1")], YEAR).digest != digest
    assert compile_plan([one], replace(YEAR, as_of=date(2023, 12, 30))).digest != digest


def test_an_item_names_every_input_behind_it(tmp_path: Path) -> None:
    derived = {"r": rate("a / b", min_sample={"of": "x", "at_least": 30}), "d": {"label": "差", "type": "integer", "formula": "a - x"}}
    listed = [
        criterion(1, award(1, "r >= 90%")),
        criterion(1, award(1, "d >= 1"), applies_when="p > 0"),
        criterion(1, deduct=[{"points": 1, "per": "b"}]),
    ]
    plan = compile_plan(models(tmp_path, pack(listed, COUNTS, derived=derived)), YEAR)
    assert [[plan.inputs[number].id for number in step.inputs] for step in plan.criteria] == [["a", "b", "x"], ["a", "x", "p"], ["b"]]


def test_names_say_what_they_stand_for(tmp_path: Path) -> None:
    built = pack([criterion(1, award(1, "r >= 90%"))], COUNTS, derived={"r": rate("a / b", 2.5)})
    names = compile_names(models(tmp_path, built), YEAR)["tiny"]
    found = names.value_of("r")
    assert isinstance(found, Ratio)
    assert (found.factor, found.when_zero) == (100, Fraction(5, 2))
    assert names.value_of("months").expr == p.Const(12)  # type: ignore[union-attr]


# --- tests as values ----------------------------------------------------------

LEAVES = [p.Fixed(True), p.Fixed(False), p.Compare("=", p.Slot(0), p.Const(1)), p.Compare(">=", p.Slot(1), p.Slot(2))]
TESTS = st.recursive(
    st.sampled_from(LEAVES),
    lambda inner: (
        st.builds(p.Not, inner)
        | st.builds(p.All, st.lists(inner, max_size=3).map(tuple))
        | st.builds(p.Any, st.lists(inner, max_size=3).map(tuple))
    ),
    max_leaves=8,
)
SLOTS = st.dictionaries(st.integers(0, 2), st.integers(0, 2))


def kleene(test: p.Test, slots: dict[int, int]) -> float:
    """Return 1, 0 or a half: and is the least, or the greatest."""
    match test:
        case p.Fixed(value=fixed):
            return float(fixed)
        case p.Not(of=of):
            return 1 - kleene(of, slots)
        case p.All(of=of):
            return min((kleene(one, slots) for one in of), default=1.0)
        case p.Any(of=of):
            return max((kleene(one, slots) for one in of), default=0.0)
        case p.Compare(op=op, left=left, right=right):
            one, two = value(left, slots), value(right, slots)
            return 0.5 if one is None or two is None else float(holds(op, Fraction(one), Fraction(two)))


@settings(deadline=None)
@given(TESTS, SLOTS)
def test_three_values(test: p.Test, slots: dict[int, int]) -> None:
    assert {True: 1.0, False: 0.0, None: 0.5}[truth(test, slots)] == kleene(test, slots)


@settings(deadline=None)
@given(st.lists(TESTS, max_size=3), SLOTS)
def test_joining_leaves_out_only_what_does_not_matter(tests: list[p.Test], slots: dict[int, int]) -> None:
    assert truth(all_of(*tests), slots) == truth(p.All(tuple(tests)), slots)
    assert truth(any_of(*tests), slots) == truth(p.Any(tuple(tests)), slots)
    assert [truth(negated(one), slots) for one in tests] == [truth(p.Not(one), slots) for one in tests]


def test_factors_fold() -> None:
    assert times(3, times(-2, p.Slot(1))) == p.Times(-6, p.Slot(1))
    assert times(3, p.Const(4)) == p.Const(12)
    assert times(-1, times(-1, p.Slot(1))) == p.Slot(1)


@pytest.mark.parametrize(
    ("expr", "known", "unknown"),
    [
        (p.Least((p.Slot(0), p.Slot(1))), 2, None),
        (p.Greatest((p.Slot(0), p.Slot(1))), 5, None),
        (p.Plus((p.Slot(0), p.Const(1), p.Slot(1))), 8, None),
        (p.Abs(p.Times(-3, p.Slot(0))), 6, 6),
        (p.Holds(p.Compare(">", p.Slot(1), p.Const(4))), 1, None),
        (p.When(p.Compare(">", p.Slot(1), p.Const(4)), p.Slot(0)), 2, None),
        (p.When(p.Compare(">", p.Slot(1), p.Const(9)), p.Slot(0)), None, None),
        (p.Pick(0, ((2, 60), (3, 90)), 75), 60, 60),
        (p.Pick(1, ((2, 60),), 75), 75, None),
        (p.Pick(1, ((2, 60),), None), None, None),
        (p.Result("hard"), None, None),
    ],
)
def test_expressions(expr: p.Expr, known: int | None, unknown: int | None) -> None:
    assert value(expr, {0: 2, 1: 5}) == known
    assert value(expr, {0: 2}) == unknown


def results_in(node: Any) -> bool:
    if isinstance(node, p.Result):
        return True
    children = node if isinstance(node, tuple) else vars(node).values() if hasattr(node, "__dataclass_fields__") else ()
    return any(results_in(child) for child in children)


def test_plain_verdicts_are_those_of_the_engine() -> None:
    """Vetoes and triggers of random plans, judged from the slots alone."""
    from agreement import columnar_tables

    from evaluator.scoring.tables import FindingKind, FindingState

    judged = 0
    for number in range(24):
        case = case_of(number)
        tables = columnar_tables(case)
        scored_in = {(row[0], row[1]) for row in tables["branches"] if row[2]}
        slots: dict[int, dict[int, int]] = {branch: {} for branch in range(case.branches)}
        for branch, slot, filled in tables["values"]:
            slots[branch][slot] = filled  # type: ignore[index,assignment]
        states = {(row[0], row[1], row[2]): row[3] for row in tables["findings"]}
        for step in case.plan.vetoes:
            if step.finding is not None or results_in(step.when):
                continue
            for branch in range(case.branches):
                if (branch, step.pack) in scored_in:
                    found = states.get((branch, FindingKind.VETO, step.number))
                    assert found == {True: FindingState.TRUE, None: FindingState.OPEN, False: None}[truth(step.when, slots[branch])]
                    judged += 1
    assert judged > 40


def test_open_choices_learn_the_texts_of_conditions_and_settings(tmp_path: Path) -> None:
    settings_ = {"line": {"label": "线", "by": "area_type", "values": {"村": 1}, "otherwise": 3}}
    listed = [criterion(1, award(1, "a >= line")), criterion(1, award(1, "area_type = '社区'"))]
    run = scored(tmp_path, pack(listed, COUNTS, settings=settings_), "支部编码,区域类型,a\nB1,村,2\nB2,社区,2\nB3,两新,2\n")
    assert [row.earned for row in run.criteria] == [100, 0, 0, 100, 0, 0]
