"""The search for telling evidence: a branch that does everything, and the values at which an item's verdict turns."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from itertools import combinations, pairwise, product
from random import Random
from typing import Any

from evaluator.authoring.cases.domains import NATURAL, Domain, domains_of, literals_of, reads_of
from evaluator.authoring.cases.evidence import Given, evidence_of
from evaluator.authoring.cases.run import Outcome
from evaluator.authoring.cases.worlds import Branch, World
from evaluator.packs import models as m
from evaluator.scoring.feed import feed
from evaluator.scoring.tables import FindingState, Status

__all__ = ["Search", "Values"]

Values = dict[str, Any]
Key = tuple[str, str]  # section and id
ROUNDS = 3
TRIED = 7  # values of one indicator in a combination
COMBINED = 400
MOST_TURNS = 3  # between two values that are tried: a count turns at every unit


@dataclass(eq=False)
class Search:
    """A pack in a world, and its best branch."""

    world: World

    def __post_init__(self) -> None:
        self._cells: dict[tuple[str, str], Branch] = {}

    @property
    def pack(self) -> m.Pack:
        return self.world.subject.pack

    @cached_property
    def domains(self) -> dict[str, Domain]:
        return domains_of(self.world.subject.indicators, self.world.plan)

    @cached_property
    def sources(self) -> dict[Key, tuple[m.Pack, m.Item]]:
        """Return criteria, vetoes, triggers and gates by section and id; those of a needed pack have its id before their own."""
        found: dict[Key, tuple[m.Pack, m.Item]] = {}
        for pack in sorted(self.world.subject.packs, key=lambda one: one.pack != self.pack.pack):
            before = "" if pack.pack == self.pack.pack else f"{pack.pack}/"
            found |= {("criteria", before + one.id): (pack, one) for group in pack.groups for one in group.criteria}
            for section in ("vetoes", "triggers", "gates"):
                found |= {(section, before + one.id): (pack, one) for one in getattr(pack, section)}
        return found

    @cached_property
    def items(self) -> list[Key]:
        """Return the pack's own items that read evidence, in its order."""
        return [key for key, (pack, _) in self.sources.items() if pack.pack == self.pack.pack and self.reads[key]]

    @cached_property
    def full(self) -> dict[str, int]:
        """Return the points of each criterion, as the pack says, in hundredths."""
        return {one.id: int(one.points * 100) for group in self.pack.groups for one in group.criteria}

    @cached_property
    def reads(self) -> dict[Key, list[str]]:
        return {key: [id_ for id_ in reads_of(*source) if id_ in self.domains] for key, source in self.sources.items()}

    def tried(self, key: Key, name: str) -> list[Any]:
        """Return values of an indicator that are worth trying for an item."""
        return self.domains[name].tried(literals_of(*self.sources[key]))

    def ask(self, key: Key) -> Callable[[Branch], tuple[Any, ...]]:
        """Return what tells all that one of the pack's items makes of a branch."""
        if key[0] == "gates":
            return lambda branch: tuple(key[1] in states["gates"] for states in self.world.outcome(branch).states)
        return self.world.asked(key)

    # --- branches ---------------------------------------------------------------

    def branch(self, values: Mapping[str, Any]) -> Branch:
        """Return the records of a branch that gives these values; one that its indicator cannot hold is left out."""
        made: Branch = []
        for name, indicator in self.world.subject.indicators.items():
            if name in values or indicator.blank is not None:
                made += self.cell(name, values.get(name, BLANK), indicator)
        if "area_type" in values and "area_type" not in self.world.subject.indicators:
            made += self.cell("area_type", values["area_type"], None)
        return made

    def cell(self, name: str, value: Any, indicator: m.Indicator | None) -> Branch:
        key = (name, repr(value))
        if key not in self._cells:
            one = Given({} if value is BLANK else {name: value}, "-", {})
            indicators = {} if indicator is None else {name: indicator}
            evidence, bad = evidence_of([one], indicators, self.world.period)
            table = feed(evidence, self.world.plan, self.world.subject.indicators)
            self._cells[key] = [] if bad else [(0, *row[1:]) for row in zip(*table.to_pydict().values(), strict=True)]
        return self._cells[key]

    def outcome(self, values: Mapping[str, Any]) -> Outcome:
        return self.world.outcome(self.branch(values))

    # --- the best branch --------------------------------------------------------

    @cached_property
    def base(self) -> Values:
        """Return a branch that earns as much as was found, under no veto or trigger: one value after another is set to its best."""
        values = {name: domain.first() for name, domain in self.domains.items()}
        best = self.rank(values)
        for _ in range(ROUNDS):
            before = best
            for name, domain in self.domains.items():
                keys = [key for key, read in self.reads.items() if name in read]
                tried = {repr(one): one for key in keys for one in self.tried(key, name)} or {repr(one): one for one in domain.tried(())}
                for one in tried.values():
                    found = self.rank({**values, name: one})
                    if found > best:
                        best, values = found, {**values, name: one}
            if best == before:
                break
        for key in self.sources:  # where two values have to change at once
            if self.reads[key] and not self.good(key, values):
                changed: list[Values] = [values, *({**values, **change} for change in self.combinations(key, {}))]
                values = max(changed, key=self.rank)  # the first of equals
        for read in self.reads.values():  # back to imaginable numbers where they do as well
            plain = {name: self.domains[name].first() for name in read if isinstance(values[name], int) and values[name] > NATURAL}
            if plain and self.rank({**values, **plain}) >= self.rank(values):
                values = {**values, **plain}
        return values

    def good(self, key: Key, values: Values) -> bool:
        section, id_ = key
        outcome = self.outcome(values)
        if "/" in id_:
            return not outcome.elsewhere
        return outcome.status.get(id_) is Status.MET if section == "criteria" else id_ not in outcome.true[section]

    def rank(self, values: Values) -> tuple[int, ...]:
        outcome = self.outcome(values)
        if outcome.level is None:
            return (-1,)
        bad = sum(len(listed) for states in outcome.states for listed in states.values()) + outcome.elsewhere
        return (0, -len(outcome.true["vetoes"]), sum(max(low, 0) for low, _ in outcome.points.values()) - 50 * bad)

    # --- where the verdict of an item turns ---------------------------------------

    def turns(self, key: Key) -> Iterator[Values]:
        """Yield, as differences from the best branch, the values on either side of every turn that was found: where one value alone
        changes, or, where that changes nothing, beside others of which the item says the opposite."""
        ask = self.ask(key)
        opposite: Values | None = None
        for name in self.reads[key]:
            found = self.line(key, name, self.base, ask)
            if found:
                yield from ({name: value} for value in found)
                continue
            opposite = self.opposite(key, ask) if opposite is None else opposite
            yield from ({**opposite, name: value} for value in self.line(key, name, {**self.base, **opposite}, ask))

    def around(self, key: Key) -> Iterator[Values]:
        """Yield the turns beside a branch of which the item says the opposite of the best."""
        ask = self.ask(key)
        opposite = self.opposite(key, ask)
        for name in self.reads[key]:
            yield from ({**opposite, name: value} for value in self.line(key, name, {**self.base, **opposite}, ask))

    def opposite(self, key: Key, ask: Callable[[Branch], tuple[Any, ...]]) -> Values:
        """Return a small change of the best branch that loses most of a criterion, or brings about a veto or trigger."""
        section, _ = key
        told = [(ask(self.branch({**self.base, **change})), change) for change in self.combinations(key, {})]
        if section == "criteria":
            return min(((one[1], change) for one, change in told if one and one[3]), key=lambda pair: pair[0], default=(0, {}))[1]
        return next((change for one, change in told if one[0] in (FindingState.TRUE, True)), {})

    def line(self, key: Key, name: str, base: Values, ask: Callable[[Branch], tuple[Any, ...]]) -> list[Any]:
        domain = self.domains[name]

        def told(value: Any) -> tuple[Any, ...]:
            return ask(self.branch({**base, name: value}))

        tried = self.tried(key, name)
        if not domain.ordered:
            return tried if len({told(one) for one in tried}) > 1 else []
        near = [domain.step(base[name], by) for by in (-2, -1, 0, 1)]
        tried = sorted({*tried, *(one for one in near if one is not None)})
        found: list[Any] = []
        for low, high in pairwise(tried):
            turned = 0
            waiting = [(low, high)]
            while waiting and turned < MOST_TURNS:
                low, high = waiting.pop()
                if told(low) == told(high):
                    continue
                middle = domain.between(low, high)
                if middle is not None:
                    waiting += [(middle, high), (low, middle)]
                    continue
                turned += 1
                beyond = domain.step(high, 1)
                found += [low, high, *([beyond] if beyond is not None else [])]
        return list(dict.fromkeys(found))

    # --- what tells a mutant apart ------------------------------------------------

    def combinations(self, key: Key, turns: Mapping[str, list[Any]]) -> list[Values]:
        """Return branches that differ from the best one in up to three of what an item reads, the likeliest values first."""
        read = self.reads[key]
        literals = set(literals_of(*self.sources[key]))
        choice = {}
        for name in read:
            exact = [one for one in self.tried(key, name) if isinstance(one, int | Decimal) and one in literals]
            choice[name] = list({repr(one): one for one in (*exact, *turns.get(name, ()), *self.spread(key, name))}.values())
        made: list[Values] = [{name: one} for name in read for one in choice[name]]
        made += [{name: self.tried(key, name)[end] for name in read} for end in (0, -1)]
        for pair in combinations(read, 2):
            made += [dict(zip(pair, both, strict=True)) for both in product(*(choice[name][:TRIED] for name in pair))]
        random = Random("|".join(key))
        for _ in range(COMBINED if len(read) > 2 else 0):
            made.append({name: random.choice(choice[name]) for name in random.sample(read, random.randint(3, len(read)))})
        return made

    def spread(self, key: Key, name: str) -> list[Any]:
        tried = self.tried(key, name)
        return tried if len(tried) <= TRIED else [tried[place * (len(tried) - 1) // (TRIED - 1)] for place in range(TRIED)]


BLANK = object()
