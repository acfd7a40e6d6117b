"""Packs whose burden, and a run whose health, was counted by hand."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from click.testing import CliRunner, Result

import cli

__all__ = ["checked", "criterion", "first", "invoke", "other", "pack", "scored", "shadow", "written"]

COMMON = {"deadline": "soon", "owner": "支部", "fixable_by": "branch", "measure": "改", "basis": ["doc"]}


def invoke(*words: object) -> Result:
    return CliRunner(env={"COLUMNS": "80"}).invoke(cli.main, [str(word) for word in words])


def criterion(id_: str, points: float, *parts: Mapping[str, Any], **more: Any) -> dict[str, Any]:
    return {"id": id_, "text": f"准则{id_}", "points": points, "parts": list(parts), **COMMON, **more}


def award(points: float, when: str) -> dict[str, Any]:
    return {"award": points, "when": when}


def pack(id_: str, indicators: Mapping[str, Any], criteria: list[dict[str, Any]], **more: Any) -> dict[str, Any]:
    return {
        "pack": id_,
        "version": "1",
        "status": "reference",
        "title": id_,
        "effective": {"from": "2023-01-01"},
        "sources": {"doc": {"title": "文件"}},
        "indicators": indicators,
        **({"groups": [{"id": f"G-{id_}", "title": "组", "criteria": criteria}]} if criteria else {}),
        "rating": [{"level": 0, "label": "无"}],
        "deadlines": {"soon": {"label": "三十天", "days": 30}},
    } | more


def written(folder: Path, data: Mapping[str, Any]) -> Path:
    """Write a pack as a file that has a line for each key (JSON is YAML; a date stands without quotes)."""
    path = folder / f"{data['pack']}.yaml"
    path.write_text(json.dumps(data, ensure_ascii=False, indent=1).replace('"2023-01-01"', "2023-01-01"), encoding="utf-8")
    return path


def first() -> dict[str, Any]:
    """Return a pack of 38.5 points: 21.5 on paper alone (C-1, C-3, C-5), 20 beyond the branch (C-1, C-4, C-5)."""
    indicators = {
        "met": {"label": "会议次数", "type": "integer", "proof": "会议记录、签到表(原件、复印件)"},
        "log": {"label": "台账份数", "type": "integer", "proof": "签到表、系统截图"},
        "word": {"label": "自报数", "type": "integer"},
        "seen": {"label": "现场整洁", "type": "boolean", "holder": "team"},
        "crimes": {"label": "案件数", "type": "integer", "holder": "公安", "blank": "0"},
        "estate": {"label": "有小区", "type": "boolean", "holder": "township"},
        "kind": {"label": "支部类型", "type": "text", "attribute": True},
    }
    criteria = [
        criterion("C-1", 10, award(10, "met >= 1"), irreversible=True),
        criterion("C-2", 5, award(5, "log >= 1")),
        criterion("C-3", 7.5, award(4, "met >= 1"), award(3.5, "word >= 1")),
        criterion("C-4", 6, award(3, "met >= 1"), award(3, "seen"), fixable_by="township"),
        criterion("C-5", 4, award(4, "met >= 2"), applies_when="estate", fixable_by="department"),
        criterion("C-6", 3, {"manual": {"range": [0, 3]}}),
        criterion("C-7", 2, award(2, "crimes = 0")),
        criterion("C-8", 1, award(1, "met >= 1"), deduct=[{"points": 1, "when": "crimes > 0"}]),
    ]
    veto = {"id": "V-1", "text": "案件多", "when": "crimes > 9", "cap": 0, **COMMON, "fixable_by": "township"}
    trigger = {"id": "T-1", "text": "不开会", "kind": "hard", "when": "met = 0", **COMMON}
    return pack("first", indicators, criteria, vetoes=[veto], triggers=[trigger])


def other() -> dict[str, Any]:
    """Return a pack that asks ``met`` too, the same again as ``meets``, and computes what ``word`` asks."""
    indicators = {
        "met": {"label": "会议次数", "type": "integer", "proof": "会议记录、签到表(原件、复印件)"},
        "meets": {"label": "会议召开次数", "type": "integer", "holder": "township"},
    }
    derived = {"total": {"label": "自报数", "type": "integer", "formula": "met + meets"}}
    return pack("other", indicators, [criterion("D-1", 1, award(1, "total >= 1"))], derived=derived)


# --- a run ----------------------------------------------------------------------

# Twelve visited branches and one that is not. Teams: 1 to 6 and 7 to 12. Townships: A has 1 2 3 7 8 9, B 4 5 6 10 11, C 12.
TOWNSHIPS = dict.fromkeys((1, 2, 3, 7, 8, 9), "甲镇") | dict.fromkeys((4, 5, 6, 10, 11), "乙镇") | {12: "丙镇", 13: "丙镇"}


def checked() -> dict[str, Any]:
    """Return the pack of the run: a criterion for each thing that can be wrong, and for one that is not."""
    indicators = {
        "team": {"label": "检查组", "type": "text", "attribute": True},
        "met": {"label": "会议次数", "type": "integer"},
        "clean": {"label": "现场整洁", "type": "boolean", "holder": "team"},
        "cases": {"label": "结案数", "type": "integer", "holder": "公安"},
        "estates": {"label": "小区数", "type": "integer", "holder": "township"},
    }
    criteria = [
        criterion("H-1", 10, award(4, "met >= 1"), award(6, "met >= 5")),  # full for branch 1, some for 2, none for the others
        criterion("H-2", 10, award(10, "clean")),
        criterion("H-3", 10, {"manual": {"range": [0, 10]}}),
        criterion("H-4", 10, award(10, "cases >= 1")),  # only branch 1 has the figure
        criterion("H-5", 10, award(10, "met >= 1"), applies_when="estates > 100"),
        criterion("H-6", 10, award(10, "met >= 0")),
        criterion("H-7", 10, award(10, "estates >= 4")),  # half of them
    ]
    triggers = [
        {"id": "TR-1", "text": "从不", "kind": "soft", "when": "met >= 99", **COMMON},
        {"id": "TR-2", "text": "不知", "kind": "soft", "when": "cases >= 9", **COMMON},
        {"id": "TR-3", "text": "有一个", "kind": "soft", "when": "met >= 5", **COMMON},
    ]
    return pack("checked", indicators, criteria, triggers=triggers)


def shadow() -> dict[str, Any]:
    """Return an internal pack: one of its criteria nobody could evidence."""
    indicators = {"secret": {"label": "内部情况", "type": "integer", "holder": "组织部"}, "met": {"label": "会议次数", "type": "integer"}}
    criteria = [criterion("S-1", 10, award(10, "secret >= 1")), criterion("S-2", 10, award(10, "met >= 0"))]
    return pack("shadow", indicators, criteria, internal=True)


def scored(folder: Path, *, teams: bool = True) -> Path:
    """Score the run and return its folder; without ``teams`` the register does not say who came."""
    rows = ["支部编码,支部名称,met,clean,cases,estates,h_3,h_3_reason,secret"]
    for number in range(1, 13):
        met = {1: 5, 2: 1}.get(number, 0)
        clean = "" if number == 12 else "是" if number < 10 else "否"
        hand = 9 if number < 7 else 7
        rows.append(f"B{number:02},支部{number},{met},{clean},{3 if number == 1 else ''},{4 if number % 2 else 3},{hand},看过,")
    register = ["支部编码,支部名称,乡镇街道" + (",team" if teams else "")]
    for number, township in sorted(TOWNSHIPS.items()):
        register.append(f"B{number:02},支部{number},{township}" + ((",一组" if number < 7 else ",二组") if teams else ""))
    evidence, branches, out = folder / "evidence.csv", folder / "register.csv", folder / "run"
    evidence.write_text("\n".join(rows) + "\n", encoding="utf-8")
    branches.write_text("\n".join(register) + "\n", encoding="utf-8")
    packs = [word for one in (checked(), shadow()) for word in ("--pack", written(folder, one))]
    asked = ("--as-of", "2023-12-31", "--register", branches, "--out", out, "--second-count", 0, "--format", "results")
    result = invoke("score", evidence, *packs, *asked)
    assert result.exit_code == 0, result.output
    return out
