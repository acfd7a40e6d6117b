"""Tightenings that no sampled value shows, ways of writing that prove to be one, and what nobody can tell: pairs known by hand."""

from collections.abc import Callable
from datetime import date
from operator import eq, ge, gt, le, lt
from pathlib import Path
from typing import Any

import pytest
from compared_packs import BASE, base, pack_of, with_criterion
from hypothesis import given, settings
from hypothesis import strategies as st

from evaluator import data_dir
from evaluator.authoring.compare import proving
from evaluator.authoring.compare.authority import unfounded, usual_period
from evaluator.authoring.compare.edits import edits_between
from evaluator.authoring.compare.strict import Judged, judge
from evaluator.packs import models as m
from evaluator.packs.load import find_packs, load_pack
from evaluator.scoring.period import Period

YEAR = Period(date(2023, 1, 1), date(2023, 12, 31), date(2023, 12, 31))
OPPOSITE = {"stricter": "milder", "milder": "stricter"}


def judged(a: m.Pack, b: m.Pack) -> Judged:
    found = judge(a, b, edits_between(a, b), YEAR)
    assert len(found) == 1, found
    return found[0]


def award(when: str, **more: Any) -> dict[str, Any]:
    return {"parts": [{"award": 10, "when": when, **more}]}


def deducted(when: str) -> dict[str, Any]:
    return {"deduct": [{"points": 2, "when": when}]}


def zeroed(when: str) -> dict[str, Any]:
    return {**award("told"), "zero_when": when}


def applying(when: str) -> dict[str, Any]:
    return {**award("told"), "applies_when": when}


def per(formula: str) -> dict[str, Any]:
    return {"parts": [{"count_down": {"full": 10, "less": 1, "per": formula}}]}


def ladder(*lines: int) -> dict[str, Any]:
    return {"points": 20, "parts": [{"bands": [{"when": f"kept >= {line}", "award": 20 - place} for place, line in enumerate(lines)]}]}


LINES = [195 - 9 * place for place in range(20)]
FOUR = "kept >= {} AND owed >= 95 AND held >= 80 AND due_count <= 5"

STRICTER: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "four at once, one of them the other way": (award(FOUR.format(90)), award(FOUR.format(91))),
    "a weighted sum": (award("3 * kept + 7 * owed >= 1013"), award("3 * kept + 7 * owed >= 1014")),
    "a third decimal": (award("part >= 33.333"), award("part >= 33.339")),
    "the twelfth of twenty bands": (ladder(*LINES), ladder(*LINES[:11], LINES[11] + 1, *LINES[12:])),
    "a part due earlier": (award("told", due=12), award("told", due=6)),
    "a part due between quarters": (award("told", due=12), award("told", due=11)),
    "a part due at any time": (award("told", due=12), award("told")),
    "months written as twelve": (per("months - kept"), per("12 - kept")),
    "quarters written as four": (per("quarters - kept"), per("4 - kept")),
    "when it applies": (
        applying("3 * kept + 7 * owed >= 1014"),
        applying("3 * kept + 7 * owed >= 1013"),
    ),
    "what takes everything": (
        zeroed("3 * kept + 7 * owed = 1013 AND held > 500"),
        zeroed("3 * kept + 7 * owed = 1013 AND held > 499"),
    ),
    "when it is deducted": (
        deducted(FOUR.format(91)),
        deducted(FOUR.format(90)),
    ),
    "one of two parts": (
        {"parts": [{"award": 5, "when": FOUR.format(90)}, {"award": 5, "when": "told"}]},
        {"parts": [{"award": 5, "when": FOUR.format(91)}, {"award": 5, "when": "told"}]},
    ),
}


