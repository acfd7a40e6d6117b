"""What full marks ask beyond what is there, in words: which kind of thing, how much is lacking, which condition does not hold yet."""

from collections.abc import Iterator
from fractions import Fraction
from math import ceil, floor
from typing import Any

from evaluator.messages import Language, say
from evaluator.packs import models as m
from evaluator.packs import tree
from evaluator.packs.conditions import parse_condition, parse_formula
from evaluator.packs.scope import manual_columns
from evaluator.packs.writing import negate, phrase, sentence
from evaluator.scoring.advice.changes import Change
from evaluator.scoring.compile import compile_names
from evaluator.scoring.explain import Explainer, decimal, points, unit_of
from evaluator.scoring.formulas import Ratio
from evaluator.scoring.forward_points import deducted, part_span
from evaluator.scoring.names import Names
from evaluator.scoring.parts import deduct_step, part_step
from evaluator.scoring.period import Period
from evaluator.scoring.plan import ChoicesStep, CriterionStep, Expr, ProrateStep, Slot, Times, When
from evaluator.scoring.results import Run

__all__ = ["Needs", "names_of"]

ONE = 10_000


def names_of(run: Run) -> dict[str, Names]:
    """Return what names mean in a run's packs, by pack id; the same for all branches."""
    return compile_names(run.packs, Period(run.info.start, run.info.end, run.info.as_of))


