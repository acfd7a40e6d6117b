"""Reconciling: the decision table row by row, what never changes anything, the guard, and the balance that has to hold."""

import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import TypedDict

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from ledger_runs import (
    CHIEF,
    COUNTY,
    FIRST,
    OWNER,
    SECOND,
    THIRD,
    changing,
    closed,
    compared,
    criterion,
    failing,
    issue_of,
    move,
    new_store,
    opened,
    pack,
    places_of,
    rows,
    run_command,
    seen,
    state,
    submitted,
    write_pack,
)
from ledger_runs import given as given_to

from evaluator.commands.upkeep import COMMANDS
from evaluator.diagnostics import Failure
from evaluator.ledger.acts import act
from evaluator.ledger.adding import add_fixed, add_issue
from evaluator.ledger.balance import balance
from evaluator.ledger.events import Actor
from evaluator.ledger.reconcile import Compared, reconcile
from evaluator.ledger.rows import FLOWS
from evaluator.ledger.store import Store
from evaluator.scoring.folder import new_folder, write_run
from evaluator.scoring.results import Run

BASE = failing()
MANY = places_of({"云台街道": [f"云{n}社区" for n in range(1, 11)], "清渠街道": [f"清{n}社区" for n in range(1, 11)]})
KEY = "B1|A-1|"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    made = new_store(tmp_path / "ledger.db")
    yield made
    made.close()


def told(found: Compared) -> dict[str, tuple[str, str]]:
    """Return verdict and what follows, by key."""
    return {line.row.key: (line.verdict, line.follows) for line in found.lines}


def started(store: Store, unmet: tuple[str, ...] = ("A-1",), day: date = FIRST) -> None:
    opened(store, seen(BASE, day, {"B1": unmet}))


FAIL = {"B1": ["A-1"]}


# --- the decision table -----------------------------------------------------------


def test_none_and_fail_is_a_new_candidate(store: Store) -> None:
    started(store)
    found = compared(store, seen(BASE, SECOND, {"B1": ["A-1"], "B2": ["A-2"]}))
    assert found.opened.new == 1
    assert issue_of(store, "B2|A-2|").state == "candidate"


@pytest.mark.parametrize("day", [FIRST, SECOND])
def test_open_and_fail_is_seen_again(store: Store, day: date) -> None:
    started(store, day=FIRST)
    given_to(store, KEY, FIRST)
    found = compared(store, seen(BASE, day, {"B1": ["A-1"], "B2": ["A-2"]}))
    assert told(found)[KEY] == ("failed", "seen")
    issue = issue_of(store, KEY)
    assert (issue.state, len(issue.now.sightings), issue.now.no) == ("rectifying", 1, 1)
    assert (issue.now.sightings[0].on, issue.now.sightings[0].result) == (day, "failed")


@pytest.mark.parametrize(
    ("done_on", "follows"), [(SECOND - timedelta(days=1), "reject"), (SECOND, "seen"), (SECOND + timedelta(days=1), "seen")]
)
def test_submitted_and_fail_proposes_a_rejection_only_when_looked_at_after_the_claimed_day(
    store: Store, done_on: date, follows: str
) -> None:
    started(store)
    submitted(store, KEY, SECOND + timedelta(days=3), done_on=done_on)
    found = compared(store, seen(BASE, SECOND, FAIL))
    assert told(found)[KEY] == ("failed", follows)
    assert issue_of(store, KEY).state == "submitted"


def at(store: Store, wanted: str) -> None:
    """Bring the one issue into a state by the moves that people make."""
    match wanted:
        case "registered":
            move(store, issue_of(store, KEY), "register", FIRST)
        case "rectifying" | "held":
            given_to(store, KEY, FIRST)
        case "submitted":
            submitted(store, KEY, FIRST + timedelta(days=5))
    if wanted == "held":
        move(store, issue_of(store, KEY), "hold", FIRST, text="汛期", review="2024-06-01", document="文1")


@pytest.mark.parametrize("before", ["candidate", "registered", "rectifying", "submitted", "held"])
def test_open_and_pass_is_only_proposed(store: Store, before: str) -> None:
    started(store)
    at(store, before)
    found = compared(store, seen(BASE, SECOND))
    assert told(found)[KEY] == ("passed", "propose")
    assert issue_of(store, KEY).state == before
    assert [one.result for one in issue_of(store, KEY).now.sightings] == ["passed"]


