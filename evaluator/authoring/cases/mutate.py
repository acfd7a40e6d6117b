"""Which mutants of a pack its cases notice: each that none notices is a number or a comparison that nobody has pinned down."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from evaluator.authoring.cases.evidence import given_of
from evaluator.authoring.cases.models import Expect
from evaluator.authoring.cases.mutants import Mutant, mutants
from evaluator.authoring.cases.run import KINDS, Subject, differences, read_all
from evaluator.authoring.cases.worlds import Branch, World

__all__ = ["Score", "Witness", "mutation_score", "noticed"]

Progress = Callable[[int], None]


@dataclass(frozen=True, eq=False)
class Witness:
    """A case and the records that it gives in a world."""

    world: World
    expect: Expect
    branch: Branch
    _said: dict[tuple[str, str], tuple[Any, ...]] = field(default_factory=dict)

    def said(self, mutant: Mutant) -> tuple[Any, ...]:
        """Return what the pack as it is makes of the item that a mutant changes."""
        key = (mutant.section, mutant.item)
        if key not in self._said:
            self._said[key] = self.world.asked(key)(self.branch)
        return self._said[key]


@dataclass(frozen=True)
class Score:
    """All mutants that mean something else than the pack, and those of them that no case noticed."""

    count: int
    survived: tuple[Mutant, ...]

    @property
    def killed(self) -> int:
        return self.count - len(self.survived)

    @property
    def percent(self) -> int:
        """Whole percent of the mutants that were noticed, cut."""
        return 100 * self.killed // self.count if self.count else 100


def mutation_score(subject: Subject, progress: Progress = lambda _: None) -> Score:
    """Return how many mutants of a pack its cases notice.

    Raises:
        Failure: there are no cases, or something in them is wrong.
    """
    witnesses = list[Witness]()
    for file in read_all(subject):
        world = World(subject, file.period)
        branches = world.branches([given_of(file, case) for case in file.cases])
        witnesses += [Witness(world, case.expect, branch) for case, branch in zip(file.cases, branches, strict=True)]
    count, survived = 0, list[Mutant]()
    for mutant in mutants(subject.pack):
        if not differs(mutant, [one.world for one in witnesses]):
            continue
        count += 1
        if not noticed(mutant, witnesses):
            survived.append(mutant)
        progress(count)
    return Score(count, tuple(survived))


def differs(mutant: Mutant, worlds: Sequence[World]) -> bool:
    """Return whether a mutant loads and its plan is another one than the pack's in any world."""
    for world in dict.fromkeys(worlds):
        found = world.under(mutant.pack)
        if found is not None and found[0].digest != world.plan.digest:
            return True
    return False


def noticed(mutant: Mutant, witnesses: Sequence[Witness]) -> bool:
    """Return whether an expectation of any case fails under a mutant. What names its item is asked first."""
    named = [one for one in witnesses if names(mutant, one.expect)]
    anywhere = mutant.section in ("settings", "derived", "applies_to")  # what reads it may be any item
    others = [one for one in witnesses if (anywhere or one.expect.beyond_items) and not names(mutant, one.expect)]
    return any(_fails(mutant, asked if mutant.whole else _moved(mutant, asked)) for asked in (named, others))


def names(mutant: Mutant, expect: Expect) -> bool:
    """Return whether something is expected of the very item that a mutant changes."""
    return (
        mutant.item in expect.points
        or mutant.item in expect.of
        or (mutant.section in KINDS and getattr(expect, mutant.section) is not None)
    )


def _moved(mutant: Mutant, witnesses: Sequence[Witness]) -> list[Witness]:
    """Return the cases of which the changed item says something else than the pack's."""
    moved = []
    worlds = dict.fromkeys(one.world for one in witnesses)
    as_mutated = {world: world.item(mutant.pack, mutant.section, mutant.item) for world in worlds}
    for one in witnesses:
        ask = as_mutated[one.world]
        if ask is None or ask(one.branch) != one.said(mutant):
            moved.append(one)
    return moved


def _fails(mutant: Mutant, witnesses: Sequence[Witness]) -> bool:
    scorers = {world: world.under(mutant.pack) for world in dict.fromkeys(one.world for one in witnesses)}
    for one in witnesses:
        found = scorers[one.world]
        if found is not None:
            plan, score = found
            if any(differences(one.expect, World.read(score(one.branch), plan, mutant.pack))):
                return True
    return False
