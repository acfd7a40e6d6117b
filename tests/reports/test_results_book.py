"""The workbook of results, read back with another library."""

import zipfile
from dataclasses import replace
from pathlib import Path

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl.workbook import Workbook
from sample_packs import INTERNAL_MARK
from sample_run import sample_run

from evaluator.messages import Language
from evaluator.packs.models import Labels
from evaluator.reports.context import context
from evaluator.reports.results_book import write_results
from evaluator.reports.sheets import PADDING, broken, row_height, sheet_name, text_width
from evaluator.scoring.results import Run


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("results")
    _write_both(sample_run(), made, "zh")
    return made


def _write_both(run: Run, folder: Path, lang: Language) -> None:
    ctx = context(run, lang)
    assert ctx.internal
    write_results(run, ctx, folder / "results.xlsx")
    write_results(run, ctx.internal, folder / "internal" / "results.xlsx")


@pytest.fixture(scope="module")
def values(folder: Path) -> Workbook:
    return openpyxl.load_workbook(folder / "results.xlsx", data_only=True)


@pytest.fixture(scope="module")
def formulas(folder: Path) -> Workbook:
    return openpyxl.load_workbook(folder / "results.xlsx")


def _texts(path: Path) -> str:
    """Return every part of a workbook as one text, comments and properties included."""
    with zipfile.ZipFile(path) as parts:
        return "".join(parts.read(name).decode("utf-8", "replace") for name in parts.namelist())


def _rows(book: Workbook, sheet: str) -> list[tuple[object, ...]]:
    return [tuple(row) for row in book[sheet].iter_rows(values_only=True)]


def test_sheets_stand_in_the_promised_order(values: Workbook) -> None:
    assert values.sheetnames == ["总览", "支部结果", "排名", "一票否决", "得分矩阵", "算分表", "失分排行", "待补佐证"]


def test_overview_counts_the_unvisited(values: Workbook) -> None:
    told = {row[0]: row for row in _rows(values, "总览")}
    assert told["支部"][1] == "应检 7 个,已检 6 个,未检 1 个"
    assert told["未检"][2] == 1
    assert told["3 星"][2] == 3


def test_every_sheet_says_the_banners(values: Workbook) -> None:
    for sheet in values.worksheets:
        assert "征求意见稿" in str(sheet["A2"].value)
        assert "征求意见稿" in str(sheet.oddHeader.center.text)
        assert sheet.page_setup.paperSize == (8 if sheet.title == "得分矩阵" else 9)


def test_approved_run_is_no_draft(tmp_path: Path) -> None:
    run = sample_run(state="approved")
    write_results(run, context(run, "zh"), tmp_path / "results.xlsx")
    assert "征求意见稿" not in _texts(tmp_path / "results.xlsx")


def test_branches_in_register_order_ranking_by_result(values: Workbook) -> None:
    rows = [row for row in _rows(values, "支部结果") if isinstance(row[0], int)]
    assert [row[0] for row in rows] == [1, 2, 3, 4, 5, 6, 7]
    assert [row[3] for row in rows] == ["★★★", "☆☆☆", "★★★", "★★☆", "☆☆☆", "未检", "★★★"]
    ranks = [(row[0], row[1]) for row in _rows(values, "排名")[4:]]
    assert [rank for rank, _ in ranks] == [1, 2, 2, 4, 5, 6, "—"]
    assert ranks[-1][1] == "北苑社区党支部"


def test_texts_stay_texts(formulas: Workbook) -> None:
    names = {row[1].value: row[1] for row in formulas["支部结果"].iter_rows() if row[1].value}
    for name in ("=1+1", "@南湖 <60%", "../../x", "CON"):
        assert names[name].data_type == "s"
    for sheet in formulas.worksheets:
        found = [cell for row in sheet.iter_rows() for cell in row if cell.data_type == "f"]
        assert bool(found) is (sheet.title == "算分表")
        assert not any(cell.hyperlink for row in sheet.iter_rows() for cell in row)


