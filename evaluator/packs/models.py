"""What a rule pack holds: its shape, and nothing of its sense (that is ``check``'s and the plan's).

Every model is frozen and refuses unknown keys. Conditions and formulas stay text here; ``conditions`` gives them sense.
Points are exact decimals as written, at most two places; numbers written in YAML arrive as ``Decimal``.
"""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from evaluator.packs.ledger_rules import LedgerRules, Rung
from evaluator.packs.parts import (
    SHAPES,
    AnyPart,
    Award,
    Band,
    Bands,
    Choices,
    ChoicesPart,
    Code,
    CountDown,
    CountDownPart,
    CountUp,
    CountUpPart,
    Expression,
    Flag,
    Id,
    Labels,
    Manual,
    ManualPart,
    Model,
    Month,
    Number,
    Part,
    Points,
    Prorate,
    ProratePart,
    TaggedPart,
)
from evaluator.packs.scope_rules import ScopeRules

__all__ = [
    "AGGREGATES",
    "SHAPES",
    "AnyPart",
    "Authority",
    "Award",
    "Band",
    "Bands",
    "Basis",
    "Bonus",
    "BurdenRules",
    "Choices",
    "ChoicesPart",
    "CountDown",
    "CountDownPart",
    "CountUp",
    "CountUpPart",
    "Criterion",
    "Deadline",
    "Deduct",
    "Derived",
    "Finding",
    "Gate",
    "Group",
    "Indicator",
    "Item",
    "Labels",
    "LedgerRules",
    "Manual",
    "ManualPart",
    "MinSample",
    "Model",
    "Pack",
    "Part",
    "Prorate",
    "ProratePart",
    "RatingLine",
    "Remedied",
    "Rung",
    "ScopeRules",
    "Setting",
    "Source",
    "Total",
    "Trigger",
    "Veto",
    "full_marks",
]


class Source(Model):
    """A document that rules cite. ``grade``: a official page, b press on a mirror, c template page; a seed names its file."""

    title: str
    grade: Literal["a", "b", "c", ""] = ""
    url: str = ""
    note: str = ""


Basis = tuple[str, ...]  # ids of sources

AGGREGATES = {  # which aggregates a type allows; the first is the default
    "integer": ("latest", "sum", "count", "min", "max", "mean", "distinct_months"),
    "decimal": ("latest", "sum", "min", "max", "mean"),
    "percent": ("latest", "min", "max", "mean"),
    "boolean": ("latest", "any", "all"),
    "date": ("latest", "min", "max"),
    "choice": ("latest",),
    "choices": ("latest", "any"),
    "text": ("latest",),
}


class Indicator(Model):
    """One field of evidence, who holds it and what proves it."""

    label: Labels
    type: Literal["integer", "decimal", "percent", "boolean", "date", "choice", "choices", "text"]
    unit: str = ""
    range: tuple[Number, Number] | None = None
    options: tuple[str, ...] = ()  # of choice and choices
    aggregate: Literal["latest", "sum", "count", "min", "max", "mean", "any", "all", "distinct_months"] = "latest"
    holder: str = "branch"  # branch | township | team | a department's name
    blank: Literal["none", "0", "false"] | None = None  # reported by exception: what an empty cell means
    na: Literal["allowed"] | None = None
    proof: Labels | None = None
    attribute: Flag = False  # read from the register's column of this name, not from evidence
    note: Labels | None = None


class MinSample(Model):
    """How many answers a survey needs before its rate says anything."""

    of: Id
    at_least: Number


class Derived(Model):
    """A value computed from indicators: a linear form, or one over another (then ``when_zero`` is required).

    It is unknown while ``min_sample.of`` is below ``min_sample.at_least``.
    """

    label: Labels
    type: Literal["integer", "decimal", "percent"]
    unit: str = ""
    formula: Expression
    when_zero: Literal["na", "full", "zero"] | Points | None = None
    min_sample: MinSample | None = None


