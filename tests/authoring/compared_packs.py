"""Small packs for the tests of comparison: one base, and texts laid into it."""

from pathlib import Path
from typing import Any

import yaml

from evaluator.packs.models import Pack
from evaluator.packs.shape import shape
from evaluator.packs.source import parse_yaml

BASE = (Path(__file__).parent.parent / "bad" / "overlays" / "base.yaml").read_text(encoding="utf-8")


def pack_of(text: str) -> Pack:
    source = parse_yaml(text, "pack.yaml")
    assert source.data is not None
    pack, found = shape(source.data, source.spans)
    assert pack is not None, found
    return pack


def base(*changes: tuple[str, str]) -> Pack:
    """Return the base with some of its text replaced."""
    text = BASE
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new)
    return pack_of(text)


def with_criterion(**rule: Any) -> Pack:
    """Return the base with one more criterion, C-09 of the second star, that has the rule given; and what rules may read."""
    data = yaml.safe_load(BASE)
    data["indicators"] |= {
        "kept": {"label": "已办", "type": "integer", "range": [0, 200]},
        "owed": {"label": "应办", "type": "integer", "range": [0, 200]},
        "told": {"label": "已公开", "type": "boolean"},
        "kind": {"label": "类别", "type": "choice", "options": ["甲", "乙"]},
        "day": {"label": "日期", "type": "date"},
        "few": {"label": "几件", "type": "integer", "range": [0, 25]},
        "some": {"label": "若干", "type": "integer", "range": [0, 25]},
        "part": {"label": "占比", "type": "percent"},
        "many": {"label": "几项", "type": "choices", "options": ["一", "二", "三"]},
    }
    data["derived"] |= {"share": {"label": "比例", "type": "percent", "formula": "kept / owed", "when_zero": "na"}}
    item = {
        "id": "C-09",
        "text": "一项",
        "points": 10,
        "deadline": "soon",
        "owner": "支部",
        "fixable_by": "branch",
        "measure": "照办",
        "basis": ["doc"],
    }
    data["groups"][1]["criteria"].append(item | rule)
    return Pack.model_validate(data)
