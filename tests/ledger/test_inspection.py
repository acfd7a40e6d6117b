"""Inspection plans: by lot and the same for everybody, no rule broken silently, everything due at a branch in one visit."""

import subprocess
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from fractions import Fraction
from itertools import product
from pathlib import Path
from shutil import which
from typing import Any

import pytest
from click.testing import CliRunner, Result
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook, load_workbook
from small_ledgers import COUNTY, add, in_english, move, new_ledger

from evaluator.commands.inspection import INSPECT
from evaluator.diagnostics import Diagnostic, Failure, Place
from evaluator.evidence.register import Branch
from evaluator.ledger.events import Actor, Draft
from evaluator.ledger.store import Store
from evaluator.ledger.visits.due_checks import Check, Due, Quarter, due_checks
from evaluator.ledger.visits.inspection import Past, Wish, apportioned, draw_branches, make_plan
from evaluator.ledger.visits.inspectors import Inspector, Team, bar, places_of, read_teams
from evaluator.ledger.visits.pairing import pair
from evaluator.ledger.visits.plan_book import read_past

Q2 = Quarter(2024, 2)
TOWNSHIPS = ("云台街道", "双塘街道", "石桥镇")


def branch(number: int, township: str = "云台街道", village: str = "") -> Branch:
    village = village or f"第{number}村"
    path = ("甲市", "乙县", township, village)
    return Branch(f"B{number}", f"{village}党支部", number, path, {}, Place("register.xlsx", sheet="名册", cell=f"A{number + 1}"))


def team(name: str, *members: Inspector | str) -> Team:
    return Team(name, tuple(one if isinstance(one, Inspector) else Inspector(one, "县委组织部") for one in members))


BRANCHES = [branch(n, TOWNSHIPS[n % 3]) for n in range(1, 31)]
TEAMS = [team("第一组", "甲一", "甲二"), team("第二组", "乙一", "乙二")]


# --- exact pairing ----------------------------------------------------------------


@st.composite
def pairings(draw: st.DrawFn) -> tuple[list[str], list[str], dict[tuple[str, str], int | None], int]:
    townships = [f"t{n}" for n in range(draw(st.integers(1, 5)))]
    teams = [f"g{n}" for n in range(draw(st.integers(1, 3)))]
    costs = {(t, g): draw(st.sampled_from((None, 0, 1, 0))) for t in townships for g in teams}
    return townships, teams, costs, draw(st.integers(1, len(townships)))


Costs = Mapping[tuple[str, str], int | None]


def every(townships: Sequence[str], teams: Sequence[str], costs: Costs, most: int) -> Iterator[tuple[int, int]]:
    """Yield repeats and sum of squared shares of every assignment that the rules allow."""
    for chosen in product(teams, repeat=len(townships)):
        told = [costs[one] for one in zip(townships, chosen, strict=True)]
        shares = Counter(chosen)
        if None not in told and max(shares.values()) <= most:
            yield sum(filter(None, told)), sum(count**2 for count in shares.values())


@settings(max_examples=400)
@given(pairings())
def test_an_assignment_is_found_whenever_there_is_one_with_fewest_repeats_and_even_shares(
    case: tuple[list[str], list[str], dict[tuple[str, str], int | None], int],
) -> None:
    townships, teams, costs, most = case
    found = pair(townships, teams, lambda t, g: costs[t, g], most)
    best = min(every(townships, teams, costs, most), default=None)
    if best is None:
        assert found.blocked
        for one in found.blocked:  # the township and those it crowds with have fewer places than they are (Hall)
            crowd = (one.township, *one.townships)
            assert {g for t in crowd for g in teams if costs[t, g] is not None} == set(one.teams)
            assert len(one.teams) * most < len(crowd)
        return
    assert not found.blocked
    told = [costs[one] for one in found.teams.items()]
    assert None not in told
    shares = Counter(found.teams.values())
    assert max(shares.values()) <= most
    assert (sum(filter(None, told)), sum(count**2 for count in shares.values())) == best


def test_a_greedy_choice_would_have_failed_here() -> None:
    """t1 may go with either team, t2 with the first only: whoever gives t1 the first team is stuck."""
    allowed = {("t1", "g1"), ("t1", "g2"), ("t2", "g1")}
    found = pair(["t1", "t2"], ["g1", "g2"], lambda t, g: 0 if (t, g) in allowed else None, 1)
    assert found.teams == {"t1": "g2", "t2": "g1"}


