"""A table of items, points and standards becomes a pack that scores on the same day; what is wrong with a table is told at its cell."""

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import docx
import openpyxl
import pytest
from click.testing import CliRunner
from packbook_files import spoil

from cli import main
from evaluator.authoring.workbook.pasted import prefix
from evaluator.authoring.workbook.scanning import WORDS
from evaluator.authoring.workbook.suggesting import suggest
from evaluator.messages import LANGUAGES, catalogue
from evaluator.packs.load import load_pack
from evaluator.packs.models import Criterion, ManualPart, Pack

BAD = Path(__file__).parent.parent / "bad" / "packbooks"
NAMED = ("--id", "my-pack", "--title", "支部考核")
HEAD = ("类别", "项目", "分值", "评分标准")


def run(*words: object) -> Any:
    return CliRunner().invoke(main, [str(word) for word in words])


def pack_of(file: Path, tmp_path: Path, *more: str) -> Pack:
    told = run("pack", "import", file, "-o", tmp_path / "out", *NAMED, *more)
    assert told.exit_code == 0, told.output
    checked = run("pack", "check", tmp_path / "out")
    assert checked.exit_code == 0, checked.output
    return load_pack(str(tmp_path / "out")).pack


def refused(file: Path, tmp_path: Path, *more: str) -> str:
    told = run("pack", "import", file, "-o", tmp_path / "out", *(more or NAMED))
    assert told.exit_code == 2, told.output
    assert not (tmp_path / "out").exists()
    return str(told.output)


def workbook(path: Path, rows: list[tuple[object, ...]], *merged: str) -> Path:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "考核表"
    for row in rows:
        sheet.append(row)
    for area in merged:
        sheet.merge_cells(area)
    book.save(path)
    return path


def criteria(pack: Pack) -> list[Criterion]:
    return [criterion for group in pack.groups for criterion in group.criteria]


def ranges(criterion: Criterion) -> list[tuple[Decimal, Decimal]]:
    return [part.manual.range for part in criterion.parts if isinstance(part, ManualPart)]


# --- what a table becomes -----------------------------------------------------


def test_a_table_becomes_a_pack_of_manual_criteria(tmp_path: Path) -> None:
    pack = pack_of(BAD / "table.csv", tmp_path, "--document", "青山县支部考核办法", "--from", "2023-01-01")
    assert (pack.pack, pack.status, pack.title.zh, pack.effective.from_) == ("my-pack", "reference", "支部考核", date(2023, 1, 1))
    assert [(group.id, group.title.zh) for group in pack.groups] == [("G1", "组织建设"), ("G2", "服务群众"), ("G3", "特色工作")]
    found = criteria(pack)
    assert [one.id for one in found] == ["MP-01", "MP-02", "MP-03", "MP-04", "MP-05"]
    assert [one.text.zh for one in found][:2] == ["三会一课按期召开", "主题党日按月开展"]
    assert [str(one.points) for one in found] == ["10", "8", "12", "20", "5.5"]
    assert all(isinstance(part, ManualPart) for one in found for part in one.parts)
    assert ranges(found[2]) == [(0, 12)]
    assert next(part.text.zh for one in found for part in one.parts if part.text) == "每少1次扣1分,扣完为止"
    assert [one.owner for one in found][1:4] == ["党支部", "街道", "党支部"]
    assert [(pack.deadlines[one.deadline].days, pack.deadlines[one.deadline].unit) for one in found] == [
        (3, "day"),
        (30, "day"),
        (15, "workday"),
        (None, "day"),
        (3, "month"),
    ]
    assert pack.deadlines[found[3].deadline].date == "12-31"
    assert pack.sources["table"].title == "青山县支部考核办法"
    assert found[0].numbers == {"0": "default", "10": "table"}
    assert found[2].numbers == {"0": "table", "12": "table"}
    assert [(line.level, line.when) for line in pack.rating][:2] == [(4, "score >= line_excellent"), (3, "score >= line_good")]
    assert {(id_, str(one.value), one.basis) for id_, one in pack.settings.items()} == {
        ("line_excellent", "90", "default"),
        ("line_good", "80", "default"),
        ("line_fair", "70", "default"),
        ("line_pass", "60", "default"),
    }


def test_a_template_is_suggested_and_not_applied(tmp_path: Path) -> None:
    notes = [one.note.zh if one.note else "" for one in criteria(pack_of(BAD / "table.csv", tmp_path))]
    assert "每少1次扣分,扣完为止" in notes[0]
    assert "扣 1 分" in notes[0]
    assert "分档得分" in notes[2]
    assert "共 3 档" in notes[2]
    assert "有即得分" in notes[3]
    assert notes[4] == ""


