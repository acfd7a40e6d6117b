"""The steps of the pack guide, in both languages: every command runs and prints what is shown (``test_pack_reference`` has the rest).

``…`` stands for what is left out. Where the guide says that a workbook or file is changed, this test changes it as the guide says.
"""

import re
import shlex
import shutil
from collections.abc import Iterator
from pathlib import Path

import openpyxl
import pytest
from click.testing import CliRunner
from console_blocks import compare, sessions

import cli
from evaluator import data_dir
from evaluator.authoring.workbook.importing import import_file
from evaluator.authoring.workbook.pasted import Naming
from evaluator.messages import Language
from evaluator.packs import models as m
from evaluator.packs.load import load_pack

ROOT = Path(__file__).parent.parent
GUIDES: dict[str, Language] = {"docs/pack-guide.md": "en", "docs/pack-guide.zh-CN.md": "zh"}
REFERENCE = "\n## 参考|\n## Reference"
STEP = re.compile(
    r"```console\n(?P<console>.*?)```"
    r"|<!-- 填表 \(fill\) (?P<fill>\S+) -->\n\n(?P<points>(?:\|[^\n]*\n)+)"
    r"|<!-- 改表 \(edit\) (?P<edit>\S+) -->\n\n(?P<rows>(?:\|[^\n]*\n)+)"
    r"|<!-- 改文件 \(change\) (?P<change>\S+) -->\n\n```diff\n(?P<diff>.*?)```"
    r"|<!-- 写文件 \(write\) (?P<write>\S+) -->\n\n```yaml\n(?P<written>.*?)```"
    r"|<!-- 接着写 \(append\) (?P<append>\S+) -->\n\n```yaml\n(?P<appended>.*?)```"
    r"|```yaml\n(?P<shown>.*?)```",
    re.DOTALL,
)
REFUSED = re.compile(r"\S+: E\d+ ")
EMPTY = ("(空)", "(empty)")
NEW = ("新 ", "new ")


# --- the steps ------------------------------------------------------------------


def parts(name: str) -> tuple[str, str]:
    """Return the steps of a guide and its reference part."""
    story, _, reference = re.split(f"({REFERENCE})", (ROOT / name).read_text(encoding="utf-8"), maxsplit=1)
    return story, reference


def run_guide(name: str, folder: Path) -> list[tuple[str, list[str], str]]:
    """Take every step in a folder; return each command, what the guide shows below it, and what it printed."""
    shutil.copy(data_dir("examples") / "pack-guide" / "table.docx", folder)
    told = []
    for step in STEP.finditer(parts(name)[0]):
        match step.lastgroup:
            case "console":
                for command, shown in sessions(step["console"]):
                    result = CliRunner().invoke(cli.main, shlex.split(command)[1:])
                    wanted = 1 if " pack diff " in command or any(REFUSED.match(line) for line in shown) else 0  # 1: there are findings
                    assert result.exit_code == wanted, f"{command}\n{result.output}"
                    told.append((command, shown, result.output))
            case "points":
                fill(folder / step["fill"], step["points"])
            case "rows":
                edit(folder / step["edit"], step["rows"])
            case "diff":
                change(folder / step["change"], step["diff"])
            case "written":
                (folder / step["write"]).parent.mkdir(exist_ok=True)
                (folder / step["write"]).write_text(step["written"], encoding="utf-8")
            case "appended":
                with (folder / step["append"]).open("a", encoding="utf-8") as stream:
                    stream.write("\n" + step["appended"])
            case "shown":
                texts = [path.read_text(encoding="utf-8") for path in folder.rglob("*.yaml")]
                assert any(step["shown"] in text for text in texts), step["shown"]
    return told


def cells_of(rows: str) -> Iterator[list[str]]:
    """Yield the cells of a table of the guide, below its header."""
    for line in rows.splitlines()[2:]:
        yield [cell.strip() for cell in line.strip("|").split("|")]


