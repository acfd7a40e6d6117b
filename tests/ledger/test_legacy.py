"""An office's own old ledger: its columns are understood, its numbers and days kept, its mistakes told in one pass."""

from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from exchange_ledgers import COUNTY, FOUND, LATER, TOWNSHIP, issues, make_ledger, open_issue

from evaluator.diagnostics import Failure
from evaluator.ledger.acts import act
from evaluator.ledger.branches import Heir, dissolve, merge, split
from evaluator.ledger.entries import Issue
from evaluator.ledger.events import Draft
from evaluator.ledger.find import find
from evaluator.ledger.store import Store
from evaluator.ledger.workbooks.legacy import Legacy, import_legacy
from evaluator.ledger.workbooks.legacy_columns import given_columns

HEADER = [
    "序号",
    "问题编号",
    "支部名称",
    "存在的主要问题",
    "整改举措",
    "牵头单位",
    "责任人(职务)",
    "检查时间",
    "整改时限",
    "销号日期",
    "备注",
]
ROWS: list[list[Any]] = [
    [1, "旧-1", "青禾社区", "公示栏三个月没有更新", "每月更新", "", "高翔", date(2024, 3, 1), "2024年3月31日前", date(2024, 3, 28), ""],
    [2, "旧-2", "B2", "值班表空白", "补齐", "民政局", "陈亮", "2024.3.1", "2024年6月底", "", "难"],
    [3, "", "石桥社区", "活动场地漏雨", "报修", "", "", "", "长期坚持", None, ""],
]


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return make_ledger(tmp_path / "l.db", 1, stage="registered")


def book(path: Path, rows: list[list[Any]], header: list[str] = HEADER, titles: int = 1) -> Path:
    made = openpyxl.Workbook()
    page = made.active
    page.title = "2024年台账"
    for _ in range(titles):
        page.append(["某县整改台账"])
    page.append(header)
    for row in rows:
        page.append(row)
    made.save(path)
    return path


def take(store: Store, path: Path, *, write: bool = True, **given: str) -> Legacy:
    return import_legacy(store, COUNTY, LATER, path, "县办旧台账", given, write=write)


def old(store: Store) -> dict[str, Issue]:
    return {one.old_number or one.title: one for one in issues(store) if one.origin == "legacy"}


def test_columns_are_proposed_with_samples_and_nothing_is_stored_without_apply(store: Store, tmp_path: Path) -> None:
    head = store.head()
    made = take(store, book(tmp_path / "a.xlsx", ROWS), write=False)
    assert made.matched is not None
    assert made.matched.titles == {
        "number": "问题编号", "branch": "支部名称", "problem": "存在的主要问题", "measures": "整改举措", "unit": "牵头单位",
        "person": "责任人(职务)", "found": "检查时间", "due": "整改时限", "closed": "销号日期",
    }  # fmt: skip
    assert made.matched.left == ("序号", "备注")
    assert made.matched.samples("person") == ["高翔", "陈亮"]
    assert (made.open, made.closed, made.undated, made.renumbered) == (2, 1, 1, 1)
    assert store.head() == head


def test_closed_ones_come_in_closed_open_ones_go_on_with_their_numbers_and_days(store: Store, tmp_path: Path) -> None:
    made = take(store, book(tmp_path / "a.xlsx", ROWS))
    assert made.applied
    assert made.findings == []
    found = old(store)
    first, second, third = found["旧-1"], found["旧-2"], found["活动场地漏雨"]
    assert (first.number, first.state, first.now.closed, first.now.on_time) == ("旧-1", "closed", date(2024, 3, 28), True)
    assert (first.now.due, first.now.source, first.found) == (date(2024, 3, 31), "legacy", date(2024, 3, 1))
    assert (second.number, second.state, second.now.due, second.now.unit) == ("旧-2", "rectifying", date(2024, 6, 30), "民政局")
    assert (second.branch, second.branch_name, second.fixable_by) == ("B2", "双塘社区", "department")
    assert (third.state, third.now.due, third.now.due_text, third.found) == ("rectifying", None, "长期坚持", LATER)
    assert third.number == "云山-2024-0002"
    assert store.open_by_branch() == {"B1": 1, "B2": 1, "B3": 1}
    assert store.verify() is None
    assert store.rebuild() == []


