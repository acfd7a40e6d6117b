"""What a report prints: one run, decided and put into words. Templates and sheets print these and decide nothing.

Texts are in the language of the :class:`Context`. Points are texts such as ``8`` and ``7.5``; percents are cut, never rounded up;
``—`` stands where there is none. Whole numbers that sheets compute with stand beside them, in hundredths.
"""

from dataclasses import dataclass
from datetime import date

from evaluator.messages import Language

__all__ = [
    "Branch",
    "Category",
    "Context",
    "Cost",
    "Finding",
    "Header",
    "Holder",
    "Issue",
    "Jurisdiction",
    "Owed",
    "OwedIndicator",
    "PackNote",
    "Ranked",
    "ScopeLine",
    "Share",
    "Standing",
    "Star",
    "Totals",
    "Township",
]


@dataclass(frozen=True)
class PackNote:
    """A rule pack as the head of a report names it."""

    id: str
    title: str
    version: str
    status: str  # in words
    note: str  # what the pack says of itself, "" when nothing


@dataclass(frozen=True)
class Header:
    """What stands at the head of every report. Every page prints all of ``banners``; ``notes`` are whole sentences."""

    title: str
    period: str
    as_of: str
    reference: str
    round: str
    state: str
    packs: tuple[PackNote, ...]
    banners: tuple[str, ...]
    notes: tuple[str, ...]
    second_count: str
    bad_cells: tuple[str, ...]  # where each stands and what is wrong with it
    warnings: tuple[str, ...]
    tool: str
    digest: str  # of the result tables, first 12 characters


@dataclass(frozen=True)
class Share:
    """One bar of a distribution. ``percent`` of all expected branches, cut to whole percents."""

    label: str
    count: int
    percent: int
    stars: int | None = None  # None for 未检 and for levels without stars


@dataclass(frozen=True)
class Totals:
    """Branches by what became of them; expected = visited + unvisited always."""

    expected: int
    visited: int
    unvisited: int
    provisional: int
    issues: int
    vetoes: int  # branches with at least one that acts
    pending: int  # branches with a veto, trigger or gate that is open or waits for a finding


@dataclass(frozen=True)
class Star:
    """One group of one branch. ``mark``: ★ awarded, ☆ not, ◇ could still be awarded, — does not apply or awards no star."""

    id: str
    title: str
    lead: str
    mark: str
    awarded: bool
    possible: bool
    percent: str
    score: int | None  # hundredths of a percent
    earned: str
    earned_possible: str
    applicable: str
    why: str


@dataclass(frozen=True)
class Finding:
    """A veto, trigger or gate that is true, open or pending, with what it means in words."""

    kind: str  # veto | trigger | gate
    id: str
    text: str
    state: str  # true | open | pending
    words: str
    effect: str
    facts: str
    hard: bool = False
    basis: str = ""
    documented: bool = False  # a text such as a document number is given among what it read


@dataclass(frozen=True)
class Issue:
    """One issue of one branch, for feedback sheets, notices and the ledger. ``due`` is None while the clock waits for delivery."""

    key: str
    serial: str  # register number and item: 03-UZB-04
    kind: str  # lost | unproven | trigger | veto
    kind_text: str
    pack: str
    branch_id: str
    number: str
    branch: str
    township: str
    item: str
    group: str  # title, "" for vetoes and triggers
    text: str
    facts: str  # values read, then the inspectors' notes word for word
    problem: str  # text and facts
    earned: str
    points: str
    lost: str
    lost_points: int
    status: str  # in words
    is_key: bool
    measure: str
    owner: str
    fixable_by: str  # branch | township | department
    fixable_text: str
    deadline: str
    due: date | None
    due_text: str
    days_left: int | None
    light: str  # overdue | soon | open | waiting
    light_text: str  # ⚠ 逾期 …
    basis: str
    provisional: bool  # holidays of a year are not published


@dataclass(frozen=True)
class Owed:
    """Evidence that somebody has not supplied for one branch, and the items that wait for it."""

    indicator: str
    label: str
    holder: str
    holder_text: str
    items: tuple[str, ...]
    own: bool  # the branch holds it itself


