"""Due days that move: extensions, suspensions by a document, computing anew; and what a day is on the day itself."""

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ledger_runs import (
    CHIEF,
    FIRST,
    OWNER,
    changing,
    failing,
    issue_of,
    move,
    new_store,
    opened,
    rows,
    run_command,
    seen,
    submitted,
)
from ledger_runs import given as given_to

from evaluator.commands.upkeep import COMMANDS
from evaluator.diagnostics import Failure
from evaluator.ledger.book import Suspension
from evaluator.ledger.calendar import Calendar, published
from evaluator.ledger.clock import light, shifted
from evaluator.ledger.dates import redate, redated, suspend
from evaluator.ledger.events import Draft
from evaluator.ledger.store import Store
from evaluator.packs.models import Deadline

START = date(2024, 5, 1)
SOON, WORK, MONTH, YEAR = "B1|A-1|", "B1|W-1|", "B1|M-1|", "B1|Y-1|"
ALL = ["A-1", "W-1", "M-1", "Y-1", "R-1", "T-1"]


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    made = new_store(tmp_path / "ledger.db")
    opened(made, seen(failing(), FIRST, {"B1": ALL, "B4": ["A-1"]}))
    yield made
    made.close()


def due(store: Store, key: str) -> date | None:
    return issue_of(store, key).now.due


def suspended(store: Store, first: date, last: date, document: str = "防汛1号", on: date = START, **scope: str) -> int:
    with changing(store, on) as change:
        return suspend(change, document, first, last, scope, "汛期", published())


# --- the day itself ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("key", "delivered", "day"),
    [
        (SOON, date(2024, 1, 30), date(2024, 2, 29)),  # a leap day
        (SOON, date(2024, 5, 1), date(2024, 5, 31)),
        (MONTH, date(2024, 12, 31), date(2025, 2, 28)),  # the end of a month
        (MONTH, date(2024, 12, 30), date(2025, 2, 28)),
        (MONTH, date(2024, 4, 30), date(2024, 6, 30)),
        (WORK, date(2024, 4, 28), date(2024, 5, 14)),  # over 1 to 5 May, with the Saturday that is worked
        (YEAR, date(2024, 5, 1), date(2024, 12, 31)),
        ("B1|R-1|", date(2024, 5, 1), date(2024, 7, 31)),  # two months of records must be able to be there
    ],
)
def test_due_days(store: Store, key: str, delivered: date, day: date) -> None:
    assert given_to(store, key, delivered).now.due == day


def test_overdue_only_after_the_day(store: Store) -> None:
    given_to(store, SOON, START)
    (row,) = rows(store, key=SOON)
    told = [light(row, date(2024, 5, 31) + timedelta(days=days)) for days in (-4, -3, 0, 1)]
    assert told == ["open", "soon", "soon", "overdue"]


# --- extensions ----------------------------------------------------------------------------


def extended(store: Store, key: str, to: date, on: date, decision: str = "granted") -> date | None:
    move(store, issue_of(store, key), "extend", on, OWNER, due=str(to), text="材料未到")
    return move(store, issue_of(store, key), "decide", on, CHIEF, decision=decision, document="批1").now.due


def test_an_extension_moves_the_day_and_a_refusal_does_not(store: Store) -> None:
    given_to(store, SOON, START)
    assert extended(store, SOON, date(2024, 6, 20), START, "refused") == date(2024, 5, 31)
    assert extended(store, SOON, date(2024, 6, 20), date(2024, 5, 31)) == date(2024, 6, 20)
    assert issue_of(store, SOON).now.due_first == date(2024, 5, 31)


def test_nobody_asks_after_the_day(store: Store) -> None:
    given_to(store, SOON, START)
    with pytest.raises(Failure) as caught:
        extended(store, SOON, date(2024, 6, 20), date(2024, 6, 1))
    assert [one.code for one in caught.value.findings] == ["E235"]


# --- suspensions -----------------------------------------------------------------------------


def test_a_span_in_days_goes_on_for_the_days_that_were_suspended(store: Store) -> None:
    given_to(store, SOON, START)
    assert suspended(store, date(2024, 5, 10), date(2024, 5, 19)) == 1
    issue = issue_of(store, SOON)
    assert (issue.now.due, issue.now.due_first) == (date(2024, 6, 10), date(2024, 5, 31))
    assert [(one.document, one.days) for one in issue.now.shifts] == [("防汛1号", 10)]


