"""The command line as a new user meets it: good files, files with mistakes, full and refused folders."""

import errno
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import click
import pytest
import xlsxwriter
from click.testing import CliRunner, Result
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

import cli
from evaluator import data_dir
from evaluator.bilingual import Command, Group
from evaluator.reports.console import clip
from evaluator.scoring import second

EXAMPLE = data_dir("examples") / "communities-2023.xlsx"
URBAN = "five-star-urban"
HEADER = ["支部编码", "支部名称", "乡镇街道", "区域类型", "支部党员大会次数", "开展主题党日的月份数"]


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "80")


def run(*arguments: object) -> Result:
    return CliRunner().invoke(cli.main, [str(one) for one in arguments])


def score(
    *files: object, pack: object = URBAN, out: object = "out", more: tuple[object, ...] = ("--format", "ledger", "--second-count", 0)
) -> Result:
    return run("score", *files, "--pack", pack, "--as-of", "2023-12-31", "--out", out, *more)


def book(name: str, rows: Sequence[Sequence[object]], sheet: str = "证据") -> Path:
    workbook = xlsxwriter.Workbook(name, {"strings_to_formulas": False})
    page = workbook.add_worksheet(sheet)
    for number, row in enumerate(rows):
        page.write_row(number, 0, row)
    workbook.close()
    return Path(name)


def refused(result: Result, *words: str) -> None:
    """The command said in words what is wrong, left with code 2 and wrote nothing."""
    assert result.exit_code == 2, result.output
    for word in words:
        assert word in result.output
    assert "Traceback" not in result.output
    assert not Path("out").exists()
    assert not [path for path in Path().iterdir() if path.name.startswith(".out")]


# --- what goes wrong ----------------------------------------------------------


def test_a_missing_file() -> None:
    refused(score("没有.xlsx"), "没有.xlsx", "没有找到")


def test_a_corrupt_workbook() -> None:
    Path("坏.xlsx").write_bytes(EXAMPLE.read_bytes()[:20_000])
    refused(score("坏.xlsx"), "坏.xlsx")


def test_an_empty_sheet() -> None:
    refused(score(book("空.xlsx", [])), "空.xlsx")


def test_an_unknown_pack_names_the_nearest() -> None:
    refused(score(EXAMPLE, pack="five-star-urbn"), "five-star-urbn", URBAN)


def test_a_pack_with_mistakes() -> None:
    text = (data_dir("rules") / URBAN / "pack.yaml").read_text(encoding="utf-8")
    Path("pack.yaml").write_text(text.replace("points: 14", "points: 十四", 1), encoding="utf-8")
    refused(score(EXAMPLE, pack="pack.yaml"), "pack.yaml:", "十四")


def test_a_date_outside_the_packs_period() -> None:
    result = run("score", EXAMPLE, "--pack", URBAN, "--as-of", "2019-12-31", "--out", "out")
    refused(result, "2019-12-31", "2023-01-01")


def test_evidence_for_another_pack() -> None:
    refused(score(EXAMPLE, pack="five-star-rural"), "five-star-rural", URBAN)


def test_a_period_that_is_none() -> None:
    refused(run("score", EXAMPLE, "--pack", URBAN, "--as-of", "2023-12-31", "--period", "去年", "--out", "out"), "去年", "2023Q2")


def test_all_mistakes_of_a_file_are_named_in_one_pass() -> None:
    path = book("错.xlsx", [HEADER, ["B1", "甲", "东街", "社区", "很多", 13], [], ["B2", "乙", "东街", "社区", 4, "=1+1"]])
    refused(score(path), "[证据] E2", "很多", "[证据] F2", "[证据] F4", "=1+1")


def test_bad_cells_may_be_treated_as_missing() -> None:
    path = book("错.xlsx", [HEADER, ["B1", "甲", "东街", "社区", "很多", 12]])
    result = score(path, more=("--allow-bad-cells", "--format", "ledger", "--second-count", 0))
    assert result.exit_code == 0, result.output
    assert "很多" in result.output
    assert json.loads(Path("out/run.json").read_text(encoding="utf-8"))["bad_cells"]


def test_a_folder_that_holds_something_else_is_left_alone() -> None:
    Path("out").mkdir()
    Path("out/要紧.txt").write_text("x", encoding="utf-8")
    result = score(EXAMPLE)
    assert result.exit_code == 2
    assert [path.name for path in Path("out").iterdir()] == ["要紧.txt"]


def test_an_older_run_is_replaced_whole() -> None:
    path = book("一.xlsx", [HEADER, ["B1", "甲", "东街", "社区", 4, 12]])
    assert score(path).exit_code == 0
    Path("out/旧.txt").write_text("x", encoding="utf-8")
    assert score(path).exit_code == 0
    assert not Path("out/旧.txt").exists()
    assert not [found for found in Path().iterdir() if found.name.startswith(".out")]


