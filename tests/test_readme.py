"""Every command of both READMEs runs, and prints what they show (``…`` stands for lines, or the rest of a line, left out)."""

import re
import shlex
from pathlib import Path

import pytest
from click.testing import CliRunner
from console_blocks import compare, sessions

import cli
from evaluator import data_dir

ROOT = Path(__file__).parent.parent
READMES = ("README.md", "README.zh-CN.md")


def commands(name: str) -> list[tuple[str, list[str]]]:
    """Return each command of a README with the lines shown below it."""
    blocks = re.findall(r"```console\n(.*?)```", (ROOT / name).read_text(encoding="utf-8"), re.DOTALL)
    return [told for block in blocks for told in sessions(block)]


@pytest.mark.parametrize("name", READMES)
def test_every_command_prints_what_is_shown(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "80")
    example = str(data_dir("examples") / "communities-2023.xlsx")
    told = commands(name)
    assert len(told) >= 6
    for command, shown in told:
        if command.startswith("export "):
            for word in shlex.split(command)[1:]:
                monkeypatch.setenv(*word.split("=", 1))
            continue
        arguments = [example if word == "EXAMPLE" else word for word in shlex.split(command)[1:]]
        result = CliRunner().invoke(cli.main, arguments)
        wrong = "nowhere" in command or "没有这个文件" in command
        assert result.exit_code == (2 if wrong else 0), f"{command}\n{result.output}"
        printed = result.output.splitlines()
        compare(command, shown, result.output)
        if wrong:
            assert len(printed) > 1
            assert not [*tmp_path.glob("never*"), *tmp_path.glob("不会有*")]


def test_the_two_readmes_stay_in_step() -> None:
    shapes = []
    for name in READMES:
        text = (ROOT / name).read_text(encoding="utf-8")
        headings = [line.split(" ")[0] for line in text.splitlines() if line.startswith("#")]
        listed = [
            re.sub(r"--lang en |\S*填报表\S*|to-fill-in.xlsx|2023年|2023\b|不会有|never|\S*没有\S*|nowhere.xlsx", "", command)
            for command, _ in commands(name)
        ]
        shapes.append((headings, text.count("\n|"), text.count("\n* "), listed))
    assert shapes[0] == shapes[1]
