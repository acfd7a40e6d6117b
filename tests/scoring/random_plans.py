"""Plans and records drawn at random straight from the contracts: every shape, small numbers, values at thresholds and beside them.

A number gives a case, always the same one. Hypothesis would draw most plans as variations of the one before.
"""

from dataclasses import dataclass
from datetime import date
from random import Random
from typing import Any as Anything
from typing import TypeVar

from evaluator.packs.tree import Comparator
from evaluator.scoring.plan import (
    Abs,
    All,
    Any,
    AwardStep,
    BandsStep,
    ChoicesStep,
    Compare,
    Const,
    CountStep,
    CriterionStep,
    DeductStep,
    DerivedStep,
    Expr,
    Fixed,
    GateStep,
    Greatest,
    GroupStep,
    Holds,
    Input,
    Least,
    ManualStep,
    Not,
    PackStep,
    PartStep,
    Pick,
    Plan,
    Plus,
    ProrateStep,
    Result,
    Slot,
    Test,
    Times,
    TriggerStep,
    VetoStep,
    When,
)

__all__ = ["FIRST", "NEVER", "ONE", "REFERENCE", "START", "Case", "RecordRow", "case_of", "value_for"]

ONE = 10_000
START, REFERENCE = date(2023, 1, 1), date(2023, 6, 30)
FIRST, LAST = (day.toordinal() - date(1970, 1, 1).toordinal() for day in (START, REFERENCE))
DAYS = (None, FIRST - 1, FIRST, FIRST + 30, FIRST + 31, FIRST + 59, LAST, LAST + 1)
NUMBERS = (0, ONE, 3 * ONE - 1, 3 * ONE, 3 * ONE + 1, 5 * ONE, 10 * ONE, -ONE)
OPS: tuple[Comparator, ...] = ("<", "<=", "=", "!=", ">", ">=")
NEVER = Fixed(False)
KINDS = (
    ("integer", "latest"),
    ("integer", "sum"),
    ("integer", "count"),
    ("integer", "distinct_months"),
    ("decimal", "min"),
    ("decimal", "max"),
    ("decimal", "mean"),
    ("percent", "latest"),
    ("boolean", "latest"),
    ("boolean", "any"),
    ("boolean", "all"),
    ("date", "latest"),
    ("choice", "latest"),
    ("choices", "latest"),
    ("choices", "any"),
)
VALUES = {"boolean": (0, 1), "choice": (0, 1, 2), "choices": (0, 1, 2, 3, 7), "date": (LAST - 1, LAST, LAST + 1)}
Drawn = TypeVar("Drawn")
RecordRow = tuple[int, int, int | None, bool, int | None, int, str, int]


@dataclass(frozen=True)
class Case:
    """A plan, the records of its branches (rows of ``tables.RECORDS``), and how many branches there are, numbered from 0."""

    plan: Plan
    records: tuple[RecordRow, ...]
    branches: int


def case_of(number: int) -> Case:
    """Return the case of this number."""
    drawing = _Drawing(Random(number))
    plan = drawing.plan()
    branches = 8
    rows = [row for branch in range(branches) for source in plan.inputs for row in drawing.records(branch, source)]
    return Case(plan, tuple((*row, number) for number, row in enumerate(rows)), branches)


def value_for(source: Input, random: Random) -> int:
    """Return a value that the input may have."""
    return random.choice(VALUES.get(source.type, NUMBERS))