@pytest.mark.parametrize("name", STRICTER)
def test_what_is_a_little_stricter_is_found_whatever_hides_it(name: str) -> None:
    old, new = STRICTER[name]
    there, back = (judged(with_criterion(**one), with_criterion(**two)) for one, two in ((old, new), (new, old)))
    assert (there.verdict, back.verdict) == ("stricter", "milder")
    assert not there.undecided
    assert there.tally is not None
    assert (there.tally.worse > 0, there.tally.better) == (True, 0)


def test_a_setting_or_derived_value_behind_a_rule_is_asked_for_too() -> None:
    def pack(line: int, factor: int) -> m.Pack:
        made = with_criterion(**award("sum_of_both >= least"))
        derived = m.Derived.model_validate({"label": "合计", "type": "integer", "formula": f"{factor} * kept + 7 * owed"})
        setting = m.Setting.model_validate({"label": "线", "value": line})
        return made.model_copy(
            update={"derived": {**made.derived, "sum_of_both": derived}, "settings": {**made.settings, "least": setting}}
        )

    assert judged(pack(1013, 3), pack(1014, 3)).verdict == "stricter"
    assert judged(pack(1014, 3), pack(1013, 3)).verdict == "milder"
    assert judged(pack(1013, 4), pack(1013, 3)).verdict == "stricter"
    assert judged(pack(3000, 3), pack(3001, 3)).verdict == "text"  # 2000 is the most there can be


def test_values_that_are_left_out_are_said_to_be() -> None:
    """Seventy bands on a percent have more values than are tried; the 35th is raised by the least that evidence can say."""
    lines = [f"{98 - place}" for place in range(70)]
    old, new = (
        {"points": 70, "parts": [{"bands": [{"when": f"part >= {line}", "award": 70 - place} for place, line in enumerate(listed)]}]}
        for listed in (lines, [*lines[:34], "64.0001", *lines[35:]])
    )
    found = judged(with_criterion(**old), with_criterion(**new))
    assert found.verdict == "stricter"
    assert found.tally is not None
    assert not found.tally.complete


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("kept > 2", "kept >= 3"),
        ("kept < 3 OR kept > 9", "NOT kept BETWEEN 3 AND 9"),
        ("part >= 80%", "part >= 80"),
        ("kept + owed >= 7 AND kept >= 0", "owed + kept > 6"),
        ("2 * kept >= 5", "kept >= 3"),
        ("NOT told AND kept > 5", "kept >= 6 AND NOT (told AND kept >= 0)"),
        ("kind = '甲'", "NOT kind IN ('乙')"),
        ("share >= 90%", "NOT share < 90%"),
    ],
)
def test_two_ways_of_writing_one_condition_are_proved_to_be_one(old: str, new: str) -> None:
    for rule in (award, deducted, zeroed, applying):
        a, b = with_criterion(**rule(old)), with_criterion(**rule(new))
        assert {(one.verdict, one.undecided) for one in judge(a, b, edits_between(a, b), YEAR)} <= {("text", False)}


def test_bands_and_levels_written_otherwise_are_proved_to_be_one() -> None:
    old, new = (
        {"parts": [{"bands": [{"when": one, "award": 10}, {"when": two, "award": 5}]}]}
        for one, two in (("kept > 7", "kept > 3"), ("kept >= 8", "kept BETWEEN 4 AND 7"))
    )
    assert judged(with_criterion(**old), with_criterion(**new)).verdict == "text"
    assert judged(base(("stars = 1", "stars = 1 AND score >= 0")), base(("stars = 1", "stars >= 1"))).verdict == "different"
    assert (
        judged(base(("when: fraud", "when: fraud OR meetings > 5")), base(("when: fraud", "when: meetings >= 6 OR fraud"))).verdict
        == "text"
    )


def test_a_number_for_a_dated_value_is_the_same_only_as_long_as_that_holds() -> None:
    line = "earned_when: score >= pass_line\n    criteria:\n      - id: C-01"
    fixed = (line, line.replace("pass_line", "80"))
    assert judged(base(), base(fixed)).verdict == "text"
    later = ("{2023-01-01: 80}", "{2023-01-01: 80, 2025-01-01: 85}")
    assert judged(base(later), base(later, fixed)).verdict == "milder"
    assert judged(base(later, fixed), base(later)).verdict == "stricter"


