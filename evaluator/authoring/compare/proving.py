"""Whether the second version of a rule can be worse for anyone, or better: asked of the decider that lint as proof uses.

A rule is a ladder: conditions from the top, the first that is true gives its worth, the last rung holds always. Two ladders differ in a
direction if for some pair of rungs of unlike worth one branch can stand on the one under the first version and on the other under the
second. Both versions are read in one world; what the second defines otherwise stands there under a second name.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import zip_longest
from typing import Any

from evaluator.authoring.compare.critical import SCORE, Case, Value
from evaluator.authoring.compare.things import CONDITIONS, FORMULAS, Key
from evaluator.authoring.proofs.decide import Answer, Goal
from evaluator.authoring.proofs.linear import Unsure
from evaluator.authoring.proofs.world import World
from evaluator.diagnostics import Failure
from evaluator.packs import models as m
from evaluator.packs import tree
from evaluator.packs.conditions import parse_condition, parse_formula
from evaluator.packs.writing import names, write
from evaluator.scoring.formulas import Reader
from evaluator.scoring.period import Period

__all__ = ["Proof", "prove"]

MOST_ASKED = 3_000  # pairs of rungs, over all moments
MOST_UNSURE = 3  # what is too much for the decider three times is so again, and each takes long
Rung = tuple[tree.Condition | None, Any]  # None: always; its worth for the branch
Said = tuple[tree.Condition, bool, bool]  # a condition, whether it holds, whether it is read as in a part
Way = tuple[Said, ...]


@dataclass(frozen=True)
class Ladders:
    """One place in which two versions differ; ``among``: what must hold for it to matter."""

    old: tuple[Rung, ...]
    new: tuple[Rung, ...]
    in_part: bool = False
    among: Way = ()

    def ways(self, side: int) -> Iterator[Way]:
        """Yield the pairs of rungs, as what must hold, by which the second version would be worse (-1) or better (1)."""
        for i, (was, worth) in enumerate(self.old):
            for j, (now, other) in enumerate(self.new):
                if (other - worth) * side <= 0 or _among(was, self.new[:j]) or _among(now, self.old[:i]):
                    continue
                failed = [one for one, _ in (*self.old[:i], *self.new[:j]) if one is not None]
                said = [(one, False, self.in_part) for one in failed]
                said += [(one, True, self.in_part) for one in (was, now) if one is not None]
                yield (*{(write(one), wanted): (one, wanted, part) for one, wanted, part in said}.values(), *self.among)


@dataclass(frozen=True)
class Proof:
    """``none``: nobody is worse off or better off, as was asked; ``cases`` may show who is. Not ``whole``: not all was asked."""

    none: bool
    whole: bool
    cases: tuple[tuple[Period, Case], ...]


def prove(
    old: m.Pack, new: m.Pack, key: Key, moments: Sequence[Period], sides: Iterable[int], *, up: bool, stars: int, bonus: bool
) -> Proof:
    """Return what can be proved of two versions of a rule, each alone in its pack.

    ``up``: a higher level of the rating is better; ``bonus``: a score may pass 100 %.
    """
    joined, other, derived_differ = _joined(old, new)
    ladders, whole = _ladders(old, other, key, up)
    cases: list[tuple[Period, Case]] = []
    none = True
    budget = _Budget()
    for side in sides:
        for moment in moments:
            world = _Moment(joined, moment, stars, bonus)
            answer = _asked(world, ladders, side, budget)
            none &= answer.can is False
            if answer.can:
                cases.append((moment, _case(world, answer)))
    return Proof(none, whole and not derived_differ, tuple(cases))


@dataclass
class _Budget:
    """What is left of the questions about one rule."""

    asked: int = MOST_ASKED
    unsure: int = MOST_UNSURE


def _asked(world: World, ladders: Sequence[Ladders], side: int, budget: _Budget) -> Answer:
    """Return whether any way of differing on this side can be."""
    unsure = False
    for way in (way for one in ladders for way in one.ways(side)):
        if not budget.asked or not budget.unsure:
            return Answer(None)
        budget.asked -= 1
        try:
            answer = world.can([_goal(world, said) for said in way])
        except (Unsure, Failure, AssertionError, KeyError):  # too large to be computed exactly, or what no world knows
            answer = Answer(None)
        if answer.can:
            return answer
        if answer.can is None:
            budget.unsure -= 1
            unsure = True
    return Answer(None if unsure else False)


def _goal(world: World, said: Said) -> Goal:
    node, wanted, in_part = said
    return world.goal(node, wanted, in_part=in_part)


class _Moment(World):
    """A world at one reference date: nothing that time decides is open."""

    def __init__(self, pack: m.Pack, moment: Period, stars: int, bonus: bool) -> None:
        day = moment.reference
        super().__init__(pack, (day, day), {"stars": (0, stars)}, moment.complete(1))
        plain = self.reader
        self.reader = Reader(plain.pack, plain.scope, plain.period, plain.value_of, plain.option_slots, plain.codes, plain.bounds)
        self.score(100 * SCORE, 100 * SCORE if bonus else 0, None, 100 * SCORE)


def _case(world: World, answer: Answer) -> Case:
    """Return the values that an answer found, as far as it needs any."""
    slots = answer.slots
    found: dict[str, Value] = {}
    for id_, one in world.slots.inputs.items():
        if one.option_slots and any(slot in slots for slot in one.option_slots):
            found[id_] = frozenset(text for text, slot in zip(one.options, one.option_slots, strict=True) if slots.get(slot))
        elif one.slot in slots:
            worth = slots[one.slot]
            found[id_] = (one.options[worth - 1] if 0 < worth <= len(one.options) else "…") if one.type == "choice" else worth
    results = {slot: name for slot, name in world.ids.items() if slot in slots and name not in world.slots.inputs and name != "R"}
    found |= {f"@{name}": slots[slot] for slot, name in results.items()}
    for share in (num for num in world.shares if num in slots):
        found["@score"] = slots[share]
    return found


# --- ladders ------------------------------------------------------------------


def _among(node: tree.Condition | None, rungs: Sequence[Rung]) -> bool:
    """Whether a condition stands on one of the rungs: then it cannot be the first that holds here and fail there."""
    return node is not None and any(one is not None and write(one) == write(node) for one, _ in rungs)


def _when(text: str | None, worth: int, otherwise: int = 0) -> tuple[Rung, ...]:
    return ((parse_condition(text), worth), (None, otherwise)) if text else ((None, worth),)


def _ladders(old: m.Pack, new: m.Pack, key: Key, up: bool) -> tuple[list[Ladders], bool]:
    """Return the places in which a rule differs, as far as they are conditions, and whether that is everything."""
    section = key[0]
    match section:
        case "criteria":
            return _criterion(_only(old, section), _only(new, section))
        case "rating":
            one, two = (tuple((_parsed(line.when), line.level if up else -line.level) for line in pack.rating) for pack in (old, new))
            return [Ladders(one, two)], True
        case "line":
            one, two = (_when(pack.groups[0].earned_when, 1) for pack in (old, new))
        case "applies":
            one, two = (_when(pack.applies_to, -1) for pack in (old, new))
        case "triggers":
            one, two = (_when(_both(_only(pack, section)), -1) for pack in (old, new))
        case _:
            one, two = (_when(_only(pack, section).when, -1) for pack in (old, new))
    return [Ladders(one, two)], True


def _only(pack: m.Pack, section: str) -> Any:
    return pack.groups[0].criteria[0] if section == "criteria" else getattr(pack, section)[0]


def _parsed(text: str | None) -> tree.Condition | None:
    return parse_condition(text) if text else None


def _both(trigger: m.Trigger) -> str:
    return f"({trigger.applies_when}) AND ({trigger.when})" if trigger.applies_when else trigger.when


def _criterion(old: m.Criterion, new: m.Criterion) -> tuple[list[Ladders], bool]:
    if old.points != new.points:  # what a part is worth means another share
        return [], False
    found: list[Ladders] = []
    whole = True
    among: list[Said] = []
    if old.applies_when != new.applies_when:
        found.append(Ladders(_applies(old.applies_when), _applies(new.applies_when)))
    elif old.applies_when:
        among.append((parse_condition(old.applies_when), True, False))
    if old.zero_when != new.zero_when:
        found.append(Ladders(_zero(old.zero_when), _zero(new.zero_when), among=tuple(among)))
    elif old.zero_when:
        among.append((parse_condition(old.zero_when), False, False))
    for was, now in ((_worded(old.parts), _worded(new.parts)), (_worded(old.deduct), _worded(new.deduct))):
        for one, two in zip_longest(_without(was, now), _without(now, was)):
            pair = _part(one, two, tuple(among))
            whole = whole and pair is not None
            found += [pair] if pair else []
    return found, whole


def _applies(text: str | None) -> tuple[Rung, ...]:
    return _when(text, 0, 1)  # what does not apply costs nothing


def _zero(text: str | None) -> tuple[Rung, ...]:
    return _when(text, -1) if text else ((None, 0),)


def _part(one: Any, two: Any, among: Way) -> Ladders | None:
    """Return the ladders of two parts or deductions, None where they differ in more than their conditions."""
    match one, two:
        case (m.Award(), m.Award()) | (m.Bands(), m.Bands()) if (one.due, one.when_zero) == (two.due, two.when_zero):
            return Ladders(_rungs(one), _rungs(two), True, among)
        case m.Deduct() | None, m.Deduct() | None if one is None or two is None or one.model_copy(update={"when": two.when}) == two:
            return Ladders(_taken(one), _taken(two), among=among)
        case _:
            return None


def _taken(deduct: m.Deduct | None) -> tuple[Rung, ...]:
    return ((None, 0),) if deduct is None else _zero(deduct.when) if deduct.when else ((None, -1),)


def _rungs(part: m.Award | m.Bands) -> tuple[Rung, ...]:
    listed = [(part.when, part.award)] if isinstance(part, m.Award) else [(band.when, band.award) for band in part.bands]
    return (*((parse_condition(when), award) for when, award in listed), (None, 0))


def _worded(values: Sequence[Any]) -> list[Any]:
    return [value.model_copy(update={"text": None}) for value in values]


def _without(some: Sequence[Any], others: Sequence[Any]) -> list[Any]:
    """Return what of ``some`` is not, as often, among the others."""
    left, found = list(others), []
    for one in some:
        if one in left:
            left.remove(one)
        else:
            found.append(one)
    return found


# --- two versions in one world ------------------------------------------------


def _joined(old: m.Pack, new: m.Pack) -> tuple[m.Pack, m.Pack, bool]:
    """Return a pack that knows the names of both; the second with its own names for what it defines otherwise; whether it so derives."""
    others = {id_ for id_, one in new.settings.items() if id_ in old.settings and _sense(one) != _sense(old.settings[id_])}
    derived = {id_ for id_, one in new.derived.items() if id_ in old.derived and _sense(one) != _sense(old.derived[id_])}
    others |= derived
    while more := {id_ for id_, one in new.derived.items() if id_ in old.derived and id_ not in others and _reads(one) & others}:
        others |= more
    second = {id_: id_ + "_2" for id_ in others}
    while set(second.values()) & {*old.derived, *old.settings, *old.indicators, *new.derived, *new.settings, *new.indicators}:
        second = {id_: name + "_2" for id_, name in second.items()}
    other = _renamed(new, "", second) if second else new
    known: dict[str, Any] = {"indicators": {**new.indicators, **old.indicators}, "needs": tuple(dict.fromkeys((*old.needs, *new.needs)))}
    for section in ("settings", "derived"):
        theirs = {second.get(id_, id_): one for id_, one in getattr(other, section).items()}
        known[section] = {**theirs, **getattr(old, section)}
    return old.model_copy(update=known), other, bool(derived)


def _sense(model: m.Model) -> dict[str, Any]:
    return {name: value for name, value in vars(model).items() if name not in ("label", "unit", "basis")}


def _reads(derived: m.Derived) -> frozenset[str]:
    return names(parse_formula(derived.formula))


def _renamed(value: Any, field: str, second: Mapping[str, str]) -> Any:
    """Return a part of a pack with the names in its expressions replaced."""
    match value:
        case m.Model():
            return value.model_copy(update={one: _renamed(getattr(value, one), one, second) for one in type(value).model_fields})
        case tuple():
            return tuple(_renamed(one, field, second) for one in value)
        case dict():
            return {key: _renamed(one, "", second) for key, one in value.items()}
        case str() if field in CONDITIONS | FORMULAS:
            return write(_named(parse_condition(value) if field in CONDITIONS else parse_formula(value), second))
        case _:
            return value


def _named(node: Any, second: Mapping[str, str]) -> Any:
    if isinstance(node, tree.Name):
        return replace(node, id=second.get(node.id, node.id))
    changed: dict[str, Any] = {}
    for name, value in vars(node).items():
        if isinstance(value, tree.Node):
            changed[name] = _named(value, second)
        elif isinstance(value, tuple):
            changed[name] = tuple(_named(one, second) for one in value)
    return replace(node, **changed)
