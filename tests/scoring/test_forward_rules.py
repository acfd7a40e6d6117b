"""durable_rules gives every condition its three-valued meaning, however wide or nested, within its limits."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evaluator.scoring import forward
from evaluator.scoring.forward_terms import LONGEST, Condition, reads_result
from evaluator.scoring.plan import All, Any, Compare, Const, DerivedStep, Fixed, Holds, Not, Plus, Result, Slot, Test, When
from evaluator.scoring.rulesets import Rulebook

pytestmark = pytest.mark.skipif(not forward.available(), reason="durable_rules has no build for this Python")

SLOTS = 12


def several(inner: st.SearchStrategy[Test]) -> st.SearchStrategy[tuple[Test, ...]]:
    return st.lists(inner, max_size=5).map(tuple)


compares = st.builds(
    Compare,
    st.sampled_from(("<", "<=", "=", "!=", ">", ">=")),
    st.builds(Slot, st.integers(0, SLOTS - 1)),
    st.builds(Const, st.integers(0, 2)),
)
tests = st.recursive(
    compares | st.builds(Fixed, st.booleans()),
    lambda inner: st.builds(Not, inner) | st.builds(All, several(inner)) | st.builds(Any, several(inner)),
    max_leaves=25,
)


def kleene(test: Test, slots: list[int | None]) -> bool | None:
    match test:
        case Fixed(value):
            return value
        case Not(of):
            inner = kleene(of, slots)
            return None if inner is None else not inner
        case All(of) | Any(of):
            settles = isinstance(test, Any)
            verdicts = [kleene(part, slots) for part in of]
            return settles if settles in verdicts else None if None in verdicts else not settles
        case Compare(op, Slot(index), Const(right)):
            left = slots[index]
            if left is None:
                return None
            return {
                "<": left < right,
                "<=": left <= right,
                "=": left == right,
                "!=": left != right,
                ">": left > right,
                ">=": left >= right,
            }[op]
    raise AssertionError(test)


@settings(max_examples=60)
@given(
    st.lists(tests, min_size=1, max_size=6),
    st.lists(st.lists(st.none() | st.integers(0, 2), min_size=SLOTS, max_size=SLOTS), min_size=4, max_size=4),
)
def test_verdicts_are_those_of_sql(asked: list[Test], situations: list[list[int | None]]) -> None:
    book = Rulebook(asked)
    for slots in situations:
        verdicts = book.decide(slots, {})
        assert [verdicts[test] for test in asked] == [kleene(test, slots) for test in asked]


def test_hundreds_of_tests_are_sharded() -> None:
    asked = [Compare(">=", Slot(number), Const(threshold)) for number in range(60) for threshold in range(12)]
    verdicts = Rulebook(asked).decide([5] * 60, {})
    assert sum(bool(verdicts[test]) for test in asked) == 60 * 6


@pytest.mark.parametrize("kind", [All, Any])
def test_wide_conditions_become_several(kind: type[All] | type[Any]) -> None:
    inner = All if kind is Any else Any
    wide = kind(tuple(inner(tuple(Compare("=", Slot(row), Const(column)) for column in range(1, 4))) for row in range(100)))
    assert max(map(len, (Condition(wide).true, Condition(wide).false))) <= LONGEST
    book = Rulebook([wide])
    for slots in ([1] * 100, [0] * 100, [0] * 99 + [1], [1] * 99 + [0], [0] * 99 + [None], [1] * 99 + [None]):
        assert book.decide(slots, {})[wide] is kleene(wide, slots)


def test_unknown_everywhere_is_no_crash() -> None:
    """durable_rules frees a random address when a state is deleted in which nothing fired."""
    for threshold in range(40):
        test = Compare(">", Slot(0), Const(threshold))
        book = Rulebook([test, Compare("<", Slot(1), Const(threshold))])
        assert all(book.decide([None, None], {})[test] is None for _ in range(5))


def test_derived_values_wait_for_the_tests_inside_them() -> None:
    enough = Compare(">=", Slot(0), Const(30))
    steps = [
        DerivedStep("rate", 1, When(enough, Plus((Slot(0), Const(1))))),
        DerivedStep("good", 2, Holds(Compare(">", Slot(1), Const(40)))),
    ]
    asked = Compare("=", Slot(2), Const(1))
    book = Rulebook([asked], steps)
    for given_, expected, verdict in ((50, 51, True), (35, 36, False), (29, None, None), (None, None, None)):
        slots = [given_, None, None]
        assert book.decide(slots, {})[asked] is verdict
        assert slots[1] == expected


def test_large_numbers_are_compared_exactly() -> None:
    test = Compare(">", Slot(0), Slot(1))
    book = Rulebook([test])
    big = 9 * 10**18
    assert book.decide([big + 1, big], {})[test] is True
    assert book.decide([big, big], {})[test] is False


def test_what_reads_a_result() -> None:
    assert reads_result(Not(Compare(">", Result("hard", 0), Const(1))))
    assert reads_result(Holds(Compare(">", Result("num"), Const(1))))
    assert not reads_result(All((Compare(">", Slot(0), Const(1)),)))
    assert not reads_result(None)