# --- the draw -----------------------------------------------------------------------


@given(st.lists(st.integers(1, 30), min_size=1, max_size=8), st.integers(0, 120), st.text(max_size=3))
def test_draws_are_shared_in_proportion_and_no_township_is_left_out(sizes: list[int], count: int, seed: str) -> None:
    told = {f"t{n}": size for n, size in enumerate(sizes)}
    given_ = apportioned(told, count, seed)
    assert sum(given_.values()) == min(count, sum(sizes))
    assert all(given_[name] <= told[name] for name in told)
    if count >= len(sizes):
        assert min(given_.values()) >= 1
    for a, b in product(told, repeat=2):  # a larger township never gets less
        if count >= len(sizes) and told[a] > told[b]:
            assert given_[a] >= given_[b]


def test_the_draw_depends_on_seed_and_ids_alone() -> None:
    wish = Wish(Q2, "17", rate=Fraction(1, 5))
    drawn = draw_branches(BRANCHES, wish)
    assert drawn == draw_branches(BRANCHES[::-1], wish)
    assert Counter(one.township for one in BRANCHES if one.id in drawn) == dict.fromkeys(TOWNSHIPS, 2)
    assert drawn != draw_branches(BRANCHES, Wish(Q2, "18", rate=Fraction(1, 5)))
    assert len(draw_branches(BRANCHES, Wish(Q2, "17", count=7))) == 7
    assert draw_branches(BRANCHES, Wish(Q2, "17")) == set()


# --- avoidance ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("unit", "avoid", "why"),
    [
        ("县委组织部", (), None),
        ("县委组织部", ("云台街道",), "home"),
        ("县委组织部", ("双塘街道",), None),
        ("云台街道办事处", (), "unit"),
        ("青禾社区居委会", (), "unit"),
        ("青禾社区", (), "unit"),
        ("双塘街道办事处", (), None),
    ],
)
def test_nobody_inspects_where_they_belong(unit: str, avoid: tuple[str, ...], why: str | None) -> None:
    places = places_of([branch(1, "云台街道", "青禾社区"), branch(2, "双塘街道", "双塘社区")])
    assert bar(Inspector("甲", unit, avoid), "云台街道", places) == why


def blocked(branches: Sequence[Branch], teams: Sequence[Team], past: Sequence[Past] = (), **wish: Any) -> list[Diagnostic]:
    with pytest.raises(Failure) as caught:
        make_plan(branches, teams, past, (), Wish(Q2, "s", rate=Fraction(1), **wish))
    assert caught.value.exit_code == 1
    return list(caught.value.findings)


def test_where_the_rules_leave_nobody_it_says_which_rule_stops_whom() -> None:
    teams = [team("第一组", Inspector("甲", "云台街道办事处")), team("第二组", Inspector("乙", "县委组织部", ("云台街道",)))]
    past = [Past(Quarter(2024, 1), "旧组", frozenset({"丙", "丁"}), "云台街道", "B1")]
    (found,) = blocked([branch(1)], [*teams, team("第三组", "丙", "戊")], past)
    assert found.code == "E848"
    message = found.message("zh")
    assert "第一组(甲 的单位“云台街道办事处”在该地)" in message
    assert "第二组(乙 回避该地)" in message
    assert "第三组(2024Q1 去过)" in message


def test_where_teams_have_no_room_it_names_the_crowd() -> None:
    (found,) = blocked([branch(1, "云台街道"), branch(2, "双塘街道"), branch(3, "石桥镇")], TEAMS, most=1)
    assert found.code == "E849"
    assert found.place.file == "第一组、第二组" or found.place.file == "第二组、第一组"
    assert "3 个乡镇街道只能由这几个组去,每组最多 1 个,有 1 个派不下" in found.message("zh")
    assert all(name in found.message("zh") for name in TOWNSHIPS)
    home = [team("第一组", "甲一"), team("第二组", Inspector("乙一", "县委办", ("云台街道", "双塘街道")))]
    (found,) = blocked([branch(1, "云台街道"), branch(2, "双塘街道")], home, most=1)
    assert found.place.file == "第一组"
    assert "其他组去不了:第二组(乙一 回避该地)" in found.message("zh")