def test_what_reads_other_evidence_is_not_the_same() -> None:
    found = judged(with_criterion(**award("kept >= 5")), with_criterion(**award("kept >= 5 AND owed >= 0")))
    assert found.verdict == "different"


def test_what_no_value_and_no_proof_tells_apart_is_undecided() -> None:
    old, new = per("months - kept"), {"parts": [{"count_down": {"full": 10, "less": 1, "per": "max(months - kept, 0)"}}]}
    found = judged(with_criterion(**old), with_criterion(**new))
    assert (found.verdict, found.undecided) == ("undecided", True)


@pytest.mark.parametrize("most", [{"asked": 0}, {"unsure": 0}])
def test_where_the_decider_gives_up_nothing_is_claimed(most: dict[str, int], monkeypatch: pytest.MonkeyPatch) -> None:
    budget = proving._Budget(**most)
    monkeypatch.setattr(proving, "_Budget", lambda: budget)
    assert judged(with_criterion(**award("kept > 2")), with_criterion(**award("kept >= 3"))).verdict == "undecided"


@pytest.mark.parametrize(
    "change",
    [
        ("options: [学习, 服务, 治理]", "options: [治理, 学习, 服务]"),
        ("{label: 会议次数, type: integer, range: [0, 366]}", "{label: 会议次数, type: integer, range: [0.0, 366]}"),
    ],
)
def test_an_indicator_written_otherwise_is_a_text(change: tuple[str, str]) -> None:
    assert {edit.kind for edit in edits_between(base(), base(change))} <= {"text"}


def test_the_range_of_a_percent_written_out_is_a_text() -> None:
    a, b = (
        pack_of(BASE.replace("  fraud:", f"  part: {{label: 比例, type: percent{more}}}\n  fraud:")) for more in ("", ", range: [0, 100]")
    )
    for one, two in ((a, b), (b, a)):
        assert [(edit.kind, edit.fields) for edit in edits_between(one, two)] == [("text", ("range",))]
    c = pack_of(BASE.replace("  fraud:", "  part: {label: 比例, type: percent, range: [0, 99]}\n  fraud:"))
    assert judged(a, c).verdict == "undecided"


# --- which way levels go ------------------------------------------------------


def changed(pack: m.Pack, name: str, value: int) -> m.Pack:
    return pack.model_copy(update={"settings": {**pack.settings, name: pack.settings[name].model_copy(update={"value": value})}})


@pytest.mark.parametrize(("value", "verdict"), [(5, "stricter"), (8, "milder")])
def test_a_list_of_troubles_whose_best_level_is_the_highest(value: int, verdict: str, tmp_path: Path) -> None:
    pack = load_pack("four-colour-rating").pack
    assert max(pack.rating, key=lambda line: line.level).label.zh.startswith("绿色")
    assert judged(pack, changed(pack, "yellow_most", value)).verdict == verdict
    assert told(tmp_path, "four-colour-rating", f"settings: {{yellow_most: {{value: {value}}}}}\n") == (
        ["W510"] if verdict == "stricter" else []
    )


def told(folder: Path, extends: str, said: str) -> list[str]:
    head = 'pack: over\nversion: "1"\nstatus: reference\ntitle: 叠加样例\neffective: {from: 2023-01-01}\n'
    path = folder / "over.yaml"
    path.write_text(f"{head}extends: {extends}\n{said}", encoding="utf-8")
    return [one.code for one in unfounded(load_pack(str(path)))]


BASE_FILE = Path(__file__).parent.parent / "bad" / "overlays" / "base.yaml"
UNSURE = 'groups: [{id: G1, criteria: [{id: C-01, parts: [{count_down: {full: 4, less: 1, per: "max(months - meetings, 0)"}}]%s}]}]\n'


