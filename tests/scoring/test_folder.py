"""The run folder: whole or not at all, the same when read back, and a sentence when it is damaged."""

import json
import os
import shutil
import stat
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from evaluator import data_dir
from evaluator.assess import Assessment, Wanted, assess
from evaluator.diagnostics import Failure
from evaluator.scoring.folder import new_folder, read_run, write_run
from evaluator.scoring.period import Period

BOOK = data_dir("examples") / "communities-2023.xlsx"
R = date(2023, 12, 31)


@pytest.fixture(scope="module")
def made() -> Assessment:
    return assess(Wanted((BOOK,), ("five-star-urban", "soft-and-lax"), Period(date(2023, 1, 1), R, R), second_count=0))


@pytest.fixture(scope="module")
def written(made: Assessment, tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("runs") / "run"
    with new_folder(target) as folder:
        write_run(made.run, folder, made.pack_texts)
    return target


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def old_run(folder: Path) -> Path:
    (folder / "out").mkdir()
    (folder / "out" / "run.json").write_text("{}", encoding="utf-8")
    return folder / "out"


def test_what_is_written_is_read_back(made: Assessment, written: Path) -> None:
    run = read_run(written)
    for name in ("info", "packs", "plan", "branches", "groups", "criteria", "findings", "issues", "missing", "values", "records"):
        assert getattr(run, name) == getattr(made.run, name), name
    assert run.register.given
    assert [(b.id, b.name, b.order, b.path, dict(b.attributes)) for b in run.register.branches] == [
        (b.id, b.name, b.order, b.path, dict(b.attributes)) for b in made.run.register.branches
    ]


def test_equal_runs_give_equal_bytes(made: Assessment, written: Path, tmp_path: Path) -> None:
    with new_folder(tmp_path / "again") as folder:
        write_run(made.run, folder, made.pack_texts)
    files = sorted(path.relative_to(written) for path in written.rglob("*") if path.is_file())
    assert files == sorted(path.relative_to(tmp_path / "again") for path in (tmp_path / "again").rglob("*") if path.is_file())
    assert all((written / file).read_bytes() == (tmp_path / "again" / file).read_bytes() for file in files)


def test_internal_rows_stand_in_the_internal_folder_only(made: Assessment, written: Path) -> None:
    private = {row.criterion for row in made.run.issues if row.pack == "soft-and-lax"}
    assert private
    shutil.copytree(written, written.with_name("open"), dirs_exist_ok=True)
    shutil.rmtree(written.with_name("open") / "internal")
    public = read_run(written.with_name("open"))
    packs = [row.pack for row in public.branches] + [row.pack for row in public.issues] + [row.pack for row in public.findings]
    assert set(packs) == {"five-star-urban"}


@pytest.mark.parametrize(
    ("file", "content"),
    [
        ("run.json", b""),
        ("run.json", b"{"),
        ("run.json", b"[]"),
        ("run.json", b"{}"),
        ("run.json", b"\xff\xfe"),
        ("criteria.parquet", b"x"),
        ("criteria.parquet", None),
        ("branches.parquet", "groups.parquet"),
        ("data/records.parquet", None),
        ("data/values.parquet", "data/register.parquet"),
        ("data/packs/five-star-urban/pack.yaml", None),
        ("data/packs/five-star-urban/pack.yaml", b"pack: five-star-urban\n"),
        ("internal/findings.parquet", b"x"),
    ],
)
def test_a_damaged_folder_is_a_sentence(written: Path, tmp_path: Path, file: str, content: bytes | str | None) -> None:
    """``content``: bytes to write, another file to put in its place, or None to remove it."""
    folder = shutil.copytree(written, tmp_path / "run")
    if content is None:
        (folder / file).unlink()
    else:
        (folder / file).write_bytes(content if isinstance(content, bytes) else (folder / content).read_bytes())
    with pytest.raises(Failure) as failure:
        read_run(folder)
    assert {finding.code for finding in failure.value.findings} == {"E713"}
    assert failure.value.exit_code == 2


@pytest.mark.parametrize("change", [{"start": "2023-1-x"}, {"packs": 5}, {"register_given": None, "tool": None, "new": 1}])
def test_a_damaged_head_is_a_sentence(written: Path, tmp_path: Path, change: dict[str, object]) -> None:
    folder = shutil.copytree(written, tmp_path / "run")
    info = json.loads((folder / "run.json").read_text(encoding="utf-8"))
    (folder / "run.json").write_text(json.dumps(info | change), encoding="utf-8")
    with pytest.raises(Failure):
        read_run(folder)


def test_no_run_is_a_sentence(tmp_path: Path) -> None:
    for folder in (tmp_path, tmp_path / "nowhere"):
        with pytest.raises(Failure) as failure:
            read_run(folder)
        assert failure.value.findings[0].code == "E712"


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt, SystemExit, Failure([])])
def test_a_writer_that_fails_midway_leaves_nothing_and_the_old_run_whole(
    tmp_path: Path, error: BaseException | type[BaseException]
) -> None:
    old_run(tmp_path)
    for target in ("out", "new"):
        with pytest.raises(BaseException), new_folder(tmp_path / target) as folder:  # noqa: B017, PT011, PT012  # whatever it is
            (folder / "half.txt").write_text("x", encoding="utf-8")
            raise error
    assert names(tmp_path) == {"out"}
    assert names(tmp_path / "out") == {"run.json"}


