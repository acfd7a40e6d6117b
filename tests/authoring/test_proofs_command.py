"""`pack check` as an author runs it: exit codes, what it prints and where, undecided conditions on demand, overlays."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from proof_packs import sample, trigger

import cli
from evaluator.commands import packs
from evaluator.packs.load import find_packs

BAD = Path(__file__).parent.parent / "bad"


def run(*arguments: object) -> Result:
    return CliRunner().invoke(cli.main, [str(one) for one in arguments])


def written(folder: Path, data: dict[str, Any]) -> Path:
    path = folder / "tiny.yaml"
    path.write_text(re.sub(r'"(\d{4}-\d\d-\d\d)"', r"\1", json.dumps(data, ensure_ascii=False, indent=1)), encoding="utf-8")
    return path


def told(result: Result, path: Path) -> list[str]:
    """Return the first line of each finding on a file."""
    return [line for line in result.stderr.splitlines() if line.startswith(f"{path}:")]


def test_warnings_are_printed_and_do_not_fail() -> None:
    result = run("--lang", "en", "pack", "check", BAD / "proofs" / "W622.yaml")
    assert result.exit_code == 0
    assert "W622.yaml:38:13: W622 there is a hole" in result.stderr
    assert "hint:" in result.stderr
    assert result.stdout.splitlines()[0] == "Packs checked: 1; errors: 0; warnings: 1."
    assert re.fullmatch(r"Conditions and parts proved: \d+; beyond interval reasoning: 0\.", result.stdout.splitlines()[1])


def test_a_pack_that_scores_nobody_fails() -> None:
    result = run("pack", "check", BAD / "proofs" / "E620.yaml")
    assert result.exit_code == 1
    assert "一个支部也评不了" in result.stderr
    assert "检查了 1 个规则包:1 处错误,0 处提醒。" in result.stdout


def test_nothing_is_proved_of_a_pack_with_errors() -> None:
    result = run("pack", "check", BAD / "packs" / "E422.yaml")
    assert result.exit_code == 1
    assert "证明" not in result.stdout


def test_all_installed_packs_are_checked_when_none_is_named() -> None:
    result = run("pack", "check")
    assert f"检查了 {len(find_packs())} 个规则包" in result.stdout


def test_undecided_conditions_are_listed_on_demand(tmp_path: Path) -> None:
    many = ", ".join(["a > 0", "b > 0", "yes", "c > 0"] * 3)
    path = written(tmp_path, sample(triggers=[trigger(f"count({many}) = 13")]))
    short = run("pack", "check", path).stdout
    assert "其中 1 项区间推理不足以判断。加 --all 逐项列出。" in short
    assert "count(" not in short
    whole = run("pack", "check", "--all", path).stdout
    assert "区间推理不足以判断“count(a > 0, b > 0" in whole
    assert "加 --all" not in whole


def test_of_very_many_findings_the_first_are_told_and_how_many_more(tmp_path: Path) -> None:
    unused = {f"idle_{number}": {"label": f"数{number}", "type": "integer"} for number in range(250)}
    path = written(tmp_path, sample(triggers=[trigger("a > 1")], indicators=sample()["indicators"] | unused))
    short, whole = run("pack", "check", path), run("pack", "check", "--all", path)
    assert len(told(short, path)) == 200
    more = re.search(r"另有 (\d+) 处没有列出,加 --all 全部列出。", short.stderr)
    assert more
    assert f"0 处错误,{200 + int(more[1])} 处提醒" in short.stdout
    assert len(told(whole, path)) == 200 + int(more[1])
    assert "没有列出" not in whole.stderr


def test_errors_are_told_before_warnings_where_not_all_are(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packs, "MOST", 1)
    path = written(tmp_path, sample(triggers=[trigger("rate > 0.5")]))
    nobody = tmp_path / "z.yaml"
    nobody.write_bytes((BAD / "proofs" / "E620.yaml").read_bytes())
    result = run("pack", "check", path, nobody)
    assert told(result, path) == []
    assert [line.split()[1] for line in told(result, nobody)] == ["E620"]
    assert "没有列出" in result.stderr
    assert result.exit_code == 1
