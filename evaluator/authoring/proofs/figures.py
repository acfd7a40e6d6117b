"""Numbers that ``numbers`` documents and the rule does not hold: left over from an earlier wording."""

from collections.abc import Iterable, Iterator
from fractions import Fraction

from evaluator.authoring.proofs.prover import Prover
from evaluator.packs import models as m
from evaluator.packs import tree
from evaluator.packs.bench import PERIOD_NAMES, Bench, as_written
from evaluator.packs.conditions import parse_condition, parse_formula
from evaluator.packs.criteria import figures_in
from evaluator.packs.reads import names_of
from evaluator.packs.source import DataPath
from evaluator.packs.writing import names, plain

__all__ = ["check_figures"]


def check_figures(prover: Prover, bench: Bench) -> None:
    """Report every such number, of items and of the ledger's rules."""
    pack = prover.pack
    items: list[tuple[m.Item, DataPath]] = []
    for number, group in enumerate(pack.groups):
        items += [(one, ("groups", number, "criteria", index)) for index, one in enumerate(group.criteria)]
    for section in ("vetoes", "triggers", "gates"):
        items += [(one, (section, number)) for number, one in enumerate(getattr(pack, section))]
    for item, path in items:
        held = set(_of_item(bench, item)) | set(_behind(pack, names_of(item)))
        _stale(prover, item.numbers, path, held, item.id)
    _stale(prover, pack.ledger.numbers, ("ledger",), {figure for figure, _ in figures_in(bench, pack.ledger, ("ledger",))}, "ledger")


def _stale(prover: Prover, given: Iterable[str], path: DataPath, held: set[str], id_: str) -> None:
    for number in given:
        if as_written(number) not in held:
            prover.report("W635", (*path, "numbers", number), key=True, found=number, id=id_)


def _of_item(bench: Bench, item: m.Item) -> Iterator[str]:
    """Yield the numbers of an item: plain ones, and those in its conditions and formulas."""
    for figure, _ in figures_in(bench, item, ()):
        yield figure
    conditions: list[str | None] = []
    formulas: list[str | None] = []
    if isinstance(item, m.Veto | m.Trigger | m.Gate):
        conditions.append(item.when)
    if isinstance(item, m.Trigger | m.Criterion):
        conditions.append(item.applies_when)
    if isinstance(item, m.Criterion):
        conditions += [item.zero_when, *(one.when for one in item.deduct)]
        formulas += [one.per for one in item.deduct]
        for part in item.parts:
            match part:
                case m.Award():
                    conditions.append(part.when)
                case m.Bands():
                    conditions += [band.when for band in part.bands]
                case m.CountUpPart():
                    formulas.append(part.count_up.per)
                case m.CountDownPart():
                    formulas.append(part.count_down.per)
                case m.ProratePart():
                    formulas.append(part.prorate.of)
    for text in filter(None, conditions):
        yield from _figures(parse_condition(text))
    for text in filter(None, formulas):
        yield from _figures(parse_formula(text))


def _behind(pack: m.Pack, read: Iterable[str]) -> Iterator[str]:
    """Yield the numbers of derived values and settings that an item reads, which it may document too."""
    left, seen = list(read), set[str]()
    while left:
        name = left.pop()
        if name in seen:
            continue
        seen.add(name)
        if name in pack.derived:
            one = pack.derived[name]
            node = parse_formula(one.formula)
            yield from _figures(node)
            left += names(node)
            if one.min_sample:
                yield plain(Fraction(one.min_sample.at_least))
                left.append(one.min_sample.of)
        elif name in pack.settings:
            setting = pack.settings[name]
            values = [setting.value, setting.otherwise, *setting.by_date.values(), *setting.values.values()]
            yield from (plain(Fraction(value)) + sign for value in values if value is not None for sign in ("", "%"))


def _figures(node: tree.Node) -> Iterator[str]:
    """Yield the numbers and lengths of the period that a tree names."""
    match node:
        case tree.Number(value=value, percent=percent):
            yield plain(value) + ("%" if percent else "")
        case tree.Within(amount=amount):
            yield str(amount)
        case tree.Name(id=id_) if id_ in PERIOD_NAMES:
            yield id_
    for child in tree.children(node):
        yield from _figures(child)
