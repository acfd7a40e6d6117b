"""Reconciling (对账): a new run held against the ledger. Only a check that was evaluated and met may propose a close; not visited is
not fixed; the same run twice changes nothing.

The decision table is that of ``reference/ledger.md`` section b.2. Trying and applying take the same path; a trial is rolled back.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from evaluator.diagnostics import Diagnostic, Failure, Place
from evaluator.ledger.acts import attempt
from evaluator.ledger.balance import Balance, balance
from evaluator.ledger.entries import Issue
from evaluator.ledger.events import Draft
from evaluator.ledger.items import items_of
from evaluator.ledger.opening import (
    Opened,
    common_keys,
    common_problems,
    fitting_packs,
    homes,
    matched,
    open_rows,
    superseded,
    take_over,
)
from evaluator.ledger.rows import Row
from evaluator.ledger.signals import Signal, Wide, relapse_of, signals
from evaluator.ledger.store import Change
from evaluator.packs.models import Criterion, Pack
from evaluator.scoring.results import IssueRow, Run

__all__ = ["Compared", "Line", "reconcile"]

Verdict = Literal["failed", "passed", "not_applicable", "not_checked", "withdrawn", "moved"]
FEW = 5  # a branch with fewer open issues may see all of them proposed for closing at once


@dataclass(frozen=True)
class Line:
    """What the run says of one issue of the ledger, and what follows.

    ``follows``: ``seen`` (still there), ``reject`` (claimed done, still there), ``propose`` (met: propose to close), ``closed`` (closed
    by this), ``dismiss`` (does not apply: propose a dismissal), ``suspected`` or ``rebound`` (came back), ``kept`` (held when looked
    at again), ``stays`` (an earlier decision stands), ``unchecked``, ``withdrawn`` (its rule is gone), ``match`` (may be the same as
    the new one of ``other``), ``gone`` (an observation that is met).
    """

    row: Row
    verdict: Verdict
    follows: str
    signs: tuple[Signal, ...] = ()
    other: str = ""


@dataclass(frozen=True)
class Compared:
    """One reconciliation. ``again``: this run was reconciled before, so nothing was stored, whatever was done in between."""

    run: str
    again: bool
    lines: Sequence[Line]
    opened: Opened
    balance: Balance
    counts: Mapping[str, int] = field(default_factory=dict)

    def of(self, *follows: str) -> list[Line]:
        return [line for line in self.lines if line.follows in follows]


def reconcile(
    change: Change, run: Run, *, allow_mass_close: bool = False, same: Collection[str] = (), different: Collection[str] = ()
) -> Compared:
    """Hold a run against the ledger and store what follows, within ``change``.

    ``same`` and ``different`` are ids of issues for which a match under another locus was proposed: somebody says that it is the same
    issue, or another one.

    Raises:
        Failure: a run that does not belong here, branches of which suspiciously much would close at once, or a balance that does not
            hold, before or after.
    """
    packs = fitting_packs(change, run)
    place = Place(change.store.path.name)
    since = change.book.runs[-1].seq if change.book.runs else 0
    _balanced(change, since, place)
    again = any(note.digest == run.info.table_digest and note.action == "reconciled" for note in change.book.runs)
    if not again:
        take_over(change, run)
    comparison = _Comparison(change, run, packs, again)
    comparison.decided = {**dict.fromkeys(same, True), **dict.fromkeys(different, False)}
    lines = list(comparison.lines())
    undecided = [id_ for id_ in (*same, *different) if id_ not in comparison.met or (id_ in same and id_ in different)]
    if undecided:
        named = "、".join(change.entry(id_).called for id_ in dict.fromkeys(undecided))
        raise Failure([Diagnostic("reconcile.E603", place, {"numbers": named})])
    opened = Opened(0, 0, 0, len(comparison.found), {})
    if again and comparison.apart:
        others = {row.issue_key for row in run.issues} - comparison.apart
        opened = open_rows(change, run, packs, others, shared=False)
    if not again:
        if not allow_mass_close:
            _guard_mass_close(lines, packs, place)
        opened = open_rows(change, run, packs, comparison.proposed)
        change.add(Draft("", "run", {"digest": run.info.table_digest, "as_of": str(run.info.as_of), "action": "reconciled"}))
    made = _balanced(change, since, place)
    return Compared(run.info.table_digest, again, lines, opened, made, Counter(line.follows for line in lines))


def _balanced(change: Change, since: int, place: Place) -> Balance:
    change.flush()
    made = balance(change.store, since)
    if made.broken:
        raise Failure([Diagnostic("reconcile.E602", place, {"branches": "、".join(made.broken[:5]), "count": len(made.broken)})])
    return made


def _guard_mass_close(lines: Sequence[Line], packs: Sequence[Pack], place: Place) -> None:
    """Refuse a run in which most of a branch's issues vanish at once: more often a fault of the data than a fact."""
    share = min(pack.ledger.mass_close for pack in packs)
    mine = [line for line in lines if line.row.open and not line.row.observed and line.row.kind == "issue"]
    open_now = Counter(line.row.branch for line in mine)
    closing = Counter(line.row.branch for line in mine if line.follows in ("propose", "closed"))
    names = {line.row.branch: line.row.branch_name for line in mine}
    found = [names[one] for one, count in closing.items() if open_now[one] >= FEW and count * 100 > share * open_now[one]]
    if found:
        values = {"branches": "、".join(found[:5]), "count": len(found), "share": share}
        raise Failure([Diagnostic("reconcile.E601", place, values)])