@pytest.mark.parametrize(
    ("other", "absent"),
    [({}, ["B1"]), ({("B1", "A-1"): "unproven"}, []), ({("B1", "A-1"): "not_due"}, []), ({("B1", "A-1"): "unknown"}, [])],
)
@pytest.mark.parametrize("before", ["candidate", "rectifying", "submitted", "held"])
def test_what_was_not_looked_at_stays_untouched_and_is_listed(
    store: Store, other: dict[tuple[str, str], str], absent: list[str], before: str
) -> None:
    started(store)
    at(store, before)
    was = state(store)
    found = compared(store, seen(BASE, SECOND, other=other, absent=absent))
    assert told(found)[KEY] == ("not_checked", "unchecked")
    assert state(store) == was
    assert found.opened.new == 0  # what was lost is not asked for a second time as unproven


def test_a_branch_that_is_not_in_the_run_was_not_visited(store: Store) -> None:
    started(store)
    assert told(compared(store, seen(BASE, SECOND, without=["B1"])))[KEY] == ("not_checked", "unchecked")


@pytest.mark.parametrize("before", ["candidate", "rectifying", "submitted", "held"])
def test_open_and_not_applicable_proposes_a_dismissal(store: Store, before: str) -> None:
    started(store)
    at(store, before)
    assert told(compared(store, seen(BASE, SECOND, other={("B1", "A-1"): "not_applicable"})))[KEY] == ("not_applicable", "dismiss")
    assert issue_of(store, KEY).state == before


@pytest.mark.parametrize(("days", "follows"), [(1, "suspected"), (90, "suspected"), (91, "rebound")])
def test_closed_and_fail_opens_the_next_cycle(store: Store, days: int, follows: str) -> None:
    started(store)
    was = closed(store, KEY, date(2024, 2, 1))
    day = date(2024, 2, 1) + timedelta(days=days)
    found = compared(store, seen(BASE, day, FAIL))
    assert told(found)[KEY] == ("failed", follows)
    assert (1 in [one.number for one in found.of(follows)[0].signs]) == (follows == "suspected")
    issue = issue_of(store, KEY)
    assert issue.cycles[0] == was.now  # what is closed stays as it was
    assert (issue.now.no, issue.state, issue.now.found, issue.number) == (2, "registered", day, was.number)
    assert (issue.now.due, issue.now.submissions, issue.now.person) == (None, (), "王芳")
    assert [(one.result, bool(one.run)) for one in issue.look_backs] == [("relapsed", True)]
    assert found.balance.total.flows["rebound"] == 1


def test_closed_and_pass_is_kept(store: Store) -> None:
    started(store)
    closed(store, KEY, date(2024, 2, 1))
    assert told(compared(store, seen(BASE, SECOND)))[KEY] == ("passed", "kept")
    compared(store, seen(BASE, THIRD))
    issue = issue_of(store, KEY)
    assert (issue.state, [one.result for one in issue.look_backs]) == ("closed", ["kept", "kept"])


@pytest.mark.parametrize("days", [-1, 0])
def test_a_run_from_before_the_closing_says_nothing_of_the_fix(store: Store, days: int) -> None:
    started(store)
    closed(store, KEY, date(2024, 2, 1))
    was = state(store)
    found = compared(store, seen(BASE, date(2024, 2, 1) + timedelta(days=days), FAIL), on=SECOND)
    assert told(found)[KEY] == ("failed", "unchecked")
    assert state(store) == was


def test_held_and_fail_stays(store: Store) -> None:
    started(store)
    at(store, "held")
    assert told(compared(store, seen(BASE, SECOND, FAIL)))[KEY] == ("failed", "stays")
    assert issue_of(store, KEY).state == "held"


@pytest.mark.parametrize("how", ["dismiss", "transfer", "merge"])
def test_what_was_decided_stays(store: Store, how: str) -> None:
    opened(store, seen(BASE, FIRST, {"B1": ["A-1", "A-2"]}))
    data = {
        "dismiss": {"code": "误判", "text": "不属实"},
        "transfer": {"to": "区民政局", "receipt": "回1"},
        "merge": {"into": issue_of(store, "B1|A-2|").id},
    }
    move(store, issue_of(store, KEY), how, FIRST, **data[how])
    found = compared(store, seen(BASE, SECOND, {"B1": ["A-1", "A-2"]}))
    assert told(found)[KEY] == ("failed", "stays")
    assert (issue_of(store, KEY).now.open, issue_of(store, KEY).now.no, found.opened.new) == (False, 1, 0)
    assert told(compared(store, seen(BASE, THIRD, {"B1": ["A-2"]})))[KEY] == ("passed", "unchecked")


