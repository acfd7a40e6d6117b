"""Write ``communities-2023.xlsx``: 35 invented communities with a year of evidence, good, middling and poor.

Illustrative only; no place is real.

Run from the checkout: ``python examples/make_communities.py``. Equal bytes every time.
"""

import random
from datetime import date
from pathlib import Path

from evaluator.evidence.register import Branch
from evaluator.evidence.template import fill_template

PACKS = ("five-star-urban", "soft-and-lax")
REMARK = "示例数据:35 个社区、街道和全部数字均为虚构,仅供演示。Illustrative data: every place and figure is invented."
STREETS = {
    "云台街道": ("青禾", "听泉", "竹溪", "望云", "石榴园", "南浦", "金桂"),
    "清渠街道": ("柳荫", "稻香", "平桥", "双塘", "新槐", "芦湾"),
    "东亭街道": ("朝霞", "松涛", "银杏", "和风", "北辰", "枫林"),
    "白鹭街道": ("白鹭洲", "沙溪", "渔歌", "荷塘", "海棠"),
    "文澜街道": ("文澜", "书院", "知行", "墨香", "砚池", "长亭"),
    "高新街道": ("启明", "星河", "远帆", "新港", "智谷"),
}
UNVISITED = "渔歌社区"
VETOED = "新港社区"
LISTED = "双塘社区"
MONTHS = 12
QUARTERS = 4

# What a branch without fault shows over the year.
FAULTLESS: dict[str, object] = {
    "committee_required": 5, "committee_actual": 5, "secretary_vacant_days": 0, "last_election": date(2021, 3, 1),
    "party_assembly": QUARTERS, "committee_meeting": MONTHS, "has_groups": "是", "group_meeting_months": MONTHS, "party_lecture": QUARTERS,
    "theme_day_months": MONTHS, "org_life_meeting": 1, "member_review": 1, "review_issues": 6, "review_issues_closed": 6,
    "members_total": 48, "members_32h": 48, "leaders_total": 5, "leaders_56h": 5, "secretary_county_training": 1,
    "disclosure_quarters": QUARTERS,
    "households_total": 2000, "estates": 8, "estates_with_branch": 8, "buildings": 60, "buildings_with_group": 54,
    "service_area_m2": 820, "activity_area_m2": 560, "community_workers": 12, "resident_pop": 6000,
    "roles_covered": "民警;业委会;物业;共建单位", "duty_published": "是", "joint_meetings": QUARTERS, "joint_minutes": QUARTERS,
    "resident_units": 9, "agreements": 9, "resource_list": "是", "demand_list": "是", "projects_claimed": 12, "projects_closed": 12,
    "projects_overdue": 0, "units_should_report": 20, "units_reported": 20, "services_planned": 24, "services_done": 24,
    "members_reported": 80, "members_50h": 78, "owners_committees": 8, "property_firms": 5, "property_party_orgs": 5,
    "property_evals": QUARTERS,
    "matters": 2, "full_process_matters": 2, "shared_venues": 2, "open_hours_week": 12, "grids": 6, "grids_staffed": 6,
    "boundary_map": "是",
    "duty_card": "是", "base_data_age_days": 20, "police_assigned": 1, "aux_police": 2, "police_room_online": "是", "tech_coverage": "88%",
    "disputes": 14, "disputes_resolved": 14, "disputes_recurred": 0, "events": 120, "events_on_time": 118, "petitions_overdue": 0,
    "hazards_found": 10, "hazards_closed": 10, "legal_adviser": "是", "law_events": QUARTERS, "safety_survey_n": 60, "safety_satisfied": 57,
    "direct_service_items": 45, "items_list_published": "是", "extended_hours_week": 6, "elder_points": 1, "elders_need": 30,
    "elders_served": 30,
    "child_points": 1, "child_open_days_week": 5, "volunteer_teams": 4, "volunteers": 700, "orgs_active": 13, "culture_events": MONTHS,
    "requests": 30, "requests_closed": 30, "callbacks_satisfied": 29, "survey_n": 100, "survey_satisfied": 94, "survey_dissatisfied": 2,
    "job_service_point": "是", "staff": 1, "open_days_week": 6, "jobseekers": 10, "placed": 8, "training_sessions": QUARTERS,
    "has_business_district": "是", "merchants": 90, "merchants_contacted": 90, "joint_branch": "是", "biz_requests": 12,
    "biz_closed_on_time": 12,
    "eligible_orgs": 3, "orgs_with_branch": 3, "rest_stations": 1, "part_time_grid_helpers": 2, "estates_published": 8,
    "projects": 4, "projects_on_time": 4, "secretary_review_result": "胜任", "deadlock_days": 0, "meetings_failed": 0, "idle_months": 0,
    "election_overdue_days": 0, "election_violation_confirmed": "否", "finance_issues_open": 0, "mass_incidents": 0, "disputes_backlog": 0,
    "has_fixed_venue": "是", "service_window": "是", "rank_in_township": 3, "township_total": 40, "ledger_overdue": 0, "ledger_reopened": 0,
    "leaders_disciplined": 0, "last_acceptance": "无", "lookback_result": "无", "property_complaints_open": 3, "tripartite_meetings": 2,
    "joint_meetings_last2q": 2, "units_reported_rate": "95%", "stars_this": 3, "stars_last": 3, "decisions_no_process_rate": "0%",
}  # fmt: skip

