"""Periods: how they are written, what of them has passed, what is due, and dates counted back."""

import calendar
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evaluator.scoring.period import Period, day_number, earlier, parse_period

DAYS = st.dates(date(1990, 1, 1), date(2050, 12, 31))


def period(start: str, end: str, as_of: str | None = None) -> Period:
    return Period(date.fromisoformat(start), date.fromisoformat(end), date.fromisoformat(as_of or end))


@pytest.mark.parametrize(
    ("text", "start", "end"),
    [
        (None, "2024-01-01", "2024-12-31"),
        ("2023", "2023-01-01", "2023-12-31"),
        ("2024Q1", "2024-01-01", "2024-03-31"),
        ("2023q2", "2023-04-01", "2023-06-30"),
        ("2023Q4", "2023-10-01", "2023-12-31"),
        ("2023-02-10..2024-02-29", "2023-02-10", "2024-02-29"),
    ],
)
def test_how_a_period_is_written(text: str | None, start: str, end: str) -> None:
    as_of = date(2024, 5, 6)
    found = parse_period(text, as_of)
    assert (str(found), found.reference) == (f"{start}..{end}", min(as_of, date.fromisoformat(end)))


@pytest.mark.parametrize(
    "text", ["", "23", "2023Q5", "2023-1", "2023-01-01", "2023-06-30..2023-01-01", "2023-02-30..2023-03-01", "2025", "0000"]
)
def test_what_is_no_period(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011  # the caller words the message
        parse_period(text, date(2024, 5, 6))


@settings(deadline=None)
@given(st.integers(1995, 2045), DAYS)
def test_months_and_quarters_of_a_year_count_when_their_last_day_has_come(year: int, as_of: date) -> None:
    found = Period(date(year, 1, 1), date(year, 12, 31), as_of)
    ends = [date(year, month, calendar.monthrange(year, month)[1]) for month in range(1, 13)]
    assert found.complete(1) == sum(end <= as_of for end in ends)
    assert found.complete(3) == sum(end <= as_of for end in ends[2::3])


@settings(deadline=None)
@given(DAYS, st.integers(0, 900), st.integers(0, 900))
def test_complete_spans_never_shrink_and_grow_one_by_one(start: date, length: int, passed: int) -> None:
    end = start + timedelta(days=length)
    today, tomorrow = (Period(start, end, start + timedelta(days=passed + more)) for more in (0, 1))
    for months in (1, 3):
        assert tomorrow.complete(months) - today.complete(months) in (0, 1)
        assert today.complete(months) * 28 * months <= (today.reference - start).days + 1 + months * 3
    assert today.complete(3) == today.complete(1) // 3


@pytest.mark.parametrize(
    ("start", "day", "months"),
    [("2023-01-15", "2023-02-13", 0), ("2023-01-15", "2023-02-14", 1), ("2024-01-31", "2024-02-28", 1), ("2023-04-01", "2023-06-30", 3)],
)
def test_months_of_a_period_that_begins_within_one(start: str, day: str, months: int) -> None:
    assert period(start, "2024-12-31", day).complete(1) == months


@pytest.mark.parametrize(
    ("start", "end", "due", "first"),  # the first day on which it is owed; None: never within the period
    [
        ("2023-01-01", "2023-12-31", "period_end", "2023-12-31"),
        ("2023-04-01", "2023-06-30", "period_end", "2023-06-30"),
        ("2023-01-01", "2023-12-31", 11, "2023-11-30"),
        ("2024-01-01", "2024-12-31", 2, "2024-02-29"),
        ("2023-04-01", "2023-06-30", 5, "2023-05-31"),
        ("2023-04-01", "2023-06-30", 2, "2023-04-01"),  # its month is over
        ("2023-04-01", "2023-06-30", 12, None),
        ("2022-07-01", "2023-06-30", 12, "2022-12-31"),
        ("2022-07-01", "2023-06-30", 3, "2023-03-31"),
        ("2023-01-01", "2023-12-31", None, "2023-01-01"),
    ],
)
def test_when_an_item_is_owed(start: str, end: str, due: int | None, first: str | None) -> None:
    first_day = date.fromisoformat(start)
    days = [first_day + timedelta(days=n) for n in range((date.fromisoformat(end) - first_day).days + 1)]
    owed = [day for day in days if Period(first_day, days[-1], day).owed(due)]  # type: ignore[arg-type]
    assert owed == ([] if first is None else [day for day in days if day >= date.fromisoformat(first)])


@settings(deadline=None)
@given(DAYS, st.integers(0, 40), st.sampled_from(["days", "months", "years"]))
def test_so_much_before_a_day(day: date, amount: int, unit: str) -> None:
    found = earlier(day, amount, unit)  # type: ignore[arg-type]
    if unit == "days":
        assert (day - found).days == amount
        return
    months = amount * (12 if unit == "years" else 1)
    assert (day.year - found.year) * 12 + day.month - found.month == months
    assert found.day == min(day.day, calendar.monthrange(found.year, found.month)[1])


@pytest.mark.parametrize(
    ("day", "amount", "unit", "found"),
    [
        ("2024-02-29", 1, "years", "2023-02-28"),
        ("2024-02-29", 4, "years", "2020-02-29"),
        ("2023-12-31", 1, "months", "2023-11-30"),
        ("2023-03-31", 1, "months", "2023-02-28"),
        ("2023-01-31", 1, "months", "2022-12-31"),
        ("2023-01-31", -1, "months", "2023-02-28"),
    ],
)
def test_the_end_of_a_month_is_clipped(day: str, amount: int, unit: str, found: str) -> None:
    assert earlier(date.fromisoformat(day), amount, unit) == date.fromisoformat(found)  # type: ignore[arg-type]


def test_days_are_counted_from_1970() -> None:
    assert [day_number(date(1970, 1, 1)), day_number(date(1969, 12, 31)), day_number(date(2023, 1, 1))] == [0, -1, 19358]