# --- closing by itself --------------------------------------------------------------


def auto(store: Store, *, before: bool = True, on: date = date(2024, 2, 1), actor: Actor = CHIEF, done_on: date | None = None) -> str:
    """Return what follows for an issue whose criterion says auto_close when it is met now."""
    opened(store, seen(BASE, FIRST, {"B1": ["X-1"]}))
    if before:
        submitted(store, "B1|X-1|", on, done_on=done_on)
    found = compared(store, seen(BASE, SECOND), on=max(on, SECOND), actor=actor)
    return found.lines[0].follows


def test_a_criterion_that_says_so_closes_what_was_submitted(store: Store) -> None:
    assert auto(store) == "closed"
    issue = issue_of(store, "B1|X-1|")
    assert (issue.state, issue.now.closed, issue.now.on_time, issue.now.checks[-1].method) == ("closed", SECOND, True, "test")


def test_not_what_was_not_submitted(store: Store) -> None:
    assert auto(store, before=False) == "propose"


def test_not_by_a_look_from_before_the_claimed_day(store: Store) -> None:
    assert auto(store, on=SECOND + timedelta(days=2), done_on=SECOND) == "propose"


def test_not_against_the_guards_of_closing(store: Store) -> None:
    assert auto(store, actor=replace(COUNTY, unit=OWNER.unit)) == "propose"  # the unit that did it
    assert issue_of(store, "B1|X-1|").state == "submitted"


def test_not_what_weighs(tmp_path: Path) -> None:
    base = failing([pack([criterion("X-1", 3, auto_close=True, key=True), criterion("A-1", 3)])])
    store = new_store(tmp_path / "key.db")
    opened(store, seen(base, FIRST, {"B1": ["X-1"]}))
    submitted(store, "B1|X-1|", date(2024, 2, 1))
    assert told(compared(store, seen(base, SECOND)))["B1|X-1|"] == ("passed", "propose")
    store.close()


# --- vetoes, observations, items that changed -----------------------------------------


@pytest.mark.parametrize(("other", "verdict"), [({}, "passed"), ({("B1", "V-1"): "unproven"}, "not_checked")])
def test_a_veto_passes_only_when_it_is_known_to_be_false(store: Store, other: dict[tuple[str, str], str], verdict: str) -> None:
    opened(store, seen(BASE, FIRST, {"B1": ["V-1"]}))
    assert told(compared(store, seen(BASE, SECOND, other=other)))["B1|V-1|"][0] == verdict


def test_observations_that_are_met_are_gone_and_come_back(tmp_path: Path) -> None:
    base = failing([pack(ledger={"branch_limit": 1})])
    store = new_store(tmp_path / "observed.db")
    opened(store, seen(base, FIRST, {"B1": ["A-1", "A-2"]}))
    key = "B1|A-2|"
    assert told(compared(store, seen(base, FIRST + timedelta(days=1), {"B1": ["A-1", "A-2"]})))[key] == ("failed", "seen")
    found = compared(store, seen(base, SECOND, {"B1": ["A-1"]}))
    assert told(found)[key] == ("passed", "gone")
    assert issue_of(store, key).state == "dismissed"
    assert told(compared(store, seen(base, THIRD, {"B1": ["A-1", "A-2"]})))[key] == ("failed", "seen")
    issue = issue_of(store, key)
    assert (issue.state, issue.observed, issue.now.no) == ("candidate", True, 2)
    assert not balance(store, 0).broken
    assert store.open_by_branch() == {"B1": 1}
    store.close()


NEW = pack([criterion("N-1", 10, supersedes=["A-1"]), criterion("N-2", 8, supersedes=["A-2", "A-3"])])


def test_an_item_under_a_new_id_goes_on_with_its_issue(store: Store) -> None:
    opened(store, seen(BASE, FIRST, {"B1": ["A-1", "A-2", "A-3"]}))
    found = compared(store, seen(failing([NEW]), SECOND, {"B1": ["N-1", "N-2"]}))
    assert found.opened.new == 0
    assert told(found) == dict.fromkeys((KEY, "B1|A-2|", "B1|A-3|"), ("failed", "seen"))  # two that became one go on as it
    later = compared(store, seen(failing([NEW]), THIRD, {"B2": ["N-1"]}))
    assert told(later)[KEY] == ("passed", "propose")
    assert later.opened.new == 1
    assert len(rows(store)) == 4


