"""A paper: so many questions of three kinds, spread evenly over groups and families, the same for the same seed."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

from evaluator.authoring.kit.bank import facts_and_properties
from evaluator.authoring.kit.facts import Facts
from evaluator.authoring.kit.questions import Kind, Question, Seed, seeds_of
from evaluator.diagnostics import Diagnostic, Failure, Place
from evaluator.messages import say
from evaluator.packs import models as m

__all__ = ["KINDS", "Bank", "Paper", "answer", "bank_of", "draw"]

KINDS: tuple[Kind, ...] = ("single", "multiple", "judge")


@dataclass(frozen=True)
class Paper:
    """Questions in the order of their kinds. ``wanted`` is how many were asked for."""

    packs: tuple[m.Pack, ...]
    seed: int
    wanted: int
    questions: tuple[Question, ...]


@dataclass(frozen=True)
class Bank:
    """Every question that packs give, no two alike."""

    packs: tuple[m.Pack, ...]
    seeds: tuple[Seed, ...]


def bank_of(packs: Sequence[m.Pack]) -> Bank:
    """Return the bank of the packs, each once and in the order of their ids, so that naming them in another order changes nothing."""
    ordered = tuple(sorted({pack.pack: pack for pack in packs}.values(), key=lambda pack: pack.pack))
    facts = Facts(ordered)
    return Bank(ordered, tuple(seeds_of(facts, *facts_and_properties(facts))))


def draw(bank: Bank, count: int, seed: int, *, at_most: bool = False) -> Paper:
    """Return ``count`` different questions; with ``at_most`` as many as there are, where they are fewer.

    Raises:
        Failure: the bank does not hold so many.
    """
    seeds = bank.seeds
    if count > len(seeds) and not (at_most and seeds):
        place = Place("、".join(pack.pack for pack in bank.packs))
        raise Failure([Diagnostic("kit.E101", place, {"count": count, "most": len(seeds)})])
    quota = _quota(min(count, len(seeds)), Counter(one.kind for one in seeds))
    rng = Random(f"{seed}")
    chosen: list[Seed] = []
    for kind in KINDS:
        asked = {one.key for one in chosen}
        own = [one for one in seeds if one.kind == kind]
        fresh = [one for one in own if one.key not in asked]
        groups = Counter(one.group for one in chosen)
        picked = _spread(fresh, quota[kind], rng, groups)
        # A fact is asked for a second time, in another kind, only when there is nothing else left.
        picked += _spread([one for one in own if one.key in asked], quota[kind] - len(picked), rng, groups)
        chosen += picked
    truths = _truths(quota["judge"], rng)
    made = []
    for one in chosen:
        truth = truths.pop() if one.kind == "judge" else True
        made.append(one.make(Random(f"{seed}|{one.kind}|{one.key}"), truth))
    return Paper(bank.packs, seed, count, tuple(made))


def _quota(count: int, found: Counter[Kind]) -> dict[Kind, int]:
    """Return how many of each kind: a half, a quarter, a quarter, and what one kind lacks from the others."""
    wanted: dict[Kind, int] = {"single": count - 2 * (count // 4), "multiple": count // 4, "judge": count // 4}
    quota: dict[Kind, int] = {kind: min(wanted[kind], found[kind]) for kind in KINDS}
    for kind in KINDS:
        quota[kind] += min(count - sum(quota.values()), found[kind] - quota[kind])
    return quota


def _spread(seeds: Sequence[Seed], count: int, rng: Random, groups: Counter[str]) -> list[Seed]:
    """Return ``count`` of the seeds, or all: the group, then the family, that has had the fewest so far comes next."""
    left: dict[str, dict[str, list[Seed]]] = defaultdict(lambda: defaultdict(list))
    for one in sorted(seeds, key=lambda one: one.key):
        left[one.group][one.family].append(one)
    order = sorted(left)
    rng.shuffle(order)
    families = sorted({one.family for one in seeds})
    rng.shuffle(families)
    had: Counter[str] = Counter()
    chosen: list[Seed] = []
    while len(chosen) < count and order:
        group = min(order, key=lambda one: groups[one])
        family = min((one for one in families if left[group][one]), key=lambda one: had[one])
        queue = left[group][family]
        chosen.append(queue.pop(rng.randrange(len(queue))))
        groups[group] += 1
        had[family] += 1
        if not any(left[group].values()):
            order.remove(group)
    rng.shuffle(chosen)
    return chosen


def _truths(count: int, rng: Random) -> list[bool]:
    """Return as many true as false, in some order."""
    truths = [number % 2 == 0 for number in range(count)]
    rng.shuffle(truths)
    return truths


def answer(question: Question) -> str:
    """Return the answer as the sheet prints it: ``B``, ``ACD``, ``√`` or ``×``."""
    if question.kind == "judge":
        return say("kit.true" if question.right else "kit.false")
    return "".join("ABCDEFGH"[place] for place in question.right)