@pytest.mark.parametrize(
    ("standard", "template"),
    [
        ("每少1次扣1分,扣完为止", "count_down"),
        ("缺一次扣０.５分", "count_down"),
        ("发现一起扣2分", "count_down"),
        ("每多开展1次加1分,最多加3分", "count_up"),
        ("按完成比例得分", "prorate"),
        ("达到95%得5分;90%得3分", "bands"),
        ("有固定场所得2分,没有不得分", "award"),
        ("发展党员1名以上得10分,否则不得分", "award"),
        ("得分=办结率×15", "prorate"),
        ("不少于200平方米得10分;100—200平方米得6分;低于100平方米得2分", "bands"),
        ("200平方米以上得10分;100至200平方米得6分;不足100平方米不得分", "bands"),
        ("满意度由检查组打分,不低于合格", ""),
        ("由考核组综合评定", ""),
        ("", ""),
    ],
)
def test_words_of_a_standard_suggest_a_template(standard: str, template: str) -> None:
    found = suggest(standard)
    assert (found.template if found else "") == template
    assert found is None or all(found.text(lang) for lang in LANGUAGES)


def test_merged_cells_are_filled_down_and_one_item_may_have_several_rows(tmp_path: Path) -> None:
    rows: list[tuple[object, ...]] = [
        ("2023年度考核表", None, None, None),
        HEAD,
        ("组织建设", "三会一课", 4, "党员大会每季1次,少1次扣1分"),
        (None, None, 6.0, "支委会每月1次,少1次扣0.5分"),
        (None, "主题党日", 8, "按月开展"),
        (None, None, None, "内容有主题"),
        ("服务群众", "满意度", "12分", "90%以上得12分"),
        ("合 计", None, 30, None),
    ]
    file = workbook(tmp_path / "a.xlsx", rows, "A1:D1", "A3:A6", "B3:B4", "B5:B6", "C5:C6", "A8:B8")
    found = criteria(pack_of(file, tmp_path))
    assert [(one.id, one.text.zh, str(one.points)) for one in found] == [
        ("MP-01", "三会一课", "10"),
        ("MP-02", "主题党日", "8"),
        ("MP-03", "满意度", "12"),
    ]
    assert ranges(found[0]) == [(0, 4), (0, 6)]
    assert [part.manual.id for part in found[0].parts if isinstance(part, ManualPart)] == ["mp_01_1", "mp_01_2"]
    assert [part.text.zh for part in found[1].parts if part.text] == ["按月开展\n内容有主题"]


def test_a_word_table_becomes_a_pack(tmp_path: Path) -> None:
    document = docx.Document()
    document.add_paragraph("青山县考核办法")
    document.add_table(1, 2).cell(0, 0).text = "目录"
    table = document.add_table(6, 4)
    for r, row in enumerate(
        [
            ("指 标", "考核内容", "分数", "评分细则"),
            ("组织建设", "三会一课", "10分", "每少1次扣1分"),
            ("", "主题党日", "8分", "按月\n开展"),
            ("服务群众", "满意度", "2～12", "综合评定"),
            ("指标", "考核内容", "分数", "评分细则"),
            ("总分", "", "30", ""),
        ]
    ):
        for c, text in enumerate(row):
            table.cell(r, c).text = text
    table.cell(1, 0).merge(table.cell(2, 0))
    document.save(str(tmp_path / "a.docx"))
    pack = pack_of(tmp_path / "a.docx", tmp_path)
    assert [group.title.zh for group in pack.groups] == ["组织建设", "服务群众"]
    assert [one.text.zh for one in criteria(pack)] == ["三会一课", "主题党日", "满意度"]
    assert ranges(criteria(pack)[2]) == [(2, 12)]
    assert pack.sources["table"].note == "a.docx"


def test_a_table_without_categories_is_one_group(tmp_path: Path) -> None:
    file = workbook(tmp_path / "a.xlsx", [("项目", "满分", "扣分标准", "得分"), ("甲", 60, "酌情", None), ("乙", 40, "酌情", None)])
    pack = pack_of(file, tmp_path)
    assert [(group.id, group.title.zh, len(group.criteria)) for group in pack.groups] == [("G1", "支部考核", 2)]
    assert {one.deadline for one in criteria(pack)} == {"D_30"}


