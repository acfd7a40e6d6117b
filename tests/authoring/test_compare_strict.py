"""Which way an edit goes: a hand-made pair for each part shape and each kind of item, and which documents cover what is stricter."""

from datetime import date
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from compared_packs import base, pack_of, with_criterion

from evaluator.authoring.compare.authority import document_of, unfounded
from evaluator.authoring.compare.critical import MOST
from evaluator.authoring.compare.edits import edits_between
from evaluator.authoring.compare.strict import Judged, judge
from evaluator.packs import models as m
from evaluator.packs.load import load_pack
from evaluator.scoring.period import Period

YEAR = Period(date(2023, 1, 1), date(2023, 12, 31), date(2023, 12, 31))


def judged(a: m.Pack, b: m.Pack) -> Judged:
    found = [one for one in judge(a, b, edits_between(a, b), YEAR) if one.edit.kind != "text"]
    assert len(found) == 1, found
    return found[0]


def part(**shape: Any) -> dict[str, Any]:
    return {"parts": [shape]}


def bands(*awards: tuple[str, int]) -> dict[str, Any]:
    return part(bands=[{"when": when, "award": award} for when, award in awards])


OPPOSITE = {
    "stricter": "milder",
    "milder": "stricter",
    "mixed": "mixed",
    "different": "different",
    "undecided": "undecided",
    "text": "text",
}
PAIRS: dict[str, tuple[dict[str, Any], dict[str, Any], str]] = {
    "award": (part(award=10, when="kept >= 5"), part(award=10, when="kept >= 6"), "stricter"),
    "award of a ratio": (part(award=10, when="share >= 90%"), part(award=10, when="share > 90%"), "stricter"),
    "award of a boolean": (part(award=10, when="told OR kept > 3"), part(award=10, when="told"), "stricter"),
    "award of a choice": (part(award=10, when="kind IN ('甲', '乙')"), part(award=10, when="kind = '甲'"), "stricter"),
    "award of a date": (part(award=10, when="within(day, 5 years)"), part(award=10, when="within(day, 4 years)"), "stricter"),
    "award both ways": (part(award=10, when="kept BETWEEN 5 AND 10"), part(award=10, when="kept BETWEEN 6 AND 11"), "mixed"),
    "bands moved": (
        bands(("share >= 90%", 10), ("share >= 80%", 5)),
        bands(("share >= 95%", 10), ("share >= 80%", 5)),
        "stricter",
    ),
    "bands worth less": (
        bands(("share >= 90%", 10), ("share >= 80%", 5)),
        bands(("share >= 90%", 10), ("share >= 80%", 4)),
        "stricter",
    ),
    "bands both ways": (
        bands(("share >= 90%", 10), ("share >= 80%", 5)),
        bands(("share >= 95%", 10), ("share >= 75%", 5)),
        "mixed",
    ),
    "count_up": (
        part(count_up={"each": 2, "per": "kept", "up_to": 10}),
        part(count_up={"each": 2, "per": "kept", "every": 2, "up_to": 10}),
        "stricter",
    ),
    "count_down": (
        part(count_down={"full": 10, "less": 1, "per": "months - kept"}),
        part(count_down={"full": 10, "less": 2, "per": "months - kept"}),
        "stricter",
    ),
    "count_down from more": (
        part(count_down={"full": 10, "less": 1, "per": "months - kept"}),
        part(count_down={"full": 10, "less": 1, "per": "15 - kept"}),
        "stricter",
    ),
    "prorate": (
        part(prorate={"points": 10, "of": "kept / owed"}, when_zero="full"),
        part(prorate={"points": 10, "of": "kept / owed"}, when_zero="zero"),
        "stricter",
    ),
    "choices": (part(choices={"each": 5, "of": "many", "up_to": 10}), part(choices={"each": 4, "of": "many", "up_to": 10}), "stricter"),
    "manual": (part(manual={"range": [2, 10]}), part(manual={"range": [0, 10]}), "undecided"),
    "deduct": ({"deduct": [{"points": 2, "when": "kept < 3"}]}, {"deduct": [{"points": 3, "when": "kept < 3"}]}, "stricter"),
    "deduct up to": (
        {"deduct": [{"points": 2, "per": "kept", "up_to": 4}]},
        {"deduct": [{"points": 2, "per": "kept", "up_to": 6}]},
        "stricter",
    ),
    "deduct of all that part": (
        {**part(award=10, when="told"), "deduct": [{"points": 2, "when": "kept < 3"}]},
        {**part(award=10, when="told")},
        "milder",
    ),
    "zero_when": (part(award=10, when="told"), {**part(award=10, when="told"), "zero_when": "kept > 5"}, "stricter"),
    "relief switched off": ({**part(award=10, when="told"), "applies_when": "kept > 5"}, part(award=10, when="told"), "stricter"),
    "worth more of the same": (
        {**part(award=10, when="told")},
        {**part(award=20, when="told"), "points": 20},
        "different",
    ),
    "key": (part(award=10, when="told"), {**part(award=10, when="told"), "key": True}, "stricter"),
    "due": ({**part(award=10, when="told"), "due": "period_end"}, {**part(award=10, when="told"), "due": 6}, "stricter"),
    "deadline": (part(award=10, when="told"), {**part(award=10, when="told"), "deadline": "later"}, "milder"),
    "irreversible": (part(award=10, when="told"), {**part(award=10, when="told"), "irreversible": True}, "stricter"),
    "closes on later records": (
        {**part(award=10, when="told"), "irreversible": True},
        {**part(award=10, when="told"), "irreversible": True, "closes_on": 3},
        "stricter",
    ),
    "fixable": ({**part(award=10, when="told"), "fixable_by": "department"}, part(award=10, when="told"), "stricter"),
}


