"""Rules of a whole jurisdiction, worked by hand: ranks, caps with ties, limits on rising, hints, streaks with gaps."""

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from scope_tables import BASIS, CAPS, One, after, earlier, many, rows_of, scope_pack, stage

from evaluator.diagnostics import Failure
from evaluator.evidence.register import Branch
from evaluator.packs.scope_rules import ScopeRules
from evaluator.packs.source import parse_yaml
from evaluator.scoring.period import Period
from evaluator.scoring.scope_stage import jurisdiction, standings

EAST = "市/区/东街道"
TOP = scope_pack({"caps": CAPS[:1]})


# --- ranks --------------------------------------------------------------------


def test_equals_share_a_rank_and_the_next_is_counted_on() -> None:
    ones = [One("A", 3, (2, 3)), One("B", 4, (1, 2)), One("C", 3, (200, 300)), One("D", 3, (1999, 3000)), One("E", None)]
    found, counts = stage(scope_pack({}), ones)
    assert {id_: row.rank for id_, row in found.items()} == {"B": 1, "A": 2, "C": 2, "D": 4, "E": None}
    assert {row.of for row in found.values()} == {4}
    assert (counts[EAST, "rank", ""].base, counts[EAST, "rank", ""].reached) == (5, 4)


def test_scores_that_look_alike_when_cut_are_told_apart() -> None:
    """99.99 % both when cut to a hundredth; 29999 of 30000 is less than 30000 of 30001 by one in 900030000."""
    found, _ = stage(scope_pack({}), [One("A", 3, (29_999, 30_000)), One("B", 3, (30_000, 30_001)), One("C", 3, (60_000, 60_002))])
    assert [found[id_].rank for id_ in "ABC"] == [3, 1, 1]


def test_without_a_score_a_branch_ranks_behind_zero() -> None:
    found, _ = stage(scope_pack({}), [One("A", 3, None), One("B", 3, (0, 10))])
    assert (found["A"].rank, found["B"].rank) == (2, 1)


def test_ranks_go_by_stars_first_where_the_pack_says_so() -> None:
    ones = [One("A", 3, (70, 100), stars=4), One("B", 3, (90, 100), stars=3)]
    found, _ = stage(scope_pack({"rank": {"by": ["stars", "score"]}}, stars=True), ones)
    assert (found["A"].rank, found["B"].rank) == (1, 2)
    found, _ = stage(scope_pack({}, stars=True), ones)
    assert (found["A"].rank, found["B"].rank) == (2, 1)


def test_an_internal_pack_ranks_nobody() -> None:
    found, _ = stage(scope_pack({}, internal=True), [One("A", 3), One("B", 4)])
    assert {row.rank for row in found.values()} == {None}


def test_each_jurisdiction_ranks_its_own() -> None:
    """Two townships of one name in two counties are two."""
    ones = [
        One("A", 3, path=("市", "甲县", "城关镇")),
        One("B", 2, path=("市", "乙县", "城关镇")),
        One("C", 4, path=("市", "甲县", "西镇")),
    ]
    found, counts = stage(scope_pack({}), ones)
    assert {row.rank for row in found.values()} == {1}
    assert [scope for scope, *_ in counts] == ["市/甲县/城关镇", "市/乙县/城关镇", "市/甲县/西镇"]
    found, counts = stage(scope_pack({"within": "county"}), ones)
    assert {id_: row.rank for id_, row in found.items()} == {"A": 2, "B": 1, "C": 1}
    found, counts = stage(scope_pack({"within": "city"}), ones)
    assert {id_: (row.rank, row.scope) for id_, row in found.items()} == {"A": (2, "市"), "B": (3, "市"), "C": (1, "市")}
    assert {row.scope for row in stage(scope_pack({"within": "all"}), ones)[0].values()} == {""}


@pytest.mark.parametrize(
    ("path", "township", "within", "wanted"),
    [
        (("市", "区", "街道", "社区"), "", "township", ("市", "区", "街道")),
        (("市", "区", "街道", "社区"), "", "county", ("市", "区")),
        (("区", "街道", "社区"), "街道", "township", ("区", "街道")),  # the register's own columns, without a city
        (("区", "街道", "社区"), "街道", "county", ("区",)),
        (("区", "街道", "社区"), "街道", "city", ()),
        (("市", "区"), "别名街道", "township", ("市", "区", "别名街道")),
        (("同名", "区", "同名"), "同名", "county", ("同名", "区")),
        ((), "", "township", ()),
        ((), "街道", "township", ("街道",)),
        (("市", "区", "街道"), "", "all", ()),
    ],
)
def test_the_jurisdiction_is_the_path_down_to_it(path: tuple[str, ...], township: str, within: str, wanted: tuple[str, ...]) -> None:
    assert jurisdiction(Branch("B", "支部", 1, path, township=township), within) == wanted


