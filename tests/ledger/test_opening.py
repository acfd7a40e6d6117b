"""A run becomes candidates: what each branch is given, what only stands there, who answers, and what many share."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, replace
from datetime import timedelta
from pathlib import Path

import pytest
from ledger_runs import (
    CRITERIA,
    FIRST,
    INNER,
    SECOND,
    changing,
    compared,
    criterion,
    evidence,
    failing,
    issue_of,
    new_store,
    opened,
    pack,
    places_of,
    rows,
    run_command,
    scored,
    seen,
    write_pack,
)

from evaluator.commands.ledger import COMMANDS
from evaluator.commands.upkeep import COMMANDS as UPKEEP
from evaluator.diagnostics import Failure
from evaluator.ledger.acts import act, act_all
from evaluator.ledger.book import Post
from evaluator.ledger.branches import Heir, dissolve, merge, rename
from evaluator.ledger.events import Draft
from evaluator.ledger.issues import issue_key
from evaluator.ledger.opening import common_problems
from evaluator.ledger.store import Store
from evaluator.scoring.folder import new_folder, write_run

MANY = places_of({"云台街道": [f"云{n}社区" for n in range(1, 11)], "清渠街道": [f"清{n}社区" for n in range(1, 11)]})
LIMITED = pack(ledger={"branch_limit": 3, "common_least": 50})
ALL = [one["id"] for one in CRITERIA if one["id"] != "B-1"]


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    made = new_store(tmp_path / "ledger.db")
    yield made
    made.close()


# --- what is begun ------------------------------------------------------------


def test_counts_and_keys_are_those_of_the_run(store: Store) -> None:
    run = seen(failing(), FIRST, {"B1": ["A-1", "K-1"], "B2": ["L-1"], "B4": ["V-1", "T-1"]})
    told = opened(store, run)
    assert (told.new, told.observed, told.common, told.known) == (5, 0, 0, 0)
    assert {row.key for row in rows(store)} == {row.issue_key for row in run.issues}
    assert issue_key("B2", "L-1", "东屋") in {row.key for row in rows(store)}
    assert {row.state for row in rows(store)} == {"candidate"}
    assert {row.number for row in rows(store)} == {""}


def test_an_issue_holds_what_the_run_says(store: Store) -> None:
    run = seen(failing(), FIRST, {"B1": ["R-1"]})
    opened(store, run)
    (row,) = run.issues
    issue = issue_of(store, row.issue_key)
    now = issue.now
    assert (issue.pack, issue.item, issue.basis, issue.title, issue.origin) == ("small", "R-1", row.basis, "第R-1条", "lost")
    assert (issue.irreversible, issue.closes_on, issue.found) == (True, 2, FIRST)
    assert (now.problem, now.points, now.deadline, now.source) == (row.problem, 300, "soon", run.info.table_digest)
    assert now.facts == row.problem.removeprefix("第R-1条").lstrip(":")
    assert [one.text for one in now.measures] == ["改"]
    assert (now.delivered, now.due) == (None, None)


def test_the_same_run_twice_adds_nothing(store: Store) -> None:
    run = seen(failing(), FIRST, {"B1": ["A-1"], "B2": ["A-1", "V-1"]})
    opened(store, run)
    head = store.head()
    told = opened(store, run, on=SECOND)
    assert (told.new, told.observed, told.common, told.known) == (0, 0, 0, 3)
    assert store.head() == head


def test_an_older_run_is_refused_and_one_of_the_same_day_is_not(store: Store) -> None:
    opened(store, seen(failing(), SECOND, {"B1": ["A-1"]}))
    head = store.head()
    with pytest.raises(Failure) as caught:
        opened(store, seen(failing(), SECOND - timedelta(days=1), {"B2": ["A-1"]}), on=SECOND)
    assert [one.key for one in caught.value.findings] == ["opening.E422"]
    assert store.head() == head
    assert opened(store, seen(failing(), SECOND, {"B2": ["A-1"]})).new == 1


def test_a_run_of_a_day_to_come_is_refused(tmp_path: Path, store: Store) -> None:
    run = seen(failing(), SECOND, {"B1": ["A-1"]})
    head = store.head()
    with pytest.raises(Failure) as caught:
        opened(store, run, on=SECOND - timedelta(days=1))
    assert [one.key for one in caught.value.findings] == ["opening.E423"]
    with new_folder(tmp_path / "run") as folder:
        write_run(run, folder, {"small": write_pack(tmp_path, pack()).read_text(encoding="utf-8")})
    who = ("--ledger", tmp_path / "ledger.db", "--actor", "李明", "--unit", "县委组织部", "--role", "county")
    for command, group in (("open", COMMANDS), ("reconcile", UPKEEP)):
        told = run_command(group, command, tmp_path / "run", "--as-of", FIRST, *who)
        assert (told.exit_code, "E423" in told.output, str(SECOND) in told.output, str(FIRST) in told.output) == (2, True, True, True)
    assert store.head() == head
    assert opened(store, run, on=SECOND).new == 1


def test_unproven_items_begin_as_what_the_branch_owes(tmp_path: Path, store: Store) -> None:
    told = evidence({"B1": {"ca2": 1}}, {"B1": ("甲社区", "云台街道")})
    run = scored(tmp_path, [pack([criterion("A-1", 10), criterion("A-2", 8)])], told, FIRST)
    opened(store, run)
    assert [(row.key, row.origin) for row in rows(store)] == [("B1|A-1|", "unproven")]


# --- the limit ----------------------------------------------------------------


def limited(tmp_path: Path, limit: int, unmet: list[str], items: list[str] | None = None) -> dict[str, bool]:
    """Return, by item, whether it only stands there (observed) once a branch with so many failures was opened."""
    with_limit = pack(ledger={"branch_limit": limit, "common_least": 50})
    store = new_store(tmp_path / f"limit{limit}.db")
    opened(store, seen(failing([with_limit]), FIRST, {"B1": unmet}))
    found = {row.item: bool(row.observed) for row in rows(store)}
    store.close()
    return found


def test_veto_and_key_come_first_then_what_lost_most(tmp_path: Path) -> None:
    own = ["K-1", "A-1", "A-2", "A-3", "A-4", "V-1"]
    given = [{item for item, observed in limited(tmp_path, limit, own).items() if not observed} for limit in range(1, 7)]
    assert given[0] < {"K-1", "V-1"}
    assert given[1] == {"K-1", "V-1"}
    assert [given[n] - given[n - 1] for n in (2, 3, 4, 5)] == [{"A-1"}, {"A-2"}, {"A-3"}, {"A-4"}]


def test_equal_losses_keep_the_order_of_the_pack(tmp_path: Path) -> None:
    found = limited(tmp_path, 2, ["M-1", "W-1", "X-1"])
    assert found == {"X-1": False, "W-1": False, "M-1": True}


def test_what_others_mend_is_outside_the_limit(tmp_path: Path) -> None:
    found = limited(tmp_path, 1, ["A-1", "A-2", "T-1", "D-1"])
    assert found == {"A-1": False, "A-2": True, "T-1": False, "D-1": False}


def test_observations_stand_there_without_counting(tmp_path: Path, store: Store) -> None:
    run = seen(failing([LIMITED]), FIRST, {"B1": ["A-1", "A-2", "A-3", "A-4", "K-1"]})
    told = opened(store, run)
    assert (told.new, told.observed) == (3, 2)
    assert store.open_by_branch() == {"B1": 3}
    assert sum(told.gaps.values()) == 3  # an observation asks nobody


def test_a_later_run_gives_only_what_there_is_room_for(store: Store) -> None:
    base = failing([LIMITED])
    opened(store, seen(base, FIRST, {"B1": ["A-3", "A-4"], "B2": ["A-1"]}))
    opened(store, seen(base, SECOND, {"B1": ["A-1", "A-2", "A-3", "A-4"], "B2": ["A-1", "A-2", "A-3"]}))
    assert {row.key for row in rows(store, observed=1)} == {"B1|A-2|"}


# --- who answers --------------------------------------------------------------

NEAR_AND_FAR = (
    Post("", "社区党组织", "区委社会工作部", person="远", leader="远领导"),
    Post("云台街道", "社区党组织", "云台街道党建办", person="近", leader="近领导"),
    Post("", "社区党组织", "青禾社区党委", branch="B1", person="自"),
    Post("云台街道", "街道党工委", "云台街道党工委", person="陈立", leader="何建"),
    Post("", "民政局", "区民政局", person="许宁"),
    Post("", "组织部", "区委组织部", person="高洁"),
)


def test_the_nearest_line_answers(tmp_path: Path) -> None:
    store = new_store(tmp_path / "ledger.db", posts=NEAR_AND_FAR)
    told = opened(store, seen(failing(), FIRST, {one: ["A-1"] for one in ("B1", "B2", "B4")}))
    who = {row.branch: (row.unit, row.person, row.leader) for row in rows(store)}
    assert who == {
        "B1": ("青禾社区党委", "自", ""),
        "B2": ("云台街道党建办", "近", "近领导"),
        "B4": ("区委社会工作部", "远", "远领导"),
    }
    assert told.gaps == {}
    store.close()


def test_a_branchs_own_line_answers_for_what_is_its_own_and_for_nothing_else(tmp_path: Path) -> None:
    own = (Post("", "", "", branch="青禾社区", person="王芳"), Post("", "民政局", "区民政局", person="许宁"))
    store = new_store(tmp_path / "ledger.db", posts=own)
    told = opened(store, seen(failing(), FIRST, {"B1": ["A-1", "T-1", "D-1"], "B2": ["A-1"]}))
    who = {(row.branch, row.item): (row.unit, row.person) for row in rows(store)}
    assert who == {
        ("B1", "A-1"): ("青禾社区", "王芳"),
        ("B1", "T-1"): ("", ""),
        ("B1", "D-1"): ("区民政局", "许宁"),  # 社区、民政局 mends it, the department being able to
        ("B2", "A-1"): ("双塘社区", ""),
    }
    assert told.gaps == {("云台街道", "街道党工委"): 1, ("云台街道", "社区党组织"): 1}
    store.close()


def test_a_directory_that_comes_later_answers_when_issues_are_assigned(tmp_path: Path) -> None:
    """The lines that were missing are added, the directory is read again, and nobody types units and names."""
    store = new_store(tmp_path / "ledger.db")
    opened(store, seen(failing(), FIRST, {"B1": ["A-1", "T-1", "D-1"], "B2": ["A-1", "T-1"]}))
    posts = (*NEAR_AND_FAR[3:5], Post("", "", "", branch="青禾社区", person="王芳"))
    with changing(store, FIRST) as change:
        change.add(Draft("", "directory", {"posts": [asdict(one) for one in posts]}))
        for row in rows(store):
            act(change, change.issue(row.id), "register", {})
        change.add(Draft(issue_of(store, "B2|T-1|").id, "edit", {"fields": {"unit": "区水务局"}}))  # a person had decided
        moved, refused = act_all(change, [row.id for row in rows(store)], "assign", {})
        assert [one.place.file for one in refused] == [change.issue(row.id).called for row in rows(store) if row.id not in moved]
    who = {(row.branch, row.item): (row.unit, row.person, row.state) for row in rows(store)}
    assert who == {
        ("B1", "A-1"): ("青禾社区", "王芳", "rectifying"),
        ("B1", "T-1"): ("云台街道党工委", "陈立", "rectifying"),
        ("B1", "D-1"): ("区民政局", "许宁", "rectifying"),
        ("B2", "A-1"): ("双塘社区", "", "registered"),
        ("B2", "T-1"): ("区水务局", "", "registered"),  # and the directory does not overrule that
    }
    store.close()


def test_what_comes_back_still_knows_by_whose_name_the_directory_is_asked(store: Store) -> None:
    run = seen(failing(), FIRST, {"B1": ["T-1"]})
    opened(store, run)
    with changing(store, FIRST) as change:
        issue = change.issue(issue_of(store, "B1|T-1|").id)
        change.add(Draft(issue.id, "dismiss", {"code": "misjudged", "text": "已补查"}))
        change.add(Draft(issue.id, "reappear", {"facts": "又失分"}))
        change.add(Draft("", "directory", {"posts": [asdict(one) for one in NEAR_AND_FAR]}))
        issue = act(change, change.issue(issue.id), "register", {})
        assert act(change, issue, "assign", {}).now.person == "陈立"


@pytest.mark.parametrize("change_of", ["merge", "dissolve"])
def test_a_run_of_branches_that_had_ended_is_refused(store: Store, change_of: str) -> None:
    """What it finds of them would stand in the ledger a second time, beside what went on with the branch that took their place."""
    opened(store, seen(failing(), FIRST, {"B1": ["A-1"], "B2": ["A-1"]}))
    with changing(store, SECOND) as change:
        merge(change, ["B1", "B2"], Heir("B9", "泉溪社区"), "文1") if change_of == "merge" else dissolve(change, "B1", "文1")
    before = rows(store)
    for do in (opened, compared):
        with pytest.raises(Failure) as caught:
            do(store, seen(failing(), SECOND, {"B1": ["A-1", "A-2"], "B2": ["A-1"]}))
        assert [one.code for one in caught.value.findings] == ["E424"]
        assert "青禾社区" in caught.value.findings[0].message("zh")
    assert rows(store) == before


def test_the_other_pieces_of_an_owner_help(tmp_path: Path) -> None:
    joint = pack([criterion("A-1", 10, owner="街道党工委、民政局、公安局", fixable_by="township")])
    store = new_store(tmp_path / "ledger.db", posts=NEAR_AND_FAR)
    opened(store, seen(failing([joint]), FIRST, {"B1": ["A-1"]}))
    now = issue_of(store, "B1|A-1|").now
    assert (now.unit, now.person, now.leader, now.helpers) == ("云台街道党工委", "陈立", "何建", ("区民政局",))
    store.close()


# --- common problems ------------------------------------------------------------


def shared(tmp_path: Path, failed: list[str], item: str = "A-1", absent: list[str] | None = None) -> list[tuple[str, int]]:
    """Return township and number of branches of each common problem after so many of the twenty branches failed."""
    store = new_store(tmp_path / "ledger.db")
    opened(store, seen(failing(places=MANY), FIRST, {one: [item] for one in failed}, absent=absent or []))
    found = [(one.township, len(one.branches)) for row in rows(store, kind="common") for one in [issue_of(store, row.key)]]
    store.close()
    return found


def first(count: int, start: int = 1) -> list[str]:
    return [f"B{number}" for number in range(start, start + count)]


@pytest.mark.parametrize(
    ("failed", "found"),
    [
        (first(3) + first(3, 11), []),  # 6 of 20 are 30 %, no more
        (first(3) + first(4, 11), [("", 7)]),  # 7 of 20
        (first(5), [("云台街道", 5)]),  # 5 of 20, but 5 of 10 in one township
        (first(4), []),  # 40 % of a township, but fewer than 5
        (first(10), [("", 10)]),  # at county level it is not told again for a township
    ],
)
def test_common_at_more_than_the_share_and_at_least_so_many(tmp_path: Path, failed: list[str], found: list[tuple[str, int]]) -> None:
    assert shared(tmp_path, failed) == found


def test_the_share_is_of_branches_that_were_visited(tmp_path: Path) -> None:
    assert shared(tmp_path, first(3) + first(3, 11), absent=["B20"]) == [("", 6)]  # 6 of 19


def test_no_common_problem_of_what_is_extra(tmp_path: Path) -> None:
    assert shared(tmp_path, first(20), item="B-1") == []


def test_what_is_only_gathered_is_no_common_problem() -> None:
    """Points of a group that accumulates are nothing lost, for the ledger as for the reports."""
    run = seen(failing(places=MANY), FIRST, {one: ["A-1"] for one in first(7)})
    assert [one.criterion for one in common_problems(run, run.packs)] == ["A-1"]
    (one,) = run.packs
    groups = tuple(group.model_copy(update={"accumulates": True}) for group in one.groups)
    assert common_problems(run, [one.model_copy(update={"groups": groups})]) == []


def test_a_common_problem_names_its_branches_and_the_lead(tmp_path: Path) -> None:
    store = new_store(tmp_path / "ledger.db", posts=NEAR_AND_FAR)
    told = opened(store, seen(failing(places=MANY), FIRST, {one: ["A-1"] for one in first(7)}))
    (row,) = rows(store, kind="common")
    issue = issue_of(store, row.key)
    assert told.common == 1
    assert (row.key, row.branch, row.fixable_by, row.unit, row.person) == ("*|A-1|", "", "department", "区委组织部", "高洁")
    assert issue.branches == tuple(sorted(first(7)))
    assert "20 个支部中 7 个" in issue.now.problem
    assert "35%" in issue.now.problem
    store.close()


def test_a_common_problem_without_a_person_is_a_gap(store: Store) -> None:
    told = opened(store, seen(failing(places=MANY), FIRST, {one: ["T-1"] for one in first(7)}))
    assert told.gaps == {("云台街道", "街道党工委"): 7, ("", "组织部、住建局"): 1}


# --- internal packs -------------------------------------------------------------


def both() -> dict[str, list[str]]:
    return {"B1": ["A-1", "S-1"], "B2": ["S-1"]}


def test_internal_issues_stand_only_in_an_internal_ledger(tmp_path: Path) -> None:
    run = seen(failing((pack(), INNER)), FIRST, both())
    for internal, keys in ((False, {"B1|A-1|"}), (True, {"B1|S-1|", "B2|S-1|"})):
        store = new_store(tmp_path / f"{internal}.db", internal=internal)
        opened(store, run)
        assert {row.key for row in rows(store)} == keys
        assert {terms.id for terms in store.book().packs.values()} == ({"inner"} if internal else {"small"})
        store.close()


@pytest.mark.parametrize(("internal", "code"), [(False, "opening.E420"), (True, "opening.E421")])
def test_a_run_with_nothing_for_a_ledger_is_refused(tmp_path: Path, internal: bool, code: str) -> None:
    run = seen(failing([pack() if internal else INNER]), FIRST, both())
    store = new_store(tmp_path / "ledger.db", internal=internal)
    head = store.head()
    for does in (opened, compared):
        with pytest.raises(Failure) as caught:
            does(store, run)
        assert [one.key for one in caught.value.findings] == [code]
    assert store.head() == head
    store.close()


# --- what people see ------------------------------------------------------------


def test_the_command_prints_counts_and_gaps(tmp_path: Path) -> None:
    run = seen(failing(), FIRST, {"B1": ["A-1", "T-1"]})
    with new_folder(tmp_path / "run") as folder:
        write_run(run, folder, {"small": write_pack(tmp_path, pack()).read_text(encoding="utf-8")})
    new_store(tmp_path / "ledger.db").close()
    who = ("--ledger", tmp_path / "ledger.db", "--as-of", FIRST, "--actor", "李明", "--unit", "县委组织部", "--role", "county")
    dry = run_command(COMMANDS, "open", tmp_path / "run", "--dry-run", *who)
    assert "未写入" in dry.output
    store = Store.open(tmp_path / "ledger.db")
    assert rows(store) == []
    store.close()
    told = run_command(COMMANDS, "open", tmp_path / "run", *who)
    assert told.exit_code == 0, told.output
    assert "新增待研判 2 项" in told.output
    assert "没有对应单位或责任人:云台街道 · 街道党工委 · 1 个问题" in told.output


def test_a_branch_goes_by_the_name_that_the_ledger_has_for_it(store: Store) -> None:
    opened(store, seen(failing(), FIRST, {"B1": ["A-1"]}))
    with changing(store, FIRST) as change:
        rename(change, "B1", "青禾新社区", "文1")
    opened(store, seen(failing(), SECOND, {"B1": ["A-2"]}))
    assert {row.branch_name for row in rows(store)} == {"青禾新社区"}


def test_townships_that_nobody_named_share_nothing_of_their_own(tmp_path: Path, store: Store) -> None:
    base = failing(places=MANY)
    nowhere = tuple(replace(one, path=(), township="") if one.id in first(6) else one for one in base.register.branches)
    run = replace(seen(base, FIRST, {one: ["A-1"] for one in first(6)}), register=replace(base.register, branches=nowhere))
    opened(store, run)
    assert Counter(row.kind for row in rows(store)) == {"issue": 6}
