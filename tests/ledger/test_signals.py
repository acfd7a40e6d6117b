"""Signs of a fix on paper: each is told in its case and not in the one that is almost it."""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from ledger_runs import (
    CHIEF,
    COUNTY,
    FIRST,
    OWNER,
    closed,
    compared,
    failing,
    given,
    issue_of,
    move,
    new_store,
    opened,
    places_of,
    run_command,
    seen,
    submitted,
)

from evaluator.commands.ledger import COMMANDS
from evaluator.ledger.entries import Issue
from evaluator.ledger.events import Actor
from evaluator.ledger.signals import RUSH, Wide, relapse_of, signals
from evaluator.ledger.store import Store

KEY = "B1|A-1|"
CLOSED = date(2024, 2, 20)
MANY = places_of({"云台街道": [f"云{n}社区" for n in range(1, 13)]})


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    made = new_store(tmp_path / "ledger.db")
    opened(made, seen(failing(), FIRST, {"B1": ["A-1", "A-2"]}))
    yield made
    made.close()


def signs(store: Store, issue: Issue, on: date = date(2024, 12, 1), facts: str | None = None, cycle: int = 0) -> dict[int, dict[str, Any]]:
    """Return the signs of a cycle by number, each with what it saw; every one is said in both languages."""
    found = signals(issue, issue.cycles[cycle], on, store.book(), Wide(store), facts)
    assert all(one.text("zh") and one.text("en") for one in found)
    return {one.number: one.values for one in found}


def attached(store: Store, key: str, sha256: str, *, stage: str = "after", taken: date | None = None, on: date = date(2024, 2, 15)) -> None:
    data = {"sha256": sha256, "name": f"{sha256[:2]}.jpg", "size": 9, "stage": stage, "taken_on": str(taken or on)}
    move(store, issue_of(store, key), "attach", on, OWNER, **data)


def test_an_honest_fix_shows_no_sign(store: Store) -> None:
    compared(store, seen(failing(), FIRST + timedelta(days=5), {"B1": ["A-1"]}))  # it still failed before it was mended
    given(store, KEY, date(2024, 2, 10))
    attached(store, KEY, "a" * 64)
    assert signs(store, closed(store, KEY, CLOSED)) == {}


def test_what_is_not_closed_shows_none(store: Store) -> None:
    assert signs(store, submitted(store, KEY, CLOSED), facts="") == {}


# --- 1 and 2: it failed again ------------------------------------------------------


@pytest.mark.parametrize(("days", "kind"), [(1, "suspected"), (90, "suspected"), (91, "rebound")])
def test_1_failed_again_inside_the_window(store: Store, days: int, kind: str) -> None:
    issue = closed(store, KEY, CLOSED)
    on = CLOSED + timedelta(days=days)
    assert relapse_of(issue, issue.now, on, store.book()) == kind
    found = signs(store, issue, on, facts="别的")
    assert found == ({1: {"closed": CLOSED, "days": days, "window": 90}} if kind == "suspected" else {})
    assert signs(store, issue, on) == {}  # nobody looked


@pytest.mark.parametrize(("facts", "told"), [("same", True), ("other", False), ("", False)])
def test_2_what_is_seen_is_just_what_was_seen(store: Store, facts: str, told: bool) -> None:
    issue = closed(store, KEY, CLOSED)
    assert issue.now.facts
    seen_now = {"same": issue.now.facts, "other": issue.now.facts + "!", "": ""}[facts]
    assert (2 in signs(store, issue, CLOSED + timedelta(days=200), facts=seen_now)) == told


# --- 3 and 4: evidence ---------------------------------------------------------------


def test_3_the_same_file_as_of_another_issue(store: Store) -> None:
    given(store, "B1|A-2|", date(2024, 2, 10))
    attached(store, "B1|A-2|", "b" * 64)
    given(store, KEY, date(2024, 2, 10))
    attached(store, KEY, "c" * 64)
    assert signs(store, closed(store, KEY, CLOSED)) == {}
    other = issue_of(store, "B1|A-2|").called
    attached(store, "B1|A-2|", "c" * 64)
    assert signs(store, issue_of(store, KEY)) == {3: {"name": "cc.jpg", "where": other}}


@pytest.mark.parametrize(("before", "told"), [("d", True), ("e", False)])
def test_3_the_same_file_as_the_one_from_before(store: Store, before: str, told: bool) -> None:
    given(store, KEY, date(2024, 2, 10))
    attached(store, KEY, before * 64, stage="before", on=date(2024, 2, 11))
    attached(store, KEY, "d" * 64)
    assert signs(store, closed(store, KEY, CLOSED)) == ({3: {"name": "dd.jpg", "where": "本问题整改前"}} if told else {})


@pytest.mark.parametrize(
    ("taken", "told"),
    [(FIRST - timedelta(days=1), True), (FIRST, False), (date(2024, 2, 18), False), (date(2024, 2, 19), True)],
)
@pytest.mark.parametrize("kind", ["file", "paper"])
def test_4_evidence_of_before_the_finding_or_after_the_claimed_day(store: Store, taken: date, told: bool, kind: str) -> None:
    given(store, KEY, date(2024, 2, 10))
    papers = [{"name": "记录", "dated": "2024-02-12"}]
    if kind == "file":
        attached(store, KEY, "f" * 64, taken=taken, on=date(2024, 2, 19))
    else:
        papers.append({"name": "照片", "dated": str(taken)})
    issue = closed(store, KEY, CLOSED, done_on=date(2024, 2, 18), papers=papers)
    assert ([values["day"] for values in signs(store, issue).values()] == [taken]) == told
    assert set(signs(store, issue)) == ({4} if told else set())


