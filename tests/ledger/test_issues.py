"""Issues of a run: one for every loss, none for what others did not supply, each with its fact, measure, owner and time limit."""

from collections import Counter
from datetime import date
from pathlib import Path

import pytest
import xlsxwriter
from hypothesis import given
from hypothesis import strategies as st

from evaluator import data_dir
from evaluator.assess import Wanted, assess
from evaluator.ledger.issues import issue_key
from evaluator.packs.models import Criterion, Trigger, Veto
from evaluator.scoring.period import Period
from evaluator.scoring.results import IssueRow, Run

R = date(2023, 12, 31)
PERIOD = Period(date(2023, 1, 1), R, R)
EXAMPLE = data_dir("examples") / "communities-2023.xlsx"


@pytest.fixture(scope="module")
def run() -> Run:
    return assess(Wanted((EXAMPLE,), ("five-star-urban", "soft-and-lax"), PERIOD, second_count=0)).run


def items(run: Run) -> dict[tuple[str, str], Criterion | Trigger | Veto]:
    found: dict[tuple[str, str], Criterion | Trigger | Veto] = {}
    for pack in run.packs:
        found |= {(pack.pack, one.id): one for group in pack.groups for one in group.criteria}
        found |= {(pack.pack, one.id): one for one in pack.vetoes} | {(pack.pack, one.id): one for one in pack.triggers}
    return found


def score(path: Path, header: list[str], *rows: list[object]) -> Run:
    book = xlsxwriter.Workbook(path)
    sheet = book.add_worksheet("证据")
    for number, row in enumerate([["支部编码", "支部名称", "区域类型", *header], *rows]):
        sheet.write_row(number, 0, row)
    book.close()
    return assess(Wanted((path,), ("five-star-urban",), PERIOD, second_count=0)).run


def issue(run: Run, criterion: str) -> IssueRow | None:
    return next((one for one in run.issues if one.criterion == criterion), None)


def test_every_loss_is_an_issue_and_nothing_else_is(run: Run) -> None:
    lost = {(row.branch_id, row.criterion, row.earned, row.points) for row in run.criteria if row.status in ("partial", "unmet")}
    held = {(row.branch_id, row.id) for row in run.findings if row.state == "true" and row.kind in ("veto", "trigger")}
    owed = {(row.branch_id, id_) for row in run.missing if row.holder == "branch" for id_ in row.criteria if id_.startswith("U")}
    assert {(one.branch_id, one.criterion, one.earned, one.points) for one in run.issues if one.kind == "lost"} == lost
    assert {(one.branch_id, one.criterion) for one in run.issues if one.kind in ("veto", "trigger")} == held
    assert {(one.branch_id, one.criterion) for one in run.issues if one.kind == "unproven"} == owed
    assert {one.kind for one in run.issues} == {"lost", "unproven", "veto", "trigger"}


def test_keys_are_unique(run: Run) -> None:
    assert max(Counter(one.issue_key for one in run.issues).values()) == 1


def test_every_issue_has_what_the_pack_says(run: Run) -> None:
    known = items(run)
    for one in run.issues:
        item = known[one.pack, one.criterion]
        assert (one.measure, one.owner, one.fixable_by, one.deadline) == (item.measure.zh, item.owner, item.fixable_by, item.deadline)
        assert item.text.zh.rstrip("。") in one.problem
        assert one.measure
        assert one.owner
        assert one.due_text
        assert (one.due is None) == one.due_text.startswith("下发后"), one


def test_issues_stand_in_the_order_of_register_and_pack(run: Run) -> None:
    order = {key: number for number, key in enumerate(items(run))}
    rank = {branch.id: number for number, branch in enumerate(run.register.branches)}
    places = [(rank[one.branch_id], order[one.pack, one.criterion]) for one in run.issues]
    by_pack = {pack.pack: [place for place, one in zip(places, run.issues, strict=True) if one.pack == pack.pack] for pack in run.packs}
    for found in by_pack.values():
        assert found == sorted(found)


def test_a_fact_stands_in_the_problem_word_for_word(run: Run) -> None:
    notes = {(record.branch, record.note) for record in run.records if record.note}
    told = {(branch, note) for branch, note in notes for one in run.issues if one.branch_id == branch and note in one.problem}
    assert ("YS001", "第三季度未公开") in told


def test_what_a_department_owes_is_never_the_branchs_issue(tmp_path: Path) -> None:
    run = score(tmp_path / "a.xlsx", ["开展主题党日的月份数"], ["B1", "甲", "社区", 12])
    holders = {row.holder for row in run.missing}
    assert len(holders) > 3
    owed: dict[str, set[str]] = {}
    for row in run.missing:
        for id_ in row.criteria:
            owed.setdefault(id_, set()).add(row.holder)
    unproven = {one.criterion for one in run.issues if one.kind == "unproven"}
    assert unproven == {id_ for id_, found in owed.items() if "branch" in found and id_.startswith("U")}
    assert [id_ for id_, found in owed.items() if "branch" not in found and id_.startswith("U")]


def test_an_unproven_issue_names_what_is_lacking_and_what_is_known(tmp_path: Path) -> None:
    run = score(tmp_path / "a.xlsx", ["支部党员大会次数", "支部委员会会议次数"], ["B1", "甲", "社区", 4, 12])
    found = issue(run, "UZB-03")
    assert found is not None
    assert found.kind == "unproven"
    lacking, known = found.problem.split("(已知:")
    assert "党课次数" in lacking
    assert "支部党员大会次数" not in lacking
    assert "支部党员大会次数 4次" in known
    assert "党课次数" not in known


def test_a_branch_without_fault_in_a_criterion_has_no_issue_of_it(tmp_path: Path) -> None:
    run = score(tmp_path / "a.xlsx", ["开展主题党日的月份数"], ["B1", "甲", "社区", 12], ["B2", "乙", "社区", 9])
    assert {one.branch_id for one in run.issues if one.criterion == "UZB-04"} == {"B2"}


def test_a_branch_that_was_not_visited_has_no_issues(run: Run) -> None:
    absent = {row.branch_id for row in run.branches if not row.visited}
    assert absent
    assert not absent & {one.branch_id for one in run.issues}


@given(st.lists(st.tuples(*[st.text("a|\\", max_size=4)] * 3), min_size=2, max_size=2, unique=True))
def test_different_issues_have_different_keys(pieces: list[tuple[str, str, str]]) -> None:
    one, two = (issue_key(*found) for found in pieces)
    assert one != two