def test_a_wrong_option_and_a_wrong_command_are_sentences() -> None:
    for arguments in (("score", "--pak", "x"), ("scor",), ("score", EXAMPLE), ("explain",)):
        result = run(*arguments)
        assert result.exit_code == 2
        assert "--help" in result.output


def test_a_difference_publishes_nothing_and_keeps_what_reproduces_it(monkeypatch: pytest.MonkeyPatch) -> None:
    honest = second.forward.Forward.score

    def lying(self: second.forward.Forward, records: object, branch: int) -> object:
        rows = honest(self, records, branch)  # type: ignore[arg-type]
        first = rows.criteria[0]
        rows.criteria[0] = (*first[:3], first[3] + 1, *first[4:])
        return rows

    monkeypatch.setattr(second.forward.Forward, "score", lying)
    result = score(EXAMPLE, more=("--second-count", 2))
    assert result.exit_code == 3
    assert not Path("out").exists()
    report = json.loads(Path("out-difference.json").read_text(encoding="utf-8"))
    assert report["table"] == "criteria"
    assert report["records"]


# --- what names and texts may do ----------------------------------------------


def test_names_cannot_leave_the_folder(tmp_path: Path) -> None:
    names = ["../../x", "CON", "a/b", "=1+1", "<b>甲</b>", "..", "nul.txt", "。"]
    path = book("名.xlsx", [HEADER, *([f"B{n}", name, name, "社区", 3, 11] for n, name in enumerate(names))])
    before = set(tmp_path.parent.iterdir())
    result = run("score", path, "--pack", URBAN, "--as-of", "2023-12-31", "--out", "out", "--second-count", 0)
    assert result.exit_code == 0, result.output
    assert set(tmp_path.parent.iterdir()) == before
    assert sorted(found.name for found in tmp_path.iterdir()) == ["out", "名.xlsx"]
    assert len(list(Path("out/feedback").iterdir())) == len(names)
    assert "<b>甲</b>" not in Path("out/dashboard.html").read_text(encoding="utf-8")


# --- what goes well -----------------------------------------------------------


def test_the_demo_and_its_explanation() -> None:
    result = run("demo", "--out", "afternoon")
    assert result.exit_code == 0, result.output
    assert all(len(line.encode("gb18030", "replace")) <= 82 for line in result.output.splitlines() if "★" in line)
    names = {path.name for path in Path("afternoon").iterdir()}
    assert {"results.xlsx", "ledger.xlsx", "townships", "feedback", "report.docx", "dashboard.html", "internal", "run.json"} <= names
    assert {f"{table}.parquet" for table in ("branches", "groups", "criteria", "issues")} <= names
    assert len(list(Path("afternoon/feedback").iterdir())) == 35
    shutil.move("afternoon", "moved")  # from the run folder alone
    told = run("explain", "moved", "双塘社区", "UZB-01")
    assert "书记8月调离" in told.output
    assert "[乡镇(街道)]" in told.output.replace("\n", "").replace("│   ", "")
    whole = json.loads(run("explain", "moved", "YS011", "--json").output)
    assert [tree["kind"] for tree in whole] == ["branch", "branch"]
    assert {line["id"] for line in whole[0]["lines"]} >= {"ZB", "GJ", "PA", "HX", "YY", "V4"}


def test_the_demo_says_its_data_are_invented_and_keeps_internal_results_apart() -> None:
    result = run("demo")
    assert "虚构" in result.output or "示例" in result.output
    for path in Path("starbranch-demo").rglob("*"):
        if path.is_file() and "internal" not in path.parts and path.suffix in (".html", ".json", ".parquet") and "data" not in path.parts:
            assert "建议列入" not in path.read_bytes().decode("utf-8", "ignore"), path


def test_explain_names_the_nearest() -> None:
    assert score(EXAMPLE).exit_code == 0
    for arguments, word in ((("双唐社区",), "双塘社区"), (("双塘社区", "UZB-1"), "UZB-01")):
        result = run("explain", "out", *arguments)
        assert result.exit_code == 2
        assert word in result.output
    assert run("explain", "nowhere", "x").exit_code == 2


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_every_command_has_help(lang: str) -> None:
    for path in (
        (),
        ("score",),
        ("demo",),
        ("explain",),
        ("pack",),
        ("pack", "check"),
        ("pack", "list"),
        ("pack", "show"),
        ("pack", "schema"),
        ("evidence",),
    ):
        result = run("--lang", lang, *path, "--help")
        assert result.exit_code == 0
        assert ("用法" if lang == "zh" else "Usage") in result.output
        assert all(len(line) <= 80 for line in result.output.splitlines())


