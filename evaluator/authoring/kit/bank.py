"""The bank of questions: every fact of a pack that can be asked for, with values that are provably wrong, and every property."""

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal
from typing import Any

from evaluator.authoring.kit.facts import Facts, items_of, kind_of, ref
from evaluator.authoring.kit.questions import Clause, Fact, Option, Property
from evaluator.authoring.kit.rules import GAP, Ask, names_alone
from evaluator.authoring.kit.values import Claim, Value, deadline_sense, number
from evaluator.messages import language, say
from evaluator.packs import models as m
from evaluator.packs.reads import indicators_behind, names_of
from evaluator.packs.scope import all_indicators
from evaluator.reports.terminal import holder_name

__all__ = ["facts_and_properties"]

FIXABLE = ("branch", "township", "department")
MISSING = ("branch", "others", "zero", "full", "blank")
REPAIRS = ("resume", "makeup", "backdate", "others", "borrow")


def facts_and_properties(facts: Facts) -> tuple[list[Fact], list[Property]]:
    """Return what can be asked about the packs, in a fixed order; nothing twice, nothing that a question would give away itself."""
    told: list[Fact] = []
    properties: list[Property] = []
    for pack in facts.packs:
        bank = _Bank(facts, pack)
        told += bank.facts()
        properties += bank.properties()
    answers: dict[str, set[str]] = defaultdict(set)
    for fact in told:
        answers[fact.told(GAP)].add(fact.value.text)
    kept: dict[str, Fact] = {}
    for fact in told:
        stem = fact.told(GAP)
        # What is asked for in the same words has one answer or is not asked for; then, and of a field of two packs, it is asked for once.
        if len(answers[stem]) == 1 and not _given_away(stem, fact.value.text):
            kept.setdefault(stem, fact)
    return list(kept.values()), properties


def _given_away(stem: str, answer: str) -> bool:
    """Return whether a question holds its own answer: a title that names the number, the text itself."""
    digits = re.match(r"[0-9.]+", answer)
    if digits and re.search(rf"(?<![0-9.]){re.escape(digits[0])}(?![0-9.])(?! ?(?:分|points))", stem):
        return True
    return not digits and answer in stem


