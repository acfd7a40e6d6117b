"""Working days: the published arrangements day by day, counting against a plain loop, unknown years, a user's file."""

import subprocess
import sys
from datetime import date, timedelta
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluator.diagnostics import Failure
from evaluator.ledger.calendar import Calendar, load_calendar, published

# Typed from the State Council's notices, year by year: days off, and Saturdays and Sundays worked.
OFF = """
2022-12-31..2023-01-02 2023-01-21..2023-01-27 2023-04-05..2023-04-05 2023-04-29..2023-05-03 2023-06-22..2023-06-24 2023-09-29..2023-10-06
2024-01-01..2024-01-01 2024-02-10..2024-02-17 2024-04-04..2024-04-06 2024-05-01..2024-05-05 2024-06-10..2024-06-10 2024-09-15..2024-09-17
2024-10-01..2024-10-07
2025-01-01..2025-01-01 2025-01-28..2025-02-04 2025-04-04..2025-04-06 2025-05-01..2025-05-05 2025-05-31..2025-06-02 2025-10-01..2025-10-08
2026-01-01..2026-01-03 2026-02-15..2026-02-23 2026-04-04..2026-04-06 2026-05-01..2026-05-05 2026-06-19..2026-06-21 2026-09-25..2026-09-27
2026-10-01..2026-10-07
"""
WORKED = """
2023-01-28 2023-01-29 2023-04-23 2023-05-06 2023-06-25 2023-10-07 2023-10-08
2024-02-04 2024-02-18 2024-04-07 2024-04-28 2024-05-11 2024-09-14 2024-09-29 2024-10-12
2025-01-26 2025-02-08 2025-04-27 2025-09-28 2025-10-11
2026-01-04 2026-02-14 2026-02-28 2026-05-09 2026-09-20 2026-10-10
"""
DAY = timedelta(days=1)


def days(first: date, last: date) -> list[date]:
    return [first + n * DAY for n in range((last - first).days + 1)]


@cache
def truth() -> dict[date, bool]:
    table = {day: day.weekday() < 5 for day in days(date(2023, 1, 1), date(2026, 12, 31))}
    for entry in OFF.split():
        table |= {day: False for day in days(*map(date.fromisoformat, entry.split(".."))) if day in table}
    return table | {date.fromisoformat(day): True for day in WORKED.split()}


def naive(calendar: Calendar, day: date, number: int) -> date:
    while number:
        day += DAY
        number -= calendar.is_workday(day)
    return day


def test_every_day_of_four_years_is_as_arranged() -> None:
    calendar = published()
    assert {day: calendar.is_workday(day) for day in truth()} == truth()


@pytest.mark.parametrize(("year", "number"), [(2023, 249), (2024, 251), (2025, 248), (2026, 248)])
def test_working_days_in_a_year(year: int, number: int) -> None:
    assert sum(map(published().is_workday, days(date(year, 1, 1), date(year, 12, 31)))) == number
    assert sum(works for day, works in truth().items() if day.year == year) == number


def test_counting_on_from_every_day_of_four_years() -> None:
    calendar, worked = published(), [day for day, works in truth().items() if works]
    following = 0
    for day in truth():
        while following < len(worked) and worked[following] <= day:
            following += 1
        for number in (1, 3, 15):
            if following + number <= len(worked):
                assert calendar.add_workdays(day, number) == (worked[following + number - 1], ())


@pytest.mark.parametrize(
    ("start", "number", "reached"),
    [
        ("2026-09-17", 15, "2026-10-14"),  # over 中秋 and 国庆, with a Sunday and a Saturday worked
        ("2026-09-19", 1, "2026-09-20"),  # a worked Sunday counts
        ("2026-09-30", 1, "2026-10-08"),
        ("2026-10-03", 1, "2026-10-08"),  # a start within the holiday
        ("2024-02-09", 1, "2024-02-18"),  # 除夕 of 2024 was a working day
        ("2026-10-03", 0, "2026-10-03"),
    ],
)
def test_worked_examples(start: str, number: int, reached: str) -> None:
    assert published().add_workdays(date.fromisoformat(start), number) == (date.fromisoformat(reached), ())


