"""The cases of the four first packs against their tables, written out a second time by hand and without the engines.

Boundary cases are all compared; others where all evidence is there. The tables do not say which lines of a star or of the sheet are owed
only at a year's end, so those packs are compared for a year that is over.
"""

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
FILES = [(id_, name) for id_ in REVIEWED for name in ("boundaries", "worked")] + [("soft-and-lax", "midyear"), ("soft-and-lax", "november")]
YEAR_END = date(2023, 12, 31)


@cache
def cases(id_: str, name: str) -> dict[str, Any]:
    loaded = yaml.safe_load((data_dir("rules") / id_ / "cases" / f"{name}.yaml").read_text(encoding="utf-8"))
    assert isinstance(loaded, dict)
    return loaded


def complete(given: dict[str, Any]) -> bool:
    """Whether a case takes no evidence away."""
    return not any(value is None or isinstance(value, dict) for value in given.values())


def span(points: Any) -> tuple[int, int] | str:
    if points == "na":
        return "na"
    low, high = points if isinstance(points, list) else (points, points)
    return cut(exact(low)), cut(exact(high))


def said(expect: dict[str, Any], verdict: Verdict) -> dict[str, Any]:
    """Return what the tables say of each thing that a case expects, in the shape of the case."""
    found: dict[str, Any] = {}
    for name in expect:
        if name == "points":
            found[name] = {id_: verdict.points[id_][:2] if verdict.points[id_][2] else "na" for id_ in expect[name]}
        elif name == "groups":
            found[name] = {id_: verdict.groups[id_] for id_ in expect[name]}
        else:
            found[name] = sorted(verdict.findings) if name in FINDINGS else getattr(verdict, name)
    return found


def wanted(expect: dict[str, Any]) -> dict[str, Any]:
    found = {name: sorted(value) if name in FINDINGS else value for name, value in expect.items()}
    return found | ({"points": {id_: span(value) for id_, value in expect["points"].items()}} if "points" in expect else {})


@pytest.mark.parametrize(("id_", "name"), FILES)
def test_each_case_is_what_the_tables_say(id_: str, name: str) -> None:
    file = cases(id_, name)
    assert file["as_of"] == YEAR_END or id_ == "soft-and-lax"
    compared, differing = 0, []
    for case in file["cases"]:
        given = case.get("given", {})
        if not complete(given):
            assert name != "boundaries", case["id"]
            continue
        compared += 1
        came = said(case["expect"], REVIEWED[id_](evidence_at(file["base"] | given, file["as_of"])))
        if came != wanted(case["expect"]):
            differing.append((case["id"], given, {one: (case["expect"][one], came[one]) for one in came}))
    assert differing == []
    assert compared >= 3


@pytest.mark.parametrize(("id_", "name"), FILES)
def test_no_case_is_left_unconfirmed(id_: str, name: str) -> None:
    """A file that is written anew is confirmed by the test above: then its marks are taken out."""
    assert [case["id"] for case in cases(id_, name)["cases"] if case.get("filled_in")] == []
