"""Calendar files: every day that counts, once, in bytes that any calendar program takes and that never change by themselves."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from icalendar import Calendar
from small_ledgers import add, in_english, move, new_ledger, run

from evaluator.commands.inspection import COMMANDS
from evaluator.ledger.agenda import Appointment, agendas, appointments
from evaluator.ledger.entries import ISSUE, Issue
from evaluator.ledger.store import Store

AS_OF = date(2024, 2, 1)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    made = new_ledger(tmp_path / "ledger.db")
    yield made
    made.close()


def told(issue: Issue) -> list[tuple[str, str, bool]]:
    return [(one.what, str(one.day), one.overdue) for one in appointments(issue, AS_OF)]


def events(data: bytes) -> list[dict[str, object]]:
    """Return the events of a file as plain values, its alarms counted."""
    found = []
    for one in Calendar.from_ical(data).walk("VEVENT"):
        names = ("summary", "uid", "description", "sequence")
        values: dict[str, object] = {name: str(one[name]) for name in names}
        alarms = [alarm["trigger"].dt for alarm in one.walk("VALARM")]
        found.append(values | {"day": one["dtstart"].dt, "end": one["dtend"].dt, "stamp": one["dtstamp"].dt, "alarms": alarms})
    return found


def test_an_open_issue_has_its_due_day_and_the_stages_that_are_not_done(store: Store) -> None:
    measures: list[dict[str, Any]] = [
        {"text": "一", "due": "2024-02-10"},
        {"text": "二", "due": "2024-01-20", "target": 2, "done": 1, "person": "赵云"},
        {"text": "三", "due": "2024-02-11", "done": 1},
        {"text": "四"},
    ]
    issue = add(store, due=date(2024, 2, 1), measures=measures)
    assert told(issue) == [("due", "2024-02-01", False), ("measure-1", "2024-02-10", False), ("measure-2", "2024-01-20", True)]
    assert [one.person for one in appointments(issue, AS_OF)] == ["王平", "王平", "赵云"]


def test_a_held_issue_has_its_review_and_nothing_else(store: Store) -> None:
    issue = add(store, due=date(2024, 1, 20), measures=[{"text": "一", "due": "2024-01-10"}])
    held = move(store, issue, "hold", date(2024, 1, 15), text="汛期停工", review="2024-03-01", document="云委办3号")
    assert told(held) == [("review", "2024-03-01", False)]


@pytest.mark.parametrize("state", ["closed", "dismissed", "transferred", "merged"])
def test_what_has_ended_has_no_day(store: Store, state: str) -> None:
    assert told(add(store, state, due=date(2024, 2, 2), closed=date(2024, 1, 20))) == []


def test_what_waits_for_delivery_or_is_only_observed_has_no_day(store: Store) -> None:
    assert told(add(store)) == []
    assert told(add(store, due=date(2024, 2, 2), observed=True)) == []


def test_the_file_holds_all_that_a_calendar_needs(store: Store) -> None:
    issue = add(store, due=date(2024, 2, 9), problem="主题党日少开两次,\n联系电话 13812345678;身份证 11010519491231002X\x07", person="王平")
    late = add(store, due=date(2024, 1, 31), problem="长" * 40)
    (name, data), = agendas([issue, late], AS_OF, "L1").items()  # fmt: skip
    assert name == "青禾社区党支部.ics"
    second, first = sorted(events(data), key=lambda one: str(one["day"]), reverse=True)
    assert second["uid"] == f"{issue.id}-due@L1"
    assert second["sequence"] == str(issue.version)
    assert (second["day"], second["end"]) == (date(2024, 2, 9), date(2024, 2, 10))
    assert second["stamp"] == datetime(2024, 2, 1, tzinfo=UTC)
    assert second["alarms"] == [timedelta(days=-3)]
    assert first["alarms"] == []
    assert str(first["summary"]) == f"【逾期】整改到期 {late.number} " + "长" * 29 + "…"
    assert str(second["summary"]).startswith(f"整改到期 {issue.number} 主题党日少开两次,")
    assert "责任单位:青禾社区党支部 责任人:王平" in str(second["description"])
    assert "数据截至 2024-02-01" in str(second["description"])
    text = data.decode().replace("\r\n ", "")
    assert "138****5678" in text
    assert "110105********002X" in text
    assert "13812345678" not in text
    assert "11010519491231002X" not in text
    assert "\x07" not in text


def test_one_file_for_each_unit_or_person_and_equal_names_stay_apart(store: Store) -> None:
    add(store, due=AS_OF, unit="甲/乙", person="王平")
    add(store, due=AS_OF, unit="甲:乙", person="赵云")
    add(store, due=AS_OF, unit="甲/乙", person="李晓", measures=[{"text": "一", "due": "2024-02-03", "person": "赵云"}])
    add(store, due=AS_OF, unit="", person="")
    issues = [one for one in store.entries() if isinstance(one, Issue)]
    units = agendas(issues, AS_OF, "L1")
    assert {name: len(events(data)) for name, data in units.items()} == {"未明确责任.ics": 1, "甲_乙.ics": 3, "甲_乙-2.ics": 1}
    people = agendas(issues, AS_OF, "L1", "person")
    assert {name: len(events(data)) for name, data in people.items()} == {
        "未明确责任.ics": 1, "甲_乙-李晓.ics": 1, "甲_乙-王平.ics": 1, "甲_乙-赵云.ics": 1, "甲_乙-赵云-2.ics": 1,
    }  # fmt: skip


texts = st.text(st.characters(codec="utf-8"), max_size=120)


@given(texts, texts, st.integers(0, 200))
def test_lines_fold_within_75_octets_and_read_back_whole(problem: str, unit: str, days: int) -> None:
    """Chinese takes three octets a character; a character is never cut in two."""
    issue = _issue(problem, unit, AS_OF + timedelta(days=days))
    for data in agendas([issue], AS_OF, "L1").values():
        assert all(len(line) <= 75 for line in data.split(b"\r\n"))
        for line in data.split(b"\r\n"):
            line.decode()
        (event,) = events(data)
        assert event["day"] == AS_OF + timedelta(days=days)
        assert data == next(iter(agendas([issue], AS_OF, "L1").values()))


def _issue(problem: str, unit: str, due: date) -> Issue:
    cycle = {"no": 1, "state": "rectifying", "found": "2024-01-01", "source": "manual", "problem": problem, "facts": "", "unit": unit}
    return ISSUE.validate_python(
        {
            "id": "e5", "key": "", "number": "云台-2024-0005", "kind": "issue", "origin": "manual", "branch": "B1", "branch_name": "甲",
            "township": "云台街道", "pack": "", "item": "", "title": "", "basis": "", "fixable_by": "branch", "importance": "minor",
            "found": "2024-01-01", "cycles": [cycle | {"due": str(due)}],
        }
    )  # fmt: skip


def test_the_order_of_issues_changes_nothing(store: Store) -> None:
    issues = [add(store, due=AS_OF + timedelta(days=n % 3)) for n in range(6)]
    assert agendas(issues, AS_OF, "L1") == agendas(issues[::-1], AS_OF, "L1")


def test_appointments_sort_by_day() -> None:
    one = Appointment(AS_OF, "9", "due", "e1", "", "", "", "", 1, False)
    assert one < Appointment(AS_OF + timedelta(days=1), "1", "due", "e2", "", "", "", "", 1, False)


def test_the_command_writes_files_whole_and_the_same_every_time(store: Store, tmp_path: Path) -> None:
    add(store, due=AS_OF, township="双塘街道", unit="双塘社区党支部")
    add(store, due=AS_OF)
    out = tmp_path / "日历"
    asked = ("calendar", "--out", out, "--ledger", store.path, "--as-of", AS_OF)
    result = run(COMMANDS, *asked)
    assert result.exit_code == 0, result.output
    assert sorted(path.name for path in out.iterdir()) == ["双塘社区党支部.ics", "青禾社区党支部.ics"]
    before = {path.name: path.read_bytes() for path in out.iterdir()}
    assert run(COMMANDS, *asked).output == result.output
    assert {path.name: path.read_bytes() for path in out.iterdir()} == before
    assert store.book().id in before["青禾社区党支部.ics"].decode().replace("\r\n ", "")
    only = run(COMMANDS, "calendar", "--out", tmp_path / "one", "--township", "双塘街道", *asked[3:])
    assert [path.name for path in (tmp_path / "one").iterdir()] == ["双塘社区党支部.ics"]
    assert only.exit_code == 0
    add(store, "closed", due=AS_OF, closed=AS_OF)
    read = []
    whole, issue_of = Store.entry, Store.entries
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Store, "entry", lambda self, id_: read.append(id_) or whole(self, id_))
        patch.setattr(Store, "entries", lambda self, *told: (read.append(one.state) or one for one in issue_of(self, *told)))
        assert run(COMMANDS, *asked).exit_code == 0
    assert read == ["rectifying", "rectifying"]  # what has ended is not even read
    none = run(COMMANDS, "calendar", "--out", tmp_path / "none", "--township", "无", *asked[3:])
    assert none.output == "没有需要写入日历的日期\n"
    assert not (tmp_path / "none").exists()
    (tmp_path / "file").write_text("in the way")
    blocked = run(COMMANDS, "calendar", "--out", tmp_path / "file", *asked[3:])
    assert (blocked.exit_code, "E305" in blocked.output) == (2, True)
    with in_english():
        assert "2 calendar files" in run(COMMANDS, *asked).output
