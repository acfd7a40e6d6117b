"""Section 8, the urban community, line by line.

Where there is nothing to divide by, ``empty`` says what a rate is worth; where it is left out, nothing was owed.
"""

from reviewed_tables import (
    NOTHING,
    Evidence,
    Verdict,
    Worth,
    award,
    bands,
    committee,
    disputes,
    down,
    election,
    hazards,
    less,
    rate,
    share,
    star_verdict,
    survey,
    three_meetings,
    total,
    up,
)

KEYS = frozenset({"UZB-01", "UZB-03", "UPA-07"})


def contact(e: Evidence) -> Worth:
    """UYY-04: 联系率×8;商圈(楼宇)联合党支部得4(无商圈则联系率×12). Where nobody trades there is nothing to do."""
    if not e["merchants"]:
        return NOTHING
    if not e["has_business_district"]:
        return share(12, e["merchants_contacted"], e["merchants"])
    return total(share(8, e["merchants_contacted"], e["merchants"]), award(4, e["joint_branch"]))


STARS = {
    "ZB": {
        "UZB-01": committee,
        "UZB-02": election,
        "UZB-03": lambda e: three_meetings(e, 14),
        "UZB-04": lambda e: down(8, 1, e["months"] - e["theme_day_months"]),
        "UZB-05": lambda e: total(
            award(3, e["org_life_meeting"] >= 1),
            award(2, e["member_review"] >= 1),
            rate(e["review_issues_closed"], e["review_issues"], (90, 3)),
        ),
        "UZB-06": lambda e: total(
            rate(e["members_32h"], e["members_total"], (95, 4), (90, 2), empty=0),
            rate(e["leaders_56h"], e["leaders_total"], (100, 2), empty=0),
            award(2, e["secretary_county_training"] >= 1),
        ),
        "UZB-07": lambda e: total(
            rate(e["estates_with_branch"], e["estates"], (90, 10), (80, 7), (60, 4), empty=0),
            rate(e["buildings_with_group"], e["buildings"], (80, 4), (60, 2), empty=0),
        ),
        "UZB-08": lambda e: down(8, 2, e["quarters"] - e["disclosure_quarters"]),
        "UZB-09": lambda e: total(
            rate(e["service_area_m2"], e["households_total"], (30, 8), (20, 4), empty=0),  # square metres for each hundred households
            rate(e["activity_area_m2"], e["service_area_m2"], (60, 4), empty=0),
        ),
        # 每万人≥18名=8;15–17=5;12–14=3: of ten thousand is a hundredth of a percent
        "UZB-10": lambda e: rate(e["community_workers"] * 100, e["resident_pop"], (18, 8), (15, 5), (12, 3), empty=0),
    },
    "GJ": {
        "UGJ-01": lambda e: total(up(2, len(set(e["roles_covered"])), 8), award(2, e["duty_published"])),
        "UGJ-02": lambda e: down(12, 3, e["quarters"] - min(e["joint_meetings"], e["joint_minutes"])),
        "UGJ-03": lambda e: total(
            rate(e["agreements"], e["resident_units"], (90, 8), (70, 5)), award(2, e["resource_list"]), award(2, e["demand_list"])
        ),
        "UGJ-04": lambda e: less(share(14, e["projects_closed"], e["projects_claimed"]), e["projects_overdue"]),
        "UGJ-05": lambda e: total(
            rate(e["units_reported"], e["units_should_report"], (95, 6), (85, 3)),
            rate(e["services_done"], e["services_planned"], (95, 6), (85, 3)),
        ),
        "UGJ-06": lambda e: share(8, e["members_50h"], e["members_reported"]),
        "UGJ-07": lambda e: total(
            share(4, e["owners_committees"], e["estates"], 0),
            share(4, e["property_party_orgs"], e["property_firms"]),
            down(4, 1, e["quarters"] - e["property_evals"]),
        ),
        "UGJ-08": lambda e: down(10, 2, e["matters"] - e["full_process_matters"]) if e["matters"] else NOTHING,
        "UGJ-09": lambda e: total(bands(e["shared_venues"], (2, 5), (1, 3)), award(5, e["open_hours_week"] >= 10)),
    },
    "PA": {
        "UPA-01": lambda e: total(
            share(6, e["grids_staffed"], e["grids"], 0),
            award(2, e["boundary_map"]),
            award(2, e["duty_card"]),
            bands(-e["base_data_age_days"], (-30, 4), (-90, 2)),
        ),
        "UPA-02": lambda e: total(
            award(4, e["police_assigned"] >= 1), bands(e["aux_police"], (2, 4), (1, 2)), award(2, e["police_room_online"])
        ),
        "UPA-03": lambda e: bands(e["tech_coverage"], (80, 10), (60, 5)),
        "UPA-04": disputes,
        "UPA-05": lambda e: rate(e["events_on_time"], e["events"], (95, 14), (90, 10), (80, 6)),
        "UPA-06": lambda e: down(10, 3, e["petitions_overdue"]),
        "UPA-07": hazards,
        "UPA-08": lambda e: total(award(4, e["legal_adviser"]), award(4, e["law_events"] >= e["quarters"])),
        "UPA-09": lambda e: survey(e["safety_satisfied"], e["safety_survey_n"], (90, 8), (80, 5), (60, 2)),
    },
    "HX": {
        "UHX-01": lambda e: total(bands(e["direct_service_items"], (40, 7), (20, 4)), award(3, e["items_list_published"])),
        "UHX-02": lambda e: bands(e["extended_hours_week"], (5, 8), (2, 4)),
        "UHX-03": lambda e: total(award(6, e["elder_points"] >= 1), share(8, e["elders_served"], e["elders_need"])),
        "UHX-04": lambda e: total(award(5, e["child_points"] >= 1), down(5, 1, 5 - e["child_open_days_week"])),
        "UHX-05": lambda e: total(award(4, e["volunteer_teams"] >= 3), rate(e["volunteers"], e["resident_pop"], (10, 6), (5, 3), empty=0)),
        "UHX-06": lambda e: bands(e["orgs_active"], (12, 10), (8, 7), (4, 4)),
        "UHX-07": lambda e: down(10, 1, e["months"] - e["culture_events"]),
        # those whose request was closed are asked
        "UHX-08": lambda e: total(share(10, e["requests_closed"], e["requests"]), share(6, e["callbacks_satisfied"], e["requests_closed"])),
        "UHX-09": lambda e: survey(e["survey_satisfied"], e["survey_n"], (90, 12), (80, 8), (60, 4)),
    },
    "YY": {
        "UYY-01": lambda e: total(award(4, e["job_service_point"]), award(3, e["staff"] >= 1), award(3, e["open_days_week"] >= 5)),
        "UYY-02": lambda e: rate(e["placed"], e["jobseekers"], (70, 14), (50, 9), (30, 5)),
        "UYY-03": lambda e: down(10, "2.5", e["quarters"] - e["training_sessions"]),
        "UYY-04": contact,
        "UYY-05": lambda e: rate(e["biz_closed_on_time"], e["biz_requests"], (95, 14), (90, 10), (80, 6), empty="9.8"),
        "UYY-06": lambda e: down(12, 2, e["eligible_orgs"] - e["orgs_with_branch"]) if e["eligible_orgs"] else NOTHING,
        "UYY-07": lambda e: total(award(5, e["rest_stations"] >= 1), bands(e["part_time_grid_helpers"], (2, 3), (1, 1))),
        "UYY-08": lambda e: share(10, e["estates_published"], e["estates"], 0),
        "UYY-09": lambda e: share(10, e["projects_on_time"], e["projects"]),
    },
}


def verdict(e: Evidence) -> Verdict:
    return star_verdict(STARS, KEYS, e)
