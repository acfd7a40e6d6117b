"""From events to issues: one function that both a running ledger and a rebuilt one go through, so that they cannot differ.

An event holds every value that it sets, due days included, so that replay needs no pack, no calendar and no clock.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date
from typing import Any

from evaluator.ledger.entries import (
    ISSUE,
    Attachment,
    Cycle,
    Extension,
    Hold,
    Issue,
    Line,
    LookBack,
    Measure,
    Notice,
    Paper,
    Shift,
    Sighting,
    Slip,
    Submission,
    Verification,
)
from evaluator.ledger.events import Event
from evaluator.ledger.lifecycle import target_of

__all__ = ["replay"]


def replay(issue: Issue | None, event: Event) -> Issue:
    """Return the issue after an event; None is the issue that ``open`` begins."""
    if issue is None:
        return _begun(event)
    made = _STEPS[event.action](issue, event)
    return replace(made, version=issue.version + 1, told=max(issue.told, event.as_of))


def _begun(event: Event) -> Issue:
    return ISSUE.validate_python({**event.data["issue"], "id": event.entry, "told": event.as_of, "version": 1})


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def _measure(told: Mapping[str, Any]) -> Measure:
    return Measure(**{**told, "due": _day(told.get("due"))})


def _now(issue: Issue, **changes: Any) -> Issue:
    """Return the issue with changes to its present cycle."""
    return replace(issue, cycles=(*issue.cycles[:-1], replace(issue.now, **changes)))


def _given(event: Event, *names: str) -> dict[str, Any]:
    """Return those of ``names`` that the event sets."""
    return {name: event.data[name] for name in names if name in event.data}


# --- the moves of the lifecycle ------------------------------------------------


def _register(issue: Issue, event: Event) -> Issue:
    made = replace(issue, number=event.data["number"], importance=event.data["importance"])
    return _now(made, state="registered", **_given(event, "deadline"))


def _promote(issue: Issue, event: Event) -> Issue:
    return replace(issue, observed=False)


def _dismiss(issue: Issue, event: Event) -> Issue:
    return _now(issue, state="dismissed", ended_code=event.data["code"], ended_text=event.data["text"], closed=event.as_of)


def _assign(issue: Issue, event: Event) -> Issue:
    changes = _given(event, "unit", "person", "leader", "deadline") | {"helpers": tuple(event.data.get("helpers", issue.now.helpers))}
    measures = tuple(_measure(one) for one in event.data["measures"])
    document = event.data.get("document", issue.now.assign_document)
    assigned = issue.now.assigned or event.as_of  # handing it to somebody else starts nothing anew
    return _now(issue, state="rectifying", measures=measures, assigned=assigned, assign_document=document, **changes)


def _deliver(issue: Issue, event: Event) -> Issue:
    due = event.day("due")
    shifts = tuple(Shift(**one) for one in event.data.get("shifts", ()))
    years = tuple(event.data.get("unknown_years", ()))
    text = event.data.get("due_text", "")
    first = event.day("due_first") or due
    told = {"due": due, "due_first": first, "due_text": text, "unknown_years": years, "shifts": shifts}
    return _now(issue, delivered=event.day("on"), named=event.data.get("named", False), **told)


def _progress(issue: Issue, event: Event) -> Issue:
    line = Line(event.day("on") or event.as_of, event.doer.name, event.data["text"], event.data.get("percent"))
    return _now(issue, progress=(*issue.now.progress, line), measures=_counted(issue, event))


def _counted(issue: Issue, event: Event) -> tuple[Measure, ...]:
    done = {int(number): count for number, count in event.data.get("done", {}).items()}
    return tuple(replace(one, done=done.get(number, one.done)) for number, one in enumerate(issue.now.measures, 1))


def _submit(issue: Issue, event: Event) -> Issue:
    papers = tuple(Paper(one["name"], date.fromisoformat(one["dated"])) for one in event.data.get("papers", ()))
    records = tuple(sorted(date.fromisoformat(text) for text in event.data.get("records", ())))
    done_on = event.day("done_on") or event.as_of
    made = Submission(event.as_of, done_on, event.doer.name, event.doer.unit, event.data["text"], papers, records)
    measures = tuple(replace(one, done=1) if one.target == 1 else one for one in _counted(issue, event))
    return _now(issue, state="submitted", submissions=(*issue.now.submissions, made), measures=measures, notice=None)


def _publish(issue: Issue, event: Event) -> Issue:
    first, last = event.day("first") or event.as_of, event.day("last") or event.as_of
    return _now(issue, notice=Notice(first, last, event.data["where"]))


def _object(issue: Issue, event: Event) -> Issue:
    notice = issue.now.notice or Notice(event.as_of, event.as_of, "")
    return _now(issue, notice=replace(notice, objections=event.data["text"]))


def _accept(issue: Issue, event: Event) -> Issue:
    told, actor = event.data, event.doer
    made = Verification(
        event.as_of,
        told["outcome"],
        actor.name,
        actor.unit,
        actor.role,
        told["method"],
        told["opinion"],
        tuple(told.get("failed", ())),
        told.get("exception", ""),
    )
    state = target_of("accept", told)
    checks = (*issue.now.checks, made)
    if state != "closed":
        undone = range(1, len(issue.now.measures) + 1) if made.outcome == "none" else made.failed
        failed = [replace(one, done=0) if n in undone and one.target == 1 else one for n, one in enumerate(issue.now.measures, 1)]
        return _now(issue, state=state, checks=checks, measures=tuple(failed), notice=None)
    due, done_on = issue.now.due, issue.now.submissions[-1].done_on
    return _now(issue, state=state, checks=checks, closed=event.as_of, on_time=None if due is None else done_on <= due)


def _extend(issue: Issue, event: Event) -> Issue:
    due = event.day("due") or event.as_of
    made = Extension(event.as_of, event.doer.name, event.doer.unit, event.data["text"], due)
    return _now(issue, extensions=(*issue.now.extensions, made))


def _decide(issue: Issue, event: Event) -> Issue:
    *earlier, request = issue.now.extensions
    told = {"decision": event.data["decision"], "decided_on": event.as_of, "decided_by": event.doer.name}
    made = replace(request, **told, document=event.data["document"])
    latest = max(request.due, issue.now.due or request.due)  # a suspension may have moved the day past the one that was asked for
    due = {"due": latest, "due_text": ""} if event.data["decision"] == "granted" else {}
    return _now(issue, extensions=(*earlier, made), **due)


def _hold(issue: Issue, event: Event) -> Issue:
    review = event.day("review") or event.as_of
    return _now(issue, state="held", hold=Hold(event.as_of, review, event.data["text"], event.doer.name, event.data["document"]))


def _resume(issue: Issue, event: Event) -> Issue:
    due = event.day("due")
    shifts = (*issue.now.shifts, *(Shift(**one) for one in event.data.get("shifts", ())))
    return _now(issue, state="rectifying", hold=None, shifts=shifts, **({"due": due, "due_text": ""} if due else {}))


def _transfer(issue: Issue, event: Event) -> Issue:
    text = f"{event.data['to']} {event.data['receipt']}"
    return _now(issue, state="transferred", ended_text=text, closed=event.as_of)


def _merge(issue: Issue, event: Event) -> Issue:
    return _now(replace(issue, merged_into=event.data["into"]), state="merged", ended_text=event.data["number"], closed=event.as_of)


def _recur(issue: Issue, event: Event) -> Issue:
    told, before = event.data, issue.now
    made = Cycle(
        no=before.no + 1,
        state="registered" if issue.number else "candidate",
        found=event.day("found") or event.as_of,
        source=told.get("source", "manual"),
        problem=told.get("problem", before.problem),
        facts=told["facts"],
        earned=told.get("earned", 0),
        points=told.get("points", before.points),
        owner=before.owner,
        unit=before.unit,
        person=before.person,
        leader=before.leader,
        helpers=before.helpers,
        measures=tuple(replace(one, done=0, due=None) for one in before.measures),
        deadline=before.deadline,
    )
    return replace(issue, cycles=(*issue.cycles, made), inherited=False)


def _lookback(issue: Issue, event: Event) -> Issue:
    told = event.data
    made = LookBack(event.as_of, told["result"], event.doer.name, event.doer.unit, told["text"], told.get("run", ""))
    return replace(issue, look_backs=(*issue.look_backs, made))


def _amend(issue: Issue, event: Event) -> Issue:
    return _now(issue, **{event.data["field"]: event.data["value"]})


def _attach(issue: Issue, event: Event) -> Issue:
    told = {name: event.data[name] for name in ("sha256", "name", "size", "stage")}
    taken = event.day("taken_on") or event.as_of
    made = Attachment(**told, taken_on=taken, by=event.doer.name, on=event.as_of, **_given(event, "text", "supersedes"))
    return replace(issue, attachments=(*issue.attachments, made))


def _note(issue: Issue, event: Event) -> Issue:
    return replace(issue, notes=(*issue.notes, Line(event.as_of, event.doer.name, event.data["text"])))


# --- what the ledger itself writes ---------------------------------------------


def _seen(issue: Issue, event: Event) -> Issue:
    made = Sighting(event.data["run"], event.day("on") or event.as_of, event.data["result"], event.data.get("facts", ""))
    return _now(issue, sightings=(*issue.now.sightings, made))


def _shift(issue: Issue, event: Event) -> Issue:
    made = Shift(event.data["document"], event.data["days"])
    return _now(issue, due=event.day("due"), shifts=(*issue.now.shifts, made))


def _redate(issue: Issue, event: Event) -> Issue:
    years = tuple(event.data.get("unknown_years", ()))
    return _now(issue, due=event.day("due"), due_text=event.data.get("due_text", ""), unknown_years=years)


def _alias(issue: Issue, event: Event) -> Issue:
    """Somebody said that it goes by another key, too; the book keeps which."""
    return issue


def _slip(issue: Issue, event: Event) -> Issue:
    made = Slip(event.data["rung"], event.data["number"], event.as_of, event.data["to"])
    return _now(issue, slips=(*issue.now.slips, made))


def _handover(issue: Issue, event: Event) -> Issue:
    old, new = event.data["from"], event.data["person"]
    measures = tuple(replace(one, person=new) if one.person == old else one for one in issue.now.measures)
    return _now(replace(issue, inherited=True), person=new, measures=measures)


def _place(issue: Issue, event: Event) -> Issue:
    """The branch was renamed, or another took its place; the key stays what it was. What the branch answered for itself, it still does."""
    made = replace(issue, **_given(event, "branch", "branch_name", "township"))
    return _now(made, unit=made.branch_name) if issue.now.open and issue.now.unit == issue.branch_name else made


def _edit(issue: Issue, event: Event) -> Issue:
    """A field came back from a workbook."""
    told = dict(event.data["fields"])
    made = replace(issue, importance=told.pop("importance")) if "importance" in told else issue
    if "helpers" in told:
        told["helpers"] = tuple(told["helpers"])
    return _now(made, **told)


_STEPS: Mapping[str, Callable[[Issue, Event], Issue]] = {
    "register": _register,
    "promote": _promote,
    "dismiss": _dismiss,
    "assign": _assign,
    "deliver": _deliver,
    "progress": _progress,
    "submit": _submit,
    "publish": _publish,
    "object": _object,
    "accept": _accept,
    "extend": _extend,
    "decide": _decide,
    "hold": _hold,
    "resume": _resume,
    "transfer": _transfer,
    "merge": _merge,
    "recur": _recur,
    "reappear": _recur,
    "lookback": _lookback,
    "amend": _amend,
    "attach": _attach,
    "note": _note,
    "seen": _seen,
    "shift": _shift,
    "redate": _redate,
    "slip": _slip,
    "alias": _alias,
    "handover": _handover,
    "place": _place,
    "edit": _edit,
}
