"""What advice counts and what it does not: own changes, lapses that last, others' items, gates, needed packs, evidence that settles."""

from pathlib import Path
from typing import Any

import pytest
from small_packs import award, criterion, integer, pack, rate, scored, veto

from evaluator.scoring.advice.advise import Advice, advise
from evaluator.scoring.advice.changes import desk, usual_days
from evaluator.scoring.advice.least import Found, Goal, by_sums, least, search
from evaluator.scoring.advice.needs import Needs, names_of
from evaluator.scoring.advice.sums import additive
from evaluator.scoring.results import Run

NAMES = {name: integer() for name in "abcdef"}


def advice(run: Run, *packs: str, internal: bool = False) -> Advice:
    found = list(advise(run, "B1", packs or None, internal=internal))
    assert len(found) == 1
    return found[0]


def ids(found: Found | None) -> tuple[list[str] | None, bool]:
    assert found is not None
    return None if found.changes is None else [one.id for one in found.changes], found.exact


def words(run: Run, lang: Any = "en") -> dict[str, tuple[str, ...]]:
    one = advice(run)
    needs = Needs(run, "B1", one.pack, names_of(run)[one.pack.pack], lang)
    return {change.id: needs.of(change) for change in (*one.choices.own, *one.choices.others)}


def test_the_fewest_changes_are_those_with_the_largest_gains(tmp_path: Path) -> None:
    marks = [criterion(mark, award(mark, f"{name} > 0")) for mark, name in zip((9, 40, 21, 30), "abcd", strict=True)]
    one = advice(scored(tmp_path, pack(marks, NAMES), "a=0 b=0 c=0 d=0"))
    assert ids(one.aims[0].own) == (["C-2", "C-3", "C-4"], True)  # no two reach 80, and with the first instead of the third it is 79
    assert one.aims[0].reaches == 1


def test_a_key_at_zero_is_among_them(tmp_path: Path) -> None:
    marks = [criterion(5, award(5, "a > 0"), key=True), criterion(15, award(15, "b > 0")), criterion(80, award(80, "c > 0"))]
    one = advice(scored(tmp_path, pack(marks, NAMES), "a=0 b=0 c=1"))
    assert ids(one.aims[0].own) == (["C-1"], True)  # 80 is reached already


def test_what_lasts_and_what_others_mend_is_not_counted_but_named(tmp_path: Path) -> None:
    marks = [
        criterion(40, award(40, "a > 0"), irreversible=True),
        criterion(30, award(30, "b > 0"), fixable_by="township"),
        criterion(50, award(50, "c > 0")),
        criterion(80, award(80, "d > 0")),
    ]
    run = scored(tmp_path, pack(marks, NAMES), "a=0 b=0 c=0 d=1")
    one = advice(run)
    assert [[change.id for change in listed] for listed in one.choices] == [["C-3"], ["C-2"], ["C-1"]]
    assert ids(one.aims[0].own) == (None, True)
    assert ids(one.aims[0].wide) == (["C-3", "C-2"], True)
    assert one.choices.lasting[0].gain == 4000


def test_nothing_helps_when_the_lapse_is_too_large(tmp_path: Path) -> None:
    marks = [criterion(30, award(30, "a > 0"), irreversible=True), criterion(70, award(70, "b > 0"))]
    one = advice(scored(tmp_path, pack(marks, NAMES), "a=0 b=0"))
    assert (ids(one.aims[0].own), ids(one.aims[0].wide)) == ((None, True), (None, True))
    assert one.aims[0].reaches == 1  # the goal, which nothing reaches


def test_sooner_comes_before_the_order_of_the_pack(tmp_path: Path) -> None:
    limits = {"soon": {"label": "三天", "days": 3}, "late": {"label": "半年", "days": 6, "unit": "month"}}
    marks = [
        criterion(30, award(30, "a > 0"), deadline="late"),
        criterion(30, award(30, "b > 0")),
        criterion(30, award(30, "c > 0")),
        criterion(60, award(60, "d > 0")),
    ]
    one = advice(scored(tmp_path, pack(marks, NAMES, deadlines=limits), "a=0 b=0 c=0 d=1"))
    assert ids(one.aims[0].own) == (["C-2", "C-3"], True)


def test_bonus_helps_up_to_its_limit(tmp_path: Path) -> None:
    plain = [criterion(76, award(76, "a > 0")), criterion(24, award(24, "b > 0"), irreversible=True)]
    bonus = [criterion(3, award(3, f"{name} > 0"), bonus=True) for name in "cd"]
    data = pack([*plain, *bonus], NAMES)
    for most, wanted in ((3, None), (4, ["C-3", "C-4"])):
        data["groups"][0]["bonus"] = {"up_to": most}
        (tmp_path / str(most)).mkdir()
        one = advice(scored(tmp_path / str(most), data, "a=1 b=0 c=0 d=0"))
        assert ids(one.aims[0].own) == (wanted, True)
        found = by_sums(desk(scored(tmp_path / str(most), data, "a=1 b=0 c=0 d=0"), "B1"), Goal(0, 1, True), one.choices.own)
        assert (found and [change.id for change in found]) == wanted


