"""Files in, records out: matching, typing, and every bad cell named."""

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path

import pytest
import xlsxwriter
from hypothesis import given
from hypothesis import strategies as st

from evaluator.diagnostics import Failure
from evaluator.evidence.gather import Options, gather, read_register
from evaluator.evidence.records import Evidence
from evaluator.evidence.values import BadCell, read_value
from evaluator.packs.models import Indicator

R = date(2023, 12, 31)


def indicator(type_: str, zh: str = "指标", **more: object) -> Indicator:
    return Indicator.model_validate({"label": {"zh": zh, "en": f"{zh} en"}, "type": type_, **more})


INDICATORS = {
    "theme_day_months": indicator("integer", "主题党日月数", unit="月", range=[0, 12]),
    "rate": indicator("percent", "办结率"),
    "venue": indicator("boolean", "有固定场所"),
    "election": indicator("date", "换届日期"),
    "roles": indicator("choices", "角色", options=["民警", "业委会", "物业"]),
    "matters": indicator("integer", "重大事项数", na="allowed"),
    "accidents": indicator("integer", "事故数", blank="0"),
    "style": indicator("decimal", "作风评分", range=[0, 10]),
    "style_reason": indicator("text", "作风评分理由"),
    "document": indicator("text", "批件号", blank="none"),
}
EPOCH = date(1970, 1, 1)


def read(cell: object, id_: str = "theme_day_months", **more: bool) -> int | None:
    found = read_value(cell, INDICATORS[id_], R, **more)
    return None if found is None else found.value


@pytest.mark.parametrize(
    ("cell", "months"),
    [(9, 9), (9.0, 9), ("9", 9), ("\uff19", 9), ("九", 9), ("十二", 12), (" 9月 ", 9), ("无", 0), ("〇", 0)],
)
def test_counts_are_read_however_they_are_written(cell: object, months: int) -> None:
    assert read(cell) == months * 10_000


@pytest.mark.parametrize(
    ("cell", "key"),
    [("9.5", "E302"), ("很多", "E316"), (13, "E303"), (-1, "E303"), ("90%", "E301"), ("/", "E311"), ("1e1", "E301"), (True, "E301")],
)
def test_what_is_not_a_count_is_refused(cell: object, key: str) -> None:
    with pytest.raises(BadCell) as caught:
        read(cell)
    assert caught.value.key == f"evidence.{key}"


def test_percents_are_points_unless_the_cell_shows_a_fraction() -> None:
    assert read("85%", "rate") == 850_000
    assert read(85, "rate") == 850_000
    assert read(0.85, "rate", percent_format=True) == 850_000
    assert read(0.85, "rate", fractions=True) == 850_000
    assert read("85%", "rate", fractions=True) == 850_000


def test_a_line_is_never_reached_by_rounding() -> None:
    assert read(0.94999, "rate", percent_format=True) == 949_990
    assert read(2 / 3, "rate", percent_format=True) == 666_666
    assert read(0.29, "rate", percent_format=True) == 290_000  # 0.29 * 100 is 28.999999999999996 in binary


@pytest.mark.parametrize(
    "cell", ["2023-04-13", "2023.4.13", "2023年4月13日", "2023/4/13", date(2023, 4, 13), "\uff12\uff10\uff12\uff13年4月13日"]
)
def test_dates(cell: object) -> None:
    assert read(cell, "election") == (date(2023, 4, 13) - EPOCH).days


def test_a_date_after_r_is_a_bad_cell() -> None:
    with pytest.raises(BadCell) as caught:
        read("2024-01-01", "election")
    assert caught.value.key == "evidence.E306"


@pytest.mark.parametrize(("cell", "value"), [("是", 1), ("√", 1), ("有", 1), ("否", 0), ("×", 0), ("无", 0), (True, 1), (0, 0)])
def test_yes_and_no(cell: object, value: int) -> None:
    assert read(cell, "venue") == value


@pytest.mark.parametrize("cell", ["民警;物业", "民警\uff1b物业", "物业、民警", "民警,物业", "民警\uff0c物业,"])
def test_choices_are_a_set_of_bits(cell: str) -> None:
    assert read(cell, "roles") == 0b101


