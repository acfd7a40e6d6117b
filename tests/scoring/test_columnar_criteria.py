"""What every shape of part, every deduction and every criterion-level rule is worth."""

from collections.abc import Sequence
from itertools import permutations, product
from typing import Any

from columnar_plans import at_least, award, criterion, integer, plan_of, record, records

from evaluator.scoring import plan as p
from evaluator.scoring.columnar import score
from evaluator.scoring.tables import Status

NA = p.Compare("=", p.Slot(2), p.Const(1))
YES, NO, OPEN = p.Fixed(True), p.Fixed(False), p.Compare("=", p.Slot(2), p.Const(0))  # slot 2 is missing unless a test fills it
X, Y = p.Slot(0), p.Slot(1)


Outcome = tuple[str, int, int, int]  # status, earned, possible, points


def outcomes(cases: Sequence[tuple[p.CriterionStep, dict[str, int]]]) -> list[Outcome]:
    """Return what became of each criterion in a branch of its own, given slots ``x``, ``y`` and ``z``; another input makes the visit."""
    rows = [record(branch, "xyz".index(name), value) for branch, (_, values) in enumerate(cases) for name, value in values.items()]
    rows += [record(branch, 3, 1) for branch in range(len(cases))]
    plan = plan_of([step for step, _ in cases], inputs=tuple(integer(number) for number in range(4)))
    found = {(row["branch"], row["criterion"]): row for row in score(plan, records(*rows), len(cases)).criteria.to_pylist()}
    own = [found[number, number] for number in range(len(cases))]
    return [(Status(row["status"]).name, row["earned"], row["earned_possible"], row["points"]) for row in own]


def outcome(step: p.CriterionStep, **values: int) -> Outcome:
    return outcomes([(step, values)])[0]


def bounds(cases: Sequence[tuple[p.PartStep | p.CriterionStep, dict[str, int]]]) -> list[tuple[int, int]]:
    """Return earned and possible points of each part or criterion in a branch of its own."""
    steps = [(criterion(step) if isinstance(step, p.PartStep) else step, values) for step, values in cases]
    return [found[1:3] for found in outcomes(steps)]


def at(step: p.PartStep, worths: dict[int, int]) -> None:
    """Assert what a part is worth, exactly, at each value of ``x``."""
    assert bounds([(step, {"x": x}) for x in worths]) == [(worth, worth) for worth in worths.values()]


def bands(*awards: tuple[p.Test, int]) -> p.BandsStep:
    return p.BandsStep(max(worth for _, worth in awards), 0, p.NEVER, (), awards)


def count(full: int, start: int, step: int, every: int, per: p.Expr = X) -> p.CountStep:
    return p.CountStep(full, 0, p.NEVER, (), start, step, per, every)


def prorate(full: int, **more: Any) -> p.ProrateStep:
    return p.ProrateStep(full, 0, more.get("na", p.NEVER), more.get("fixed", ()), X, Y)


def test_award_at_its_line() -> None:
    step = criterion(award(500, at_least(0, 30)))
    met, unmet = ("MET", 500, 500, 500), ("UNMET", 0, 0, 500)
    assert outcomes([(step, {"x": x}) for x in (29, 30, 31)]) == [unmet, met, met]
    assert outcome(step) == ("UNPROVEN", 0, 500, 500)


FALLING = bands((at_least(0, 90), 800), (at_least(0, 70), 500), (at_least(0, 50), 200))


def test_bands_take_the_first_that_is_true() -> None:
    at(FALLING, {90: 800, 89: 500, 70: 500, 69: 200, 50: 200, 49: 0})


