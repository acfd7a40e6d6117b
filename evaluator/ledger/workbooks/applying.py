"""The changes of one row as moves of the lifecycle, in the order in which they can follow each other; the guards decide."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import asdict, replace
from difflib import get_close_matches
from typing import Any

from evaluator.diagnostics import Diagnostic, Place
from evaluator.ledger.acts import attempt
from evaluator.ledger.calendar import Calendar
from evaluator.ledger.entries import Issue, Measure
from evaluator.ledger.events import Actor, Draft
from evaluator.ledger.lifecycle import Ask, refusals
from evaluator.ledger.store import Change
from evaluator.ledger.workbooks import contract as x
from evaluator.ledger.workbooks.merging import Edit
from evaluator.ledger.workbooks.returned import Line
from evaluator.messages import say

__all__ = ["apply"]

# Where a refusal is shown: by its code, else by the action.
SPOTS: Mapping[str, str] = {"E220": "papers", "E221": "papers", "E222": "papers", "E219": "progress", "E224": "method", "E229": "method"}
DAYS = ("E210", "E211", "E218")
NEEDED = ("done_on", "outcome", "method", "opinion", "unit", "person", "measures")
FOLLOWING = ("E201", "E203")  # of a step that was not made, or a cell that was refused
THEIRS = ("E249", "E250", "E251")  # refusals that hold for an edit, too, which is no move of the table
ENDING = ("submit", "accept")  # not tried while anything else of the row is in doubt


def apply(
    change: Change,
    issue: Issue,
    edits: Sequence[Edit],
    doer_of: Callable[[Line, Issue], Actor],
    *,
    bad: Collection[Place],
    calendar: Calendar | None,
) -> tuple[list[Edit], list[Diagnostic]]:
    """Make the moves that a row's changes mean; return the changes that were made, and why the others were not, at their cells.

    ``doer_of`` tells who filled in a line; what follows is theirs, whoever brings the file in. ``bad`` are cells of the row that were
    refused before, so it closes nothing.
    """
    return _Applier(change, issue, edits, doer_of, bad, calendar).run()


class _Applier:
    def __init__(
        self,
        change: Change,
        issue: Issue,
        edits: Sequence[Edit],
        doer_of: Callable[[Line, Issue], Actor],
        bad: Collection[Place],
        calendar: Calendar | None,
    ) -> None:
        self.change = change
        self.id = issue.id
        self.edits = {edit.name: edit for edit in edits}
        self.all = edits
        self.doer_of = doer_of
        self.bad = bad
        self.calendar = calendar
        self.findings: list[Diagnostic] = []
        self.done: list[Edit] = []

    @property
    def issue(self) -> Issue:
        return self.change.issue(self.id)

    def value(self, name: str) -> str:
        """Return what the row says of a field, else what the ledger says."""
        return self.edits[name].new if name in self.edits else x.values_of(self.issue)[name]

    def run(self) -> tuple[list[Edit], list[Diagnostic]]:
        steps: Sequence[tuple[Callable[[], bool], tuple[str, ...]]] = (
            (self.assigned, ("measures", "unit", "person")),
            (self.weighed, ("importance",)),
            (self.delivered, ("delivered",)),
            (self.progressed, ("progress",)),
            (self.submitted, ("done_on", "papers", "submit")),
            (self.accepted, ("outcome", "method", "opinion")),
        )
        for step, names in steps:
            if any(name in self.edits for name in names) and step():
                self.done += [edit for edit in self.all if edit.name in names]
        return self.done, self.findings

    # --- the steps; each returns whether it was made ------------------------------

    def assigned(self) -> bool:
        """Hand it to somebody: an assignment before work began or where measures change, else only who and where."""
        issue = self.issue
        given: dict[str, Any] = {name: self.edits[name].new for name in ("unit", "person") if name in self.edits}
        if "measures" in self.edits:
            given["measures"] = _measures(issue, self.edits["measures"].new)
        first = next(name for name in ("measures", "unit", "person") if name in self.edits)
        if issue.state == "registered" or "measures" in given:
            return self.attempt("assign", given, first)
        if issue.state not in ("candidate", "rectifying", "held"):
            return self.refuse("E625", first, state=say(f"moves.state_{issue.state}"))
        return self.edit(given)

    def weighed(self) -> bool:
        if self.issue.state not in ("candidate", "registered", "rectifying", "held"):
            return self.refuse("E625", "importance", state=say(f"moves.state_{self.issue.state}"))
        edit, own = self.edits["importance"], self.change.actor
        if edit.new == "minor" and (own.role != "county" or self.doer_of(edit.line, self.issue).name == own.name):
            return self.refuse("E632", "importance", who=own.name)
        return self.edit({"importance": edit.new})

    def delivered(self) -> bool:
        return self.attempt("deliver", {"on": self.edits["delivered"].new}, "delivered")

    def progressed(self) -> bool:
        return self.attempt("progress", {"text": self.edits["progress"].new}, "progress")

    def submitted(self) -> bool:
        first = next(name for name in ("submit", "done_on", "papers") if name in self.edits)
        if self.value("submit") != x.TICK:
            names = "、".join(x.label(name) for name in ("done_on", "papers") if name in self.edits)
            self.findings.append(Diagnostic("exchange.W644", self.edits[first].place, {"names": names, "number": self.issue.called}))
            return False
        papers = x.papers_of(self.value("papers"))
        data: dict[str, Any] = {"done_on": self.value("done_on"), "text": self.value("progress"), "papers": papers}
        if self.issue.irreversible:  # a record kept on time is named as a paper with its day
            data["records"] = [paper["dated"] for paper in papers]
        return self.attempt("submit", data, first)

    def accepted(self) -> bool:
        data: dict[str, Any] = {name: self.value(name) if name in self.edits else "" for name in ("outcome", "method", "opinion")}
        if data["outcome"] == "part":  # no cell says which measure failed, so all are gone through again
            data["failed"] = list(range(1, len(self.issue.now.measures) + 1))
        first = next(name for name in ("outcome", "method", "opinion") if name in self.edits)
        if self.issue.state == "submitted":  # who brings the file in is held apart from the work, too
            ask = self.ask(data, self.change.actor)
            found = [self.at(one, "accept", first) for one in refusals("accept", ask) if one.code == "E226"]
            self.findings += found
            if found:
                return False
        return self.attempt("accept", data, first)

    # --- how a step is made ---------------------------------------------------------

    def ask(self, data: Mapping[str, Any], doer: Actor) -> Ask:
        return Ask(self.issue, doer, self.change.as_of, data, self.change.book.rules(self.issue.pack))

    def attempt(self, action: str, data: Mapping[str, Any], first: str) -> bool:
        doer = self.doer_of(self.edits[first].line, self.issue)
        if action in ENDING and (self.bad or any(one.is_error for one in self.findings)):
            known = {*self.bad, *(one.place for one in self.findings)}
            found = [self.at(one, action, first) for one in refusals(action, self.ask(data, doer)) if one.code not in FOLLOWING]
            self.findings += [one for one in found if one.place not in known]  # all that is wrong is told in one pass
            return self.refuse("E629", first, action=say(f"moves.do_{action}"))
        found = attempt(self.change, self.issue, action, data, reason=self.reason(first), calendar=self.calendar, doer=doer)
        self.findings += [self.at(one, action, first) for one in found]
        return not found

    def edit(self, fields: Mapping[str, Any]) -> bool:
        name = next(iter(fields))
        doer = self.doer_of(self.edits[name].line, self.issue)
        ask = self.ask({}, doer)
        found = [one for action in ("progress", "transfer") for one in refusals(action, ask) if one.code in THEIRS]
        if found:
            self.findings.append(self.at(found[0], "edit", name))
            return False
        told = {"fields": dict(fields), **({"for": asdict(doer)} if doer != self.change.actor else {})}
        self.change.add(Draft(self.id, "edit", told, self.reason(name)))
        return True

    def refuse(self, code: str, name: str, **values: Any) -> bool:
        told = {"column": x.label(name), "number": self.issue.called, **values}
        self.findings.append(Diagnostic(f"exchange.{code}", self.edits[name].place, told))
        return False

    def reason(self, name: str) -> str:
        """Return, for the record, where a change comes from."""
        place = self.edits[name].place
        file = place.file.replace("\\", "/").rpartition("/")[2]
        who = self.doer_of(self.edits[name].line, self.issue).name
        return say("exchange.reason", "zh", who=who, file=file, cell=place.cell)

    def at(self, finding: Diagnostic, action: str, first: str) -> Diagnostic:
        """Return a refusal of the guards at the cell that can mend it."""
        name = SPOTS.get(finding.code, "")
        if finding.code in DAYS and action == "submit":
            name = "done_on"
        if finding.code == "E203":
            missing = {say(f"moves.field_{field}"): field for field in NEEDED}
            name = missing.get(finding.values["name"], "progress" if action == "submit" else "")
        line = self.edits[first].line
        spot: Place = line.place(name) if name in line.columns else self.edits[first].place
        return replace(finding, place=spot)


def _measures(issue: Issue, text: str) -> list[dict[str, Any]]:
    """Return the measures that lines of text name: one that is there already keeps its person, day and count, a reworded one, too."""
    lines = text.split("\n")
    left = {x.same(one.text): one for one in issue.now.measures}
    found = {n: left.pop(x.same(line)) for n, line in enumerate(lines) if x.same(line) in left}
    for n, line in enumerate(lines):
        near = get_close_matches(x.same(line), left, n=1, cutoff=0.5) if n not in found else []
        if near:
            found[n] = left.pop(near[0])
    return [{"text": line, **(_kept(found[n]) if n in found else {})} for n, line in enumerate(lines)]


def _kept(old: Measure) -> dict[str, Any]:
    return {"person": old.person, "due": str(old.due) if old.due else None, "unit": old.unit, "target": old.target, "done": old.done}