def test_blank_cells_say_nothing_unless_the_indicator_is_reported_by_exception() -> None:
    assert read_value(None, INDICATORS["venue"], R) is None
    assert read_value("", INDICATORS["accidents"], R).value == 0  # type: ignore[union-attr]
    assert read_value(None, INDICATORS["document"], R).value == 0  # type: ignore[union-attr]


@pytest.mark.parametrize(("cell", "value"), [("文〔2023〕1号", 1), ("无", 0), ("没有", 0)])
def test_a_text_that_says_none_is_not_given(cell: str, value: int) -> None:
    assert read(cell, "document") == value


@given(st.integers(0, 99_999_999))
def test_chinese_numerals_round_trip(number: int) -> None:
    assert read_value(chinese(number), indicator("integer"), R).value == number * 10_000  # type: ignore[union-attr]


def chinese(number: int) -> str:
    """Write a number below 10^8 in Chinese, the schoolbook way."""
    digits = "零一二三四五六七八九"
    if number < 10_000:
        text, zero = "", False
        for unit, name in ((1000, "千"), (100, "百"), (10, "十"), (1, "")):
            digit = number // unit % 10
            if digit:
                text += ("零" if zero and text else "") + digits[digit] + name
            zero = digit == 0
        return text or "零"
    high, low = divmod(number, 10_000)
    return chinese(high) + "万" + (("零" if low < 1000 else "") + chinese(low) if low else "")


# --- whole files --------------------------------------------------------------

HEADER = ["支部编码", "支部名称", "乡镇街道", "区域类型", "主题党日月数(月)", "rate", "有固定场所"]


def book(path: Path, rows: list[list[object]], name: str = "证据") -> Path:
    workbook = xlsxwriter.Workbook(path)
    sheet = workbook.add_worksheet(name)
    for number, row in enumerate(rows):
        sheet.write_row(number, 0, row)
    workbook.close()
    return path


def run(*files: Path, **options: object) -> Evidence:
    return gather(files, INDICATORS, {"p": "1"}, start=date(2023, 1, 1), reference=R, options=Options(**options))  # type: ignore[arg-type]


def values(evidence: Evidence) -> dict[tuple[str, str], int | None]:
    return {(record.branch, record.indicator): record.value for record in evidence.records}


def test_a_wide_sheet_below_a_title(tmp_path: Path) -> None:
    path = book(
        tmp_path / "a.xlsx",
        [["2023年佐证表"], [], HEADER, ["B1", "青山社区", "东街", "社区", 9, "85%", "是"], [], ["B2", "绿水社区", "东街", "社区"]],
    )
    evidence = run(path)
    assert values(evidence) == {("B1", "theme_day_months"): 90_000, ("B1", "rate"): 850_000, ("B1", "venue"): 1}
    assert [branch.name for branch in evidence.register.branches] == ["青山社区", "绿水社区"]
    assert evidence.register.branches[0].attributes == {"area_type": "社区"}
    assert evidence.records[0].place.cell


def test_a_long_file_with_dates_and_stages(tmp_path: Path) -> None:
    path = tmp_path / "long.csv"
    path.write_text(
        "支部编码,指标,值,日期,环节,说明\nB1,主题党日月数,9,2023-12-01,自评,缺3、7月\nB1,venue,是,,县级核查,\n", encoding="gb18030"
    )
    evidence = run(path)
    first, second = evidence.records
    assert (first.indicator, first.stage, first.note, first.day) == ("theme_day_months", 1, "缺3、7月", (date(2023, 12, 1) - EPOCH).days)
    assert (second.indicator, second.stage, second.day) == ("venue", 3, None)


def test_all_bad_cells_are_named_in_one_pass(tmp_path: Path) -> None:
    path = book(tmp_path / "b.xlsx", [HEADER, ["B1", "甲", "东街", "社区", "很多", "120%", "也许"]])
    evidence = run(path)
    assert [(finding.code, finding.place.cell, finding.place.sheet) for finding in evidence.bad] == [
        ("E316", "E2", "证据"),
        ("E303", "F2", "证据"),
        ("E304", "G2", "证据"),
    ]
    for finding in evidence.bad:
        assert finding.values["found"] in finding.message("zh")
        assert finding.hint("en")


