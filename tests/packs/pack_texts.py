"""Texts and numbers below a node of a pack's YAML."""

import re
from collections.abc import Iterator
from typing import Any


def texts(node: Any) -> Iterator[str]:
    """Yield every text below a node of YAML."""
    if isinstance(node, str):
        yield node
    elif isinstance(node, dict):
        for value in node.values():
            yield from texts(value)
    elif isinstance(node, list):
        for value in node:
            yield from texts(value)


def numbers_of(node: Any) -> Iterator[str]:
    """Yield the numbers of a rule as written, with ``months`` and ``quarters``."""
    if isinstance(node, bool):
        return
    if isinstance(node, int | float):
        yield f"{node:g}"
    elif isinstance(node, str):
        yield from re.findall(r"(?<![\w.])\d+(?:\.\d+)?%?", node)
        yield from re.findall(r"(?<!\d )\b(?:months|quarters)\b", node)
    elif isinstance(node, dict):
        for key, value in node.items():
            if key not in ("text", "due"):
                yield from numbers_of(value)
    elif isinstance(node, list):
        for value in node:
            yield from numbers_of(value)
