"""Section 7, the village, line by line.

Where there is nothing to divide by, ``empty`` says what a rate is worth; where it is left out, nothing was owed.
"""

from fractions import Fraction

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
    void,
    years_before,
)

KEYS = frozenset({"RZB-01", "RZB-03", "RZB-08", "RPA-07", "RYJ-10"})


def disclosure(e: Evidence) -> Worth:
    """RZB-09: 公开应4季,每少1季扣2;应月公开的财务每少1月扣1."""
    months = max(e["months"] - e["finance_disclosure_months"], 0) if e["finance_monthly_required"] else 0
    return less(down(8, 2, e["quarters"] - e["disclosure_quarters"]), months)


def venue(e: Evidence) -> Worth:
    """RZB-10: ≥100㎡=8;60–99㎡=4;<60㎡=2;无场所=0."""
    return void(bands(e["venue_area_m2"], (100, 8), (60, 4), (0, 2)), not e["has_fixed_venue"])


def growth(e: Evidence) -> Worth:
    """RCY-02: 增幅≥10%=10;5–9.9%=7;0–4.9%=4;下降=0. Nothing last year: there is no rate of growth."""
    before = e["income_last_year_wan"]
    return rate(e["collective_income_wan"] - before, before, (10, 10), (5, 7), (0, 4))


def lead_industry(e: Evidence) -> Worth:
    """RCY-03: 有产业且带动率≥30%=12;有产业且<30%=7;无=0."""
    return void(rate(e["linked_households"], e["households_total"], (30, 12), (0, 7), empty=0), e["leading_industries"] < 1)


def projects(e: Evidence) -> Worth:
    """RCY-07: 每个逾期扣3 of 6; 支出进度≥90%得4,其余按比例 of that line; without projects the line asks nothing."""
    if not e["projects"]:
        return NOTHING
    return total(down(6, 3, e["projects_overdue"]), share(4, Fraction(e["funds_spent_wan"]) * 100, Fraction(e["funds_wan"]) * 90))


def crime(e: Evidence) -> Worth:
    """RPA-06: 0起=10;≤0.5‰=8;≤1‰=5;>1‰=0: cases against a two-thousandth and a thousandth of the people, who have to be there."""
    cases, people = e["criminal_cases"], e["population"]
    return award(10, bool(people)) if not cases else bands(-cases * 2000, (-people, 8), (-2 * people, 5))._replace(full=1000)


def ceremonies(e: Evidence) -> Worth:
    """RWM-05: 记录率≥90%=8;70–89%=5;其余2;无章程0. The rules are owed in any year; without a ceremony no record is lacking."""
    return void(rate(e["ceremonies_recorded"], e["ceremonies"], (90, 8), (70, 5), (0, 2), empty=8), not e["ceremony_charter"])