def full_marks(part: AnyPart, indicators: Mapping[str, Indicator]) -> Decimal | None:
    """Return a part's full marks; None where they hang on the options of an indicator that is not known."""
    match part:
        case Award():
            return part.award
        case Bands():
            return max(band.award for band in part.bands)
        case CountUpPart():
            return part.count_up.up_to
        case CountDownPart():
            return part.count_down.full
        case ProratePart():
            return part.prorate.points
        case ChoicesPart(choices=choices):
            listed = choices.values or (indicators[choices.of].options if choices.of in indicators else ())
            return choices.up_to if choices.up_to is not None else choices.each * len(listed) if listed else None
        case ManualPart():
            return part.manual.range[1]


class Deduct(Model):
    """Points off the criterion: once if ``when`` holds, or for every ``every`` of ``per`` (only where ``when`` holds if both are given)."""

    points: Points
    per: Expression | None = None
    when: Expression | None = None
    every: Number = Decimal(1)
    up_to: Points | None = None
    text: Labels | None = None


class Item(Model):
    """What every criterion, veto, trigger and gate says: what it is, on what it rests, where its numbers come from."""

    id: Code
    text: Labels
    basis: Basis = Field(min_length=1)
    numbers: dict[str, str] = Field(default_factory=dict)  # each number of the rule, to a source id or ``default``
    note: Labels | None = None


class Remedied(Item):
    """An item that can become an issue: what to do, who does it, by when, and who is able to."""

    measure: Labels
    owner: str
    fixable_by: Literal["branch", "township", "department"]
    deadline: Id
    supersedes: tuple[Code, ...] = ()  # ids of earlier items whose issues it goes on with


class Criterion(Remedied):
    """One thing that is asked of a branch, with what it is worth and what to do when it is not met."""

    points: Points
    parts: tuple[TaggedPart, ...] = ()
    deduct: tuple[Deduct, ...] = ()
    zero_when: Expression | None = None
    applies_when: Expression | None = None
    key: Flag = False
    bonus: Flag = False
    due: Literal["period_end"] | Month | None = None
    irreversible: Flag = False
    closes_on: Annotated[int, Field(ge=1, le=24, strict=True)] = 1  # later records on time that close an irreversible lapse
    auto_close: Flag = False  # a submitted issue that a re-inspection finds met is closed when that is applied
    locus: Id | None = None


class Bonus(Model):
    up_to: Points


class Group(Model):
    """A star, or an aspect of a total, and when it is earned."""

    id: Code
    title: Labels
    lead: str = ""
    earned_when: Expression | None = None  # reads ``score``; None: the group only adds to the total
    min_applicable: Annotated[Decimal, Field(ge=0, le=100)] = Decimal(60)  # percent of the group's points
    requires: tuple[Code, ...] = ()
    bonus: Bonus | None = None
    accumulates: Flag = False  # points are gathered (积分, 等级): what is not earned is nothing lost, and no issue
    criteria: tuple[Criterion, ...] = Field(min_length=1)


class Finding(Model):
    """A competent body's finding that a veto demands: the text indicator of its number and the date indicator of its date."""

    document: Id
    date: Id


class Veto(Remedied):
    """Strips named groups, caps the level or voids it, when its condition is true."""

    when: Expression
    strip: tuple[Code, ...] = ()
    cap: Annotated[int, Field(ge=0, le=100, strict=True)] | None = None
    void: Flag = False
    finding: Finding | None = None


class Trigger(Remedied):
    """A situation that, when true, counts as hard or soft."""

    kind: Literal["hard", "soft"]
    when: Expression
    applies_when: Expression | None = None


class Gate(Item):
    """A line that must not be crossed; it counts in ``gates_failed`` when its condition is true."""

    when: Expression  # true: the gate is failed


