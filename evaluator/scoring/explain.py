"""Why a branch has what it has: a tree from rating to star to criterion to part to condition, with the values read and where they stand."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from types import MappingProxyType
from typing import Any, TypeVar

from evaluator.messages import Language, language, say
from evaluator.packs import models as m
from evaluator.packs import tree
from evaluator.packs.conditions import parse_condition, parse_formula
from evaluator.packs.scope import Scope, all_indicators, manual_columns, scope_of
from evaluator.packs.writing import names as names_in
from evaluator.packs.writing import phrase, sentence
from evaluator.scoring.at_the_line import remark
from evaluator.scoring.compile import compile_names
from evaluator.scoring.forward_points import Asked, deducted, part_span
from evaluator.scoring.names import Names
from evaluator.scoring.parts import deduct_step, part_step
from evaluator.scoring.period import Period
from evaluator.scoring.plan import CriterionStep, DerivedStep, Input, Plan, Result, Test, TriggerStep, VetoStep
from evaluator.scoring.reached import told_line, total_of
from evaluator.scoring.results import BranchRow, Run
from evaluator.scoring.truth import truth, value

__all__ = ["Line", "Reading", "explain_branch", "explain_item", "facts_of", "points", "show"]

Known = TypeVar("Known", bool, int)
NONE_ABOUT: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True)
class Reading:
    """One value as it was read. ``text`` is it in words, ``place`` the cell it came from, ``note`` the fact noted beside it."""

    label: str
    text: str
    known: bool
    holder: str = ""
    place: str = ""
    note: str = ""


@dataclass(frozen=True)
class Line:
    """One line of the tree: what it is about, its verdict in words, the readings behind it, and the lines below."""

    kind: str  # branch | rating | group | criterion | part | deduct | condition | veto | trigger | gate | scope
    id: str
    text: str
    verdict: str
    readings: tuple[Reading, ...] = ()
    lines: tuple["Line", ...] = ()


def points(hundredths: int) -> str:
    """Return points as people write them: 8, 7.5, 2.66."""
    whole, rest = divmod(abs(hundredths), 100)
    text = f"{whole}.{rest:02d}".rstrip("0").rstrip(".") if rest else str(whole)
    return f"-{text}" if hundredths < 0 else text


def show(found: Input, indicator: m.Indicator, slots: Mapping[int, int], lang: Language | None = None) -> str | None:
    """Return an indicator's value in words with its unit; None when it is missing."""
    if found.na_slot is not None and slots.get(found.na_slot) == 1:
        return say("scoring.not_applicable", lang)
    number = slots.get(found.slot)
    if number is None:
        return None
    match found.type:
        case "boolean":
            return say("scoring.yes" if number else "scoring.no", lang)
        case "date":
            return str(date(1970, 1, 1) + timedelta(days=number))
        case "choice":
            return found.options[number - 1] if 0 < number <= len(found.options) else say("scoring.other", lang)
        case "choices":
            chosen = [option for bit, option in enumerate(found.options) if number >> bit & 1]
            return "、".join(chosen) or say("scoring.none", lang)
        case "text":
            return say("scoring.filled" if number else "scoring.blank", lang)
    den = found.scale if found.count_slot is None else found.scale * slots[found.count_slot]
    return decimal(number, den) + unit_of(indicator, lang)


def about(text: str | None, written: str | None, lang: Language | None = None) -> str | None:
    """Return a value's text with what stood in the cell, where that was approximate: ≈1000(原文:1000余)."""
    return say("scoring.about", lang, value=text, written=written) if text is not None and written else text


def unit_of(value: m.Indicator | m.Derived, lang: Language | None) -> str:
    """Return the unit behind a number; Chinese measure words have no English form."""
    if value.type == "percent":
        return "%"
    return value.unit if (lang or language()) == "zh" or value.unit.isascii() else ""


def decimal(num: int, den: int) -> str:
    """Return ``num / den`` with at most two decimals, cut, so that no display shows a line that was not reached."""
    cut = abs(num) * 100 // den
    return ("-" if num < 0 and cut else "") + points(cut)


def show_derived(step: DerivedStep, derived: m.Derived, slots: Mapping[int, int], lang: Language) -> str | None:
    num = slots.get(step.num_slot)
    if num is None:
        return None
    if step.den_slot is None:
        return decimal(num, step.scale) + unit_of(derived, lang)
    den = slots.get(step.den_slot)
    if not den:
        return None
    return decimal(num * 100 if derived.type == "percent" else num, den) + unit_of(derived, lang)


