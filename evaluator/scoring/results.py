"""A scored run as people and reports read it: rows with ids and texts, and the folder that keeps them.

Points are hundredths; percents are hundredths of a percent, cut, never rounded up; dates are ISO texts in files.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, fields, is_dataclass
from datetime import date
from functools import cached_property
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

import pyarrow as pa

from evaluator.evidence.records import Record, Register
from evaluator.packs.models import Pack
from evaluator.scoring.feed import approximate
from evaluator.scoring.plan import Plan

__all__ = [
    "BranchRow",
    "CriterionRow",
    "FindingRow",
    "GroupRow",
    "IssueRow",
    "MissingRow",
    "PackInfo",
    "Run",
    "RunInfo",
    "ScopeRow",
    "StandingRow",
    "from_table",
    "to_table",
]


@dataclass(frozen=True, slots=True)
class BranchRow:
    """One branch under one pack. ``visited`` False (未检): no level, no score. ``score``: None where nothing applies."""

    branch_id: str
    pack: str
    order: int
    name: str
    path: str
    township: str
    area_type: str
    visited: bool
    level: int | None
    level_possible: int | None
    level_confirmed: int | None  # if every pending veto were confirmed
    rating: str  # label of the level in Chinese; 未检 when not visited
    provisional: bool
    stars: int | None
    stars_possible: int | None
    score: int | None  # hundredths of a percent
    score_possible: int | None
    hard: int | None
    soft: int | None
    coverage: int | None  # hundredths of a percent
    vetoes: tuple[str, ...]  # ids of vetoes that act
    open_vetoes: tuple[str, ...]  # unknown
    pending_vetoes: tuple[str, ...]  # true, finding not there
    issues: int


@dataclass(frozen=True, slots=True)
class GroupRow:
    branch_id: str
    pack: str
    group: str
    earned: int
    earned_possible: int
    applicable: int
    score: int | None  # hundredths of a percent, cut
    awarded: bool
    awarded_possible: bool
    why: str  # name of tables.Why in lower case


@dataclass(frozen=True, slots=True)
class CriterionRow:
    branch_id: str
    pack: str
    criterion: str
    group: str
    status: str  # name of tables.Status in lower case
    earned: int
    earned_possible: int
    points: int


@dataclass(frozen=True, slots=True)
class FindingRow:
    """A veto, trigger or gate that is true, open or pending."""

    branch_id: str
    pack: str
    kind: str  # veto | trigger | gate
    id: str
    state: str  # true | open | pending


@dataclass(frozen=True, slots=True)
class IssueRow:
    issue_key: str
    kind: str  # lost | unproven | trigger | veto
    branch_id: str
    pack: str
    criterion: str
    problem: str
    earned: int
    points: int
    basis: str
    measure: str
    owner: str
    fixable_by: str  # branch | township | department
    deadline: str  # id of the class
    due: date | None  # None: the clock starts at delivery
    due_text: str
    provisional: bool  # the calendar of a year is not yet published


@dataclass(frozen=True, slots=True)
class MissingRow:
    """Evidence that nobody supplied: owed by its holder."""

    branch_id: str
    indicator: str
    holder: str
    packs: tuple[str, ...]
    criteria: tuple[str, ...]  # criteria, vetoes, triggers and gates that wait for it


@dataclass(frozen=True, slots=True)
class StandingRow:
    """Where a branch stands among those of its jurisdiction under a pack that has rules for it (``scope_stage``)."""

    branch_id: str
    pack: str
    scope: str  # the jurisdiction's path; "" where the register does not say it, or there is only one
    rank: int | None  # None: not inspected, or an internal pack
    of: int  # branches inspected in the jurisdiction
    level_before: int | None  # as computed
    level_after: int | None  # as proposed under the rules of the jurisdiction
    previous: int | None  # what the run before proposed
    limited: bool  # by the limit on rising
    caps: tuple[int, ...]  # levels whose cap refused it
    tied: tuple[int, ...]  # of them, those that refused it because it ties with others across the last place
    streaks: tuple[str, ...]
    unsettled: bool  # provisional, or a higher level is possible


@dataclass(frozen=True, slots=True)
class ScopeRow:
    """What one rule came to in one jurisdiction."""

    pack: str
    scope: str
    rule: str  # rank | cap | hint | rise | streak
    id: str  # level of a cap, id of a hint or streak
    base: int  # branches that the share or count is of
    reached: int  # of them, before the rule did anything
    allowed: int | None  # places of a cap, levels of a rise, periods of a streak
    refused: int  # lowered by the rule
    tied: int  # of them, for a tie across the last place
    low: str  # the ratios of a cap or hint as texts, "" where there is none
    high: str
    verdict: str  # hint: below | within | above | none; rise: no_previous; streak: short | gap; else ""


@dataclass(frozen=True)
class PackInfo:
    id: str
    version: str
    status: str
    digest: str


@dataclass(frozen=True)
class RunInfo:
    """What ``run.json`` says of a run."""

    start: date
    end: date
    as_of: date
    reference: date
    round: str  # trial | formal
    state: str  # draft | reviewed | approved | published
    packs: tuple[PackInfo, ...]
    files: Mapping[str, str]  # evidence file name to SHA-256
    plan_digest: str
    evidence_digest: str
    table_digest: str
    engines: Mapping[str, str]  # name to version
    second_count: Mapping[str, Any]  # ran, sample, differences, reason
    bad_cells: tuple[str, ...]  # treated as missing with --allow-bad-cells
    warnings: tuple[str, ...]
    tool: str
    illustrative: bool = False  # example data
    previous: Mapping[str, str] = field(default_factory=dict)  # of runs that this one looked back on: table digest to period


@dataclass(frozen=True)
class Run:
    """Everything of one run. Rows are in key order; ``values``: branch id to slot to value, for explanation."""

    info: RunInfo
    packs: tuple[Pack, ...]
    plan: Plan
    register: Register
    branches: tuple[BranchRow, ...]
    groups: tuple[GroupRow, ...]
    criteria: tuple[CriterionRow, ...]
    findings: tuple[FindingRow, ...]
    issues: tuple[IssueRow, ...]
    missing: tuple[MissingRow, ...]
    values: Mapping[str, Mapping[int, int]]
    records: tuple[Record, ...]
    standings: tuple[StandingRow, ...] = ()  # of packs with rules for a jurisdiction; so are those below
    scopes: tuple[ScopeRow, ...] = ()

    @cached_property
    def about(self) -> Mapping[str, Mapping[str, str]]:
        """Approximate values: branch id to indicator to what stood in the cell."""
        return approximate(self.register, self.records, self.plan)

    def pack(self, id_: str) -> Pack:
        return next(pack for pack in self.packs if pack.pack == id_)


T = TypeVar("T")

ARROW = {str: pa.string(), int: pa.int64(), bool: pa.bool_(), date: pa.date32()}


def _arrow(hint: Any) -> pa.DataType:
    """Return how a field is kept: a dataclass as a struct, a mapping as a map of texts, a tuple as a list."""
    if hint in ARROW:
        return ARROW[hint]
    if is_dataclass(hint):
        return pa.struct(_columns(hint))
    if get_origin(hint) is Mapping:
        return pa.map_(pa.string(), pa.string())
    kept = next(one for one in get_args(hint) if one not in (type(None), Ellipsis))
    return pa.list_(ARROW[kept]) if get_origin(hint) is tuple else ARROW[kept]


def _columns(row_type: Any) -> list[tuple[str, pa.DataType]]:
    hints = get_type_hints(row_type)
    return [(field.name, _arrow(hints[field.name])) for field in fields(row_type)]


def _plain(value: Any) -> Any:
    """Return a cell as Arrow takes it."""
    if is_dataclass(value):
        return {field.name: getattr(value, field.name) for field in fields(value)}
    return sorted(value.items()) if isinstance(value, Mapping) else value


def _made(hint: Any) -> Callable[[Any], Any] | None:
    """Return what makes a field of what Arrow gives back, None where it is the same."""
    if is_dataclass(hint):
        return lambda cell: hint(**cell)  # type: ignore[operator]  # a class, not an instance
    return {Mapping: dict, tuple: tuple}.get(get_origin(hint))


def to_table(row_type: type, rows: Iterable[Any]) -> pa.Table:
    """Return rows of a dataclass such as those above as an Arrow table; its schema is the same when there are none."""
    schema = pa.schema(_columns(row_type))
    kept = list(rows)
    return pa.Table.from_pydict({name: [_plain(getattr(row, name)) for row in kept] for name in schema.names}, schema=schema)


def from_table(row_type: type[T], table: pa.Table) -> tuple[T, ...]:
    """Return the rows of a table written by :func:`to_table`."""
    hints = get_type_hints(row_type)
    columns = []
    for name, column in zip(table.column_names, table.columns, strict=True):
        made = _made(hints[name])
        columns.append([made(cell) for cell in column.to_pylist()] if made else column.to_pylist())
    return tuple(row_type(*cells) for cells in zip(*columns, strict=True))
