"""Section 9.3, the acceptance sheet, line by line, and its gate."""

from reviewed_lax import HARD, TRIGGERS
from reviewed_tables import (
    NOTHING,
    SMALLEST_SAMPLE,
    Evidence,
    Table,
    Verdict,
    Worth,
    award,
    bands,
    dissatisfied,
    down,
    rate,
    survey,
    total,
)

PASS_LINE, SATISFIED_AT_LEAST = 70, 80
KEYS = ("AC-01", "AC-11")


def fewer_petitions(e: Evidence) -> Worth:
    """AC-12: 下降≥80%=5;≥50%=3. None at the start and none now: nothing was there to fall; some now where none was has not fallen."""
    start, now = e["petitions_start"], e["petitions_now"]
    if not start:
        return award(5, False) if now else NOTHING
    return rate(start - now, start, (80, 5), (50, 3))


SHEET: Table = {
    "AC-01": lambda e: award(8, e["committee_actual"] >= e["committee_required"] and e["secretary_vacant_days"] == 0),
    "AC-02": lambda e: down(6, 1, 6 - e["committee_meeting_6m"]),
    "AC-03": lambda e: award(3, e["secretary_county_training"] >= 1),
    "AC-04": lambda e: bands(e["reserve_count"], (2, 3), (1, 1)),
    "AC-05": lambda e: bands(e["three_meetings_rate_6m"], (100, 8), (90, 6), (80, 3)),
    "AC-06": lambda e: down(4, 1, 6 - e["theme_day_6m"]),
    "AC-07": lambda e: award(3, e["special_org_life"]),
    "AC-08": lambda e: bands(e["full_process_rate"], (100, 6), (80, 3)),
    "AC-09": lambda e: down(6, 3, e["disclosure_quarters_due"] - e["disclosure_quarters_done"]),
    "AC-10": lambda e: award(4, e["finance_issues_open"] == 0),
    "AC-11": lambda e: rate(e["issues_closed"], e["issues_total"], (100, 12), (90, 6), empty=0),
    "AC-12": fewer_petitions,
    "AC-13": lambda e: award(5, e["mass_incidents"] == 0 and e["accidents"] == 0),
    "AC-14": lambda e: bands(sum((e["has_fixed_venue"], e["service_window"])), (2, 5), (1, 2)),
    "AC-15": lambda e: total(*(award("1.5", e[one]) for one in ("leader_link", "township_lead", "first_secretary", "paired_unit"))),
    "AC-16": lambda e: total(award(2, e["leader_visits"] >= 4), award(2, e["unit_projects"] >= 2)),
    "AC-17": lambda e: survey(e["survey_satisfied"], e["survey_n"], (90, 8), (80, 5), (60, 2)),
    "AC-18": lambda e: survey(e["survey_aware"], e["survey_n"], (90, 4), (80, 2)),
}


def verdict(e: Evidence) -> Verdict:
    """Return level 1 (recommended to pass) where the sheet reaches 70, both key lines are above 0 and no line of the gate is shut."""
    points = {id_: line(e) for id_, line in SHEET.items()}
    hard = [TRIGGERS[id_](e) for id_ in HARD]
    enough = e["survey_n"] >= SMALLEST_SAMPLE
    gates = {
        "AC-G1": dissatisfied(e),
        "AC-G2": e["survey_satisfied"] * 100 < SATISFIED_AT_LEAST * e["survey_n"] if enough else None,
        "AC-G3": True if True in hard else None if None in hard else False,
    }
    sum_ = total(*points.values())
    shut = tuple(id_ for id_, holds in gates.items() if holds)
    passed = not shut and sum_.low * 100 >= PASS_LINE * sum_.full and all(points[id_].low for id_ in KEYS)
    unsettled = any(worth.low != worth.high for worth in points.values()) or None in gates.values()
    return Verdict(int(passed), 0, points, {}, shut, unsettled)
