"""Calendar files (.ics): what is due, when a stage of it is, and when a held issue is looked at again, one file for each who answers.

Every text that leaves here has personal numbers hidden, and nothing is taken from the clock: the same ledger and day give the same bytes.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Literal

from icalendar import Alarm, Calendar, Event

from evaluator.filenames import unique_name
from evaluator.ledger.deadlines import is_overdue
from evaluator.ledger.entries import Issue
from evaluator.masking import mask
from evaluator.messages import say

__all__ = ["Appointment", "agendas", "appointments"]

AHEAD = timedelta(days=3)
SHORT = 30  # characters of a problem in a heading
CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f\x7f\u2028\u2029]")


@dataclass(frozen=True, order=True)
class Appointment:
    """One day in somebody's calendar. ``what`` is ``due``, ``review``, or ``measure`` with its number."""

    day: date
    number: str
    what: str
    id: str
    unit: str
    person: str
    problem: str
    text: str  # of the measure, "" for others
    version: int
    overdue: bool

    @property
    def kind(self) -> str:
        return self.what.partition("-")[0]


def appointments(issue: Issue, as_of: date) -> Iterator[Appointment]:
    """Yield the days of an open issue: the due day and each unfinished measure with a day, or the review while it is held."""
    now = issue.now
    if not now.open or issue.observed:
        return

    def on(day: date, what: str, person: str = "", text: str = "") -> Appointment:
        late = is_overdue(day, as_of)
        return Appointment(day, issue.called, what, issue.id, now.unit, person or now.person, now.problem, text, issue.version, late)

    if now.state == "held" and now.hold:
        yield on(now.hold.review, "review")
        return
    if now.due:
        yield on(now.due, "due")
    for number, measure in enumerate(now.measures, 1):
        if measure.due and not measure.finished:
            yield on(measure.due, f"measure-{number}", measure.person, measure.text)


def agendas(issues: Iterable[Issue], as_of: date, ledger: str, per: Literal["unit", "person"] = "unit") -> dict[str, bytes]:
    """Return a calendar file by its name, one for each unit or person with something to do; ``ledger`` is the id of the ledger."""
    owners: dict[tuple[str, str], list[Appointment]] = {}
    for issue in issues:
        for one in appointments(issue, as_of):
            owners.setdefault((one.unit, one.person if per == "person" else ""), []).append(one)
    files: dict[str, bytes] = {}
    taken: set[str] = set()
    for unit, person in sorted(owners):
        title = "-".join(filter(None, (unit, person))) or say("inspection.agenda_nobody")
        stem = unique_name(title, taken)
        taken.add(stem.casefold())
        files[f"{stem}.ics"] = _calendar(title, sorted(owners[unit, person]), as_of, ledger)
    return files


def _calendar(title: str, found: Iterable[Appointment], as_of: date, ledger: str) -> bytes:
    made = Calendar()
    made.add("prodid", "-//starbranch//ledger//ZH")
    made.add("version", "2.0")
    made.add("method", "PUBLISH")
    made.add("x-wr-calname", _line(say("inspection.agenda_title", owner=title)))
    for one in found:
        made.add_component(_event(one, as_of, ledger))
    return bytes(made.to_ical())


def _event(one: Appointment, as_of: date, ledger: str) -> Event:
    problem = _line(one.problem)
    short = problem if len(problem) <= SHORT else problem[: SHORT - 1] + "…"
    late = say("inspection.agenda_late") if one.overdue else ""
    summary = say(f"inspection.agenda_{one.kind}", late=late, number=one.number, problem=short)
    lines = [one.problem, one.text, say("inspection.agenda_who", unit=one.unit, person=one.person)]
    made = Event()
    made.add("uid", f"{one.id}-{one.what}@{ledger}")
    # Whoever takes a later file in has a moved day put in the place of the former, not beside it.
    made.add("sequence", one.version)
    made.add("dtstamp", datetime(as_of.year, as_of.month, as_of.day, tzinfo=UTC))
    made.add("dtstart", one.day)
    made.add("dtend", one.day + timedelta(days=1))
    made.add("transp", "TRANSPARENT")
    made.add("summary", summary)
    made.add("description", _clean("\n".join([*filter(None, lines), say("inspection.agenda_source", day=as_of)])))
    if not one.overdue:
        alarm = Alarm()
        alarm.add("action", "DISPLAY")
        alarm.add("description", summary)
        alarm.add("trigger", -AHEAD)
        made.add_component(alarm)
    return made


def _clean(text: str) -> str:
    """Return a text without personal numbers and without what calendars do not take."""
    return CONTROL.sub(" ", mask(text.replace("\r\n", "\n")))


def _line(text: str) -> str:
    """Return the same in one line."""
    return " ".join(_clean(text).split())
