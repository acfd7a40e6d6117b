"""One small pack for each proof: where it points and what it says, in both languages; and what proofs must not say."""

import re
from pathlib import Path

import pytest
from proof_packs import codes, loaded, sample, told, trigger

from evaluator.authoring.proofs.prove import Proofs, prove, sound
from evaluator.diagnostics import render
from evaluator.messages import catalogue
from evaluator.packs.load import find_packs, read_packs

BAD = Path(__file__).parent.parent / "bad" / "proofs"
TABLE = {  # file: line and column, words in Chinese, words in English
    "E620": ("6:13", "永远不成立,这个规则包一个支部也评不了", "can never hold, so that this pack scores nobody"),
    "W601": ("37:30", "“actual > required + 30”永远不成立 (actual 0…30, required 1…30)", "nobody gets these marks"),
    "W602": ("37:30", "“actual + required >= 1”永远成立", "'actual + required >= 1' always holds (actual 0…30, required 1…30)"),
    "W603": ("40:24", "“coverage > 80% AND coverage < 70%”永远不成立", "so that this band is never reached"),
    "W605": ("54:38", "永远不成立 (applies_to: area_type = '社区'),这一条对谁都不适用", "so that this applies to nobody"),
    "W606": ("111:19", "“taken >= 0”永远成立", "so that applies_when does nothing"),
    "W607": ("44:20", "“days_between(R, last_election) > 10”永远不成立", "so that zero_when does nothing"),
    "W608": ("44:20", "“last_election < R OR last_election >= R”永远成立", "so that everyone has zero"),
    "W609": ("42:31", "“complaints > 5 AND complaints < 6”永远不成立", "so that these points are never taken off"),
    "W610": ("42:31", "“complaints < 5 OR complaints >= 2”永远成立", "so that everyone loses these points"),
    "W611": ("98:11", "永远不成立,这项一票否决不会发生", "so that this veto cannot fire"),
    "W612": ("98:11", "“result != '不胜任' OR result = '不胜任'”永远成立", "so that this veto strikes everyone"),
    "W613": ("110:11", "“closed < 0 OR close_rate < 0%”永远不成立", "so that this trigger cannot fire"),
    "W614": ("110:11", "“overdue + closed + taken > 0”永远成立", "applies_when: taken > 0), so that this trigger fires for everyone"),
    "W615": ("121:11", "(hard 0…1, keys_failed 0…1),这道门槛拦不住谁", "so that nobody fails this gate"),
    "W616": ("121:11", "“points <= 28”永远成立 (points 0…28)", "so that everyone fails this gate"),
    "W617": ("71:47", "条件里的“closed > 1000”永远不成立", "'closed > 1000' in this condition can never hold"),
    "W618": (
        "71:48",
        "条件里的“months <= 12”永远成立 (months 0…12; 评定时段不超过一年)",
        "in this condition always holds (months 0…12; within",
    ),
    "W619": ("37:30", "“required >= required”两边是同一个值", "both sides of 'required >= required' are the same value"),
    "E622": ("1:7", "没有一条适用于任何支部", "none of its criteria and triggers applies to anyone"),
    "W621": ("6:13", "永远成立,applies_to 不起作用", "so that applies_to does nothing"),
    "W622": ("38:13", "“close_rate”分档之间有空档:closed = 179, taken = 200, close_rate = 89.5%", "close_rate = 89.5% none is true"),
    "W623": ("40:24", "“close_rate >= 90%”这一档永远轮不到", "is true before it, as with closed = 1, taken = 1"),
    "W624": (
        "40:24",
        "close_rate = 90% 时够“close_rate >= 90%”的 6 分",
        "close_rate = 90% 'close_rate >= 90%' would give 6",
    ),
    "W625": ("57:38", "永远得不满分 (meetings 0…366, coverage 0…100)", "can never give its full marks"),
    "W626": ("56:49", "“months - meetings - 12”永远得满分", "always gives its full marks (meetings 0…366, months 0…12; within"),
    "W627": ("43:30", "“3 - overdue”数不到一份", "'3 - overdue' never comes to one unit (overdue 0…1000)"),
    "W629": ("99:10", "封顶 3 级不起作用:最高等级就是 3", "where the veto fires, as with overdue = 1, result = 不胜任"),
    "W630": ("80:18", "“score > 100”永远不成立 (score 0…100),这一组谁也得不到", "so that nobody earns this group"),
    "W631": ("80:18", "“score >= 0”永远成立", "so that the line does nothing"),
    "W632": ("81:16", "G2 要求先得 G1,而 G1 谁也得不到", "G2 requires G1, which nobody can earn"),
    "W633": ("125:33", "“stars = 3”永远不成立 (stars 0…2)", "so that no branch has its level by this line"),
    "W634": (
        "127:13",
        "等级 1 这一行永远轮不到:够它时“stars >= 1 AND score >= 70”",
        "every branch before it, as with score = 100%, stars = 2",
    ),
    "W635": ("77:48", "P-03 的 numbers 写了 12 的出处", "numbers of P-03 says where 12 comes from"),
    "W636": ("1:7", "规则包 proofs 没有案例", "the pack proofs has no cases"),
    "W637": (
        "35:17",
        "> 2003-01-01; complaints < 5”要同时成立",
        "nobody has full marks in P-01: '",
    ),
    "W638": ("85:17", "P-04 谁也得不到分", "cannot be; it is a key criterion, so that nobody to whom it applies earns its group"),
    "W639": ("110:29", "“overdue > 50”写不写都一样:“overdue > 100”已经说了", "'overdue > 50' in this condition says nothing beside"),
    "W640": ("26:52", "“closed / (taken - overdue)”的除数可能小于 0,例如 overdue = 1, taken = 0", "may be below 0, as with overdue = 1"),
}
OVERLAY = """
pack: over
version: "1"
status: reference
title: 县里的
extends: five-star-urban
effective: {from: 2023-01-01}
"""
FOLLOWS = {
    "E622": {"W605"},
    "W613": {"W617"},
    "W615": {"W618"},
    "W630": {"W633"},
    "W632": {"W630", "W633", "W617"},
}  # what follows from the mistake is told too


