"""From criteria to groups, findings and rating, in both readings."""

from collections.abc import Sequence
from typing import Any

from columnar_plans import LINE, at_least, award, criterion, group, integer, pack, plan_of, record, records

from evaluator.scoring import plan as p
from evaluator.scoring.columnar import Tables, score
from evaluator.scoring.tables import FindingKind, FindingState, Why

YES, NO, OPEN = p.Fixed(True), p.Fixed(False), p.Compare("=", p.Slot(2), p.Const(0))  # nothing ever fills slot 2
TRUE, UNKNOWN, PENDING = FindingState.TRUE, FindingState.OPEN, FindingState.PENDING
VETO, TRIGGER, GATE = FindingKind.VETO, FindingKind.TRIGGER, FindingKind.GATE


def run(plan: p.Plan, *branches: dict[int, int]) -> Tables:
    """Return the score of branches given by their slots; input 3 makes the visit."""
    rows = [record(branch, number, value) for branch, values in enumerate(branches) for number, value in ({3: 1} | values).items()]
    return score(plan, records(*rows), len(branches))


def built(criteria: Sequence[p.CriterionStep], groups: Sequence[p.GroupStep] | None = None, **more: Any) -> p.Plan:
    return plan_of(criteria, groups, inputs=tuple(integer(number) for number in range(4)), **more)


def groups_of(plan: p.Plan, **values: int) -> list[tuple[str, int, int, int, int, int]]:
    """Return why, earned, possible, applicable, awarded and possibly awarded of each group, given slots ``x`` and ``y``."""
    found = run(plan, {"xy".index(name): value for name, value in values.items()}).groups.to_pylist()
    keys = ("earned", "earned_possible", "applicable", "awarded", "awarded_possible")
    return [(Why(row["why"]).name, *(row[key] for key in keys)) for row in found]  # type: ignore[misc]


def branch(plan: p.Plan, *names: str, **values: int) -> tuple[int, ...]:
    row = run(plan, {"xy".index(name): value for name, value in values.items()}).branches.to_pylist()[0]
    return tuple(row[name] for name in names)


def findings(plan: p.Plan, **values: int) -> list[tuple[int, int, int]]:
    found = run(plan, {"xy".index(name): value for name, value in values.items()}).findings.to_pylist()
    return [(row["kind"], row["number"], row["state"]) for row in found]


def veto(number: int, when: p.Test, **more: Any) -> p.VetoStep:
    plain: dict[str, Any] = {"id": "V", "pack": 0, "strip": (), "cap": None, "void": False, "finding": None, "inputs": ()}
    return p.VetoStep(number, when=when, **(plain | more))


def trigger(number: int, when: p.Test, hard: bool = True, applies: p.Test | None = None, of: int = 0) -> p.TriggerStep:
    return p.TriggerStep(number, "T", of, hard, when, applies, ())


def gate(number: int, when: p.Test) -> p.GateStep:
    return p.GateStep(number, "G", 0, when, ())


# --- groups -------------------------------------------------------------------


def test_a_group_is_earned_exactly_at_its_line() -> None:
    step = criterion(p.CountStep(1000, 0, p.NEVER, (), 0, 1, p.Slot(0), 1))
    assert groups_of(built([step]), x=799) == [("LINE", 799, 799, 1000, 0, 0)]
    assert groups_of(built([step]), x=800) == [("AWARDED", 800, 800, 1000, 1, 1)]
    assert groups_of(built([step]), x=801) == [("AWARDED", 801, 801, 1000, 1, 1)]
    assert groups_of(built([step])) == [("LINE", 0, 1000, 1000, 0, 1)]


def test_an_unknown_line_is_not_reached_but_may_be() -> None:
    unknown = p.Compare(">=", p.Times(100, p.Result("num")), p.Slot(2))
    assert groups_of(built([criterion(award(100, YES))], [group(line=unknown)])) == [("LINE", 100, 100, 100, 0, 1)]


