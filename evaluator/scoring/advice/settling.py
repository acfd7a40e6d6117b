"""The smallest set of missing evidence that would settle the level, whatever it says.

The level is **settled** when it is the same as it stands and at its highest, also if everything that is open or pending were to hold.
A set of indicators settles it when that is so after every value that they can take, while the rest stays missing. Two ways to know:

* by values: where the values of the set are few, each is put in and the branch is scored anew: exact;
* by outcomes: an item is decided once all that it lacks is supplied. A group may go either way while, for some sum that its decided
  criteria can come to, its award hangs on those that are not; so may an open veto, trigger or gate. The set settles when, for every outcome
  of what it decides, the level is the same whichever way the rest goes. Outcomes that no value brings about are counted too, so a set found
  may be too large, never too small.

Indicators are dropped from all that is missing while the rest still settles. One of the rest is **essential** when, with some values of
all others, the level still hangs on it; an essential one is in every settling set, because to know more never unsettles. So a set of
essential ones is the smallest. Otherwise small sets are all tried where values are few, or the answer is a bound. A survey that is supplied
is taken to reach its least sample.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import combinations, islice, product
from math import prod

from evaluator.packs.models import Indicator
from evaluator.packs.scope import all_indicators
from evaluator.scoring.advice.changes import Lacking
from evaluator.scoring.advice.outcomes import UNSURE, Outcomes
from evaluator.scoring.advice.state import Desk, Sheet, results_in
from evaluator.scoring.advice.sums import own_names
from evaluator.scoring.plan import Input, Item, Plan, When
from evaluator.scoring.results import Run
from evaluator.scoring.tables import Status
from evaluator.scoring.truth import truth, value

__all__ = ["Settling", "settling"]

VALUES = 512  # scorings to try all values of a set
WITNESSES = 32  # scorings to show that an indicator is essential
NEVER = ""  # what no evidence brings
SETS = 8  # missing indicators of which all sets are tried
Value = int | None  # None: not applicable


@dataclass(frozen=True)
class Settling:
    """``needed``: the indicators; None where nothing that could be supplied settles it. ``at_least``: how many are surely needed."""

    settled: bool
    needed: tuple[str, ...] | None
    holders: tuple[str, ...]  # of each
    exact: bool
    at_least: int
    stuck: tuple[str, ...] = ()  # items that stay open when everything is supplied


def settling(run: Run, branch: str, pack: int, desk: Desk, values: int = VALUES) -> Settling:
    """Return what would settle the level of one pack."""
    return _Settler(run, branch, pack, desk, values).found()


class _Settler:
    def __init__(self, run: Run, branch: str, pack: int, desk: Desk, values: int) -> None:
        self.plan, self.desk, self.pack, self.values = run.plan, desk, pack, values
        self.sheet = desk.sheet(pack)
        self.lacking = Lacking(run, branch)
        self.indicators = {id_: one for each in run.packs for id_, one in all_indicators(each).items()}
        self.inputs = {one.id: one for one in run.plan.inputs}
        self.of_pack: dict[int, list[tuple[str, ...]]] = {}
        self.open: dict[str, tuple[str, ...]] = {}
        for number in (*(one for one in desk.needs[pack] if desk.visited(run.plan.packs[one])), pack):
            found = dict(self._open(desk.sheet(number)))
            self.of_pack[number] = list(found.values())
            self.open |= found
        self.missing = tuple(dict.fromkeys(id_ for lacking in self.open.values() for id_ in lacking if id_ != NEVER))
        self.domains = {id_: domain(self.inputs[id_], self.indicators.get(id_)) for id_ in self.missing}
        whens = {one for step in run.plan.derived for one in whens_in(step.num)}
        self.samples = [one for one in whens if truth(one.test, desk.slots) is None]

    def found(self) -> Settling:
        if self.desk.levels(self.pack).settled:
            return Settling(True, (), (), True, 0)
        if not self.settles(self.missing):
            stuck = tuple(item for item, lacking in self.open.items() if not lacking or NEVER in lacking)
            return Settling(False, None, (), False, 0, stuck)
        kept = list(self.missing)
        for id_ in self.missing:
            fewer = [one for one in kept if one != id_]
            if self.settles(fewer):
                kept = fewer
        essential = [id_ for id_ in kept if self.essential(id_)]
        exact = len(essential) == len(kept)
        if not exact and len(self.missing) <= SETS:
            kept, exact = self.smallest(kept, essential)
        at_least = len(kept) if exact else max(len(essential), 1)
        return Settling(False, tuple(kept), tuple(self.lacking.held([one])[0] for one in kept), exact, at_least)

    def smallest(self, kept: list[str], essential: Sequence[str]) -> tuple[list[str], bool]:
        """Return the first smallest set that settles, with all essential ones; exact where smaller ones were tried by values."""
        exact, rest = True, [id_ for id_ in self.missing if id_ not in essential]
        for size in range(max(len(essential), 1), len(kept)):
            for more in combinations(rest, size - len(essential)):
                chosen = [id_ for id_ in self.missing if id_ in essential or id_ in more]
                if self.settles(chosen):
                    return chosen, exact
                exact = exact and self.few(chosen)
        return kept, exact

    # --- whether a set settles ------------------------------------------------

    def settles(self, chosen: Sequence[str]) -> bool:
        if self.few(chosen):
            return all(desk.levels(self.pack).settled for desk in self.desks(chosen, self.domains))
        return self.hangs_on_nothing(frozenset(chosen))

    def few(self, chosen: Sequence[str]) -> bool:
        """Return whether all values of a set can be tried."""
        sizes = [len(domain) for id_ in chosen if (domain := self.domains[id_]) is not None]
        return len(sizes) == len(chosen) and prod(sizes) <= self.values

    def desks(self, chosen: Sequence[str], domains: Mapping[str, Sequence[Value] | None]) -> Iterator[Desk]:
        """Yield the branch with each of these values supplied; a survey that comes below its least sample is left out."""
        for values in product(*(domains[id_] or () for id_ in chosen)):
            slots = supplied(self.plan, self.desk.slots, {self.inputs[id_]: one for id_, one in zip(chosen, values, strict=True)})
            if not any(truth(when.test, slots) is False for when in self.samples):
                yield self.desk.knowing(slots)

    def hangs_on_nothing(self, chosen: frozenset[str]) -> bool:
        """Return whether the level is the same, for every outcome of what is decided, whichever way the rest goes."""
        left = {item for item, lacking in self.open.items() if not lacking or not chosen.issuperset(lacking)}
        if not left:
            return True
        sheet = self.sheet
        read = own_names(test for _, test in sheet.pack.rating)
        apart = {"num", "points", "keys_failed"} & read or own_names(gate.when for gate in sheet.gates.values()) or len(self.of_pack) > 1
        outcomes = None if apart else Outcomes(sheet, left).levels_agree()
        return bool(outcomes)

    def _open(self, sheet: Sheet) -> Iterator[tuple[str, tuple[str, ...]]]:
        """Yield the undecided items and what they lack."""
        for number, worth in sheet.worths.items():
            if worth.status is Status.UNPROVEN or (worth.in_play and worth.sure != worth.points):
                yield sheet.criteria[number].id, self._lacks(sheet.criteria[number])
        for veto, state in sheet.vetoes.values():
            if state in UNSURE:
                yield veto.id, self._lacks(veto)
        for trigger, state in sheet.triggers.values():
            if state in UNSURE:
                yield trigger.id, self._lacks(trigger)
        readings = sheet.readings(frozenset(), sheet.acting(frozenset()))
        for gate in sheet.gates.values():
            both = {truth(gate.when, sheet.slots, {**n, **own}) for n, own in zip(sheet.needed, readings, strict=True)}
            if both not in ({True}, {False}) and ((lacking := self._lacks(gate)) or not own_names([gate.when])):
                yield gate.id, lacking

    def _lacks(self, step: Item) -> tuple[str, ...]:
        """Return what an item lacks, with all that packs lack of which it reads results; NEVER where such a pack has no evidence at all."""
        lacking = list(self.lacking.of(step.inputs))
        for number in sorted({one.pack for one in results_in(step) if one.pack is not None}):
            seen = self.desk.visited(self.plan.packs[number])
            lacking += [id_ for ids in self.of_pack[number] for id_ in ids] if seen else [NEVER]
        return tuple(dict.fromkeys(lacking))

    # --- whether one is essential ---------------------------------------------

    def essential(self, id_: str) -> bool:
        """Return whether some values of all other missing indicators were found with which the level still hangs on this one."""
        others = [one for one in self.missing if one != id_]
        few = {one: self.domains[one] or some(self.inputs[one], self.indicators.get(one), self.plan) for one in others}
        return any(not desk.levels(self.pack).settled for desk in islice(self.desks(others, few), WITNESSES))


# --- values -------------------------------------------------------------------


def domain(source: Input, indicator: Indicator | None) -> tuple[Value, ...] | None:
    """Return every value that an indicator can take, None where these are too many."""
    values: Sequence[Value] | None = None
    match source.type:
        case "boolean" | "text":
            values = (0, 1)
        case "choice":
            values = range(1, len(source.options) + 1)
        case "choices" if len(source.option_slots) <= SETS:
            values = range(1 << len(source.option_slots))
        case "integer" if indicator and indicator.range and indicator.range[1] - indicator.range[0] < VALUES:
            low, high = (int(end * source.scale) for end in indicator.range)
            values = range(low, high + 1, source.scale)
    if values is None:
        return None
    return (*values, *((None,) if source.na_slot is not None else ()))


def some(source: Input, indicator: Indicator | None, plan: Plan) -> tuple[Value, ...]:
    """Return a few values of an indicator that can take many: its ends, one, and what lies between."""
    if source.type == "date":
        day = (plan.reference - date(1970, 1, 1)).days
        return day, day - 3660
    if source.type == "choices":
        return 0, (1 << len(source.option_slots)) - 1
    low, high = (int(end * source.scale) for end in indicator.range) if indicator and indicator.range else (0, 100 * source.scale)
    return tuple(
        dict.fromkeys(min(max(one, low), high) for one in (low, high, source.scale, (low + high) // 2 // source.scale * source.scale))
    )


def supplied(plan: Plan, slots: Mapping[int, int], given: Mapping[Input, Value]) -> dict[int, int]:
    """Return the slots with one value for each of these inputs, and what is derived of them."""
    made = dict(slots)
    for source, found in given.items():
        if source.na_slot is not None:
            made[source.na_slot] = int(found is None)
        if found is None:
            continue
        made[source.slot] = found
        made.update({slot: found >> bit & 1 for bit, slot in enumerate(source.option_slots)})
        if source.count_slot is not None:
            made[source.count_slot] = 1
    for step in plan.derived:
        for slot, expr in ((step.num_slot, step.num), (step.den_slot, step.den)):
            if slot is not None and expr is not None and (number := value(expr, made)) is not None:
                made[slot] = number
    return made


def whens_in(node: object) -> set[When]:
    """Return every "only where the sample is large enough" in an expression."""
    if isinstance(node, tuple):
        return {one for part in node for one in whens_in(part)}
    below = whens_in(tuple(vars(node).values())) if hasattr(node, "__dataclass_fields__") else set[When]()
    return below | ({node} if isinstance(node, When) else set())
