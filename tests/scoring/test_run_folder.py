"""The run folder: what goes in comes out, whole or not at all, internal rows apart."""

import json
from dataclasses import fields
from datetime import date
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from evaluator import data_dir
from evaluator.assess import Assessment, Wanted, assess
from evaluator.diagnostics import Failure
from evaluator.scoring.folder import new_folder, read_run, write_run
from evaluator.scoring.period import parse_period


@pytest.fixture(scope="module")
def made() -> Assessment:
    book = data_dir("examples") / "communities-2023.xlsx"
    period = parse_period("2023", date(2023, 12, 31))
    return assess(Wanted((book,), ("five-star-urban", "soft-and-lax"), period, second_count=0))


@pytest.fixture
def folder(made: Assessment, tmp_path: Path) -> Path:
    with new_folder(tmp_path / "run") as target:
        write_run(made.run, target, made.pack_texts)
    return tmp_path / "run"


def test_a_run_reads_back_as_it_was(made: Assessment, folder: Path) -> None:
    again = read_run(folder)
    for field in fields(again):
        assert getattr(again, field.name) == getattr(made.run, field.name), field.name


def test_rows_of_internal_packs_are_in_internal_only(folder: Path) -> None:
    public = [path for path in folder.rglob("*.parquet") if "internal" not in path.parts]
    for path in public:
        table = pq.read_table(path)
        if "pack" in table.column_names:
            assert "soft-and-lax" not in table.column("pack").to_pylist(), path.name
    assert set(pq.read_table(folder / "internal" / "branches.parquet").column("pack").to_pylist()) == {"soft-and-lax"}


def test_equal_runs_give_equal_bytes(made: Assessment, folder: Path, tmp_path: Path) -> None:
    with new_folder(tmp_path / "again") as target:
        write_run(made.run, target, made.pack_texts)
    files = sorted(path.relative_to(folder) for path in folder.rglob("*") if path.is_file())
    assert files == sorted(path.relative_to(tmp_path / "again") for path in (tmp_path / "again").rglob("*") if path.is_file())
    assert all((folder / path).read_bytes() == (tmp_path / "again" / path).read_bytes() for path in files)


def test_a_failure_midway_leaves_what_was_there(folder: Path) -> None:
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}

    def fails() -> None:
        with new_folder(folder) as target:
            (target / "half.txt").write_text("x", encoding="utf-8")
            raise OSError(28, "No space left on device")

    with pytest.raises(Failure) as caught:
        fails()
    assert caught.value.findings[0].code == "E711"
    assert before == {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    assert [path.name for path in folder.parent.iterdir()] == ["run"]


def test_a_damaged_run_is_one_sentence(folder: Path) -> None:
    info = folder / "run.json"
    whole = info.read_text(encoding="utf-8")
    for broken in ("{", json.dumps({"packs": []}), whole.replace("2023-12-31", "someday")):
        info.write_text(broken, encoding="utf-8")
        with pytest.raises(Failure) as caught:
            read_run(folder)
        assert [finding.code for finding in caught.value.findings] == ["E713"]
    info.write_text(whole, encoding="utf-8")
    (folder / "data" / "values.parquet").write_bytes(b"not a table")
    with pytest.raises(Failure):
        read_run(folder)
