"""The second stage: what the rules of a jurisdiction make of the levels that the engines computed, branch by branch.

The order is fixed: branches are ranked once, by what was computed; then the limit on rising; then the caps, the highest level first;
hints and streaks count and change nothing. Computed is not decided: ``level_after`` is a proposal, and the computed level stays.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from fractions import Fraction
from itertools import groupby
from operator import itemgetter

import pyarrow as pa

from evaluator.diagnostics import Diagnostic, Failure, Place
from evaluator.evidence.register import Branch, Register
from evaluator.packs.models import Pack
from evaluator.packs.scope_rules import Cap, Counted, Hint, Rise, ScopeRules, Streak
from evaluator.packs.writing import plain
from evaluator.scoring.earlier import Earlier
from evaluator.scoring.period import Period
from evaluator.scoring.plan import Plan
from evaluator.scoring.results import BranchRow, FindingRow, ScopeRow, StandingRow

__all__ = ["Score", "exact", "jurisdiction", "percent", "scores_of", "share", "standings", "whole"]

Score = tuple[int | None, int | None]  # exact: the numerator and denominator of an engine's row
Scores = Mapping[tuple[str, str], Score]  # of a branch's id under a pack


def standings(
    packs: Sequence[Pack],
    register: Register,
    branches: Iterable[BranchRow],
    findings: Iterable[FindingRow],
    scores: Scores,
    earlier: Mapping[str, Sequence[Earlier]],
    period: Period,
) -> tuple[tuple[StandingRow, ...], tuple[ScopeRow, ...]]:
    """Return a row for each branch under a pack that has rules for jurisdictions, in the order of ``branches``, and one for each rule.

    ``earlier``: runs by pack, oldest first. Dated settings are read at the reference date of ``period``.
    """
    rows = list(branches)
    held = {(row.branch_id, row.pack, row.id) for row in findings if row.state == "true"}
    by_id = register.by_id()
    made: dict[tuple[str, str], StandingRow] = {}
    told: list[ScopeRow] = []
    for pack in packs:
        if pack.scope is None:
            continue
        own = sorted((row for row in rows if row.pack == pack.pack), key=lambda row: (row.order, row.branch_id))
        scopes: dict[str, list[BranchRow]] = defaultdict(list)
        for row in own:
            scopes["/".join(jurisdiction(by_id[row.branch_id], pack.scope.within))].append(row)
        stage = _Stage(pack, pack.scope, scores, held, earlier.get(pack.pack, ()), period.start, period.reference, exact(scores, own))
        for name, members in scopes.items():
            found, counts = stage.scope(name, members)
            made |= {(row.branch_id, row.pack): row for row in found}
            told += counts
    return tuple(made[row.branch_id, row.pack] for row in rows if (row.branch_id, row.pack) in made), tuple(told)


def scores_of(table: pa.Table, plan: Plan, register: Register) -> dict[tuple[str, str], Score]:
    """Return the exact score of each branch under each pack, from an engine's table ``branches``."""
    columns = (table.column(name).to_pylist() for name in ("branch", "pack", "num", "den"))
    return {(register.branches[branch].id, plan.packs[pack].id): (num, den) for branch, pack, num, den in zip(*columns, strict=True)}


def jurisdiction(branch: Branch, within: str) -> tuple[str, ...]:
    """Return the path of the register down to the jurisdiction; empty where there is only one, or the register does not say it."""
    path, township = branch.path, branch.township
    if within == "all" or not (path or township):
        return ()
    place = 2 if path[2:3] == (township,) else path.index(township) if township in path else None
    above = path[:2] if place is None else path[:place]
    if within == "township":
        return (*above, township) if township else ()
    return above if within == "county" else above[:-1]