def test_bands_that_are_unknown_span_what_may_be() -> None:
    cases = [
        (bands((OPEN, 800), (YES, 500), (OPEN, 900)), (500, 800)),
        (bands((OPEN, 800), (NO, 900), (OPEN, 200)), (0, 800)),
        (bands((OPEN, 200), (YES, 500), (OPEN, 900)), (200, 500)),
        (bands((YES, 300), (OPEN, 900), (OPEN, 100)), (300, 300)),
        (bands((OPEN, 100), (OPEN, 900), (YES, 400)), (100, 900)),
        (bands((NO, 100), (NO, 900)), (0, 0)),
        (bands((NO, 900), (OPEN, 100)), (0, 100)),
        (bands((OPEN, 500), (OPEN, 500), (YES, 500)), (500, 500)),
    ]
    assert bounds([(step, {}) for step, _ in cases]) == [expected for _, expected in cases]


def test_bands_in_any_order_and_any_truth_span_what_the_table_says() -> None:
    truths = list(product((YES, NO, OPEN), repeat=3))
    for awards in permutations((100, 300, 700)):
        steps = [bands(*zip(tests, awards, strict=True)) for tests in truths]
        expected = []
        for tests in truths:
            first = next((place for place, test in enumerate(tests) if test == YES), 3)
            span = [awards[place] for place in range(first) if tests[place] == OPEN] + [awards[first] if first < 3 else 0]
            expected.append((min(span), max(span)))
        assert bounds([(step, {}) for step in steps]) == expected


def test_count_up_counts_whole_units_up_to_full() -> None:
    at(count(450, 0, 100, 5), {-5: 0, 0: 0, 4: 0, 5: 100, 9: 100, 10: 200, 24: 400, 25: 450, 10**12: 450})


def test_count_down_stops_at_nothing() -> None:
    at(count(450, 450, -100, 5), {-5: 450, 4: 450, 5: 350, 19: 150, 20: 50, 24: 50, 25: 0, 9 * 10**18: 0})


def test_counts_that_are_unknown_or_step_by_nothing() -> None:
    assert outcome(criterion(count(450, 0, 100, 5))) == ("UNPROVEN", 0, 450, 450)
    assert outcome(criterion(count(450, 450, -100, 5))) == ("UNPROVEN", 0, 450, 450)
    assert outcome(criterion(count(450, 450, 0, 5)), x=50)[1:3] == (450, 450)
    assert outcome(criterion(count(450, 0, 100, 10**18)), x=10**17)[1:3] == (0, 0)


def test_prorate_is_cut_once() -> None:
    worths = {(18999, 20000): 664, (19000, 20000): 665, (1, 3): 233, (2, 3): 466, (3, 3): 700, (4, 3): 700, (0, 3): 0, (-1, 3): 0}
    assert bounds([(prorate(700), {"x": x, "y": y}) for x, y in worths]) == [(worth, worth) for worth in worths.values()]


def test_prorate_of_unknown_or_senseless_ratios() -> None:
    assert outcome(criterion(prorate(700)), x=1)[1:3] == (0, 700)
    assert outcome(criterion(prorate(700)), y=1)[1:3] == (0, 700)
    assert outcome(criterion(prorate(700)), x=0)[1:3] == (0, 700)
    assert outcome(criterion(prorate(700)), x=1, y=0)[1:3] == (0, 700)
    zero = p.Compare("<=", Y, p.Const(0))
    assert outcome(criterion(prorate(700, fixed=((zero, 250),))), x=1, y=0) == ("PARTIAL", 250, 250, 700)
    assert outcome(criterion(prorate(700, fixed=((zero, 900),))), x=1, y=0) == ("MET", 700, 700, 700)
    assert outcome(criterion(prorate(700, fixed=((zero, 250),))), x=1) == ("UNPROVEN", 0, 700, 700)
    assert outcome(criterion(prorate(700, na=zero)), x=1, y=0) == ("NOT_APPLICABLE", 0, 0, 0)


