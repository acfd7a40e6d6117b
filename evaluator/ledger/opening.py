"""A run becomes candidates of the ledger: what each branch is given now, what stays an observation, and what many share.

The tool proposes: everything begins as a candidate (待研判) with the unit, person and measure that packs and directory name for it.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from evaluator.diagnostics import Diagnostic, Failure, Place
from evaluator.ledger.adding import begin
from evaluator.ledger.book import Book
from evaluator.ledger.directory import Directory, pieces
from evaluator.ledger.entries import ISSUE, Issue
from evaluator.ledger.events import Draft
from evaluator.ledger.issues import issue_key
from evaluator.ledger.items import items_of
from evaluator.ledger.rows import Row
from evaluator.ledger.store import Change
from evaluator.messages import say
from evaluator.packs.models import Criterion, Pack
from evaluator.scoring.results import IssueRow, Run

__all__ = [
    "Common",
    "Opened",
    "common_keys",
    "common_problems",
    "fitting_packs",
    "homes",
    "keys_of",
    "matched",
    "open_rows",
    "open_run",
    "packs_of",
    "superseded",
    "take_over",
]


@dataclass(frozen=True)
class Opened:
    """What opening a run did: counts, and owners for whom the directory names no unit or person, with how many issues wait."""

    new: int
    observed: int
    common: int
    known: int  # already in the ledger: reconciling compares those
    gaps: Mapping[tuple[str, str], int]  # township and owner


@dataclass(frozen=True)
class Common:
    """A criterion in which more than a share of the branches of a township, or of all ("") fails."""

    pack: str
    criterion: str
    township: str
    branches: tuple[str, ...]
    visited: int


def take_over(change: Change, run: Run) -> None:
    """Store what the ledger needs of a run besides its issues: packs not known yet, branches not known yet."""
    digests = {pack.id: pack.digest for pack in run.info.packs}
    for pack in packs_of(run, change.book):
        if change.book.current.get(pack.pack) != digests[pack.pack]:
            deadlines = {name: rule.model_dump(mode="json", by_alias=True) for name, rule in pack.deadlines.items()}
            rules = pack.ledger.model_dump(mode="json", by_alias=True)
            told = {"id": pack.pack, "version": pack.version, "title": pack.title.zh, "status": pack.status}
            change.add(Draft("", "pack", {**told, "deadlines": deadlines, "rules": rules}, pack=digests[pack.pack]))
    fresh = [branch for branch in run.register.branches if branch.id not in change.book.branches]
    if fresh:
        since = str(run.info.start)
        rows = [{"id": one.id, "name": one.name, "township": one.township, "since": since, "document": ""} for one in fresh]
        change.add(Draft("", "branches", {"branches": rows}))


def packs_of(run: Run, book: Book) -> list[Pack]:
    """Return the packs of a run whose issues this ledger holds: an internal ledger those of internal packs, any other the rest."""
    return [pack for pack in run.packs if pack.internal == book.internal]


def fitting_packs(change: Change, run: Run) -> list[Pack]:
    """Return the packs of a run whose issues this ledger holds.

    Raises:
        Failure: it has none, is older than what was last compared, of a day that is yet to come, or has branches that had ended by then.
    """
    packs = packs_of(run, change.book)
    place, as_of = Place(change.store.path.name), run.info.as_of
    if not packs:
        raise Failure([Diagnostic("opening.E421" if change.book.internal else "opening.E420", place)])
    later = [note for note in change.book.runs if note.as_of > as_of]
    if later:
        raise Failure([Diagnostic("opening.E422", place, {"as_of": as_of, "last": later[-1].as_of})])
    if as_of > change.as_of:
        raise Failure([Diagnostic("opening.E423", place, {"run": as_of, "as_of": change.as_of})])
    known = (change.book.branches.get(branch.id) for branch in run.register.branches)
    ended = [one for one in known if one and one.ended and one.ended <= as_of]
    if ended:  # their issues went on elsewhere: what such a run finds would stand there a second time
        told = "、".join(f"{one.name}({one.ended})" for one in ended[:5])
        raise Failure([Diagnostic("opening.E424", place, {"count": len(ended), "branches": told, "as_of": as_of})])
    return packs


def open_run(change: Change, run: Run) -> Opened:
    """Begin an issue for each issue of a run that the ledger does not know by its key.

    Raises:
        Failure: the run has nothing for this ledger, or is older than what it was last compared with.
    """
    packs = fitting_packs(change, run)
    take_over(change, run)
    opened = open_rows(change, run, packs)
    if not any(note.digest == run.info.table_digest for note in change.book.runs):
        change.add(Draft("", "run", {"digest": run.info.table_digest, "as_of": str(run.info.as_of), "action": "opened"}))
    return opened


def open_rows(change: Change, run: Run, packs: Sequence[Pack], proposed: Collection[str] = (), *, shared: bool = True) -> Opened:
    """Begin an issue for each issue of a run whose key is not known, ``proposed`` ones left out, and (``shared``) for each common
    problem."""
    ledger = change.rows("key != ''")
    known = {row.issue_key for row in matched(ledger, run, packs, change.book).values()}
    mine = {pack.pack for pack in packs}
    rows = [row for row in run.issues if row.pack in mine and row.issue_key not in proposed]
    fresh = [row for row in rows if row.issue_key not in known]
    maker = _Maker(change.book, run)
    shown = _chosen(fresh, maker, _room(change, packs))
    observed = 0
    missing: Counter[tuple[str, str]] = Counter()
    for row in fresh:
        issue = maker.issue(row, observed=row.issue_key not in shown)
        begin(change, issue, pack=maker.digests[row.pack])
        observed += issue.observed
        if not issue.observed:
            missing.update(gaps(issue, row.owner))
    there = {row.key for row in ledger if row.kind == "common"}
    renamed = superseded(packs)
    common = [one for one in common_problems(run, packs) if there.isdisjoint(common_keys(one, renamed))] if shared else []
    for one in common:
        issue = begin(change, maker.common(one), pack=maker.digests[one.pack])
        missing.update(gaps(issue, maker.leads[one.pack, one.criterion]))
    return Opened(len(fresh) - observed, observed, len(common), len(rows) - len(fresh), dict(missing))


def superseded(packs: Sequence[Pack]) -> dict[tuple[str, str], tuple[str, ...]]:
    """Return the earlier ids of items that took over from others, by pack and present id."""
    return {key: item.supersedes for key, item in items_of(packs).items() if item.supersedes}


def keys_of(row: IssueRow, book: Book, renamed: Mapping[tuple[str, str], tuple[str, ...]]) -> list[str]:
    """Return the keys under which the ledger may know an issue of a run, its own first: of branches and items that it comes from."""
    locus = row.issue_key[len(issue_key(row.branch_id, row.criterion)) :]
    items = (row.criterion, *renamed.get((row.pack, row.criterion), ()))
    return [issue_key(branch, item) + locus for item in items for branch in book.origins(row.branch_id)]


def homes(book: Book, branch: str, run: Run, register: Collection[str]) -> tuple[str, ...]:
    """Return the branches of a run (``register``: their ids) that speak for a branch of the ledger: itself, else those that go on for it
    after it ended, or those that it came from where the run is older than the change."""
    found, seen, waiting = [], set(), [branch]
    while waiting:
        one = waiting.pop(0)
        known = book.branches.get(one)
        if one in seen:
            continue
        seen.add(one)
        if one in register:
            found.append(one)
        elif known and known.ended:
            waiting += known.into
        elif known and known.since > run.info.as_of:
            waiting += known.from_
    return tuple(found)


def matched(ledger: Iterable[Row], run: Run, packs: Sequence[Pack], book: Book) -> dict[str, IssueRow]:
    """Return, by id of an issue of the ledger, the issue of a run that is the same.

    Its key is one that the run's issue may go by, and its branch is the run's or goes on as that. Issues that came together in one
    branch share one of the run; of several that go on for an earlier item or a closed issue of a branch that was split, one does.
    """
    mine = {pack.pack for pack in packs}
    register = {branch.id for branch in run.register.branches}
    known: dict[tuple[str, str], list[Row]] = defaultdict(list)
    also: dict[str, list[str]] = defaultdict(list)
    for key, id_ in book.aliases.items():
        also[id_].append(key)
    for row in ledger:
        for key in (row.key, *also[row.id]):
            known[row.pack, key].append(row)
    places: dict[str, tuple[str, ...]] = {}
    found: dict[str, IssueRow] = {}
    taken: set[str] = set()
    for earlier in ({}, superseded(packs)):  # what has an issue by its own id goes on for no other
        for one in run.issues:
            if one.pack not in mine or one.issue_key in taken:
                continue
            for row in (row for key in keys_of(one, book, earlier) for row in known.get((one.pack, key), ())):
                if row.branch not in places:
                    places[row.branch] = homes(book, row.branch, run, register)
                if row.id not in found and one.branch_id in places[row.branch]:
                    found[row.id] = one
                    taken.add(one.issue_key)
    return found


def gaps(issue: Issue, owner: str) -> list[tuple[str, str]]:
    """Return the township and owner of an issue that nobody answers for."""
    return [] if issue.now.unit and issue.now.person else [(issue.township, owner)]


def _room(change: Change, packs: Sequence[Pack]) -> dict[str, int]:
    """Return how many more issues of its own each branch can be given; branches not listed have the whole limit."""
    limit = min(pack.ledger.branch_limit for pack in packs)
    open_now = Counter(row.branch for row in change.rows("open AND NOT observed AND fixable_by = 'branch'"))
    return {"": limit, **{branch: max(0, limit - count) for branch, count in open_now.items()}}


def _chosen(rows: Sequence[IssueRow], maker: "_Maker", room: Mapping[str, int]) -> set[str]:
    """Return the keys of what is given now: all that others mend, and of a branch's own the weightiest that there is room for."""
    own: dict[str, list[IssueRow]] = defaultdict(list)
    for row in rows:
        if row.fixable_by == "branch":
            own[row.branch_id].append(row)
    chosen = {row.issue_key for row in rows if row.fixable_by != "branch"}
    for branch, mine in own.items():
        mine.sort(key=lambda row: (not maker.is_key(row), row.earned - row.points))  # sorting keeps the packs' order among equals
        chosen |= {row.issue_key for row in mine[: room.get(branch, room[""])]}
    return chosen


