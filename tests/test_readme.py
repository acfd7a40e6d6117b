"""Every command of both READMEs runs, and prints what they show (``…`` stands for lines, or the rest of a line, left out)."""

import re
import shlex
from pathlib import Path

import pytest
from click.testing import CliRunner

import cli
from evaluator import data_dir

ROOT = Path(__file__).parent.parent
READMES = ("README.md", "README.zh-CN.md")


def sessions(name: str) -> list[tuple[str, list[str]]]:
    """Return each command of a README with the lines shown below it."""
    text = (ROOT / name).read_text(encoding="utf-8")
    found: list[tuple[str, list[str]]] = []
    for block in re.findall(r"```console\n(.*?)```", text, re.DOTALL):
        for line in block.splitlines():
            if line.startswith("$ "):
                found.append((line[2:], []))
            else:
                found[-1][1].append(line)
    return found


@pytest.mark.parametrize("name", READMES)
def test_every_command_prints_what_is_shown(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "80")
    example = str(data_dir("examples") / "communities-2023.xlsx")
    told = sessions(name)
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
        place = 0
        for line in shown:
            if line == "…":
                continue
            pattern = re.escape(line).replace("…", ".*")
            hits = [number for number in range(place, len(printed)) if re.fullmatch(pattern, printed[number].rstrip())]
            assert hits, f"{command}: no line {line!r} in\n{result.output}"
            place = hits[0] + 1
        if wrong:
            assert len(printed) > 1
            assert not [*tmp_path.glob("never*"), *tmp_path.glob("不会有*")]


def test_the_two_readmes_stay_in_step() -> None:
    shapes = []
    for name in READMES:
        text = (ROOT / name).read_text(encoding="utf-8")
        headings = [line.split(" ")[0] for line in text.splitlines() if line.startswith("#")]
        commands = [
            re.sub(r"--lang en |\S*填报表\S*|to-fill-in.xlsx|2023年|2023\b|不会有|never|\S*没有\S*|nowhere.xlsx", "", command)
            for command, _ in sessions(name)
        ]
        shapes.append((headings, text.count("\n|"), text.count("\n* "), commands))
    assert shapes[0] == shapes[1]
