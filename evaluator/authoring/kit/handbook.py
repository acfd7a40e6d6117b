"""The handbook of a pack: every item in plain words, in the order in which a reader needs them. Templates print it and decide nothing."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from evaluator.authoring.kit.facts import items_of
from evaluator.authoring.kit.values import number
from evaluator.authoring.workbook.suggesting import without_suggestions
from evaluator.messages import LANGUAGES, language, say
from evaluator.packs import models as m
from evaluator.packs.conditions import parse_condition, parse_formula
from evaluator.packs.reads import indicators_behind, names_of, names_of_part
from evaluator.packs.scope import all_indicators, manual_columns, scope_of
from evaluator.packs.writing import phrase, sentence
from evaluator.reports.packs import rules_of
from evaluator.reports.terminal import holder_name

__all__ = ["Entry", "Handbook", "Section", "banners_of", "make_handbook"]

Rows = tuple[tuple[str, tuple[str, ...]], ...]  # a heading, and the lines beside it


@dataclass(frozen=True)
class Entry:
    """One criterion, veto, trigger or gate. ``number`` is its place in the book, by which the index finds it."""

    number: int
    id: str
    text: str
    worth: str  # "8 points", "" for what has none
    marks: tuple[str, ...]
    rows: Rows
    basis: str


@dataclass(frozen=True)
class Section:
    title: str
    lines: tuple[str, ...]
    entries: tuple[Entry, ...]


@dataclass(frozen=True)
class Handbook:
    """A pack as a small book."""

    title: str
    version: str
    banners: tuple[str, ...]  # on every page
    front: tuple[str, ...]
    rules: tuple[str, ...]  # what holds for every item
    together: tuple[str, ...]  # what holds for the branches of one jurisdiction together
    levels: tuple[tuple[str, str], ...]
    numbers: tuple[tuple[str, str], ...]  # settings
    glance_title: str
    glance: tuple[tuple[str, str, str], ...]  # vetoes, triggers and gates: id, text, effect
    deadlines: tuple[tuple[str, str], ...]
    sections: tuple[Section, ...]
    index: tuple[tuple[str, int, str, str], ...]  # id, number, text, worth
    sources: tuple[tuple[str, str], ...]


def banners_of(packs: Iterable[m.Pack]) -> tuple[str, ...]:
    """Return what every page of packs' papers says: that they are internal, that they are no basis for assessment."""
    found = list(packs)
    told = (("internal", any(pack.internal for pack in found)), ("reference", any(pack.status == "reference" for pack in found)))
    return tuple(say(f"reports.x_banner_{name}") for name, holds in told if holds)


def make_handbook(pack: m.Pack) -> Handbook:
    """Return the handbook of a pack in the language in force."""
    return _Writer(pack).handbook()


