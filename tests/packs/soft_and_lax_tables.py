"""The tables of the soft-and-lax packs as data: triggers, aspects, and what evidence gives."""

TRIGGERS = """
    SL-01 hard D_30 both township; SL-02 hard D_30 both township; SL-03 hard D_90 both township; SL-04 hard D_15 both branch;
    SL-05 hard D_90 both department; SL-07 hard D_30 both branch; SL-08 hard D_90 both department; SL-09 hard D_year both township;
    SL-10 hard D_6m both branch; SL-11 soft D_year 村 branch; SL-12 soft D_year both township; SL-13 soft D_12m 村 department;
    SL-14 soft D_30 both branch; SL-15 soft D_90 both township; SL-16 soft D_6m both department; SL-17 soft D_90 社区 township;
    SL-18 soft D_90 社区 township; SL-19 soft D_12m both township"""

ASPECTS = {
    "班子队伍": (20, {"AC-01": 8, "AC-02": 6, "AC-03": 3, "AC-04": 3}),
    "组织生活": (15, {"AC-05": 8, "AC-06": 4, "AC-07": 3}),
    "事务管理": (16, {"AC-08": 6, "AC-09": 6, "AC-10": 4}),
    "矛盾化解": (22, {"AC-11": 12, "AC-12": 5, "AC-13": 5}),
    "基础保障": (15, {"AC-14": 5, "AC-15": 6, "AC-16": 4}),
    "群众评价": (12, {"AC-17": 8, "AC-18": 4}),
}

# A branch that is in order at the end of 2023: no trigger, all hundred points. Cases change single fields of it; `-` takes one away.
FINE = """
    area_type=村 committee_required=5 committee_actual=5 secretary_vacant_days=0 secretary_review_result=胜任 review_doc_no=无
    deadlock_days=0 meetings_failed=0 finding_doc_no=无 party_assembly=4 committee_meeting=12 has_groups=是 group_meeting_months=12
    party_lecture=4 idle_months=0 org_life_meeting=1 election_overdue_days=0 extension_approval_no=无
    election_violation_confirmed=否 disclosure_quarters=4 finance_issues_open=0 decisions_no_process_rate=0 mass_incidents=0
    petitions_overdue=0 disputes_backlog=0 has_fixed_venue=是 service_window=是 survey_n=100 survey_satisfied=95
    years_no_candidates=0 rank_in_township=1 township_total=28 collective_income_wan=20 years_below_5=0 ledger_overdue=0
    ledger_reopened=0 leaders_disciplined=0 last_acceptance=无 lookback_result=无 property_complaints_open=0 tripartite_meetings=1
    joint_meetings_last2q=2 units_reported_rate=100 stars_this=4 stars_last=3 under_rectification=是 committee_meeting_6m=6
    secretary_county_training=1 reserve_count=2 three_meetings_rate_6m=100 theme_day_6m=6 special_org_life=是 full_process_rate=100
    disclosure_quarters_due=2 disclosure_quarters_done=2 issues_total=10 issues_closed=10 petitions_start=10 petitions_now=2
    accidents=0 leader_link=是 township_lead=是 first_secretary=是 paired_unit=是 leader_visits=4 unit_projects=2
    survey_dissatisfied=5 survey_aware=90"""

