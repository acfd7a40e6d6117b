"""A pack taken apart into things by section and id, with its expressions written in one way, and put together again."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from evaluator.packs import models as m
from evaluator.packs import tree
from evaluator.packs.builder import ConditionError
from evaluator.packs.conditions import parse_condition, parse_formula
from evaluator.packs.overlay import TABLES
from evaluator.packs.writing import MIRRORED, write

__all__ = ["Key", "Thing", "Things", "assembled", "canonical", "fields_of", "things_of"]

Key = tuple[str, str]  # section and id
Thing = dict[str, Any]  # field to value
Things = dict[Key, Thing]
LISTS: dict[str, type[m.Model]] = {"vetoes": m.Veto, "triggers": m.Trigger, "gates": m.Gate}
ORDER: Key = ("rating", "order")  # the levels, first true first
HEAD: Key = ("pack", "")
CONDITIONS = {"when", "zero_when", "applies_when", "earned_when", "applies_to"}
FORMULAS = {"per", "of", "formula"}
UNORDERED = {"basis", "strip", "requires", "needs", "reserved", "deduct", "supersedes"}


def fields_of(model: m.Model) -> Thing:
    return {name: getattr(model, name) for name in type(model).model_fields}


def things_of(pack: m.Pack) -> Things:
    """Return the things of a pack; order among them says nothing, so two packs of one meaning have equal things."""
    found: Things = {}
    for section in TABLES:
        for id_, model in getattr(pack, section).items():
            found[section, id_] = fields_of(model)
    for group in pack.groups:
        found["groups", group.id] = {name: value for name, value in fields_of(group).items() if name != "criteria"}
        for criterion in group.criteria:
            found["criteria", criterion.id] = {**fields_of(criterion), "group": group.id}
    for section in LISTS:
        for item in getattr(pack, section):
            found[section, item.id] = fields_of(item)
    for line in pack.rating:
        found["rating", str(line.level)] = fields_of(line)
    found[ORDER] = {"levels": tuple(line.level for line in pack.rating)}
    found["ledger", ""] = fields_of(pack.ledger)
    taken = {*TABLES, *LISTS, "groups", "rating", "ledger"}
    found[HEAD] = {name: value for name, value in fields_of(pack).items() if name not in taken}
    return found


def assembled(things: Mapping[Key, Thing]) -> m.Pack:
    """Return the pack of some things. What names a group that is not there is left out, so that a part of the edits can be tried."""

    def of(section: str) -> dict[str, Thing]:
        return {id_: thing for (kind, id_), thing in things.items() if kind == section}

    head = dict(things[HEAD])
    groups = of("groups")
    members: dict[str, list[m.Criterion]] = {id_: [] for id_ in groups}
    for thing in of("criteria").values():
        if thing["group"] in members:
            members[thing["group"]].append(m.Criterion.model_construct(**{key: value for key, value in thing.items() if key != "group"}))
    made: Thing = {
        section: {id_: model.model_construct(**thing) for id_, thing in of(section).items()} for section, model in TABLES.items()
    }
    made["groups"] = tuple(
        m.Group.model_construct(
            **{**thing, "requires": tuple(one for one in thing["requires"] if one in groups)}, criteria=tuple(members[id_])
        )
        for id_, thing in groups.items()
    )
    for section, model in LISTS.items():
        made[section] = tuple(model.model_construct(**_stripped(thing, groups)) for thing in of(section).values())
    lines = of("rating")
    made["rating"] = tuple(m.RatingLine.model_construct(**lines[str(level)]) for level in lines["order"]["levels"] if str(level) in lines)
    made["ledger"] = m.LedgerRules.model_construct(**things["ledger", ""])
    if head["total"]:
        weights = {id_: weight for id_, weight in head["total"].weights.items() if id_ in groups}
        head["total"] = m.Total(weights=weights) if weights else None
    return m.Pack.model_construct(**head, **made)


def _stripped(thing: Thing, groups: Mapping[str, Thing]) -> Thing:
    return {**thing, "strip": tuple(one for one in thing["strip"] if one in groups)} if "strip" in thing else thing


# --- one way of writing -------------------------------------------------------


def canonical(pack: m.Pack) -> m.Pack:
    """Return the pack with its expressions written in one way and lists in which order says nothing sorted."""
    found = _rewritten(pack, "")
    assert isinstance(found, m.Pack)
    return found


def _rewritten(value: Any, name: str) -> Any:
    match value:
        case m.Model():
            changed = {one: _rewritten(getattr(value, one), one) for one in type(value).model_fields}
            return value.model_copy(update=changed)
        case tuple():
            made = tuple(_rewritten(one, name) for one in value)
            if name in UNORDERED or (name == "parts" and sum(isinstance(one, m.ManualPart) for one in made) < 2):
                return tuple(sorted(made, key=repr))
            return made
        case dict():
            return {key: _rewritten(one, "") for key, one in value.items()}
        case str() if name in CONDITIONS | FORMULAS:
            return _written(value, name in CONDITIONS)
        case _:
            return value


def _written(text: str, is_condition: bool) -> str:
    try:
        return write(_tidy(parse_condition(text) if is_condition else parse_formula(text)))
    except ConditionError:  # of a section with a language of its own
        return text


def _tidy(node: Any) -> Any:
    """Return a tree with the parts of AND, OR and count in the order of their texts, and numbers on the right of comparisons."""
    changed: dict[str, Any] = {}
    for name, value in vars(node).items():
        if isinstance(value, tree.Node):
            changed[name] = _tidy(value)
        elif isinstance(value, tuple):
            listed = [_tidy(one) for one in value]
            changed[name] = tuple(sorted(listed, key=write) if isinstance(node, tree.And | tree.Or | tree.Count) else listed)
    node = replace(node, **changed)
    if isinstance(node, tree.Compare) and isinstance(node.left, tree.Number) and not isinstance(node.right, tree.Number):
        return replace(node, op=MIRRORED[node.op], left=node.right, right=node.left)
    return node
