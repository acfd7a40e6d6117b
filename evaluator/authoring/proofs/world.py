"""The names of a pack as a proof reads them: like the plan's, but what time or other rules decide stays open.

Months and quarters that have passed, the reference date and every result of the score are slots with a range; a dated setting has one
value in each era. So one proof holds for every period of at most a year and for every date on which the pack is in force.
"""

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from fractions import Fraction

from evaluator.authoring.proofs.calendar import Calendar, fewest_and_most
from evaluator.authoring.proofs.decide import Answer, Decider
from evaluator.authoring.proofs.linear import Domain
from evaluator.packs import models as m
from evaluator.packs import tree
from evaluator.packs.scope import all_indicators
from evaluator.packs.writing import names, negate, plain
from evaluator.scoring import plan as p
from evaluator.scoring.formulas import Linear, Ratio, Reader, Value, all_of, negated
from evaluator.scoring.names import EVENTS_PER_BRANCH, SCALE, Names, Slots
from evaluator.scoring.period import Period, day_number

__all__ = ["World", "eras"]

FIRST, LAST = day_number(date(1, 1, 1)), day_number(date(9999, 12, 31))
NUMERIC = ("integer", "decimal", "percent")
UNLIMITED = 10**6  # of a result that nothing limits


def eras(pack: m.Pack) -> list[tuple[date, date]]:
    """Return the spans of time in which every setting of the pack keeps its value, while the pack is in force."""
    last = pack.effective.to or date(9999, 12, 31)
    days = {day for setting in pack.settings.values() for day in setting.by_date}
    starts = sorted({pack.effective.from_, *(day for day in days if pack.effective.from_ < day <= last)})
    ends = [*(day - timedelta(days=1) for day in starts[1:]), last]
    return list(zip(starts, ends, strict=True))


