"""A plan's tests and expressions for one branch, evaluated plainly: Kleene's three values, exact whole numbers. Explanations read it."""

from collections.abc import Mapping

from evaluator.scoring import plan as p

__all__ = ["truth", "value"]

Results = Mapping[p.Result, int]
NOTHING: Results = {}


def truth(test: p.Test, slots: Mapping[int, int], results: Results = NOTHING) -> bool | None:
    """Return True, False or None (unknown); a slot that is not in ``slots`` is unknown, and so is a result not in ``results``."""
    match test:
        case p.Fixed(value=fixed):
            return fixed
        case p.Not(of=of):
            inner = truth(of, slots, results)
            return None if inner is None else not inner
        case p.All(of=of):
            found = [truth(one, slots, results) for one in of]
            return False if False in found else None if None in found else True
        case p.Any(of=of):
            found = [truth(one, slots, results) for one in of]
            return True if True in found else None if None in found else False
        case p.Compare(op=op, left=left, right=right):
            one, two = value(left, slots, results), value(right, slots, results)
            if one is None or two is None:
                return None
            return {"<": one < two, "<=": one <= two, "=": one == two, "!=": one != two, ">": one > two, ">=": one >= two}[op]


def value(expr: p.Expr, slots: Mapping[int, int], results: Results = NOTHING) -> int | None:
    """Return the whole number that an expression stands for, None when unknown."""
    match expr:
        case p.Slot(index=index):
            return slots.get(index)
        case p.Const(value=fixed):
            return fixed
        case p.Times(factor=factor, of=of):
            inner = value(of, slots, results)
            return None if inner is None else factor * inner
        case p.Plus(of=of):
            found = [value(one, slots, results) for one in of]
            return None if None in found else sum(one for one in found if one is not None)
        case p.Least(of=of) | p.Greatest(of=of):
            known = [one for part in of if (one := value(part, slots, results)) is not None]
            if len(known) < len(of):
                return None
            return min(known) if isinstance(expr, p.Least) else max(known)
        case p.Abs(of=of):
            inner = value(of, slots, results)
            return None if inner is None else abs(inner)
        case p.Holds(of=of):
            held = truth(of, slots, results)
            return None if held is None else int(held)
        case p.When(test=test, of=of):
            return value(of, slots, results) if truth(test, slots, results) else None
        case p.Pick(slot=slot, cases=cases, otherwise=otherwise):
            chosen = slots.get(slot)
            return None if chosen is None else dict(cases).get(chosen, otherwise)
        case p.Result():
            return results.get(expr)
