"""A branch under a pack, scored again with some changes made: the functions of the forward engine, tests decided plainly."""

from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass
from typing import Literal, NamedTuple, TypeVar

from evaluator.scoring.explain import agreed
from evaluator.scoring.forward_packs import capped, trigger_state, veto_state
from evaluator.scoring.forward_points import Asked, Awarded, Earned, Worth, award, criterion_worth, group_earned, keys_failed
from evaluator.scoring.forward_terms import reads_result
from evaluator.scoring.plan import Expr, GroupStep, PackStep, Plan, Result, Test, VetoStep
from evaluator.scoring.tables import FindingState, Status
from evaluator.scoring.truth import truth, value

__all__ = ["Desk", "Key", "Levels", "Results", "Sheet"]

Key = tuple[str, int]  # criterion, veto, trigger or gate, and its number in the plan
Results = dict[Result, int]
Known = TypeVar("Known", bool, int)
NOTHING: frozenset[Key] = frozenset()
COUNTS: tuple[Literal["hard", "soft"], ...] = ("hard", "soft")


class Levels(NamedTuple):
    """The level as it stands, at its highest, and both again if everything that is open or pending turned out to hold."""

    standing: int
    highest: int
    feared: int
    feared_highest: int

    @property
    def settled(self) -> bool:
        return len(set(self)) == 1


@dataclass(frozen=True)
class Points:
    """What the groups of a pack come to."""

    earned: Mapping[int, Earned]
    keys: Mapping[int, tuple[int, int]]


class Desk:
    """One branch of a plan: its slots, and the sheets of its packs.

    ``lasting``: numbers of criteria whose lapses cannot be repaired; ``needs``: of each pack those that it reads results of, near and far,
    in the order of the plan.
    """

    def __init__(self, plan: Plan, slots: Mapping[int, int], lasting: frozenset[int], needs: Mapping[int, tuple[int, ...]]) -> None:
        self.plan, self.slots, self.lasting, self.needs = plan, slots, lasting, needs
        self._sheets: dict[tuple[int, frozenset[Key]], Sheet] = {}

    def knowing(self, slots: Mapping[int, int]) -> "Desk":
        """Return the branch with other values."""
        return Desk(self.plan, slots, self.lasting, self.needs)

    def sheet(self, pack: int, mended: frozenset[Key] = NOTHING) -> "Sheet":
        """Return the pack's sheet, on which packs that it needs have these changes made."""
        near = {step.number: step.pack for step in self.plan.triggers}
        far = frozenset(key for key in mended if key[0] == "trigger" and near[key[1]] in self.needs[pack])
        if (pack, far) not in self._sheets:
            standing: Results = {}
            highest: Results = {}
            for number in self.needs[pack]:
                if self.visited(self.plan.packs[number]):
                    for known, new in zip((standing, highest), self.sheet(number, far).results(far), strict=True):
                        known.update(new)
            self._sheets[pack, far] = Sheet(self, self.plan.packs[pack], standing, highest)
        return self._sheets[pack, far]

    def levels(self, pack: int, mended: frozenset[Key] = NOTHING) -> Levels:
        """Return the levels of a pack with these changes made, scored anew."""
        return self.sheet(pack, mended).levels(mended)

    def visited(self, pack: PackStep) -> bool:
        """Return whether the pack applies to the branch and there is any evidence of it."""
        if pack.applies is not None and not truth(pack.applies, self.slots):
            return False
        read = (source for source in self.plan.inputs if source.number in pack.inputs)
        return any(slot in self.slots for source in read for slot in (source.slot, source.na_slot))


