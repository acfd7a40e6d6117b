"""The values at which a rule changes: of each indicator read, and all their combinations as far as there are not too many."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from itertools import combinations, islice, product
from math import prod
from random import Random

from evaluator.packs import models as m
from evaluator.packs import tree
from evaluator.packs.conditions import parse_condition, parse_formula
from evaluator.packs.scope import RESULTS, all_indicators
from evaluator.packs.writing import names, plain
from evaluator.scoring import plan as p
from evaluator.scoring.period import Period, day_number, earlier
from evaluator.scoring.truth import value

__all__ = ["NA", "Case", "Reading", "cases", "readings", "shown", "slots_of"]

SCALE = 10_000
MOST = 2_000  # cases of one comparison
EACH = 60  # values of one indicator
SMALL = 24  # a range of so many whole numbers is tried whole
NA = "/"
Value = int | str | frozenset[str]
Case = dict[str, Value]  # indicator, or result as ``@score``, to its value; numbers in ten-thousandths
NUMERIC = ("integer", "decimal", "percent")


@dataclass(frozen=True)
class Reading:
    """What one version of a rule reads: its indicators, its expressions and the plain values of its settings."""

    indicators: Mapping[str, m.Indicator]
    nodes: tuple[tree.Node, ...]
    figures: frozenset[Fraction]
    results: frozenset[str]
    derived: frozenset[str]
    names: frozenset[str]  # of everything read, directly or not


def readings(pack: m.Pack, conditions: Iterable[str], formulas: Iterable[str], figures: Iterable[Fraction], read: Iterable[str]) -> Reading:
    """Return what some expressions of a pack read, through derived values and settings."""
    nodes: list[tree.Node] = [*map(parse_condition, conditions), *map(parse_formula, formulas)]
    numbers = set(figures)
    known = all_indicators(pack)
    found: dict[str, m.Indicator] = {}
    results: set[str] = set()
    done: set[str] = set()
    left = [*read, *(name for node in nodes for name in names(node))]
    while left:
        name = left.pop()
        if name in done:
            continue
        done.add(name)
        if name in pack.derived:
            derived = pack.derived[name]
            nodes.append(parse_formula(derived.formula))
            left += names(nodes[-1])
            if derived.min_sample:
                left.append(derived.min_sample.of)
                numbers.add(Fraction(derived.min_sample.at_least))
        elif name in pack.settings:
            setting = pack.settings[name]
            given = (setting.value, setting.otherwise, *setting.by_date.values(), *setting.values.values())
            numbers |= {Fraction(one) for one in given if one is not None}
            if setting.by:
                left.append(setting.by)
        elif name in known:
            found[name] = known[name]
        elif name in RESULTS or "." in name:
            results.add(name)
        elif name == "area_type":
            found[name] = m.Indicator(label=m.Labels(zh=name), type="choice", attribute=True)
    return Reading(found, tuple(nodes), frozenset(numbers), frozenset(results), frozenset(done & set(pack.derived)), frozenset(done))


def cases(versions: Sequence[Reading], period: Period, stars: int, texts: Mapping[str, Sequence[str]]) -> tuple[list[Case], bool]:
    """Return the cases at which to compare versions of a rule, and whether these are all combinations of the critical values.

    ``texts`` gives the options of a choice that conditions and settings name.
    """
    numbers = {Fraction(period.complete(1)), Fraction(period.complete(3))}
    for one in versions:
        numbers |= one.figures | {found for node in one.nodes for found in _numbers(node)}
    indicators: dict[str, list[m.Indicator]] = {}
    for one in versions:
        for id_, indicator in one.indicators.items():
            indicators.setdefault(id_, []).append(indicator)
    values: dict[str, list[Value]] = {}
    for id_, given in indicators.items():
        values[id_] = _values(given, numbers, versions, period, texts.get(id_, ()))
    for name in sorted({name for one in versions for name in one.results}):
        values[f"@{name}"] = _results(name, numbers, stars)
    total = prod(map(len, values.values()))
    ids = list(values)
    if total <= MOST:
        return [dict(zip(ids, found, strict=True)) for found in product(*values.values())], True
    return _drawn(values), False


def _drawn(values: Mapping[str, list[Value]]) -> list[Case]:
    """Return cases where there are too many: each value once against the lowest, the highest and drawn values of the others."""
    random = Random(0)  # the same cases every time

    def found() -> Iterator[Case]:
        for place in (0, -1):
            base = {id_: listed[place] for id_, listed in values.items()}
            for id_, listed in values.items():
                for one in listed:
                    yield {**base, id_: one}
        while True:
            yield {id_: random.choice(listed) for id_, listed in values.items()}

    return list(islice(found(), MOST))


# --- values of one indicator --------------------------------------------------


def _values(
    given: Sequence[m.Indicator], numbers: Iterable[Fraction], versions: Sequence[Reading], period: Period, texts: Sequence[str]
) -> list[Value]:
    first = given[0]
    found: list[Value]
    match first.type:
        case "boolean" | "text":
            found = [0, 1]
        case "choice":
            listed = dict.fromkeys([*(option for one in given for option in one.options), *texts])
            found = [*listed, "…"] if first.attribute or not first.options else [*listed]
        case "choices":
            options = list(dict.fromkeys(option for one in given for option in one.options))
            sizes = range(len(options) + 1) if len(options) <= 4 else (0, 1, len(options) - 1, len(options))
            found = [frozenset(some) for size in sizes for some in combinations(options, size)]
        case "date":
            found = [*_dates(numbers, versions, period)]
        case _:
            found = [*_plain(given, numbers)]
    return [*found, NA] if any(one.na for one in given) else found


def _plain(given: Sequence[m.Indicator], numbers: Iterable[Fraction]) -> list[int]:
    whole = given[0].type == "integer"
    step = SCALE if whole else SCALE // 100
    low = max((int(one.range[0] * SCALE) for one in given if one.range), default=0)
    top = 100 if given[0].type == "percent" else 10**9
    high = min((int(one.range[1] * SCALE) for one in given if one.range), default=top * SCALE)
    if whole and high - low <= SMALL * SCALE:
        return list(range(low, high + 1, SCALE))
    near: dict[int, None] = {}
    for number in sorted({*numbers, Fraction(0), Fraction(1), Fraction(100)}):
        scaled = number * SCALE
        floor = scaled.numerator // scaled.denominator // step * step
        near |= dict.fromkeys((floor - step, floor, floor + step, 2 * floor, 2 * floor - step))
    most = min(high, max(low, 1000 * SCALE))
    held = sorted({low, most, *(one for one in near if low <= one <= high)})
    return held if len(held) <= EACH else [held[place * (len(held) - 1) // (EACH - 1)] for place in range(EACH)]


def _dates(numbers: Iterable[Fraction], versions: Sequence[Reading], period: Period) -> list[int]:
    reference = period.reference
    days = {day_number(reference), day_number(reference) - 20_000, day_number(period.start)}
    for number in numbers:
        if number.denominator == 1 and 0 <= number <= 10_000:
            days |= {day_number(reference) - int(number) + shift for shift in (-1, 0, 1)}
    for node in (node for one in versions for root in one.nodes for node in _all(root)):
        if isinstance(node, tree.Within):
            edge = day_number(earlier(reference, node.amount, node.unit))
            days |= {edge - 1, edge, edge + 1}
        elif isinstance(node, tree.DateValue):
            days |= {day_number(node.value + timedelta(days=shift)) for shift in (-1, 0, 1)}
    return sorted(one for one in days if one <= day_number(reference))


def _results(name: str, numbers: Iterable[Fraction], stars: int) -> list[Value]:
    if name in ("score", "points"):
        near = {int(number * 100) + shift for number in numbers if 0 <= number <= 10_000 for shift in (-1, 0, 1)}
        return [*sorted(one for one in near | {0, 10_000} if one >= 0 and (name == "points" or one <= 10_000))]
    if name == "stars":
        return [*range(stars + 1)]
    most = max((int(number) for number in numbers if number <= 20), default=0)
    return [*range(most + 2)]


def _numbers(node: tree.Node) -> Iterator[Fraction]:
    for one in _all(node):
        if isinstance(one, tree.Number):
            yield one.value


def _all(node: tree.Node) -> Iterator[tree.Node]:
    yield node
    for child in tree.children(node):
        yield from _all(child)


# --- a case as slots of a plan ------------------------------------------------


def slots_of(plan: p.Plan, pack: int, case: Case) -> tuple[dict[int, int], dict[p.Result, int]]:
    """Return the slots and results that a case fills in a plan; ``pack`` is the number of the pack whose own results they are."""
    slots: dict[int, int] = {}
    for one in plan.inputs:
        found = case.get(one.id)
        if found is None:
            continue
        if one.na_slot is not None:
            slots[one.na_slot] = int(found == NA)
        match found:
            case frozenset():
                slots[one.slot] = sum(1 << place for place, option in enumerate(one.options) if option in found)
                slots |= {slot: int(option in found) for slot, option in zip(one.option_slots, one.options, strict=True)}
            case str() if found != NA:
                slots[one.slot] = one.options.index(found) + 1 if found in one.options else 0
            case int():
                slots[one.slot] = found
                if one.count_slot is not None:
                    slots[one.count_slot] = 1
    results: dict[p.Result, int] = {}
    numbers = {step.id.replace("-", "_"): step.number for step in plan.packs}
    for name, worth in case.items():
        if not name.startswith("@") or not isinstance(worth, int):
            continue
        owner, _, result = name[1:].rpartition(".")
        if result == "score":
            results |= {p.Result("num"): worth, p.Result("den"): 10_000}
        else:
            results[p.Result(result, numbers[owner] if owner else None)] = worth  # type: ignore[arg-type]  # the names are checked
    for step in plan.derived:
        for slot, expr in ((step.num_slot, step.num), (step.den_slot, step.den)):
            if slot is not None and expr is not None and (known := value(expr, slots, results)) is not None:
                slots[slot] = known
    return slots, results


def shown(case: Case, indicators: Mapping[str, m.Indicator], lang: str) -> str:
    """Return a case as people read it."""
    told = []
    for id_, found in case.items():
        indicator = indicators.get(id_)
        name = indicator.label.text(lang) if indicator else _result_name(id_.removeprefix("@"), lang)
        told.append((name, _said(found, indicator.type if indicator else "", id_)))
    return ", ".join(f"{name} = {said}" for name, said in told)


def _result_name(name: str, lang: str) -> str:
    return RESULTS[name].label.text(lang) if name in RESULTS else name


def _said(found: Value, type_: str, id_: str) -> str:
    if isinstance(found, frozenset):
        return "、".join(sorted(found)) or "—"
    if isinstance(found, str):
        return found
    if type_ == "date":
        return str(date(1970, 1, 1) + timedelta(days=found))
    scale = SCALE if type_ in NUMERIC else 100 if id_ in ("@score", "@points") else 1
    return plain(Fraction(found, scale)) + ("%" if type_ == "percent" or id_ == "@score" else "")