@pytest.mark.parametrize("name", PAIRS)
def test_each_shape_of_a_criterion(name: str) -> None:
    old, new, verdict = PAIRS[name]
    there = judged(with_criterion(**old), with_criterion(**new))
    back = judged(with_criterion(**new), with_criterion(**old))
    assert (there.verdict, back.verdict) == (verdict, OPPOSITE[verdict])
    if there.tally:
        assert back.tally is not None
        assert (there.tally.worse, there.tally.better) == (back.tally.better, back.tally.worse)
        assert (there.tally.worse > 0, there.tally.better > 0) == (verdict in ("stricter", "mixed"), verdict in ("milder", "mixed"))


def test_the_example_is_a_case_that_shows_it() -> None:
    found = judged(with_criterion(**PAIRS["count_down"][0]), with_criterion(**PAIRS["count_down"][1]))
    assert found.tally is not None
    assert found.tally.example is not None
    case, was, now = found.tally.example
    missing = 12 - case["kept"] // 10_000  # type: ignore[operator]
    assert was == (Fraction(max(10 - missing, 0), 10),) * 2
    assert now == (Fraction(max(10 - 2 * missing, 0), 10),) * 2
    assert found.tally.complete


def test_too_many_combinations_are_drawn_and_said_to_be() -> None:
    rule = "kept >= {} AND owed >= 7 AND held >= 9 AND due_count >= 11"
    old, new = (with_criterion(**part(award=10, when=rule.format(limit))) for limit in (5, 6))
    found = judged(old, new)
    assert found.verdict == "stricter"
    assert found.tally is not None
    assert (found.tally.cases, found.tally.complete) == (MOST, False)


LINES = "earned_when: score >= pass_line\n    criteria:\n      - id: C-01"


