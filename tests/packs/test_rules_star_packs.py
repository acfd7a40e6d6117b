"""The two star packs against their tables: ids, points and classes, words, numbers."""

import re
from functools import cache
from typing import Any

import pytest
import yaml
from pack_texts import numbers_of, texts

from evaluator import data_dir
from evaluator.packs.models import Criterion, Pack

PACKS = ("five-star-urban", "five-star-rural")
SHARED_WITH = (*PACKS, "soft-and-lax")
GROUPS = {"five-star-urban": ("ZB", "GJ", "PA", "HX", "YY"), "five-star-rural": ("ZB", "CY", "YJ", "PA", "WM")}
KEYS = {"five-star-urban": {"UZB-01", "UZB-03", "UPA-07"}, "five-star-rural": {"RZB-01", "RZB-03", "RZB-08", "RPA-07", "RYJ-10"}}

TABLES = {  # id, points and deadline class of every criterion
    "five-star-urban": """
        UZB-01 12 D_30; UZB-02 8 D_90; UZB-03 14 D_15; UZB-04 8 D_now; UZB-05 8 D_30; UZB-06 8 D_year;
        UZB-07 14 D_90; UZB-08 8 D_now; UZB-09 12 D_year; UZB-10 8 D_year; UGJ-01 10 D_30; UGJ-02 12 D_quarter;
        UGJ-03 12 D_30; UGJ-04 14 D_year; UGJ-05 12 D_quarter; UGJ-06 8 D_year; UGJ-07 12 D_90; UGJ-08 10 D_15;
        UGJ-09 10 D_year; UPA-01 14 D_30; UPA-02 10 D_30; UPA-03 10 D_year; UPA-04 14 D_15; UPA-05 14 D_now;
        UPA-06 10 D_15; UPA-07 12 D_now; UPA-08 8 D_30; UPA-09 8 D_keep; UHX-01 10 D_30; UHX-02 8 D_15;
        UHX-03 14 D_year; UHX-04 10 D_year; UHX-05 10 D_year; UHX-06 10 D_year; UHX-07 10 D_quarter; UHX-08 16 D_7;
        UHX-09 12 D_keep; UYY-01 10 D_30; UYY-02 14 D_quarter; UYY-03 10 D_quarter; UYY-04 12 D_90; UYY-05 14 D_15;
        UYY-06 12 D_90; UYY-07 8 D_year; UYY-08 10 D_quarter; UYY-09 10 D_year""",
    "five-star-rural": """
        RZB-01 12 D_30; RZB-02 8 D_90; RZB-03 16 D_15; RZB-04 10 D_now; RZB-05 10 D_30; RZB-06 6 D_30;
        RZB-07 10 D_year; RZB-08 12 D_15; RZB-09 8 D_now; RZB-10 8 D_year; RCY-01 20 D_year; RCY-02 10 D_year;
        RCY-03 12 D_year; RCY-04 10 D_quarter; RCY-05 12 D_90; RCY-06 10 D_year; RCY-07 10 D_90; RCY-08 8 D_30;
        RCY-09 8 D_year; RYJ-01 12 D_30; RYJ-02 12 D_year; RYJ-03 10 D_90; RYJ-04 10 D_year; RYJ-05 8 D_90;
        RYJ-06 16 D_now; RYJ-07 8 D_90; RYJ-08 8 D_keep; RYJ-09 8 D_90; RYJ-10 8 D_3; RPA-01 12 D_30;
        RPA-02 8 D_30; RPA-03 10 D_year; RPA-04 14 D_15; RPA-05 12 D_15; RPA-06 10 D_year; RPA-07 12 D_now;
        RPA-08 10 D_30; RPA-09 12 D_keep; RWM-01 12 D_30; RWM-02 10 D_90; RWM-03 10 D_quarter; RWM-04 10 D_year;
        RWM-05 8 D_keep; RWM-06 14 D_year; RWM-07 12 D_15; RWM-08 8 D_30; RWM-09 6 D_year; RWM-10 10 D_keep""",
}


@cache
def raw(id_: str) -> dict[str, Any]:
    loaded = yaml.safe_load((data_dir("rules") / id_ / "pack.yaml").read_text(encoding="utf-8"))
    assert isinstance(loaded, dict)
    return loaded


@cache
def pack(id_: str) -> Pack:
    return Pack.model_validate(raw(id_))


def criteria(id_: str) -> list[Criterion]:
    return [criterion for group in pack(id_).groups for criterion in group.criteria]


