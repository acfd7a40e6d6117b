"""The traps in the five source documents, from evidence to report: what must not be added, computed, lost or mended in silence."""

import csv
import re
from collections import Counter
from collections.abc import Iterator
from datetime import date
from fractions import Fraction
from pathlib import Path

import openpyxl
import pytest
from click.testing import CliRunner
from docx import Document

import cli
from evaluator.assess import Assessment, Wanted, assess
from evaluator.authoring.cases.run import subject_of, try_cases
from evaluator.diagnostics import Failure
from evaluator.evidence.gather import Options
from evaluator.ledger.kinds.load import find_kind, load_kinds
from evaluator.packs.load import load_pack
from evaluator.reports.context import context
from evaluator.scoring.explain import Line, explain_branch, explain_item
from evaluator.scoring.folder import new_folder, read_run, write_run
from evaluator.scoring.period import Period
from evaluator.scoring.plan import DerivedStep
from evaluator.scoring.results import Run

FACTS = Path(__file__).parents[1] / "examples" / "seed-facts"
PACK = FACTS / "pack.yaml"
YEAR = Period(date(2024, 1, 1), date(2024, 12, 31), date(2024, 12, 31))
PLACES = ("DY", "DYG", "ZJJ", "NY", "TH")


def assessed(evidence: Path) -> Assessment:
    return assess(Wanted((evidence,), (str(PACK),), YEAR, Options(register=FACTS / "register.csv"), second_count=5))


@pytest.fixture(scope="module")
def made() -> Assessment:
    return assessed(FACTS / "evidence.csv")


