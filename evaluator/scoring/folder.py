"""The run folder: tables as Parquet, ``run.json``, the packs that were used; written whole or not at all, and read back."""

import glob
import json
import os
import shutil
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from evaluator.diagnostics import Diagnostic, Failure, Place, reason
from evaluator.evidence.records import Record, Register
from evaluator.evidence.register import Branch
from evaluator.packs.load import load_pack
from evaluator.packs.models import Pack
from evaluator.scoring.compile import compile_plan
from evaluator.scoring.period import Period
from evaluator.scoring.results import (
    BranchRow,
    CriterionRow,
    FindingRow,
    GroupRow,
    IssueRow,
    MissingRow,
    PackInfo,
    Run,
    RunInfo,
    ScopeRow,
    StandingRow,
    from_table,
    to_table,
)

__all__ = ["new_folder", "read_run", "write_run"]

TABLES = {
    "branches": BranchRow,
    "groups": GroupRow,
    "criteria": CriterionRow,
    "findings": FindingRow,
    "issues": IssueRow,
    "missing": MissingRow,
}
RANKED = {"standings": StandingRow, "scopes": ScopeRow}  # of runs with rules for jurisdictions; other runs have no such files
DATA = "data"  # sub-folder of what explanation needs beside the four tables
INTERNAL = "internal"  # sub-folder of everything that internal packs gave
DATES = ("start", "end", "as_of", "reference")


@contextmanager
def new_folder(target: Path) -> Iterator[Path]:
    """Yield an empty folder beside ``target`` that takes its place when the block ends well; after an error nothing has changed.

    A folder that is there already is replaced only if a run made it (it holds ``run.json``) or it is empty.

    Raises:
        Failure: ``target`` is a file or holds something else.
    """
    target = target.absolute()
    _put_back(target)
    if target.exists() and not (target.is_dir() and (not any(target.iterdir()) or (target / "run.json").is_file())):
        raise Failure([Diagnostic("scoring.E710", Place(str(target)))])
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        made = Path(tempfile.mkdtemp(prefix=f".{target.name}-", dir=target.parent))
    except OSError as error:
        raise Failure([Diagnostic("scoring.E711", Place(str(target)), {"reason": reason(error)})]) from error
    made.chmod(0o755)
    old = made.with_name(made.name + "-old")
    try:
        yield made
        if target.exists():
            os.replace(target, old)
        os.replace(made, target)
    except BaseException as error:
        if old.exists() and not target.exists():
            os.replace(old, target)
        shutil.rmtree(made, ignore_errors=True)
        if isinstance(error, OSError):
            raise Failure([Diagnostic("scoring.E711", Place(str(target)), {"reason": reason(error)})]) from error
        raise
    shutil.rmtree(old, ignore_errors=True)


def _put_back(target: Path) -> None:
    """Give a run its name back when a power cut came between the two renames of :func:`new_folder`."""
    if not target.exists():
        for old in target.parent.glob(f".{glob.escape(target.name)}-????????-old"):
            if (old / "run.json").is_file():
                os.replace(old, target)
                return


def write_run(run: Run, folder: Path, pack_files: Mapping[str, str]) -> None:
    """Write the tables, ``run.json`` and the packs (id to YAML text) into a folder made by :func:`new_folder`; rows of internal packs
    go to ``internal/`` only."""
    (folder / DATA).mkdir()
    private = {pack.pack for pack in run.packs if pack.internal}
    if private:
        (folder / INTERNAL).mkdir()
    for name, row_type in _tables(run.packs).items():
        rows = getattr(run, name)
        _write(_table(folder, name), to_table(row_type, [row for row in rows if _pack(row) not in private]))
        if private:
            _write(folder / INTERNAL / f"{name}.parquet", to_table(row_type, [row for row in rows if _pack(row) in private]))
    _write(folder / DATA / "register.parquet", to_table(Branch, run.register.branches))
    _write(folder / DATA / "records.parquet", to_table(Record, run.records))
    triples = [(id_, slot, value) for id_, slots in run.values.items() for slot, value in sorted(slots.items())]
    branch, slot, value = zip(*triples, strict=True) if triples else ((), (), ())
    table = pa.table({"branch": pa.array(branch, pa.string()), "slot": pa.array(slot, pa.int64()), "value": pa.array(value, pa.int64())})
    _write(folder / DATA / "values.parquet", table)
    for id_, text in pack_files.items():
        home = folder / DATA / "packs" / id_
        home.mkdir(parents=True)
        (home / "pack.yaml").write_text(text, encoding="utf-8")
    info = asdict(run.info)
    if not run.info.previous:
        del info["previous"]
    info |= {name: str(getattr(run.info, name)) for name in DATES} | {"register_given": run.register.given}
    (folder / "run.json").write_text(json.dumps(info, ensure_ascii=False, indent=1, sort_keys=True) + "\n", encoding="utf-8")


def _tables(packs: Iterable[Pack]) -> dict[str, type]:
    return TABLES | (RANKED if any(pack.scope for pack in packs) else {})


def _pack(row: Any) -> str:
    return row.packs[0] if isinstance(row, MissingRow) else row.pack


def _table(folder: Path, name: str) -> Path:
    return (folder if name in ("branches", "groups", "criteria", "issues", "standings") else folder / DATA) / f"{name}.parquet"


def _write(path: Path, table: pa.Table) -> None:
    pq.write_table(table, path, compression="zstd")


def read_run(folder: Path) -> Run:
    """Return the run that a folder holds.

    Raises:
        Failure: there is no run in it, or it is damaged.
    """
    if not (folder / "run.json").is_file():
        raise Failure([Diagnostic("scoring.E712", Place(str(folder)))])
    try:
        info = json.loads((folder / "run.json").read_text(encoding="utf-8"))
        given = info.pop("register_given")
        info |= {name: date.fromisoformat(info[name]) for name in DATES}
        info["packs"] = tuple(PackInfo(**pack) for pack in info["packs"])
        info |= {name: tuple(info[name]) for name in ("bad_cells", "warnings")}
        told = RunInfo(**info)
        packs = tuple(load_pack(str(folder / DATA / "packs" / pack.id / "pack.yaml")).pack for pack in told.packs)
        order = {pack.pack: number for number, pack in enumerate(packs)}
        rows: dict[str, Any] = {}
        for name, row_type in _tables(packs).items():
            rows[name] = from_table(row_type, pq.read_table(_table(folder, name)))
            if (folder / INTERNAL / f"{name}.parquet").is_file():
                rows[name] += from_table(row_type, pq.read_table(folder / INTERNAL / f"{name}.parquet"))
                rows[name] = tuple(sorted(rows[name], key=lambda row: (getattr(row, "branch_id", ""), order[_pack(row)])))
        register = Register(from_table(Branch, pq.read_table(folder / DATA / "register.parquet")), given=given)
        records = from_table(Record, pq.read_table(folder / DATA / "records.parquet"))
        values: dict[str, dict[int, int]] = {branch.id: {} for branch in register.branches}
        table = pq.read_table(folder / DATA / "values.parquet").to_pydict()
        for branch, slot, value in zip(table["branch"], table["slot"], table["value"], strict=True):
            values[branch][slot] = value
        plan = compile_plan(packs, Period(told.start, told.end, told.as_of))
    except (Failure, OSError, ValueError, KeyError, TypeError, AttributeError, pa.ArrowException) as error:
        raise Failure([Diagnostic("scoring.E713", Place(str(folder)), {"reason": str(error)})]) from error
    return Run(told, packs, plan, register, values=values, records=records, **rows)
