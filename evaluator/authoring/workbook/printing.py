"""A pack's data as YAML that people like to read and that the strict reader takes back value by value."""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from rich.cells import cell_len

from evaluator.packs.yaml_text import scalar_text

__all__ = ["pack_yaml"]

WIDTH = 140  # columns; what is longer goes on lines of its own
INDENT = "  "
SECTIONS = (
    *("sources", "settings", "indicators", "derived", "groups", "total", "vetoes", "triggers", "gates", "rating", "deadlines", "ledger"),
    "scope",
)
FREE = ("sources", "settings", "indicators", "derived", "deadlines", "numbers", "values", "by_date", "weights")  # keys are the pack's own
LONG = (  # never on one line
    *("settings", "indicators", "derived", "groups", "criteria", "parts", "deduct", "vetoes", "triggers", "gates", "ledger", "scope"),
    "burden",
)
ORDER = (  # in which keys of an item stand
    *(
        "id",
        "kind",
        "level",
        "label",
        "title",
        "text",
        "lead",
        "earned_when",
        "min_applicable",
        "requires",
        "accumulates",
        "type",
        "unit",
        "range",
    ),
    *(
        "options",
        "aggregate",
        "holder",
        "value",
        "by_date",
        "by",
        "otherwise",
        "formula",
        "when_zero",
        "min_sample",
        "points",
        "key",
        "due",
    ),
    *("applies_when", "award", "when", "bands", "count_up", "count_down", "prorate", "choices", "manual", "full", "less", "each", "of"),
    *(
        "at_least",
        "per",
        "every",
        "up_to",
        "values",
        "parts",
        "deduct",
        "zero_when",
        "strip",
        "cap",
        "void",
        "finding",
        "deadline",
        "owner",
    ),
    *("fixable_by", "irreversible", "closes_on", "auto_close", "locus", "supersedes", "measure", "bonus", "days", "date", "at"),
    *("review_days", "from", "to", "branch_limit", "common_over", "common_least", "extensions", "notice_days", "observe_days"),
    *("mass_close", "after", "slips", "within", "rank", "caps", "hints", "rise", "streaks", "level_at_least", "level_below", "at_most"),
    *("then", "compare", "periods", "branch_fields", "why", "basis", "numbers", "blank", "na", "proof", "attribute", "note", "criteria"),
)
TOP = (
    *("pack", "version", "status", "adopted", "authority", "title", "category", "effective", "applies_to", "stars", "internal", "needs"),
    *("note", *SECTIONS, "burden", "reserved"),
)
RANK = {key: place for place, key in enumerate(ORDER)}
KEPT = re.compile(r"[^\s][^\t\r\x85\u2028\u2029]*", re.DOTALL)  # texts that may stand as a block of lines


def pack_yaml(data: Mapping[str, Any], remark: str = "") -> str:
    """Return the YAML of a pack's data; ``remark`` stands above it as a comment."""
    lines = [f"# {line}" for line in remark.splitlines()]
    for key, value in _ordered(data, ""):
        if key in (*SECTIONS, "burden"):
            lines += ["", f"# --- {key} ---"] if key in LONG or key in FREE else [""]
        lines += _entry(key, value, 0, blank_lines=key == "groups")
    return "\n".join(lines).lstrip("\n") + "\n"


def _ordered(data: Mapping[str, Any], parent: str) -> list[tuple[str, Any]]:
    """Return the items of a mapping in the order of the house; the pack's own keys keep theirs."""
    items = [(key, value) for key, value in data.items() if value is not None]
    if parent in FREE:
        return items
    if not parent:
        return sorted(items, key=lambda item: TOP.index(item[0]) if item[0] in TOP else len(TOP))
    return sorted(items, key=lambda item: RANK.get(item[0], len(RANK)))


def _entry(key: str, value: Any, depth: int, parent: str = "", *, blank_lines: bool = False) -> list[str]:
    """Return the lines of a key and its value."""
    start = INDENT * depth + _key(key)
    if isinstance(value, str) and _block(value):
        return _literal(start, value, depth)
    long = key in LONG or (not depth and key in FREE) or (parent in LONG and parent in FREE)
    one = None if long and value else _flow(value, key)
    if one is not None and cell_len(start) + len(": ") + cell_len(one) <= WIDTH:
        return [f"{start}: {one}"]
    if isinstance(value, Mapping) and value:
        below = [line for name, inner in _ordered(value, key) for line in _entry(name, inner, depth + 1, key)]
        return [f"{start}:", *below]
    if isinstance(value, Sequence) and not isinstance(value, str) and value:
        return [f"{start}:", *_items(value, key, depth + 1, blank_lines=blank_lines or key == "criteria")]
    return [f"{start}: {one if one is not None else _flow(value, key)}"]


def _items(values: Sequence[Any], key: str, depth: int, *, blank_lines: bool) -> Iterator[str]:
    """Yield the lines of a list, a dash for each item."""
    for place, value in enumerate(values):
        if blank_lines and place:
            yield ""
        one = None if key in LONG else _flow(value, key)
        dash = INDENT * depth + "- "
        if one is not None and (cell_len(dash + one) <= WIDTH or not isinstance(value, Mapping)):
            yield dash + one
            continue
        lines = [line for name, inner in _ordered(value, "item") for line in _entry(name, inner, depth + 1)]
        yield dash + lines[0].lstrip()
        yield from lines[1:]


def _literal(start: str, text: str, depth: int) -> list[str]:
    body = text.removesuffix("\n")
    sign = "|" if text.endswith("\n") else "|-"
    return [f"{start}: {sign}", *(f"{INDENT * (depth + 1)}{line}" if line else "" for line in body.split("\n"))]


def _block(text: str) -> bool:
    """Return whether a text is written line by line: it has several, and nothing that a block of lines would change."""
    body = text.removesuffix("\n")
    if "\n" not in text or body.endswith("\n") or not KEPT.fullmatch(body):
        return False
    return all(line.strip() or not line for line in body.split("\n"))


# --- on one line --------------------------------------------------------------


def _flow(value: Any, key: str) -> str:
    """Return a value on one line."""
    match value:
        case Mapping():
            return "{" + ", ".join(f"{_key(name)}: {_flow_scalar(inner, name)}" for name, inner in _ordered(value, key)) + "}"
        case str() | bool() | int() | Decimal() | date():
            return _text(value, flow=False)
        case _:
            return "[" + ", ".join(_flow_scalar(inner, key) for inner in value) + "]"


def _flow_scalar(value: Any, key: str) -> str:
    return _text(value, flow=True) if isinstance(value, str | bool | int | Decimal | date) else _flow(value, key)


def _key(key: object) -> str:
    if isinstance(key, date):
        return key.isoformat()
    return scalar_text(str(key))


def _text(value: str | bool | int | Decimal | date, *, flow: bool) -> str:
    return scalar_text(value.normalize() if isinstance(value, Decimal) else value, flow=flow)
