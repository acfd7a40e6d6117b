"""Plain data of a pack as YAML text that this project's loader reads back to the same data."""

import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from evaluator.packs.scalars import DATE, resolve
from evaluator.packs.source import DataPath

__all__ = ["flow_text", "scalar_text", "to_yaml"]

WIDTH = 140
PLAIN = re.compile(r"[A-Za-z_\u4e00-\u9fff][^\n\t\r\x7f\x85\u2028\u2029\ufeff]*")
ESCAPES = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\t": "\\t", "\r": "\\r"} | {
    sign: f"\\u{ord(sign):04x}" for sign in "\x7f\x85\u2028\u2029\ufeff"
}
Note = Callable[[DataPath], str]


def to_yaml(data: Mapping[str, Any], note: Note = lambda _: "") -> str:
    """Return the text. ``note`` may give a comment for the line on which the value at a path begins."""
    return "\n".join(_mapping(data, (), "", note)) + "\n"


def _mapping(data: Mapping[str, Any], path: DataPath, indent: str, note: Note) -> list[str]:
    lines = []
    for key, value in data.items():
        lines += _entry(f"{indent}{_key(str(key))}:", value, (*path, key), indent + "  ", note)
    return lines


def _entry(head: str, value: Any, path: DataPath, indent: str, note: Note) -> list[str]:
    told = _comment(note(path))
    if not isinstance(value, dict | list | tuple) or not value:
        return [f"{head} {flow_text(value)}{told}"]
    if (short := _short(head, value, path, note)) is not None:
        return [short + told]
    if isinstance(value, dict):
        return [head + told, *_mapping(value, path, indent, note)]
    lines = [head + told]
    for place, one in enumerate(value):
        here = (*path, place)
        flow = _short(f"{indent}-", one, here, note) if isinstance(one, dict) else f"{indent}- {flow_text(one)}"
        if flow is not None:
            lines.append(flow + _comment(note(here)))
            continue
        inner = _mapping(one, here, indent + "  ", note)
        comment = _comment(note(here))
        first = f"{indent}- {inner[0].removeprefix(indent + '  ')}"
        lines += [first + comment if " #" not in first else first, *inner[1:]]
    return lines


def _short(head: str, value: Any, path: DataPath, note: Note) -> str | None:
    """Return a list or mapping on one line, None where it would read badly there or something inside has a comment."""
    if not _shallow(value) or any(note(below) for below in _paths(value, path)):
        return None
    line = f"{head} {flow_text(value)}"
    return line if len(line) <= WIDTH else None


def _comment(text: str) -> str:
    return f"  # {text}" if text else ""


def _paths(value: Any, path: DataPath) -> list[DataPath]:
    if isinstance(value, dict):
        return [below for key, one in value.items() for below in ((*path, key), *_paths(one, (*path, key)))]
    if isinstance(value, list | tuple):
        return [below for place, one in enumerate(value) for below in ((*path, place), *_paths(one, (*path, place)))]
    return []


def _shallow(value: Any, depth: int = 2) -> bool:
    """Whether a value reads well on one line: a list or mapping of scalars, or of such."""
    if not isinstance(value, dict | list | tuple):
        return True
    return depth > 0 and all(_shallow(one, depth - 1) for one in (value.values() if isinstance(value, dict) else value))


def flow_text(value: Any) -> str:
    """Return a value on one line."""
    match value:
        case dict():
            return "{" + ", ".join(f"{_key(str(key))}: {flow_text(one)}" for key, one in value.items()) + "}"
        case list() | tuple():
            return "[" + ", ".join(map(flow_text, value)) + "]"
        case _:
            return scalar_text(value)


def scalar_text(value: Any, *, flow: bool = True) -> str:
    """Return a text, number, day, truth or null; a text without quotes where no reader could take it for anything else. ``flow``: it
    may stand between brackets or as a key."""
    match value:
        case None:
            return "null"
        case bool():
            return str(value).lower()
        case Decimal():
            return f"{value:f}"
        case str():
            return value if _plain(value, flow) else '"' + "".join(ESCAPES.get(sign, sign) for sign in value) + '"'
        case _:
            return str(value)


def _key(key: str) -> str:
    return key if DATE.fullmatch(key) else scalar_text(key)  # a key is always text


def _plain(text: str, flow: bool) -> bool:
    if not PLAIN.fullmatch(text) or text != text.strip() or text.endswith(":") or ": " in text or " #" in text or "\uff1a" in text:
        return False
    if flow and any(sign in text for sign in ",[]{}:#\"'"):
        return False
    return resolve(text) == (text, "")