STARS = {
    "ZB": {
        "RZB-01": committee,
        "RZB-02": election,
        "RZB-03": lambda e: three_meetings(e, 16),
        "RZB-04": lambda e: total(down(8, 1, e["months"] - e["theme_day_months"]), award(2, e["theme_day_followup_rate"] >= 90)),
        "RZB-05": lambda e: total(
            award(4, e["org_life_meeting"] >= 1),
            award(3, e["member_review"] >= 1),
            rate(e["review_issues_closed"], e["review_issues"], (90, 3), (70, 1)),
        ),
        "RZB-06": lambda e: rate(e["members_talked"], e["members_total"], (100, 6), (90, 4), (80, 2), empty=0),
        "RZB-07": lambda e: total(
            rate(e["members_32h"], e["members_total"], (95, 5), (90, 3), empty=0),
            rate(e["leaders_56h"], e["leaders_total"], (100, 3), empty=0),
            award(2, e["secretary_county_training"] >= 1),
        ),
        "RZB-08": lambda e: down(12, 3, e["major_decisions"] - e["full_process_decisions"]) if e["major_decisions"] else NOTHING,
        "RZB-09": disclosure,
        "RZB-10": venue,
    },
    "CY": {
        "RCY-01": lambda e: bands(e["collective_income_wan"], (30, 20), (10, 15), (5, 8)),
        "RCY-02": growth,
        "RCY-03": lead_industry,
        "RCY-04": lambda e: total(award(3, e["plan_approved"]), share(7, e["annual_tasks_done"], e["annual_tasks"])),
        "RCY-05": lambda e: total(
            award(4, e["asset_inventory_date"] >= years_before(e["R"], 1)),
            share(8, e["problem_contracts_fixed"], e["problem_contracts"], 8),
        ),
        "RCY-06": lambda e: rate(e["coops_active"], e["coops_registered"], (80, 10), (50, 6), empty=0),
        "RCY-07": projects,
        "RCY-08": lambda e: total(
            award(3, e["distribution_decided"]), award(3, e["distribution_published"]), down(2, 1, e["finance_audit_open"])
        ),
        "RCY-09": lambda e: total(bands(e["training_sessions"], (2, 4), (1, 2)), up(1, e["local_jobs"] // 5, 4)),
    },
    "YJ": {
        "RYJ-01": lambda e: total(bands(e["garbage_coverage"], (100, 8), (95, 5)), award(4, e["cleaners"] * 200 >= e["households_total"])),
        "RYJ-02": lambda e: less(
            rate(e["sanitary_toilets"], e["households_total"], (95, 12), (85, 9), (70, 5), empty=0), e["toilets_broken"] // 5
        ),
        "RYJ-03": lambda e: less(bands(e["sewage_controlled_rate"], (80, 10), (60, 6), (0, 2)), 2 * e["illegal_outlets"]),
        "RYJ-04": lambda e: less(bands(e["central_water_rate"], (100, 10), (95, 8), (90, 5)), 3 * e["water_test_failed"]),
        "RYJ-05": lambda e: total(
            award(5, e["road_hardened_rate"] >= 95), rate(e["lights_working"], e["lights_total"], (95, 3), (85, 1), empty=0)
        ),
        "RYJ-06": lambda e: down(16, 1, e["env_problem_points"]),
        "RYJ-07": lambda e: total(award(5, e["village_plan_approved"]), down(3, 1, e["illegal_build_open"])),
        "RYJ-08": lambda e: total(
            award(2, e["maintenance_rule"]), award(2, e["maintenance_fund_wan"] > 0), share(4, e["inspection_months"], e["months"])
        ),
        "RYJ-09": lambda e: down(8, 4, e["black_water_bodies"]),
        "RYJ-10": lambda e: award(8, e["unsafe_houses_occupied"] == 0),
    },
    "PA": {
        "RPA-01": lambda e: total(share(8, e["grids_staffed"], e["grids"], 0), award(4, e["center_area_m2"] >= 30)),
        "RPA-02": lambda e: total(
            award(4, e["police_assigned"] >= 1), award(2, e["aux_police"] >= 1), award(2, e["volunteers_patrol"] >= 20)
        ),
        "RPA-03": lambda e: bands(e["tech_coverage"], (70, 10), (50, 5)),
        "RPA-04": disputes,
        "RPA-05": lambda e: down(12, 4, e["petitions_overdue"]),
        "RPA-06": crime,
        "RPA-07": hazards,
        "RPA-08": lambda e: total(award(3, e["legal_adviser"]), award(3, e["legal_room"]), down(4, 1, e["quarters"] - e["law_events"])),
        "RPA-09": lambda e: survey(e["safety_satisfied"], e["safety_survey_n"], (90, 12), (80, 8), (60, 4)),
    },
    "WM": {
        "RWM-01": lambda e: total(
            award(6, e["rules_revised"] >= years_before(e["R"], 3)), award(3, e["rules_published"]), award(3, e["rules_filed"])
        ),
        "RWM-02": lambda e: up(2, e["councils_active"], 10),
        "RWM-03": lambda e: down(10, 1, e["months"] - e["practice_events"]),
        "RWM-04": lambda e: total(
            award(2, e["volunteer_teams"] >= 1),
            rate(e["volunteers"], e["population"], (5, 4), empty=0),
            rate(e["service_hours"], e["volunteers"], (400, 4), empty=0),  # four hours for each volunteer
        ),
        "RWM-05": ceremonies,
        "RWM-06": lambda e: total(award(6, e["elder_points"] >= 1), share(8, e["elders_served"], e["elders_need"])),
        "RWM-07": lambda e: rate(e["households_with_measures"], e["monitored_households"], (100, 12), (95, 8)),
        "RWM-08": lambda e: total(award(3, e["culture_area_m2"] >= 30), down(5, 1, max(20 - e["open_days_month"], 0) // 4)),
        "RWM-09": lambda e: total(award(3, e["household_rating_rounds"] >= 1), award(3, e["results_published"])),
        "RWM-10": lambda e: survey(e["survey_satisfied"], e["survey_n"], (90, 10), (80, 7), (60, 3)),
    },
}


def verdict(e: Evidence) -> Verdict:
    return star_verdict(STARS, KEYS, e)