def test_a_full_disk_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(Failure) as failure, new_folder(tmp_path / "out"):
        raise OSError(28, "No space left on device")
    (finding,) = failure.value.findings
    assert "磁盘已满" in finding.message("zh") or "full" in finding.message("zh")
    assert names(tmp_path) == set()


@pytest.mark.parametrize("which", [1, 2])
def test_a_replacement_that_fails_puts_the_old_run_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, which: int) -> None:
    old_run(tmp_path)
    real = os.replace
    calls: list[object] = []

    def failing(source: Path, target: Path) -> None:
        calls.append(source)
        if len(calls) == which:
            raise PermissionError(13, "in use")
        real(source, target)

    monkeypatch.setattr(os, "replace", failing)
    with pytest.raises(Failure), new_folder(tmp_path / "out") as folder:
        (folder / "run.json").write_text("new", encoding="utf-8")
    assert names(tmp_path) == {"out"}
    assert (tmp_path / "out" / "run.json").read_text(encoding="utf-8") == "{}"


def test_a_run_killed_between_the_two_renames_loses_nothing(tmp_path: Path) -> None:
    """What a power cut leaves: the old run under another name. The next run puts it back before it begins, and clears it when done."""
    os.replace(old_run(tmp_path), tmp_path / ".out-abcdefgh-old")
    with pytest.raises(ValueError, match="again"), new_folder(tmp_path / "out"):
        raise ValueError("again")
    assert names(tmp_path) == {"out"}
    os.replace(tmp_path / "out", tmp_path / ".out-abcdefgh-old")
    with new_folder(tmp_path / "out") as folder:
        (folder / "run.json").write_text("new", encoding="utf-8")
    assert names(tmp_path) == {"out"}
    assert (tmp_path / "out" / "run.json").read_text(encoding="utf-8") == "new"


def test_what_no_run_made_is_never_replaced(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x", encoding="utf-8")
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "a").write_text("x", encoding="utf-8")
    for name in ("file", "mine"):
        with pytest.raises(Failure) as failure, new_folder(tmp_path / name):
            raise AssertionError
        assert failure.value.findings[0].code == "E710"
    assert names(tmp_path) == {"file", "mine"}


def test_an_empty_folder_and_a_missing_parent_are_taken(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    for target in (tmp_path / "empty", tmp_path / "a" / "b" / "c"):
        with new_folder(target) as folder:
            (folder / "run.json").write_text("{}", encoding="utf-8")
        assert names(target) == {"run.json"}
        assert stat.S_IMODE(target.stat().st_mode) == 0o755


def test_a_register_made_from_evidence_stays_so(made: Assessment, tmp_path: Path) -> None:
    run = replace(made.run, register=replace(made.run.register, given=False))
    with new_folder(tmp_path / "out") as folder:
        write_run(run, folder, made.pack_texts)
    assert not read_run(tmp_path / "out").register.given