def test_an_item_that_is_gone_waits_for_a_person(store: Store) -> None:
    opened(store, seen(BASE, FIRST, {"B1": ["A-1", "A-4"]}))
    found = compared(store, seen(failing([NEW]), SECOND))
    assert told(found)["B1|A-4|"] == ("withdrawn", "withdrawn")
    assert issue_of(store, "B1|A-4|").state == "candidate"


def test_one_item_that_became_two_is_not_lost_in_either(store: Store) -> None:
    halves = pack([criterion("N-1", 5, supersedes=["A-1"]), criterion("N-2", 5, supersedes=["A-1"])])
    opened(store, seen(BASE, FIRST, FAIL))
    found = compared(store, seen(failing([halves]), SECOND, {"B1": ["N-1", "N-2"]}))
    assert told(found) == {KEY: ("failed", "seen")}
    assert found.opened.new == 1
    again = compared(store, seen(failing([halves]), THIRD, {"B1": ["N-2"]}))
    assert told(again) == {KEY: ("moved", "unchecked"), "B1|N-2|": ("failed", "seen")}
    assert again.opened.new == 0


def test_another_locus_is_proposed_as_the_same_and_not_applied(store: Store) -> None:
    opened(store, seen(BASE, FIRST, {"B1": ["L-1"]}))
    run = seen(BASE, SECOND, {"B1": ["L-1"]}, loci={("B1", "L-1"): ["西屋"]})
    found = compared(store, run)
    assert told(found) == {"B1|L-1|东屋": ("moved", "match")}
    assert found.lines[0].other.endswith("西屋")
    assert (found.opened.new, len(rows(store)), issue_of(store, "B1|L-1|东屋").now.sightings) == (0, 1, ())
    opened(store, run, on=SECOND)  # a person says that it is another one
    assert {row.key for row in rows(store)} == {"B1|L-1|东屋", "B1|L-1|西屋"}


def test_a_person_says_that_another_locus_is_the_same_or_not(tmp_path: Path) -> None:
    west = seen(BASE, SECOND, {"B1": ["L-1"]}, loci={("B1", "L-1"): ["西屋"]})
    for number, (choice, new) in enumerate({"same": 0, "different": 1}.items()):
        store = new_store(tmp_path / f"{number}.db")
        opened(store, seen(BASE, FIRST, {"B1": ["L-1"]}))
        known = issue_of(store, "B1|L-1|东屋").id
        with changing(store, SECOND) as change:
            found = reconcile(change, west, **{choice: [known]})
        assert found.opened.new == new
        assert told(found) == {"B1|L-1|东屋": ("failed", "seen") if choice == "same" else ("moved", "unchecked")}
        later = compared(store, seen(BASE, THIRD, {"B1": ["L-1"]}, loci={("B1", "L-1"): ["西屋"]}))
        assert (later.opened.new, later.counts["match"]) == (0, 0)
        assert store.rebuild() == []
        store.close()


EAST, WEST = "B1|L-1|东屋", "B1|L-1|西屋"


class Decided(TypedDict, total=False):
    """What somebody said of possible matches, as :func:`reconcile` takes it."""

    same: list[str]
    different: list[str]


def decisions(known: str, *choices: str) -> Decided:
    """Return what decides on one issue, one way or both."""
    return {"same": [known] if "same" in choices else [], "different": [known] if "different" in choices else []}


def elsewhere(day: date = SECOND, **unmet: list[str]) -> Run:
    """Return a run in which the item of many places fails in another one."""
    return seen(BASE, day, {"B1": ["L-1"], **unmet}, loci={("B1", "L-1"): ["西屋"]})


@pytest.mark.parametrize(("choice", "keys"), [("same", {EAST}), ("different", {EAST, WEST})])
def test_a_person_may_decide_after_the_run_was_applied_and_decides_once(store: Store, choice: str, keys: set[str]) -> None:
    opened(store, seen(BASE, FIRST, {"B1": ["L-1"]}))
    assert compared(store, elsewhere()).counts["match"] == 1
    assert {row.key for row in rows(store)} == {EAST}
    known = issue_of(store, EAST).id
    with changing(store, SECOND) as change:
        found = reconcile(change, elsewhere(), **decisions(known, choice))
    assert (found.again, found.opened.new, found.counts["match"]) == (True, len(keys) - 1, 0)
    assert {row.key for row in rows(store)} == keys
    assert [one.result for one in issue_of(store, EAST).now.sightings] == (["failed"] if choice == "same" else [])
    assert undecided(store, elsewhere(), known, choice) == ["reconcile.E603"]
    later = compared(store, elsewhere(THIRD))
    assert (later.opened.new, later.counts["match"]) == (0, 0)
    assert (store.rebuild(), balance(store, 0).broken) == ([], [])


