"""What an author of a workbook reads: sheets and headers, never the signs and keys of YAML; our own suggestions go once taken up."""

import re
import string
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from packbook_files import again, book_of, pack_from, spoil
from pydantic import BaseModel
from test_pack_workbook_bad import GOOD, Change, both, column, findings_of, spot

from cli import main
from evaluator.authoring.workbook.cells import WORDS, BadCell, read_cell
from evaluator.authoring.workbook.forms import FORMS, all_columns, header, sheet_name
from evaluator.authoring.workbook.importing import import_file
from evaluator.authoring.workbook.pasted import Naming
from evaluator.authoring.workbook.suggesting import suggest, without_suggestions
from evaluator.authoring.workbook.wording import OWN, ROOMS, CellDiagnostic, in_words_of_cells
from evaluator.diagnostics import Diagnostic, Place, among
from evaluator.messages import LANGUAGES, catalogue, say, set_language
from evaluator.packs import models, parts, scope_rules

SIGNS = ("YAML", "{{", "}}", "[", "pack.yaml", "缩进", "这个键", "“- ”", "indent", "quotes:")
COMMANDS = {"pack", "burden", "starbranch"}
OF_CONDITIONS = {
    "count",
    "given",
    "within",
    "level",
    "score",
    "hard",
    "soft",
    "true",
    "months",
    "max",
    "min",
    "days",
}  # words of rules, too
UNREACHED = range(490, 494)  # of several packs of a run


@pytest.fixture(autouse=True)
def _chinese() -> Iterator[None]:
    set_language("zh")
    yield
    set_language("zh")


def keys_of_yaml() -> set[str]:
    found = set()
    for module in (models, parts, scope_rules):
        for model in vars(module).values():
            if isinstance(model, type) and issubclass(model, BaseModel):
                found |= {field.alias or name for name, field in model.model_fields.items()}
    return found - OF_CONDITIONS - COMMANDS


def codes() -> list[str]:
    return [
        f"{room}.{code}"
        for room in ROOMS
        for code in catalogue(room)
        if re.match(r"[EW]\d", code) and (room == "conditions" or code > "E300") and int(code[1:]) not in UNREACHED
    ]


@pytest.mark.parametrize("key", codes())
def test_no_message_speaks_yaml(key: str) -> None:
    told = CellDiagnostic(key, Place("")).told
    entry = catalogue(told.partition(".")[0])[told.partition(".")[2]]
    for form, text in entry.items():
        bare = re.sub(r"(?<!\{)\{\w+\}(?!\})", "", text)
        if told.startswith(OWN) or key.startswith("packs."):
            assert not [sign for sign in SIGNS if sign in bare], (form, text)
        if form.endswith("zh"):
            assert not set(re.findall(r"[a-z_]{2,}", bare)) & keys_of_yaml(), (form, text)


@pytest.mark.parametrize("code", catalogue(OWN))
def test_reworded_messages_take_the_same_values_and_name_what_is_there(code: str) -> None:
    room = "conditions" if "E200" <= code < "E300" else "packs"
    entry, original = catalogue(OWN)[code], catalogue(room)[code]

    def fields(texts: Any) -> set[str]:
        return {name for text in texts.values() for _, name, _, _ in string.Formatter().parse(text) if name}

    assert fields(entry) <= fields(original) | {"column", "where"}
    known = {header(one, "zh") for one in all_columns()} | {sheet_name(form.name, "zh") for form in FORMS} | {"不低于"}
    known |= {say(f"packbook.w_{kind}_{word}", "zh") for kind, listed in WORDS.items() for word in listed}
    for text in (entry["zh"], entry["hint_zh"]):
        quoted = [one for one in re.findall("“([^”]*)”", text) if "{" not in one]
        assert set(quoted) <= known, quoted


@pytest.mark.parametrize(
    ("change", "place", "code", "zh"),
    [
        (
            column("准则", "备注(英文)", 3, "only English"),
            "准则 Q3",
            "E136",
            "填了“备注(英文)”,还要填“备注”",
        ),
        (column("得分项", "得分要求(英文)", 3, "what"), "得分项 C3", "E136", "还要填“得分要求”"),
        (column("计算值", "样本至少", 3, 5), "计算值 G3", "E136", "还要填“样本数据项”"),
        (
            both(column("全域规则", "规则种类", 3, "比例上限"), column("全域规则", "限制哪一等", 3, 2)),
            "全域规则 E3",
            "E137",
            "这种规则(比例上限)要填“最多”",
        ),
        (
            both(column("全域规则", "规则种类", 3, "升等限制"), column("全域规则", "连续几期", 3, 2)),
            "全域规则 M3",
            "E138",
            "这种规则(升等限制)用不到“连续几期”",
        ),
    ],
)
def test_what_belongs_together_is_asked_for_by_its_headers(change: Change, place: str, code: str, zh: str, tmp_path: Path) -> None:
    found = findings_of(spoil(book_of(pack_from(GOOD), tmp_path / "a.xlsx"), change))
    told = [one for one in found if one.code == code and spot(one) == place]
    assert told, [(spot(one), one.key, one.message()) for one in found]
    assert zh in told[0].message("zh")
    assert not [one for one in found if one.code in ("E301", "E302", "E308", "E322")], [one.message() for one in found]