def test_nothing_applicable_is_never_earned() -> None:
    assert groups_of(built([criterion(award(100, YES), applies=NO)])) == [("NOT_APPLICABLE", 0, 0, 0, 0, 0)]
    assert groups_of(built([criterion(award(100, YES), owed=0)])) == [("NOT_APPLICABLE", 0, 0, 0, 0, 0)]


def test_too_little_counts_what_surely_applies_as_it_stands_and_what_may_apply_at_its_highest() -> None:
    steps = [criterion(award(599, YES)), criterion(award(401, YES), applies=at_least(0, 5))]
    plan = built(steps, [group(criteria=(0, 1), points=1000, min_applicable=6000)])
    assert groups_of(plan, x=5) == [("AWARDED", 1000, 1000, 1000, 1, 1)]
    assert groups_of(plan, x=4) == [("TOO_LITTLE", 599, 599, 599, 0, 0)]
    assert groups_of(plan) == [("TOO_LITTLE", 599, 1000, 1000, 0, 1)]
    exact = built([criterion(award(600, YES)), criterion(award(400, YES), applies=NO)], [group(criteria=(0, 1), min_applicable=6000)])
    assert groups_of(exact) == [("AWARDED", 600, 600, 600, 1, 1)]
    na = built([criterion(award(599, YES), award(401, YES, na=at_least(0, 5)))], [group(min_applicable=6000)])
    assert groups_of(na) == [("TOO_LITTLE", 599, 1000, 1000, 0, 1)]


def test_a_key_at_zero_fails_its_group_unless_it_does_not_apply() -> None:
    steps = [criterion(award(100, at_least(0, 5)), key=True), criterion(award(900, YES))]
    plan = built(steps, [group(criteria=(0, 1))])
    assert groups_of(plan, x=5)[0][0] == "AWARDED"
    assert groups_of(plan, x=4) == [("KEY", 900, 900, 1000, 0, 0)]
    assert groups_of(plan) == [("KEY", 900, 1000, 1000, 0, 1)]
    out = built([criterion(award(100, NO), key=True, applies=NO), criterion(award(900, YES))], [group(criteria=(0, 1))])
    assert groups_of(out) == [("AWARDED", 900, 900, 900, 1, 1)]
    due = built([criterion(award(100, NO), key=True, owed=0), criterion(award(900, YES))], [group(criteria=(0, 1))])
    assert groups_of(due) == [("AWARDED", 900, 900, 900, 1, 1)]
    may = built([criterion(award(100, NO), key=True, applies=OPEN), criterion(award(900, YES))], [group(criteria=(0, 1))])
    assert groups_of(may) == [("KEY", 900, 1000, 1000, 0, 1)]


def test_bonus_adds_to_earned_only_is_capped_and_never_helps_a_key() -> None:
    steps = [criterion(award(500, at_least(0, 5))), criterion(award(500, YES)), criterion(award(600, at_least(1, 5)), bonus=True)]
    plan = built(steps, [group(criteria=(0, 1, 2), bonus_up_to=300)])
    assert groups_of(plan, x=4, y=5) == [("AWARDED", 800, 800, 1000, 1, 1)]
    assert groups_of(plan, x=4) == [("LINE", 500, 800, 1000, 0, 1)]
    assert branch(plan, "num", "num_possible", "den", "decided", "applicable", x=4) == (500, 800, 1000, 1000, 1000)
    none = built(steps, [group(criteria=(0, 1, 2))])
    assert groups_of(none, x=4, y=5) == [("LINE", 500, 500, 1000, 0, 0)]


