"""Systems of the sources, second half: every figure stands in a rule or a case, one step changes a level, examples score."""

import re
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner
from system_packs import cases_of, figures, is_step, pack_of

import cli
from evaluator import data_dir
from evaluator.authoring.cases.run import subject_of, try_cases
from evaluator.packs.load import check_packs

# Row of the table: pack, the row's figures there, and a value of which one step changes a level in a pair of cases.
ROWS: list[tuple[int, str, tuple[str, ...], str]] = [
    (5, "team-management", (), "secretary_studios"),
    (11, "estate-decisions", ("3", "1", "2"), "estate_day_2"),
    (11, "estate-decisions", ("3", "1", "2"), "estate_discussions"),
    (12, "joint-meetings", (), "agreements"),
    (13, "joint-meetings", ("4",), "four_lists"),
    (14, "joint-meetings", ("1",), "joint_meetings"),
    (20, "organisation-coverage", ("4",), "four_in_one"),
    (21, "duty-lists", ("5", "8", "76", "20"), "duty_main"),
    (23, "practical-matters", ("100",), "night_matters_settled"),
    (24, "external-scores", ("6", "56"), "model_groups"),
    (25, "practical-matters", ("30",), "brands_active"),
    (28, "business-circle", ("3", "1"), "circle_selections"),
    (29, "external-scores", ("1", "50"), "civil_city_rank"),
    (31, "three-links", ("19", "67", "1025", "1084", "18", "58", "282", "434"), "major_problems_solved"),
    (32, "joint-meetings", ("4", "12"), "diagnosis_months"),
    (34, "three-links", ("1635", "215", "2038", "18900", "1907", "7199", "3888", "28006"), "projects_settled"),
    (35, "three-links", ("3", "6", "4682", "2442", "4817", "431.5"), "pair_households"),
    (36, "organisation-coverage", ("421", "239", "18", "3"), "below_community"),
    (37, "duty-lists", ("10",), "streets_freed"),
    (38, "rectification-progress", ("21",), "acceptance_passed"),
    (43, "three-links", ("4", "1150", "50000", "5000000"), "consult_forms"),
    (44, "team-management", ("98.1", "66.2"), "college_rate"),
    (44, "team-management", ("98.1",), "one_shoulder_rate"),
    (48, "external-scores", (), "campaign_assessed"),
    (51, "practical-matters", ("16240", "1965", "3841", "63461"), "charging_built"),
    (52, "pilot-loop", ("3", "4", "21"), "secretary_projects_done"),
    (52, "pilot-loop", ("4",), "pilot_steps"),
    (53, "joint-meetings", ("11", "14"), "association_tasks_done"),
    (53, "joint-meetings", ("11",), "association_departments"),
    (54, "organisation-coverage", ("4", "4294", "46", "43"), "households_joined"),
    (57, "new-groups-friendly", ("4", "31", "220", "84", "460", "168", "1105", "27"), "friendly_built"),
    (58, "police-staffing", ("1", "2", "39", "108", "117"), "police_persons"),
    (59, "rectification-progress", ("27", "119", "4"), "listed_filed"),
    (60, "first-secretary", ("4", "6", "151", "275", "790", "85"), "log_months"),
    (61, "practical-matters", ("34",), "economy_villages_on_track"),
    (62, "organisation-coverage", ("5", "16", "1", "2"), "team_inspections"),
    (63, "first-secretary", ("114", "7443", "39"), "community_secretaries"),
    (64, "practical-matters", ("1000", "1400"), "operating_paid_wan"),
    (65, "pilot-loop", ("3",), "pilot_villages_done"),
    (71, "team-management", ("4", "1", "6"), "street_reform"),
    (73, "practical-matters", ("1000",), "practical_matters_done"),
    (75, "external-scores", ("6", "56"), "model_groups"),
    (76, "organisation-coverage", ("12646", "7310"), "village_committee_trained"),
    (77, "team-management", ("5",), "team_links"),
]
PACKS = sorted({pack for _, pack, _, _ in ROWS} | {"branch-basics"})
INTERNAL = {"rectification-progress"}
ABOUT = {  # figures that the sources call approximate: each stands in a case that says so
    "external-scores": ("50",),
    "new-groups-friendly": ("460",),
    "practical-matters": ("100", "30", "1000", "1400"),
    "three-links": ("431.5", "50000", "5000000"),
}
TO_FILL = {  # what the sources do not name: text fields, an empty one does not count
    "estate-decisions": [f"estate_step_{n}" for n in range(1, 7)],
    "first-secretary": ["team_duty_3", "team_duty_4", "team_task_3", "team_task_4", "team_task_5", "team_task_6"],
    "new-groups-friendly": [f"season_care_{n}" for n in range(1, 5)],
    "pilot-loop": ["mechanism_3", "mechanism_2", "mechanism_1"],
}
NAMED = {  # how many the sources name, by the choices that list them
    "business-circle": {"circle_selections": 3},
    "duty-lists": {"territory_lists": 2, "power_lists": 3, "street_powers": 3},
    "estate-decisions": {"estate_discussions": 3, "estate_reviews": 1, "estate_publications": 2},
    "joint-meetings": {"joint_agenda": 3, "four_lists": 4, "diagnosis_parties": 4},
    "new-groups-friendly": {"red_actions": 4},
    "organisation-coverage": {"org_chain": 5, "below_community": 3, "four_in_one": 4, "self_gov_chain": 4, "training_bases": 3},
    "pilot-loop": {"pilot_steps": 4},
    "police-staffing": {"police_callable": 2},
    "practical-matters": {"matter_sources": 3},
    "rectification-progress": {"four_ones": 4},
    "team-management": {"team_links": 5, "street_reform": 4},
    "three-links": {"household_kinds": 3, "six_roles": 6, "consult_forms": 4},
}
IDS = [f"{row}-{moved}" for row, _, _, moved in ROWS]


