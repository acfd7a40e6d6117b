"""The two star packs against their tables: ids, points and classes, words, numbers, and what each line of the tables is worth."""

import re
from collections.abc import Iterator
from datetime import date
from functools import cache
from typing import Any

import pytest
import yaml

from evaluator import data_dir
from evaluator.packs.models import Criterion, Pack

PACKS = ("five-star-urban", "five-star-rural")
SHARED_WITH = (*PACKS, "soft-and-lax")
GROUPS = {"five-star-urban": ("ZB", "GJ", "PA", "HX", "YY"), "five-star-rural": ("ZB", "CY", "YJ", "PA", "WM")}
KEYS = {"five-star-urban": {"UZB-01", "UZB-03", "UPA-07"}, "five-star-rural": {"RZB-01", "RZB-03", "RZB-08", "RPA-07", "RYJ-10"}}

TABLES = {  # id, points and deadline class of every criterion
    "five-star-urban": """
        UZB-01 12 D_30; UZB-02 8 D_90; UZB-03 14 D_15; UZB-04 8 D_now; UZB-05 8 D_30; UZB-06 8 D_year;
        UZB-07 14 D_90; UZB-08 8 D_now; UZB-09 12 D_year; UZB-10 8 D_year; UGJ-01 10 D_30; UGJ-02 12 D_quarter;
        UGJ-03 12 D_30; UGJ-04 14 D_year; UGJ-05 12 D_quarter; UGJ-06 8 D_year; UGJ-07 12 D_90; UGJ-08 10 D_15;
        UGJ-09 10 D_year; UPA-01 14 D_30; UPA-02 10 D_30; UPA-03 10 D_year; UPA-04 14 D_15; UPA-05 14 D_now;
        UPA-06 10 D_15; UPA-07 12 D_now; UPA-08 8 D_30; UPA-09 8 D_keep; UHX-01 10 D_30; UHX-02 8 D_15;
        UHX-03 14 D_year; UHX-04 10 D_year; UHX-05 10 D_year; UHX-06 10 D_year; UHX-07 10 D_quarter; UHX-08 16 D_7;
        UHX-09 12 D_keep; UYY-01 10 D_30; UYY-02 14 D_quarter; UYY-03 10 D_quarter; UYY-04 12 D_90; UYY-05 14 D_15;
        UYY-06 12 D_90; UYY-07 8 D_year; UYY-08 10 D_quarter; UYY-09 10 D_year""",
    "five-star-rural": """
        RZB-01 12 D_30; RZB-02 8 D_90; RZB-03 16 D_15; RZB-04 10 D_now; RZB-05 10 D_30; RZB-06 6 D_30;
        RZB-07 10 D_year; RZB-08 12 D_15; RZB-09 8 D_now; RZB-10 8 D_year; RCY-01 20 D_year; RCY-02 10 D_year;
        RCY-03 12 D_year; RCY-04 10 D_quarter; RCY-05 12 D_90; RCY-06 10 D_year; RCY-07 10 D_90; RCY-08 8 D_30;
        RCY-09 8 D_year; RYJ-01 12 D_30; RYJ-02 12 D_year; RYJ-03 10 D_90; RYJ-04 10 D_year; RYJ-05 8 D_90;
        RYJ-06 16 D_now; RYJ-07 8 D_90; RYJ-08 8 D_keep; RYJ-09 8 D_90; RYJ-10 8 D_3; RPA-01 12 D_30;
        RPA-02 8 D_30; RPA-03 10 D_year; RPA-04 14 D_15; RPA-05 12 D_15; RPA-06 10 D_year; RPA-07 12 D_now;
        RPA-08 10 D_30; RPA-09 12 D_keep; RWM-01 12 D_30; RWM-02 10 D_90; RWM-03 10 D_quarter; RWM-04 10 D_year;
        RWM-05 8 D_keep; RWM-06 14 D_year; RWM-07 12 D_15; RWM-08 8 D_30; RWM-09 6 D_year; RWM-10 10 D_keep""",
}

