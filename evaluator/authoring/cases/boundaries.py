"""Cases for a pack's author: at every boundary, just below and just above it, and one for each mutant that none of them notices."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from evaluator.authoring.cases.levels import level_branches
from evaluator.authoring.cases.models import Expect
from evaluator.authoring.cases.mutants import Mutant, mutants
from evaluator.authoring.cases.mutate import Witness, differs, noticed
from evaluator.authoring.cases.run import Outcome, differences
from evaluator.authoring.cases.search import Search, Values
from evaluator.authoring.cases.worlds import Branch, World, derived_behind
from evaluator.packs.reads import names_of

__all__ = ["Made", "Written", "boundary_cases"]

Candidate = tuple[Values, Branch, tuple[Any, ...]]


@dataclass(frozen=True)
class Written:
    """A case to write: ``change`` from the best branch, what came of it, and why it stands there. ``mutant`` set: it notices that one."""

    id: str
    change: Values
    expect: Expect
    item: str
    mutant: Mutant | None = None


@dataclass(frozen=True)
class Made:
    """The best branch, the cases, and how many mutants of each item nothing was found to tell apart."""

    base: Values
    cases: tuple[Written, ...]
    unshown: dict[str, int]


def boundary_cases(world: World) -> Made:
    """Return boundary cases of a pack in one period, with the verdicts that the pack gives now."""
    writer = _Writer(Search(world))
    return writer.made()


class _Writer:
    def __init__(self, search: Search) -> None:
        self.search = search
        self.cases: dict[str, Written] = {}  # by what they change
        self.witnesses: list[Witness] = []
        self.ids: set[str] = set()
        self.tried: dict[tuple[str, str], list[Candidate]] = {}

    def made(self) -> Made:
        search = self.search
        self.add({}, "", whole=True)
        turns = {key: list(search.turns(key)) for key in search.items}
        for (section, id_), changes in turns.items():
            for change in changes:
                self.add(change, id_, whole=section != "criteria")
        for change in level_branches(search, turns):
            self.add(change, "level", whole=True)
        unshown: dict[str, int] = {}
        for mutant in mutants(search.pack):
            if differs(mutant, [search.world]) and not noticed(mutant, self.witnesses) and not self.shown(mutant, turns):
                unshown[mutant.item] = unshown.get(mutant.item, 0) + 1
        return Made(search.base, tuple(self.cases.values()), unshown)

    def add(self, change: Values, item: str, *, whole: bool, mutant: Mutant | None = None) -> None:
        """Keep a branch as a case; ``whole``: what becomes of the pack is expected, not only of one criterion."""
        change = {name: value for name, value in change.items() if repr(value) != repr(self.search.base[name])}
        key = "; ".join(f"{name}={value!r}" for name, value in sorted(change.items()))
        before = self.cases.get(key)
        outcome = self.search.outcome({**self.search.base, **change})
        if outcome.level is None:
            return
        items = [one for one in (item, *(before.expect.points if before else ())) if one in outcome.points]
        whole = whole or (before is not None and before.expect.beyond_items)
        expect = expectation(outcome, items if change else list(outcome.points), whole, self.search)
        made = Written(before.id if before else self.name(change, item), change, expect, before.item if before else item, mutant)
        self.cases[key] = made
        branch = self.search.branch({**self.search.base, **change})
        self.witnesses.append(Witness(self.search.world, expect, branch))

    def name(self, change: Values, item: str) -> str:
        """Return an id: the item and what is set, numbered where that is taken."""
        parts = [f"{name}-{value}" for name, value in change.items() if isinstance(value, int | Decimal)]
        plain = "-".join([item or "faultless", *(parts[:1] if len(change) == 1 else [])])
        number, found = 1, plain
        while found in self.ids:
            number += 1
            found = f"{plain}-{number}"
        self.ids.add(found)
        return found

    # --- mutants ------------------------------------------------------------------

    def shown(self, mutant: Mutant, turns: dict[tuple[str, str], list[Values]]) -> bool:
        """Add a case that notices the mutant; return whether one was found."""
        for change, item in self.telling(mutant, turns):
            self.add(change, item, whole=mutant.section != "criteria", mutant=mutant)
            return True
        return False

    def telling(self, mutant: Mutant, turns: dict[tuple[str, str], list[Values]]) -> Iterator[tuple[Values, str]]:
        """Yield branches of which the mutant says something else than the pack, each with the item that shows it."""
        world = self.search.world
        if not mutant.whole:
            two = world.item(mutant.pack, mutant.section, mutant.item)
            for change, branch, said in self.candidates((mutant.section, mutant.item), turns) if two else ():
                if two is not None and two(branch) != said:
                    yield change, mutant.item
            return
        found = world.under(mutant.pack)
        if found is None:
            return
        plan, score = found
        own = [(change, key[1]) for key in self.readers(mutant) for change, *_ in self.candidates(key, turns)]
        for change, item in [*own, *((change, mutant.item) for changes in turns.values() for change in changes)]:
            values = {**self.search.base, **change}
            outcome = self.search.outcome(values)
            expect = expectation(outcome, [item] if item in outcome.points else [], True, self.search)
            if any(differences(expect, World.read(score(self.search.branch(values)), plan, mutant.pack))):
                yield change, item

    def readers(self, mutant: Mutant) -> list[tuple[str, str]]:
        """Return the items that read the derived value or setting that a mutant changes, or the gate itself."""
        search = self.search
        read = {key: names_of(search.sources[key][1]) for key in search.items}
        return [key for key, names in read.items() if mutant.item in names | derived_behind(search.pack, names) or key[1] == mutant.item]

    def candidates(self, key: tuple[str, str], turns: dict[tuple[str, str], list[Values]]) -> list[Candidate]:
        """Return branches that may tell a mutant of an item apart, the likeliest first, each with what the pack says of the item."""
        if key not in self.tried:
            search = self.search
            ask = search.ask(key)
            around = [*turns[key], *search.around(key)]
            ends: dict[str, list[Any]] = {}
            for change in around:
                for name, value in change.items():
                    ends.setdefault(name, []).append(value)
            changes = [*around, *search.combinations(key, ends)]
            branches = [(change, search.branch({**search.base, **change})) for change in changes]
            self.tried[key] = [(change, branch, ask(branch)) for change, branch in branches]
        return self.tried[key]


def expectation(outcome: Outcome, items: list[str], whole: bool, search: Search) -> Expect:
    """Return what came of a branch as what is expected of it."""
    pack = search.pack
    return Expect(
        level=outcome.level if whole else None,
        stars=outcome.stars if whole and pack.stars else None,
        points={id_: outcome.points[id_] for id_ in items},
        of={id_: outcome.of[id_] for id_ in items if 0 < outcome.of[id_] < search.full[id_]},
        groups={one.id: outcome.groups[one.id] for one in pack.groups if one.earned_when and one.id in outcome.groups} if whole else {},
        vetoes=outcome.true["vetoes"] if whole and pack.vetoes else None,
        triggers=outcome.true["triggers"] if whole and pack.triggers else None,
        gates=outcome.true["gates"] if whole and pack.gates else None,
        provisional=True if outcome.provisional else None,
    )
