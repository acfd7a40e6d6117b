"""Kinds of cases besides issues, each described in one YAML file: its shape, and how such files are found and read.

What a file says in sense is :mod:`check`'s to judge; what becomes of a case is :mod:`machine`'s.
"""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, StringConstraints, ValidationError
from pydantic_core import ErrorDetails

from evaluator import data_dir
from evaluator.diagnostics import Diagnostic, Failure, Place, reason
from evaluator.ledger.events import Role
from evaluator.messages import say
from evaluator.packs.models import Source
from evaluator.packs.parts import Code, Expression, Flag, Id, Labels, Model, Number
from evaluator.packs.source import LARGEST, DataPath, Spans, parse_yaml

__all__ = [
    "STAYS",
    "WAYS",
    "Answer",
    "ClockRule",
    "Column",
    "Kind",
    "KindFile",
    "Kinds",
    "Move",
    "Refusal",
    "Setting",
    "Span",
    "State",
    "check_kinds",
    "find_kind",
    "load_kinds",
    "own_kinds",
]

STAYS = "stays"  # target of a move that leaves the state as it is
WAYS = ("hours", "days", "workdays", "months", "month_end", "date", "field")  # to tell how long a clock runs
Count = Annotated[int, Field(ge=1, le=10_000, strict=True)]
Basis = Annotated[
    tuple[str, ...], BeforeValidator(lambda one: (one,) if isinstance(one, str) else one)
]  # ids of sources, or ``default``: a number of ours


class State(Labels):
    """``void``: an end as if it had never been (dropped, withdrawn), so what is linked to it does not count it."""

    ends: Flag = False
    void: Flag = False


class Column(Model):
    """A column of rows. ``filled``: the ledger fills it in, nobody types it; ``names``: it holds a key of another field's rows."""

    label: Labels
    type: Literal["text", "date"] = "text"
    required: Flag = False
    filled: Flag = False
    names: Id | None = None


class Answer(Model):
    """A field of a case. ``fills`` puts it into that column of the ledger; ``fill``: rows that the ledger proposes when a case begins."""

    label: Labels
    type: Literal["text", "integer", "decimal", "date", "time", "choice", "list", "rows", "links"] = "text"
    unit: str = ""
    options: dict[str, Labels] = Field(default_factory=dict)
    columns: dict[Id, Column] = Field(default_factory=dict)
    key: Id | None = None  # the column by which rows are told apart
    of: Code | None = None  # the kind that links lead to
    fills: Literal["title", "unit", "person"] | None = None
    fill: Literal["agenda"] | None = None
    least: Number | None = None
    most: Number | None = None


class Refusal(Model):
    when: Expression
    say: Labels
    basis: Basis = ()


class Setting(Model):
    """What a move itself writes into a field: a ``text`` ("" empties it), a ``formula``, the value of a name (``from`` alone), or a day so
    long after another.
    """

    text: str | None = None
    formula: Expression | None = None
    from_: Id | None = Field(None, alias="from")
    days: Expression | None = None
    months: Expression | None = None


class Move(Model):
    """``needs`` must be given, ``takes`` may be; ``reason`` among them is the words with which a step is explained."""

    label: Labels
    from_: tuple[Id, ...] = Field((), alias="from")
    to: Id | None = None
    by: tuple[Role, ...] = Field(min_length=1)
    needs: tuple[Id, ...] = ()
    takes: tuple[Id, ...] = ()
    sets: dict[Id, Setting] = Field(default_factory=dict)
    refuse: tuple[Refusal, ...] = ()
    basis: Basis = ()


class Span(Model):
    """How long a clock runs, in exactly one way; by the option chosen in the field ``by``, where the number is a mapping."""

    hours: Count | dict[str, Count] | None = None
    days: Count | dict[str, Count] | None = None
    workdays: Count | dict[str, Count] | None = None
    months: Count | dict[str, Count] | None = None
    month_end: Annotated[int, Field(ge=0, le=120, strict=True)] | None = None  # end of so many months later; 0 is this one's
    date: Annotated[str, StringConstraints(pattern=r"^(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$")] | None = None
    field: Id | None = None
    by: Id | None = None


class ClockRule(Model):
    """``starts`` and ``meets`` are moves; one that does both meets the clock that runs and starts the next."""

    label: Labels
    starts: tuple[Id, ...] = Field(min_length=1)
    meets: tuple[Id, ...] = ()
    span: Span
    basis: Basis = Field(min_length=1)


class Kind(Model):
    kind: Code
    mark: Annotated[str, StringConstraints(pattern=r"^\w{1,2}$")]  # stands in its numbers
    title: Labels
    purpose: Labels
    sources: dict[str, Source] = Field(default_factory=dict)
    internal: Flag = False  # only in a ledger of internal packs
    branch: Literal["required", "optional"] = "optional"
    succeeds: Id | None = None  # the move that ends the case before it, of the same branch and township
    begin: Id
    states: dict[Id, State] = Field(min_length=1)
    fields: dict[Id, Answer] = Field(default_factory=dict)
    moves: dict[Id, Move] = Field(min_length=1)
    clocks: dict[Id, ClockRule] = Field(default_factory=dict)
    note: Labels | None = None

    def allowed(self, state: str) -> dict[str, Move]:
        """Return the moves that may be made in a state."""
        return {id_: move for id_, move in self.moves.items() if state in move.from_}

    @property
    def links(self) -> str:
        """The field that links to another kind, "" where it has none."""
        return next((id_ for id_, field in self.fields.items() if field.type == "links"), "")


@dataclass(frozen=True)
class KindFile:
    """A kind with the file from which it came. ``digest`` is the SHA-256 of the file's bytes."""

    kind: Kind
    path: Path
    spans: Spans
    digest: str


Kinds = Mapping[str, KindFile]


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
    for one in kinds.values():
        if id_ in (one.kind.kind, one.kind.mark, one.kind.title.zh, one.kind.title.en):
            return one
    raise Failure([Diagnostic("kinds.E851", Place(id_), {"found": id_, "known": "、".join(kinds)})])


def _load(paths: Iterable[Path]) -> tuple[list[KindFile], list[Diagnostic]]:
    from evaluator.ledger.kinds.check import check_kind, check_together

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