@pytest.mark.parametrize(("back", "repeats"), [(0, False), (-1, True), (-2, True), (-3, False)])
def test_a_member_who_was_there_in_the_last_two_quarters_makes_a_repeat(back: int, repeats: bool) -> None:
    """People count, not what their team is called."""
    earlier = Q2.after(back)
    past = [Past(earlier, "别的组", frozenset({"甲一"}), "云台街道", "B9"), Past(earlier, "第二组", frozenset({"丁"}), "云台街道", "B9")]
    plans = [make_plan([branch(1)], TEAMS, past, (), Wish(Q2, str(seed), rate=Fraction(1))) for seed in range(20)]
    assert {one.pairs["云台街道"].name for one in plans} == ({"第二组"} if repeats else {"第一组", "第二组"})


def test_allowing_repeats_relaxes_nothing_else_and_only_where_needed() -> None:
    past = [Past(Quarter(2024, 1), "x", frozenset({"甲一", "乙一"}), "云台街道", "B1")]
    assert [one.code for one in blocked([branch(1)], TEAMS, past)] == ["E848"]
    two = [branch(1), branch(2, "双塘街道")]
    made = make_plan(two, TEAMS, past, (), Wish(Q2, "s", rate=Fraction(1), allow_repeat=True))
    assert [township for township, _ in made.repeats] == ["云台街道"]
    barred = [team("第一组", Inspector("甲一", "云台街道办事处"))]
    assert [one.code for one in blocked([branch(1)], barred, past, allow_repeat=True)] == ["E848"]
    free = [*TEAMS, team("第三组", "丙")]
    assert make_plan(two, free, past, (), Wish(Q2, "s", rate=Fraction(1), allow_repeat=True)).repeats == ()


def test_a_branch_without_a_township_is_an_error_with_its_cell() -> None:
    lost = [Branch(f"X{n}", f"无名{n}", n, (), {}, Place("r.xlsx", sheet="名册", cell=f"A{n}")) for n in (2, 3)]
    with pytest.raises(Failure) as caught:
        make_plan([*BRANCHES, *lost], TEAMS, (), (), Wish(Q2, "s", count=1))
    assert [(one.code, one.place.cell) for one in caught.value.findings] == [("E847", "A2"), ("E847", "A3")]


# --- one visit for all that is due -----------------------------------------------------


def test_all_checks_of_a_branch_are_one_visit() -> None:
    due = [
        Due("B1", "", Check("observed", "n4", "d", "2024-05-01")),
        Due("B1", "", Check("review", "n3", "c", "2024-04-01")),
        Due("B1", "", Check("sampled", "n2", "b", "2024-04-01")),
        Due("B4", "", Check("review", "n5", "e", "2024-04-02")),
        Due("gone", "撤销支部", Check("review", "n6", "f", "2024-04-02")),
        Due("", "", Check("review", "n7", "g", "2024-04-02")),
    ]
    made = make_plan([branch(1), branch(4), branch(7)], TEAMS, (), due, Wish(Q2, "s", count=1))
    drawn = draw_branches([branch(1), branch(4), branch(7)], Wish(Q2, "s", count=1))
    visits = {visit.branch.id: [check.kind for check in visit.checks] for visit in made.visits}
    expected = {"B1": ["review", "sampled", "observed"], "B4": ["review"]}
    for id_ in drawn:
        expected[id_] = ["new", *expected.get(id_, [])]
    assert visits == expected
    assert len(made.visits) == len({visit.branch.id for visit in made.visits})
    assert [one.code for one in made.warnings] == ["W853", "W854"]
    assert (made.population, made.drawn) == (3, 1)


def test_observations_may_ride_along_without_a_visit_of_their_own() -> None:
    due = [Due(id_, "", Check("observed", "n1", "", "2024-05-01")) for id_ in ("B1", "B2")]
    due.append(Due("B1", "", Check("review", "n2", "", "2024-05-01")))
    wish = Wish(Q2, "s", ride_along=True)
    made = make_plan([branch(1), branch(2, "双塘街道")], TEAMS, (), due, wish)
    assert [(visit.branch.id, [check.kind for check in visit.checks]) for visit in made.visits] == [("B1", ["review", "observed"])]
    assert set(made.pairs) == {"云台街道"}


