"""Figures as documents write them: exact numbers, units with 万 and 亿, and the words that make one approximate."""

import hashlib
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from evaluator.evidence.figures import is_approximate, lean_of, read_figure
from evaluator.evidence.gather import gather
from evaluator.evidence.values import BadCell, read_value
from evaluator.messages import say
from evaluator.packs.models import Indicator
from evaluator.scoring.feed import evidence_digest

R = date(2023, 12, 31)


def indicator(type_: str, **more: object) -> Indicator:
    return Indicator.model_validate({"label": {"zh": "数", "en": "figure"}, "type": type_, **more})


EXACT = [
    ("46万小时", "小时", "460000"),
    ("41.2万个小时", "小时", "412000"),
    ("1.89亿元", "元", "189000000"),
    ("1.89亿元", "万元", "18900"),
    ("1.89亿", "万元", "18900"),
    ("1907万元", "万元", "1907"),
    ("1907万", "万元", "1907"),
    ("7199", "万元", "7199"),
    ("500元", "万元", "0.05"),
    ("14.2万名", "名", "142000"),
    ("1,065,500 元", "元", "1065500"),
    ("5千万", "", "50000000"),
    ("三十五", "", "35"),
    ("二十万", "", "200000"),
    ("三万", "万元", "3"),
    ("50百分点", "百分点", "50"),
    ("5万千克", "千克", "50000"),
    ("无", "件", "0"),
    (".5", "", "0.5"),
    ("-3", "", "-3"),
    ("+5", "", "5"),
]
ABOUT = [
    ("1000余", "件", "1000", "余"),
    ("1000余件", "件", "1000", "余"),
    ("1000多个", "个", "1000", "多"),
    ("500余份", "份", "500", "余"),
    ("5万多", "人", "50000", "多"),
    ("14.2万余件", "件", "142000", "余"),
    ("1万余件", "件", "10000", "余"),
    ("431.5余万元", "万元", "431.5", "余"),
    ("431.5余万元", "元", "4315000", "余"),
    ("近40万", "元", "400000", "近"),
    ("近40万元", "元", "400000", "近"),
    ("将近20个", "个", "20", "将近"),
    ("约85", "", "85", "约"),
    ("600元左右", "元", "600", "左右"),
    ("1000人以上", "人", "1000", "以上"),
    ("逾500万人次", "人次", "5000000", "逾"),
    ("至少1次", "次", "1", "至少"),
    ("约1000余件", "件", "1000", "约、余"),
    ("1,234余", "", "1234", "余"),
    ("三百余", "", "300", "余"),
    ("二十余万", "", "200000", "余"),
    ("百余", "", "100", "余"),
    ("≈20", "", "20", "≈"),
    ("1000+", "", "1000", "+"),
    ("不足60", "", "60", "不足"),
    ("不到60人", "人", "60", "不到"),
    ("不少于3次", "次", "3", "不少于"),
    ("不低于3", "", "3", "不低于"),
]
NONE = ["不足", "不少于", "1000-2000", "4~5", "1e5", "约无", "余", "近", "约", "1000余余", "1万2千", "1000以下", "几十", "NaN", "数百", ""]


@pytest.mark.parametrize(("text", "unit", "number"), EXACT)
def test_exact_figures(text: str, unit: str, number: str) -> None:
    found = read_figure(text, unit)
    assert found is not None
    assert (found.number, found.approx) == (Decimal(number), "")
    assert not is_approximate(text)


@pytest.mark.parametrize(("text", "unit", "number", "word"), ABOUT)
def test_approximate_figures_keep_their_word(text: str, unit: str, number: str, word: str) -> None:
    found = read_figure(text, unit)
    assert found is not None
    assert (found.number, found.approx) == (Decimal(number), word)
    assert is_approximate(text)


@pytest.mark.parametrize("text", NONE)
def test_what_is_no_figure(text: str) -> None:
    assert read_figure(text) is None


@pytest.mark.parametrize(
    ("text", "lean"),
    [
        ("近100%", "below"),
        ("不到90%", "below"),
        ("1000余件", "above"),
        ("5万多", "above"),
        ("500有余", "above"),
        ("至少3", "least"),
        ("1000人以上", "least"),
        ("1000+", "least"),
        ("约85", "about"),
        ("600元左右", "about"),
        ("约1000余件", "about"),
        ("近1000余", None),
    ],
)
def test_which_way_the_words_lean(text: str, lean: str | None) -> None:
    assert lean_of(text) == lean


@pytest.mark.parametrize("text", ["4~5", "4-5次", "4至5", "4次到5次", "几十", "数名", "数十", "十几个", "若干", "很多", "多次"])
def test_a_range_is_refused_with_a_hint_how_to_write_it(text: str) -> None:
    with pytest.raises(BadCell) as caught:
        read_value(text, indicator("integer", unit="次"), R)
    assert caught.value.key == "evidence.E316"
    assert "约5" in say("evidence.E316", form="hint", found=text)


