"""Files of kinds of cases besides issues: how they are found and read, and what is wrong with one."""

import hashlib
from collections.abc import Iterable
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from evaluator import data_dir
from evaluator.diagnostics import Diagnostic, Failure, Place, reason
from evaluator.ledger.kinds.check import check_kind, check_together
from evaluator.ledger.kinds.models import Answer, ClockRule, Column, Kind, KindFile, Kinds, Move, Refusal, Setting, Span, State
from evaluator.messages import say
from evaluator.packs.models import Source
from evaluator.packs.parts import Model
from evaluator.packs.source import LARGEST, DataPath, Spans, parse_yaml

__all__ = ["check_kinds", "find_kind", "load_kinds", "own_kinds"]


def load_kinds(folder: Path | None = None) -> dict[str, KindFile]:
    """Return the shipped kinds and those of a user's folder, by id.

    Raises:
        Failure: anything in a file is wrong; every finding of all files in one pass.
    """
    made, findings = _load([*own_kinds(data_dir("rules") / "ledgers"), *(own_kinds(folder) if folder else ())])
    if findings:
        raise Failure(findings)
    return {one.kind.kind: one for one in made}


def check_kinds(path: Path) -> list[Diagnostic]:
    """Return everything wrong with a file or a folder of kinds, beside the shipped ones, sorted by place."""
    own = own_kinds(path)
    known = {one.resolve() for one in own}
    shipped = [one for one in own_kinds(data_dir("rules") / "ledgers") if one.resolve() not in known]
    _, findings = _load([*shipped, *own])
    return sorted(findings, key=lambda one: (one.place, one.key))


def own_kinds(path: Path) -> list[Path]:
    """Return the files of kinds at a path: the file itself, or the YAML files of a folder.

    Raises:
        Failure: the folder holds none.
    """
    if not path.is_dir():
        return [path]
    found = sorted(path.glob("*.yaml"))
    if not found:
        raise Failure([Diagnostic("kinds.E801", Place(str(path)))])
    return found


def find_kind(kinds: Kinds, id_: str) -> KindFile:
    """Return a kind by its id, its mark or its title.

    Raises:
        Failure: there is none.
    """
    asked = id_.replace("报道", "报到")  # a slip that even printed papers make
    for one in kinds.values():
        if asked in (one.kind.kind, one.kind.mark, one.kind.title.zh, one.kind.title.en):
            return one
    raise Failure([Diagnostic("kinds.E851", Place(id_), {"found": id_, "known": "、".join(kinds)})])


def _load(paths: Iterable[Path]) -> tuple[list[KindFile], list[Diagnostic]]:
    made, findings = list[KindFile](), list[Diagnostic]()
    for path in paths:
        one, found = _read(path)
        made += [one] if one else []
        findings += found
    for one in made:
        findings += check_kind(one)
    return made, findings + list(check_together(made))


def _read(path: Path) -> tuple[KindFile | None, list[Diagnostic]]:
    file = str(path)
    try:
        raw = path.read_bytes()
        text = raw.decode("utf-8-sig")
    except OSError as error:
        return None, [Diagnostic("kinds.E802", Place(file), {"why": reason(error)})]
    except UnicodeDecodeError as error:
        return None, [Diagnostic("kinds.E803", Place(file, error.object.count(b"\n", 0, error.start) + 1))]
    if len(raw) > LARGEST:
        return None, [Diagnostic("kinds.E804", Place(file), {"most": LARGEST})]
    source = parse_yaml(text, file)
    if source.data is None or source.findings:
        return None, list(source.findings)
    try:
        kind = Kind.model_validate(source.data)
    except ValidationError as error:
        found = dict[tuple[Place, str], Diagnostic]()
        for one in error.errors(include_url=False):
            told = _told(one, source.data, source.spans)
            found.setdefault((told.place, told.key), told)
        return None, list(found.values())
    return KindFile(kind, path, source.spans, hashlib.sha256(raw).hexdigest()), []


# --- what is wrong with a shape -------------------------------------------------

MODELS: dict[tuple[str, ...], type[Model]] = {  # "*" is any id or number
    (): Kind,
    ("states", "*"): State,
    ("fields", "*"): Answer,
    ("fields", "*", "columns", "*"): Column,
    ("moves", "*"): Move,
    ("moves", "*", "refuse", "*"): Refusal,
    ("moves", "*", "sets", "*"): Setting,
    ("clocks", "*"): ClockRule,
    ("clocks", "*", "span"): Span,
    ("sources", "*"): Source,
}
EXPECTED = {"string": "text", "int": "whole", "decimal": "number", "bool": "truth", "tuple": "list", "dict": "keys", "model": "keys"}


def _told(error: ErrorDetails, data: Any, spans: Spans) -> Diagnostic:
    """Return one of pydantic's errors in words, at the nearest place that the file has."""
    path: DataPath = ()
    beyond: list[object] = []
    for step in error["loc"]:
        inside = step < len(data) if isinstance(data, list) and isinstance(step, int) else isinstance(data, dict) and str(step) in data
        if inside and not beyond:
            data = data[step if isinstance(step, int) and isinstance(data, list) else str(step)]
            path = (*path, step if isinstance(step, int) else str(step))
        elif step != "[key]":
            beyond.append(step)
    type_, name = error["type"], str(path[-1]) if path else ""
    is_key = error["loc"][-1:] == ("[key]",)
    if type_ == "missing":
        return Diagnostic("kinds.E805", spans.place(path, key=True), {"name": name or Path(spans.file).name, "lacking": error["loc"][-1]})
    if type_ == "extra_forbidden":
        known = _keys(path[:-1])
        near = get_close_matches(name, known, n=1)
        return Diagnostic("kinds.E806", spans.place(path, key=True), {"found": name, "known": "、".join(near or known)})
    if type_ == "string_pattern_mismatch":
        found = path[-1] if is_key else error["input"]
        return Diagnostic("kinds.E807", spans.place(path, key=is_key), {"name": name, "found": found})
    if type_ == "literal_error":
        expected = str(error.get("ctx", {}).get("expected", "")).replace("'", "").replace(" or ", ", ")
    else:
        expected = say(f"kinds.expect_{EXPECTED.get(type_.partition('_')[0], 'other')}")
    given = error["input"]
    shown = "{…}" if isinstance(given, dict) else "[…]" if isinstance(given, list) else str(given)[:40]
    return Diagnostic("kinds.E808", spans.place(path), {"name": name, "found": shown, "expected": expected})


def _keys(path: DataPath) -> list[str]:
    """Return the keys that the mapping at a path may have."""
    for shape, model in MODELS.items():
        if len(shape) == len(path) and all(want in ("*", step) for want, step in zip(shape, path, strict=True)):
            return [field.alias or name for name, field in model.model_fields.items()]
    return ["zh", "en"]
