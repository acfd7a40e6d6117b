"""Parts and deductions of a criterion as steps of the plan."""

from decimal import Decimal
from fractions import Fraction

from evaluator.packs import models as m
from evaluator.packs import tree
from evaluator.packs.conditions import parse_condition, parse_formula
from evaluator.packs.reads import names_of_part
from evaluator.packs.writing import names as names_in
from evaluator.scoring import plan as p
from evaluator.scoring.formulas import Linear, Ratio, Value, WhenZero, not_positive, times
from evaluator.scoring.names import Names, zero_rule

__all__ = ["deduct_step", "hundredths", "part_step"]


def hundredths(points: Decimal) -> int:
    return int(points * 100)


def part_step(names: Names, part: m.AnyPart, place: int, manual: str) -> tuple[p.PartStep, set[str]]:
    """Return the step of a part and the names that it reads."""
    read = names_of_part(part) | ({manual} if isinstance(part, m.ManualPart) else set())
    override = zero_rule(part.when_zero)
    inline: list[tuple[Ratio, WhenZero]] = []
    share: Value | None = None
    if isinstance(part, m.ProratePart):
        node = parse_formula(part.prorate.of)
        if isinstance(node, tree.Divide) and names_in(node.right):  # a ratio even over a constant, as in derived values
            share = names.reader.ratio(names.reader.side(node.left), names.reader.side(node.right))
            inline = [(share, override)]
        else:
            share = names.reader.value(node, names.reader.is_percent(node))
        if names.reader.in_points(node):
            share = _share(share)
            names.reader.fits(share.den if isinstance(share, Ratio) else share.expr)
    read_ratios = [value for value in map(names.value_of, sorted(read)) if isinstance(value, Ratio)]
    ratios = [*((value, value.when_zero if override is None else override) for value in read_ratios), *inline]
    marks = m.full_marks(part, names.pack.indicators)
    assert marks is not None  # the pack check refuses choices of an unknown indicator
    full = hundredths(marks)
    fixed = tuple((not_positive(value.den), _worth(rule, full)) for value, rule in ratios if rule not in ("na", None))
    na = names.na_of(read, ratios)
    match part:
        case m.Award():
            return p.AwardStep(full, place, na, fixed, in_part(names, part.when)), read
        case m.Bands():
            bands = tuple((in_part(names, band.when), hundredths(band.award)) for band in part.bands)
            return p.BandsStep(full, place, na, fixed, bands), read
        case m.CountUpPart(count_up=up):
            per, every = counted(names, up.per, up.every)
            return p.CountStep(full, place, na, fixed, 0, hundredths(up.each), per, every), read
        case m.CountDownPart(count_down=down):
            per, every = counted(names, down.per, down.every)
            return p.CountStep(full, place, na, fixed, full, -hundredths(down.less), per, every), read
        case m.ProratePart():
            assert share is not None
            num, den = (share.num, share.den) if isinstance(share, Ratio) else (share.expr, p.Const(share.den))
            names.reader.fits(times(full, num))
            return p.ProrateStep(full, place, na, fixed, num, den), read
        case m.ChoicesPart(choices=choices):
            found = names.slots.inputs[choices.of]
            slots = tuple(found.option_slots[found.options.index(text)] for text in choices.values or found.options)
            return p.ChoicesStep(full, place, na, fixed, hundredths(choices.each), slots), read
        case m.ManualPart():
            return p.ManualStep(full, place, na, fixed, names.slots.inputs[manual].slot, hundredths(part.manual.range[0])), read


def _share(value: Value) -> Value:
    """Return the share, 0 to 1, that a percent stands for."""
    if isinstance(value, Linear):
        return Linear(value.expr, value.den * 100)
    scale = value.factor / 100
    return Ratio(times(scale.numerator, value.num), times(scale.denominator, value.den), Fraction(1), value.when_zero)


def in_part(names: Names, text: str) -> p.Test:
    return names.reader.test(parse_condition(text), in_part=True)


def counted(names: Names, text: str, every: Decimal) -> tuple[p.Expr, int]:
    """Return ``per`` and ``every`` in the same unit, whole numbers both."""
    node = parse_formula(text)
    per = names.reader.linear(node, names.reader.is_percent(node))
    unit = Fraction(every) * per.den
    return names.reader.fits(times(unit.denominator, per.expr)), unit.numerator


def deduct_step(names: Names, deduct: m.Deduct, place: int, where: str) -> tuple[p.DeductStep, set[str]]:
    names.reader.where = where
    read: set[str] = set(names_in(parse_condition(deduct.when))) if deduct.when else set()
    per, every = None, 1
    if deduct.per is not None:
        per, every = counted(names, deduct.per, deduct.every)
        read |= names_in(parse_formula(deduct.per))
    when = None if deduct.when is None else names.reader.test(parse_condition(deduct.when))
    up_to = None if deduct.up_to is None else hundredths(deduct.up_to)
    na = names.na_of(read, names.ratios_in(read))
    return p.DeductStep(hundredths(deduct.points), when, per, every, up_to, na, place), read


def _worth(rule: WhenZero, full: int) -> int:
    """Return what a part is worth, in hundredths, where its ratio divides by zero."""
    if isinstance(rule, Fraction):
        return min(int(rule * 100), full)
    return full if rule == "full" else 0
