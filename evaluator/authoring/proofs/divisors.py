"""Divisors that may be below 0: nobody means a share of less than nothing, and scoring takes it for a division by zero."""

from collections.abc import Iterator

from evaluator.authoring.proofs.decide import Goal
from evaluator.authoring.proofs.prover import Prover
from evaluator.authoring.proofs.world import World
from evaluator.packs import models as m
from evaluator.packs import tree
from evaluator.packs.conditions import parse_formula
from evaluator.packs.source import DataPath
from evaluator.scoring import plan as p

__all__ = ["check_divisors"]


def check_divisors(prover: Prover) -> None:
    """Report every such divisor, of derived values and of shares that parts write themselves."""
    for text, path in _formulas(prover.pack):
        node = parse_formula(text)
        if not isinstance(node, tree.Divide) or not _known(prover, node.right):
            continue

        def goals(world: World, divisor: tree.Formula = node.right) -> list[Goal]:
            return [(p.Compare("<", world.reader.side(divisor).expr, p.Const(0)), True)]

        prover.asked += 1
        seen = prover.can(goals)
        if seen.can:
            prover.report("W640", path, found=text, record=seen.record)
        elif seen.can is None:
            prover.left_open(path, text)


def _formulas(pack: m.Pack) -> Iterator[tuple[str, DataPath]]:
    for id_, one in pack.derived.items():
        yield one.formula, ("derived", id_, "formula")
    for number, group in enumerate(pack.groups):
        for index, criterion in enumerate(group.criteria):
            for place, part in enumerate(criterion.parts):
                if isinstance(part, m.ProratePart):
                    yield part.prorate.of, ("groups", number, "criteria", index, "parts", place, "prorate", "of")


def _known(prover: Prover, divisor: tree.Formula) -> bool:
    """Whether the pack says how small each number in a divisor may be: of one without a range nothing follows."""
    read = [prover.pack.indicators[name] for name in prover.behind(divisor) if name in prover.pack.indicators]
    return all(one.range is not None or one.type not in ("integer", "decimal") for one in read)
