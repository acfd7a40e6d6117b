"""How findings about evidence are told: no caret that would lie, many of a kind in one line, sheets of other packs."""

from datetime import date
from pathlib import Path

import openpyxl
import pytest
from click.testing import CliRunner

import cli
from evaluator.diagnostics import Diagnostic, Failure, Place, render
from evaluator.evidence.gather import gather
from evaluator.evidence.layout import Vocabulary
from evaluator.evidence.template import make_template
from evaluator.packs.load import load_pack
from evaluator.packs.models import Indicator
from evaluator.packs.scope import all_indicators

R = date(2023, 12, 31)
BY_HAND = str(Path(__file__).parents[1] / "packs" / "rubrics" / "b3-star-notice" / "pack.yaml")  # its points are given by people
CHECK = ["--as-of", "2023-12-31", "--period", "2023"]


def indicator(type_: str, label: str, **more: object) -> Indicator:
    return Indicator.model_validate({"label": {"zh": label}, "type": type_, **more})


ASKED = {
    "meetings": indicator("integer", "会议次数"),
    "style": indicator("decimal", "作风评分", range=[0, 10]),
    "style_reason": indicator("text", "作风评分理由"),
}


def told(*words: str) -> str:
    done = CliRunner().invoke(cli.main, [*words])
    assert done.exception is None or isinstance(done.exception, SystemExit), done.output
    return done.output


# --- places -------------------------------------------------------------------


def test_no_caret_points_into_a_table_whose_columns_are_counted() -> None:
    place = Place("a.csv", line=2, column=3)
    finding = Diagnostic("evidence.E301", place, {"branch": "甲", "label": "数", "en": "n", "found": "不详", "expected": "整数"})
    source = "支部编码,支部名称,数\nB1,甲,不详\n"
    assert "^" in render(finding, source)
    fields = Diagnostic(finding.key, Place("a.csv", line=2, column=3, fields=True), finding.values)
    assert "^" not in render(fields, source)
    assert "B1,甲" not in render(fields, source)
    assert render(fields, source).startswith("a.csv:2:3: E301")


