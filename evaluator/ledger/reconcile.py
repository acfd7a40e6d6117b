"""Reconciling (对账): a new run held against the ledger. Only a check that was evaluated and met may propose a close; not visited is
not fixed; the same run twice changes nothing.

The decision table is that of ``reference/ledger.md`` section b.2. Trying and applying take the same path; a trial is rolled back.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from evaluator.diagnostics import Diagnostic, Failure, Place
from evaluator.ledger.acts import attempt
from evaluator.ledger.balance import Balance, balance
from evaluator.ledger.entries import Issue
from evaluator.ledger.events import Draft
from evaluator.ledger.opening import Opened, common_key, common_problems, items_of, keys_of, open_rows, packs_of, superseded, take_over
from evaluator.ledger.rows import Row
from evaluator.ledger.signals import Signal, Wide, relapse_of, signals
from evaluator.ledger.store import Change
from evaluator.packs.models import Pack
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
    """One reconciliation. ``again``: this run was reconciled before and nothing changed."""

    run: str
    again: bool
    lines: Sequence[Line]
    opened: Opened
    balance: Balance
    counts: Mapping[str, int] = field(default_factory=dict)

    def of(self, *follows: str) -> list[Line]:
        return [line for line in self.lines if line.follows in follows]


def reconcile(change: Change, run: Run, *, allow_mass_close: bool = False) -> Compared:
    """Hold a run against the ledger and store what follows, within ``change``.

    Raises:
        Failure: a run that does not belong here, branches of which suspiciously much would close at once, or a balance that does not
            hold.
    """
    packs = packs_of(run, change.book)
    place = Place(change.store.path.name)
    if not packs:
        raise Failure([Diagnostic("opening.E421" if change.book.internal else "opening.E420", place)])
    later = [note for note in change.book.runs if note.as_of > run.info.as_of]
    if later:
        raise Failure([Diagnostic("opening.E422", place, {"as_of": run.info.as_of, "last": later[-1].as_of})])
    since = change.book.runs[-1].seq if change.book.runs else 0
    again = any(note.digest == run.info.table_digest and note.action == "reconciled" for note in change.book.runs)
    take_over(change, run)
    comparison = _Comparison(change, run, packs)
    lines = list(comparison.lines())
    _guard_mass_close(lines, packs, place, allow_mass_close)
    opened = open_rows(change, run, packs, comparison.proposed)
    if not again:
        change.add(Draft("", "run", {"digest": run.info.table_digest, "as_of": str(run.info.as_of), "action": "reconciled"}))
    change.flush()
    made = balance(change.store, since)
    if made.broken:
        raise Failure([Diagnostic("reconcile.E602", place, {"branches": "、".join(made.broken[:5]), "count": len(made.broken)})])
    return Compared(run.info.table_digest, again, lines, opened, made, Counter(line.follows for line in lines))


def _guard_mass_close(lines: Sequence[Line], packs: Sequence[Pack], place: Place, allowed: bool) -> None:
    """Refuse a run in which most of a branch's issues vanish at once, unless somebody says that it is so."""
    share = min(pack.ledger.mass_close for pack in packs)
    open_now: Counter[str] = Counter()
    closing: Counter[str] = Counter()
    for line in lines:
        if line.row.open and not line.row.observed:
            open_now[line.row.branch_name] += 1
            closing[line.row.branch_name] += line.follows in ("propose", "closed")
    found = [name for name, count in closing.items() if open_now[name] >= FEW and count * 100 > share * open_now[name]]
    if found and not allowed:
        values = {"branches": "、".join(found[:5]), "count": len(found), "share": share}
        raise Failure([Diagnostic("reconcile.E601", place, values)])


