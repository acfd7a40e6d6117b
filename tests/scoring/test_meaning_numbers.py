"""MEANING sections 1 to 4 through the public path: numbers and percents, divisions by zero, what is missing, what each part is worth."""

from pathlib import Path
from typing import Any

import pytest
from small_packs import award, criterion, integer, pack, percent, rate, scored, veto, worth

from evaluator.diagnostics import Failure

COUNTS = {"a": integer(), "b": integer(), "x": integer()}
ONE = {"met": 1, "unmet": 0, "unproven": None, "not_applicable": "na"}


def verdict(folder: Path, when: str, evidence: str, indicators: Any = COUNTS, **more: Any) -> Any:
    """Return 1, 0, None (unproven) or "na" for a criterion that is an award."""
    part = {key: more.pop(key) for key in ("when_zero",) if key in more}
    run = scored(folder, pack([criterion(1, award(1, when, **part))], indicators, **more), evidence)
    assert run.info.second_count["ran"] is True
    return ONE[run.criteria[0].status]


# --- percents -----------------------------------------------------------------

PERCENTS = {"p": percent(), "q": percent(), "n": integer(), "m": percent(aggregate="mean")}


@pytest.mark.parametrize(
    ("when", "cells", "expected"),
    [
        ("p >= 90%", "p=90", 1),
        ("p >= 90", "p=90", 1),
        ("p >= 90%", "p=89.9999", 0),
        ("90% <= p", "p=90%", 1),
        ("p >= 0.9", "p=0.9% q=50", 1),  # points, not a share
        ("p BETWEEN 80% AND 90", "p=80", 1),
        ("p IN (85%, 90%)", "p=85", 1),
        ("p IN (85%, 90%)", "p=86", 0),
        ("p + 5% >= 90%", "p=85", 1),
        ("p - q > 5%", "p=85 q=80", 0),
        ("p - q > 5%", "p=85.0001 q=80", 1),
        ("(p + q) / 2 >= 60%", "p=40 q=80", 1),
        ("(p + 5%) / 2 >= 50%", "p=95", 1),
        ("(p + 5%) * 2 >= 100%", "p=44", 0),
        ("min(p, 90%) = 90", "p=95", 1),
        ("p * 50% >= 40", "p=80", 1),
        ("n / 4 >= 50%", "n=2", 1),
        ("n >= 50%", "n=1", 1),  # against a plain number a percent sign is its share
        ("n >= 200%", "n=1", 0),
        ("m >= 85%", "m=85", 1),
        ("m >= 85.1", "m=85", 0),
    ],
)
def test_percent_signs(tmp_path: Path, when: str, cells: str, expected: int) -> None:
    assert verdict(tmp_path, when, cells, PERCENTS) == expected


@pytest.mark.parametrize(
    ("formula", "cells", "when", "expected"),
    [
        ("a / b", "a=19000 b=20000", "r >= 95%", 1),
        ("a / b", "a=18999 b=20000", "r >= 95%", 0),
        ("a / b", "a=18999 b=20000", "r >= 95", 0),
        ("a / 4", "a=2", "r = 50", 1),
        ("a / b", "a=19 b=20", "95% <= r AND 95% >= r AND 95% = r", 1),
        ("a / b", "a=19 b=20", "95% < r OR 95% > r OR 95% != r", 0),
        ("a / b", "a=18 b=20", "95% > r AND NOT 95% <= r", 1),
        ("p / q", "p=40 q=80", "r = 50%", 1),
        ("(p + q) / 2", "p=40 q=80", "r = 60%", 1),
        ("(p + q) / b", "p=40 q=80 b=2", "r = 60%", 1),
    ],
)
def test_derived_percents_are_exact(tmp_path: Path, formula: str, cells: str, when: str, expected: int) -> None:
    rated = rate(formula) if formula != "(p + q) / 2" and formula != "a / 4" else {"label": "率", "type": "percent", "formula": formula}
    assert verdict(tmp_path, when, cells, COUNTS | PERCENTS, derived={"r": rated}) == expected


