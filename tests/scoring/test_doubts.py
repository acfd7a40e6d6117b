"""Approximate figures exactly at a line: explanation, feedback and the check of evidence say on which side the true one may lie."""

from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from small_packs import award, criterion, integer, pack, percent, rate, scored, write_pack

import cli
from evaluator.messages import Language
from evaluator.reports.context import context
from evaluator.scoring.explain import explain_item
from evaluator.scoring.results import Run


def said(run: Run, lang: Language = "zh") -> str:
    """Return the explanation of the first criterion's condition."""
    line = explain_item(run, "B1", "C-1", lang)
    assert line is not None
    return line.lines[0].lines[0].text


def tiny(when: str, **more: Any) -> dict[str, Any]:
    asked = {"done": integer(), "share": percent(), "due": integer()}
    return pack([criterion(10, award(10, when))], asked, **more)


@pytest.mark.parametrize(
    ("when", "cells", "told"),
    [
        ("share >= 100", "share=近100%", "存疑:近100% 不到 100%"),
        ("share >= 90", "share=不到90%", "存疑:不到90% 不到 90%"),
        ("done >= 60", "done=不足60", "存疑:不足60 不到 60"),
        ("done < 60", "done=近60", "存疑:近60 不到 60"),
        ("done >= 60", "done=约60", "存疑:约60 可能不到、也可能超过 60"),
        ("60 <= done", "done=近60", "存疑:近60 不到 60"),
        ("done <= 1000", "done=1000余", "存疑:1000余 超过 1000"),
        ("done > 1000", "done=1000多", "存疑:1000多 超过 1000"),
        ("done <= 3", "done=不少于3", "存疑:不少于3 可能超过 3"),
        ("done BETWEEN 3 AND 9", "done=近3", "存疑:近3 不到 3"),
        ("done BETWEEN 3 AND 9", "done=9余", "存疑:9余 超过 9"),
        ("done = 3", "done=至少3", "存疑:至少3 可能超过 3"),
        ("done + 1 >= 4", "done=近3", "存疑:正好在界限上"),
    ],
)
def test_what_the_words_leave_open_is_said(tmp_path: Path, when: str, cells: str, told: str) -> None:
    run = scored(tmp_path, tiny(when), cells)
    assert told in said(run)
    assert "doubtful" in said(run, "en")
    (note,) = (note for note in context(run).branches[0].notes if "存疑" in note)
    assert f"C-1({told}" in note


@pytest.mark.parametrize(
    ("when", "cells"),
    [
        ("done >= 1000", "done=1000余"),
        ("done >= 3", "done=不少于3"),
        ("done <= 60", "done=近60"),
        ("done > 60", "done=近60"),
        ("done >= 59", "done=近60"),
        ("done >= 60", "done=60"),
        ("done BETWEEN 3 AND 9", "done=近9"),
    ],
)
def test_what_comes_out_the_same_whichever_side_is_not_called_doubtful(tmp_path: Path, when: str, cells: str) -> None:
    run = scored(tmp_path, tiny(when), cells)
    assert "存疑" not in said(run)
    assert not any("存疑" in note for note in context(run).branches[0].notes)


def test_the_points_stay_those_of_the_number_written(tmp_path: Path) -> None:
    run = scored(tmp_path, tiny("share >= 100"), "share=近100%")
    assert [row.earned for row in run.criteria] == [1000]


def test_a_computed_value_at_its_line_rests_on_an_approximate_one(tmp_path: Path) -> None:
    run = scored(tmp_path, tiny("kept >= 90", derived={"kept": rate("done / due")}), "done=近90 due=100")
    assert "存疑:正好在界限上" in said(run)


def test_the_check_of_evidence_lists_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    write_pack(tmp_path, tiny("share >= 100"))
    Path("facts.csv").write_text("支部编码,支部名称,指标share\nB1,甲,近100%\nB2,乙,近90%\n", encoding="utf-8")
    checked = CliRunner().invoke(cli.main, ["evidence", "check", "facts.csv", "--pack", "tiny.yaml", "--as-of", "2023-12-31"])
    assert checked.exit_code == 0, checked.output
    (line,) = (line for line in checked.output.splitlines() if "W420" in line)
    assert line == "facts.csv:2:3: W420 甲 C-1(存疑:近100% 不到 100%,以核实的数为准)"
    assert "3 处提醒" in checked.output
