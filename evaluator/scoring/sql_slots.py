"""From records to slots: which records count, what each input comes to, one wide row for every branch."""

from collections.abc import Sequence
from datetime import date

from sqlglot import exp

from evaluator.scoring import plan as p
from evaluator.scoring.sql_pieces import (
    Tree,
    all_true,
    any_true,
    big,
    case,
    column,
    is_null,
    name,
    named,
    negation,
    number,
    one_of,
    over,
    query,
    same,
    stacked,
    table,
)
from evaluator.scoring.sql_tests import expression, slots_in

__all__ = ["facts", "slots"]

EPOCH = date(1970, 1, 1)
TOTALS = ("count", "distinct_months")  # their undated records hold the total itself
VALUE, NA, COUNT, KEYS = 0, 1, 2, 3  # an input's figures in the pivot: key = KEYS x input + figure


def _of(plan: p.Plan, *aggregates: str) -> list[int]:
    return [one.number for one in plan.inputs if one.aggregate in aggregates]


# --- records to facts ---------------------------------------------------------


def facts(plan: p.Plan) -> exp.Query:
    """Return the query of ``branch, input, value, na, count``: what an input's records come to; no row where in conflict."""
    events = [one.number for one in plan.inputs if one.aggregate != "latest"]
    totals = _of(plan, *TOTALS)
    keys = ("branch", "input", "day", "ref")
    first, last = ((day - EPOCH).days for day in (plan.start, plan.reference))
    in_time = any_true([is_null(column("day")), exp.Between(this=column("day"), low=number(first), high=number(last))])
    known = case([(same(big(column("na")), 0), big(column("value")))])
    kept = [
        *(named(big(column(key)), key) for key in ("branch", "input")),
        named(known, "value"),
        named(big(column("na")), "na"),
        *(named(big(column(key)), key) for key in ("day", "stage")),
        column("ref"),
    ]
    is_event = one_of(column("input"), events)  # a state is one event whatever its dates and references
    keyed = [
        *map(column, ("branch", "input", "value", "na", "stage")),
        named(column("day"), "dated"),
        named(case([(is_event, column("day"))]), "day"),
        named(case([(is_event.copy(), column("ref"))], exp.Literal.string("")), "ref"),
    ]
    top = exp.Window(
        this=exp.Rank(),
        partition_by=list(map(column, keys)),
        order=exp.Order(expressions=[exp.Ordered(this=column(key), desc=True, nulls_first=False) for key in ("stage", "dated")]),
    )
    ranked = [*map(column, (*keys, "value", "na", "stage")), named(top, "place")]
    differ = any_true([exp.NEQ(this=exp.Min(this=column(key)), expression=exp.Max(this=column(key))) for key in ("value", "na")])
    merged = [
        *map(column, keys),
        *(named(function(this=column(key)), key) for key, function in (("value", exp.Min), ("stage", exp.Max))),
        named(case([(differ, number(1))], number(0)), "conflict"),
    ]
    counted = case([(exp.GT(this=exp.Count(this=column("value")), expression=number(0)), big(exp.Count(this=column("value"))))])
    found = [
        *map(column, ("branch", "input")),
        named(_aggregate(plan), "value"),
        named(case([(same(exp.Count(this=column("value")), 0), number(1))], number(0)), "na"),
        named(counted, "count"),
    ]
    agreed: Tree = same(exp.Max(this=column("conflict")), 0)
    stages: list[tuple[str, exp.Query]] = [
        ("kept", query("records", kept, in_time)),
        ("keyed", query("kept", keyed)),
        ("ranked", query("keyed", ranked)),
        ("events", query("ranked", merged, same(column("place"), 1), keys)),
    ]
    if totals:
        stages.append(("settled", query("events", _with_totals(totals))))
        several = exp.GT(this=exp.Count(this=exp.Distinct(expressions=[column("value")])), expression=number(1))
        disputed = all_true([one_of(column("input"), totals), same(_dated(), 0), several])
        agreed = all_true([agreed, negation(disputed)])
    stages.append(("facts", query(stages[-1][0], found, group=("branch", "input")).having(agreed, copy=False)))
    return stacked(stages)


def _dated() -> Tree:
    """Return the number of dated events that have a value."""
    return exp.Count(this=case([(negation(is_null(column("value"))), column("day"))]))


def _with_totals(totals: Sequence[int]) -> list[Tree]:
    """Return the columns of events, where an undated total keeps its value only if nothing is dated and no total is of a higher stage."""
    valued = negation(is_null(column("value")))
    order = exp.Order(expressions=[exp.Ordered(this=column("stage"), desc=True, nulls_first=False)])
    total = [column("branch"), column("input")]
    dated = exp.Window(this=_dated(), partition_by=total)
    place = exp.Window(this=exp.Rank(), partition_by=[*(one.copy() for one in total), valued], order=order)
    told = any_true([exp.GT(this=dated, expression=number(0)), exp.GT(this=place, expression=number(1))])
    unused = all_true([one_of(column("input"), totals), is_null(column("day")), told])
    value = case([(negation(unused), column("value"))])
    return [*map(column, ("branch", "input", "day", "ref", "conflict")), named(value, "value")]


