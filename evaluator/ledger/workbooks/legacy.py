"""An office's own old ledger taken over: open issues go on with their numbers and days, closed ones come in closed, all as history."""

import hashlib
import re
from calendar import monthrange
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any

from evaluator.diagnostics import Diagnostic, Failure, Place
from evaluator.evidence.files import read_file
from evaluator.evidence.rows import FOOTER
from evaluator.evidence.values import NO, YES, plain
from evaluator.ledger.adding import find_branch, living_branch
from evaluator.ledger.book import Lineage
from evaluator.ledger.entries import Issue
from evaluator.ledger.events import Actor, Draft
from evaluator.ledger.issues import issue_key
from evaluator.ledger.store import Change, Store
from evaluator.ledger.workbooks import contract as x
from evaluator.ledger.workbooks.legacy_columns import Matched, match_columns
from evaluator.ledger.workbooks.returned import formulas
from evaluator.messages import say

__all__ = ["Legacy", "import_legacy"]

CLOSED = YES | {"销号", "已销号", "已完成", "完成", "已办结", "办结", "已整改", "整改到位", "已整改到位", "closed"}
RUNNING = NO | {"未销号", "未完成", "未办结", "未整改", "整改中", "正在整改", "持续整改", "长期坚持", "部分整改", "申请销号", "open"}
DAYS = ("found", "delivered", "done_on", "closed")
MONTH_END = re.compile(r"^(\d{4})[年.-](\d{1,2})月?底$")
AS_ID = re.compile("e[0-9]+")  # as ids of entries are, so that nobody could tell which is meant


@dataclass
class Legacy:
    """What became of an old ledger: counts by state, and what is wrong with its cells."""

    matched: Matched | None = None
    findings: list[Diagnostic] = field(default_factory=list)
    open: int = 0
    closed: int = 0
    known: int = 0
    undated: int = 0
    renumbered: int = 0
    applied: bool = False

    @property
    def bad(self) -> bool:
        return any(one.is_error for one in self.findings)


@dataclass
class _Old:
    """A row of an old ledger, read."""

    row: int
    number: str
    branch: Lineage
    texts: Mapping[str, str]
    days: Mapping[str, date]
    due: date | None
    due_text: str
    ended: bool
    called: str = ""
    series: tuple[str, int] | None = None

    @property
    def found(self) -> date | None:
        return self.days.get("found") or min((day for name, day in self.days.items() if name != "found"), default=None)


class _Stopped(Exception):
    """Something is wrong, so nothing is written."""


def import_legacy(
    store: Store,
    actor: Actor,
    as_of: date,
    path: Path,
    name: str,
    given: Mapping[str, str],
    *,
    write: bool = False,
    skip_refused: bool = False,
    command: str = "ledger import-legacy",
) -> Legacy:
    """Take over a workbook with columns of its own and return what became of it; nothing is stored unless ``write`` is set.

    The matching of columns is kept in the ledger as ``name``. Any cell that cannot be used stops the whole; with ``skip_refused`` the
    other rows are stored.

    Raises:
        Failure: the file cannot be read, or its columns are not understood.
    """
    made = Legacy()
    book = store.book()
    sheets = read_file(path)
    data = path.read_bytes()
    sha256 = hashlib.sha256(data).hexdigest()
    made.matched = match_columns(path, sheets, book.mappings.get(name, {}), given)
    if sha256 in book.imports:
        made.findings.append(Diagnostic("exchange.W645", Place(str(path)), {"day": book.imports[sha256]}))
        return made
    if not book.branches:
        raise Failure([Diagnostic("legacy.E666", Place(str(store.path)))])
    try:
        with store.change(actor, as_of, command, dry=not write) as change:
            reader = _Reader(change, made, made.matched, formulas(data).get(made.matched.sheet.name, frozenset()))
            olds = list(reader.rows())
            if write and made.bad and not skip_refused:
                raise _Stopped
            reader.number(olds)
            for old in olds:
                change.add(reader.draft(old))
            if book.mappings.get(name) != made.matched.titles:
                change.add(Draft("", "mapping", {"name": name, "columns": made.matched.titles}))
            counts = {"open": made.open, "closed": made.closed, "known": made.known}
            change.add(Draft("", "import", {"sha256": sha256, "file": path.name, "export": "", "whole": not made.bad, "rows": counts}))
            made.applied = write
    except _Stopped:
        pass
    return made