def test_working_days_are_counted_over_a_holiday(store: Store) -> None:
    given_to(store, WORK, date(2024, 4, 22))
    assert due(store, WORK) == date(2024, 5, 8)  # 28 April is worked, 1 to 5 May is not
    assert suspended(store, date(2024, 4, 29), date(2024, 5, 6)) == 1  # three working days
    assert due(store, WORK) == date(2024, 5, 11)  # a Saturday that is worked


def test_a_suspension_of_free_days_moves_no_working_day(store: Store) -> None:
    given_to(store, WORK, date(2024, 4, 22))
    assert suspended(store, date(2024, 5, 1), date(2024, 5, 5)) == 0
    assert due(store, WORK) == date(2024, 5, 8)


def test_months_go_on_by_days(store: Store) -> None:
    given_to(store, MONTH, START)
    assert suspended(store, date(2024, 5, 10), date(2024, 5, 19)) == 1
    assert due(store, MONTH) == date(2024, 7, 11)


@pytest.mark.parametrize(
    ("first", "last", "day"),
    [
        (date(2024, 12, 20), date(2025, 1, 10), date(2025, 1, 11)),
        (date(2024, 12, 31), date(2024, 12, 31), date(2025, 1, 1)),
        (date(2024, 12, 1), date(2024, 12, 30), date(2024, 12, 31)),  # over before it
        (date(2025, 1, 1), date(2025, 1, 10), date(2024, 12, 31)),
    ],
)
def test_a_fixed_day_inside_a_suspension_is_the_day_after_it(store: Store, first: date, last: date, day: date) -> None:
    given_to(store, YEAR, START)
    suspended(store, first, last)
    assert due(store, YEAR) == day


@pytest.mark.parametrize(
    ("first", "last", "days"),
    [
        (date(2024, 5, 31), date(2024, 6, 9), 10),  # from the due day on
        (date(2024, 6, 1), date(2024, 6, 9), 0),  # after it
        (date(2024, 4, 20), START, 0),  # over on the day of delivery
        (date(2024, 4, 20), date(2024, 5, 2), 1),  # delivered during it
        (date(2024, 5, 5), date(2024, 5, 6), 2),  # over long before
    ],
)
@pytest.mark.parametrize("delivered_first", [True, False])
def test_where_a_suspension_lies(store: Store, first: date, last: date, days: int, delivered_first: bool) -> None:
    """The day is the same whether the issue was delivered before the suspension was entered or after."""
    if delivered_first:
        given_to(store, SOON, START)
    suspended(store, first, last)
    if not delivered_first:
        given_to(store, SOON, START)
    assert due(store, SOON) == date(2024, 5, 31) + timedelta(days=days)
    assert sum(one.days for one in issue_of(store, SOON).now.shifts) == days


@pytest.mark.parametrize(
    ("scope", "moved"),
    [
        ({}, {SOON, "B4|A-1|", "B1|T-1|"}),
        ({"township": "云台街道"}, {SOON, "B1|T-1|"}),
        ({"branch": "B4"}, {"B4|A-1|"}),
        ({"item": "A-1"}, {SOON, "B4|A-1|"}),
        ({"item": "A-1", "township": "清渠街道"}, {"B4|A-1|"}),
        ({"unit": "云台街道党工委"}, {"B1|T-1|"}),
        ({"pack": "small"}, {SOON, "B4|A-1|", "B1|T-1|"}),
        ({"branch": "B6"}, set()),
    ],
)
def test_scopes(store: Store, scope: dict[str, str], moved: set[str]) -> None:
    for key in (SOON, "B4|A-1|"):
        given_to(store, key, START)
    given_to(store, "B1|T-1|", START, unit="云台街道党工委")
    assert suspended(store, date(2024, 5, 10), date(2024, 5, 19), **scope) == len(moved)
    assert {row.key for row in rows(store) if row.due == "2024-06-10"} == moved