def test_what_came_in_goes_on_through_the_lifecycle(store: Store, tmp_path: Path) -> None:
    take(store, book(tmp_path / "a.xlsx", ROWS))
    id_ = old(store)["旧-2"].id
    with store.change(COUNTY, LATER, "t") as change:
        act(change, change.issue(id_), "progress", {"text": "已补齐"})
        papers = [{"name": "值班表", "dated": "2024-05-20"}]
    with store.change(TOWNSHIP, LATER, "t") as change:
        act(change, change.issue(id_), "submit", {"done_on": "2024-05-20", "text": "已补齐", "papers": papers})
    with store.change(COUNTY, LATER, "t") as change:
        closed = act(change, change.issue(id_), "accept", {"outcome": "full", "method": "site", "opinion": "属实"})
    assert (closed.state, closed.now.on_time) == ("closed", True)


def test_a_number_that_looks_like_an_id_is_given_another_so_that_both_are_found(store: Store, tmp_path: Path) -> None:
    taken = issues(store)[0].id
    made = take(store, book(tmp_path / "a.xlsx", [[1, taken, *ROWS[1][2:]]]))
    assert made.renumbered == 1
    assert (old(store)[taken].number, old(store)[taken].old_number) == ("云山-2024-0002", taken)
    assert find(store, taken).number == "云山-2024-0001"
    assert find(store, "云山-2024-0002").id == old(store)[taken].id


def test_what_is_open_needs_a_branch_that_lives_what_is_closed_does_not(store: Store, tmp_path: Path) -> None:
    with store.change(COUNTY, LATER, "t") as change:
        dissolve(change, "B1", "云组〔2024〕2号")
    open_row = [3, "旧-3", "青禾社区", "值班表空白", *ROWS[1][4:]]
    path = book(tmp_path / "a.xlsx", [ROWS[0], [*open_row[:7], "不知", *open_row[8:]]])
    assert [(one.code, one.place.cell) for one in take(store, path).findings] == [("E614", "H4"), ("E430", "C4")]
    made = take(store, book(tmp_path / "b.xlsx", [ROWS[0]]))
    assert (made.applied, made.closed) == (True, 1)


@pytest.mark.parametrize("change_of", ["merge", "split"])
def test_an_old_ledger_that_was_saved_again_after_its_branches_changed_brings_nothing_twice(
    store: Store, tmp_path: Path, change_of: str
) -> None:
    rows = [ROWS[0], [2, "旧-2", "青禾社区", *ROWS[1][3:]]]
    assert take(store, book(tmp_path / "a.xlsx", rows)).applied
    with store.change(COUNTY, LATER, "t") as change:
        if change_of == "merge":
            merge(change, ["B1", "B2"], Heir("B9", "青禾双塘社区"), "云组〔2024〕2号")
        else:
            split(change, "B1", [Heir("B9", "青禾双塘社区"), Heir("B8", "青禾东社区")], "云组〔2024〕2号")
    for n, name in enumerate(("青禾社区", "青禾双塘社区")):
        again = [[*row[:2], name, *row[3:]] for row in rows]
        made = take(store, book(tmp_path / f"{n}.xlsx", again, titles=2))
        assert (made.findings, made.known, made.open + made.closed) == ([], 2, 0)


@pytest.mark.parametrize(
    ("found", "due", "codes"),
    [
        (date(2024, 3, 1), "0000年5月底", ["E630"]),
        (date(2024, 3, 1), "9999年12月底", ["E630"]),
        (date(2024, 3, 1), "2200-01-01", ["E630"]),
        ("1900-01-01", "2199年12月底", ["E630"]),
        (date(1948, 12, 31), "2024-13-01", ["E630", "E614"]),
        (date(1949, 1, 1), "2199-12-31", []),
    ],
)
def test_a_year_that_nobody_means_is_told_at_its_cell(store: Store, tmp_path: Path, found: object, due: str, codes: list[str]) -> None:
    row = [2, "旧-2", "B2", "值班表空白", "补齐", "民政局", "陈亮", found, due, "", ""]
    made = take(store, book(tmp_path / "a.xlsx", [row]))
    assert [one.code for one in made.findings] == codes
    assert {one.place.cell for one in made.findings} <= {"H3", "I3"}


