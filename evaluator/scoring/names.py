"""Slots, and what the names of one pack stand for in them."""

from collections.abc import Iterable
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from typing import Literal

from evaluator.diagnostics import Diagnostic, Failure, Place
from evaluator.packs import models as m
from evaluator.packs import tree
from evaluator.packs.conditions import parse_condition, parse_formula
from evaluator.packs.scope import scope_of
from evaluator.packs.writing import names
from evaluator.scoring import plan as p
from evaluator.scoring.formulas import Linear, Ratio, Reader, Value, WhenZero, all_of, any_of, negated, not_positive, times
from evaluator.scoring.period import Period, day_number

__all__ = ["EVENTS_PER_BRANCH", "Names", "Slots", "zero_rule"]

SCALE = 10_000
MOST = 10**9 * SCALE  # no evidence number is larger (MEANING section 1)
EVENTS_PER_BRANCH = 1_000  # a sum is proved to fit for so many events at the top of their range


def zero_rule(given: Literal["na", "full", "zero"] | Decimal | None) -> WhenZero:
    """Return a ``when_zero`` with points as an exact fraction."""
    return Fraction(given) if isinstance(given, Decimal) else given


class Slots:
    """The slots of a plan, their bounds, and the inputs and derived values that fill them."""

    def __init__(self, packs: dict[str, int]) -> None:
        self.packs = packs  # id to number
        self.count = 0
        self.bounds: dict[int, tuple[int, int]] = {}
        self.inputs: dict[str, p.Input] = {}
        self.derived: list[p.DerivedStep] = []

    def new(self, low: int, high: int) -> int:
        self.bounds[self.count] = (low, high)
        self.count += 1
        return self.count - 1

    def add_input(self, id_: str, indicator: m.Indicator) -> None:
        if id_ in self.inputs:
            return
        numeric = indicator.type in ("integer", "decimal", "percent")
        low, high = -MOST, MOST
        if indicator.range:
            low, high = (int(end * SCALE) for end in indicator.range)
        elif indicator.type == "percent":
            low, high = 0, 100 * SCALE
        elif not numeric:
            low, high = {"date": (-1_000_000, 4_000_000), "choices": (0, 2**40), "choice": (0, 10_000)}.get(indicator.type, (0, 1))
        if indicator.aggregate in ("sum", "mean"):
            low, high = min(low * EVENTS_PER_BRANCH, 0), high * EVENTS_PER_BRANCH
        elif indicator.aggregate in ("count", "distinct_months"):
            low, high = min(low, 0), max(high, EVENTS_PER_BRANCH * SCALE)
        slot = self.new(low, high)
        self.inputs[id_] = p.Input(
            number=len(self.inputs),
            id=id_,
            type=indicator.type,
            aggregate=indicator.aggregate,
            scale=SCALE if numeric else 1,
            slot=slot,
            na_slot=self.new(0, 1) if indicator.na else None,
            count_slot=self.new(0, EVENTS_PER_BRANCH) if indicator.aggregate == "mean" else None,
            option_slots=tuple(self.new(0, 1) for _ in indicator.options) if indicator.type == "choices" else (),
            options=indicator.options,
        )

    def code(self, id_: str, text: str) -> int:
        """Return the number of an option, from 1; an open choice learns the texts that conditions name."""
        found = self.inputs[id_]
        if text not in found.options:
            found = self.inputs[id_] = replace(found, options=(*found.options, text))
        return found.options.index(text) + 1


