"""Packs in the terminal: the list of them, one whole, one item with everything that it says."""

from collections.abc import Sequence

from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from evaluator.diagnostics import Diagnostic, Failure, Place
from evaluator.messages import language, say
from evaluator.packs import models as m
from evaluator.packs.conditions import parse_condition, parse_formula
from evaluator.packs.load import find_packs, load_pack
from evaluator.packs.parts import CountDown
from evaluator.packs.reads import indicators_behind, names_of
from evaluator.packs.scope import Scope, all_indicators, scope_of
from evaluator.packs.shortfall import shortfall
from evaluator.packs.writing import phrase, sentence
from evaluator.reports.console import console, nearest
from evaluator.reports.terminal import holder_name
from evaluator.scoring.explain import points

__all__ = ["print_item", "print_pack", "print_packs", "rules_of"]


def print_packs() -> None:
    """Print the installed packs: id, version, status, what they hold."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in ("pack", "version", "status", "items", "title"):
        table.add_column(say(f"terminal.{name}"), no_wrap=name in ("version", "status", "items"))
    for id_ in sorted(find_packs()):
        pack = load_pack(id_).pack
        items = sum(len(group.criteria) for group in pack.groups) + len(pack.triggers)
        table.add_row(id_, pack.version, say(f"terminal.status_{pack.status}"), str(items), pack.title.text(language()))
    console().print(table)


def print_pack(name: str) -> None:
    """Print one pack: groups with their criteria, vetoes, triggers, gates, levels and time limits."""
    pack = load_pack(name).pack
    lang = language()
    out = console()
    out.print(Text(f"{pack.pack} {pack.version}  {pack.title.text(lang)}", style="bold"))
    if pack.status == "reference":
        out.print(say("terminal.reference"))
    for group in pack.groups:
        total = sum(int(criterion.points * 100) for criterion in group.criteria)
        out.print()
        out.print(Text(f"{group.id} {group.title.text(lang)}  {points(total)}  {group.lead}", style="bold"))
        table = Table(box=None, pad_edge=False, show_header=False)
        table.add_column(no_wrap=True)
        table.add_column(ratio=1)
        table.add_column(justify="right", no_wrap=True)
        table.add_column(no_wrap=True)
        for criterion in group.criteria:
            mark = "*" if criterion.key else ""
            deadline = pack.deadlines[criterion.deadline].label.text(lang)
            table.add_row(criterion.id + mark, criterion.text.text(lang), points(int(criterion.points * 100)), deadline)
        out.print(table)
    items: list[tuple[str, Sequence[m.Veto | m.Trigger | m.Gate]]] = [
        ("vetoes", pack.vetoes),
        ("triggers", pack.triggers),
        ("gates", pack.gates),
    ]
    for kind, found in items:
        if found:
            out.print()
            out.print(Text(say(f"terminal.{kind}"), style="bold"))
            for item in found:
                out.print(f"{item.id}  {item.text.text(lang)}", markup=False)
    out.print()
    out.print(say("terminal.levels", levels=" · ".join(line.label.text(lang) for line in pack.rating)), markup=False)


def print_item(name: str, id_: str) -> None:
    """Print one criterion, veto, trigger or gate: how it is judged, on what it rests, where each number comes from, what to do.

    Raises:
        Failure: no such pack or item.
    """
    pack = load_pack(name).pack
    criteria = [criterion for group in pack.groups for criterion in group.criteria]
    items: dict[str, m.Item] = {item.id: item for item in (*criteria, *pack.vetoes, *pack.triggers, *pack.gates)}
    if id_ not in items:
        raise Failure([Diagnostic("terminal.E601", Place(name), {"item": id_, "near": nearest(id_, items)})])
    item = items[id_]
    lang = language()
    out = console()
    worth = f"  {points(int(item.points * 100))}" if isinstance(item, m.Criterion) else ""
    out.print(Text(f"{item.id}  {item.text.text(lang)}{worth}", style="bold"))
    for line in (*rules_of(pack, item), *_rest(pack, item)):
        out.print(Padding(Text(line), (0, 0, 0, 2)))


def rules_of(pack: m.Pack, item: m.Item) -> list[str]:
    """Return how an item is judged in words, a line for each part or condition."""
    lang = language()
    scope = scope_of(pack, place="rating")
    lines: list[str] = []

    def condition(text: str) -> str:
        return sentence(parse_condition(text), scope, lang)

    if isinstance(item, m.Veto | m.Trigger | m.Gate):
        return [condition(item.when)]
    assert isinstance(item, m.Criterion)
    for part in item.parts:
        title = _title(part.text)
        match part:
            case m.Award():
                lines.append(title + say("terminal.award", points=part.award, when=condition(part.when)))
            case m.Bands():
                told = [say("terminal.award", points=band.award, when=condition(band.when)) for band in part.bands]
                lines += [title + told[0], *told[1:]]  # the whole standard once, not above every band
            case m.CountUpPart(count_up=up):
                per = phrase(parse_formula(up.per), scope, lang)
                lines.append(title + say("terminal.count_up", each=up.each, per=per, every=up.every, up_to=up.up_to))
            case m.CountDownPart(count_down=down):
                lines.append(title + _counted_down(down, scope))
            case m.ProratePart(prorate=share):
                lines.append(title + say("terminal.prorate", points=share.points, of=phrase(parse_formula(share.of), scope, lang)))
            case m.ChoicesPart(choices=choices):
                listed = "、".join(choices.values or pack.indicators[choices.of].options)
                most = say("terminal.at_most", points=choices.up_to) if choices.up_to is not None else ""
                lines.append(title + say("terminal.choices", each=choices.each, values=listed) + most)
            case m.ManualPart(manual=manual):
                lines.append(title + say("terminal.manual", low=manual.range[0], high=manual.range[1]))
    for deduct in item.deduct:
        title = _title(deduct.text)
        per = phrase(parse_formula(deduct.per), scope, lang) if deduct.per else ""
        when = condition(deduct.when) if deduct.when else ""
        key = "deduct_both" if per and when else "deduct_per" if per else "deduct_when"
        most = say("terminal.at_most", points=deduct.up_to) if deduct.up_to is not None else ""
        lines.append(title + say(f"terminal.{key}", points=deduct.points, per=per, every=deduct.every, when=when) + most)
    for text, key in ((item.zero_when, "zero_when"), (item.applies_when, "applies_when")):
        if text:
            lines.append(say(f"scoring.{key}", text=condition(text)))
    return lines


def _title(text: m.Labels | None) -> str:
    """Return what stands before a rule: its text, of a sentence without the full stop."""
    return f"{text.text(language()).rstrip('。.')}: " if text else ""


def _counted_down(down: CountDown, scope: Scope) -> str:
    """Return a count of what is missing as what there should be, any other by its formula."""
    if missing := shortfall(down.per, scope, language()):
        amount = missing.amount(down.every)
        return say("terminal.count_short", full=down.full, less=down.less, needed=missing.needed, amount=amount)
    per = phrase(parse_formula(down.per), scope, language())
    return say("terminal.count_down", full=down.full, less=down.less, per=per, every=down.every)


def _rest(pack: m.Pack, item: m.Item) -> list[str]:
    """Return basis, provenance of numbers, holders of what is read, and what to do."""
    lang = language()
    lines = []
    for id_ in item.basis:
        source = pack.sources[id_]
        told = " ".join(filter(None, (source.title, source.note, f"[{source.grade}]" if source.grade else "", source.url)))
        lines.append(say("terminal.basis", id=id_, source=told))
    numbers = [f"{number} ← {say('terminal.default') if origin == 'default' else origin}" for number, origin in item.numbers.items()]
    if numbers:
        lines.append(say("terminal.numbers", numbers="; ".join(numbers)))
    read = indicators_behind(pack, names_of(item))
    indicators = all_indicators(pack)
    holders = [f"{indicators[id_].label.text(lang)} ({holder_name(indicators[id_].holder)})" for id_ in read]
    lines.append(say("terminal.reads", indicators="; ".join(holders)))
    if isinstance(item, m.Remedied):
        deadline = pack.deadlines[item.deadline].label.text(lang)
        lines.append(say("terminal.remedy", measure=item.measure.text(lang), owner=item.owner, deadline=deadline))
    if item.note:
        lines.append(item.note.text(lang))
    return lines
