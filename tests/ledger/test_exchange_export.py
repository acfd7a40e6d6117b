"""Workbooks that go out: whose issues, which cells are open, what is hidden, and what the transmittal list says."""

import errno
import gc
import hashlib
import io
import sys
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from exchange_ledgers import BRANCHES, COUNTY, LATER, OWNER, SENT, TOWNSHIP, header_of, issues, make_ledger, open_issue, send

from evaluator.diagnostics import Failure
from evaluator.ledger.acts import act
from evaluator.ledger.entries import Issue
from evaluator.ledger.events import Draft, Role
from evaluator.ledger.find import Filter
from evaluator.ledger.workbooks.contract import BLANK_ROWS, FILLED, HIDDEN, META, NEW, columns_of, label
from evaluator.ledger.workbooks.exporting import TRANSMITTAL, By, export_workbooks


def test_every_township_gets_its_own_open_issues_and_no_others(tmp_path: Path) -> None:
    store = make_ledger(tmp_path / "l.db", 7)
    sent = send(store, tmp_path / "out")
    assert {one.to: one.rows for one in sent} == {"云台街道": 5, "双塘镇": 2}
    for one in sent:
        sheet = openpyxl.load_workbook(tmp_path / "out" / one.file).worksheets[0]
        header, columns = header_of(sheet)
        found = [sheet.cell(header + 1 + n, columns["number"]).value for n in range(one.rows + 1)]
        assert found[-1] is None
        assert found[:-1] == [issue.number for issue in issues(store) if issue.township == one.to]


@pytest.mark.parametrize(
    ("by", "expected"), [("owner", {"青禾社区", "民政局"}), ("department", {"民政局"}), ("leader", {"何建", "未明确"})]
)
def test_recipients(tmp_path: Path, by: By, expected: set[str]) -> None:
    store = make_ledger(tmp_path / "l.db", 1)
    with store.change(COUNTY, SENT, "test") as change:
        told = open_issue(BRANCHES[0], "ZB-09", fixable_by="department", unit="民政局", leader="")
        issue = change.add(Draft("", "open", {"issue": told}, new=True))
        assert isinstance(issue, Issue)
        act(change, act(change, issue, "register", {}), "assign", {})
    assert {one.to for one in send(store, tmp_path / "out", by=by)} == expected


def test_what_is_closed_or_still_to_be_judged_does_not_go_out_but_the_county_sees_candidates(tmp_path: Path) -> None:
    store = make_ledger(tmp_path / "l.db", 2, stage="candidate")
    with pytest.raises(Failure) as caught:
        send(store, tmp_path / "out")
    assert [one.code for one in caught.value.findings] == ["E651"]
    assert not (tmp_path / "out").exists()
    assert sum(one.rows for one in send(store, tmp_path / "out", role="county")) == 2


def test_what_is_common_to_the_whole_county_goes_out_as_the_countys_and_not_as_nobodys(tmp_path: Path) -> None:
    store = make_ledger(tmp_path / "l.db", 1)
    with store.change(COUNTY, SENT, "test") as change:
        told = open_issue(("", "", ""), "ZB-09", kind="common", origin="common", fixable_by="department", unit="民政局")
        issue = change.add(Draft("", "open", {"issue": told}, new=True))
        assert isinstance(issue, Issue)
        act(change, act(change, issue, "register", {}), "assign", {})
    assert [one.file for one in send(store, tmp_path / "out", by="township")] == ["云台街道.xlsx", "全县.xlsx"]


def test_no_filter_shows_a_role_or_a_department_more_than_it_may_see(tmp_path: Path) -> None:
    store = make_ledger(tmp_path / "l.db", 2, stage="candidate")
    with store.change(COUNTY, SENT, "test") as change:
        told = open_issue(BRANCHES[0], "ZB-09", fixable_by="department", unit="民政局")
        issue = change.add(Draft("", "open", {"issue": told}, new=True))
        assert isinstance(issue, Issue)
        act(change, act(change, issue, "register", {}), "assign", {})
    candidates = Filter(state="candidate")
    refused: list[tuple[By, Role | None, Filter]] = [
        ("owner", "owner", candidates),
        ("township", None, candidates),
        ("department", None, Filter(fixable_by="branch")),
    ]
    for by, role, wanted in refused:
        with pytest.raises(Failure) as caught:
            send(store, tmp_path / "out", by=by, role=role, wanted=wanted)
        assert [one.code for one in caught.value.findings] == ["E651"]
    assert sum(one.rows for one in send(store, tmp_path / "county", role="county", wanted=candidates)) == 2
    assert [one.to for one in send(store, tmp_path / "department", by="department", wanted=Filter(fixable_by="department"))] == ["民政局"]


