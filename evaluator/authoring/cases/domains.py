"""What values an indicator can take, and which of them are worth trying."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from evaluator.packs import models as m
from evaluator.packs import tree
from evaluator.packs.builder import ConditionError
from evaluator.packs.conditions import parse_condition, parse_formula
from evaluator.packs.reads import indicators_behind, names_of
from evaluator.scoring.period import Period
from evaluator.scoring.plan import Plan

__all__ = ["NATURAL", "Domain", "domains_of", "literals_of", "reads_of"]

NATURAL = 100  # a number to begin with: every whole percent of it can be reached
DAYS_BACK = 4_000
TEXT, NONE = "有", "无"
Value = Any


class Domain:
    """The values of one indicator. Numbers and days are ordered: ``between`` finds one in the middle, ``step`` the next one."""

    def __init__(self, indicator: m.Indicator, period: Period, texts: tuple[str, ...]) -> None:
        self.type = indicator.type
        self.reference = period.reference
        self.texts = indicator.options or texts
        low, high = indicator.range or ((Decimal(0), Decimal(100)) if self.type == "percent" else (Decimal(0), Decimal(1000)))
        self.low, self.high = low, high
        self.unit = Decimal(1) if self.type == "integer" else Decimal("0.01")

    @property
    def ordered(self) -> bool:
        return self.type in ("integer", "decimal", "percent", "date")

    def first(self) -> Value:
        """Return a value to begin with."""
        match self.type:
            case "integer" | "decimal":
                return self.number(min(self.high, max(self.low, Decimal(NATURAL))))
            case "percent":
                return self.number(self.high)
            case "date":
                return self.reference
            case "boolean":
                return True
            case "choice":
                return self.texts[0] if self.texts else "其他"
            case "choices":
                return list(self.texts)
            case _:
                return TEXT

    def tried(self, literals: Iterable[Decimal]) -> list[Value]:
        """Return values to try: ends, what rules name and its neighbours, in order where there is one."""
        match self.type:
            case "integer" | "decimal" | "percent":
                ends = [self.low, self.high, Decimal(0), Decimal(1), Decimal(NATURAL)]
                near = [one + step for one in literals for step in (-self.unit, Decimal(0), self.unit)]
                kept = {self.rounded(one) for one in (*ends, *near) if self.low <= one <= self.high}
                return [self.number(one) for one in sorted(kept)]
            case "date":
                back = {
                    0,
                    1,
                    30,
                    365,
                    DAYS_BACK,
                    *(int(abs(one)) + step for one in literals if abs(one) < DAYS_BACK for step in (-1, 0, 1)),
                }
                return [self.reference - timedelta(days=days) for days in sorted(back, reverse=True) if days >= 0]
            case "boolean":
                return [False, True]
            case "choice":
                return [*self.texts] if self.texts and len(self.texts) > 1 else [*self.texts, "其他"]
            case "choices":
                return [[], *([one] for one in self.texts[:3]), [*self.texts[1:]], [*self.texts[:-1]], [*self.texts]]
            case _:
                return [NONE, TEXT]

    def rounded(self, one: Decimal) -> Decimal:
        return one // self.unit * self.unit

    def number(self, one: Decimal) -> Value:
        return int(one) if one == one.to_integral_value() else one

    def step(self, value: Value, by: int) -> Value | None:
        """Return the next value up or down, None beyond the range."""
        if isinstance(value, date):
            moved = value + timedelta(days=by)
            return moved if moved <= self.reference else None
        now = Decimal(value) + by * self.unit
        return self.number(now) if self.low <= now <= self.high else None

    def between(self, low: Value, high: Value) -> Value | None:
        """Return a value between two, None where they are neighbours."""
        if isinstance(low, date):
            middle = low + (high - low) // 2
            return None if middle in (low, high) else middle
        found = self.rounded((Decimal(low) + Decimal(high)) / 2)
        return None if found <= Decimal(low) or found >= Decimal(high) else self.number(found)


def domains_of(indicators: Mapping[str, m.Indicator], plan: Plan) -> dict[str, Domain]:
    """Return the domain of each input of a plan; texts of a manual part's reason are left to the reader of cases."""
    period = Period(plan.start, plan.end, plan.reference)
    found = {}
    for one in plan.inputs:
        indicator = indicators.get(one.id) or m.Indicator(label=m.Labels(zh=one.id), type="choice", attribute=True)
        unread = one.id not in indicators and not one.options  # area_type, where no rule asks for it
        if not unread and not (one.id.endswith("_reason") and one.id.removesuffix("_reason") in indicators):
            found[one.id] = Domain(indicator, period, one.options)
    return found


def reads_of(pack: m.Pack, item: m.Item) -> list[str]:
    """Return the inputs behind an item, without the reasons of manual parts."""
    read = indicators_behind(pack, names_of(item))
    found = [id_ for id_ in read if not (id_.endswith("_reason") and id_.removesuffix("_reason") in read)]
    return [*found, "area_type"] if "area_type" in names_of(item) and "area_type" not in found else found


def literals_of(pack: m.Pack, item: m.Item) -> list[Decimal]:
    """Return the numbers that an item, and the derived values and settings that it reads, name."""
    texts = list(_texts(item.model_dump(exclude={"id", "text", "basis", "numbers", "note", "measure", "owner", "deadline", "supersedes"})))
    names = names_of(item)
    for name in list(names):
        if name in pack.derived:
            texts.append(pack.derived[name].formula)
    found: set[Decimal] = set()
    for text in texts:
        if isinstance(text, Decimal):
            found.add(text)
        else:
            for parse in (parse_condition, parse_formula):
                try:
                    found |= set(_numbers(parse(text)))
                except ConditionError:
                    continue
    for name in names & pack.settings.keys():
        setting = pack.settings[name]
        found |= {*([setting.value] if setting.value is not None else []), *setting.by_date.values(), *setting.values.values()}
    for name in names & pack.derived.keys():
        sample = pack.derived[name].min_sample
        found |= {sample.at_least} if sample else set()
    return sorted(found)


def _texts(data: Any) -> Iterator[Any]:
    if isinstance(data, dict):
        for value in data.values():
            yield from _texts(value)
    elif isinstance(data, list | tuple):
        for value in data:
            yield from _texts(value)
    elif isinstance(data, str | Decimal):
        yield data


def _numbers(node: tree.Node) -> Iterator[Decimal]:
    if isinstance(node, tree.Number) and node.value.denominator in (1, 2, 4, 5, 10, 20, 25, 50, 100):
        yield Decimal(node.value.numerator) / Decimal(node.value.denominator)
    elif isinstance(node, tree.Within):
        yield Decimal(node.amount * {"days": 1, "months": 30, "years": 365}[node.unit])
    for child in tree.children(node):
        yield from _numbers(child)
