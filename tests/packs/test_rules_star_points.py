"""What the two star packs give for evidence: each line of the tables, and a faultless branch at every quarter end."""

from collections.abc import Mapping, Sequence
from datetime import date
from functools import cache

import pyarrow as pa
import pytest
import yaml

from evaluator import data_dir
from evaluator.evidence.values import read_value
from evaluator.packs.models import Pack
from evaluator.scoring.columnar import Tables, score
from evaluator.scoring.compile import compile_plan
from evaluator.scoring.feed import SCHEMA
from evaluator.scoring.period import Period
from evaluator.scoring.plan import Plan
from evaluator.scoring.tables import Status, Why

PACKS = {"R": "five-star-rural", "U": "five-star-urban"}
AREA = {"five-star-rural": "村", "five-star-urban": "社区"}
YEAR_START = date(2023, 1, 1)
QUARTER_ENDS = (date(2023, 3, 31), date(2023, 6, 30), date(2023, 9, 30), date(2023, 12, 31))

# criterion, evidence of the year 2023 -> points; ? is unproven
WORTH = """
RZB-01 committee_required=5 committee_actual=5 secretary_vacant_days=0 -> 12
RZB-01 committee_required=5 committee_actual=3 secretary_vacant_days=0 -> 6
RZB-01 committee_required=5 committee_actual=4 secretary_vacant_days=90 -> 4
RZB-01 committee_required=5 committee_actual=5 secretary_vacant_days=91 -> 0
RZB-01 committee_required=5 committee_actual=7 secretary_vacant_days=1 -> 7
RZB-02 last_election=2018-12-31 extension_approval_no= -> 8
RZB-02 last_election=2018-12-30 extension_approval_no= -> 0
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
UZB-02 last_election=2018-12-31 extension_approval_no= -> 8
"""

# M: the months, Q: the quarters complete; Y: what a year's end shows, nothing before it
FAULTLESS = """
committee_required=5 committee_actual=5 secretary_vacant_days=0 last_election=2021-03-01 extension_approval_no= party_assembly=Q
committee_meeting=M has_groups=是 group_meeting_months=M party_lecture=Q theme_day_months=M theme_day_followup_rate=100
org_life_meeting=Y1 member_review=Y1 review_issues=6 review_issues_closed=6 members_total=48 members_talked=Y48 members_32h=Y48
leaders_total=5 leaders_56h=Y5 secretary_county_training=Y1 major_decisions=3 full_process_decisions=3 disclosure_quarters=Q
finance_monthly_required=是 finance_disclosure_months=M has_fixed_venue=是 venue_area_m2=160 households_total=600
collective_income_wan=36 income_last_year_wan=30 leading_industries=1 linked_households=240 plan_approved=是 annual_tasks=M
annual_tasks_done=M asset_inventory_date=2023-01-20 problem_contracts=2 problem_contracts_fixed=2 coops_registered=2 coops_active=2
projects=2 projects_on_time=2 projects_overdue=0 funds_wan=40 funds_spent_wan=40 distribution_decided=是 distribution_published=是
finance_audit_open=0 training_sessions=Q local_jobs=Y24 garbage_coverage=100 cleaners=4 sanitary_toilets=600 toilets_broken=0
sewage_controlled_rate=90 illegal_outlets=0 central_water_rate=100 water_test_failed=0 road_hardened_rate=100 lights_total=80
lights_working=80 env_problem_points=0 village_plan_approved=是 illegal_build_open=0 maintenance_rule=是 maintenance_fund_wan=3
inspection_months=M black_water_bodies=0 unsafe_houses_occupied=0 grids=4 grids_staffed=4 center_area_m2=40 police_assigned=1
aux_police=2 volunteers_patrol=24 tech_coverage=90 disputes=5 disputes_resolved=5 disputes_recurred=0 petitions_overdue=0
criminal_cases=0 population=2100 hazards_found=6 hazards_closed=6 accidents_responsible=0 legal_adviser=是 legal_room=是
law_events=Q safety_survey_n=40 safety_satisfied=39 rules_revised=2022-05-01 rules_published=是 rules_filed=是 councils_active=5
practice_events=M volunteer_teams=4 volunteers=900 service_hours=Y3600 ceremony_charter=是 ceremonies=4 ceremonies_recorded=4
elder_points=1 elders_need=30 elders_served=30 monitored_households=7 households_with_measures=7 culture_area_m2=60
open_days_month=24 household_rating_rounds=Y1 results_published=Y是 survey_n=50 survey_satisfied=48 survey_dissatisfied=0
major_accidents_responsible=0 fraud_confirmed=否 fraud_finding_no= listed_not_accepted=否 estates=8 estates_with_branch=8
buildings=60 buildings_with_group=54 service_area_m2=1200 activity_area_m2=800 community_workers=12 resident_pop=6000
roles_covered=民警、业委会、物业、共建单位 duty_published=是 joint_meetings=Q joint_minutes=Q resident_units=9 agreements=9
resource_list=是 demand_list=是 projects_claimed=M projects_closed=M units_should_report=20 units_reported=20 services_planned=M
services_done=M members_reported=80 members_50h=Y80 owners_committees=8 property_firms=5 property_party_orgs=5 property_evals=Q
matters=2 full_process_matters=2 shared_venues=2 open_hours_week=12 boundary_map=是 duty_card=是 base_data_age_days=20
police_room_online=是 events=90 events_on_time=90 direct_service_items=45 items_list_published=是 extended_hours_week=6
child_points=1 child_open_days_week=5 orgs_active=12 culture_events=M requests=30 requests_closed=30 callbacks_satisfied=30
job_service_point=是 staff=1 open_days_week=6 jobseekers=10 placed=8 has_business_district=是 merchants=90 merchants_contacted=90
joint_branch=是 biz_requests=6 biz_closed_on_time=6 eligible_orgs=3 orgs_with_branch=3 rest_stations=1 part_time_grid_helpers=2
estates_published=8
"""


