"""Two versions of one rule, both asked at the values at which either changes, and the decider where none of these tells them apart."""

from calendar import monthrange
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Any

from evaluator.authoring.compare.critical import Case, Reading, cases, critical, filled, readings, slots_of
from evaluator.authoring.compare.proving import prove
from evaluator.authoring.compare.things import Key
from evaluator.packs import models as m
from evaluator.packs import tree
from evaluator.packs.reads import names_of
from evaluator.packs.scope import all_indicators
from evaluator.scoring import plan as p
from evaluator.scoring.compile import compile_plan
from evaluator.scoring.forward_points import Asked, criterion_worth
from evaluator.scoring.period import Period
from evaluator.scoring.truth import truth, value

__all__ = ["Tally", "compared", "item_of", "pinned", "readers", "reading_of"]

LINE, RATING, APPLIES = "line", "rating", "applies"  # sections of what is judged beside criteria, vetoes, triggers and gates
Outcome = Any  # a share as (low, high) or None; a truth; a level


@dataclass(frozen=True)
class Tally:
    """At how many cases the second version is worse or better for the branch, of how many; an example of each.

    ``same``: it is proved that no branch whose evidence is complete fares otherwise; ``alike``: both versions read the same evidence.
    """

    cases: int = 0
    complete: bool = True  # all combinations of the critical values were tried
    worse: int = 0
    better: int = 0
    same: bool = True
    alike: bool = True
    example: tuple[Case, Outcome, Outcome] | None = None
    day: date | None = None  # of the example, where it is not the reference date
    judged: Key = ("", "")
    indicators: Mapping[str, m.Indicator] | None = None

    def __add__(self, other: "Tally") -> "Tally":
        told = self if self.example or not other.example else other
        return Tally(
            self.cases + other.cases,
            self.complete and other.complete,
            self.worse + other.worse,
            self.better + other.better,
            self.same and other.same,
            self.alike and other.alike,
            told.example,
            told.day,
            told.judged,
            told.indicators,
        )


def pinned(pack: m.Pack, day: date) -> m.Pack:
    """Return the pack as it reads on a day: dated settings have one value, and it is in force for whatever period is asked."""
    settings = {}
    for id_, setting in pack.settings.items():
        days = [one for one in setting.by_date if one <= day]
        settings[id_] = setting.model_copy(update={"value": setting.by_date[max(days)], "by_date": {}}) if days else setting
    return pack.model_copy(update={"settings": settings, "effective": m.Effective.model_construct(from_=date.min, to=None)})


def item_of(pack: m.Pack, key: Key) -> m.Item | None:
    """Return a criterion, veto, trigger or gate of a pack, None where it has none of that id."""
    section, id_ = key
    found: tuple[m.Item, ...] = {
        "criteria": tuple(criterion for group in pack.groups for criterion in group.criteria),
        "vetoes": pack.vetoes,
        "triggers": pack.triggers,
        "gates": pack.gates,
    }.get(section, ())
    return next((item for item in found if item.id == id_), None)


def readers(pack: m.Pack, name: str) -> list[Key]:
    """Return everything of a pack that reads an indicator, derived value or setting, directly or not."""
    keys: list[Key] = [("criteria", criterion.id) for group in pack.groups for criterion in group.criteria]
    for section in ("vetoes", "triggers", "gates"):
        keys += [(section, item.id) for item in getattr(pack, section)]
    keys += [(LINE, group.id) for group in pack.groups if group.earned_when]
    keys += [(RATING, ""), *([(APPLIES, "")] if pack.applies_to else [])]
    return [key for key in keys if name in reading_of(pack, key).names]


def reading_of(pack: m.Pack, key: Key) -> Reading:
    """Return what a rule reads."""
    conditions: list[str] = []
    formulas: list[str] = []
    figures: list[Fraction] = []
    read: set[str] = set()
    match key:
        case (section, id_) if section == LINE:
            conditions += [group.earned_when for group in pack.groups if group.id == id_ and group.earned_when]
        case (section, _) if section == RATING:
            conditions += [line.when for line in pack.rating if line.when]
        case (section, _) if section == APPLIES:
            conditions += [pack.applies_to] if pack.applies_to else []
        case _:
            item = item_of(pack, key)
            if item is not None:
                read |= names_of(item)
                _collect(item, "", conditions, formulas, figures)
    return readings(pack, conditions, formulas, figures, read)


