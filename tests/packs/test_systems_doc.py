"""docs/systems.md: a row for each of the 77 systems, and nothing named that does not exist."""

import re
from functools import cache
from pathlib import Path

import click
import pyarrow.parquet as pq
import pytest
import yaml
from click.testing import CliRunner

import cli
from evaluator import data_dir
from evaluator.packs.load import find_packs

DOC = Path(__file__).resolve().parents[2] / "docs" / "systems.md"
ORIGINAL = {"five-star-rural", "five-star-urban", "soft-and-lax", "soft-and-lax-acceptance"}
COMMANDS = tuple(cli.main.commands)


@cache
def text() -> str:
    return DOC.read_text(encoding="utf-8")


@cache
def rows() -> list[list[str]]:
    """Return the cells of the numbered rows."""
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in text().splitlines() if re.match(r"\| \d+ \|", line)]


@cache
def ids_of_packs() -> dict[str, set[str]]:
    """Return what each installed pack declares: ids of items, of cases, of indicators and of settings."""
    found: dict[str, set[str]] = {}
    for id_, path in find_packs().items():
        pack = yaml.safe_load(Path(path).read_text(encoding="utf-8"))
        found[id_] = {one["id"] for group in pack.get("groups", []) for one in [group, *group["criteria"]]}
        found[id_] |= (
            {one["id"] for one in pack.get("triggers", [])}
            | set(pack["indicators"])
            | set(pack.get("settings", {}))
            | set(pack.get("derived", {}))
        )
        for file in sorted(Path(path).parent.glob("cases/*.yaml")):
            found[id_] |= {case["id"] for case in yaml.safe_load(file.read_text(encoding="utf-8"))["cases"]}
    return found


def packs_in(line: str) -> set[str]:
    return set(re.findall(r"--pack ([a-z0-9-]+)", line))


def test_there_are_77_rows_in_order() -> None:
    assert [int(row[0].removeprefix("|").strip()) for row in rows()] == list(range(1, 78))
    assert all(len(row) == 6 and all(row) for row in rows())


def test_systems_have_their_chinese_names_and_a_seed() -> None:
    for row in rows():
        assert re.search(r"[\u4e00-\u9fff]", row[1]), row[0]
        assert re.fullmatch(r"00[0-4](, 00[0-4])*", row[2]), row[0]


def test_every_pack_that_is_named_is_installed() -> None:
    named = packs_in(text())
    assert named <= set(find_packs())
    listed = set(re.findall(r"pack (?:handbook|quiz) ([a-z0-9-]+)", text()))
    assert listed <= set(find_packs())


def test_every_installed_pack_but_the_first_four_is_named() -> None:
    assert set(find_packs()) - ORIGINAL <= packs_in(text())


def test_every_kind_that_is_named_is_there() -> None:
    kinds = {path.stem for path in (data_dir("rules") / "ledgers").glob("*.yaml")}
    named = set(re.findall(r"ledger new ([a-z-]+)", text()))
    for spans in re.findall(r"ledger kinds? ((?:`[a-z-]+`(?:, | and )?)+)", text()):
        named |= set(re.findall(r"`([a-z-]+)`", spans))
    assert named <= kinds
    assert named >= {"whistle", "project", "work-item", "plan", "problem", "measure", "loop", "wish", "diagnosis"}


def test_every_command_that_is_named_is_there() -> None:
    spans = [span.removeprefix("starbranch ").split() for span in re.findall(r"`([^`]+)`", text())]
    named = [span for span in spans if span[0] in COMMANDS]
    assert len(named) >= 10
    for words in named:
        command: click.Command = cli.main
        rest = words
        while isinstance(command, click.Group) and rest:
            assert rest[0] in command.commands, words
            command, rest = command.commands[rest[0]], rest[1:]
        known = {option for parameter in command.params for option in parameter.opts}
        assert {one for one in rest if one.startswith("-")} <= known, words


@pytest.mark.parametrize("number", range(1, 78))
def test_ids_of_a_row_stand_in_a_pack_that_it_names(number: int) -> None:
    """Items (GT-09), groups, cases (GT-all), fields (`grid_levels`) and settings: all of some pack that is installed."""
    row = rows()[number - 1]
    line = " | ".join(row)
    there = set().union(*ids_of_packs().values())
    own = set().union(set(), *(ids_of_packs().get(one, set()) for one in packs_in(line)))
    for id_ in re.findall(r"\b[A-Z]{2}\d{0,2}-[0-9A-Za-z-]*[0-9A-Za-z]", line):
        assert id_ in (own or there), id_
    for field in re.findall(r"`([a-z]+(?:_[a-z0-9]+)+)`", line):
        assert field in there, field


@pytest.mark.parametrize("row", rows(), ids=lambda row: row[0])
def test_a_row_says_how_it_is_run(row: list[str]) -> None:
    how = row[3]
    assert packs_in(how) or "ledger kind" in how or re.search(r"`(score|pack|ledger|evidence) ", how) or "no score" in how


@pytest.mark.parametrize("id_", sorted(set(find_packs()) - ORIGINAL))
def test_there_is_an_example_of_each_pack(id_: str) -> None:
    assert (data_dir("examples") / "systems" / f"{id_}.csv").is_file()


def test_row_1_names_an_example_for_villages_and_for_communities_and_both_run(tmp_path: Path) -> None:
    how = rows()[0][3]
    for id_, file in re.findall(r"`--pack ([a-z-]+)` on [a-z]+ \(`([^`]+)`\)", how):
        out = tmp_path / id_
        words = ["--pack", id_, "--as-of", "2023-12-31", "--out", str(out), "--format", "results", "--second-count", "0"]
        result = CliRunner().invoke(cli.main, ["score", str(data_dir("examples") / file), *words])
        assert result.exit_code == 0, result.output
        levels = pq.read_table(out / "branches.parquet", columns=["level"]).to_pydict()["level"]
        assert len(set(levels)) >= 3, id_
    assert how.count("(`") == 2


def test_a_pack_that_needs_another_is_named_with_it() -> None:
    assert "`--pack soft-and-lax --pack soft-and-lax-acceptance`" in rows()[37][3]
    assert "`--pack soft-and-lax-acceptance`" not in text()