@pytest.mark.parametrize("id_", PACKS)
def test_packs_load_without_a_finding(id_: str) -> None:
    assert [finding.key for finding in check_packs([id_])] == []


@pytest.mark.parametrize(("row", "id_", "wanted", "moved"), ROWS, ids=IDS)
def test_every_figure_of_a_row_stands_in_a_rule_or_a_case(row: int, id_: str, wanted: tuple[str, ...], moved: str) -> None:
    found = set(figures(pack_of(id_)))
    for case, given in cases_of(id_):
        found |= set(figures(given)) | set(figures(case["expect"]))
    computed = {Decimal(3888), Decimal(28_006)} if id_ == "three-links" else set()
    assert not [one for one in wanted if Decimal(one) not in found | computed], row
    assert moved in pack_of(id_)["indicators"]


@pytest.mark.parametrize(("row", "id_", "wanted", "moved"), ROWS, ids=IDS)
def test_one_step_in_one_value_changes_a_level(row: int, id_: str, wanted: tuple[str, ...], moved: str) -> None:
    levels = [(given, case["expect"]["level"]) for case, given in cases_of(id_) if "level" in case["expect"]]
    for one, level in levels:
        for other, level_too in levels:
            differing = {name for name in one.keys() | other.keys() if one.get(name) != other.get(name)}
            if level != level_too and differing == {moved} and is_step(one[moved], other[moved]):
                return
    pytest.fail(f"row {row}: no two cases of {id_} differ by one step of {moved} and in their level")


@pytest.mark.parametrize("id_", PACKS)
def test_every_criterion_is_met_and_lost_in_a_case(id_: str) -> None:
    trial = try_cases(subject_of(id_), second=False)
    assert trial.missed == ()
    for criterion in (one for group in trial.subject.pack.groups for one in group.criteria):
        earned = {outcome.points[criterion.id] for _, _, outcome in trial.outcomes if criterion.id in outcome.points}
        full = int(criterion.points * 100)
        assert (full, full) in earned, criterion.id
        assert any(low == high < full for low, high in earned), criterion.id


@pytest.mark.parametrize("id_", sorted(ABOUT))
def test_approximate_figures_are_said_to_be(id_: str) -> None:
    for figure in ABOUT[id_]:
        holding = [case["reason"]["zh"] for case, given in cases_of(id_) if Decimal(figure) in set(figures(list(given.values())))]
        assert any("约数" in text for text in holding), figure