# --- caps ---------------------------------------------------------------------


def test_ties_at_the_cap_are_all_refused() -> None:
    """10 % of 20 is 2. One is clearly first; two tie for second: the place cannot be given to one of them, so neither has it."""
    ones = [One("A", 5, (99, 100)), One("B", 5, (95, 100)), One("C", 5, (95, 100)), One("D", 5, (90, 100)), *many(16, 2)]
    found, counts = stage(TOP, ones)
    assert {id_: (found[id_].level_after, found[id_].tied) for id_ in "ABCD"} == {
        "A": (5, ()),
        "B": (4, (5,)),
        "C": (4, (5,)),
        "D": (4, ()),  # beyond the cap on its own
    }
    row = counts[EAST, "cap", "5"]
    assert (row.base, row.allowed, row.reached, row.refused, row.tied, row.high) == (20, 2, 4, 3, 2, "10%")
    assert found["B"].caps == (5,)
    assert found["B"].level_before == 5


def test_a_tie_within_the_cap_stays() -> None:
    found, _ = stage(TOP, [One("A", 5, (95, 100)), One("B", 5, (95, 100)), *many(18, 2)])
    assert (found["A"].level_after, found["B"].level_after, found["A"].tied) == (5, 5, ())


def test_a_share_is_cut_to_whole_branches() -> None:
    """10 % of 19 is 1.9: one place. 10 % of 20 is exactly two."""
    top = [One("A", 5, (99, 100)), One("B", 5, (98, 100))]
    found, counts = stage(TOP, [*top, *many(17, 2)])
    assert counts[EAST, "cap", "5"].allowed == 1
    assert (found["A"].level_after, found["B"].level_after) == (5, 4)
    assert stage(TOP, [*top, *many(18, 2)])[1][EAST, "cap", "5"].allowed == 2


def test_no_place_at_all_refuses_everyone_without_a_tie() -> None:
    found, counts = stage(TOP, [One("A", 5), One("B", 5), *many(7, 2)])
    assert counts[EAST, "cap", "5"].allowed == 0
    assert (found["A"].level_after, found["B"].level_after, found["A"].tied) == (4, 4, ())


def test_caps_of_several_levels_run_from_the_highest_down() -> None:
    """Of 20, two may have 5 and six 4 or more. The third at 5 becomes a 4 and takes the third of the six places; 7 and 8 go to 3."""
    ones = [*many(3, 5, score=99, step=1), *many(5, 4, score=90, start=4, step=1), *many(12, 1, start=9)]
    found, counts = stage(scope_pack({"caps": CAPS}), ones)
    assert [found[f"B{n:03d}"].level_after for n in range(1, 10)] == [5, 5, 4, 4, 4, 4, 3, 3, 1]
    assert (counts[EAST, "cap", "4"].reached, counts[EAST, "cap", "4"].allowed, counts[EAST, "cap", "4"].refused) == (8, 6, 2)
    assert found["B003"].caps == (5,)
    assert found["B007"].caps == (4,)


def test_who_falls_below_a_lower_level_at_once_takes_no_place_there() -> None:
    caps = [CAPS[0] | {"then": 3}, CAPS[1]]
    ones = [*many(3, 5, score=99, step=1), *many(5, 4, score=90, start=4, step=1), *many(12, 1, start=9)]
    found, counts = stage(scope_pack({"caps": caps}), ones)
    assert [found[f"B{n:03d}"].level_after for n in range(1, 9)] == [5, 5, 3, 4, 4, 4, 4, 3]
    assert counts[EAST, "cap", "4"].reached == 7


def test_a_tighter_cap_below_lowers_twice() -> None:
    caps = [CAPS[0], CAPS[1] | {"at_most": "5%"}]
    found, _ = stage(scope_pack({"caps": caps}), [*many(3, 5, score=99, step=1), *many(17, 1, start=4)])
    assert [(found[f"B{n:03d}"].level_after, found[f"B{n:03d}"].caps) for n in (1, 2, 3)] == [(5, ()), (3, (4,)), (3, (5, 4))]