class Needs:
    """What a branch lacks under one pack."""

    def __init__(self, run: Run, branch: str, pack: m.Pack, names: Names, lang: Language) -> None:
        self.explainer = Explainer(run, branch, pack, names, lang)
        self.pack, self.names, self.lang = pack, names, lang
        self.asked, self.scope = self.explainer.asked, self.explainer.scope
        self.items: dict[str, m.Item] = {one.id: one for one in (*pack.vetoes, *pack.triggers, *pack.gates)}
        self.criteria = {one.id: one for group in pack.groups for one in group.criteria}

    def word(self, name: str, **values: Any) -> str:
        return say(f"advise.{name}", self.lang, **values)

    def of(self, change: Change) -> tuple[str, ...]:
        """Return what a change asks, one phrase for each thing that is lacking."""
        if change.kind == "criterion":
            return tuple(dict.fromkeys(self._criterion(self.criteria[change.id])))
        item = self.items[change.id]
        assert isinstance(item, m.Veto | m.Trigger | m.Gate)
        return tuple(dict.fromkeys(self._unmet(negate(parse_condition(item.when)))))

    # --- criteria -------------------------------------------------------------

    def _criterion(self, criterion: m.Criterion) -> Iterator[str]:
        step = self.explainer.steps[criterion.id]
        assert isinstance(step, CriterionStep)
        owed = {part.source for part in step.parts}
        for place, part in enumerate(criterion.parts):
            if place in owed:
                yield from self._part(part, place, criterion)
        for place, deduct in enumerate(criterion.deduct):
            off, _ = deduct_step(self.names, deduct, place, criterion.id)
            if deducted(off, int(criterion.points * 100), self.asked).low == 0:
                continue
            if deduct.per:
                yield self._fewer(deduct.per, Fraction(deduct.every))
            elif deduct.when:
                yield from self._unmet(negate(parse_condition(deduct.when)))
        if criterion.zero_when and step.zero and self.asked.truth(step.zero) is not False:
            yield from self._unmet(negate(parse_condition(criterion.zero_when)))

    def _part(self, part: m.AnyPart, place: int, criterion: m.Criterion) -> Iterator[str]:
        step, _ = part_step(self.names, part, place, manual_columns(criterion).get(place, ("", ""))[0])
        if self.asked.truth(step.na) or part_span(step, self.asked).low == step.full:
            return
        match part:
            case m.Award():
                yield from self._unmet(parse_condition(part.when), in_part=True)
            case m.Bands():
                best = max(part.bands, key=lambda band: band.award)
                yield from self._unmet(parse_condition(best.when), in_part=True)
            case m.CountUpPart(count_up=up):
                least = ceil(up.up_to / up.each) * Fraction(up.every) if up.each else Fraction(0)
                yield self._more(up.per, least)
            case m.CountDownPart(count_down=down):
                yield self._fewer(down.per, Fraction(down.every))
            case m.ProratePart() if isinstance(step, ProrateStep):
                yield self._whole(part.prorate.of, step)
            case m.ChoicesPart(choices=choices) if isinstance(step, ChoicesStep):
                listed = choices.values or self.pack.indicators[choices.of].options
                lacking = [text for text, slot in zip(listed, step.slots, strict=True) if not self.asked.value(Slot(slot))]
                yield self.word("add", what=self._label(choices.of), listed="、".join(lacking))
            case m.ManualPart():
                span = part_span(step, self.asked)
                yield self.word("manual", now=points(span.low), full=points(step.full))

    def _label(self, name: str) -> str:
        return self.scope[name].label.text(self.lang)

    def _unit(self, name: str) -> str:
        told = self.pack.indicators.get(name) or self.pack.derived.get(name)
        return unit_of(told, self.lang) if told else ""

    # --- numbers --------------------------------------------------------------

    def _number(self, node: tree.Formula) -> Fraction | None:
        """Return the exact value of a formula, None where it is not known."""
        found = self.names.reader.value(node, self.names.reader.is_percent(node))
        if isinstance(found, Ratio):
            num, den = self.asked.value(found.num), self.asked.value(found.den)
            return found.factor * Fraction(num, den) if num is not None and den is not None and den > 0 else None
        number = self.asked.value(found.expr)
        return None if number is None else Fraction(number, found.den)

    def _shown(self, number: Fraction | None) -> str:
        return self.word("missing") if number is None else decimal(number.numerator, number.denominator)

    def _more(self, text: str, least: Fraction) -> str:
        node = parse_formula(text)
        number = self._number(node)
        unit = self._unit(node.id) if isinstance(node, tree.Name) else ""
        what = {"what": phrase(node, self.scope, self.lang), "now": self._shown(number), "unit": unit}
        if number is None:
            return self.word("reach_unknown", least=self._shown(least), **what)
        return self.word("reach", least=self._shown(least), more=self._shown(least - number), **what)

    def _fewer(self, text: str, every: Fraction) -> str:
        """Return what brings ``per`` below the first step that costs points: so many more (or fewer) where it counts one kind of thing."""
        node = parse_formula(text)
        number = self._number(node)
        counted = node.right if isinstance(node, tree.Subtract) else node
        if isinstance(counted, tree.Name) and self._counts(counted.id) and every.denominator == 1:
            have = self._number(counted)
            values = {"what": self._label(counted.id), "unit": self._unit(counted.id)}
            if have is None or number is None:
                return self.word("none_shown", what=values["what"])
            more = floor(number) - every + 1
            if counted is node:
                return self.word("fewer", now=self._shown(have), to=self._shown(have - more), **values)
            return self.word("again", more=self._shown(Fraction(more)), now=self._shown(have), to=self._shown(have + more), **values)
        return self.word("below", what=phrase(node, self.scope, self.lang), now=self._shown(number), every=self._shown(every))

    def _counts(self, name: str) -> bool:
        return name in self.pack.indicators and self.pack.indicators[name].type == "integer"

    def _whole(self, text: str, step: ProrateStep) -> str:
        num, den = self.asked.value(step.num), self.asked.value(step.den)
        what = phrase(parse_formula(text), self.scope, self.lang)
        if num is None or not den:
            return self.word("whole_unknown", what=what)
        lacking = self._pieces(step.num, den - num)
        return self.word("whole" if lacking is None else "whole_lacking", what=what, now=decimal(100 * num, den), lacking=lacking or "")

    def _pieces(self, num: Expr, short: int) -> str | None:
        """Return by how many whole things a numerator falls short, with their name; None where it is not one indicator of whole things."""
        factor, of = (num.factor, num.of) if isinstance(num, Times) else (1, num)
        of = of.of if isinstance(of, When) else of
        if not isinstance(of, Slot):
            return None
        for derived in self.explainer.run.plan.derived:
            if derived.num_slot == of.index:
                return self._pieces(Times(factor, derived.num) if factor != 1 else derived.num, short)
        for source in self.explainer.run.plan.inputs:
            if source.slot == of.index and source.type == "integer" and source.id in self.pack.indicators:
                count = -(-short // (factor * ONE))
                return self.word("pieces", what=self._label(source.id), more=count, unit=self._unit(source.id)) if count > 0 else None
        return None

    # --- conditions -----------------------------------------------------------

    def _unmet(self, node: tree.Condition, *, in_part: bool = False) -> Iterator[str]:
        """Yield the pieces of a condition that do not hold yet; of alternatives one phrase."""
        if self.asked.truth(self.names.reader.test(node, in_part=in_part)):
            return
        match node:
            case tree.And(of=of):
                for one in of:
                    yield from self._unmet(one, in_part=in_part)
            case tree.Or(of=of):
                ways = ["、".join(self._unmet(one, in_part=in_part)) for one in of]
                yield self.word("either").join(way for way in ways if way)
            case tree.Compare():
                yield sentence(node, self.scope, self.lang) + self._gap(node)
            case _:
                yield sentence(node, self.scope, self.lang)

    def _gap(self, node: tree.Compare) -> str:
        """Return what stands on the left of a comparison, and how much is lacking where that is a number of things."""
        if not isinstance(node.left, tree.Name) or isinstance(node.right, tree.Text | tree.DateValue):
            return ""
        if self.scope[node.left.id].type not in ("integer", "decimal", "percent"):
            return ""
        now, unit = self._number(node.left), self._unit(node.left.id)
        if now is None:
            return self.word("now_missing")
        found, line = self.names.reader.value(node.left, True), self._line(node)
        if isinstance(found, Ratio) and line is not None and node.op in (">", ">="):
            num, den = self.asked.value(found.num), self.asked.value(found.den)
            if num is not None and den:
                wanted = line * den / found.factor
                short = ceil(wanted - num) if node.op == ">=" else floor(wanted - num) + 1
                if lacking := self._pieces(found.num, short):
                    return self.word("now_lacking", now=self._shown(now), unit=unit, lacking=lacking)
        return self.word("now", now=self._shown(now), unit=unit)

    def _line(self, node: tree.Compare) -> Fraction | None:
        percent = self.names.reader.is_percent(node.left) or self.names.reader.is_percent(node.right)
        found = self.names.reader.value(node.right, percent)
        if isinstance(found, Ratio):
            return None
        number = self.asked.value(found.expr)
        return None if number is None else Fraction(number, found.den)