class Sheet:
    """One pack of one branch; ``needed``: the results of the packs that it needs, as they stand and at their highest."""

    def __init__(self, desk: Desk, pack: PackStep, standing: Results, highest: Results) -> None:
        plan, self.slots, self.pack, self.lasting = desk.plan, desk.slots, pack, desk.lasting
        self.needed = standing, highest
        self.asked = asked = Asked(self._truth, self._value)
        self.criteria = {step.number: step for step in plan.criteria if step.pack == pack.number}
        self.worths = {number: criterion_worth(step, asked) for number, step in self.criteria.items()}
        self.groups: dict[int, GroupStep] = {step.number: step for step in plan.groups if step.pack == pack.number}
        self.vetoes = {step.number: (step, veto_state(step, asked)) for step in plan.vetoes if step.pack == pack.number}
        self.triggers = {step.number: (step, trigger_state(step, asked)) for step in plan.triggers if step.pack == pack.number}
        self.gates = {step.number: step for step in plan.gates if step.pack == pack.number}

    def _truth(self, test: Test) -> bool | None:
        if not any(self.needed) or not reads_result(test):
            return truth(test, self.slots)
        return agreed(*(truth(test, self.slots, results) for results in self.needed))

    def _value(self, expr: Expr) -> int | None:
        if not any(self.needed) or not reads_result(expr):
            return value(expr, self.slots)
        return agreed(*(value(expr, self.slots, results) for results in self.needed))

    # --- with changes ---------------------------------------------------------

    def mended(self, number: int) -> Worth:
        """Return what a criterion is worth once it is put right; one that does not count stays so."""
        worth = self.worths[number]
        if not worth.in_play:
            return worth
        most = worth.high if number in self.lasting else worth.points
        return Worth(Status.MET if most == worth.points else Status.PARTIAL, most, most, worth.points, worth.points)

    def points(self, mended: frozenset[Key]) -> Points:
        earned, keys = {}, {}
        for number, group in self.groups.items():
            members = [
                (self.criteria[one], self.mended(one) if ("criterion", one) in mended else self.worths[one]) for one in group.criteria
            ]
            earned[number], keys[number] = group_earned(group, members), keys_failed(members)
        return Points(earned, keys)

    def acting(self, mended: frozenset[Key], states: Container[FindingState | None] = (FindingState.TRUE,)) -> list[VetoStep]:
        return [step for number, (step, state) in self.vetoes.items() if state in states and ("veto", number) not in mended]

    def counted(self, mended: frozenset[Key], states: Container[FindingState | None]) -> tuple[int, int]:
        """Return how many hard and soft triggers are in one of these states."""
        held = [step.hard for number, (step, state) in self.triggers.items() if state in states and ("trigger", number) not in mended]
        return sum(held), len(held) - sum(held)

    def line(self, group: GroupStep, low: int, high: int, applicable: int) -> tuple[bool | None, bool | None]:
        if group.line is None:
            return None, None
        standing, highest = (
            truth(group.line, self.slots, {**needed, Result("num"): num, Result("den"): applicable})
            for needed, num in zip(self.needed, (low, high), strict=True)
        )
        return standing, highest is not False

    def total(self, earned: Mapping[int, int], applicable: Mapping[int, int]) -> tuple[int, int]:
        """Return the pack's score, and what it is over: points, or weighted shares cut to a ten-thousandth."""
        if not self.pack.weights:
            return sum(earned.values()), sum(applicable.values())
        shares = [(weight, number) for number, weight in self.pack.weights if applicable[number]]
        return sum(weight * (10_000 * earned[n] // applicable[n]) for weight, n in shares), sum(weight * 10_000 for weight, _ in shares)

    def awards(self, points: Points, acting: Iterable[VetoStep]) -> dict[int, tuple[bool, bool]]:
        """Return the groups that are awarded, as they stand and at their highest."""
        found: dict[int, Awarded] = {}
        for number in self.pack.order:
            group, earned = self.groups[number], points.earned[number]
            line = self.line(group, earned.low, earned.high, earned.applicable)
            found[number] = award(group, earned, points.keys[number], line, [found[one] for one in group.requires])
        gone = {number for veto in acting for number in veto.strip}
        return {number: (one.awarded and number not in gone, one.possible and number not in gone) for number, one in found.items()}

    def rated(self, results: Results, acting: Iterable[VetoStep], reading: int = 0) -> int:
        """Return the level of these results, under these vetoes."""
        known = {**self.needed[reading], **results}
        level = next((level for level, test in self.pack.rating if test is None or truth(test, self.slots, known)), 0)
        return capped(level, list(acting))

    def readings(self, mended: frozenset[Key], acting: Iterable[VetoStep]) -> tuple[Results, Results]:
        """Return the pack's own results in both readings, without its gates."""
        points = self.points(mended)
        awards = self.awards(points, acting)
        applicable = {number: one.applicable for number, one in points.earned.items()}
        made: list[Results] = []
        for high in (False, True):
            earned = {number: one.high if high else one.low for number, one in points.earned.items()}
            num, den = self.total(earned, applicable)
            hard, soft = self.counted(mended, (FindingState.TRUE, FindingState.OPEN) if high else (FindingState.TRUE,))
            stars = sum(awarded[high] for awarded in awards.values()) if self.pack.stars else 0
            failed = sum(one[high] for one in points.keys.values())
            made.append(own_results(num, den, sum(earned.values()), stars, hard, soft, failed))
        return made[0], made[1]

    def failing(self, mended: frozenset[Key], readings: tuple[Results, Results]) -> tuple[int, int]:
        """Return how many gates are failed, and how many more are open."""
        failed = unsure = 0
        for number, gate in self.gates.items():
            if ("gate", number) in mended:
                continue
            both = {truth(gate.when, self.slots, {**n, **own}) for n, own in zip(self.needed, readings, strict=True)}
            failed += both == {True}
            unsure += both not in ({True}, {False})
        return failed, unsure

    def levels(self, mended: frozenset[Key]) -> Levels:
        levels: list[int] = []
        for states in ((FindingState.TRUE,), (FindingState.TRUE, FindingState.OPEN, FindingState.PENDING)):
            acting = self.acting(mended, states)
            readings = self.readings(mended, acting)
            failed, unsure = self.failing(mended, readings)
            gates = {Result("gates_failed"): failed + (unsure if levels else 0)}
            levels += [self.rated({**own, **gates}, acting, reading) for reading, own in enumerate(readings)]
        return Levels(*levels)

    def results(self, mended: frozenset[Key]) -> tuple[Results, Results]:
        """Return what packs that need this one may read of it."""
        acting = self.acting(mended)
        both = self.readings(mended, acting)
        made: list[Results] = []
        for own, level in zip(both, self.levels(mended)[:2], strict=True):
            number = self.pack.number
            made.append({Result("level", number): level} | {Result(n, number): own[Result(n)] for n in COUNTS})
        return made[0], made[1]


def own_results(num: int, den: int, points: int, stars: int, hard: int, soft: int, failed: int) -> Results:
    return {
        Result("num"): num,
        Result("den"): den,
        Result("points"): points,
        Result("stars"): stars,
        Result("hard"): hard,
        Result("soft"): soft,
        Result("keys_failed"): failed,
    }


def results_in(node: object) -> set[Result]:
    """Return every result that a step, test or expression reads."""
    if isinstance(node, Result):
        return {node}
    if isinstance(node, tuple):
        return {one for part in node for one in results_in(part)}
    return results_in(tuple(vars(node).values())) if hasattr(node, "__dataclass_fields__") else set()