@pytest.mark.parametrize(
    ("of", "cells", "expected"),
    [
        ("p", "p=85", 850),
        ("m", "m=85", 850),
        ("r", "a=17 b=20", 850),
        ("r", "a=1 b=3", 333),
        ("r", "a=2 b=3", 666),  # cut, never rounded
        ("r", "a=5 b=3", 1000),
        ("r", "a=-1 b=3", 0),
        ("a / b", "a=17 b=20", 850),
        ("(p + q) / 2", "p=80 q=90", 850),
        ("(p + q) / b", "p=80 q=90 b=2", 850),
        ("p / q", "p=17 q=20", 850),
        ("mean_share", "p=80 q=90 b=2", 850),
    ],
)
def test_prorate(tmp_path: Path, of: str, cells: str, expected: int) -> None:
    derived = {"r": rate("a / b"), "mean_share": rate("(p + q) / b")}
    part = {"prorate": {"points": 10, "of": of}} | ({"when_zero": "na"} if "/ b" in of or of == "p / q" else {})
    run = scored(tmp_path, pack([criterion(10, part)], COUNTS | PERCENTS, derived=derived), cells)
    assert [(row.earned, row.earned_possible) for row in run.criteria] == [(expected, expected)]


# --- division by zero ---------------------------------------------------------


@pytest.mark.parametrize(("rule", "low", "points"), [("na", 0, 0), ("full", 600, 600), ("zero", 0, 600), (2.5, 250, 600)])
@pytest.mark.parametrize("where", ["formula", "part"])
def test_every_division_by_zero_says_what_it_is(tmp_path: Path, rule: Any, low: int, points: int, where: str) -> None:
    """A part's own rule stands above the formula's."""
    stated = {"formula": rule, "part": "full" if rule != "full" else "zero"}[where]
    own = {"when_zero": rule} if where == "part" else {}
    shapes = [award(6, "r >= 90%"), {"bands": [award(6, "r >= 90%"), award(3, "r >= 50%")]}, {"prorate": {"points": 6, "of": "r"}}]
    listed = [criterion(6, shape | own) for shape in shapes]
    run = scored(tmp_path, pack(listed, COUNTS, derived={"r": rate("a / b", stated)}), "a=0 b=0")
    assert [(row.earned, row.earned_possible, row.points) for row in run.criteria] == [(low, low, points)] * 3


@pytest.mark.parametrize(
    ("rule", "below", "above", "negated"),
    [("na", False, False, False), ("full", False, True, True), ("zero", True, False, False), (2.5, False, False, False)],
)
def test_division_by_zero_in_whole_conditions(tmp_path: Path, rule: Any, below: bool, above: bool, negated: bool) -> None:
    whole = {"below": "r < 60%", "above": "r >= 60%", "negated": "NOT r < 60%"}
    vetoes = [veto(f"V-{name}", when, cap=0) for name, when in whole.items()]
    triggers = [veto(f"T-{name}", when, kind="hard") for name, when in whole.items()]
    gates = [{"id": f"N-{name}", "text": "线", "when": when, "basis": ["doc"]} for name, when in whole.items()]
    zeroed = [criterion(4, award(4, "x = 1"), zero_when=when) for when in whole.values()]
    applying = [criterion(4, award(4, "x = 1"), applies_when=when) for when in whole.values()]
    taken = [criterion(4, deduct=[{"points": 1, "when": when}]) for when in whole.values()]
    built = pack([*zeroed, *applying, *taken], COUNTS, derived={"r": rate("a / b", rule)}, vetoes=vetoes, triggers=triggers, gates=gates)
    run = scored(tmp_path, built, "a=0 b=0 x=1")
    verdicts = [below, above, negated]
    acting = {f"{letter}-{name}" for letter in "VTN" for name, true in zip(whole, verdicts, strict=True) if true}
    assert {row.id for row in run.findings} == acting
    assert {row.state for row in run.findings} <= {"true"}
    assert [row.earned for row in run.criteria[:3]] == [0 if true else 400 for true in verdicts]
    assert [row.status for row in run.criteria[3:6]] == ["met" if true else "not_applicable" for true in verdicts]
    assert [row.earned for row in run.criteria[6:]] == [300 if true else 400 for true in verdicts]