@cache
def pack(id_: str) -> Pack:
    return Pack.model_validate(yaml.safe_load((data_dir("rules") / id_ / "pack.yaml").read_text(encoding="utf-8")))


def cells(text: str) -> dict[str, str]:
    return dict(cell.split("=") for cell in text.split())


def scored(id_: str, rows: Sequence[Mapping[str, str]], at: date) -> tuple[Plan, Tables]:
    """Return the plan and the tables of the year's score at a date, one branch for each row of evidence."""
    found = pack(id_)
    plan = compile_plan([found], Period(YEAR_START, date(2023, 12, 31), at))
    inputs = {one.id: one for one in plan.inputs}
    area = inputs["area_type"]
    records: list[tuple[int, int, int | None, bool, int | None, int, str, int]] = []
    for branch, row in enumerate(rows):
        records.append((branch, area.number, area.options.index(AREA[id_]) + 1, False, None, 9, "", -1))
        for name, text in row.items():
            if name in inputs:
                read = read_value(text, found.indicators[name], at)
                assert read is not None, name
                records.append((branch, inputs[name].number, read.value, read.na, None, 3, "", len(records)))
    columns = [pa.array(list(column), field.type) for column, field in zip(zip(*records, strict=True), SCHEMA, strict=True)]
    return plan, score(plan, pa.Table.from_arrays(columns, schema=SCHEMA), len(rows))


@pytest.mark.parametrize("letter", PACKS)
def test_each_line_of_the_tables(letter: str) -> None:
    lines = [line.split(" ", 1) for line in WORTH.split("\n") if line.startswith(letter)]
    cases = [(criterion, *rest.split(" -> ")) for criterion, rest in lines]
    id_ = PACKS[letter]
    asked = [c.id for group in pack(id_).groups for c in group.criteria]
    assert {criterion for criterion, _, _ in cases} == set(asked)
    _, tables = scored(id_, [cells(evidence) for _, evidence, _ in cases], date(2023, 12, 31))
    found = {(row["branch"], row["criterion"]): row for row in tables.criteria.to_pylist()}
    for branch, (criterion, evidence, worth) in enumerate(cases):
        row = found[branch, asked.index(criterion)]
        points = "?" if row["status"] == Status.UNPROVEN else f"{row['earned'] / 100:g}"
        assert points == worth, f"{criterion} {evidence}"


def faultless(at: date) -> dict[str, str]:
    """Return the evidence of a branch that did all that was asked up to a quarter end."""
    counts = {"M": str(at.month), "Q": str(at.month // 3)}
    over = at.month == 12
    found = {}
    for name, text in cells(FAULTLESS).items():
        if text.startswith("Y"):
            text = text[1:] if over else "否" if text == "Y是" else "0"
        found[name] = counts.get(text, text)
    return found


@pytest.mark.parametrize("at", QUARTER_ENDS, ids=str)
@pytest.mark.parametrize("id_", PACKS.values())
def test_a_faultless_branch_earns_every_star(id_: str, at: date) -> None:
    assert set(pack(id_).indicators) - set(faultless(at)) <= {"fraud_finding_date"}
    _, tables = scored(id_, [faultless(at)], at)
    for group in tables.groups.to_pylist():
        assert (group["awarded"], group["earned"]) == (1, group["applicable"])
    assert {row["status"] for row in tables.criteria.to_pylist()} <= {Status.MET, Status.NOT_DUE}
    branch = tables.branches.to_pylist()[0]
    assert (branch["stars"], branch["level"], branch["provisional"]) == (5, 5, 0)
    assert tables.findings.num_rows == 0


QUIET = """
major_decisions=0 full_process_decisions=0 review_issues=0 review_issues_closed=0 projects=0 projects_on_time=0 annual_tasks=0
annual_tasks_done=0 problem_contracts=0 problem_contracts_fixed=0 income_last_year_wan=0 disputes=0 disputes_resolved=0
hazards_found=0 hazards_closed=0 ceremonies=0 ceremonies_recorded=0 elders_need=0 elders_served=0 monitored_households=0
households_with_measures=0 matters=0 full_process_matters=0 projects_claimed=0 projects_closed=0 services_planned=0 services_done=0
events=0 events_on_time=0 requests=0 requests_closed=0 callbacks_satisfied=0 jobseekers=0 placed=0 biz_requests=0
biz_closed_on_time=0 eligible_orgs=0 orgs_with_branch=0
"""


@pytest.mark.parametrize("id_", PACKS.values())
def test_a_quiet_quarter_costs_no_star(id_: str) -> None:
    _, tables = scored(id_, [faultless(QUARTER_ENDS[0]) | cells(QUIET)], QUARTER_ENDS[0])
    assert [row["why"] for row in tables.groups.to_pylist()] == [Why.AWARDED] * 5


def test_vetoes_cap_and_void() -> None:
    hits = (
        "major_accidents_responsible=1",
        "listed_not_accepted=是",
        "secretary_vacant_days=91",
        "survey_satisfied=20 survey_dissatisfied=26",
        "fraud_confirmed=是 fraud_finding_no=县纪〔2023〕8号 fraud_finding_date=2023-06-01",
        "fraud_confirmed=是",
    )
    for id_ in PACKS.values():
        rows = [faultless(QUARTER_ENDS[3]) | cells(hit) for hit in hits]
        _, tables = scored(id_, rows, QUARTER_ENDS[3])
        branches = tables.branches.to_pylist()
        assert [row["level"] for row in branches] == [2, 2, 2, 2, 0, 5]
        assert [row["level_confirmed"] for row in branches][5] == 0
