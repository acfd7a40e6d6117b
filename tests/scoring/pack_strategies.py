"""Packs and evidence drawn by hypothesis: everything that a pack may say, values at thresholds and a step beside them, and gaps.

Packs are drawn as the data of their YAML files, so that they go the whole way that a user's pack goes.
"""

from dataclasses import dataclass
from datetime import date

from drawing import END, NUMERIC, OPTIONS, START, Data, Drawing
from hypothesis import strategies as st

from evaluator.evidence.records import Evidence
from evaluator.packs.conditions import parse_condition
from evaluator.packs.models import AGGREGATES
from evaluator.packs.writing import names
from evaluator.scoring.period import Period

__all__ = ["Case", "cases"]


TODAY = (END, date(2023, 6, 30), date(2023, 8, 15), date(2023, 1, 20))
MARKS = (1, 3, 5, 10, 0.33, 2.5)
LINES = ("3", "1", "0", "5", "10", "90", "2.5", "33.3333", "0.1", "90%")
OPS = (">=", ">", "<", "<=", "=", "!=")


@dataclass(frozen=True)
class Case:
    """Packs as the data of their files, a period, and evidence of some branches."""

    packs: tuple[Data, ...]
    period: Period
    evidence: Evidence


def indicators_in(packs: tuple[Data, ...]) -> dict[str, Data]:
    """Return the indicators of packs by id, those of manual parts included."""
    found: dict[str, Data] = {}
    for pack in packs:
        found |= pack["indicators"]
        for part in (part for group in pack["groups"] for criterion in group["criteria"] for part in criterion.get("parts", ())):
            if manual := part.get("manual"):
                found[manual["id"]] = {"type": "decimal", "aggregate": "latest", "range": manual["range"]}
    return found


@st.composite
def cases(draw: st.DrawFn, wide: bool = False) -> Case:
    """Return one or two packs that the check accepts (the second may read the first) and evidence. ``wide``: numbers near 64 bits."""
    drawing = Drawing(draw, wide)
    period = Period(START, END, drawing.one(TODAY))
    shared = {f"i{number}": drawing.indicator() for number in range(drawing.number(3, 8))}
    packs = [_Pack(drawing, 0, shared).data()]
    if drawing.chance(35):
        packs.append(_Pack(drawing, 1, shared).data())
    return Case(tuple(packs), period, drawing.evidence(indicators_in(tuple(packs)), period))