def undecided(store: Store, run: Run, known: str, *choices: str) -> list[str]:
    """Decide what may not be decided; return the codes of why not. Nothing is stored."""
    head = store.head()
    with pytest.raises(Failure) as caught, changing(store, THIRD) as change:
        reconcile(change, run, **decisions(known, *choices))
    assert store.head() == head
    number = rows(store, id=known)[0].called
    assert all(number in one.message("zh") and number in one.message("en") for one in caught.value.findings)
    return [one.key for one in caught.value.findings]


@pytest.mark.parametrize("applied", [False, True])
@pytest.mark.parametrize(
    ("key", "choices"), [("B1|A-1|", ["same"]), ("B1|A-1|", ["different"]), ("B1|A-2|", ["different"]), (EAST, ["same", "different"])]
)
def test_only_what_may_be_the_same_is_decided_and_one_way(store: Store, applied: bool, key: str, choices: list[str]) -> None:
    opened(store, seen(BASE, FIRST, {"B1": ["L-1", "A-1", "A-2"]}))
    run = seen(BASE, SECOND, {"B1": ["L-1", "A-1"]}, loci={("B1", "L-1"): ["西屋"]})
    if applied:
        compared(store, run)
    assert undecided(store, run, issue_of(store, key).id, *choices) == ["reconcile.E603"]
    assert WEST not in {row.key for row in rows(store)}


def test_an_issue_that_no_run_found_is_nothing_to_decide_and_is_called_by_its_number(store: Store) -> None:
    run = seen(BASE, FIRST, {"B1": ["L-1"]})
    opened(store, run)
    with changing(store, FIRST) as change:
        made = add_issue(change, branch="B1", title="公开栏未更新", problem="停在九月", measure="按月更新")
        known = act(change, made, "register", {}).number
    with pytest.raises(Failure) as caught, changing(store, SECOND) as change:
        reconcile(change, seen(BASE, SECOND, {"B1": ["L-1"]}), same=[made.id])
    assert [one.message("zh") for one in caught.value.findings] == [f"没有待核对的:{known}"]


@pytest.mark.parametrize("together", [True, False])
def test_the_command_opens_what_somebody_calls_another_issue(tmp_path: Path, store: Store, together: bool) -> None:
    opened(store, seen(BASE, FIRST, {"B1": ["L-1"]}))
    known = move(store, issue_of(store, EAST), "register", FIRST).number
    with new_folder(tmp_path / "run") as folder:
        write_run(elsewhere(), folder, {"small": write_pack(tmp_path, pack()).read_text(encoding="utf-8")})
    who = ("--ledger", tmp_path / "ledger.db", "--as-of", SECOND, "--actor", "李明", "--unit", "县委组织部", "--role", "county")

    def said(*words: str) -> str:
        done = run_command(COMMANDS, "reconcile", tmp_path / "run", *words, *who)
        assert done.exit_code == 0, done.output
        return done.output

    if not together:
        assert "可能是同一问题,请核对 1 项" in said("--apply")
    head = store.head()
    assert "新增待研判 1 项" in said("--different", known)
    assert store.head() == head
    assert "新增待研判 1 项" in said("--different", known, "--apply")
    assert {row.key for row in rows(store)} == {EAST, WEST}
    head = store.head()
    again = run_command(COMMANDS, "reconcile", tmp_path / "run", "--different", known, "--apply", *who)
    assert (again.exit_code, "E603" in again.output, known in again.output) == (2, True, True)
    assert store.head() == head


def test_several_loci_are_matched_by_nobody(store: Store) -> None:
    opened(store, seen(BASE, FIRST, {"B1": ["L-1"]}))
    found = compared(store, seen(BASE, SECOND, {"B1": ["L-1"]}, loci={("B1", "L-1"): ["西屋", "北屋"]}))
    assert told(found) == {"B1|L-1|东屋": ("moved", "unchecked")}
    assert found.opened.new == 2