def test_an_open_lapse_that_lasts_is_shown_only_as_far_as_it_can_be(tmp_path: Path) -> None:
    lapse = criterion(40, award(20, "a > 0"), award(20, "b > 0"), irreversible=True)  # a half of it is lost for good
    one = advice(scored(tmp_path, pack([lapse, criterion(50, award(50, "c > 0"))], NAMES), "a=0 c=0"))
    change = one.choices.others[0]
    assert (change.id, change.gain, change.evidence) == ("C-1", 2000, ("b",))
    assert ids(one.aims[0].wide) == (None, True)  # 70 of 90, not 90 of 90


def test_what_may_not_apply_counts_once_it_is_shown_to(tmp_path: Path) -> None:
    marks = [criterion(50, award(50, "a > 0")), criterion(50, award(50, "b > 0"), applies_when="c > 0")]
    one = advice(scored(tmp_path, pack(marks, NAMES), "a=0"))  # 50 of 100 surely apply, 60 must
    assert [[change.id for change in listed] for listed in one.choices] == [["C-1"], ["C-2"], []]
    assert (ids(one.aims[0].own), ids(one.aims[0].wide)) == ((None, True), (["C-1", "C-2"], True))


def test_a_veto_that_others_lift_stays(tmp_path: Path) -> None:
    for who, own in (("branch", ["C-1", "V-1"]), ("department", None)):
        (tmp_path / who).mkdir()
        data = pack([criterion(10, award(10, "a > 0"))], NAMES, vetoes=[veto("V-1", "b > 0", void=True, fixable_by=who)])
        one = advice(scored(tmp_path / who, data, "a=0 b=1"))
        assert ids(one.aims[0].own) == (own, True)
        assert one.aims[0].wide is None or ids(one.aims[0].wide) == (["C-1", "V-1"], True)


def test_a_gate_goes_with_what_reads_the_same_evidence(tmp_path: Path) -> None:
    gates = [{"id": "S-1", "text": "门槛", "when": "a < 5", "basis": ["doc"]}]
    rating = [{"level": 1, "label": "达标", "when": "stars = 1 AND gates_failed = 0"}, {"level": 0, "label": "未达标"}]
    data = pack([criterion(10, award(10, "a > 6")), criterion(40, award(40, "b > 0"))], NAMES, gates=gates, rating=rating)
    one = advice(scored(tmp_path, data, "a=1 b=1"))
    assert ids(one.aims[0].own) == (["S-1"], True)
    assert one.choices.own[-1].with_ == "C-1"


def soft(**more: Any) -> dict[str, Any]:
    common = {"text": "情形", "deadline": "soon", "owner": "支部", "measure": "改", "basis": ["doc"]}
    kinds = (("T-1", "hard", "a > 0", "township"), ("T-2", "soft", "b > 0", "branch"), ("T-3", "soft", "c > 0", "branch"))
    triggers = [{"id": id_, "kind": kind, "when": when, "fixable_by": who, **common} for id_, kind, when, who in kinds]
    rating = [
        {"level": 2, "label": "列入", "when": "hard >= 1 OR soft >= 2"},
        {"level": 1, "label": "关注", "when": "soft = 1"},
        {"level": 0, "label": "无"},
    ]
    return pack([], NAMES, "soft", triggers=triggers, stars=False, rating=rating, **more)


def test_leaving_a_list_and_being_free_of_it_are_two_goals(tmp_path: Path) -> None:
    one = advice(scored(tmp_path, soft(), "a=0 b=1 c=1"))
    assert [(aim.level, ids(aim.own)) for aim in one.aims] == [(1, (["T-2"], True)), (0, (["T-2", "T-3"], True))]


def test_one_goal_where_leaving_is_to_be_free(tmp_path: Path) -> None:
    one = advice(scored(tmp_path, soft(), "a=1 b=0 c=0"))
    assert [(aim.level, aim.reaches, ids(aim.own), ids(aim.wide)) for aim in one.aims] == [(1, 0, (None, True), (["T-1"], True))]


def test_triggers_of_a_needed_pack_are_changes_of_the_pack_that_needs_it(tmp_path: Path) -> None:
    gates = [{"id": "S-1", "text": "门槛", "when": "soft.soft > 1", "basis": ["doc"]}]
    rating = [{"level": 1, "label": "合格", "when": "score >= 70 AND gates_failed = 0"}, {"level": 0, "label": "不合格"}]
    outer = pack([criterion(30, award(30, "d > 0"))], NAMES, "outer", needs=["soft"], gates=gates, rating=rating)
    run = scored(tmp_path, [soft(internal=True), outer | {"internal": True}], "a=0 b=1 c=1 d=0")
    one = advice(run, "outer", internal=True)
    assert ids(one.aims[0].own) == (["C-1", "T-2"], True)


