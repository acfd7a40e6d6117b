"""The commands as people type them: what they print within 80 columns, their exit codes, and every line of the guide."""

import re
import shlex
from pathlib import Path
from typing import Any

import click
import openpyxl
import pytest
from click.testing import CliRunner, Result
from exchange_ledgers import fill, issues, make_ledger
from rich.cells import cell_len

from evaluator.bilingual import Group
from evaluator.commands.exchange import COMMANDS
from evaluator.ledger.store import Store
from evaluator.messages import set_language

GUIDE = Path(__file__).parent.parent.parent / "docs" / "ledger-workbooks.md"
WHO = ["--as-of", "2024-05-27", "--actor", "陈立", "--unit", "云台街道", "--role", "township"]
DONE: dict[str, Any] = {"progress": "已按月开展。", "papers": "会议记录=2024-05-20", "done_on": "2024-05-20", "submit": "√"}


def main() -> click.Group:
    root, ledger = Group("starbranch"), Group("ledger")
    root.add_command(ledger)
    for command in COMMANDS:
        ledger.add_command(command)
    return root


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    make_ledger(Path("ledger.db")).close()


def run(*words: str, env: dict[str, str] | None = None) -> Result:
    made = CliRunner().invoke(main(), words, prog_name="starbranch", env=env)
    assert made.exception is None or isinstance(made.exception, SystemExit), made.exception
    for line in made.output.splitlines():
        assert cell_len(line) <= 80 or "|" in line or line.startswith(("回收", "    ")) or ".xlsx" in line, line
    return made


def old_ledger(path: str) -> None:
    book = openpyxl.Workbook()
    page = book.active
    page.title = "台账"
    page.append(["某县整改台账"])
    page.append(["编号", "支部", "存在问题", "责任人", "整改时限", "销号日期"])
    page.append(["旧-1", "青禾社区", "公示栏没有更新", "高翔", "2024-03-31", "2024-03-20"])
    page.append(["旧-2", "双塘社区", "值班表空白", "陈亮", "2024-06-30", ""])
    book.save(path)


def test_every_line_of_the_guide_runs_and_prints_what_it_shows() -> None:
    env: dict[str, str] = {}
    old_ledger("旧台账.xlsx")
    Path("回收").mkdir()
    ran = 0
    for block in re.findall(r"```console\n(.*?)```", GUIDE.read_text(encoding="utf-8"), re.DOTALL):
        for part in block.split("$ ")[1:]:
            command, *shown = part.splitlines()
            words = shlex.split(command)
            if words[0] == "export":
                env |= dict(word.split("=") for word in words[1:])
                continue
            made = run(*words[1:], env=env)
            assert made.exit_code == 0, f"{command}\n{made.output}"
            printed = made.output.splitlines()
            at = 0
            for line in shown:
                if line != "…":
                    assert line in printed[at:], f"{command}: no line {line!r} in\n{made.output}"
                    at = printed.index(line, at) + 1
            if "export" in words:
                fill(Path("下发/云台街道.xlsx"), {0: DONE}, target=Path("回收/云台街道.xlsx"))
            ran += 1
    assert ran == 6
    store = Store.open(Path("ledger.db"))
    assert [one.state for one in issues(store)] == ["submitted", "rectifying", "rectifying", "closed", "rectifying"]


def test_the_trial_and_the_refusal_end_with_1_and_the_ledger_is_as_before() -> None:
    assert run("ledger", "export", "--by", "township", "--out", "out", *WHO).exit_code == 0
    store = Store.open(Path("ledger.db"))
    head = store.head()
    fill(Path("out/云台街道.xlsx"), {0: {**DONE, "papers": "会议记录=2024-04-01"}})
    for more in ([], ["--apply"]):
        made = run("ledger", "import", "out/云台街道.xlsx", *more, *WHO)
        assert made.exit_code == 1
        assert "E221" in made.output
        assert "[台账] U5" in made.output
        assert store.head() == head
    assert "什么都没有写入" in made.output
    made = run("ledger", "import", "out/云台街道.xlsx", "--apply", "--skip-refused", *WHO)
    assert made.exit_code == 1
    assert "已写入台账" in made.output
    assert issues(store)[0].now.progress[-1].text == "已按月开展。"


def test_counts_and_the_refusal_fit_the_terminal_in_english() -> None:
    run("ledger", "export", "--by", "township", "--out", "out", *WHO)
    fill(Path("out/云台街道.xlsx"), {0: {**DONE, "papers": "会议记录=2024-04-01"}})
    set_language("en")
    try:
        made = CliRunner().invoke(main(), ["ledger", "import", "out/云台街道.xlsx", "--apply", *WHO])
    finally:
        set_language("zh")
    foot = made.stdout.splitlines()[-5:]
    assert all(cell_len(line) <= 80 for line in foot), foot
    told = " ".join(foot)
    assert "changed on both sides, merged 0" in told
    assert "Something is refused or in conflict, so nothing was stored. Mend it, or add --skip-refused to store the rest." in told


def test_input_that_cannot_be_used_ends_with_2() -> None:
    for words, code in (
        (["import", "no.xlsx"], "E101"),
        (["export", "--by", "township", "--out", ".", "--light", "overdue"], "E652"),
        (["export", "--by", "township", "--out", "out", "--light", "overdue"], "E651"),
        (["import-legacy", "no.xlsx", "--map", "a", "--column", "x"], "E661"),
    ):
        made = run("ledger", *words, *WHO)
        assert made.exit_code == 2
        assert code in made.output


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("name", [command.name for command in COMMANDS])
def test_help_fits_the_terminal_in_both_languages(name: str, lang: Any) -> None:
    set_language(lang)
    try:
        made = CliRunner().invoke(main(), ["ledger", name, "--help"], prog_name="starbranch")
    finally:
        set_language("zh")
    assert made.exit_code == 0
    assert all(cell_len(line) <= 80 for line in made.output.splitlines() if not line.startswith("  --state"))
    assert bool(re.search("[\u4e00-\u9fff]", made.output.replace("台账编号", "").replace("乡镇", ""))) == (lang == "zh")


def test_a_workbook_in_english_comes_back_to_a_chinese_session() -> None:
    set_language("en")
    try:
        assert run("ledger", "export", "--by", "township", "--for-role", "county", "--out", "out", *WHO).exit_code == 0
        sheet = openpyxl.load_workbook("out/云台街道.xlsx").worksheets[0]
        assert sheet.cell(4, 1).value == "Number"
        assert "key" not in [cell.value for cell in sheet[5]]
        fill(Path("out/云台街道.xlsx"), {0: {"progress": "done", "importance": "key"}})
    finally:
        set_language("zh")
    made = run("ledger", "import", "out/云台街道.xlsx", "--apply", *WHO)
    assert made.exit_code == 0, made.output
    assert "更新 1" in made.output
    assert issues(Store.open(Path("ledger.db")))[0].importance == "key"