def test_choices_count_what_is_present_up_to_full() -> None:
    step = criterion(p.ChoicesStep(500, 0, p.NEVER, (), 200, (0, 1, 2)))
    assert outcome(step, x=1, y=0, z=0)[1:3] == (200, 200)
    assert outcome(step, x=1, y=1, z=0)[1:3] == (400, 400)
    assert outcome(step, x=1, y=1, z=1)[1:3] == (500, 500)
    assert outcome(step, x=0, y=0, z=0) == ("UNMET", 0, 0, 500)
    assert outcome(step, x=1, y=1) == ("UNPROVEN", 0, 500, 500)


def test_manual_points_are_held_to_their_range_and_cut() -> None:
    step = p.ManualStep(500, 0, p.NEVER, (), 0, 100)
    at(step, {0: 100, 10_000: 100, 12_345: 123, 12_399: 123, 50_000: 500, 90_000: 500})
    assert bounds([(step, {})]) == [(0, 500)]


def test_a_part_not_applicable_leaves_the_points_and_an_unknown_one_stays() -> None:
    step = criterion(award(300, at_least(0, 5)), award(200, at_least(1, 5), na=NA, fixed=((at_least(1, 9), 200),)))
    assert outcome(step, x=5, y=5, z=1) == ("MET", 300, 300, 300)
    assert outcome(step, x=5, y=5, z=0) == ("MET", 500, 500, 500)
    assert outcome(step, x=5, y=5) == ("UNPROVEN", 300, 500, 500)
    assert outcome(step, x=5, z=0) == ("UNPROVEN", 300, 500, 500)
    assert outcome(step, x=5, z=1) == ("MET", 300, 300, 300)
    assert outcome(criterion(award(200, YES, na=NA)), z=1) == ("NOT_APPLICABLE", 0, 0, 0)


def test_the_first_fixed_test_that_is_true_wins_and_an_unknown_one_before_it_decides_nothing() -> None:
    fixed = ((at_least(0, 5), 100), (at_least(1, 5), 200))
    step = criterion(award(500, YES, fixed=fixed))
    assert outcome(step, x=5, y=5)[1:3] == (100, 100)
    assert outcome(step, x=4, y=5)[1:3] == (200, 200)
    assert outcome(step, x=4, y=4)[1:3] == (500, 500)
    assert outcome(step, y=5)[1:3] == (0, 500)
    assert outcome(step, x=5)[1:3] == (100, 100)
    assert outcome(step, x=4)[1:3] == (0, 500)


def deduct(points: int, **more: Any) -> p.DeductStep:
    return p.DeductStep(points, more.get("when"), more.get("per"), more.get("every", 1), more.get("up_to"), more.get("na", p.NEVER), 0)


def test_deductions() -> None:
    cases: list[tuple[p.DeductStep, dict[str, int], tuple[int, int]]] = [
        (deduct(300, when=at_least(0, 5)), {"x": 5}, (700, 700)),
        (deduct(300, when=at_least(0, 5)), {"x": 4}, (1000, 1000)),
        (deduct(300, when=at_least(0, 5)), {}, (700, 1000)),
        (deduct(300, per=X, every=2), {"x": 5}, (400, 400)),
        (deduct(300, per=X, every=2), {"x": -5}, (1000, 1000)),
        (deduct(300, per=X, every=2), {"x": 9}, (0, 0)),
        (deduct(300, per=X, every=2), {"x": 9 * 10**18}, (0, 0)),
        (deduct(300, per=X, every=2), {}, (0, 1000)),
        (deduct(300, per=X, up_to=500), {"x": 1}, (700, 700)),
        (deduct(300, per=X, up_to=500), {"x": 2}, (500, 500)),
        (deduct(300, per=X, up_to=500), {}, (500, 1000)),
        (deduct(300, per=X, when=at_least(1, 5)), {"y": 4}, (1000, 1000)),
        (deduct(300, per=X, when=at_least(1, 5)), {"x": 1}, (0, 1000)),
        (deduct(300, per=X, when=at_least(1, 5), up_to=500), {"x": 1}, (500, 1000)),
        (deduct(300, per=X, na=NA), {"z": 1}, (1000, 1000)),
        (deduct(300, per=X, na=NA), {"x": 1}, (0, 1000)),
        (deduct(300, when=at_least(0, 5), na=NA), {"x": 5}, (700, 1000)),
        (deduct(300, when=at_least(0, 5), na=NA), {"x": 4}, (1000, 1000)),
        (deduct(300, when=at_least(0, 5), na=NA), {"x": 5, "z": 0}, (700, 700)),
    ]
    steps = [(criterion(points=1000, owed=1000, deducts=(step,)), values) for step, values, _ in cases]
    assert bounds(steps) == [expected for _, _, expected in cases]


