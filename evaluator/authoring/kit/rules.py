"""The numbers in rules that a question can ask for: where full marks begin, what a value earns, which stars give which level."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from math import floor
from operator import eq, ge, gt, le, lt, ne

from evaluator.authoring.kit.values import number
from evaluator.messages import language, say
from evaluator.packs import models as m
from evaluator.packs import tree
from evaluator.packs.conditions import parse_condition, parse_formula
from evaluator.packs.reads import names_of_part
from evaluator.packs.scope import Scope
from evaluator.packs.shortfall import shortfall
from evaluator.packs.writing import names, phrase, sentence

__all__ = ["GAP", "Ask", "level_of_stars", "names_alone", "threshold_values", "worth_values"]

COMPARE = {"<": lt, "<=": le, "=": eq, "!=": ne, ">": gt, ">=": ge}
GAP = "\ue000"  # stands for the number asked for, until a question or a statement puts something there
LONGEST = 110  # characters of what is asked: a formula that nobody reads to its end is no question
NUMERIC = ("integer", "decimal", "percent")
WORDS = {"<": "lt", "<=": "le", ">": "gt", ">=": "ge"}


@dataclass(frozen=True)
class Ask:
    """A number that a rule gives: what is asked in words, the value, its unit, and other numbers of the same rule."""

    text: str
    value: Decimal
    unit: str = ""
    near: tuple[Decimal, ...] = ()
    lowest: Decimal = Decimal(0)
    highest: Decimal | None = None


@dataclass(frozen=True)
class _Limit:
    """A comparison of one named value with one number."""

    name: str
    op: str
    value: Decimal


def _limit(scope: Scope, text: str) -> _Limit | None:
    """Return the condition as one limit; None where it is anything else."""
    condition = parse_condition(text)
    if not isinstance(condition, tree.Compare) or condition.op not in WORDS:
        return None
    left, right = condition.left, condition.right
    kind = scope.get(left.id) if isinstance(left, tree.Name) else None
    if kind is None or kind.type not in NUMERIC or not isinstance(left, tree.Name) or not isinstance(right, tree.Number):
        return None
    return _Limit(left.id, condition.op, _exact(right.value))


def _exact(value: Fraction) -> Decimal:
    return Decimal(number(value))


def _asked(pack: m.Pack, scope: Scope, limit: _Limit) -> tuple[str, str, Decimal, Decimal | None]:
    """Return the limit in words with a gap for its number, the unit, and the range in which a number makes sense."""
    lang = language()
    kind = scope[limit.name]
    unit = "%" if kind.type == "percent" else kind.unit if lang == "zh" or kind.unit.isascii() else ""
    family = "percent" if kind.type == "percent" else "number"
    text = say(f"conditions.{family}_{WORDS[limit.op]}", lang, left=kind.label.text(lang), right=GAP)
    indicator = pack.indicators.get(limit.name)
    low, high = indicator.range if indicator and indicator.range else (Decimal(0), Decimal(100) if unit == "%" else None)
    return text, unit, low, high


def _title(part: m.AnyPart | m.Deduct) -> str:
    """Return the part's name as a question says it, "" where it has none."""
    return say("kit.part", title=part.text.text(language()).rstrip("。.")) if part.text else ""


def threshold_values(pack: m.Pack, scope: Scope, item: m.Item) -> dict[str, Ask]:
    """Return by place the numbers at which full marks, or a veto, trigger or gate, begin."""
    found: dict[str, Ask] = {}
    if isinstance(item, m.Veto | m.Trigger | m.Gate):
        limit = _limit(scope, item.when)
        if limit:
            text, unit, low, high = _asked(pack, scope, limit)
            found["when"] = Ask(text, limit.value, unit, (), low, high)
        return found
    assert isinstance(item, m.Criterion)
    for place, part in enumerate(item.parts):
        lines = _lines(scope, part)
        awards = [award for award, _ in lines]
        # Full marks by two ways, or a later line that gives as much, would leave it open which limit is asked for.
        if not lines or lines[0][1] is None or awards.count(max(awards)) != 1 or awards[0] != max(awards):
            continue
        text, unit, low, high = _asked(pack, scope, lines[0][1])
        near = tuple(limit.value for _, limit in lines[1:] if limit and limit.name == lines[0][1].name)
        told = say("kit.ask_full", language(), gap=GAP, title=_title(part), points=number(awards[0]), when=text)
        found[str(place)] = Ask(told, lines[0][1].value, unit, near, low, high)
    return found


def _lines(scope: Scope, part: m.AnyPart) -> list[tuple[Decimal, _Limit | None]]:
    """Return the lines of an award or of bands: what each gives, from which limit on."""
    match part:
        case m.Award():
            return [(part.award, _limit(scope, part.when))]
        case m.Bands():
            return [(band.award, _limit(scope, band.when)) for band in part.bands]
        case _:
            return []


