"""Due dates: every kind of time limit, the start of the clock, the boundary of the last day, the words."""

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluator.ledger.calendar import load_calendar, published
from evaluator.ledger.deadlines import DueDate, days_left, due, is_due_soon, is_overdue
from evaluator.packs.models import Deadline

FOUND = date(2026, 9, 10)
AS_OF = date(2026, 9, 30)


def rule(**keys: object) -> Deadline:
    return Deadline.model_validate({"label": "时限", **keys})


def day(text: str) -> date:
    return date.fromisoformat(text)


def worked_out(limit: Deadline, delivered: str | None, **more: Any) -> DueDate:
    letter = day(delivered) if delivered else None
    return due(limit, **{"as_of": AS_OF, "found": FOUND, "calendar": published(), **more}, delivered=letter)


@pytest.mark.parametrize(
    ("keys", "delivered", "expected"),
    [
        ({"days": 7}, "2026-09-17", "2026-09-24"),
        ({"days": 0}, "2026-09-17", "2026-09-17"),
        ({"days": 15}, "2026-09-17", "2026-10-02"),  # calendar days end on a holiday, too
        ({"days": 15, "unit": "workday"}, "2026-09-17", "2026-10-14"),
        ({"days": 0, "unit": "workday"}, "2026-10-03", "2026-10-03"),
        ({"days": 1, "unit": "month"}, "2026-01-31", "2026-02-28"),
        ({"days": 1, "unit": "month"}, "2028-01-31", "2028-02-29"),
        ({"days": 6, "unit": "month"}, "2026-08-31", "2027-02-28"),
        ({"days": 12, "unit": "month"}, "2028-02-29", "2029-02-28"),
        ({"date": "12-31"}, "2026-09-17", "2026-12-31"),
        ({"date": "12-31"}, "2026-12-31", "2026-12-31"),
        ({"date": "11-30"}, "2026-12-01", "2027-11-30"),
        ({"date": "02-30"}, "2027-03-01", "2028-02-29"),
        ({"at": "quarter_end"}, "2026-09-30", "2026-09-30"),
        ({"at": "quarter_end"}, "2026-10-01", "2026-12-31"),
        ({"at": "quarter_end"}, "2026-02-01", "2026-03-31"),
        ({"review_days": 90}, "2026-09-17", "2026-12-16"),
        ({"days": 7, "from": "found"}, None, "2026-09-17"),
        ({"days": 7, "from": "found"}, "2026-09-20", "2026-09-17"),
        ({"date": "12-31", "from": "found"}, None, "2026-12-31"),
    ],
)
def test_due_day(keys: dict[str, object], delivered: str | None, expected: str) -> None:
    found = worked_out(rule(**keys), delivered)
    assert (found.day, found.provisional) == (day(expected), False)


@pytest.mark.parametrize(
    ("keys", "zh", "en"),
    [
        ({"days": 15}, "下发后 15 日", "15 days after delivery"),
        ({"days": 3, "unit": "workday"}, "下发后 3 个工作日", "3 working days after delivery"),
        ({"days": 6, "unit": "month"}, "下发后 6 个月", "6 months after delivery"),
        ({"days": 0}, "下发当日", "on the day of delivery"),
        ({"review_days": 90}, "下发后每 90 日复核一次", "reviewed every 90 days from delivery"),
    ],
)
def test_before_delivery_a_span_has_no_date(keys: dict[str, object], zh: str, en: str) -> None:
    waiting = worked_out(rule(**keys), None)
    assert waiting.day is None
    assert (waiting.text("zh"), waiting.text("en")) == (zh, en)
    assert not is_overdue(waiting.day, date(2099, 1, 1))
    assert not is_due_soon(waiting.day, AS_OF)
    assert days_left(waiting.day, AS_OF) is None


