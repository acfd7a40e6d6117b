"""MEANING sections 2, 5 and 7 through the public path: periods, groups, vetoes, triggers, gates, routing, needs, words of a result."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from small_packs import award, criterion, integer, ledger, pack, rate, scored, veto, worth

from evaluator.diagnostics import Failure
from evaluator.scoring.period import Period

COUNTS = {"a": integer(), "b": integer(), "x": integer()}
GROUP = {"title": "组", "earned_when": "score >= 80"}


def until(day: str, end: str = "2023-12-31", start: str = "2023-01-01") -> Period:
    return Period(*(date.fromisoformat(one) for one in (start, end, day)))


def group(id_: str, *criteria: dict[str, Any], **more: Any) -> dict[str, Any]:
    common = {"deadline": "soon", "owner": "支部", "fixable_by": "branch", "measure": "改", "basis": ["doc"], "text": "条"}
    return {"id": id_, **GROUP, "criteria": [{"id": f"{id_}-{n}", **common} | one for n, one in enumerate(criteria, 1)]} | more


def simple(indicator: str, points: float = 10, **more: Any) -> dict[str, Any]:
    return criterion(points, award(points, f"{indicator} = 1"), **more)


# --- periods ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("day", "months", "quarters"), [("2023-01-30", 0, 0), ("2023-01-31", 1, 0), ("2023-03-31", 3, 1), ("2023-12-31", 12, 4)]
)
def test_what_is_expected_follows_the_reference_date(tmp_path: Path, day: str, months: int, quarters: int) -> None:
    listed = [criterion(20, {"count_up": {"each": 1, "per": name, "up_to": 20}}, award(0, "a = 1")) for name in ("months", "quarters")]
    for one in listed:
        one["parts"].pop()
    run = scored(tmp_path, pack([*listed, simple("a")], COUNTS), "a=1", until(day))
    assert [row.earned for row in run.criteria] == [100 * months, 100 * quarters, 1000]


def test_before_the_first_complete_month_a_rate_over_months_is_over_nothing(tmp_path: Path) -> None:
    built = pack([criterion(5, award(5, "r >= 90%"))], COUNTS, derived={"r": rate("a / months", "full")})
    assert worth(scored(tmp_path, built, "a=0", until("2023-01-30"))) == [("met", 500, 500, 500)]
    assert worth(scored(tmp_path, built, "a=0", until("2023-01-31"))) == [("unmet", 0, 0, 500)]


def test_what_is_not_due_is_outside_and_raises_no_issue(tmp_path: Path) -> None:
    listed = [
        simple("a"),
        simple("a", due="period_end"),
        simple("a", due=11),
        criterion(10, award(4, "a = 1"), award(6, "a = 1", due="period_end"), deduct=[{"points": 1, "when": "a = 1"}]),
        simple("a", due="period_end", key=True),
    ]
    run = scored(tmp_path, pack(listed, COUNTS), "a=0", until("2023-11-29"))
    assert worth(run) == [
        ("unmet", 0, 0, 1000),
        ("not_due", 0, 0, 0),
        ("not_due", 0, 0, 0),
        ("unmet", 0, 0, 400),
        ("not_due", 0, 0, 0),
    ]
    assert [issue.criterion for issue in run.issues] == ["C-1", "C-4"]
    assert run.groups[0].applicable == 1400
    assert [row.status for row in scored(tmp_path, pack(listed, COUNTS), "a=1", until("2023-11-30")).criteria[1:3]] == ["not_due", "met"]
    assert [row.points for row in scored(tmp_path, pack(listed, COUNTS), "a=1").criteria] == [1000] * 5


def test_a_criterion_of_deductions_alone_is_due_like_any_other(tmp_path: Path) -> None:
    built = pack([criterion(10, deduct=[{"points": 3, "when": "a = 0"}], due=6), simple("a")], COUNTS)
    found = {day: worth(scored(tmp_path, built, "a=0", until(day)))[0] for day in ("2023-06-29", "2023-06-30")}
    assert found == {"2023-06-29": ("not_due", 0, 0, 0), "2023-06-30": ("partial", 700, 700, 1000)}


def test_within_clips_the_end_of_a_month(tmp_path: Path) -> None:
    indicators = {"d": {"label": "", "type": "date"}}
    built = pack([criterion(2, award(2, "within(d, 1 years)")), criterion(2, award(2, "days_between(d, R) = 365"))], indicators)
    period = until("2024-02-29", "2024-12-31", "2024-01-01")
    found = {day: [row.earned for row in scored(tmp_path, built, f"d={day}", period).criteria] for day in ("2023-02-27", "2023-02-28")}
    assert found == {"2023-02-27": [0, 0], "2023-02-28": [200, 0]}
    assert scored(tmp_path, built, "d=2023-03-01", period).criteria[1].earned == 200
    with pytest.raises(Failure) as failure:
        scored(tmp_path, built, "d=2024-03-01", period)
    assert [one.code for one in failure.value.findings] == ["E306"]


def test_settings_by_date_are_read_at_the_reference_date(tmp_path: Path) -> None:
    settings = {"line": {"label": "线", "by_date": {"2023-01-01": 5, "2023-07-01": 8}}}
    built = pack([criterion(1, award(1, "a >= line"))], COUNTS, settings=settings)
    found = [scored(tmp_path, built, "a=6", until(day)).criteria[0].earned for day in ("2023-06-30", "2023-07-01")]
    assert found == [100, 0]


def test_settings_by_attribute(tmp_path: Path) -> None:
    settings = {"line": {"label": "线", "by": "area_type", "values": {"村": 60, "社区": 90}, "otherwise": 75}}
    listed = [criterion(1, award(1, "r >= line")), criterion(1, award(1, "a > line / 30")), criterion(1, award(1, "NOT r >= line"))]
    built = pack(listed, COUNTS, settings=settings, derived={"r": rate("a / b")})
    text = "支部编码,区域类型,a,b\nB1,村,3,4\nB2,社区,3,4\nB3,两新组织,3,4\nB4,,3,4\n"
    found: dict[str, list[str]] = {}
    for row in scored(tmp_path, built, text).criteria:
        found.setdefault(row.branch_id, []).append(row.status)
    assert found == {
        "B1": ["met", "met", "unmet"],
        "B2": ["unmet", "unmet", "met"],
        "B3": ["met", "met", "unmet"],
        "B4": ["unproven", "unproven", "unproven"],
    }


def test_a_pack_is_in_force_at_the_reference_date(tmp_path: Path) -> None:
    built = pack([simple("a")], COUNTS, effective={"from": "2023-03-01", "to": "2023-10-31"})
    for day, code in (("2023-02-28", "E703"), ("2023-11-01", "E703"), ("2023-03-01", None), ("2023-10-31", None)):
        if code is None:
            assert scored(tmp_path, built, "a=1", until(day)).groups[0].awarded
        else:
            with pytest.raises(Failure) as failure:
                scored(tmp_path, built, "a=1", until(day))
            assert [one.code for one in failure.value.findings] == [code]


# --- groups -------------------------------------------------------------------


def groups_of(folder: Path, groups: list[dict[str, Any]], cells: str, **more: Any) -> list[tuple[str, str, bool]]:
    run = scored(folder, pack((), COUNTS, groups=groups, **more), cells)
    return [(row.group, row.why, row.awarded_possible) for row in run.groups]


def test_a_key_criterion_at_zero_fails_its_group_whatever_the_bonus(tmp_path: Path) -> None:
    bonus = {"id": "Z-1", "bonus": True}
    groups = [group("G", simple("a", 1, key=True), simple("b", 9), criterion(9, award(9, "x = 1"), **bonus), bonus={"up_to": 9})]
    assert groups_of(tmp_path, groups, "a=1 b=1 x=1") == [("G", "awarded", True)]
    assert groups_of(tmp_path, groups, "a=0 b=1 x=1") == [("G", "key", False)]
    assert groups_of(tmp_path, groups, "b=1 x=1") == [("G", "key", True)]


def test_bonus_adds_to_what_is_earned_only_and_is_limited(tmp_path: Path) -> None:
    bonus = [criterion(5, award(5, f"{name} = 1"), id=f"Z-{name}", bonus=True) for name in ("b", "x")]
    run = scored(tmp_path, pack((), COUNTS, groups=[group("G", simple("a", 10), *bonus, bonus={"up_to": 7})]), "a=0 b=1 x=1")
    (row,) = run.groups
    assert (row.earned, row.applicable, row.why) == (700, 1000, "line")
    assert [issue.criterion for issue in run.issues] == ["G-1"]
    assert (run.branches[0].score, run.branches[0].coverage) == (7000, 10_000)


def test_too_little_applies(tmp_path: Path) -> None:
    parts = [simple("a", 59), simple("a", 41, applies_when="b = 1")]
    assert groups_of(tmp_path, [group("G", *parts)], "a=1 b=0") == [("G", "too_little", False)]
    assert groups_of(tmp_path, [group("G", *parts, min_applicable=59)], "a=1 b=0") == [("G", "awarded", True)]
    assert groups_of(tmp_path, [group("G", *parts)], "a=1") == [("G", "too_little", True)]
    assert groups_of(tmp_path, [group("G", simple("a", applies_when="b = 1"), min_applicable=0)], "a=1 b=0") == [
        ("G", "not_applicable", False)
    ]


def test_the_line_is_exact_and_shown_cut(tmp_path: Path) -> None:
    run = scored(
        tmp_path, pack([criterion(30, {"prorate": {"points": 30, "of": "r"}})], COUNTS, derived={"r": rate("a / b")}), "a=23999 b=30000"
    )
    assert [(row.earned, row.score, row.why) for row in run.groups] == [(2399, 7996, "line")]


def test_requires_then_strip_then_cap_then_void(tmp_path: Path) -> None:
    groups = [group("H", simple("a"), requires=["G"]), group("G", simple("b"))]
    rating = [
        {"level": 2, "label": "二", "when": "stars = 2"},
        {"level": 1, "label": "一", "when": "stars = 1"},
        {"level": 0, "label": "零"},
    ]
    assert groups_of(tmp_path, groups, "a=1 b=0", rating=rating) == [("H", "requires", False), ("G", "line", False)]
    assert groups_of(tmp_path, groups, "a=1", rating=rating) == [("H", "requires", True), ("G", "line", True)]

    def rated(*vetoes: dict[str, Any]) -> tuple[Any, ...]:
        run = scored(tmp_path, pack((), COUNTS, groups=groups, rating=rating, vetoes=list(vetoes)), "a=1 b=1 x=1")
        (row,) = run.branches
        return row.stars, row.stars_possible, row.level, row.level_possible, row.rating, [one.why for one in run.groups]

    assert rated(veto("V-1", "x = 1", strip=["G"])) == (1, 1, 1, 1, "一", ["awarded", "stripped"])
    assert rated(veto("V-1", "x = 1", cap=1)) == (2, 2, 1, 1, "一", ["awarded", "awarded"])
    assert rated(veto("V-1", "x = 1", cap=1), veto("V-2", "x = 1", void=True)) == (2, 2, 0, 0, "零", ["awarded", "awarded"])
    assert rated(veto("V-1", "x = 2", void=True)) == (2, 2, 2, 2, "二", ["awarded", "awarded"])


def test_a_veto_without_its_finding_is_pending_and_both_outcomes_are_there(tmp_path: Path) -> None:
    indicators = COUNTS | {"doc_no": {"label": "", "type": "text"}, "doc_day": {"label": "", "type": "date"}}
    one = veto("V-1", "x = 1", cap=0, finding={"document": "doc_no", "date": "doc_day"})
    built = pack([simple("a")], indicators, vetoes=[one])

    def found(cells: str) -> tuple[Any, ...]:
        run = scored(tmp_path, built, cells)
        (row,) = run.branches
        return row.level, row.level_possible, row.level_confirmed, row.provisional, row.pending_vetoes, [i.kind for i in run.issues]

    assert found("a=1 x=1") == (1, 1, 0, True, ("V-1",), [])
    assert found("a=1 x=1 doc_no=3号") == (1, 1, 0, True, ("V-1",), [])
    assert found("a=1 x=1 doc_no=无 doc_day=2023-03-01") == (1, 1, 0, True, ("V-1",), [])
    assert found("a=1 x=1 doc_no=3号 doc_day=2023-03-01") == (0, 0, 0, False, (), ["veto"])
    assert found("a=1 x=0") == (1, 1, 1, False, (), [])
    run = scored(tmp_path, built, "a=1")
    assert (run.branches[0].open_vetoes, run.branches[0].level, run.branches[0].provisional) == (("V-1",), 1, True)


def test_a_pending_veto_that_strips_shows_the_level_without_its_group(tmp_path: Path) -> None:
    indicators = COUNTS | {"doc_no": {"label": "", "type": "text"}, "doc_day": {"label": "", "type": "date"}}
    one = veto("V-1", "x = 1", strip=["G"], finding={"document": "doc_no", "date": "doc_day"})
    built = pack([simple("a")], indicators, vetoes=[one])
    for cells, expected in (("a=1 x=1", (1, 1, 0, 1)), ("a=1 x=1 doc_no=3号 doc_day=2023-03-01", (0, 0, 0, 0)), ("a=1 x=0", (1, 1, 1, 1))):
        (row,) = scored(tmp_path, built, cells).branches
        assert (row.level, row.level_possible, row.level_confirmed, row.stars) == expected


def test_triggers_and_gates_act_only_when_true(tmp_path: Path) -> None:
    triggers = [
        veto("T-1", "a >= 1", kind="hard"),
        veto("T-2", "b >= 1", kind="soft"),
        veto("T-3", "b >= 1", kind="soft", applies_when="x = 1"),
    ]
    gates = [{"id": "N-1", "text": "线", "when": "soft >= 2", "basis": ["doc"]}]
    rating = [
        {"level": 2, "label": "列入", "when": "hard >= 1 OR gates_failed > 0"},
        {"level": 1, "label": "关注", "when": "soft >= 1"},
        {"level": 0, "label": "无"},
    ]
    built = pack((), COUNTS, triggers=triggers, gates=gates, rating=rating, stars=False)

    def found(cells: str) -> tuple[Any, ...]:
        run = scored(tmp_path, built, cells)
        (row,) = run.branches
        return row.hard, row.soft, row.level, row.level_possible, row.provisional, [(f.id, f.state) for f in run.findings]

    assert found("a=0 b=0 x=0") == (0, 0, 0, 0, False, [])
    assert found("a=1 b=0 x=0") == (1, 0, 2, 2, False, [("T-1", "true")])
    assert found("a=0 b=1 x=0") == (0, 1, 1, 1, False, [("T-2", "true")])
    assert found("a=0 b=1 x=1") == (0, 2, 2, 2, False, [("T-2", "true"), ("T-3", "true"), ("N-1", "true")])
    assert found("a=0 b=1") == (0, 1, 1, 1, True, [("T-2", "true"), ("T-3", "open"), ("N-1", "open")])
    assert found("b=0 x=1") == (0, 0, 0, 2, True, [("T-1", "open")])


def test_weights_cut_each_score_first(tmp_path: Path) -> None:
    parts = [criterion(3, award(1, f"{name} >= 1"), award(2, f"{name} >= 2")) for name in "ab"]
    rating = [{"level": 1, "label": "过", "when": "score >= 53.332"}, {"level": 0, "label": "否"}]
    groups = [group("P", parts[0], earned_when=None), group("Q", parts[1], earned_when=None)]
    for one in groups:
        del one["earned_when"]
    built = pack((), COUNTS, groups=groups, stars=False, total={"weights": {"P": 70, "Q": 30}}, rating=rating)
    (row,) = scored(tmp_path, built, "a=1 b=3").branches  # 0.7 x 33.33 + 0.3 x 100
    assert (row.score, row.level, row.stars) == (5333, 0, None)
    (row,) = scored(tmp_path, built, "a=2 b=1").branches  # 0.7 x 100 + 0.3 x 33.33
    assert (row.score, row.level) == (7999, 1)


# --- several packs ------------------------------------------------------------


def test_branches_go_to_the_packs_of_their_kind(tmp_path: Path) -> None:
    packs = [
        pack([simple("a")], COUNTS, id_=name, applies_to=f"area_type {where}", rating=[{"level": 0, "label": "零"}])
        for name, where in (("village", "= '村'"), ("town", "= '社区'"), ("other", "NOT IN ('村', '社区')"))
    ]
    for number, one in enumerate(packs):
        one["groups"][0]["criteria"][0]["id"] = f"K-{number}"
    text = "支部编码,区域类型,a\nB1,村,1\nB2,社区,1\nB3,两新组织,1\nB4,,1\n"
    run = scored(tmp_path, packs, text)
    assert [(row.branch_id, row.pack) for row in run.branches] == [("B1", "village"), ("B2", "town"), ("B3", "other")]


@pytest.mark.parametrize("reverse", [False, True])
def test_only_needed_packs_are_read_in_whatever_order_they_are_named(tmp_path: Path, reverse: bool) -> None:
    soft = pack((), COUNTS, id_="soft-lax", triggers=[veto("T-1", "a = 1", kind="hard")], rating=[{"level": 0, "label": "零"}], stars=False)
    star = pack([simple("b")], COUNTS, id_="star", needs=["soft-lax"], vetoes=[veto("V-1", "soft_lax.hard >= 1", cap=0)])
    packs = [star, soft][:: -1 if reverse else 1]

    def found(cells: str) -> tuple[Any, ...]:
        run = scored(tmp_path, packs, cells)
        row = next(row for row in run.branches if row.pack == "star")
        return row.level, row.vetoes, row.open_vetoes, row.provisional

    assert found("a=1 b=1") == (0, ("V-1",), (), False)
    assert found("a=0 b=1") == (1, (), (), False)
    assert found("b=1 x=1") == (1, (), ("V-1",), True)
    with pytest.raises(Failure) as failure:
        scored(tmp_path, star, "b=1")
    assert [one.code for one in failure.value.findings if one.is_error] == ["E493"]


def test_results_of_other_packs_stay_out_of_derived_values(tmp_path: Path) -> None:
    soft = pack((), COUNTS, id_="soft-lax", triggers=[veto("T-1", "a = 1", kind="hard")], rating=[{"level": 0, "label": "零"}], stars=False)
    derived = {"r": {"label": "率", "type": "integer", "formula": "soft_lax.hard + a"}}
    for more in ({"derived": derived}, {"applies_to": "soft_lax.hard = 0"}):
        with pytest.raises(Failure) as failure:
            scored(tmp_path, [soft, pack([simple("b")], COUNTS, id_="star", needs=["soft-lax"], **more)], "b=1")
        assert [one.code for one in failure.value.findings if one.is_error] == ["E275"]


# --- words --------------------------------------------------------------------


def test_only_what_the_branch_holds_becomes_its_issue(tmp_path: Path) -> None:
    indicators = COUNTS | {"t": integer(holder="信访"), "s": integer(na="allowed", holder="team")}
    listed = [simple("a"), simple("t"), criterion(10, award(5, "t = 1"), award(5, "b = 1")), simple("s")]
    run = scored(tmp_path, pack(listed, indicators), "x=1")
    assert [(issue.criterion, issue.kind) for issue in run.issues] == [("C-1", "unproven"), ("C-3", "unproven")]
    assert [(row.holder, row.indicator, row.criteria) for row in run.missing] == [
        ("branch", "a", ("C-1",)),
        ("branch", "b", ("C-3",)),
        ("team", "s", ("C-4",)),
        ("信访", "t", ("C-2", "C-3")),
    ]
    held = scored(tmp_path, pack(listed, indicators), "a=1 b=1 x=1")
    assert held.issues == ()
    assert held.branches[0].provisional is True


def test_coverage_is_cut(tmp_path: Path) -> None:
    listed = [simple("a", 2), simple("b", 1), simple("x", 5, due="period_end"), simple("x", 3, applies_when="a = 0")]
    (row,) = scored(tmp_path, pack(listed, COUNTS), "a=1", until("2023-06-30")).branches
    assert (row.coverage, row.provisional) == (6666, True)


def test_the_key_of_an_issue_names_its_place_and_escapes_bars(tmp_path: Path) -> None:
    indicators = COUNTS | {"spot": {"label": "", "type": "text"}}
    text = "支部编码,a,spot\nB|1,0,东\\街|3号\n"
    run = scored(tmp_path, pack([simple("a", locus="spot"), simple("a")], indicators), text)
    assert [issue.issue_key for issue in run.issues] == ["B\\|1|C-1|东\\\\街\\|3号", "B\\|1|C-2|"]


def test_a_branch_without_evidence_was_not_inspected(tmp_path: Path) -> None:
    register = tmp_path / "register.csv"
    register.write_text("支部编码,支部名称,乡镇街道,households\nB1,甲,东街,90\nB2,乙,东街,90\n", encoding="utf-8")
    indicators = COUNTS | {"y": integer(blank="0"), "households": integer("户数", attribute=True)}  # the register is no evidence
    run = scored(tmp_path, pack([simple("a"), simple("y")], indicators), "支部编码,a,y\nB1,1,\nB2,,\n", register=register)
    assert [(row.branch_id, row.visited, row.level, row.rating) for row in run.branches] == [
        ("B1", True, 0, "未达标"),
        ("B2", False, None, "未检"),
    ]
    assert {row.branch_id for row in run.criteria} == {"B1"}


def test_records_in_the_long_form(tmp_path: Path) -> None:
    run = scored(tmp_path, pack([simple("a")], COUNTS), ledger("B1,a,0,2023-02-01", "B1,a,1,2023-03-01"))
    assert worth(run) == [("met", 1000, 1000, 1000)]
