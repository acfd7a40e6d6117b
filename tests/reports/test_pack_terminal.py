"""What the pack commands and ``score`` print: no blanks at ends of lines, whole figures in 80 columns, installed packs by id."""

import io
import re
from pathlib import Path

import pytest
from click.testing import CliRunner
from rich.cells import cell_len
from rich.table import Table

from cli import main
from evaluator import data_dir
from evaluator.authoring.resolved import resolved
from evaluator.messages import catalogue, set_language
from evaluator.reports import console

ROOMS = ("proofs", "cases", "compare", "burden", "kit")


@pytest.fixture(autouse=True)
def _chinese(monkeypatch: pytest.MonkeyPatch) -> None:
    set_language("zh")
    monkeypatch.setenv("COLUMNS", "80")


def printed(*words: str) -> list[str]:
    result = CliRunner().invoke(main, list(words))
    assert result.exit_code == 0, result.output
    set_language("zh")
    return result.output.split("\n")


@pytest.mark.parametrize("words", [("pack", "list"), ("pack", "show", "soft-and-lax"), ("pack", "show", "five-star-urban", "UZB-04")])
def test_lines_end_where_their_text_ends(words: tuple[str, ...]) -> None:
    lines = printed(*words)
    assert len(lines) > 5
    assert [line for line in lines if line != line.rstrip()] == []


def test_colours_stay_where_blanks_go() -> None:
    out = io.StringIO()
    table = Table(box=None, show_header=False)
    table.add_column(style="bold")
    for text in ("a", "long text"):
        table.add_row(text)
    console._Console(file=out, force_terminal=True, color_system="standard", width=40).print(table)
    text = out.getvalue()
    assert "\x1b[1m" in text
    assert not re.search(r" (\x1b\[[\d;]*m)*$", text, re.MULTILINE)
    assert text.count("\x1b[1m") == text.count("\x1b[0m")


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_long_levels_leave_room_for_figures(lang: str, tmp_path: Path) -> None:
    evidence = data_dir("examples") / "systems" / "community-worker-ladder-12.csv"
    options = ("--pack", "community-worker-ladder-12", "--as-of", "2023-12-31", "--out", str(tmp_path / "out"))
    lines = printed("--lang", lang, "score", str(evidence), *options)
    head = next(n for n, line in enumerate(lines) if "WL12-DJ" in line)
    rows = lines[head : head + 8]
    assert max(map(cell_len, rows)) <= 80
    assert [re.split(" +", row)[-1] for row in rows[1:]] == ["100%"] * 6 + ["25%"]
    assert rows[7].count("?") == 1  # the mark of doubt is not cut off with the label
    assert all(str(n) in row[:3] for n, row in enumerate(rows[1:], 1))
    bars = [match for line in lines if (match := re.match(r"(\S.*?) +(█*) ?\d+ \(\d+%\)$", line))]
    assert len(bars) == 13
    starts = {cell_len(re.split("█|(?<= ) ?[0-9]+ \\(", match[0])[0].rstrip("0123456789 ")) for match in bars}
    assert max(starts) <= 28
    full = {cell_len(match[0][: match.start(2)]) for match in bars if match[2]}
    none = {cell_len(match[0][: match[0].rindex("0 (")]) - 1 for match in bars if not match[2]}
    assert full | none == {max(full)}


def test_resolved_names_installed_packs_by_id(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "my").mkdir()
    (tmp_path / "my" / "pack.yaml").write_text(
        'extends: five-star-urban\npack: my\nversion: "1"\nstatus: reference\ntitle: 我的\neffective: {from: 2024-01-01}\n',
        encoding="utf-8",
    )
    text = resolved("my", None)
    assert text.startswith("# 由 my/pack.yaml 合成\n# 下层:five-star-urban 2023.1\n")
    assert "  # 出自 my/pack.yaml:5" in text
    assert re.search(r"# 出自 five-star-urban:\d+$", text, re.MULTILINE)
    assert str(data_dir("rules")) not in text
    assert resolved("five-star-urban", None).startswith("# 由 five-star-urban 合成\n")


@pytest.mark.parametrize("room", ROOMS)
def test_english_counts_read_well_for_one_and_for_many(room: str) -> None:
    """A count in front of its noun would need two forms; such counts stand behind."""
    counted = (
        r"\{(count|cases|criteria|errors|warnings|packs|items|asked|branches|visited|others|all|filled|missed|uncovered)\} (?!of\b)[a-z]"
    )
    allowed = {
        "over",
        "within",
        "meaning_share",
        "differ",
        "E101",
        "paper_title",
        "paper_titles",
        "fewer",
        "E622",
        "W505",
        "lacking",
        "more_survived",
        "more",
    }
    found = [name for name, entry in catalogue(room).items() if re.search(counted, entry["en"]) and name not in allowed]
    assert found == []


def test_check_counts() -> None:
    assert "Packs checked: 1; errors: 0; warnings: 0." in printed("--lang", "en", "pack", "check", "three-links")