def test_requirements_hold_through_others_and_a_strip_does_not_undo_them() -> None:
    steps = [criterion(award(100, at_least(0, 5))), criterion(award(100, YES)), criterion(award(100, YES))]
    groups = [group(0, (0,)), group(1, (1,), requires=(0,)), group(2, (2,), requires=(1,))]
    plan = built(steps, groups, packs=[pack(order=(0, 1, 2))])
    assert [found[0] for found in groups_of(plan, x=5)] == ["AWARDED"] * 3
    assert [found[0] for found in groups_of(plan, x=4)] == ["LINE", "REQUIRES", "REQUIRES"]
    assert [(found[0], found[5]) for found in groups_of(plan)] == [("LINE", 1), ("REQUIRES", 1), ("REQUIRES", 1)]
    stripped = built(steps, groups, packs=[pack(order=(0, 1, 2))], vetoes=(veto(0, YES, strip=(0,)), veto(1, OPEN, strip=(1,))))
    assert [found[0] for found in groups_of(stripped, x=5)] == ["STRIPPED", "AWARDED", "AWARDED"]
    assert [(found[0], found[5]) for found in groups_of(stripped, x=4)] == [("LINE", 0), ("REQUIRES", 0), ("REQUIRES", 0)]
    assert branch(stripped, "stars", "stars_possible", x=5) == (2, 2)


def test_a_group_without_a_line_only_adds_to_the_total() -> None:
    plan = built(
        [criterion(award(100, YES)), criterion(award(100, YES))], [group(0, (0,)), group(1, (1,), line=None)], packs=[pack(order=(0, 1))]
    )
    assert [found[0] for found in groups_of(plan)] == ["AWARDED", "NO_LINE"]
    assert branch(plan, "num", "den", "stars", "stars_possible") == (200, 200, 1, 1)


# --- findings -----------------------------------------------------------------


def test_vetoes_are_true_pending_or_open() -> None:
    cases: list[tuple[p.Test, p.Test | None, FindingState | None]] = [
        (YES, None, TRUE), (YES, YES, TRUE), (YES, NO, PENDING), (YES, OPEN, PENDING),
        (OPEN, None, UNKNOWN), (OPEN, YES, UNKNOWN), (NO, None, None), (NO, YES, None),
    ]  # fmt: skip
    vetoes = tuple(veto(number, when, finding=there) for number, (when, there, _) in enumerate(cases))
    plan = built([criterion(award(100, YES))], vetoes=vetoes)
    assert findings(plan) == [(VETO, number, state) for number, (_, _, state) in enumerate(cases) if state]


def test_triggers_follow_applies_and_when_and_are_counted_in_two_readings() -> None:
    cases: list[tuple[p.Test, p.Test | None, FindingState | None]] = [
        (YES, None, TRUE), (OPEN, None, UNKNOWN), (NO, None, None), (YES, NO, None), (OPEN, NO, None),
        (YES, OPEN, UNKNOWN), (NO, OPEN, None), (OPEN, OPEN, UNKNOWN), (YES, YES, TRUE),
    ]  # fmt: skip
    triggers = tuple(trigger(number, when, number != 8, applies) for number, (when, applies, _) in enumerate(cases))
    rating = ((2, p.Compare(">=", p.Result("hard"), p.Const(4))), (1, p.Compare(">=", p.Result("soft"), p.Const(1))))
    plan = built([], [], packs=[pack(rating=rating)], triggers=triggers)
    assert findings(plan) == [(TRIGGER, number, state) for number, (_, _, state) in enumerate(cases) if state]
    assert branch(plan, "hard", "soft", "level", "level_possible", "provisional") == (1, 1, 1, 2, 1)


