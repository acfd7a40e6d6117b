"""Why a branch has its level: how many points it has of how many, and the line of the rating that it reached."""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal

from evaluator.messages import Language, say
from evaluator.packs import models as m
from evaluator.packs import tree
from evaluator.packs.conditions import parse_condition
from evaluator.packs.scope import scope_of
from evaluator.packs.writing import plain, sentence
from evaluator.scoring.results import BranchRow, GroupRow

__all__ = ["line_of", "short_line", "told_line", "total_of"]

SIGNS: dict[tree.Comparator, str] = {">=": "≥", "<=": "≤", ">": ">", "<": "<", "=": "=", "!=": "≠"}
COUNTED = ("score", "points", "soft", "hard", "stars")


def total_of(row: BranchRow, groups: Iterable[GroupRow]) -> tuple[int, int] | None:
    """Return the hundredths earned and applicable whose share is the branch's score; None where it is weighted, or nothing applies."""
    own = list(groups)
    earned, applicable = sum(group.earned for group in own), sum(group.applicable for group in own)
    return (earned, applicable) if applicable and row.score == earned * 10_000 // applicable else None


def line_of(row: BranchRow, pack: m.Pack) -> m.RatingLine | None:
    """Return the line by which a branch has its level; None where a veto decided it, or nothing did."""
    if row.level is None or row.vetoes:
        return None
    return next((line for line in pack.rating if line.level == row.level), None)


def short_line(line: m.RatingLine | None, pack: m.Pack, reference: date) -> str:
    """Return what a line asks of the total, as ``≥75``; ``""`` where that is no single number."""
    if line is None or line.when is None:
        return ""
    node = parse_condition(line.when)
    for one in node.of if isinstance(node, tree.And) else (node,):
        if isinstance(one, tree.Compare) and isinstance(one.left, tree.Name) and one.left.id in COUNTED:
            number = _number(one.right, pack, reference)
            return f"{SIGNS[one.op]}{number}" if number else ""
    return ""


def told_line(row: BranchRow, pack: m.Pack, reference: date, lang: Language) -> str:
    """Return in words why a branch has its level: the line that it reached, or what stood above the lines."""
    if row.vetoes:
        return say("scoring.by_veto", lang, vetoes="、".join(row.vetoes))
    line = line_of(row, pack)
    if line is None or line.when is None:
        return say("scoring.no_line_reached", lang) if len(pack.rating) > 1 else ""
    told = sentence(parse_condition(line.when), scope_of(pack, place="rating"), lang)
    return say("scoring.line_reached", lang, line=told, short=_bracketed(line, pack, reference)).rstrip()


def _bracketed(line: m.RatingLine, pack: m.Pack, reference: date) -> str:
    short = short_line(line, pack, reference)
    return f"({short})" if short and short[0] in "≥≤><" else ""  # an equation says its number itself


def _number(node: tree.Formula, pack: m.Pack, reference: date) -> str:
    if isinstance(node, tree.Number):
        return plain(node.value)
    setting = pack.settings.get(node.id) if isinstance(node, tree.Name) else None
    if setting is None or setting.by is not None:
        return ""
    value: Decimal | int | None = setting.value
    if value is None:
        held = [day for day in setting.by_date if day <= reference]
        value = setting.by_date[max(held)] if held else None
    return "" if value is None else f"{value:f}"