def test_visits_of_the_quarter_in_history_count_towards_the_limit() -> None:
    past = [Past(quarter, "x", frozenset({"丁"}), "云台街道", "B1") for quarter in (Q2, Q2, Quarter(2024, 1))]
    made = make_plan([branch(1)], TEAMS, past, (), Wish(Q2, "s", rate=Fraction(1)))
    assert [(one.code, one.values["count"]) for one in made.warnings] == [("W852", 3)]
    assert not make_plan([branch(1)], TEAMS, past, (), Wish(Q2, "s", rate=Fraction(1), limit=3)).warnings
    assert not make_plan([branch(1)], TEAMS, past[1:], (), Wish(Q2, "s", rate=Fraction(1))).warnings


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    made = new_ledger(tmp_path / "ledger.db")
    yield made
    made.close()


def asked(store: Store, quarter: Quarter = Q2) -> list[tuple[str, str, str]]:
    return [(one.branch, one.check.kind, one.check.day) for one in due_checks(store, quarter)]


def test_an_observation_is_due_in_the_quarter_in_which_it_ends(store: Store) -> None:
    """Ninety days after 2 January is 1 April, after 1 April is 30 June."""
    for day in ("2024-01-01", "2024-01-02", "2024-04-01", "2024-04-02"):
        add(store, "closed", branch=day, closed=date.fromisoformat(day))
    assert asked(store) == [("2024-01-02", "observed", "2024-04-01"), ("2024-04-01", "observed", "2024-06-30")]


def test_a_drawn_issue_is_due_until_somebody_looked(store: Store) -> None:
    issue = add(store, "closed", closed=date(2024, 1, 20))
    with store.change(COUNTY, date(2024, 4, 5), "test") as change:
        change.add(Draft("", "sample", {"drawn": [issue.id]}))
    assert asked(store) == [("B1", "sampled", "2024-04-05")]
    assert asked(store, Q2.after(1)) == [("B1", "sampled", "2024-04-05")]
    assert asked(store, Quarter(2024, 1)) == []
    watcher = Actor("督一", "督查组", "team")
    move(store, issue, "lookback", date(2024, 3, 1), watcher, result="kept", text="早于抽取")
    move(store, issue, "lookback", date(2024, 4, 20), watcher, result="kept", text="数据比对", run="d1")
    assert asked(store) == [("B1", "sampled", "2024-04-05")]
    move(store, issue, "lookback", date(2024, 5, 1), watcher, result="kept", text="巩固")
    assert asked(store) == []


def test_a_look_at_an_earlier_cycle_is_none_at_this_one(store: Store) -> None:
    look = {"on": "2024-01-15", "result": "relapsed", "by": "督一", "unit": "督查组"}
    add(store, "closed", closed=date(2024, 2, 1), look_backs=[look])
    assert asked(store) == [("B1", "observed", "2024-05-01")]
    add(store, "closed", branch="B2", closed=date(2024, 2, 1), look_backs=[look | {"on": "2024-02-01", "result": "kept"}])
    assert len(asked(store)) == 1


def test_a_held_issue_is_due_when_its_review_day_comes_or_has_passed(store: Store) -> None:
    issue = add(store, due=date(2024, 3, 1))
    move(store, issue, "hold", date(2024, 1, 10), text="汛期", review="2024-06-30", document="3号")
    assert asked(store, Quarter(2024, 1)) == []
    assert asked(store) == asked(store, Q2.after(1)) == [("B1", "review", "2024-06-30")]


def test_a_relapsed_issue_and_open_ones_are_not_looked_back_at(store: Store) -> None:
    issue = add(store, "closed", closed=date(2024, 1, 20))
    move(store, issue, "recur", date(2024, 2, 1), facts="又缺")
    add(store)
    assert asked(store) == []


@pytest.mark.parametrize(("text", "first", "last"), [("2024Q1", "2024-01-01", "2024-03-31"), ("2023q4", "2023-10-01", "2023-12-31")])
def test_quarters(text: str, first: str, last: str) -> None:
    quarter = Quarter.parse(text)
    assert (str(quarter.first), str(quarter.last)) == (first, last)
    assert str(quarter.after(-5).after(5)) == text.upper()


@pytest.mark.parametrize("text", ["0000Q1", "1948Q4", "2200Q1", "9999Q4", "2024Q5"])
def test_a_quarter_is_of_a_year_that_people_mean(text: str) -> None:
    with pytest.raises(ValueError, match=text):
        Quarter.parse(text)


# --- files that people keep --------------------------------------------------------------

