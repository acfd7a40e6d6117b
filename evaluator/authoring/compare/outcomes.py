"""Two versions of one rule, both asked at the values at which either changes: how often the second gives less, or more."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Any

from evaluator.authoring.compare.critical import Case, Reading, cases, readings, slots_of
from evaluator.authoring.compare.things import Key
from evaluator.packs import models as m
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
    """At how many cases the second version is worse or better for the branch, of how many; an example of each."""

    cases: int = 0
    complete: bool = True  # all combinations of the critical values were tried
    worse: int = 0
    better: int = 0
    example: tuple[Case, Outcome, Outcome] | None = None
    judged: Key = ("", "")
    indicators: Mapping[str, m.Indicator] | None = None

    def __add__(self, other: "Tally") -> "Tally":
        told = self if self.example or not other.example else other
        return Tally(
            self.cases + other.cases,
            self.complete and other.complete,
            self.worse + other.worse,
            self.better + other.better,
            told.example,
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


def compared(old: m.Pack, new: m.Pack, key: Key, period: Period, others: tuple[m.Pack, ...] = ()) -> Tally:
    """Return how a rule of ``new`` treats branches beside the same rule of ``old``. Both are pinned; ``others`` are the packs they need.

    Raises:
        Failure: one of them cannot be computed.
    """
    read = [reading_of(pack, key) for pack in (old, new)]
    plans = [compile_plan([*others, _slim(pack, key, one)], period) for pack, one in zip((old, new), read, strict=True)]
    texts: dict[str, list[str]] = {}
    for plan in plans:
        for one in plan.inputs:
            texts.setdefault(one.id, []).extend(one.options)
    tried, complete = cases(read, period, max(len(old.groups), len(new.groups)), texts)
    downward = not new.groups and bool(new.triggers)  # a list of troubles: the higher level is the worse
    worse = better = 0
    example: tuple[Case, Outcome, Outcome] | None = None
    for case in tried:
        was, now = (_outcome(plan, pack.pack, key, case) for plan, pack in zip(plans, (old, new), strict=True))
        change = _change(key[0], was, now, downward)
        worse += change in (-1, 2)
        better += change in (1, 2)
        if (change in (-1, 2) and worse == 1) or (change == 1 and not worse and better == 1):
            example = (case, was, now)
    known = {**all_indicators(old), **all_indicators(new)}
    return Tally(len(tried), complete, worse, better, example, key, known)


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


def _change(section: str, was: Outcome, now: Outcome, downward: bool) -> int:
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
            return 1 if (now > was) != downward else -1
        case _:
            return -1 if _rank(now) > _rank(was) else 1


def _rank(truth: bool | None) -> int:
    return {False: 0, None: 1, True: 2}[truth]
