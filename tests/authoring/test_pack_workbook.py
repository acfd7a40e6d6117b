"""A pack goes into a workbook and comes back the same, whatever program saved it in between."""

import zipfile
from datetime import date
from pathlib import Path
from typing import Any, get_args

import openpyxl
import pytest
from click.testing import CliRunner
from openpyxl.worksheet.worksheet import Worksheet
from packbook_files import EVERYTHING, again, book_of, digest, pack_from, save_by_office, spoil
from pydantic import BaseModel

from cli import main
from evaluator.authoring.workbook.forms import FORMS, header, sheet_name
from evaluator.authoring.workbook.writing import workbook_bytes
from evaluator.diagnostics import Failure
from evaluator.messages import catalogue, set_language
from evaluator.packs.load import check_packs, find_packs, load_pack
from evaluator.packs.models import Pack, Part

PACKS = list(find_packs())
ROOT = Path(__file__).parent.parent.parent


def run(*words: object) -> Any:
    return CliRunner().invoke(main, [str(word) for word in words])


def warnings(pack: object) -> list[tuple[str, str]]:
    return sorted((one.key, str(one.values)) for one in check_packs([str(pack)]))


@pytest.mark.parametrize("id_", PACKS)
def test_every_pack_comes_back_the_same(id_: str, tmp_path: Path) -> None:
    book, out = tmp_path / "pack.xlsx", tmp_path / "pack.yaml"
    told = run("pack", "export", id_, "--xlsx", book)
    assert told.exit_code == 0, told.output
    told = run("pack", "import", book, "-o", out)
    assert told.exit_code == 0, told.output
    first, second = load_pack(id_).pack, load_pack(str(out)).pack
    assert first == second
    assert digest(first) == digest(second)
    assert warnings(id_) == warnings(out)


def test_saved_by_libreoffice_packs_come_back_the_same(tmp_path: Path) -> None:
    # The largest packs, one of triggers only, and the one with every field: LibreOffice takes two seconds for each.
    packs = {id_: load_pack(id_).pack for id_ in ("five-star-rural", "soft-and-lax", "soft-and-lax-acceptance")}
    packs["everything"] = pack_from()
    saved = save_by_office([book_of(pack, tmp_path / f"{id_}.xlsx") for id_, pack in packs.items()], tmp_path)
    for id_, pack in packs.items():
        back = again(saved / f"{id_}.xlsx")
        assert back == pack, id_
        assert digest(back) == digest(pack), id_


def test_whatever_a_pack_can_say_comes_back(tmp_path: Path) -> None:
    pack = pack_from()
    back = again(book_of(pack, tmp_path / "e.xlsx"))
    assert back == pack
    assert digest(back) == digest(pack)
    assert back.model_dump(exclude_unset=True) == pack.model_dump(exclude_unset=True), "what was left out stays left out"


def test_its_yaml_says_the_same_to_the_strict_reader(tmp_path: Path) -> None:
    book = book_of(pack_from(), tmp_path / "e.xlsx")
    assert run("pack", "import", book, "-o", tmp_path / "e.yaml").exit_code == 0
    assert load_pack(str(tmp_path / "e.yaml")).pack == pack_from()