def test_columns_between_category_and_item_come_before_the_item(tmp_path: Path) -> None:
    rows: list[tuple[object, ...]] = [
        ("一级指标", "二级指标", "三级指标", "分值", "评分标准"),
        ("甲", "乙", "丙", 5, "x"),
        (None, None, "丁", 5, "y"),
    ]
    pack = pack_of(workbook(tmp_path / "a.xlsx", rows, "A2:A3", "B2:B3"), tmp_path)
    assert [one.text.zh for one in criteria(pack)] == ["乙:丙", "乙:丁"]


def test_words_like_those_that_are_known_stand_above_columns_too(tmp_path: Path) -> None:
    for n, head in enumerate(
        (("评定项目", "考核分值", "评定办法"), ("督查内容", "配分", "计分规则"), ("考评项目", "标准分值", "赋分标准"))
    ):
        folder = tmp_path / str(n)
        folder.mkdir()
        assert len(criteria(pack_of(workbook(folder / "a.xlsx", [head, ("甲", 60, "酌情")]), folder))) == 1


def test_a_word_that_only_looks_like_a_column_gives_way_to_a_known_one(tmp_path: Path) -> None:
    head = ("评定事项", "项目", "分值", "检查方法", "评分标准")
    found = criteria(pack_of(workbook(tmp_path / "a.xlsx", [head, ("x", "甲", 60, "查看", "酌情")]), tmp_path))
    assert [(one.text.zh, one.parts[0].text and one.parts[0].text.zh) for one in found] == [("甲", "酌情")]


def test_headings_that_are_not_understood_are_named_and_the_hint_is_short(tmp_path: Path) -> None:
    told = refused(workbook(tmp_path / "a.xlsx", [("甲乙丙", "分值", "怎么给分"), ("x", 60, "酌情")]), tmp_path)
    assert "认出的:分值;没认出的:甲乙丙、怎么给分" in told
    assert max(len(line) for line in told.splitlines() if "提示" in line) < 60


def test_what_only_the_author_needs_is_a_comment_and_no_day_is_made_up_silently(tmp_path: Path) -> None:
    asked = ("pack", "import", BAD / "table.csv", "--id", "my-pack", "--title", "x")
    told = run(*asked, "-o", tmp_path / "a")
    assert "生效日期按 2000-01-01,可用 --from 改" in told.output
    text = (tmp_path / "a" / "pack.yaml").read_text(encoding="utf-8")
    assert "\n# 生效日期按 2000-01-01,可用 --from 改。\n" in text
    assert text.startswith("# 从评分表《x》生成")
    assert load_pack(str(tmp_path / "a")).pack.note is None
    told = run(*asked, "--from", "2024-01-01", "-o", tmp_path / "b")
    assert "生效日期" not in told.output + (tmp_path / "b" / "pack.yaml").read_text(encoding="utf-8")


def test_a_handbook_leaves_our_suggestions_out_and_keeps_what_people_wrote(tmp_path: Path) -> None:
    pack_of(BAD / "table.csv", tmp_path)
    path = tmp_path / "out" / "pack.yaml"
    assert "建议以后改用模板" in path.read_text(encoding="utf-8")
    assert run("pack", "handbook", path, "-o", tmp_path / "a.html").exit_code == 0
    assert "建议以后改用模板" not in (tmp_path / "a.html").read_text(encoding="utf-8")
    text = path.read_text(encoding="utf-8").replace("建议以后改用模板", "县里看过:建议以后改用模板")
    path.write_text(text, encoding="utf-8")
    assert run("pack", "handbook", path, "-o", tmp_path / "a.html", "--force").exit_code == 0
    assert "县里看过" in (tmp_path / "a.html").read_text(encoding="utf-8")


def test_an_installed_id_is_refused_in_any_case(tmp_path: Path) -> None:
    for id_ in ("five-star-urban", "Five-Star-Urban"):
        told = run("pack", "import", BAD / "table.csv", "--id", id_, "--title", "x", "-o", tmp_path / "a")
        assert told.exit_code == 2
        assert "E214" in told.output
        assert not (tmp_path / "a").exists()


def test_a_changed_workbook_of_an_installed_pack_is_warned_of(tmp_path: Path) -> None:
    book = tmp_path / "p.xlsx"
    assert run("pack", "export", "three-links", "--xlsx", book).exit_code == 0
    assert "W223" not in run("pack", "import", book, "-o", tmp_path / "same").output

    def change(one: Any) -> None:
        next(row for row in one["规则包"].rows if str(row[0].value).lstrip("* ").startswith("版本"))[1].value = "2099.1"

    spoil(book, change)
    told = run("pack", "import", book, "-o", tmp_path / "other")
    assert told.exit_code == 0, told.output
    assert "W223" in told.output
    assert (tmp_path / "other" / "pack.yaml").as_posix() in told.output