def proofs_of(path: Path) -> Proofs:
    packs, findings = read_packs([str(path)])
    assert findings == []
    return prove(packs)


@pytest.mark.parametrize("code", TABLE)
def test_each_finding_is_told_at_its_place_in_both_languages(code: str) -> None:
    path = BAD / ("proofs/pack.yaml" if code == "W636" else f"{code}.yaml")
    found = proofs_of(path).findings
    assert {one.code for one in found} - FOLLOWS.get(code, set()) == {code}
    one = next(one for one in found if one.code == code)
    at, zh, en = TABLE[code]
    assert one.key == f"proofs.{code}"
    assert str(one.place).endswith(f"{path.relative_to(BAD).as_posix()}:{at}")
    assert zh in one.message("zh")
    assert en in one.message("en")
    assert one.hint("zh")
    assert one.hint("en")
    assert render(one, path.read_text(encoding="utf-8"), "en").splitlines()[2].strip().strip("^") == ""


def test_a_pack_without_cases_is_told_whatever_its_folder_is_called_and_an_overlay_too(tmp_path: Path) -> None:
    text = (BAD / "good.yaml").read_text(encoding="utf-8")
    own, over = tmp_path / "another-name", tmp_path / "over"
    for folder, what in ((own, text), (over, OVERLAY)):
        folder.mkdir()
        (folder / "pack.yaml").write_text(what, encoding="utf-8")
        assert [one.code for one in proofs_of(folder / "pack.yaml").findings] == ["W636"]
        (folder / "cases").mkdir()
        (folder / "cases" / "a.yaml").write_text("", encoding="utf-8")
        assert proofs_of(folder / "pack.yaml").findings == ()
    single = tmp_path / "single.yaml"
    single.write_text(text, encoding="utf-8")
    assert proofs_of(single).findings == ()


def test_every_finding_has_its_pack_and_every_pack_its_row() -> None:
    codes = {name for name in catalogue("proofs") if re.fullmatch(r"[EW]\d+", name)}
    assert set(TABLE) == codes
    assert {path.stem for path in BAD.glob("*.yaml")} - {"good"} == set(TABLE) - {"W636"}


def test_the_pack_that_they_come_from_has_no_finding_and_leaves_nothing_open() -> None:
    found = proofs_of(BAD / "good.yaml")
    assert found.findings == ()
    assert found.open == ()
    assert found.asked > 20


def test_shipped_packs_have_no_finding() -> None:
    packs, findings = read_packs(list(find_packs()))
    proofs = prove(sound(packs, findings))
    assert [render(one, lang="en") for one in proofs.findings if one.code != "W636"] == []
    assert proofs.open == ()


# --- what is and is not found -------------------------------------------------