def facts_of(
    plan: Plan,
    indicators: Mapping[str, m.Indicator],
    inputs: Sequence[int],
    slots: Mapping[int, int],
    lang: Language = "zh",
    written: Mapping[str, str] = NONE_ABOUT,
) -> list[str]:
    """Return what is known of the inputs that an item reads: ``label value unit``; ``indicators`` are those of its pack, ``written``
    the texts of values that are approximate."""
    facts = []
    for number in inputs:
        found = plan.inputs[number]
        if found.id in indicators and (text := about(show(found, indicators[found.id], slots, lang), written.get(found.id), lang)):
            facts.append(f"{indicators[found.id].label.text(lang)} {text}")
    return facts


def needed_results(run: Run, branch: str) -> tuple[dict[Result, int], dict[Result, int]]:
    """Return what packs may read of one another for a branch, as it stands and at its highest."""
    standing: dict[Result, int] = {}
    highest: dict[Result, int] = {}
    triggers = {step.id: step for step in run.plan.triggers}
    unknown = [triggers[row.id] for row in run.findings if (row.branch_id, row.kind, row.state) == (branch, "trigger", "open")]
    numbers = {step.id: step.number for step in run.plan.packs}
    for row in run.branches:
        if row.branch_id != branch or row.hard is None or row.soft is None or row.level is None or row.level_possible is None:
            continue
        number = numbers[row.pack]
        hard, soft, level = Result("hard", number), Result("soft", number), Result("level", number)
        standing |= {hard: row.hard, soft: row.soft, level: row.level}
        maybe = Counter(step.hard for step in unknown if step.pack == number)
        highest |= {hard: row.hard + maybe[True], soft: row.soft + maybe[False], level: row.level_possible}
    return standing, highest


def agreed(standing: Known | None, highest: Known | None) -> Known | None:
    """Return what both readings say, None where they differ."""
    return standing if standing == highest else None


