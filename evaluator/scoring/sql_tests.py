"""Whole-number expressions and three-valued tests of a plan as sqlglot trees that mean the same in DuckDB and in Spark.

SQL's NULL logic is Kleene's, so tests need no guards. Three things do: LEAST and GREATEST skip NULLs, ``//`` must never see a zero
divisor or a negative number, and a literal is a 32-bit INTEGER until something widens it.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import is_dataclass

from sqlglot import exp

from evaluator.scoring import plan as p
from evaluator.scoring.sql_pieces import Tree, all_true, any_true, big, case, closed, column, is_null, negation, number, plus, same, truth

__all__ = ["Reading", "condition", "expression", "no_result", "results_in", "settled", "slots_in"]

Reading = Callable[[p.Result], Tree]

COMPARE: dict[str, type[exp.Binary]] = {"<": exp.LT, "<=": exp.LTE, "=": exp.EQ, "!=": exp.NEQ, ">": exp.GT, ">=": exp.GTE}


def no_result(result: p.Result) -> Tree:
    """The reading where the score does not exist yet."""
    raise ValueError(f"{result} is read before it is computed")


def results_in(step: object) -> Iterator[p.Result]:
    """Yield every result that a step, test or expression reads."""
    return (leaf for leaf in _leaves(step) if isinstance(leaf, p.Result))


def slots_in(step: object) -> set[int]:
    """Return every slot that a step, test or expression reads."""
    return {leaf.index if isinstance(leaf, p.Slot) else leaf.slot for leaf in _leaves(step) if isinstance(leaf, p.Slot | p.Pick)}


def _leaves(step: object) -> Iterator[object]:
    if isinstance(step, p.Slot | p.Pick | p.Result):
        yield step
    elif isinstance(step, tuple):
        for one in step:
            yield from _leaves(one)
    elif is_dataclass(step):
        yield from _leaves(tuple(vars(step).values()))


def expression(step: p.Expr, read: Reading = no_result) -> Tree:
    """Return a whole-number expression as a BIGINT, NULL where it is unknown."""
    match step:
        case p.Slot(index=index):
            return column(f"s{index}")
        case p.Const(value=value):
            return big(number(value))
        case p.Times(factor=factor, of=p.Const(value=value)):
            return big(number(factor * value))
        case p.Times(factor=factor, of=of):
            return exp.Mul(this=number(factor), expression=closed(expression(of, read)))
        case p.Plus(of=of):
            whole = sum(one.value for one in of if isinstance(one, p.Const))
            terms = [expression(one, read) for one in of if not isinstance(one, p.Const)]
            return plus([*terms, number(whole)] if whole else terms) if terms else big(number(whole))
        case p.Least(of=of):
            return _known(of, read, exp.Least)
        case p.Greatest(of=of):
            return _known(of, read, exp.Greatest)
        case p.Abs(of=of):
            return exp.Abs(this=expression(of, read))
        case p.Holds(of=of):
            return big(condition(of, read))
        case p.When(test=when, of=of):
            return case([(condition(when, read), expression(of, read))])
        case p.Pick(slot=slot, cases=cases, otherwise=otherwise):
            whens: list[tuple[Tree, Tree]] = [(same(column(f"s{slot}"), value), big(number(result))) for value, result in cases]
            if otherwise is not None:
                whens.append((negation(is_null(column(f"s{slot}"))), big(number(otherwise))))
            return case(whens)
        case p.Result():
            return read(step)


def _known(of: Sequence[p.Expr], read: Reading, function: type[exp.Least] | type[exp.Greatest]) -> Tree:
    """Return the least or greatest, NULL when any argument is."""
    first, *others = (expression(one, read) for one in of)
    whole = function(this=first, expressions=others, ignore_nulls=True)
    unknown = [is_null(expression(one, read)) for one in of if not isinstance(one, p.Const)]
    return case([(negation(any_true(unknown)), whole)]) if unknown else whole


def condition(step: p.Test, read: Reading = no_result) -> Tree:
    """Return a test as a BOOLEAN, NULL where it is unknown."""
    match step:
        case p.Compare(op=op, left=left, right=right):
            return COMPARE[op](this=_side(left, read), expression=_side(right, read))
        case p.All(of=of):
            return all_true([condition(one, read) for one in of])
        case p.Any(of=of):
            return any_true([condition(one, read) for one in of])
        case p.Not(of=of):
            return negation(condition(of, read))
        case p.Fixed(value=value):
            return truth(value)


def _side(step: p.Expr, read: Reading) -> Tree:
    return number(step.value) if isinstance(step, p.Const) else expression(step, read)


def settled(step: p.Test, readings: tuple[Reading, Reading] | None) -> Tree:
    """Return a test that may read results: true or false where both readings agree, else unknown."""
    if readings is None or next(results_in(step), None) is None:
        return condition(step)
    both = [condition(step, read) for read in readings]
    neither = negation(any_true([condition(step, read) for read in readings]))
    return case([(all_true(both), truth(True)), (neither, truth(False))])
