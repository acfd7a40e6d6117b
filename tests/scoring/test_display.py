"""What is shown is cut, never rounded up: no display shows a line that was not reached (MEANING section 1)."""

from fractions import Fraction

from hypothesis import example, given
from hypothesis import strategies as st

from evaluator.reports.context import percent as shown_percent
from evaluator.scoring.explain import decimal, points
from evaluator.scoring.rows import percent

WHOLE = st.integers(0, 10**13)
CENT = Fraction(1, 100)


@given(WHOLE, st.integers(1, 10**9))
@example(18_999, 200)  # 94.995 %, not 95
@example(9_499_999, 100_000)
def test_a_value_is_shown_cut_to_two_places(num: int, den: int) -> None:
    assert 0 <= Fraction(num, den) - Fraction(decimal(num, den)) < CENT


@given(st.integers(0, 10_000), st.integers(1, 10_000))
@example(9_499, 10_000)
@example(79_99, 100_00)
def test_a_score_is_cut_to_a_hundredth_of_a_percent(earned: int, applicable: int) -> None:
    cut = percent(earned, applicable)
    assert cut is not None
    assert 0 <= Fraction(100 * earned, applicable) - Fraction(cut, 100) < CENT
    assert Fraction(shown_percent(cut).removesuffix("%")) == Fraction(cut, 100)


@given(st.integers(-(10**7), 10**7))
def test_points_are_shown_as_they_are(hundredths: int) -> None:
    assert Fraction(points(hundredths)) == Fraction(hundredths, 100)


def test_a_share_of_nothing_is_none() -> None:
    assert percent(0, 0) is None
    assert percent(None, 100) is None
