"""Burden: small packs whose fields, proofs and points were counted by hand; what is asked twice; the budget and its place."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from counted_packs import criterion, first, invoke, other, pack, written

from evaluator.authoring.burden import Stake, alike, burden, documents, read_packs
from evaluator.diagnostics import Diagnostic, Failure
from evaluator.messages import say
from evaluator.packs.budget import burden_findings
from evaluator.packs.load import check_packs, load_pack
from evaluator.packs.models import Indicator, Labels

HAND = {  # holder: fields, manual, by exception, with proof, documents
    "branch": (3, 0, 0, 2, 3),
    "township": (1, 0, 0, 0, 0),
    "team": (3, 2, 0, 0, 0),
    "公安": (1, 0, 1, 0, 0),
}


def test_fields_and_proofs_are_counted_by_holder(tmp_path: Path) -> None:
    one = burden(read_packs([str(written(tmp_path, first()))])).packs[0]
    counts = {h.holder: (h.fields, h.manual, h.by_exception, h.with_proof, h.documents) for h in one.asked.holders}
    assert list(counts) == ["branch", "township", "team", "公安"]
    assert counts == HAND
    assert (one.asked.fields, one.asked.manual, one.asked.by_exception, one.asked.attributes) == (8, 2, 1, 1)
    assert one.asked.documents == ("会议记录", "签到表", "系统截图")
    assert (one.branch_fields, one.most, one.over) == (3, 30, 0)


def test_points_on_paper_alone_and_points_beyond_the_branch(tmp_path: Path) -> None:
    one = burden(read_packs([str(written(tmp_path, first()))])).packs[0]
    assert one.total == 3850
    # a system's proof, a team's, a department's and a manual field are not paper; what only says whether a criterion applies is not read
    assert one.paper == Stake(2150, ("C-1", "C-3", "C-5"))
    assert one.unproved == ("C-3",)
    assert one.beyond == Stake(2000, ("C-1", "C-4", "C-5"))
    assert one.mending == {"township": 600, "department": 400, "irreversible": 1000}
    assert (one.rules, one.rules_beyond) == (2, ("V-1",))


def test_what_others_must_mend_is_theirs_even_where_it_is_irreversible(tmp_path: Path) -> None:
    data = first()
    data["groups"][0]["criteria"][3]["irreversible"] = True
    one = burden(read_packs([str(written(tmp_path, data))])).packs[0]
    assert one.mending == {"township": 600, "department": 400, "irreversible": 1000}


def test_a_field_of_two_packs_is_asked_once_and_the_same_under_another_id_is_told(tmp_path: Path) -> None:
    found = burden(read_packs([str(written(tmp_path, one)) for one in (first(), other())]))
    assert found.shared == {"met": ("first", "other")}
    assert found.together.fields == 9
    assert [(h.holder, h.fields) for h in found.together.holders] == [("branch", 3), ("township", 2), ("team", 3), ("公安", 1)]
    assert found.together.documents == found.packs[0].asked.documents
    assert [(pair.kind, pair.first, pair.second) for pair in found.alike] == [("same", "met", "meets"), ("computed", "word", "total")]
    assert found.alike[0].packs == (("first", "other"), ("other",))
    assert found.alike[0].holders == ("branch", "township")


@pytest.mark.parametrize(
    ("left", "right", "apart", "together"),
    [
        ("会议次数", "会议召开次数", "same", "same"),
        ("开展主题党日的月份数", "近6个月开展主题党日的月份数", "near", None),
        ("应报到单位党组织数", "已报到单位党组织数", None, None),
        ("测评满意份数", "测评不满意份数", None, None),
        ("常住人口(村)", "常住人口", "same", None),
        ("常住人口(村)", "常住人口(居)", None, None),
        ("党员总数", "网格总数", None, None),
    ],
)
def test_labels_that_ask_the_same(left: str, right: str, apart: str | None, together: str | None) -> None:
    one, two = (Indicator(label=Labels(zh=label), type="integer") for label in (left, right))
    assert alike(one, two, together=False) == alike(two, one, together=False) == apart
    assert alike(one, two, together=True) == together


def test_near_labels_of_two_types_are_two_questions() -> None:
    one = Indicator(label=Labels(zh="微心愿和居民诉求办结"), type="integer")
    two = Indicator(label=Labels(zh="微心愿和居民诉求办结率"), type="percent")
    assert alike(one, two, together=False) is None
    assert alike(one, two.model_copy(update={"type": "integer"}), together=False) == "near"


@pytest.mark.parametrize(
    ("proof", "names"),
    [
        ("会议记录、签到表", ["会议记录", "签到表"]),
        ("会议记录(含议题、表决)、签到表(原件)", ["会议记录", "签到表"]),
        ("会议记录,签到表", ["会议记录", "签到表"]),
        ("公开栏照片(含日期)", ["公开栏照片"]),
    ],
)
def test_documents_of_a_proof(proof: str, names: list[str]) -> None:
    assert documents(proof) == names


# --- the budget -----------------------------------------------------------------


def wide(fields: int, **more: Any) -> dict[str, Any]:
    """Return a pack with so many branch-held fields, and one each that the register, the township and a manual part hold."""
    indicators: dict[str, Any] = {f"f{n}": {"label": f"第{n}项", "type": "integer"} for n in range(fields)}
    indicators["kind"] = {"label": "类型", "type": "text", "attribute": True}
    indicators["roads"] = {"label": "道路", "type": "integer", "holder": "township"}
    parts = [{"award": 1, "when": f"{id_} > 0"} for id_ in indicators if id_ != "kind"]
    points = len(parts) + 1
    numbers = {"0": "default", "1": "default"}
    return pack("wide", indicators, [criterion("W-1", points, *parts, {"manual": {"range": [0, 1]}}, numbers=numbers)], **more)


def found_in(path: Path) -> list[Diagnostic]:
    found = burden_findings(load_pack(str(path)))
    assert [one for one in check_packs([str(path)]) if one.code in ("W505", "W506")] == found
    return found


def test_a_pack_over_the_usual_budget_is_told_at_its_indicators(tmp_path: Path) -> None:
    assert found_in(written(tmp_path, wide(30))) == []
    path = written(tmp_path, wide(31))
    (found,) = found_in(path)
    assert (found.code, found.is_error) == ("W505", False)
    assert found.values == {"asked": 31, "most": 30, "over": 1}
    line = path.read_text(encoding="utf-8").splitlines()[found.place.line - 1]
    assert line[found.place.column - 1 :].startswith('"indicators"')
    assert "burden: {branch_fields: 31, why:" in found.hint("en")


def test_a_budget_of_the_packs_own(tmp_path: Path) -> None:
    (found,) = found_in(written(tmp_path, wide(3, burden={"branch_fields": 2})))
    assert found.values == {"asked": 3, "most": 2, "over": 1}
    assert found_in(written(tmp_path, wide(31, burden={"branch_fields": 31, "why": "试点"}))) == []
    path = written(tmp_path, wide(31, burden={"branch_fields": 31}))
    (found,) = found_in(path)
    assert found.code == "W506"
    assert '"branch_fields": 31' in path.read_text(encoding="utf-8").splitlines()[found.place.line - 1]
    # a reason without a number leaves the usual budget, and the place is that of the indicators
    (found,) = found_in(written(tmp_path, wide(31, burden={"why": "试点"})))
    assert found.values["most"] == 30


@pytest.mark.parametrize(("number", "code"), [(-1, "E311"), (1.5, "E304"), ("many", "E304"), (1001, "E312")])
def test_a_budget_that_is_no_count(tmp_path: Path, number: object, code: str) -> None:
    with pytest.raises(Failure) as failure:
        load_pack(str(written(tmp_path, wide(1, burden={"branch_fields": number}))))
    assert [one.code for one in failure.value.findings] == [code]


@pytest.mark.parametrize("name", ["five-star-rural", "five-star-urban"])
def test_the_star_packs_say_that_they_ask_more_than_usual(name: str) -> None:
    loaded = load_pack(name)
    one = burden([loaded]).packs[0]
    assert one.branch_fields == one.most > 30
    assert loaded.pack.burden.why
    assert str(one.branch_fields) in loaded.pack.burden.why.zh
    assert "县" in loaded.pack.burden.why.zh


# --- the command ----------------------------------------------------------------


def test_the_table_and_the_json_say_the_same(tmp_path: Path) -> None:
    paths = [written(tmp_path, one) for one in (first() | {"burden": {"branch_fields": 2}}, other())]
    shown = invoke("pack", "burden", *paths)
    told = json.loads(invoke("pack", "burden", *paths, "--json").stdout)
    assert shown.exit_code == 0
    words = {"branch": "支部", "township": "乡镇(街道)", "team": "督查组"}
    names = ("fields", "manual", "by_exception", "with_proof", "documents")
    tables = [*(one["asked"] for one in told["packs"]), told["together"]]
    wanted = [
        [words.get(row["holder"], row["holder"]), *(str(row[name]) for name in names)] for table in tables for row in table["holders"]
    ]
    lines = [line.split() for line in shown.stdout.splitlines()]
    heads = set(words.values()) | {"公安"}
    assert [line for line in lines if line and line[0] in heads and len(line) == 6] == wanted
    assert {row[0]: tuple(int(cell) for cell in row[1:]) for row in wanted[:4]} == {words.get(h, h): hand for h, hand in HAND.items()}
    text = "".join(line.strip() for line in shown.stdout.splitlines())
    one = told["packs"][0]
    assert (one["points"], one["paper"]["points"], one["beyond_branch"]["points"]) == ("38.5", "21.5", "20")
    for piece in ("准则满分合计38.5分", "只靠纸面:21.5分,3条:C-1C-3C-5", "支部自己补不回:20分,3条", "支部填3个字段,上限2个,多1个"):
        assert piece in text.replace(" ", "")
    assert one["budget"] == {"branch_fields": 3, "most": 2, "usual": 30, "over": 1, "why": ""}
    assert told["shared"] == {"met": ["first", "other"]}
    assert [(pair["kind"], pair["first"], pair["second"]) for pair in told["alike"]] == [
        ("same", "met", "meets"),
        ("computed", "word", "total"),
    ]
    assert re.search(r"first\.yaml:\d+:\d+$", told["findings"][0]["place"])
    assert told["findings"][0]["code"] == "W505"
    assert "W505" in shown.stderr
    assert say("burden.meaning_paper")[:20] in shown.stdout


def test_the_output_fits_eighty_columns_in_both_languages() -> None:
    from rich.cells import cell_len

    for lang in ("zh", "en"):
        result = invoke("--lang", lang, "pack", "burden", "five-star-rural", "five-star-urban", "soft-and-lax-acceptance")
        assert result.exit_code == 0
        assert max(map(cell_len, result.stdout.splitlines())) <= 80
        assert ("只靠纸面" in result.stdout) == (lang == "zh")
        assert ("On paper alone" in result.stdout) == (lang == "en")


@pytest.mark.parametrize(
    ("packs", "code"),
    [(["nowhere.yaml"], "E101"), (["zzz-zzz"], "E133"), (["tests/bad/packs/E303.yaml"], "E303"), (["soft-and-lax"] * 2, "E490")],
)
def test_packs_that_cannot_be_counted(packs: list[str], code: str, tmp_path: Path) -> None:
    root = Path(__file__).parents[2]
    given = [str(root / name) if name.startswith("tests") else name for name in packs]
    for more in ([], ["--json"]):
        result = invoke("pack", "burden", *given, *more)
        assert result.exit_code == 2
        assert code in result.stderr
        assert result.stdout == ""


def test_a_field_that_is_two_things_cannot_be_counted_but_shared_criteria_can(tmp_path: Path) -> None:
    data = other()
    data["indicators"]["met"]["holder"] = "township"
    result = invoke("pack", "burden", written(tmp_path, first()), written(tmp_path, data))
    assert result.exit_code == 2
    assert "E492" in result.stderr
    data = other()
    data["groups"][0]["criteria"][0]["id"] = "C-1"
    assert invoke("pack", "burden", written(tmp_path, first()), written(tmp_path, data)).exit_code == 0