def test_english_names_english_headers(tmp_path: Path) -> None:
    path = spoil(book_of(pack_from(GOOD), tmp_path / "a.xlsx"), column("准则", "备注(英文)", 3, "only English"))
    told = CliRunner().invoke(main, ["--lang", "en", "pack", "import", str(path), "-o", str(tmp_path / "p")]).output
    assert "E136 note (English) is filled in, and note must be, too" in told


def test_the_pack_itself_is_told_in_words_of_the_sheet(tmp_path: Path) -> None:
    def change(book: Any) -> None:
        sheet = book["规则包"]
        rows = {str(cell.value).split("\n")[0].lstrip("*"): cell.row for cell in sheet["A"]}
        sheet.cell(rows["名称"], 2).value = None
        sheet.cell(rows["文号"], 2).value = "示字1号"
        sheet.cell(rows["同等次怎么排名"], 2).value = "score"

    path = spoil(book_of(pack_from(GOOD), tmp_path / "a.xlsx"), change)
    told = [one.message() for one in findings_of(path)]
    assert [one for one in told if "必须填" in one] == ["“名称”必须填"]
    for needed in ("制定机关", "评定性质", "全域规则按什么范围"):
        assert any(one.endswith(f"还要填“{needed}”") for one in told), told


def test_checks_are_told_by_headers(tmp_path: Path) -> None:
    path = spoil(book_of(pack_from(GOOD), tmp_path / "a.xlsx"), column("分组", "最低适用比例%", 3, 250))
    (found,) = findings_of(path)
    assert found.message("zh") == "“最低适用比例%”是 250,不能大于 100"
    path = spoil(book_of(pack_from(GOOD), tmp_path / "a.xlsx"), column("数据项", "选项", 3, "甲、乙"))
    (found,) = findings_of(path)
    assert found.message("zh") == "整数的数据项不能有“选项”"


def test_values_that_name_keys_are_headers() -> None:
    given = [
        Diagnostic("packs.E469", Place("a.xlsx", sheet="时限", cell="A3"), {"found": "days, date"}),
        Diagnostic("packs.E600", Place("a.xlsx"), {"found": "caps"}),
        Diagnostic("packbook.E104", Place("a.xlsx"), {"column": "x"}),
    ]
    told = [one.message("zh") for one in in_words_of_cells(given, {})]
    assert told == ["时限要正好有一种写法,这里是:天数、固定日期(月-日)", "内部掌握的规则包不能写 比例上限", "“x”必须填"]


# --- suggestions -----------------------------------------------------------------


STANDARDS = ("每少1次扣2分", "每多一项加1.5分", "达到95%得10分,达到80%得8分", "按完成比例计分", "有制度得5分")


@pytest.mark.parametrize("standard", STANDARDS)
@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_suggestion_is_known_again_and_nothing_else(standard: str, lang: Any) -> None:
    found = suggest(standard)
    assert found
    ours = found.text(lang)
    assert without_suggestions({lang: ours}) == {}
    assert without_suggestions({lang: f"{ours}\n{ours}"}) == {}
    for text in (f"{ours} 同意", ours[1:], ours.replace("1", "一").replace("核定", "定").replace("settle", "set")):
        assert without_suggestions({"zh": text}) == {"zh": text}
    assert without_suggestions({"zh": f"先看会议记录\n{ours}"}) == {"zh": "先看会议记录"}


def test_a_note_is_kept_whole_where_only_its_english_would_stay() -> None:
    found = suggest(STANDARDS[0])
    assert found
    note = {"zh": found.text("zh"), "en": "ask the county"}
    assert without_suggestions(note) == note


def pasted(folder: Path) -> Path:
    table = folder / "t.csv"
    table.write_text("项目,分值,评分标准\n会议,20,每少1次扣5分\n办件,10,每少1件扣1分\n", encoding="utf-8")
    made, path, suggested = import_file(table, folder / "p", Naming("demo", "示例"))
    assert (suggested, made.pack.pack) == (2, "demo")
    return book_of(pack_from(path), folder / "p.xlsx")


RULE = both(
    column("数据项", "编号", 3, "meetings"),
    column("数据项", "叫法", 3, "次数"),
    column("数据项", "类型", 3, "整数"),
    column("得分项", "评分模板", 3, "每少1次扣分,扣完为止"),
    column("得分项", "每次分值", 3, 5),
    column("得分项", "计数或比率", 3, "4 - meetings"),
    column("得分项", "最低分", 3, None),
    column("准则", "数字出处", 3, "5 = table、4 = 默认、20 = table"),
)