# What may fall short, and how: indicator to the values seen, mild to severe.
LAPSES: dict[str, tuple[object, ...]] = {
    "committee_actual": (4, 4, 3), "party_assembly": (3, 3, 2), "committee_meeting": (11, 9, 7), "group_meeting_months": (11, 9, 6),
    "party_lecture": (3, 2, 1), "theme_day_months": (11, 10, 8), "member_review": (1, 0, 0), "review_issues_closed": (5, 4, 2),
    "members_32h": (45, 43, 38), "leaders_56h": (4, 4, 3), "secretary_county_training": (1, 0, 0), "disclosure_quarters": (3, 3, 2),
    "estates_with_branch": (7, 6, 4), "buildings_with_group": (46, 38, 20), "service_area_m2": (560, 430, 300),
    "activity_area_m2": (330, 250, 150),
    "community_workers": (10, 8, 6), "roles_covered": ("民警;物业;共建单位", "民警;物业", "物业"), "joint_minutes": (3, 3, 2),
    "agreements": (8, 6, 4), "demand_list": ("是", "否", "否"), "projects_closed": (11, 9, 6), "projects_overdue": (0, 2, 4),
    "units_reported": (18, 17, 12), "services_done": (22, 20, 15), "members_50h": (60, 44, 30), "owners_committees": (6, 4, 2),
    "property_party_orgs": (4, 2, 1), "property_evals": (3, 2, 1), "shared_venues": (1, 1, 0), "open_hours_week": (12, 8, 4),
    "base_data_age_days": (40, 60, 120), "aux_police": (2, 1, 0), "police_room_online": ("是", "否", "否"), "tech_coverage": ("76%",
    "65%", "55%"),
    "disputes_resolved": (13, 12, 11), "disputes_recurred": (0, 1, 2), "events_on_time": (111, 103, 90), "petitions_overdue": (0, 1, 2),
    "hazards_closed": (9, 7, 5), "law_events": (3, 3, 2), "safety_satisfied": (52, 47, 40), "direct_service_items": (42, 30, 18),
    "extended_hours_week": (5, 3, 1), "elders_served": (26, 20, 12), "child_open_days_week": (5, 3, 2), "volunteers": (560, 350, 180),
    "orgs_active": (10, 7, 4), "culture_events": (11, 9, 6), "requests_closed": (28, 24, 18), "callbacks_satisfied": (26, 20, 12),
    "survey_satisfied": (88, 79, 66), "survey_dissatisfied": (4, 9, 20), "open_days_week": (5, 4, 3), "placed": (6, 5, 3),
    "training_sessions": (3, 2, 1), "merchants_contacted": (70, 50, 30), "biz_closed_on_time": (11, 10, 8), "orgs_with_branch": (3, 2, 1),
    "estates_published": (7, 5, 3), "projects_on_time": (3, 3, 1), "part_time_grid_helpers": (2, 1, 0),
}  # fmt: skip
NOTES = {
    ("theme_day_months", 11): "缺7月", ("theme_day_months", 10): "缺2月、7月", ("theme_day_months", 8): "缺2月、5月、7月、8月",
    ("committee_meeting", 9): "缺1月、2月、8月", ("disclosure_quarters", 3): "第三季度未公开", ("disclosure_quarters", 2):
    "第二、三季度未公开",
    ("hazards_closed", 7): "3处消防通道堵占未清", ("hazards_closed", 5): "5处飞线充电未整改", ("party_lecture", 2): "二、三季度未讲",
}  # fmt: skip
OTHERS_FORGOT = ("jobseekers", "placed", "tech_coverage", "safety_survey_n", "safety_satisfied")  # a department has not supplied them


def branches() -> list[Branch]:
    found = []
    for street, names in STREETS.items():
        for name in names:
            order = len(found) + 1
            path = ("云山市", "河东区", street, f"{name}社区")
            found.append(Branch(f"YS{order:03d}", f"{name}社区", order, path, {"area_type": "社区"}))
    return found


def cells(found: list[Branch]) -> tuple[dict[tuple[str, str], object], dict[tuple[str, str], str]]:
    """Return what each branch shows, and fact notes beside it."""
    draw = random.Random(2023)
    told: dict[tuple[str, str], object] = {}
    notes: dict[tuple[str, str], str] = {}
    for branch in found:
        if branch.name == UNVISITED:
            continue
        strength = draw.choice((0.02, 0.06, 0.15, 0.25, 0.4, 0.55, 0.7))  # share of items that fall short
        values = dict(FAULTLESS)
        for id_, lapses in LAPSES.items():
            if draw.random() < strength:
                grade = min(2, int(draw.random() * 3 * (0.4 + strength)))
                values[id_] = lapses[grade]
                if note := NOTES.get((id_, lapses[grade])):  # type: ignore[arg-type]  # any value may be looked up
                    notes[branch.id, id_] = note
        if draw.random() < 0.25:
            for id_ in draw.sample(OTHERS_FORGOT, 1) + draw.sample(sorted(LAPSES), 1):
                values.pop(id_, None)
        if branch.name == VETOED:
            values |= {"major_accidents_responsible": 1, "accidents_responsible": 1}
            notes[branch.id, "major_accidents_responsible"] = "4月电动车火灾,区安委会认定负有责任"
        if branch.name == LISTED:
            values |= {"secretary_vacant_days": 130, "committee_actual": 2, "survey_satisfied": 55, "survey_dissatisfied": 30}
            notes[branch.id, "secretary_vacant_days"] = "书记8月调离,至年底未补"
        if values["joint_meetings"] < values["joint_minutes"]:  # type: ignore[operator]  # both are whole numbers
            values["joint_meetings"] = values["joint_minutes"]
        told |= {(branch.id, id_): value for id_, value in values.items()}
    return told, notes


if __name__ == "__main__":
    register = branches()
    known, facts = cells(register)
    fill_template(PACKS, Path(__file__).with_name("communities-2023.xlsx"), register, known, facts, remark=REMARK)