WORTH = """
RZB-01 committee_required=5 committee_actual=5 secretary_vacant_days=0 -> 12
RZB-01 committee_required=5 committee_actual=3 secretary_vacant_days=0 -> 6
RZB-01 committee_required=5 committee_actual=4 secretary_vacant_days=90 -> 4
RZB-01 committee_required=5 committee_actual=5 secretary_vacant_days=91 -> 0
RZB-01 committee_required=5 committee_actual=7 secretary_vacant_days=1 -> 7
RZB-02 last_election=2018-12-31 extension_approval_no=无 -> 8
RZB-02 last_election=2018-12-30 extension_approval_no=无 -> 0
RZB-02 last_election=2018-12-30 extension_approval_no=乡组〔2023〕1号 -> 8
RZB-03 party_assembly=4 committee_meeting=12 has_groups=是 group_meeting_months=12 party_lecture=4 -> 16
RZB-03 party_assembly=9 committee_meeting=10 has_groups=是 group_meeting_months=11 party_lecture=3 -> 12
RZB-03 party_assembly=3 committee_meeting=12 has_groups=否 party_lecture=4 -> 15
RZB-03 party_assembly=0 committee_meeting=0 has_groups=否 party_lecture=4 -> 0
UZB-03 party_assembly=3 committee_meeting=12 has_groups=否 party_lecture=4 -> 13
RZB-04 theme_day_months=10 theme_day_followup_rate=90 -> 8
RZB-04 theme_day_months=12 theme_day_followup_rate=89.9 -> 8
UZB-04 theme_day_months=11 -> 7
RZB-05 org_life_meeting=1 member_review=1 review_issues=10 review_issues_closed=9 -> 10
RZB-05 org_life_meeting=1 member_review=0 review_issues=10 review_issues_closed=7 -> 5
RZB-05 org_life_meeting=0 member_review=1 review_issues=1000 review_issues_closed=699 -> 3
UZB-05 org_life_meeting=1 member_review=1 review_issues=10 review_issues_closed=8 -> 5
RZB-06 members_total=50 members_talked=50 -> 6
RZB-06 members_total=50 members_talked=49 -> 4
RZB-06 members_total=50 members_talked=40 -> 2
RZB-06 members_total=50 members_talked=39 -> 0
RZB-07 members_total=20 members_32h=19 leaders_total=5 leaders_56h=5 secretary_county_training=1 -> 10
RZB-07 members_total=20 members_32h=18 leaders_total=5 leaders_56h=4 secretary_county_training=0 -> 3
UZB-06 members_total=20 members_32h=18 leaders_total=5 leaders_56h=5 secretary_county_training=1 -> 6
UZB-06 members_total=2000 members_32h=1899 leaders_total=5 leaders_56h=5 secretary_county_training=1 -> 6
RZB-08 major_decisions=6 full_process_decisions=5 -> 9
RZB-08 major_decisions=6 full_process_decisions=1 -> 0
RZB-09 disclosure_quarters=3 finance_monthly_required=是 finance_disclosure_months=10 -> 4
RZB-09 disclosure_quarters=4 finance_monthly_required=否 -> 8
UZB-08 disclosure_quarters=3 -> 6
RZB-10 has_fixed_venue=是 venue_area_m2=100 -> 8
RZB-10 has_fixed_venue=是 venue_area_m2=99.9 -> 4
RZB-10 has_fixed_venue=是 venue_area_m2=59 -> 2
RZB-10 has_fixed_venue=否 venue_area_m2=120 -> 0
RCY-01 collective_income_wan=30 -> 20
RCY-01 collective_income_wan=29.95 -> 15
RCY-01 collective_income_wan=5 -> 8
RCY-01 collective_income_wan=4.99 -> 0
RCY-02 collective_income_wan=11 income_last_year_wan=10 -> 10
RCY-02 collective_income_wan=10.99 income_last_year_wan=10 -> 7
RCY-02 collective_income_wan=10 income_last_year_wan=10 -> 4
RCY-02 collective_income_wan=9.99 income_last_year_wan=10 -> 0
RCY-03 leading_industries=1 linked_households=30 households_total=100 -> 12
RCY-03 leading_industries=1 linked_households=29 households_total=100 -> 7
RCY-03 leading_industries=0 linked_households=29 households_total=100 -> 0
RCY-04 plan_approved=是 annual_tasks=8 annual_tasks_done=6 -> 8.25
RCY-04 plan_approved=否 annual_tasks=3 annual_tasks_done=1 -> 2.33
RCY-05 asset_inventory_date=2022-12-31 problem_contracts=4 problem_contracts_fixed=3 -> 10
RCY-05 asset_inventory_date=2022-12-30 problem_contracts=0 problem_contracts_fixed=0 -> 8
RCY-06 coops_registered=5 coops_active=4 -> 10
RCY-06 coops_registered=2 coops_active=1 -> 6
RCY-06 coops_registered=0 coops_active=0 -> 0
RCY-07 projects=3 projects_overdue=1 funds_wan=100 funds_spent_wan=90 -> 7
RCY-07 projects=3 projects_overdue=0 funds_wan=100 funds_spent_wan=45 -> 8
RCY-08 distribution_decided=是 distribution_published=否 finance_audit_open=1 -> 4
RCY-08 distribution_decided=是 distribution_published=是 finance_audit_open=3 -> 6
RCY-09 training_sessions=1 local_jobs=19 -> 5
RCY-09 training_sessions=2 local_jobs=40 -> 8
RYJ-01 garbage_coverage=100 cleaners=2 households_total=400 -> 12
RYJ-01 garbage_coverage=99.9 cleaners=2 households_total=401 -> 5
RYJ-02 sanitary_toilets=95 households_total=100 toilets_broken=4 -> 12
RYJ-02 sanitary_toilets=94 households_total=100 toilets_broken=10 -> 7
RYJ-02 sanitary_toilets=69 households_total=100 toilets_broken=0 -> 0
RYJ-03 sewage_controlled_rate=79.9 illegal_outlets=1 -> 4
RYJ-03 sewage_controlled_rate=50 illegal_outlets=0 -> 2
RYJ-04 central_water_rate=100 water_test_failed=1 -> 7
RYJ-04 central_water_rate=94.9 water_test_failed=0 -> 5
RYJ-05 road_hardened_rate=95 lights_total=20 lights_working=17 -> 6
RYJ-06 env_problem_points=3 -> 13
RYJ-06 env_problem_points=20 -> 0
RYJ-07 village_plan_approved=是 illegal_build_open=2 -> 6
RYJ-08 maintenance_rule=是 maintenance_fund_wan=1 inspection_months=7 -> 6.33
RYJ-08 maintenance_rule=是 maintenance_fund_wan=0 inspection_months=12 -> 6
RYJ-09 black_water_bodies=1 -> 4
RYJ-10 unsafe_houses_occupied=0 -> 8
RYJ-10 unsafe_houses_occupied=1 -> 0
RPA-01 grids=4 grids_staffed=3 center_area_m2=30 -> 10
RPA-02 police_assigned=1 aux_police=0 volunteers_patrol=20 -> 6
RPA-03 tech_coverage=70 -> 10
RPA-03 tech_coverage=50 -> 5
RPA-04 disputes=20 disputes_resolved=19 disputes_recurred=1 -> 12
RPA-04 disputes=20 disputes_resolved=16 disputes_recurred=0 -> 6
UPA-04 disputes=20 disputes_resolved=15 disputes_recurred=0 -> 0
RPA-05 petitions_overdue=2 -> 4
RPA-06 criminal_cases=0 population=2000 -> 10
RPA-06 criminal_cases=1 population=2000 -> 8
RPA-06 criminal_cases=2 population=2000 -> 5
RPA-06 criminal_cases=3 population=2000 -> 0
RPA-07 hazards_found=8 hazards_closed=6 accidents_responsible=0 -> 9
RPA-07 hazards_found=8 hazards_closed=8 accidents_responsible=1 -> 0
RPA-07 hazards_found=0 hazards_closed=0 accidents_responsible=1 -> 0
RPA-08 legal_adviser=是 legal_room=否 law_events=3 -> 6
RPA-09 safety_survey_n=30 safety_satisfied=27 -> 12
RPA-09 safety_survey_n=30 safety_satisfied=26 -> 8
RPA-09 safety_survey_n=29 safety_satisfied=29 -> ?
RWM-01 rules_revised=2020-12-31 rules_published=是 rules_filed=否 -> 9
RWM-02 councils_active=4 -> 8
RWM-02 councils_active=7 -> 10
RWM-03 practice_events=10 -> 8
RWM-04 volunteer_teams=1 volunteers=50 population=1000 service_hours=199 -> 6
RWM-04 volunteer_teams=1 volunteers=50 population=1000 service_hours=200 -> 10
RWM-05 ceremony_charter=是 ceremonies=10 ceremonies_recorded=9 -> 8
RWM-05 ceremony_charter=是 ceremonies=10 ceremonies_recorded=6 -> 2
RWM-05 ceremony_charter=否 ceremonies=0 ceremonies_recorded=0 -> 0
RWM-06 elder_points=1 elders_need=9 elders_served=6 -> 11.33
RWM-07 monitored_households=20 households_with_measures=19 -> 8
RWM-08 culture_area_m2=30 open_days_month=13 -> 7
RWM-08 culture_area_m2=29 open_days_month=4 -> 1
RWM-09 household_rating_rounds=1 results_published=否 -> 3
RWM-10 survey_n=100 survey_satisfied=80 -> 7
RWM-10 survey_n=100 survey_satisfied=59 -> 0
RWM-10 survey_n=10 survey_satisfied=10 -> ?
UZB-07 estates=10 estates_with_branch=8 buildings=10 buildings_with_group=6 -> 9
UZB-09 service_area_m2=600 households_total=2000 activity_area_m2=360 -> 12
UZB-09 service_area_m2=599 households_total=2000 activity_area_m2=300 -> 4
UZB-10 community_workers=18 resident_pop=10000 -> 8
UZB-10 community_workers=17 resident_pop=10000 -> 5
UZB-10 community_workers=14 resident_pop=10000 -> 3
UGJ-01 roles_covered=民警、物业 duty_published=是 -> 6
UGJ-02 joint_meetings=4 joint_minutes=3 -> 9
UGJ-03 resident_units=10 agreements=7 resource_list=是 demand_list=否 -> 7
UGJ-04 projects_claimed=10 projects_closed=8 projects_overdue=2 -> 9.2
UGJ-05 units_should_report=20 units_reported=19 services_planned=20 services_done=17 -> 9
UGJ-06 members_reported=60 members_50h=45 -> 6
UGJ-07 estates=4 owners_committees=3 property_firms=3 property_party_orgs=1 property_evals=3 -> 7.33
UGJ-08 matters=3 full_process_matters=1 -> 6
UGJ-09 shared_venues=1 open_hours_week=10 -> 8
UPA-01 grids=3 grids_staffed=3 boundary_map=是 duty_card=否 base_data_age_days=31 -> 10
UPA-02 police_assigned=1 aux_police=1 police_room_online=是 -> 8
UPA-03 tech_coverage=79.99 -> 5
UPA-05 events=1000 events_on_time=949 -> 10
UPA-06 petitions_overdue=4 -> 0
UPA-07 hazards_found=0 hazards_closed=0 accidents_responsible=0 -> 12
UPA-08 legal_adviser=是 law_events=3 -> 4
UPA-09 safety_survey_n=100 safety_satisfied=60 -> 2
UHX-01 direct_service_items=39 items_list_published=是 -> 7
UHX-02 extended_hours_week=4.9 -> 4
UHX-03 elder_points=0 elders_need=4 elders_served=1 -> 2
UHX-04 child_points=1 child_open_days_week=3 -> 8
UHX-05 volunteer_teams=3 volunteers=999 resident_pop=10000 -> 7
UHX-06 orgs_active=8 -> 7
UHX-07 culture_events=9 -> 7
UHX-08 requests=10 requests_closed=9 callbacks_satisfied=6 -> 13
UHX-09 survey_n=100 survey_satisfied=60 -> 4
UYY-01 job_service_point=是 staff=1 open_days_week=4 -> 7
UYY-02 jobseekers=100 placed=50 -> 9
UYY-03 training_sessions=3 -> 7.5
UYY-04 has_business_district=是 merchants=40 merchants_contacted=20 joint_branch=是 -> 8
UYY-04 has_business_district=是 merchants=40 merchants_contacted=40 joint_branch=否 -> 8
UYY-04 has_business_district=否 merchants=40 merchants_contacted=30 joint_branch=否 -> 9
UYY-04 has_business_district=否 merchants=40 merchants_contacted=30 -> 9
UYY-05 biz_requests=0 biz_closed_on_time=0 -> 9.8
UYY-05 biz_requests=20 biz_closed_on_time=18 -> 10
UYY-06 eligible_orgs=5 orgs_with_branch=3 -> 8
UYY-07 rest_stations=1 part_time_grid_helpers=1 -> 6
UYY-08 estates=3 estates_published=2 -> 6.66
UYY-09 projects=4 projects_on_time=3 -> 7.5
UZB-01 committee_required=5 committee_actual=4 secretary_vacant_days=0 -> 9
UZB-02 last_election=2018-12-31 extension_approval_no=无 -> 8
"""


