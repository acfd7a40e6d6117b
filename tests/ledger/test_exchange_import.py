"""Workbooks that come back: what becomes a move, what is refused at which cell, and that refusing one thing stores nothing."""

import shutil
import subprocess
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from exchange_ledgers import (
    BRANCHES,
    COUNTY,
    OWNER,
    SENT,
    TOWNSHIP,
    fill,
    header_of,
    issues,
    make_ledger,
    open_issue,
    send,
    take,
    told,
)  # fmt: skip

from evaluator.diagnostics import Diagnostic, Failure, render
from evaluator.ledger.acts import act
from evaluator.ledger.entries import Issue
from evaluator.ledger.events import Draft
from evaluator.ledger.find import Filter
from evaluator.ledger.kinds.load import load_kinds
from evaluator.ledger.kinds.machine import begin
from evaluator.ledger.store import Store
from evaluator.ledger.workbooks import importing
from evaluator.ledger.workbooks.contract import META, label
from evaluator.ledger.workbooks.importing import Imported
from evaluator.ledger.workbooks.returned import near

DONE: dict[str, Any] = {
    "delivered": SENT, "progress": "已按月开展。", "papers": "会议记录=2024-05-20", "done_on": date(2024, 5, 20), "submit": "√",
}  # fmt: skip


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return make_ledger(tmp_path / "l.db", 4)


@pytest.fixture
def sheet(store: Store, tmp_path: Path) -> Path:
    """The workbook of 云台街道: issues 1, 2 and 4."""
    send(store, tmp_path / "out")
    return tmp_path / "out" / "云台街道.xlsx"


def unchanged(store: Store, before: list[Issue]) -> bool:
    return issues(store) == before


def sound(findings: list[Diagnostic]) -> None:
    """Every finding is a whole sentence in both languages, with what to do."""
    for finding in findings:
        for lang in ("zh", "en"):
            assert render(finding, lang=lang)  # type: ignore[arg-type]
            assert finding.hint(lang) or finding.key.startswith("moves.")  # type: ignore[arg-type]


# --- changes become moves -------------------------------------------------------


def test_an_untouched_workbook_changes_nothing(store: Store, sheet: Path) -> None:
    before = issues(store)
    made = take(store, sheet)
    assert made.counts == {"new": 0, "updated": 0, "parallel": 0, "unchanged": 3, "conflict": 0, "refused": 0}
    assert made.told == []
    assert unchanged(store, before)


def test_a_row_filled_in_becomes_delivery_progress_and_submission(store: Store, sheet: Path) -> None:
    made = take(store, fill(sheet, {0: DONE}))
    assert told(made) == []
    assert made.counts["updated"] == 1
    issue = issues(store)[0]
    events = list(store.events(issue.id))[-3:]
    assert [event.action for event in events] == ["deliver", "progress", "submit"]
    assert {event.actor for event in events} == {TOWNSHIP}
    assert {event.doer.name for event in events} == {"高翔"}
    assert all("云台街道.xlsx" in event.reason for event in events)
    assert issue.state == "submitted"
    assert issue.now.delivered == SENT
    assert issue.now.due == date(2024, 6, 12)
    assert issue.now.submissions[0].done_on == date(2024, 5, 20)
    assert [(paper.name, paper.dated) for paper in issue.now.submissions[0].papers] == [("会议记录", date(2024, 5, 20))]
    assert store.verify() is None
    assert store.rebuild() == []


def test_nothing_is_stored_without_apply(store: Store, sheet: Path) -> None:
    before, head = issues(store), store.head()
    made = take(store, fill(sheet, {0: DONE}), write=False)
    assert made.counts["updated"] == 1
    assert not made.applied
    assert unchanged(store, before)
    assert store.head() == head


