"""A pack broken in one place: thresholds nudged by a step, comparisons flipped, pieces left out."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any, Literal

from pydantic import BaseModel

from evaluator.diagnostics import Place
from evaluator.packs import models as m
from evaluator.packs import tree
from evaluator.packs.builder import ConditionError
from evaluator.packs.conditions import parse_condition, parse_formula
from evaluator.packs.source import DataPath, Spans
from evaluator.packs.writing import plain

__all__ = ["Mutant", "mutants"]

FLIPPED: dict[tree.Comparator, tree.Comparator] = {"<": "<=", "<=": "<", ">": ">=", ">=": ">", "=": "!=", "!=": "="}
CONDITIONS = ("when", "zero_when", "applies_when", "earned_when")
FORMULAS = ("per", "of", "formula")
WHEN_ZERO = ("na", "zero", "full")
DROPPED = ("due", "deduct", "zero_when", "applies_when", "strip", "cap", "requires", "finding", "min_sample")
KEPT = ("range", "closes_on", "text", "note", "measure", "numbers", "basis", "label", "title")  # say nothing that is scored


@dataclass(frozen=True)
class Mutant:
    """A pack with one change. ``item``: the criterion, veto, trigger or gate that it lies in, or the group, setting or derived value.

    ``path`` leads to what was changed in the pack as written; ``within`` is the text there, and between which of its characters.
    """

    item: str
    section: str  # criteria, vetoes, triggers, gates; groups, rating, applies_to, settings, derived
    path: DataPath
    kind: Literal["number", "flip", "drop"]
    was: str
    now: str
    pack: m.Pack
    within: tuple[str, int, int] | None = None

    def place(self, spans: Spans) -> Place:
        """Return where the change lies, to the column: a number may stand twice in one line."""
        return spans.inside(self.path, *self.within) if self.within else spans.place(self.path)

    @property
    def whole(self) -> bool:
        """Whether the change shows beyond its item only: what the item says of itself stays."""
        return self.section not in ("criteria", "vetoes", "triggers") or bool({"key", "bonus", "cap", "strip", "void"} & set(self.path))


@dataclass(frozen=True)
class _Edit:
    path: DataPath
    kind: Literal["number", "flip", "drop"]
    was: str
    now: str
    value: Any
    within: tuple[str, int, int] | None = None


def mutants(pack: m.Pack) -> Iterator[Mutant]:
    """Yield every mutant of a pack, in the pack's order."""
    for number, group in enumerate(pack.groups):
        for index, criterion in enumerate(group.criteria):
            path: DataPath = ("groups", number, "criteria", index)
            for edit in _edits(criterion, path):
                yield _mutant(pack, criterion.id, "criteria", edit)
        line = group.model_copy(update={"criteria": ()})
        for edit in _edits(line, ("groups", number)):
            yield _mutant(pack, group.id, "groups", edit)
    for section in ("vetoes", "triggers", "gates"):
        for number, one in enumerate(getattr(pack, section)):
            for edit in _edits(one, (section, number)):
                yield _mutant(pack, one.id, section, edit)
            yield _mutant(pack, one.id, section, _Edit((section, number), "drop", one.id, "", _GONE))
    if pack.applies_to:
        for edit in _of_text(pack.applies_to, ("applies_to",), condition=True):
            yield _mutant(pack, pack.pack, "applies_to", edit)
    if pack.total:
        for edit in _edits(pack.total, ("total",)):
            yield _mutant(pack, "total", "rating", edit)
    for number, rated in enumerate(pack.rating):
        for edit in _edits(rated, ("rating", number)):
            yield _mutant(pack, f"rating {rated.level}", "rating", edit)
    for id_, derived in pack.derived.items():
        for edit in _edits(derived, ("derived", id_)):
            yield _mutant(pack, id_, "derived", edit)
    for id_, setting in pack.settings.items():
        for edit in _edits(setting, ("settings", id_)):
            yield _mutant(pack, id_, "settings", edit)


_GONE = object()


def _edits(model: BaseModel, path: DataPath) -> Iterator[_Edit]:
    """Yield the changes of a model and of what it holds."""
    for name in type(model).model_fields:
        value, where = getattr(model, name), (*path, name)
        if value is None or value == () or name in KEPT or name not in model.model_fields_set:
            continue
        if name in CONDITIONS:
            yield from _of_text(value, where, condition=True)
        elif name in FORMULAS and isinstance(value, str) and not isinstance(model, m.Choices):
            yield from _of_text(value, where, condition=False)
        elif isinstance(value, BaseModel):
            yield from _edits(value, where)
        elif isinstance(value, tuple) and value and isinstance(value[0], BaseModel):
            for index, one in enumerate(value):
                yield from _edits(one, (*where, index))
                if name in ("parts", "bands", "deduct"):
                    yield _Edit((*where, index), "drop", f"{name}[{index + 1}]", "", _GONE)
        elif isinstance(value, dict) and value and all(isinstance(one, Decimal) for one in value.values()):
            for key, number in value.items():
                yield from _nudged(number, (*where, key))
        elif isinstance(model, m.Total):
            for key, weight in value.items():
                yield from _nudged(weight, (*where, key))
        elif isinstance(model, m.Criterion) and name == "points" and model.parts:
            continue  # the sum of its parts
        elif isinstance(value, Decimal) or (name == "cap" and isinstance(value, int)):
            yield from _nudged(value, where)
        if name == "when_zero" and isinstance(value, str):
            for now in WHEN_ZERO:
                if now != value:
                    yield _Edit(where, "flip", value, now, now)
        if name in DROPPED and not isinstance(value, tuple):
            yield _Edit(where, "drop", name, "", None)
        elif name in ("strip", "requires"):
            yield _Edit(where, "drop", name, "", ())
        elif name in ("key", "bonus", "void") and value is True:
            yield _Edit(where, "drop", name, "", False)