class _Bank:
    """One pack's facts and properties."""

    def __init__(self, facts: Facts, pack: m.Pack) -> None:
        self.truth = facts
        self.pack = pack
        self.lang = language()
        self.title = pack.title.text(self.lang)
        self.items = items_of(pack)
        self.criteria = [item for item in self.items if isinstance(item, m.Criterion)]
        self.remedied = [item for item in self.items if isinstance(item, m.Remedied)]
        self.indicators = {id_: one for id_, one in all_indicators(pack).items() if id_ in pack.indicators and not one.attribute}
        self.needed: set[str] | None = None
        self.readers: dict[str, m.Item] = {}  # the first item that reads each field
        for item in self.items:
            for id_ in indicators_behind(pack, names_of(item)):
                self.readers.setdefault(id_, item)

    # --- words ----------------------------------------------------------------

    def group(self, item: m.Item | None) -> str:
        """Return the group by which questions are spread; what belongs to none is one more."""
        found = self.truth.group_of.get(ref(self.pack, item)) if item else None
        return f"{self.pack.pack}/{found.id if found else 'items'}"

    def quoted(self, item: m.Item) -> str:
        return say("kit.quoted", text=item.text.text(self.lang))

    def named(self, item: m.Item) -> str:
        return say("kit.item", text=item.text.text(self.lang), id=item.id)

    def source(self, items: Iterable[m.Item | None], asked: str = "") -> str:
        """Return on what items rest, and that a number is our own where that is so."""
        found = [item for item in items if item]
        titles = dict.fromkeys(self.pack.sources[id_].title for item in found for id_ in item.basis)
        told = say("kit.sources", sources=say("conditions.list_of_conditions").join(titles))
        own = asked and any(item.numbers.get(asked) == "default" for item in found)
        return f"{told}({say('kit.number_default')})" if own else told

    def fact(
        self,
        relation: str,
        subject: str,
        item: m.Item | None,
        value: Value,
        candidates: Iterable[Value],
        told: Callable[[str], str] | None = None,
        /,
        *,
        numeric: bool = False,
        asked: str = "",
        rests: str = "",
        **words: Any,
    ) -> Iterable[Fact]:
        """Yield the fact with those candidates that are provably wrong; nothing where the value itself can be argued."""

        def message(text: str) -> str:
            return say(f"kit.ask_{relation}", gap=text, **words)

        if self.truth.is_true(Claim(relation, subject, value.meaning)) is not True:
            return
        tell = told or message
        wrong = [
            one
            for one in dict.fromkeys(candidates)
            if one.text != value.text and self.truth.is_true(Claim(relation, subject, one.meaning)) is False
        ]
        wrong = list({one.text: one for one in wrong}.values())
        clause = Clause(
            item.id if item else "",
            item.text.text(self.lang) if item else self.title,
            tell(value.text),
            rests or self.source([item], asked),
        )
        yield Fact(relation, subject, self.title, self.group(item), value, tuple(wrong), tell, clause, numeric)

    # --- facts ----------------------------------------------------------------

    def facts(self) -> list[Fact]:
        made: list[Fact] = []
        for item in self.items:
            made += self.of_item(item)
            if isinstance(item, m.Criterion):
                made += self.of_criterion(item)
            if isinstance(item, m.Veto):
                made += self.of_veto(item)
            made += self.of_numbers(item)
        for id_, indicator in self.indicators.items():
            made += self.of_indicator(indicator, self.readers.get(id_))
        made += self.of_pack()
        return made

    def of_item(self, item: m.Item) -> Iterable[Fact]:
        if not isinstance(item, m.Remedied):
            return
        named = self.named(item)
        yield from self.fact("owner", ref(self.pack, item), item, Value(item.owner, item.owner), self.owners(), item=named)
        fixable = [self.fixable(kind) for kind in FIXABLE]
        yield from self.fact("fixable", ref(self.pack, item), item, self.fixable(item.fixable_by), fixable, item=named)
        yield from self.fact("deadline", ref(self.pack, item), item, self.deadline(item.deadline), self.deadlines(), item=named)

    def owners(self) -> list[Value]:
        return [Value(owner, owner) for owner in sorted({item.owner for item in self.remedied})]

    def fixable(self, kind: str) -> Value:
        return Value(kind, say(f"kit.value_fixable_{kind}"))

    def deadline(self, id_: str) -> Value:
        one = self.pack.deadlines[id_]
        return Value((one.label.zh, deadline_sense(one)), one.label.text(self.lang))

    def deadlines(self) -> list[Value]:
        return [self.deadline(id_) for id_ in self.pack.deadlines]

    def of_criterion(self, item: m.Criterion) -> Iterable[Fact]:
        named, quoted = self.named(item), self.quoted(item)
        near = _near(item.points, [one.points for one in self.criteria], step=_step(item.points))
        yield from self.fact("points", ref(self.pack, item), item, _points(item.points), map(_points, near), item=named, numeric=True,
                             asked=number(item.points))  # fmt: skip
        if len(self.pack.groups) > 1:
            titles = [Value(group.title.zh, group.title.text(self.lang)) for group in self.pack.groups]
            own = self.truth.group_of[ref(self.pack, item)].title
            yield from self.fact("group", ref(self.pack, item), item, Value(own.zh, own.text(self.lang)), titles, quoted=quoted)
        if any(one.key for one in self.criteria):
            yes, no = (Value(flag, say(f"kit.value_key_{word}")) for flag, word in ((True, "yes"), (False, "no")))
            yield from self.fact("key", ref(self.pack, item), item, yes if item.key else no, (yes, no), item=named)
        if item.irreversible:
            repairs = [Value(repair, say(f"kit.value_repair_{repair}")) for repair in REPAIRS]
            yield from self.fact("repair", ref(self.pack, item), item, repairs[0], repairs, item=named)

    def of_veto(self, item: m.Veto) -> Iterable[Fact]:
        quoted = self.quoted(item)
        effects = {name: Value(name, say(f"kit.value_effect_{name}")) for name in ("void", "cap", "strip", "remind", "points")}
        own = "void" if item.void else "cap" if item.cap is not None and not item.strip else "strip" if item.cap is None else ""
        if own:
            yield from self.fact("effect", ref(self.pack, item), item, effects[own], effects.values(), quoted=quoted)
        levels = {line.level: Value(line.level, line.label.text(self.lang)) for line in self.pack.rating}
        if item.cap in levels:
            yield from self.fact("highest", ref(self.pack, item), item, levels[item.cap], levels.values(), quoted=quoted)

    def of_numbers(self, item: m.Item) -> Iterable[Fact]:
        named = self.named(item)
        relations = ("worth", "threshold") if isinstance(item, m.Criterion) else ("line",)
        for relation in relations:
            for place, ask in self.truth.asks(relation, ref(self.pack, item)).items():
                yield from self.number(relation, f"{ref(self.pack, item)}#{place}", item, ask, named)

    def number(self, relation: str, subject: str, item: m.Item, ask: Ask, named: str) -> Iterable[Fact]:
        def tell(text: str) -> str:
            return say(f"kit.ask_{relation}", item=named, text=ask.text.replace(GAP, text))

        def value(found: Decimal) -> Value:
            return _points(found) if relation == "worth" else _with_unit(found, ask.unit)

        lowest = Decimal(0) if relation == "worth" else ask.lowest
        highest = item.points if relation == "worth" and isinstance(item, m.Criterion) else ask.highest
        near = [one for one in _near(ask.value, ask.near, step=_step(ask.value)) if one >= lowest and (highest is None or one <= highest)]
        asked = number(ask.value) + ("%" if ask.unit == "%" else "")
        yield from self.fact(relation, subject, item, value(ask.value), map(value, near), tell, numeric=True, asked=asked)

    def of_indicator(self, indicator: m.Indicator, reader: m.Item | None) -> Iterable[Fact]:
        if reader is None:
            return
        subject = indicator.label.zh
        quoted = say("kit.quoted", text=indicator.label.text(self.lang))
        holders = [Value(one, holder_name(one)) for one in sorted({one.holder for one in self.indicators.values()})]
        own = Value(indicator.holder, holder_name(indicator.holder))
        yield from self.fact("holder", subject, reader, own, holders, quoted=quoted)
        if indicator.proof:
            proofs = {one.proof.zh: one.proof for one in self.indicators.values() if one.proof}
            values = [Value(zh, proofs[zh].text(self.lang)) for zh in sorted(proofs)]
            own = Value(indicator.proof.zh, indicator.proof.text(self.lang))
            yield from self.fact("proof", subject, reader, own, values, quoted=quoted)
        if indicator.blank is None and subject not in self.always_read():
            return
        meanings = {name: Value(name, say(f"kit.value_missing_{name}")) for name in MISSING}
        name = "blank" if indicator.blank is not None else "branch" if indicator.holder == "branch" else "others"
        yield from self.fact("missing", subject, reader, meanings[name], meanings.values(), quoted=quoted)

    def always_read(self) -> set[str]:
        """Return the labels of fields that some criterion cannot do without, whatever the other fields say."""
        if self.needed is None:
            read = {name for item in self.criteria if item.applies_when is None for name in names_alone(item)}
            self.needed = {self.indicators[id_].label.zh for id_ in indicators_behind(self.pack, read) if id_ in self.indicators}
        return self.needed

    def of_pack(self) -> Iterable[Fact]:
        if self.pack.stars:
            levels = {line.level: Value(line.level, line.label.text(self.lang)) for line in self.pack.rating}
            for stars in range(len(self.pack.groups) + 1):
                for level, value in levels.items():
                    subject = f"{self.pack.pack}/{stars}"
                    if self.truth.is_true(Claim("level", subject, level)):
                        yield from self.fact("level", subject, None, value, levels.values(), rests=say("kit.source_levels"), stars=stars)
        for id_, setting in self.pack.settings.items():
            numbers = {one for one in (setting.value, *setting.by_date.values()) if one is not None}
            for number_ in numbers if len(numbers) == 1 else ():
                unit = setting.unit if self.lang == "zh" or setting.unit.isascii() else ""
                near = [_with_unit(one, unit) for one in _near(number_, (), step=_step(number_))]
                subject, label = f"{self.pack.pack}/{id_}", setting.label.text(self.lang)
                cited = self.pack.sources.get(setting.basis)
                rests = say("kit.sources", sources=cited.title) if cited else say("kit.all_default")
                yield from self.fact("setting", subject, None, _with_unit(number_, unit), near, numeric=True, rests=rests, label=label)

    # --- properties -----------------------------------------------------------

    def properties(self) -> list[Property]:
        made: list[Property | None] = []
        for group in self.pack.groups if len(self.pack.groups) > 1 else ():
            what = say("kit.prop_group", value=group.title.text(self.lang))
            made.append(self.of_items("group", what, self.criteria, group.title.zh, ids=False))
        judged = [item for item in self.items if not isinstance(item, m.Gate)]
        for kind in ("veto", "hard", "soft"):
            if any(kind_of(item) == kind for item in judged):
                made.append(self.of_items("kind", say(f"kit.prop_kind_{kind}"), judged, kind, ids=False))
        made.append(self.of_items("key", say("kit.prop_key"), self.criteria, True))
        made.append(self.of_items("irreversible", say("kit.prop_irreversible"), self.criteria, True))
        for kind in FIXABLE:
            made.append(self.of_items("fixable", say("kit.prop_fixable", value=self.fixable(kind).text), self.remedied, kind))
        for value in self.deadlines():
            made.append(self.of_items("deadline", say("kit.prop_deadline", value=value.text), self.remedied, value.meaning))
        for points in sorted({item.points for item in self.criteria}):
            made.append(self.of_items("points", say("kit.prop_points", value=_points(points).text), self.criteria, points))
        for line in self.pack.rating:
            what = say("kit.prop_highest", value=line.label.text(self.lang))
            made.append(self.of_items("highest", what, self.pack.vetoes, line.level))
        for holder in sorted({one.holder for one in self.indicators.values()}):
            made.append(self.of_indicators(holder))
        return [one for one in made if one]

    def of_items(self, relation: str, what: str, items: Sequence[m.Item], value: Any, *, ids: bool = True) -> Property | None:
        options = []
        for item in items:
            text = item.text.text(self.lang)
            options.append((Option(f"{item.id} {text}" if ids else text, Claim(relation, ref(self.pack, item), value)), item))
        return self.parted(relation, what, options, lambda item: f"{item.id} {item.text.text(self.lang)}")

    def of_indicators(self, holder: str) -> Property | None:
        options = []
        for id_, indicator in self.indicators.items():
            if id_ in self.readers:
                label = indicator.label
                options.append((Option(label.text(self.lang), Claim("holder", label.zh, holder)), self.readers[id_]))
        what = say("kit.prop_holder", value=holder_name(holder))
        names = {option: f"{option.text}({item.id})" for option, item in options}
        return self.parted("holder", what, options, lambda item: "", names)

    def parted(
        self,
        relation: str,
        what: str,
        options: Sequence[tuple[Option, m.Item]],
        name: Callable[[m.Item], str],
        names: dict[Option, str] | None = None,
    ) -> Property | None:
        """Return the property with its things parted by the data; what can be argued, or reads like another, is left out."""
        texts = Counter(option.text for option, _ in options)
        sure = [(option, item, self.truth.is_true(option.claim)) for option, item in options if texts[option.text] == 1]
        right = [(option, self.group(item), (names or {}).get(option) or name(item)) for option, item, verdict in sure if verdict]
        wrong = [option for option, _, verdict in sure if verdict is False]
        item_of = dict(options)

        def source(chosen: Sequence[Option]) -> str:
            return self.source(item_of[option] for option in chosen)

        return Property(relation, self.title, what, tuple(right), tuple(wrong), source) if right and wrong else None


def _points(value: Decimal) -> Value:
    return Value(value, say("kit.points", points=number(value)))


def _with_unit(value: Decimal, unit: str) -> Value:
    return Value(value, f"{number(value)}%" if unit == "%" else f"{number(value)} {unit}".rstrip())


def _step(value: Decimal) -> Decimal:
    """Return by how much a wrong number differs, so that the difference is worth knowing."""
    size = abs(value)
    return Decimal(1 if size <= 10 else 2 if size <= 20 else 5 if size <= 100 else 10 if size <= 300 else 50)


def _near(value: Decimal, known: Iterable[Decimal], *, step: Decimal) -> list[Decimal]:
    """Return other positive numbers: those that the pack itself uses, then some at even steps, the nearest first."""
    steps = [value + times * step for times in (-3, -2, -1, 1, 2, 3)]
    found = {one for one in (*known, *steps) if one > 0 and one != value}
    return sorted(found, key=lambda one: (abs(one - value), one))
