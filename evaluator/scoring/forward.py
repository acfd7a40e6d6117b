"""The second engine: one branch at a time, its tests decided by durable_rules, everything else in plain whole numbers.

It shares the plan and the columns of its tables with the columnar engine and nothing else, so that a fault in either shows as a difference.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Any, TypeVar

from evaluator.scoring.forward_packs import Book, Books, PackScore
from evaluator.scoring.forward_points import Asked
from evaluator.scoring.forward_terms import asked_by, reads_result
from evaluator.scoring.forward_values import Record, slots_of, value_of
from evaluator.scoring.plan import Expr, PackStep, Plan, Result, Test
from evaluator.scoring.rulesets import Rulebook
from evaluator.scoring.tables import BRANCHES, RECORDS, FindingState, Status

__all__ = ["Forward", "Rows", "available"]

Row = tuple[int | None, ...]
Given = Iterable[Mapping[str, Any] | tuple[Any, ...]]
Known = TypeVar("Known", bool, int)
DECIDED = (Status.MET, Status.UNMET, Status.PARTIAL)


def available() -> bool:
    """Return whether durable_rules can be used: it has no build for Windows, nor for Python 3.13 and later, and a build may be broken."""
    try:
        import_module("durable.engine")
    except ImportError:
        return False
    return True


@dataclass(frozen=True)
class Rows:
    """What one branch scored: lists of rows with the columns and in the order of :mod:`evaluator.scoring.tables`."""

    criteria: list[Row]
    groups: list[Row]
    findings: list[Row]
    branches: list[Row]
    values: list[Row]


class Forward:
    """A plan made ready for :meth:`score`. Not for threads. ``book`` makes what decides tests."""

    def __init__(self, plan: Plan, book: Callable[..., Book] = Rulebook) -> None:
        self.plan = plan
        asked = {pack.number: list(asked_by(plan, pack)) for pack in plan.packs}
        free = [node for nodes in asked.values() for node in nodes if not reads_result(node)]
        self.evidence = book(free, plan.derived)
        self.needs = {pack: book(filter(reads_result, nodes)) for pack, nodes in asked.items() if any(map(reads_result, nodes))}
        self.books = Books(
            lines={group.number: book([group.line]) for group in plan.groups if group.line is not None},
            gates={pack.number: book(gate.when for gate in plan.gates if gate.pack == pack.number) for pack in plan.packs},
            ratings={pack.number: book(test for _, test in pack.rating if test is not None) for pack in plan.packs},
        )

    def score(self, records: Given, branch: int) -> Rows:
        """Return the rows of one branch. ``records``: mappings or tuples with the columns of ``tables.RECORDS``, or of more branches."""
        return _Branch(self, records, branch).rows

    def verdicts(self, records: Given, branch: int) -> dict[Test, bool | None]:
        """Return, for one branch, the verdict of each test that derived values, criteria, vetoes and triggers read; None: unknown."""
        return _Branch(self, records, branch).verdicts

    def close(self) -> None:
        """Forget the rules; durable_rules itself keeps what it has loaded until the process ends."""
        self.__dict__.clear()


class _Branch:
    """One branch while it is scored, pack by pack."""

    def __init__(self, engine: Forward, records: Given, branch: int) -> None:
        rows = (Record(**{name: row[name] for name in RECORDS}) if isinstance(row, Mapping) else Record(*row) for row in records)
        self.engine = engine
        self.branch = branch
        self.slots = slots_of(engine.plan, (row for row in rows if row.branch == branch))
        self.verdicts = engine.evidence.decide(self.slots, {})
        self.needed: tuple[dict[Result, int | None], dict[Result, int | None]] = ({}, {})  # results of the packs so far
        self.rows = Rows([], [], [], [], [(branch, slot, value) for slot, value in enumerate(self.slots) if value is not None])
        for pack in engine.plan.packs:
            asked = self._asked(pack)
            if pack.applies is not None and not asked.truth(pack.applies):
                continue
            if not self._visited(pack):
                self.rows.branches.append((branch, pack.number, 0, *[None] * (len(BRANCHES) - 3)))
                continue
            score = PackScore(engine.plan, pack, asked, engine.books, self.slots, self.needed)
            for known, new in zip(self.needed, score.results(), strict=True):
                known.update(new)
            self._add(score)
        self.rows.criteria.sort()
        self.rows.groups.sort()
        self.rows.findings.sort()

    def _visited(self, pack: PackStep) -> bool:
        """Return whether there is any evidence, a value or not applicable, that the pack reads."""
        read = (source for source in self.engine.plan.inputs if source.number in pack.inputs)
        return any(slot is not None and self.slots[slot] is not None for source in read for slot in (source.slot, source.na_slot))

    def _asked(self, pack: PackStep) -> Asked:
        """Return the truth of the pack's tests. One that reads a needed pack is known where both readings agree."""
        needs = self.engine.needs.get(pack.number)
        both = [] if needs is None else [needs.decide(self.slots, results) for results in self.needed]
        if both:
            self.verdicts.update({test: _agreed(verdict, both[1][test]) for test, verdict in both[0].items()})

        def value(expr: Expr) -> int | None:
            if not reads_result(expr):
                return value_of(expr, self.slots, self.verdicts, {})
            return _agreed(*(value_of(expr, self.slots, *known) for known in zip(both, self.needed, strict=True)))

        return Asked(self.verdicts.__getitem__, value)

    def _add(self, score: PackScore) -> None:
        """Add the rows of one pack."""
        branch, pack = self.branch, score.pack.number
        plain = [worth for step, worth in score.criteria.values() if not step.bonus]
        for number, (_, worth) in score.criteria.items():
            self.rows.criteria.append((branch, number, worth.status, worth.low, worth.high, worth.points))
        for number, earned in score.earned.items():
            awarded, possible, why = score.awards[number]
            self.rows.groups.append((branch, number, earned.low, earned.high, earned.applicable, int(awarded), int(possible), why))
        self.rows.findings.extend((branch, *found) for found in score.found)
        provisional = any(worth.status is Status.UNPROVEN for _, worth in score.criteria.values())
        provisional |= any(state in (FindingState.OPEN, FindingState.PENDING) for *_, state in score.found)
        standing, highest = score.readings
        self.rows.branches.append(
            (
                branch,
                pack,
                1,
                standing[Result("stars")],
                highest[Result("stars")],
                score.num,
                score.num_possible,
                score.den,
                *score.levels,
                int(provisional),
                standing[Result("hard")],
                standing[Result("soft")],
                sum(worth.points for worth in plain if worth.status in DECIDED),
                sum(worth.points for worth in plain),
            )
        )


def _agreed(standing: Known | None, highest: Known | None) -> Known | None:
    """Return what both readings say, None where they differ."""
    return standing if standing == highest else None