def test_the_county_checks_what_was_submitted(store: Store, sheet: Path, tmp_path: Path) -> None:
    take(store, fill(sheet, {0: DONE, 1: DONE}))
    send(store, tmp_path / "county", role="county")
    rows = {
        0: {"outcome": "已整改", "method": "现场核查", "opinion": "属实"},
        1: {"outcome": "部分整改", "method": "papers", "opinion": "缺照片"},
    }
    made = take(store, fill(tmp_path / "county" / "云台街道.xlsx", rows, by="周敏"), actor=COUNTY)
    assert told(made) == []
    first, second = issues(store)[:2]
    assert (first.state, first.now.checks[-1].opinion, first.now.on_time) == ("closed", "属实", True)
    assert (second.state, second.now.returns) == ("rectifying", 1)


def test_what_was_partly_done_is_gone_through_again_whole(store: Store, sheet: Path, tmp_path: Path) -> None:
    """No cell of a workbook can say which measure failed."""
    take(store, fill(sheet, {0: DONE}))
    send(store, tmp_path / "county", role="county")
    row = {"outcome": "部分整改", "method": "现场核查", "opinion": "缺照片"}
    made = take(store, fill(tmp_path / "county" / "云台街道.xlsx", {0: row}, by="周敏"), actor=COUNTY)
    assert told(made) == []
    issue = issues(store)[0]
    assert issue.now.checks[-1].failed == (1, 2)
    assert [one.done for one in issue.now.measures] == [0, 0]


@pytest.mark.parametrize(("by", "codes"), [("周敏", [("E632", "X5")]), ("李敏", [])])
def test_what_weighs_is_made_light_by_two_people_only(tmp_path: Path, by: str, codes: list[tuple[str, str]]) -> None:
    store = make_ledger(tmp_path / "l.db", 1, importance="key")
    send(store, tmp_path / "out", role="county")
    made = take(store, fill(tmp_path / "out" / "云台街道.xlsx", {0: {"importance": "一般"}}, by=by), actor=COUNTY)
    assert told(made) == codes
    sound(made.told)
    assert issues(store)[0].importance == ("key" if codes else "minor")


def test_only_whose_issue_it_is_changes_who_does_it(store: Store, tmp_path: Path) -> None:
    number = issues(store)[1].number  # of 双塘社区
    path = own_sheet(tmp_path / "a.xlsx", [["台账编号", "责任人"], [number, "陈亮"]])
    assert told(take(store, path, actor=OWNER, filled_by="高翔")) == [("E250", "B4")]
    assert told(take(store, path, actor=replace(OWNER, unit="双塘社区"), filled_by="高翔")) == []
    assert issues(store)[1].now.person == "陈亮"


def test_a_number_of_a_case_of_another_kind_is_told_from_one_that_is_not_there(store: Store, tmp_path: Path) -> None:
    with store.change(COUNTY, SENT, "t") as change:
        fields = {"problem": "牌子多", "aspect": "挂牌", "unit": "民政局", "campaign_end": "2024-11-30"}
        case = begin(change, load_kinds(), "problem", fields)
    rows = [["台账编号", "进展情况"], [case.number, "a"], ["云山-题-2024-0002", "b"]]
    made = take(store, own_sheet(tmp_path / "a.xlsx", rows), filled_by="高翔")
    assert told(made) == [("E631", "A4"), ("E611", "A5")]
    sound(made.told)