class _Reader:
    def __init__(self, change: Change, made: Legacy, matched: Matched, computed: frozenset[tuple[int, int]]) -> None:
        self.change = change
        self.made = made
        self.matched = matched
        self.computed = computed

    # --- from cells to values -----------------------------------------------------

    def rows(self) -> Iterator[_Old]:
        """Yield the rows that can be used and are not in the ledger yet; what is wrong with the others goes to the findings."""
        numbers: dict[str, int] = {}
        for row in self.matched.rows:
            if not any(plain(self.matched.cell(row, name)) for name in self.matched.columns):
                continue
            first = next(text for cell in self.matched.sheet.rows[row] if (text := plain(cell)))
            if FOOTER.match(first) or (not self.text(row, "branch") and not self.text(row, "problem")):
                self.say("legacy.W669", row, "branch")
                continue
            before = len(self.made.findings)
            old = self.old(row)
            number = self.text(row, "number")
            if number and not self.matched.running and numbers.setdefault(number, row) != row:
                for this, other in ((row, numbers[number]), (numbers[number], row)):
                    self.say("exchange.E605", this, "number", number=number, other=self.matched.place(other, "number").cell)
            if len(self.made.findings) > before or old is None:
                continue
            if self.known(row, old.branch):
                self.made.known += 1
                continue
            self.made.undated += "found" not in old.days
            self.made.closed += old.ended
            self.made.open += not old.ended
            yield old

    def text(self, row: int, name: str) -> str:
        return x.tidy(self.matched.cell(row, name))

    def say(self, key: str, row: int, name: str, **values: Any) -> None:
        told = {"column": x.label(name), **values}
        self.made.findings.append(Diagnostic(key, self.matched.place(row, name), told))

    def old(self, row: int) -> _Old | None:
        flaws = self.matched.sheet.flaws
        for name, column in self.matched.columns.items():
            if flaw := flaws.get((row, column)):
                self.say("exchange.E612" if flaw.kind == "uncached_formula" else "exchange.E613", row, name, found=flaw.text)
            elif (row, column) in self.computed and name != "number":  # a running number may be computed; it is a number all the same
                self.say("exchange.E612", row, name, found="=")
        days = {name: day for name in DAYS if (day := self.day(row, name))}
        due, due_text = self.due(row)
        ended = self.ended(row, "closed" in days)
        self.in_order(row, days)
        importance = ""
        try:
            importance = x.read_value("importance", self.matched.cell(row, "importance"))
        except x.Unread as problem:
            self.say(problem.key, row, "importance", **problem.values)
        if not self.text(row, "problem"):
            self.say("exchange.E622", row, "problem")
        branch = self.branch(row, ended)
        if branch is None:
            return None
        texts = {name: self.text(row, name) for name in self.matched.columns if name not in DAYS} | {"importance": importance or "minor"}
        return _Old(row, self.text(row, "number"), branch, texts, days, due, due_text, ended)

    def branch(self, row: int, ended: bool) -> Lineage | None:
        """Return the branch of a row; what is open and not yet taken over needs one that has not ended."""
        told = self.text(row, "branch")
        if not told:
            self.say("exchange.E622", row, "branch")
            return None
        place = self.matched.place(row, "branch")
        try:
            found = find_branch(self.change.book, told, place)
            return found if ended or self.known(row, found) else living_branch(self.change.book, told, place)
        except Failure as failure:
            self.made.findings += failure.findings
            return None

    def day(self, row: int, name: str) -> date | None:
        cell = self.matched.cell(row, name)
        text = plain(cell)
        if not text or (name == "closed" and text.casefold() in CLOSED | RUNNING):
            return None
        try:
            return x.read_day(cell)
        except x.Unread as problem:
            self.say(problem.key, row, name, **problem.values)
            return None

    def due(self, row: int) -> tuple[date | None, str]:
        """Return the day of a limit, or its words where it has no day (长期坚持)."""
        cell = self.matched.cell(row, "due")
        text = re.sub("[之以]?前$", "", plain(cell).replace(" ", ""))
        if not any(c.isdigit() for c in text):
            return None, self.text(row, "due")
        if (match := MONTH_END.match(text)) and 1 <= int(match[2]) <= 12:
            year, month = int(match[1]), int(match[2])
            text = f"{year:04}-{month}-{monthrange(year, month)[1]}"
        try:
            return x.read_day(text if isinstance(cell, str) else cell), ""
        except x.Unread as problem:
            self.say(problem.key, row, "due", found=plain(cell))
            return None, ""

    def ended(self, row: int, dated: bool) -> bool:
        """Whether a row is closed: its own word for it, a word where the day should stand, else a day of closing."""
        for name in ("ended", "closed"):
            text = plain(self.matched.cell(row, name)).casefold()
            if not text or (name == "closed" and text not in CLOSED | RUNNING):
                continue
            if text not in CLOSED | RUNNING:
                self.say("exchange.E615", row, name, found=text, choices="、".join(("已销号", "整改中")))
            elif text in RUNNING and dated:
                self.say("legacy.E668", row, name, found=text)
            else:
                return text in CLOSED
        return dated

    def in_order(self, row: int, days: Mapping[str, date]) -> None:
        for name, day in days.items():
            if day > self.change.as_of:
                self.say("moves.E210", row, name, day=day, as_of=self.change.as_of)
            elif name != "found" and "found" in days and day < days["found"]:
                self.say("moves.E211", row, name, day=day, found=days["found"])

    def known(self, row: int, branch: Lineage) -> bool:
        """Whether a row was taken over before, under its branch or one that came from it or that it came from."""
        number, problem = self.text(row, "number"), x.same(self.text(row, "problem"))
        return any((number, one, problem) in self.there for one in self.change.book.origins(branch.id))

    @cached_property
    def there(self) -> frozenset[tuple[str, str, str]]:
        """What was taken over before, by old number, branch (as it is and as it was) and problem."""
        found = (one for one in self.change.store.entries("origin = 'legacy'") if isinstance(one, Issue))
        origins = self.change.book.origins
        return frozenset((one.old_number, branch, x.same(one.cycles[0].problem)) for one in found for branch in origins(one.branch))

    # --- from values to issues ----------------------------------------------------

    def number(self, olds: list[_Old]) -> None:
        """Give every row its number: its own where that is free, else the next of this year's series, which no row of the file claims."""
        taken = {row.number for row in self.change.store.rows("number != ''")}
        prefix = re.escape(self.change.book.prefix)
        own = re.compile(rf"({prefix}-(?:.+-)?\d{{4}})-(\d{{4,}})")
        year = f"{self.change.book.prefix}-{self.change.as_of.year}"
        last = self.change.book.serials.get(year, 0)
        for old in olds:
            if old.number and not self.matched.running and old.number not in taken and not AS_ID.fullmatch(old.number):
                old.called = old.number
                taken.add(old.number)
                if match := own.fullmatch(old.number):  # a number of the ledger's own kind is never issued again
                    old.series = match[1], int(match[2])
                    last = max(last, old.series[1]) if match[1] == year else last
        for old in olds:
            if not old.called:
                last += 1
                old.called, old.series = f"{year}-{last:04d}", (year, last)
                self.made.renumbered += 1

    def draft(self, old: _Old) -> Draft:
        """Return the event with which an old issue begins."""
        as_of = self.change.as_of
        found = old.found or as_of
        get = old.texts.get
        problem = old.texts["problem"]
        item = get("item", "")
        issue = {
            "key": issue_key(old.branch.id, item or "legacy", old.number or problem.split("\n")[0][: x.TITLE]),
            "number": old.called,
            "old_number": old.number,
            "kind": "issue",
            "origin": "legacy",
            "branch": old.branch.id,
            "branch_name": old.branch.name,
            "township": old.branch.township,
            "pack": "",
            "item": item,
            "title": x.title_of(problem),
            "basis": "",
            "fixable_by": "branch" if get("unit", "") in ("", old.branch.name) else "department",
            "importance": old.texts["importance"],
            "found": str(found),
            "cycles": [self.cycle(old, found)],
            "notes": [self.line(old, name) for name in ("papers", "opinion") if get(name)],
        }
        told: dict[str, Any] = {"issue": issue}
        if old.series:
            told |= {"number": old.called, "series": old.series[0], "serial": old.series[1]}
        return Draft("", "open", told, say("legacy.reason", "zh", file=Path(self.matched.sheet.file).name, row=old.row + 1), new=True)

    def cycle(self, old: _Old, found: date) -> dict[str, Any]:
        get = old.texts.get
        done = old.days.get("done_on") or old.days.get("closed")
        delivered = old.days.get("delivered") or (found if old.due else None)  # a day that runs was handed over
        person = get("person", "")
        unit = get("unit", "") or old.branch.name
        cycle: dict[str, Any] = {
            "no": 1,
            "state": "closed" if old.ended else "rectifying",
            "found": str(found),
            "source": "legacy",
            "problem": old.texts["problem"],
            "facts": "",
            "unit": unit,
            "person": person,
            "leader": get("leader", ""),
            "helpers": [piece for piece in re.split("[、,;\uff0c\uff1b\n]", get("helpers", "")) if piece.strip()],
            "measures": [{"text": line, "done": int(old.ended)} for line in get("measures", "").split("\n") if line],
            "assigned": str(old.days.get("delivered") or found),
            "delivered": str(delivered) if delivered else None,
            "due": str(old.due) if old.due else None,
            "due_first": str(old.due) if old.due else None,
            "due_text": old.due_text,
            "progress": [self.line(old, "progress")] if get("progress") else [],
        }
        if not old.ended:
            return cycle
        closed = old.days.get("closed") or done
        if done:
            text = get("progress") or say("exchange.origin_legacy", "zh")
            cycle["submissions"] = [{"on": str(done), "done_on": str(done), "by": person, "unit": unit, "text": text}]
        return cycle | {
            "closed": str(closed or self.change.as_of),
            "on_time": None if not old.due or not done else done <= old.due,
            "ended_text": "" if closed else say("exchange.legacy_no_day", "zh"),
        }

    def line(self, old: _Old, name: str) -> dict[str, str]:
        """Return a text of an old ledger as a line of history."""
        day = old.days.get("closed") or old.days.get("done_on") or self.change.as_of
        return {"on": str(day), "by": self.change.actor.name, "text": old.texts[name]}
