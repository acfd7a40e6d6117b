"""Questions: the shapes that all families share, and how an answer is decided from the data."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from random import Random
from typing import Literal

from evaluator.authoring.kit.facts import Facts
from evaluator.authoring.kit.values import Claim, Value
from evaluator.messages import say

__all__ = ["Clause", "Fact", "Kind", "Option", "Property", "Question", "Seed", "seeds_of"]

Kind = Literal["single", "multiple", "judge"]
WRONG = 3  # wrong answers of a single choice, two at least
NEAREST = 5  # of numbers, the wrong ones are drawn from so many
OPTIONS = 4  # of a multiple choice


@dataclass(frozen=True)
class Clause:
    """Where the answer stands: the item, the sentence that is right, what it rests on. Several items stand in the sentence itself."""

    id: str
    text: str
    told: str
    source: str


@dataclass(frozen=True)
class Option:
    text: str
    claim: Claim


Named = tuple[Option, str, str]  # an option, its group, and how the answer sheet names it


@dataclass(frozen=True)
class Question:
    """A question; ``right`` are the places of the options that are true, for ``judge`` ``(0,)`` when its one statement is."""

    kind: Kind
    family: str
    pack: str  # title
    stem: str
    options: tuple[Option, ...]
    right: tuple[int, ...]
    clause: Clause


@dataclass(frozen=True)
class Fact:
    """One thing that a pack says. ``told(text)`` is the sentence with ``text`` in its gap."""

    relation: str
    subject: str
    pack: str
    group: str  # by which questions are spread evenly
    value: Value
    wrong: tuple[Value, ...]  # every one is false by the data; numbers nearest first
    told: Callable[[str], str]
    clause: Clause
    numeric: bool = False


@dataclass(frozen=True)
class Property:
    """What some of a pack's things have and others have not; ``right`` and ``wrong`` are decided by the data."""

    relation: str
    pack: str
    what: str
    right: tuple[Named, ...]
    wrong: tuple[Option, ...]
    source: Callable[[Sequence[Option]], str]


@dataclass(frozen=True)
class Seed:
    """A question that can be asked. ``key``: two seeds with the same one ask for the same fact."""

    kind: Kind
    family: str
    group: str
    key: str
    make: Callable[[Random, bool], Question]  # the flag: a true statement, not a false one


def seeds_of(facts: Facts, told: Sequence[Fact], properties: Sequence[Property]) -> list[Seed]:
    """Return every question that can be asked, no two alike."""
    makers = _Makers(facts)
    seeds: list[Seed] = []
    for fact in told:
        key = f"{fact.relation}|{fact.subject}"
        if len(fact.wrong) >= 2:
            seeds.append(Seed("single", fact.relation, fact.group, key, makers.single(fact)))
        if fact.wrong:
            seeds.append(Seed("judge", fact.relation, fact.group, key, makers.judge(fact)))
    for one in properties:
        half = len(one.right) // 2
        for number in range(half if len(one.wrong) >= 2 else 0):
            key = f"{one.relation}|{one.pack}|{one.what}|{number}"
            pair = (one.right[number], one.right[number + half])  # each thing is in one pair only, so no two questions are equal
            seeds.append(Seed("multiple", one.relation, pair[0][1], key, makers.multiple(one, pair)))
        if one.relation == "kind" and len(one.wrong) >= WRONG:
            for right in one.right:
                key = f"pick|{right[0].claim.subject}|{one.what}"
                seeds.append(Seed("single", "pick", right[1], key, makers.pick(one, right)))
    return seeds


class _Makers:
    """Makes questions of facts and properties."""

    def __init__(self, facts: Facts) -> None:
        self.facts = facts

    def decided(self, kind: Kind, family: str, pack: str, stem: str, options: Sequence[Option], clause: Clause) -> Question:
        """Return the question with its answer, which is computed from the data, never taken over from what was meant."""
        verdicts = [self.facts.is_true(option.claim) for option in options]
        right = tuple(place for place, verdict in enumerate(verdicts) if verdict)
        least, most = {"single": (1, 1), "multiple": (2, len(options) - 1), "judge": (0, 1)}[kind]
        if None in verdicts or not least <= len(right) <= most or len({option.text for option in options}) < len(options):
            raise AssertionError(f"{family}: {stem} {[option.text for option in options]} {verdicts}")
        return Question(kind, family, pack, stem, tuple(options), right, clause)

    def single(self, fact: Fact) -> Callable[[Random, bool], Question]:
        def make(rng: Random, _: bool) -> Question:
            nearest = fact.wrong[:NEAREST] if fact.numeric else fact.wrong
            values = [fact.value, *rng.sample(nearest, min(WRONG, len(nearest)))]
            if fact.numeric:
                values.sort(key=lambda value: value.meaning)  # type: ignore[arg-type, return-value]  # numbers, then
            else:
                rng.shuffle(values)
            options = [Option(value.text, Claim(fact.relation, fact.subject, value.meaning)) for value in values]
            return self.decided("single", fact.relation, fact.pack, fact.told(say("kit.gap")), options, fact.clause)

        return make

    def judge(self, fact: Fact) -> Callable[[Random, bool], Question]:
        def make(rng: Random, truth: bool) -> Question:
            value = fact.value if truth else rng.choice(fact.wrong[:NEAREST] if fact.numeric else fact.wrong)
            statement = fact.told(value.text)
            option = Option(statement, Claim(fact.relation, fact.subject, value.meaning))
            return self.decided("judge", fact.relation, fact.pack, statement, (option,), fact.clause)

        return make

    def multiple(self, one: Property, pair: Sequence[Named]) -> Callable[[Random, bool], Question]:
        def make(rng: Random, _: bool) -> Question:
            chunk = list(pair)
            others = [right for right in one.right if right not in chunk]
            if others and rng.random() < 0.5:
                chunk.append(rng.choice(others))
            chosen = [right[0] for right in chunk]
            options = [*chosen, *rng.sample(one.wrong, OPTIONS - len(chosen))]
            rng.shuffle(options)
            names = {right[0]: right[2] for right in chunk}
            ids = [names[option] for option in options if option in names]
            clause = Clause("", "", say("kit.clause_many", what=one.what, items=say("conditions.list").join(ids)), one.source(chosen))
            return self.decided("multiple", one.relation, one.pack, say("kit.which", what=one.what), options, clause)

        return make

    def pick(self, one: Property, right: Named) -> Callable[[Random, bool], Question]:
        def make(rng: Random, _: bool) -> Question:
            options = [right[0], *rng.sample(one.wrong, WRONG)]
            rng.shuffle(options)
            clause = Clause("", "", say("kit.clause_many", what=one.what, items=right[2]), one.source([right[0]]))
            return self.decided("single", "pick", one.pack, say("kit.which_one", what=one.what), options, clause)

        return make