HITS = """
SL-01 secretary_vacant_days=90 -> no
SL-01 secretary_vacant_days=91 -> yes
SL-01 committee_actual=3 -> no
SL-01 committee_required=7 committee_actual=4 -> yes
SL-01 committee_required=22 committee_actual=13 -> yes
SL-01 committee_actual=- -> open
SL-01 committee_actual=- secretary_vacant_days=91 -> yes
SL-02 secretary_review_result=不胜任 -> no
SL-02 secretary_review_result=不胜任 review_doc_no=有 -> yes
SL-02 secretary_review_result=基本胜任 review_doc_no=有 -> no
SL-02 secretary_review_result=- review_doc_no=有 -> open
SL-02 secretary_review_result=- -> no
SL-03 deadlock_days=180 -> no
SL-03 deadlock_days=180 finding_doc_no=有 -> yes
SL-03 deadlock_days=179 meetings_failed=2 finding_doc_no=有 -> no
SL-03 meetings_failed=3 finding_doc_no=有 -> yes
SL-04 party_assembly=0 committee_meeting=6 group_meeting_months=9 party_lecture=4 -> yes
SL-04 party_assembly=0 committee_meeting=12 group_meeting_months=12 party_lecture=0 -> no
SL-04 party_assembly=0 committee_meeting=0 group_meeting_months=12 party_lecture=366 -> yes
SL-04 has_groups=否 group_meeting_months=- party_assembly=4 committee_meeting=4 party_lecture=4 -> no
SL-04 has_groups=否 group_meeting_months=- party_assembly=4 committee_meeting=3 party_lecture=4 -> yes
SL-04 has_groups=否 group_meeting_months=12 party_assembly=2 committee_meeting=5 party_lecture=4 -> yes
SL-04 has_groups=- -> no
SL-04 has_groups=- group_meeting_months=0 committee_meeting=8 -> open
SL-04 group_meeting_months=- -> open
SL-04 idle_months=5 -> no
SL-04 idle_months=6 group_meeting_months=- -> yes
SL-04 org_life_meeting=0 -> yes
SL-05 election_overdue_days=1 -> yes
SL-05 election_overdue_days=1 extension_approval_no=有 -> no
SL-05 election_overdue_days=0 -> no
SL-05 election_violation_confirmed=是 extension_approval_no=有 -> yes
SL-07 disclosure_quarters=2 -> no
SL-07 disclosure_quarters=1 -> yes
SL-07 finance_issues_open=1 -> no
SL-07 finance_issues_open=2 -> yes
SL-07 decisions_no_process_rate=50 -> no
SL-07 decisions_no_process_rate=50.01 -> yes
SL-08 mass_incidents=1 -> yes
SL-08 petitions_overdue=4 disputes_backlog=9 -> no
SL-08 petitions_overdue=5 -> yes
SL-08 disputes_backlog=10 -> yes
SL-09 has_fixed_venue=否 -> yes
SL-09 service_window=否 -> yes
SL-09 service_window=- -> open
SL-10 survey_n=30 survey_satisfied=18 -> no
SL-10 survey_n=30 survey_satisfied=17 -> yes
SL-10 survey_n=29 survey_satisfied=0 -> open
SL-11 years_no_candidates=1 -> no
SL-11 years_no_candidates=2 -> yes
SL-11 years_no_candidates=2 area_type=社区 -> no
SL-12 rank_in_township=28 -> yes
SL-12 rank_in_township=27 -> no
SL-12 rank_in_township=39 township_total=40 -> yes
SL-12 rank_in_township=38 township_total=40 -> no
SL-12 rank_in_township=1 township_total=1 -> no
SL-12 rank_in_township=2 township_total=2 -> yes
SL-12 rank_in_township=34 township_total=35 -> no
SL-12 rank_in_township=190 township_total=199 -> no
SL-13 collective_income_wan=4.99 years_below_5=2 -> yes
SL-13 collective_income_wan=4.99 years_below_5=1 -> no
SL-13 collective_income_wan=5 years_below_5=2 -> no
SL-13 collective_income_wan=0 years_below_5=9 area_type=社区 -> no
SL-13 collective_income_wan=0 years_below_5=9 area_type=- -> open
SL-14 ledger_overdue=2 ledger_reopened=1 -> no
SL-14 ledger_overdue=3 -> yes
SL-14 ledger_reopened=2 -> yes
SL-15 leaders_disciplined=1 -> no
SL-15 leaders_disciplined=1 committee_required=4 committee_actual=4 -> no
SL-15 leaders_disciplined=2 -> yes
SL-15 leaders_disciplined=1 committee_required=3 committee_actual=3 -> yes
SL-15 leaders_disciplined=1 finding_doc_no=有 -> yes
SL-15 leaders_disciplined=0 finding_doc_no=有 -> no
SL-16 last_acceptance=合格 lookback_result=巩固 -> no
SL-16 last_acceptance=不合格 -> yes
SL-16 lookback_result=反弹 -> yes
SL-17 property_complaints_open=20 tripartite_meetings=0 area_type=社区 -> yes
SL-17 property_complaints_open=19 tripartite_meetings=0 area_type=社区 -> no
SL-17 property_complaints_open=20 tripartite_meetings=1 area_type=社区 -> no
SL-17 property_complaints_open=20 tripartite_meetings=0 -> no
SL-18 joint_meetings_last2q=0 area_type=社区 -> yes
SL-18 units_reported_rate=59.9 area_type=社区 -> yes
SL-18 joint_meetings_last2q=1 units_reported_rate=60 area_type=社区 -> no
SL-18 joint_meetings_last2q=0 -> no
SL-19 stars_this=2 stars_last=2 -> yes
SL-19 stars_this=2 stars_last=3 -> no
SL-19 stars_this=3 stars_last=2 -> no
AC-G1 survey_dissatisfied=50 -> no
AC-G1 survey_dissatisfied=51 -> yes
AC-G1 survey_n=29 survey_satisfied=0 survey_dissatisfied=29 -> open
AC-G2 survey_satisfied=80 -> no
AC-G2 survey_satisfied=79 -> yes
AC-G3 service_window=否 -> yes
AC-G3 service_window=- -> open
AC-G3 stars_this=0 stars_last=0 ledger_overdue=9 -> no
"""