def test_the_order_of_caps_in_the_file_does_not_matter() -> None:
    ones = [*many(3, 5, score=99, step=1), *many(5, 4, score=90, start=4, step=1), *many(12, 1, start=9)]
    assert stage(scope_pack({"caps": CAPS[::-1]}), ones) == stage(scope_pack({"caps": CAPS}), ones)


def test_not_inspected_is_in_no_rank_and_counts_only_among_the_expected() -> None:
    ones = [*many(2, 5, score=99, step=1), *many(8, 2, start=3), *(One(f"U{n}", None) for n in range(10))]
    found, counts = stage(TOP, ones)
    assert counts[EAST, "cap", "5"].allowed == 1  # of ten inspected
    assert (found["U0"].rank, found["U0"].level_before, found["U0"].level_after) == (None, None, None)
    counts = stage(scope_pack({"caps": [CAPS[0] | {"of": "expected"}]}), ones)[1]
    assert (counts[EAST, "cap", "5"].base, counts[EAST, "cap", "5"].allowed) == (20, 2)


def test_a_share_may_be_a_setting_read_at_the_reference_date() -> None:
    setting = {"label": "五星占比", "by_date": {date(2020, 1, 1): 5, date(2023, 12, 31): 15, date(2024, 1, 1): 50}, "basis": "doc"}
    pack = scope_pack({"caps": [CAPS[0] | {"at_most": "top_share"}]}, settings={"top_share": setting})
    row = stage(pack, [*many(4, 5, score=99, step=1), *many(16, 2, start=5)])[1][EAST, "cap", "5"]
    assert (row.allowed, row.high) == (3, "15%")


def test_a_setting_that_has_no_value_yet_is_said() -> None:
    setting = {"label": "五星占比", "by_date": {date(2024, 1, 1): 50}, "basis": "doc"}
    with pytest.raises(Failure) as failure:
        stage(scope_pack({"caps": [CAPS[0] | {"at_most": "top_share"}]}, settings={"top_share": setting}), many(4, 5))
    assert failure.value.findings[0].key == "scoring.E704"


def test_a_share_with_decimals_is_exact() -> None:
    """33.3333 % of 30000 is 9999.99: cut to 9999."""
    pack = scope_pack({"caps": [CAPS[0] | {"at_most": "33.3333%", "of": "expected"}]})
    row = stage(pack, [One("A", 5), *(One(f"U{n}", None) for n in range(29_999))])[1][EAST, "cap", "5"]
    assert (row.base, row.allowed, row.high) == (30_000, 9_999, "33.3333%")


# --- limits on rising -----------------------------------------------------------

RISE = {"rise": {"at_most": 1, **BASIS}}


def test_a_branch_rises_one_level_at_a_time() -> None:
    ones = [One("A", 5), One("B", 3), One("C", 1), One("D", 5), One("E", None)]
    found, counts = stage(scope_pack(RISE), ones, [earlier(3, {"A": 3, "B": 3, "C": 4})])
    assert after(found) == {"A": 4, "B": 3, "C": 1, "D": 5, "E": None}
    assert [id_ for id_, row in found.items() if row.limited] == ["A"]
    assert (found["A"].previous, found["D"].previous) == (3, None)
    row = counts[EAST, "rise", ""]
    assert (row.base, row.reached, row.allowed, row.refused, row.verdict) == (3, 1, 1, 1, "")


def test_without_an_earlier_run_nobody_is_limited_and_it_is_said() -> None:
    found, counts = stage(scope_pack(RISE), [One("A", 5)])
    assert after(found) == {"A": 5}
    assert counts[EAST, "rise", ""].verdict == "no_previous"


def test_steps_are_those_of_the_rating() -> None:
    """The levels are 9, 5, 2, 0: from 2 one step leads to 5, and from 3, which no line has any more, too."""
    pack = scope_pack(RISE, levels=(9, 5, 2, 0))
    found, _ = stage(pack, [One("A", 9), One("B", 9), One("C", 9)], [earlier(3, {"A": 2, "B": 3, "C": 9})])
    assert after(found) == {"A": 5, "B": 5, "C": 9}


