"""``starbranch examples``: where they are, and a copy of them that is whole or not there."""

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

import cli
from evaluator import data_dir
from evaluator.messages import LANGUAGES


def run(*words: object) -> Result:
    return CliRunner().invoke(cli.main, [str(word) for word in words])


@pytest.mark.parametrize("lang", LANGUAGES)
def test_it_says_where_they_are(lang: str) -> None:
    found = run("--lang", lang, "examples")
    assert found.exit_code == 0
    assert str(data_dir("examples")) in found.output
    assert "  systems/" in found.output
    assert "starbranch examples -o examples" in found.output


@pytest.mark.parametrize("there", [False, True])
def test_a_copy_is_whole(tmp_path: Path, there: bool) -> None:
    out = tmp_path / "new" / "examples"
    if there:
        out.mkdir(parents=True)
    assert run("examples", "-o", out).exit_code == 0
    source = data_dir("examples")
    wanted = {path.relative_to(source) for path in source.rglob("*") if path.is_file() and "__pycache__" not in path.parts}
    assert {path.relative_to(out) for path in out.rglob("*") if path.is_file()} == wanted
    assert all((out / path).read_bytes() == (source / path).read_bytes() for path in wanted)
    assert [path.name for path in out.parent.iterdir()] == ["examples"]


def test_nothing_that_is_there_is_overwritten(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine", encoding="utf-8")
    for out in (tmp_path, tmp_path / "mine.txt"):
        found = run("examples", "-o", out)
        assert (found.exit_code, "E101" in found.output) == (2, True)
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_a_place_that_cannot_be_written_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    found = run("examples", "-o", tmp_path / "file" / "examples")
    assert (found.exit_code, "E102" in found.output) == (2, True)
    assert [path.name for path in tmp_path.iterdir()] == ["file"]