def worth_values(pack: m.Pack, scope: Scope, item: m.Item) -> dict[str, Ask]:
    """Return by place what a part earns, or what is taken off, at values that are named in the question."""
    found: dict[str, Ask] = {}
    if not isinstance(item, m.Criterion):
        return found
    for place, part in enumerate(item.parts):
        found |= {f"{place}{key}": ask for key, ask in _worth(pack, scope, item, part)}
    for place, deduct in enumerate(item.deduct):
        found |= {f"deduct{place}{key}": ask for key, ask in _taken(scope, item, deduct)}
    return {place: ask for place, ask in found.items() if len(ask.text) <= LONGEST * (1 if language() == "zh" else 2)}


def _worth(pack: m.Pack, scope: Scope, item: m.Criterion, part: m.AnyPart) -> Iterator[tuple[str, Ask]]:
    lang = language()
    title = _title(part)
    match part:
        case m.Award() if _limit(scope, part.when) is None and part.due is None:
            when = sentence(parse_condition(part.when), scope, lang)
            yield "", Ask(say("kit.ask_award", lang, gap=GAP, title=title, when=when), part.award, near=_all_points(item))
        case m.Bands():
            lines = _lines(scope, part)
            limits = [limit for _, limit in lines if limit]
            if len(limits) < len(lines) or len({limit.name for limit in limits}) != 1:
                return
            label = scope[limits[0].name].label.text(lang)
            for limit in limits:
                if limit.op not in ("<=", ">="):
                    continue
                at = limit.value
                worth = next((award for award, one in lines if one and COMPARE[one.op](at, one.value)), Decimal(0))
                unit = _asked(pack, scope, limit)[1]
                text = say("kit.ask_band", lang, gap=GAP, title=title, label=label, value=_with_unit(at, unit))
                yield f"={number(at)}", Ask(text, worth, near=(*(award for award, _ in lines), Decimal(0)))
        case m.CountDownPart(count_down=down):
            for times in (1, 2):
                value = times * down.every
                worth = max(Decimal(0), down.full - down.less * floor(value / down.every))
                if missing := shortfall(down.per, scope, lang):
                    text = say("kit.ask_short", lang, gap=GAP, title=title, needed=missing.needed, amount=missing.amount(number(value)))
                else:
                    per = phrase(parse_formula(down.per), scope, lang)
                    text = say("kit.ask_at", lang, gap=GAP, title=title, per=per, value=number(value))
                near = (down.full, down.less, down.less * times, max(Decimal(0), down.full - down.less * (times + 1)))
                yield f"={number(value)}", Ask(text, worth, near=near)
        case m.CountUpPart(count_up=up):
            for times in (1, 2):
                value = times * up.every
                worth = min(up.up_to, up.each * floor(value / up.every))
                text = say("kit.ask_at", lang, gap=GAP, title=title, per=phrase(parse_formula(up.per), scope, lang), value=number(value))
                yield f"={number(value)}", Ask(text, worth, near=(up.up_to, value, up.each * (times + 1)))


def _taken(scope: Scope, item: m.Criterion, deduct: m.Deduct) -> Iterator[tuple[str, Ask]]:
    lang = language()
    title = _title(deduct)
    most = min(item.points, item.points if deduct.up_to is None else deduct.up_to)
    if deduct.per is None and deduct.when is not None:
        when = sentence(parse_condition(deduct.when), scope, lang)
        yield "", Ask(say("kit.ask_taken_when", lang, gap=GAP, title=title, when=when), min(most, deduct.points), near=_all_points(item))
    elif deduct.per is not None and deduct.when is None:
        per = phrase(parse_formula(deduct.per), scope, lang)
        for times in (1, 2):
            value = times * deduct.every
            text = say("kit.ask_taken", lang, gap=GAP, title=title, per=per, value=number(value))
            yield f"={number(value)}", Ask(text, min(most, deduct.points * times), near=(item.points, deduct.points * (times + 1)))


def _all_points(item: m.Criterion) -> tuple[Decimal, ...]:
    return (item.points, *(part.award for part in item.parts if isinstance(part, m.Award)))


def _with_unit(value: Decimal, unit: str) -> str:
    return f"{number(value)}%" if unit == "%" else f"{number(value)} {unit}".rstrip()


def level_of_stars(pack: m.Pack, stars: int) -> int | None:
    """Return the level that so many stars give by themselves; None where the rating reads anything else."""
    for line in pack.rating:
        if line.when is None:
            return line.level
        condition = parse_condition(line.when)
        if not isinstance(condition, tree.Compare) or names(condition) != {"stars"}:
            return None
        if not isinstance(condition.left, tree.Name) or not isinstance(condition.right, tree.Number):
            return None
        if COMPARE[condition.op](Fraction(stars), condition.right.value):
            return line.level
    return None


def names_alone(item: m.Criterion) -> set[str]:
    """Return the names that decide a part all by themselves, so that nothing else makes up for one that is missing."""
    found: set[str] = set()
    for part in item.parts:
        match part:
            case m.Award():
                conditions = [part.when]
            case m.Bands():
                conditions = [band.when for band in part.bands]
            case _:
                found |= names_of_part(part)
                continue
        trees = [parse_condition(text) for text in conditions]
        if all(isinstance(one, tree.Compare | tree.Is) for one in trees):
            found |= {name for one in trees for name in names(one)}
    return found | {name for one in item.deduct if one.per and not one.when for name in names(parse_formula(one.per))}
