"""Branches are set up, renamed, merged, split and dissolved by a document; open issues follow, and comparisons follow their origins."""

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import given as drawn
from hypothesis import strategies as st
from ledger_runs import (
    COUNTY,
    FIRST,
    SECOND,
    THIRD,
    TOWNSHIPS,
    changing,
    closed,
    compared,
    failing,
    given,
    issue_of,
    move,
    new_store,
    opened,
    pack,
    places_of,
    rows,
    run_command,
    seen,
)

from evaluator.commands.upkeep import COMMANDS
from evaluator.diagnostics import Failure
from evaluator.ledger.adding import add_issue
from evaluator.ledger.balance import balance
from evaluator.ledger.branches import Heir, dissolve, merge, rename, set_up, split
from evaluator.ledger.events import Actor
from evaluator.ledger.reconcile import Compared
from evaluator.ledger.store import Store
from evaluator.scoring.results import Run

DAY = FIRST + timedelta(days=20)
BASE = failing()
GROWN = failing(places=places_of({**TOWNSHIPS, "清渠街道": (*TOWNSHIPS["清渠街道"], "新槐社区", "芦湾社区")}))


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    made = new_store(tmp_path / "ledger.db")
    opened(made, seen(BASE, FIRST, {"B1": ["A-1", "A-2"], "B2": ["A-1"], "B6": ["A-1", "A-2", "T-1"]}))
    yield made
    made.close()


def told(found: Compared) -> dict[str, tuple[str, str, str]]:
    """Return where each issue is now, what the run says and what follows, by key."""
    return {line.row.key: (line.row.branch, line.verdict, line.follows) for line in found.lines}


def refused(store: Store, does: object, *asked: object) -> list[str]:
    """Try a change of branches; return the codes of why it is refused. Nothing is stored."""
    head = store.head()
    with pytest.raises(Failure) as caught, changing(store, DAY) as change:
        does(change, *asked)  # type: ignore[operator]
    assert store.head() == head
    assert all(one.message("zh") and one.message("en") for one in caught.value.findings)
    return [one.key for one in caught.value.findings]


def where(store: Store) -> dict[str, tuple[str, str]]:
    return {row.key: (row.branch, row.branch_name) for row in rows(store)}


# --- each change --------------------------------------------------------------------


def test_set_up(store: Store) -> None:
    with changing(store, DAY) as change:
        set_up(change, Heir("B9", "新港社区", "高新街道"), "组〔2024〕1号")
        add_issue(change, branch="新港社区", title="没有阵地", problem="", measure="")
    found = store.book().branches["B9"]
    assert (found.name, found.township, found.since, found.ended, found.document) == ("新港社区", "高新街道", DAY, None, "组〔2024〕1号")


def test_rename_tells_every_issue_and_keeps_its_key(store: Store) -> None:
    closed(store, "B1|A-2|", DAY)
    with changing(store, DAY) as change:
        assert rename(change, "青禾社区", "青禾新社区", "文1") == 2
    assert where(store)["B1|A-1|"] == where(store)["B1|A-2|"] == ("B1", "青禾新社区")
    assert store.book().branches["B1"].names == ("青禾社区",)
    with changing(store, DAY) as change:
        add_issue(change, branch="青禾社区", title="旧名也认得", problem="", measure="")
        assert rename(change, "青禾新社区", "青禾社区", "文2") == 3
    assert store.book().branches["B1"].names == ("青禾社区", "青禾新社区")
    assert balance(store, 0).total.flows["moved_in"] == 0


def test_merge_into_a_new_branch(store: Store) -> None:
    closed(store, "B1|A-2|", DAY)
    with changing(store, DAY) as change:
        assert merge(change, ["B1", "双塘社区"], Heir("B20", "青塘社区"), "文1") == 2
    book = store.book()
    assert (book.branches["B1"].into, book.branches["B2"].ended, book.branches["B20"].from_) == (("B20",), DAY, ("B1", "B2"))
    assert book.branches["B20"].township == "云台街道"
    assert where(store)["B2|A-1|"] == ("B20", "青塘社区")
    assert where(store)["B1|A-2|"] == ("B1", "青禾社区")  # what was closed stays where it was
    found = balance(store, 0)
    assert {one: found.branches[one].closing for one in ("B1", "B2", "B20")} == {"B1": 0, "B2": 0, "B20": 2}
    assert (found.total.flows["moved_in"], found.total.flows["moved_out"], found.broken) == (2, 2, [])