def test_what_was_mended_on_the_spot_comes_back_as_a_relapse(store: Store) -> None:
    started(store)
    with changing(store, FIRST) as change:
        add_fixed(change, branch="B1", title="第A-2条", before="没有", after="有了", pack="small", item="A-2")
    found = compared(store, seen(BASE, SECOND, {"B1": ["A-1", "A-2"]}))
    assert told(found)["B1|A-2|"] == ("failed", "rebound" if (SECOND - FIRST).days > 90 else "suspected")
    assert found.opened.new == 0


# --- common problems ------------------------------------------------------------------


def shared(tmp_path: Path, unmet: list[str], absent: list[str] | None = None, *, item: str = "A-1") -> tuple[str, str]:
    """Return what a run says of the common problem that seven branches of twenty share."""
    base = failing(places=MANY)
    store = new_store(tmp_path / "common.db")
    opened(store, seen(base, FIRST, {f"B{n}": ["A-1"] for n in range(1, 8)}))
    found = compared(store, seen(base, SECOND, {one: [item] for one in unmet}, absent=absent or []))
    store.close()
    return told(found)["*|A-1|"]


def test_a_common_problem_that_is_still_one(tmp_path: Path) -> None:
    assert shared(tmp_path, [f"B{n}" for n in range(4, 12)]) == ("failed", "seen")


def test_a_common_problem_that_is_none_any_more(tmp_path: Path) -> None:
    assert shared(tmp_path, ["B1", "B2"]) == ("passed", "propose")


def test_a_common_problem_is_not_fixed_by_staying_away(tmp_path: Path) -> None:
    assert shared(tmp_path, [], [f"B{n}" for n in range(1, 8)]) == ("not_checked", "unchecked")
    (tmp_path / "common.db").unlink()
    assert shared(tmp_path, ["B1"], ["B2"]) == ("passed", "propose")  # even with that one it would be none


def test_a_common_problem_of_an_item_that_is_gone(tmp_path: Path) -> None:
    store = new_store(tmp_path / "common.db")
    opened(store, seen(failing(places=MANY), FIRST, {f"B{n}": ["A-1", "A-4"] for n in range(1, 8)}))
    found = compared(store, seen(failing([NEW], MANY), SECOND, {f"B{n}": ["N-1"] for n in range(1, 8)}))
    assert told(found)["*|A-4|"] == ("withdrawn", "withdrawn")
    assert told(found)["*|A-1|"] == ("failed", "seen")
    assert found.opened.common == 0
    store.close()


# --- the same run twice -----------------------------------------------------------------


def test_the_same_run_twice_changes_nothing(store: Store) -> None:
    started(store, ("A-1", "A-2", "L-1"))
    closed(store, KEY, date(2024, 2, 1))
    submitted(store, "B1|A-2|", date(2024, 2, 1))
    run = seen(BASE, SECOND, {"B1": ["A-1"], "B2": ["A-1"]})
    assert not compared(store, run).again
    head = store.head()
    found = compared(store, run, on=THIRD)
    assert found.again
    assert store.head() == head
    assert (found.opened.new, found.counts["suspected"], found.counts["rebound"]) == (0, 0, 0)


def test_nor_after_what_people_did_in_between(store: Store) -> None:
    opened(store, seen(BASE, FIRST, {"B1": ["A-1", "A-2", "X-1", "L-1"]}))
    given_to(store, "B1|X-1|", FIRST)
    run = seen(BASE, SECOND, {"B1": ["A-1", "A-2"]})
    compared(store, run)
    later = SECOND + timedelta(days=20)
    closed(store, KEY, later)
    submitted(store, "B1|X-1|", later, done_on=SECOND - timedelta(days=5))  # a later run would close it
    move(store, issue_of(store, "B1|A-2|"), "dismiss", later, code="误判", text="不属实")
    head = store.head()
    found = compared(store, run, on=later)
    assert found.again
    assert store.head() == head
    assert issue_of(store, KEY).state == "closed"


def test_not_even_what_was_closed_on_an_earlier_day_comes_back(store: Store) -> None:
    started(store)
    run = seen(BASE, SECOND, FAIL)
    submitted(store, KEY, date(2024, 2, 1))
    compared(store, run)
    move(store, issue_of(store, KEY), "accept", SECOND, CHIEF, outcome="full", method="site", opinion="已改")
    head = store.head()
    assert told(compared(store, run))[KEY] == ("failed", "unchecked")
    assert store.head() == head