@pytest.mark.parametrize(
    ("when", "found"),
    [
        ("a > 3", ["W613"]),
        ("a > 2 AND a < 3", ["W613"]),  # a whole number
        ("c > 0.0002 AND c < 0.0003", ["W613"]),  # nothing is finer than a ten-thousandth
        ("c > 0.0002 AND c < 0.0004", []),
        ("2 * a = 3", ["W613"]),
        ("2 * a - 2 * b = 1", ["W613"]),
        ("a - b >= 5", ["W613"]),
        ("a - b >= 4", []),
        ("a >= b OR b > a", ["W614"]),
        ("max(a, b) < a", ["W613"]),
        ("min(a, b) > 3", ["W613"]),
        ("abs(b) >= 4", ["W613"]),
        ("abs(b) >= 3", []),
        ("count(yes, a > 1, a < 1) >= 3", ["W613"]),
        ("count(yes, a > 1, a < 2) >= 2", []),
        ("count(tags) > 2", ["W613"]),
        ("tags IN ('子') AND count(tags) = 0", ["W613"]),
        ("kind IN ('子', '丑', '寅')", ["W614"]),
        ("zone IN ('东', '西') OR zone NOT IN ('东', '西')", ["W614"]),
        ("zone IN ('东', '西')", []),  # an open choice: any other text may stand there
        ("months > 12", ["W613"]),
        ("months < 3 AND quarters >= 1", ["W613"]),
        ("months < 6 AND quarters >= 1", []),
        ("a >= dated AND a < 1", ["W613"]),  # dated is 1, and 3 from July on
        ("a >= dated AND a < 2", []),
        ("a < split AND a >= 3", ["W613"]),
        ("a < split AND a >= 2", []),
        ("rate > 100% AND a <= b", ["W613"]),
        ("rate < 0%", ["W613"]),  # b may be negative, but then the ratio says nothing
        ("n >= 0", []),  # not applicable is false
        ("NOT yes AND yes", ["W613"]),
        ("sum >= 10", ["W613"]),
        ("sum >= 9", []),
        ("sampled >= 50% AND n < 2", ["W613"]),
        ("zero_rate > 2 AND months >= 1", ["W613"]),
    ],
)
def test_conditions(when: str, found: list[str]) -> None:
    assert codes(sample(triggers=[trigger(when)])) == found


def test_dates_stand_to_a_reference_date_that_may_be_any_of_the_effective_time() -> None:
    data = sample(indicators=sample()["indicators"] | {"day": {"label": "日", "type": "date"}})
    never = (
        "day > R",
        "day > 2024-01-01",
        "within(day, 1 year) AND day < 2021-12-31",
        "within(day, 1 months) AND days_between(day, R) > 31",
    )
    can = (
        "day < R",
        "day > 2023-06-30",
        "within(day, 1 year) AND day < 2022-01-02",
        "NOT within(day, 1 months) AND days_between(day, R) < 31",
    )
    assert [codes(data | {"triggers": [trigger(when)]}) for when in never] == [["W613"]] * len(never)
    assert [codes(data | {"triggers": [trigger(when)]}) for when in can] == [[]] * len(can)


def test_a_condition_is_read_among_branches_to_which_it_applies() -> None:
    assert codes(sample(triggers=[trigger("kind = '子' AND a > 1", applies_when="kind != '子'")])) == ["W613"]
    assert codes(sample(applies_to="zone = '东'", triggers=[trigger("zone = '西' OR a > 2")])) == ["W617"]


def test_ratios_over_nothing_keep_what_when_zero_gives() -> None:
    never = {"points": 2, "parts": [{"award": 2, "when": "full_rate > 400%"}]}
    assert codes(sample([never])) == []  # full marks where nothing was due
    never["parts"] = [{"award": 2, "when": "full_rate > 400%", "when_zero": "zero"}]
    assert codes(sample([never])) == ["W601"]


def test_shares_over_nothing_do_not_count_as_full() -> None:
    part = {"prorate": {"points": 2, "of": "a / (100 * b)"}, "when_zero": "zero"}
    assert codes(sample([{"points": 2, "parts": [part]}])) == ["W625"]  # at most 3 in 100; b may be 0
    part["when_zero"] = "full"
    assert codes(sample([{"points": 2, "parts": [part]}])) == []


def test_the_register_may_hold_what_no_option_names() -> None:
    options = {"label": "类", "type": "choice", "options": ["甲", "乙"]}
    data = sample(indicators=sample()["indicators"] | {"own": options, "listed": options | {"attribute": True}})
    assert codes(data | {"triggers": [trigger("own NOT IN ('甲', '乙')")]}) == ["W613"]
    assert codes(data | {"triggers": [trigger("listed NOT IN ('甲', '乙')")]}) == []


def test_an_empty_cell_may_say_less_than_the_range() -> None:
    one = {"label": "数", "type": "integer", "range": [1, 3]}
    means = {"label": "均", "type": "decimal", "aggregate": "mean", "range": [1, 3]}
    data = sample(indicators=sample()["indicators"] | {"x": one, "y": one | {"blank": "0"}, "m": means, "k": means | {"blank": "0"}})
    told = {when: codes(data | {"triggers": [trigger(when)]}) for when in ("x < 1", "y < 1", "m < 1", "k < 1", "m > 3", "m <= 1")}
    assert told == {"x < 1": ["W613"], "y < 1": [], "m < 1": ["W613"], "k < 1": [], "m > 3": ["W613"], "m <= 1": []}