def test_deductions_come_after_parts_and_never_below_nothing() -> None:
    step = criterion(award(400, at_least(1, 5)), award(600, YES, na=NA), deducts=(deduct(300, per=X), deduct(50, when=YES)))
    assert outcome(step, x=1, y=5, z=0) == ("PARTIAL", 650, 650, 1000)
    assert outcome(step, x=1, y=5, z=1) == ("PARTIAL", 50, 50, 400)
    assert outcome(step, x=2, y=5, z=1) == ("UNMET", 0, 0, 400)
    assert outcome(step, x=1, z=0) == ("UNPROVEN", 250, 650, 1000)


def test_zero_when_takes_all_and_unknown_takes_the_lowest() -> None:
    step = criterion(award(500, at_least(0, 5)), zero=at_least(1, 5))
    assert outcome(step, x=5, y=5) == ("UNMET", 0, 0, 500)
    assert outcome(step, x=5, y=4) == ("MET", 500, 500, 500)
    assert outcome(step, x=5) == ("UNPROVEN", 0, 500, 500)
    assert outcome(step, x=4) == ("UNMET", 0, 0, 500)


def test_applies_when_takes_the_criterion_out_and_unknown_keeps_it_in_the_denominator() -> None:
    step = criterion(award(500, at_least(0, 5)), applies=at_least(1, 5))
    assert outcome(step, x=5, y=5) == ("MET", 500, 500, 500)
    assert outcome(step, x=5, y=4) == ("NOT_APPLICABLE", 0, 0, 0)
    assert outcome(step, x=4) == ("UNPROVEN", 0, 500, 500)
    struck = criterion(award(500, YES), applies=at_least(1, 5), zero=YES)
    assert outcome(struck) == ("UNPROVEN", 0, 500, 500)


def test_what_is_not_yet_due_is_no_part_of_anything() -> None:
    step = criterion(award(500, at_least(0, 5)), owed=0, zero=OPEN, applies=NO, deducts=(deduct(100, when=OPEN),))
    assert outcome(step, x=5) == ("NOT_DUE", 0, 0, 0)


def test_tests_are_three_valued() -> None:
    cases: list[tuple[p.Test, str]] = [
        (p.All((OPEN, NO)), "UNMET"),
        (p.All((OPEN, YES)), "UNPROVEN"),
        (p.Any((OPEN, YES)), "MET"),
        (p.Any((OPEN, NO)), "UNPROVEN"),
        (p.Not(OPEN), "UNPROVEN"),
        (p.Not(p.All((OPEN, NO))), "MET"),
        (p.All(()), "MET"),
        (p.Any(()), "UNMET"),
        (p.Not(p.Not(at_least(0, 1))), "MET"),
        (p.Any((p.All((YES, NO)), p.All((YES, p.Any((NO, YES)))))), "MET"),
        (p.Compare("!=", X, p.Const(-1)), "MET"),
        (p.Compare("<", X, p.Const(1)), "UNMET"),
        (p.Compare("<=", X, p.Const(1)), "MET"),
        (p.Compare(">", X, p.Const(1)), "UNMET"),
        (p.Compare("=", p.Const(1), X), "MET"),
    ]
    found = outcomes([(criterion(award(500, test)), {"x": 1}) for test, _ in cases])
    assert [status for status, *_ in found] == [expected for _, expected in cases]