@pytest.mark.parametrize("id_", sorted(NAMED))
def test_as_many_are_listed_as_the_sources_name(id_: str) -> None:
    listed = {one: len(found["options"]) for one, found in pack_of(id_)["indicators"].items() if found["type"] == "choices"}
    assert listed == NAMED[id_]


@pytest.mark.parametrize("id_", sorted(TO_FILL))
def test_what_the_sources_do_not_name_is_left_open_and_said(id_: str) -> None:
    pack = pack_of(id_)
    texts = [one for one, found in pack["indicators"].items() if found["type"] == "text"]
    assert texts == TO_FILL[id_]
    assert "来源" in pack["note"]["zh"]
    assert all(pack["indicators"][one]["blank"] == "none" for one in texts)
    written = (data_dir("rules") / id_ / "pack.yaml").read_text(encoding="utf-8")
    assert all(f"given({one})" in written for one in texts)


def test_police_of_39_communities_need_117_and_108_are_short() -> None:
    given = {case["id"]: (values, case["expect"]) for case, values in cases_of("police-staffing")}
    values, expect = given["PO-daye"]
    assert (values["communities_now"] * (1 + 2), values["police_persons"]) == (117, 108)
    assert expect["points"]["PO-01"] == 20
    assert given["PO-all"][1]["points"]["PO-01"] == 30


def test_a_fifth_of_76_duties_is_no_whole_number() -> None:
    given = {case["id"]: (values, case["expect"]) for case, values in cases_of("duty-lists")}
    assert Fraction(76, 5).denominator != 1
    assert [given[one][0]["duty_main"] for one in ("DL-all", "DL-03-sixteen")] == [15, 16]
    assert [given[one][1]["points"]["DL-03"] for one in ("DL-all", "DL-03-sixteen")] == [20, 10]
    assert Fraction(15, 76) < Fraction(20, 100) < Fraction(16, 76)


def test_the_turns_of_training_told_twice_are_one_indicator() -> None:
    one, other = (pack_of(id_)["indicators"]["grid_workers_trained"] for id_ in ("organisation-coverage", "grid-three-clear"))
    assert one == other


def test_branch_basics_names_sources_and_no_articles() -> None:
    pack = pack_of("branch-basics")
    assert {one["basis"] for one in pack["settings"].values()} <= set(pack["sources"]) - {"own"}
    for criterion in (one for group in pack["groups"] for one in group["criteria"]):
        assert set(criterion["basis"]) - {"own"}, criterion["id"]
    assert not re.search(r"第[\d一二三四五六七八九十]+条", (data_dir("rules") / "branch-basics" / "pack.yaml").read_text(encoding="utf-8"))


@pytest.mark.parametrize("id_", PACKS)
def test_packs_are_small_references_without_persons(id_: str) -> None:
    pack = pack_of(id_)
    assert pack["status"] == "reference"
    assert pack.get("internal", False) is (id_ in INTERNAL)
    assert sum(one.get("holder", "branch") == "branch" for one in pack["indicators"].values()) <= 30
    assert 5 <= len([c for group in pack["groups"] for c in group["criteria"]]) <= 13
    assert pack["note"]["zh"]
    assert pack["note"]["en"]
    assert not [one for one, found in pack["indicators"].items() if re.search("姓名|身份证|电话", str(found["label"]))]


@pytest.mark.parametrize("id_", PACKS)
def test_the_example_scores(id_: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    evidence = data_dir("examples") / "systems" / f"{id_}.csv"
    options = ["--pack", id_, "--as-of", "2023-12-31", "--out", str(tmp_path / "out"), "--format", "results", "--second-count", "0"]
    result = CliRunner().invoke(cli.main, ["score", str(evidence), *options])
    assert result.exit_code == 0, result.output
    folder = tmp_path / "out" / "internal" if id_ in INTERNAL else tmp_path / "out"
    levels = pq.read_table(folder / "branches.parquet", columns=["level"]).to_pydict()["level"]
    assert len(set(levels)) >= 3
