"""Whether the criteria of a pack make sense: parts and points, what they read, numbers and where they come from."""

from collections.abc import Iterator
from decimal import Decimal
from fractions import Fraction

from pydantic import BaseModel

from evaluator.packs import models as m
from evaluator.packs import tree
from evaluator.packs.bench import Bench, Figure
from evaluator.packs.scope import Kind
from evaluator.packs.source import DataPath
from evaluator.packs.writing import names, plain

__all__ = ["check_criterion", "check_measure", "figures_in"]

MAKE_UP = ("补开", "补记录", "补记", "补签", "补录", "补做", "补写", "倒签")
NEVER = ("不", "不得", "不能", "不要", "不许", "严禁", "禁止", "杜绝", "勿")
NUMERIC = ("integer", "decimal", "percent")
WORDS = ("text", "due", "when_zero")  # keys of a part that hold no number of the rule


def check_criterion(bench: Bench, criterion: m.Criterion, group: m.Group, path: DataPath) -> None:
    """Report everything in a criterion that has the right shape and makes no sense."""
    figures: list[Figure] = []
    for index, part in enumerate(criterion.parts):
        figures += _part(bench, part, (*path, "parts", index))
    for index, deduct in enumerate(criterion.deduct):
        figures += _deduct(bench, deduct, (*path, "deduct", index))
    for key, text in (("zero_when", criterion.zero_when), ("applies_when", criterion.applies_when)):
        node = bench.condition(text, (*path, key))
        figures += bench.figures(node, text, (*path, key)) if node and text else []
    if "closes_on" in criterion.model_fields_set:
        figures.append((str(criterion.closes_on), bench.spans.place((*path, "closes_on"))))
    bench.numbers(criterion.numbers, path, figures)
    _points(bench, criterion, path)
    if criterion.key and criterion.bonus:
        bench.report("E423", (*path, "bonus"), key=True)
    if criterion.bonus and group.bonus is None:
        bench.report("E424", (*path, "bonus"), key=True, group=group.id)
    if criterion.locus:
        bench.typed(criterion.locus, ("text", "choice"), "E425", (*path, "locus"))
    bench.sources(criterion.basis, (*path, "basis"))
    bench.deadline(criterion.deadline, path)
    check_measure(bench, criterion.measure, (*path, "measure"))


def check_measure(bench: Bench, measure: m.Labels, path: DataPath) -> None:
    """Report a measure that asks to make up records of the past."""
    where = path if path in bench.spans.values and bench.spans.values[path].style != "{" else (*path, "zh")
    for word in MAKE_UP:
        at = measure.zh.find(word)
        if at >= 0 and not measure.zh[:at].endswith(NEVER):
            place = bench.spans.inside(where, measure.zh, at, at + len(word))
            bench.found("E430", place, found=word)
            return


def figures_in(bench: Bench, model: BaseModel, path: DataPath) -> Iterator[Figure]:
    """Yield the plain numbers that a part of a rule holds, as written, with their places."""
    for name in model.model_fields_set - set(WORDS):
        value, below = getattr(model, name), (*path, name)
        for one, where in [(one, (*below, index)) for index, one in enumerate(value)] if isinstance(value, tuple) else [(value, below)]:
            if isinstance(one, BaseModel):
                yield from figures_in(bench, one, where)
            elif isinstance(one, Decimal | int) and not isinstance(one, bool):
                yield plain(Fraction(one)), bench.spans.place(where)


def _points(bench: Bench, criterion: m.Criterion, path: DataPath) -> None:
    if criterion.points == 0:
        bench.report("E420", (*path, "points"))
    elif not criterion.parts and not criterion.deduct:
        bench.report("E421", path, id=criterion.id)
    elif criterion.parts:
        marks = [m.full_marks(part, bench.pack.indicators) for part in criterion.parts]
        total = sum((one for one in marks if one is not None), Decimal(0))
        if None not in marks and total != criterion.points:
            sum_ = " + ".join(f"{one.normalize():f}" for one in marks if one is not None)
            bench.report("E422", (*path, "points"), points=f"{criterion.points.normalize():f}", total=f"{total.normalize():f}", sum=sum_)


