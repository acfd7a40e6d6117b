"""What generated packs are drawn with, and the evidence of a few branches: values at thresholds and a step beside them, and gaps."""

from datetime import date, timedelta
from typing import Any, TypeVar

from hypothesis import strategies as st

from evaluator.diagnostics import Place
from evaluator.evidence.records import Evidence, Record
from evaluator.evidence.register import Branch, Register
from evaluator.packs.models import AGGREGATES
from evaluator.scoring.period import Period, day_number

__all__ = ["END", "NUMERIC", "OPTIONS", "START", "Data", "Drawing"]

Data = dict[str, Any]
Drawn = TypeVar("Drawn")

START, END = date(2023, 1, 1), date(2023, 12, 31)
ONE = 10_000
LEVELS = (0, 1, 3, 5, 10, 90, 2.5, 33.3333, 100)  # near which values are drawn
OPTIONS = ("甲", "乙", "丙")
RANGES = ([0, 12], [0, 100], [-5, 1000])
WIDE = (None, [-1_000_000_000, 1_000_000_000], [0, 1_000_000])
NUMERIC = ("integer", "decimal", "percent")
BRANCHES = 6


class Drawing:
    """Draws; zero is the plain end of every choice, so that what fails shrinks to the plainest pack."""

    def __init__(self, draw: st.DrawFn, wide: bool) -> None:
        self.draw = draw
        self.wide = wide

    def one(self, options: "tuple[Drawn, ...] | list[Drawn]") -> Drawn:
        return self.draw(st.sampled_from(options))

    def number(self, low: int, high: int) -> int:
        return self.draw(st.integers(low, high))

    def chance(self, percent: int) -> bool:
        return self.number(0, 99) >= 100 - percent

    def indicator(self) -> Data:
        type_ = self.one(("integer", "boolean", *AGGREGATES))
        found: Data = {"label": "项", "type": type_, "aggregate": self.one(AGGREGATES[type_]), "unit": "个"}
        if type_ in ("integer", "decimal"):
            found["range"] = self.one(WIDE if self.wide else RANGES)
        if type_ in ("choice", "choices"):
            found["options"] = list(OPTIONS)
        if self.chance(30):
            found["na"] = "allowed"
        blank = {"text": "none", "boolean": "false"}.get(type_, "0" if type_ in NUMERIC else None)
        if blank and self.chance(20):
            found["blank"] = blank
        return {key: value for key, value in found.items() if value is not None}

    # --- evidence

    def evidence(self, indicators: dict[str, Data], period: Period) -> Evidence:
        branches = []
        records: list[Record] = []
        for number in range(BRANCHES):
            known = {"zone": self.one((*OPTIONS, "丁")), "size": str(self.number(0, 12)), "area_type": self.one(("村", "社区"))}
            attributes = {name: value for name, value in known.items() if not self.chance(20)}
            branches.append(Branch(f"b{number}", f"支部{number}", number, ("市", "县", "镇", "村"), attributes))
            for id_, indicator in indicators.items():
                if not indicator.get("attribute"):
                    records += self.records(f"b{number}", id_, indicator, period)
        return Evidence(Register(tuple(branches)), tuple(records))

    def records(self, branch: str, id_: str, indicator: Data, period: Period) -> list[Record]:
        found = []
        for _ in range(self.one((1, 1, 1, 1, 0, 0, 2, 3))):
            na = "na" in indicator and self.chance(20)
            value = None if na else self.value(indicator, period)
            day = self.one((None, *(day_number(START) + days for days in (0, -1, 18, 19, 180, 181))))
            stage, ref = self.one((1, 1, 1, 2, 3)), self.one(("", "", "甲"))
            found.append(Record(branch, id_, value, na, day, stage, ref, "", "", "", Place("记录")))
        return found

    def value(self, indicator: Data, period: Period) -> int:
        match indicator["type"]:
            case "boolean" | "text":
                return self.number(0, 1)
            case "choice":
                return self.number(1, len(OPTIONS))
            case "choices":
                return self.number(0, 2 ** len(OPTIONS) - 1)
            case "date":
                return day_number(self.one((period.reference, END - timedelta(365), START))) - self.number(0, 2)
        step = ONE if indicator["type"] == "integer" else 1
        low, high = indicator.get("range") or ((0, 100) if indicator["type"] == "percent" else (-(10**9), 10**9))
        ends = (low, high) if self.wide else ()
        value = int(self.one((*LEVELS, *ends)) * ONE) + self.one((0, 0, -step, step))
        value -= value % step
        return min(max(value, int(low * ONE)), int(high * ONE))
