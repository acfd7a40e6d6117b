"""What a rule reads: the names in its conditions and formulas, and the indicators behind them."""

from collections.abc import Iterable

from evaluator.packs import models as m
from evaluator.packs.conditions import parse_condition, parse_formula
from evaluator.packs.scope import all_indicators, manual_columns
from evaluator.packs.writing import names

__all__ = ["indicators_behind", "names_of", "names_of_part"]


def names_of_part(part: m.AnyPart) -> set[str]:
    """Return the names that a part reads; a manual part's column is not among them, for it follows from the criterion."""
    match part:
        case m.Award():
            return set(names(parse_condition(part.when)))
        case m.Bands():
            return {name for band in part.bands for name in names(parse_condition(band.when))}
        case m.CountUpPart():
            return set(names(parse_formula(part.count_up.per)))
        case m.CountDownPart():
            return set(names(parse_formula(part.count_down.per)))
        case m.ProratePart():
            return set(names(parse_formula(part.prorate.of)))
        case m.ChoicesPart():
            return {part.choices.of}
        case m.ManualPart():
            return set()


def names_of(item: m.Item) -> set[str]:
    """Return every name that a criterion, veto, trigger or gate reads."""
    conditions: list[str | None] = []
    formulas: list[str | None] = []
    found: set[str] = set()
    if isinstance(item, m.Veto | m.Trigger | m.Gate):
        conditions.append(item.when)
    if isinstance(item, m.Criterion | m.Trigger):
        conditions.append(item.applies_when)
    if isinstance(item, m.Veto) and item.finding:
        found |= {item.finding.document, item.finding.date}
    if isinstance(item, m.Criterion):
        conditions += [item.zero_when, *(deduct.when for deduct in item.deduct)]
        formulas += [deduct.per for deduct in item.deduct]
        found |= {name for part in item.parts for name in names_of_part(part)}
        found |= {column for columns in manual_columns(item).values() for column in columns}
    found |= {name for text in conditions if text for name in names(parse_condition(text))}
    return found | {name for text in formulas if text for name in names(parse_formula(text))}


def indicators_behind(pack: m.Pack, read: Iterable[str]) -> list[str]:
    """Return the indicators behind names, through derived values and settings, each once, in the pack's order."""
    known = all_indicators(pack)
    found: set[str] = set()
    left = list(read)
    while left:
        name = left.pop()
        if name in pack.derived:
            derived = pack.derived[name]
            left += names(parse_formula(derived.formula)) | ({derived.min_sample.of} if derived.min_sample else set())
        elif name in pack.settings and (by := pack.settings[name].by):
            found.add(by)
        elif name in known:
            found.add(name)
    return [id_ for id_ in known if id_ in found]