HEAD = ("姓名", "单位", "组别", "回避乡镇")


def sheet(path: Path, *rows: Iterable[object], name: str = "人员") -> Path:
    book = Workbook()
    book.active.title = name
    for row in rows:
        book.active.append(list(row))
    book.save(path)
    return path


def test_a_sheet_of_inspectors_is_read_in_any_order_of_columns(tmp_path: Path) -> None:
    path = sheet(
        tmp_path / "i.xlsx", ("检查人员名单",), ("组 别", "姓名", "备注", "回避乡镇(街道)", "工作单位"),
        ("第一组", "甲", "", "云台街道、双塘街道", "县委组织部"), (None,), ("第一组", "乙", "x", None, "县纪委"),
        ("第二组", "丙", "", "石桥镇", "县委办"),
        ("合计", "3"),
    )  # fmt: skip
    warnings: list[Diagnostic] = []
    assert read_teams(path, TOWNSHIPS, warnings) == (
        Team("第一组", (Inspector("甲", "县委组织部", ("云台街道", "双塘街道")), Inspector("乙", "县纪委"))),
        Team("第二组", (Inspector("丙", "县委办", ("石桥镇",)),)),
    )
    assert [(one.code, one.values["team"]) for one in warnings] == [("W851", "第二组")]


def wrong(path: Path) -> list[tuple[str, str]]:
    with pytest.raises(Failure) as caught:
        read_teams(path, TOWNSHIPS, [])
    assert all(one.hint("zh") and one.message("zh") and one.message("en") for one in caught.value.findings)
    return [(one.code, one.place.cell) for one in caught.value.findings]


def test_every_mistake_is_named_with_its_cell_in_one_pass(tmp_path: Path) -> None:
    path = sheet(
        tmp_path / "i.xlsx", HEAD, ("甲", "县委组织部", "第一组", "云台镇"), (None, "县纪委", None, None),
        ("甲", "县委组织部", "第二组", None), ("乙", "=1/0", "第一组", None), ("丙", None, "第一组", "双塘街道;无此镇"),
    )  # fmt: skip
    expected = {"D2": "E845", "A3": "E843", "C3": "E843", "A4": "E844", "B5": "E842", "B6": "E843", "D6": "E845"}
    assert sorted(wrong(path)) == sorted((code, cell) for cell, code in expected.items())


@pytest.mark.parametrize(
    ("rows", "found"),
    [
        ([HEAD], [("E846", "")]),
        ([("姓名", "单位"), ("甲", "乙")], [("E841", "A1")]),
        ([("x",), ("y",)], [("E841", "")]),
    ],
)
def test_a_sheet_that_is_none(tmp_path: Path, rows: list[tuple[str, ...]], found: list[tuple[str, str]]) -> None:
    assert wrong(sheet(tmp_path / "i.xlsx", *rows)) == found


def test_the_missing_column_is_named(tmp_path: Path) -> None:
    with pytest.raises(Failure, match="it lacks: 组别"):
        read_teams(sheet(tmp_path / "i.xlsx", ("姓名", "单位"), ("甲", "乙")), TOWNSHIPS, [])


def test_a_history_may_be_typed_by_hand_and_its_mistakes_are_named(tmp_path: Path) -> None:
    head = ("季度", "组别", "成员", "乡镇街道", "支部编码")
    good = sheet(tmp_path / "h.xlsx", head, ("2024Q1", "第一组", "甲、乙", "云台街道", "B1"), ("2024Q3", "第一组", "甲", "云台街道", "B1"))
    past, warnings = read_past([good, good], Q2)
    assert past == [Past(Quarter(2024, 1), "第一组", frozenset({"甲", "乙"}), "云台街道", "B1")]
    assert [one.code for one in warnings] == ["W855"]
    bad = sheet(tmp_path / "b.xlsx", head, ("一季度", "第一组", "甲", "云台街道", "B1"), ("2024Q1", "第一组", None, "云台街道", "B1"))
    none = sheet(tmp_path / "n.xlsx", HEAD)
    with pytest.raises(Failure) as caught:
        read_past([bad, none], Q2)
    assert [(one.code, one.place.cell) for one in caught.value.findings] == [("E850", "A2"), ("E843", "C3"), ("E841", "A1")]


