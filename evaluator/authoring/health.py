"""What a scored run says about its rules: criteria that tell branches apart badly, evidence that nobody had, groups that score differently.

Shares are exact fractions of the visited branches to which a criterion applies and for which it is due; see :func:`health`.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from evaluator.packs import models as m
from evaluator.packs.reads import indicators_behind, names_of
from evaluator.packs.scope import BUILT_INS, all_indicators, manual_columns
from evaluator.scoring.results import CriterionRow, Run

__all__ = ["Apart", "CriterionHealth", "GroupMean", "Health", "Limits", "MissingShare", "PackHealth", "TriggerHealth", "health"]

TEAM_IDS = ("team", "inspection_team")  # register attributes that say which team came
TEAM_LABELS = ("检查组", "督查组", "巡察组", "考评组", "评定组")
DECIDED = ("met", "partial", "unmet")


@dataclass(frozen=True)
class Limits:
    """``share``: above which percent of branches a criterion is named; ``least``: the fewest branches from which a share or a mean says
    anything; ``apart``: how many points of 100 the means of two groups must differ by more than."""

    share: int = 90
    least: int = 5
    apart: int = 20

    def over(self, count: int, among: int) -> bool:
        """Return whether ``count`` of ``among`` is more than the share, and ``among`` is enough to say so."""
        return among >= self.least and 100 * count > self.share * among


@dataclass(frozen=True)
class CriterionHealth:
    """How the visited branches stand on a criterion. ``asked``: those to which it applies and for which it is due."""

    id: str
    text: m.Labels
    asked: int
    met: int
    partial: int
    unmet: int
    unproven: int
    not_due: int
    not_applicable: int

    @property
    def failed(self) -> int:
        """Decided, and below full marks."""
        return self.partial + self.unmet


@dataclass(frozen=True)
class GroupMean:
    name: str
    branches: int  # decided ones
    mean: Fraction  # of earned over points, 0 to 1


@dataclass(frozen=True)
class Apart:
    """A criterion whose points depend on a team, and how groups stand on it: the lowest mean first. ``manual``: a person gives points."""

    id: str
    text: m.Labels
    manual: bool
    groups: tuple[GroupMean, ...]

    @property
    def difference(self) -> Fraction:
        """The highest mean less the lowest, in points of 100."""
        return 100 * (self.groups[-1].mean - self.groups[0].mean)


@dataclass(frozen=True)
class TriggerHealth:
    """A trigger that is true of no visited branch. ``open``: of how many that is not known."""

    id: str
    text: m.Labels
    open: int


@dataclass(frozen=True)
class PackHealth:
    """One pack. ``criteria`` are all of them, and ``compared`` all that were compared between groups; the other fields name those that
    are over a limit."""

    pack: m.Pack
    visited: int
    unvisited: int
    criteria: tuple[CriterionHealth, ...]
    mostly_failed: tuple[CriterionHealth, ...]
    mostly_met: tuple[CriterionHealth, ...]
    mostly_unproven: tuple[CriterionHealth, ...]
    never_applicable: tuple[CriterionHealth, ...]
    triggers: int
    never_true: tuple[TriggerHealth, ...]
    compared: tuple[Apart, ...]
    apart: tuple[Apart, ...]


@dataclass(frozen=True)
class MissingShare:
    """An indicator whose value is missing where something waits for it. ``asked``: visited branches of the packs that read it."""

    id: str
    label: m.Labels
    holder: str
    missing: int
    asked: int

    @property
    def share(self) -> Fraction:
        return Fraction(self.missing, self.asked)


@dataclass(frozen=True)
class Health:
    """``by``: what the groups are: ``team``, ``township``, or ``""`` where branches have neither. ``hidden``: internal packs left out."""

    limits: Limits
    by: str
    packs: tuple[PackHealth, ...]
    missing: tuple[MissingShare, ...]  # the holders one after the other, each with its worst first
    hidden: int


def health(run: Run, limits: Limits, *, internal: bool = False) -> Health:
    """Return what a run says about its rules; internal packs only when asked for."""
    shown = [pack for pack in run.packs if internal or not pack.internal]
    by, groups = _grouping(run)
    return Health(
        limits=limits,
        by=by,
        packs=tuple(_pack_health(run, pack, limits, groups) for pack in shown),
        missing=tuple(_missing(run, shown)),
        hidden=len(run.packs) - len(shown),
    )


def _visited(run: Run, pack: m.Pack) -> set[str]:
    return {row.branch_id for row in run.branches if row.pack == pack.pack and row.visited}


def _pack_health(run: Run, pack: m.Pack, limits: Limits, groups: Mapping[str, str]) -> PackHealth:
    visited = _visited(run, pack)
    rows: dict[str, list[CriterionRow]] = defaultdict(list)
    for row in run.criteria:
        if row.pack == pack.pack and row.branch_id in visited:
            rows[row.criterion].append(row)
    listed = [criterion for group in pack.groups for criterion in group.criteria]
    criteria = [_criterion(one, rows[one.id]) for one in listed]
    true: Counter[str] = Counter()
    unknown: Counter[str] = Counter()
    for finding in run.findings:
        if finding.pack == pack.pack and finding.kind == "trigger" and finding.branch_id in visited:
            (true if finding.state == "true" else unknown)[finding.id] += 1
    compared = [found for one in listed if (found := _compare(pack, one, rows[one.id], groups, limits.least))]
    return PackHealth(
        pack=pack,
        visited=len(visited),
        unvisited=sum(row.pack == pack.pack and not row.visited for row in run.branches),
        criteria=tuple(criteria),
        mostly_failed=_worst((one for one in criteria if limits.over(one.failed, one.asked)), "failed"),
        mostly_met=_worst((one for one in criteria if limits.over(one.met, one.asked)), "met"),
        mostly_unproven=_worst((one for one in criteria if limits.over(one.unproven, one.asked)), "unproven"),
        never_applicable=tuple(one for one in criteria if visited and one.not_applicable == len(visited)),
        triggers=len(pack.triggers),
        never_true=tuple(TriggerHealth(one.id, one.text, unknown[one.id]) for one in pack.triggers if visited and not true[one.id]),
        compared=tuple(compared),
        apart=tuple(sorted((one for one in compared if one.difference > limits.apart), key=lambda one: -one.difference)),
    )


def _criterion(criterion: m.Criterion, rows: Sequence[CriterionRow]) -> CriterionHealth:
    count = Counter(row.status for row in rows)
    counts = {name: count[name] for name in (*DECIDED, "unproven", "not_due", "not_applicable")}
    return CriterionHealth(criterion.id, criterion.text, asked=len(rows) - count["not_due"] - count["not_applicable"], **counts)


def _worst(found: Iterable[CriterionHealth], name: str) -> tuple[CriterionHealth, ...]:
    """Return criteria by their share, the highest first, else as the pack has them."""
    return tuple(sorted(found, key=lambda one: -Fraction(getattr(one, name), one.asked)))


# --- groups ---------------------------------------------------------------------


def _grouping(run: Run) -> tuple[str, dict[str, str]]:
    """Return by what branches are compared, and branch id to group: by the team that the register names, else by township."""
    ids = {id_ for pack in run.packs for id_, one in pack.indicators.items() if one.attribute and one.label.zh in TEAM_LABELS}
    for id_ in (*TEAM_IDS, *sorted(ids)):
        teams = {branch.id: team for branch in run.register.branches if (team := branch.attributes.get(id_, "").strip())}
        if teams:
            return "team", teams
    townships = {branch.id: branch.township for branch in run.register.branches if branch.township}
    return "township" if townships else "", townships


def _compare(pack: m.Pack, criterion: m.Criterion, rows: Iterable[CriterionRow], groups: Mapping[str, str], least: int) -> Apart | None:
    """Return how groups stand on a criterion; None where no team has a hand in it or fewer than two groups are large enough."""
    manual = bool(manual_columns(criterion))
    indicators = all_indicators(pack)
    if not manual and not any(indicators[id_].holder == "team" for id_ in indicators_behind(pack, names_of(criterion))):
        return None
    shares: dict[str, list[Fraction]] = defaultdict(list)
    for row in rows:
        if row.status in DECIDED and row.points and row.branch_id in groups:
            shares[groups[row.branch_id]].append(Fraction(row.earned, row.points))
    means = [GroupMean(name, len(found), sum(found, Fraction()) / len(found)) for name, found in shares.items() if len(found) >= least]
    if len(means) < 2:
        return None
    return Apart(criterion.id, criterion.text, manual, tuple(sorted(means, key=lambda one: (one.mean, one.name))))


# --- missing --------------------------------------------------------------------


def _missing(run: Run, packs: Sequence[m.Pack]) -> list[MissingShare]:
    """Return what is missing under these packs, holder by holder, the highest share first."""
    visited = {pack.pack: _visited(run, pack) for pack in packs}
    waiting: dict[str, set[str]] = defaultdict(set)
    asked: dict[str, set[str]] = defaultdict(set)
    holders: dict[str, str] = {}
    labels: dict[str, m.Labels] = {id_: kind.label for id_, kind in BUILT_INS.items()}
    for pack in packs:
        for id_, one in all_indicators(pack).items():
            labels[id_] = one.label
            asked[id_] |= visited[pack.pack]
    for row in run.missing:
        among = [visited[id_] for id_ in row.packs if id_ in visited]
        if any(row.branch_id in branches for branches in among):
            waiting[row.indicator].add(row.branch_id)
            holders[row.indicator] = row.holder
            asked[row.indicator] |= set().union(*among)
    found = [MissingShare(id_, labels[id_], holders[id_], len(branches), len(asked[id_])) for id_, branches in waiting.items()]
    most: dict[str, Fraction] = {}
    for share in found:
        most[share.holder] = max(most.get(share.holder, Fraction()), share.share)
    return sorted(found, key=lambda share: (-most[share.holder], share.holder, -share.share, share.id))
