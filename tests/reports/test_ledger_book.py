"""The ledger as a workbook, read back with another library."""

import zipfile
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path

import openpyxl
import pytest
from openpyxl.workbook import Workbook
from openpyxl.worksheet.worksheet import Worksheet
from sample_packs import INTERNAL_MARK
from sample_run import sample_run

from evaluator.reports.context import context
from evaluator.reports.ledger_book import FULL, PRINTED, write_ledger, write_township_lists
from evaluator.reports.sheets import broken

TOP = 4  # row of the heads


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    run = sample_run()
    ctx = context(run, "zh")
    made = tmp_path_factory.mktemp("ledger")
    assert ctx.internal
    write_ledger(run, ctx, made / "ledger.xlsx")
    write_ledger(run, ctx.internal, made / "internal" / "ledger.xlsx")
    write_township_lists(run, ctx, made / "townships")
    return made


@pytest.fixture(scope="module")
def book(folder: Path) -> Workbook:
    return openpyxl.load_workbook(folder / "ledger.xlsx")


def _texts(path: Path) -> str:
    with zipfile.ZipFile(path) as parts:
        return "".join(parts.read(name).decode("utf-8", "replace") for name in parts.namelist())


def _by_serial(sheet: Worksheet, column: int = 1) -> dict[str, list[object]]:
    return {str(row[column - 1].value): list(row) for row in sheet.iter_rows(min_row=TOP + 1) if row[column - 1].value}


def test_full_sheet_has_the_24_columns_and_the_key(book: Workbook) -> None:
    sheet = book["台账全表"]
    heads = [sheet.cell(TOP, column).value for column in range(1, 26)]
    assert heads[:24] == [
        "台账编号",
        "批次/来源",
        "组织",
        "组织类型",
        "准则id",
        "问题表现",
        "问题性质",
        "整改目标",
        "整改措施",
        "牵头领导",
        "责任单位",
        "责任人(职务)",
        "配合单位",
        "时限类",
        "下发日期",
        "完成时限",
        "延期次数",
        "进展情况",
        "佐证清单",
        "申请销号日期",
        "验收人",
        "验收意见",
        "销号日期",
        "状态/灯色",
    ]
    assert heads[24] == "issue_key"
    assert sheet.column_dimensions["Y"].hidden
    assert [sheet.cell(row, 25).value for row in range(5, 15)] == [issue.key for issue in context(sample_run(), "zh").issues]


def test_what_is_known_is_filled_and_the_rest_is_empty(book: Workbook) -> None:
    row = dict(zip(FULL, (cell.value for cell in _by_serial(book["台账全表"])["02-DZB-01"]), strict=False))  # type: ignore[attr-defined]
    assert (row["branch"], row["criterion"], row["owner"], row["deadline"], row["status"]) == (
        "=1+1",
        "DZB-01",
        "社区党组织",
        "立行立改",
        "待研判",
    )
    assert row["due"] == datetime(2023, 6, 20)  # noqa: DTZ001
    empty = {name for name, value in row.items() if value is None}
    assert empty == {
        "nature",
        "leader",
        "person",
        "helpers",
        "delivered",
        "extended",
        "progress",
        "evidence_list",
        "submitted",
        "inspector",
        "opinion",
        "closed",
    }


def test_overdue_and_soon_are_marked_by_colour_and_by_a_character(book: Workbook) -> None:
    full, printed = _by_serial(book["台账全表"]), _by_serial(book["打印台账"], 2)
    place = list(FULL).index("due"), list(FULL).index("status"), list(PRINTED).index("light")
    for serial, mark in (("02-DZB-01", "⚠ 逾期"), ("02-DPA-01", "◔ 临期")):
        for cell in (full[serial][place[0]], full[serial][place[1]], printed[serial][place[2]]):
            assert mark in (cell.number_format + str(cell.value))  # type: ignore[attr-defined]
            assert cell.fill.patternType == "solid"  # type: ignore[attr-defined]
    quiet = full["04-DPA-01"][place[0]]
    assert quiet.fill.patternType is None  # type: ignore[attr-defined]
    assert quiet.number_format == "yyyy-mm-dd"  # type: ignore[attr-defined]


def test_lights_move_with_the_as_of_date(tmp_path: Path) -> None:
    run = sample_run()
    later = replace(run, info=replace(run.info, as_of=date(2023, 7, 3)))
    write_ledger(later, context(later, "zh"), tmp_path / "ledger.xlsx")
    rows = _by_serial(openpyxl.load_workbook(tmp_path / "ledger.xlsx")["打印台账"], 2)
    assert rows["02-DPA-01"][10].value == "⚠ 逾期 1 天"  # type: ignore[attr-defined]


def test_drop_downs_filter_and_frozen_heads(book: Workbook) -> None:
    sheet = book["台账全表"]
    lists = {
        min(rule.sqref.ranges, key=str).min_col: rule.formula1 for rule in sheet.data_validations.dataValidation if rule.type == "list"
    }
    names = list(FULL)
    assert set(lists) == {names.index(name) + 1 for name in ("status", "deadline", "nature")}
    options = book["选项"]
    assert options.sheet_state == "hidden"
    assert [cell.value for cell in options["A"]] == [
        "状态/灯色",
        "待研判",
        "已立号",
        "整改中",
        "申请销号",
        "已销号",
        "挂起",
        "不予立号",
        "移交",
        "并号",
    ]
    assert [cell.value for cell in options["B"]][:4] == ["时限类", "立行立改", "限期30天", "年底对账"]
    assert lists[names.index("status") + 1] == "'选项'!$A$2:$A$10"
    assert sheet.auto_filter.ref == "A4:X14"
    assert sheet.freeze_panes == "D5"