def test_an_unknown_year_is_counted_as_weekdays_and_said_to_be_unknown() -> None:
    counted = published().add_workdays(date(2026, 12, 20), 15)
    assert counted.provisional
    assert counted == (date(2027, 1, 8), (2027,))
    assert not published().add_workdays(date(2026, 12, 20), 9).provisional  # 31 December


def test_only_the_days_counted_make_a_result_provisional() -> None:
    calendar = Calendar([], [], [2028])
    assert calendar.add_workdays(date(2027, 12, 31), 1) == (date(2028, 1, 3), ())
    assert calendar.add_workdays(date(2027, 12, 30), 1).unknown_years == (2027,)
    assert calendar.add_workdays(date(2027, 12, 30), 0).unknown_years == ()
    assert calendar.add_workdays(date(2027, 6, 1), 900).unknown_years == (2027, 2029, 2030)


def test_published_years() -> None:
    assert published().known_years >= set(range(2004, 2027))
    assert published().unknown_years(date(2003, 5, 1), date(2004, 1, 1)) == (2003,)


def test_a_negative_number_is_a_defect() -> None:
    with pytest.raises(ValueError, match="-1"):
        published().add_workdays(date(2026, 1, 1), -1)


def test_importing_reads_no_tables() -> None:
    program = "import sys, evaluator.ledger.calendar; sys.exit('chinese_calendar' in sys.modules)"
    subprocess.run([sys.executable, "-c", program], check=True, cwd=Path(__file__).parents[2])


# --- properties -----------------------------------------------------------------

near = st.dates(date(2025, 12, 1), date(2026, 3, 31))
calendars = st.builds(lambda off, on: Calendar(off - on, on, [2026]), st.frozensets(near, max_size=40), st.frozensets(near, max_size=40))
numbers = st.integers(0, 90)


@given(calendars, near, numbers)
def test_adding_equals_the_plain_loop(calendar: Calendar, day: date, number: int) -> None:
    assert calendar.add_workdays(day, number).day == naive(calendar, day, number)


@given(st.dates(date(2003, 6, 1), date(2028, 6, 1)), st.integers(0, 400))
def test_adding_equals_the_plain_loop_in_the_published_years(day: date, number: int) -> None:
    assert published().add_workdays(day, number).day == naive(published(), day, number)


@given(calendars, near, near, numbers, numbers)
def test_later_and_longer_is_never_earlier(calendar: Calendar, one: date, other: date, some: int, more: int) -> None:
    first, last = sorted((one, other))
    short, long = sorted((some, more))
    assert calendar.add_workdays(first, short).day <= calendar.add_workdays(first, long).day
    assert calendar.add_workdays(first, long).day <= calendar.add_workdays(last, long).day or long == 0


# --- a user's file ----------------------------------------------------------------


def write(folder: Path, text: str) -> Path:
    path = folder / "放假安排.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_file_makes_its_year_known(tmp_path: Path) -> None:
    calendar = load_calendar(
        write(tmp_path, "source: 2027年通知\nholidays: [2027-01-01, 2027-02-05..2027-02-11]\nworkdays:\n  - 2027-01-30\n")
    )
    assert calendar.source == "2027年通知"
    assert 2027 in calendar.known_years
    assert calendar.add_workdays(date(2026, 12, 20), 15) == (date(2027, 1, 11), ())
    assert calendar.is_workday(date(2027, 1, 30))
    assert not calendar.is_workday(date(2027, 2, 11))
    assert calendar.is_workday(date(2027, 2, 12))
    assert calendar.add_workdays(date(2026, 9, 17), 15) == (date(2026, 10, 14), ())