def test_opened_and_then_reconciled_the_same_run(store: Store) -> None:
    run = seen(BASE, FIRST, {"B1": ["A-1", "V-1"], "B4": ["T-1"]})
    opened(store, run)
    was = state(store)
    assert not compared(store, run).again
    assert state(store) == was
    assert opened(store, run).new == 0


def test_an_older_run_is_refused(store: Store) -> None:
    started(store, day=SECOND)
    with pytest.raises(Failure) as caught:
        compared(store, seen(BASE, SECOND - timedelta(days=1), FAIL), on=THIRD)
    assert [one.key for one in caught.value.findings] == ["opening.E422"]


def test_a_run_of_a_day_to_come_is_refused(store: Store) -> None:
    started(store)
    head = store.head()
    with pytest.raises(Failure) as caught:
        compared(store, seen(BASE, SECOND, FAIL), on=SECOND - timedelta(days=1))
    assert [one.key for one in caught.value.findings] == ["opening.E423"]
    assert store.head() == head
    assert not compared(store, seen(BASE, SECOND, FAIL), on=SECOND).again


def test_a_trial_writes_nothing_and_says_the_same(store: Store) -> None:
    started(store, ("A-1", "A-2"))
    closed(store, KEY, date(2024, 2, 1))
    run = seen(BASE, SECOND, {"B1": ["A-1"], "B3": ["A-2"]})
    head, was = store.head(), state(store)
    trial = compared(store, run, dry=True)
    assert (store.head(), state(store)) == (head, was)
    real = compared(store, run)
    assert (told(trial), trial.balance, trial.opened) == (told(real), real.balance, real.opened)


# --- the guard ----------------------------------------------------------------------------


@pytest.mark.parametrize(("still", "refused"), [(("A-1", "A-2", "A-3"), False), (("A-1", "A-2"), True)])
def test_more_than_half_of_a_branch_closing_at_once_is_refused(store: Store, still: tuple[str, ...], refused: bool) -> None:
    started(store, ("A-1", "A-2", "A-3", "A-4", "K-1", "T-1"))
    run = seen(BASE, SECOND, {"B1": still})
    head = store.head()
    if refused:
        with pytest.raises(Failure) as caught:
            compared(store, run, mass=False)
        (finding,) = caught.value.findings
        assert (finding.key, finding.values) == ("reconcile.E601", {"branches": "青禾社区", "count": 1, "share": 50})
        assert store.head() == head
        assert compared(store, run, mass=True).counts["propose"] == 4
    assert not compared(store, run, mass=False).balance.broken


def test_a_branch_with_few_issues_may_close_all_of_them(store: Store) -> None:
    started(store, ("A-1", "A-2", "A-3", "A-4"))
    assert compared(store, seen(BASE, SECOND), mass=False).counts["propose"] == 4


def test_staying_away_is_no_mass_close(store: Store) -> None:
    started(store, ("A-1", "A-2", "A-3", "A-4", "K-1", "T-1"))
    assert compared(store, seen(BASE, SECOND, absent=["B1"]), mass=False).counts["unchecked"] == 6


# --- the balance ----------------------------------------------------------------------------


def test_the_balance_of_each_branch_and_in_total(store: Store) -> None:
    opened(store, seen(BASE, FIRST, {"B1": ["A-1", "A-2", "X-1"], "B2": ["A-1"]}))
    closed(store, "B1|A-2|", date(2024, 2, 1))
    submitted(store, "B1|X-1|", date(2024, 2, 1))
    move(store, issue_of(store, "B2|A-1|"), "dismiss", FIRST, code="误判", text="不属实")
    found = compared(store, seen(BASE, SECOND, {"B1": ["A-1", "A-2"], "B3": ["A-1", "A-4"]}), actor=CHIEF)
    sums = {branch: (one.opening, {k: v for k, v in one.flows.items() if v}, one.closing) for branch, one in found.balance.branches.items()}
    assert sums == {
        "B1": (3, {"closed": 2, "rebound": 1}, 2),
        "B2": (1, {"dismissed": 1}, 0),
        "B3": (0, {"new": 2}, 2),
    }
    total = found.balance.total
    assert (total.opening, total.closing, total.holds) == (4, 4, True)
    assert dict(total.flows) == {**dict.fromkeys(FLOWS, 0), "new": 2, "rebound": 1, "closed": 2, "dismissed": 1}


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE entries SET open = 0, state = 'closed' WHERE branch = 'B2'",
        "DELETE FROM entries WHERE branch = 'B2'",
        "UPDATE entries SET branch = 'B3' WHERE branch = 'B2'",
        "UPDATE entries SET observed = 1 WHERE branch = 'B1'",
        "DELETE FROM flows WHERE branch = 'B2'",
    ],
)
def test_tables_that_somebody_changed_are_refused_and_nothing_is_written(tmp_path: Path, store: Store, sql: str) -> None:
    opened(store, seen(BASE, FIRST, {"B1": ["A-1"], "B2": ["A-1"]}))
    with sqlite3.connect(tmp_path / "ledger.db") as raw:
        raw.execute(sql)
    raw.close()
    head, was = store.head(), state(store)
    with pytest.raises(Failure) as caught:
        compared(store, seen(BASE, SECOND, {"B1": ["A-1"], "B2": ["A-1"]}))
    assert [one.key for one in caught.value.findings] == ["reconcile.E602"]
    assert (store.head(), state(store)) == (head, was)
    store.rebuild()
    assert compared(store, seen(BASE, SECOND, {"B1": ["A-1"], "B2": ["A-1"]})).counts == {"seen": 2}