def test_words_of_a_date() -> None:
    assert worked_out(rule(days=7), "2026-09-17").text("zh") == "不晚于 2026-09-24"
    assert worked_out(rule(review_days=90), "2026-09-17").text("zh") == "每 90 日复核一次,下次不晚于 2026-12-16"
    crossing = worked_out(rule(days=15, unit="workday"), "2026-12-20")
    assert (crossing.day, crossing.provisional, crossing.unknown_years) == (date(2027, 1, 8), True, (2027,))
    assert crossing.text("zh") == "不晚于 2027-01-08(暂定:2027 年放假安排未知,按周一至周五推算)"
    assert "provisional" in crossing.text("en")


def test_calendar_days_over_an_unknown_year_are_certain() -> None:
    assert not worked_out(rule(days=30), "2026-12-20").provisional


def test_a_review_runs_from_the_last_one() -> None:
    assert worked_out(rule(review_days=90), "2026-09-17", reviewed=date(2026, 12, 1)).day == date(2027, 3, 1)


def test_a_fixed_day_before_delivery_never_passes_unheard() -> None:
    late = date(2027, 1, 10)
    assert worked_out(rule(date="12-31"), None).day == date(2026, 12, 31)
    assert worked_out(rule(date="12-31"), None, as_of=late).day == date(2027, 12, 31)
    assert worked_out(rule(at="quarter_end"), None, as_of=late).day == date(2027, 3, 31)
    assert worked_out(rule(**{"date": "12-31", "from": "found"}), None, as_of=late).day == date(2026, 12, 31)


def test_the_period_end_and_a_letter_that_comes_after_it() -> None:
    limit, end = rule(at="period_end"), date(2026, 12, 31)
    assert worked_out(limit, "2026-12-31", period_end=end).day == end
    assert worked_out(limit, "2027-01-05", period_end=end).day == date(2027, 3, 31)


def test_a_users_calendar_counts(tmp_path: Path) -> None:
    path = tmp_path / "c.yaml"
    path.write_text("holidays: [2027-01-01]\n", encoding="utf-8")
    found = worked_out(rule(days=15, unit="workday"), "2026-12-20", calendar=load_calendar(path))
    assert (found.day, found.provisional) == (date(2027, 1, 11), False)


def test_the_last_day_is_in_time() -> None:
    last = date(2026, 9, 24)
    assert [is_overdue(last, last + timedelta(days=n)) for n in (-1, 0, 1)] == [False, False, True]
    assert [is_due_soon(last, last + timedelta(days=n)) for n in (-4, -3, 0, 1)] == [False, True, True, False]
    assert is_due_soon(last, last - timedelta(days=7), within=7)
    assert [days_left(last, last + timedelta(days=n)) for n in (-2, 0, 5)] == [2, 0, -5]


RULES = [
    {"days": 7}, {"days": 15, "unit": "workday"}, {"days": 6, "unit": "month"}, {"date": "12-31"}, {"date": "02-29"},
    {"at": "quarter_end"}, {"at": "period_end"}, {"review_days": 90},
]  # fmt: skip
dates = st.dates(date(2024, 1, 1), date(2030, 12, 31))


@given(st.sampled_from(RULES), dates, dates, dates, st.booleans())
def test_no_letter_is_late_when_it_arrives(keys: dict[str, object], found: date, as_of: date, delivered: date, there: bool) -> None:
    limit = due(
        rule(**keys), as_of=as_of, found=found, delivered=delivered if there else None, calendar=published(), period_end=date(2026, 12, 31)
    )
    assert not is_overdue(limit.day, delivered if there else as_of)
    assert limit.text("zh")
    assert limit.text("en")


@given(st.sampled_from(RULES), dates, dates)
def test_a_later_letter_is_never_due_earlier(keys: dict[str, object], one: date, other: date) -> None:
    first, second = (
        due(rule(**keys), as_of=AS_OF, found=FOUND, delivered=letter, calendar=published(), period_end=date(2026, 12, 31)).day
        for letter in sorted((one, other))
    )
    assert first is not None
    assert second is not None
    assert first <= second
