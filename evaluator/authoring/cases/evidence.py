"""From what cases give to records, through the same reading of cells as any evidence."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from evaluator.authoring.cases.models import Case, CaseFile
from evaluator.diagnostics import Diagnostic, Place
from evaluator.evidence.records import Evidence, Record
from evaluator.evidence.register import Branch, Register
from evaluator.evidence.values import BadCell, read_value
from evaluator.packs.models import Indicator
from evaluator.scoring.period import Period, day_number

__all__ = ["Given", "evidence_of", "given_of"]

REASON = "_reason"


@dataclass(frozen=True)
class Given:
    """What one imagined branch gives: name to a plain value, a list of texts, ``{"na": why}`` or dated events. ``places``: by name."""

    values: Mapping[str, Any]
    name: str
    places: Mapping[str, Place]


def given_of(file: CaseFile, case: Case) -> Given:
    return Given(case.given, case.id, {name: file.at(case, name) for name in case.given})


def evidence_of(given: Sequence[Given], indicators: Mapping[str, Indicator], period: Period) -> tuple[Evidence, list[Diagnostic]]:
    """Return evidence in which branch number n is what ``given[n]`` says, and the values that no indicator can hold.

    What is reported by exception and not given is an empty cell, as in a form; any other that is not given is missing.
    """
    records: list[Record] = []
    findings: list[Diagnostic] = []
    branches = []
    for number, one in enumerate(given):
        id_ = f"{number:07d}"
        own = {name for name in one.values if name == "area_type" or (name in indicators and indicators[name].attribute)}
        branches.append(Branch(id_, one.name, number, attributes={name: _text(one.values[name]) for name in own}))
        records += _records(id_, one, own, indicators, period, findings)
    register = Register(tuple(branches))
    return Evidence(register, tuple(records)), findings


def _records(
    branch: str, given: Given, attributes: set[str], indicators: Mapping[str, Indicator], period: Period, findings: list[Diagnostic]
) -> Iterator[Record]:
    for name, indicator in indicators.items():
        if name in attributes or (indicator.attribute and name not in given.values):
            continue
        if name in given.values:
            cells = _cells(given.values[name])
        elif indicator.blank is not None:
            cells = [("", None, 1, "")]
        elif name.endswith(REASON) and name.removesuffix(REASON) in given.values:
            cells = [(given.name, None, 1, "")]  # points without a reason are refused in real evidence; a case is its own reason
        else:
            continue
        for cell, day, stage, ref in cells:
            try:
                read = read_value(cell, indicator, period.reference)
            except BadCell as bad:
                label = indicator.label
                values = {"branch": given.name, "label": label.zh, "en": label.en or label.zh, **bad.values}
                findings.append(Diagnostic(bad.key, given.places.get(name, Place(given.name)), values))
                continue
            if read is not None:
                number = None if day is None else day_number(day)
                yield Record(branch, name, read.value, read.na, number, stage, ref, read.text, "", "", given.places.get(name, Place("")))


def _cells(value: Any) -> Iterable[tuple[object, date | None, int, str]]:
    """Return the cells of a value: what stands in it, its day, stage and reference."""
    if isinstance(value, list) and value and all(isinstance(one, dict) for one in value):
        return [(_cell(one["value"]), one["day"], one.get("stage", 1), str(one.get("ref", ""))) for one in value]
    return [(_cell(value), None, 1, "")]


def _cell(value: Any) -> object:
    if isinstance(value, dict):
        return f"/({value['na']})"
    return "、".join(map(str, value)) or "无" if isinstance(value, list) else str(value) if isinstance(value, Decimal) else value


def _text(value: Any) -> str:
    return "是" if value is True else "否" if value is False else str(value)