@cache
def raw(id_: str) -> dict[str, Any]:
    loaded = yaml.safe_load((data_dir("rules") / id_ / "pack.yaml").read_text(encoding="utf-8"))
    assert isinstance(loaded, dict)
    return loaded


@cache
def pack(id_: str) -> Pack:
    return Pack.model_validate(raw(id_))


def criteria(id_: str) -> list[Criterion]:
    return [criterion for group in pack(id_).groups for criterion in group.criteria]


def texts(node: Any) -> Iterator[str]:
    """Yield every text below a node of YAML."""
    if isinstance(node, str):
        yield node
    elif isinstance(node, dict):
        for value in node.values():
            yield from texts(value)
    elif isinstance(node, list):
        for value in node:
            yield from texts(value)


def numbers_of(node: Any) -> Iterator[str]:
    """Yield the numbers of a rule as written, with ``months`` and ``quarters``."""
    if isinstance(node, bool):
        return
    if isinstance(node, int | float):
        yield f"{node:g}"
    elif isinstance(node, str):
        yield from re.findall(r"(?<![\w.])\d+(?:\.\d+)?%?", node)
        yield from re.findall(r"(?<!\d )\b(?:months|quarters)\b", node)
    elif isinstance(node, dict):
        for key, value in node.items():
            if key not in ("text", "due"):
                yield from numbers_of(value)
    elif isinstance(node, list):
        for value in node:
            yield from numbers_of(value)