def test_gates_need_both_readings_and_count_before_the_rating() -> None:
    low, high = p.Compare("<", p.Result("num"), p.Const(80)), p.Compare("<", p.Result("num"), p.Const(101))
    keys = p.Compare(">=", p.Result("keys_failed"), p.Const(1))
    gates = (gate(0, low), gate(1, high), gate(2, NO), gate(3, OPEN), gate(4, p.Compare("<", p.Result("stars"), p.Const(1))), gate(5, keys))
    rating = ((3, p.Compare("=", p.Result("gates_failed"), p.Const(1))), (1, None))
    plan = built([criterion(award(100, at_least(0, 5)), key=True)], packs=[pack(rating=rating)], gates=gates)
    assert findings(plan) == [(GATE, 0, UNKNOWN), (GATE, 1, TRUE), (GATE, 3, UNKNOWN), (GATE, 4, UNKNOWN), (GATE, 5, UNKNOWN)]
    assert branch(plan, "level", "level_possible", "provisional") == (3, 3, 1)
    assert findings(plan, x=4) == [(GATE, 0, TRUE), (GATE, 1, TRUE), (GATE, 3, UNKNOWN), (GATE, 4, TRUE), (GATE, 5, TRUE)]
    assert findings(plan, x=5) == [(GATE, 1, TRUE), (GATE, 3, UNKNOWN)]


# --- the pack -----------------------------------------------------------------

RATING = tuple((level, p.Compare(">=", p.Result("num"), p.Const(line))) for level, line in ((5, 100), (3, 50)))


def test_level_takes_the_first_line_that_is_true_in_each_reading() -> None:
    plan = built([criterion(award(60, YES), award(40, at_least(0, 5)))], packs=[pack(rating=RATING)])
    assert branch(plan, "level", "level_possible", "level_confirmed", "provisional") == (3, 5, 3, 1)
    assert branch(plan, "level", "level_possible", "provisional", x=5) == (5, 5, 0)
    assert branch(built([criterion(award(40, YES))], packs=[pack(rating=RATING)]), "level", "level_possible") == (0, 0)
    unknown = pack(rating=((5, OPEN), (1, None)))
    assert branch(built([criterion(award(40, YES))], packs=[unknown]), "level", "level_possible") == (1, 1)


def test_caps_and_voids_act_only_when_true_and_pending_ones_only_when_confirmed() -> None:
    def levels(*vetoes: p.VetoStep) -> tuple[int, ...]:
        plan = built([criterion(award(60, YES), award(40, at_least(0, 5)))], packs=[pack(rating=RATING)], vetoes=vetoes)
        return branch(plan, "level", "level_possible", "level_confirmed")

    assert levels(veto(0, YES, cap=2)) == (2, 2, 2)
    assert levels(veto(0, YES, cap=4)) == (3, 4, 3)
    assert levels(veto(0, YES, cap=4), veto(1, YES, cap=1)) == (1, 1, 1)
    assert levels(veto(0, YES, void=True)) == (0, 0, 0)
    assert levels(veto(0, NO, void=True), veto(1, OPEN, cap=1)) == (3, 5, 3)
    assert levels(veto(0, YES, cap=2, finding=NO)) == (3, 5, 2)
    assert levels(veto(0, YES, void=True, finding=OPEN), veto(1, YES, cap=4)) == (3, 4, 0)


def test_weights_cut_each_score_first_and_leave_out_what_does_not_apply() -> None:
    steps = [criterion(award(100, YES), award(200, NO)), criterion(award(200, YES), award(100, NO)), criterion(award(100, YES))]
    groups = [group(number, (number,)) for number in range(3)]
    plan = built(steps, groups, packs=[pack(order=(0, 1, 2), weights=((0, 70), (1, 30)), stars=False)])
    assert branch(plan, "num", "num_possible", "den", "stars", "stars_possible") == (70 * 3333 + 30 * 6666,) * 2 + (1_000_000, 0, 0)
    gone = [criterion(award(300, YES), applies=NO), *steps[1:]]
    plan = built(gone, groups, packs=[pack(order=(0, 1, 2), weights=((0, 70), (1, 30)))])
    assert branch(plan, "num", "den") == (30 * 6666, 300_000)


