"""Both sides changed since a workbook went out: other fields merge, the same field is for people to decide, in any order of files."""

import itertools
import tempfile
from collections.abc import Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from exchange_ledgers import COUNTY, LATER, OWNER, SENT, TOWNSHIP, fill, issues, make_ledger, send, take, told
from hypothesis import example, given, settings
from hypothesis import strategies as st

from evaluator.ledger.acts import act
from evaluator.ledger.entries import Issue
from evaluator.ledger.events import Draft
from evaluator.ledger.store import Store
from evaluator.ledger.workbooks.contract import read_value, same, values_of

NAMES = ("person", "unit", "measures", "progress", "delivered")
TEXTS = st.text(st.sampled_from("甲乙丙丁,。 \uff0cA1(\n"), min_size=1, max_size=8).filter(lambda text: bool(same(text)))
DAYS = st.dates(SENT, LATER).map(str)
VALUES = {"person": TEXTS, "unit": TEXTS, "measures": TEXTS, "progress": TEXTS, "delivered": DAYS}
EDITS = st.fixed_dictionaries({}, optional=VALUES)
SOME = settings(max_examples=15)


@contextmanager
def out_and_back(role: str = "township") -> Any:
    """Yield a ledger of one issue, its workbook, and the folder of both."""
    with tempfile.TemporaryDirectory() as folder:
        store = make_ledger(Path(folder) / "l.db", 1)
        send(store, Path(folder) / "out", role=role)
        try:
            yield store, Path(folder) / "out" / "云台街道.xlsx", Path(folder)
        finally:
            store.close()


def in_ledger(store: Store, edits: Mapping[str, str]) -> None:
    """Change the issue in the ledger itself."""
    id_ = issues(store)[0].id
    with store.change(TOWNSHIP, LATER, "test") as change:
        fields = {name: edits[name] for name in ("person", "unit") if name in edits}
        if fields:
            change.add(Draft(id_, "edit", {"fields": fields}))
        if "measures" in edits:
            act(
                change,
                change.issue(id_),
                "assign",
                {"measures": [{"text": line} for line in edits["measures"].split("\n") if line.strip()]},
            )
        if "delivered" in edits:
            act(change, change.issue(id_), "deliver", {"on": edits["delivered"]})
        if "progress" in edits:
            act(change, change.issue(id_), "progress", {"text": edits["progress"]})


def kept(name: str, value: str) -> str:
    """Return a value as the ledger keeps it, in the form that is compared."""
    return same(read_value(name, value))


def differ(edits: Mapping[str, str], before: Mapping[str, str]) -> dict[str, str]:
    """Return the edits that change something, as the ledger keeps them."""
    return {name: value for name, value in edits.items() if kept(name, value) != same(before[name])}


@SOME
@given(data=st.data(), names=st.permutations(NAMES), cut=st.integers(0, 5))
def test_disjoint_edits_of_both_sides_merge(data: st.DataObject, names: list[str], cut: int) -> None:
    ours = {name: data.draw(VALUES[name], name) for name in names[:cut]}
    theirs = {name: data.draw(VALUES[name], name) for name in names[cut:]}
    with out_and_back() as (store, path, _):
        before = values_of(issues(store)[0])
        in_ledger(store, ours)
        made = take(store, fill(path, {0: theirs}))
        assert told(made) == []
        after = values_of(issues(store)[0])
        for name, value in (ours | theirs).items():
            assert same(after[name]) == kept(name, value)
        assert {name: after[name] for name in before if name not in NAMES} == {name: before[name] for name in before if name not in NAMES}
        changed = differ(theirs, before)
        assert made.counts["parallel" if changed and differ(ours, before) else "updated" if changed else "unchanged"] == 1


@SOME
@given(data=st.data(), ours=EDITS, name=st.sampled_from(NAMES))
def test_the_same_field_changed_otherwise_on_both_sides_always_conflicts(data: st.DataObject, ours: dict[str, str], name: str) -> None:
    with out_and_back() as (store, path, _):
        before = values_of(issues(store)[0])
        mine = data.draw(VALUES[name].filter(lambda value: kept(name, value) != same(before[name])), "ledger")
        yours = data.draw(VALUES[name].filter(lambda value: kept(name, value) not in (same(before[name]), kept(name, mine))), "sheet")
        in_ledger(store, {**ours, name: mine})
        head, after = store.head(), issues(store)
        made = take(store, fill(path, {0: {name: yours}}))
        assert [one.code for one in made.told] == ["E618"]
        assert made.counts["conflict"] == 1
        assert (store.head(), issues(store)) == (head, after)


@SOME
@given(edits=EDITS)
def test_the_same_change_on_both_sides_is_no_change(edits: dict[str, str]) -> None:
    with out_and_back() as (store, path, _):
        in_ledger(store, edits)
        after = issues(store)
        made = take(store, fill(path, {0: edits}))
        assert told(made) == []
        assert made.counts["unchanged"] == 1
        assert issues(store) == after


@SOME
@given(edits=EDITS)
def test_an_untouched_workbook_changes_nothing_whatever_the_ledger_did(edits: dict[str, str]) -> None:
    with out_and_back() as (store, path, _):
        in_ledger(store, edits)
        after = issues(store)
        made = take(store, path)
        assert told(made) == []
        assert issues(store) == after