@pytest.fixture(scope="module")
def run(made: Assessment, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """The run as a folder gives it back: what is not kept there is lost."""
    folder = tmp_path_factory.mktemp("seed") / "run"
    with new_folder(folder) as home:
        write_run(made.run, home, made.pack_texts)
    return read_run(folder)


def told(run: Run, branch: str, item: str, lang: str = "zh") -> str:
    line = explain_item(run, branch, item, "en" if lang == "en" else "zh")
    assert line is not None
    return "\n".join(_words(line))


def _words(line: Line) -> Iterator[str]:
    yield f"{line.text} {line.verdict}"
    yield from (f"{one.label} = {one.text}" for one in line.readings)
    for below in line.lines:
        yield from _words(below)


def value(run: Run, branch: str, indicator: str) -> int | None:
    slot = next(one.slot for one in run.plan.inputs if one.id == indicator)
    return run.values[branch].get(slot)


def ratio(run: Run, branch: str, derived: str) -> Fraction:
    step: DerivedStep = next(one for one in run.plan.derived if one.id == derived)
    assert step.den_slot is not None
    return Fraction(run.values[branch][step.num_slot], run.values[branch][step.den_slot])


def points(run: Run, branch: str, item: str) -> tuple[str, int, int]:
    row = next(row for row in run.criteria if (row.branch_id, row.criterion) == (branch, item))
    return row.status, row.earned, row.earned_possible


# --- the example itself -------------------------------------------------------


def test_every_figure_names_its_file_its_unit_and_whether_it_is_exact() -> None:
    with (FACTS / "evidence.csv").open(encoding="utf-8-sig", newline="") as handle:
        rows = list(csv.DictReader(handle))
    files = {"DY": "000_ba02785a9c04b33b", "DYG": "001_707677aa67a4f0e1", "ZJJ": "002_7e375c52ce78e05a"}
    files |= {"NY": "003_0b586717023a277f", "TH": "004_051d9fdee09a1ec0"}
    assert len(rows) == 96
    for row in rows:
        pieces = row["说明"].split(";")
        assert pieces[0] == f"{files[row['支部编码']]}.txt"
        approximate = bool(re.search("余|多|近|左右|至少|逾", row["值"]))
        assert ("约数" in pieces) == approximate, row
        assert approximate or "确数" in pieces or "文字" in pieces, row
        assert row["指标"] == "街道综合执法运行方式" or any(one.startswith("单位:") for one in pieces)
    assert sum("约数" in row["说明"] for row in rows) == 20


def test_what_a_document_does_not_state_is_unproven_and_never_the_localitys_issue(run: Run) -> None:
    stated = {record.indicator for record in run.records if record.branch == "NY"}
    assert "campaign_problems" not in stated
    assert points(run, "NY", "SF-10") == ("unproven", 0, 1000)
    assert not [issue for issue in run.issues if issue.kind == "unproven"]
    assert {issue.criterion for issue in run.issues} == {"SF-01", "SF-T1", "SF-T2"}
    assert {(row.rating, row.provisional) for row in run.branches} == {("不评级", True)}
    assert {row.holder for row in run.missing} == {"材料"}


def test_its_cases_hold_in_both_engines() -> None:
    assert try_cases(subject_of(str(PACK))).missed == ()


# --- 39 × (1 + 2) = 117 against 108 -------------------------------------------


def test_police_staffing_is_compared_exactly_and_asks_for_a_check(run: Run) -> None:
    assert 39 * (1 + 2) == 117
    assert ratio(run, "DY", "police_per_community") == Fraction(108, 39)
    assert points(run, "DY", "SF-01") == ("partial", 600, 600)
    assert "每个社区警务人员数 = 2.76人" in told(run, "DY", "SF-01")  # cut, not 2.77
    assert [row.id for row in run.findings if row.branch_id == "DY" and row.state == "true"] == ["SF-T1"]


# --- 44 problems, 31 measures --------------------------------------------------


def test_fewer_measures_than_problems_cost_nothing(run: Run) -> None:
    assert (value(run, "DYG", "campaign_problems"), value(run, "DYG", "campaign_measures")) == (440_000, 310_000)
    assert points(run, "DYG", "SF-10") == ("met", 1000, 1000)
    assert points(run, "DYG", "SF-11") == ("met", 500, 500)


# --- 7310 twice, and a document whose second half repeats the first -----------


def test_a_figure_told_twice_counts_once(run: Run, made: Assessment) -> None:
    assert [record.text for record in run.records if record.indicator == "workers_trained"] == ["7310人次", "7310人次"]
    assert value(run, "DYG", "workers_trained") == 73_100_000
    assert [finding.code for finding in made.evidence.warnings].count("W408") == 1


def test_two_trainings_are_added(tmp_path: Path) -> None:
    lines = (FACTS / "evidence.csv").read_text(encoding="utf-8-sig").splitlines()
    second = next(number for number in reversed(range(len(lines))) if "7310人次" in lines[number])
    lines[second] = lines[second].replace(",社区工作者培训,", ",另一次培训,")
    (tmp_path / "facts.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    assert value(assessed(tmp_path / "facts.csv").run, "DYG", "workers_trained") == 146_200_000


def test_a_document_that_repeats_itself_changes_nothing(run: Run, tmp_path: Path) -> None:
    lines = (FACTS / "evidence.csv").read_text(encoding="utf-8-sig").splitlines()
    (tmp_path / "evidence.csv").write_text(
        "\n".join([*lines, *(line for line in lines if line.startswith("TH,"))]) + "\n", encoding="utf-8"
    )
    again = assessed(tmp_path / "evidence.csv")
    assert [row for row in again.run.criteria if row.branch_id == "TH"] == [row for row in run.criteria if row.branch_id == "TH"]
    assert again.run.values["TH"] == run.values["TH"]
    twice = Counter(finding.code for finding in again.evidence.warnings)["W408"]
    assert twice == sum(line.startswith("TH,") for line in lines) + 1  # and the training


# --- 412,000 hours for 326 elders at nearly 400,000 yuan ----------------------


def test_hours_and_their_price_are_exact_and_an_odd_price_asks_for_a_check(run: Run) -> None:
    assert ratio(run, "TH", "hours_per_elder") == Fraction(412_000, 326)
    assert ratio(run, "TH", "yuan_per_hour") == Fraction(400_000, 412_000)
    assert "每位老人服务时数 = 1263.8小时" in told(run, "TH", "SF-16")
    shown = told(run, "TH", "SF-T2")
    assert "每小时服务单价 = ≈0.97元" in shown  # it rests on 近40万
    assert "购买服务每小时不到1元" in shown
    assert [row.id for row in run.findings if row.branch_id == "TH" and row.state == "true"] == ["SF-T2"]


# --- sums of ledgers ----------------------------------------------------------


def test_three_ledgers_come_to_3888_items_and_280_06_million_yuan(run: Run) -> None:
    assert 1635 + 215 + 2038 == 3888
    assert value(run, "ZJJ", "project_items") == 38_880_000
    assert value(run, "ZJJ", "project_funds") == 280_060_000  # 28,006 of 10,000 yuan
    assert "项目投入资金 = 28006万元" in told(run, "ZJJ", "SF-15")


# --- 余, 多, 近: the flag reaches the reports ----------------------------------


def test_the_flag_comes_through_the_run_folder_to_the_explanation(run: Run) -> None:
    assert {record.approx for record in run.records} == {"", "余", "多", "近", "左右", "至少", "逾"}
    assert "物业和小区治理问题解决件数 = ≈1000件(原文:1000余件)" in told(run, "NY", "SF-12")
    assert "Problems of estates solved = ≈1000 (as written: 1000余件)" in told(run, "NY", "SF-12", "en")
    assert "物业和小区治理问题解决件数 = 16240件" in told(run, "DYG", "SF-12")  # exact: no flag
    assert sum(map(len, run.about.values())) == 20
    assert set(run.about) == {"DYG", "ZJJ", "NY", "TH"}


def test_a_line_that_an_approximate_value_meets_exactly_is_said(run: Run) -> None:
    shown = told(run, "NY", "SF-12").splitlines()
    assert [("正好在界限上" in line) for line in shown if "不少于" in line] == [True, False]  # 1000 and 500
    assert "exactly at the line" in told(run, "NY", "SF-12", "en")
    assert "正好在界限上" in told(run, "ZJJ", "SF-18")  # 5万余 against 50000
    assert "正好在界限上" not in told(run, "DYG", "SF-18")  # 56.3万
    assert "正好在界限上" not in told(run, "DY", "SF-01")


def test_an_exact_value_at_its_line_is_not_remarked(tmp_path: Path) -> None:
    lines = (FACTS / "evidence.csv").read_text(encoding="utf-8-sig").replace("1000余件", "1000件")
    (tmp_path / "facts.csv").write_text(lines, encoding="utf-8")
    exact = assessed(tmp_path / "facts.csv").run
    assert "正好在界限上" not in told(exact, "NY", "SF-12")
    assert "≈" not in told(exact, "NY", "SF-12")


def test_the_flag_stands_in_issues_and_on_the_dashboard_context(run: Run) -> None:
    problem = next(issue.problem for issue in run.issues if issue.criterion == "SF-T2")
    assert "购买家政服务资金 ≈400000元(原文:近40万元)" in problem
    shown = context(run)
    assert any("有 20 项数值是约数" in note for note in shown.header.notes)
    facts = [issue.facts for branch in shown.branches for issue in branch.issues if issue.item == "SF-T2"]
    assert facts
    assert all("原文:近40万元" in one for one in facts)


def test_the_command_line_carries_the_flag_to_every_output(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.chdir(tmp_path)
    files = [str(FACTS / "evidence.csv"), "--register", str(FACTS / "register.csv"), "--pack", str(PACK), "--as-of", "2024-12-31"]
    checked = CliRunner().invoke(cli.main, ["evidence", "check", *files])
    assert checked.exit_code == 0, checked.output
    assert checked.output.count("W419") == 6  # five in full, and the rest in one line
    assert "另有 15 处约数" in checked.output
    scored = CliRunner().invoke(
        cli.main, ["score", *files, "--out", "run", "--format", "results", "--format", "feedback", "--format", "dashboard"]
    )
    assert scored.exit_code == 0, scored.output
    explained = CliRunner().invoke(cli.main, ["explain", "run", "NY", "SF-12"])
    assert "≈1000件(原文:1000余件)" in explained.output
    sheet = Document(str(next((tmp_path / "run" / "feedback").glob("05-*.docx"))))
    words = "\n".join([*(p.text for p in sheet.paragraphs), *(c.text for t in sheet.tables for r in t.rows for c in r.cells)])
    assert "原文:近40万元" in words
    assert "≈1000件(原文:1000余件)" in (tmp_path / "run" / "dashboard.html").read_text(encoding="utf-8")
    book = openpyxl.load_workbook(tmp_path / "run" / "results.xlsx", read_only=True)
    cells = [str(cell) for one in book for row in one.iter_rows(values_only=True) for cell in row if cell is not None]
    assert any("原文:近40万元" in cell for cell in cells)
    assert any("“1000余件”是约数" in cell for cell in cells)


def test_an_approximate_attribute_of_the_register_is_marked_too(tmp_path: Path) -> None:
    text = (Path(__file__).parents[1] / "docs" / "worked" / "pack.yaml").read_text(encoding="utf-8")
    wanted = "party_assembly: {label: {zh: 党员大会次数, en: General meetings}, type: integer, unit: 次, range: [0, 100]}"
    assert wanted in text
    (tmp_path / "p").mkdir()
    (tmp_path / "p" / "pack.yaml").write_text(text.replace(wanted, wanted[:-1] + ", attribute: true}"), encoding="utf-8")
    (tmp_path / "e.csv").write_text(
        "支部编码,支部名称,乡镇街道,party_assembly,有固定场所\nB1,甲社区,东街,近4次,是\nB2,乙社区,东街,3次,是\n", encoding="utf-8"
    )
    period = Period(date(2023, 1, 1), date(2023, 12, 31), date(2023, 12, 31))
    made = assess(Wanted((tmp_path / "e.csv",), (str(tmp_path / "p" / "pack.yaml"),), period, second_count=1)).run
    assert "党员大会次数 = ≈4次(原文:近4次)" in told(made, "B1", "WE-01")
    assert "党员大会次数 = 3次" in told(made, "B2", "WE-01")


def test_a_sum_is_approximate_when_one_piece_is_and_names_that_piece(tmp_path: Path) -> None:
    lines = (FACTS / "evidence.csv").read_text(encoding="utf-8-sig").replace("215个", "200余个")
    (tmp_path / "facts.csv").write_text(lines, encoding="utf-8")
    assert "铺排实施项目数 = ≈3873个(原文:200余个)" in told(assessed(tmp_path / "facts.csv").run, "ZJJ", "SF-15")


# --- 吹哨报道 is a slip for 报到 -------------------------------------------------


def test_both_spellings_are_read_and_found(run: Run) -> None:
    written = {record.branch: record.text for record in run.records if record.indicator == "whistle"}
    assert written == {"DY": "吹哨报到", "DYG": "吹哨报到", "TH": "吹哨报道"}  # as the document has it
    assert {branch: points(run, branch, "SF-14") for branch in written} == dict.fromkeys(written, ("met", 500, 500))
    kinds = load_kinds(None)
    assert find_kind(kinds, "街道吹哨、部门报道") is find_kind(kinds, "街道吹哨、部门报到") is find_kind(kinds, "whistle")
    with pytest.raises(Failure):
        find_kind(kinds, "街道吹哨、部门报告")


# --- percentages without a denominator ----------------------------------------


@pytest.mark.parametrize(("branch", "indicator", "percent"), [("DY", "village_coverage", 85), ("DYG", "household_share", 43)])
def test_a_bare_percentage_stays_one(run: Run, branch: str, indicator: str, percent: int) -> None:
    assert value(run, branch, indicator) == percent * 10_000
    derived = load_pack(str(PACK)).pack.derived
    assert not [one for one in derived.values() if indicator in one.formula]
    record = next(one for one in run.records if (one.branch, one.indicator) == (branch, indicator))
    assert "文件没有给出" in record.note


def test_a_fifth_of_seventy_six_duties_is_no_whole_number(run: Run) -> None:
    duties, share = value(run, "TH", "street_duties"), value(run, "TH", "main_duty_share")
    assert (duties, share) == (760_000, 200_000)
    assert Fraction(76 * 20, 100) == Fraction(152, 10)  # 15.2: recorded as a share, never turned into a count
    assert "15.2" in next(one.note for one in run.records if one.indicator == "main_duty_share")


def test_the_whole_tree_can_be_told_in_both_languages(run: Run) -> None:
    for branch in PLACES:
        assert explain_branch(run, branch, "zh")
        assert explain_branch(run, branch, "en")
