"""From the text of a condition or formula to its tree, or to what is wrong with it and where."""

import re
from collections.abc import Iterator
from functools import cache, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, cast

from evaluator.packs import tree
from evaluator.packs.builder import Builder, Built, ConditionError, Problem, as_condition, as_formula, normal, refuse
from evaluator.packs.tree import Span

if TYPE_CHECKING:  # lark is imported when the first condition is parsed
    from lark import Lark, Token, UnexpectedToken

__all__ = ["KEYWORDS", "ConditionError", "Problem", "parse_condition", "parse_formula"]

KEYWORDS = frozenset(("and", "or", "not", "in", "between", "true", "false"))
LONGEST, DEEPEST, MOST_NODES, MOST_PROBLEMS = 2000, 40, 500, 10
INSTEAD = (  # what to write for a sign that was meant well
    {"==": "=", "=<": "<=", "=>": ">=", "≥": ">=", "≤": "<=", "≠": "!="}
    | {"&&": "AND", "&": "AND", "＆": "AND", "||": "OR", "|": "OR", "！": "NOT", "!": "NOT"}
    | {"×": "*", "÷": "/", "−": "-", "–": "-", "—": "-", "、": ",", "。": "."}
    | dict.fromkeys("“”‘’「」", "'")
)
SIGNS = re.compile(
    r"""(?P<text>'(?:[^']|'')*' | "(?:[^"]|"")*")
    | (?P<open>['"])
    | (?P<null>(?<!\w)(?:is\s+(?:not\s+)?)?null(?!\w))
    | (?P<foreign>== | =< | => | !(?!=) | &&? | \|\|? | [０-９]+)
    | (?P<own>[^\W\d]\w* | [0-9]+ | \s+ | != | [-+*/(),.%<=>])
    | (?P<other>.)""",
    re.VERBOSE | re.IGNORECASE | re.DOTALL,
)
OPERANDS = frozenset(("NAME", "NUMBER", "TEXT", "DATE", "TRUE", "FALSE", "LPAR", "NOT"))


@lru_cache(maxsize=4096)
def parse_condition(text: str) -> tree.Condition:
    """Return the tree of a condition; spans count characters of ``text`` from 0.

    Raises:
        ConditionError: it is not one; the error lists why.
    """
    condition = as_condition(_parse(text), text)
    _refuse_large(condition)
    return condition


@lru_cache(maxsize=4096)
def parse_formula(text: str) -> tree.Formula:
    """Return the tree of a formula; spans count characters of ``text`` from 0.

    Raises:
        ConditionError: it is not one; the error lists why.
    """
    formula = as_formula(_parse(text), text)
    _refuse_large(formula)
    return formula


def _parse(text: str) -> Built:
    if not text.strip():
        refuse("E200", Span(0, len(text)))
    if len(text) > LONGEST:
        refuse("E207", Span(LONGEST, len(text)), most=LONGEST)
    problems = [*_foreign_signs(text)] or [*_odd_brackets(text)]
    if problems:
        raise ConditionError(problems[:MOST_PROBLEMS])
    from lark import Tree, UnexpectedCharacters, UnexpectedToken

    try:
        parsed = _parser().parse(text)
    except UnexpectedToken as error:
        raise ConditionError([_misplaced(error, text)]) from None
    except UnexpectedCharacters as error:
        at = cast(int, error.pos_in_stream)
        refuse("E202", Span(at, at + 1), sign=text[at])
    builder = Builder(text)
    built: dict[int, Built] = {}
    # Children come before their parents here, so that deep brackets need no recursion.
    for part in parsed.iter_subtrees():
        children = [built[id(child)] if isinstance(child, Tree) else child for child in part.children]
        built[id(part)] = builder.build(part.data, Span(part.meta.start_pos, part.meta.end_pos), children)
    return built[id(parsed)]


@cache
def _parser() -> "Lark":
    from lark import Lark

    grammar = Path(__file__).with_name("conditions.lark").read_text(encoding="utf-8")
    return Lark(grammar, parser="lalr", lexer="basic", propagate_positions=True, lexer_callbacks={"NAME": _keyword})


def _keyword(token: "Token") -> "Token":
    word = normal(token)
    return token.update(type=word.upper(), value=word.upper()) if word.lower() in KEYWORDS else token


# --- what is wrong ------------------------------------------------------------


def _foreign_signs(text: str) -> Iterator[Problem]:
    """Yield every sign outside quotes that the language does not have, with what to write instead."""
    for found in SIGNS.finditer(text):
        span, sign = Span(*found.span()), found.group()
        match found.lastgroup:
            case "open":
                yield Problem(Span(span.start, len(text)), "conditions.E203")
            case "null":
                yield Problem(span, "conditions.E204")
            case "foreign" | "other":
                instead = INSTEAD.get(sign) or normal(sign)
                if instead != sign:
                    yield Problem(span, "conditions.E201", {"sign": sign, "instead": instead})
                else:
                    yield Problem(span, "conditions.E202", {"sign": sign})
        if found.lastgroup == "open":
            return


def _odd_brackets(text: str) -> Iterator[Problem]:
    """Yield every bracket outside quotes that has no partner."""
    opened: list[Span] = []
    for found in SIGNS.finditer(text):
        span = Span(*found.span())
        if found.group() == "(":
            opened.append(span)
        elif found.group() == ")" and opened:
            opened.pop()
        elif found.group() == ")":
            yield Problem(span, "conditions.E206")
    yield from (Problem(span, "conditions.E205") for span in opened)


def _misplaced(error: "UnexpectedToken", text: str) -> Problem:
    """Return the problem with a token that cannot stand where it stands."""
    token = error.token
    start = len(text.rstrip()) if token.type == "$END" else cast(int, token.start_pos)
    end = start if token.type == "$END" else cast(int, token.end_pos)
    found = text[start:end]
    before = re.search(r"(\w+|[^\w\s]+)\s*$", text[:start])
    previous = before.group(1) if before else ""
    if token.type == "COMMA":
        key = "E213"
    elif "DATE" in error.expected:  # only where a value can stand can a date
        key = "E210" if token.type == "$END" else "E211"
    elif token.type == "NAME" and re.search(r"(?<![\w.])[0-9.]+ *%?\s*$", text[:start]):
        key = "E212"
    else:
        key = "E214" if token.type in OPERANDS and "OR" in error.expected else "E215"
    return Problem(Span(start, end), f"conditions.{key}", {"found": found, "previous": previous})


def _refuse_large(node: tree.Node) -> None:
    """Refuse a tree that is too deep or too large, without recursion: whoever walks it later may then recurse."""
    count, waiting = 0, [(node, 1)]
    while waiting:
        one, depth = waiting.pop()
        count += 1
        if depth > DEEPEST or count > MOST_NODES:
            refuse("E208", node.span, depth=DEEPEST, nodes=MOST_NODES)
        waiting.extend((child, depth + 1) for child in tree.children(one))
