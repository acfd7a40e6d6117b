"""The rules of a jurisdiction counted a second time, plainly: for each branch, who stands before it, compared with all others."""

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from scope_tables import BASIS, One, earlier, scope_pack, stage

from evaluator.scoring.earlier import Earlier

TOWNS = (("市", "区", "东街道"), ("市", "区", "西街道"), ("市", "县", "东街道"), ())
LEVELS = st.integers(0, 5)


def plain_count(ones: Sequence[One], scope: Mapping[str, Any], before: Sequence[Earlier]) -> dict[str, tuple[Any, ...]]:
    """Return rank, level, caps, tie and streaks of each branch, by definition and without any sorting.

    Nothing of the stage is used: a branch's rank is one more than the count of those before it.
    """
    told: dict[str, tuple[Any, ...]] = {one.id: (None, None, (), (), ()) for one in ones}
    for town in {one.path for one in ones}:
        here = [one for one in ones if one.path == town]
        seen = [one for one in here if one.level is not None]
        worth = {one.id: (one.level, Fraction(*one.score) if one.score else -1) for one in seen}
        rank = {id_: 1 + sum(other > own for other in worth.values()) for id_, own in worth.items()}
        level = {one.id: one.level or 0 for one in seen}
        if "rise" in scope and before:
            for id_ in level:
                if id_ in before[-1].proposed:
                    level[id_] = min(level[id_], before[-1].proposed[id_] + scope["rise"]["at_most"])
        caps: dict[str, list[int]] = {id_: [] for id_ in level}
        tied: dict[str, list[int]] = {id_: [] for id_ in level}
        for most in range(5, 0, -1):
            for cap in (one for one in scope["caps"] if one["level"] == most):
                base = len(here) if cap["of"] == "expected" else len(seen)
                room = int(cap["at_most"].rstrip("%")) * base // 100
                wanting = [id_ for id_ in level if level[id_] >= most]
                for id_ in wanting:
                    ahead = sum(rank[other] < rank[id_] for other in wanting)
                    equal = sum(rank[other] == rank[id_] for other in wanting)
                    if ahead + equal > room:
                        caps[id_].append(most)
                        tied[id_] += [most] if ahead < room else []
                for id_ in wanting:
                    level[id_] = cap["then"] if most in caps[id_] else level[id_]
        for one in seen:
            runs = 1 if one.level is not None and one.level < scope["streaks"][0]["level_below"] else 0
            follows = 4
            for run in reversed(before):
                quarter = (run.start.month + 2) // 3
                if not runs or quarter != follows - 1 or run.levels.get(one.id, 99) >= scope["streaks"][0]["level_below"]:
                    break
                runs, follows = runs + 1, quarter
            streak = ("S",) if runs >= scope["streaks"][0]["periods"] else ()
            told[one.id] = (rank[one.id], level[one.id], tuple(caps[one.id]), tuple(tied[one.id]), streak)
    return told


@st.composite
def branches(draw: st.DrawFn) -> list[One]:
    """Branches of several townships, with few different scores so that many tie."""
    scores = st.one_of(st.none(), st.tuples(st.integers(0, 6), st.sampled_from([3, 6, 7])))
    size = draw(st.integers(1, 40))
    return [
        One(f"B{n:02d}", draw(st.none() | LEVELS | st.just(5)), draw(scores), draw(st.sampled_from(TOWNS)), order=draw(st.integers(1, 9)))
        for n in range(size)
    ]


@st.composite
def rules(draw: st.DrawFn) -> dict[str, Any]:
    caps = [
        {"level": level, "at_most": f"{draw(st.integers(0, 100))}%", "of": draw(st.sampled_from(["visited", "expected"])), **BASIS}
        | {"then": draw(st.integers(0, level - 1))}
        for level in draw(st.lists(st.integers(1, 5), unique=True, max_size=3))
    ]
    streak = {"id": "S", "text": "连续", "level_below": draw(st.integers(1, 5)), "periods": draw(st.integers(1, 4)), **BASIS}
    rise = {"rise": {"at_most": draw(st.integers(1, 2)), **BASIS}} if draw(st.booleans()) else {}
    return {"caps": caps, "streaks": [streak], **rise}


@given(ones=branches(), scope=rules(), data=st.data())
@settings(max_examples=150)
def test_a_plain_count_comes_to_the_same(ones: list[One], scope: dict[str, Any], data: st.DataObject) -> None:
    quarters = data.draw(st.lists(st.integers(1, 3), unique=True).map(sorted))
    ids = st.sampled_from([one.id for one in ones])
    before = [earlier(n, data.draw(st.dictionaries(ids, LEVELS)), proposed=data.draw(st.dictionaries(ids, LEVELS))) for n in quarters]
    found, counts = stage(scope_pack(scope), ones, before)
    counted = plain_count(ones, scope, before)
    assert {id_: (row.rank, row.level_after, row.caps, row.tied, row.streaks) for id_, row in found.items()} == counted
    for (town, rule, id_), row in counts.items():
        if rule == "cap":
            own = [one for one in found.values() if one.scope == town]
            assert (row.refused, row.tied <= row.refused) == (sum(int(id_) in one.caps for one in own), True)
            kept = sum(one.level_after is not None and one.level_after >= int(id_) for one in own)
            assert kept <= (row.allowed or 0)  # a cap is never passed, whatever ties
    # no rule ever raises a level
    assert all((row.level_after or 0) <= (row.level_before or 0) for row in found.values())
