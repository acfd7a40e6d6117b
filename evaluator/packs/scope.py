"""What a name in a condition stands for: its kind, label, unit and options."""

from dataclasses import dataclass
from typing import Literal

from evaluator.packs import tree
from evaluator.packs.builder import ConditionError
from evaluator.packs.conditions import parse_formula
from evaluator.packs.models import Criterion, Indicator, Labels, ManualPart, Pack

__all__ = ["BUILT_INS", "RESULTS", "Kind", "Scope", "all_indicators", "manual_columns", "scope_of"]


@dataclass(frozen=True)
class Kind:
    """The type of a name. ``ratio``: an exact fraction that may only be compared, or stand alone in ``prorate``, never be added to."""

    type: Literal["integer", "decimal", "percent", "boolean", "date", "choice", "choices", "text"]
    label: Labels
    unit: str = ""
    options: tuple[str, ...] = ()  # empty for an open choice: any text compares
    ratio: bool = False
    source: Literal["indicator", "attribute", "derived", "setting", "setting_by", "built_in", "result"] = "indicator"


Scope = dict[str, Kind]

BUILT_INS: Scope = {
    "months": Kind("integer", Labels(zh="本期已满月数", en="complete months of the period"), "月", source="built_in"),
    "quarters": Kind("integer", Labels(zh="本期已满季数", en="complete quarters of the period"), "季", source="built_in"),
    "R": Kind("date", Labels(zh="评定基准日", en="reference date"), source="built_in"),
    "area_type": Kind("choice", Labels(zh="区域类型", en="area type"), source="attribute"),
}

RESULTS: Scope = {
    "score": Kind("percent", Labels(zh="得分率", en="score"), "%", ratio=True, source="result"),
    "points": Kind("decimal", Labels(zh="得分", en="points earned"), "分", source="result"),
    "stars": Kind("integer", Labels(zh="得星数", en="stars"), "颗", source="result"),
    "hard": Kind("integer", Labels(zh="硬性情形数", en="hard triggers"), "项", source="result"),
    "soft": Kind("integer", Labels(zh="一般情形数", en="soft triggers"), "项", source="result"),
    "keys_failed": Kind("integer", Labels(zh="关键项为零数", en="key criteria at zero"), "项", source="result"),
    "gates_failed": Kind("integer", Labels(zh="未过门槛数", en="gate lines failed"), "条", source="result"),
    "level": Kind("integer", Labels(zh="等次", en="level"), "级", source="result"),
}


def scope_of(pack: Pack, *, place: Literal["value", "evidence", "group", "rating", "gate"] = "evidence") -> Scope:
    """Return every name that a condition may read in ``place``.

    ``value`` (derived values, ``applies_to``): indicators, derived values, settings, built-ins; ``evidence``: those and needed packs'
    results (``soft_and_lax.hard``);
    ``group``: those and ``score``; ``gate``: those and the pack's own results; ``rating``: those and how many gates failed.
    """
    scope: Scope = dict(BUILT_INS)
    for id_, indicator in pack.indicators.items():
        scope[id_] = Kind(
            indicator.type,
            indicator.label,
            indicator.unit,
            indicator.options,
            ratio=is_ratio(pack, id_),
            source="attribute" if indicator.attribute else "indicator",
        )
    for id_, derived in pack.derived.items():
        scope[id_] = Kind(derived.type, derived.label, derived.unit, ratio=is_ratio(pack, id_), source="derived")
    for id_, setting in pack.settings.items():
        scope[id_] = Kind("decimal", setting.label, setting.unit, source="setting_by" if setting.by else "setting")
    for needed in () if place == "value" else pack.needs:
        for result in ("hard", "soft", "level"):
            kind = RESULTS[result]
            label = Labels(zh=f"{needed} {kind.label.zh}", en=f"{needed} {kind.label.en}")
            scope[f"{needed.replace('-', '_')}.{result}"] = Kind(kind.type, label, kind.unit, source="result")
    if place == "group":
        scope["score"] = RESULTS["score"]
    if place in ("rating", "gate"):
        later = ("level",) if place == "rating" else ("level", "gates_failed")
        scope.update({name: kind for name, kind in RESULTS.items() if name not in later})
    return scope


def is_ratio(pack: Pack, name: str, above: frozenset[str] = frozenset()) -> bool:
    """Return whether a name stands for a ratio: a mean, a quotient, or another name for one."""
    if name in pack.indicators:
        return pack.indicators[name].aggregate == "mean"
    if name not in pack.derived or name in above:
        return False
    try:
        formula = parse_formula(pack.derived[name].formula)
    except ConditionError:  # said where the formula stands
        return False
    return isinstance(formula, tree.Divide) or (isinstance(formula, tree.Name) and is_ratio(pack, formula.id, above | {name}))


def manual_columns(criterion: Criterion) -> dict[int, tuple[str, str]]:
    """Return for each manual part of the criterion (its place from 0) the ids of its points column and of its reason column."""
    plain = criterion.id.lower().replace("-", "_")
    columns = {}
    for place, part in enumerate(criterion.parts):
        if isinstance(part, ManualPart):
            id_ = part.manual.id or plain
            columns[place] = (id_, f"{id_}_reason")
    return columns


def all_indicators(pack: Pack) -> dict[str, Indicator]:
    """Return the pack's indicators and those that its manual parts imply: points (held by the inspection team) and their reason."""
    found = dict(pack.indicators)
    for group in pack.groups:
        for criterion in group.criteria:
            for place, (points, reason) in manual_columns(criterion).items():
                part = criterion.parts[place]
                assert isinstance(part, ManualPart)
                zh, en = criterion.text.zh, criterion.text.en or criterion.text.zh
                found[points] = Indicator(
                    label=Labels(zh=f"{criterion.id} {zh} 评分", en=f"{criterion.id} {en}: points"),
                    type="decimal",
                    unit="分",
                    range=part.manual.range,
                    holder="team",
                )
                found[reason] = Indicator(
                    label=Labels(zh=f"{criterion.id} 评分理由", en=f"{criterion.id}: reason"), type="text", holder="team"
                )
    return found
