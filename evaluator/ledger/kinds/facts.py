"""What the conditions of a kind may read: every name with its type, and the values of the names for one case and one move."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any, Literal

from evaluator.ledger.cases import Case
from evaluator.ledger.events import Actor
from evaluator.ledger.kinds.clocks import standing
from evaluator.ledger.kinds.judge import Value
from evaluator.ledger.kinds.models import Answer, Kind, Kinds

__all__ = ["BUILT_IN", "COUNTED", "Scene", "Type", "facts", "linked", "settled", "types_of"]

Type = Literal["number", "text", "date", "time", "texts"]
TYPES: dict[str, Type] = {"integer": "number", "decimal": "number", "choice": "text", "list": "texts"}
BUILT_IN: dict[str, Type] = {
    "actor_name": "text",
    "actor_unit": "text",
    "actor_role": "text",
    "unit": "text",
    "person": "text",
    "branch": "text",
    "reason": "text",
    "R": "date",  # as-of
    "at": "date",  # of the move
    "begun": "date",
}
COUNTED: tuple[str, ...] = ("same_month", "open_by_actor")  # counts over the whole ledger, made only when a condition reads them


@dataclass(frozen=True)
class Scene:
    """A case as a move would leave it, who makes the move and when. ``earlier``: its fields before; ``at``: an ISO day or minute."""

    kind: Kind
    case: Case
    earlier: Mapping[str, Any]
    actor: Actor
    as_of: date
    at: str
    reason: str
    linked: tuple[Case, ...]  # cases that it links to
    siblings: Callable[[Case], Iterable[Case]]  # those to which a linked case links


def types_of(kind: Kind) -> dict[str, Type]:
    """Return the names that a kind's conditions may read, with the type of each."""
    types: dict[str, Type] = dict(BUILT_IN) | dict.fromkeys(COUNTED, "number")
    for id_, field in kind.fields.items():
        match field.type:
            case "rows":
                types |= dict.fromkeys((f"{id_}_count", f"{id_}_incomplete", f"{id_}_unnamed"), "number")
            case "links":
                types |= dict.fromkeys((f"{id_}_count", f"{id_}_open", f"{id_}_done", f"{id_}_sole"), "number")
            case _:
                type_: Type = TYPES.get(field.type) or field.type  # type: ignore[assignment]  # what is left bears the same name
                types |= {id_: type_, f"{id_}_before": type_}
    for id_ in kind.moves:
        types |= {f"unit_of_{id_}": "text", f"name_of_{id_}": "text", f"day_of_{id_}": "date", f"times_of_{id_}": "number"}
    for id_ in kind.clocks:
        types |= {f"due_of_{id_}": "date", f"late_of_{id_}": "number"}
    return types


def facts(scene: Scene, kinds: Kinds, counted: Mapping[str, int]) -> dict[str, Value]:
    """Return the values of a kind's names; what has none is left out, and so unknown. A move that is being made is not yet counted."""
    kind, case, actor = scene.kind, scene.case, scene.actor
    made: dict[str, Value] = {
        "actor_name": actor.name,
        "actor_unit": actor.unit,
        "actor_role": actor.role,
        "unit": case.unit or None,
        "person": case.person or None,
        "branch": case.branch or None,
        "reason": scene.reason.strip() or None,
        "R": scene.as_of,
        "at": date.fromisoformat(scene.at[:10]),
        "begun": case.found,
    }
    made |= {name: Fraction(number) for name, number in counted.items()}
    for id_, field in kind.fields.items():
        match field.type:
            case "rows":
                made |= _of_rows(kind, id_, field, case.fields)
            case "links":
                made |= _of_links(id_, case, scene, kinds)
            case _:
                made |= {id_: _plain(field, case.fields.get(id_)), f"{id_}_before": _plain(field, scene.earlier.get(id_))}
    for id_ in kind.moves:
        steps = [step for step in case.steps if step.move == id_]
        made[f"times_of_{id_}"] = Fraction(len(steps))
        if steps:
            made |= {f"unit_of_{id_}": steps[-1].unit, f"name_of_{id_}": steps[-1].by}
            made[f"day_of_{id_}"] = date.fromisoformat(steps[-1].at[:10])
    for id_ in kind.clocks:
        clocks = [clock for clock in case.clocks if clock.name == id_]
        made[f"late_of_{id_}"] = Fraction(sum(standing(clock, scene.at) in ("met_late", "late") for clock in clocks))
        if clocks:
            made[f"due_of_{id_}"] = date.fromisoformat(clocks[-1].due[:10])
    return made


def linked(kinds: Kinds, case: Case) -> bool:
    """Whether a linked case counts: one that was dropped does not."""
    file = kinds.get(case.kind)
    state = file.kind.states.get(case.state) if file else None
    return not (state and state.void)


def settled(kind: Kind, case: Case) -> Case:
    """Return the case with the field that fills its person saying who that is now: a handover changes the person alone."""
    own = [id_ for id_, field in kind.fields.items() if field.fills == "person"]
    return replace(case, fields=case.fields | {own[0]: case.person}) if case.person and len(own) == 1 else case


def _plain(field: Answer, value: Any) -> Value:
    if value in (None, "", []):
        return None
    match field.type:
        case "integer" | "decimal":
            return Fraction(Decimal(value))
        case "date":
            return date.fromisoformat(value)
        case "list":
            return tuple(value)
        case _:
            return str(value)


def _of_rows(kind: Kind, id_: str, field: Answer, fields: Mapping[str, Any]) -> dict[str, Value]:
    rows = fields.get(id_, ())
    needed = [column for column, one in field.columns.items() if one.required]
    named = {
        row.get(column)
        for other, one in kind.fields.items()
        for column, told in one.columns.items()
        if told.names == id_
        for row in fields.get(other, ())
    }
    return {
        f"{id_}_count": Fraction(len(rows)),
        f"{id_}_incomplete": Fraction(sum(any(not row.get(column) for column in needed) for row in rows)),
        f"{id_}_unnamed": Fraction(sum(row.get(field.key or "") not in named for row in rows)),
    }


def _of_links(id_: str, case: Case, scene: Scene, kinds: Kinds) -> dict[str, Value]:
    """``sole``: open cases that would be left with nothing that counts if this one were dropped."""
    counting = [one for one in scene.linked if linked(kinds, one)]
    sole = [
        one for one in counting if not one.ended and not any(other.id != case.id and linked(kinds, other) for other in scene.siblings(one))
    ]
    return {
        f"{id_}_count": Fraction(len(counting)),
        f"{id_}_open": Fraction(sum(not one.ended for one in counting)),
        f"{id_}_done": Fraction(sum(one.ended for one in counting)),
        f"{id_}_sole": Fraction(len(sole)),
    }
