"""Advice for a branch under each of its packs: the next goals, the smallest set of changes for each, the evidence that would settle it."""

from collections.abc import Iterator
from dataclasses import dataclass

from evaluator.packs.models import Pack, RatingLine
from evaluator.scoring.advice.changes import Choices, changes, desk
from evaluator.scoring.advice.direction import rises
from evaluator.scoring.advice.least import Found, Goal, least
from evaluator.scoring.advice.settling import Settling, settling
from evaluator.scoring.advice.state import Desk
from evaluator.scoring.results import BranchRow, Run

__all__ = ["Advice", "Aim", "advise", "better_levels"]


@dataclass(frozen=True)
class Aim:
    """One goal. ``own``: what the branch itself can do for it; where that is not enough, ``wide``: what it takes with the others."""

    level: int
    reaches: int  # the level that the proposed changes come to, by scoring anew; of the goal where there are none
    own: Found
    wide: Found | None

    @property
    def found(self) -> bool:
        return (self.own if self.wide is None else self.wide).changes is not None


@dataclass(frozen=True)
class Advice:
    """What one pack's advice comes to for one branch. No ``aims``: no level is better."""

    branch: BranchRow
    pack: Pack
    choices: Choices
    aims: tuple[Aim, ...]
    settling: Settling


def advise(run: Run, branch: str, packs: tuple[str, ...] | None = None, *, internal: bool = False) -> Iterator[Advice]:
    """Yield the advice for each pack that applies to a branch and was visited; internal packs only when asked for."""
    made = desk(run, branch)
    numbers = {step.id: step.number for step in run.plan.packs}
    for row in run.branches:
        if row.branch_id != branch or not row.visited or (packs is not None and row.pack not in packs):
            continue
        pack = run.pack(row.pack)
        if pack.internal and not internal:
            continue
        number = numbers[pack.pack]
        choices = changes(run, branch, pack, made)
        if not internal:  # what another, internal pack found is not told here
            choices = Choices(*(tuple(one for one in listed if not run.pack(one.pack).internal) for listed in choices))
        aims: list[Aim] = []
        for goal in goals(made, pack, number):
            if not (aims and aims[-1].found and goal.reached(aims[-1].reaches)):  # else the changes before are enough for it
                aims.append(_aim(made, goal, choices))
        yield Advice(row, pack, choices, tuple(aims), settling(run, branch, number, made))


def _aim(desk: Desk, goal: Goal, choices: Choices) -> Aim:
    own = least(desk, goal, choices.own)
    wide = least(desk, goal, (*choices.own, *choices.others)) if own.changes is None else None
    chosen = own.changes if wide is None else wide.changes
    reaches = goal.level if chosen is None else desk.levels(goal.pack, frozenset(one.key for one in chosen)).standing
    return Aim(goal.level, reaches, own, wide)


def goals(desk: Desk, pack: Pack, number: int) -> Iterator[Goal]:
    """Yield the next better level; where nothing is earned and only triggers count, also the best."""
    sheet = desk.sheet(number)
    up = rises(desk.plan, number, sheet.slots, sheet.needed[0])
    better = better_levels(pack, sheet.levels(frozenset()).standing, up)
    if better:
        yield Goal(number, better[0].level, up)
    if len(better) > 1 and not pack.groups:
        yield Goal(number, better[-1].level, up)


def better_levels(pack: Pack, level: int, up: bool) -> list[RatingLine]:
    """Return the levels of a pack that are better than this one, the nearest first."""
    found = {line.level: line for line in pack.rating if (line.level > level if up else line.level < level)}
    return [found[one] for one in sorted(found, reverse=not up)]