@pytest.mark.parametrize(("rule", "true"), [("na", False), (2.5, False), ("full", True), ("zero", True)])
def test_a_condition_that_reads_what_is_not_there_is_false_whatever_else_it_reads(tmp_path: Path, rule: Any, true: bool) -> None:
    built = pack(
        [criterion(4, award(4, "x = 1"))], COUNTS, derived={"r": rate("a / b", rule)}, vetoes=[veto("V-1", "r < 0 OR x = 1", cap=0)]
    )
    assert [row.state for row in scored(tmp_path, built, "a=0 b=0 x=1").findings] == (["true"] if true else [])


def test_a_score_over_nothing_is_neither_low_nor_high(tmp_path: Path) -> None:
    gates = [
        {"id": f"N-{number}", "text": "线", "when": when, "basis": ["doc"]}
        for number, when in enumerate(
            ["score < 60", "NOT score >= 60", "score >= 0", "NOT (score >= 60 OR score < 50)", "score NOT BETWEEN 60 AND 80"]
        )
    ]
    built = pack([criterion(4, award(4, "a = 1"), applies_when="b = 1")], COUNTS, gates=gates)
    run = scored(tmp_path, built, "a=1 b=0")
    assert run.findings == ()
    assert (run.groups[0].why, run.branches[0].score) == ("not_applicable", None)


# --- missing ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("when", "cells", "expected"),
    [
        ("min(a, b) >= 3", "b=2 x=1", None),  # two is below three, but min is unknown all the same
        ("max(a, b) >= 3", "b=5 x=1", None),
        ("a >= 3 OR b >= 3", "b=5", 1),
        ("a >= 3 AND b >= 3", "b=2", 0),
        ("NOT (a >= 3 AND b >= 3)", "b=5", None),
        ("count(a >= 3, b >= 3) >= 1", "b=5", None),
        ("abs(a - b) <= 1", "b=5", None),
        ("a BETWEEN 1 AND 3 OR b = 5", "b=5", 1),
        ("a NOT IN (1, 2)", "b=5", None),
        ("a NOT IN (1, 2)", "a=3 x=1", 1),
        ("a NOT BETWEEN 1 AND 3", "a=3 x=1", 0),
        ("a NOT BETWEEN 1 AND b", "a=0 x=1", 1),
        ("NOT kind IN ('甲')", "kind=乙", 1),
        ("kind NOT IN ('甲', '乙')", "kind=乙", 0),
        ("kind != '甲'", "x=1", None),
        ("several IN ('甲', '丙')", "several=甲;乙", 1),
        ("several NOT IN ('乙', '丙')", "several=甲;乙", 0),
        ("a = 0", "a=无", 1),
        ("yes", "yes=无", 0),
        ("given(note)", "note=", 0),
        ("given(note)", "note=有记录", 1),
        ("given(other)", "other=", None),
        ("blank_count = 0", "blank_count=", 1),
        ("NOT blank_yes", "blank_yes=", 1),
    ],
)
def test_what_is_missing_is_neither_zero_nor_false(tmp_path: Path, when: str, cells: str, expected: int | None) -> None:
    more = {
        "yes": {"label": "", "type": "boolean"},
        "kind": {"label": "", "type": "choice", "options": ["甲", "乙"]},
        "several": {"label": "", "type": "choices", "options": ["甲", "乙", "丙"]},
        "note": {"label": "", "type": "text", "blank": "none"},
        "other": {"label": "", "type": "text"},
        "blank_count": integer(blank="0"),
        "blank_yes": {"label": "", "type": "boolean", "blank": "false"},
    }
    assert verdict(tmp_path, when, cells if "x=" in cells else f"{cells} x=1", COUNTS | more) == expected