class _Comparison:
    """One run, looked up by issue. ``again``: it was compared before, and nothing is stored."""

    def __init__(self, change: Change, run: Run, packs: Sequence[Pack], again: bool) -> None:
        self.change = change
        self.run = run
        self.again = again
        self.packs = {pack.pack: pack for pack in packs}
        self.items = items_of(packs)
        self.heirs: dict[tuple[str, str], list[str]] = defaultdict(list)
        renamed = superseded(packs)
        for (pack, new), olds in renamed.items():
            for old in olds:
                self.heirs[pack, old].append(new)
        self.rows = [row for row in change.rows("kind IN ('issue', 'common') AND item != ''") if row.pack in self.packs]
        self.found = matched(self.rows, run, packs, change.book)
        self.taken = {self.found[row.id].issue_key for row in self.rows if row.open and row.id in self.found}
        self.register = {branch.id for branch in run.register.branches}
        self.places: dict[str, tuple[str, ...]] = {}
        self.visited = {(row.branch_id, row.pack): row for row in run.branches if row.visited}
        self.statuses = {(row.branch_id, row.pack, row.criterion): row.status for row in run.criteria}
        self.findings = {(row.branch_id, row.pack, row.id): row.state for row in run.findings}
        self.common = {key for one in common_problems(run, packs) for key in common_keys(one, renamed)}
        self.wide = Wide(change.store)
        self.decided: Mapping[str, bool] = {}
        self.met: set[str] = set()  # ids of issues for which a match was there to decide on
        self.apart: set[str] = set()  # keys of run issues that somebody said to be others
        self.proposed: set[str] = set()  # keys of run issues that may be issues of the ledger under another locus

    def lines(self) -> Iterator[Line]:
        """Yield a line for each issue of the run's packs, storing what follows."""
        matches = self._matches()
        for row in self.rows:
            verdict = self.verdict(row)
            match = matches.get(row.id) if verdict == "moved" else None
            if match:
                self.met.add(row.id)
            if match and self.decided.get(row.id) is False:
                self.apart.add(match.issue_key)
                yield self.settle(row, verdict)
            elif match and row.id in self.decided:
                self.found[row.id] = match
                self.change.add(Draft(row.id, "alias", {"key": match.issue_key}))  # a person decides, also after the run was applied
                yield self.settle(row, "failed")
            elif match:
                self.proposed.add(match.issue_key)
                yield Line(row, verdict, "match", other=match.problem)
            else:
                yield self.settle(row, verdict)

    def verdict(self, row: Row) -> Verdict:
        """Return what the run says of an issue: ``moved`` when its item fails, but elsewhere."""
        items = self._items(row)
        if not items:
            return "withdrawn"
        if row.kind == "common":
            return self._common(row, items)
        if row.id in self.found:
            return "failed" if self._proved(row) else "not_checked"
        told = {self._told(home, row.pack, item) for home in self._homes(row.branch) for item in items}
        ranked: tuple[Verdict, ...] = ("moved", "not_checked", "passed", "not_applicable")  # what weighs most where several speak
        return next((one for one in ranked if one in told), "not_checked")

    def _items(self, row: Row) -> list[str]:
        """Return the ids under which the item of an issue goes on in the run's packs, none where it is gone."""
        return [row.item] if (row.pack, row.item) in self.items else self.heirs.get((row.pack, row.item), [])

    def _homes(self, branch: str) -> tuple[str, ...]:
        if branch not in self.places:
            self.places[branch] = homes(self.change.book, branch, self.run, self.register)
        return self.places[branch]

    def _told(self, branch: str, pack: str, item: str) -> Verdict:
        """Return what the run says of one item of one of its branches."""
        if (branch, pack) not in self.visited:
            return "not_checked"
        status = self.statuses.get((branch, pack, item))
        if status is None and not isinstance(self.items[pack, item], Criterion):  # of a trigger or veto that is false there is no row
            return "not_checked" if (branch, pack, item) in self.findings else "passed"
        known: dict[str, Verdict] = {"met": "passed", "not_applicable": "not_applicable", "unmet": "moved", "partial": "moved"}
        return known.get(status or "", "not_checked")

    def _proved(self, row: Row) -> bool:
        """Whether what failed was decided; evidence that is still lacking fails only the issue that asks for it."""
        return row.origin == "unproven" or self.found[row.id].kind != "unproven"

    def _common(self, row: Row, items: Sequence[str]) -> Verdict:
        """Return what the run says of a common problem: passed only if it would be none even with every branch of it failing that the
        run did not look at."""
        if row.key in self.common:
            return "failed"
        of = [id_ for (id_, pack), one in self.visited.items() if pack == row.pack and row.township in ("", one.township)]
        listed = [home for one in self.change.issue(row.id).branches for home in self._homes(one) or (one,)]
        for item in items:
            told = {id_: self._told(id_, row.pack, item) for id_ in dict.fromkeys((*of, *listed))}
            failing = [id_ for id_, one in told.items() if one == "moved" or (id_ in listed and one == "not_checked")]
            if self.packs[row.pack].ledger.is_common(len(failing), len(told)):
                return "not_checked"
        return "passed" if of else "not_checked"

    def _matches(self) -> dict[str, IssueRow]:
        """Return, by id, the one run issue of the same branch and item where one on each side is left over (another locus)."""
        known = {one.issue_key for one in self.found.values()}
        left: dict[tuple[str, str, str], list[Row]] = defaultdict(list)
        for row in self.rows:
            if row.open and row.kind == "issue" and row.id not in self.found:
                for home in self._homes(row.branch):
                    for item in self._items(row):
                        left[home, row.pack, item].append(row)
        fresh: dict[tuple[str, str, str], list[IssueRow]] = defaultdict(list)
        for one in self.run.issues:
            if one.pack in self.packs and one.issue_key not in known:
                fresh[one.branch_id, one.pack, one.criterion].append(one)
        return {old[0].id: fresh[key][0] for key, old in left.items() if len(old) == 1 and len(fresh[key]) == 1}

    # --- what follows ----------------------------------------------------------

    def _store(self, row: Row, action: str, data: Mapping[str, object]) -> None:
        if not self.again or row.id in self.decided:
            self.change.add(Draft(row.id, action, data))

    def settle(self, row: Row, verdict: Verdict) -> Line:
        """Return what follows from a verdict, and store it."""
        if verdict in ("not_checked", "moved", "withdrawn"):
            return Line(row, verdict, "withdrawn" if verdict == "withdrawn" else "unchecked")
        if row.state == "closed":
            return self._closed(row, verdict)
        if not row.open:
            return self._ended(row, verdict)
        if row.observed and verdict != "failed":
            self._store(row, "dismiss", {"code": "met", "text": self.run.info.table_digest})
            return Line(row, verdict, "gone")
        if verdict == "not_applicable":
            return self._seen(row, verdict, "dismiss")
        if verdict == "failed":
            again = row.state == "submitted" and self._after_submission(row)
            return self._seen(row, verdict, "reject" if again else "stays" if row.state == "held" else "seen")
        return self._passed(row, verdict)

    def _after_submission(self, row: Row) -> bool:
        """Whether the run looked after the day on which the owner says it was done."""
        return self.run.info.as_of > self.change.issue(row.id).now.submissions[-1].done_on

    def _ended(self, row: Row, verdict: Verdict) -> Line:
        """An earlier decision stands; an observation that was met comes back as one."""
        if verdict != "failed":
            return Line(row, verdict, "unchecked")
        issue = self.change.issue(row.id)
        if issue.now.ended_code == "met" and str(self.run.info.as_of) > row.closed and self._take(row):
            self._recur(row, issue, "reappear")
            return Line(row, verdict, "seen")
        return self._seen(row, verdict, "stays")

    def _take(self, row: Row) -> bool:
        """Whether an ended issue may come back as what the run found: no open one stands for that already."""
        found = self.found.get(row.id)
        if self.again or (found and found.issue_key in self.taken):
            return False
        if found:
            self.taken.add(found.issue_key)
        return True

    def _passed(self, row: Row, verdict: Verdict) -> Line:
        line = self._seen(row, verdict, "propose")
        closes = [getattr(self.items[row.pack, item], "auto_close", False) for item in self._items(row)]
        if row.state == "submitted" and all(closes) and not self.again and self._after_submission(row):
            told = {"outcome": "full", "method": "test", "opinion": self.run.info.table_digest}
            if not attempt(self.change, self.change.issue(row.id), "accept", told):
                return Line(row, verdict, "closed")
        return line

    def _seen(self, row: Row, verdict: Verdict, follows: str) -> Line:
        """Store the sighting; the run that found an issue does not see it again."""
        issue = self.change.issue(row.id)
        if issue.now.source != self.run.info.table_digest:
            facts = self._facts(row, issue)
            told = {"run": self.run.info.table_digest, "on": str(self.run.info.as_of), "result": verdict, "facts": facts}
            self._store(row, "seen", told)
        return Line(row, verdict, follows)

    def _facts(self, row: Row, issue: Issue) -> str:
        found = self.found.get(row.id)
        return found.problem.removeprefix(issue.title).lstrip(":") if found else ""

    def _closed(self, row: Row, verdict: Verdict) -> Line:
        """What was closed is looked at again only by a run of a later day: an older one says nothing of the fix."""
        issue = self.change.issue(row.id)
        if str(self.run.info.as_of) <= row.closed or verdict == "not_applicable":
            return Line(row, verdict, "unchecked")
        if verdict == "passed":
            self._look_back(row, "kept")
            return Line(row, verdict, "kept")
        if not self._take(row):
            return Line(row, verdict, "unchecked")
        on, book = self.run.info.as_of, self.change.book
        signs = signals(issue, issue.now, on, book, self.wide, self._facts(row, issue))
        kind = relapse_of(issue, issue.now, on, book)
        self._look_back(row, "relapsed")
        self._recur(row, issue)
        return Line(row, verdict, kind, tuple(signs))

    def _look_back(self, row: Row, result: str) -> None:
        self._store(row, "lookback", {"run": self.run.info.table_digest, "text": "", "result": result})

    def _recur(self, row: Row, issue: Issue, action: str = "recur") -> None:
        found = self.found.get(row.id)
        told = {"source": self.run.info.table_digest, "found": str(self.run.info.as_of), "facts": self._facts(row, issue) or "—"}
        points = {"earned": found.earned, "points": found.points, "problem": found.problem} if found else {}
        home = self.change.book.branches.get(found.branch_id) if found else None
        if home and home.id != row.branch:  # it had stayed with a branch that ended since
            place = {"branch": home.id, "branch_name": home.name, "township": home.township}
            self._store(row, "place", place)
        self._store(row, action, {**told, **points})
