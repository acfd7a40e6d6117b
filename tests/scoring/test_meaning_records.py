"""MEANING sections 6 and 8 through the public path: which records count, and that order changes nothing."""

from pathlib import Path
from random import Random
from typing import Any

import pytest
from small_packs import award, criterion, integer, ledger, pack, percent, scored, worth

ROWS: list[tuple[str, list[str], int | None]] = [  # aggregate, records "value,day,stage,reference", what they come to; None: missing
    ("latest", ["1,2023-02-01", "2,2023-03-01"], 2),
    ("latest", ["1,2023-03-01,县级核查", "2,2023-04-01,自评"], 1),
    ("latest", ["1,2023-03-01", "2,"], 1),
    ("latest", ["1,2023-03-01", "2,2023-03-01"], None),
    ("latest", ["1,2023-03-01", "1,2023-03-01"], 1),
    ("latest", ["1,2023-03-01,,甲", "2,2023-03-01,,乙"], None),
    ("latest", ["1,2022-12-31"], None),
    ("latest", ["1,2022-12-31,县级核查", "2,2023-01-01,自评"], 2),
    ("latest", ["1,", "2,"], None),
    ("sum", ["1,2023-03-01,,甲", "2,2023-03-01,,乙"], 3),
    ("sum", ["1,2023-03-01,,甲", "1,2023-03-01,,甲"], 1),
    ("sum", ["1,2023-03-01,,甲", "1,2023-03-02,,甲"], 2),
    ("sum", ["1,2023-03-01,自评,甲", "4,2023-03-01,县级核查,甲", "2,2023-04-01"], 6),
    ("sum", ["1,2023-03-01,,甲", "2,2023-03-01,,甲", "5,2023-05-01"], None),
    ("sum", ["0,2023-03-01"], 0),
    ("sum", ["无,2023-03-01"], 0),
    ("sum", ["7,2022-03-01"], None),
    ("count", ["9,2023-03-01", "9,2023-03-02", "0,2023-04-01"], 2),
    ("count", ["0,2023-04-01"], 0),
    ("count", ["7,"], 7),
    ("count", ["7,", "1,2023-04-01"], 1),
    ("min", ["3,2023-03-01", "5,2023-04-01"], 3),
    ("max", ["3,2023-03-01", "5,2023-02-01"], 5),
    ("distinct_months", ["1,2023-03-01", "1,2023-03-31", "1,2023-04-01"], 2),
    ("distinct_months", ["1,2023-01-31", "0,2023-02-01"], 1),
    ("distinct_months", ["11,"], 11),
]


@pytest.mark.parametrize(("aggregate", "rows", "expected"), ROWS)
def test_which_records_count(tmp_path: Path, aggregate: str, rows: list[str], expected: int | None) -> None:
    indicators = {"a": integer(aggregate=aggregate), "x": integer()}
    counted = criterion(99, {"count_up": {"each": 1, "per": "a", "up_to": 99}})
    run = scored(tmp_path, pack([counted], indicators), ledger("B1,x,1", *(f"B1,a,{row}" for row in rows)))
    assert worth(run)[0][1:3] == ((0, 9900) if expected is None else (100 * expected, 100 * expected))


@pytest.mark.parametrize(
    ("aggregate", "rows", "expected"),
    [
        ("any", ["否,2023-03-01", "是,2023-04-01"], "met"),
        ("any", ["否,2023-03-01"], "unmet"),
        ("all", ["否,2023-03-01", "是,2023-04-01"], "unmet"),
        ("all", ["是,2023-03-01", "是,2023-04-01"], "met"),
        ("latest", ["否,2023-03-01", "是,2023-04-01"], "met"),
    ],
)
def test_yes_and_no_over_events(tmp_path: Path, aggregate: str, rows: list[str], expected: str) -> None:
    indicators = {"a": {"label": "", "type": "boolean", "aggregate": aggregate}}
    run = scored(tmp_path, pack([criterion(1, award(1, "a"))], indicators), ledger(*(f"B1,a,{row}" for row in rows)))
    assert run.criteria[0].status == expected


def test_a_mean_is_the_sum_over_the_number_and_never_rounded(tmp_path: Path) -> None:
    listed = [criterion(1, award(1, f"m {line}")) for line in (">= 66.6666", "<= 66.6667", "= 66.6667")]
    indicators = {"m": percent(aggregate="mean")}
    rows = ledger("B1,m,50,2023-03-01", "B1,m,50,2023-04-01", "B1,m,100,2023-05-01")
    assert [row.status for row in scored(tmp_path, pack(listed, indicators), rows).criteria] == ["met", "met", "unmet"]


