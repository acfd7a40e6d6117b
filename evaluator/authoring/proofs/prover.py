"""Questions about one pack, asked in every era, with what was asked and what stayed open."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from copy import copy
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from evaluator.authoring.proofs.decide import Answer, Goal
from evaluator.authoring.proofs.linear import Unsure
from evaluator.authoring.proofs.world import World, eras
from evaluator.diagnostics import Diagnostic, Failure, Place
from evaluator.messages import LANGUAGES, Language, say
from evaluator.packs import tree
from evaluator.packs.conditions import parse_condition, parse_formula
from evaluator.packs.load import LoadedPack
from evaluator.packs.source import DataPath
from evaluator.packs.writing import names, write

__all__ = ["Condition", "Open", "Prover", "Seen"]

Question = Callable[[World], Sequence[Goal]]
MONTHS = range(13)
PERIOD_NAMES = {"months", "quarters"}


@dataclass(frozen=True)
class Seen:
    """The answer of all eras together: what holds in one era can hold, and that one's ``world`` and ``answer`` show it."""

    can: bool | None
    answer: Answer = field(default_factory=lambda: Answer(None))
    world: World | None = None

    @property
    def record(self) -> str:
        """Return the values that show it, in words."""
        return self.world.record(self.answer) if self.world else "—"


@dataclass(frozen=True)
class Open:
    """A question that interval reasoning does not settle, and where it stands."""

    place: Place
    found: str


@dataclass(frozen=True)
class Condition:
    """A condition of the pack: its text, where it stands, and whether it belongs to a part (which decides on division by zero)."""

    text: str
    path: DataPath
    in_part: bool = False

    @cached_property
    def node(self) -> tree.Condition:
        return parse_condition(self.text)


class Prover:
    """Asks and reports. ``limits``: lowest and highest of results by name; they may be narrowed as findings come in."""

    def __init__(self, loaded: LoadedPack, limits: Mapping[str, tuple[int, int]]) -> None:
        self.pack, self.spans = loaded.pack, loaded.spans
        self.limits = dict(limits)
        self.worlds = [World(self.pack, era, self.limits) for era in eras(self.pack)]
        self.findings: list[Diagnostic] = []
        self.read: dict[int, tuple[tree.Node, frozenset[str]]] = {}  # by identity: a tree is slow to hash
        self.stands_on: dict[str, frozenset[str]] = {}
        self.scored: tuple[int, int | None, str | None, int] | None = None
        self.asked = 0
        self.open: list[Open] = []

    # --- asking ---------------------------------------------------------------

    def can(self, question: Question) -> Seen:
        """Return whether the goals of the question can hold together, in any era, at any time of a year."""
        unsure = False
        for world in self.worlds:
            try:
                answers = [(world, world.can(question(world)))]
            except Unsure:
                answers = [(world, Answer(None))]
            except Failure:  # a formula that multiplies by months is linear only for so many months
                answers = self._by_months(world, question)
            for where, answer in answers:
                if answer.can:
                    return Seen(True, answer, where)
                unsure |= answer.can is None
        return Seen(None if unsure else False)

    def _by_months(self, world: World, question: Question) -> list[tuple[World, Answer]]:
        answers = []
        for months in MONTHS:
            fixed = World(self.pack, (world.period.start, world.last_day), self.limits, months)
            if self.scored:
                fixed.score(*self.scored)
            try:
                answers.append((fixed, fixed.can(question(fixed))))
            except (Failure, Unsure):
                return [(world, Answer(None))]
        return answers

    def score(self, points: int, bonus: int | None, earned: str | None = None, least: int = 1) -> None:
        """Say of what ``score`` is from here on: see :meth:`World.score`."""
        self.scored = (points, bonus, earned, least)
        for world in self.worlds:
            world.score(*self.scored)

    def holds(self, node: tree.Condition, among: Iterable[Condition] = (), *, in_part: bool = False, wanted: bool = True) -> Seen:
        """Return whether a condition can hold (or can fail to) where the conditions ``among`` hold."""
        near = self.near(node, among)
        return self.can(lambda world: [world.goal(node, wanted, in_part=in_part), *(world.goal(one.node, True) for one in near)])

    def in_era(self, world: World) -> "Prover":
        """Return a prover that asks in one era only; it reports to the same lists."""
        other = copy(self)
        other.worlds = [world]
        return other

    def near(self, node: tree.Node, among: Iterable[Condition]) -> list[Condition]:
        """Return the conditions that read an indicator that ``node`` reads too: only these can bear on it."""
        return [one for one in among if self.behind(node) & self.behind(one.node)]

    def behind(self, node: tree.Node) -> frozenset[str]:
        """Return what a condition or formula stands on: indicators, lengths of the period, results of needed packs."""
        if id(node) not in self.read:
            self.read[id(node)] = (node, frozenset[str]().union(*(self._behind(name) for name in names(node))))
        return self.read[id(node)][1]

    def _behind(self, name: str) -> frozenset[str]:
        """Return what a name stands on, through derived values and settings."""
        if name not in self.stands_on:
            below = {name}
            if name in self.pack.derived:
                derived = self.pack.derived[name]
                below = set(names(parse_formula(derived.formula))) | ({derived.min_sample.of} if derived.min_sample else set())
                below = set[str]().union(*(self._behind(one) for one in below))
            elif name in self.pack.settings:
                by = self.pack.settings[name].by
                below = {by} if by else set()
            self.stands_on[name] = frozenset(below)
        return self.stands_on[name]

    # --- telling --------------------------------------------------------------

    def report(self, code: str, path: DataPath, *, key: bool = False, **values: Any) -> None:
        self.findings.append(Diagnostic(f"proofs.{code}", self.spans.place(path, key=key), values))

    def inside(self, code: str, one: Condition, node: tree.Condition | None = None, **values: Any) -> None:
        """Report a piece of a condition, the whole of it where no piece is named."""
        span = (node or one.node).span
        place = self.spans.inside(one.path, one.text, span.start, span.end)
        self.findings.append(Diagnostic(f"proofs.{code}", place, {"found": write(node or one.node), **values}))

    def left_open(self, path: DataPath, found: str) -> None:
        self.open.append(Open(self.spans.place(path), found))

    def why(self, node: tree.Node, among: Iterable[Condition] = ()) -> dict[Language, str]:
        """Return in brackets what a proof rests on, in each language: ranges of what is read, the length of a period, and the conditions
        among which it was made.
        """
        near = self.near(node, among)
        told = [self.worlds[0].ranges(names(node), self.behind(node))]
        told += [f"{one.path[-1]}: {one.text}" for one in near]
        timed = any(PERIOD_NAMES & self.behind(one) for one in (node, *(one.node for one in near)))
        kept = {lang: "; ".join(filter(None, [*told, say("proofs.year", lang) if timed else ""])) for lang in LANGUAGES}
        return {lang: f" ({text})" if text else "" for lang, text in kept.items()}
