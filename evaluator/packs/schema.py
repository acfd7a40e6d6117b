"""The JSON Schema of a pack, with which editors complete keys and mark mistakes while a pack is written."""

from collections.abc import Iterator
from typing import Any

from evaluator.packs.models import SHAPES, Pack

__all__ = ["pack_schema"]

DRAFT = "https://json-schema.org/draft/2020-12/schema"


def pack_schema() -> dict[str, Any]:
    """Return the JSON Schema (draft 2020-12) of ``pack.yaml``, as plain data.

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
    return {"$schema": DRAFT, **schema}


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