def test_a_set_of_choices_over_events_is_their_union(tmp_path: Path) -> None:
    options = {"type": "choices", "options": ["甲", "乙", "丙"], "label": ""}
    indicators = {"u": options | {"aggregate": "any"}, "s": options}
    listed = [criterion(3, {"choices": {"each": 1, "of": name}}) for name in "us"]
    rows = ledger(*(f"B1,{name},{value}" for name in "us" for value in ("甲;乙,2023-03-01", "乙、丙,2023-04-01")))
    assert [row.earned for row in scored(tmp_path, pack(listed, indicators), rows).criteria] == [300, 200]


def test_facts_and_photos_are_printed_word_for_word(tmp_path: Path) -> None:
    rows = ledger("B1,a,0,2023-03-01,,,“3月”会议室停用,IMG_01|IMG_02", head="支部编码,指标,值,日期,环节,凭证号,说明,照片")
    run = scored(tmp_path, pack([criterion(1, award(1, "a >= 1"))], {"a": integer()}), rows)
    assert "“3月”会议室停用 IMG_01|IMG_02" in run.issues[0].problem


@pytest.mark.parametrize(
    ("aggregate", "rows", "told"),
    [
        ("latest", ["0,2023-03-01,县级核查,,核实", "0,2023-04-01,自评,,自述"], "核实"),
        ("latest", ["0,2023-03-01,,,三月", "0,2023-04-01,,,四月", "0,,,,无日期"], "四月"),
        ("latest", ["0,,,,本年", "0,2022-04-01,,,去年"], "本年"),
        ("sum", ["0,2023-04-01,,,四月", "0,2023-03-01,,,三月"], "三月;四月"),
        ("sum", ["0,,,乙,二", "0,,,甲,一"], "二;一"),
        ("sum", ["0,2023-04-01,自评,甲,自述", "0,2023-04-01,县级核查,甲,核实", "0,2023-05-01,,,核实"], "核实"),
    ],
)
def test_only_notes_of_records_that_count_are_printed(tmp_path: Path, aggregate: str, rows: list[str], told: str) -> None:
    built = pack([criterion(1, award(1, "a >= 1"))], {"a": integer(aggregate=aggregate)})
    for order in (rows, rows[::-1]):
        run = scored(tmp_path, built, ledger(*(f"B1,a,{row}" for row in order)))
        assert run.issues[0].problem == f"第1条:指标a 0;{told}"


# --- order changes nothing ----------------------------------------------------

INDICATORS: dict[str, Any] = {
    "a": integer(),
    "s": integer(aggregate="sum"),
    "n": integer(aggregate="count"),
    "m": percent(aggregate="mean"),
    "spot": {"label": "", "type": "text"},
}
LISTED = [
    criterion(9, {"count_up": {"each": 1, "per": "a", "up_to": 9}}, locus="spot"),
    criterion(9, {"count_up": {"each": 1, "per": "s", "up_to": 9}}),
    criterion(9, {"count_up": {"each": 1, "per": "n", "up_to": 9}}),
    criterion(9, {"prorate": {"points": 9, "of": "m"}}),
]


def some_rows() -> list[str]:
    random = Random(7)
    rows = []
    for branch in range(6):
        rows.append(f"B{branch},spot,{branch}号楼,,,,")
        for _ in range(12):
            name, stage = random.choice("asnm"), random.choice(["", "自评", "县级核查"])
            day = f"2023-0{random.randint(1, 4)}-0{random.randint(1, 3)}"
            rows.append(
                f"B{branch},{name},{random.randint(0, 3)},{day},{stage},{random.choice(['', '甲'])},{random.choice(['', '一', '二'])}"
            )
    return rows


@pytest.mark.parametrize("seed", range(3))
def test_order_of_rows_and_files_changes_nothing(tmp_path: Path, seed: int) -> None:
    rows = [*some_rows(), "B1,a,0,2023-05-01,县级核查,,乙见", "B1,a,0,2023-05-01,县级核查,,甲见"]
    before = scored(tmp_path, pack(LISTED, INDICATORS), ledger(*rows))
    shuffled = Random(seed).sample(rows, len(rows))
    cut = len(rows) // 2
    after = scored(tmp_path, pack(LISTED, INDICATORS), [ledger(*shuffled[:cut]), ledger(*shuffled[cut:])])
    assert after.info.evidence_digest == before.info.evidence_digest
    assert after.issues == before.issues
    assert after.info.table_digest == before.info.table_digest
    assert after.info.second_count["sample"] == before.info.second_count["sample"]


def test_order_of_criteria_changes_no_figure(tmp_path: Path) -> None:
    named = [one | {"id": f"K-{number}", "text": f"第{number}条"} for number, one in enumerate(LISTED)]
    one, two = (scored(tmp_path, pack(order, INDICATORS), ledger(*some_rows())) for order in (named, named[::-1]))
    assert set(one.criteria) == set(two.criteria)
    assert (one.groups, one.branches) == (two.groups, two.branches)
    assert one.info.table_digest == two.info.table_digest