def exact(scores: Scores, rows: Iterable[BranchRow]) -> dict[tuple[str, str], int]:
    """Return whole numbers in the order of the scores, equal for equal scores.

    Two different fractions whose denominators are at most D differ by at least 1 / D², so times more than D² they differ when cut.
    """
    own = {key: scores.get(key, (None, None)) for key in ((row.branch_id, row.pack) for row in rows)}
    finer = max((den for _, den in own.values() if den), default=1) ** 2 + 1
    return {key: num * finer // den for key, (num, den) in own.items() if num is not None and den}


@dataclass
class _Place:
    """One inspected branch while the rules are applied."""

    row: BranchRow
    rank: int
    level: int
    previous: int | None = None
    limited: bool = False
    caps: list[int] = field(default_factory=list)
    tied: list[int] = field(default_factory=list)
    streaks: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class _Stage:
    """The rules of one pack, with all that they read."""

    pack: Pack
    rules: ScopeRules
    scores: Scores
    held: set[tuple[str, str, str]]
    earlier: Sequence[Earlier]
    start: date
    day: date
    order: Mapping[tuple[str, str], int]

    def scope(self, name: str, members: Sequence[BranchRow]) -> tuple[list[StandingRow], list[ScopeRow]]:
        """Return the rows of one jurisdiction, whose branches come in register order."""
        places = self.ranked(members)
        counts = [self.count(name, "rank", "", len(members), len(places))]
        counts += [self.rise(name, self.rules.rise, places)] if self.rules.rise else []
        counts += [self.cap(name, cap, places, len(members)) for cap in sorted(self.rules.caps, key=lambda one: -one.level)]
        counts += [self.hint(name, hint, places, len(members)) for hint in self.rules.hints]
        counts += [self.streak(name, streak, places) for streak in self.rules.streaks]
        of = {place.row.branch_id: place for place in places}
        return [self.standing(name, row, of.get(row.branch_id), len(places)) for row in members], counts

    def standing(self, name: str, row: BranchRow, place: _Place | None, of: int) -> StandingRow:
        if place is None:
            return StandingRow(row.branch_id, row.pack, name, None, of, None, None, None, False, (), (), (), False)
        return StandingRow(
            branch_id=row.branch_id,
            pack=row.pack,
            scope=name,
            rank=None if self.pack.internal else place.rank,
            of=of,
            level_before=row.level,
            level_after=place.level,
            previous=place.previous,
            limited=place.limited,
            caps=tuple(place.caps),
            tied=tuple(place.tied),
            streaks=tuple(place.streaks),
            unsettled=row.provisional or row.level_possible != row.level,
        )

    def count(self, name: str, rule: str, id_: str, base: int, reached: int, **more: object) -> ScopeRow:
        told = {"allowed": None, "refused": 0, "tied": 0, "low": "", "high": "", "verdict": ""} | more
        return ScopeRow(self.pack.pack, name, rule, id_, base, reached, **told)  # type: ignore[arg-type]  # as the row has them

    # --- ranks ----------------------------------------------------------------

    def ranked(self, members: Sequence[BranchRow]) -> list[_Place]:
        """Return those inspected by level, then what the pack orders by; equals share a rank and stand in register order."""

        def result(row: BranchRow, level: int) -> tuple[int, ...]:
            score, stars = self.order.get((row.branch_id, row.pack), -1), -1 if row.stars is None else row.stars
            return (level, *(score if one == "score" else stars for one in self.rules.rank.by))

        seen = [(result(row, row.level), row, row.level) for row in members if row.visited and row.level is not None]
        places: list[_Place] = []
        for _, equal in groupby(sorted(seen, key=itemgetter(0), reverse=True), key=itemgetter(0)):  # sorting is stable
            rank = len(places) + 1
            places += [_Place(row, rank, level) for _, row, level in equal]
        return places

    # --- what lowers ----------------------------------------------------------

    def rise(self, name: str, rise: Rise, places: Sequence[_Place]) -> ScopeRow:
        """Hold every branch to so many levels above what the run before proposed; without one before it is not limited."""
        steps = whole(rise.at_most, self.pack, self.day)
        if not self.earlier:
            return self.count(name, "rise", "", 0, 0, allowed=steps, verdict="no_previous")
        levels = sorted({line.level for line in self.pack.rating})
        before = self.earlier[-1].proposed
        for place in places:
            place.previous = before.get(place.row.branch_id)
            if place.previous is not None:
                at = sum(level <= place.previous for level in levels) - 1  # steps are those of the rating, which may leave numbers out
                highest = levels[min(len(levels) - 1, at + steps)]
                place.limited = place.level > highest
                place.level = min(place.level, highest)
        compared = [place for place in places if place.previous is not None]
        risen = sum(place.row.level > place.previous for place in compared if place.row.level is not None and place.previous is not None)
        return self.count(name, "rise", "", len(compared), risen, allowed=steps, refused=sum(place.limited for place in places))

    def cap(self, name: str, cap: Cap, places: Sequence[_Place], expected: int) -> ScopeRow:
        """Lower those at the level or above for whom there is no room; equals stay or go together."""
        most = share(cap.at_most, self.pack, self.day)
        base = len(places) if cap.of == "visited" else expected
        allowed = most.numerator * base // most.denominator
        reached = [place for place in places if place.level >= cap.level]
        taken = refused = tied = 0
        for _, equals in groupby(reached, key=lambda place: place.rank):
            equal = list(equals)
            if taken + len(equal) > allowed:
                across = taken < allowed  # some would have had room
                tied += len(equal) if across else 0
                refused += len(equal)
                for place in equal:
                    place.level = min(place.level, cap.then)
                    place.caps.append(cap.level)
                    place.tied += [cap.level] if across else []
            taken += len(equal)
        told = {"allowed": allowed, "refused": refused, "tied": tied, "high": percent(most)}
        return self.count(name, "cap", str(cap.level), base, len(reached), **told)

    # --- what only counts -----------------------------------------------------

    def hint(self, name: str, hint: Hint, places: Sequence[_Place], expected: int) -> ScopeRow:
        base = len(places) if hint.of == "visited" else expected
        reached = sum(self.counted(hint, place.row) for place in places)
        low, high = (None if text is None else share(text, self.pack, self.day) for text in (hint.compare.at_least, hint.compare.at_most))
        below, above = low is not None and reached < low * base, high is not None and reached > high * base
        verdict = "none" if base == 0 else "below" if below else "above" if above else "within"
        texts = {key: "" if one is None else percent(one) for key, one in (("low", low), ("high", high))}
        return self.count(name, "hint", hint.id, base, reached, verdict=verdict, **texts)

    def counted(self, which: Counted, row: BranchRow) -> bool:
        held = (row.branch_id, row.pack, which.finding or "") in self.held
        return _counts(which, row.level, held)

    def streak(self, name: str, streak: Streak, places: Sequence[_Place]) -> ScopeRow:
        """Find who is counted in this run and in the ones just before it, without a gap."""
        periods = whole(streak.periods, self.pack, self.day)
        chain = self.chain()
        enough = 1 + len(chain) >= periods
        verdict = "" if enough else "gap" if 1 + len(self.earlier) >= periods else "short"
        for place in places if enough else ():
            id_ = place.row.branch_id
            before = ((run.levels.get(id_), (id_, streak.finding or "") in run.holding) for run in chain[: periods - 1])
            if self.counted(streak, place.row) and all(_counts(streak, level, held) for level, held in before):
                place.streaks.append(streak.id)
        reached = sum(streak.id in place.streaks for place in places)
        return self.count(name, "streak", streak.id, len(places), reached, allowed=periods, verdict=verdict)

    def chain(self) -> list[Earlier]:
        """Return the earlier runs that lead up to this period without a gap, the latest first."""
        found: list[Earlier] = []
        start = self.start
        for run in reversed(self.earlier):
            if run.end + timedelta(days=1) != start:
                break
            found.append(run)
            start = run.start
        return found


def _counts(which: Counted, level: int | None, held: bool) -> bool:
    """Whether a result is one of those counted; who was not inspected has no level and is not."""
    if level is None:
        return False
    if which.finding is not None:
        return held
    return level < which.level_below if which.level_below is not None else level >= (which.level_at_least or 0)


# --- numbers of the rules -------------------------------------------------------


def share(text: str, pack: Pack, day: date) -> Fraction:
    """Return a share written ``10%``, or that of a setting, between 0 and 1."""
    return (Fraction(text.removesuffix("%")) if text.endswith("%") else _setting(text, pack, day)) / 100


def whole(value: int | str, pack: Pack, day: date) -> int:
    """Return a whole number that a rule gives, or its setting."""
    return value if isinstance(value, int) else int(_setting(value, pack, day))


def percent(one: Fraction) -> str:
    return f"{plain(one * 100)}%"


def _setting(id_: str, pack: Pack, day: date) -> Fraction:
    setting = pack.settings[id_]
    if setting.value is not None:
        return Fraction(setting.value)
    held = [one for one in setting.by_date if one <= day]
    if not held:
        raise Failure([Diagnostic("scoring.E704", Place(pack.pack), {"pack": pack.pack, "name": id_, "day": day})])
    return Fraction(setting.by_date[max(held)])