def common_keys(common: Common, renamed: Mapping[tuple[str, str], tuple[str, ...]]) -> list[str]:
    """Return the keys under which the ledger may know a common problem, its own first."""
    return [f"*{common.township}|{item}|" for item in (common.criterion, *renamed.get((common.pack, common.criterion), ()))]


def common_problems(run: Run, packs: Sequence[Pack]) -> list[Common]:
    """Return what fails in more than the packs' share of branches: of all of them, else township by township."""
    branches = run.register.by_id()
    failing: dict[tuple[str, str], list[str]] = defaultdict(list)
    for row in run.criteria:
        if row.status in ("unmet", "partial"):
            failing[row.pack, row.criterion].append(row.branch_id)
    found = []
    for pack in packs:
        rules = pack.ledger
        visited = [row.branch_id for row in run.branches if row.pack == pack.pack and row.visited]
        for group in (group for group in pack.groups if not group.accumulates):
            for criterion in group.criteria:
                failed = failing[pack.pack, criterion.id]
                if criterion.bonus:
                    continue
                if rules.is_common(len(failed), len(visited)):
                    found.append(Common(pack.pack, criterion.id, "", tuple(failed), len(visited)))
                    continue
                seen = Counter(branches[one].township for one in visited)
                for township, count in seen.items():
                    mine = tuple(one for one in failed if branches[one].township == township)
                    if township and rules.is_common(len(mine), count):
                        found.append(Common(pack.pack, criterion.id, township, mine, count))
    return found