def test_pack_commands() -> None:
    assert run("pack", "check", URBAN, "five-star-rural", "soft-and-lax", "soft-and-lax-acceptance").exit_code == 0
    assert URBAN in run("pack", "list").output
    shown = run("pack", "show", URBAN).output
    assert "UZB-01*" in shown
    assert "V5" in shown
    item = run("pack", "show", URBAN, "UZB-09").output
    assert "30 ← R19" in item  # documented
    assert "8 ← 本工具默认" in item
    assert run("pack", "show", URBAN, "UZB-9").exit_code == 2
    for criterion in ("UGJ-01", "UYY-06", "UZB-03", "V2"):
        assert run("--lang", "en", "pack", "show", URBAN, criterion).exit_code == 0
    assert json.loads(run("pack", "schema").output)["properties"]["pack"]
    assert run("pack", "check", "nowhere").exit_code in (1, 2)


def test_evidence_check_counts_without_scoring() -> None:
    result = run("evidence", "check", EXAMPLE, "--pack", URBAN, "--pack", "soft-and-lax", "--as-of", "2023-12-31")
    assert result.exit_code == 0, result.output
    assert "34" in result.output
    path = book("错.xlsx", [HEADER, ["B1", "甲", "东街", "社区", "很多", 12]])
    assert run("evidence", "check", path, "--pack", URBAN, "--as-of", "2023-12-31").exit_code == 1


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("scor",), "相近的有:score"),
        (("score",), "缺少 EVIDENCE — 佐证文件"),
        (("score", "x.xlsx", "--pack"), "--pack 后面要写一个值"),
        (("score", "x", "--pack", "y", "--as-of", "2023-12-31", "--out", "o", "--format", "pdf"), "应为下列之一:results"),
        (("score", "x", "--pack", "y", "--as-of", "2023-12-31", "--out", "o", "--second-count", "-1"), "应为 0 或正整数"),
        (("score", "x", "--pack", "y", "--as-of", "2023-13-31", "--out", "o"), "“2023-13-31”不是日期"),
        (("score", "x", "--pack", "y", "--as-of", "2023-03-01", "--period", "2023Q2", "--out", "o"), "--period 的值不对"),
        (("explain", "a", "b", "c", "多"), "多写了“多”"),
        (("--lang", "fr"), "应为下列之一:zh、en"),
    ],
)
def test_usage_errors_are_said_in_chinese(arguments: tuple[str, ...], words: str) -> None:
    result = run(*arguments)
    assert result.exit_code == 2
    assert words in result.output
    assert "Traceback" not in result.output


def test_the_command_alone_shows_its_help_and_nothing_in_english() -> None:
    result = run()
    assert result.output.startswith("用法: ")
    text = run("score", "--help").output
    assert "[required]" not in text
    assert "default:" not in text
    assert "(必填)" in text
    assert not [line for line in text.splitlines() if line.strip().startswith((")", "。", ",", ";"))]


def test_a_console_without_the_signs_gets_its_own() -> None:
    assert "✓ 是、✗ 否、3 − 2 ★".encode("gbk", errors="starbranch.signs").decode("gbk") == "√ 是、× 否、3 - 2 ★"
    assert "✓★".encode("ascii", errors="starbranch.signs") == b"??"


def test_a_reader_that_goes_away_changes_nothing() -> None:
    path = book("一.xlsx", [HEADER, *([f"B{n}", f"甲{n}", "东街", "社区", 4, 12] for n in range(40))])
    code = "import cli; cli.main(prog_name='starbranch')"
    command = ["score", str(path), "--pack", URBAN, "--as-of", "2023-12-31", "--out", "out", "--format", "ledger", "--second-count", "0"]
    home = {**os.environ, "PYTHONPATH": str(Path(cli.__file__).parent)}
    with subprocess.Popen([sys.executable, "-c", code, *command], stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=home) as process:
        assert process.stdout is not None
        process.stdout.close()
        assert process.stderr is not None
        told = process.stderr.read()
        assert process.wait(60) == 0, told.decode()
    assert told == b""
    assert Path("out/ledger.xlsx").is_file()