def test_an_unknown_column_names_the_nearest(tmp_path: Path) -> None:
    path = book(tmp_path / "c.xlsx", [["支部编码", "主题党日月数", "有固定场地"], ["B1", 9, "是"]])
    (warning,) = run(path).warnings
    assert warning.code == "W403"
    assert "有固定场所" in warning.message("zh")


def test_duplicate_branches_are_refused_with_both_places(tmp_path: Path) -> None:
    path = book(tmp_path / "d.xlsx", [HEADER, ["B1", "甲", "", "社区", 9], ["B1", "甲", "", "社区", 8]])
    with pytest.raises(Failure) as caught:
        run(path)
    (finding,) = caught.value.findings
    assert finding.code == "E206"
    assert "A2" in finding.message("zh")


def test_a_branch_that_is_not_in_the_register(tmp_path: Path) -> None:
    register = book(tmp_path / "r.xlsx", [["支部编码", "支部名称", "乡镇街道"], ["B1", "甲", "东街"], ["B3", "丙", "东街"]], "支部名册")
    path = book(tmp_path / "e.xlsx", [HEADER, ["B2", "乙", "东街", "社区", 9]])
    with pytest.raises(Failure) as caught:
        run(path, register=register)
    assert [finding.code for finding in caught.value.findings] == ["E207"]


def test_expected_branches_stay_in_the_register_without_evidence(tmp_path: Path) -> None:
    register = book(
        tmp_path / "r.xlsx", [["支部编码", "支部名称", "状态"], ["B1", "甲", ""], ["B3", "丙", ""], ["B4", "丁", "撤销"]], "支部名册"
    )
    path = book(tmp_path / "e.xlsx", [HEADER, ["B1", "甲", "东街", "社区", 9]])
    assert [branch.id for branch in run(path, register=register).register.branches] == ["B1", "B3"]


def test_a_register_of_ids_and_names_alone(tmp_path: Path) -> None:
    register = book(tmp_path / "r.xlsx", [["支部编码", "支部名称"], ["B1", "甲"], ["B3", "丙"]])
    path = book(tmp_path / "e.xlsx", [HEADER, ["B1", "甲", "东街", "社区", 9]])
    assert [branch.name for branch in run(path, register=register).register.branches] == ["甲", "丙"]


NAMES = ["支部编码", "支部名称"]


def sheets(path: Path, told: Mapping[str, Sequence[Sequence[str]]]) -> Path:
    """Write a workbook of several sheets."""
    workbook = xlsxwriter.Workbook(path)
    for name, rows in told.items():
        sheet = workbook.add_worksheet(name)
        for number, row in enumerate(rows):
            sheet.write_row(number, 0, row)
    workbook.close()
    return path


@pytest.mark.parametrize("name", ["支部名册", "Register"])
def test_the_sheet_that_is_called_the_register_is_the_register(tmp_path: Path, name: str) -> None:
    others = {"去年": [NAMES, ["B1", "旧甲"], ["B7", "庚"]], "备份": [NAMES, ["B2", "乙"]]}
    mine = [NAMES, ["B1", "甲"], ["B3", "丙"]]
    first, *rest = others.items()
    path = sheets(tmp_path / "r.xlsx", {first[0]: first[1], name: mine, **dict(rest)})
    assert [(branch.id, branch.name) for branch in read_register(path)] == [("B1", "甲"), ("B3", "丙")]


def test_without_a_sheet_of_that_name_whatever_looks_like_a_register_is_read(tmp_path: Path) -> None:
    path = sheets(tmp_path / "r.xlsx", {"东街": [NAMES, ["B1", "甲"]], "西街": [NAMES, ["B2", "乙"]], "说明": [["填报说明"]]})
    assert {branch.id for branch in read_register(path)} == {"B1", "B2"}


def test_a_register_by_name_that_is_none_is_not_made_up_from_other_sheets(tmp_path: Path) -> None:
    path = sheets(tmp_path / "r.xlsx", {"支部名册": [["填报说明"]], "去年": [NAMES, ["B1", "甲"]]})
    with pytest.raises(Failure) as caught:
        read_register(path)
    assert [finding.code for finding in caught.value.findings] == ["E201"]


