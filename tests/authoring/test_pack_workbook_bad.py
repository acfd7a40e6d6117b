"""One spoilt workbook for each mistake of an author: its sheet and cell, what it says, and that nothing is written."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from packbook_files import again, book_of, pack_from, spoil

from cli import main
from evaluator.diagnostics import Diagnostic, Failure
from evaluator.messages import LANGUAGES, catalogue

GOOD = Path(__file__).parent.parent / "bad" / "packs" / "good.yaml"
Change = Callable[[Any], None]


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    path = book_of(pack_from(GOOD), tmp_path_factory.mktemp("book") / "good.xlsx")
    return path.read_bytes()


def at(sheet: str, cell: str, value: object, number_format: str = "") -> Change:
    """Return a change of one cell."""

    def change(book: Any) -> None:
        book[sheet][cell].value = value
        if number_format:
            book[sheet][cell].number_format = number_format

    return change


def column(sheet: str, head: str, row: int, value: object, number_format: str = "") -> Change:
    """Return a change of a cell below a header."""

    def change(book: Any) -> None:
        names = [str(cell.value or "").split("\n")[0].lstrip("*") for cell in book[sheet][2]]
        cell = book[sheet].cell(row, names.index(head) + 1)
        cell.value = value
        cell.number_format = number_format or cell.number_format

    return change


def without(sheet: str) -> Change:
    def change(book: Any) -> None:
        del book[sheet]

    return change


def both(*changes: Change) -> Change:
    def change(book: Any) -> None:
        for one in changes:
            one(book)

    return change


def renamed(book: Any) -> None:
    book["准则"].title = "评分准则"


def emptied(*sheets: str) -> Change:
    def change(book: Any) -> None:
        for sheet in sheets:
            book[sheet].delete_rows(3, 60)

    return change


def copied(book: Any) -> None:
    copy = book.copy_worksheet(book["时限"])
    copy.title = "Deadlines"


def empty_group(book: Any) -> None:
    book["分组"]["A4"].value = "G2"
    book["分组"]["B4"].value = "空的"
    book["分组"]["D4"].value = "score >= 80"


# code: the change, the place, words in Chinese, words in English
TABLE: dict[str, tuple[Change, str, str, str]] = {
    "E101": (renamed, "", "缺少工作表“准则”(不认识的表:评分准则)", "the sheet 准则 is missing"),
    "E102": (at("准则", "D2", None), "准则 A2", "工作表“准则”缺少“分值”列", "has no column 分值"),
    "E103": (at("准则", "D2", "分 植"), "准则 D2", "不认识表头“分 植”", "the header 分 植 is not known"),
    "E104": (column("准则", "责任单位", 3, None), "准则 F3", "“责任单位”必须填", "责任单位 must be filled in"),
    "E105": (column("准则", "分值", 3, "十分"), "准则 D3", "“分值”要填数,这里是“十分”", "分值 must be a number, not 十分"),
    "E106": (column("时限", "天数", 3, 2.5), "时限 C3", "“天数”要填整数,这里是“2.5”", "must be a whole number, not 2.5"),
    "E107": (column("准则", "关键项", 3, "大概"), "准则 I3", "“关键项”填 是、否,这里是“大概”", "关键项 is 是、否, not 大概"),
    "E108": (at("规则包", "B10", "年初"), "规则包 B10", "“生效日期”要填日期,这里是“年初”", "must be a date, not 年初"),
    "E109": (column("数据项", "类型", 3, "数字"), "数据项 C3", "“类型”没有“数字”这个选项", "类型 cannot be 数字"),
    "E110": (column("准则", "分值", 3, "=4+6"), "准则 D3", "公式错误或没有算出来的公式:=4+6", "a formula without a result: =4+6"),
    "E111": (column("得分项", "评分模板", 3, "打分"), "得分项 B3", "没有“打分”这个评分模板", "there is no template 打分"),
    "E112": (column("得分项", "每次分值", 3, None), "得分项 E3", "模板“每少1次扣分,扣完为止”要填“每次分值”", "needs 每次分值"),
    "E113": (
        column("得分项", "多选数据项", 3, "topics"),
        "得分项 N3",
        "模板“每少1次扣分,扣完为止”用不到“多选数据项”",
        "no use for 多选数据项",
    ),
    "E114": (column("准则", "编号", 4, "C-01"), "准则 B4", "编号“C-01”重复了,前一个在 准则 B3", "is given twice; the first is in 准则 B3"),
    "E115": (column("准则", "时限编号", 3, "sooon"), "准则 H3", "“时限”表里没有“sooon”,有:soon", "the sheet 时限 has no sooon"),
    "E116": (copied, "Deadlines", "有两张表都是“Deadlines”(另一张:时限)", "two sheets are Deadlines"),
    "E118": (column("准则", "数字出处", 3, "8 默认"), "准则 P3", "“数字出处”里的“8 默认”看不懂", "8 默认 in 数字出处 cannot be read"),
    "E119": (column("数据项", "最大", 3, None), "数据项 E3", "只填了范围的一头,还要填“最大”", "only one end of the range"),
    "E120": (emptied("准则", "得分项", "分组"), "", "没有准则,也没有情形", "there are no criteria"),
    "E121": (empty_group, "分组 A4", "分组“G2”下面没有准则", "the group G2 has no criteria"),
    "E122": (column("准则", "分值", 3, 0.1, "0%"), "准则 D3", "“分值”不能是百分数“10%”", "cannot be the percentage 10%"),
    "E123": (column("时限", "固定日期(月-日)", 3, "年底"), "时限 E3", "要填月和日,这里是“年底”", "must be month and day, not 年底"),
    "E124": (
        column("准则", "何时起算", 3, "年底"),
        "准则 M3",
        "“何时起算”填“期末”或月份,这里是“年底”",
        "is period_end or a month, not 年底",
    ),
    "E125": (
        column("计算值", "分母为零时", 3, "算了"),
        "计算值 F3",
        "填 不计、满分、零分 或一个分数,这里是“算了”",
        "不计、满分、零分 or points",
    ),
    "E127": (at("时限", "A2", None), "", "", ""),  # replaced below
    "E128": (at("准则", "I2", "分值"), "准则 I2", "表头“分值”重复了", "the header 分值 is given twice"),
    "E129": (None, "", "", ""),  # type: ignore[dict-item]
}


def no_header(book: Any) -> None:
    book["时限"].delete_rows(2)


def two_rises(book: Any) -> None:
    for row in (3, 4):
        for head, value in (("规则种类", "升等限制"), ("最多", 1), ("依据", "doc"), ("数字出处", "1 = 默认")):
            column("全域规则", head, row, value)(book)
    book["规则包"]["B18"].value = "全县"


TABLE["E127"] = (no_header, "时限 A1", "工作表“时限”里找不到表头", "the sheet 时限 has no header row")
TABLE["E129"] = (two_rises, "全域规则 A4", "升等限制只能有一条", "one rule on rising only")


def findings_of(path: Path) -> list[Diagnostic]:
    with pytest.raises(Failure) as caught:
        again(path)
    return list(caught.value.findings)


def spot(finding: Diagnostic) -> str:
    return f"{finding.place.sheet} {finding.place.cell}".strip()


@pytest.mark.parametrize("code", TABLE)
def test_each_mistake_is_told_at_its_cell(code: str, book: bytes, tmp_path: Path) -> None:
    change, place, zh, en = TABLE[code]
    path = tmp_path / "a.xlsx"
    path.write_bytes(book)
    found = findings_of(spoil(path, change))
    told = [one for one in found if one.key == f"packbook.{code}"]
    assert told, [(spot(one), one.key, one.message()) for one in found]
    assert spot(told[0]) == place
    assert zh in told[0].message("zh")
    assert en in told[0].message("en")
    for lang in LANGUAGES:
        assert told[0].hint(lang)
    others = [one for one in found if one.is_error and one.key != told[0].key]
    allowed = {"E102": {"E103"}, "E103": {"E102"}, "E101": set(), "E128": {"E103"}, "E120": {"E115"}, "E114": {"E115"}}.get(code, set())
    assert {one.code for one in others} <= allowed, [(spot(one), one.key, one.message()) for one in others]


def test_every_code_of_a_workbook_is_tried() -> None:
    known = {name for name in catalogue("packbook") if name[0] == "E" and name[1:] in map(str, range(101, 130))}
    assert set(TABLE) == known


@pytest.mark.parametrize(
    ("change", "place", "key"),
    [
        (column("得分项", "条件1", 4, "done_rate >> 90%"), "得分项 H4", "conditions."),
        (column("得分项", "条件1", 4, "done_rat >= 90%"), "得分项 H4", "conditions."),
        (column("得分项", "计数或比率", 3, "months - meetngs"), "得分项 G3", "conditions."),
        (column("准则", "分值", 3, 11), "准则 D3", "packs.E422"),
        (column("准则", "依据", 3, "dok"), "准则 O3", "packs.E402"),
        (column("准则", "整改措施", 3, "补记录"), "准则 E3", "packs.E430"),
        (column("分组", "先要得的组", 3, "G9"), "分组 F3", "packs.E404"),
        (column("时限", "固定日期(月-日)", 3, "12-31"), "时限 A3", "packs.E469"),
        (column("计算值", "公式", 3, "held / 0x"), "计算值 E3", "conditions."),
        (column("准则", "编号", 3, "1-01"), "准则 B3", "packs."),
        (column("分组", "最低适用比例%", 3, 250), "分组 E3", "packs.E312"),
        (column("一票否决", "认定日期数据项", 3, "fraud"), "一票否决 H3", "packs.E475"),
        (column("数据项", "最小", 3, 400), "数据项 E3", "packs.E440"),
    ],
)
def test_what_the_ordinary_checks_find_stands_at_a_cell(change: Change, place: str, key: str, book: bytes, tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    path.write_bytes(book)
    found = findings_of(spoil(path, change))
    assert [spot(one) for one in found if one.key.startswith(key)] == [place], [(spot(one), one.key, one.message()) for one in found]
    assert all(one.place.file.endswith("a.xlsx") for one in found)


def test_all_mistakes_are_told_in_one_pass_and_nothing_is_written(book: bytes, tmp_path: Path) -> None:
    path, out = tmp_path / "a.xlsx", tmp_path / "pack.yaml"
    path.write_bytes(book)
    changes = (
        column("准则", "分值", 3, "八分"),
        column("准则", "时限编号", 4, "nie"),
        column("得分项", "评分模板", 3, "x"),
        column("得分项", "条件1", 4, "done_rate >"),
        column("数据项", "类型", 5, "数"),
        column("出处", "文件名称", 3, None),
    )
    spoil(path, both(*changes))
    result = CliRunner().invoke(main, ["pack", "import", str(path), "-o", str(out)])
    assert result.exit_code == 2
    for words in ("[准则] D3: E105", "[准则] H4: E115", "[得分项] B3: E111", "[得分项] H4: E2", "[数据项] C5: E109", "[出处] B3: E104"):
        assert words in result.output, result.output
    assert result.output.count("提示:") == len(changes)
    assert not out.exists()


def test_a_sheet_of_the_authors_own_is_named_and_left_out(book: bytes, tmp_path: Path) -> None:
    def change(book: Any) -> None:
        book.create_sheet("讨论稿")["A1"].value = "想法"

    path = tmp_path / "a.xlsx"
    path.write_bytes(book)
    result = CliRunner().invoke(main, ["pack", "import", str(spoil(path, change)), "-o", str(tmp_path / "b.yaml")])
    assert result.exit_code == 0
    assert "W151 工作表“讨论稿”没有读" in result.output


def test_any_other_workbook_is_not_a_pack(tmp_path: Path) -> None:
    def change(book: Any) -> None:
        for name in book.sheetnames[2:]:
            del book[name]

    found = findings_of(spoil(book_of(pack_from(GOOD), tmp_path / "a.xlsx"), change))
    assert [one.code for one in found] == ["E133"]


def test_options_of_a_table_do_not_fit_a_workbook(tmp_path: Path) -> None:
    path = book_of(pack_from(GOOD), tmp_path / "a.xlsx")
    result = CliRunner().invoke(main, ["pack", "import", str(path), "-o", str(tmp_path), "--title", "x"])
    assert (result.exit_code, "E212" in result.output) == (2, True)
