"""A formula that counts what is missing, told by what there should be: ``5 - members`` as five members."""

from dataclasses import dataclass

from evaluator.messages import Language, say
from evaluator.packs import tree
from evaluator.packs.conditions import parse_formula
from evaluator.packs.scope import BUILT_INS, Scope
from evaluator.packs.writing import phrase, plain

__all__ = ["Shortfall", "shortfall"]

NUMERIC = ("integer", "decimal")


@dataclass(frozen=True)
class Shortfall:
    """What there should be, in words, and the unit in which it is counted, "" for none."""

    needed: str
    unit: str

    def amount(self, value: object) -> str:
        """Return so much of it: "2 名"."""
        return f"{value} {self.unit}".rstrip()


def shortfall(formula: str, scope: Scope, lang: Language) -> Shortfall | None:
    """Return what a formula says is missing where it takes one counted value from a number or from the months or quarters of the
    period; None for any other.
    """
    node = parse_formula(formula)
    if not isinstance(node, tree.Subtract) or not isinstance(node.right, tree.Name):
        return None
    kind = scope.get(node.right.id)
    if kind is None or kind.type not in NUMERIC or kind.source not in ("indicator", "attribute"):
        return None
    unit = kind.unit if lang == "zh" or kind.unit.isascii() else ""
    match node.left:
        case tree.Number(value=value, percent=False):
            wanted = f"{plain(value)} {unit}".rstrip()
            return Shortfall(say("conditions.short_of_number", lang, what=kind.label.text(lang), wanted=wanted), unit)
        case tree.Name(id=id_) if id_ in BUILT_INS and BUILT_INS[id_].type == "integer":
            wanted = phrase(node.left, scope, lang)
            return Shortfall(say("conditions.short_of_period", lang, what=kind.label.text(lang), wanted=wanted), unit)
        case _:
            return None