def test_merge_into_one_of_them(store: Store) -> None:
    with changing(store, DAY) as change:
        assert merge(change, ["B1", "B2", "B1", "青禾社区"], Heir("B1", "青塘社区"), "文1") == 3
    one = store.book().branches["B1"]
    assert (one.ended, one.from_, one.names) == (None, ("B2",), ("青禾社区",))
    assert where(store)["B1|A-1|"] == ("B1", "青塘社区")
    with changing(store, DAY) as change:
        assert merge(change, ["B1", "B3"], Heir("B1", "青塘社区"), "文2") == 0
    one = store.book().branches["B1"]
    assert (one.from_, one.names) == (("B2", "B3"), ("青禾社区",))


def test_split_gives_each_issue_its_place_and_the_rest_to_the_first(store: Store) -> None:
    with changing(store, DAY) as change:
        places = {issue_of(store, "B6|A-2|").id: "B8"}
        assert split(change, "B6", [Heir("B7", "新槐社区"), Heir("B8", "芦湾社区", "东亭街道")], "文1", places) == 3
    assert {key: at for key, at in where(store).items() if key.startswith("B6")} == {
        "B6|A-1|": ("B7", "新槐社区"),
        "B6|A-2|": ("B8", "芦湾社区"),
        "B6|T-1|": ("B7", "新槐社区"),
    }
    assert issue_of(store, "B6|A-2|").township == "东亭街道"
    assert store.book().branches["B6"].into == ("B7", "B8")


def test_a_branch_that_gives_part_away_keeps_its_own_history(store: Store) -> None:
    with changing(store, DAY) as change:
        merge(change, ["B1", "B2"], Heir("B1", "青塘社区"), "文1")
        split(change, "B1", [Heir("B1", "青禾社区"), Heir("B7", "双塘新社区")], "文2")
    one = store.book().branches["B1"]
    assert (one.since, one.ended, one.from_, one.names) == (date(2023, 1, 1), None, ("B2",), ("青禾社区", "青塘社区"))
    assert store.book().origins("B7") == ("B7", "B1", "B2")


def units(store: Store, *keys: str) -> list[str]:
    return [issue_of(store, key).now.unit for key in keys]


def test_what_a_branch_answers_for_itself_goes_on_under_its_new_name(store: Store) -> None:
    closed(store, "B1|A-2|", DAY)
    given(store, "B2|A-1|", DAY, unit="区民政局")
    with changing(store, DAY) as change:
        rename(change, "B1", "青禾新社区", "文1")
        rename(change, "B2", "双塘新社区", "文2")
    assert units(store, "B1|A-1|", "B2|A-1|") == ["青禾新社区", "区民政局"]
    assert units(store, "B1|A-2|") == ["青禾社区"]  # what is closed stays as it was
    assert {row.key: row.unit for row in rows(store)} == {row.key: issue_of(store, row.key).now.unit for row in rows(store)}
    assert store.rebuild() == []


@pytest.mark.parametrize("how", ["merge", "split"])
def test_what_a_branch_answers_for_itself_goes_to_who_takes_its_place(store: Store, how: str) -> None:
    given(store, "B1|A-2|", DAY, unit="区民政局")
    with changing(store, DAY) as change:
        if how == "merge":
            merge(change, ["B1", "B2"], Heir("B20", "青塘社区"), "文1")
        else:
            heirs = [Heir("B20", "青塘社区"), Heir("B21", "青岭社区")]
            split(change, "B1", heirs, "文1", {issue_of(store, "B1|A-2|").id: "B21"})
    assert units(store, "B1|A-1|", "B1|A-2|") == ["青塘社区", "区民政局"]
    assert units(store, "B2|A-1|") == ["青塘社区" if how == "merge" else "双塘社区"]
    owner = Actor("王芳", "青塘社区", "owner")
    issue = move(store, issue_of(store, "B1|A-1|"), "register", DAY)
    issue = move(store, issue, "assign", DAY, person="王芳", measures=[{"text": "改"}])
    assert move(store, issue, "deliver", DAY, owner, on=str(DAY)).now.delivered == DAY
    assert store.rebuild() == []