class Explainer:
    """Explains one branch of a run under one pack; its conditions are compiled again from the pack that the run keeps."""

    def __init__(self, run: Run, branch: str, pack: m.Pack, names: Names, lang: Language) -> None:
        self.run = run
        self.pack = pack
        self.names = names
        self.lang = lang
        self.slots = run.values[branch]
        self.derived = {step.id: step for step in run.plan.derived}
        self.indicators = all_indicators(pack)
        self.records = {r.indicator: r for r in run.records if r.branch == branch}
        self.written = run.about.get(branch, NONE_ABOUT)
        self.scope: Scope = scope_of(pack, place="rating")
        self.needed = needed_results(run, branch)
        self.asked = Asked(
            lambda test: agreed(*(truth(test, self.slots, results) for results in self.needed)),
            lambda expr: agreed(*(value(expr, self.slots, results) for results in self.needed)),
        )
        self.criteria = {row.criterion: row for row in run.criteria if row.branch_id == branch and row.pack == pack.pack}
        self.groups = {row.group: row for row in run.groups if row.branch_id == branch and row.pack == pack.pack}
        self.findings = {row.id: row for row in run.findings if row.branch_id == branch and row.pack == pack.pack}
        self.steps = {id_: step for (owner, id_), step in run.plan.items().items() if owner == pack.pack}

    def word(self, name: str, **values: Any) -> str:
        return say(f"scoring.{name}", self.lang, **values)

    def readings(self, item: str) -> tuple[Reading, ...]:
        """Return what an item reads: its inputs, then the derived values made of them."""
        found = []
        for number in self.steps[item].inputs:
            source = self.run.plan.inputs[number]
            indicator = self.indicators.get(source.id)
            label = indicator.label.text(self.lang) if indicator else self.scope[source.id].label.text(self.lang)
            text = (
                about(show(source, indicator, self.slots, self.lang), self.written.get(source.id), self.lang)
                if indicator
                else self.slots.get(source.slot) and source.options[self.slots[source.slot] - 1]
            )
            record = self.records.get(source.id)
            place, note = (str(record.place), record.note) if record and text is not None else ("", "")
            found.append(Reading(label, text or self.word("missing"), text is not None, indicator.holder if indicator else "", place, note))
        return tuple(found)

    # --- conditions -----------------------------------------------------------

    def condition(self, text: str | tree.Condition, *, in_part: bool = False) -> Line:
        """Return a condition and, below it, the pieces of which it is made, each with its truth and the derived values it reads."""
        node = parse_condition(text) if isinstance(text, str) else text
        verdict = self.held(self.asked.truth(self.names.reader.test(node, in_part=in_part)))
        below = tuple(self.condition(one, in_part=in_part) for one in node.of) if isinstance(node, tree.And | tree.Or) else ()
        read = tuple(reading for name in sorted(names_in(node)) if (reading := self.derived_reading(name)))
        return Line("condition", "", sentence(node, self.scope, self.lang) + self.at_the_line(node), verdict, () if below else read, below)

    def at_the_line(self, node: tree.Condition) -> str:
        """Return a remark where an approximate value is compared with exactly its own figure."""
        found = remark(node, self.names, self.asked.truth, self.written, self.shown, self.lang)
        return found.text if found else ""

    def shown(self, id_: str) -> str:
        source = self.names.slots.inputs[id_]
        return show(source, self.indicators[id_], self.slots, self.lang) or ""

    def doubtful(self, read: Iterable[str]) -> bool:
        """Return whether anything behind these names is approximate."""
        return bool(self.written) and any(id_ in self.written for id_ in self.names.indicators_of(read))

    def nearly(self, text: str | None, read: Iterable[str]) -> str | None:
        """Return the text of a computed value, marked where it rests on an approximate one."""
        return f"≈{text}" if text is not None and self.doubtful(read) else text

    def held(self, truth: bool | None) -> str:
        return self.word({True: "true", False: "false", None: "unknown"}[truth])

    def derived_reading(self, name: str) -> Reading | None:
        if name not in self.pack.derived:
            return None
        derived = self.pack.derived[name]
        text = self.nearly(show_derived(self.derived[name], derived, self.slots, self.lang), [name])
        return Reading(derived.label.text(self.lang), text or self.word("missing"), text is not None)

    # --- parts ----------------------------------------------------------------

    def part(self, part: m.AnyPart, place: int, criterion: m.Criterion) -> Line:
        manual = manual_columns(criterion).get(place, ("", ""))[0]
        step, _ = part_step(self.names, part, place, manual)
        if self.asked.truth(step.na):
            verdict = self.word("part_na", full=points(step.full))
        else:
            span = part_span(step, self.asked)
            verdict = (
                self.word("span", low=points(span.low), high=points(span.high), full=points(step.full))
                if span.low != span.high
                else self.word("worth", earned=points(span.low), full=points(step.full))
            )
        lines: tuple[Line, ...] = ()
        read: tuple[Reading, ...] = ()
        match part:
            case m.Award():
                lines = (self.condition(part.when, in_part=True),)
            case m.Bands():
                lines = tuple(self.band(band) for band in part.bands)
            case m.CountUpPart() | m.CountDownPart():
                counted = part.count_up if isinstance(part, m.CountUpPart) else part.count_down
                read = (self.formula(counted.per),)
            case m.ProratePart():
                read = tuple(one for one in (self.derived_reading(part.prorate.of),) if one)
            case _:
                pass
        return Line("part", "", part.text.text(self.lang) if part.text else "", verdict, read, lines)

    def band(self, band: m.Band) -> Line:
        line = self.condition(band.when, in_part=True)
        return Line(
            line.kind, "", self.word("band", award=points(int(band.award * 100)), text=line.text), line.verdict, line.readings, line.lines
        )

    def formula(self, text: str) -> Reading:
        node = parse_formula(text)
        linear = self.names.reader.linear(node, self.names.reader.is_percent(node))
        number = self.asked.value(linear.expr)
        worth = None if number is None else self.nearly(decimal(number, linear.den), names_in(node))
        return Reading(phrase(node, self.scope, self.lang), worth or self.word("missing"), worth is not None)

    def deduct(self, deduct: m.Deduct, place: int, criterion: m.Criterion) -> Line:
        step, _ = deduct_step(self.names, deduct, place, criterion.id)
        span = deducted(step, int(criterion.points * 100), self.asked)
        verdict = (
            self.word("off", low=points(-span.low))
            if span.low == span.high
            else self.word("off_span", low=points(-span.low), high=points(-span.high))
        )
        lines = (self.condition(deduct.when),) if deduct.when else ()
        read = (self.formula(deduct.per),) if deduct.per else ()
        return Line("deduct", "", deduct.text.text(self.lang) if deduct.text else "", verdict, read, lines)

    # --- criteria and above ---------------------------------------------------

    def criterion(self, criterion: m.Criterion) -> Line:
        row = self.criteria[criterion.id]
        step = self.steps[criterion.id]
        assert isinstance(step, CriterionStep)
        owed = {part.source for part in step.parts}
        lines = [self.part(part, place, criterion) for place, part in enumerate(criterion.parts) if place in owed]
        if row.status not in ("not_due", "not_applicable"):
            lines += [self.deduct(deduct, place, criterion) for place, deduct in enumerate(criterion.deduct)]
            lines += [self.told("zero_when", criterion.zero_when, step.zero)] if criterion.zero_when and step.zero else []
        if criterion.applies_when and step.applies:
            lines.append(self.told("applies_when", criterion.applies_when, step.applies))
        verdict = self.word(
            f"status_{row.status}", earned=points(row.earned), possible=points(row.earned_possible), points=points(row.points)
        )
        return Line("criterion", criterion.id, criterion.text.text(self.lang), verdict, self.readings(criterion.id), tuple(lines))

    def told(self, word: str, condition: str, test: Test) -> Line:
        """Return a condition under a heading, as it counts: false where it reads what is not applicable."""
        line = self.condition(condition)
        return replace(line, text=self.word(word, text=line.text), verdict=self.held(self.asked.truth(test)))

    def group(self, group: m.Group) -> Line:
        row = self.groups[group.id]
        values = {"earned": points(row.earned), "possible": points(row.earned_possible), "applicable": points(row.applicable)}
        values["score"] = "—" if row.score is None else points(row.score) + "%"
        verdict = self.word(f"why_{row.why}", **values)
        lines = tuple(self.criterion(criterion) for criterion in group.criteria if criterion.id in self.criteria)
        return Line("group", group.id, group.title.text(self.lang), verdict, (), lines)

    def finding(self, item: m.Veto | m.Trigger | m.Gate, kind: str) -> Line:
        row = self.findings.get(item.id)
        verdict = self.word(f"finding_{row.state if row else 'false'}")
        step = self.steps[item.id]
        if isinstance(step, VetoStep | TriggerStep):
            held = self.asked.truth(step.when)
        else:  # a gate reads the score itself, and only its row knows both readings of that
            held = {"true": True, "open": None}[row.state] if row else False
        line = replace(self.condition(item.when), verdict=self.held(held))
        return Line(kind, item.id, item.text.text(self.lang), verdict, self.readings(item.id), (line,))

    def rating(self, row: BranchRow) -> Line:
        """Return the total and the line of the rating that gave the level."""
        whole = None if self.pack.total else total_of(row, self.groups.values())
        share = "" if row.score is None else f"{points(row.score)}%"
        shown = f"{points(whole[0])}/{points(whole[1])} ({share})" if whole else share
        total = self.word("total", total=shown) if shown else ""
        return Line("rating", "", total, told_line(row, self.pack, self.run.info.reference, self.lang))

    def branch(self) -> tuple[Line, ...]:
        pack = self.pack
        lines = [self.group(group) for group in pack.groups]
        for kind, items in (("veto", pack.vetoes), ("trigger", pack.triggers), ("gate", pack.gates)):
            lines += [self.finding(item, kind) for item in items if item.id in self.findings]
        return tuple(lines)