def test_a_scope_that_nothing_knows_is_refused(store: Store) -> None:
    """A township written wrong must not look like one with nothing to suspend."""
    with pytest.raises(Failure) as caught:
        suspended(store, date(2024, 5, 10), date(2024, 5, 19), township="云合街道")
    assert [one.code for one in caught.value.findings] == ["E446"]
    assert not store.book().suspensions


@pytest.mark.parametrize("delivered_first", [True, False])
@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 0, 2)])
def test_a_day_that_several_suspend_is_counted_once(store: Store, delivered_first: bool, order: tuple[int, ...]) -> None:
    """10 to 19 May, 15 to 24 May, and 10 June, which only the others bring into reach: 16 days in any order."""
    spans = ((date(2024, 5, 10), date(2024, 5, 19)), (date(2024, 5, 15), date(2024, 5, 24)), (date(2024, 6, 10), date(2024, 6, 10)))
    if delivered_first:
        given_to(store, SOON, START)
    for number in order:
        suspended(store, *spans[number], document=f"文{number}")
    if not delivered_first:
        given_to(store, SOON, START)
    assert due(store, SOON) == date(2024, 6, 16)
    with changing(store, START, dry=True) as change:
        assert redated(change, published()) == []


def test_it_lifts_itself_and_moves_what_is_submitted_but_not_what_is_held_or_ended(store: Store) -> None:
    for key in (SOON, "B4|A-1|", "B1|T-1|"):
        given_to(store, key, START)
    submitted(store, SOON, date(2024, 5, 8))
    move(store, issue_of(store, "B4|A-1|"), "hold", START, text="汛期", review="2024-09-01", document="文1")
    move(store, issue_of(store, "B1|T-1|"), "transfer", START, to="区民政局", receipt="回1")
    assert suspended(store, date(2024, 5, 10), date(2024, 5, 19)) == 1
    (row,) = rows(store, key=SOON)
    assert [light(row, date(2024, 6, day)) for day in (10, 11)] == ["soon", "overdue"]


def test_an_extended_day_is_moved_too(store: Store) -> None:
    given_to(store, SOON, START)
    extended(store, SOON, date(2024, 6, 20), START)
    assert suspended(store, date(2024, 6, 10), date(2024, 6, 14)) == 1
    assert due(store, SOON) == date(2024, 6, 25)


def test_the_same_document_is_entered_once_for_each_scope(store: Store) -> None:
    given_to(store, SOON, START)
    days = (date(2024, 5, 10), date(2024, 5, 19))
    assert suspended(store, *days, township="云台街道") == 1
    head = store.head()
    with pytest.raises(Failure) as caught:
        suspended(store, *days, township="云台街道")
    assert [one.key for one in caught.value.findings] == ["dates.E443"]
    assert store.head() == head
    assert suspended(store, *days, township="清渠街道") == 0
    assert suspended(store, *days, branch="B1") == 0  # the same days of the same branch again
    assert due(store, SOON) == date(2024, 6, 10)


def test_everything_that_is_wrong_is_told_at_once(store: Store) -> None:
    head = store.head()
    with pytest.raises(Failure) as caught:
        suspended(store, date(2024, 5, 19), date(2024, 5, 10), document=" ", street="云台街道", township="")
    assert [one.code for one in caught.value.findings] == ["E440", "E441", "E442"]
    assert caught.value.findings[2].values["found"] == "street=云台街道、township="
    with pytest.raises(Failure) as caught:
        suspended(store, date(2024, 5, 10), date(2025, 5, 11))  # a slip of the year
    assert [one.code for one in caught.value.findings] == ["E441"]
    assert store.head() == head


# --- any suspensions: counted day by day ------------------------------------------------------

DAYS = st.dates(date(2024, 1, 1), date(2024, 12, 31))
SPANS = st.lists(st.tuples(DAYS, st.integers(0, 40)), max_size=5)
CALENDARS = st.sampled_from([published(), Calendar([], [], [])])


def made(spans: list[tuple[date, int]]) -> list[Suspension]:
    return [Suspension(f"文{number}", first, first + timedelta(days=length), {}) for number, (first, length) in enumerate(spans)]