def test_dissolve_names_what_is_left(store: Store) -> None:
    closed(store, "B1|A-2|", DAY)
    with changing(store, DAY) as change:
        assert dissolve(change, "B1", "文1") == [issue_of(store, "B1|A-1|").called]
    found = compared(store, seen(BASE, SECOND, {"B1": ["A-1"]}, without=["B1"]))
    assert told(found)["B1|A-1|"] == ("B1", "not_checked", "unchecked")
    assert issue_of(store, "B1|A-1|").state == "candidate"


# --- what is refused -------------------------------------------------------------------


def test_nothing_changes_without_a_document(store: Store) -> None:
    heirs = [Heir("B7", "甲"), Heir("B8", "乙")]
    asked = ((set_up, heirs[0]), (rename, "B1", "新"), (merge, ["B1", "B2"], heirs[0]), (split, "B1", heirs), (dissolve, "B1"))
    assert [refused(store, *one, " ") for one in asked] == [["branches.E432"]] * 5


def test_nothing_happens_to_a_branch_that_has_ended_or_is_not_known(store: Store) -> None:
    with changing(store, DAY) as change:
        merge(change, ["B1", "B2"], Heir("B20", "青塘社区"), "文1")
    heirs = [Heir("B7", "甲"), Heir("B8", "乙")]
    for branch, code in (("B1", "branches.E430"), ("B99", "adding.E410")):
        asked = ((rename, branch, "新"), (merge, ["B3", branch], heirs[0]), (split, branch, heirs), (dissolve, branch))
        assert [refused(store, *one, "文2") for one in asked] == [[code]] * 4
    assert refused(store, lambda change: add_issue(change, branch="B1", title="问题", problem="", measure="")) == ["branches.E430"]


def test_an_id_is_given_once(store: Store) -> None:
    taken = Heir("B3", "新")
    asked = ((set_up, taken), (merge, ["B1", "B2"], taken), (split, "B1", [Heir("B7", "甲"), taken]))
    assert [refused(store, *one, "文1") for one in asked] == [["branches.E431"]] * 3


def test_no_second_branch_is_set_up_under_a_name_that_lives(store: Store) -> None:
    assert refused(store, set_up, Heir("B9", "双塘社区", "云台街道"), "文1") == ["branches.E434"]
    with changing(store, DAY) as change:
        dissolve(change, "B2", "文1")
        set_up(change, Heir("B9", "双塘社区", "云台街道"), "文2")  # the other one has ended
    assert refused(store, set_up, Heir("B10", "双塘社区", "云台街道"), "文3") == ["branches.E434"]
    assert store.book().branches["B9"].ended is None


@pytest.mark.parametrize(
    ("heirs", "places"),
    [
        ([Heir("B7", "甲")], {}),
        ([Heir("B7", "甲"), Heir("B7", "甲")], {}),
        ([Heir("B7", "甲"), Heir("B8", "乙")], {"B1|A-1|": "B9"}),
        ([Heir("B7", "甲"), Heir("B8", "乙")], {"B2|A-1|": "B8"}),  # another branch's
    ],
)
def test_a_split_that_does_not_add_up(store: Store, heirs: list[Heir], places: Mapping[str, str]) -> None:
    told = {issue_of(store, key).id: branch for key, branch in places.items()}
    assert refused(store, split, "B1", heirs, "文1", told) == ["branches.E433"]


def test_a_name_that_lives_on_is_the_one_that_is_meant(store: Store) -> None:
    with changing(store, DAY) as change:
        merge(change, ["B1", "B2"], Heir("B20", "青禾社区"), "文1")
        assert rename(change, "青禾社区", "青塘社区", "文2") == 3
    assert store.book().branches["B20"].name == "青塘社区"


# --- what a run says afterwards -----------------------------------------------------------


