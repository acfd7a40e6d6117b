"""Three sides of a row, field by field: what went out, what the ledger says now, what came back.

Changed on one side only, the change holds; changed on both to the same, there is nothing to do; changed on both and differently, nobody
but a person can say which is right.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice

from evaluator.diagnostics import Diagnostic, Place
from evaluator.ledger.entries import Issue
from evaluator.ledger.events import Role
from evaluator.ledger.replay import replay
from evaluator.ledger.sheets import LONGEST
from evaluator.ledger.store import Store
from evaluator.ledger.workbooks import contract as x
from evaluator.ledger.workbooks.returned import Line
from evaluator.messages import LANGUAGES, say

__all__ = ["CONFLICTS", "Compared", "Edit", "at_version", "clashes", "compare"]

CONFLICTS = ("E618", "E619", "E628")
SUBMITTED = ("done_on", "papers", "submit")
CHECKED = ("outcome", "method", "opinion")


@dataclass(frozen=True)
class Edit:
    """A field that somebody changed, in its written form."""

    line: Line
    name: str
    old: str
    new: str

    @property
    def place(self) -> Place:
        return self.line.place(self.name)


@dataclass
class Compared:
    """What a row asks for. ``moved``: the ledger went on, in other fields, since the row went out."""

    edits: list[Edit] = field(default_factory=list)
    findings: list[Diagnostic] = field(default_factory=list)
    moved: bool = False


def at_version(store: Store, issue: Issue, version: int) -> Issue:
    """Return an issue as it was after so many events."""
    if version == issue.version:
        return issue
    made: Issue | None = None
    for event in islice(store.events(issue.id), version):
        made = replay(made, event)
    assert made is not None  # version 1 begins it
    return made


def compare(line: Line, now: Issue, base: Issue, role: Role) -> Compared:
    """Return what a row changes; ``base`` is the issue as it went out, ``now`` itself for a sheet of any other layout."""
    made = Compared()
    if _elsewhere(line, base, made):
        return made
    before, current = x.values_of(base), x.values_of(now)
    gone = _gone_on(base, now)
    for name in line.columns:
        if name in x.FIXED:
            _fixed(line, name, base, made)
        elif name == "state":
            _state(line, base, made)
        if name not in before or name in x.FIXED or _untouched(line, name, before[name]):
            continue
        told = {"column": x.label(name), "old": _short(name, before[name]), "new": line.text(name)}
        if name not in x.FILLED[role]:
            roles = "、".join(say(f"moves.role_{one}") for one in ("owner", "township", "county") if name in x.FILLED[one])
            made.findings.append(Diagnostic("exchange.E610", line.place(name), told | {"role": say(f"moves.role_{role}"), "roles": roles}))
            continue
        try:
            new = x.read_value(name, line.cell(name))
        except x.Unread as problem:
            made.findings.append(Diagnostic(problem.key, line.place(name), {"column": x.label(name), **problem.values}))
            continue
        if x.same(new) == x.same(current[name]):
            continue
        if not new:
            made.findings.append(Diagnostic("exchange.E617", line.place(name), told))
        elif x.same(before[name]) != x.same(current[name]):
            sides = {"base": _short(name, before[name]), "now": _short(name, current[name]), "new": _short(name, new)}
            made.findings.append(Diagnostic("exchange.E618", line.place(name), told | sides))
        elif name in gone:
            made.findings.append(Diagnostic("exchange.E628", line.place(name), told | {"state": say(f"moves.state_{now.state}")}))
        else:
            made.edits.append(Edit(line, name, current[name], new))
    made.moved = bool(made.edits) and any(x.same(before[name]) != x.same(current[name]) for name in before)
    return made


def clashes(edits: Iterable[Edit]) -> Iterator[Diagnostic]:
    """Yield, at both places, where two rows of the same issue say different things of one field."""
    first: dict[str, Edit] = {}
    for edit in edits:
        other = first.setdefault(edit.name, edit)
        if x.same(other.new) != x.same(edit.new):
            for one, two in ((other, edit), (edit, other)):
                told = {"new": _short(one.name, one.new), "other_new": _short(two.name, two.new), "other": two.place}
                yield Diagnostic("exchange.E619", one.place, {"column": x.label(one.name), **told})


def _elsewhere(line: Line, base: Issue, made: Compared) -> bool:
    """Whether the row tells of another issue than its marks or its number say: parts of it were sorted, or the number is a slip."""
    fixed = x.fixed_values(base)
    name = "number" if line.id else "branch"
    known = (fixed["number"],) if line.id else (base.branch_name, base.branch)
    found = line.text(name)
    if not found or x.same(found) in map(x.same, known):
        return False
    told = {"column": x.label(name), "found": found, "expected": known[0], "number": base.called}
    made.findings.append(Diagnostic("exchange.E608", line.place(name), told))
    return True


def _fixed(line: Line, name: str, base: Issue, made: Compared) -> None:
    """Refuse what was changed where nobody may; a sheet of any other layout may word these columns as it likes."""
    told = x.fixed_values(base)[name][:LONGEST]
    if line.id and x.same(line.cell(name)) != x.same(told):
        made.findings.append(Diagnostic("exchange.E609", line.place(name), {"column": x.label(name), "old": told, "new": line.text(name)}))


def _state(line: Line, base: Issue, made: Compared) -> None:
    """Refuse a state that somebody typed: it comes of what was done, so a word for it closes nothing, and must not be lost unsaid."""
    found = line.text("state")
    if line.id and x.same(found) not in {x.same(say(f"moves.state_{base.now.state}", lang)) for lang in LANGUAGES}:
        told = {"column": x.label("state"), "new": found, "names": "、".join(map(x.label, SUBMITTED))}
        made.findings.append(Diagnostic("exchange.E633", line.place("state"), told))


def _untouched(line: Line, name: str, before: str) -> bool:
    """Whether a cell says what it said; in a sheet of any other layout an empty one says nothing."""
    found = x.same(line.cell(name))
    if not line.id and not found:
        return True
    return found in {x.same(x.shown(name, before, lang)) for lang in LANGUAGES}


def _gone_on(base: Issue, now: Issue) -> frozenset[str]:
    """Return the fields of which a row cannot speak any more: the ledger saw a submission, a check or a new cycle since it went out."""
    if base.now.no != now.now.no:
        return x.BY_ROLE
    submitted = SUBMITTED if len(base.now.submissions) != len(now.now.submissions) else ()
    checked = CHECKED if len(base.now.checks) != len(now.now.checks) else ()
    return frozenset((*submitted, *checked))


def _short(name: str, value: str) -> str:
    """Return a value for a sentence."""
    text = " ".join(x.shown(name, value).split("\n"))
    return text if len(text) <= 60 else text[:59] + "…"