def test_the_latest_run_counts_and_what_it_proposed() -> None:
    before = [earlier(2, {"A": 5}), earlier(3, {"A": 5}, proposed={"A": 3})]
    found, _ = stage(scope_pack(RISE), [One("A", 5)], before)
    assert (found["A"].previous, found["A"].level_after) == (3, 4)


def test_who_is_held_back_from_rising_leaves_the_place_to_the_next() -> None:
    """10 % of 20 is two. The first rose from 3 and is held at 4, so that the second and third have 5."""
    ones = [*many(3, 5, score=99, step=1), *many(17, 1, start=4)]
    found, counts = stage(scope_pack(RISE | {"caps": CAPS[:1]}), ones, [earlier(3, {"B001": 3, "B002": 4, "B003": 5})])
    assert [found[f"B{n:03d}"].level_after for n in (1, 2, 3)] == [4, 5, 5]
    assert [found[f"B{n:03d}"].rank for n in (1, 2, 3)] == [1, 2, 3]  # by what was computed
    assert counts[EAST, "cap", "5"].reached == 2


# --- hints ----------------------------------------------------------------------


@pytest.mark.parametrize(("listed", "verdict"), [(0, "below"), (1, "within"), (2, "within"), (3, "above")])
def test_a_ratio_compares_and_fills_nothing(listed: int, verdict: str) -> None:
    """Of 20 between 5 % and 10 % are one or two."""
    hint = {"id": "H", "text": "占比", "finding": "T1", "compare": {"at_least": "5%", "at_most": "10%"}, **BASIS}
    ones = [*(replace(one, triggers=("T1",)) for one in many(listed, 2)), *many(20 - listed, 2, start=listed + 1)]
    found, counts = stage(scope_pack({"hints": [hint]}), ones)
    row = counts[EAST, "hint", "H"]
    assert (row.base, row.reached, row.verdict, row.low, row.high) == (20, listed, verdict, "5%", "10%")
    assert set(after(found).values()) == {2}


def test_a_hint_may_count_levels_among_the_expected() -> None:
    hint = {"id": "H", "text": "占比", "level_below": 3, "of": "expected", "compare": {"at_least": "50%"}, **BASIS}
    row = stage(scope_pack({"hints": [hint]}), [One("A", 2), One("B", 3), One("C", None), One("D", None)])[1][EAST, "hint", "H"]
    assert (row.base, row.reached, row.verdict, row.high) == (4, 1, "below", "")


def test_a_hint_counts_what_was_computed_and_not_what_a_cap_left() -> None:
    hint = {"id": "H", "text": "占比", "level_at_least": 5, "compare": {"at_most": "10%"}, **BASIS}
    row = stage(scope_pack({"hints": [hint], "caps": CAPS[:1]}), many(5, 5))[1][EAST, "hint", "H"]
    assert (row.reached, row.verdict) == (5, "above")


def test_a_share_of_nobody_is_no_share() -> None:
    hint = {"id": "H", "text": "占比", "finding": "T1", "compare": {"at_least": "5%"}, **BASIS}
    assert stage(scope_pack({"hints": [hint]}), [One("A", None)])[1][EAST, "hint", "H"].verdict == "none"


# --- streaks --------------------------------------------------------------------


def streaks(periods: int, **more: object) -> dict[str, object]:
    return {"streaks": [{"id": "S", "text": "连续", "periods": periods, **({"level_below": 3} | more), **BASIS}]}


def test_a_streak_is_this_run_and_those_just_before_it() -> None:
    ones = [One("A", 2), One("B", 2), One("C", 3), One("D", 2), One("E", None)]
    before = [earlier(3, {"A": 1, "B": 3, "C": 1, "E": 1})]
    found, counts = stage(scope_pack(streaks(2)), ones, before)
    assert {id_: row.streaks for id_, row in found.items()} == {"A": ("S",), "B": (), "C": (), "D": (), "E": ()}
    assert (counts[EAST, "streak", "S"].reached, counts[EAST, "streak", "S"].allowed, counts[EAST, "streak", "S"].verdict) == (1, 2, "")


def test_not_inspected_is_not_below() -> None:
    """D was not inspected in the third quarter: its streak of the second, third and fourth is none."""
    before = [earlier(2, {"A": 0, "D": 0}), earlier(3, {"A": 0})]
    found, _ = stage(scope_pack(streaks(3)), [One("A", 0), One("D", 0)], before)
    assert {id_: row.streaks for id_, row in found.items()} == {"A": ("S",), "D": ()}