def test_each_group_has_its_own_highest_score() -> None:
    data = sample([{"points": 2, "parts": [{"award": 2, "when": "yes"}]}])
    first = data["groups"][0] | {"earned_when": "score > 100"}
    criterion = first["criteria"][0] | {"id": "C-2"}
    data["groups"] = [first, first | {"id": "H", "bonus": {"up_to": 1}, "criteria": [criterion]}]
    assert codes(data) == ["W630"]
    data["groups"].reverse()
    assert codes(data) == ["W630"]


def test_bands_of_equal_marks_may_overlap() -> None:
    bands = [{"when": "a BETWEEN 1 AND 2", "award": 1}, {"when": "a >= 2", "award": 1}]
    assert codes(sample([{"points": 1, "parts": [{"bands": bands}]}])) == []


def test_a_last_band_for_all_the_rest_is_no_finding() -> None:
    part = {"bands": [{"when": "a >= 2", "award": 3}, {"when": "a >= 0", "award": 1}]}
    assert codes(sample([{"points": 3, "parts": [part]}])) == []


def test_bands_are_looked_at_in_every_era_of_a_dated_setting() -> None:
    bands = [{"when": "a >= 3", "award": 3}, {"when": "a < dated", "award": 1}]
    assert codes(sample([{"points": 3, "parts": [{"bands": bands}]}])) == ["W622"]  # 1 and 2 in the first half of the year
    bands = [{"when": "a BETWEEN dated AND 3", "award": 1}, {"when": "a >= 2", "award": 3}]
    assert codes(sample([{"points": 3, "parts": [{"bands": bands}]}])) == ["W624"]  # all of it hidden at first, 3 alone from July on


def test_what_multiplies_by_the_months_that_have_passed_is_tried_month_by_month() -> None:
    assert codes(sample(triggers=[trigger("months * a > 36")])) == ["W613"]
    assert codes(sample(triggers=[trigger("months * a >= 36")])) == []


def test_results_are_bounded_by_what_the_pack_holds() -> None:
    rating = [{"level": 3, "label": "三", "when": "score >= 101%"}, {"level": 2, "label": "二", "when": "hard >= 2"}]
    rating += [{"level": 1, "label": "一", "when": "points > 2"}, {"level": 0, "label": "无"}]
    data = sample([{"points": 2, "parts": [{"award": 2, "when": "yes"}]}], triggers=[trigger("a > 2")], rating=rating)
    assert codes(data) == ["W633", "W633", "W633"]
    data["groups"][0]["bonus"] = {"up_to": 1}  # 150 % and three points
    assert codes(data) == ["W633"]


def test_a_last_line_may_only_name_the_level_that_a_veto_leaves() -> None:
    rating = [{"level": 1, "label": "一", "when": "hard >= 0"}, {"level": 0, "label": "无"}]
    veto = {key: worth for key, worth in trigger("yes", id="V-1").items() if key != "kind"}
    assert codes(sample(triggers=[trigger("a > 2")], rating=rating)) == ["W634"]
    assert codes(sample(triggers=[trigger("a > 2")], rating=rating, vetoes=[veto | {"void": True}])) == []


def test_a_weighted_score_may_be_any_share() -> None:
    rating = [{"level": 1, "label": "一", "when": "score BETWEEN 33.34 AND 33.35"}, {"level": 0, "label": "无"}]
    data = sample([{"points": 2, "parts": [{"award": 2, "when": "yes"}]}], total={"weights": {"G": 30}}, rating=rating)
    assert prove([loaded(data)]).open == ()
    assert codes(data) == []


def test_what_is_not_decided_is_counted_and_named() -> None:
    many = ", ".join(["a > 0", "b > 0", "yes", "c > 0"] * 3)
    found = prove([loaded(sample(triggers=[trigger(f"count({many}) = 13")], derived={}))])
    assert [one.code for one in found.findings] == []
    assert [(one.found[:12], one.place.line > 0) for one in found.open] == [("count(a > 0,", True)]
    assert found.asked == 1


def test_what_cannot_be_compiled_is_told_where_it_stands() -> None:
    data = sample(indicators=sample()["indicators"] | {"s": {"label": "合计", "type": "integer", "aggregate": "sum"}})
    data |= {"triggers": [trigger("a > 1"), trigger("100000000 * s > 5", id="T-2")]}
    found = told(data)
    assert [one.key for one in found] == ["scoring.E701"]
    assert loaded(data).text.splitlines()[found[0].place.line - 1].strip() == '"id": "T-2",'


def test_findings_come_in_the_order_of_places() -> None:
    data = sample(triggers=[trigger("a > 3"), trigger("b > 3", id="T-2")])
    found = told(data)
    assert [one.place.line for one in found] == sorted(one.place.line for one in found)
    assert len(found) == 2