def test_not_applicable(tmp_path: Path) -> None:
    """A part is out, a veto and a trigger are false, whatever else they read; applies_when and zero_when that read it are false."""
    indicators = COUNTS | {"n": integer(na="allowed")}
    listed = [
        criterion(10, award(6, "n >= 1"), award(4, "a = 1")),
        criterion(10, award(10, "n >= 1 OR a = 1")),
        criterion(5, award(5, "a = 1"), zero_when="n >= 0 OR a = 1"),
        criterion(5, award(5, "a = 1"), applies_when="NOT n >= 5"),
        criterion(5, deduct=[{"points": 1, "per": "n"}, {"points": 2, "when": "NOT n >= 1"}]),
    ]
    findings = {
        "vetoes": [veto("V-1", "n < 1 OR a = 1", cap=0), veto("V-2", "NOT n >= 1", cap=0)],
        "triggers": [veto("T-1", "a = 1 OR n = 0", kind="soft")],
    }
    text = "支部编码,a,n,n说明\nB1,1,不适用,没有这项业务\n"
    run = scored(tmp_path, pack(listed, indicators, **findings), text)
    assert worth(run) == [
        ("met", 400, 400, 400),
        ("not_applicable", 0, 0, 0),
        ("met", 500, 500, 500),
        ("not_applicable", 0, 0, 0),
        ("met", 500, 500, 500),
    ]
    assert run.findings == ()
    for cell in ("a", "b"):  # N/A is a bad cell without a reason, and where it is not allowed
        with pytest.raises(Failure) as failure:
            scored(tmp_path, pack(listed, indicators, **findings), "n=不适用 a=1" if cell == "a" else "n=1 a=/")
        assert failure.value.findings[0].code == {"a": "E313", "b": "E311"}[cell]


def test_a_sample_that_is_too_small_says_nothing(tmp_path: Path) -> None:
    derived = {"r": rate("a / b", min_sample={"of": "b", "at_least": 30})}
    listed = [criterion(5, award(5, "r >= 80%")), criterion(5, {"prorate": {"points": 5, "of": "r"}})]
    found = {b: worth(scored(tmp_path, pack(listed, COUNTS, derived=derived), f"a=29 b={b}")) for b in (29, 30)}
    assert found == {29: [("unproven", 0, 500, 500)] * 2, 30: [("met", 500, 500, 500), ("partial", 483, 483, 500)]}


# --- parts --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("part", "points", "cells", "expected"),
    [
        ({"count_up": {"each": 1, "per": "a", "every": 5, "up_to": 3}}, 3, "a=9", (100, 100)),
        ({"count_up": {"each": 1, "per": "a", "every": 5, "up_to": 3}}, 3, "a=10", (200, 200)),
        ({"count_up": {"each": 1, "per": "a", "every": 5, "up_to": 3}}, 3, "a=99", (300, 300)),
        ({"count_up": {"each": 1, "per": "a - b", "every": 5, "up_to": 3}}, 3, "a=1 b=9", (0, 0)),
        ({"count_up": {"each": 1, "per": "a", "every": 0.5, "up_to": 3}}, 3, "a=1", (200, 200)),
        ({"count_up": {"each": 1, "per": "a", "every": 5, "up_to": 3}}, 3, "x=1", (0, 300)),
        ({"count_down": {"full": 4, "less": 1.5, "per": "months - a"}}, 4, "a=11", (250, 250)),
        ({"count_down": {"full": 4, "less": 1.5, "per": "months - a"}}, 4, "a=9", (0, 0)),
        ({"count_down": {"full": 4, "less": 1.5, "per": "months - a"}}, 4, "a=13", (400, 400)),
        ({"count_down": {"full": 4, "less": 1.5, "per": "months - a"}}, 4, "x=1", (0, 400)),
        ({"bands": [award(6, "a >= 10"), award(4, "b >= 10"), award(2, "a >= 1")]}, 6, "a=10 b=10", (600, 600)),
        ({"bands": [award(6, "a >= 10"), award(4, "b >= 10"), award(2, "a >= 1")]}, 6, "a=5", (200, 400)),
        ({"bands": [award(6, "a >= 10"), award(4, "b >= 10"), award(2, "a >= 1")]}, 6, "b=10", (400, 600)),
        ({"bands": [award(6, "a >= 10"), award(4, "b >= 10"), award(2, "a >= 1")]}, 6, "b=1", (0, 600)),
        ({"bands": [award(6, "a >= 10"), award(4, "b >= 10"), award(2, "x = 1")]}, 6, "x=1", (200, 600)),
        ({"bands": [award(2, "a >= 10"), award(6, "x = 1")]}, 6, "x=1", (200, 600)),
        ({"choices": {"each": 2, "of": "c", "values": ["甲", "丙"]}}, 4, "c=甲;乙", (200, 200)),
        ({"choices": {"each": 2, "of": "c", "up_to": 4}}, 4, "c=甲、乙,丙".replace(",", ";"), (400, 400)),
        ({"choices": {"each": 2, "of": "c", "up_to": 4}}, 4, "c=无", (0, 0)),
        ({"choices": {"each": 2, "of": "c", "up_to": 4}}, 4, "x=1", (0, 400)),
        ({"manual": {"range": [0, 5]}}, 5, "c_1=3.337 c_1_reason=现场看过", (333, 333)),
        ({"manual": {"range": [0, 5]}}, 5, "x=1", (0, 500)),
    ],
)
def test_what_a_part_is_worth(tmp_path: Path, part: Any, points: int, cells: str, expected: tuple[int, int]) -> None:
    indicators = COUNTS | {"c": {"label": "", "type": "choices", "options": ["甲", "乙", "丙"]}}
    run = scored(tmp_path, pack([criterion(points, part)], indicators), cells)
    assert [(row.earned, row.earned_possible) for row in run.criteria] == [expected]