@SOME
@given(first=EDITS, second=EDITS)
@example(first={"person": "甲"}, second={"person": "甲", "unit": "乙"})
def test_the_order_of_files_does_not_matter(first: dict[str, str], second: dict[str, str]) -> None:
    with out_and_back() as (store, path, folder):
        one, two = (fill(path, {0: edits}, target=folder / f"{n}.xlsx") for n, edits in enumerate((first, second)))
        before = values_of(issues(store)[0])
        results = []
        for order in itertools.permutations((one, two)):
            store.backup(folder / f"{len(results)}.db")
            copy = Store.open(folder / f"{len(results)}.db")
            made = take(copy, *order)
            results.append((told(made), issues(copy), made.counts))
            copy.close()
        assert results[0] == results[1]
        both = differ(first, before).keys() & differ(second, before).keys()
        clash = {name for name in both if kept(name, first[name]) != kept(name, second[name])}
        assert sum(code == "E619" for code, _ in results[0][0]) == 2 * len(clash)
        if not clash:
            after = values_of(results[0][1][0])
            assert all(
                same(after[name]) == kept(name, value) for name, value in {**differ(first, before), **differ(second, before)}.items()
            )


def test_a_conflict_shows_all_three_values_and_the_rest_of_the_row_merges_when_it_is_skipped() -> None:
    with out_and_back() as (store, path, _):
        in_ledger(store, {"person": "陈亮"})
        made = take(store, fill(path, {0: {"person": "林岚", "progress": "在办"}}), skip_refused=True)
        (finding,) = made.told
        assert [finding.values[name] for name in ("base", "now", "new")] == ["高翔", "陈亮", "林岚"]
        now = issues(store)[0].now
        assert (now.person, now.progress[-1].text) == ("陈亮", "在办")


def returned(store: Store) -> None:
    """Submit and send back in the ledger itself."""
    id_ = issues(store)[0].id
    papers = [{"name": "记录", "dated": str(LATER)}]
    with store.change(TOWNSHIP, LATER, "t") as change:
        act(change, change.issue(id_), "deliver", {"on": str(SENT)})
    with store.change(OWNER, LATER, "t") as change:
        act(change, change.issue(id_), "submit", {"done_on": str(LATER), "text": "完成", "papers": papers})
    with store.change(COUNTY, LATER, "t") as change:
        act(change, change.issue(id_), "accept", {"outcome": "none", "method": "site", "opinion": "未见整改"})


def test_a_submission_of_before_the_issue_was_sent_back_does_not_count_again() -> None:
    with out_and_back() as (store, path, _):
        returned(store)
        row = {"progress": "已完成", "papers": f"记录={LATER}", "done_on": str(LATER), "submit": "√"}
        made = take(store, fill(path, {0: row}))
        assert {one.code for one in made.told} == {"E628"}
        assert issues(store)[0].state == "rectifying"


def test_a_check_of_before_the_next_submission_does_not_count_for_it() -> None:
    with tempfile.TemporaryDirectory() as folder:
        store = make_ledger(Path(folder) / "l.db", 1)
        id_ = issues(store)[0].id
        papers = [{"name": "记录", "dated": str(LATER)}]

        def submit() -> None:
            with store.change(OWNER, LATER, "t") as change:
                act(change, change.issue(id_), "submit", {"done_on": str(LATER), "text": "完成", "papers": papers})

        submit()
        send(store, Path(folder) / "out", role="county")
        with store.change(COUNTY, LATER, "t") as change:
            act(change, change.issue(id_), "accept", {"outcome": "none", "method": "site", "opinion": "未见整改"})
        submit()
        row = {"outcome": "已整改", "method": "现场核查", "opinion": "属实"}
        made = take(store, fill(Path(folder) / "out" / "云台街道.xlsx", {0: row}, by="周敏"), actor=COUNTY)
        assert {one.code for one in made.told} == {"E628"}
        assert issues(store)[0].state == "submitted"


def test_a_new_cycle_is_not_touched_by_a_sheet_of_the_one_before() -> None:
    with out_and_back() as (store, path, _):
        id_ = issues(store)[0].id
        papers = [{"name": "记录", "dated": str(LATER)}]
        with store.change(OWNER, LATER, "t") as change:
            act(change, change.issue(id_), "submit", {"done_on": str(LATER), "text": "完成", "papers": papers})
        with store.change(COUNTY, LATER, "t") as change:
            act(change, change.issue(id_), "accept", {"outcome": "full", "method": "site", "opinion": "属实"})
            act(change, change.issue(id_), "recur", {"facts": "又缺一个月"})
            act(change, change.issue(id_), "assign", {})
        made = take(store, fill(path, {0: {"delivered": str(SENT)}}))
        assert [one.code for one in made.told] == ["E628"]
        assert issues(store)[0].now.delivered is None


def test_whatever_stands_in_a_cell_there_is_a_sentence_and_never_a_traceback() -> None:
    @settings(max_examples=25)
    @given(
        row=st.dictionaries(
            st.sampled_from(["number", "branch", "problem", "measures", "person", "delivered", "progress", "papers", "done_on", "submit"]),
            st.one_of(
                st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc")), max_size=12),
                st.integers(-(10**5), 10**9),
                st.dates(),
            ),
        ),
        at=st.sampled_from([0, 4]),
    )
    def check(row: dict[str, Any], at: int) -> None:
        with out_and_back() as (store, path, _):
            before: list[Issue] = issues(store)
            fill(path, {at: row})
            made = take(store, path)
            for finding in made.told:
                assert finding.message("zh")
                assert finding.message("en")
            assert not made.applied or not made.bad
            if made.bad:
                assert issues(store) == before

    check()