def test_a_gap_between_periods_breaks_a_streak_and_is_said() -> None:
    """The third quarter is missing: the second says nothing of a row that ends with the fourth."""
    found, counts = stage(scope_pack(streaks(2)), [One("A", 0)], [earlier(1, {"A": 0}), earlier(2, {"A": 0})])
    assert found["A"].streaks == ()
    assert counts[EAST, "streak", "S"].verdict == "gap"


def test_too_few_runs_are_said() -> None:
    found, counts = stage(scope_pack(streaks(3)), [One("A", 0)], [earlier(3, {"A": 0})])
    assert found["A"].streaks == ()
    assert counts[EAST, "streak", "S"].verdict == "short"


def test_a_streak_of_one_needs_no_earlier_run() -> None:
    assert stage(scope_pack(streaks(1)), [One("A", 0), One("B", 3)])[1][EAST, "streak", "S"].reached == 1


def test_a_streak_may_be_of_a_trigger_that_held_each_time() -> None:
    pack = scope_pack(streaks(2, level_below=None, finding="T1"))
    ones = [One("A", 2, triggers=("T1",)), One("B", 2, triggers=("T1",)), One("C", 2)]
    before = [earlier(3, {"A": 2, "B": 2, "C": 2}, [("A", "T1"), ("C", "T1")])]
    assert {id_: row.streaks for id_, row in stage(pack, ones, before)[0].items()} == {"A": ("S",), "B": (), "C": ()}


def test_streaks_read_what_was_computed_and_not_what_a_cap_left() -> None:
    before = [earlier(3, {"A": 4}, proposed={"A": 2})]
    pack = scope_pack(streaks(2) | {"caps": [CAPS[1] | {"at_most": "0%", "then": 2}]})
    found, _ = stage(pack, [One("A", 4)], before)
    assert (found["A"].level_after, found["A"].streaks) == (2, ())


# --- the docs --------------------------------------------------------------------

DOCS = Path(__file__).parents[2] / "docs"


def example(name: str) -> ScopeRules:
    """Return the rules that a page of the docs prints."""
    text = (DOCS / name).read_text(encoding="utf-8").partition("```yaml\nscope:")[2].partition("```")[0]
    return ScopeRules.model_validate(parse_yaml("scope:" + text, name).data["scope"])  # type: ignore[index]  # it is sound


def test_the_rules_that_both_pages_print_are_sound_and_alike() -> None:
    assert example("scoring.md") == example("scoring.zh-CN.md")
    assert example("scoring.md").rise


def test_the_branches_that_the_docs_work_by_hand() -> None:
    ones = [One("A", 5, (99, 100)), One("B", 5, (95, 100)), One("C", 5, (95, 100)), One("D", 5, (91, 100)), *many(16, 2)]
    assert [stage(TOP, ones)[0][id_].level_after for id_ in "ABCD"] == [5, 4, 4, 4]
    pack = scope_pack({"caps": CAPS[:1], **RISE})
    assert [stage(pack, ones, [earlier(3, {"A": 3})])[0][id_].level_after for id_ in "ABCD"] == [4, 5, 5, 4]


# --- order ----------------------------------------------------------------------


def test_the_order_of_rows_changes_nothing() -> None:
    ones = [replace(one, order=number) for number, one in enumerate([*many(6, 5, score=99, step=1), *many(20, 2, start=7)], 1)]
    pack = scope_pack({"caps": CAPS})
    assert stage(pack, ones) == stage(pack, ones[::-1])


def test_a_provisional_result_ranks_as_it_stands_and_is_marked() -> None:
    found, _ = stage(scope_pack({}), [One("A", 3, possible=5), One("B", 4)])
    assert (found["A"].rank, found["A"].unsettled, found["B"].unsettled) == (2, True, False)


def test_a_pack_without_rules_has_no_rows() -> None:
    pack = scope_pack({}).model_copy(update={"scope": None})
    register, rows, findings, scores = rows_of([One("A", 3)])
    day = date(2023, 12, 31)
    assert standings([pack], register, rows, findings, scores, {}, Period(date(2023, 1, 1), day, day)) == ((), ())
