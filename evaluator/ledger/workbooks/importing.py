"""Workbooks that come back: every change becomes a move of the lifecycle, all of them or none, and what cannot be is told cell by cell."""

import hashlib
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Literal

from evaluator.diagnostics import Diagnostic, Failure, Place
from evaluator.ledger.adding import add_issue
from evaluator.ledger.calendar import Calendar
from evaluator.ledger.entries import Issue
from evaluator.ledger.events import Actor, Draft, Role
from evaluator.ledger.store import Change, Store
from evaluator.ledger.workbooks import contract as x
from evaluator.ledger.workbooks.applying import apply
from evaluator.ledger.workbooks.merging import CONFLICTS, Edit, at_version, clashes, compare
from evaluator.ledger.workbooks.returned import Line, Returned, near, read_returned

__all__ = ["VERDICTS", "Imported", "Row", "Verdict", "import_workbooks"]

Verdict = Literal["new", "updated", "parallel", "unchanged", "conflict", "refused"]
VERDICTS: tuple[Verdict, ...] = ("new", "updated", "parallel", "unchanged", "conflict", "refused")
FOLLOWING = ("E629", "W644")  # not worth saying in a row that is refused anyway
NEAREST = 5  # unknown numbers for which the nearest are looked for: in a large ledger that takes a while


@dataclass
class Row:
    """What becomes of one row. ``changes`` are those that were made."""

    line: Line
    issue: str = ""
    number: str = ""
    changes: list[Edit] = field(default_factory=list)
    findings: list[Diagnostic] = field(default_factory=list)
    moved: bool = False
    new: bool = False

    @property
    def verdict(self) -> Verdict:
        errors = [one for one in self.findings if one.is_error]
        if errors:
            return "conflict" if any(one.code in CONFLICTS for one in errors) else "refused"
        if self.new:
            return "new"
        return ("parallel" if self.moved else "updated") if self.changes else "unchanged"


@dataclass
class Imported:
    """What became of all rows. ``findings`` concern no single row."""

    rows: list[Row] = field(default_factory=list)
    findings: list[Diagnostic] = field(default_factory=list)
    known: list[Path] = field(default_factory=list)  # taken over before: not looked at again
    applied: bool = False

    @property
    def counts(self) -> Mapping[Verdict, int]:
        found = Counter(row.verdict for row in self.rows)
        return {verdict: found[verdict] for verdict in VERDICTS}

    @property
    def told(self) -> list[Diagnostic]:
        """Every finding, in the order of places."""
        found = [*self.findings, *(one for row in self.rows for one in row.findings)]
        return sorted(found, key=lambda one: (one.place.file, one.place.sheet, _spot(one.place), one.key))

    @property
    def bad(self) -> bool:
        return any(one.is_error for one in self.told)


class _Stopped(Exception):
    """Something is refused, so nothing is written."""


def import_workbooks(
    store: Store,
    actor: Actor,
    as_of: date,
    files: Sequence[Path],
    *,
    filled_by: str = "",
    write: bool = False,
    skip_refused: bool = False,
    calendar: Calendar | None = None,
    command: str = "ledger import",
) -> Imported:
    """Take over what was filled in, and return what became of each row; nothing is stored unless ``write`` is set.

    Anything refused or in conflict stops the whole; with ``skip_refused`` the rest is stored. ``filled_by`` is who filled in where the
    rows do not say it.

    Raises:
        Failure: a file that cannot be read or does not belong to this ledger.
    """
    read: list[Returned] = []
    known: list[Path] = []
    failed: list[Diagnostic] = []
    book = store.book()
    for path in dict.fromkeys(files):
        try:
            one = read_returned(path, book)
        except Failure as failure:
            failed += failure.findings
            continue
        if one.sha256 in book.imports:
            known.append(path)
        elif one.sha256 not in {other.sha256 for other in read}:
            read.append(one)
    if failed:
        raise Failure(failed)
    made = Imported(known=sorted(known))
    made.findings += [Diagnostic("exchange.W645", Place(str(path)), {"day": _day_of(path, book.imports)}) for path in made.known]
    with suppress(_Stopped), store.change(actor, as_of, command, dry=not write) as change:
        _Importer(change, sorted(read, key=lambda one: str(one.path)), made, filled_by, calendar).run()
        if write and made.bad and not skip_refused:
            raise _Stopped
        for one in read:
            _recorded(change, one, made)
        made.applied = write
    return made


def _recorded(change: Change, one: Returned, made: Imported) -> None:
    own = [row for row in made.rows if row.line.sheet.file == str(one.path)]
    whole = not one.findings and all(row.verdict not in ("conflict", "refused") for row in own)
    counts = Counter(row.verdict for row in own)
    told = {"sha256": one.sha256, "file": one.path.name, "export": one.meta.export if one.meta else "", "whole": whole}
    change.add(Draft("", "import", told | {"rows": dict(counts)}))