class _Writer:
    def __init__(self, pack: m.Pack) -> None:
        self.pack = pack
        self.lang = language()
        self.scope = scope_of(pack, place="rating") | scope_of(pack, place="group")
        self.indicators = all_indicators(pack)
        self.numbers = {item.id: place for place, item in enumerate(self.ordered(), 1)}

    def word(self, name: str, /, **values: Any) -> str:
        return say(f"kit.{name}", self.lang, **values)

    def text(self, labels: m.Labels) -> str:
        return labels.text(self.lang)

    def listed(self, texts: Iterable[str]) -> str:
        return say("conditions.list", self.lang).join(texts)

    def condition(self, text: str) -> str:
        return sentence(parse_condition(text), self.scope, self.lang)

    def ordered(self) -> list[m.Item]:
        """Return the items as the book has them: what is judged first (vetoes, triggers, gates), then the criteria."""
        items = items_of(self.pack)
        return [item for item in items if not isinstance(item, m.Criterion)] + [item for item in items if isinstance(item, m.Criterion)]

    def handbook(self) -> Handbook:
        pack = self.pack
        items = self.ordered()
        return Handbook(
            title=self.text(pack.title),
            version=pack.version,
            banners=banners_of([pack]),
            front=tuple(self.front()),
            rules=tuple(self.rules()),
            together=tuple(self.together()),
            levels=tuple((self.text(line.label), self.level(line)) for line in pack.rating),
            numbers=tuple((self.text(one.label), self.setting(one)) for one in pack.settings.values()),
            glance_title=self.word("glance_title", kinds=self.listed(section.title for section in self.sections() if not section.lines)),
            glance=tuple((item.id, self.text(item.text), self.effect(item)) for item in items if not isinstance(item, m.Criterion)),
            deadlines=tuple((self.text(one.label), self.clock(one)) for one in pack.deadlines.values()),
            sections=tuple(self.sections()),
            index=tuple((item.id, self.numbers[item.id], self.text(item.text), self.worth(item)) for item in sorted(items, key=_by_id)),
            sources=tuple((id_, " ".join(filter(None, (one.title, one.note, one.url)))) for id_, one in pack.sources.items()),
        )

    # --- the first pages ------------------------------------------------------

    def front(self) -> Iterator[str]:
        pack = self.pack
        if pack.adopted:
            one = pack.adopted
            yield self.word("adopted", authority=one.authority, document=one.document, nature=one.nature)
        if pack.effective.to:
            yield self.word("effective_to", first=pack.effective.from_, last=pack.effective.to)
        else:
            yield self.word("effective", first=pack.effective.from_)
        yield self.word("period")
        if pack.applies_to:
            yield self.word("applies_to", text=self.condition(pack.applies_to))
        criteria = [item for item in items_of(pack) if isinstance(item, m.Criterion)]
        yield self.word("holds", criteria=len(criteria), others=len(self.numbers) - len(criteria))
        if pack.note:
            yield self.text(pack.note)

    def rules(self) -> Iterator[str]:
        pack = self.pack
        names = ["rule_visit", "rule_missing", "rule_exact"]
        names += ["rule_period"] if pack.groups else []
        keys = [group for group in pack.groups if any(one.key for one in group.criteria)]
        names += ["rule_key"] if any(group.earned_when for group in keys) else ["rule_key_counted"] if keys else []
        names += ["rule_surplus"] if pack.groups else []
        names += ["rule_irreversible"] if any(one.irreversible for group in pack.groups for one in group.criteria) else []
        names += ["rule_proposal", "rule_own"]
        for name in names:
            yield self.word(name)
        if pack.total:
            titles = {group.id: self.text(group.title) for group in pack.groups}
            yield self.word("rule_total", weights=self.listed(f"{titles[id_]} {weight}%" for id_, weight in pack.total.weights.items()))

    def together(self) -> Iterator[str]:
        scope = self.pack.scope
        if scope is None:
            return
        labels = {line.level: self.text(line.label) for line in self.pack.rating}

        def named(value: object) -> str:
            """Return a share or number as written, or the label of the setting that holds it."""
            setting = self.pack.settings.get(str(value))
            return self.text(setting.label) if setting else str(value)

        yield self.word(f"together_{scope.within}")
        for cap in scope.caps:
            base = self.word(f"base_{cap.of}")
            words = {"level": labels.get(cap.level, str(cap.level)), "then": labels.get(cap.then, str(cap.then))}
            yield self.word("together_cap", share=named(cap.at_most), base=base, **words)
        if scope.rise:
            yield self.word("together_rise", most=named(scope.rise.at_most))
        for hint in scope.hints:
            yield self.word("together_hint", text=self.text(hint.text))
        for streak in scope.streaks:
            yield self.word("together_streak", text=self.text(streak.text), periods=named(streak.periods))

    def level(self, line: m.RatingLine) -> str:
        return self.condition(line.when) if line.when else self.word("level_else")

    def setting(self, one: m.Setting) -> str:
        def told(value: Decimal) -> str:
            unit = one.unit if self.lang == "zh" or one.unit.isascii() else ""
            return f"{number(value)}%" if unit == "%" else f"{number(value)} {unit}".rstrip()

        values = [told(one.value)] if one.value is not None else []
        values += [self.word("from_day", value=told(value), day=day) for day, value in one.by_date.items()]
        values += [f"{name} {told(value)}" for name, value in one.values.items()]
        values += [self.word("otherwise", value=told(one.otherwise))] if one.otherwise is not None else []
        own = self.word("number_default") if one.basis == "default" else self.word("sources", sources=one.basis)
        return self.listed(values) + self.word("in_brackets", text=own)

    def clock(self, one: m.Deadline) -> str:
        if one.days is not None:
            unit = self.word(f"unit_{one.unit}")
            return self.word(f"clock_{one.from_}", days=one.days, unit=unit)
        if one.review_days is not None:
            return self.word("clock_review", days=one.review_days)
        return self.word(f"clock_{one.at}") if one.at else self.word("clock_date", day=one.date)

    def effect(self, item: m.Item) -> str:
        if isinstance(item, m.Trigger):
            return say(f"reports.x_effect_{item.kind}", self.lang)
        if not isinstance(item, m.Veto):
            return say("reports.x_effect_gate", self.lang)
        titles = {group.id: self.text(group.title) for group in self.pack.groups}
        effects = []
        if item.strip:
            effects.append(say("reports.x_effect_strip", self.lang, groups=self.listed(titles.get(id_, id_) for id_ in item.strip)))
        if item.cap is not None:
            labels = {line.level: self.text(line.label) for line in self.pack.rating}
            effects.append(say("reports.x_effect_cap", self.lang, level=labels.get(item.cap, str(item.cap))))
        if item.void:
            effects.append(say("reports.x_effect_void", self.lang))
        return self.listed(effects)

    # --- items ----------------------------------------------------------------

    def sections(self) -> Iterator[Section]:
        for name, items in (("vetoes", self.pack.vetoes), ("triggers", self.pack.triggers), ("gates", self.pack.gates)):
            if items:
                yield Section(say(f"terminal.{name}", self.lang), (), tuple(self.entry(item) for item in items))
        for group in self.pack.groups:
            yield Section(self.text(group.title), tuple(self.about(group)), tuple(self.entry(one) for one in group.criteria))

    def about(self, group: m.Group) -> Iterator[str]:
        titles = {one.id: self.text(one.title) for one in self.pack.groups}
        full = sum((one.points for one in group.criteria if not one.bonus), Decimal(0))
        yield self.word("group_holds", count=len(group.criteria), points=number(full)) + (
            self.word("group_lead", lead=group.lead) if group.lead else ""
        )
        if group.earned_when:
            yield self.word("group_earned", when=self.condition(group.earned_when), least=number(group.min_applicable))
        if group.requires:
            yield self.word("group_requires", groups=self.listed(titles.get(id_, id_) for id_ in group.requires))
        if group.accumulates:
            yield self.word("group_accumulates")
        if group.bonus:
            yield self.word("group_bonus", points=number(group.bonus.up_to))

    def worth(self, item: m.Item) -> str:
        return self.word("points", points=number(item.points)) if isinstance(item, m.Criterion) else ""

    def entry(self, item: m.Item) -> Entry:
        marks = []
        if isinstance(item, m.Criterion):
            marks = [self.word(f"mark_{name}") for name in ("key", "bonus", "irreversible") if getattr(item, name)]
        elif isinstance(item, m.Trigger):
            marks = [self.effect(item)]
        named = ((name, tuple(lines)) for name, lines in self.rows(item))
        rows = tuple((self.word(f"row_{name}"), lines) for name, lines in named if lines)
        return Entry(self.numbers[item.id], item.id, self.text(item.text), self.worth(item), tuple(marks), rows, self.basis(item))

    def rows(self, item: m.Item) -> Iterator[tuple[str, list[str]]]:
        yield "what", self.what(item)
        yield ("score" if isinstance(item, m.Criterion) else "holds"), [*rules_of(self.pack, item), *self.provisos(item)]
        if not isinstance(item, m.Criterion):
            yield "effect", [self.effect(item)]
        yield "proof", self.proofs(item)
        if isinstance(item, m.Remedied):
            deadline = self.pack.deadlines[item.deadline]
            who = self.word(f"fix_{item.fixable_by}", owner=item.owner)
            yield "fix", [self.word("fix_line", who=who, deadline=self.text(deadline.label))]
            yield "how", [self.text(item.measure)]
        if isinstance(item, m.Criterion) and item.irreversible:
            yield "never", [self.word("never", times=item.closes_on)] if item.closes_on > 1 else [self.word("never_once")]
        note = without_suggestions({lang: text for lang in LANGUAGES if item.note and (text := getattr(item.note, lang))})
        yield "note", [note.get(self.lang) or note["zh"]] if note else []

    def what(self, item: m.Item) -> list[str]:
        pieces = [*item.parts, *item.deduct] if isinstance(item, m.Criterion) else []
        texts = [self.text(piece.text) for piece in pieces if piece.text]
        read = [
            self.text(self.indicators[id_].label) for id_ in indicators_behind(self.pack, names_of(item)) if id_ in self.pack.indicators
        ]
        return [self.listed(dict.fromkeys(texts or read))] if texts or read else []

    def provisos(self, item: m.Item) -> list[str]:
        """Return what the rule's own sentences leave unsaid: how rates are worked out, what a zero below the line means, when it is due."""
        lines: dict[str, None] = {}
        if isinstance(item, m.Criterion):
            due = {one.due for one in (item, *item.parts)} - {None}
            lines |= {self.due(item if item.due else part): None for part in item.parts if part.due or item.due}
            lines |= {self.due(item): None} if due and not item.parts else {}
        for name in (
            sorted(names_of(item)) if not isinstance(item, m.Criterion) else [n for part in item.parts for n in sorted(names_of_part(part))]
        ):
            if name in self.pack.derived:
                derived = self.pack.derived[name]
                formula = phrase(parse_formula(derived.formula), self.scope, self.lang)
                lines[self.word("formula", label=self.text(derived.label), formula=formula)] = None
        if isinstance(item, m.Veto) and item.finding:
            document, day = (self.text(self.indicators[id_].label) for id_ in (item.finding.document, item.finding.date))
            lines[self.word("finding", document=document, date=day)] = None
        for part in item.parts if isinstance(item, m.Criterion) else ():
            for name in sorted(names_of_part(part)):
                lines |= dict.fromkeys(self.zero(name, part))
        return list(lines)

    def due(self, one: m.Criterion | m.AnyPart) -> str:
        what = self.text(one.text) if isinstance(one, m.Part) and one.text else self.word("this_item")
        if one.due == "period_end":
            return self.word("due_end", what=what)
        return self.word("due_month", what=what, month=one.due)

    def zero(self, name: str, part: m.AnyPart) -> Iterator[str]:
        derived = self.pack.derived.get(name)
        if derived is None:
            return
        means = part.when_zero if part.when_zero is not None else derived.when_zero
        label = self.text(derived.label)
        if means is not None:
            yield (
                self.word(f"zero_{means}", label=label)
                if isinstance(means, str)
                else self.word("zero_points", label=label, points=number(means))
            )
        if derived.min_sample:
            of = self.indicators[derived.min_sample.of].label
            yield self.word("sample", label=self.text(of), least=number(derived.min_sample.at_least))

    def proofs(self, item: m.Item) -> list[str]:
        """Return a line for each holder: what it supplies, and what proves that."""
        held: dict[str, list[str]] = {}
        reasons = {reason for _, reason in manual_columns(item).values()} if isinstance(item, m.Criterion) else set()
        for id_ in indicators_behind(self.pack, names_of(item)):
            if id_ in reasons:  # a sentence beside the points, which proves nothing
                continue
            indicator = self.indicators[id_]
            more = [self.text(one) for one in (indicator.proof, indicator.note) if one]
            more += [self.word("na_allowed")] if indicator.na and not indicator.note else []
            told = self.text(indicator.label) + (self.word("in_brackets", text=self.word("semicolon").join(more)) if more else "")
            held.setdefault(holder_name(indicator.holder), []).append(told)
        return [self.word("held_by", holder=holder, what=self.listed(told)) for holder, told in held.items()]

    def basis(self, item: m.Item) -> str:
        titles = [f"{self.pack.sources[id_].title}[{id_}]" for id_ in item.basis]
        own = [shown for shown, origin in item.numbers.items() if origin == "default"]
        told = say("conditions.list_of_conditions", self.lang).join(titles)
        return told + (self.word("own_numbers", numbers=self.listed(own)) if own else "")


def _by_id(item: m.Item) -> list[tuple[int, str]]:
    """Return by what ids sort: V2 before V10."""
    return [(int(piece), "") if piece.isdigit() else (-1, piece) for piece in re.split(r"([0-9]+)", item.id)]
