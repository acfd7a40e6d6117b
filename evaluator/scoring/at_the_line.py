"""Approximate figures exactly at a line: where the words around a figure leave open on which side of the line the true one lies."""

from collections.abc import Callable, Mapping
from typing import NamedTuple

from evaluator.evidence.figures import Lean, lean_of
from evaluator.messages import Language, say
from evaluator.packs import tree
from evaluator.packs.writing import MIRRORED, names
from evaluator.scoring.names import Names
from evaluator.scoring.plan import Test

__all__ = ["Remark", "Written", "remark"]

Written = Mapping[str, str]
Pair = tuple[tree.Comparator, tree.Formula, tree.Formula]


class Remark(NamedTuple):
    """What is to be said of a comparison: ``open`` when the true figure may lie on the other side of the line."""

    text: str
    open: bool


def remark(
    node: tree.Condition,
    names_of: Names,
    held: Callable[[Test], bool | None],
    written: Written,
    shown: Callable[[str], str],
    lang: Language,
) -> Remark | None:
    """Return the remark on a comparison of an approximate value with exactly its own figure, None where there is nothing to say.

    ``held`` decides a test, ``written`` holds the texts of approximate values by indicator, ``shown`` tells an indicator's value in words.
    """
    if not written or not any(id_ in written for id_ in names_of.indicators_of(names(node))):
        return None
    for op, left, right in _pairs(node):
        if held(names_of.reader.test(tree.Compare(node.span, "=", left, right))):
            return _told(op, left, right, names_of, written, shown, lang)
    return None


def _pairs(node: tree.Condition) -> tuple[Pair, ...]:
    if isinstance(node, tree.Compare):
        return ((node.op, node.left, node.right),)
    if isinstance(node, tree.Between):
        return ((">=", node.of, node.low), ("<=", node.of, node.high))
    return ()


def _told(
    op: tree.Comparator,
    left: tree.Formula,
    right: tree.Formula,
    names_of: Names,
    written: Written,
    shown: Callable[[str], str],
    lang: Language,
) -> Remark:
    """Return what is to be said at the line. Only of a figure that stands alone on its side do its words tell which way it leans."""
    for side, other, sign in ((left, right, op), (right, left, MIRRORED[op])):
        if isinstance(side, tree.Name) and side.id in written and not any(id_ in written for id_ in names_of.indicators_of(names(other))):
            lean = lean_of(written[side.id]) if names_of.slots.inputs[side.id].aggregate == "latest" else None
            if lean is None:
                break
            if not _open(sign, lean):
                return Remark(say("scoring.at_the_line", lang), False)
            told = say(f"scoring.doubt_{lean}", lang, written=written[side.id], line=shown(side.id))
            return Remark(say("scoring.doubt", lang, told=told), True)
    return Remark(say("scoring.doubt", lang, told=say("scoring.doubt_computed", lang)), True)


def _open(op: tree.Comparator, lean: Lean) -> bool:
    """Whether a comparison that a figure meets or misses exactly may come out otherwise for the true one."""
    if op in ("=", "!="):
        return True
    return lean != "below" if op in ("<=", ">") else lean in ("below", "about")