def test_missing_columns_are_named_in_the_language_in_force(tmp_path: Path) -> None:
    with in_english(), pytest.raises(Failure) as caught:
        read_teams(sheet(tmp_path / "i.xlsx", ("name", "x")), TOWNSHIPS, [])
    assert caught.value.findings[0].values == {"lacking": "unit, team", "needed": "name, unit, team"}
    with in_english(), pytest.raises(Failure) as caught:
        read_teams(sheet(tmp_path / "i.xlsx", ("name", "unit", "team"), ("a", "", "b")), TOWNSHIPS, [])
    assert caught.value.findings[0].values == {"column": "unit"}
    with in_english(), pytest.raises(Failure) as caught:
        read_past([sheet(tmp_path / "h.xlsx", HEAD)], Q2)
    assert str(caught.value.findings[0].values["needed"]).isascii()


# --- the command --------------------------------------------------------------------------


def plan(*words: object) -> Result:
    return CliRunner().invoke(INSPECT, ["plan", *map(str, words)])


@pytest.fixture
def files(tmp_path: Path) -> tuple[object, ...]:
    """A register of thirty branches in three townships, and four inspectors in two teams."""
    rows = [(one.id, one.name, *one.path) for one in BRANCHES]
    register = sheet(tmp_path / "名册.xlsx", ("支部编码", "支部名称", "市", "县", "乡镇街道", "村社区"), *rows, name="名册")
    members = [
        ("甲一", "县委组织部", "第一组", "云台街道"), ("甲二", "县纪委", "第一组", ""), ("乙一", "县委办", "第二组", ""),
        ("乙二", "双塘街道办事处", "第二组", ""),
    ]  # fmt: skip
    inspectors = sheet(tmp_path / "人员.xlsx", HEAD, *members)
    return ("--branches", register, "--inspectors", inspectors, "--quarter", "2024Q2", "--seed", "17")


def test_a_plan_goes_out_and_comes_back_as_history(files: tuple[object, ...], store: Store, tmp_path: Path) -> None:
    issue = add(store, due=date(2024, 3, 1), problem="联系 13812345678")
    move(store, issue, "hold", date(2024, 1, 10), text="汛期", review="2024-04-01", document="3号")
    out = tmp_path / "plan.xlsx"
    told = (*files, "--rate", "20%", "--ledger", store.path, "--out", out)
    result = plan(*told)
    assert result.exit_code == 0, result.output
    assert str(out) in result.output
    facts = [line for line in result.output.splitlines() if "输入校验值" in line]
    assert len(facts) == 1
    assert all(len(line.encode("gb18030")) <= 80 for line in result.output.splitlines() if "校验值" not in line and str(out) not in line)
    book = load_workbook(out)
    assert book.sheetnames == ["检查安排", "第一组", "第二组", "抽取记录"]
    rows = [row for row in book["检查安排"].iter_rows(values_only=True) if row[0] == "2024Q2"]
    assert len(rows) in (6, 7)
    assert {row[3]: row[1] for row in rows}["云台街道"] == "第二组"
    assert {row[3]: row[1] for row in rows}["双塘街道"] == "第一组"
    checks = {row[4]: row[6] for row in rows}
    assert f"【挂起复核】{issue.number} 联系 138****5678(2024-04-01 前复核)" in checks["B1"].split("\n")
    assert sum("【新检】" in text for text in checks.values()) == 6
    record = dict(list(book["抽取记录"].iter_rows(values_only=True))[1:])
    assert (record["种子"], record["名册支部数(总体)"], record["抽中新检"]) == ("17", 30, 6)
    assert record["输入校验值"] in facts[0]
    assert record["输入:台账最末校验值"] == store.head()[1]
    assert plan(*told).output == result.output
    assert load_workbook(out)["第一组"]["E1"].value is None

    past, _ = read_past([out], Q2)
    assert {(one.township, one.team) for one in past} == {(row[3], row[1]) for row in rows}
    assert {one.branch for one in past} == set(checks)
    assert {one.members for one in past} == {frozenset({"甲一", "甲二"}), frozenset({"乙一", "乙二"})}
    # Next quarter both townships that a rule bars one team from would see the other team again.
    again = tuple("2024Q3" if word == "2024Q2" else word for word in files)
    stuck = plan(*again, "--rate", "20%", "--history", out)
    assert stuck.exit_code == 1
    assert stuck.output.count("E848") >= 2
    assert "2024Q2 去过" in stuck.output
    relaxed = plan(*again, "--rate", "20%", "--history", out, "--allow-repeat")
    assert relaxed.exit_code == 0
    assert "两个季度内重复派往 " in relaxed.output
    assert "双塘街道—第一组" in relaxed.output
    # And in the same quarter the visits count.
    assert "W852" in plan(*files, "--rate", "100%", "--history", out, "--limit", "1").output