class _Comparison:
    """One run, looked up by issue."""

    def __init__(self, change: Change, run: Run, packs: Sequence[Pack]) -> None:
        self.change = change
        self.run = run
        self.packs = {pack.pack for pack in packs}
        self.items = items_of(packs)
        self.renamed = superseded(packs)
        self.heirs = {(pack, old): new for (pack, new), olds in self.renamed.items() for old in olds}
        self.rows: dict[str, IssueRow] = {}
        for row in run.issues:
            if row.pack in self.packs:
                for key in keys_of(row, change.book, self.renamed):
                    self.rows.setdefault(key, row)
        self.visited = {(row.branch_id, row.pack) for row in run.branches if row.visited}
        self.statuses = {(row.branch_id, row.pack, row.criterion): row.status for row in run.criteria}
        self.findings = {(row.branch_id, row.pack, row.id): row.state for row in run.findings}
        self.common = {common_key(one) for one in common_problems(run, packs)}
        self.wide = Wide(change.store)
        self.proposed: set[str] = set()  # keys of run issues that may be issues of the ledger under another locus

    def lines(self) -> Iterator[Line]:
        """Yield a line for each issue of the run's packs, storing what follows."""
        rows = [row for row in self.change.rows("kind IN ('issue', 'common') AND item != ''") if row.pack in self.packs]
        matches = self._matches(rows)
        for row in rows:
            verdict = self.verdict(row)
            if row.id in matches and verdict == "moved":
                self.proposed.add(matches[row.id].issue_key)
                yield Line(row, verdict, "match", other=matches[row.id].problem)
            else:
                yield self.settle(row, verdict)

    def verdict(self, row: Row) -> Verdict:
        """Return what the run says of an issue: ``moved`` when its item fails, but elsewhere."""
        if row.kind == "common":
            seen = any(pack == row.pack for _, pack in self.visited)
            return "failed" if row.key in self.common else "passed" if seen else "not_checked"
        item = row.item if (row.pack, row.item) in self.items else self.heirs.get((row.pack, row.item), "")
        if not item:
            return "withdrawn"
        if row.key in self.rows:
            return "failed" if self._proved(row, item) else "not_checked"
        branch = self.change.book.present(row.branch)
        if (branch, row.pack) not in self.visited:
            return "not_checked"
        status = self.statuses.get((branch, row.pack, item))
        if status is None:  # a trigger or veto, of which no row means false
            return "not_checked" if (branch, row.pack, item) in self.findings else "passed"
        known: dict[str, Verdict] = {"met": "passed", "not_applicable": "not_applicable", "unmet": "moved", "partial": "moved"}
        return known.get(status, "not_checked")

    def _proved(self, row: Row, item: str) -> bool:
        """Whether what failed was decided; evidence that is still lacking fails only the issue that asks for it."""
        return row.origin == "unproven" or self.rows[row.key].kind != "unproven"

    def _matches(self, rows: Sequence[Row]) -> dict[str, IssueRow]:
        """Return, by id, the one run issue of the same branch and item where one on each side is left over (another locus)."""
        keys = {row.key for row in rows}
        left: dict[tuple[str, str, str], list[Row]] = defaultdict(list)
        for row in rows:
            if row.open and row.key not in self.rows:
                left[row.branch, row.pack, row.item].append(row)
        fresh: dict[tuple[str, str, str], list[IssueRow]] = defaultdict(list)
        for one in self.run.issues:
            if one.pack in self.packs and not keys & set(keys_of(one, self.change.book, self.renamed)):
                fresh[one.branch_id, one.pack, one.criterion].append(one)
        return {old[0].id: fresh[key][0] for key, old in left.items() if len(old) == 1 and len(fresh[key]) == 1}

    # --- what follows ----------------------------------------------------------

    def settle(self, row: Row, verdict: Verdict) -> Line:
        """Return what follows from a verdict, and store it."""
        if verdict in ("not_checked", "moved", "withdrawn"):
            return Line(row, verdict, "withdrawn" if verdict == "withdrawn" else "unchecked")
        if row.state == "closed":
            return self._closed(row, verdict)
        if not row.open:
            return self._ended(row, verdict)
        if row.observed and verdict != "failed":
            self.change.add(Draft(row.id, "dismiss", {"code": "met", "text": self.run.info.table_digest}))
            return Line(row, verdict, "gone")
        if verdict == "not_applicable":
            return self._seen(row, verdict, "dismiss")
        if verdict == "failed":
            return self._seen(row, verdict, "reject" if row.state == "submitted" and self._after_submission(row) else "seen")
        return self._passed(row, verdict)

    def _after_submission(self, row: Row) -> bool:
        """Whether the run looked after the day on which the owner says it was done."""
        return self.run.info.as_of > self.change.issue(row.id).now.submissions[-1].done_on

    def _ended(self, row: Row, verdict: Verdict) -> Line:
        """An earlier decision stands; an observation that was met comes back as one."""
        if verdict != "failed":
            return Line(row, verdict, "unchecked")
        if self.change.issue(row.id).now.ended_code == "met" and str(self.run.info.as_of) > row.closed:
            self._recur(row, self.change.issue(row.id))
            return Line(row, verdict, "seen")
        return self._seen(row, verdict, "stays")

    def _passed(self, row: Row, verdict: Verdict) -> Line:
        line = self._seen(row, verdict, "propose")
        item = self.items.get((row.pack, row.item))
        if row.state == "submitted" and getattr(item, "auto_close", False):
            told = {"outcome": "full", "method": "test", "opinion": self.run.info.table_digest}
            if not attempt(self.change, self.change.issue(row.id), "accept", told):
                return Line(row, verdict, "closed")
        return line

    def _seen(self, row: Row, verdict: Verdict, follows: str) -> Line:
        """Store the sighting, once for each run."""
        issue = self.change.issue(row.id)
        known = [one.run for one in issue.now.sightings]
        if self.run.info.table_digest not in known and issue.now.source != self.run.info.table_digest:
            facts = self._facts(row, issue)
            told = {"run": self.run.info.table_digest, "on": str(self.run.info.as_of), "result": verdict, "facts": facts}
            self.change.add(Draft(row.id, "seen", told))
        return Line(row, verdict, follows)

    def _facts(self, row: Row, issue: Issue) -> str:
        found = self.rows.get(row.key)
        return found.problem.removeprefix(issue.title).lstrip(":") if found else ""

    def _closed(self, row: Row, verdict: Verdict) -> Line:
        """What was closed is looked at again only by a run of a later day: an older one says nothing of the fix."""
        issue = self.change.issue(row.id)
        if str(self.run.info.as_of) <= row.closed or verdict == "not_applicable":
            return Line(row, verdict, "unchecked")
        if verdict == "passed":
            if not any(one.run == self.run.info.table_digest for one in issue.look_backs):
                self._look_back(row, "kept")
            return Line(row, verdict, "kept")
        on, book = self.run.info.as_of, self.change.book
        signs = signals(issue, issue.now, on, book, self.wide, self._facts(row, issue))
        kind = relapse_of(issue, issue.now, on, book)
        self._look_back(row, "relapsed")
        self._recur(row, issue)
        return Line(row, verdict, kind, tuple(signs))

    def _look_back(self, row: Row, result: str) -> None:
        self.change.add(Draft(row.id, "lookback", {"run": self.run.info.table_digest, "text": "", "result": result}))

    def _recur(self, row: Row, issue: Issue) -> None:
        found = self.rows.get(row.key)
        told = {"source": self.run.info.table_digest, "found": str(self.run.info.as_of), "facts": self._facts(row, issue) or "—"}
        points = {"earned": found.earned, "points": found.points, "problem": found.problem} if found else {}
        if found and found.branch_id != row.branch:
            home = self.change.book.branches[found.branch_id]
            place = {"branch": home.id, "branch_name": home.name, "township": home.township}
            self.change.add(Draft(row.id, "place", place))
        self.change.add(Draft(row.id, "recur", {**told, **points}))
