"""Proofs about groups and levels: lines that nobody can reach or miss, levels that no branch can have.

Results are bounded by what the pack holds: no more stars than groups that can be earned, no more hard triggers than can fire, a score of at
most what applies and the bonus. How results hang together (a failed key criterion costs its star) is not used.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from evaluator.authoring.proofs.decide import Goal
from evaluator.authoring.proofs.prover import Condition, Prover
from evaluator.authoring.proofs.verdicts import Verdict, judge
from evaluator.authoring.proofs.world import World
from evaluator.packs import models as m
from evaluator.scoring import plan as p
from evaluator.scoring.parts import hundredths
from evaluator.scoring.truth import truth

__all__ = ["Counts", "check_groups", "check_rating", "limit_results", "needed_limits"]


@dataclass
class Counts:
    """How many of a kind can be so."""

    possible: int = 0

    def add(self, found: Verdict) -> None:
        self.possible += found != "never"


def needed_limits(packs: Sequence[m.Pack]) -> dict[str, tuple[int, int]]:
    """Return the limits of the results of needed packs."""
    limits = {}
    for pack in packs:
        owner = pack.pack.replace("-", "_")
        limits[f"{owner}.level"] = (0, max(line.level for line in pack.rating))
        for kind in ("hard", "soft"):
            limits[f"{owner}.{kind}"] = (0, sum(trigger.kind == kind for trigger in pack.triggers))
    return limits


def limit_results(prover: Prover, hard: Counts, soft: Counts) -> None:
    """Set the limits of the pack's own results, as far as triggers and criteria give them."""
    pack = prover.pack
    criteria = [one for group in pack.groups for one in group.criteria]
    prover.limits |= {
        "hard": (0, hard.possible),
        "soft": (0, soft.possible),
        "keys_failed": (0, sum(one.key for one in criteria)),
        "stars": (0, len(pack.groups) if pack.stars else 0),
        "points": (0, sum(hundredths(one.points) for one in criteria if not one.bonus) + sum(_bonus(group) for group in pack.groups)),
    }


def _bonus(group: m.Group) -> int:
    return hundredths(group.bonus.up_to) if group.bonus else 0


def check_groups(prover: Prover) -> None:
    """Report groups that can never be earned or whose line everyone reaches, then let ``score`` be that of the whole pack."""
    pack = prover.pack
    lost: set[str] = set()
    for number, group in enumerate(pack.groups):
        if group.earned_when is None:
            continue
        points = sum(hundredths(one.points) for one in group.criteria if not one.bonus)
        least = -(-hundredths(group.min_applicable) * points // 10_000)  # what is over less is not earned anyway
        prover.score(points, _bonus(group), least=max(least, 1))
        if judge(prover, Condition(group.earned_when, ("groups", number, "earned_when")), "W630", "W631") == "never":
            lost.add(group.id)
    while True:  # what requires a lost group is lost too
        more = {group.id for group in pack.groups if group.id not in lost and lost & set(group.requires)}
        if not more:
            break
        lost |= more
    for number, group in enumerate(pack.groups):
        for index, id_ in enumerate(group.requires):
            if id_ in lost:
                prover.report("W632", ("groups", number, "requires", index), found=id_, group=group.id)
    if pack.stars:
        prover.limits["stars"] = (0, sum(group.earned_when is not None and group.id not in lost for group in pack.groups))
    points = sum(hundredths(one.points) for group in pack.groups for one in group.criteria if not one.bonus)
    bonus = sum(_bonus(group) for group in pack.groups)
    if pack.total:  # over shares cut to a ten-thousandth and weighted; a bonus may lift a share by any amount
        prover.score(10_000 * sum(pack.total.weights.values()), None if bonus else 0, least=0)
    else:
        prover.score(points, bonus, earned="points", least=0)


def check_rating(prover: Prover, capped: Collection[int]) -> None:
    """Report lines whose condition can never hold, and those that an earlier one always takes.

    ``capped`` are the levels that vetoes leave a branch with: a last line that only gives such a level a name is in its place.
    """
    before: list[Condition] = []
    for number, line in enumerate(prover.pack.rating):
        one = None if line.when is None else Condition(line.when, ("rating", number, "when"))
        if one is not None and judge(prover, one, "W633", None) == "never":
            continue
        if one is not None or line.level not in capped:
            _shadowed(prover, number, line, one, before)
        if one is not None:
            before.append(one)


def _shadowed(prover: Prover, number: int, line: m.RatingLine, one: Condition | None, before: Sequence[Condition]) -> None:
    if not before:
        return
    prover.asked += 1

    def goals(world: World) -> list[Goal]:
        own = [world.goal(one.node, True)] if one else []
        return own + [world.goal(earlier.node, False) for earlier in before]

    left = prover.can(goals)
    if left.can is None:
        prover.left_open(("rating", number), str(line.level))
    if left.can is not False:
        return
    seen = prover.holds((one or before[-1]).node)
    by = next((earlier for earlier in before if seen.world and _true(seen.world, earlier, seen.answer.slots)), before[-1])
    prover.report("W634", ("rating", number, "level"), found=line.level, by=by.text, record=seen.record)


def _true(world: World, one: Condition, slots: Mapping[int, int]) -> bool:
    test: p.Test = world.goal(one.node, True)[0]
    return truth(test, slots) is True