def test_a_renamed_branch_is_compared_as_before(store: Store) -> None:
    with changing(store, DAY) as change:
        rename(change, "B1", "青禾新社区", "文1")
    found = compared(store, seen(BASE, SECOND, {"B1": ["A-1"]}, names={"B1": "青禾新社区"}))
    assert told(found)["B1|A-1|"] == ("B1", "failed", "seen")
    assert told(found)["B1|A-2|"] == ("B1", "passed", "propose")


def test_issues_that_came_together_share_what_the_run_found(store: Store) -> None:
    closed(store, "B1|A-2|", DAY)
    with changing(store, DAY) as change:
        merge(change, ["B1", "B2"], Heir("B2", "青塘社区"), "文1")
    found = compared(store, seen(BASE, SECOND, {"B2": ["A-1", "A-2"]}, without=["B1"]))
    assert told(found)["B1|A-1|"] == told(found)["B2|A-1|"] == ("B2", "failed", "seen")
    assert told(found)["B1|A-2|"][1:] == ("failed", "suspected")  # closed before it moved, it comes back where it belongs now
    assert where(store)["B1|A-2|"] == ("B2", "青塘社区")
    assert found.opened.new == 0
    assert not found.balance.broken


def test_of_two_that_came_together_only_one_comes_back(store: Store) -> None:
    closed(store, "B1|A-1|", DAY)
    with changing(store, DAY) as change:
        merge(change, ["B1", "B2"], Heir("B2", "青塘社区"), "文1")
    found = compared(store, seen(BASE, SECOND, {"B2": ["A-1"]}, without=["B1"]))
    assert told(found)["B2|A-1|"] == ("B2", "failed", "seen")
    assert told(found)["B1|A-1|"] == ("B1", "failed", "unchecked")
    assert found.balance.total.flows["rebound"] == 0


def heirs_of_six(store: Store, places: Mapping[str, str] = {}) -> None:
    with changing(store, DAY) as change:
        told = {issue_of(store, key).id: branch for key, branch in places.items()}
        split(change, "B6", [Heir("B7", "新槐社区"), Heir("B8", "芦湾社区")], "文1", told)


def later(unmet: Mapping[str, list[str]], *, absent: tuple[str, ...] = (), day: date = SECOND) -> Run:
    return seen(GROWN, day, unmet, absent=absent, without=["B6"])


def test_an_heir_that_fails_too_has_an_issue_of_its_own(store: Store) -> None:
    heirs_of_six(store)
    found = compared(store, later({"B7": ["A-1"], "B8": ["A-1"]}))
    assert told(found)["B6|A-1|"] == ("B7", "failed", "seen")
    assert found.opened.new == 1
    assert {row.key for row in rows(store, branch="B8")} == {"B8|A-1|"}
    again = compared(store, later({"B8": ["A-1"]}, day=THIRD))
    assert told(again)["B6|A-1|"] == ("B7", "passed", "propose")
    assert told(again)["B8|A-1|"] == ("B8", "failed", "seen")


def test_an_heir_answers_only_for_what_it_was_given(store: Store) -> None:
    heirs_of_six(store, {"B6|A-1|": "B8"})
    found = compared(store, later({"B7": ["A-1"]}))
    assert told(found)["B6|A-1|"] == ("B8", "passed", "propose")
    assert [row.key for row in rows(store, branch="B7", item="A-1")] == ["B7|A-1|"]
    assert told(compared(store, later({}, absent=("B8",), day=THIRD)))["B6|A-1|"] == ("B8", "not_checked", "unchecked")


def test_what_a_split_branch_had_closed_comes_back_at_one_heir(store: Store) -> None:
    closed(store, "B6|A-1|", DAY)
    heirs_of_six(store)
    assert told(compared(store, later({}, absent=("B8",))))["B6|A-1|"] == ("B6", "not_checked", "unchecked")
    assert told(compared(store, later({}, day=SECOND + timedelta(days=1))))["B6|A-1|"] == ("B6", "passed", "kept")
    found = compared(store, later({"B7": ["A-1"], "B8": ["A-1"]}, day=THIRD))
    assert told(found)["B6|A-1|"] == ("B6", "failed", "rebound")
    assert (where(store)["B6|A-1|"], found.opened.new, found.balance.broken) == (("B7", "新槐社区"), 1, [])
    assert compared(store, later({"B7": ["A-1"], "B8": ["A-1"]}, day=THIRD)).again