def test_what_internal_packs_found_is_not_told_elsewhere(tmp_path: Path) -> None:
    gates = [{"id": "S-1", "text": "门槛", "when": "soft.soft > 1", "basis": ["doc"]}]
    rating = [{"level": 1, "label": "合格", "when": "score >= 70 AND gates_failed = 0"}, {"level": 0, "label": "不合格"}]
    outer = pack([criterion(30, award(30, "d > 0"))], NAMES, "outer", needs=["soft"], gates=gates, rating=rating)
    run = scored(tmp_path, [soft(internal=True), outer], "a=0 b=1 c=1 d=0")
    assert [one.pack.pack for one in advise(run, "B1")] == ["outer"]
    one = advice(run)
    assert not {change.pack for listed in one.choices for change in listed} - {"outer"}


def test_missing_evidence_of_the_branch_is_its_own_that_of_others_is_not(tmp_path: Path) -> None:
    data = pack([criterion(10, award(10, "a > 0")), criterion(10, award(10, "b > 0"))], NAMES)
    data["indicators"]["b"]["holder"] = "township"
    one = advice(scored(tmp_path, data, "c=1"))
    assert [[(change.id, change.evidence) for change in listed] for listed in one.choices] == [[("C-1", ("a",))], [("C-2", ("b",))], []]


def test_a_bound_is_called_one(tmp_path: Path) -> None:
    marks = [criterion(mark, award(mark, f"{name} > 0")) for mark, name in zip((40, 30, 20, 10), "abcd", strict=True)]
    gates = [{"id": "S-1", "text": "门槛", "when": "score < 60", "basis": ["doc"]}]  # it reads the score: counting is not enough
    rating = [{"level": 1, "label": "达标", "when": "stars = 1 AND gates_failed = 0"}, {"level": 0, "label": "未达标"}]
    run = scored(tmp_path, pack(marks, NAMES, gates=gates, rating=rating), "a=0 b=0 c=0 d=0")
    one = advice(run)
    made, goal = desk(run, "B1"), Goal(0, 1, True)
    assert not additive(made, 0, one.choices.own, True)
    assert ids(least(made, goal, one.choices.own)) == (["C-1", "C-2", "C-3"], True)
    assert ids(search(made, goal, one.choices.own, tries=2)) == (["C-1", "C-2", "C-3"], False)


@pytest.mark.parametrize(
    ("rating", "exact"),
    [
        ([("1", "score >= 80 AND keys_failed = 0"), ("0", None)], True),
        ([("1", "NOT score < 80"), ("0", None)], True),
        ([("0", "score < 80"), ("1", None)], True),
        ([("1", "score BETWEEN 80 AND 90"), ("0", None)], False),
        ([("1", "score >= 80 AND stars = 1"), ("0", None)], False),
        ([("2", "score >= 90"), ("0", "score >= 80"), ("1", None)], False),
    ],
)
def test_counting_is_called_exact_only_where_the_level_rises_with_the_score(tmp_path: Path, rating: list[Any], exact: bool) -> None:
    lines = [{"level": int(level), "label": level} | ({"when": when} if when else {}) for level, when in rating]
    run = scored(tmp_path, pack([criterion(10, award(10, "a > 0"))], NAMES, rating=lines), "a=0")
    made = desk(run, "B1")
    assert additive(made, 0, (), True) is exact


# --- evidence -----------------------------------------------------------------


def test_evidence_that_cannot_change_the_level_is_not_asked_for(tmp_path: Path) -> None:
    marks = [criterion(80, award(80, "a > 0")), criterion(20, award(20, "b > 0"))]
    one = advice(scored(tmp_path, pack(marks, NAMES), "a=1"))
    assert (one.settling.settled, one.branch.provisional) == (True, True)


def test_the_rest_is_asked_for_with_its_holder(tmp_path: Path) -> None:
    marks = [criterion(60, award(60, "a > 0")), criterion(30, award(30, "b > 0")), criterion(10, award(10, "c > 0"))]
    data = pack(marks, NAMES)
    data["indicators"]["b"]["holder"] = "民政"
    found = advice(scored(tmp_path, data, "a=1")).settling
    assert (found.needed, found.holders, found.exact, found.at_least) == (("b",), ("民政",), True, 1)  # 10 more are not enough, nor needed


def test_a_key_that_may_be_zero_is_asked_for(tmp_path: Path) -> None:
    marks = [criterion(90, award(90, "a > 0")), criterion(10, award(10, "b > 0"), key=True)]
    found = advice(scored(tmp_path, pack(marks, NAMES), "c=1")).settling
    assert (found.needed, found.exact) == (("a", "b"), True)


