"""`pack check` as an author runs it: exit codes, what it prints and where, undecided conditions on demand, overlays."""

import json
import re
from pathlib import Path
from typing import Any

from click.testing import CliRunner, Result
from proof_packs import sample

import cli
from evaluator.packs.load import find_packs

BAD = Path(__file__).parent.parent / "bad"


def run(*arguments: object) -> Result:
    return CliRunner().invoke(cli.main, [str(one) for one in arguments])


def written(folder: Path, data: dict[str, Any]) -> Path:
    path = folder / "tiny.yaml"
    path.write_text(re.sub(r'"(\d{4}-\d\d-\d\d)"', r"\1", json.dumps(data, ensure_ascii=False, indent=1)), encoding="utf-8")
    return path


def test_warnings_are_printed_and_do_not_fail() -> None:
    result = run("--lang", "en", "pack", "check", BAD / "proofs" / "W622.yaml")
    assert result.exit_code == 0
    assert "W622.yaml:38:13: W622 there is a hole" in result.stderr
    assert "hint:" in result.stderr
    assert result.stdout.splitlines()[0] == "Checked 1 packs: 0 errors, 1 warnings."
    assert re.fullmatch(r"Proved \d+ conditions and parts; for 0 of them interval reasoning is not enough\.", result.stdout.splitlines()[1])


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
    common = {"measure": "改", "owner": "支部", "fixable_by": "branch", "deadline": "soon", "basis": ["doc"]}
    trigger = {"id": "T-1", "text": "情形", "kind": "hard", "when": f"count({many}) = 13"} | common
    path = written(tmp_path, sample(triggers=[trigger]))
    short = run("pack", "check", path).stdout
    assert "其中 1 项区间推理不足以判断。加 --all 逐项列出。" in short
    assert "count(" not in short
    whole = run("pack", "check", "--all", path).stdout
    assert "区间推理不足以判断“count(a > 0, b > 0" in whole
    assert "加 --all" not in whole