@pytest.mark.parametrize(
    ("header", "cells", "township"),
    [
        (["市", "区", "乡镇街道", "村社区"], ["云山市", "河东区", "东街", "甲社区"], "东街"),
        (["区", "乡镇街道", "村社区"], ["河东区", "东街", "甲社区"], "东街"),
        (["乡镇街道", "村社区"], ["东街", "甲社区"], "东街"),
        (["乡镇街道"], ["东街"], "东街"),
        (["隶属路径"], ["云山市/河东区/东街/甲社区"], "东街"),
        (["隶属路径", "乡镇街道"], ["云山市/河东区/城区片/东街/甲社区", "东街"], "东街"),
        (["村社区"], ["甲社区"], ""),
    ],
)
def test_the_township_of_a_branch_is_what_its_column_says(tmp_path: Path, header: list[str], cells: list[str], township: str) -> None:
    path = sheets(tmp_path / "r.xlsx", {"支部名册": [[*NAMES, *header], ["B1", "甲", *cells]]})
    assert [branch.township for branch in read_register(path)] == [township]


def test_fractions_in_a_percent_column_are_refused_unless_said(tmp_path: Path) -> None:
    path = book(tmp_path / "f.xlsx", [HEADER, ["B1", "甲", "", "社区", 9, 0.85], ["B2", "乙", "", "社区", 9, 1]])
    with pytest.raises(Failure) as caught:
        run(path)
    assert [finding.code for finding in caught.value.findings] == ["E209"]
    assert values(run(path, fractions=True))["B1", "rate"] == 850_000


def test_two_values_for_the_same_thing_are_a_conflict_that_names_both_places(tmp_path: Path) -> None:
    one = book(tmp_path / "one.xlsx", [HEADER, ["B1", "甲", "", "社区", 9]])
    two = book(tmp_path / "two.xlsx", [HEADER, ["B1", "甲", "", "社区", 8]])
    (warning,) = run(one, two).warnings
    assert warning.code == "W405"
    assert "one.xlsx" in str(warning.place) + warning.message("zh")
    assert "two.xlsx" in str(warning.place) + warning.message("zh")


def test_not_applicable_needs_a_reason(tmp_path: Path) -> None:
    header = ["支部编码", "重大事项数", "重大事项数说明"]
    good = book(tmp_path / "g.xlsx", [header, ["B1", "/", "全年没有重大事项"], ["B2", "不适用(没有)", ""]])
    assert [(record.na, bool(record.note)) for record in run(good).records] == [(True, True), (True, True)]
    bad = book(tmp_path / "h.xlsx", [header, ["B1", "/", ""]])
    assert [finding.code for finding in run(bad).bad] == ["E313"]


def test_evidence_for_another_pack_is_refused(tmp_path: Path) -> None:
    workbook = xlsxwriter.Workbook(tmp_path / "i.xlsx")
    sheet = workbook.add_worksheet("证据")
    sheet.write_row(0, 0, HEADER)
    sheet.write_row(1, 0, ["B1", "甲", "", "社区", 9])
    workbook.add_worksheet("_starbranch").write_row(0, 0, ["five-star-rural", "2023.1"])
    workbook.close()
    with pytest.raises(Failure) as caught:
        run(tmp_path / "i.xlsx")
    assert [finding.code for finding in caught.value.findings] == ["E202"]


def test_a_sheet_without_a_header_is_refused(tmp_path: Path) -> None:
    path = book(tmp_path / "j.xlsx", [["随便写的"], [1, 2, 3]])
    with pytest.raises(Failure) as caught:
        run(path)
    assert [finding.code for finding in caught.value.findings] == ["E201"]


def test_a_line_that_nobody_filled_in_is_no_evidence(tmp_path: Path) -> None:
    path = book(tmp_path / "k.xlsx", [["支部编码", "主题党日月数", "事故数"], ["B1", 9, None], ["B2", None, None]])
    evidence = run(path)
    assert values(evidence) == {("B1", "theme_day_months"): 90_000, ("B1", "accidents"): 0}
    assert len(evidence.register.branches) == 2


def test_points_given_by_hand_want_a_reason(tmp_path: Path) -> None:
    header = ["支部编码", "作风评分", "作风评分理由"]
    evidence = run(book(tmp_path / "l.xlsx", [header, ["B1", 7.5, "走访两户"], ["B2", 6, ""]]))
    assert values(evidence)["B1", "style"] == 75_000
    assert [(finding.code, finding.place.cell) for finding in evidence.bad] == [("E314", "B3")]
