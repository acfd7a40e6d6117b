"""The plan of a quarter's inspections: branches drawn by lot, teams kept away from where they belong, one visit for all that is due.

No rule is ever broken to make a plan: where none is possible it says which rule stands in whose way, and stops.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import ceil

from evaluator.diagnostics import Diagnostic, Failure, Place
from evaluator.evidence.register import Branch
from evaluator.ledger.visits.due_checks import NEW, Check, Due, Quarter
from evaluator.ledger.visits.inspectors import Team, bar, places_of
from evaluator.ledger.visits.pairing import Blocked, pair
from evaluator.ledger.visits.sampling import lot
from evaluator.messages import say

__all__ = ["Past", "Plan", "Visit", "Wish", "apportioned", "draw_branches", "make_plan"]

BACK = 2  # quarters in which a team may not have been in a township


@dataclass(frozen=True)
class Past:
    """A visit of an earlier plan."""

    quarter: Quarter
    team: str
    members: frozenset[str]
    township: str
    branch: str


@dataclass(frozen=True)
class Wish:
    """What is asked of a plan. At most one of ``count`` (branches in all) and ``rate`` (of each township) is given."""

    quarter: Quarter
    seed: str
    count: int | None = None
    rate: Fraction | None = None
    most: int | None = None  # townships of a team
    allow_repeat: bool = False
    ride_along: bool = False  # observations that end are checked where there is a visit anyway, but make none
    limit: int = 2  # visits of a branch in a quarter, above which the plan warns


@dataclass(frozen=True)
class Visit:
    """One visit with all that is checked in it. ``before``: how often the branch was visited in the quarter already."""

    branch: Branch
    team: Team
    checks: tuple[Check, ...]
    before: int = 0


@dataclass(frozen=True)
class Plan:
    wish: Wish
    teams: tuple[Team, ...]
    pairs: Mapping[str, Team]  # by township
    visits: tuple[Visit, ...]  # in the order of the register
    population: int
    drawn: int
    repeats: tuple[tuple[str, str], ...]  # township and team
    warnings: tuple[Diagnostic, ...] = ()

    def of(self, team: Team) -> list[Visit]:
        """Return the visits of a team."""
        return [visit for visit in self.visits if visit.team == team]


def apportioned(sizes: Mapping[str, int], count: int, seed: str) -> dict[str, int]:
    """Return how many of ``count`` draws each township gets: in proportion to its branches and rounded up (Adams), so that none is left
    out while there are enough; where there are fewer draws than townships, the lot says which get one."""
    given = dict.fromkeys(sizes, 0)
    for _ in range(min(count, sum(sizes.values()))):
        open_ = [name for name in sizes if given[name] < sizes[name]]
        empty = [name for name in open_ if not given[name]]
        chosen = min(empty, key=lambda n: lot(seed, n)) if empty else max(open_, key=lambda n: (Fraction(sizes[n], given[n]), lot(seed, n)))
        given[chosen] += 1
    return given


def draw_branches(branches: Sequence[Branch], wish: Wish) -> set[str]:
    """Return the ids of the branches that are drawn for inspection, township by township."""
    groups: dict[str, list[str]] = {}
    for branch in branches:
        groups.setdefault(branch.township, []).append(branch.id)
    if wish.rate is not None:
        shares = {name: ceil(wish.rate * len(ids)) for name, ids in groups.items()}
    else:
        shares = apportioned({name: len(ids) for name, ids in groups.items()}, wish.count or 0, wish.seed)
    return {id_ for name, ids in groups.items() for id_ in sorted(ids, key=lambda one: lot(wish.seed, one))[: shares[name]]}


def make_plan(branches: Sequence[Branch], teams: Sequence[Team], past: Sequence[Past], due: Iterable[Due], wish: Wish) -> Plan:
    """Return the plan of a quarter.

    Raises:
        Failure: branches without a township; or no assignment of teams that keeps every rule, with exit code 1.
    """
    homeless = [Diagnostic("inspection.E847", branch.place, {"branch": branch.name}) for branch in branches if not branch.township]
    if homeless:
        raise Failure(homeless)
    known = {branch.id for branch in branches}
    drawn = draw_branches(branches, wish)
    checks: dict[str, list[Check]] = {id_: [NEW] for id_ in drawn}
    warnings = []
    for one in due:
        if one.branch in known:
            checks.setdefault(one.branch, []).append(one.check)
        else:
            key = "inspection.W853" if one.branch else "inspection.W854"
            warnings.append(Diagnostic(key, Place(one.check.number), {"number": one.check.number, "branch": one.name or "—"}))
    visited = [branch for branch in branches if _worth(checks.get(branch.id, ()), wish)]
    pairs, repeats = _paired(list(dict.fromkeys(branch.township for branch in visited)), teams, places_of(branches), past, wish)
    visits = []
    for branch in visited:
        before = sum(one.branch == branch.id and one.quarter == wish.quarter for one in past)
        if before + 1 > wish.limit:
            told = {"branch": branch.name, "count": before + 1, "limit": wish.limit}
            warnings.append(Diagnostic("inspection.W852", branch.place, told))
        visits.append(Visit(branch, pairs[branch.township], tuple(sorted(checks[branch.id], key=_order)), before))
    return Plan(wish, tuple(teams), pairs, tuple(visits), len(branches), len(drawn), repeats, tuple(warnings))


def _worth(checks: Iterable[Check], wish: Wish) -> bool:
    return any(one.kind != "observed" or not wish.ride_along for one in checks)


def _order(check: Check) -> tuple[int, str, str]:
    return ("new", "review", "sampled", "observed").index(check.kind), check.day, check.number


# --- who goes where -------------------------------------------------------------


def _paired(
    townships: Sequence[str], teams: Sequence[Team], places: Mapping[str, frozenset[str]], past: Iterable[Past], wish: Wish
) -> tuple[dict[str, Team], tuple[tuple[str, str], ...]]:
    """Return the team of each township, and the pairs among them that repeat an earlier quarter's."""
    named = {team.name: team for team in teams}
    earlier = [one for one in past if wish.quarter.after(-BACK) <= one.quarter < wish.quarter]
    repeats = {
        (township, team.name): max((one.quarter for one in earlier if one.township == township and one.members & team.names), default=None)
        for township in townships
        for team in teams
    }
    barred = {
        (township, team.name): [(one, code) for one in team.members if (code := bar(one, township, places))]
        for township in townships
        for team in teams
    }

    def cost(township: str, team: str) -> int | None:
        repeated = repeats[township, team] is not None
        return None if barred[township, team] or (repeated and not wish.allow_repeat) else int(repeated)

    by_lot = sorted(townships, key=lambda one: lot(wish.seed, one)), sorted(named, key=lambda one: lot(wish.seed, one))
    found = pair(*by_lot, cost, wish.most or len(townships))
    if found.blocked:

        def why(township: str, team: str) -> str:
            told = [say(f"inspection.why_{code}", team=team, name=one.name, unit=one.unit) for one, code in barred[township, team]]
            if (quarter := repeats[township, team]) is not None and not wish.allow_repeat:
                told.append(say("inspection.why_repeat", team=team, quarter=quarter))
            return "、".join(told)

        raise Failure(_blocked(found.blocked, list(named), why, wish.most), exit_code=1)
    pairs = {township: named[found.teams[township]] for township in townships}
    return pairs, tuple((township, team.name) for township, team in pairs.items() if repeats[township, team.name] is not None)


def _blocked(found: Sequence[Blocked], teams: Sequence[str], why: Callable[[str, str], str], most: int | None) -> Iterator[Diagnostic]:
    """Yield which rule keeps every team from a township, and once for each set of full teams which townships are left to them."""
    crowds: dict[tuple[str, ...], list[Blocked]] = {}
    for one in found:
        if one.teams:
            crowds.setdefault(one.teams, []).append(one)
        else:
            reasons = ";".join(why(one.township, team) for team in teams)
            yield Diagnostic("inspection.E848", Place(one.township), {"township": one.township, "reasons": reasons})
    for full, without in crowds.items():
        townships = list(dict.fromkeys(name for one in without for name in (*one.townships, one.township)))
        barred = [team for team in teams if team not in full]
        told = {one.township: ";".join(why(one.township, team) for team in barred) for one in without if barred}
        others = "".join(say("inspection.others_barred", township=township, reasons=reasons) for township, reasons in told.items())
        values = {"townships": "、".join(townships), "count": len(townships), "short": len(without), "others": others}
        yield Diagnostic("inspection.E849", Place("、".join(full)), {**values, "teams": "、".join(full), "most": most})
