"""The JSON Schema of a pack, with which editors complete keys and mark mistakes while a pack is written."""

from collections.abc import Iterator
from typing import Any, get_args, get_origin

from evaluator.packs.models import SHAPES, Model, Pack
from evaluator.packs.overlay import LISTED, OWN

__all__ = ["pack_schema"]

DRAFT = "https://json-schema.org/draft/2020-12/schema"


OVERLAY = {
    "extends": {"type": "string", "minLength": 1, "description": "The pack beneath: an installed id, or a path from this file's folder."},
    "switch_off": {
        "description": "Ids of items that are not to hold, or id and reason.",
        "anyOf": [{"type": "array", "items": {"type": "string"}}, {"type": "object", "additionalProperties": {"type": "string"}}],
    },
}


def pack_schema(*, overlay: bool = False) -> dict[str, Any]:
    """Return the JSON Schema (draft 2020-12) of ``pack.yaml``, as plain data; with ``overlay`` that of a pack that extends another.

    It is a little narrower than loading: numbers and dates are written plainly, and each part holds exactly one shape.
    """
    schema = Pack.model_json_schema(by_alias=True, mode="validation")
    for node in _nodes(schema):
        _simplify(node)
    labels = schema["$defs"]["Labels"]
    schema["$defs"]["Labels"] = {"description": labels.pop("description"), "anyOf": [{"type": "string", "minLength": 1}, labels]}
    for key, model in SHAPES.items():
        shape = schema["$defs"][model.__name__]
        shape["title"] = key
    if overlay:
        _loosen(schema)
    return {"$schema": DRAFT, **schema}


def _loosen(schema: dict[str, Any]) -> None:
    """Let items say only what they change: ``id`` or ``level`` names them, null takes a key out, ``replace`` takes the item whole."""
    laid = set(_laid(Pack))
    for name, node in ((name, schema["$defs"][name]) for name in sorted(laid - {"Pack", "Labels"}) if name in schema["$defs"]):
        node["required"] = [key for key in node.get("required", ()) if key in ("id", "level")]
        node["properties"] = {key: {"anyOf": [one, {"type": "null"}]} for key, one in node["properties"].items()}
        node["properties"]["replace"] = {"const": True, "description": f"Take this {name} whole, not key by key."}
    schema["properties"] |= OVERLAY
    schema["required"] = [*OWN, "extends"]


def _laid(model: Any) -> Iterator[str]:
    """Yield the names of the models that are merged key by key; what stands in other lists, such as parts, is written whole."""
    yield model.__name__
    for name, field in model.model_fields.items():
        pieces = [field.annotation]
        while pieces:
            one = pieces.pop()
            if isinstance(one, type) and issubclass(one, Model):
                yield from _laid(one)
            elif get_origin(one) is not tuple or name in LISTED:
                pieces += get_args(one)


def _nodes(node: Any) -> Iterator[dict[str, Any]]:
    """Yield every mapping of the schema, the innermost first."""
    below = node.values() if isinstance(node, dict) else node if isinstance(node, list) else ()
    for one in list(below):
        yield from _nodes(one)
    if isinstance(node, dict):
        yield node


def _simplify(node: dict[str, Any]) -> None:
    """Drop what pydantic allows beside plain YAML: numbers written as text, and null where a key may be left out."""
    if isinstance(node.get("description"), str):
        node["description"] = node["description"].replace("``", "`")
    pieces = node.get("anyOf")
    if not isinstance(pieces, list):
        return
    has_number = any(piece.get("type") == "number" for piece in pieces)
    kept = [one for one in pieces if one.get("type") != "null" and not (has_number and one.get("type") == "string" and "enum" not in one)]
    if len(kept) == 1:
        del node["anyOf"]
        node.update({**kept[0], **node})
    else:
        node["anyOf"] = kept
    if has_number and "default" in node:
        node["default"] = node["default"] and float(node["default"])
    if node.get("default", ...) is None:
        del node["default"]
