"""Whether a criterion is only worth more, or less, and everything in it in proportion: then every share that it earns stays as it is."""

from decimal import Decimal
from fractions import Fraction
from typing import Any

from evaluator.authoring.compare.edits import Edit
from evaluator.packs import models as m

__all__ = ["only_weight"]

WORTHS = ("award", "each", "up_to", "full", "less", "points", "range", "when_zero")  # fields that hold points


def only_weight(edit: Edit) -> bool:
    """Return whether an edit of a criterion multiplies all its points by one number."""
    old, new = edit.changes[0].old, edit.changes[0].new
    if old is None or new is None or "points" not in new or not old["points"]:
        return False
    share = Fraction(new["points"]) / Fraction(old["points"])
    return all(_scaled(old[name], "", share) == _scaled(new[name], "", Fraction(1)) for name in new if name in ("parts", "deduct"))


def _scaled(value: Any, field: str, share: Fraction) -> Any:
    match value:
        case m.Model():
            names = [name for name in type(value).model_fields if name != "text"]
            return (type(value), {name: _scaled(getattr(value, name), name, share) for name in names})
        case tuple():
            return tuple(_scaled(one, field, share) for one in value)
        case Decimal() if field in WORTHS:
            return Fraction(value) * share
        case _:
            return value
