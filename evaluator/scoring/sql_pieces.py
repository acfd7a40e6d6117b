"""The pieces that every query is made of: small sqlglot trees that print the same meaning in DuckDB and in Spark."""

from collections.abc import Iterable, Sequence

from sqlglot import exp

__all__ = [
    "Tree",
    "all_true",
    "any_true",
    "big",
    "case",
    "closed",
    "column",
    "is_null",
    "name",
    "named",
    "negation",
    "number",
    "one_of",
    "over",
    "plus",
    "query",
    "same",
    "stacked",
    "table",
    "truth",
]

Tree = exp.Expr


# --- values and tests ---------------------------------------------------------


def column(name: str) -> Tree:
    return exp.Column(this=exp.Identifier(this=name, quoted=True))


def number(value: int) -> Tree:
    literal = exp.Literal(this=str(abs(int(value))), is_string=False)
    return exp.Neg(this=literal) if value < 0 else literal


def named(tree: Tree, name: str) -> Tree:
    return exp.Alias(this=tree, alias=exp.Identifier(this=name, quoted=True))


def big(tree: Tree) -> Tree:
    """Return the tree as a 64-bit whole number."""
    return exp.Cast(this=tree, to=exp.DataType(this=exp.DataType.Type.BIGINT))


def case(whens: Iterable[tuple[Tree, Tree]], otherwise: Tree | None = None) -> Tree:
    """Return ``CASE``; without any ``WHEN`` what is otherwise (NULL for none)."""
    ifs = [exp.If(this=condition, true=value) for condition, value in whens]
    if not ifs:
        return exp.Null() if otherwise is None else otherwise
    return exp.Case(ifs=ifs, default=otherwise)


def truth(value: bool) -> Tree:
    return exp.Boolean(this=value)


def is_null(tree: Tree) -> Tree:
    return exp.Is(this=closed(tree), expression=exp.Null())


def negation(tree: Tree) -> Tree:
    return exp.Not(this=closed(tree))


def all_true(trees: Sequence[Tree]) -> Tree:
    return _joined(exp.And, [closed(tree, exp.Connector) for tree in trees]) if trees else truth(True)


def any_true(trees: Sequence[Tree]) -> Tree:
    return _joined(exp.Or, [closed(tree, exp.Connector) for tree in trees]) if trees else truth(False)


def same(tree: Tree, value: int) -> Tree:
    return exp.EQ(this=tree, expression=number(value))


def one_of(tree: Tree, numbers: Sequence[int]) -> Tree:
    return exp.In(this=tree, expressions=[number(one) for one in numbers]) if numbers else truth(False)


def plus(trees: Sequence[Tree]) -> Tree:
    return _joined(exp.Add, [closed(tree) for tree in trees]) if trees else number(0)


def over(tree: Tree, divisor: Tree | int) -> Tree:
    """Return the floor of a quotient; the caller sees to it that neither side is negative and the divisor is not zero."""
    return exp.IntDiv(this=closed(tree), expression=number(divisor) if isinstance(divisor, int) else closed(divisor))


def closed(tree: Tree, *loose: type[Tree]) -> Tree:
    """Return the tree in brackets if it is one of ``loose`` (any operator by default), which could come apart beside another operator."""
    return exp.Paren(this=tree) if isinstance(tree, loose or (exp.Binary, exp.Unary)) and not isinstance(tree, exp.Paren) else tree


def _joined(operator: type[exp.Binary], trees: list[Tree]) -> Tree:
    """Return a balanced tree of an associative operator: as deep as the logarithm of its length, because engines limit depth."""
    while len(trees) > 1:
        pairs = [operator(this=one, expression=two) for one, two in zip(trees[::2], trees[1::2], strict=False)]
        trees = [*pairs, *trees[len(pairs) * 2 :]]
    return trees[0]


# --- queries ------------------------------------------------------------------


def name(text: str) -> exp.Identifier:
    return exp.Identifier(this=text, quoted=True)


def table(text: str) -> exp.Table:
    return exp.Table(this=name(text))


def query(source: str | exp.Table, columns: Sequence[Tree], where: Tree | None = None, group: Sequence[str] = ()) -> exp.Select:
    """Return ``SELECT columns FROM source``, with its condition and its grouping."""
    select = exp.Select().select(*columns, copy=False).from_(table(source) if isinstance(source, str) else source, copy=False)
    if where is not None:
        select = select.where(where, copy=False)
    return select.group_by(*map(column, group), copy=False) if group else select


def stacked(stages: Sequence[tuple[str, exp.Query]]) -> exp.Query:
    """Return the last of some queries, those before it as its CTEs."""
    *inner, (_, last) = stages
    ctes = [exp.CTE(this=inside, alias=exp.TableAlias(this=name(label))) for label, inside in inner]
    if ctes:
        last.set("with_", exp.With(expressions=ctes))
    return last
