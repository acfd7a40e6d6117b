"""Which way a pack's levels go: up to the best branch, or, in lists of troubles, up to the worst."""

from collections.abc import Mapping

from evaluator.scoring.advice.state import own_results
from evaluator.scoring.plan import Plan, Result
from evaluator.scoring.truth import truth

__all__ = ["rises"]

NONE: Mapping[int, int] = {}
UNKNOWN: Mapping[Result, int] = {}


def rises(plan: Plan, pack: int, slots: Mapping[int, int] = NONE, needed: Mapping[Result, int] = UNKNOWN) -> bool:
    """Return whether a higher level is better: whether it is what a branch that has everything right is given, or one that has nothing.

    ``slots`` are what is known of a branch, ``needed`` the results of the packs that this one needs.
    """
    groups = [group for group in plan.groups if group.pack == pack]
    triggers = [trigger.hard for trigger in plan.triggers if trigger.pack == pack]
    keys = sum(step.key for step in plan.criteria if step.pack == pack)
    gates = sum(gate.pack == pack for gate in plan.gates)
    points = sum(group.points for group in groups)
    hard = sum(triggers)
    rating = next(step.rating for step in plan.packs if step.number == pack)
    best = {**own_results(points, points, points, len(groups), 0, 0, 0), Result("gates_failed"): 0}
    worst = {**own_results(0, points, 0, 0, hard, len(triggers) - hard, keys), Result("gates_failed"): gates}

    def rated(results: Mapping[Result, int]) -> int:
        known = {**needed, **results}
        return next((level for level, test in rating if test is None or truth(test, slots, known)), 0)

    return rated(best) >= rated(worst)
