"""What careless hands do to a workbook: wrong rows, lost branches, fractions among percents, totals at the foot."""

from collections.abc import Sequence
from datetime import date
from pathlib import Path

import pytest
import xlsxwriter

from evaluator.assess import Wanted, read_evidence
from evaluator.diagnostics import Diagnostic, Failure
from evaluator.evidence.gather import Options, gather
from evaluator.evidence.records import Evidence
from evaluator.evidence.values import BadCell, read_value
from evaluator.packs.load import load_packs
from evaluator.packs.models import Indicator
from evaluator.scoring.compile import compile_plan
from evaluator.scoring.period import Period

R = date(2023, 12, 31)
REGISTER = ["支部编码", "支部名称", "区域类型", "状态"]
HEADER = ["支部编码", "支部名称", "月数", "办结率"]


def indicator(type_: str, zh: str, **more: object) -> Indicator:
    return Indicator.model_validate({"label": {"zh": zh, "en": f"{zh} en"}, "type": type_, **more})


INDICATORS = {"months": indicator("integer", "月数", unit="月", range=[0, 9999]), "rate": indicator("percent", "办结率")}


def book(path: Path, *sheets: tuple[str, Sequence[Sequence[object]]], hidden: str = "") -> Path:
    workbook = xlsxwriter.Workbook(path)
    for name, rows in sheets:
        sheet = workbook.add_worksheet(name)
        if name == hidden:
            sheet.hide()
        for number, row in enumerate(rows):
            sheet.write_row(number, 0, row)
    workbook.close()
    return path


def run(*files: Path) -> Evidence:
    return gather(files, INDICATORS, {"p": "1"}, start=date(2023, 1, 1), reference=R, options=Options())


def found(evidence: Evidence) -> dict[tuple[str, str], int | None]:
    return {(record.branch, record.indicator): record.value for record in evidence.records}


def codes(findings: tuple[Diagnostic, ...]) -> dict[str, str]:
    return {finding.code: f"{finding.place} {finding.message('zh')}" for finding in findings}


def refused(*files: Path) -> dict[str, str]:
    with pytest.raises(Failure) as failure:
        run(*files)
    return codes(tuple(failure.value.findings))


def test_a_branch_that_only_a_second_file_names_is_not_lost(tmp_path: Path) -> None:
    wide = book(tmp_path / "a.xlsx", ("证据", [HEADER, ["B1", "甲", 3]]))
    long = tmp_path / "b.csv"
    long.write_text("支部编码,指标,值\nB2,月数,4\nB1,办结率,85%\n", encoding="utf-8")
    assert found(run(wide, long)) == {("B1", "months"): 30_000, ("B2", "months"): 40_000, ("B1", "rate"): 850_000}


def test_a_sheet_with_names_only_adds_no_second_branch(tmp_path: Path) -> None:
    path = book(
        tmp_path / "a.xlsx", ("一", [["支部名称", "月数"], ["甲", 3]]), ("二", [["支部编码", "支部名称", "办结率"], ["B1", "甲", "85%"]])
    )
    evidence = run(path)
    assert [branch.id for branch in evidence.register.branches] == ["B1"]
    assert found(evidence) == {("B1", "months"): 30_000, ("B1", "rate"): 850_000}


def test_a_row_without_a_branch_is_refused(tmp_path: Path) -> None:
    path = book(tmp_path / "a.xlsx", ("证据", [HEADER, ["B1", "甲", 3], [None, None, 7]]))
    assert "A3" in refused(path)["E212"]


def test_totals_and_signatures_at_the_foot_are_no_branches(tmp_path: Path) -> None:
    path = book(tmp_path / "a.xlsx", ("证据", [HEADER, ["B1", "甲", 3], ["合计", None, 3], ["填表人\uff1a张三"]]))
    evidence = run(path)
    assert [branch.id for branch in evidence.register.branches] == ["B1"]
    assert [warning.code for warning in evidence.warnings] == ["W415", "W415"]


def test_rows_sorted_apart_from_their_names_are_refused(tmp_path: Path) -> None:
    path = book(
        tmp_path / "a.xlsx", ("支部名册", [REGISTER, ["B1", "甲"], ["B2", "乙"]]), ("证据", [HEADER, ["B1", "乙", 3], ["B2", "乙", 4]])
    )
    message = refused(path)["E211"]
    assert "[证据] A2" in message
    assert "甲" in message
    assert "乙" in message


def test_another_spelling_of_the_name_is_told_once(tmp_path: Path) -> None:
    rows: list[Sequence[object]] = [HEADER, ["B1", "甲党支部", 3]]
    path = book(tmp_path / "a.xlsx", ("支部名册", [REGISTER, ["B1", "甲", "社区"]]), ("一", rows), ("二", rows))
    evidence = run(path)
    assert [warning.code for warning in evidence.warnings] == ["W414"]
    assert found(evidence) == {("B1", "months"): 30_000}