def full_marks(part: dict[str, Any]) -> float:
    """Return what a part that is due in December is worth at most, 0 for another."""
    if "due" not in part:
        return 0
    return float(part.get("award") or part.get("count_up", {}).get("up_to") or max(band["award"] for band in part["bands"]))


@pytest.mark.parametrize("id_", PACKS)
def test_ids_points_and_classes_are_those_of_the_tables(id_: str) -> None:
    table = [tuple(line.split()) for line in TABLES[id_].split(";")]
    assert [(c.id, f"{c.points.normalize():f}", c.deadline) for c in criteria(id_)] == table
    assert len(table) == {"five-star-urban": 46, "five-star-rural": 48}[id_]


@pytest.mark.parametrize("id_", PACKS)
def test_every_star_is_a_hundred_points_and_asks_for_the_line(id_: str) -> None:
    assert tuple(group.id for group in pack(id_).groups) == GROUPS[id_]
    for group in pack(id_).groups:
        assert sum(c.points for c in group.criteria) == 100
        assert group.earned_when == "score >= pass_line"
        assert group.title.en
        assert group.lead
    assert {c.id for c in criteria(id_) if c.key} == KEYS[id_]


@pytest.mark.parametrize("id_", PACKS)
def test_enough_of_every_star_can_be_read_before_december_is_over(id_: str) -> None:
    for group in raw(id_)["groups"]:
        late = sum(c["points"] if c.get("due") else sum(map(full_marks, c.get("parts", []))) for c in group["criteria"])
        assert late <= 40, group["id"]


@pytest.mark.parametrize("id_", PACKS)
def test_texts_are_there_in_both_languages(id_: str) -> None:
    found = pack(id_)
    for c in criteria(id_):
        assert c.text.en, c.id
        assert c.measure.en, c.id
        for part in (*c.parts, *c.deduct):
            assert part.text, c.id
            assert part.text.en, c.id
    for one in (*found.indicators.values(), *found.derived.values(), *found.settings.values()):
        assert one.label.en, one.label.zh


@pytest.mark.parametrize("id_", PACKS)
def test_no_text_asks_to_make_up_the_past(id_: str) -> None:
    for text in texts(raw(id_)):
        assert not re.search("补开|补记|补录|补做|补签|补写|补办|倒签|backdate|make up for", text), text


@pytest.mark.parametrize("id_", PACKS)
def test_every_number_says_where_it_comes_from(id_: str) -> None:
    for group in raw(id_)["groups"]:
        for c in group["criteria"]:
            rule = {key: c[key] for key in ("parts", "deduct", "zero_when", "applies_when") if key in c}
            assert set(numbers_of(rule)) == set(c["numbers"]), c["id"]
    for veto in raw(id_)["vetoes"]:
        assert set(numbers_of({key: veto[key] for key in ("when", "cap") if key in veto})) == set(veto.get("numbers", {}))
    found = pack(id_)
    cited = {one for rule in (*criteria(id_), *found.vetoes) for one in (*rule.basis, *rule.numbers.values())}
    assert cited - {"default"} <= set(found.sources)


@pytest.mark.parametrize("id_", PACKS)
def test_expected_counts_follow_the_period(id_: str) -> None:
    for c in raw(id_)["groups"]:
        for text in texts(c):
            assert not re.search(r"\b(12|4) - \w", text), text


@pytest.mark.parametrize("id_", PACKS)
def test_a_branch_holds_few_fields_and_says_what_proves_them(id_: str) -> None:
    held = {name: found for name, found in pack(id_).indicators.items() if found.holder == "branch"}
    assert len(held) <= 60
    assert all(found.proof for found in held.values())


def test_what_packs_share_is_the_same_in_each() -> None:
    for kind in ("indicators", "derived"):
        for one in SHARED_WITH:
            for other in SHARED_WITH:
                both = raw(one).get(kind, {}).keys() & raw(other).get(kind, {}).keys()
                assert {name: raw(one)[kind][name] for name in both} == {name: raw(other)[kind][name] for name in both}


def test_the_five_vetoes() -> None:
    for id_ in PACKS:
        assert {v.id: v.cap for v in pack(id_).vetoes} == {"V1": 2, "V2": None, "V3": 2, "V4": 2, "V5": 2}
        assert [v.id for v in pack(id_).vetoes if v.void] == ["V2"]
        assert [v.id for v in pack(id_).vetoes if v.finding] == ["V2"]