def test_numbers_of_the_ledgers_own_kind_are_never_issued_again(store: Store, tmp_path: Path) -> None:
    rows = [[1, "云山-2024-0007", *ROWS[0][2:]], [2, "", *ROWS[1][2:]], [3, "云山-2024-0008", *ROWS[2][2:]]]
    made = take(store, book(tmp_path / "a.xlsx", rows))
    assert made.findings == []
    numbers = [one.number for one in issues(store)]
    assert numbers == ["云山-2024-0001", "云山-2024-0007", "云山-2024-0009", "云山-2024-0008"]
    with store.change(COUNTY, LATER, "t") as change:
        issue = change.add(Draft("", "open", {"issue": open_issue(("B1", "青禾社区", "云台街道"), "ZB-50")}, new=True))
        assert isinstance(issue, Issue)
        assert act(change, issue, "register", {}).number == "云山-2024-0010"


def test_running_numbers_are_no_numbers_so_two_years_of_them_can_come_in(store: Store, tmp_path: Path) -> None:
    header = [*HEADER[:1], *HEADER[2:]]
    rows = [[1, *row[2:]] for row in ROWS]  # every street of the sheet begins with 1
    made = take(store, book(tmp_path / "a.xlsx", rows, header))
    assert made.matched is not None
    assert made.matched.titles["number"] == "序号"
    assert (made.findings, made.renumbered) == ([], 3)
    assert [(one.number, one.old_number) for one in issues(store)][1:] == [(f"云山-2024-000{n}", "1") for n in (2, 3, 4)]


def test_totals_below_a_list_are_left_out_and_said(store: Store, tmp_path: Path) -> None:
    rows = [*ROWS, ["合计", "", "3个支部", "3个问题", *[""] * 7], ["", "", "", "", "", "", "", "填表人:王平", "", "", ""]]
    made = take(store, book(tmp_path / "a.xlsx", rows))
    assert [(one.code, one.place.cell) for one in made.findings] == [("W669", "C6"), ("W669", "C7")]
    assert (made.applied, made.open + made.closed) == (True, 3)


def test_what_is_refused_is_left_out_where_one_asks_for_it_and_comes_in_once_mended(store: Store, tmp_path: Path) -> None:
    wrong = [2, "旧-2", "B2", "值班表空白", "", "", "", 45352, "", "", ""]
    path = book(tmp_path / "a.xlsx", [ROWS[0], wrong])
    made = take(store, path)
    assert [(one.code, one.place.cell, str(one.values["day"])) for one in made.findings] == [("E634", "H4", "2024-03-01")]
    assert not made.applied
    made = import_legacy(store, COUNTY, LATER, path, "县办旧台账", {}, write=True, skip_refused=True)
    assert (made.applied, [one.code for one in made.findings], set(old(store))) == (True, ["E634"], {"旧-1"})
    made = take(store, book(path, [ROWS[0], ROWS[1]]))
    assert (made.findings, made.known, set(old(store))) == ([], 1, {"旧-1", "旧-2"})


def test_a_number_that_is_taken_becomes_the_old_number(store: Store, tmp_path: Path) -> None:
    made = take(store, book(tmp_path / "a.xlsx", [[1, "云山-2024-0001", *ROWS[0][2:]]]))
    assert made.renumbered == 1
    assert [(one.number, one.old_number) for one in issues(store)] == [("云山-2024-0001", ""), ("云山-2024-0002", "云山-2024-0001")]


def test_the_same_ledger_again_brings_nothing_twice(store: Store, tmp_path: Path) -> None:
    path = book(tmp_path / "a.xlsx", ROWS)
    take(store, path)
    before = issues(store)
    assert [one.code for one in take(store, path).findings] == ["W645"]
    more = [*ROWS, [4, "旧-4", "青禾社区", "台账没有更新", "", "", "", "", "", "", ""]]
    made = take(store, book(tmp_path / "b.xlsx", more))
    assert (made.known, made.open) == (3, 1)
    assert issues(store)[:-1] == before