def _day_of(path: Path, imports: Mapping[str, str]) -> str:
    return imports[hashlib.sha256(path.read_bytes()).hexdigest()]


def _spot(place: Place) -> tuple[int, int, str]:
    """Return a cell in the order in which people read a sheet."""
    letters = place.cell.rstrip("0123456789")
    return int(place.cell[len(letters) :] or place.line), len(letters) or place.column, letters


class _Importer:
    def __init__(self, change: Change, files: Sequence[Returned], made: Imported, filled_by: str, calendar: Calendar | None) -> None:
        self.change = change
        self.files = files
        self.made = made
        self.filled_by = filled_by
        self.calendar = calendar
        self.strange = 0  # numbers that the ledger has not

    def run(self) -> None:
        flawed: dict[tuple[str, str, int], list[Diagnostic]] = {}
        for one in self.files:
            self.made.findings += one.notes
            for finding in one.findings:
                flawed.setdefault(_row_of(finding.place), []).append(finding)
        for one in self.files:
            for row in self.rows(one):
                row.findings += flawed.pop(_row_of(row.line.place()), [])
                self.made.rows.append(row)
        self.made.findings += [finding for found in flawed.values() for finding in found]
        sound = [row for row in self.made.rows if not row.findings]
        self.known([row for row in sound if row.issue])
        self.fresh([row for row in sound if not row.issue])

    # --- which issue a row means -------------------------------------------------

    def rows(self, one: Returned) -> Iterator[Row]:
        """Yield the rows of a file, each with its issue or why it has none."""
        seen: dict[str, Row] = {}
        numbers = self.numbers
        for line in one.lines:
            number = line.text("number")
            row = Row(line, number=number)
            if not line.id and not number:
                if one.meta is None:
                    self.made.findings.append(Diagnostic("exchange.W643", line.place(), {}))
                    continue
                yield row
                continue
            if line.id and not line.whole:
                row.findings.append(Diagnostic("exchange.E607", line.place(), {"number": number}))
                yield row
                continue
            row.issue = line.id if line.id else numbers.get(x.same(number), "")
            if not row.issue or (line.id and line.id not in self.ids):
                row.findings.append(self.unknown(line, number))
            elif row.issue in seen:
                for this, other in ((row, seen[row.issue]), (seen[row.issue], row)):
                    told = {"number": number, "other": other.line.place("number").cell}
                    this.findings.append(Diagnostic("exchange.E605", this.line.place("number"), told))
            seen.setdefault(row.issue, row)
            yield row

    def unknown(self, line: Line, number: str) -> Diagnostic:
        """Return why a number means no issue: it is that of a case, or nothing in the ledger bears it."""
        if x.same(number) in self.cases:
            return Diagnostic("exchange.E631", line.place("number"), {"found": number})
        self.strange += 1
        told = near(number, list(self.numbers)) if self.strange <= NEAREST else "—"
        return Diagnostic("exchange.E611", line.place("number"), {"found": number, "near": told})

    @cached_property
    def numbers(self) -> Mapping[str, str]:
        """The id of each issue by its number, and by its id where it has none yet."""
        return {x.same(row.called): row.id for row in self.change.store.rows("kind IN ('issue', 'common')")}

    @cached_property
    def cases(self) -> frozenset[str]:
        """The numbers of entries of other kinds, which no workbook fills in."""
        return frozenset(x.same(row.number) for row in self.change.store.rows("kind NOT IN ('issue', 'common')"))

    @cached_property
    def ids(self) -> frozenset[str]:
        return frozenset(self.numbers.values())

    # --- rows of issues that the ledger has ---------------------------------------

    def known(self, rows: Sequence[Row]) -> None:
        by_issue: dict[str, list[Row]] = {}
        for row in rows:
            if not row.line.whole or row.line.touched:
                by_issue.setdefault(row.issue, []).append(row)
        for id_ in sorted(by_issue, key=lambda one: (len(one), one)):  # in the order in which they began, whichever file comes first
            self.issue(id_, by_issue[id_])

    def issue(self, id_: str, rows: Sequence[Row]) -> None:
        issue = self.change.issue(id_)
        edits: list[Edit] = []
        for row in rows:
            line = row.line
            if line.id and not 1 <= line.version <= issue.version:
                told = {"found": line.version, "known": issue.version, "number": row.number}
                row.findings.append(Diagnostic("exchange.E621", line.place("number"), told))
                continue
            base = at_version(self.change.store, issue, line.version) if line.id else issue
            role: Role = line.meta.role if line.meta else self.change.actor.role
            compared = compare(line, issue, base, role)
            row.findings += compared.findings
            row.moved = compared.moved
            if compared.edits and not self.filler(line):
                row.findings.append(Diagnostic("exchange.E620", line.place("filled_by"), {"number": issue.called}))
                continue
            edits += compared.edits
        by_row = {_row_of(row.line.place()): row for row in rows}
        clashing = list(clashes(edits))
        for finding in dict.fromkeys(clashing):
            by_row[_row_of(finding.place)].findings.append(finding)
        spots = {finding.place for finding in clashing}
        kept = [edit for edit in edits if edit.place not in spots]
        bad = {one.place for row in rows for one in row.findings if one.is_error}
        if kept:
            self.apply(issue, kept, by_row, bad)

    def apply(self, issue: Issue, edits: Sequence[Edit], by_row: Mapping[tuple[str, str, int], Row], bad: Collection[Place]) -> None:
        done, findings = apply(self.change, issue, edits, self.doer, bad=bad, calendar=self.calendar)
        for edit in done:
            by_row[_row_of(edit.place)].changes.append(edit)
        for finding in findings:
            row = by_row[_row_of(finding.place)]
            if finding.code not in FOLLOWING or not any(one.is_error for one in row.findings):
                row.findings.append(finding)

    def filler(self, line: Line) -> str:
        return x.tidy(line.cell("filled_by")) or self.filled_by

    def doer(self, line: Line, issue: Issue) -> Actor:
        """Return who filled in a line: of the unit and in the role that an owner's or a township's workbook went to, else one's own."""
        own = self.change.actor
        if line.meta is None or line.meta.role == own.role or line.meta.role not in ("owner", "township"):
            return replace(own, name=self.filler(line))
        unit = issue.now.unit if line.meta.role == "owner" else self.change.book.exports.get(line.meta.export, own.unit)
        return Actor(self.filler(line), unit, line.meta.role)

    # --- rows for new issues --------------------------------------------------------

    def fresh(self, rows: Sequence[Row]) -> None:
        seen: dict[tuple[str, str], Row] = {}
        for row in sorted(rows, key=lambda one: _row_of(one.line.place())):
            self.new(row, seen)

    def new(self, row: Row, seen: dict[tuple[str, str], Row]) -> None:
        line = row.line
        for name in line.columns:
            if name not in (*x.NEW, "filled_by") and line.text(name):
                told = {"column": x.label(name), "found": line.text(name), "names": "、".join(map(x.label, x.NEW))}
                row.findings.append(Diagnostic("exchange.E623", line.place(name), told))
        told_ = {}
        for name in ("branch", "problem"):
            told_[name] = x.tidy(line.cell(name))
            if not told_[name]:
                row.findings.append(Diagnostic("exchange.E622", line.place(name), {"column": x.label(name)}))
        if not self.filler(line):
            row.findings.append(Diagnostic("exchange.E620", line.place("filled_by"), {"number": told_["branch"]}))
        try:
            importance = x.read_value("importance", line.cell("importance")) or "minor"
        except x.Unread as problem:
            values = {"column": x.label("importance"), **problem.values}
            row.findings.append(Diagnostic(problem.key, line.place("importance"), values))
        if row.findings:
            return
        spot = (x.same(told_["branch"]), x.same(told_["problem"]))
        if spot in seen:
            row.findings.append(Diagnostic("exchange.E624", line.place("problem"), {"other": seen[spot].line.place("problem")}))
            return
        seen[spot] = row
        there = self.there.get(spot)
        if there is not None:
            row.number = there
            row.findings.append(Diagnostic("exchange.W647", line.place("problem"), {"number": there}))
            return
        problem_text = told_["problem"]
        texts = {name: x.tidy(line.cell(name)) for name in ("measures", "unit", "person")}
        try:
            made = add_issue(
                self.change,
                branch=told_["branch"],
                title=x.title_of(problem_text),
                problem=problem_text,
                measure=texts["measures"],
                unit=texts["unit"],
                person=texts["person"],
                importance=importance,
                place=line.place("branch"),
            )
        except Failure as failure:
            row.findings += failure.findings
            return
        row.new, row.issue, row.number = True, made.id, made.called
        row.changes = [Edit(line, name, "", told_.get(name) or texts.get(name, "")) for name in ("branch", "problem")]

    @cached_property
    def there(self) -> Mapping[tuple[str, str], str]:
        """What was added by hand and is open, by branch (name and id) and problem: a file saved again brings it a second time."""
        found: dict[tuple[str, str], str] = {}
        for one in self.change.store.entries("origin = 'manual' AND open AND kind = 'issue'"):
            if isinstance(one, Issue):
                found |= {(x.same(name), x.same(one.cycles[0].problem)): one.called for name in (one.branch, one.branch_name)}
        return found


def _row_of(place: Place) -> tuple[str, str, int]:
    """Return the file, the sheet and the row of a spot."""
    return place.file, place.sheet, _spot(place)[0]