def slow(start: date, number: int, unit: str, suspensions: list[Suspension], calendar: Calendar) -> date:
    """Return the day so many days after the start, looking at each day."""
    day = start
    while number:
        day += timedelta(days=1)
        free = any(one.first <= day <= one.last for one in suspensions)
        number -= not free and (unit == "day" or calendar.is_workday(day))
    return day


@given(DAYS, st.integers(1, 90), st.sampled_from(["day", "workday"]), SPANS, CALENDARS)
def test_a_suspended_span_is_the_span_of_the_days_that_are_left(
    start: date, number: int, unit: Any, spans: list[tuple[date, int]], calendar: Calendar
) -> None:
    rule = Deadline.model_validate({"label": "限", "days": number, "unit": unit})
    base = slow(start, number, unit, [], calendar)
    day, shifts = shifted(base, start, rule, made(spans), calendar)
    assert day == slow(start, number, unit, made(spans), calendar)
    assert sum(days for _, days in shifts) == (day - base).days


@given(DAYS, DAYS, SPANS)
def test_a_fixed_day_is_the_first_on_or_after_it_that_is_not_suspended(start: date, day: date, spans: list[tuple[date, int]]) -> None:
    rule = Deadline.model_validate({"label": "限", "date": "12-31"})
    if day < start:
        start, day = day, start
    found, _ = shifted(day, start, rule, made(spans), published())
    expected = day
    while any(one.first <= expected <= one.last and one.last > start for one in made(spans)):
        expected += timedelta(days=1)
    assert found == expected


@given(DAYS, st.integers(1, 60), st.permutations(range(4)), st.lists(st.tuples(DAYS, st.integers(0, 40)), min_size=4, max_size=4))
def test_a_suspension_that_is_entered_later_gives_the_same_day(
    start: date, number: int, order: list[int], spans: list[tuple[date, int]]
) -> None:
    """One after the other, as :func:`suspend` moves a due day, or all at once, as a delivery finds them."""
    rule = Deadline.model_validate({"label": "限", "days": number})
    known = made(spans)
    base = start + timedelta(days=number)
    day = base
    for place, one in enumerate(order):
        before = [known[other] for other in order[:place]]
        reached = [other for other in before if other.first > day]
        counted = [other for other in before if other.first <= day]
        moved, _ = shifted(day, start, rule, [known[one], *reached], published(), counted)
        assert moved is not None
        day = moved
    assert day == shifted(base, start, rule, known, published())[0]


# --- computing anew -----------------------------------------------------------------------------

LATE = date(2027, 12, 20)


def provisional(store: Store) -> None:
    """Deliver an issue whose ten working days run into a year that nobody has arranged."""
    assert max(published().known_years) < 2027, "take a later year"
    given_to(store, WORK, LATE)


def test_an_unknown_year_is_said(store: Store) -> None:
    provisional(store)
    now = issue_of(store, WORK).now
    assert (now.due, now.unknown_years) == (date(2028, 1, 3), (2027, 2028))
    assert "暂定" in now.due_text


def test_a_suspension_into_an_unknown_year_is_said(store: Store) -> None:
    last = max(published().known_years)
    suspended(store, date(last, 12, 20), date(last + 1, 1, 10))
    given_to(store, WORK, date(last, 12, 10))
    assert issue_of(store, WORK).now.unknown_years == (last + 1,)


def test_a_year_that_becomes_known(tmp_path: Path, store: Store) -> None:
    provisional(store)
    given_to(store, SOON, LATE)
    given_to(store, "B4|A-1|", LATE)
    path = tmp_path / "calendar.yaml"
    path.write_text("source: 国办发明电\nholidays: [2027-12-24, 2028-01-01..2028-01-03]\nworkdays: [2027-12-25]\n", encoding="utf-8")
    who = ("--ledger", tmp_path / "ledger.db", "--as-of", LATE, "--actor", "李明", "--unit", "县委组织部", "--role", "county")
    number = issue_of(store, WORK).number
    head = store.head()
    assert run_command(COMMANDS, "recompute-deadlines", *who).output == "期限都没有变化\n"
    preview = run_command(COMMANDS, "recompute-deadlines", "--calendar", path, *who)
    assert preview.output.splitlines() == [
        f"{number} 青禾社区 2028-01-03(暂定:2027/2028 年放假安排未知,按周一至周五推算) → 2028-01-04",
        "将重算 1 个期限(未写入,加 --apply 办理)",
    ]
    assert store.head() == head
    done = run_command(COMMANDS, "recompute-deadlines", "--calendar", path, "--apply", "--reason", "放假安排公布", *who)
    assert done.output.splitlines()[-1] == "1 个问题的期限重算"
    now = issue_of(store, WORK).now
    assert (now.due, now.unknown_years, now.due_first, "暂定" in now.due_text) == (date(2028, 1, 4), (), date(2028, 1, 3), False)
    assert run_command(COMMANDS, "recompute-deadlines", "--calendar", path, "--apply", *who).output == "期限都没有变化\n"


