"""What the tests of both halves of the systems share: a pack and its cases as data, the figures in them, values one step apart."""

import re
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from functools import cache
from typing import Any

import yaml

from evaluator import data_dir

__all__ = ["cases_of", "figures", "is_step", "pack_of"]

WORDS = {
    "label",
    "title",
    "text",
    "note",
    "measure",
    "reason",
    "numbers",
    "sources",
    "id",
    "owner",
    "deadline",
    "basis",
    "proof",
    "unit",
    "range",
}
FORMULAS = {"when", "per", "of", "formula", "applies_when", "zero_when"}


@cache
def pack_of(id_: str) -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load((data_dir("rules") / id_ / "pack.yaml").read_text(encoding="utf-8"))
    return loaded


@cache
def cases_of(id_: str) -> list[tuple[dict[str, Any], dict[str, Any]]]:
    """Return every case of a pack with all that it is given, its file's base included."""
    found = []
    for path in sorted((data_dir("rules") / id_ / "cases").glob("*.yaml")):
        file = yaml.safe_load(path.read_text(encoding="utf-8"))
        found += [(case, {**file["base"], **case.get("given", {})}) for case in file["cases"]]
    return found


def figures(value: Any, key: str = "") -> Iterator[Decimal]:
    """Yield the numbers of rules and cases: as values, in formulas, and as how many options, awards or parts are listed."""
    if isinstance(value, bool) or key in WORDS:
        return
    if isinstance(value, int | float):
        yield Decimal(str(value))
    elif isinstance(value, str) and key in FORMULAS:
        yield from (Decimal(one) for one in re.findall(r"(?<![\w.])\d+(?:\.\d+)?", value))
    elif isinstance(value, dict):
        for name, below in value.items():
            yield from figures(below, name)
    elif isinstance(value, list):
        yield Decimal(len(value))
        yield Decimal(sum(one.get("kind") != "hard" if isinstance(one, dict) else True for one in value))
        for one in value:
            yield from figures(one, key)


def is_step(one: Any, other: Any) -> bool:
    """Return whether two values are one step apart: a unit (a tenth where there are tenths), a switch, one listed value, a day, or a
    text that is there or not."""
    if one is None or other is None:
        return isinstance(one or other, str)
    if isinstance(one, list) and isinstance(other, list):
        return len(set(one) ^ set(other)) == 1
    if isinstance(one, date) and isinstance(other, date):
        return abs((one - other).days) == 1
    if isinstance(one, bool) or isinstance(other, bool):
        return one is not other
    if not (isinstance(one, int | float) and isinstance(other, int | float)):
        return False
    return abs(Decimal(str(one)) - Decimal(str(other))) in (Decimal(1), Decimal("0.1"))