def _collect(value: Any, name: str, conditions: list[str], formulas: list[str], figures: list[Fraction]) -> None:
    """Gather the expressions and the plain numbers of a rule."""
    match value:
        case m.Finding():
            return
        case m.Model():
            for field in type(value).model_fields:
                if field not in ("text", "numbers", "points"):
                    _collect(getattr(value, field), field, conditions, formulas, figures)
        case tuple():
            for one in value:
                _collect(one, name, conditions, formulas, figures)
        case str() if name in ("when", "zero_when", "applies_when"):
            conditions.append(value)
        case str() if name in ("per", "of"):
            formulas.append(value)
        case _ if name == "every":
            figures += [Fraction(value) * times for times in (1, 2, 3)]


# --- one rule alone -----------------------------------------------------------


def _slim(pack: m.Pack, key: Key, reading: Reading) -> m.Pack:
    """Return a pack of nothing but one rule."""
    section = key[0]
    groups: tuple[m.Group, ...] = ()
    for group in pack.groups:
        kept = tuple(one for one in group.criteria if key == ("criteria", one.id))
        if kept or key == (LINE, group.id):
            line = group.earned_when if section == LINE else None
            groups = (group.model_copy(update={"criteria": kept, "requires": (), "earned_when": line}),)
    lists: dict[str, tuple[m.Item, ...]] = {
        name: tuple(one for one in getattr(pack, name) if key == (name, one.id)) for name in ("vetoes", "triggers", "gates")
    }
    lists["vetoes"] = tuple(veto.model_copy(update={"strip": ()}) for veto in lists["vetoes"])
    return pack.model_copy(
        update={
            **lists,
            "groups": groups,
            "derived": {name: one for name, one in pack.derived.items() if name in reading.derived},
            "indicators": {name: one for name, one in pack.indicators.items() if name in reading.indicators},
            "settings": {name: one for name, one in pack.settings.items() if name in reading.names},
            "rating": pack.rating if section == RATING else (m.RatingLine.model_construct(level=0, label=pack.title, when=None),),
            "total": None,
            "applies_to": pack.applies_to if section == APPLIES else None,
        }
    )


def compared(old: m.Pack, new: m.Pack, key: Key, period: Period, others: tuple[m.Pack, ...] = (), *, up: bool = True) -> Tally:
    """Return how a rule of ``new`` treats branches beside the same rule of ``old``.

    Both are pinned; ``others`` are the packs they need; ``up``: a higher level of the rating is better.

    Raises:
        Failure: one of them cannot be computed.
    """
    return _Comparing(old, new, key, period, others, up).tally()


class _Comparing:
    def __init__(self, old: m.Pack, new: m.Pack, key: Key, period: Period, others: tuple[m.Pack, ...], up: bool) -> None:
        self.packs, self.key, self.period, self.others, self.up = (old, new), key, period, others, up
        self.read = [reading_of(pack, key) for pack in self.packs]
        self.slim = [_slim(pack, key, one) for pack, one in zip(self.packs, self.read, strict=True)]
        self.stars = max(len(old.groups), len(new.groups))
        self.count = {-1: 0, 1: 0}
        self.tried = 0
        self.example: tuple[Case, Outcome, Outcome] | None = None
        self.day: date | None = None

    def tally(self) -> Tally:
        complete, exhaustive = True, True
        dues = {one.due for pack in self.packs for one in _parts(pack, self.key) if one.due}
        timely = bool(dues) or any(_timely(one) for one in self.read)
        for moment in _moments(self.period, {due for due in dues if isinstance(due, int)}) if timely else [self.period]:
            plans, found = self.plans(moment), critical(self.read, moment, self.stars, self.texts)
            tried, all_of_them = cases(found)
            complete, exhaustive = complete and all_of_them, exhaustive and all_of_them and found.exhaustive
            for case in tried:
                self.ask(plans, moment, case)
        same = exhaustive and not timely and not any(self.count.values())
        if not same and not all(self.count.values()):
            same = self.proved(_moments(self.period, range(1, 13)) if timely else [self.period])
        alike = all(getattr(self.read[0], name) == getattr(self.read[1], name) for name in ("evidence", "results"))
        known = {**all_indicators(self.packs[0]), **all_indicators(self.packs[1])}
        return Tally(self.tried, complete, self.count[-1], self.count[1], same, alike, self.example, self.day, self.key, known)

    def proved(self, moments: Sequence[Period]) -> bool:
        """Ask the decider for what no case has shown, try what it finds, and return whether it proves that nobody fares otherwise."""
        sides = [side for side, count in self.count.items() if not count]
        bonus = any(criterion.bonus for pack in self.packs for group in pack.groups for criterion in group.criteria)
        found = prove(self.slim[0], self.slim[1], self.key, moments, sides, up=self.up, stars=self.stars, bonus=bonus)
        for moment, case in found.cases:
            plans = self.plans(moment)
            for whole in filled(critical(self.read, moment, self.stars, self.texts), case):
                self.ask(plans, moment, whole)
        return found.none and found.whole and not any(self.count.values())

    def plans(self, moment: Period) -> list[p.Plan]:
        plans = [compile_plan([*self.others, pack], moment) for pack in self.slim]
        self.texts: dict[str, list[str]] = {}
        for one in (one for plan in plans for one in plan.inputs):
            self.texts.setdefault(one.id, []).extend(one.options)
        return plans

    def ask(self, plans: Sequence[p.Plan], moment: Period, case: Case) -> None:
        """Count a case, and keep it where it is the first to show that the second version is worse, or better if none is worse."""
        was, now = (_outcome(plan, pack.pack, self.key, case) for plan, pack in zip(plans, self.packs, strict=True))
        change = _change(self.key[0], was, now, self.up)
        worse, better = change in (-1, 2), change in (1, 2)
        self.tried += 1
        if (worse and not self.count[-1]) or (better and not any(self.count.values())):
            self.example = (case, was, now)
            self.day = None if moment.reference == self.period.reference else moment.reference
        self.count[-1] += worse
        self.count[1] += better