class _Maker:
    """Puts a run's rows into issues, with one directory and one set of packs."""

    def __init__(self, book: Book, run: Run) -> None:
        self.run = run
        self.book = book
        self.directory = Directory(book.posts)
        self.items = items_of(run.packs)
        self.leads = {(pack.pack, one.id): group.lead for pack in run.packs for group in pack.groups for one in group.criteria}
        self.branches = run.register.by_id()
        self.digests = {pack.id: pack.digest for pack in run.info.packs}

    def is_key(self, row: IssueRow) -> bool:
        item = self.items[row.pack, row.criterion]
        return row.kind in ("veto", "trigger") or (isinstance(item, Criterion) and item.key)

    def issue(self, row: IssueRow, *, observed: bool) -> Issue:
        item = self.items[row.pack, row.criterion]
        branch = self.book.branches[self.book.present(row.branch_id)]  # named as the ledger's documents have it
        own = row.fixable_by == "branch"
        names = dict.fromkeys((branch.id, branch.name, row.branch_id, self.branches[row.branch_id].name))
        title = item.text.zh.rstrip("。")
        cycle = {
            "no": 1,
            "state": "candidate",
            "found": str(self.run.info.as_of),
            "source": self.run.info.table_digest,
            "problem": row.problem,
            "facts": row.problem.removeprefix(title).lstrip(":"),
            "earned": row.earned,
            "points": row.points,
            "owner": row.owner,
            **self.directory.answers(row.owner, branch.township, tuple(names), own=own, otherwise=branch.name if own else ""),
            "measures": [{"text": row.measure}],
            "deadline": row.deadline,
            "due_text": row.due_text,
        }
        return self._made(
            row.pack,
            row.criterion,
            key=row.issue_key,
            kind="issue",
            origin=row.kind,
            branch=branch.id,
            branch_name=branch.name,
            township=branch.township,
            title=title,
            basis=row.basis,
            fixable_by=row.fixable_by,
            importance="key" if self.is_key(row) else "minor",
            observed=observed,
            cycles=[cycle],
        )

    def common(self, one: Common) -> Issue:
        item = self.items[one.pack, one.criterion]
        lead = self.leads[one.pack, one.criterion]
        title = item.text.zh.rstrip("。")
        names = "、".join(self.branches[id_].name for id_ in one.branches)
        count, visited = len(one.branches), one.visited
        percent = 100 * count // max(1, visited)
        problem = say("opening.common_problem", "zh", title=title, count=count, visited=visited, percent=percent)
        cycle = {
            "no": 1,
            "state": "candidate",
            "found": str(self.run.info.as_of),
            "source": self.run.info.table_digest,
            "problem": problem,
            "facts": names,
            "owner": lead,
            **self.directory.answers(lead, one.township, otherwise=next(iter(pieces(lead)), "")),
            "measures": [{"text": say("opening.common_measure", "zh", title=title)}],
            "deadline": item.deadline,
        }
        return self._made(
            one.pack,
            one.criterion,
            key=common_keys(one, {})[0],
            kind="common",
            origin="common",
            branch="",
            branch_name="",
            township=one.township,
            title=title,
            basis="",
            fixable_by="department",
            importance="minor",
            branches=list(one.branches),
            cycles=[cycle],
        )

    def _made(self, pack: str, id_: str, **told: Any) -> Issue:
        item = self.items[pack, id_]
        lapse = isinstance(item, Criterion) and item.irreversible and told["kind"] == "issue"
        closes_on = item.closes_on if isinstance(item, Criterion) else 1
        found = str(self.run.info.as_of)
        return ISSUE.validate_python(
            {"id": "", "number": "", "pack": pack, "item": id_, "found": found, "irreversible": lapse, "closes_on": closes_on, **told}
        )
