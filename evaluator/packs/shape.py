"""From plain data to a :class:`Pack`, or to what is wrong with its shape: keys, types and ranges, each with its place."""

import types
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from difflib import get_close_matches
from typing import Any, Literal, NamedTuple, Union, get_args, get_origin

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from evaluator.diagnostics import Diagnostic
from evaluator.packs.models import SHAPES, Labels, Model, Pack
from evaluator.packs.source import DataPath, Spans

__all__ = ["KEYS", "shape"]

KEYS = {  # pydantic's error types and our messages
    "bool_parsing": "E306",
    "bool_type": "E306",
    "date_from_datetime_inexact": "E307",
    "date_from_datetime_parsing": "E307",
    "date_parsing": "E307",
    "date_type": "E307",
    "decimal_max_places": "E313",
    "decimal_parsing": "E303",
    "decimal_type": "E303",
    "dict_type": "E308",
    "extra_forbidden": "E302",
    "finite_number": "E303",
    "greater_than_equal": "E311",
    "int_from_float": "E304",
    "int_parsing": "E304",
    "int_type": "E304",
    "less_than_equal": "E312",
    "literal_error": "E310",
    "missing": "E301",
    "model_type": "E308",
    "string_pattern_mismatch": "E316",
    "string_too_long": "E315",
    "string_too_short": "E314",
    "string_type": "E305",
    "too_long": "E326",
    "too_short": "E325",
    "tuple_type": "E309",
    "union_tag_not_found": "E320",
}
PATTERNS = {"_]*$": "E316", "9-]*$": "E317", ".+-]+$": "E318", "1])$": "E319", ")?%)$": "E615"}  # by how the pattern of a text ends
WHEN_ZERO, DUE = "E323", "E324"  # keys that take a word or a number, with a message of their own
LONGEST_SHOWN = 40


class _Fault(NamedTuple):
    """One of pydantic's errors: the nearest path that the file has, and the steps beyond it."""

    path: DataPath
    beyond: tuple[str | int, ...]
    is_key: bool
    error: ErrorDetails


def shape(data: dict[str, Any], spans: Spans) -> tuple[Pack | None, list[Diagnostic]]:
    """Return the pack that the data of a file says, None when anything is wrong with its shape, and all that is."""
    try:
        return Pack.model_validate(data), []
    except ValidationError as error:
        faults = [_fault(one, data) for one in error.errors(include_url=False)]
    told: dict[object, Diagnostic] = {}
    corrected: set[tuple[DataPath, object]] = set()
    for fault in sorted(faults, key=lambda one: one.error["type"] == "missing"):
        lacking = fault.beyond[-1] if fault.error["type"] == "missing" else None
        if (fault.path, lacking) in corrected:
            continue
        part = fault.path[: fault.path.index("parts") + 2] if "parts" in fault.path[:-1] else ()
        shapes = _shapes(part, data)
        if len(shapes) > 1:
            told[part] = Diagnostic("packs.E321", spans.place(part), {"found": ", ".join(shapes)})
            continue
        finding = _tell(fault, data, spans)
        if "near" in finding.values:
            corrected.add((fault.path[:-1], finding.values["near"]))
        # A value that fits no piece of a union fails once for each: one message says them all.
        told.setdefault((fault.path, fault.is_key, lacking), finding)
    return None, list(told.values())


def _fault(error: ErrorDetails, data: Any) -> _Fault:
    path: list[str | int] = []
    beyond: list[str | int] = []
    for step in error["loc"]:
        is_tag = len(path) > 1 and path[-2] == "parts" and step in {model.__name__ for model in SHAPES.values()}
        if is_tag or step == "[key]":
            continue
        inside = isinstance(data, dict) and str(step) in data if not isinstance(data, list) else isinstance(step, int) and step < len(data)
        if inside and not beyond:
            data = data[step if isinstance(data, list) else str(step)]
            path.append(step if isinstance(step, int) else str(step))
        else:
            beyond.append(step)
    return _Fault(tuple(path), tuple(beyond), error["loc"][-1:] == ("[key]",), error)