@pytest.mark.parametrize(
    ("changes", "verdict"),
    [
        ([("{2023-01-01: 80}", "{2023-01-01: 85}")], "stricter"),
        ([("{2023-01-01: 80}", "{2023-01-01: 80, 2024-01-01: 70}")], "milder"),
        ([("{2023-01-01: 80}", "{2023-01-01: 80, 2024-01-01: 85, 2025-01-01: 70}")], "mixed"),
        ([(LINES, LINES.replace("pass_line", "85"))], "stricter"),
        ([("cap: 1", "cap: 0")], "stricter"),
        ([("cap: 1", "void: true")], "stricter"),
        ([("when: fraud", "when: fraud OR meetings = 0")], "stricter"),
        ([("when: fraud", "when: fraud AND meetings = 0")], "milder"),
        ([("stars = 2", "stars = 2 AND score >= 90")], "stricter"),
        ([("stars = 1", "stars >= 1")], "text"),
        ([("days: 60", "days: 45")], "stricter"),
        ([("days: 60", "days: 60, unit: workday")], "undecided"),
        ([("days: 60", "days: 10, unit: workday")], "stricter"),
        ([("days: 60", "days: 3, unit: month")], "milder"),
        ([("days: 60", "date: 12-31")], "undecided"),
        ([("days: 60", "days: 60, from: found")], "stricter"),
        ([("type: boolean, holder: team", "type: boolean")], "stricter"),
        ([("type: boolean, holder: team", "type: boolean, holder: township")], "different"),
        ([("range: [0, 366]", "range: [0, 366], proof: 会议记录")], "stricter"),
        ([("range: [0, 366]", "range: [0, 366], na: allowed")], "milder"),
        ([("type: boolean, holder: team", 'type: boolean, holder: team, blank: "false"')], "milder"),
        ([("range: [0, 366]", "range: [0, 200]")], "undecided"),
        ([("held / due_count", "held / meetings")], "mixed"),
        ([("title: 第一星", "title: 第一星\n    min_applicable: 80")], "stricter"),
        ([("title: 第一星", "title: 第一星\n    requires: [G2]")], "stricter"),
        ([("rating:", "ledger: {extensions: 1}\nrating:")], "stricter"),
        ([("rating:", "ledger: {notice_days: 5}\nrating:")], "undecided"),
        ([("stars: true", "stars: true\napplies_to: area_type = '社区'")], "milder"),
        ([("effective: {from: 2023-01-01}", "effective: {from: 2023-01-01, to: 2030-12-31}")], "different"),
    ],
)
def test_each_kind_of_item(changes: list[tuple[str, str]], verdict: str) -> None:
    assert judged(base(), base(*changes)).verdict == verdict
    assert judged(base(*changes), base()).verdict == OPPOSITE[verdict]


def test_an_edit_that_makes_no_sense_alone_is_undecided() -> None:
    listed = ("choices: {each: 2, of: topics}", "choices: {each: 3, of: topics, values: [学习, 服务]}")
    a, b = (
        base(listed),
        base(("options: [学习, 服务, 治理]", "options: [学习, 为民, 治理]"), (listed[0], listed[1].replace("服务", "为民"))),
    )
    found = {one.edit.id: (one.verdict, one.undecided) for one in judge(a, b, edits_between(a, b), YEAR)}
    assert found == {"topics": ("undecided", True), "C-03": ("undecided", True)}


def test_what_hangs_on_the_calendar_is_said_to_be_undecided() -> None:
    assert judged(base(), base(("days: 60", "days: 60, unit: workday"))).undecided
    assert not judged(base(), base(("days: 60", "days: 45"))).undecided


def test_what_is_new_is_stricter_and_what_is_gone_is_milder() -> None:
    whole = base()
    less = whole.model_copy(update={"vetoes": (), "groups": whole.groups[:1]})
    found = {(one.edit.section, one.edit.id): one.verdict for one in judge(less, whole, edits_between(less, whole), YEAR)}
    assert found == {("vetoes", "V1"): "stricter", ("groups", "G2"): "stricter"}
    back = {(one.edit.section, one.edit.id): one.verdict for one in judge(whole, less, edits_between(whole, less), YEAR)}
    assert back == {("vetoes", "V1"): "milder", ("groups", "G2"): "milder"}
    field = base(("  fraud:", "  visits: {label: 走访, type: integer}\n  asked: {label: 抽查, type: integer, holder: team}\n  fraud:"))
    added = {one.edit.id: one.verdict for one in judge(whole, field, edits_between(whole, field), YEAR)}
    assert added == {"visits": "stricter", "asked": "different"}