def _nudged(number: Decimal | int, path: DataPath) -> Iterator[_Edit]:
    for step in (1, -1):
        now = number + step
        if now >= 0 or number < 0:
            yield _Edit(path, "number", _shown(number), _shown(now), now)


def _shown(number: Decimal | int) -> str:
    return plain(Fraction(number))


def _of_text(text: str, path: DataPath, *, condition: bool) -> Iterator[_Edit]:
    """Yield the changes of a condition or formula, made in its text so that the rest stays as it was written."""
    try:
        node: tree.Node = parse_condition(text) if condition else parse_formula(text)
    except ConditionError:
        return
    for one in _walk(node):
        match one:
            case tree.Number(span=span, value=value, percent=percent):
                for step in (1, -1):
                    if value + step >= 0:
                        now = plain(value + step) + ("%" if percent else "")
                        changed = text[: span.start] + now + text[span.end :]
                        yield _Edit(path, "number", text[span.start : span.end], now, changed, (text, span.start, span.end))
            case tree.Within(span=span, amount=amount):
                for now_ in (amount + 1, amount - 1):
                    changed = text[span.start : span.end].replace(str(amount), str(now_), 1)
                    if now_ > 0:
                        changed = text[: span.start] + changed + text[span.end :]
                        yield _Edit(path, "number", str(amount), str(now_), changed, (text, span.start, span.end))
            case tree.Compare(op=op, left=left, right=right):
                between = text[left.span.end : right.span.start]
                now = between.replace(op if op in between else "<>", FLIPPED[op], 1)
                if now != between:
                    changed = text[: left.span.end] + now + text[right.span.start :]
                    was = text[one.span.start : one.span.end]
                    yield _Edit(path, "flip", was, FLIPPED[op], changed, (text, one.span.start, one.span.end))
            case tree.And(of=of) | tree.Or(of=of):
                yield from _without_one(text, path, one, of)
            case tree.Is(span=span) | tree.Given(span=span) | tree.In(span=span) | tree.Between(span=span):
                was = text[span.start : span.end]
                changed = f"{text[: span.start]}(NOT ({was})){text[span.end :]}"
                yield _Edit(path, "flip", was, f"NOT {was}", changed, (text, span.start, span.end))


def _without_one(text: str, path: DataPath, node: tree.Node, of: tuple[tree.Condition, ...]) -> Iterator[_Edit]:
    """Yield an AND or OR without each of its pieces in turn."""
    word = " AND " if isinstance(node, tree.And) else " OR "
    pieces = [text[one.span.start : one.span.end] for one in of]
    for index, piece in enumerate(pieces):
        rest = word.join(f"({one})" for place, one in enumerate(pieces) if place != index)
        changed = f"{text[: node.span.start]}({rest}){text[node.span.end :]}"
        yield _Edit(path, "drop", piece, "", changed, (text, of[index].span.start, of[index].span.end))


def _walk(node: tree.Node) -> Iterator[tree.Node]:
    yield node
    for child in tree.children(node):
        yield from _walk(child)


# --- the pack with the change ---------------------------------------------------


def _mutant(pack: m.Pack, item: str, section: str, edit: _Edit) -> Mutant:
    return Mutant(item, section, edit.path, edit.kind, edit.was, edit.now, _changed(pack, edit.path, edit.value), edit.within)


def _changed(holder: Any, path: DataPath, value: Any) -> Any:
    """Return ``holder`` with what is at ``path`` replaced, or left out where ``value`` is ``_GONE``."""
    step, rest = path[0], path[1:]
    if isinstance(holder, BaseModel):
        name = str(step)
        new = _changed(getattr(holder, name), rest, value) if rest else value
        return holder.model_copy(update={name: new})
    if isinstance(holder, dict):
        return {**holder, step: _changed(holder[step], rest, value) if rest else value}
    index = int(step)
    middle = [] if not rest and value is _GONE else [_changed(holder[index], rest, value) if rest else value]
    return (*holder[:index], *middle, *holder[index + 1 :])
