"""What may come of a pack's open items, when some of them are decided by evidence and the rest is not.

An item that is decided has one of finitely many outcomes: a criterion one of the sums that its parts can come to, whatever the values.
"""

from collections.abc import Iterable, Sequence
from itertools import product
from math import prod

from evaluator.scoring.advice.state import Sheet, own_results
from evaluator.scoring.forward_points import Asked, Earned, Span, award, deducted, part_span
from evaluator.scoring.plan import AwardStep, BandsStep, ChoicesStep, CountStep, CriterionStep, DeductStep, PartStep, Result, VetoStep
from evaluator.scoring.tables import FindingState, Status
from evaluator.scoring.truth import truth

__all__ = ["UNSURE", "Outcomes", "outcomes"]

OUTCOMES = 14  # open groups, vetoes and gates whose outcomes are all gone through
SUMS = 20_000  # sums of a group that are all gone through
UNSURE = (FindingState.OPEN, FindingState.PENDING)


class Outcomes:
    """Every way in which open groups, vetoes, triggers and gates may go; ``left``: items that stay undecided."""

    def __init__(self, sheet: Sheet, left: set[str]) -> None:
        self.sheet, self.left = sheet, left
        points = sheet.points(frozenset())
        self.always: set[int] = set()
        self.decided: list[tuple[str, int]] = []  # kind and number of what the supplied evidence decides
        self.free: list[tuple[str, int]] = []  # of what may go either way afterwards
        for number, (low, high) in {n: _alone(sheet, points.earned[n], points.keys[n], n) for n in sheet.groups}.items():
            if low:
                self.always.add(number)
            elif high:
                (self.free if self._swings(number) else self.decided).append(("group", number))
        found = [("veto", n, step.id) for n, (step, state) in sheet.vetoes.items() if state in UNSURE]
        found += [("trigger", n, step.id) for n, (step, state) in sheet.triggers.items() if state in UNSURE]
        failed = {n: truth(gate.when, sheet.slots, sheet.needed[0]) for n, gate in sheet.gates.items()}
        found += [("gate", n, gate.id) for n, gate in sheet.gates.items() if failed[n] is None]
        for kind, number, id_ in found:
            (self.free if id_ in left else self.decided).append((kind, number))
        self.failed = sum(one is True for one in failed.values())

    # --- groups ---------------------------------------------------------------

    def _swings(self, number: int) -> bool:
        """Return whether, for some outcome of the criteria that are decided, the award hangs on those that are not."""
        sheet, group = self.sheet, self.sheet.groups[number]
        worths = {one: sheet.worths[one] for one in group.criteria}
        if not any(sheet.criteria[one].id in self.left for one in group.criteria):
            return False
        if any(worth.in_play and worth.sure != worth.points for worth in worths.values()):
            return True  # what may leave as not applicable changes what the rest is over
        totals = {(0, 0, 0)}  # plain, bonus, failing keys
        plain, bonus, keys = [0, 0], [0, 0], [0, 0]  # of those that are not decided: lowest and highest
        for one, worth in worths.items():
            step = sheet.criteria[one]
            if worth.status is Status.UNPROVEN and step.id in self.left:
                for reading, points in enumerate((worth.low, worth.high)):
                    (bonus if step.bonus else plain)[reading] += points
                    keys[reading] += step.key and points == 0
                continue
            found = outcomes(step, sheet) if worth.status is Status.UNPROVEN else {worth.low}
            if len(found) * len(totals) > SUMS * 10:
                return True
            failing = step.key and worth.in_play
            totals = {
                (p + (0 if step.bonus else more), b + (more if step.bonus else 0), k + (failing and more == 0))
                for p, b, k in totals
                for more in found
            }
            if len(totals) > SUMS:
                return True
        applicable = sum(worth.points for one, worth in worths.items() if not sheet.criteria[one].bonus)
        for p, b, k in totals:
            low, high = (p + plain[reading] + min(b + bonus[reading], group.bonus_up_to) for reading in (0, 1))
            line = sheet.line(group, low, high, applicable)
            come = award(group, Earned(low, high, applicable, applicable), (k + keys[0], k + keys[1]), line, ())
            if come.awarded != come.possible:
                return True
        return False

    # --- levels ---------------------------------------------------------------

    def levels_agree(self) -> bool:
        decided, free = self._ways(self.decided), self._ways(self.free)
        if len(decided) * len(free) > 1 << OUTCOMES:
            return False
        return all(len({self._level((*one, *other)) for other in free}) == 1 for one in decided)

    def _ways(self, items: Sequence[tuple[str, int]]) -> list[tuple[tuple[str, int], ...]]:
        """Return the sets that may come true; of triggers only how many hard and soft ones matter."""
        kinds: dict[object, list[tuple[str, int]]] = {}
        for item in items:
            hard = self.sheet.triggers[item[1]][0].hard if item[0] == "trigger" else None
            kinds.setdefault(item if hard is None else hard, []).append(item)
        counted = [[tuple(listed[:count]) for count in range(len(listed) + 1)] for listed in kinds.values()]
        if prod(map(len, counted)) > 1 << OUTCOMES:
            return [()] * (1 << (OUTCOMES + 1))
        return [tuple(item for one in sets for item in one) for sets in product(*counted)]

    def _level(self, true: Iterable[tuple[str, int]]) -> int:
        sheet, come = self.sheet, set(true)
        acting: list[VetoStep] = [step for n, (step, state) in sheet.vetoes.items() if state is FindingState.TRUE or ("veto", n) in come]
        awarded: set[int] = set()
        for number in sheet.pack.order:
            alone = number in self.always or ("group", number) in come
            if alone and awarded.issuperset(sheet.groups[number].requires):
                awarded.add(number)
        stars = len(awarded - {n for veto in acting for n in veto.strip}) if sheet.pack.stars else 0
        held = [step.hard for n, (step, state) in sheet.triggers.items() if state is FindingState.TRUE or ("trigger", n) in come]
        failed = self.failed + sum(kind == "gate" for kind, _ in come)
        results = own_results(0, 0, 0, stars, sum(held), len(held) - sum(held), 0) | {Result("gates_failed"): failed}
        return sheet.rated(results, acting)