def test_in_a_list_of_troubles_the_higher_level_is_the_worse() -> None:
    pack = load_pack("soft-and-lax").pack
    line = pack.rating[1].model_copy(update={"when": "soft >= 2"})
    other = pack.model_copy(update={"rating": (pack.rating[0], line, pack.rating[2])})
    assert judged(pack, other).verdict == "milder"
    assert judged(other, pack).verdict == "stricter"


# --- documents ----------------------------------------------------------------

OVER = 'pack: over\nversion: "1"\nstatus: reference\ntitle: 叠加样例\neffective: {{from: 2023-01-01}}\nextends: {base}\n'
BASE = Path(__file__).parent.parent / "bad" / "overlays" / "base.yaml"
STRICTER = "settings:\n  pass_line: {by_date: {2023-01-01: 85}}\ndeadlines:\n  later: {days: 45}\n"
RULE = "groups:\n  - id: G1\n    criteria:\n      - id: C-01\n        parts: [{count_down: {full: 4, less: 2, per: months - meetings}}]\n"


@pytest.mark.parametrize(
    ("said", "lacking"),
    [
        (STRICTER, [8, 10]),
        (STRICTER + "authority: [{title: 方案, document: 1号}]\n", []),
        (STRICTER + "authority: [{title: 方案, document: 1号, for: [pass_line]}]\n", [10]),
        (STRICTER + "authority:\n  - {title: 方案, document: 1号, for: [pass_line]}\n  - {title: 通知, document: 2号, for: [later]}\n", []),
        (RULE, [11]),
        (RULE + "        basis: [doc]\n", [11]),
        (RULE + "        basis: [doc, plan]\nsources:\n  plan: {title: 县实施方案}\n", []),
        ("switch_off: [V1]\n", []),
        ("ledger: {extensions: 0}\n", [7]),
        ("ledger: {extensions: 0}\nauthority: [{title: 方案, document: 1号, for: [ledger]}]\n", []),
        ("rating:\n  - {level: 2, when: stars = 2 AND score >= 90}\n", [8]),
        ("rating:\n  - {level: 2, when: stars = 2 AND score >= 90}\nauthority: [{title: 方案, document: 1号, for: [rating]}]\n", []),
        ("applies_to: NOT area_type = '村'\n", []),
    ],
)
def test_what_is_stricter_without_a_document_is_told_at_its_line(said: str, lacking: list[int], tmp_path: Path) -> None:
    path = tmp_path / "over.yaml"
    path.write_text(OVER.format(base=BASE) + said, encoding="utf-8")
    found = unfounded(load_pack(str(path)))
    assert [(one.code, Path(one.place.file).name, one.place.line) for one in found] == [("W510", "over.yaml", line) for line in lacking]


def test_a_pack_that_extends_nothing_needs_no_document() -> None:
    assert unfounded(load_pack(str(BASE))) == []


def test_the_document_is_named_with_its_number() -> None:
    a = base()
    b = base(("days: 60", "days: 45"), ("stars: true", "stars: true\nauthority: [{title: 方案, document: 1号}]"))
    assert [document_of(edit, a, b) for edit in edits_between(a, b) if edit.section == "deadlines"] == ["方案(1号)"]
    assert [document_of(edit, b, a) for edit in edits_between(b, a) if edit.section == "deadlines"] == [""]


def test_a_field_that_an_authorised_rule_reads_needs_no_document_of_its_own() -> None:
    text = BASE.read_text(encoding="utf-8")
    field = text.replace("  fraud:", "  visits: {label: 走访, type: integer}\n  fraud:")
    rule = field.replace("months - meetings", "months - visits").replace(
        "stars: true", "stars: true\nauthority: [{title: 方案, document: 1号, for: [C-01]}]"
    )
    a, b = pack_of(text), pack_of(rule)
    found = {edit.id: document_of(edit, a, b) for edit in edits_between(a, b) if edit.section in ("indicators", "criteria")}
    assert found == {"visits": "方案(1号)", "C-01": "方案(1号)"}