def test_a_run_from_before_the_split_still_speaks_for_its_issues(store: Store) -> None:
    with changing(store, THIRD) as change:
        split(change, "B6", [Heir("B7", "新槐社区"), Heir("B8", "芦湾社区")], "文1")
    found = compared(store, seen(BASE, SECOND, {"B6": ["A-1"]}), on=THIRD)
    assert told(found)["B6|A-1|"] == ("B7", "failed", "seen")
    assert told(found)["B6|A-2|"] == ("B7", "passed", "propose")
    assert found.opened.new == 0


# --- seed 003: 24 communities become 35 ------------------------------------------------------

OLD = places_of({"云台街道": [f"云{n}社区" for n in range(1, 13)], "清渠街道": [f"清{n}社区" for n in range(1, 13)]})
SPLITS = {f"B{number}": (f"B{number}", f"B{number + 24}") for number in range(1, 12)}
NEW = OLD | {ids[1]: (OLD[id_][0].replace("社区", "新社区"), OLD[id_][1]) for id_, ids in SPLITS.items()}
ITEMS = ("K-1", "A-1", "T-1", "W-1")
LIMITS = [pack(ledger={"common_least": 99})]


@pytest.mark.parametrize("keeps", [True, False])
def test_24_communities_grow_to_35_and_no_issue_is_lost_or_counted_twice(tmp_path: Path, keeps: bool) -> None:
    """``keeps``: the old branch goes on under its own id beside the new one; otherwise both are new."""
    new = dict(NEW)
    heirs = {id_: [Heir(one if keeps or one != id_ else f"{one}x", new[one][0]) for one in ids] for id_, ids in SPLITS.items()}
    if not keeps:
        new = {(f"{id_}x" if id_ in SPLITS else id_): place for id_, place in new.items()}
    store = new_store(tmp_path / "ledger.db")
    opened(store, seen(failing(LIMITS, OLD), FIRST, dict.fromkeys(OLD, ITEMS)))
    assert store.open_by_branch() == dict.fromkeys(OLD, len(ITEMS))
    with changing(store, DAY) as change:
        for id_, both in heirs.items():
            split(change, id_, both, "区划〔2024〕1号", {issue_of(store, f"{id_}|{item}|").id: both[1].id for item in ("A-1", "T-1")})
    run = seen(failing(LIMITS, new), SECOND, dict.fromkeys(new, ITEMS))
    found = compared(store, run)
    assert len(run.register.branches) == 35
    assert {line.follows for line in found.lines} == {"seen"}
    assert len(found.lines) == 24 * len(ITEMS)
    assert all(run.register.by_id()[line.row.branch].name == line.row.branch_name for line in found.lines)
    assert found.opened.new == 35 * len(ITEMS) - 24 * len(ITEMS)
    assert store.open_by_branch() == dict.fromkeys(new, len(ITEMS))
    assert len({(row.branch, row.item) for row in rows(store)}) == len(rows(store)) == 35 * len(ITEMS)
    total = found.balance.total
    moved = 11 * len(ITEMS) // 2 if keeps else 11 * len(ITEMS)
    assert (total.opening, total.flows["moved_in"], total.flows["moved_out"], total.closing) == (96, moved, moved, 140)
    assert found.balance.broken == []
    assert compared(store, run).again
    assert compared(store, seen(failing(LIMITS, new), THIRD, dict.fromkeys(new, ITEMS))).counts == {"seen": 140}
    store.close()


# --- any history ------------------------------------------------------------------------------


