"""Systems of the sources, first half: every figure stands in a rule or a case, one step changes a level, examples score."""

import re
from decimal import Decimal
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner
from system_packs import cases_of, figures, is_step, pack_of

import cli
from evaluator import data_dir
from evaluator.packs.load import check_packs, find_packs

LADDERS = ("community-worker-ladder-12", "community-worker-ladder-16", "community-worker-ladder-18")
PERIODS = {
    "four-colour-rating": ("2023Q2", "2023-06-30"),
    "property-service": ("2023Q2", "2023-06-30"),
    "burden-campaign": ("2024", "2024-12-13"),
}

# Row of the table: pack, the row's figures there, and a value of which one step changes a level in a pair of cases.
ROWS: list[tuple[int, str, tuple[int, ...], str]] = [
    (4, "four-colour-rating", (2, 6, 13, 4), "reserve_count"),
    (6, "double-report", (2264, 10_000, 95), "members_reported"),
    (7, "grid-three-clear", (3, 24, 35, 4, 10, 185, 1000, 4000), "grid_clear"),
    (8, "grid-three-clear", (3,), "grid_principles"),
    (9, "property-service", (4, 3, 1000), "property_focuses"),
    (10, "property-service", (235, 1000), "centre_households_set"),
    (15, "double-report", (4, 70, 30), "joint_work_in"),
    (16, "members-points", (1400, 1658, 488, 836), "wishes_met"),
    (17, "community-worker-ladder-12", (12,), "ladder_months"),
    (17, "community-worker-system", (3, 12, 600), "ladder_grades_set"),
    (17, "community-worker-system", (600,), "pay_rise_yuan"),
    (18, "community-worker-system", (4,), "growth_stages"),
    (19, "community-worker-system", (4,), "worker_links"),
    (26, "volunteer-service", (212, 460_000, 326, 412_000, 400_000), "vol_hours"),
    (27, "service-centre-standard", (51, 100, 3, 2, 1), "display_points"),
    (30, "service-centre-standard", (2,), "hours_offered"),
    (39, "double-report", (43_459, 25_000), "emergency_mode"),
    (40, "service-centre-standard", (47, 146, 115, 241), "direct_service_items"),
    (41, "service-centre-standard", (17, 7), "seven_7"),
    (42, "community-worker-ladder-16", (3, 16), "ladder_months"),
    (42, "community-worker-ladder-18", (18, 15, 12, 7, 4, 1, 36, 60, 84), "ladder_months"),
    (42, "community-worker-system", (1067,), "workers_in_post"),
    (45, "burden-campaign", (8, 44, 31, 3, 10, 2223), "campaign_closed"),
    (46, "burden-campaign", (5,), "loop_steps"),
    (47, "burden-campaign", (260, 608, 90), "enforcement_moved"),
    (49, "burden-campaign", (10, 32, 167, 447, 142_000, 1776), "accounts_closed"),
    (50, "community-worker-review", (4,), "post_visits_done"),
    (50, "community-worker-ladder-12", (6,), "ladder_excellent"),
    (50, "community-worker-ladder-16", (6,), "ladder_excellent"),
    (50, "community-worker-system", (21, 3), "review_rules_issued"),
    (55, "volunteer-service", (467, 2899, 563_000, 935, 142_000), "vol_registered"),
    (56, "volunteer-service", (), "points_redeemed"),
    (67, "burden-campaign", (), "tasks_approved"),
    (68, "service-centre-standard", (11, 3), "centre_unified"),
    (69, "service-centre-standard", (20,), "shared_venues"),
    (70, "grid-three-clear", (), "grids_three_roles"),
    (72, "grid-three-clear", (7310,), "grid_workers_stationed"),
]
PACKS = sorted({pack for _, pack, _, _ in ROWS} | set(LADDERS))
ABOUT = {  # figures that the sources call approximate: each stands in a case that says so
    "double-report": (10_000, 25_000),
    "grid-three-clear": (1000, 4000),
    "property-service": (1000,),
    "members-points": (1400,),
    "volunteer-service": (460_000, 400_000, 563_000, 142_000),
    "community-worker-system": (600,),
    "service-centre-standard": (20,),
    "burden-campaign": (142_000,),
}


@pytest.mark.parametrize("id_", PACKS)
def test_packs_load_without_a_finding(id_: str) -> None:
    assert [finding.key for finding in check_packs([id_])] == []


def test_packs_go_together_with_those_installed() -> None:
    assert [finding.key for finding in check_packs([*find_packs()]) if finding.is_error] == []


@pytest.mark.parametrize(("row", "id_", "wanted", "moved"), ROWS, ids=lambda one: str(one) if isinstance(one, int | str) else "")
def test_every_figure_of_a_row_stands_in_a_rule_or_a_case(row: int, id_: str, wanted: tuple[int, ...], moved: str) -> None:
    found = set(figures(pack_of(id_)))
    for case, given in cases_of(id_):
        found |= set(figures(given)) | set(figures(case["expect"]))
    assert not [one for one in wanted if Decimal(one) not in found], row
    assert moved in pack_of(id_)["indicators"]