# --- any sequence of runs and moves -----------------------------------------------------------

ITEMS = ("K-1", "A-1", "A-2", "T-1", "X-1", "V-1")
BRANCHES = tuple(f"B{number}" for number in range(1, 7))
STATUSES = ("met", "unmet", "unproven", "not_applicable", "not_due")
AROUND = failing([pack(ledger={"branch_limit": 2})])


@st.composite
def rounds(draw: st.DrawFn) -> list[tuple[Run, list[tuple[str, int]]]]:
    """Draw runs of growing days, each with what people do after it: a move and which issue."""
    found, day = [], FIRST
    for _ in range(draw(st.integers(1, 4))):
        told = {(branch, item): draw(st.sampled_from(STATUSES)) for branch in BRANCHES for item in ITEMS if draw(st.booleans())}
        told = {key: "unmet" if key[1] == "V-1" and one in ("not_applicable", "not_due") else one for key, one in told.items()}
        absent = draw(st.lists(st.sampled_from(BRANCHES), unique=True, max_size=3))
        moves = draw(
            st.lists(st.tuples(st.sampled_from(("close", "submit", "dismiss", "register", "promote")), st.integers(0, 40)), max_size=5)
        )
        found.append((seen(AROUND, day, other=told, absent=absent), moves))
        day += timedelta(days=draw(st.integers(20, 120)))
    return found


def make(store: Store, action: str, number: int, on: date) -> None:
    """Make a move with one of the issues where the table of moves allows it."""
    found = rows(store)
    row = found[number % len(found)] if found else None
    if row is None or (row.observed and action != "promote"):
        return
    try:
        match action:
            case "close":
                closed(store, row.key, on)
            case "submit":
                submitted(store, row.key, on)
            case "dismiss":
                move(store, issue_of(store, row.key), "dismiss", on, code="误判", text="不属实", second="周敏")
            case _:
                move(store, issue_of(store, row.key), action, on)
    except Failure:
        pass


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rounds())
def test_whatever_happens_it_balances_repeats_and_leaves_the_unvisited_alone(
    tmp_path_factory: pytest.TempPathFactory, told: list[tuple[Run, list[tuple[str, int]]]]
) -> None:
    store = new_store(tmp_path_factory.mktemp("any") / "ledger.db")
    try:
        for run, moves in told:
            was = {row.key: (row.state, row.cycle, row.version) for row in rows(store)}
            found = compared(store, run)
            assert found.balance.total.holds
            assert found.balance.broken == []
            visited = {row.branch_id for row in run.branches if row.visited}
            for row in rows(store):
                if row.branch not in visited and row.kind == "issue":
                    assert was[row.key] == (row.state, row.cycle, row.version)
            open_now = {row.branch for row in rows(store) if row.open and not row.observed}
            assert sum(store.open_by_branch().values()) == found.balance.total.closing
            assert open_now == set(store.open_by_branch())
            for action, number in moves:
                make(store, action, number, run.info.as_of + timedelta(days=5))
            head = store.head()
            assert compared(store, run, on=run.info.as_of + timedelta(days=6)).again
            assert store.head() == head
            assert balance(store, 0).broken == []
        keys = [row.key for row in rows(store)]
        assert len(keys) == len(set(keys))
        assert store.verify() is None
        assert store.rebuild() == []
    finally:
        store.close()
