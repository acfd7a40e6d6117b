"""The words in which the tables are written a second time, by hand and without the engines, and what a star pack makes of them.

Evidence is a plain mapping of exact numbers, truths, texts and dates. What a line is worth is whole hundredths of a point.
"""

from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any, NamedTuple

Evidence = Mapping[str, Any]


class Worth(NamedTuple):
    """Lowest, highest, and full marks; all three are 0 where a line asks nothing of this branch."""

    low: int
    high: int
    full: int


Table = Mapping[str, Callable[[Evidence], Worth]]
Lines = tuple[tuple[Any, Any], ...]  # a rate is at least the first: worth the second
NOTHING = Worth(0, 0, 0)
SMALLEST_SAMPLE = 30


class Verdict(NamedTuple):
    """What the tables say of a branch. ``findings``: vetoes, triggers or gates that are true."""

    level: int
    stars: int
    points: Mapping[str, Worth]
    groups: Mapping[str, bool]
    findings: tuple[str, ...]
    provisional: bool


def cut(points: Any) -> int:
    return int(Fraction(points) * 100 // 1)


def award(points: Any, holds: bool) -> Worth:
    return Worth(cut(points) if holds else 0, cut(points) if holds else 0, cut(points))


def down(full: Any, less: Any, lacking: int) -> Worth:
    """Return full marks less so much for each that is lacking, never below 0; more than was asked is not less lacking."""
    worth = max(cut(full) - cut(less) * max(lacking, 0), 0)
    return Worth(worth, worth, cut(full))


def up(each: Any, number: int, most: Any) -> Worth:
    worth = min(cut(each) * number, cut(most))
    return Worth(worth, worth, cut(most))


def share(full: Any, part: Any, whole: Any, empty: Any = None) -> Worth:
    """Return full marks times part of whole. ``empty``: points where the whole is 0, None where nothing was owed then."""
    if not whole:
        return NOTHING if empty is None else Worth(cut(empty), cut(empty), cut(full))
    worth = cut(Fraction(full) * min(Fraction(part) / Fraction(whole), Fraction(1)))
    return Worth(worth, worth, cut(full))


def bands(number: Any, *lines: tuple[Any, Any]) -> Worth:
    """Return what the first line that a number reaches is worth, 0 below the last."""
    worth = next((cut(points) for line, points in lines if number >= line), 0)
    return Worth(worth, worth, cut(lines[0][1]))


def rate(part: Any, whole: Any, *lines: tuple[Any, Any], empty: Any = None) -> Worth:
    """Return what part of whole in percent reaches; ``empty`` as in share."""
    if not whole:
        return NOTHING if empty is None else Worth(cut(empty), cut(empty), cut(lines[0][1]))
    return bands(Fraction(part) * 100 / Fraction(whole), *lines)


def survey(good: Any, sample: int, *lines: tuple[Any, Any]) -> Worth:
    """Return what a survey reaches; a sample under thirty proves nothing."""
    return rate(good, sample, *lines) if sample >= SMALLEST_SAMPLE else Worth(0, cut(lines[0][1]), cut(lines[0][1]))


def total(*parts: Worth) -> Worth:
    return Worth(sum(p.low for p in parts), sum(p.high for p in parts), sum(p.full for p in parts))


def less(worth: Worth, points: Any) -> Worth:
    """Return a worth with points off, not below 0."""
    return Worth(max(worth.low - cut(points), 0), max(worth.high - cut(points), 0), worth.full)


def void(worth: Worth, holds: bool) -> Worth:
    return Worth(0, 0, worth.full) if holds else worth


def given(e: Evidence, name: str) -> bool:
    """Whether a document number is there."""
    return e.get(name) not in (None, "", "无")


def years_before(day: date, years: int) -> date:
    return day.replace(year=day.year - years, day=28 if (day.month, day.day) == (2, 29) else day.day)


def exact(value: Any) -> Any:
    """Return a value of a case with its decimals exact."""
    return Decimal(str(value)) if isinstance(value, float) else value


def evidence_at(values: Evidence, day: date) -> dict[str, Any]:
    """Return the evidence of a case with what a year's end asks for: the months and quarters that are complete."""
    months = day.month if (date.fromordinal(day.toordinal() + 1)).month != day.month else day.month - 1
    return {name: exact(value) for name, value in values.items()} | {"R": day, "months": months, "quarters": months // 3}


# --- what both star packs share -------------------------------------------------------------------------------------------------

PASS_LINE, MIN_APPLICABLE = 80, 60
CAPPED_LEVEL = 2


def committee(e: Evidence) -> Worth:
    """RZB-01, UZB-01: 配齐且空缺0天=12;每缺1名委员扣3;书记空缺1–90天扣5;空缺>90天计0."""
    vacant = e["secretary_vacant_days"]
    worth = down(12, 3, e["committee_required"] - e["committee_actual"])
    return void(less(worth, 5 if vacant >= 1 else 0), vacant > 90)


def election(e: Evidence) -> Worth:
    """RZB-02, UZB-02: 距上次换届≤5年或有批件=8."""
    return award(8, e["last_election"] >= years_before(e["R"], 5) or given(e, "extension_approval_no"))


def three_meetings(e: Evidence, full: int) -> Worth:
    """RZB-03, UZB-03: 年应 4/12/12/4,每少1次扣1;无党小组时该支项不计. A fifth assembly does not stand in for a lecture."""
    asked = {"party_assembly": e["quarters"], "committee_meeting": e["months"], "party_lecture": e["quarters"]}
    if e["has_groups"]:
        asked["group_meeting_months"] = e["months"]
    return down(full, 1, sum(max(owed - e[name], 0) for name, owed in asked.items()))


def disputes(e: Evidence) -> Worth:
    """RPA-04, UPA-04: 成功率≥95%=14;90–94%=10;80–89%=6;反复每件扣2. No disputes: nothing was owed."""
    worth = rate(e["disputes_resolved"], e["disputes"], (95, 14), (90, 10), (80, 6))
    return less(worth, 2 * e["disputes_recurred"])


def hazards(e: Evidence) -> Worth:
    """RPA-07, UPA-07: 整改率×12;责任事故计0. None found is none left open."""
    return void(share(12, e["hazards_closed"], e["hazards_found"], 12), e["accidents_responsible"] >= 1)


def dissatisfied(e: Evidence) -> bool | None:
    """Whether more than half are dissatisfied; None: too few were asked."""
    return bool(e["survey_dissatisfied"] * 2 > e["survey_n"]) if e["survey_n"] >= SMALLEST_SAMPLE else None


def vetoes(e: Evidence) -> dict[str, bool | None]:
    """Return V1 to V5 of section 7; None is open: a confirmed fraud without the finding of the body that may say so, or a small sample."""
    found = given(e, "fraud_finding_no") and e.get("fraud_finding_date") is not None
    return {
        "V1": e["major_accidents_responsible"] > 0,
        "V2": (True if found else None) if e["fraud_confirmed"] else False,
        "V3": e["listed_not_accepted"],
        "V4": e["secretary_vacant_days"] > 90,
        "V5": dissatisfied(e),
    }


def star_verdict(stars: Mapping[str, Table], keys: frozenset[str], e: Evidence) -> Verdict:
    """Return what a star pack says: a star is 80 of a hundred of what applies, no key line at 0, and enough that applies."""
    points: dict[str, Worth] = {}
    earned: dict[str, bool] = {}
    for star, table in stars.items():
        worths = {id_: line(e) for id_, line in table.items()}
        points |= worths
        sum_ = total(*worths.values())
        failed = any(id_ in keys and worth.full and not worth.low for id_, worth in worths.items())
        enough = sum_.full >= MIN_APPLICABLE * 100  # every star is a hundred points
        earned[star] = enough and not failed and sum_.low * 100 >= PASS_LINE * sum_.full
    found = vetoes(e)
    true = tuple(id_ for id_, holds in found.items() if holds)
    number = sum(earned.values())
    level = 0 if "V2" in true else min(number, CAPPED_LEVEL) if true else number
    unsettled = any(worth.low != worth.high for worth in points.values()) or None in found.values()
    return Verdict(level, number, points, earned, true, unsettled)
