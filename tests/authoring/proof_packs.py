"""Small packs for proofs: from data to a loaded pack, and brute force over every value of small ranges."""

import json
import re
from collections.abc import Iterator, Mapping
from datetime import date
from functools import lru_cache
from itertools import product
from pathlib import Path
from typing import Any

from evaluator.authoring.proofs.prove import prove
from evaluator.diagnostics import Diagnostic
from evaluator.packs.check import check_pack
from evaluator.packs.load import LoadedPack
from evaluator.packs.models import Pack
from evaluator.packs.shape import shape
from evaluator.packs.source import parse_yaml
from evaluator.scoring.compile import compile_plan
from evaluator.scoring.period import Period, earlier
from evaluator.scoring.plan import Plan
from evaluator.scoring.truth import value

__all__ = ["DERIVED", "INDICATORS", "codes", "complete", "loaded", "plan_at", "sample", "told", "trigger"]

COMMON = {"deadline": "soon", "owner": "支部", "fixable_by": "branch", "measure": "改", "basis": ["doc"]}
INDICATORS: dict[str, dict[str, Any]] = {
    "a": {"label": "甲数", "type": "integer", "range": [0, 3]},
    "b": {"label": "乙数", "type": "integer", "range": [-1, 3]},
    "c": {"label": "丙数", "type": "decimal", "range": [0, 0.0004]},
    "n": {"label": "可不适用", "type": "integer", "range": [0, 2], "na": "allowed"},
    "yes": {"label": "是否", "type": "boolean"},
    "kind": {"label": "类", "type": "choice", "options": ["子", "丑", "寅"]},
    "zone": {"label": "片", "type": "choice", "attribute": True},
    "tags": {"label": "项", "type": "choices", "options": ["子", "丑"]},
    "doc_no": {"label": "文号", "type": "text", "blank": "none"},
}
SETTINGS = {
    "line": {"label": "线", "value": 2},
    "dated": {"label": "期", "by_date": {"2023-01-01": 1, "2023-07-01": 3}},
    "split": {"label": "分", "by": "zone", "values": {"东": 1, "西": 2}, "otherwise": 3},
}
DERIVED = {
    "rate": {"label": "率", "type": "percent", "formula": "a / b", "when_zero": "na"},
    "full_rate": {"label": "满率", "type": "percent", "formula": "a / (b - n)", "when_zero": "full"},
    "zero_rate": {"label": "零率", "type": "decimal", "formula": "(a - 1) / months", "when_zero": "zero"},
    "sum": {"label": "和", "type": "integer", "formula": "a + 2 * b - n"},
    "sampled": {"label": "样", "type": "percent", "formula": "a / n", "when_zero": "zero", "min_sample": {"of": "n", "at_least": 2}},
}


def sample(criteria: list[dict[str, Any]] | None = None, **more: Any) -> dict[str, Any]:
    """Return a pack as data, with one criterion for each given and the names above."""
    listed = [{"id": f"C-{number}", "text": "条", **COMMON} | one for number, one in enumerate(criteria or [], 1)]
    return {
        "pack": "tiny",
        "version": "1",
        "status": "reference",
        "title": "包",
        "effective": {"from": "2023-01-01", "to": "2023-12-31"},
        "stars": True,
        "sources": {"doc": {"title": "文件"}},
        "settings": SETTINGS,
        "indicators": INDICATORS,
        "derived": DERIVED,
        **({"groups": [{"id": "G", "title": "组", "earned_when": "score >= 80", "criteria": listed}]} if criteria else {}),
        "rating": [{"level": 0, "label": "无"}],
        "deadlines": {"soon": {"label": "三十天", "days": 30}},
    } | more


def loaded(data: Mapping[str, Any]) -> LoadedPack:
    """Return the pack that such data loads as; an assertion fails where the check refuses it."""
    text = re.sub(r'"(\d{4}-\d\d-\d\d)"', r"\1", json.dumps(data, ensure_ascii=False, indent=1))
    source = parse_yaml(text, "tiny.yaml")
    assert source.data is not None
    pack, misshapen = shape(source.data, source.spans)
    assert pack is not None, misshapen
    found = LoadedPack(pack, Path("tiny.yaml"), text, source.spans, "")
    errors = [one for one in check_pack(found) if one.is_error]
    assert not errors, [one.message("en") for one in errors]
    return found


def trigger(when: str, **more: Any) -> dict[str, Any]:
    common = {"measure": "改", "owner": "支部", "fixable_by": "branch", "deadline": "soon", "basis": ["doc"]}
    return {"id": "T-1", "text": "情形", "kind": "hard", "when": when} | common | more


def told(data: dict[str, Any]) -> list[Diagnostic]:
    """Return what is found, but for the divisors of the sample, which may all be negative."""
    return [one for one in prove([loaded(data)]).findings if one.code != "W640"]


def codes(data: dict[str, Any]) -> list[str]:
    return [one.code for one in told(data)]


@lru_cache(maxsize=64)
def _period(months: int, late: bool) -> Period:
    """Return a period of which so many months are complete, early or late in 2023 (where a dated setting has its other value)."""
    reference = date(2023, 9, 30) if late else date(2023, 3, 31)
    if not months:
        return Period(reference.replace(day=15), reference, reference)
    start = earlier(reference, months - 1, "months").replace(day=1)
    return Period(start, reference, reference)


def plan_at(pack: Pack, months: int, late: bool = False) -> Plan:
    """Return the plan of the pack when so many months are complete, early or late in 2023."""
    return compile_plan([pack], _period(months, late))


VALUES: dict[str, list[int | None]] = {
    "a": [n * 10_000 for n in range(4)],
    "b": [n * 10_000 for n in range(-1, 4)],
    "c": list(range(5)),
    "n": [None, *(n * 10_000 for n in range(3))],
    "yes": [0, 1],
    "kind": [1, 2, 3],
    "zone": [0, 1, 2, 3],
    "tags": [0, 1, 2, 3],
    "doc_no": [0, 1],
}


def complete(plan: Plan, read: set[str]) -> Iterator[dict[int, int]]:
    """Yield the slots of every complete record of the indicators read (None: not applicable)."""
    inputs = [one for one in plan.inputs if one.id in read]
    for values in product(*(VALUES[one.id] for one in inputs)):
        slots: dict[int, int] = {}
        for one, worth in zip(inputs, values, strict=True):
            if one.na_slot is not None:
                slots[one.na_slot] = int(worth is None)
            if worth is not None:
                slots[one.slot] = worth
                for bit, slot in enumerate(one.option_slots):
                    slots[slot] = worth >> bit & 1
        for step in plan.derived:
            for place, expr in ((step.num_slot, step.num), (step.den_slot, step.den)):
                if place is not None and expr is not None and (found := value(expr, slots)) is not None:
                    slots[place] = found
        yield slots