def test_a_file_wins_over_what_was_published(tmp_path: Path) -> None:
    calendar = load_calendar(write(tmp_path, "holidays: [2026-09-20, 2026-11-23]\nworkdays: [2026-10-02]\n"))
    assert not calendar.is_workday(date(2026, 9, 20))
    assert not calendar.is_workday(date(2026, 11, 23))
    assert calendar.is_workday(date(2026, 10, 2))
    assert published().is_workday(date(2026, 9, 20))


def test_a_holiday_over_new_year_and_a_day_worked_make_no_year_known(tmp_path: Path) -> None:
    calendar = load_calendar(write(tmp_path, "holidays: [2027-12-31 .. 2028-01-02]\nworkdays: [2029-01-06]\n"))
    assert 2027 in calendar.known_years
    assert not {2028, 2029} & calendar.known_years


BAD = [
    ("E103", 1, "holidays: [2027-01-01\n", "YAML"),
    ("E103", 1, "holidays: \x00\n", "YAML"),
    ("E103", 0, "[" * 3000, "YAML"),
    ("E104", 0, "", "holidays"),
    ("E104", 1, "- 2027-01-01\n", "holidays"),
    ("E105", 2, "holidays: []\nholliday: []\n", "holliday"),
    ("E106", 2, "holidays: []\nholidays: []\n", "holidays"),
    ("E107", 1, "holidays: 2027-01-01\n", "holidays"),
    ("E107", 1, "workdays:\n", "workdays"),
    ("E108", 1, "source: [a]\n", "source"),
    ("E109", 2, "holidays:\n  - 2027-02-30\n", "2027-02-30"),
    ("E109", 1, "holidays: [20270101]\n", "20270101"),
    ("E109", 1, "holidays: [2027-1-1]\n", "2027-1-1"),
    ("E109", 1, "holidays: [2027-01-01..]\n", "2027-01-01.."),
    ("E109", 1, "holidays: [[2027-01-01]]\n", "[…]"),
    ("E110", 1, "holidays: [2027-02-11..2027-02-05]\n", "2027-02-11"),
    ("E111", 1, "holidays: [2027-02-05..2072-02-11]\n", "2072-02-11"),
    ("E112", 2, "holidays: [2027-02-05..2027-02-11]\nworkdays: [2027-02-07]\n", "2027-02-07"),
]


@pytest.mark.parametrize(("code", "line", "text", "word"), BAD, ids=[f"{code}-{n}" for n, (code, *_) in enumerate(BAD)])
def test_a_bad_file_is_told_with_its_line(tmp_path: Path, code: str, line: int, text: str, word: str) -> None:
    with pytest.raises(Failure) as caught:
        load_calendar(write(tmp_path, text))
    (finding,) = caught.value.findings
    assert finding.code == code
    if code != "E103":
        assert finding.place.line == line
    for lang in ("zh", "en"):
        assert word in finding.message(lang)
        assert finding.hint(lang)


def test_all_faults_are_found_in_one_pass(tmp_path: Path) -> None:
    with pytest.raises(Failure) as caught:
        load_calendar(write(tmp_path, "source: {}\nholidays: [x, 2027-02-30]\nworkdays: 3\nextra: 1\n"))
    assert [(f.place.line, f.code) for f in caught.value.findings] == [(1, "E108"), (2, "E109"), (2, "E109"), (3, "E107"), (4, "E105")]
    assert caught.value.exit_code == 2


def test_a_missing_file_and_a_file_in_another_encoding(tmp_path: Path) -> None:
    with pytest.raises(Failure) as caught:
        load_calendar(tmp_path / "none.yaml")
    assert caught.value.findings[0].code == "E101"
    path = tmp_path / "gbk.yaml"
    path.write_bytes("holidays: []\nsource: 国务院办公厅通知\n".encode("gb18030"))
    with pytest.raises(Failure) as caught:
        load_calendar(path)
    assert (caught.value.findings[0].code, caught.value.findings[0].place.line) == ("E102", 2)