def test_a_year_that_becomes_known_and_changes_no_day(store: Store) -> None:
    provisional(store)
    known = Calendar(published().holidays, published().workdays, {*published().known_years, 2027, 2028})
    with changing(store, LATE) as change:
        found = redated(change, known)
        assert [(one.due.day, one.due.unknown_years) for one in found] == [(date(2028, 1, 3), ())]
        redate(change, found, "放假安排公布")
        assert redated(change, known) == []


def stricter(store: Store, days: int) -> None:
    """Let the ledger learn of a version of the pack with other limits."""
    terms = store.book().terms("small")
    assert terms is not None
    deadlines = {**terms.deadlines, "soon": {**terms.deadlines["soon"], "days": days}}
    told = {"id": terms.id, "version": "2", "title": terms.title, "status": terms.status, "deadlines": deadlines, "rules": terms.rules}
    with changing(store, START) as change:
        change.add(Draft("", "pack", told, pack="new"))


def test_new_limits_of_a_pack_move_nothing_until_asked_and_never_what_was_extended(store: Store) -> None:
    given_to(store, SOON, START)
    given_to(store, "B4|A-1|", START)
    extended(store, SOON, date(2024, 6, 20), START)
    stricter(store, 20)
    assert (due(store, SOON), due(store, "B4|A-1|")) == (date(2024, 6, 20), date(2024, 5, 31))
    with changing(store, START) as change:
        found = redated(change, published())
        assert [(one.issue.key, one.due.day, one.kept) for one in found] == [
            (SOON, date(2024, 5, 21), True),
            ("B4|A-1|", date(2024, 5, 21), False),
        ]
        assert redate(change, found, "规则更新") == 1
    assert (due(store, SOON), due(store, "B4|A-1|")) == (date(2024, 6, 20), date(2024, 5, 21))
    with changing(store, START) as change:
        assert [one.kept for one in redated(change, published())] == [True]


def test_suspended_days_are_not_taken_back_by_computing_anew(store: Store) -> None:
    given_to(store, SOON, START)
    suspended(store, date(2024, 5, 10), date(2024, 5, 19))
    stricter(store, 20)
    with changing(store, START) as change:
        redate(change, redated(change, published()), "")
    assert due(store, SOON) == date(2024, 5, 31)


# --- the commands ---------------------------------------------------------------------------------


def test_the_command_of_suspensions(tmp_path: Path, store: Store) -> None:
    given_to(store, SOON, START)
    who = ("--ledger", tmp_path / "ledger.db", "--as-of", START, "--actor", "李明", "--unit", "县委组织部", "--role", "county")
    days = ("--first", "2024-05-10", "--last", "2024-05-19")
    asked = ("suspend", *days, "--document", "防汛1号", "--scope", "township=云台街道")
    looked = run_command(COMMANDS, *asked, *who)
    assert (looked.output, due(store, SOON)) == ("将有 1 个问题的期限顺延(未写入,加 --apply 办理)\n", date(2024, 5, 31))
    done = run_command(COMMANDS, *asked, "--apply", *who)
    assert done.output == "1 个问题的期限顺延\n"
    again = run_command(COMMANDS, *asked, "--apply", *who)
    assert (again.exit_code, "E443 文号 防汛1号 在这个范围已经登记过" in again.output) == (2, True)
    nameless = run_command(COMMANDS, "suspend", *days, "--scope", "township", *who)
    assert (nameless.exit_code, "E440" in nameless.output, "E442" in nameless.output) == (2, True, True)
    assert due(store, SOON) == date(2024, 6, 10)