def _aggregate(plan: p.Plan) -> Tree:
    """Return the value of an input from its events, by the rule of each."""
    value = column("value")
    sets = [one.number for one in plan.inputs if one.type == "choices" and one.aggregate == "any"]
    flags = [one for one in _of(plan, "any") if one not in sets]
    some = exp.NEQ(this=column("value"), expression=number(0))
    rules: list[tuple[list[int], Tree]] = [
        (_of(plan, "sum", "mean"), big(exp.Sum(this=value))),
        (_of(plan, "min", "all"), exp.Min(this=value)),
        (_of(plan, "count"), _total(exp.Count(this=case([(some, number(1))])))),
        (_of(plan, "distinct_months"), _total(exp.Count(this=exp.Distinct(expressions=[case([(some, _month(plan))])])))),
        (sets, exp.BitwiseOrAgg(this=value)),
    ]
    assert len(flags) + sum(len(inputs) for inputs, _ in rules) + len(_of(plan, "latest", "max")) == len(plan.inputs)
    return case([(one_of(column("input"), inputs), tree) for inputs, tree in rules if inputs], exp.Max(this=column("value")))


def _total(counted: Tree) -> Tree:
    """Return a number of dated events in ten-thousandths, or the total that undated ones hold; NULL where all are not applicable."""
    return case([(same(_dated(), 0), exp.Max(this=column("value")))], exp.Mul(this=number(10_000), expression=counted))


def _month(plan: p.Plan) -> Tree:
    """Return the place of an event's month in the period: dates of a period are few, so no date function is needed."""
    edges = []
    year, month = plan.start.year, plan.start.month
    while (year, month) < (plan.reference.year, plan.reference.month):
        year, month = (year, month + 1) if month < 12 else (year + 1, 1)
        edges.append((date(year, month, 1) - EPOCH).days)
    return case(
        [(exp.LT(this=column("day"), expression=number(edge)), number(place)) for place, edge in enumerate(edges)], number(len(edges))
    )


# --- facts to slots -----------------------------------------------------------


def slots(plan: p.Plan) -> exp.Query:
    """Return the query of one row for every branch of ``spine``, with every slot of the plan as a column ``s<slot>``."""

    def figure(kind: int, inputs: Sequence[int] | None) -> exp.Select:
        key = plus_key(kind)
        value = column(("value", "na", "count")[kind])
        return query(
            "facts",
            [column("branch"), named(key, "key"), named(big(value), "value")],
            None if inputs is None else one_of(column("input"), inputs),
        )

    def plus_key(kind: int) -> Tree:
        scaled = exp.Mul(this=number(KEYS), expression=column("input"))
        return exp.Add(this=scaled, expression=number(kind)) if kind else scaled

    cells: list[tuple[int, int]] = [(KEYS * one.number + VALUE, one.slot) for one in plan.inputs]
    cells += [(KEYS * one.number + NA, one.na_slot) for one in plan.inputs if one.na_slot is not None]
    cells += [(KEYS * one.number + COUNT, one.count_slot) for one in plan.inputs if one.count_slot is not None]
    # A branch without records still has a row: a cell without a key keeps it in the pivot.
    filled: exp.Query = query(
        "spine", [named(big(column("branch")), "branch"), named(big(exp.Null()), "key"), named(big(exp.Null()), "value")]
    )
    for kind, inputs in (
        (VALUE, None),
        (NA, [one.number for one in plan.inputs if one.na_slot is not None]),
        (COUNT, [one.number for one in plan.inputs if one.count_slot is not None]),
    ):
        if inputs != []:
            filled = exp.Union(this=filled, expression=figure(kind, inputs), distinct=False)
    pivot = exp.Pivot(
        expressions=[exp.Max(this=column("value"))],
        fields=[exp.In(this=column("key"), expressions=[exp.PivotAlias(this=number(key), alias=name(f"s{slot}")) for key, slot in cells])],
        unpivot=False,
    )
    wide = table("filled")
    wide.set("pivots", [pivot])
    stages: list[tuple[str, exp.Query]] = [("filled", filled), ("wide", query(wide, [exp.Star()]))]
    for columns in [_options(plan), *_derived(plan)]:
        if columns:
            stages.append((f"more{len(stages)}", query(stages[-1][0], [exp.Star(), *columns])))
    return stacked(stages)


def _options(plan: p.Plan) -> list[Tree]:
    """Return the option slots of the sets: bits of the mask."""
    return [
        named(exp.Mod(this=over(column(f"s{one.slot}"), 2**bit), expression=number(2)), f"s{slot}")
        for one in plan.inputs
        for bit, slot in enumerate(one.option_slots)
    ]


def _derived(plan: p.Plan) -> list[list[Tree]]:
    """Return the columns of derived slots in layers: each layer reads only slots of the layers before it."""
    depth: dict[int, int] = {}
    layers: list[list[Tree]] = []
    for step in plan.derived:
        level = max((depth.get(slot, 0) for slot in slots_in((step.num, step.den))), default=0)
        if level == len(layers):
            layers.append([])
        layers[level].append(named(expression(step.num), f"s{step.num_slot}"))
        depth[step.num_slot] = level + 1
        if step.den is not None and step.den_slot is not None:
            layers[level].append(named(expression(step.den), f"s{step.den_slot}"))
            depth[step.den_slot] = level + 1
    return layers