def _count_sheet(formulas: Workbook, values: Workbook) -> list[tuple[str, str, object, object, object]]:
    """Return branch, group, formula, its kept value and the engine's figure, of every group of every branch."""
    sheet, kept = formulas["算分表"], values["算分表"]
    top = next(row for row in range(1, 12) if sheet.cell(row, 1).value == "序号")
    titles, heads = ([sheet.cell(row, column).value for column in range(1, sheet.max_column + 1)] for row in (top, top + 1))
    found = []
    group = ""
    for column, head in enumerate(heads, 1):
        group = str(titles[column - 1] or group)
        if head == "合计":
            for row in range(top + 2, sheet.max_row + 1):
                cells = [sheet.cell(row, column).value, kept.cell(row, column).value, kept.cell(row, column + 1).value]
                found.append((str(sheet.cell(row, 2).value), group, *cells))
                assert kept.cell(row, column + 2).value in (0, None)
    return found


def test_counted_sums_equal_the_engine(formulas: Workbook, values: Workbook) -> None:
    run = sample_run()
    names = {branch.id: branch.name for branch in run.register.branches}
    titles = {group.id: group.title.zh for group in run.packs[0].groups}
    engine = {(names[row.branch_id], titles[row.group]): row.earned / 100 for row in run.groups}
    seen = 0
    for branch, group, formula, kept, beside in _count_sheet(formulas, values):
        if formula is None:
            assert branch == "北苑社区党支部"
            continue
        assert str(formula).startswith("=SUM(")
        assert kept == beside == engine[branch, group]
        seen += 1
    assert seen == len(engine) == 18
    assert values["算分表"]["D4"].value == 0
    assert "SUMPRODUCT" in str(formulas["算分表"]["D4"].value)


def test_a_wrong_engine_is_seen(tmp_path: Path) -> None:
    run = sample_run()
    wrong = replace(run, groups=(replace(run.groups[0], earned=run.groups[0].earned + 50), *run.groups[1:]))
    write_results(wrong, context(wrong, "zh"), tmp_path / "results.xlsx")
    assert openpyxl.load_workbook(tmp_path / "results.xlsx", data_only=True)["算分表"]["D4"].value == 0.5


def test_bonus_is_capped_in_the_formula(tmp_path: Path) -> None:
    run = sample_run()
    first = run.packs[0].groups[0]
    criteria = (first.criteria[0], first.criteria[1].model_copy(update={"bonus": True}))
    group = first.model_copy(update={"criteria": criteria, "bonus": type("B", (), {"up_to": 3})()})
    pack = run.packs[0].model_copy(update={"groups": (group, *run.packs[0].groups[1:])})
    rows = tuple(replace(row, earned=1100) if row.group == "ZB" and row.branch_id == "B-01" else row for row in run.groups)
    made = replace(run, packs=(pack, run.packs[1]), groups=rows)
    write_results(made, context(made, "zh"), tmp_path / "results.xlsx")
    sheet = openpyxl.load_workbook(tmp_path / "results.xlsx")["算分表"]
    assert sheet["F7"].value == "=SUM(D7)+MIN(SUM(E7),3)"
    kept = openpyxl.load_workbook(tmp_path / "results.xlsx", data_only=True)["算分表"]
    assert (kept["F7"].value, kept["G7"].value, kept["H7"].value) == (11, 11, 0)


def test_matrix_shows_percent_and_doubt(formulas: Workbook) -> None:
    sheet = formulas["得分矩阵"]
    rows = {row[1].value: row for row in sheet.iter_rows() if isinstance(row[0].value, int)}
    assert [cell.value for cell in rows["=1+1"][3:8]] == [0, 100, 50, 100, 0]
    doubt = rows["@南湖 <60%"][4]
    assert doubt.value == "0?"
    assert doubt.fill.patternType == "lightUp"
    assert rows["=1+1"][3].fill.fgColor.rgb != rows["=1+1"][4].fill.fgColor.rgb
    assert all(cell.value is None for cell in rows["北苑社区党支部"][3:8])


def test_costs_and_what_is_owed(values: Workbook) -> None:
    costs = [row for row in _rows(values, "失分排行") if isinstance(row[0], int)]
    assert [(row[1], row[4], row[5], row[7]) for row in costs] == [
        ("DPA-01", 60, "3/6", "共性"),
        ("DGJ-02", 9.18, "3/6", "共性"),
        ("DZB-01", 8, "1/6", None),
        ("DGJ-01", 5, "1/6", None),
    ]
    owed = [row[:4] for row in _rows(values, "待补佐证")[4:7]]
    assert owed == [
        ("乡镇(街道)", "联席会议次数", 1, "DGJ-01"),
        ("纪委", "弄虚作假认定文号", 1, "DV2"),
        ("支部", "党费按月足额交纳率", 1, "DZB-02"),
    ]