def test_the_nearest_numbers_are_looked_for_in_the_first_rows_only(store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    monkeypatch.setattr(importing, "near", lambda found, numbers: asked.append(found) or near(found, numbers))
    rows = [["台账编号", "进展情况"], *([f"云山-2024-1{n:03d}", "a"] for n in range(40))]
    made = take(store, own_sheet(tmp_path / "a.xlsx", rows), filled_by="高翔")
    assert [one.code for one in made.told] == ["E611"] * 40
    assert asked == [f"云山-2024-1{n:03d}" for n in range(5)]
    assert made.told[0].values["near"].startswith("云山-2024-000")
    assert made.told[5].values["near"] == "—"


def test_unit_person_and_measures_change_while_work_goes_on(store: Store, sheet: Path) -> None:
    made = take(store, fill(sheet, {0: {"person": "陈亮"}, 1: {"measures": "按月开展主题党日\n请县委党校辅导", "unit": "民政局"}}))
    assert told(made) == []
    first, second = issues(store)[:2]
    assert first.now.person == "陈亮"
    assert [event.action for event in store.events(first.id)][-1] == "edit"
    assert [one.text for one in second.now.measures] == ["按月开展主题党日", "请县委党校辅导"]
    assert second.now.unit == "民政局"
    assert [event.action for event in store.events(second.id)][-1] == "assign"


def test_what_is_registered_is_assigned(tmp_path: Path) -> None:
    store = make_ledger(tmp_path / "l.db", 1, stage="registered")
    send(store, tmp_path / "out")
    made = take(store, fill(tmp_path / "out" / "云台街道.xlsx", {0: {"person": "陈亮", "delivered": SENT}}), as_of=SENT)
    assert told(made) == []
    assert [event.action for event in store.events(issues(store)[0].id)][2:] == ["assign", "deliver"]


def test_a_measure_that_is_reworded_keeps_its_count_and_day(tmp_path: Path) -> None:
    measures = [{"text": "走访", "person": "高翔", "due": "2024-06-30", "unit": "户", "target": 20, "done": 7}, {"text": "建账"}]
    store = make_ledger(tmp_path / "l.db", 1, measures=measures)
    send(store, tmp_path / "out")
    take(store, fill(tmp_path / "out" / "云台街道.xlsx", {0: {"measures": "逐户走访\n公示\n建账"}}))
    first, *others = issues(store)[0].now.measures
    assert (first.text, first.person, first.due, first.target, first.done) == ("逐户走访", "高翔", date(2024, 6, 30), 20, 7)
    assert [(one.text, one.target, one.done) for one in others] == [("公示", 1, 0), ("建账", 1, 0)]


def test_a_lapse_that_cannot_be_made_good_closes_on_records_kept_later(tmp_path: Path) -> None:
    store = make_ledger(tmp_path / "l.db", 0)
    told_ = {"irreversible": True, "closes_on": 2}
    with store.change(COUNTY, SENT, "t") as change:
        issue = change.add(Draft("", "open", {"issue": {**open_issue(BRANCHES[0], "ZB-77"), **told_}}, new=True))
        assert isinstance(issue, Issue)
        act(change, act(change, issue, "register", {}), "assign", {})
    send(store, tmp_path / "out", wanted=Filter(item="ZB-77"))
    path = tmp_path / "out" / "云台街道.xlsx"
    row = {**DONE, "delivered": date(2024, 5, 20), "done_on": date(2024, 6, 20), "papers": "5月记录=2024-05-20"}
    made = take(store, fill(path, {0: row}, target=tmp_path / "few.xlsx"), as_of=date(2024, 7, 1))
    assert told(made) == [("E222", cell(path, 0, "papers"))]
    row["papers"] = "5月记录=2024-05-20\n6月记录=2024-06-20"
    assert told(take(store, fill(path, {0: row}), as_of=date(2024, 7, 1))) == []
    assert issues(store)[-1].state == "submitted"


def test_new_rows_become_candidates_and_never_twice(store: Store, sheet: Path, tmp_path: Path) -> None:
    row = {"branch": "双塘社区", "problem": "公示栏三个月没有更新\n现场无人值守", "measures": "本周更新", "person": "林岚"}
    made = take(store, fill(sheet, {3: row, 5: {"branch": "青禾社区", "problem": "值班表空白"}}))
    assert told(made) == []
    assert made.counts["new"] == 2
    new = issues(store)[-2]
    assert (new.state, new.origin, new.branch, new.title) == ("candidate", "manual", "B2", "公示栏三个月没有更新")
    assert (new.now.problem, new.now.person, new.now.measures[0].text) == (row["problem"], "林岚", "本周更新")
    book = openpyxl.load_workbook(sheet)
    book.properties.title = "saved again"
    book.save(tmp_path / "again.xlsx")
    count = len(issues(store))
    made = take(store, tmp_path / "again.xlsx")
    assert {code for code, _ in told(made)} == {"W647"}
    assert len(issues(store)) == count


def test_the_same_file_again_changes_nothing_and_says_so(store: Store, sheet: Path) -> None:
    take(store, fill(sheet, {0: DONE}))
    before, head = issues(store), store.head()
    made = take(store, sheet)
    assert told(made) == [("W645", "")]
    assert unchanged(store, before)
    assert store.head()[0] == head[0]


def test_a_file_saved_again_after_it_was_taken_over_changes_nothing(store: Store, sheet: Path, tmp_path: Path) -> None:
    take(store, fill(sheet, {0: DONE, 1: {"progress": "在办"}}))
    before = issues(store)
    made = take(store, fill(sheet, {}, target=tmp_path / "again.xlsx"))
    assert made.counts["unchanged"] == 3
    assert unchanged(store, before)


# --- texts as spreadsheet programs leave them -----------------------------------


def test_blanks_line_ends_and_full_width_signs_are_mended_and_chinese_punctuation_stays(store: Store, sheet: Path) -> None:
    row = {
        "progress": "\u00a0已走访\uff12\uff10户\uff0c补齐\uff33表\uff1b\r\n下周公示\u3000",
        "papers": "记录\uff1d2024.5.20\uff1b照片=2024年5月21日",
        "done_on": "20240522",
        "delivered": datetime(2024, 5, 13),  # noqa: DTZ001  # cells know no zones
        "submit": "是",
    }
    assert told(take(store, fill(sheet, {0: row}))) == []
    now = issues(store)[0].now
    assert now.progress[-1].text == "已走访20户\uff0c补齐S表\uff1b\n下周公示"
    assert [(one.name, str(one.dated)) for one in now.submissions[-1].papers] == [("记录", "2024-05-20"), ("照片", "2024-05-21")]
    assert now.submissions[-1].done_on == date(2024, 5, 22)


def test_line_ends_alone_are_no_change(tmp_path: Path) -> None:
    store = make_ledger(tmp_path / "l.db", 1, person=" 高翔 ", unit="青禾社区(筹)")
    send(store, tmp_path / "out")
    path = tmp_path / "out" / "云台街道.xlsx"
    made = take(
        store, fill(path, {0: {"measures": "按月开展主题党日 \r\n补齐会议记录\n", "unit": "青禾社区\uff08筹\uff09", "person": "高翔"}})
    )
    assert made.counts["unchanged"] == 1


@pytest.mark.parametrize("kind", ["xlsx", "ods", "xls"])
def test_saved_by_libreoffice_it_is_read_all_the_same(store: Store, sheet: Path, tmp_path: Path, kind: str) -> None:
    office = shutil.which("soffice") or shutil.which("libreoffice")
    if office is None:
        pytest.skip("LibreOffice is not installed, so the workbook was not saved by it")
    fill(sheet, {0: DONE, 1: {"person": "陈亮"}})
    target = {"xlsx": "xlsx:Calc MS Excel 2007 XML"}.get(kind, kind)
    profile = f"-env:UserInstallation={(tmp_path / 'profile').as_uri()}"
    command = [office, profile, "--headless", "--convert-to", target, "--outdir", str(tmp_path / "saved"), str(sheet)]
    subprocess.run(command, check=True, capture_output=True, timeout=180)
    made = take(store, tmp_path / "saved" / f"云台街道.{kind}")
    assert told(made) == []
    assert made.counts == {"new": 0, "updated": 2, "parallel": 0, "unchanged": 1, "conflict": 0, "refused": 0}
    assert [(issue.state, issue.now.person) for issue in issues(store)[:2]] == [("submitted", "高翔"), ("rectifying", "陈亮")]


# --- refused, at the cell --------------------------------------------------------


def cell(path: Path, row: int, name: str) -> str:
    sheet = openpyxl.load_workbook(path).worksheets[0]
    header, columns = header_of(sheet)
    return str(sheet.cell(header + 1 + row, columns[name]).coordinate)


REFUSED: dict[str, tuple[dict[str, Any], str, str]] = {
    "a day that is none": ({"delivered": "五月上旬"}, "E614", "delivered"),
    "a day that no month has": ({"delivered": "2024-02-30"}, "E614", "delivered"),
    "evidence without a day": ({**DONE, "papers": "会议记录"}, "E616", "papers"),
    "a tick that is none": ({**DONE, "submit": "随便"}, "E615", "submit"),
    "a formula": ({"progress": "=A1"}, "E612", "progress"),
    "a cell that was emptied": ({"person": None}, "E617", "person"),
    "a column of the county": ({"importance": "重点"}, "E610", "importance"),
    "a column that only tells": ({"due": "2024-12-31"}, "E609", "due"),
    "a state that was typed": ({"state": "已销号"}, "E633", "state"),
    "a day that is only a number": ({**DONE, "done_on": "45432"}, "E634", "done_on"),
    "another problem": ({"problem": "没有问题"}, "E609", "problem"),
    "another number": ({"number": "云山-2024-0009"}, "E608", "number"),
    "marks that do not belong together": ({"_base_version": "2"}, "E607", "number"),
    "delivered in the future": ({"delivered": "2024-06-30"}, "E210", "delivered"),
    "done before it was found": ({**DONE, "done_on": "2024-05-01"}, "E211", "done_on"),
    "evidence older than the finding": ({**DONE, "papers": "会议记录=2024-04-01"}, "E221", "papers"),
    "no evidence": ({**DONE, "papers": None}, "E220", "papers"),
    "no text": ({**DONE, "progress": None}, "E203", "progress"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_refused_is_shown_at_its_cell_and_nothing_is_stored(store: Store, sheet: Path, name: str) -> None:
    row, code, column = REFUSED[name]
    before, head = issues(store), store.head()
    fill(sheet, {0: row, 1: {"progress": "在办"}})
    made = take(store, sheet)
    assert told(made) == [(code, cell(sheet, 0, column))]
    sound(made.told)
    assert made.counts["refused"] == 1
    assert not made.applied
    assert unchanged(store, before)
    assert store.head() == head


def test_all_mistakes_of_all_files_come_in_one_pass(store: Store, sheet: Path) -> None:
    fill(sheet, {0: {"delivered": "x", "papers": "y"}, 1: {"done_on": "z"}})
    other = fill(sheet.parent / "双塘镇.xlsx", {0: {"delivered": "w"}})
    made = take(store, sheet, other)
    days = [cell(sheet, 0, "delivered"), cell(sheet, 1, "done_on"), cell(other, 0, "delivered")]
    assert sorted(told(made)) == sorted([("E616", cell(sheet, 0, "papers")), *(("E614", spot) for spot in days)])


def test_what_the_guards_refuse_is_told_in_the_same_pass_as_what_cannot_be_read(store: Store, sheet: Path) -> None:
    fill(sheet, {0: {**DONE, "done_on": "五月中旬", "papers": "会议记录=2024-04-20"}})
    assert told(take(store, sheet)) == [("E221", cell(sheet, 0, "papers")), ("E614", cell(sheet, 0, "done_on"))]


def test_the_rest_is_stored_when_what_is_refused_is_skipped_and_the_file_may_come_again(store: Store, sheet: Path) -> None:
    fill(sheet, {0: {"delivered": "x", "progress": "在办"}, 1: {"progress": "在办"}})
    made = take(store, sheet, skip_refused=True)
    assert made.applied
    assert made.counts["refused"] == 1
    assert [issue.now.progress[-1].text if issue.now.progress else "" for issue in issues(store)[:2]] == ["在办", "在办"]
    assert told(take(store, sheet)) == [("E614", cell(sheet, 0, "delivered"))]  # not taken over whole, so it is looked at again


def test_a_row_in_doubt_closes_nothing(store: Store, sheet: Path) -> None:
    fill(sheet, {0: {**DONE, "due": "2024-12-31"}})
    made = take(store, sheet, skip_refused=True)
    assert told(made) == [("E609", cell(sheet, 0, "due"))]
    assert issues(store)[0].state == "rectifying"
    assert issues(store)[0].now.progress


def test_a_row_in_doubt_in_one_file_closes_nothing_by_another(store: Store, sheet: Path, tmp_path: Path) -> None:
    send(store, tmp_path / "more", by="owner")
    fill(sheet, {0: DONE})
    other = fill(tmp_path / "more" / "青禾社区.xlsx", {0: {"due": "2024-12-31"}})
    made = take(store, sheet, other, skip_refused=True)
    assert sorted(told(made)) == sorted([("E609", cell(other, 0, "due")), ("E629", cell(sheet, 0, "submit"))])
    assert issues(store)[0].state == "rectifying"


def test_done_without_the_tick_is_left_out_and_said(store: Store, sheet: Path) -> None:
    fill(sheet, {0: {**DONE, "submit": None}})
    made = take(store, sheet)
    assert told(made) == [("W644", cell(sheet, 0, "done_on"))]
    assert made.applied
    assert issues(store)[0].state == "rectifying"


def test_somebody_has_to_be_named_who_filled_it_in(store: Store, sheet: Path) -> None:
    fill(sheet, {0: {"progress": "在办"}}, by="")
    assert told(take(store, sheet)) == [("E620", cell(sheet, 0, "filled_by"))]
    assert told(take(store, sheet, filled_by="高翔")) == []
    assert list(store.events(issues(store)[0].id))[-1].doer.name == "高翔"


def test_who_filled_in_a_check_is_not_who_did_the_work_whoever_carries_it_in(store: Store, sheet: Path, tmp_path: Path) -> None:
    take(store, fill(sheet, {0: DONE}))
    send(store, tmp_path / "county", role="county")
    path = tmp_path / "county" / "云台街道.xlsx"
    fill(path, {0: {"outcome": "已整改", "method": "现场核查", "opinion": "属实"}}, by="高翔")
    assert told(take(store, path, actor=COUNTY)) == [("E226", cell(path, 0, "outcome"))]
    made = take(store, fill(path, {0: {}}, by="周敏"), actor=replace(COUNTY, name="高翔"))
    assert told(made) == [("E226", cell(path, 0, "outcome"))]


def test_what_a_township_filled_in_is_the_townships_though_the_county_brings_it_in(store: Store, sheet: Path) -> None:
    assert told(take(store, fill(sheet, {0: DONE}), actor=COUNTY)) == []
    issue = issues(store)[0]
    last = list(store.events(issue.id))[-1]
    assert (last.actor, last.doer) == (COUNTY, replace(TOWNSHIP, name="高翔"))
    assert (issue.now.submissions[0].by, issue.now.submissions[0].unit) == ("高翔", TOWNSHIP.unit)


def test_a_number_twice_is_an_error_at_both_places(store: Store, sheet: Path) -> None:
    book = openpyxl.load_workbook(sheet)
    page = book.worksheets[0]
    header, columns = header_of(page)
    for column in columns.values():
        page.cell(header + 4, column).value = page.cell(header + 1, column).value
    book.save(sheet)
    assert told(take(store, sheet)) == [("E605", cell(sheet, 0, "number")), ("E605", cell(sheet, 3, "number"))]


def test_rows_that_are_missing_mean_nothing_and_sorted_rows_are_known(store: Store, sheet: Path) -> None:
    book = openpyxl.load_workbook(sheet)
    page = book.worksheets[0]
    header, columns = header_of(page)
    for column in columns.values():
        first, third = page.cell(header + 1, column), page.cell(header + 3, column)
        first.value, third.value = third.value, None
    page.cell(header + 1, columns["progress"]).value = "在办"
    page.cell(header + 1, columns["filled_by"]).value = "高翔"
    book.save(sheet)
    assert told(take(store, sheet)) == []
    assert [bool(issue.now.progress) for issue in issues(store)] == [False, False, False, True]


def test_columns_sorted_apart_from_their_marks_are_refused(store: Store, sheet: Path) -> None:
    book = openpyxl.load_workbook(sheet)
    page = book.worksheets[0]
    header, columns = header_of(page)
    for name in ("number", "branch", "problem"):
        one, two = page.cell(header + 1, columns[name]), page.cell(header + 2, columns[name])
        one.value, two.value = two.value, one.value
    book.save(sheet)
    assert told(take(store, sheet)) == [("E608", cell(sheet, 0, "number")), ("E608", cell(sheet, 1, "number"))]


@pytest.mark.parametrize(
    ("row", "code", "column"),
    [
        ({"problem": "值班表空白"}, "E622", "branch"),
        ({"branch": "青禾社区"}, "E622", "problem"),
        ({"branch": "青禾", "problem": "值班表空白"}, "E410", "branch"),
        ({"branch": "青禾社区", "problem": "值班表空白", "progress": "在办"}, "E623", "progress"),
    ],
)
def test_a_new_row_that_is_not_enough(store: Store, sheet: Path, row: dict[str, Any], code: str, column: str) -> None:
    fill(sheet, {4: row})
    made = take(store, sheet)
    assert told(made) == [(code, cell(sheet, 4, column))]
    sound(made.told)


def test_a_new_row_twice(store: Store, sheet: Path) -> None:
    fill(sheet, {4: {"branch": "青禾社区", "problem": "值班表空白"}, 7: {"branch": "青禾社区", "problem": "值班表空白 "}})
    assert told(take(store, sheet)) == [("E624", cell(sheet, 7, "problem"))]


# --- files that do not belong here -----------------------------------------------


def change_meta(path: Path, name: str, value: str) -> Path:
    book = openpyxl.load_workbook(path)
    for row in book[META].iter_rows():
        if row[0].value == name:
            row[1].value = value
    book.save(path)
    return path


@pytest.mark.parametrize(
    ("name", "value", "code"), [("ledger", "0" * 32, "E602"), ("schema", "0", "E603"), ("schema", "2", "E603"), ("export", "x999", "E604")]
)
def test_a_workbook_of_another_ledger_schema_or_export(store: Store, sheet: Path, name: str, value: str, code: str) -> None:
    with pytest.raises(Failure) as caught:
        take(store, change_meta(sheet, name, value))
    assert [one.code for one in caught.value.findings] == [code]
    sound(list(caught.value.findings))


def test_a_truncated_workbook_is_one_sentence_and_the_other_files_are_named_too(store: Store, sheet: Path, tmp_path: Path) -> None:
    short = tmp_path / "short.xlsx"
    short.write_bytes(sheet.read_bytes()[:5000])
    with pytest.raises(Failure) as caught:
        take(store, short, sheet, tmp_path / "gone.xlsx")
    assert [Path(one.place.file).name for one in caught.value.findings] == ["gone.xlsx", "short.xlsx"]


def test_a_workbook_newer_than_the_ledger(store: Store, sheet: Path, tmp_path: Path) -> None:
    store.backup(tmp_path / "old.db")
    take(store, fill(sheet, {0: {"progress": "在办"}}))
    send(store, tmp_path / "new")
    old = Store.open(tmp_path / "old.db")
    with pytest.raises(Failure) as caught:
        take(old, tmp_path / "new" / "云台街道.xlsx")
    assert [one.code for one in caught.value.findings] == ["E604"]


# --- sheets of any other layout ---------------------------------------------------


def own_sheet(path: Path, rows: list[list[Any]], above: int = 2) -> Path:
    book = openpyxl.Workbook()
    page = book.active
    for _ in range(above):
        page.append(["某单位整改情况"])
    for row in rows:
        page.append(row)
    book.save(path)
    return path


def test_any_sheet_with_numbers_is_taken_and_only_filled_cells_count(store: Store, tmp_path: Path) -> None:
    number = issues(store)[1].number
    rows = [["备注说明", "整改情况", "责任人(职务)", "台账编号", "电话"], ["x", "已开会", "", number, "1"], ["合计"], ["", "开会1次"]]
    made = take(store, own_sheet(tmp_path / "a.xlsx", rows), filled_by="高翔")
    assert told(made) == [("W641", "A3"), ("W643", "D6")]
    now = issues(store)[1].now
    assert (now.progress[-1].text, now.person) == ("已开会", "高翔")


def test_any_sheet_refuses_unknown_numbers_other_branches_double_columns_and_no_numbers(store: Store, tmp_path: Path) -> None:
    number = issues(store)[0].number
    rows = [["台账编号", "支部", "进展情况"], ["云山-2024-0077", "", "a"], [number, "双塘社区", "b"]]
    assert told(take(store, own_sheet(tmp_path / "a.xlsx", rows), filled_by="高翔")) == [("E611", "A4"), ("E608", "B5")]
    rows = [["编号", "进展情况", "整改情况"], [number, "a", "b"]]
    assert told(take(store, own_sheet(tmp_path / "b.xlsx", rows), filled_by="高翔")) == [("E606", "C3")]
    with pytest.raises(Failure) as caught:
        take(store, own_sheet(tmp_path / "c.xlsx", [["支部", "进展情况"], ["a", "b"]]))
    assert [one.code for one in caught.value.findings] == ["E601"]
    with pytest.raises(Failure) as caught:
        take(store, own_sheet(tmp_path / "d.xlsx", [["台账编号", "进展情况"], [number, "b"]], above=20))
    assert [one.code for one in caught.value.findings] == ["E601"]


def test_computed_values_are_found_in_any_xlsx_even_when_their_result_was_saved(store: Store, tmp_path: Path) -> None:
    import xlsxwriter

    book = xlsxwriter.Workbook(str(tmp_path / "a.xlsx"))
    page = book.add_worksheet("表")
    page.write_row(0, 0, ["台账编号", "完成日期", "进展情况"])
    page.write_row(1, 0, [issues(store)[0].number])
    page.write_formula(1, 1, "=TODAY()", None, 45000)
    page.write_string(1, 2, "在办")
    book.close()
    assert told(take(store, tmp_path / "a.xlsx", filled_by="高翔")) == [("E612", "B2")]


def test_a_csv_names_line_and_column(store: Store, tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text(f"台账编号,签收日期\n{issues(store)[0].number},五月\n", encoding="utf-8")
    made: Imported = take(store, path, filled_by="高翔")
    assert [(one.code, one.place.line, one.place.column) for one in made.told] == [("E614", 2, 2)]
    path.write_text(f"台账编号,签收日期\n{issues(store)[0].number},2024-05-13\n", encoding="utf-8")
    assert told(take(store, path, filled_by="高翔")) == []
    assert issues(store)[0].now.delivered == SENT


def test_titles_in_english_are_read_too(store: Store, tmp_path: Path) -> None:
    titles = [label(name, "en") for name in ("number", "progress", "filled_by")]
    made = take(store, own_sheet(tmp_path / "a.xlsx", [titles, [issues(store)[0].number, "done", "高翔"]]))
    assert told(made) == []
    assert issues(store)[0].now.progress[-1].text == "done"


def test_an_owner_may_not_fill_in_what_the_township_fills_in(store: Store, tmp_path: Path) -> None:
    rows = [["台账编号", "责任单位"], [issues(store)[0].number, "民政局"]]
    assert told(take(store, own_sheet(tmp_path / "a.xlsx", rows), actor=OWNER, filled_by="高翔")) == [("E610", "B4")]