# --- 5 and 6: who closed it ------------------------------------------------------------


@pytest.mark.parametrize(("actor", "told"), [(Actor("周敏", "青禾社区", "township"), True), (Actor("周敏", "云台街道", "township"), False)])
def test_5_closed_by_the_unit_that_answered_for_it(store: Store, actor: Actor, told: bool) -> None:
    issue = submitted(store, KEY, CLOSED)
    why = {"exception": "人手不足"} if told else {}
    issue = move(store, issue, "accept", CLOSED, actor, outcome="full", method="site", opinion="已改", **why)
    assert signs(store, issue) == ({5: {"name": "周敏", "unit": "青禾社区"}} if told else {})


def rushed(tmp_path: Path, days: Sequence[int], by: Sequence[Actor] = (CHIEF,)) -> set[int]:
    """Return the signs of the first of several issues, each closed so many days after its due day (all on one day)."""
    store = new_store(tmp_path / "ledger.db")
    opened(store, seen(failing(places=MANY), FIRST, {f"B{number}": ["A-1"] for number in range(1, len(days) + 1)}))
    on = date(2024, 5, 1)
    for number, late in enumerate(days, 1):
        given(store, f"B{number}|A-1|", on - timedelta(days=30 + late))
        closed(store, f"B{number}|A-1|", on, actor=by[number % len(by)])
    found = signs(store, issue_of(store, "B1|A-1|"))
    store.close()
    return set(found)


def test_6_many_closed_by_one_person_just_before_their_due_days(tmp_path: Path) -> None:
    assert rushed(tmp_path, [0, -1] * (RUSH // 2)) == {6}


@pytest.mark.parametrize(
    ("days", "by"),
    [
        ([0] * (RUSH - 1), (CHIEF,)),  # one too few
        ([0] * (RUSH - 1) + [-2], (CHIEF,)),  # one with two days to go
        ([0] * (RUSH - 1) + [1], (CHIEF,)),  # one that was late
        ([0] * RUSH, (CHIEF, COUNTY)),  # two people
        ([-5] + [0] * RUSH, (CHIEF,)),  # this one was closed in good time
    ],
)
def test_6_almost(tmp_path: Path, days: list[int], by: tuple[Actor, ...]) -> None:
    assert rushed(tmp_path, days, by) == set()


# --- 7 and 8: what was seen ---------------------------------------------------------------


@pytest.mark.parametrize(
    ("looks", "told"),
    [
        ([(-1, True)], False),  # on the claimed day
        ([(1, True)], True),
        ([(1, True), (2, False)], False),  # the last one was met
        ([(1, False), (2, True)], True),
    ],
)
def test_7_the_last_check_after_the_claimed_day_had_failed(store: Store, looks: list[tuple[int, bool]], told: bool) -> None:
    submitted(store, KEY, CLOSED, done_on=CLOSED)
    for days, failed in looks:
        compared(store, seen(failing(), CLOSED + timedelta(days=max(0, days)), {"B1": ["A-1"] if failed else []}))
    on = CLOSED + timedelta(days=5)
    issue = move(store, issue_of(store, KEY), "accept", on, CHIEF, outcome="full", method="site", opinion="已改")
    assert signs(store, issue) == ({7: {"closed": on}} if told else {})


@pytest.mark.parametrize(("result", "told"), [("relapsed", True), ("kept", False)])
def test_8_somebody_went_to_look_and_found_it_back(store: Store, result: str, told: bool) -> None:
    closed(store, KEY, CLOSED)
    issue = move(store, issue_of(store, KEY), "lookback", date(2024, 6, 1), COUNTY, result=result, text="抽问4人都不知道")
    found = signs(store, issue)
    assert found == ({8: {"day": date(2024, 6, 1), "name": COUNTY.name, "text": "抽问4人都不知道"}} if told else {})


def test_8_a_run_that_found_it_back_is_no_ones_look(store: Store) -> None:
    closed(store, KEY, CLOSED)
    compared(store, seen(failing(), date(2024, 12, 1), {"B1": ["A-1"]}))
    assert 8 not in signs(store, issue_of(store, KEY))


# --- shown -----------------------------------------------------------------------------------


def test_a_relapse_shows_its_signs_ever_after(tmp_path: Path, store: Store) -> None:
    closed(store, KEY, CLOSED)
    compared(store, seen(failing(), CLOSED + timedelta(days=30), {"B1": ["A-1"]}))
    number = issue_of(store, KEY).number
    told = run_command(COMMANDS, "show", number, "--ledger", tmp_path / "ledger.db", "--as-of", "2025-06-01").output
    assert "疑点      销号(2024-02-20)后 30 天又不合格,在 90 天观察期内" in told
    assert "复查所见与整改前完全相同" in told