def test_internal_results_are_in_the_internal_folder_only(folder: Path) -> None:
    public = _texts(folder / "results.xlsx")
    for secret in (INTERNAL_MARK, "TL-01", "建议列入", "demo-lax"):
        assert secret not in public
    internal = openpyxl.load_workbook(folder / "internal" / "results.xlsx")
    assert internal.sheetnames == ["总览", "支部结果", "触发情形", "待补佐证"]
    assert "建议列入" in [row[3] for row in _rows(internal, "支部结果")]
    assert "demo-star" not in _texts(folder / "internal" / "results.xlsx")


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_equal_runs_give_equal_bytes(tmp_path: Path, lang: Language) -> None:
    def write(name: str, run: Run) -> bytes:
        _write_both(run, tmp_path / name, lang)
        return (tmp_path / name / "results.xlsx").read_bytes() + (tmp_path / name / "internal" / "results.xlsx").read_bytes()

    assert write("one", sample_run()) == write("two", sample_run())


def test_rows_are_high_enough_and_columns_measured(values: Workbook) -> None:
    for sheet in values.worksheets:
        widths = {key: one.width for key, one in sheet.column_dimensions.items()}
        for row in sheet.iter_rows(min_row=5):
            for cell in row:
                if (
                    isinstance(cell.value, str)
                    and cell.alignment.wrap_text
                    and cell.coordinate not in sheet.merged_cells
                    and not cell.alignment.textRotation
                ):
                    width = widths.get(cell.column_letter) or _grouped(sheet, cell.column)
                    height = sheet.row_dimensions[cell.row].height or 15
                    assert height >= 13.5 * len(broken(cell.value, width)), (sheet.title, cell.coordinate)


def _grouped(sheet: object, column: int) -> float:
    """Return the width of a column that openpyxl keeps under the first of its group."""
    spans = sheet.column_dimensions.values()  # type: ignore[attr-defined]
    return next((one.width for one in spans if one.min and one.min <= column <= one.max), 8.43)


def test_several_packs_have_their_own_sheets_and_files(tmp_path: Path) -> None:
    run = sample_run()
    long = {"zh": "同一个很长很长很长很长很长很长很长很长很长很长的类别名称"}
    packs = tuple(pack.model_copy(update={"internal": False, "category": Labels(**long)}) for pack in run.packs)
    made = replace(run, packs=packs)
    ctx = context(made, "zh")
    assert ctx.internal is None
    assert [branch.stem for branch in ctx.branches[:2]] == ["01-青山社区党支部-demo-star", "01-青山社区党支部-demo-lax"]
    assert (ctx.totals.expected, ctx.totals.unvisited, len(ctx.branches)) == (7, 1, 14)
    write_results(made, ctx, tmp_path / "results.xlsx")
    names = openpyxl.load_workbook(tmp_path / "results.xlsx").sheetnames
    assert len([name for name in names if name.startswith("支部结果")]) == 2


# --- measuring ----------------------------------------------------------------


@given(st.text(alphabet="中a1 ,。★\n", max_size=60), st.floats(4, 60))
def test_lines_fit_and_lose_nothing(text: str, width: float) -> None:
    lines = broken(text, width)
    assert "".join(lines) == text.replace("\n", "")
    room = max(2.0, width - PADDING)
    assert all(text_width(line.rstrip(" ")) <= room or len(line) <= max(1, int(room) // 2) for line in lines)


@given(st.text(alphabet="中文a ", min_size=1, max_size=200))
@settings(max_examples=50)
def test_a_narrower_column_never_needs_a_lower_row(text: str) -> None:
    assert row_height([(text, 12)]) >= row_height([(text, 40)])


def test_chinese_counts_double() -> None:
    assert text_width("青山ab") == 6
    assert text_width("一\n二三") == 4
    assert row_height([("短", 20)]) < row_height([("很长的一段话" * 10, 20)])


def test_sheet_names_are_what_excel_takes() -> None:
    assert sheet_name("得分矩阵 村/社区[甲]") == "得分矩阵 村_社区_甲_"
    assert len(sheet_name("长" * 50)) == 31