def test_a_bad_cell_of_a_csv_is_told_without_its_line(tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    file.write_text("支部编码,支部名称,会议次数\nB1,甲,不详\n", encoding="utf-8")
    (bad,) = gather([file], ASKED, {}, start=date(2023, 1, 1), reference=R).bad
    assert render(bad, file.read_text(encoding="utf-8")).splitlines()[0] == f"{file}:2:3: E301 甲“会议次数”填了“不详”,应为整数"
    assert "^" not in render(bad, file.read_text(encoding="utf-8"))


@pytest.mark.parametrize(("second", "code"), [("B1,会议次数,3", "W408"), ("B1,会议次数,4", "W405")])
def test_every_warning_names_the_file_as_it_was_typed(tmp_path: Path, second: str, code: str) -> None:
    (tmp_path / "in").mkdir()
    file = tmp_path / "in" / "a.csv"
    file.write_text(f"支部编码,指标,值\nB1,会议次数,3\n{second}\n", encoding="utf-8")
    (warning,) = gather([file], ASKED, {}, start=date(2023, 1, 1), reference=R).warnings
    assert (warning.code, warning.place.file) == (code, str(file))
    if code == "W405":
        assert f"{file}:2:3" in warning.message("zh")


# --- many of a kind -----------------------------------------------------------


def test_many_approximate_figures_take_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    rows = "".join(f"B{n},社区{n},约{n}\n" for n in range(1, 13))
    Path("a.csv").write_text("支部编码,支部名称,主题党日月数(月)\n" + rows, encoding="utf-8")
    Path("a.csv").write_text(Path("a.csv").read_text(encoding="utf-8").replace("主题党日月数(月)", "theme_day_months"), encoding="utf-8")
    output = told("evidence", "check", "a.csv", "--pack", "five-star-urban", *CHECK)
    assert output.count("W419") == 6
    assert "W419 另有 7 处约数:a.csv 7:3、8:3、9:3、10:3、11:3、12:3、13:3" in output


def test_points_without_a_reason_are_counted_apart_from_what_cannot_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    pack = load_pack(BY_HAND).pack
    points = next(id_ for id_ in all_indicators(pack) if f"{id_}_reason" in all_indicators(pack))
    rows = "".join(f"B{n},社工{n},1\n" for n in range(1, 9))
    Path("a.csv").write_text(f"支部编码,支部名称,{points}\n" + rows, encoding="utf-8")
    output = told("evidence", "check", "a.csv", "--pack", BY_HAND, *CHECK)
    assert "0 个单元格读不懂,8 处评分没有理由," in output
    assert "E314 另有 3 处评分没有理由:a.csv 7:3、8:3、9:3" in output


# --- the form -----------------------------------------------------------------


def test_the_form_asks_for_reasons_and_does_not_count_them(tmp_path: Path) -> None:
    counts = make_template([BY_HAND], tmp_path / "a.xlsx")
    known = all_indicators(load_pack(BY_HAND).pack)
    reasons = [id_ for id_ in known if id_.endswith("_reason")]
    assert reasons
    asked = [id_ for id_, one in known.items() if not one.attribute]
    assert sum(counts.values()) == len(asked) - len(reasons)
    book = openpyxl.load_workbook(tmp_path / "a.xlsx")
    heads = [cell for sheet in book for cell in sheet[1] if cell.value and "打分必填" in str(cell.value)]
    assert len(heads) == len(reasons)
    assert all("没有理由的分不计" in cell.comment.text for cell in heads)
    words = Vocabulary.of(known)
    assert {words.find(cell.value) for cell in heads} == set(reasons)  # the header reads back
    assert any("打了分就必须写理由" in str(cell.value) for cell in book.worksheets[0]["A"])


# --- sheets and columns of other packs ----------------------------------------


def test_a_sheet_of_another_pack_of_the_form_is_told_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    make_template(["five-star-urban", "community-worker-review"], Path("form.xlsx"))
    book = openpyxl.load_workbook("form.xlsx")
    for sheet in book.worksheets[2:-1]:
        sheet["A2"], sheet["B2"] = "B1", "甲"
    book["支部名册"]["A2"], book["支部名册"]["C2"] = "B1", "甲"
    book.save("form.xlsx")
    output = told("evidence", "check", "form.xlsx", "--pack", "community-worker-review", *CHECK)
    assert "W401" not in output
    assert "W403" not in output
    assert "W421 表“人社”中没有本次所评规则包的列,应属于填报表的其他规则包(five-star-urban),未使用" in output


def test_a_stray_sheet_is_still_no_sheet_of_a_pack(tmp_path: Path) -> None:
    make_template(["community-worker-review"], tmp_path / "form.xlsx")
    book = openpyxl.load_workbook(tmp_path / "form.xlsx")
    book.create_sheet("草稿")["A1"] = "随手记"
    book.save(tmp_path / "form.xlsx")
    known = all_indicators(load_pack("community-worker-review").pack)
    with pytest.raises(Failure) as failure:
        gather([tmp_path / "form.xlsx"], known, {"community-worker-review": "2023.1"}, start=date(2023, 1, 1), reference=R)
    assert "W401" in [one.code for one in failure.value.findings]


@pytest.mark.parametrize(
    ("header", "near"),
    [
        ("会议次", "会议次数 (meetings)"),
        ("会议情况", ""),
        ("作风得分", ""),
        ("作风评", "作风评分 (style)"),
        ("作风评估理由", "作风评分理由 (style_reason)"),
    ],
)
def test_only_what_is_really_near_is_suggested_and_no_reason_for_points(header: str, near: str) -> None:
    assert Vocabulary.of(ASKED).nearest(header) == near
