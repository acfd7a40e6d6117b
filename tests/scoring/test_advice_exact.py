"""Advice equals what trying everything gives: all sets of changes, all values of missing evidence, on packs drawn by hypothesis."""

from collections import Counter
from itertools import combinations
from random import Random
from typing import Any

from advice_cases import INDICATORS, Bench, Rows, fillings, small_cases
from drawing import END, START
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pack_strategies import Case, cases

from evaluator.diagnostics import Failure, Place
from evaluator.evidence.records import Evidence, Record, Register
from evaluator.evidence.register import Branch
from evaluator.scoring.advice.changes import Change, changes, desk
from evaluator.scoring.advice.least import Found, Goal, by_sums, least, search
from evaluator.scoring.advice.settling import settling
from evaluator.scoring.advice.state import Desk
from evaluator.scoring.advice.sums import additive
from evaluator.scoring.period import Period

MOST = 5  # changes of which all sets are tried
YEAR = Period(START, END, END)
SEEN: Counter[str] = Counter()
ALL = tuple(HealthCheck)


def spoilt(case: Case, random: Random) -> Case:
    """Return the case with items that others must mend, lapses that last and other limits."""
    for pack in case.packs:
        pack["deadlines"] |= {"later": {"label": "限期", "days": 30}, "late": {"label": "限期", "days": 3, "unit": "month"}}
        listed = [one for group in pack["groups"] for one in group["criteria"]]
        for item in (*listed, *pack.get("vetoes", ()), *pack.get("triggers", ())):
            item["deadline"] = random.choice(("soon", "later", "late"))
            item["fixable_by"] = random.choice(("branch", "branch", "township"))
        for item in listed:
            item["irreversible"] = random.random() < 0.2
    return case


@settings(max_examples=25, suppress_health_check=ALL)
@given(cases(), st.integers(0, 1000))
def check_changes(case: Case, seed: int) -> None:
    random = Random(seed)
    try:
        bench = Bench(spoilt(case, random).packs, case.period, case.evidence)
    except Failure:
        return
    for number, branch in enumerate(bench.branches[:2]):
        made = desk(bench.run, branch.id)
        for pack in bench.packs:
            place = next(one.number for one in bench.plan.packs if one.id == pack.pack)
            levels = bench.levels(number, place)
            if levels is None:
                assert not made.visited(bench.plan.packs[place])
                continue
            assert made.levels(place)[:2] == levels
            found = changes(bench.run, branch.id, pack, made)
            every = [*found.own, *found.others]
            free = [every[one] for one in sorted(random.sample(range(len(every)), min(MOST, len(every))))]
            for level in {line.level for line in pack.rating} - {levels[0]}:
                compare(bench, number, made, Goal(place, level, level > levels[0]), free)


@settings(max_examples=25, suppress_health_check=ALL)
@given(small_cases(every=True), st.integers(0, 1000))
def check_small_changes(drawn: tuple[dict[str, Any], dict[str, int]], seed: int) -> None:
    """The same where stars are many, so that it takes several changes."""
    pack, known = drawn
    random = Random(seed)
    evidence = evidence_of(known)
    bench = Bench(spoilt(Case((pack,), YEAR, evidence), random).packs, YEAR, evidence)
    levels = bench.levels(0, 0)
    if levels is None:
        return
    made = desk(bench.run, "B1")
    found = changes(bench.run, "B1", bench.packs[0], made)
    for free in (found.own, (*found.own, *found.others)):
        for level in {line.level for line in bench.packs[0].rating if line.level > levels[0]}:
            compare(bench, 0, made, Goal(0, level, True), list(free)[:6])


def compare(bench: Bench, branch: int, made: Desk, goal: Goal, free: list[Change]) -> None:
    wanted = bench.smallest(branch, goal, free, made.lasting)
    assert least(made, goal, free) == Found(wanted, True)
    assert search(made, goal, free) == Found(wanted, True)
    if additive(made, goal.pack, free, goal.up):
        SEEN["sums"] += 1
        assert by_sums(made, goal, free) == wanted
    if wanted:
        SEEN[f"of {len(wanted)}"] += 1
        bound = search(made, goal, free, tries=2)
        assert bound.changes is None or len(bound.changes) >= len(wanted)
        assert not bound.exact or len(bound.changes or ()) == len(wanted)


def test_the_smallest_set_of_changes_is_what_trying_all_sets_gives() -> None:
    SEEN.clear()
    check_changes()
    check_small_changes()
    assert SEEN["sums"] >= 20
    assert SEEN["of 1"] >= 5
    assert SEEN["of 2"] >= 1


# --- evidence -----------------------------------------------------------------


def evidence_of(known: dict[str, int]) -> Evidence:
    records = tuple(Record("B1", id_, value, False, None, 1, "", "", "", "", Place("表")) for id_, value in known.items())
    return Evidence(Register((Branch("B1", "甲", 0, (), {}),)), records)


def known_rows(bench: Bench, known: dict[str, int]) -> Rows:
    numbers = {one.id: one.number for one in bench.plan.inputs}
    row: dict[str, Any] = {"branch": 0, "na": False, "day": None, "stage": 1, "ref": ""}
    return [{**row, "input": numbers[id_], "value": value, "row": place} for place, (id_, value) in enumerate(known.items())]


@settings(max_examples=40, suppress_health_check=ALL)
@given(small_cases())
def check_settling(drawn: tuple[dict[str, Any], dict[str, int]]) -> None:
    pack, known = drawn
    bench = Bench([pack], YEAR, evidence_of(known))
    if bench.levels(0, 0) is None:
        return
    missing = [id_ for id_ in INDICATORS if id_ not in known]

    def settles(chosen: tuple[str, ...]) -> bool:
        return all(bench.settled(0, 0, known_rows(bench, {**known, **more})) for more in fillings(chosen))

    made = desk(bench.run, "B1")
    size = next(size for size in range(len(missing) + 1) if any(settles(chosen) for chosen in combinations(missing, size)))
    for values in (512, 0):
        found = settling(bench.run, "B1", 0, made, values)
        assert found.settled == (size == 0)
        assert found.needed is not None
        assert settles(found.needed)
        assert found.at_least <= size <= len(found.needed)
        assert not found.exact or len(found.needed) == size
        if values:
            assert found.exact
        SEEN[f"{'values' if values else 'hangs'} {found.exact} {size > 0}"] += 1


def test_the_smallest_set_of_evidence_is_what_trying_all_values_gives() -> None:
    SEEN.clear()
    check_settling()
    assert SEEN["values True True"] >= 10
    assert SEEN["hangs True True"] >= 10  # proved without trying all values