@pytest.mark.parametrize("id_", PACKS)
def test_ids_points_and_classes_are_those_of_the_tables(id_: str) -> None:
    table = [tuple(line.split()) for line in TABLES[id_].split(";")]
    assert [(c.id, f"{c.points.normalize():f}", c.deadline) for c in criteria(id_)] == table
    assert len(table) == {"five-star-urban": 46, "five-star-rural": 48}[id_]


@pytest.mark.parametrize("id_", PACKS)
def test_every_star_is_a_hundred_points_and_asks_for_the_line(id_: str) -> None:
    assert tuple(group.id for group in pack(id_).groups) == GROUPS[id_]
    for group in pack(id_).groups:
        assert sum(c.points for c in group.criteria) == 100
        assert group.earned_when == "score >= pass_line"
        assert group.title.en and group.lead
    assert {c.id for c in criteria(id_) if c.key} == KEYS[id_]


@pytest.mark.parametrize("id_", PACKS)
def test_enough_of_every_star_can_be_read_before_december_is_over(id_: str) -> None:
    for group in raw(id_)["groups"]:
        late = 0
        for c in group["criteria"]:
            late += c["points"] if c.get("due") else sum(part.get("award", 0) or max(b["award"] for b in part["bands"]) for part in c.get("parts", []) if part.get("due") and ("award" in part or "bands" in part))
        assert late <= 40, group["id"]