def test_what_may_leave_the_total_is_asked_for(tmp_path: Path) -> None:
    data = pack([criterion(80, award(80, "a > 0")), criterion(20, award(20, "c > 0"), applies_when="b > 0")], NAMES)
    data["groups"][0]["min_applicable"] = 100
    found = advice(scored(tmp_path, data, "c=1")).settling
    assert (set(found.needed or ()), found.exact) == ({"a", "b"}, True)


def test_an_open_veto_is_to_be_settled_too(tmp_path: Path) -> None:
    data = pack([criterion(10, award(10, "a > 0"))], NAMES, vetoes=[veto("V-1", "b > 0", void=True)])
    found = advice(scored(tmp_path, data, "a=1")).settling
    assert (found.needed, found.exact) == (("b",), True)


def test_a_sample_that_is_too_small_is_settled_by_nothing(tmp_path: Path) -> None:
    derived = {"share": rate("a / b", "zero", min_sample={"of": "b", "at_least": 30})}
    data = pack([criterion(10, award(10, "share >= 80%"))], NAMES, derived=derived)
    (tmp_path / "few").mkdir()
    found = advice(scored(tmp_path / "few", data, "a=5 b=6")).settling
    assert (found.needed, found.stuck) == (None, ("C-1",))
    (tmp_path / "none").mkdir()
    found = advice(scored(tmp_path / "none", data, "c=1")).settling
    assert (set(found.needed or ()), found.exact) == ({"a", "b"}, True)


# --- words --------------------------------------------------------------------


def test_what_is_lacking_is_said_in_numbers(tmp_path: Path) -> None:
    indicators = {
        "a": integer("会议次数", unit="次"),
        "b": integer("办结数", unit="件", range=[0, 100]),
        "c": integer("到期数", unit="件", range=[0, 100]),
        "d": integer("逾期数", unit="件"),
        "e": {"label": "相关方", "type": "choices", "options": ["物业", "民警"]},
        "f": {"label": "有清单", "type": "boolean"},
    }
    derived = {"share": rate("b / c", "zero")}
    marks = [
        criterion(12, {"count_down": {"full": 12, "less": 1, "per": "months - a"}}),
        criterion(5, award(5, "share >= 90%")),
        criterion(5, {"prorate": {"points": 5, "of": "share"}}),
        criterion(4, {"count_down": {"full": 4, "less": 2, "per": "d"}}),
        criterion(4, {"choices": {"each": 2, "of": "e"}}),
        criterion(5, award(5, "f OR a >= 20")),
        criterion(5, {"count_up": {"each": 1, "per": "a", "every": 3, "up_to": 5}}),
        criterion(5, {"manual": {"range": [0, 5]}}),
        criterion(6, deduct=[{"points": 1, "when": "d > 1"}]),
    ]
    run = scored(tmp_path, pack(marks, indicators, derived=derived), "a=9 b=7 c=10 d=2 e=物业 f=否")
    assert words(run, "zh") | {"C-8": ()} == {
        "C-1": ("会议次数再增加 3次(现 9,应 12)",),
        "C-2": ("率 不低于 90%(现 70%,办结数至少再增加 2件)",),
        "C-3": ("率现 70%,要到 100%(办结数至少再增加 3件)",),
        "C-4": ("逾期数现 2件,要减到 0件",),
        "C-5": ("相关方补上:民警",),
        "C-6": ("有清单 为“是”,或者 会议次数 不少于 20 次(现 9次)",),
        "C-7": ("会议次数现 9次,要到 15次,还差 6次",),
        "C-8": (),
        "C-9": ("逾期数 不超过 1 件(现 2件)",),
    }
    assert words(run)["C-1"] == ("会议次数: 3 more (9 now, 12 due)",)


def test_usual_time_is_counted_in_days(tmp_path: Path) -> None:
    limits = {
        "soon": {"label": "当日", "days": 5, "unit": "workday"},
        "month": {"label": "月", "days": 2, "unit": "month"},
        "fixed": {"label": "年底", "date": "11-15"},
        "quarter": {"label": "季末", "at": "quarter_end"},
        "end": {"label": "期末", "at": "period_end"},
        "kept": {"label": "长期", "review_days": 90},
    }
    run = scored(tmp_path, pack([criterion(1, award(1, "a > 0"))], NAMES, deadlines=limits), "a=0")
    rules, day = run.packs[0].deadlines, run.info.as_of
    assert {name: usual_days(rule, day.replace(month=11, day=30), run.info.end) for name, rule in rules.items()} == {
        "soon": 7,
        "month": 60,
        "fixed": 351,  # the next one
        "quarter": 31,
        "end": 31,
        "kept": 90,
    }