class World(Names):
    """The names of one pack in one era, and a decider over their slots. ``limits``: the lowest and highest of results, by name.

    ``months`` fixes the number of months that have passed, for formulas that multiply by it.
    """

    def __init__(self, pack: m.Pack, era: tuple[date, date], limits: Mapping[str, tuple[int, int]], months: int | None = None) -> None:
        start, self.last_day = era
        self.decider = Decider()
        self.limits = limits
        self.months = months
        self.known = all_indicators(pack)
        self.ids: dict[int, str] = {}  # of slots that people know by a name
        self.tests: dict[tuple[int, bool | None], tuple[tree.Condition, p.Test]] = {}  # by identity: a tree is slow to hash
        self.shares: dict[int, int] = {}  # the slot of what is earned, to that of what applies
        slots = Slots({id_: number for number, id_ in enumerate((pack.pack, *pack.needs))})
        super().__init__(slots, pack, Period(start, start, start))
        self.reader = _OpenReader(self)
        for id_, indicator in self.known.items():
            slots.add_input(id_, indicator)
        if "area_type" not in slots.inputs:
            self.known["area_type"] = m.Indicator(label=m.Labels(zh="area_type"), type="choice", attribute=True)
            slots.add_input("area_type", self.known["area_type"])
        self.open_choices = [id_ for id_, found in slots.inputs.items() if found.type == "choice" and not found.options]
        self.most_score: Fraction | None = None
        self.defined = 0  # derived values that the decider knows
        for id_, found in slots.inputs.items():
            self.bound(id_, found)

    # --- slots ----------------------------------------------------------------

    def bound(self, id_: str, found: p.Input) -> None:
        """Say what values an input may have."""
        indicator, decider = self.known[id_], self.decider
        low, high = self.slots.bounds[found.slot]
        self.ids[found.slot] = id_
        if found.type in NUMERIC:
            if indicator.blank == "0":  # an empty cell says 0, also where the range does not
                low, high = min(low, 0), max(high, 0)
            step = SCALE if found.type == "integer" else 1
            decider.domains[found.slot] = Domain(low, high, step, SCALE // step)
        elif found.type == "date":
            decider.domains[found.slot] = Domain(FIRST, LAST)
            if not indicator.attribute:  # a date after R is a bad cell
                decider.relate({found.slot: 1, self.day_slot: -1}, 0)
        elif found.type == "choice":  # an attribute may hold any text
            decider.domains[found.slot] = Domain(0 if indicator.attribute else 1, len(found.options))
        else:
            decider.domains[found.slot] = Domain(low, high)
        for slot in found.option_slots:
            decider.domains[slot] = Domain(0, 1)
            self.ids[slot] = id_
        if found.na_slot is not None:
            decider.domains[found.na_slot] = Domain(0, 1)
        count = found.count_slot
        if count is not None:
            decider.domains[count] = Domain(1, EVENTS_PER_BRANCH)
        least, most = indicator.range or ((0, 100) if found.type == "percent" else (0, 0))
        if indicator.blank == "0":
            least, most = min(least, 0), max(most, 0)
        if found.aggregate == "sum" and (least > 0 or most < 0):  # what no record gives is missing, and each gives something
            count = self.open("", 1, EVENTS_PER_BRANCH)
            domain = decider.domains[found.slot]
            low, high = (int(least * SCALE), high) if least > 0 else (low, int(most * SCALE))
            decider.domains[found.slot] = domain._replace(low=low, high=high)
        if count is not None and (indicator.range or found.type == "percent"):
            decider.relate({count: int(least * SCALE), found.slot: -1}, 0)
            decider.relate({found.slot: 1, count: -int(most * SCALE)}, 0)

    @property
    def day_slot(self) -> int:
        """Return the slot of R."""
        found = self.value_of("R")
        assert isinstance(found, Linear)
        assert isinstance(found.expr, p.Slot)
        return found.expr.index

    def open(self, name: str, low: int, high: int) -> int:
        """Return a new slot from ``low`` to ``high``, which people know as ``name``."""
        slot = self.slots.new(low, high)
        self.decider.domains[slot] = Domain(low, high)
        if name:
            self.ids[slot] = name
        return slot

    def find(self, name: str) -> Value:
        if name in self.known or name in self.pack.settings or name in self.pack.derived:
            return super().find(name)
        if name in ("months", "quarters"):
            return self.passed(name)
        if name == "R":
            return Linear(p.Slot(self.open(name, day_number(self.period.start), day_number(self.last_day))))
        if name == "score":
            raise AssertionError("who reads the score says of what: see score()")
        low, high = self.limits.get(name, (0, UNLIMITED))
        return Linear(p.Slot(self.open(name, low, high)), 100 if name == "points" else 1)

    def passed(self, name: str) -> Linear:
        """Return months or quarters that have passed of a period of at most a year: three months are a quarter."""
        if self.months is not None:
            return Linear(p.Const(self.months if name == "months" else self.months // 3))
        months, quarters = self.open("months", 0, 12), self.open("quarters", 0, 4)
        self.decider.relate({quarters: 3, months: -1}, 0)
        self.decider.relate({months: 1, quarters: -3}, 2)
        self.values |= {"months": Linear(p.Slot(months)), "quarters": Linear(p.Slot(quarters))}
        found = self.values[name]
        assert isinstance(found, Linear)
        return found

    def score(self, points: int, bonus: int | None, earned: str | None, least: int) -> None:
        """Let ``score`` be that of something worth so many hundredths, which a bonus may pass (None: by any amount).

        ``earned`` names the result that is what is earned; ``least`` is the least that applies.
        """
        self.tests.clear()
        num = self.open("", 0, points * UNLIMITED if bonus is None else points + bonus)
        den = self.open("", min(least, points), points)
        if bonus is not None:
            self.decider.relate({num: 1, den: -1}, bonus)
        if earned:
            same = self.value_of(earned)
            assert isinstance(same, Linear)
            assert isinstance(same.expr, p.Slot)
            self.decider.relate({num: 1, same.expr.index: -1}, 0)
            self.decider.relate({num: -1, same.expr.index: 1}, 0)
        self.values["score"] = Ratio(p.Slot(num), p.Slot(den), Fraction(100))
        self.shares[num] = den
        self.most_score = None
        if bonus is not None and points and (least or not bonus):
            self.most_score = Fraction(10_000 * (least + bonus) // least, 100) if bonus else Fraction(100)

    # --- questions ------------------------------------------------------------

    def goal(self, node: tree.Condition, wanted: bool, *, in_part: bool = False) -> tuple[p.Test, bool]:
        """Return the goal that a condition holds, or that it does not.

        In a part neither side of a line holds over a denominator of zero and what is not applicable, for there the part is out or has
        its own worth; elsewhere such a condition is false.
        """
        key = (id(node), wanted if in_part else None)
        if key not in self.tests:
            if in_part:
                test = self.reader.test(node if wanted else negate(node), in_part=True)
            else:
                read = names(node)
                test = all_of(negated(self.na_of(read, self.ratios_in(read))), self.reader.test(node))
            self.tests[key] = (node, test)
        return self.tests[key][1], in_part or wanted

    def can(self, goals: Iterable[tuple[p.Test, bool]]) -> Answer:
        decider = self.decider
        for step in self.slots.derived[self.defined :]:
            decider.definitions[step.num_slot] = step.num
            if step.den_slot is not None and step.den is not None:
                decider.definitions[step.den_slot] = step.den
        self.defined = len(self.slots.derived)
        for id_ in self.open_choices:  # 0: none of the texts that conditions have named so far
            found = self.slots.inputs[id_]
            decider.domains[found.slot] = Domain(0, len(found.options))
        return decider.can(list(goals))

    # --- in words -------------------------------------------------------------

    def record(self, answer: Answer) -> str:
        """Return the values that an answer found, as people write them: ``committee_actual = 4, committee_required = 5``."""
        told: dict[str, str] = {}
        for slot in answer.read:
            if slot in self.ids:
                told.setdefault(self.ids[slot], self.shown(self.ids[slot], slot, answer.slots))
            elif slot in self.shares:
                applied = answer.slots.get(self.shares[slot])
                told["score"] = f"{plain(Fraction(10_000 * answer.slots[slot] // applied, 100))}%" if applied else "—"
        told = dict(sorted(told.items()))
        for step in self.slots.derived:
            num = answer.slots.get(step.num_slot)
            den = 1 if step.den_slot is None else answer.slots.get(step.den_slot)
            if num is not None and den:
                worth = self.values[step.id]
                share = Fraction(num, den) * worth.factor if isinstance(worth, Ratio) else Fraction(num, step.scale)
                told[step.id] = plain(share) + ("%" if self.pack.derived[step.id].type == "percent" else "")
        return ", ".join(f"{id_} = {text}" for id_, text in told.items()) or "—"

    def shown(self, id_: str, slot: int, slots: Mapping[int, int]) -> str:
        found = self.slots.inputs.get(id_)
        if found is None:
            worth = slots[slot]
            return str(date.fromordinal(worth - FIRST + 1)) if id_ == "R" else plain(Fraction(worth, 100 if id_ == "points" else 1))
        if found.option_slots:
            names = [option for option, one in zip(found.options, found.option_slots, strict=True) if slots.get(one)]
            return "、".join(names) or "—"
        worth = slots[slot]
        match found.type:
            case "date":
                return str(date.fromordinal(worth - FIRST + 1))
            case "boolean":
                return "true" if worth else "false"
            case "text":
                return "…" if worth else "—"
            case "choice":
                return found.options[worth - 1] if 0 < worth <= len(found.options) else "…"
            case _:
                mean = "" if found.count_slot is None or found.count_slot not in slots else f" / {slots[found.count_slot]}"
                return plain(Fraction(worth, SCALE)) + mean

    def ranges(self, read: Iterable[str], behind: Iterable[str]) -> str:
        """Return the ranges of the numbers that names stand on: ``committee_actual 0…30, months 0…12``."""
        told = []
        for found in sorted((self.slots.inputs[id_] for id_ in behind if id_ in self.slots.inputs), key=lambda one: one.number):
            id_ = found.id
            if found.type in NUMERIC:
                domain = self.decider.domains[found.slot]
                told.append(f"{id_} {plain(Fraction(domain.low, SCALE))}…{plain(Fraction(domain.high, SCALE))}")
        for name in sorted(read):
            if name in self.values and name not in self.known and name not in self.pack.settings and name not in self.pack.derived:
                value = self.values[name]
                if name != "R" and isinstance(value, Linear) and isinstance(value.expr, p.Slot):
                    domain = self.decider.domains[value.expr.index]
                    told.append(f"{name} {plain(Fraction(domain.low, value.den))}…{plain(Fraction(domain.high, value.den))}")
        if self.most_score is not None and "score" in read:
            told.append(f"score 0…{plain(self.most_score)}")
        return ", ".join(told)


class _OpenReader(Reader):
    """Reads ``within`` against a reference date that is not fixed: so many months are some number of days."""

    def __init__(self, world: World) -> None:
        plainly = world.reader
        super().__init__(plainly.pack, plainly.scope, plainly.period, plainly.value_of, plainly.option_slots, plainly.codes, plainly.bounds)
        self.world = world

    def test(self, node: tree.Condition, *, in_part: bool = False) -> p.Test:
        match node:
            case tree.Within(of=of, amount=amount, unit=unit):
                age = p.Plus((p.Slot(self.world.day_slot), p.Times(-1, self.linear(of).expr)))
                days = p.Const(amount) if unit == "days" else p.Slot(self.length(amount * 12 if unit == "years" else amount))
                return p.Compare("<=", age, days)
            case _:
                return super().test(node, in_part=in_part)

    def length(self, months: int) -> int:
        """Return the slot of how many days so many months before R are."""
        decider = self.world.decider
        decider.calendar = decider.calendar or Calendar(self.world.day_slot)
        known = decider.calendar.slots
        if months not in known:
            known[months] = self.world.open("", *fewest_and_most(months))
        return known[months]