def test_the_matching_is_kept_by_name_and_used_the_next_time(store: Store, tmp_path: Path) -> None:
    rows = [["甲1", *row[2:]] for row in ROWS]
    header = ["号", "在哪里", "什么事", *HEADER[4:]]
    path = book(tmp_path / "a.xlsx", rows, header)
    with pytest.raises(Failure) as caught:
        take(store, path)
    assert [one.code for one in caught.value.findings] == ["E665", "E665"]
    rows = [[f"甲{n}", *row[2:]] for n, row in enumerate(ROWS)]
    made = take(store, book(tmp_path / "b.xlsx", rows, header), number="号", branch="在哪里", problem="什么事")
    assert made.findings == []
    assert store.book().mappings["县办旧台账"]["problem"] == "什么事"
    other = [[f"乙{n}", *row[2:]] for n, row in enumerate(ROWS)]
    made = take(store, book(tmp_path / "c.xlsx", other, header))
    assert made.matched is not None
    assert made.matched.saved
    assert len(old(store)) == 6
    with pytest.raises(Failure) as caught:
        take(store, book(tmp_path / "d.xlsx", other, ["号码", *header[1:]]))
    assert [(one.code, one.values["found"]) for one in caught.value.findings] == [("E664", "号")]


def test_every_bad_cell_comes_in_one_pass_and_nothing_is_stored(store: Store, tmp_path: Path) -> None:
    rows = [
        [1, "旧-1", "青和社区", "甲", "", "", "", "三月", "很快2天", "", ""],
        [2, "旧-1", "", "乙", "", "", "", "2024-03-01", "", "2024-02-01", ""],
    ]
    before, head = issues(store), store.head()
    made = take(store, book(tmp_path / "a.xlsx", rows))
    assert sorted((one.code, one.place.cell) for one in made.findings) == [
        ("E211", "J4"), ("E410", "C3"), ("E605", "B3"), ("E605", "B4"), ("E614", "H3"), ("E614", "I3"), ("E622", "C4"),
    ]  # fmt: skip
    assert "青禾社区" in next(one.values["near"] for one in made.findings if one.code == "E410")
    assert not made.applied
    assert (issues(store), store.head()) == (before, head)


@pytest.mark.parametrize(
    ("word", "day", "state"),
    [
        ("是", "", "closed"),
        ("已销号", "2024-03-20", "closed"),
        ("否", "", "rectifying"),
        ("整改中", "", "rectifying"),
        ("", "2024-03-20", "closed"),
    ],
)
def test_words_and_days_of_closing(store: Store, tmp_path: Path, word: str, day: str, state: str) -> None:
    header = ["支部", "问题", "是否销号", "销号日期", "整改时限"]
    made = take(store, book(tmp_path / "a.xlsx", [["青禾社区", "公示栏没有更新", word, day, "2024-03-10"]], header))
    assert made.findings == []
    issue = issues(store)[-1]
    assert issue.state == state
    if state == "closed":
        assert issue.now.on_time is (False if day else None)
        assert issue.now.closed == (date(2024, 3, 20) if day else LATER)
        assert bool(issue.now.ended_text) == (not day)


def test_a_word_where_the_day_of_closing_should_stand(store: Store, tmp_path: Path) -> None:
    take(store, book(tmp_path / "a.xlsx", [["青禾社区", "甲", "已销号"], ["双塘社区", "乙", "整改中"]], ["支部", "问题", "销号日期"]))
    assert [one.state for one in issues(store)[-2:]] == ["closed", "rectifying"]


def test_options_are_checked_and_a_ledger_without_branches_says_so_once(tmp_path: Path) -> None:
    with pytest.raises(Failure) as caught:
        given_columns(["问题表现", "没有这栏=甲"])
    assert [one.code for one in caught.value.findings] == ["E661", "E662"]
    assert given_columns(["问题表现=存在问题", "Branch=单位"]) == {"problem": "存在问题", "branch": "单位"}
    store = Store.create(tmp_path / "empty.db", "云山", COUNTY, FOUND)
    with pytest.raises(Failure) as caught:
        take(store, book(tmp_path / "a.xlsx", ROWS))
    assert [one.code for one in caught.value.findings] == ["E666"]
