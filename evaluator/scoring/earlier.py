"""What earlier runs said of the same branches: only what rules of a jurisdiction look back on, so that large runs are read fast."""

import json
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from evaluator.diagnostics import Diagnostic, Failure, Place
from evaluator.packs.load import load_pack
from evaluator.packs.models import Pack
from evaluator.scoring.period import Period

__all__ = ["Earlier", "other_versions", "read_earlier"]


@dataclass(frozen=True)
class Earlier:
    """One earlier run under one pack."""

    start: date
    end: date
    digest: str  # of its tables
    levels: Mapping[str, int] = field(default_factory=dict)  # branch id to the computed level, of those inspected
    proposed: Mapping[str, int] = field(default_factory=dict)  # branch id to the level that was proposed, where rules changed it or not
    holding: Collection[tuple[str, str]] = frozenset()  # branch id with each veto, trigger and gate that held
    folder: str = ""  # its name
    version: str = ""  # of the pack then

    @property
    def period(self) -> str:
        return f"{self.start}..{self.end}"

    def told(self, version: str) -> str:
        """Return the period, with the version of the pack where it is not the one of today."""
        return self.period if self.version == version else f"{self.period} (v{self.version})"


def read_earlier(folders: Sequence[Path], packs: Sequence[Pack], period: Period) -> dict[str, tuple[Earlier, ...]]:
    """Return, for each pack that looks back, the runs that hold it, oldest first; whatever order the folders are given in.

    Raises:
        Failure: a folder holds no run, a run is not of an earlier period or of another pack, or its levels are not those of today, two are
            of one time, or no pack looks back.
    """
    wanted = [pack.pack for pack in packs if pack.scope and (pack.scope.rise or pack.scope.streaks)]
    if folders and not wanted:
        raise Failure([Diagnostic("ranks.E950", Place("--previous"), {"packs": ", ".join(pack.pack for pack in packs)})])
    findings: list[Diagnostic] = []
    found: dict[str, list[Earlier]] = {id_: [] for id_ in wanted}
    taken: list[tuple[date, date, list[str], Path]] = []
    for folder in folders:
        info = _head(folder)
        held = [id_ for id_ in wanted if id_ in info["packs"]]
        start, end = info["start"], info["end"]
        place = Place(str(folder))
        if not held:
            findings.append(Diagnostic("ranks.E951", place, {"found": ", ".join(info["packs"]), "packs": ", ".join(wanted)}))
        elif end >= period.start:
            findings.append(Diagnostic("ranks.E952", place, {"found": f"{start}..{end}", "start": period.start}))
        elif same := _same_time(taken, start, end, held):
            findings.append(Diagnostic("ranks.E953", place, {"found": f"{start}..{end}", "other": same}))
        elif moved := [said for pack in packs if pack.pack in held and (said := _moved(folder, pack))]:
            findings += moved
        else:
            for id_, one in _read(folder, held, Earlier(start, end, info["digest"], folder=folder.name)).items():
                found[id_].append(replace(one, version=info["versions"][id_]))
        taken.append((start, end, held, folder))
    if findings:
        raise Failure(findings)
    return {id_: tuple(sorted(runs, key=lambda one: one.start)) for id_, runs in found.items()}


def other_versions(found: Mapping[str, Sequence[Earlier]], packs: Sequence[Pack]) -> list[Diagnostic]:
    """Return a note on each earlier run under another version of its pack: levels are compared by number, and lines may have moved."""
    now = {pack.pack: pack.version for pack in packs}
    return [
        Diagnostic("ranks.W955", Place(one.folder), {"pack": id_, "found": one.version, "version": now[id_], "period": one.period})
        for id_, runs in found.items()
        for one in runs
        if one.version != now[id_]
    ]


def _moved(folder: Path, pack: Pack) -> Diagnostic | None:
    """Return what is wrong where the levels of a run are not those of the pack: other numbers, or a name that has another number now."""
    try:
        then = load_pack(str(folder / "data" / "packs" / pack.pack / "pack.yaml")).pack
    except Failure as error:
        raise Failure([Diagnostic("scoring.E713", Place(str(folder)), {"reason": str(error)})]) from error
    old, new = ({line.level: line.label.zh for line in one.rating} for one in (then, pack))
    if old.keys() == new.keys() and all(new[level] == label or label not in new.values() for level, label in old.items()):
        return None
    shown = {name: ", ".join(f"{level} {label}" for level, label in sorted(one.items())) for name, one in (("found", old), ("levels", new))}
    return Diagnostic("ranks.E954", Place(str(folder)), {"pack": pack.pack, "then": then.version, "now": pack.version, **shown})


def _same_time(taken: Sequence[tuple[date, date, list[str], Path]], start: date, end: date, held: Sequence[str]) -> Path | None:
    """Return the run that speaks of one of the packs in days that this one speaks of too."""
    return next((other for first, last, packs, other in taken if first <= end and start <= last and set(packs) & set(held)), None)


def _head(folder: Path) -> dict[str, Any]:
    if not (folder / "run.json").is_file():
        raise Failure([Diagnostic("scoring.E712", Place(str(folder)))])
    try:
        info = json.loads((folder / "run.json").read_text(encoding="utf-8"))
        days = {name: date.fromisoformat(info[name]) for name in ("start", "end")}
        versions = {str(pack["id"]): str(pack["version"]) for pack in info["packs"]}
        return {**days, "digest": str(info["table_digest"]), "packs": list(versions), "versions": versions}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise Failure([Diagnostic("scoring.E713", Place(str(folder)), {"reason": str(error)})]) from error


def _read(folder: Path, packs: Sequence[str], head: Earlier) -> dict[str, Earlier]:
    """Return what a run says under each of some packs, public or internal."""
    levels: dict[str, dict[str, int]] = defaultdict(dict)
    proposed: dict[str, dict[str, int]] = defaultdict(dict)
    holding: dict[str, set[tuple[str, str]]] = defaultdict(set)
    try:
        for branch, pack, level in _columns(folder, "branches", "branch_id", "pack", "level"):
            if level is not None:
                levels[pack][branch] = level
        for branch, pack, level in _columns(folder, "standings", "branch_id", "pack", "level_after"):
            if level is not None:
                proposed[pack][branch] = level
        for branch, pack, id_, state in _columns(folder, "findings", "branch_id", "pack", "id", "state"):
            if state == "true":
                holding[pack].add((branch, id_))
    except (OSError, ValueError, KeyError, pa.ArrowException) as error:
        raise Failure([Diagnostic("scoring.E713", Place(str(folder)), {"reason": str(error)})]) from error
    return {id_: replace(head, levels=levels[id_], proposed=proposed[id_] or levels[id_], holding=frozenset(holding[id_])) for id_ in packs}


def _columns(folder: Path, table: str, *names: str) -> list[tuple[Any, ...]]:
    """Return the rows of a table, those of internal packs too. A run without rules for jurisdictions has no ``standings``."""
    rows: list[tuple[Any, ...]] = []
    public = folder / "data" if table == "findings" else folder
    for path in (public / f"{table}.parquet", folder / "internal" / f"{table}.parquet"):
        if path.is_file() or (table != "standings" and path.parent == public):
            found = pq.read_table(path, columns=list(names))
            rows += zip(*(found.column(name).to_pylist() for name in names), strict=True)
    return rows