class RatingLine(Model):
    """One level; the first line whose condition is true gives the level. Reads score, stars, hard, soft, keys_failed, gates_failed."""

    level: Annotated[int, Field(ge=0, le=100, strict=True)]
    label: Labels
    when: Expression | None = None  # None: always (the last line)


class Total(Model):
    """A weighted total: each group's score is cut to 0.01 first, then weighted; ``score`` in rating and gates is then this total."""

    weights: dict[Code, Annotated[int, Field(ge=1, le=100, strict=True)]]


class Deadline(Model):
    """A class of time limits. Exactly one of ``days``, ``date``, ``at`` or ``review_days`` says when."""

    label: Labels
    days: Annotated[int, Field(ge=0, le=3660, strict=True)] | None = None
    unit: Literal["day", "workday", "month"] = "day"
    date: Annotated[str, StringConstraints(pattern=r"^(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$")] | None = None
    at: Literal["quarter_end", "period_end"] | None = None
    review_days: Annotated[int, Field(ge=1, le=3660, strict=True)] | None = None
    from_: Literal["delivered", "found"] = Field(default="delivered", alias="from")
    basis: Basis = ()


class Effective(Model):
    from_: date = Field(alias="from")
    to: date | None = None


class Adopted(Model):
    """Who adopted the pack: required with ``status: adopted``."""

    authority: str = Field(min_length=1)
    document: str = Field(min_length=1)
    nature: str = Field(min_length=1)


class Setting(Model):
    """A number that a county may change: one ``value``, or dated values, or values by a branch attribute."""

    label: Labels
    unit: str = ""
    value: Number | None = None
    by_date: dict[date, Number] = Field(default_factory=dict)  # each holds from its date on
    by: Id | None = None  # an attribute
    values: dict[str, Number] = Field(default_factory=dict)
    otherwise: Number | None = None  # for attribute values not listed
    basis: str = "default"  # a source id, or ``default``: our own


class BurdenRules(Model):
    """How much a pack may ask of a branch. The default is our own; a higher limit says why."""

    branch_fields: Annotated[int, Field(ge=0, le=1000, strict=True)] = 30  # indicators that the branch itself supplies
    why: Labels | None = None


class Authority(Model):
    """The document on which an overlay may ask for more than the pack that it extends."""

    title: str = Field(min_length=1)
    document: str = Field(min_length=1)  # its number
    for_: tuple[str, ...] = Field(default=(), alias="for")  # ids of what it covers; none: everything that the overlay says


class Pack(Model):
    """A rule pack, as its YAML file says it."""

    pack: Code
    version: Annotated[str, StringConstraints(pattern=r"^[0-9A-Za-z.+-]+$")]
    status: Literal["reference", "adopted"]
    adopted: Adopted | None = None
    authority: tuple[Authority, ...] = ()
    title: Labels
    category: Labels | None = None  # what kind of branch, for rankings
    internal: Flag = False  # results live in ``internal/`` only (soft-and-lax)
    effective: Effective
    applies_to: Expression | None = None
    needs: tuple[Code, ...] = ()
    sources: dict[str, Source]
    settings: dict[Id, Setting] = Field(default_factory=dict)
    indicators: dict[Id, Indicator]
    derived: dict[Id, Derived] = Field(default_factory=dict)
    groups: tuple[Group, ...] = ()
    stars: Flag = False  # groups are stars
    total: Total | None = None
    vetoes: tuple[Veto, ...] = ()
    triggers: tuple[Trigger, ...] = ()
    gates: tuple[Gate, ...] = ()
    rating: tuple[RatingLine, ...] = Field(min_length=1)
    deadlines: dict[Id, Deadline]
    ledger: LedgerRules = LedgerRules()
    scope: ScopeRules | None = None  # of a whole jurisdiction
    burden: BurdenRules = BurdenRules()
    reserved: tuple[Code, ...] = ()  # ids kept free, without fields
    note: Labels | None = None