class Names:
    """What names mean in one pack, and the tests of its conditions."""

    def __init__(self, slots: Slots, pack: m.Pack, period: Period) -> None:
        self.slots = slots
        self.pack = pack
        self.period = period
        self.values: dict[str, Value] = {}
        self.reader = Reader(
            pack.pack,
            scope_of(pack, place="rating"),
            period,
            self.value_of,
            lambda id_: slots.inputs[id_].option_slots,
            slots.code,
            slots.bounds,
        )

    def value_of(self, name: str) -> Value:
        if name not in self.values:
            self.values[name] = self.find(name)
        return self.values[name]

    def find(self, name: str) -> Value:
        if name in self.pack.derived:
            return self.add_derived(name, self.pack.derived[name])
        if name in self.slots.inputs:
            found = self.slots.inputs[name]
            if found.count_slot is not None:
                return Ratio(p.Slot(found.slot), times(found.scale, p.Slot(found.count_slot)), Fraction(1))
            return Linear(p.Slot(found.slot), found.scale)
        if name in self.pack.settings:
            return self.setting(name, self.pack.settings[name])
        if name in ("months", "quarters"):
            return Linear(p.Const(self.period.complete(1 if name == "months" else 3)))
        if name == "R":
            return Linear(p.Const(day_number(self.period.reference)))
        if name == "score":
            return Ratio(p.Result("num"), p.Result("den"), Fraction(100))
        if name == "points":
            return Linear(p.Result("points"), 100)
        owner, _, result = name.rpartition(".")
        number = next((n for id_, n in self.slots.packs.items() if id_.replace("-", "_") == owner), None)
        return Linear(p.Result(result, number))  # type: ignore[arg-type]  # the type check of conditions knows only these names

    def setting(self, name: str, setting: m.Setting) -> Linear:
        if setting.by is not None:
            cases = [(self.slots.code(setting.by, text), Fraction(value)) for text, value in setting.values.items()]
            otherwise = None if setting.otherwise is None else Fraction(setting.otherwise)
            pick = p.Pick(
                self.slots.inputs[setting.by].slot,
                tuple((code, int(value * SCALE)) for code, value in cases),
                None if otherwise is None else int(otherwise * SCALE),
            )
            return Linear(pick, SCALE)
        value = setting.value
        if value is None:
            held = [day for day in setting.by_date if day <= self.period.reference]
            if not held:
                where = {"pack": self.pack.pack, "name": name, "day": self.period.reference}
                raise Failure([Diagnostic("scoring.E704", Place(self.pack.pack), where)])
            value = setting.by_date[max(held)]
        exact = Fraction(value)
        return Linear(p.Const(exact.numerator), exact.denominator)

    def add_derived(self, id_: str, derived: m.Derived) -> Value:
        self.reader.where = id_
        node = parse_formula(derived.formula)
        self.without_results(node, id_)
        if isinstance(node, tree.Divide):  # a ratio even over a constant: months may be 0, and a percent counts as 100 times it
            value: Value = self.reader.ratio(self.reader.side(node.left), self.reader.side(node.right))
        else:
            value = self.reader.value(node, derived.type == "percent")
        enough = p.Fixed(True) if derived.min_sample is None else self.enough(derived.min_sample)
        num = value.num if isinstance(value, Ratio) else value.expr
        num_slot = self.slots.new(*self.reader.span(num))
        num = num if enough == p.Fixed(True) else p.When(enough, num)
        if not isinstance(value, Ratio):
            self.slots.derived.append(p.DerivedStep(id_, num_slot, num, scale=value.den))
            return Linear(p.Slot(num_slot), value.den)
        den_slot = self.slots.new(*self.reader.span(value.den))
        den = value.den if enough == p.Fixed(True) else p.When(enough, value.den)
        self.slots.derived.append(p.DerivedStep(id_, num_slot, num, den_slot, den))
        # A share is worth 100 times itself as a percent, but a percent over a plain number counts in points already.
        in_points = isinstance(node, tree.Divide) and self.reader.in_points(node)
        factor = Fraction(100) if derived.type == "percent" and not in_points else Fraction(1)
        return Ratio(p.Slot(num_slot), p.Slot(den_slot), factor, zero_rule(derived.when_zero))

    def without_results(self, node: tree.Node, where: str) -> None:
        """Refuse what reads a needed pack's result: slots and the choice of branches come before any pack is scored."""
        self.reader.where = where
        for name in names(node):
            if "." in name:
                raise self.reader.refuse("scoring.E707", name=name)

    def enough(self, sample: m.MinSample) -> p.Test:
        size = self.reader.linear(tree.Name(tree.Span(0, 0), sample.of))
        return p.Compare(">=", size.expr, p.Const(int(sample.at_least * size.den)))

    def indicators_of(self, read: Iterable[str]) -> list[str]:
        """Return the inputs behind names, through derived values and settings, each once, in plan order."""
        found: set[str] = set()
        left = list(read)
        while left:
            name = left.pop()
            if name in self.pack.derived:
                derived = self.pack.derived[name]
                left += names(parse_formula(derived.formula)) | ({derived.min_sample.of} if derived.min_sample else set())
            elif name in self.pack.settings and (by := self.pack.settings[name].by):
                found.add(by)
            elif name in self.slots.inputs:
                found.add(name)
        return sorted(found, key=lambda id_: self.slots.inputs[id_].number)

    def input_numbers(self, read: Iterable[str]) -> tuple[int, ...]:
        return tuple(self.slots.inputs[id_].number for id_ in self.indicators_of(read))

    # --- tests ----------------------------------------------------------------

    def na_of(self, read: Iterable[str], ratios: Iterable[tuple[Ratio, WhenZero]]) -> p.Test:
        slots = (self.slots.inputs[id_].na_slot for id_ in self.indicators_of(read))
        inputs = (p.Compare("=", p.Slot(slot), p.Const(1)) for slot in slots if slot is not None)
        zero = (not_positive(ratio.den) for ratio, rule in ratios if rule in ("na", None))
        return any_of(*inputs, *zero)

    def ratios_in(self, read: Iterable[str]) -> list[tuple[Ratio, WhenZero]]:
        found = [
            (value, value.when_zero)
            for name in sorted(read)
            if name in self.pack.derived and isinstance(value := self.value_of(name), Ratio)
        ]
        return [(value, "na" if isinstance(rule, Fraction) else rule) for value, rule in found]

    def plain(self, text: str, where: str) -> p.Test:
        """Return a condition outside parts: what reads N/A is false (MEANING section 3)."""
        node = parse_condition(text)
        read = names(node)
        self.reader.where = where
        test = self.reader.test(node)
        return all_of(negated(self.na_of(read, self.ratios_in(read))), test)

    def optional(self, text: str | None, where: str) -> p.Test | None:
        return None if text is None else self.plain(text, where)
