"""The fewest changes that reach a goal, where points only add up.

Why the count is exact. Within a group the changes add their gains to what is earned (bonus up to its limit), and its line never stops to
hold as the score rises (the pack check sees to that). So of all sets of ``c`` changes the one with the largest gains earns most, and the
group can be awarded with ``c`` changes if and only if it is with these; a key criterion at zero must be among them, so of the keys ``j``
are taken and the rest is filled up with the largest other gains. Bonus and plain gains are split in every way. What the level reads of
a group is whether it would be awarded, how many keys fail in it and, if the rating reads the score, its points: one :class:`Option` for
each. Groups share no criteria, so options combine freely, and all combinations are kept with their least count (with the highest score
for each count, where the rating reads it and rises with it). ``requires``, strips, caps and the rating are then applied to each, with
every number of triggers made false and every set of vetoes. Nothing is left out, so nothing smaller exists.

:func:`additive` says where this holds. It does not where a gate reads the pack's own score, where the rating falls as the score rises or
reads it beside ``stars = n``, or where the points that surely apply hang on the change itself.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import accumulate, combinations, product
from typing import NamedTuple

from evaluator.scoring.advice.changes import Change
from evaluator.scoring.advice.state import Desk, Key, Sheet, own_results, results_in
from evaluator.scoring.forward_points import TEN_THOUSAND, Earned, award, group_earned, keys_failed
from evaluator.scoring.plan import (
    Abs,
    All,
    Any,
    Compare,
    Expr,
    Fixed,
    Greatest,
    Holds,
    Least,
    Not,
    Plus,
    Result,
    Test,
    Times,
    VetoStep,
    When,
)
from evaluator.scoring.tables import FindingState

__all__ = ["Counter", "additive"]

HELD = (FindingState.TRUE,)
VETOES = 8  # sets of more are too many to try
RISING = {"num": 1, "points": 1, "stars": 1}  # what else a rating reads is gone through one by one
Reached = Callable[[int], bool]
States = dict[tuple[int, int], dict[int, int]]  # groups that would be awarded (bits) and failing keys: count of changes to score


class Option(NamedTuple):
    """What a group can come to: whether it would be awarded by itself, its failing keys, the changes it takes, what it earns."""

    awarded: bool
    keys: int
    changes: int
    earned: int


class Counter:
    """Counts the fewest changes that bring one pack of a branch to a goal."""

    def __init__(self, desk: Desk, pack: int, reached: Reached) -> None:
        self.desk, self.pack, self.reached = desk, desk.plan.packs[pack], reached
        self.read = own_names(test for _, test in self.pack.rating)
        self._known: dict[tuple[object, ...], bool] = {}

    def count(self, made: frozenset[Key], free: Sequence[Change]) -> int | None:
        """Return how many of the ``free`` changes are needed on top of those made; None where all of them are not enough."""
        best: int | None = None
        for far in self.far(free):
            at_most = None if best is None else best - len(far) - 1
            found = self._near(self.desk.sheet(self.pack.number, made | far), made | far, free, at_most)
            best = found + len(far) if found is not None else best
        return best

    def far(self, free: Sequence[Change]) -> Iterator[frozenset[Key]]:
        """Yield triggers of needed packs to be made false, fewest first: for each number of hard and soft ones of a pack one set."""
        kinds: dict[tuple[int, bool], list[Key]] = {}
        for change in free:
            if change.kind == "trigger" and (step := self.desk.plan.triggers[change.number]).pack != self.pack.number:
                kinds.setdefault((step.pack, step.hard), []).append(change.key)
        picked = [[frozenset(keys[:count]) for count in range(len(keys) + 1)] for keys in kinds.values()]
        yield from sorted((frozenset[Key]().union(*sets) for sets in product(*picked)), key=len)

    # --- one pack -------------------------------------------------------------

    def _near(self, sheet: Sheet, made: frozenset[Key], free: Sequence[Change], at_most: int | None) -> int | None:
        """Return the fewest of the pack's own changes, None where they are not enough or more than ``at_most``."""
        best: int | None = None
        states = self._states(sheet, made, free)
        for acting, (hard, soft), failed, before in self._findings(sheet, made, free):
            for (bits, keys), counts in states.items():
                stars = self._stars(sheet, bits, acting)
                for count, num in counts.items():
                    total = before + count
                    if (best is not None and total >= best) or (at_most is not None and total > at_most):
                        continue
                    if self._reaches(sheet, acting, num, stars, hard, soft, keys, failed):
                        best = total
        return best

    def _reaches(self, sheet: Sheet, acting: list[VetoStep], *state: int) -> bool:
        key = (id(sheet), tuple(veto.number for veto in acting), state)
        if key not in self._known:
            num, stars, hard, soft, keys, failed = state
            applicable = {number: one.applicable for number, one in sheet.points(frozenset()).earned.items()}
            den = sheet.total(dict.fromkeys(applicable, 0), applicable)[1]
            results = own_results(num, den, num, stars, hard, soft, keys) | {Result("gates_failed"): failed}
            self._known[key] = self.reached(sheet.rated(results, acting))
        return self._known[key]

    def _stars(self, sheet: Sheet, bits: int, acting: list[VetoStep]) -> int:
        """Return the stars, when the groups of these bits would be awarded by themselves."""
        if not self.counts_stars:
            return 0
        awarded: set[int] = set()
        for place, number in enumerate(self.pack.order):
            if bits >> place & 1 and awarded.issuperset(sheet.groups[number].requires):
                awarded.add(number)
        return len(awarded.difference(number for veto in acting for number in veto.strip))

    @property
    def counts_stars(self) -> bool:
        return self.pack.stars and "stars" in self.read

    @property
    def counts_points(self) -> bool:
        return bool({"num", "points"} & self.read)

    def _findings(
        self, sheet: Sheet, made: frozenset[Key], free: Sequence[Change]
    ) -> Iterator[tuple[list[VetoStep], tuple[int, int], int, int]]:
        """Yield what may be left of vetoes, triggers and gates: those that act, hard and soft ones, gates failed; and the changes made."""
        keys = {change.key for change in free} - made
        acting = sheet.acting(made)
        gone = [veto for veto in acting if ("veto", veto.number) in keys]
        hard, soft = sheet.counted(made, HELD)
        most_hard, most_soft = (
            len([1 for n, (step, state) in sheet.triggers.items() if step.hard is kind and state in HELD and ("trigger", n) in keys])
            for kind in (True, False)
        )
        failed, gates = sheet.failing(made, ({}, {}))[0], len([1 for number in sheet.gates if ("gate", number) in keys])
        for less_hard, less_soft, less in product(range(most_hard + 1), range(most_soft + 1), range(gates + 1)):
            for size in range(len(gone) + 1):
                for lifted in combinations(gone, size):
                    left = [veto for veto in acting if veto not in lifted]
                    yield left, (hard - less_hard, soft - less_soft), failed - less, less_hard + less_soft + less + size

    # --- groups ---------------------------------------------------------------

    def _states(self, sheet: Sheet, made: frozenset[Key], free: Sequence[Change]) -> States:
        """Return everything that the groups can come to, with the fewest changes; with the highest score for each count if it is read."""
        keys = {change.key for change in free} - made
        weights, states = dict(self.pack.weights), {(0, 0): {0: 0}}
        for place, number in enumerate(self.pack.order):
            applicable = 0
            choices: dict[tuple[int, int, int], int] = {}
            for option in self._options(sheet, number, made, keys):
                applicable = sum(sheet.worths[one].points for one in sheet.groups[number].criteria if not sheet.criteria[one].bonus)
                bit = 1 << place if option.awarded and self.counts_stars else 0
                failing = option.keys if "keys_failed" in self.read else 0
                share = option.earned
                if weights:
                    share = weights.get(number, 0) * (TEN_THOUSAND * option.earned // applicable) if applicable else 0
                kept = (bit, failing, option.changes)
                choices[kept] = max(choices.get(kept, 0), share if self.counts_points else 0)
            states = _combined(states, choices, self.counts_points)
        return states

    def _options(self, sheet: Sheet, number: int, made: frozenset[Key], keys: set[Key]) -> Iterator[Option]:
        group = sheet.groups[number]
        worths = {one: sheet.mended(one) if ("criterion", one) in made else sheet.worths[one] for one in group.criteria}
        members = [(sheet.criteria[one], worths[one]) for one in group.criteria]
        earned, failing = group_earned(group, members), keys_failed(members)[0]
        gains: dict[str, list[int]] = {"key": [], "plain": [], "bonus": []}
        for step, worth in members:
            gain = sheet.mended(step.number).low - worth.low
            if ("criterion", step.number) in keys and gain > 0:
                failed = step.key and worth.in_play and worth.low == 0
                gains["bonus" if step.bonus else "key" if failed else "plain"].append(gain)
        key, plain, bonus = ([0, *accumulate(sorted(gains[kind], reverse=True))] for kind in ("key", "plain", "bonus"))
        extra = sum(worth.low for step, worth in members if step.bonus)
        base = sum(worth.low for step, worth in members if not step.bonus)
        for mended, count in product(range(len(key)), range(len(plain) + len(bonus) - 1)):
            splits = range(max(0, count - len(plain) + 1), min(count, len(bonus) - 1) + 1)
            most = max(plain[count - b] + min(extra + bonus[b], group.bonus_up_to) for b in splits)
            low = base + key[mended] + most
            left = failing - mended
            line = sheet.line(group, low, low, earned.applicable)
            awarded = award(group, Earned(low, low, earned.applicable, earned.sure), (left, left), line, ()).awarded
            yield Option(awarded, left, mended + count, low)


def _combined(states: States, choices: dict[tuple[int, int, int], int], counts_points: bool) -> States:
    made: States = {}
    for (bits, keys), counts in states.items():
        for (bit, failing, more), share in choices.items():
            kept = made.setdefault((bits | bit, keys + failing), {})
            for count, num in counts.items():
                kept[count + more] = max(kept.get(count + more, -1), num + share)
    if not counts_points:
        return {state: {min(counts): 0} for state, counts in made.items()}
    return made


# --- where this holds ---------------------------------------------------------


def own_names(tests: Iterable[Test | None]) -> set[str]:
    """Return the names of the pack's own results that tests read."""
    return {one.name for test in tests if test is not None for one in results_in(test) if one.pack is None}


def additive(desk: Desk, pack: int, free: Sequence[Change], up: bool) -> bool:
    """Return whether the count of :class:`Counter` is exact for these changes; ``up``: a higher level is better."""
    sheet = desk.sheet(pack)
    if own_names(gate.when for gate in sheet.gates.values()) or sum(change.kind == "veto" for change in free) > VETOES:
        return False
    for change in free:
        if change.kind == "criterion":
            worth, step = sheet.worths[change.number], sheet.criteria[change.number]
            group = sheet.groups[step.group]
            sure = sum(sheet.worths[one].sure for one in group.criteria if not sheet.criteria[one].bonus)
            if worth.sure != worth.points and sure * TEN_THOUSAND < max(group.min_applicable * group.points, 1):
                return False
    read = own_names(test for _, test in sheet.pack.rating)
    if not {"num", "points"} & read:
        return True
    return not ("points" in read and sheet.pack.weights) and _rises(sheet, up)


def _rises(sheet: Sheet, up: bool) -> bool:
    """Return whether the level only gets better as the score and the stars rise: lines from the best down that rise, or the reverse."""
    levels = [level if up else -level for level, _ in sheet.pack.rating]
    trends = {trend(test) for _, test in sheet.pack.rating if test is not None}
    down = sorted(levels, reverse=True) == levels and trends <= {0, 1}
    return down or (sorted(levels) == levels and trends <= {0, -1})


def trend(node: Test | Expr) -> int | None:
    """Return 1 where a test or expression can only rise with the score, -1 only fall, 0 stays; None where that is not known."""
    match node:
        case Result(name=name, pack=None):
            return RISING.get(name, 0)
        case Compare(op=op, left=left, right=right):
            both = _together([trend(left), _turned(trend(right))])
            return both if op in (">", ">=") else _turned(both) if op in ("<", "<=") else 0 if both == 0 and trend(left) == 0 else None
        case All(of=of) | Any(of=of) | Plus(of=of) | Least(of=of) | Greatest(of=of):
            return _together([trend(one) for one in of])
        case Times(factor=factor, of=one):
            return trend(one) if factor > 0 else _turned(trend(one)) if factor else 0
        case Not(of=test):
            return _turned(trend(test))
        case Holds(of=test):
            return trend(test)
        case Abs(of=one):
            return 0 if trend(one) == 0 else None
        case When(test=test, of=one):
            return trend(one) if trend(test) == 0 else None
        case Fixed():
            return 0
    return 0


def _turned(found: int | None) -> int | None:
    return None if found is None else -found


def _together(found: Iterable[int | None]) -> int | None:
    kinds = set(found) - {0}
    return None if None in kinds or len(kinds) > 1 else kinds.pop() if kinds else 0