def models_in(annotation: Any) -> set[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return {annotation}
    return {found for piece in get_args(annotation) for found in models_in(piece)}


def test_the_pack_that_says_everything_says_everything() -> None:
    """A new field of the models must get a column, and stand in ``everything.yaml`` so that the tests above try it."""
    said: set[tuple[str, str]] = set()

    def walk(value: Any) -> None:
        if isinstance(value, BaseModel):
            said.update((type(value).__name__, name) for name in value.model_fields_set)
            for name in type(value).model_fields:
                walk(getattr(value, name))
        elif isinstance(value, dict | tuple):
            for one in value.values() if isinstance(value, dict) else value:
                walk(one)

    walk(pack_from())
    known: dict[str, type[BaseModel]] = {}
    waiting: set[type[BaseModel]] = {Pack}
    while waiting:
        model = waiting.pop()
        known[model.__name__] = model
        for field in model.model_fields.values():
            waiting |= {one for one in models_in(field.annotation) if one.__name__ not in known}
    wanted = {(name, field) for name, model in known.items() for field in model.model_fields}
    shared = ("text", "when_zero", "due")  # of every part: tried in one shape each, and in all of them by the generated packs
    lacking = {(name, field) for name, field in wanted - said if not (issubclass(known[name], Part) and field in shared)}
    assert lacking == set()
    assert {field for _, field in said} >= set(shared)


def test_equal_packs_give_equal_bytes(tmp_path: Path) -> None:
    run("pack", "export", "five-star-urban", "--xlsx", tmp_path / "a.xlsx")
    run("pack", "export", "five-star-urban", "--xlsx", tmp_path / "b.xlsx")
    assert (tmp_path / "a.xlsx").read_bytes() == (tmp_path / "b.xlsx").read_bytes()


def test_a_workbook_in_english_reads_back_too(tmp_path: Path) -> None:
    set_language("en")
    try:
        book = book_of(pack_from(), tmp_path / "e.xlsx")
    finally:
        set_language("zh")
    assert "Criteria" in openpyxl.load_workbook(book).sheetnames
    assert again(book) == pack_from()


# --- what Excel and WPS do to cells -------------------------------------------


def find(sheet: Worksheet, head: str, row: int = 3) -> Any:
    """Return the cell of a column by its Chinese header, in a row of the sheet."""
    names = [str(cell.value or "").split("\n")[0].lstrip("*") for cell in sheet[2]]
    return sheet.cell(row, names.index(head) + 1)


def test_cells_of_another_type_mean_the_same(tmp_path: Path) -> None:
    def change(book: Any) -> None:
        find(book["准则"], "分值").value = 10.5000000001
        find(book["准则"], "分值", 4).value = "\uff13\uff14分"  # full-width digits
        find(book["准则"], "几次按时后销号").value = 3.0
        find(book["分组"], "最低适用比例%").value = 0.3333
        find(book["分组"], "最低适用比例%").number_format = "0.00%"
        share = next(row for row in range(3, 9) if find(book["设置"], "编号", row).value == "line")
        find(book["设置"], "数值", share).value = 0.8
        find(book["设置"], "数值", share).number_format = "0%"
        find(book["时限"], "固定日期(月-日)", 6).value = date(2026, 12, 31)
        find(book["准则"], "关键项").value = True
        find(book["数据项"], "类型").value = " integer "
        find(book["数据项"], "最大").value = "366.0"
        find(book["得分项"], "评分模板").value = "count_down"
        for row in book["规则包"].iter_rows(min_row=3, max_col=2):
            if str(row[0].value).startswith("*生效日期"):
                row[1].value = "2023年1月1日"
        for sheet in book.worksheets:
            sheet.cell(sheet.max_row + 40, 2).value = "  "  # blank rows to the end of what Excel thinks is used

    assert again(spoil(book_of(pack_from(), tmp_path / "e.xlsx"), change)) == pack_from()


def test_columns_rows_and_sheets_may_move(tmp_path: Path) -> None:
    def change(book: Any) -> None:
        sheet = book["准则"]
        sheet.move_range(f"A1:{sheet.cell(1, sheet.max_column).column_letter}{sheet.max_row}", cols=2, rows=3)
        sheet["A5"].value = "# 我的备注"
        sheet["A6"].value = "这条要再议"
        book.move_sheet("出处", -10)
        book.create_sheet("#草稿")["A1"].value = "随手记"
        find(book["得分项"], "得分要求", 4).value = None  # was empty
        book["情形"].insert_rows(4)

    assert again(spoil(book_of(pack_from(), tmp_path / "e.xlsx"), change)) == pack_from()


def test_a_criterion_added_in_the_workbook_is_in_the_pack(tmp_path: Path) -> None:
    def change(book: Any) -> None:
        row = book["准则"].max_row + 1
        new = {"所属分组": "G1", "编号": "C-09", "考什么": "新加的一条", "分值": 6, "整改措施": "按要求做", "责任单位": "支部"}
        new |= {"谁能整改": "支部", "时限编号": "D_days", "依据": "own、b2", "数字出处": "6 = 默认"}
        for head, value in new.items():
            find(book["准则"], head, row).value = value
        row = book["得分项"].max_row + 1
        for head, value in {"准则编号": "C-09", "评分模板": "人工评分", "最低分": 0, "满分": 6}.items():
            find(book["得分项"], head, row).value = value

    back = again(spoil(book_of(pack_from(), tmp_path / "e.xlsx"), change))
    assert [criterion.id for criterion in back.groups[0].criteria] == ["C-01", "C-09"]
    added = back.groups[0].criteria[1]
    assert added.basis == ("own", "b2")
    assert added.numbers == {"6": "default"}
    assert added.model_dump()["parts"][0]["manual"]["range"] == (0, 6)


# --- what an officer sees -----------------------------------------------------


def test_headers_drop_downs_and_panes_help_to_fill_it_in(tmp_path: Path) -> None:
    book = openpyxl.load_workbook(book_of(load_pack("five-star-urban").pack, tmp_path / "u.xlsx"))
    assert book.sheetnames[:2] == ["使用说明", "规则包"]
    assert book["_lists"].sheet_state == "hidden"
    for form in FORMS:
        sheet = book[sheet_name(form.name)]
        assert sheet.freeze_panes, form.name
        if not form.upright:
            assert str(sheet["A2"].value).lstrip("*").split("\n") == [header(form.columns[0], lang) for lang in ("zh", "en")]
    parts = book["得分项"]
    rules = {str(rule.sqref).split(":")[0]: rule.formula1 for rule in parts.data_validations.dataValidation}
    assert rules["A3"].startswith("'准则'!$B$3")
    assert rules["B3"].startswith("_lists!")
    words = [cell.value for column in book["_lists"].iter_cols() if column[0].value == "template" for cell in column[1:] if cell.value]
    assert len(words) == 7
    assert parts["B2"].comment is not None
    assert len(parts.conditional_formatting) >= 10
    deadlines = {str(rule.sqref).split(":")[0]: rule.formula1 for rule in book["准则"].data_validations.dataValidation}
    assert any("'时限'" in formula for formula in deadlines.values())


def test_texts_that_look_like_formulas_stay_texts(tmp_path: Path) -> None:
    book = book_of(pack_from(), tmp_path / "e.xlsx")
    with zipfile.ZipFile(book) as archive:
        sheets = [archive.read(name) for name in archive.namelist() if name.startswith("xl/worksheets/sheet")]
        assert "=看着像公式".encode() in archive.read("xl/sharedStrings.xml")
    assert not any(b"<f>" in sheet for sheet in sheets)


def test_every_column_has_a_name_in_both_languages_and_no_two_share_one() -> None:
    for form in FORMS:
        for lang in ("zh", "en"):
            heads = [header(column, lang) for column in form.columns]
            assert len(set(heads)) == len(heads), form.name
    names = {column.name for form in FORMS for column in form.columns}
    notes = {name.removeprefix("n_") for name in catalogue("packbook") if name.startswith("n_")}
    assert notes <= names | {"when_n", "award_n"}


# --- files --------------------------------------------------------------------


def test_nothing_is_written_over_unless_asked(tmp_path: Path) -> None:
    book, out = tmp_path / "a.xlsx", tmp_path / "pack.yaml"
    assert run("pack", "export", EVERYTHING, "--xlsx", book).exit_code == 0
    first = book.read_bytes()
    told = run("pack", "export", "five-star-urban", "--xlsx", book)
    assert (told.exit_code, "E130" in told.output, book.read_bytes()) == (2, True, first)
    out.write_text("mine", encoding="utf-8")
    told = run("pack", "import", book, "-o", tmp_path)
    assert (told.exit_code, "E134" in told.output, out.read_text(encoding="utf-8")) == (2, True, "mine")
    assert run("pack", "import", book, "-o", tmp_path, "--force").exit_code == 0
    assert load_pack(str(out)).pack == pack_from()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.xlsx", "pack.yaml"]


def test_a_workbook_has_the_name_of_one(tmp_path: Path) -> None:
    told = run("pack", "export", "five-star-urban", "--xlsx", tmp_path / "a.csv")
    assert (told.exit_code, "E131" in told.output) == (2, True)


def test_what_no_workbook_can_hold_is_told_and_not_lost(tmp_path: Path) -> None:
    pack = EVERYTHING.read_text(encoding="utf-8").replace("title: 自拟", f"title: {'长' * 33_000}")
    (tmp_path / "pack.yaml").write_text(pack, encoding="utf-8")
    told = run("pack", "export", tmp_path / "pack.yaml", "--xlsx", tmp_path / "a.xlsx")
    assert (told.exit_code, "E132" in told.output, (tmp_path / "a.xlsx").exists()) == (2, True, False)


def test_an_overlay_goes_out_whole(tmp_path: Path) -> None:
    overlay = ROOT / "examples" / "county-overlay" / "pack.yaml"
    if not overlay.exists():
        pytest.fail("the example overlay has moved")
    told = run("pack", "export", overlay, "--xlsx", tmp_path / "a.xlsx")
    assert told.exit_code == 0, told.output
    assert load_pack(str(overlay)).base is not None
    assert again(tmp_path / "a.xlsx") == load_pack(str(overlay)).pack


def test_a_damaged_workbook_is_one_sentence(tmp_path: Path) -> None:
    book = book_of(pack_from(), tmp_path / "e.xlsx")
    book.write_bytes(book.read_bytes()[:5000])
    told = run("pack", "import", book, "-o", tmp_path / "pack.yaml")
    assert told.exit_code == 2
    assert "Traceback" not in told.output
    with pytest.raises(Failure):
        again(book)
    assert workbook_bytes({"pack": "x", "ledger": {}}, "x")  # even of next to nothing a workbook can be made
