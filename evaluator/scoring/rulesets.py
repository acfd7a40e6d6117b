"""Tests as rules of durable_rules: one that fires where a test is true and one where it is false, so that what is unknown fires neither.

durable_rules has narrow limits, most silent: 64 comparisons that one message meets, 252 keys, 512 comparisons in a ruleset. A ruleset
here is a shard of tests of which one message meets at most 48 comparisons, far below all three. Messages hold small whole numbers only: the
sign of an exact difference, or of a verdict found in an earlier round; what is unknown is left out. Every answer is checked for a rule that
should have fired and did not.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cache
from importlib import import_module
from itertools import count
from typing import Any as Anything

from evaluator.packs.tree import Comparator
from evaluator.scoring.forward_terms import Condition, Difference, Fact, inside
from evaluator.scoring.forward_values import Results, Slots, value_of
from evaluator.scoring.plan import All, Any, Compare, DerivedStep, Expr, Fixed, Holds, Not, Pick, Slot, Test, When

__all__ = ["Rulebook"]

MOST_VISITED = 48
OPERATORS: dict[Comparator, str] = {"<": "$lt", "<=": "$lte", "!=": "$neq", ">": "$gt", ">=": "$gte"}
SID = "b"
TOLD = -1

Rule = tuple[tuple[int, Comparator], ...]  # all of these facts, by their place in the message, against 0


@cache
def _host() -> Anything:
    """Return a host that starts no threads: they crash once states are deleted."""
    host = import_module("durable.engine").Host
    return type("QuietHost", (host,), {"_run": lambda self: None})()


_numbers = count()


class _Ruleset:
    """Rules in durable_rules. They can never be unloaded, so :func:`_loaded` keeps one ruleset for all shards that say the same."""

    def __init__(self, rules: Sequence[Rule]) -> None:
        self._name = f"shard{next(_numbers)}"
        self._fired: set[int] = set()
        definitions = {f"r{number}": self._definition(number, rule) for number, rule in enumerate(rules)}
        # fires on every message: to delete a state in which no rule ever fired frees memory at a random address
        told = {"all": [{"m": {"told": 1}}], "run": self._note(TOLD)}
        _host().set_rulesets({self._name: {**definitions, "told": told}})

    def _definition(self, number: int, rule: Rule) -> dict[str, Anything]:
        tests = [{f"p{fact}": 0} if op == "=" else {OPERATORS[op]: {f"p{fact}": 0}} for fact, op in rule]
        return {"all": [{"m": tests[0] if len(tests) == 1 else {"$and": tests}}], "run": self._note(number)}

    def _note(self, number: int) -> Callable[[object], None]:
        def note(_: object) -> None:
            self._fired.add(number)

        return note

    def fire(self, signs: Sequence[int | None]) -> set[int]:
        """Return the numbers of the rules that fire on these facts, None being an unknown one."""
        message = {f"p{fact}": sign for fact, sign in enumerate(signs) if sign is not None}
        self._fired.clear()
        state = _host().assert_fact(self._name, {"sid": SID, "told": 1, **message})
        _host().delete_state(self._name, SID)
        if "exception" in state or TOLD not in self._fired:
            raise RuntimeError(f"durable_rules: {state}")
        return self._fired - {TOLD}


_loaded = cache(_Ruleset)


class _Shard:
    """Conditions that are asked with one message."""

    def __init__(self, conditions: Sequence[Condition]) -> None:
        self._facts = list(dict.fromkeys(fact for condition in conditions for fact in condition.facts))
        place = {fact: number for number, fact in enumerate(self._facts)}
        rules: list[Rule] = []
        self._asked: list[tuple[Test, range, range, list[int]]] = []  # a test, its rules for true and for false, the facts they read
        for condition in conditions:
            start = len(rules)
            rules += [tuple((place[fact], op) for fact, op in term) for term in condition.true]
            middle = len(rules)
            rules += [tuple((place[fact], op) for fact, op in term) for term in condition.false]
            read = [place[fact] for fact in condition.facts]
            self._asked.append((condition.test, range(start, middle), range(middle, len(rules)), read))
        self._ruleset = _loaded(tuple(rules))

    def decide(self, sign: Callable[[Fact], int | None]) -> Iterator[tuple[Test, bool | None]]:
        """Yield each test with its verdict. RuntimeError where the rules contradict each other or say too little."""
        signs = [sign(fact) for fact in self._facts]
        fired = self._ruleset.fire(signs)
        for test, true, false, read in self._asked:
            holds, fails = not fired.isdisjoint(true), not fired.isdisjoint(false)
            if (holds and fails) or (not holds and not fails and all(signs[fact] is not None for fact in read)):
                raise RuntimeError(f"durable_rules answered wrongly: {test}")
            yield test, True if holds else False if fails else None


class Rulebook:
    """Tests that are decided together, in rounds: a round may read derived values and verdicts of those before it.

    ``asked`` are tests, and expressions whose inner tests are to be decided; ``derived`` are filled in on the way.
    """

    def __init__(self, asked: Iterable[Test | Expr], derived: Iterable[DerivedStep] = ()) -> None:
        self._conditions: dict[Test, Condition] = {}
        self._round: dict[Test, int] = {}
        self._slot_round: dict[int, int] = {}
        steps = []
        for step in derived:
            turn = max(self._turn(step.num), 0 if step.den is None else self._turn(step.den))
            self._slot_round[step.num_slot] = turn
            if step.den_slot is not None:
                self._slot_round[step.den_slot] = turn
            steps.append((turn, step))
        for node in asked:
            self._turn(node)
        turns = max([*self._round.values(), *self._slot_round.values()], default=-1) + 1
        self._rounds = [([step for at, step in steps if at == turn], self._shards(turn)) for turn in range(turns)]

    def _turn(self, node: Test | Expr) -> int:
        """Return the round in which the test is decided, or from which on the expression can be computed."""
        match node:
            case Slot(index) | Pick(index, _, _):
                return self._slot_round.get(index, 0)
            case Holds(test):
                return self._turn(test) + 1
            case When(test, of):
                return max(self._turn(test) + 1, self._turn(of))
            case Compare() | All() | Any() | Not() | Fixed():
                if node not in self._round:
                    condition = self._conditions[node] = Condition(node)
                    self._round[node] = max(map(self._fact_turn, condition.facts), default=0)
                return self._round[node]
        return max(map(self._turn, inside(node)), default=0)

    def _fact_turn(self, fact: Fact) -> int:
        return max(self._turn(fact.left), self._turn(fact.right)) if isinstance(fact, Difference) else self._turn(fact) + 1

    def _shards(self, turn: int) -> list[_Shard]:
        shards: list[list[Condition]] = [[]]
        for test, condition in self._conditions.items():
            if self._round[test] != turn or condition.constant is not None:
                continue
            if sum(other.visited for other in shards[-1]) + condition.visited > MOST_VISITED:
                shards.append([])
            shards[-1].append(condition)
        return [_Shard(conditions) for conditions in shards if conditions]

    def decide(self, slots: Slots, results: Results) -> dict[Test, bool | None]:
        """Return the verdict of each test and inner test, None where it is unknown, and fill in the derived values in ``slots``."""
        verdicts = {test: condition.constant for test, condition in self._conditions.items()}

        def sign(fact: Fact) -> int | None:
            if not isinstance(fact, Difference):
                verdict = verdicts[fact]
                return None if verdict is None else 1 if verdict else -1
            left, right = (value_of(side, slots, verdicts, results) for side in (fact.left, fact.right))
            return None if left is None or right is None else (left > right) - (left < right)

        for steps, shards in self._rounds:
            for step in steps:
                slots[step.num_slot] = value_of(step.num, slots, verdicts, results)
                if step.den is not None and step.den_slot is not None:
                    slots[step.den_slot] = value_of(step.den, slots, verdicts, results)
            for shard in shards:
                verdicts.update(shard.decide(sign))
        return verdicts
