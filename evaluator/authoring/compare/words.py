"""An edit in words: what it is about, what stood there and what stands there now, and what the comparison found."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

from evaluator.authoring.compare.critical import shown
from evaluator.authoring.compare.edits import Edit
from evaluator.authoring.compare.outcomes import Tally, item_of
from evaluator.authoring.compare.scoring import OUTSIDE, UNVISITED, State
from evaluator.authoring.compare.things import HEAD, Thing
from evaluator.messages import language, say
from evaluator.packs import models as m
from evaluator.packs.yaml_text import flow_text
from evaluator.reports.packs import rules_of
from evaluator.reports.terminal import holder_name
from evaluator.scoring.explain import points

__all__ = ["called", "example", "level_name", "sides", "tallied", "titled"]

IN_WORDS = {"points", "parts", "deduct", "zero_when", "applies_when", "when"}


def called(edit: Edit, a: m.Pack, b: m.Pack) -> str:
    """Return the id and the text of what an edit is about."""
    if edit.changes[0].key == HEAD:
        return say("compare.head")
    if edit.section in ("rating", "ledger"):
        return " ".join(filter(None, (say(f"compare.section_{edit.section}"), "" if edit.id == "order" else edit.id)))
    pack = a if edit.kind == "removed" else b
    return " ".join(filter(None, (edit.id, _label(pack, edit.section, edit.id))))


def _label(pack: m.Pack, section: str, id_: str) -> str:
    item = item_of(pack, (section, id_))
    if item is not None:
        return item.text.text(language())
    if section == "groups":
        return next((group.title.text(language()) for group in pack.groups if group.id == id_), "")
    found: Any = getattr(pack, section).get(id_) if section in ("settings", "indicators", "derived", "deadlines") else None
    if section == "sources" and id_ in pack.sources:
        return pack.sources[id_].title
    return str(found.label.text(language())) if found else ""


def titled(edit: Edit) -> str:
    """Return what sort of edit it is, with the keys that it changes."""
    kind = say(f"compare.kind_{edit.kind}")
    keys = ", ".join(name.rstrip("_") for name in edit.fields)
    return f"{kind}({keys})" if keys else say(f"compare.{edit.kind}_{edit.section}")


def sides(edit: Edit, a: m.Pack, b: m.Pack) -> tuple[list[str], list[str]]:
    """Return lines of what stood there and of what stands there now."""
    old, new = edit.changes[0].old, edit.changes[0].new
    if old is None or new is None:
        told = _whole(edit, b if old is None else a)
        return ([], told) if old is None else (told, [])
    if set(edit.fields) <= IN_WORDS and edit.section in ("criteria", "vetoes", "triggers", "gates"):
        before, after = (_rules(pack, edit) for pack in (a, b))
        was, now = [one for one in before if one not in after], [one for one in after if one not in before]
        if was or now:
            return was, now
    return _said(old, list(new), edit, a), _said(new, list(new), edit, b)


def _said(thing: Thing, names: list[str], edit: Edit, pack: m.Pack) -> list[str]:
    """Return a line for each field that says something; one that says so where none does."""
    lines = [_told(name, thing[name], edit, pack) for name in names if thing[name] not in (None, "", (), {})]
    return lines or [say("compare.nothing")]


def _rules(pack: m.Pack, edit: Edit) -> list[str]:
    item = item_of(pack, (edit.section, edit.id))
    assert item is not None
    worth = [say("compare.worth", points=points(int(item.points * 100)))] if isinstance(item, m.Criterion) else []
    return [*worth, *rules_of(pack, item)]


def _whole(edit: Edit, pack: m.Pack) -> list[str]:
    item = item_of(pack, (edit.section, edit.id))
    if item is not None:
        return _rules(pack, edit)
    if edit.section == "groups":
        return [f"{change.key[1]} {_label(pack, 'criteria', change.key[1])}" for change in edit.changes[1:]]
    if edit.section == "indicators":
        return [say("compare.holder", holder=holder_name(_thing(edit)["holder"]))]
    return []


def _thing(edit: Edit) -> Thing:
    return edit.changes[0].new or edit.changes[0].old or {}


def _told(name: str, value: Any, edit: Edit, pack: m.Pack) -> str:
    if name == "deadline" and value in pack.deadlines:
        return f"{value} {pack.deadlines[value].label.text(language())}"
    if name == "levels":
        return " > ".join(str(one) for one in value)
    return f"{name.rstrip('_')}: {flow_text(_plain(value))}"


def _plain(value: Any) -> Any:
    match value:
        case m.Labels():
            return value.text(language())
        case m.Model():
            return {
                (field.alias or name): _plain(getattr(value, name))
                for name, field in type(value).model_fields.items()
                if getattr(value, name) != field.default
            }
        case tuple():
            return [_plain(one) for one in value]
        case Mapping():
            return {str(key): _plain(one) for key, one in value.items()}
        case Decimal() if value == value.to_integral_value():
            return int(value)
        case date() | str() | int() | Decimal() | None:
            return value
        case _:
            return str(value)


# --- what asking both versions found ------------------------------------------


def tallied(tally: Tally) -> str:
    """Return at how many values both versions were asked, and what came of it."""
    text = say("compare.tally", cases=tally.cases, worse=tally.worse, better=tally.better)
    return text if tally.complete else text + say("compare.tally_drawn")


def example(tally: Tally, pack: m.Pack, judged: str) -> str:
    """Return one case at which the two versions differ, "" where there is none. ``judged`` is the item that the edit is about."""
    if tally.example is None:
        return ""
    case, was, now = tally.example
    section, id_ = tally.judged
    where = "" if id_ in ("", judged) else f"{id_} {_label(pack, 'groups' if section == 'line' else section, id_)}"
    told = shown(case, tally.indicators or {}, language()) + (say("compare.on_day", day=tally.day) if tally.day else "")
    before, after = (_outcome(section, one, pack) for one in (was, now))
    return say("compare.example", where=where + say("compare.colon") if where else "", case=told, was=before, now=after)


def _outcome(section: str, found: Any, pack: m.Pack) -> str:
    if section == "criteria":
        if found is None:
            return say("compare.outcome_na")
        low, high = (_percent(one) for one in found)
        return low if low == high else f"{low}–{high}"
    if section == "rating":
        return level_name(pack, found)
    kind = "line" if section == "line" else "truth"
    return say(f"compare.{kind}_{'unknown' if found is None else 'true' if found else 'false'}")


def _percent(share: Fraction) -> str:
    return points(int(share * 10_000)) + "%"


def level_name(pack: m.Pack, level: State | None) -> str:
    """Return the label of a level in a pack."""
    if level in (None, UNVISITED, OUTSIDE):
        return say({None: "compare.no_level", UNVISITED: "compare.unvisited", OUTSIDE: "compare.outside"}[level])
    return next((line.label.text(language()) for line in pack.rating if line.level == level), str(level))