# --- parts --------------------------------------------------------------------


def _part(bench: Bench, part: m.AnyPart, path: DataPath) -> list[Figure]:
    """Check a part and return the numbers that it holds."""
    figures = list(figures_in(bench, part, path))
    ratio = False
    conditions: list[tuple[str, DataPath]] = []
    match part:
        case m.Award():
            conditions = [(part.when, (*path, "when"))]
        case m.Bands():
            conditions = [(band.when, (*path, "bands", index, "when")) for index, band in enumerate(part.bands)]
        case m.CountUpPart():
            figures += _count(bench, part.count_up.per, part.count_up.every, (*path, "count_up"))
        case m.CountDownPart():
            figures += _count(bench, part.count_down.per, part.count_down.every, (*path, "count_down"))
        case m.ProratePart():
            ratio, found = _prorate(bench, part, path)
            figures += found
        case m.ChoicesPart():
            _choices(bench, part.choices, (*path, "choices"))
        case m.ManualPart(manual=manual) if manual.range[0] >= manual.range[1]:
            bench.report("E440", (*path, "manual", "range"), low=manual.range[0], high=manual.range[1])
    for text, where in conditions:
        node = bench.condition(text, where)
        if node:
            figures += bench.figures(node, text, where)
            ratio = ratio or _reads_ratio(bench, node)
    if part.when_zero is not None and not ratio:
        bench.report("E441", (*path, "when_zero"), key=True)
    return figures


def _deduct(bench: Bench, deduct: m.Deduct, path: DataPath) -> list[Figure]:
    figures = list(figures_in(bench, deduct, path))
    if deduct.per is None and deduct.when is None:
        bench.report("E442", path)
    if deduct.points == 0:
        bench.report("E420", (*path, "points"))
    if deduct.per is not None:
        figures += _count(bench, deduct.per, deduct.every, path)
    node = bench.condition(deduct.when, (*path, "when"))
    return figures + (bench.figures(node, deduct.when, (*path, "when")) if node and deduct.when else [])


def _count(bench: Bench, per: str, every: Decimal, path: DataPath) -> list[Figure]:
    """Check what a part counts: a number that is no ratio, in steps above 0."""
    if every <= 0:
        bench.report("E443", (*path, "every"), found=every)
    node, kind = bench.formula(per, (*path, "per"))
    if kind and (kind.ratio or kind.type not in NUMERIC):
        bench.report("E444", (*path, "per"), found=per)
    return bench.figures(node, per, (*path, "per")) if node else []


def _prorate(bench: Bench, part: m.ProratePart, path: DataPath) -> tuple[bool, list[Figure]]:
    """Return whether the part reads a ratio, and its numbers."""
    where = (*path, "prorate", "of")
    node, kind = bench.formula(part.prorate.of, where)
    if node is None or kind is None:
        return True, []
    if not kind.ratio and kind.type != "percent":
        bench.report("E445", where, found=part.prorate.of)
    if isinstance(node, tree.Divide) and kind.ratio and part.when_zero is None:
        bench.report("E446", where, found=part.prorate.of)
    return kind.ratio, bench.figures(node, part.prorate.of, where)


def _choices(bench: Bench, choices: m.Choices, path: DataPath) -> None:
    indicator = bench.typed(choices.of, ("choices",), "E447", (*path, "of"))
    if indicator is None:
        return
    for index, value in enumerate(choices.values):
        bench.known(value, indicator.options, "E448", (*path, "values", index))
        if value in choices.values[:index]:
            bench.report("E461", (*path, "values", index), found=value)


def _reads_ratio(bench: Bench, node: tree.Node) -> bool:
    scope: dict[str, Kind] = bench.scopes["evidence"]
    return any(scope[name].ratio for name in names(node) if name in scope)