@pytest.mark.parametrize("id_", PACKS)
def test_texts_are_there_in_both_languages(id_: str) -> None:
    found = pack(id_)
    for c in criteria(id_):
        assert c.text.en and c.measure.en and c.owner
        for one in (*c.parts, *c.deduct):
            assert one.text is not None and one.text.en, c.id
    for label in (*(i.label for i in found.indicators.values()), *(d.label for d in found.derived.values()), *(v.text for v in found.vetoes)):
        assert label.en, label.zh


@pytest.mark.parametrize("id_", PACKS)
def test_no_text_asks_to_make_up_the_past(id_: str) -> None:
    for text in texts(raw(id_)):
        assert not re.search("补开|补记|补录|补做|补签|补写|补办|倒签|backdate|make up for", text), text


@pytest.mark.parametrize("id_", PACKS)
def test_every_number_says_where_it_comes_from(id_: str) -> None:
    for group in raw(id_)["groups"]:
        for c in group["criteria"]:
            rule = {key: c[key] for key in ("parts", "deduct", "zero_when", "applies_when") if key in c}
            assert set(numbers_of(rule)) == set(c["numbers"]), c["id"]
    for veto in raw(id_)["vetoes"]:
        assert set(numbers_of({key: veto[key] for key in ("when", "cap") if key in veto})) == set(veto.get("numbers", {}))
    found = pack(id_)
    cited = {one for c in criteria(id_) for one in (*c.basis, *c.numbers.values())} | {one for v in found.vetoes for one in (*v.basis, *v.numbers.values())}
    assert cited - {"default"} <= set(found.sources)