def test_an_evidence_form_is_named(tmp_path: Path) -> None:
    assert run("evidence", "template", "three-links", "-o", tmp_path / "f.xlsx").exit_code == 0
    told = run("pack", "import", tmp_path / "f.xlsx", "--id", "a", "--title", "x", "-o", tmp_path / "a")
    assert told.exit_code == 2
    assert "E215 这是填报表" in told.output


@pytest.mark.parametrize(("id_", "letters"), [("my-pack", "MP"), ("star", "STA"), ("county-star-2024", "CS"), ("a", "A")])
def test_ids_of_criteria_begin_with_the_letters_of_the_pack(id_: str, letters: str) -> None:
    assert prefix(id_) == letters


def test_every_word_for_a_column_is_known(tmp_path: Path) -> None:
    for n, words in enumerate(zip(WORDS["item"], WORDS["points"] * 3, WORDS["standard"] * 3, strict=False)):
        folder = tmp_path / str(n)
        folder.mkdir()
        pack = pack_of(workbook(folder / "a.xlsx", [tuple(f"{word}(见注)" for word in words), ("甲", 60, "酌情")]), folder)
        assert len(criteria(pack)) == 1, words


# --- day one ------------------------------------------------------------------


def test_the_pack_scores_on_the_same_day(tmp_path: Path) -> None:
    pack_of(BAD / "table.csv", tmp_path)
    pack, form = tmp_path / "out" / "pack.yaml", tmp_path / "form.xlsx"
    (tmp_path / "register.csv").write_text("支部编码,支部名称,乡镇街道\nB1,青山支部,东街\n", encoding="utf-8")
    assert run("evidence", "template", pack, "-o", form, "--register", tmp_path / "register.csv").exit_code == 0
    points = {"MP-01": 9, "MP-02": 8, "MP-03": 12, "MP-04": 20, "MP-05": 2.5}

    def fill(book: Any) -> None:
        sheet = book["督查组"]
        for cell in sheet[1][2:]:
            head = str(cell.value)
            if head[:5] in points:
                sheet.cell(2, cell.column).value = "现场查看" if "理由" in head else points[head[:5]]

    spoil(form, fill)
    told = run("score", form, "--pack", pack, "--period", "2023", "--as-of", "2023-12-31", "--out", tmp_path / "run", "--format", "results")
    assert told.exit_code == 0, told.output
    explained = run("explain", tmp_path / "run", "B1", "MP-01")
    assert "9" in explained.output, explained.output
    whole = run("explain", tmp_path / "run", "B1").output
    assert "优秀" in whole, whole  # 51.5 of 55.5


def test_the_pack_goes_into_a_workbook_and_back(tmp_path: Path) -> None:
    pack = pack_of(BAD / "table.csv", tmp_path)
    assert run("pack", "export", tmp_path / "out", "--xlsx", tmp_path / "p.xlsx").exit_code == 0
    assert run("pack", "import", tmp_path / "p.xlsx", "-o", tmp_path / "again.yaml").exit_code == 0
    assert load_pack(str(tmp_path / "again.yaml")).pack == pack


# --- what is refused ----------------------------------------------------------

TABLE = {  # file: place, words in Chinese
    "E201": ("E201.csv:1:1", "要有一行同时写着项目、分值、评分标准(认出的:考核内容;没认出的:完成情况)"),
    "E202": ("E202.csv:2:2", "分值“十分”不是数"),
    "E203": ("E203.csv:3:1", "这一行没有项目名称"),
    "E204": ("E204.csv:4:2", "合计写的是 20,各项相加是 18"),
    "E205": ("E205.csv", "表头下面没有一条项目"),
    "E206": ("E206.csv:4:1", "项目“三会 一课”重复了,前一个在 2"),
    "E207": ("E207.csv:1:3", "表头“分数”有两列"),
    "E209": ("E209.csv:2:2", "分值“0”要大于 0"),
}


@pytest.mark.parametrize("code", TABLE)
def test_each_mistake_of_a_table_is_told_at_its_cell(code: str, tmp_path: Path) -> None:
    place, words = TABLE[code]
    told = refused(BAD / f"{code}.csv", tmp_path)
    assert f"{place}: {code} " in told
    assert words in told
    assert "提示:" in told