def test_points_by_hand_without_a_reason_are_a_bad_cell(tmp_path: Path) -> None:
    with pytest.raises(Failure) as failure:
        scored(tmp_path, pack([criterion(5, {"manual": {"range": [0, 5]}})], COUNTS), "c_1=3")
    assert [one.code for one in failure.value.findings] == ["E314"]


@pytest.mark.parametrize(
    ("deduct", "cells", "expected"),
    [
        ({"points": 3, "when": "a >= 1"}, "a=1", (700, 700)),
        ({"points": 3, "when": "a >= 1"}, "a=0", (1000, 1000)),
        ({"points": 3, "when": "a >= 1"}, "x=1", (700, 1000)),
        ({"points": 3, "per": "a"}, "a=2", (400, 400)),
        ({"points": 3, "per": "a"}, "a=9", (0, 0)),
        ({"points": 3, "per": "a", "up_to": 5}, "a=9", (500, 500)),
        ({"points": 3, "per": "a", "up_to": 5}, "x=1", (500, 1000)),
        ({"points": 3, "per": "a"}, "x=1", (0, 1000)),
        ({"points": 1, "per": "a", "every": 4}, "a=7", (900, 900)),
        ({"points": 2, "per": "a", "when": "b = 1"}, "a=2 b=1", (600, 600)),
        ({"points": 2, "per": "a", "when": "b = 1"}, "a=2 b=0", (1000, 1000)),
        ({"points": 2, "per": "a", "when": "b = 1"}, "b=0", (1000, 1000)),
        ({"points": 2, "per": "a", "when": "b = 1"}, "a=-2 b=1", (1000, 1000)),
    ],
)
def test_deductions(tmp_path: Path, deduct: Any, cells: str, expected: tuple[int, int]) -> None:
    run = scored(tmp_path, pack([criterion(10, deduct=[deduct])], COUNTS), cells)
    assert [(row.earned, row.earned_possible, row.points) for row in run.criteria] == [(*expected, 1000)]


def test_parts_then_deductions_then_zero_then_what_applies(tmp_path: Path) -> None:
    """The surplus of one kind never pays for a lack of another."""
    parts = [{"count_up": {"each": 1, "per": kind, "up_to": 2}} for kind in "ab"]
    listed = [
        criterion(4, *parts),
        criterion(4, *parts, deduct=[{"points": 1, "when": "x >= 1"}]),
        criterion(4, *parts, zero_when="x >= 2"),
        criterion(4, *parts, applies_when="x < 3"),
    ]
    built = pack(listed, COUNTS)
    assert [row[1:3] for row in worth(scored(tmp_path, built, "a=9 b=0 x=1"))] == [(200, 200), (100, 100), (200, 200), (200, 200)]
    assert [row[1:3] for row in worth(scored(tmp_path, built, "a=9 b=0 x=2"))] == [(200, 200), (100, 100), (0, 0), (200, 200)]
    assert worth(scored(tmp_path, built, "a=9 b=0 x=3"))[3] == ("not_applicable", 0, 0, 0)
    assert worth(scored(tmp_path, built, "a=9 b=0"))[1:] == [
        ("unproven", 100, 200, 400),
        ("unproven", 0, 200, 400),
        ("unproven", 0, 400, 400),
    ]