WORTH = """
AC-01 committee_actual=6 -> 8
AC-01 committee_actual=4 -> 0
AC-01 secretary_vacant_days=1 -> 0
AC-02 committee_meeting_6m=9 -> 6
AC-02 committee_meeting_6m=4 -> 4
AC-02 committee_meeting_6m=0 -> 0
AC-03 secretary_county_training=0 -> 0
AC-04 reserve_count=1 -> 1
AC-04 reserve_count=0 -> 0
AC-05 three_meetings_rate_6m=99.9 -> 6
AC-05 three_meetings_rate_6m=90 -> 6
AC-05 three_meetings_rate_6m=80 -> 3
AC-05 three_meetings_rate_6m=79.9 -> 0
AC-06 theme_day_6m=5 -> 3
AC-06 theme_day_6m=1 -> 0
AC-07 special_org_life=否 -> 0
AC-08 full_process_rate=99 -> 3
AC-08 full_process_rate=79 -> 0
AC-08 full_process_rate=/ -> n/a
AC-09 disclosure_quarters_done=1 -> 3
AC-09 disclosure_quarters_done=0 -> 0
AC-10 finance_issues_open=1 -> 0
AC-11 issues_closed=9 -> 6
AC-11 issues_total=1000 issues_closed=899 -> 0
AC-11 issues_total=0 issues_closed=0 -> 0
AC-12 petitions_now=2 -> 5
AC-12 petitions_now=5 -> 3
AC-12 petitions_now=6 -> 0
AC-12 petitions_now=20 -> 0
AC-12 petitions_start=0 petitions_now=0 -> n/a
AC-12 petitions_start=0 petitions_now=1 -> 0
AC-13 mass_incidents=1 -> 0
AC-13 accidents=1 -> 0
AC-14 service_window=否 -> 2
AC-14 service_window=否 has_fixed_venue=否 -> 0
AC-15 first_secretary=否 -> 4.5
AC-15 leader_link=否 township_lead=否 first_secretary=否 paired_unit=否 -> 0
AC-16 leader_visits=3 -> 2
AC-16 unit_projects=1 -> 2
AC-17 survey_satisfied=90 -> 8
AC-17 survey_satisfied=89 -> 5
AC-17 survey_satisfied=60 -> 2
AC-17 survey_satisfied=59 -> 0
AC-17 survey_n=29 survey_satisfied=29 -> 0..8
AC-18 survey_aware=89 -> 2
AC-18 survey_aware=79 -> 0
"""

LEVELS = """
soft-and-lax area_type=村 -> 0
soft-and-lax service_window=否 -> 2
soft-and-lax ledger_overdue=3 -> 1
soft-and-lax ledger_overdue=3 stars_this=1 stars_last=1 -> 2
soft-and-lax-acceptance area_type=村 -> 1
soft-and-lax-acceptance committee_meeting_6m=0 three_meetings_rate_6m=0 issues_closed=9 petitions_now=6 accidents=1 -> 1
soft-and-lax-acceptance committee_meeting_6m=0 three_meetings_rate_6m=0 issues_closed=9 petitions_now=6 accidents=1 theme_day_6m=5 -> 0
soft-and-lax-acceptance committee_actual=4 -> 0
soft-and-lax-acceptance issues_closed=8 -> 0
soft-and-lax-acceptance survey_satisfied=79 -> 0
soft-and-lax-acceptance idle_months=6 -> 0
soft-and-lax-acceptance under_rectification=否 -> none
soft-and-lax-acceptance under_rectification=- -> none
"""