def test_evidence_of_a_dissolved_branch_is_set_aside_in_one_sentence(tmp_path: Path) -> None:
    rows: list[Sequence[object]] = [HEADER, ["B1", "甲", 3], ["B2", "乙", 4]]
    register = ("支部名册", [REGISTER, ["B1", "甲", "社区", "停用"], ["B2", "乙", "社区", "撤销"]])
    evidence = run(book(tmp_path / "a.xlsx", register, ("一", rows), ("二", rows)))
    assert found(evidence) == {("B1", "months"): 30_000}
    told = codes(evidence.warnings)
    assert sorted(warning.code for warning in evidence.warnings) == ["W410", "W416"]
    assert "乙" in told["W416"]
    assert "停用" in told["W410"]


def test_fractions_in_a_long_file_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("支部编码,指标,值\nB1,办结率,0.85\nB2,办结率,0.9\nB1,月数,1\n", encoding="utf-8")
    assert "a.csv:2:3" in refused(path)["E209"]


def test_a_fraction_among_percents_is_told(tmp_path: Path) -> None:
    evidence = run(book(tmp_path / "a.xlsx", ("证据", [HEADER, ["B1", "甲", 3, 0.85], ["B2", "乙", 3, 85]])))
    assert found(evidence)["B1", "rate"] == 8_500
    assert "D2" in codes(evidence.warnings)["W413"]


def test_a_hidden_sheet_is_read_and_told(tmp_path: Path) -> None:
    path = book(
        tmp_path / "a.xlsx",
        ("证据", [HEADER, ["B1", "甲", 3]]),
        ("旧", [["支部编码", "支部名称", "办结率"], ["B1", "甲", 85]]),
        hidden="旧",
    )
    evidence = run(path)
    assert found(evidence)["B1", "rate"] == 850_000
    assert "旧" in codes(evidence.warnings)["W409"]


def test_an_unknown_indicator_of_many_rows_is_told_once(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("支部编码,指标,值\n" + "".join(f"B{n},月树,4\nB{n},月数,4\n" for n in range(9)), encoding="utf-8")
    warnings = run(path).warnings
    assert [warning.code for warning in warnings] in (["W411"], ["W412"])
    assert "9" in warnings[0].message("zh")


def test_warnings_are_told_together_with_errors(tmp_path: Path) -> None:
    path = book(tmp_path / "a.xlsx", ("证据", [[*HEADER, "随便"], ["B1", "甲", 3], ["B1", "甲", 4]]))
    assert {"E206", "W404"} <= set(refused(path))


def test_bad_cells_name_the_branch(tmp_path: Path) -> None:
    (bad,) = run(book(tmp_path / "a.xlsx", ("证据", [HEADER, ["B1", "青山社区", "好几个"]]))).bad
    assert "青山社区“月数”" in bad.message("zh")
    assert "青山社区" in bad.message("en")


@pytest.mark.parametrize(("cell", "value"), [("1,234", 1234), ("1\uff0c234", 1234), ("1,2", None), ("12,15", None), ("1,234,5", None)])
def test_a_comma_parts_thousands_and_nothing_else(cell: str, value: int | None) -> None:
    if value is None:
        with pytest.raises(BadCell):
            read_value(cell, INDICATORS["months"], R)
    else:
        read = read_value(cell, INDICATORS["months"], R)
        assert read is not None
        assert read.value == value * 10_000


@pytest.mark.parametrize("cell", [20230413, 20230413.0, "20230413"])
def test_a_date_in_eight_digits(cell: object) -> None:
    read = read_value(cell, indicator("date", "日期"), R)
    assert read is not None
    assert read.value == (date(2023, 4, 13) - date(1970, 1, 1)).days


def test_branches_to_which_no_pack_applies_are_named(tmp_path: Path) -> None:
    rows = [["B1", "甲", "社区"], ["B2", "乙", "村"], ["B3", "丙", "园区"], ["B4", "丁", ""], ["B5", "戊", "村"]]
    path = book(tmp_path / "a.xlsx", ("支部名册", [REGISTER, *rows]), ("证据", [["支部编码", "支部党员大会次数"], ["B1", 4]]))
    period = Period(date(2023, 1, 1), R, R)
    for packs, areas in {
        ("five-star-urban",): ["—", "园区", "村"],
        ("five-star-urban", "five-star-rural"): ["—", "园区"],
        ("five-star-urban", "soft-and-lax"): ["—", "园区", "村"],
        ("soft-and-lax",): [],
    }.items():
        loaded = load_packs(packs)
        plan = compile_plan([one.pack for one in loaded], period)
        warnings = [one for one in read_evidence(Wanted((path,), packs, period), loaded, plan).warnings if one.code == "W417"]
        assert sorted(one.values["area"] for one in warnings) == sorted(areas)
        assert all(one.values["count"] == (2 if one.values["area"] == "村" else 1) for one in warnings)


def test_two_files_of_one_name_are_refused_and_one_file_given_twice_is_not(tmp_path: Path) -> None:
    for folder in ("东", "西"):
        (tmp_path / folder).mkdir()
    one = book(tmp_path / "东" / "表.xlsx", ("证据", [HEADER, ["B1", "甲", 3]]))
    two = book(tmp_path / "西" / "表.xlsx", ("证据", [HEADER, ["B2", "乙", 3]]))
    assert str(one) in refused(one, two)["E215"]
    assert found(run(one, one)) == {("B1", "months"): 30_000}