@dataclass(frozen=True)
class Branch:
    """One branch under one pack, in register order. ``stem`` is a file name without its ending, safe everywhere and unique in the run."""

    order: int
    number: str
    stem: str
    id: str
    name: str
    township: str
    path: str
    pack: str
    category: str
    visited: bool
    stars: int | None
    stars_text: str  # ★★★☆☆, 未检, or the level where groups are no stars
    stars_possible: str
    rating: str
    rating_possible: str  # "" when equal to ``rating``
    rating_confirmed: str  # if every pending veto were confirmed; "" when equal to ``rating``
    level: int | None
    provisional: bool
    provisional_text: str  # 暂定 or ""
    score: str
    score_value: int | None  # hundredths of a percent
    coverage: str
    hard: int | None
    soft: int | None
    rank: str  # "" when not ranked
    groups: tuple[Star, ...]
    findings: tuple[Finding, ...]
    issues: tuple[Issue, ...]
    own: tuple[Issue, ...]  # the branch can fix: vetoes and key items first, then by points lost
    others: tuple[Issue, ...]  # not the branch's to fix
    first: tuple[Issue, ...]  # at most three of ``own``
    owed: tuple[Owed, ...]  # what others owe
    owed_own: tuple[Owed, ...]  # what the branch itself has not shown
    notes: tuple[str, ...]  # whole sentences about this result
    objection: str
    proposed: str = ""  # what the rules of its jurisdiction propose, "" when that is ``rating``
    total: str = ""  # 79/100, or the share where that says more; "" where there is none
    line: str = ""  # of the rating that was reached, as ≥75; "" where that is no single number


@dataclass(frozen=True)
class Ranked:
    """A place in a ranking; equal results share it (1, 2, 2, 4)."""

    rank: int
    branch: Branch


@dataclass(frozen=True)
class Cost:
    """What one criterion cost all branches. ``lost`` is sure; points that wait for evidence are not in it."""

    criterion: str
    group: str
    text: str
    lost: str
    lost_points: int
    failing: int
    visited: int  # branches to which it applied
    percent: int  # failing of visited, cut
    measure: str
    owner: str


@dataclass(frozen=True)
class Standing:
    """A branch among those of its jurisdiction."""

    number: str
    branch: str
    rank: str  # — when not inspected, or the pack ranks nobody
    computed: str
    proposed: str  # "" when it is the computed one
    mark: str  # 暂定 or ""
    notes: tuple[str, ...]
    visited: bool


@dataclass(frozen=True)
class ScopeLine:
    """What one rule came to in a jurisdiction, in one or some sentences."""

    text: str
    acts: bool  # it lowered somebody, or found what it looks for


@dataclass(frozen=True)
class Jurisdiction:
    name: str
    lines: tuple[ScopeLine, ...]
    standings: tuple[Standing, ...]  # in rank order, those not inspected last


@dataclass(frozen=True)
class Category:
    """One pack and the branches that it applies to."""

    pack: PackNote
    title: str
    has_stars: bool
    stars_of: int
    groups: tuple[tuple[str, str], ...]  # id, title
    criteria: tuple[tuple[str, str, str, int], ...]  # id, text, group id, full points in hundredths
    totals: Totals
    distribution: tuple[Share, ...]  # of stars, or of levels where groups are no stars; 未检 last
    levels: tuple[Share, ...]  # after vetoes
    ranking: tuple[Ranked, ...]
    costs: tuple[Cost, ...]  # all that cost something, dearest first
    dearest: tuple[Cost, ...]  # the first five
    common: tuple[Cost, ...]  # what the ledger takes for a common problem of all branches inspected
    common_over: int  # failing in more than so many percent of them
    common_least: int  # and in at least so many
    jurisdictions: tuple[Jurisdiction, ...] = ()  # of packs with rules for them; so are the notes
    scope_notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class OwedIndicator:
    indicator: str
    label: str
    branches: tuple[str, ...]
    items: tuple[str, ...]


@dataclass(frozen=True)
class Holder:
    """What one holder has not supplied: ``count`` pieces, by indicator."""

    id: str
    title: str
    own: bool  # the branches themselves
    count: int
    branches: int
    indicators: tuple[OwedIndicator, ...]


@dataclass(frozen=True)
class Township:
    name: str
    stem: str
    totals: Totals
    branches: tuple[Branch, ...]
    issues: tuple[Issue, ...]


@dataclass(frozen=True)
class Context:
    """Everything that the reports of one run print for one audience; ``internal`` holds what only the organisation office may see."""

    lang: Language
    internal_only: bool
    header: Header
    totals: Totals
    categories: tuple[Category, ...]
    branches: tuple[Branch, ...]
    holders: tuple[Holder, ...]  # dearest first, the branches themselves last
    townships: tuple[Township, ...]
    unrouted: tuple[str, ...]  # branches of the register to which no pack applies
    as_of: date
    internal: "Context | None"

    @property
    def issues(self) -> tuple[Issue, ...]:
        """All issues in register order."""
        return tuple(issue for branch in self.branches for issue in branch.issues)

    def of(self, pack: str) -> tuple[Branch, ...]:
        """The branches of one pack in register order."""
        return tuple(branch for branch in self.branches if branch.pack == pack)
