"""The branch that docs/scoring.md works by hand, table and sentences."""

import re
from datetime import date
from pathlib import Path

import pytest

from evaluator.assess import Wanted, assess
from evaluator.diagnostics import Failure
from evaluator.scoring.explain import points
from evaluator.scoring.period import Period
from evaluator.scoring.results import Run

DOCS = Path(__file__).parents[2] / "docs"


@pytest.fixture(scope="module")
def run() -> Run:
    period = Period(date(2023, 1, 1), date(2023, 12, 31), date(2023, 12, 31))
    wanted = Wanted((DOCS / "worked" / "evidence.csv",), (str(DOCS / "worked" / "pack.yaml"),), period, second_count=1)
    return assess(wanted).run


@pytest.mark.parametrize("page", ["scoring.md", "scoring.zh-CN.md"])
def test_every_line_of_the_table(run: Run, page: str) -> None:
    lines = re.findall(
        r"^\| (WE-\d\d) \|.*?\| ([\d.]+) \| ([\d.]+) \| ([\d.]+) \|$", (DOCS / page).read_text(encoding="utf-8"), re.MULTILINE
    )
    found = [(row.criterion, points(row.earned), points(row.earned_possible), points(row.points)) for row in run.criteria]
    assert found == lines
    assert len(lines) == 6


def test_groups_and_rating(run: Run) -> None:
    assert [
        (g.group, points(g.earned), points(g.earned_possible), points(g.applicable), g.awarded, g.awarded_possible) for g in run.groups
    ] == [
        ("ZB", "75.38", "75.38", "100", False, False),
        ("XF", "30", "80", "80", False, True),
    ]
    (branch,) = run.branches
    assert (branch.stars, branch.stars_possible, branch.level, branch.level_possible) == (0, 1, 0, 1)
    assert (branch.rating, branch.provisional, branch.coverage) == ("未授星", True, 7222)
    assert run.findings == ()


def test_issues_and_what_others_owe(run: Run) -> None:
    assert [(issue.criterion, issue.kind) for issue in run.issues] == [("WE-01", "lost"), ("WE-02", "lost"), ("WE-03", "lost")]
    assert [(row.holder, row.indicator, row.criteria) for row in run.missing] == [("信访", "petitions_overdue", ("WE-04",))]


def test_more_records_than_the_proof_of_64_bits_allows_are_refused(tmp_path: Path) -> None:
    rows = "".join(f"B1,查摆问题数,1,2023-01-01,{number}\n" for number in range(1001))
    (tmp_path / "many.csv").write_text("支部编码,指标,值,日期,文号\n" + rows, encoding="utf-8")
    period = Period(date(2023, 1, 1), date(2023, 12, 31), date(2023, 12, 31))
    with pytest.raises(Failure) as caught:
        assess(Wanted((tmp_path / "many.csv",), (str(DOCS / "worked" / "pack.yaml"),), period))
    assert [finding.code for finding in caught.value.findings] == ["E708"]


def test_the_second_count_ran(run: Run) -> None:
    assert run.info.second_count["ran"] is True