@pytest.mark.parametrize(("row", "id_", "wanted", "moved"), ROWS, ids=lambda one: str(one) if isinstance(one, int | str) else "")
def test_one_step_in_one_value_changes_a_level(row: int, id_: str, wanted: tuple[int, ...], moved: str) -> None:
    levels = [(given, case["expect"]["level"]) for case, given in cases_of(id_) if "level" in case["expect"]]
    for one, level in levels:
        for other, level_too in levels:
            differing = {name for name in one.keys() | other.keys() if one.get(name, False) != other.get(name, False)}
            if level != level_too and differing == {moved} and is_step(one.get(moved, False), other.get(moved, False)):
                return
    pytest.fail(f"row {row}: no two cases of {id_} differ by one step of {moved} and in their level")


@pytest.mark.parametrize("id_", sorted(ABOUT))
def test_approximate_figures_are_said_to_be(id_: str) -> None:
    for figure in ABOUT[id_]:
        holding = [case["reason"]["zh"] for case, _ in cases_of(id_) if figure in case.get("given", {}).values()]
        holding += [case["reason"]["zh"] for case, given in cases_of(id_) if figure in given.values()]
        assert any(word in text for text in holding for word in ("约数", "左右")), figure


def test_the_reference_ladder_spans_its_posts() -> None:
    levels = {case["id"].removeprefix("WL18-"): case["expect"]["level"] for case, _ in cases_of("community-worker-ladder-18")}
    assert [levels[one] for one in ("start-head", "top-head", "start-deputy", "top-deputy", "grade-1", "top-worker")] == [
        7,
        18,
        4,
        15,
        1,
        12,
    ]


def test_the_other_ladders_have_twelve_and_sixteen_grades() -> None:
    for id_, count in (("community-worker-ladder-12", 12), ("community-worker-ladder-16", 16)):
        assert {case["expect"]["level"] for case, _ in cases_of(id_)} == set(range(1, count + 1))
        assert [line["level"] for line in pack_of(id_)["rating"]] == list(range(count, 0, -1))


def test_an_excellent_review_counts_six_months() -> None:
    for id_ in LADDERS:
        levels = {case["id"].split("-", 1)[1]: case["expect"]["level"] for case, _ in cases_of(id_)}
        assert levels["excellent-none"] + 1 == levels["excellent-six-months"] == levels["step-full"]
        assert levels["excellent-short"] == levels["step-short"] == levels["excellent-none"]


NAMED = {  # how many the sources name, by the choices that list them
    "burden-campaign": {"loop_steps": 5},
    "community-worker-system": {"worker_links": 4, "worker_mechanisms": 3, "growth_stages": 4},
    "double-report": {"joint_work_in": 4},
    "grid-three-clear": {"grid_clear": 3, "grid_in_place": 3, "grid_principles": 3},
    "property-service": {"property_focuses": 4, "property_mechanisms": 3},
    "service-centre-standard": {"centre_unified": 3, "hours_offered": 2},
}


@pytest.mark.parametrize("id_", sorted(NAMED))
def test_as_many_are_listed_as_the_sources_name(id_: str) -> None:
    indicators = pack_of(id_)["indicators"]
    listed = {one: len(found["options"]) for one, found in indicators.items() if found["type"] == "choices"}
    assert listed == NAMED[id_]
    read = {
        part["choices"]["of"] for group in pack_of(id_)["groups"] for c in group["criteria"] for part in c["parts"] if "choices" in part
    }
    assert read == listed.keys() - {"loop_steps"}  # the loop is ordered: a step counts when those before it were taken


def test_four_aspects_and_thirteen_items_of_the_colours() -> None:
    soft = [one for one in pack_of("four-colour-rating")["triggers"] if one["kind"] == "soft"]
    assert len(soft) == 13
    assert len({one["text"]["zh"].split(":")[0] for one in soft}) == 4


def test_what_the_sources_do_not_name_is_left_open_and_said() -> None:
    centre = pack_of("service-centre-standard")
    assert [one for one, found in centre["indicators"].items() if found["type"] == "text"] == [f"seven_{n}" for n in range(1, 8)]
    assert "来源没有列出" in centre["note"]["zh"]
    assert "来源没有列出" in pack_of("burden-campaign")["note"]["zh"]


@pytest.mark.parametrize("id_", PACKS)
def test_packs_are_small_references_without_persons(id_: str) -> None:
    pack = pack_of(id_)
    assert pack["status"] == "reference"
    assert sum(one.get("holder", "branch") == "branch" for one in pack["indicators"].values()) <= 30
    assert 1 <= len([c for group in pack.get("groups", []) for c in group["criteria"]]) + len(pack.get("triggers", [])) <= 15
    assert pack["note"]["zh"]
    assert pack["note"]["en"]
    assert not [one for one, found in pack["indicators"].items() if re.search("姓名|身份证|电话", found["label"]["zh"])]


@pytest.mark.parametrize("id_", PACKS)
def test_the_example_scores(id_: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    period, as_of = PERIODS.get(id_, ("2023", "2023-12-31"))
    evidence = data_dir("examples") / "systems" / f"{id_}.csv"
    options = [
        "--pack",
        id_,
        "--period",
        period,
        "--as-of",
        as_of,
        "--out",
        str(tmp_path / "out"),
        "--format",
        "results",
        "--second-count",
        "0",
    ]
    result = CliRunner().invoke(cli.main, ["score", str(evidence), *options])
    assert result.exit_code == 0, result.output
    assert (tmp_path / "out" / "branches.parquet").is_file()
    levels = pq.read_table(tmp_path / "out" / "branches.parquet", columns=["level"]).to_pydict()["level"]
    assert len(set(levels)) >= 3