def test_filters_hold(tmp_path: Path) -> None:
    store = make_ledger(tmp_path / "l.db", 6)
    assert [(one.to, one.rows) for one in send(store, tmp_path / "out", wanted=Filter(branch="双塘社区"))] == [("云台街道", 2)]


@pytest.mark.parametrize("role", ["owner", "township", "county"])
def test_a_role_finds_its_own_columns_open_the_others_locked_and_blank_rows_for_new_issues(tmp_path: Path, role: str) -> None:
    store = make_ledger(tmp_path / "l.db", 1)
    send(store, tmp_path / "out", role=role)
    sheet = openpyxl.load_workbook(tmp_path / "out" / "云台街道.xlsx").worksheets[0]
    header, columns = header_of(sheet)
    assert sheet.protection.sheet
    assert not sheet.protection.password
    unlocked = {name for name, column in columns.items() if not sheet.cell(header + 1, column).protection.locked}
    assert unlocked == {*FILLED[role], "filled_by"}  # type: ignore[index]
    for row in (header + 2, header + 1 + BLANK_ROWS):
        blank = {name for name, column in columns.items() if not sheet.cell(row, column).protection.locked}
        assert {"branch", "problem", "person", "filled_by"} <= blank <= {*NEW, "filled_by"}
    assert sheet.cell(header + 2 + BLANK_ROWS, columns["branch"]).protection.locked
    assert ("outcome" in columns) == (role != "owner")


def test_hidden_marks_lists_colours_and_print_set_up(tmp_path: Path) -> None:
    store = make_ledger(tmp_path / "l.db", 1)
    head = store.head()
    send(store, tmp_path / "out", role="county")
    book = openpyxl.load_workbook(tmp_path / "out" / "云台街道.xlsx")
    meta = {row[0].value: row[1].value for row in book[META].iter_rows()}
    assert book[META].sheet_state == book["_lists"].sheet_state == "hidden"
    assert meta["ledger"] == store.book().id
    assert meta["export"] in store.book().exports
    assert (meta["schema"], meta["as_of"], meta["role"], meta["head"]) == ("1", str(SENT), "county", f"{head[0]} {head[1]}")
    sheet = book.worksheets[0]
    header, columns = header_of(sheet)
    marks = sheet.column_dimensions[openpyxl.utils.get_column_letter(columns[HIDDEN[0]])]
    assert marks.hidden
    assert [columns[name] for name in HIDDEN] == list(range(marks.min, marks.max + 1))
    sources = {rule.formula1 for rule in sheet.data_validations.dataValidation if rule.type == "list"}
    assert len(sources) == 5
    assert all(source.startswith("_lists!$") for source in sources)
    told = {rule.formula[0] for found in sheet.conditional_formatting for rule in found.rules}
    assert told == {'"逾期"', '"临期"', '"退回"'}
    assert sheet.freeze_panes == f"B{header + 1}"
    assert sheet.auto_filter.ref
    assert sheet.page_setup.orientation == "landscape"
    assert sheet.print_title_rows == f"${header}:${header}"
    assert sheet.cell(header + 1, 1).font.name == "等线"


def test_text_that_looks_like_a_formula_stays_text(tmp_path: Path) -> None:
    store = make_ledger(tmp_path / "l.db", 1, problem='=HYPERLINK("http://x","y")', unit="@SUM(A1)", person="-1+1")
    send(store, tmp_path / "out")
    sheet = openpyxl.load_workbook(tmp_path / "out" / "云台街道.xlsx").worksheets[0]
    header, columns = header_of(sheet)
    for name in ("problem", "unit", "person"):
        cell = sheet.cell(header + 1, columns[name])
        assert cell.data_type == "s"
        assert cell.quotePrefix


def test_the_transmittal_list_names_files_rows_and_bytes_and_every_export_is_recorded(tmp_path: Path) -> None:
    store = make_ledger(tmp_path / "l.db", 4)
    _, hash_ = store.head()
    sent = send(store, tmp_path / "out")
    sheet = openpyxl.load_workbook(tmp_path / "out" / TRANSMITTAL).worksheets[0]
    assert hash_ in sheet["A2"].value
    rows = [[cell.value for cell in row] for row in sheet.iter_rows(min_row=5)]
    for row, one in zip(rows, sent, strict=True):
        bytes_ = hashlib.sha256((tmp_path / "out" / one.file).read_bytes()).hexdigest()
        assert row[1:5] == [one.to, one.file, one.rows, f"{bytes_[:32]}\n{bytes_[32:]}"]
    events = [event for event in store.events("") if event.action == "export"]
    assert [(event.data["id"], event.data["to"], event.data["sha256"]) for event in events] == [(o.export, o.to, o.sha256) for o in sent]
    assert store.book().exports == {one.export: one.to for one in sent}
    assert store.verify() is None
    assert store.rebuild() == []