def test_all_mistakes_of_a_table_are_told_at_once_with_sheet_and_cell(tmp_path: Path) -> None:
    rows: list[tuple[object, ...]] = [
        HEAD,
        ("甲", "一", date(2023, 5, 1), "x"),
        ("甲", "一", 5, "y"),
        ("甲", None, 5, "z"),
        ("合计", None, 9, None),
    ]
    told = refused(workbook(tmp_path / "a.xlsx", rows), tmp_path)
    for words in ("[考核表] C2: E202 分值“2023-05-01”", "[考核表] B3: E206", "[考核表] B4: E203", "[考核表] C5: E204"):
        assert words in told, told


def test_a_subtotal_that_does_not_agree_is_told(tmp_path: Path) -> None:
    rows: list[tuple[object, ...]] = [HEAD, ("甲", "一", 5, "x"), ("小计", None, 6, None), ("乙", "二", 4, "y"), ("小计", None, 4, None)]
    told = refused(workbook(tmp_path / "a.xlsx", rows), tmp_path)
    assert "C3: E204 合计写的是 6,各项相加是 5" in told
    assert told.count("E204") == 1


def test_a_cell_that_holds_an_error_is_told(tmp_path: Path) -> None:
    file = workbook(tmp_path / "a.xlsx", [HEAD, ("甲", "一", "=1+", "x"), ("甲", "二", 5, "x")])
    told = refused(file, tmp_path)
    assert "C2: E213" in told


def test_the_new_pack_needs_an_id_and_a_title(tmp_path: Path) -> None:
    assert "E211" in refused(BAD / "table.csv", tmp_path, "--title", "x")
    assert "E211" in refused(BAD / "table.csv", tmp_path, "--id", "x")
    assert "E210 规则包编号“我的包”不对" in refused(BAD / "table.csv", tmp_path, "--id", "我的包", "--title", "x")


def test_a_word_file_that_cannot_be_read_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "a.docx").write_bytes(b"\xd0\xcf\x11\xe0 old")
    assert "E208" in refused(tmp_path / "a.docx", tmp_path)
    (tmp_path / "a.docx").write_bytes(b"PK\x03\x04 cut off")
    assert "Traceback" not in refused(tmp_path / "a.docx", tmp_path)
    assert "E101" in refused(tmp_path / "none.docx", tmp_path)
    document = docx.Document()
    cell = document.add_table(1, 3).cell(0, 0)
    cell._tc.grid_span = 100_000
    document.save(str(tmp_path / "b.docx"))
    assert "E208" in refused(tmp_path / "b.docx", tmp_path)


@pytest.mark.parametrize(
    ("words", "limit"),
    [
        ("7天内", ("D_7", 7, "day")),
        ("10 个工作日", ("D_10w", 10, "workday")),
        ("３个月", ("D_3m", 3, "month")),
        ("立查立改", ("D_now", 3, "day")),
        ("每季度末", ("D_quarter", None, "day")),
        ("12月31日前", ("D_year", None, "day")),
        ("长期坚持", ("D_keep", None, "day")),
        ("6月30日", ("D_30", 30, "day")),
    ],
)
def test_time_limits_are_read_as_people_write_them(words: str, limit: tuple[str, int | None, str], tmp_path: Path) -> None:
    pack = pack_of(workbook(tmp_path / "a.xlsx", [("项目", "分值", "评分标准", "时限"), ("甲", 5, "x", words)]), tmp_path)
    id_, found = next(iter(pack.deadlines.items()))
    assert (id_, found.days, found.unit) == limit
    assert criteria(pack)[0].deadline == id_


def test_what_is_not_used_is_told(tmp_path: Path) -> None:
    file = workbook(tmp_path / "a.xlsx", [("项目", "分值", "评分标准", "时限", "检查方式"), ("甲", 5, "x", "有空就办", "现场")])
    told = run("pack", "import", file, "-o", tmp_path / "out", *NAMED)
    assert told.exit_code == 0
    assert "E1: W221 “检查方式”列没有用上" in told.output
    assert "D2: W222 时限“有空就办”看不懂" in told.output


def test_every_code_of_a_table_is_tried() -> None:
    tried = Path(__file__).read_text(encoding="utf-8")
    for name in catalogue("packbook"):
        if name[0] in "EW" and name[1:4].isdecimal() and name[1] == "2":
            assert name in tried or name == "E212", name
