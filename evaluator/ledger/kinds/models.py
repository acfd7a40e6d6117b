"""The shape of a kind of cases, as its YAML file writes it.

What a file says in sense is :mod:`check`'s to judge; what becomes of a case is :mod:`machine`'s.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, StringConstraints

from evaluator.ledger.events import Role
from evaluator.packs.models import Source
from evaluator.packs.parts import Code, Expression, Flag, Id, Labels, Model, Number
from evaluator.packs.source import Spans

__all__ = ["STAYS", "WAYS", "Answer", "ClockRule", "Column", "Kind", "KindFile", "Kinds", "Move", "Refusal", "Setting", "Span", "State"]

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