@pytest.mark.parametrize("text", ["不详", "2023-04-13", "数据不详", "B12"])
def test_what_is_no_figure_at_all_is_told_so(text: str) -> None:
    with pytest.raises(BadCell) as caught:
        read_value(text, indicator("integer"), R)
    assert caught.value.key == "evidence.E301"


def test_a_unit_that_is_not_the_one_asked_is_refused() -> None:
    with pytest.raises(BadCell) as caught:
        read_value("1000余件", indicator("integer", unit="项"), R)
    assert caught.value.key == "evidence.E301"
    with pytest.raises(BadCell):
        read_value("20个", indicator("integer", unit="项"), R)


@pytest.mark.parametrize(
    ("text", "value"), [("85%以上", 850_000), ("约85%", 850_000), ("不到90%", 900_000), ("近43", 430_000), ("90%左右", 900_000)]
)
def test_percents_keep_their_word(text: str, value: int) -> None:
    read = read_value(text, indicator("percent"), R)
    assert read is not None
    assert (read.value, read.text, bool(read.approx)) == (value, text, True)


def test_a_part_of_a_whole_is_refused_and_a_fifth_decimal_cut() -> None:
    with pytest.raises(BadCell) as caught:
        read_value("1.23456万", indicator("integer"), R)
    assert caught.value.key == "evidence.E302"
    read = read_value("1.00005万元", indicator("decimal", unit="亿元"), R)
    assert read is not None
    assert (read.value, read.cut) == (1, True)  # 10000.5 yuan are 0.000100005 of a hundred million


def test_beyond_the_range_after_scaling() -> None:
    with pytest.raises(BadCell) as caught:
        read_value("近40万", indicator("integer", range=[0, 100]), R)
    assert caught.value.key == "evidence.E303"


def test_evidence_check_warns_of_each_and_records_keep_it(tmp_path: Path) -> None:
    file = tmp_path / "facts.csv"
    file.write_text("支部编码,指标,值\nB1,件数,1000余件\nB2,件数,1000\nB1,人数,五十多\n", encoding="utf-8")
    asked = {"items": ("件数", "件"), "people": ("人数", "人")}
    indicators = {
        id_: Indicator.model_validate({"label": {"zh": zh}, "type": "integer", "unit": unit}) for id_, (zh, unit) in asked.items()
    }
    evidence = gather([file], indicators, {}, start=date(2023, 1, 1), reference=R)
    assert {(r.branch, r.indicator): (r.value, r.text, r.approx) for r in evidence.records} == {
        ("B1", "items"): (10_000_000, "1000余件", "余"),
        ("B1", "people"): (500_000, "五十多", "多"),
        ("B2", "items"): (10_000_000, "1000", ""),
    }
    told = [finding for finding in evidence.warnings if finding.code == "W419"]
    assert [finding.place.line for finding in told] == [2, 4]
    assert "“1000余件”是约数,按 1000 计" in told[0].message("zh")


def test_equal_numbers_one_of_them_approximate_are_no_word_for_word_repeat(tmp_path: Path) -> None:
    file = tmp_path / "facts.csv"
    file.write_text("支部编码,指标,值\nB1,件数,1000余\nB1,件数,1000\n", encoding="utf-8")
    indicators = {"items": Indicator.model_validate({"label": {"zh": "件数"}, "type": "integer"})}
    codes = [one.code for one in gather([file], indicators, {}, start=date(2023, 1, 1), reference=R).warnings]
    assert codes == ["W419"]


def test_a_row_for_each_branch_keeps_it_too(tmp_path: Path) -> None:
    file = tmp_path / "wide.csv"
    file.write_text("支部编码,支部名称,件数\nB1,甲,近40万\nB2,乙,46万\n", encoding="utf-8")
    indicators = {"items": Indicator.model_validate({"label": {"zh": "件数"}, "type": "integer"})}
    evidence = gather([file], indicators, {}, start=date(2023, 1, 1), reference=R)
    assert [(r.value, r.approx) for r in evidence.records] == [(4_000_000_000, "近"), (4_600_000_000, "")]


def test_the_digest_tells_about_from_exactly_and_is_as_before_where_nothing_is_approximate(tmp_path: Path) -> None:
    indicators = {"items": Indicator.model_validate({"label": {"zh": "件数"}, "type": "integer"})}
    found = {}
    for text in ("1000", "1000余"):
        file = tmp_path / "facts.csv"
        file.write_text(f"支部编码,指标,值\nB1,件数,{text}\n", encoding="utf-8")
        found[text] = gather([file], indicators, {}, start=date(2023, 1, 1), reference=R)
    exact, about = (evidence_digest(found[text]) for text in ("1000", "1000余"))
    assert exact != about
    (record,) = found["1000"].records
    before = hashlib.sha256(repr(("B1", [])).encode())
    before.update(repr((record.branch, record.indicator, record.value, record.na, record.day, record.stage, record.ref)).encode())
    assert exact == before.hexdigest()