class _Pack:
    """One pack while it is drawn, with the names that its conditions may read."""

    def __init__(self, drawing: Drawing, number: int, shared: dict[str, Data]) -> None:
        self.d, self.id = drawing, f"P{number}"
        chosen = {id_: one for id_, one in shared.items() if not number or not drawing.chance(30)}
        self.indicators: dict[str, Data] = {
            **chosen,
            "n": {"label": "数", "type": "integer", "range": [0, 100]},
            "zone": {"label": "片区", "type": "choice", "attribute": True},
            "size": {"label": "规模", "type": "integer", "range": [0, 12], "attribute": True},
            "doc": {"label": "文号", "type": "text", "blank": "none"},
            "found_on": {"label": "认定日期", "type": "date"},
        }
        self.needed = ["P0.hard", "P0.soft", "P0.level"] if number and drawing.chance(60) else []
        self.settings = self.draw_settings()
        listed = self.indicators.items()
        self.ratios = [id_ for id_, one in listed if one.get("aggregate") == "mean"]
        numeric = [id_ for id_, one in listed if one["type"] in NUMERIC and id_ not in self.ratios]
        self.numeric = [*numeric, *self.settings]
        self.percents = [id_ for id_ in numeric if self.indicators[id_]["type"] == "percent"]
        self.of_type = {type_: [id_ for id_, one in listed if one["type"] == type_] for type_ in AGGREGATES}
        self.derived = {f"d{place}": self.draw_derived(f"d{place}", numeric) for place in range(drawing.number(0, 3))}

    def draw_settings(self) -> dict[str, Data]:
        d = self.d
        by: Data = {"label": "分", "by": d.one(("zone", "area_type")), "values": {"甲": 3, "社区": 5}}
        if d.chance(60):
            by["otherwise"] = 10
        dated = {"2023-01-01": 5, "2023-06-30": d.one((3, 10)), "2023-07-01": 90}
        return {"plain": {"label": "线", "value": d.one((3, 80))}, "dated": {"label": "期", "by_date": dated}, "split": by}

    def draw_derived(self, id_: str, numeric: list[str]) -> Data:
        d = self.d
        found: Data = {"label": "比", "type": d.one(("percent", "decimal"))}
        if d.chance(70):
            num, den = self.linear(1), d.one((*numeric, "months", f"({d.one(numeric)} - 3)", f"max({d.one(numeric)}, 0)"))
            found |= {"formula": f"({num}) / {den}", "when_zero": d.one(("na", "full", "zero", 0.5))}
            self.ratios.append(id_)
        else:
            found |= {"formula": f"{d.one(numeric)} - {self.linear(1)}", "type": "decimal"}
            self.numeric.append(id_)
        if d.chance(30):
            found["min_sample"] = {"of": d.one(numeric), "at_least": d.one((1, 3, 30))}
        return found

    # --- formulas and conditions

    def name(self) -> str:
        return self.d.one(self.numeric)

    def linear(self, depth: int = 2) -> str:
        """Return a formula that is no ratio."""
        d = self.d
        dates, choices = self.of_type["date"], self.of_type["choices"]
        match d.number(0, 11) if depth else 0:
            case 1:
                return f"months - {self.name()}"
            case 2:
                return f"{d.one((2, 0.5, 33.3333, 'plain', 'dated', 1_000_000 if d.wide else 7))} * {d.one(self.indicator_names())}"
            case 3:
                return f"({self.linear(depth - 1)} + {self.name()}) / {d.one((2, 3, 0.7))}"
            case 4:
                return f"max({self.linear(depth - 1)}, {self.name()} - 3)"
            case 5:
                return f"min({self.name()}, {d.one(LINES[:-1])}, quarters)"
            case 6:
                return f"abs({self.name()} - {self.linear(depth - 1)})"
            case 7:
                return f"count({self.condition(0)}, {self.condition(0)})"
            case 8 if choices:
                return f"count({d.one(choices)})"
            case 9:
                return f"days_between({d.one(dates)}, R)"
            case 10:
                return f"-{self.name()} + {self.linear(depth - 1)}"
        return self.name()

    def indicator_names(self) -> list[str]:
        return [name for name in self.numeric if name not in self.settings]

    def condition(self, depth: int = 2, *results: str) -> str:
        """Return a condition; ``results``: names of the pack's own results that it may read."""
        d = self.d
        kind = d.number(0, 13) if depth else d.number(0, 9)
        if kind >= 12 and results:
            name = d.one(results)
            return f"{name} {d.one(OPS)} {d.one((50, 'plain', 66.67)) if name == 'score' else d.number(0, 3)}"
        if kind >= 10:
            return d.one(("({} AND {})", "({} OR {})", "NOT ({} OR {})")).format(self.condition(depth - 1), self.condition(depth - 1))
        if kind == 1 and self.ratios:
            return f"{d.one(self.ratios)} {d.one(OPS)} {d.one((*LINES, 'plain', 'dated', 'split', '2 * plain - 10'))}"
        if kind == 2 and self.ratios:
            return f"{d.one(self.ratios)} {d.one(('', 'NOT '))}BETWEEN {d.one(('0.5', '3', '50%'))} AND {d.one(('5', '90', '99.5'))}"
        if kind == 3 and self.of_type["boolean"]:
            return d.one(("{}", "NOT {}", "{} = false")).format(d.one(self.of_type["boolean"]))
        if kind == 4:
            return self.of_options()
        if kind == 5:
            return d.one(("within({}, 1 year)", "within({}, 2 months)", "{} > 2023-06-30", "NOT within({}, 1 days)")).format(
                d.one(self.of_type["date"])
            )
        if kind == 6 and self.needed and depth:
            return f"{d.one(self.needed)} {d.one(OPS)} {d.number(0, 2)}"
        if kind == 7:
            return f"given({d.one(self.of_type['text'])})"
        if kind == 8:
            return f"{self.name()} {d.one(('IN', 'NOT IN'))} (3, {d.one(LINES)})"
        right = d.one((*LINES, "months", *self.settings)) if depth < 2 or d.chance(70) else self.linear(1)
        return f"{self.linear(min(depth, 1)) if depth else self.name()} {d.one(OPS)} {right}"

    def outcome(self, *results: str, depth: int = 1) -> str:
        """Return a condition of a star or level: it reads ``results``, those of a needed pack, and settings."""
        d = self.d
        if depth and d.chance(40):
            pieces = (self.outcome(*results, depth=0) for _ in range(2))
            return d.one(("({} AND {})", "({} OR {})", "NOT ({} OR {})")).format(*pieces)
        name = d.one((*results, *self.needed))
        return f"{name} {d.one(OPS)} {d.one((50, 'plain', 'split', 66.67)) if name == 'score' else d.number(0, 3)}"

    def rising(self) -> str:
        """Return a condition of a star that never stops to hold as the score rises."""
        d = self.d
        number = d.one((50, "plain", "split", 66.67))
        told = [f"score {d.one(('>=', '>'))} {number}", f"NOT score {d.one(('<', '<='))} {number}"]
        told += [f"{d.one(self.needed)} {d.one(OPS)} {d.number(0, 3)}"] if self.needed else []
        return d.one(told)

    def of_options(self) -> str:
        d = self.d
        if self.of_type["choices"] and d.chance(50):
            return f"{d.one(self.of_type['choices'])} {d.one(('IN', 'NOT IN'))} ('甲', '丙')"
        test = d.one(("{} = '甲'", "{} != '乙'", "{} IN ('甲', '乙')", "{} NOT IN ('丙')", "area_type = '村'"))
        return test.format(d.one(self.of_type["choice"]))

    def free(self, depth: int = 1) -> str:
        """Return a condition that reads no other pack."""
        kept, self.needed = self.needed, []
        text = self.condition(depth)
        self.needed = kept
        return text

    def maybe(self, percent: int) -> str | None:
        return self.condition() if self.d.chance(percent) else None

    # --- parts

    def part(self, place: str) -> tuple[Data, float]:
        """Return a part and its full marks."""
        d = self.d
        full = d.one(MARKS)
        read: list[str] = []
        part: Data
        match d.number(0, 6):
            case 1:
                awards = sorted({full, *(d.one(MARKS) for _ in range(d.number(0, 2)))})
                full = max(awards)
                if d.chance(70):
                    awards.reverse()
                read = [self.condition(1) for _ in awards]
                part = {"bands": [{"when": when, "award": award} for when, award in zip(read, awards, strict=True)]}
            case 2:
                part = {"count_up": {"each": d.one((1, 0.5, 3)), "per": self.linear(), "every": d.one((1, 3, 0.5)), "up_to": full}}
            case 3:
                part = {"count_down": {"full": full, "less": d.one((1, 0.5, 3)), "per": self.linear(), "every": d.one((1, 3, 0.5))}}
            case 4:
                return self.prorate(full)
            case 5 if self.of_type["choices"]:
                listed = d.one((OPTIONS, OPTIONS[1:]))
                part = {"choices": {"each": d.one((1, 2)), "of": d.one(self.of_type["choices"]), "values": list(listed), "up_to": full}}
                if d.chance(50):
                    full = part["choices"]["each"] * len(listed)
                    del part["choices"]["up_to"]
            case 6:
                part = {"manual": {"range": [d.one((0, 0.3)), full], "id": f"given_{place}"}}
            case _:
                read = [self.condition()]
                part = {"award": full, "when": read[0]}
        if any(names(parse_condition(text)) & set(self.ratios) for text in read) and d.chance(40):
            part["when_zero"] = d.one(("na", "full", "zero", 0.5))
        return part, full

    def prorate(self, full: float) -> tuple[Data, float]:
        d = self.d
        of = d.one((*self.ratios, *self.percents, f"({self.linear(1)}) / {d.one((*self.indicator_names(), 'months', '(months - 7)'))}"))
        part: Data = {"prorate": {"points": full, "of": of}}
        if " / " in of or (of in self.ratios and d.chance(40)):
            part["when_zero"] = d.one(("na", "full", "zero", 0.5))
        return part, full

    # --- items

    def criterion(self, id_: str, bonus: bool) -> Data:
        d = self.d
        parts, points = [], 0.0
        for place in range(d.one((1, 1, 2, 3, 0))):
            part, full = self.part(f"{id_.lower().replace('-', '_')}_{place}")
            if d.chance(12):
                part["due"] = d.one(("period_end", 6, 9))
            parts.append(part)
            points += full
        deducts = [self.deduct() for _ in range(d.number(0 if parts else 1, 2) if not parts or d.chance(35) else 0)]
        found: Data = {
            "parts": parts,
            "deduct": deducts,
            "points": round(points, 2) if parts else d.one((5, 10)),
            "zero_when": self.maybe(12),
            "applies_when": self.maybe(20),
            "due": d.one(("period_end", 6)) if d.chance(10) else None,
        }
        if bonus:
            found["bonus"] = True
        elif d.chance(20):
            found["key"] = True
        return self.item(id_) | {key: value for key, value in found.items() if value}

    def deduct(self) -> Data:
        d = self.d
        found: Data = {"points": d.one((1, 0.5, 2))}
        kind = d.number(0, 2)
        if kind != 1:
            found |= {"per": self.linear(), "every": d.one((1, 3))}
        if kind:
            found["when"] = self.condition()
        if d.chance(40):
            found["up_to"] = d.one((1, 2.5))
        return found

    def item(self, id_: str) -> Data:
        return {
            "id": id_,
            "text": "要求",
            "measure": "按期办理",
            "owner": "支部书记",
            "fixable_by": "branch",
            "deadline": "soon",
            "basis": ["src"],
        }

    def group(self, number: int, stars: bool) -> Data:
        d = self.d
        line = None if not stars and d.chance(25) else f"score >= {d.one((50, 'plain', 33.3333, 100))}"
        if line and d.chance(25):
            line = f"{line} {d.one(('AND', 'OR'))} {self.rising()}"
        bonus = d.chance(30)
        criteria = [self.criterion(f"{self.id}-{number}{place}", bonus and place > 0) for place in range(d.number(1, 3))]
        found = {
            "id": f"G{number}",
            "title": "星",
            "earned_when": line,
            "min_applicable": d.one((60, 60, 33.33, 100, 0)),
            "requires": [f"G{earlier}" for earlier in range(number) if d.chance(40)],
            "bonus": {"up_to": d.one((1, 2.5))} if bonus else None,
            "criteria": criteria,
        }
        return {key: value for key, value in found.items() if value is not None}

    def veto(self, number: int, groups: list[Data]) -> Data:
        d = self.d
        found: Data = {"when": self.condition()}
        kind = d.number(0, 3)
        if kind in (0, 3):
            found["strip"] = [d.one(groups)["id"]]
        if kind in (1, 3):
            found["cap"] = d.number(0, 2)
        if kind == 2:
            found["void"] = True
        if d.chance(40):
            found["finding"] = {"document": "doc", "date": "found_on"}
        return self.item(f"{self.id}-V{number}") | found

    def trigger(self, number: int) -> Data:
        found: Data = {"kind": self.d.one(("hard", "soft")), "when": self.condition()}
        if applies := self.maybe(25):
            found["applies_when"] = applies
        return self.item(f"{self.id}-T{number}") | found

    def data(self) -> Data:
        """Return the pack."""
        d = self.d
        stars = not d.chance(20)
        groups = [self.group(number, stars) for number in range(d.number(1, 3))]
        results = ("score", "points", "stars", "hard", "soft", "keys_failed")
        rating: list[Data] = [
            {"level": level, "label": f"{level}级", "when": self.outcome(*results, "gates_failed")}
            for level in range(d.number(0, 3), 0, -1)
        ]
        found = {
            "pack": self.id,
            "version": "1",
            "status": "reference",
            "title": "包",
            "effective": {"from": "2023-01-01"},
            "applies_to": d.one((self.free(), "area_type = '村'")) if d.chance(15) else None,
            "needs": ["P0"] if self.needed else [],
            "sources": {"src": {"title": "文件"}},
            "settings": self.settings,
            "indicators": self.indicators,
            "derived": self.derived,
            "groups": d.draw(st.permutations(groups)),
            "stars": stars,
            "total": {"weights": {group["id"]: d.one((30, 70)) for group in groups}} if d.chance(25) else None,
            "vetoes": [self.veto(number, groups) for number in range(d.number(0, 2))],
            "triggers": [self.trigger(number) for number in range(d.number(0, 2))],
            "gates": [
                {"id": f"{self.id}-S{number}", "text": "门槛", "when": self.condition(1, *results), "basis": ["src"]}
                for number in range(d.number(0, 2))
            ],
            "rating": [*rating, {"level": 0, "label": "无"}],
            "deadlines": {"soon": {"label": "立行立改", "days": 3}},
        }
        return {key: value for key, value in found.items() if value is not None}
