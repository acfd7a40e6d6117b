"""Section 9.1, the eighteen triggers, line by line: true, false, or None where the evidence settles nothing."""

from collections.abc import Callable, Mapping

from reviewed_tables import SMALLEST_SAMPLE, Evidence, Verdict, given

HARD = frozenset({"SL-01", "SL-02", "SL-03", "SL-04", "SL-05", "SL-07", "SL-08", "SL-09", "SL-10"})


def few_meetings(e: Evidence) -> bool:
    """SL-04: 三会一课完成率<60%, or half a year without any, or (once the year is over) no organisational life meeting.

    Held over expected of the four kinds; what one kind has too many of does not stand in for another.
    """
    asked = {"party_assembly": e["quarters"], "committee_meeting": e["months"], "party_lecture": e["quarters"]}
    if e["has_groups"]:
        asked["group_meeting_months"] = e["months"]
    held = sum(min(e[name], owed) for name, owed in asked.items())
    return bool(held * 100 < 60 * sum(asked.values()) or e["idle_months"] >= 6 or (e["months"] == 12 and e["org_life_meeting"] < 1))


def displeased(e: Evidence) -> bool | None:
    """SL-10: 满意率<60%(样本≥30)."""
    return bool(e["survey_satisfied"] * 100 < 60 * e["survey_n"]) if e["survey_n"] >= SMALLEST_SAMPLE else None


def last(e: Evidence) -> bool:
    """SL-12: 末位,或后5%. The last twentieth is whole places; one alone is not last."""
    rank, of = e["rank_in_township"], e["township_total"]
    return bool(of > 1 and (rank >= of or (of - rank + 1) * 100 <= 5 * of))


TRIGGERS: Mapping[str, Callable[[Evidence], bool | None]] = {
    "SL-01": lambda e: bool(e["secretary_vacant_days"] > 90 or e["committee_actual"] * 100 < 60 * e["committee_required"]),
    "SL-02": lambda e: bool(e["secretary_review_result"] == "不胜任" and given(e, "review_doc_no")),
    "SL-03": lambda e: bool((e["deadlock_days"] >= 180 or e["meetings_failed"] >= 3) and given(e, "finding_doc_no")),
    "SL-04": few_meetings,
    "SL-05": lambda e: bool(
        (e["election_overdue_days"] > 0 and not given(e, "extension_approval_no")) or e["election_violation_confirmed"]
    ),
    # 年公开≤1季: from the third quarter that lacks on, the year cannot come to two
    "SL-07": lambda e: bool(
        e["quarters"] - e["disclosure_quarters"] >= 3 or e["finance_issues_open"] >= 2 or e["decisions_no_process_rate"] > 50
    ),
    "SL-08": lambda e: bool(e["mass_incidents"] >= 1 or e["petitions_overdue"] >= 5 or e["disputes_backlog"] >= 10),
    "SL-09": lambda e: not (e["has_fixed_venue"] and e["service_window"]),
    "SL-10": displeased,
    "SL-11": lambda e: bool(e["area_type"] == "村" and e["years_no_candidates"] >= 2),
    "SL-12": last,
    "SL-13": lambda e: bool(e["area_type"] == "村" and e["collective_income_wan"] < 5 and e["years_below_5"] >= 2),
    "SL-14": lambda e: bool(e["ledger_overdue"] >= 3 or e["ledger_reopened"] >= 2),
    # 占班子≥1/3: of the seats, so that a seat left empty makes no share larger
    "SL-15": lambda e: bool(
        e["leaders_disciplined"] > 0 and (e["leaders_disciplined"] * 3 >= e["committee_required"] or given(e, "finding_doc_no"))
    ),
    "SL-16": lambda e: bool(e["last_acceptance"] == "不合格" or e["lookback_result"] == "反弹"),
    "SL-17": lambda e: bool(e["area_type"] == "社区" and e["property_complaints_open"] >= 20 and e["tripartite_meetings"] == 0),
    "SL-18": lambda e: bool(e["area_type"] == "社区" and (e["joint_meetings_last2q"] == 0 or e["units_reported_rate"] < 60)),
    "SL-19": lambda e: bool(e["stars_this"] < 3 and e["stars_last"] < 3),
}


def verdict(e: Evidence) -> Verdict:
    """Return level 2 (recommended for listing) from one hard or two soft triggers on, 1 (watch) at one soft one."""
    found = {id_: holds(e) for id_, holds in TRIGGERS.items()}
    true = tuple(id_ for id_, holds in found.items() if holds)
    soft = sum(id_ not in HARD for id_ in true)
    level = 2 if soft < len(true) or soft >= 2 else soft
    return Verdict(level, 0, {}, {}, true, None in found.values())