def _alone(sheet: Sheet, earned: Earned, keys: tuple[int, int], number: int) -> tuple[bool, bool]:
    """Return whether a group would be awarded by itself, as it stands and at its highest."""
    line = sheet.line(sheet.groups[number], earned.low, earned.high, earned.applicable)
    found = award(sheet.groups[number], earned, keys, line, ())
    return found.awarded, found.possible


def outcomes(step: CriterionStep, sheet: Sheet) -> set[int]:
    """Return everything that a criterion may be worth once all that it reads is known, and it applies as a whole."""
    asked, worth = sheet.asked, sheet.worths[step.number]
    sums = {0} if step.parts else {step.owed}
    for found in (*(_part(part, asked) for part in step.parts), *(_off(deduct, step.owed, asked) for deduct in step.deducts)):
        sums = {one + more for one in sums for more in found}
    held = {min(max(one, 0), worth.points) for one in sums}
    if step.zero is not None and asked.truth(step.zero) is not False:
        held.add(0)
    return {one for one in held if worth.low <= one <= worth.high}


def _part(part: PartStep, asked: Asked) -> set[int]:
    span = part_span(part, asked)
    if span.low == span.high:
        return {span.low}
    found = {worth for _, worth in part.fixed}
    match part:
        case AwardStep():
            found |= {0, part.full}
        case BandsStep():
            found |= {0, *(worth for _, worth in part.bands)}
        case CountStep():
            found |= set(range(part.start, -1, part.step) if part.step < 0 else range(0, part.full, part.step or 1)) | {0, part.full}
        case ChoicesStep():
            found |= {part.each * count for count in range(len(part.slots) + 1)}
        case _:
            found |= set(range(part.full + 1))
    return {one for one in (Span(worth, worth).held(part.full).low for worth in found) if span.low <= one <= span.high}


def _off(deduct: DeductStep, everything: int, asked: Asked) -> Iterable[int]:
    span = deducted(deduct, everything, asked)
    if span.low == span.high:
        return {span.low}
    most = -span.low
    return {0, -most, *(-one for one in range(0, most, deduct.points or most or 1))}