CHANGES = ("merge", "split", "rename", "dissolve", "close")


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@drawn(st.lists(st.tuples(st.sampled_from(CHANGES), st.integers(0, 50), st.integers(0, 50)), max_size=8))
def test_any_history_balances_and_every_open_issue_is_with_a_living_branch(
    tmp_path_factory: pytest.TempPathFactory, told: list[tuple[str, int, int]]
) -> None:
    store = new_store(tmp_path_factory.mktemp("any") / "ledger.db")
    try:
        opened(store, seen(failing(LIMITS), FIRST, {f"B{number}": ["A-1", "A-2", "T-1"] for number in range(1, 7)}))
        left = set[str]()
        for step, (what, one, two) in enumerate(told):
            living = [id_ for id_, branch in store.book().branches.items() if branch.ended is None]
            if len(living) < 2:
                break
            a, b = living[one % len(living)], living[two % len(living)]
            before = len([row for row in rows(store) if row.open])
            with changing(store, DAY) as change:
                match what:
                    case "merge":
                        merge(change, [a, b], Heir(a if step % 2 else f"M{step}", f"并{step}"), "文")
                    case "split":
                        split(change, a, [Heir(a if step % 2 else f"S{step}a", f"分{step}"), Heir(f"S{step}b", f"分{step}乙")], "文")
                    case "rename":
                        rename(change, a, f"名{step}", "文")
                    case "dissolve":
                        dissolve(change, a, "文")
                        left.add(a)
            assert len([row for row in rows(store) if row.open]) == before
            if what == "close" and before:
                row = [row for row in rows(store) if row.open][one % before]
                move(store, issue_of(store, row.key), "dismiss", DAY, COUNTY, code="误判", text="不属实", second="周敏")
        book = store.book()
        assert balance(store, 0).broken == []
        assert {row.branch for row in rows(store) if row.open} <= {id_ for id_, one in book.branches.items() if one.ended is None} | left
        assert store.rebuild() == []
    finally:
        store.close()


# --- the commands -------------------------------------------------------------------------------


@pytest.mark.parametrize("change_of", ["rename", "merge", "split", "split twice"])
def test_no_branch_comes_to_bear_the_name_of_another(store: Store, change_of: str) -> None:
    """A name that two branches bear says nothing any more: filters mix them, and nothing can be added to either."""
    heirs = [Heir("B8", "新社区" if change_of == "split twice" else "听泉社区"), Heir("B9", "新社区")]
    asked = {"rename": (rename, "B1", "听泉社区"), "merge": (merge, ["B1", "B2"], heirs[0])}
    assert refused(store, *asked.get(change_of, (split, "B1", heirs)), "文1") == ["branches.E434"]


def test_a_new_branch_says_its_township_where_others_have_one(store: Store) -> None:
    with pytest.raises(Failure) as caught, changing(store, DAY) as change:
        set_up(change, Heir("B9", "新港社区"), "文1")
    assert [one.code for one in caught.value.findings] == ["E435"]


def test_the_commands(tmp_path: Path, store: Store) -> None:
    move(store, issue_of(store, "B6|A-2|"), "register", FIRST)
    number = issue_of(store, "B6|A-2|").number
    who = (
        "--ledger",
        tmp_path / "ledger.db",
        "--as-of",
        DAY,
        "--actor",
        "李明",
        "--unit",
        "县委组织部",
        "--role",
        "county",
        "--document",
        "文1",
    )

    def said(*words: str) -> str:
        done = run_command(COMMANDS, "branch", *words, *who)
        assert done.exit_code == 0, done.output
        return done.output.strip()

    assert said("setup", "B30:新港社区:高新街道") == "已登记支部 B30 新港社区;高新街道在台账里是第一次出现,请核对"
    assert said("rename", "青禾社区", "青禾新社区") == "2 个问题随支部变更"
    assert said("split", "B6", "--into", "B7：新槐社区", "--into", "B8:芦湾社区", "--issue", f"{number}=B8") == "3 个问题随支部变更"
    assert said("merge", "B1", "B2", "--into", "B1:青塘社区") == "3 个问题随支部变更"
    assert said("dissolve", "B3") == "还有 0 个问题未了结:—"
    assert where(store)["B6|A-2|"] == ("B8", "芦湾社区")
    wrong = run_command(COMMANDS, "branch", "setup", "新港社区", *who)
    assert (wrong.exit_code, "ID:NAME" in wrong.output, "编码:名称" in wrong.output) == (2, True, True)
    ended = run_command(COMMANDS, "branch", "rename", "双塘社区", "新", *who)
    assert (ended.exit_code, "现在的支部:B1" in ended.output) == (2, True)