def test_a_plan_that_libreoffice_saved_is_still_history(files: tuple[object, ...], tmp_path: Path) -> None:
    office = which("soffice") or which("libreoffice")
    if office is None:
        pytest.skip("LibreOffice is not installed here")
    assert plan(*files, "--draw", "6", "--out", tmp_path / "plan.xlsx").exit_code == 0
    for kind in ("ods", "xls"):
        command = [office, f"-env:UserInstallation={(tmp_path / 'profile').as_uri()}", "--headless", "--convert-to", kind, "--outdir"]
        subprocess.run([*command, str(tmp_path), str(tmp_path / "plan.xlsx")], check=True, capture_output=True, timeout=100)
        assert read_past([tmp_path / f"plan.{kind}"], Q2) == read_past([tmp_path / "plan.xlsx"], Q2)


def test_the_same_inputs_give_the_same_bytes(files: tuple[object, ...], tmp_path: Path) -> None:
    made = []
    for name in ("a.xlsx", "b.xlsx"):
        assert plan(*files, "--draw", "5", "--out", tmp_path / name).exit_code == 0
        made.append((tmp_path / name).read_bytes())
    assert made[0] == made[1]


def test_the_digest_covers_all_that_a_plan_rests_on(files: tuple[object, ...], store: Store, tmp_path: Path) -> None:
    add(store)
    history = sheet(tmp_path / "h.xlsx", ("季度", "组别", "成员", "乡镇街道", "支部编码"), ("2023Q1", "组", "丁", "石桥镇", "B1"))
    asked = [
        (), ("--seed", "18"), ("--draw", "6"), ("--quarter", "2024Q3"), ("--most", "3"), ("--allow-repeat",), ("--ride-along",),
        ("--limit", "3"), ("--ledger", store.path), ("--history", history),
    ]  # fmt: skip
    outputs = [plan(*files, "--draw", "5", *more).output for more in asked]
    found = [line.split()[-1] for text in outputs for line in text.splitlines() if line.startswith("输入校验值")]
    assert len(set(found)) == len(asked)


def test_a_draw_of_more_branches_than_there_are_is_said(files: tuple[object, ...]) -> None:
    result = plan(*files, "--draw", "900")
    assert result.exit_code == 0
    assert result.output.splitlines()[-1] == "要抽 900 个,名册只有 30 个支部,已全部抽中。"
    assert "全部抽中" not in plan(*files, "--draw", "30").output


def test_mistakes_of_all_files_are_said_together_and_nothing_is_written(files: tuple[object, ...], tmp_path: Path) -> None:
    empty = sheet(tmp_path / "空.xlsx", HEAD)
    bad = sheet(tmp_path / "坏.xlsx", ("x",))
    told = list(files)
    told[3] = empty
    result = plan(*told, "--draw", "3", "--history", bad, "--history", tmp_path / "none.xlsx", "--out", tmp_path / "plan.xlsx")
    assert result.exit_code == 2
    assert all(code in result.output for code in ("E846", "E841", "E101"))
    told[1] = bad
    assert f"{bad}: E201" in plan(*told, "--draw", "3").output
    assert not (tmp_path / "plan.xlsx").exists()


@pytest.mark.parametrize(
    "more",
    [
        "", "--draw 3 --rate 10%", "--rate 10", "--draw 0", "--draw 3 --quarter 2024", "--draw 3 --quarter 9999Q4", "--draw 3 --most 0",
        "--draw 3 --out /",
    ],
)  # fmt: skip
def test_what_is_asked_has_to_make_sense(files: tuple[object, ...], more: str) -> None:
    assert plan(*files, *more.split()).exit_code == 2


def test_english_reads_back_too(files: tuple[object, ...], tmp_path: Path) -> None:
    out = tmp_path / "plan.xlsx"
    with in_english():
        assert "digest of all inputs" in plan(*files, "--draw", "4", "--out", out).output
    assert len(read_past([out], Q2)[0]) == 4