def explainers(run: Run, branch: str, lang: Language) -> dict[str, Explainer]:
    period = Period(run.info.start, run.info.end, run.info.as_of)
    names = compile_names(run.packs, period)
    return {pack.pack: Explainer(run, branch, pack, names[pack.pack], lang) for pack in run.packs}


def explain_branch(run: Run, branch: str, lang: Language = "zh") -> tuple[Line, ...]:
    """Return one tree per pack that applies to the branch: rating, groups, criteria, parts, conditions."""
    made = explainers(run, branch, lang)
    trees = []
    for row in run.branches:
        if row.branch_id == branch:
            one = made[row.pack]
            verdict = f"{row.rating}" + (one.word("provisional") if row.provisional else "")
            lines = (one.rating(row), *one.branch()) if row.visited else ()
            trees.append(Line("branch", branch, f"{row.name} · {one.pack.title.text(lang)}", verdict, (), lines))
    return tuple(trees)


def explain_item(run: Run, branch: str, item: str, lang: Language = "zh") -> Line | None:
    """Return the tree of one criterion, veto, trigger or gate; None when no pack that applies to the branch holds it."""
    applies = {row.pack for row in run.branches if row.branch_id == branch and row.visited}
    for id_, one in explainers(run, branch, lang).items():
        if id_ not in applies:
            continue
        for group in one.pack.groups:
            for criterion in group.criteria:
                if criterion.id == item:
                    return one.criterion(criterion)
        for kind, found in (("veto", one.pack.vetoes), ("trigger", one.pack.triggers), ("gate", one.pack.gates)):
            for finding in found:
                if finding.id == item:
                    return one.finding(finding, kind)
    return None