def test_a_suggestion_that_was_taken_up_is_dropped_and_others_stay(tmp_path: Path) -> None:
    first, second = again(spoil(pasted(tmp_path), RULE)).groups[0].criteria
    assert first.note is None
    assert second.note
    assert "建议以后改用模板" in second.note.zh


def test_what_a_person_wrote_into_the_note_stays(tmp_path: Path) -> None:
    (first, _) = again(spoil(pasted(tmp_path), both(RULE, column("准则", "备注", 3, "按县里的口径")))).groups[0].criteria
    assert first.note
    assert (first.note.zh, first.note.en) == ("按县里的口径", "")


def test_our_zero_goes_with_the_marks_by_hand_and_stays_where_the_rule_holds_it(tmp_path: Path) -> None:
    sources = "0 = 默认、5 = table、4 = 默认、20 = table"
    book = pasted(tmp_path)
    first, second = again(spoil(book, both(RULE, column("准则", "数字出处", 3, sources)))).groups[0].criteria
    assert dict(first.numbers) == {"5": "table", "4": "default", "20": "table"}
    assert second.numbers["0"] == "default"
    zero = both(RULE, column("准则", "数字出处", 3, sources), column("得分项", "计数或比率", 3, "max(4 - meetings, 0)"))
    assert again(spoil(book, zero)).groups[0].criteria[0].numbers["0"] == "default"


def test_a_pack_with_such_a_zero_can_still_be_exported(tmp_path: Path) -> None:
    text = GOOD.read_text(encoding="utf-8").replace("numbers: {", 'numbers: {"0": default, ', 1)
    (tmp_path / "pack.yaml").write_text(text, encoding="utf-8")
    result = CliRunner().invoke(main, ["pack", "export", str(tmp_path), "--xlsx", str(tmp_path / "x.xlsx")])
    assert result.exit_code == 0, result.output


@pytest.mark.parametrize("written", ['"5": default', "5:默认", "5=default", "“5” = 默认", "5:'default'"])
def test_a_source_may_be_written_as_in_yaml(written: str) -> None:
    assert read_cell("number_sources", f"{written}、months = doc") == {"5": "default", "months": "doc"}


@pytest.mark.parametrize("written", ["默认", "五 = 默认", "5 = ", "= 默认", '"" = 默认', "5次 = 默认", '5 = ""'])
def test_what_is_no_number_with_a_source_is_refused(written: str) -> None:
    with pytest.raises(BadCell) as caught:
        read_cell("number_sources", written)
    assert caught.value.key == "packbook.E118"


def test_a_number_without_a_source_says_sheet_item_and_form(tmp_path: Path) -> None:
    book = spoil(pasted(tmp_path), both(RULE, column("准则", "数字出处", 3, "4 = 默认、20 = table")))
    made, _, _ = import_file(book, tmp_path / "again", Naming())
    (one,) = [one for one in made.warnings if one.code == "W502"]
    assert one.hint("zh") == "在“准则 DEM-01”的“数字出处”一格里写“5 = 出处编号”,自定的写“5 = 默认”。"


def test_of_many_only_the_nearest_are_told_as_such() -> None:
    known = [f"C-{n:02}" for n in range(1, 31)]
    assert among("C-07x", known).startswith("C-07、")
    assert among("C-07x", known).endswith("(最接近的 3 个,共 30 个)")
    assert among("zzz", known).endswith("C-12(前 12 个,共 30 个)")
    assert among("zzz", known[:3]) == "C-01、C-02、C-03"
    assert among("zzz", []) == "—"


# --- the way back ----------------------------------------------------------------


@pytest.mark.parametrize(
    ("pack", "back"),
    [("my/pack.yaml", "my --force"), ("my", "my --force"), ("my pack", '"my pack" --force'), ("three-links", "three-links")],
)
def test_export_says_how_to_read_it_back(pack: str, back: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for folder in ("my", "my pack"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "pack.yaml").write_bytes(GOOD.read_bytes())
    result = CliRunner().invoke(main, ["pack", "export", pack, "--xlsx", "x.xlsx"])
    assert f"starbranch pack import x.xlsx -o {back} 导回" in result.output, result.output
    options = [one.strip('"') for one in re.findall(r'"[^"]*"|\S+', back)]
    assert CliRunner().invoke(main, ["pack", "import", "x.xlsx", "-o", *options]).exit_code == 0


def test_an_overlay_is_not_written_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "pack.yaml").write_bytes(GOOD.read_bytes())
    (tmp_path / "over.yaml").write_text(
        'extends: pack.yaml\npack: over\nversion: "1"\nstatus: reference\ntitle: 叠加\neffective: {from: 2023-01-01}\n', encoding="utf-8"
    )
    result = CliRunner().invoke(main, ["pack", "export", "over.yaml", "--xlsx", "x.xlsx"])
    assert "-o over-whole 导回" in result.output, result.output
