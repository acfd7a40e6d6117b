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

__all__ = ["NA", "SCORE", "Case", "Critical", "Reading", "Value", "cases", "critical", "filled", "readings", "shown", "slots_of"]

SCALE = 10_000
MOST = 2_000  # cases of one comparison
EACH = 300  # values of one indicator
SCORE = 100_000  # a score is tried to so many parts of a percent: finer than any line is written
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

    @property
    def evidence(self) -> frozenset[str]:
        """Return the ids of the indicators."""
        return frozenset(self.indicators)


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
    found = {id_: found[id_] for id_ in (*known, *found) if id_ in found}  # in the pack's order: sets give their names in any
    return Reading(found, tuple(nodes), frozenset(numbers), frozenset(results), frozenset(done & set(pack.derived)), frozenset(done))


@dataclass(frozen=True)
class Critical:
    """The values to try of everything that some versions of a rule read.

    Not ``kept``: there were too many of one, and some were left out. ``exhaustive``: there are no others.
    """

    values: Mapping[str, list[Value]]
    kept: bool
    exhaustive: bool


def critical(versions: Sequence[Reading], period: Period, stars: int, texts: Mapping[str, Sequence[str]]) -> Critical:
    """Return the values at which to compare versions of a rule.

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
    kept, exhaustive = True, True
    for id_, given in indicators.items():
        values[id_] = found = _values(given, numbers, versions, period, texts.get(id_, ()))
        kept = kept and len(found) <= EACH
        exhaustive = exhaustive and _all_there_are(given, found)
        if len(found) > EACH:
            values[id_] = [found[place * (len(found) - 1) // (EACH - 1)] for place in range(EACH)]
    for name in sorted({name for one in versions for name in one.results}):
        values[f"@{name}"] = _results(name, numbers, stars)
        exhaustive = exhaustive and name == "stars"
    return Critical(values, kept, exhaustive)


def cases(found: Critical) -> tuple[list[Case], bool]:
    """Return the cases to try, and whether these are all combinations of the critical values."""
    if prod(map(len, found.values.values())) <= MOST:
        ids = list(found.values)
        return [dict(zip(ids, one, strict=True)) for one in product(*found.values.values())], found.kept
    return _drawn(found.values), False


def filled(found: Critical, case: Case) -> Iterator[Case]:
    """Yield a case with the values that it leaves open: all at their lowest, their highest and their middle."""
    for share in (0, 2, 1):
        base: Case = {}
        for id_, listed in found.values.items():
            plain = [one for one in listed if one != NA] or listed
            base[id_] = plain[(len(plain) - 1) * share // 2]
        yield base | {id_: worth for id_, worth in case.items() if id_ in base}


def _drawn(values: Mapping[str, list[Value]]) -> list[Case]:
    """Return cases where there are too many: each value once against the lowest, the highest and drawn values of the others."""
    random = Random(0)  # the same cases every time
    most = max(MOST // (3 * len(values)), 2)

    def found() -> Iterator[Case]:
        for place in (0, -1):
            base = {id_: listed[place] for id_, listed in values.items()}
            for id_, listed in values.items():
                for one in listed if len(listed) <= most else (listed[step * (len(listed) - 1) // (most - 1)] for step in range(most)):
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
        if not whole:  # evidence has four decimals
            exact = scaled.numerator // scaled.denominator
            near |= dict.fromkeys((exact - 1, exact, exact + 1))
    most = min(high, max(low, 1000 * SCALE))
    return sorted({low, most, *(one for one in near if low <= one <= high)})


def _all_there_are(given: Sequence[m.Indicator], found: Sequence[Value]) -> bool:
    """Return whether the values are all that evidence can say: a text that no condition names is as good as another."""
    match given[0].type:
        case "boolean" | "text" | "choice":
            return True
        case "choices":
            return len(found) >= 1 << len({option for one in given for option in one.options})
        case "integer" if all(one.range and one.aggregate in ("latest", "min", "max") for one in given):
            low, high = min(one.range[0] for one in given if one.range), max(one.range[1] for one in given if one.range)
            return len(found) > int(high - low)
        case _:
            return False


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
        scale = SCORE if name == "score" else 100
        near = {int(number * scale) + shift for number in numbers if 0 <= number <= 10_000 for shift in (-1, 0, 1)}
        return [*sorted(one for one in near | {0, 100 * scale} if one >= 0 and (name == "points" or one <= 100 * scale))]
    if name == "stars":
        return [*range(stars + 1)]
    whole = {int(number) for number in numbers if 0 <= number <= 10_000}
    most = max((one for one in whole if one <= 20), default=0)
    return [*sorted({*range(most + 2), *(one + shift for one in whole if one > 20 for shift in (-1, 0, 1))})]


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
            results |= {p.Result("num"): worth, p.Result("den"): 100 * SCORE}
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
    scale = SCALE if type_ in NUMERIC else {"@score": SCORE, "@points": 100}.get(id_, 1)
    return plain(Fraction(found, scale)) + ("%" if type_ == "percent" or id_ == "@score" else "")
