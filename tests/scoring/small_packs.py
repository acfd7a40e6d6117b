"""Small packs as data, scored through the public path by both engines: what a reader of MEANING.md would write to see for himself."""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from evaluator.assess import Wanted, assess
from evaluator.evidence.gather import Options
from evaluator.scoring.period import Period
from evaluator.scoring.results import Run

__all__ = ["YEAR", "award", "criterion", "integer", "ledger", "pack", "percent", "rate", "scored", "veto", "worth", "write_pack"]

YEAR = Period(date(2023, 1, 1), date(2023, 12, 31), date(2023, 12, 31))
COMMON = {"deadline": "soon", "owner": "支部", "fixable_by": "branch", "measure": "改", "basis": ["doc"]}


def integer(label: str = "", **more: Any) -> dict[str, Any]:
    return {"label": label, "type": "integer"} | more


def percent(label: str = "", **more: Any) -> dict[str, Any]:
    return {"label": label, "type": "percent"} | more


def rate(formula: str, when_zero: Any = "na", **more: Any) -> dict[str, Any]:
    return {"label": "率", "type": "percent", "formula": formula, "when_zero": when_zero} | more


def award(points: float, when: str, **more: Any) -> dict[str, Any]:
    return {"award": points, "when": when} | more


def criterion(points: float, *parts: Mapping[str, Any], **more: Any) -> dict[str, Any]:
    return {"points": points, **({"parts": list(parts)} if parts else {})} | more


def veto(id_: str, when: str, **more: Any) -> dict[str, Any]:
    return {"id": id_, "text": id_, "when": when, **COMMON} | more


def pack(criteria: Sequence[Mapping[str, Any]] = (), indicators: Mapping[str, Any] = {}, id_: str = "tiny", **more: Any) -> dict[str, Any]:
    """Return a pack as data: its criteria, C-1 onwards, in one group that is earned at 80."""
    listed = [{"id": f"C-{number}", "text": f"第{number}条", **COMMON} | dict(one) for number, one in enumerate(criteria, 1)]
    group = {"id": "G", "title": "组", "earned_when": "score >= 80", "criteria": listed}
    return {
        "pack": id_,
        "version": "1",
        "status": "reference",
        "title": id_,
        "effective": {"from": "2023-01-01"},
        "stars": True,
        "sources": {"doc": {"title": "文件"}},
        "indicators": {name: {**one, "label": one["label"] or f"指标{name}"} for name, one in indicators.items()},
        **({"groups": [group]} if criteria else {}),
        "rating": [{"level": 1, "label": "达标", "when": "stars = 1"}, {"level": 0, "label": "未达标"}],
        "deadlines": {"soon": {"label": "三十天", "days": 30}},
    } | more


def write_pack(folder: Path, data: Mapping[str, Any]) -> Path:
    path = folder / f"{data['pack']}.yaml"
    path.write_text(re.sub(r'"(\d{4}-\d\d-\d\d)"', r"\1", json.dumps(data, ensure_ascii=False, indent=1)), encoding="utf-8")
    return path


def ledger(*rows: str, head: str = "支部编码,指标,值,日期,环节,凭证号,说明") -> str:
    """Return evidence in the long form: a line for each record."""
    return "\n".join((head, *(row + "," * (head.count(",") - row.count(",")) for row in rows))) + "\n"


def scored(
    folder: Path,
    packs: Mapping[str, Any] | Sequence[Mapping[str, Any]],
    evidence: str | Iterable[str],
    period: Period = YEAR,
    **options: Any,
) -> Run:
    """Return the run of packs and CSV texts (a dict of columns may be written ``a=1 b=2`` for one branch B1), counted twice."""
    files = []
    for number, text in enumerate([evidence] if isinstance(evidence, str) else evidence):
        if "\n" not in text:
            cells = dict(cell.split("=", 1) for cell in text.split())
            text = "\n".join([",".join(["支部编码", "支部名称", *cells]), ",".join(["B1", "甲", *cells.values()])]) + "\n"
        files.append(folder / f"evidence{number}.csv")
        files[-1].write_text(text, encoding="utf-8")
    chosen = [str(write_pack(folder, one)) for one in ([packs] if isinstance(packs, Mapping) else packs)]
    return assess(Wanted(tuple(files), tuple(chosen), period, Options(**options), second_count=99)).run


def worth(run: Run) -> list[tuple[str, int, int, int]]:
    """Return status, lowest, highest and points of each criterion."""
    return [(row.status, row.earned, row.earned_possible, row.points) for row in run.criteria]