def test_a_folder_that_holds_something_is_left_alone_and_nothing_is_recorded(tmp_path: Path) -> None:
    store = make_ledger(tmp_path / "l.db", 1)
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "云台街道.xlsx").write_bytes(b"filled in")
    with pytest.raises(Failure) as caught:
        send(store, tmp_path / "out")
    assert [one.code for one in caught.value.findings] == ["E652"]
    assert (tmp_path / "out" / "云台街道.xlsx").read_bytes() == b"filled in"
    assert store.book().exports == {}


class Full(io.BytesIO):
    """A file on a disk that is full."""

    def write(self, _: object) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")


def test_a_full_disk_is_one_sentence_and_nothing_is_recorded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = make_ledger(tmp_path / "l.db", 1)
    real, complaints = io.open, list[object]()

    def opened(file: Any, mode: str = "r", *more: Any, **told: Any) -> Any:
        return Full() if "w" in mode and str(file).endswith(".xlsx") else real(file, mode, *more, **told)

    monkeypatch.setattr(io, "open", opened)
    monkeypatch.setattr(sys, "unraisablehook", complaints.append)  # what a file says when it is thrown away
    with pytest.raises(Failure) as caught:
        send(store, tmp_path / "out")
    assert [one.code for one in caught.value.findings] == ["E653"]
    del caught
    gc.collect()
    assert complaints == []
    assert not (tmp_path / "out").exists()
    assert store.book().exports == {}


def test_names_of_recipients_never_lead_out_of_the_folder_and_never_clash(tmp_path: Path) -> None:
    store = make_ledger(tmp_path / "l.db", 0)
    with store.change(COUNTY, SENT, "test") as change:
        for n, unit in enumerate(("../CON", "a/b", "A_b", "_transmittal", "NUL")):
            issue = change.add(Draft("", "open", {"issue": open_issue(BRANCHES[0], f"ZB-{n}", unit=unit)}, new=True))
            assert isinstance(issue, Issue)
            act(change, act(change, issue, "register", {}), "assign", {})
    sent = send(store, tmp_path / "out", by="owner")
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == sorted([*(one.file for one in sent), TRANSMITTAL])
    assert len({one.file.casefold() for one in sent}) == 5


def test_an_issue_that_was_sent_back_says_so_and_asks_for_everything_anew(tmp_path: Path) -> None:
    store = make_ledger(tmp_path / "l.db", 1)
    id_ = issues(store)[0].id
    with store.change(TOWNSHIP, SENT, "t") as change:
        act(change, change.issue(id_), "deliver", {"on": str(SENT)})
    with store.change(OWNER, LATER, "t") as change:
        papers = [{"name": "记录", "dated": str(LATER)}]
        act(change, change.issue(id_), "submit", {"done_on": str(LATER), "text": "完成", "papers": papers})
    with store.change(COUNTY, LATER, "t") as change:
        act(change, change.issue(id_), "accept", {"outcome": "part", "method": "site", "opinion": "照片不清", "failed": [2]})
    export_workbooks(store, COUNTY, LATER, tmp_path / "out", by="township", role="owner")
    sheet = openpyxl.load_workbook(tmp_path / "out" / "云台街道.xlsx").worksheets[0]
    header, columns = header_of(sheet)
    found = {name: sheet.cell(header + 1, column).value for name, column in columns.items()}
    assert (found["nature"], found["opinion"], found["submit"], found["papers"]) == ("退回", "照片不清", None, None)


def test_equal_ledgers_give_equal_bytes(tmp_path: Path) -> None:
    store = make_ledger(tmp_path / "l.db", 2)
    store.backup(tmp_path / "m.db")
    other = type(store).open(tmp_path / "m.db")
    assert send(store, tmp_path / "a") == send(other, tmp_path / "b")


def test_titles_are_unique_in_both_languages() -> None:
    names = [column.name for column in columns_of("county")]
    for lang in ("zh", "en"):
        assert len({label(name, lang) for name in names}) == len(names)  # type: ignore[arg-type]