@pytest.mark.parametrize(
    ("said", "codes"),
    [
        (UNSURE % "", ["W511"]),
        (UNSURE % "" + "authority: [{title: 方案, document: 1号, for: [C-01]}]\n", []),
        ("deadlines: {later: {unit: workday}}\n", []),  # no rule that scores
        ("indicators: {meetings: {range: [0, 200]}}\n", ["W511"]),
        ("vetoes: [{id: V1, when: NOT (NOT fraud)}]\n", []),
    ],
)
def test_a_rule_of_which_nobody_can_tell_is_listed_in_its_own_words(said: str, codes: list[str], tmp_path: Path) -> None:
    assert told(tmp_path, str(BASE_FILE), said) == codes


# --- packs against themselves -------------------------------------------------


@pytest.mark.parametrize("name", [*find_packs(), "county"])
def test_a_pack_with_its_items_in_another_order_is_the_same(name: str) -> None:
    pack = load_pack(str(data_dir("examples") / "county-overlay") if name == "county" else name).pack
    update: dict[str, Any] = {
        section: dict(reversed(getattr(pack, section).items())) for section in ("sources", "settings", "indicators", "derived", "deadlines")
    }
    update |= {section: getattr(pack, section)[::-1] for section in ("vetoes", "triggers", "gates")}
    update["groups"] = tuple(group.model_copy(update={"criteria": group.criteria[::-1]}) for group in pack.groups[::-1])
    turned = pack.model_copy(update=update)
    assert edits_between(pack, turned) == edits_between(turned, pack) == ()
    assert judge(pack, turned, edits_between(pack, turned), usual_period(pack, turned)) == []


# --- against every value there is ---------------------------------------------

terms = st.tuples(st.integers(1, 7), st.integers(0, 9), st.sampled_from([">=", ">", "<=", "<", "="]), st.integers(1, 60))
conditions = st.tuples(st.lists(terms, min_size=1, max_size=3), st.sampled_from([" AND ", " OR "]))


def text_of(condition: tuple[list[tuple[int, int, str, int]], str]) -> str:
    listed, joined = condition
    return joined.join(f"{a} * few + {b} * some {op} {line}" for a, b, op, line in listed)


def holds(condition: tuple[list[tuple[int, int, str, int]], str], few: int, some: int) -> bool:
    listed, joined = condition
    asked: dict[str, Callable[[int, int], bool]] = {">=": ge, ">": gt, "<=": le, "<": lt, "=": eq}
    return (all if joined == " AND " else any)([asked[op](a * few + b * some, line) for a, b, op, line in listed])


@settings(max_examples=60, deadline=None)
@given(conditions, st.integers(-2, 2), st.integers(0, 2), conditions, st.booleans())
def test_verdicts_on_conditions_are_those_of_every_value(
    old: tuple[list[tuple[int, int, str, int]], str], shift: int, place: int, other: tuple[list[tuple[int, int, str, int]], str], near: bool
) -> None:
    """An award by one condition and by another, over two fields of 0 to 25: most pairs differ in one line by one or two."""
    new = other
    if near:
        listed = list(old[0])
        a, b, op, line = listed[place % len(listed)]
        listed[place % len(listed)] = (a, b, op, max(line + shift, 0))
        new = (listed, old[1])
    if text_of(old) == text_of(new):
        return
    every = [(holds(old, few, some), holds(new, few, some)) for few in range(26) for some in range(26)]
    worse, better = (True, False) in every, (False, True) in every
    verdict = "mixed" if worse and better else "stricter" if worse else "milder" if better else "text"
    found = judge(*(pair := (with_criterion(**award(text_of(old))), with_criterion(**award(text_of(new))))), edits_between(*pair), YEAR)
    assert [one.verdict for one in found] in ([verdict], *([[]] if verdict == "text" else []))
