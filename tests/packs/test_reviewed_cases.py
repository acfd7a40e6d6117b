"""Every boundary case of the four first packs against the tables as a person wrote them out a second time, without the engines."""

from collections.abc import Callable
from datetime import date
from functools import cache
from typing import Any

import pytest
import reviewed_acceptance
import reviewed_lax
import reviewed_rural
import reviewed_urban
import yaml
from reviewed_tables import Evidence, Verdict, cut, evidence_at, exact

from evaluator import data_dir

REVIEWED: dict[str, Callable[[Evidence], Verdict]] = {
    "five-star-urban": reviewed_urban.verdict,
    "five-star-rural": reviewed_rural.verdict,
    "soft-and-lax": reviewed_lax.verdict,
    "soft-and-lax-acceptance": reviewed_acceptance.verdict,
}
FINDINGS = ("vetoes", "triggers", "gates")


@cache
def boundaries(id_: str) -> dict[str, Any]:
    loaded = yaml.safe_load((data_dir("rules") / id_ / "cases" / "boundaries.yaml").read_text(encoding="utf-8"))
    assert isinstance(loaded, dict)
    return loaded


def span(points: Any) -> tuple[int, int]:
    low, high = points if isinstance(points, list) else (points, points)
    return cut(exact(low)), cut(exact(high))


def said(expect: dict[str, Any], verdict: Verdict) -> dict[str, Any]:
    """Return what the tables say of each thing that a case expects, in the shape of the case."""
    found: dict[str, Any] = {}
    for name in expect:
        if name == "points":
            found[name] = {id_: verdict.points[id_][:2] for id_ in expect[name]}
        elif name == "groups":
            found[name] = {id_: verdict.groups[id_] for id_ in expect[name]}
        else:
            found[name] = sorted(verdict.findings) if name in FINDINGS else getattr(verdict, name)
    return found


def wanted(expect: dict[str, Any]) -> dict[str, Any]:
    found = {name: sorted(value) if name in FINDINGS else value for name, value in expect.items()}
    return found | ({"points": {id_: span(value) for id_, value in expect["points"].items()}} if "points" in expect else {})


@pytest.mark.parametrize("id_", REVIEWED)
def test_each_boundary_case_is_what_the_tables_say(id_: str) -> None:
    file = boundaries(id_)
    assert file["as_of"] == date(2023, 12, 31), "yearly lines are written for a year's end"
    differing = []
    for case in file["cases"]:
        values = file["base"] | case.get("given", {})
        came = said(case["expect"], REVIEWED[id_](evidence_at(values, file["as_of"])))
        if came != wanted(case["expect"]):
            differing.append((case["id"], case.get("given"), {name: (case["expect"][name], came[name]) for name in came}))
    assert differing == []