def test_texts_stay_texts_also_when_edited(book: Workbook) -> None:
    cell = _by_serial(book["台账全表"])["02-DZB-01"][2]
    assert (cell.value, cell.data_type, cell.quotePrefix) == ("=1+1", "s", True)  # type: ignore[attr-defined]
    for sheet in book.worksheets:
        assert not [c for row in sheet.iter_rows() for c in row if c.data_type == "f"]


def test_printed_sheet_is_ready_for_the_printer(book: Workbook) -> None:
    sheet = book["打印台账"]
    assert [sheet.cell(TOP, column).value for column in range(1, 14)].index(None) == len(PRINTED) == 12
    assert (sheet.page_setup.orientation, sheet.page_setup.paperSize) == ("landscape", 9)
    assert sheet.print_title_rows == "$4:$4"
    assert "第 &P 页 共 &N 页" in _texts_of_footer(sheet)
    heads = [row for row in range(TOP + 1, sheet.max_row + 1) if "应检" in str(sheet.cell(row, 1).value)]
    assert [str(sheet.cell(row, 1).value).split()[0] for row in heads] == ["东风街道", "西城街道", "未分乡镇"]
    assert [one.id + 1 for one in sheet.row_breaks.brk] == heads[1:]
    assert not sheet.sheet_properties.pageSetUpPr.fitToPage  # fitted pages would lose the breaks
    assert "未检 1 个" in str(sheet.cell(heads[1], 1).value)


def _texts_of_footer(sheet: Worksheet) -> str:
    footer = sheet.oddFooter
    return "".join(str(part.text) for part in (footer.left, footer.center, footer.right)).replace("&[Page]", "&P").replace("&[Pages]", "&N")


def test_no_row_is_lower_than_its_text(tmp_path: Path) -> None:
    run = sample_run()
    long = replace(run.records[0], note="查阅台账发现二月、五月没有记录," * 60)
    made = replace(run, records=(long,))
    write_ledger(made, context(made, "zh"), tmp_path / "ledger.xlsx")
    sheet = openpyxl.load_workbook(tmp_path / "ledger.xlsx")["打印台账"]
    told = ""
    for row in range(TOP + 1, sheet.max_row + 1):
        height = sheet.row_dimensions[row].height
        assert height <= 409
        for (name, width), column in zip(PRINTED.items(), range(1, 13), strict=True):
            value = sheet.cell(row, column).value
            if isinstance(value, str) and sheet.cell(row, column).alignment.wrap_text:
                assert height >= 14 * len(broken(value, width))
                told += value if name == "problem" else ""
    assert long.note in told  # what is too long for one row goes on in the next


def test_one_list_for_each_township(folder: Path) -> None:
    lists = sorted(path.name for path in (folder / "townships").iterdir())
    assert lists == sorted(["东风街道.xlsx", "西城街道.xlsx", "未分乡镇.xlsx"])
    west = openpyxl.load_workbook(folder / "townships" / "西城街道.xlsx")
    assert west.sheetnames == ["问题清单", "支部结果"]
    assert [serial for serial in _by_serial(west["问题清单"], 2) if serial[0] == "0"] == [
        "04-DPA-01",
        "04-DV1",
        "05-DZB-02",
        "05-DGJ-02",
        "05-DPA-01",
    ]
    assert [row[2].value for row in west["支部结果"].iter_rows(min_row=5)] == ["★★☆", "☆☆☆", "未检"]


def test_a_township_cannot_leave_its_folder(tmp_path: Path) -> None:
    run = sample_run()
    rows = tuple(replace(row, township={1: "../../x", 2: "CON", 3: "con"}.get(row.order, "a/b")) for row in run.branches)
    made = replace(run, branches=rows)
    write_township_lists(made, context(made, "zh"), tmp_path / "lists")
    assert [path.name for path in tmp_path.iterdir()] == ["lists"]
    assert len(list((tmp_path / "lists").iterdir())) == 4
    assert not {"con.xlsx", "x.xlsx"} & {path.name.casefold() for path in (tmp_path / "lists").iterdir()}


def test_internal_issues_are_in_the_internal_ledger_only(folder: Path) -> None:
    for path in (folder / "ledger.xlsx", *(folder / "townships").iterdir()):
        for secret in (INTERNAL_MARK, "TL-01", "TL-02"):
            assert secret not in _texts(path)
    internal = _by_serial(openpyxl.load_workbook(folder / "internal" / "ledger.xlsx")["台账全表"])
    assert list(internal) == ["01-TL-02", "05-TL-01", "05-TL-02"]


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_equal_runs_give_equal_bytes(tmp_path: Path, lang: str) -> None:
    made = []
    for name in ("one", "two"):
        run = sample_run()
        ctx = context(run, lang)  # type: ignore[arg-type]
        write_ledger(run, ctx, tmp_path / name / "ledger.xlsx")
        write_township_lists(run, ctx, tmp_path / name / "townships")
        made.append({path.relative_to(tmp_path / name): path.read_bytes() for path in (tmp_path / name).rglob("*.xlsx")})
    assert made[0] == made[1]
    assert len(made[0]) == 4


def test_english_ledger_has_english_heads(tmp_path: Path) -> None:
    run = sample_run()
    write_ledger(run, context(run, "en"), tmp_path / "ledger.xlsx")
    book = openpyxl.load_workbook(tmp_path / "ledger.xlsx")
    assert book.sheetnames == ["Full ledger", "Ledger to print", "Choices"]
    assert book["Full ledger"].cell(TOP, 6).value == "Problem"