def test_keys_failed_and_coverage() -> None:
    steps = [criterion(award(100, at_least(0, 5)), key=True), criterion(award(100, NO), key=True), criterion(award(50, OPEN))]
    rating = tuple((level, p.Compare(">=", p.Result("keys_failed"), p.Const(level))) for level in (2, 1))
    plan = built(steps, [group(criteria=(0, 1, 2))], packs=[pack(rating=rating)])
    assert branch(plan, "level", "level_possible", "decided", "applicable") == (2, 1, 100, 250)
    assert branch(plan, "level", "level_possible", "decided", x=5) == (1, 1, 200)


def test_a_pack_scores_only_branches_that_it_applies_to_and_that_were_visited() -> None:
    packs = [pack(applies=at_least(0, 5), inputs=(1, 3))]
    plan = plan_of([criterion(award(100, YES))], packs=packs, inputs=(*(integer(n) for n in range(3)), integer(3, na_slot=4)),
                   triggers=(trigger(0, YES),))  # fmt: skip
    rows = [
        record(0, 0, 5),
        record(0, 1, 0),
        record(1, 0, 4),
        record(1, 1, 1),
        record(2, 1, 1),
        record(3, 0, 5),
        record(4, 0, 5),
        record(4, 3, None),
    ]
    found = score(plan, records(*rows), 6)
    assert [(row["branch"], row["visited"]) for row in found.branches.to_pylist()] == [(0, 1), (3, 0), (4, 1)]
    unvisited = found.branches.to_pylist()[1]
    assert all(value is None for name, value in unvisited.items() if name not in ("branch", "pack", "visited"))
    assert [row["branch"] for row in found.criteria.to_pylist()] == [0, 4]
    assert [row["branch"] for row in found.groups.to_pylist()] == [0, 4]
    assert [row["branch"] for row in found.findings.to_pylist()] == [0, 4]


def test_results_of_a_needed_pack_come_in_two_readings_and_are_unknown_where_it_did_not_score() -> None:
    needed = pack(0, (), applies=at_least(0, 0), rating=((1, p.Compare(">=", p.Result("hard"), p.Const(1))),))
    line = p.All((LINE, p.Compare("=", p.Result("hard", 0), p.Const(0))))
    rating = ((5, p.Compare("=", p.Result("level", 0), p.Const(0))), (2, p.Compare("=", p.Result("level", 0), p.Const(1))))
    steps = [
        criterion(award(100, YES), pack=1, zero=p.Compare(">=", p.Result("hard", 0), p.Const(1))),
        criterion(p.CountStep(500, 0, p.NEVER, (), 0, 100, p.Plus((p.Const(1), p.Result("hard", 0))), 1), pack=1, bonus=True),
    ]
    plan = built(
        steps, [group(pack=1, line=line, criteria=(0, 1))], packs=[needed, pack(1, rating=rating)], triggers=(trigger(0, at_least(1, 5)),)
    )
    found = run(plan, {0: 1, 1: 4}, {0: 1, 1: 5}, {0: 1}, {1: 5})
    levels = [(row["level"], row["level_possible"]) for row in found.branches.to_pylist() if row["pack"] == 1]
    assert levels == [(5, 5), (2, 2), (5, 2), (0, 0)]
    criteria = [(row["earned"], row["earned_possible"]) for row in found.criteria.to_pylist()]
    assert criteria == [(100, 100), (100, 100), (0, 0), (200, 200), (0, 100), (0, 500), (0, 100), (0, 500)]
    assert [(row["awarded"], row["awarded_possible"]) for row in found.groups.to_pylist()] == [(1, 1), (0, 0), (0, 0), (0, 1)]


def test_a_missing_value_never_costs_what_it_could_not_cost() -> None:
    plan = built([criterion(award(60, at_least(0, 5)), award(40, at_least(1, 5)))])
    known = run(plan, *({0: x, 1: y} for x in (4, 5) for y in (4, 5))).groups.to_pylist()
    unknown = run(plan, {}).groups.to_pylist()[0]
    assert unknown["earned"] == min(row["earned"] for row in known)
    assert unknown["earned_possible"] == max(row["earned"] for row in known)