class _Drawing:
    """One plan while it is drawn; ``numeric`` and ``counted`` are the slots that conditions may read."""

    def __init__(self, random: Random) -> None:
        self.random = random
        self.slots = 0
        self.numeric: list[int] = []
        self.choice: list[int] = []
        self.options: list[tuple[int, ...]] = []
        self.na: list[int] = []
        self.ratios: list[tuple[int, int]] = []
        self.result: list[Result] = []
        self.criteria: list[CriterionStep] = []
        self.groups: list[GroupStep] = []

    def one(self, options: "tuple[Drawn, ...] | list[Drawn]") -> Drawn:
        return self.random.choice(options)

    def number(self, low: int, high: int) -> int:
        return self.random.randint(low, high)

    def chance(self, percent: int) -> bool:
        return self.number(0, 99) < percent

    def new(self) -> int:
        self.slots += 1
        return self.slots - 1

    # --- inputs and records

    def input(self, number: int) -> Input:
        kind, aggregate = self.one(KINDS)
        slot = self.new()
        na = self.new() if self.chance(35) else None
        counted = self.new() if aggregate == "mean" else None
        options = tuple(self.new() for _ in range(3)) if kind == "choices" else ()
        if counted is not None:
            self.ratios.append((slot, counted))
        if kind == "choices":
            self.options.append(options)
            self.numeric.extend(options)
        elif kind == "choice":
            self.choice.append(slot)
        else:
            self.numeric.append(slot)
        if na is not None:
            self.na.append(na)
        scale = ONE if kind in ("integer", "decimal", "percent") else 1
        return Input(number, f"i{number}", kind, aggregate, scale, slot, na, counted, options)  # type: ignore[arg-type]

    def records(self, branch: int, source: Input) -> list[tuple[Anything, ...]]:
        rows = []
        events = self.one((1, 1, 1, 1, 0, 0, 2, 3))
        days = DAYS
        if source.aggregate in ("count", "distinct_months"):  # dated events or one total: test_agreement has the other cases
            days = DAYS[1:] if events != 1 or self.chance(70) else DAYS[:1]
        for _ in range(events):
            na = source.na_slot is not None and self.chance(20)
            value = None if na else value_for(source, self.random)
            day = self.one(days) if days is not DAYS or self.chance(70) else FIRST
            rows.append((branch, source.number, value, na, day, self.one((1, 1, 2)), self.one(("", "", "a"))))
        return rows

    # --- expressions and tests

    def expr(self, depth: int = 2) -> Expr:
        kind = self.number(0, 11) if depth else self.number(0, 4)
        if kind <= 3:
            return Slot(self.one(self.numeric))
        if kind == 4:
            return Const(self.one(NUMBERS))
        if kind == 5:
            return Times(self.one((-2, 1, 3)), self.expr(depth - 1))
        if kind == 6:
            return Plus((self.expr(depth - 1), self.expr(depth - 1)))
        if kind == 7:
            return self.one((Least, Greatest))((self.expr(depth - 1), self.expr(depth - 1)))
        if kind == 8:
            return Abs(self.expr(depth - 1))
        if kind == 9:
            return Times(ONE, Holds(self.evidence_test(depth - 1)))
        if kind == 10:
            return When(self.evidence_test(depth - 1), self.expr(depth - 1))
        if self.choice:
            return Pick(self.one(self.choice), ((1, ONE), (2, 3 * ONE)), self.one((None, 5 * ONE)))
        return Slot(self.one(self.numeric))

    def compare(self, depth: int) -> Test:
        if self.result and self.chance(30):
            return Compare(self.one((">=", "<", "=")), self.one(self.result), Const(self.number(0, 2)))
        if self.ratios and self.chance(25):
            num, den = self.one(self.ratios)
            exact = Compare(self.one(OPS), Slot(num), Times(self.one((1, 3 * ONE, 5 * ONE)), Slot(den)))
            return All((Compare(">", Slot(den), Const(0)), exact))
        if self.choice and self.chance(20):
            return Compare(self.one(("=", "!=")), Slot(self.one(self.choice)), Const(self.number(1, 2)))
        left = Slot(self.one(self.numeric)) if self.chance(70) or not depth else self.expr(depth - 1)
        right = Const(self.one((*NUMBERS, 1, LAST))) if self.chance(85) or not depth else self.expr(depth - 1)
        return Compare(self.one(OPS), left, right)

    def test(self, depth: int = 2) -> Test:
        kind = self.number(0, 9) if depth else 0
        if kind <= 5:
            return self.compare(depth)
        if kind == 6:
            return Not(self.test(depth - 1))
        if kind == 7 and self.chance(20):
            return Fixed(self.chance(50))
        width = self.number(13, 15) if self.chance(3) else self.number(2, 3)
        return self.one((All, Any))(tuple(self.test(depth - 1) for _ in range(width)))

    def evidence_test(self, depth: int) -> Test:
        """Return a test inside an expression, which does not read needed packs."""
        result, self.result = self.result, []
        test = self.test(depth)
        self.result = result
        return test

    def maybe(self, percent: int) -> Test | None:
        return self.test() if self.chance(percent) else None

    def not_applicable(self) -> Test:
        return Compare("=", Slot(self.one(self.na)), Const(1)) if self.na and self.chance(40) else NEVER

    # --- criteria

    def part(self, source: int) -> PartStep:
        full = 100 * self.number(1, 6)
        fixed = tuple((self.test(1), self.one((0, full, full // 2))) for _ in range(self.number(0, 2))) if self.chance(25) else ()
        shared: dict[str, Anything] = {"full": full, "source": source, "na": self.not_applicable(), "fixed": fixed}
        kind = self.number(0, 7)
        if kind <= 1:
            return AwardStep(**shared, when=self.test())
        if kind == 2:
            return BandsStep(**shared, bands=tuple((self.test(1), self.number(0, full)) for _ in range(self.number(1, 3))))
        if kind == 3:
            return CountStep(**shared, start=0, step=self.number(30, 200), per=self.expr(), every=self.one((ONE, 3 * ONE)))
        if kind == 4:
            return CountStep(**shared, start=full, step=-self.number(30, 200), per=self.expr(), every=self.one((ONE, 3 * ONE)))
        if kind == 5:
            den = self.expr(1)
            shared["fixed"] = (*fixed, (Compare("<=", den, Const(0)), self.one((0, full))))
            return ProrateStep(**shared, num=self.expr(1), den=den)
        if kind == 6 and self.options:
            return ChoicesStep(**shared, each=self.number(50, 300), slots=self.one(self.options)[: self.number(1, 3)])
        return ManualStep(**shared, slot=self.one(self.numeric), low=self.one((0, 50)))

    def deduct(self, source: int) -> DeductStep:
        per = self.expr(1) if self.chance(50) else None
        when = self.test(1) if per is None or self.chance(30) else None
        up_to = self.one((None, 150, 300))
        return DeductStep(self.one((50, 100)), when, per, self.one((ONE, 3 * ONE)), up_to, self.not_applicable(), source)

    def criterion(self, pack: int, group: int) -> int:
        parts = tuple(self.part(source) for source in range(self.number(0, 3)))
        deducts = tuple(self.deduct(source) for source in range(self.number(1, 2) if not parts or self.chance(25) else 0))
        owed = sum(part.full for part in parts) or 100 * self.number(1, 6)
        due = not self.chance(6)
        number = len(self.criteria)
        self.criteria.append(
            CriterionStep(
                number,
                f"c{number}",
                pack,
                group,
                points=owed + 100 * self.chance(10),
                owed=owed if due else 0,
                parts=parts if due else (),
                deducts=deducts,
                zero=self.maybe(12),
                applies=self.maybe(20),
                key=self.chance(15),
                bonus=self.chance(15),
                inputs=(),
            )
        )
        return number

    # --- groups and packs

    def share(self, line: int, op: Comparator = ">=") -> Test:
        return All(
            (
                Compare(">", Result("den"), Const(0)),
                Compare(op, Times(100, Result("num")), Times(line, Result("den"))),
            )
        )

    def group(self, pack: int, earlier: list[int]) -> int:
        number = len(self.groups)
        criteria = tuple(self.criterion(pack, number) for _ in range(self.number(1, 2)))
        points = sum(self.criteria[one].points for one in criteria if not self.criteria[one].bonus)
        line = None if self.chance(10) else self.share(self.one((20, 50, 90)))
        requires = (self.one(earlier),) if earlier and self.chance(60) else ()
        least = self.one((0, 6_000, 10_000))
        self.groups.append(GroupStep(number, f"g{number}", pack, points, criteria, line, least, requires, self.one((0, 100, 300))))
        return number

    def gate_test(self, names: tuple[str, ...]) -> Test:
        kind = self.number(0, 3)
        if kind == 0:
            return self.share(self.one((50, 60, 90)), self.one((">=", "<")))
        result = Result(self.one((*names, "points")))  # type: ignore[arg-type]
        test: Test = Compare(self.one((">=", "<", "=")), result, Const(self.number(0, 2) * (300 if result.name == "points" else 1)))
        if kind == 1:
            return self.one((All, Any))((test, self.test(1)))
        return test

    def pack(self, number: int, inputs: tuple[Input, ...]) -> PackStep:
        groups: list[int] = []
        for _ in range(self.number(1, 3)):
            groups.append(self.group(number, groups))
        counted = ("stars", "hard", "soft", "keys_failed")
        self.gates += [
            GateStep(len(self.gates) + place, f"s{number}{place}", number, self.gate_test(counted), ())
            for place in range(self.number(0, 2))
        ]
        for _ in range(self.number(0, 2)):
            strip = (self.one(groups),) if self.chance(80) else ()
            cap = self.one((None, 1, 2))
            where = len(self.vetoes)
            self.vetoes.append(VetoStep(where, f"v{where}", number, self.test(), strip, cap, self.chance(20), self.maybe(40), ()))
        for _ in range(self.number(0, 2)):
            where = len(self.triggers)
            self.triggers.append(TriggerStep(where, f"t{where}", number, self.chance(50), self.test(), self.maybe(25), ()))
        rating: tuple[tuple[int, Test | None], ...] = tuple(
            (level, self.gate_test((*counted, "gates_failed"))) for level in range(self.number(1, 3), 0, -1)
        )
        if self.chance(50):
            rating = (*rating, (self.number(0, 1), None))
        weights = tuple((group, self.one((30, 70))) for group in groups) if self.chance(30) else ()
        read = tuple(source.number for source in inputs if self.chance(70))
        return PackStep(
            number,
            f"p{number}",
            self.evidence_test(1) if self.chance(15) else None,
            not self.chance(15),
            tuple(groups),
            weights,
            rating,
            read,
        )

    def plan(self) -> Plan:
        inputs = tuple(self.input(number) for number in range(self.number(3, 7)))
        self.numeric = self.numeric or [inputs[0].slot]
        derived = []
        for place in range(self.number(0, 2)):
            num, den = self.expr(), self.expr(1) if self.chance(50) else None
            slots = self.new(), None if den is None else self.new()
            derived.append(DerivedStep(f"d{place}", slots[0], num, slots[1], den))
            if slots[1] is None:
                self.numeric.append(slots[0])
            else:
                self.ratios.append((slots[0], slots[1]))
        self.gates: list[GateStep] = []
        self.vetoes: list[VetoStep] = []
        self.triggers: list[TriggerStep] = []
        packs = [self.pack(0, inputs)]
        if self.chance(30):
            self.result = [Result("hard", 0), Result("soft", 0), Result("level", 0)]
            packs.append(self.pack(1, inputs))
        return Plan(
            START,
            date(2023, 12, 31),
            REFERENCE,
            self.slots,
            inputs,
            tuple(derived),
            tuple(packs),
            tuple(self.groups),
            tuple(self.criteria),
            tuple(self.vetoes),
            tuple(self.triggers),
            tuple(self.gates),
        )