def fill(path: Path, rows: str) -> None:
    """Fill in the form as the table of the guide says: branch, points of each criterion, the reason."""
    book = openpyxl.load_workbook(path)
    register, team = book.worksheets[1:3]
    for row, (name, points, why) in enumerate(cells_of(rows), 2):
        for column, value in ((1, f"S{row}"), (2, row - 1), (3, name)):
            register.cell(row, column).value = value
        team.cell(row, 1).value, team.cell(row, 2).value = f"S{row}", name
        for number, given in enumerate(points.split()):
            team.cell(row, 3 + 2 * number).value = int(given)
            team.cell(row, 4 + 2 * number).value = why
    book.save(path)


def edit(path: Path, rows: str) -> None:
    """Write into the workbook what the table of the guide says: sheet, row, columns with their values."""
    book = openpyxl.load_workbook(path)
    for name, row, written in cells_of(rows):
        sheet = book[name]
        headers = {word.lstrip("*"): cell.column for cell in sheet[2] if cell.value for word in str(cell.value).split("\n")}
        first = {str(cell.value): cell.row for column in sheet.iter_cols(max_col=2, min_row=3) for cell in column if cell.value}
        id_ = row.split(" ")[-1]
        if row.startswith(NEW):
            first[id_] = next(cell.row for cell in sheet["A"][2:] if cell.value is None)
            sheet.cell(first[id_], 1).value = id_
        for column, value in (one.split(": ", 1) for one in written.split(" · ")):
            given: object = None if value in EMPTY else int(value) if value.isdecimal() else value
            sheet.cell(first[id_], headers[column]).value = given
    book.save(path)


def change(path: Path, diff: str) -> None:
    """Replace each text of a diff, which stands once in the file, by the lines that follow it."""
    text = path.read_text(encoding="utf-8")
    for old, new in re.findall(r"^- (.*)\n((?:\+ .*\n)+)", diff, re.MULTILINE):
        assert text.count(old) == 1, (old, text.count(old))
        text = text.replace(old, "\n".join(line[2:] for line in new.splitlines()))
    path.write_text(text, encoding="utf-8")


@pytest.mark.parametrize("name", GUIDES)
def test_every_command_prints_what_is_shown(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "80")
    for command, shown, output in run_guide(name, tmp_path):
        compare(command, shown, output)
    community = load_pack("community").pack
    assert (community.version, community.status) == ("2024.1", "adopted")
    assert {type(part) for group in community.groups for one in group.criteria for part in one.parts} == {
        m.CountDownPart,
        m.Bands,
        m.ManualPart,
    }


def test_both_guides_take_the_same_steps() -> None:
    english, chinese = (list(STEP.finditer(parts(name)[0])) for name in GUIDES)
    assert [step.lastgroup for step in english] == [step.lastgroup for step in chinese]
    for one, other in zip(english, chinese, strict=True):
        if one["console"]:
            commands = [[command.replace(" --lang en", "") for command, _ in sessions(step["console"])] for step in (one, other)]
            assert commands[0] == commands[1]
        elif one["points"]:
            assert list(cells_of(one["points"])) == list(cells_of(other["points"]))
        elif one["rows"]:
            assert [row[1].split(" ")[-1] for row in cells_of(one["rows"])] == [row[1].split(" ")[-1] for row in cells_of(other["rows"])]
        else:
            assert one.groups() == other.groups()
    assert sum(bool(REFUSED.match(line)) for step in chinese if step["console"] for line in step["console"].splitlines()) == 1


def test_the_word_table_and_the_excel_table_are_one(tmp_path: Path) -> None:
    folder = data_dir("examples") / "pack-guide"
    made = [import_file(folder / file, tmp_path / file, Naming("one", "一"))[0] for file in ("table.docx", "table.xlsx")]
    assert made[0].pack.groups == made[1].pack.groups
    assert sum(criterion.points for group in made[0].pack.groups for criterion in group.criteria) == 100
