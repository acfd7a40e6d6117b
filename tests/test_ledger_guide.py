"""The story that the ledger guide tells: two quarters, three townships filling in workbooks at once, and a balance that holds.

Every command of both guides runs in order and prints what they show (``…`` stands for what is left out); where a guide says that
townships fill in their workbooks, this test does.
"""

import re
import shlex
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

import openpyxl
import pytest
from click.testing import CliRunner
from console_blocks import compare, sessions

import cli
from evaluator import data_dir
from evaluator.ledger.balance import balance
from evaluator.ledger.entries import Issue
from evaluator.ledger.lifecycle import diagram
from evaluator.ledger.store import Store
from evaluator.ledger.workbooks.contract import TICK, field_named
from evaluator.messages import Language

ROOT = Path(__file__).parent.parent
GUIDES: dict[str, Language] = {"docs/ledger-guide.md": "en", "docs/ledger-guide.zh-CN.md": "zh"}
STEP = re.compile(r"```console\n(.*?)```|<!-- 填表 (fill) -->", re.DOTALL)


def done(text: str, paper: str, day: str) -> dict[str, object]:
    return {"progress": text, "papers": f"{paper}={day}", "done_on": datetime.fromisoformat(day), "submit": TICK}


HOURS = done("值班表已公布", "值班表", "2024-04-15")
FILLED: dict[str, tuple[str, dict[int, Mapping[str, object]]]] = {
    "云台街道": (
        "方明",
        {
            1: done("需求清单已收齐", "需求清单", "2024-04-20"),
            2: done("已全部签约", "签约照片", "2024-04-28"),
            7: {"progress": "人手不够,正在排班"},
            9: done("副书记已到任", "任职文件", "2024-04-25"),
            12: HOURS,
        },
    ),
    "东亭街道": ("白露", dict.fromkeys((13, 14, 15, 16), HOURS)),
    "文澜街道": ("季青", dict.fromkeys((17, 18, 19), HOURS)),
}


def fill() -> None:
    """Fill in the three workbooks as their townships do: delivery everywhere, and what was done."""
    for name, (person, rows) in FILLED.items():
        path = Path("下发") / f"{name}.xlsx"
        book = openpyxl.load_workbook(path)
        sheet = book.worksheets[0]
        header = next(row for row in sheet.iter_rows() if any(field_named(cell.value) == "number" for cell in row if cell.value))
        columns = {field: cell.column for cell in header if cell.value and (field := field_named(cell.value))}
        for row in range(header[0].row + 1, sheet.max_row + 1):
            number = sheet.cell(row, columns["number"]).value
            if number:
                told = {"delivered": datetime(2024, 4, 3), "filled_by": person, **rows.get(int(str(number)[-4:]), {})}  # noqa: DTZ001
                for field, value in told.items():
                    sheet.cell(row, columns[field]).value = value
        book.save(path)


def run_guide(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Run every step of a guide in the present folder."""
    story = str(data_dir("examples") / "story")
    refused = iter(refusals())
    for block, filling in steps(name):
        if filling:
            fill()
        for command, shown in sessions(block):
            words = shlex.split(command)
            expected = next(refused)
            if words[0] == "export":
                for word in words[1:]:
                    monkeypatch.setenv(*word.split("=", 1))
                continue
            result = CliRunner().invoke(cli.main, [word.replace("STORY", story) for word in words[1:]])
            assert result.exit_code == (2 if expected else 0), f"{command}\n{result.output}"
            compare(command, shown, result.output)


def steps(name: str) -> list[tuple[str, str]]:
    """Return the console blocks of a guide, and between them where workbooks are filled in."""
    return STEP.findall((ROOT / name).read_text(encoding="utf-8"))


def refusals() -> list[bool]:
    """Return, for each command, whether the Chinese guide shows that it is refused."""
    shown = [lines for block, _ in steps("docs/ledger-guide.zh-CN.md") for _, lines in sessions(block)]
    return [any(re.match(r"\S+: E\d+ ", line) for line in lines) for lines in shown]


@pytest.mark.parametrize("name", GUIDES)
def test_the_story_of_the_guide_ends_balanced(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "80")
    run_guide(name, monkeypatch)
    store = Store.open(Path("ledger.db"))
    assert store.verify() is None
    assert store.rebuild() == []
    assert not balance(store, 0).broken
    issues = {one.number: one for one in store.entries("kind = 'issue'") if isinstance(one, Issue)}
    paper, rebound = issues["河东-2024-0002"], issues["河东-2024-0003"]
    assert [cycle.state for cycle in paper.cycles] == ["closed", "registered"]
    assert [cycle.state for cycle in rebound.cycles] == ["closed", "registered"]
    assert paper.cycles[0].submissions[0].by == "方明"  # whom the county's import left in place
    assert [one.decision for one in issues["河东-2024-0004"].now.extensions] == ["granted"]
    assert issues["河东-2024-0010"].state == "transferred"
    assert (issues["河东-2024-0005"].branch_name, issues["河东-2024-0005"].state) == ("南浦北社区", "closed")
    assert issues["河东-2024-0005"].key.startswith("YS006|")  # its key stays what it was
    assert not store.rows("branch_name = '渔歌社区'")
    store.close()


@pytest.mark.parametrize(("name", "lang"), GUIDES.items())
def test_the_diagram_is_the_table_of_moves(name: str, lang: Language) -> None:
    assert f"```mermaid\n{diagram(lang)}\n```" in (ROOT / name).read_text(encoding="utf-8")


def test_both_guides_take_the_same_steps() -> None:
    english, chinese = ([command for block, _ in steps(name) for command, _ in sessions(block)] for name in GUIDES)
    assert [command.replace(" --lang en", "") for command in english] == chinese
    assert sum(refusals()) >= 2
