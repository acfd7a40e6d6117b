"""Why a branch has its level: total and line on the screen, for packs with stars and without."""

import json
import re
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from rich.cells import cell_len

import cli
from evaluator import data_dir
from evaluator.messages import Language
from evaluator.packs.load import load_pack
from evaluator.reports.console import narrowed
from evaluator.scoring.reached import line_of, short_line, told_line, total_of
from evaluator.scoring.results import BranchRow, GroupRow

R = date(2023, 12, 31)
STARS = re.compile("[★☆]")


def row(level: int | None, **more: Any) -> BranchRow:
    told: dict[str, Any] = dict.fromkeys(BranchRow.__dataclass_fields__, None)
    return BranchRow(**told | {"branch_id": "B1", "visited": True, "level": level, "vetoes": (), "score": 7900} | more)


def group(earned: int, applicable: int) -> GroupRow:
    return GroupRow("B1", "p", "g", earned, earned, applicable, None, False, False, "")


def scored(pack: str, folder: Path, monkeypatch: pytest.MonkeyPatch, *words: str) -> list[str]:
    monkeypatch.setenv("COLUMNS", "80")
    file = str(data_dir("examples") / "systems" / f"{pack}.csv")
    options = ["--pack", pack, "--as-of", "2023-12-31", "--out", str(folder), "--format", "results", "--second-count", "0"]
    result = CliRunner().invoke(cli.main, [*words, "score", file, *options])
    assert result.exit_code == 0, result.output
    lines: list[str] = result.output.splitlines()
    assert all(cell_len(line) <= 80 for line in lines)
    return lines


@pytest.mark.parametrize(
    ("groups", "score", "total"),
    [
        ([group(7900, 10_000)], 7900, (7900, 10_000)),
        ([group(3000, 4000), group(2000, 4000)], 6250, (5000, 8000)),
        ([group(1, 3)], 3333, (1, 3)),
        ([group(3000, 4000), group(2000, 4000)], 6300, None),  # weighted: their sum says nothing
        ([], None, None),
        ([group(0, 0)], None, None),
    ],
)
def test_the_total_is_points_of_points_where_they_make_the_score(
    groups: list[GroupRow], score: int | None, total: tuple[int, int] | None
) -> None:
    assert total_of(row(1, score=score), groups) == total


@pytest.mark.parametrize(
    ("pack", "level", "short"),
    [
        ("service-centre-standard", 3, "≥90"),
        ("service-centre-standard", 2, "≥75"),
        ("service-centre-standard", 1, ""),
        ("community-worker-ladder-12", 2, "≥2"),
        ("four-colour-rating", 2, "≤6"),  # a setting's number
        ("soft-and-lax", 2, ""),  # one of two lines
    ],
)
def test_the_line_in_short(pack: str, level: int, short: str) -> None:
    loaded = load_pack(pack).pack
    assert short_line(line_of(row(level), loaded), loaded, R) == short


@pytest.mark.parametrize(("lang", "told"), [("zh", "达到:得分率 不低于 90%(≥90)"), ("en", "reached: score: at least 90% (≥90)")])
def test_the_line_in_words(lang: Language, told: str) -> None:
    loaded = load_pack("service-centre-standard").pack
    assert told_line(row(3), loaded, R, lang) == told
    assert "()" not in told_line(row(2), load_pack("soft-and-lax").pack, R, lang)
    assert "≥" not in told_line(row(1), loaded, R, lang)
    single = loaded.model_copy(update={"rating": loaded.rating[-1:]})
    assert told_line(row(1), single, R, lang) == ""
    assert "line" in told_line(row(1), loaded, R, "en")
    veto = told_line(row(1, vetoes=("V1",)), loaded, R, lang)
    assert "V1" in veto
    assert "≥" not in veto


def test_the_table_of_a_pack_without_stars_shows_total_and_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lines = scored("service-centre-standard", tmp_path / "out", monkeypatch)
    (head,) = (line for line in lines if line.startswith("序"))
    assert "总分" in head
    assert "档线" in head
    (third,) = (line for line in lines if "禾苑社区" in line)
    assert re.search(r"\d+/\d+ 8\d%  +≥75", third)
    assert not any("各星" in line for line in lines)
    assert any("档线为达到的那一档" in line for line in lines)


def test_titles_of_groups_stand_once_under_the_table(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lines = scored("community-worker-review", tmp_path / "out", monkeypatch)
    assert sum("WR-RW 任务履职  WR-QZ 群众评价" in line for line in lines) == 1
    assert any("各组为得分率" in line for line in lines)
    weighted = next(line for line in lines if re.match(r" 2 ", line))
    assert "/" not in weighted  # 70/30 of its groups: no points of points
    star = scored("five-star-rural", tmp_path / "star", monkeypatch)
    assert sum("ZB 支部过硬星" in line for line in star) == 1
    assert any("各星为得分率" in line for line in star)


def test_a_pack_without_groups_speaks_of_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lines = scored("four-colour-rating", tmp_path / "out", monkeypatch)
    assert not any("各组" in line or "各星" in line or "档线" in line for line in lines)


@pytest.mark.parametrize(
    ("pack", "branch", "told"),
    [
        ("service-centre-standard", "禾苑", r"总分 \S+/\S+ \(8\S+%\)  达到:得分率 不低于 75%.*≥75"),
        ("five-star-rural", "石泉", r"总分 394.5/500 \(78.9%\)  达到:得星数 等于 3 颗"),
        ("community-worker-review", "柳岸社区·综合岗01", r"总分 26%  其他各档都没有达到"),
        ("four-colour-rating", "禾苑", r"达到:一般情形数 不超过 黄色最多未完成项数\(≤6\)"),
    ],
)
def test_explain_begins_with_total_and_line(pack: str, branch: str, told: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    scored(pack, tmp_path / "out", monkeypatch)
    result = CliRunner().invoke(cli.main, ["explain", str(tmp_path / "out"), branch])
    assert result.exit_code == 0, result.output
    lines = result.stdout.splitlines()
    assert re.search(told, lines[1]), lines[1]
    tree = json.loads(CliRunner().invoke(cli.main, ["explain", str(tmp_path / "out"), branch, "--json"]).stdout)
    assert [line["kind"] for line in tree[0]["lines"]].count("rating") == 1


def test_columns_give_way_by_turns_and_none_below_its_least() -> None:
    assert narrowed([4, 30, 20, 10], 50, {1: 8, 2: 8}) == [4, 18, 18, 10]
    assert narrowed([4, 30, 20, 10], 64, {1: 8, 2: 8}) == [4, 30, 20, 10]
    assert narrowed([4, 30, 20, 10], 20, {1: 8, 2: 8}) == [4, 8, 8, 10]
