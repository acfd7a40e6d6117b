"""One branch scored in plain Python, fast enough to ask "what if" thousands of times: the rows of the forward engine without durable_rules.

It is no third engine: the tests are decided by ``truth`` and everything else is the forward engine's own. Nothing that is published rests
on it alone; advice, boundary cases and mutants ask it.
"""

from collections.abc import Iterable, Iterator, Mapping

from evaluator.scoring.forward import Forward
from evaluator.scoring.forward_terms import reads_result
from evaluator.scoring.forward_values import Results, Slots, value_of
from evaluator.scoring.plan import All, Any, Compare, DerivedStep, Expr, Not, Plan, Result, Test
from evaluator.scoring.truth import truth

__all__ = ["PlainBook", "plain_engine"]


def plain_engine(plan: Plan) -> Forward:
    """Return an engine with the ``score`` of :class:`~evaluator.scoring.forward.Forward` that needs no durable_rules."""
    return Forward(plan, PlainBook)


class PlainBook:
    """Tests of one branch decided when they are asked for; stands where the forward engine has rules."""

    def __init__(self, asked: Iterable[Test | Expr], derived: Iterable[DerivedStep] = ()) -> None:
        self.results = [node for node in asked if isinstance(node, Compare | All | Any | Not) and reads_result(node)]
        self.derived = list(derived)

    def decide(self, slots: Slots, results: Results) -> "Verdicts":
        """Return the verdicts, and fill in the derived values in ``slots``."""
        verdicts = Verdicts(slots, results)
        for test in self.results:  # the engine takes these over before it knows another pack's results
            verdicts[test] = verdicts[test]
        for step in self.derived:  # in the order of the plan: each after those that it reads
            slots[step.num_slot] = value_of(step.num, slots, verdicts, results)
            if step.den is not None and step.den_slot is not None:
                slots[step.den_slot] = value_of(step.den, slots, verdicts, results)
        return verdicts


class Verdicts(dict[Test, bool | None]):
    """Verdicts found so far; a test that is not there is decided now. Held to one state of the slots."""

    def __init__(self, slots: Slots, results: Results) -> None:
        super().__init__()
        self._slots: Mapping[int, int] = Known(slots)
        self._results: Mapping[Result, int] = {name: found for name, found in results.items() if found is not None}

    def __missing__(self, test: Test) -> bool | None:
        found = truth(test, self._slots, self._results)
        self[test] = found
        return found


class Known(Mapping[int, int]):
    """A list of slots as the mapping that ``truth`` reads; what is None is not there."""

    def __init__(self, slots: Slots) -> None:
        self._slots = slots

    def __getitem__(self, slot: int) -> int:
        found = self._slots[slot]
        if found is None:
            raise KeyError(slot)
        return found

    def __iter__(self) -> Iterator[int]:
        return (slot for slot, found in enumerate(self._slots) if found is not None)

    def __len__(self) -> int:
        return sum(found is not None for found in self._slots)