@pytest.mark.parametrize("id_", PACKS)
def test_expected_counts_follow_the_period(id_: str) -> None:
    for c in raw(id_)["groups"]:
        for text in texts(c):
            assert not re.search(r"\b(12|4) - \w", text), text


@pytest.mark.parametrize("id_", PACKS)
def test_a_branch_holds_few_fields_and_says_what_proves_them(id_: str) -> None:
    held = {name: found for name, found in pack(id_).indicators.items() if found.holder == "branch"}
    assert len(held) <= 60
    assert all(found.proof for found in held.values())


def test_what_packs_share_is_the_same_in_each() -> None:
    for kind in ("indicators", "derived"):
        for one in SHARED_WITH:
            for other in SHARED_WITH:
                both = raw(one).get(kind, {}).keys() & raw(other).get(kind, {}).keys()
                assert {name: raw(one)[kind][name] for name in both} == {name: raw(other)[kind][name] for name in both}


def test_the_five_vetoes() -> None:
    for id_ in PACKS:
        assert [(v.id, v.cap, v.void) for v in pack(id_).vetoes] == [("V1", 2, False), ("V2", None, True), ("V3", 2, False), ("V4", 2, False), ("V5", 2, False)]
        assert [v.id for v in pack(id_).vetoes if v.finding] == ["V2"]