@pytest.mark.skipif(os.name == "nt", reason="Windows passes words on as text")
@pytest.mark.parametrize("words", [(b"explain", b"\xff"), (b"ledger", b"show", b"\xe9\x9d")])
def test_bytes_of_a_shell_that_are_no_text_are_a_sentence(words: tuple[bytes, ...]) -> None:
    code = "import cli; cli.main(prog_name='starbranch')"
    home = {**os.environ, "PYTHONPATH": str(Path(cli.__file__).parent)}
    named = {os.fsencode(name): os.fsencode(value) for name, value in home.items()}
    for typed, more in ((words, {}), ((b"packs",), {b"STARBRANCH_ACTOR": words[-1]})):
        done = subprocess.run([sys.executable, "-c", code, *typed], capture_output=True, env=named | more, check=False)
        told = done.stderr.decode("utf-8")
        assert (done.returncode, done.stdout) == (2, b"")
        assert "不是 UTF-8 文字" in told
        assert "Traceback" not in told


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (FileExistsError(errno.EEXIST, "File exists", "结果"), "不能读写 结果:"),
        (NotADirectoryError(errno.ENOTDIR, "Not a directory", "结果/表.xlsx"), "不能读写 结果/表.xlsx:"),
        (PermissionError(errno.EACCES, "Permission denied", "台账.db"), "不能读写 台账.db:"),
        (OSError("设备已拔出"), "不能读写 —:设备已拔出"),
    ],
)
def test_what_the_system_refuses_anywhere_is_a_sentence(error: OSError, said: str) -> None:
    @click.command("work", cls=Command, help="cli.starbranch")
    def work() -> None:
        raise error

    result = CliRunner().invoke(Group("starbranch", commands={"work": work}, help="cli.starbranch"), ["work"])
    assert result.exit_code == 2
    assert result.output.startswith(said)
    assert (result.output.count("\n"), "Traceback" in result.output, "程序内部出错" in result.output) == (1, False, False)


@pytest.mark.parametrize(
    ("text", "width", "clipped"),
    [
        ("", 4, ""),
        ("abcd", 4, "abcd"),
        ("abcde", 4, "abc…"),
        ("双塘", 4, "双塘"),
        ("双塘社", 4, "双…"),
        ("双塘社区", 5, "双塘…"),
        ("a双塘社区", 5, "a双…"),  # no half of a character
        ("双塘社区", 2, "…"),
        ("双塘社区", 1, "…"),
        ("甲 乙丙丁", 4, "甲…"),
        ("整改" * 500_000, 7, "整改整…"),
        ("整改" + "a" * 1_000_000, 7, "整改aa…"),
    ],
)
def test_a_text_is_clipped_to_columns(text: str, width: int, clipped: str) -> None:
    assert clip(text, width) == clipped


@given(st.text("ab 9双塘,。１é…★", max_size=90), st.integers(1, 40))
def test_clipped_it_is_never_wider_and_says_that_it_was_longer(text: str, width: int) -> None:
    clipped = clip(text, width)
    assert cell_len(clipped) <= width
    if cell_len(text) <= width:
        assert clipped == text
    else:
        assert clipped.endswith("…")
        assert text.startswith(clipped[:-1])
        assert cell_len(clipped) >= width - 1 or text[len(clipped) - 1].isspace()


def test_options_of_all_commands_stand_before_the_command() -> None:
    for words in (("pack", "list", "--lang", "en"), ("pack", "check", "--version"), ("advise", "--lang", "en")):
        option = next(word for word in words if word.startswith("--"))
        refused(run(*words), f"{option} 要写在命令前面:starbranch {option} …")
    refused(run("--lang", "en", "pack", "list", "--lang", "en"), "--lang stands before the command")


def test_a_template_never_overwrites_a_workbook() -> None:
    assert run("evidence", "template", URBAN, "-o", "填.xlsx").exit_code == 0
    before = Path("填.xlsx").read_bytes()
    for name, code in (("填.xlsx", "E214"), ("填.xls", "E213"), ("填.xlsx/填.xlsx", "E210")):
        result = run("evidence", "template", URBAN, "-o", name)
        assert result.exit_code == 2
        assert code in result.output
    assert Path("填.xlsx").read_bytes() == before
    assert [path.name for path in Path().iterdir()] == ["填.xlsx"]


def test_explain_says_that_a_branch_was_not_visited() -> None:
    rows: list[Sequence[object]] = [HEADER, ["B1", "甲", "东街", "社区", 4, 12], ["B2", "乙", "东街", "社区"]]
    assert score(book("一.xlsx", rows)).exit_code == 0
    for arguments in (("乙",), ("乙", "UZB-08")):
        result = run("explain", "out", *arguments)
        assert result.exit_code == 0
        assert "未检" in result.output


def test_soft_and_lax_alone_is_headed_as_internal() -> None:
    result = run("score", EXAMPLE, "--pack", "soft-and-lax", "--as-of", "2023-12-31", "--out", "out", "--second-count", 0)
    assert result.exit_code == 0
    assert "软弱涣散" in result.output
    assert "参考试算" in result.output


def test_evidence_check_says_that_a_pack_was_not_in_force() -> None:
    result = run("evidence", "check", EXAMPLE, "--pack", URBAN, "--as-of", "2019-12-31")
    assert result.exit_code == 2
    assert "2023-01-01" in result.output