def _tell(fault: _Fault, data: dict[str, Any], spans: Spans) -> Diagnostic:
    path, error = fault.path, fault.error
    key = KEYS.get(error["type"], "E329")
    allowed = _fields(path[:-1], data)
    values: dict[str, Any] = {"name": _name(path), "found": _shown(error["input"])}
    context = error.get("ctx", {})
    match key:
        case _ if path and path[-1] == "when_zero" and len(fault.beyond) == 1:
            key = WHEN_ZERO
        case _ if path and path[-1] == "due":
            key = DUE
        case "E301" if isinstance(fault.beyond[-1], int):
            key, values["count"] = "E326", 2
        case "E301":
            values |= {"name": _name(path) or "pack.yaml", "lacking": fault.beyond[-1]}
        case "E302":
            near = get_close_matches(str(path[-1]).strip(), allowed, n=1)
            values = {"found": path[-1], **({"near": near[0]} if near else {"allowed": ", ".join(allowed)})}
            return Diagnostic("packs.E302" if near else "packs.E322", spans.place(path, key=True), values)
        case "E310":
            values["allowed"] = ", ".join(_options(path, data))
        case "E311" | "E312":
            values["limit"] = next(str(context[one]) for one in ("ge", "le") if one in context)
        case "E313":
            values["places"] = context["decimal_places"]
        case "E315":
            values["most"] = context["max_length"]
        case "E316":
            key = next((known for ending, known in PATTERNS.items() if context["pattern"].endswith(ending)), "E329")
        case "E308" if context.get("class_name") == Labels.__name__:
            key = "E328"
        case "E308" if "：" in str(error["input"]):
            key = "E327"
        case "E320":
            values["allowed"] = ", ".join(SHAPES)
        case "E326":
            values["count"] = context["max_length"]
    return Diagnostic(f"packs.{key}", spans.place(path, key=fault.is_key), values)


def _shapes(part: DataPath, data: Any) -> list[str]:
    """Return the shapes whose keys the part at a path has."""
    for step in part:
        data = data[step]
    return [key for key in SHAPES if isinstance(data, dict) and key in data]


def _name(path: DataPath) -> str:
    """Return the last key of a path, with the number of the item where it is a list's."""
    name = ""
    for step in path:
        name = f"{name}[{step + 1}]" if isinstance(step, int) else step
    return name


def _shown(value: object) -> str:
    """Return a value as it stands in the file, cut where it is long."""
    match value:
        case dict():
            return "{…}"
        case list() | tuple():
            return "[…]"
        case bool() | None:
            return str(value).lower().replace("none", "null")
        case date() | Decimal():
            return str(value)
        case _:
            text = " ".join(str(value).split())
            return text if len(text) <= LONGEST_SHOWN else f"{text[:LONGEST_SHOWN]}…"


# --- what the models allow at a path ------------------------------------------


def _annotations(path: DataPath, data: Any) -> Iterator[Any]:
    """Yield the pieces of the type of the value at ``path``: unions, ``Annotated`` and aliases are taken apart."""
    pieces: list[Any] = [Pack]
    for step in path:
        found: list[Any] = []
        for piece in pieces:
            if isinstance(piece, type) and issubclass(piece, Model):
                found += [field.annotation for name, field in piece.model_fields.items() if step == (field.alias or name)]
            elif get_origin(piece) is tuple:
                found.append(get_args(piece)[0])
            elif get_origin(piece) is dict:
                found.append(get_args(piece)[1])
        data = data[step]
        pieces = [piece for one in found for piece in _apart(one)]
        shapes = [model for key, model in SHAPES.items() if isinstance(data, dict) and key in data]
        if shapes and set(SHAPES.values()) <= set(pieces):
            pieces = [*shapes[:1]]
    yield from pieces


def _apart(annotation: Any) -> Iterator[Any]:
    if get_origin(annotation) in (Union, types.UnionType):
        for piece in get_args(annotation):
            yield from _apart(piece)
    elif hasattr(annotation, "__metadata__"):
        yield from _apart(get_args(annotation)[0])
    else:
        yield annotation


def _fields(path: DataPath, data: dict[str, Any]) -> list[str]:
    """Return the keys that the mapping at ``path`` may have."""
    models = [piece for piece in _annotations(path, data) if isinstance(piece, type) and issubclass(piece, Model)]
    return [field.alias or name for model in models for name, field in model.model_fields.items()]


def _options(path: DataPath, data: dict[str, Any]) -> list[str]:
    return [str(option) for piece in _annotations(path, data) if get_origin(piece) is Literal for option in get_args(piece)]