def _parts(pack: m.Pack, key: Key) -> Sequence[m.Part]:
    item = item_of(pack, key)
    return item.parts if isinstance(item, m.Criterion) else ()


def _timely(read: Reading) -> bool:
    """Whether what a rule says hangs on the reference date."""
    return bool(read.names & {"months", "quarters", "R"}) or any(_within(node) for node in read.nodes)


def _within(node: tree.Node) -> bool:
    return isinstance(node, tree.Within) or any(map(_within, tree.children(node)))


def _moments(period: Period, months: Iterable[int]) -> list[Period]:
    """Return the period at its own reference date, then at each end of a quarter in it and at the ends of some months."""
    ends = set()
    for year in range(period.start.year, period.end.year + 1):
        ends |= {date(year, month, monthrange(year, month)[1]) for month in {3, 6, 9, 12, *months}}
    days = sorted(day for day in ends if period.start <= day <= period.end and day != period.reference)
    return [period, *(Period(period.start, period.end, day) for day in days)]


def _outcome(plan: p.Plan, id_: str, key: Key, case: Case) -> Outcome:
    pack = next(step for step in plan.packs if step.id == id_)
    slots, results = slots_of(plan, pack.number, case)

    def holds(test: p.Test | None) -> bool | None:
        return True if test is None else truth(test, slots, results)

    match key[0]:
        case "criteria":
            step = next(one for one in plan.criteria if one.pack == pack.number)
            asked = Asked(lambda test: truth(test, slots, results), lambda expr: value(expr, slots, results))
            worth = criterion_worth(step, asked)
            return (Fraction(worth.low, worth.points), Fraction(worth.high, worth.points)) if worth.in_play and worth.points else None
        case "vetoes":
            return holds(next(one for one in plan.vetoes if one.pack == pack.number).when)
        case "triggers":
            trigger = next(one for one in plan.triggers if one.pack == pack.number)
            applies = holds(trigger.applies)
            return applies and holds(trigger.when)
        case "gates":
            return holds(next(one for one in plan.gates if one.pack == pack.number).when)
        case "line":
            return holds(next(one for one in plan.groups if one.pack == pack.number).line)
        case "applies":
            return holds(pack.applies)
        case _:
            return next((level for level, test in pack.rating if holds(test)), None)


def _change(section: str, was: Outcome, now: Outcome, up: bool) -> int:
    """Return -1 where the second is worse for the branch, 1 where better, 0 where neither, 2 where it is both."""
    if was == now:
        return 0
    match section:
        case "criteria":
            # What does not apply costs nothing: it is as good as full marks.
            full = (Fraction(1), Fraction(1))
            was, now = was or full, now or full
            less = now[0] < was[0] or now[1] < was[1]
            more = now[0] > was[0] or now[1] > was[1]
            return 2 if less and more else -1 if less else 1 if more else 0
        case "line":
            return 1 if _rank(now) > _rank(was) else -1
        case "rating":
            if was is None or now is None:
                return 2
            return 1 if (now > was) == up else -1
        case _:
            return -1 if _rank(now) > _rank(was) else 1


def _rank(truth: bool | None) -> int:
    return {False: 0, None: 1, True: 2}[truth]
