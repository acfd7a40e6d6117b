"""The columnar engine: a plan becomes a handful of SQL queries, and DuckDB runs them over all branches at once.

Stages, each reading those before it: ``facts`` (one row per branch and input), ``slots`` (one wide row per branch), ``pack<n>`` (one wide
row per branch that the pack scores), then the five tables of :mod:`evaluator.scoring.tables`. They are tables, not one query, because every
later stage reads ``slots`` and every output reads ``pack<n>``: DuckDB would compute them again for each.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import duckdb
import pyarrow as pa
from sqlglot import ErrorLevel, exp

from evaluator.memory import without_collection
from evaluator.scoring import plan as p
from evaluator.scoring import tables as t
from evaluator.scoring.sql_pieces import Tree, big, case, column, is_null, name, named, negation, number, one_of, query, same, table, truth
from evaluator.scoring.sql_points import FINDINGS, PackQuery
from evaluator.scoring.sql_slots import facts, slots

__all__ = ["Tables", "build", "score", "to_sql"]

OUTPUTS = ("criteria", "groups", "findings", "branches", "values")


@dataclass(frozen=True)
class Tables:
    """What scoring gives: one table for each of :mod:`evaluator.scoring.tables`, every column BIGINT, sorted by its keys."""

    criteria: pa.Table
    groups: pa.Table
    findings: pa.Table
    branches: pa.Table
    values: pa.Table


def build(plan: p.Plan) -> dict[str, exp.Query]:
    """Return the stages by name, in order; the last five are the outputs.

    They read ``records`` (columns of ``tables.RECORDS``) and ``spine`` (one column ``branch`` with every branch number).
    """
    packs = [PackQuery(plan, pack) for pack in plan.packs]
    stages: dict[str, exp.Query] = {"facts": facts(plan), "slots": slots(plan)}
    stages |= {f"pack{one.pack.number}": one.build() for one in packs}
    sources: dict[str, list[exp.Query]] = {
        "criteria": [_criteria(one) for one in packs if one.criteria],
        "groups": [_groups(one) for one in packs if one.groups],
        "findings": [_findings(one) for one in packs if one.vetoes or one.triggers or one.gates],
        "branches": [_branches(one) for one in packs],
        "values": [_values(plan)],
    }
    columns = {"criteria": t.CRITERIA, "groups": t.GROUPS, "findings": t.FINDINGS, "branches": t.BRANCHES, "values": t.VALUES}
    keys = {"findings": 3}
    for label in OUTPUTS:
        stages[label] = _output(sources[label], columns[label], keys.get(label, 2))
    return stages


def to_sql(plan: p.Plan, dialect: str = "duckdb", *, pretty: bool = False) -> str:
    """Return the stages as a script: temporary tables in DuckDB, temporary views in Spark; ``pretty`` lays it out for reading.

    Raises:
        sqlglot.errors.UnsupportedError: the dialect cannot say it.
    """
    with without_collection():
        return "".join(f"{_created(label, stage, dialect, pretty)};\n\n" for label, stage in build(plan).items())


def score(plan: p.Plan, records: pa.Table, branches: int, *, progress: Callable[[int, int], None] | None = None) -> Tables:
    """Return the score of branches 0 to ``branches - 1`` from their records, which may come in any order.

    ``progress`` is told how many of how many stages are done.
    """
    with without_collection():
        stages = [
            (label, _printed(stage, "duckdb") if label in OUTPUTS else _created(label, stage, "duckdb"))
            for label, stage in build(plan).items()
        ]
    done: dict[str, pa.Table] = {}
    with duckdb.connect(config={"autoinstall_known_extensions": "false", "autoload_known_extensions": "false"}) as connection:
        connection.register("records", records.select(t.RECORDS))
        connection.register("spine", pa.table({"branch": pa.array(range(branches), pa.int64())}))
        for place, (label, sql) in enumerate(stages, 1):
            if label in OUTPUTS:
                done[label] = connection.sql(sql).to_arrow_table()
            else:
                connection.execute(sql)
            if progress:
                progress(place, len(stages))
    return Tables(**done)


def _created(label: str, stage: exp.Query, dialect: str, pretty: bool = False) -> str:
    properties = exp.Properties(expressions=[exp.TemporaryProperty()])
    return _printed(exp.Create(this=table(label), kind="TABLE", expression=stage, properties=properties), dialect, pretty)


def _printed(tree: exp.Expr, dialect: str, pretty: bool = False) -> str:
    return tree.sql(dialect, unsupported_level=ErrorLevel.RAISE, copy=False, pretty=pretty)


# --- the outputs --------------------------------------------------------------


def _output(sources: Sequence[exp.Query], columns: Sequence[str], keys: int) -> exp.Query:
    """Return all rows of some queries in the order of their first ``keys`` columns."""
    nothing = query("spine", [named(big(exp.Null()), label) for label in columns], truth(False))
    first, *others = sources or [nothing]
    for other in others:
        first = exp.Union(this=first, expression=other, distinct=False)
    inner = exp.Subquery(this=first, alias=exp.TableAlias(this=name("found")))
    ordered = exp.Select().select(*map(column, columns), copy=False).from_(inner, copy=False)
    return ordered.order_by(*map(column, columns[:keys]), copy=False)


def _long(source: str, key: str, values: Sequence[str], rows: Sequence[tuple[int, Sequence[str]]], nulls: bool = True) -> exp.Table:
    """Return a wide table turned long: for each (number, columns) of ``rows`` a row with ``key`` (text) and the columns as ``values``."""
    cells = [exp.PivotAlias(this=exp.Tuple(expressions=[column(one) for one in read]), alias=name(str(place))) for place, read in rows]
    long = table(source)
    pivot = exp.Pivot(
        expressions=[exp.Tuple(expressions=[name(one) for one in values])],
        fields=[exp.In(this=name(key), expressions=cells)],
        unpivot=True,
        include_nulls=nulls or None,
    )
    long.set("pivots", [pivot])
    return long


def _criteria(one: PackQuery) -> exp.Query:
    low, high, points = (column(label) for label in ("earned", "earned_possible", "points"))
    not_due = [step.number for step in one.criteria if step.owed == 0]
    status = case(
        [
            (one_of(big(column("criterion")), not_due), number(t.Status.NOT_DUE)),
            (same(points, 0), number(t.Status.NOT_APPLICABLE)),
            (exp.NEQ(this=low, expression=high), number(t.Status.UNPROVEN)),
            (exp.EQ(this=column("earned"), expression=column("points")), number(t.Status.MET)),
            (same(column("earned"), 0), number(t.Status.UNMET)),
        ],
        number(t.Status.PARTIAL),
    )
    rows = [(step.number, [f"c{step.number}_{what}" for what in ("low", "high", "points")]) for step in one.criteria]
    columns = [column("branch"), named(big(column("criterion")), "criterion"), named(big(status), "status")]
    columns += [named(big(column(label)), label) for label in ("earned", "earned_possible", "points")]
    return query(_long(f"pack{one.pack.number}", "criterion", ("earned", "earned_possible", "points"), rows), columns)


def _groups(one: PackQuery) -> exp.Query:
    values = ("earned", "earned_possible", "in_play", "why", "awarded_possible")  # the pack's row has an ``applicable`` of its own
    read = ("earned", "possible", "applicable", "why", "awarded_possible")
    rows = [(step.number, [f"g{step.number}_{what}" for what in read]) for step in one.groups]
    awarded = case([(same(column("why"), t.Why.AWARDED), number(1))], number(0))
    columns = [column("branch"), named(big(column("group")), "group"), column("earned"), column("earned_possible")]
    columns += [named(column("in_play"), "applicable"), named(big(awarded), "awarded")]
    return query(_long(f"pack{one.pack.number}", "group", values, rows), [*columns, column("awarded_possible"), column("why")])


def _findings(one: PackQuery) -> exp.Query:
    found: exp.Query | None = None
    for kind, numbers in one.findings().items():
        if not numbers:
            continue
        rows = [(place, [f"{FINDINGS[kind]}{place}"]) for place in numbers]
        columns = [
            column("branch"),
            named(big(number(kind)), "kind"),
            named(big(column("number")), "number"),
            named(big(column("state")), "state"),
        ]
        some = exp.GT(this=column("state"), expression=number(0))
        part = query(_long(f"pack{one.pack.number}", "number", ("state",), rows), columns, some)
        found = part if found is None else exp.Union(this=found, expression=part, distinct=False)
    assert found is not None
    return found


def _branches(one: PackQuery) -> exp.Query:
    label = f"pack{one.pack.number}"
    branch, scored = (exp.Column(this=name("branch"), table=name(source)) for source in ("slots", label))
    visited = case([(negation(is_null(scored.copy())), number(1))], number(0))
    columns: list[Tree] = [branch, named(big(number(one.pack.number)), "pack"), named(big(visited), "visited")]
    columns += [exp.Column(this=name(what), table=name(label)) for what in t.BRANCHES[3:]]
    join = exp.EQ(this=branch.copy(), expression=scored)
    return query("slots", columns, one.applies()).join(table(label), on=join, join_type="left", copy=False)


def _values(plan: p.Plan) -> exp.Query:
    rows = [(slot, [f"s{slot}"]) for slot in range(plan.slots)]
    return query(
        _long("slots", "slot", ("value",), rows, nulls=False), [column("branch"), named(big(column("slot")), "slot"), column("value")]
    )
