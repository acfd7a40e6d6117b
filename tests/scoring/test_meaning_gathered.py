"""Points that are gathered: ratings that read how many were earned, and groups in which nothing is lost."""

from pathlib import Path
from typing import Any

import pytest
from small_packs import award, criterion, integer, pack, scored

COUNTS = {"a": integer(), "b": integer()}
UP = {"count_up": {"each": 2.5, "per": "a", "up_to": 10}}
LEVELS = [
    {"level": 2, "label": "多", "when": "points >= 7.5"},
    {"level": 1, "label": "少", "when": "points > 0"},
    {"level": 0, "label": "无"},
]


def gathering(*criteria: dict[str, Any], accumulates: bool = True, **more: Any) -> dict[str, Any]:
    made = pack(criteria, COUNTS, stars=False, rating=LEVELS, **more)
    made["groups"][0] |= {"accumulates": accumulates}
    del made["groups"][0]["earned_when"]
    return made


@pytest.mark.parametrize(("a", "level"), [(0, 0), (1, 1), (2, 1), (3, 2), (40, 2)])
def test_a_rating_may_read_the_points_earned_exactly(tmp_path: Path, a: int, level: int) -> None:
    run = scored(tmp_path, gathering(criterion(10, UP)), f"a={a}")
    assert [row.level for row in run.branches] == [level]


def test_points_are_a_span_where_evidence_is_missing(tmp_path: Path) -> None:
    listed = [criterion(5, {"count_up": {"each": 2.5, "per": "a", "up_to": 5}}), criterion(5, award(5, "b = 1"))]
    run = scored(tmp_path, gathering(*listed), "a=1 b=")
    assert [(row.level, row.level_possible, row.provisional) for row in run.branches] == [(1, 2, True)]


def test_bonus_and_weights_do_not_change_what_points_are(tmp_path: Path) -> None:
    one = gathering(criterion(5, award(5, "a = 1")), criterion(5, award(5, "b = 1"), bonus=True), total={"weights": {"G": 50}})
    one["groups"][0]["bonus"] = {"up_to": 2.5}
    run = scored(tmp_path, one, "a=1 b=1")
    assert [row.level for row in run.branches] == [2]  # 5 and a bonus of at most 2.5


def test_what_is_not_gathered_is_no_issue_but_what_is_not_shown_is(tmp_path: Path) -> None:
    listed = [criterion(10, UP), criterion(5, award(5, "b = 1"))]
    gathered = scored(tmp_path, gathering(*listed), "a=1 b=")
    lost = scored(tmp_path, gathering(*listed, accumulates=False), "a=1 b=")
    assert [(issue.criterion, issue.kind) for issue in gathered.issues] == [("C-2", "unproven")]
    assert [(issue.criterion, issue.kind) for issue in lost.issues] == [("C-1", "lost"), ("C-2", "unproven")]
    assert gathered.branches[0].level == lost.branches[0].level == 1
