"""Whether a condition can ever hold or fail, and which piece of it decides that."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Literal

from evaluator.authoring.proofs.decide import Goal
from evaluator.authoring.proofs.prover import Condition, Prover
from evaluator.authoring.proofs.world import World
from evaluator.packs import tree
from evaluator.packs.writing import names, write

__all__ = ["Verdict", "judge", "verdict"]

MOST_PIECES = 12  # of an AND or OR whose pairs are tried
Verdict = Literal["never", "always", "varies", "open"]


@dataclass(frozen=True)
class _Judging:
    prover: Prover
    one: Condition
    among: Sequence[Condition]

    def verdict(self, node: tree.Condition, *, both: bool = True) -> Verdict:
        """Return the verdict; without ``both`` what always holds varies too."""
        true = self.prover.holds(node, self.among, in_part=self.one.in_part)
        if true.can is False:
            return "never"
        if not both:
            return "open" if true.can is None else "varies"
        false = self.prover.holds(node, self.among, in_part=self.one.in_part, wanted=False)
        if false.can is False:
            return "always"
        return "open" if true.can is None or false.can is None else "varies"

    def culprit(self, node: tree.Condition, found: Verdict) -> tree.Condition:
        """Return the smallest piece that alone makes the whole never or always hold: one piece of it, or two that clash."""
        joined = tree.And if found == "never" else tree.Or
        if isinstance(node, joined):
            for piece in node.of:
                if self.verdict(piece) == found:
                    return self.culprit(piece, found)
            for first, last in combinations(node.of[:MOST_PIECES], 2):
                pair = joined(tree.Span(first.span.start, last.span.end), (first, last))
                if self.verdict(pair) == found:
                    return pair
        return node

    def pieces(self, node: tree.Condition) -> None:
        """Report pieces of a condition that varies which never or always hold, the largest that do, and those that add nothing."""
        varying = []
        for piece in _below(node):
            found = self.verdict(piece)
            if found in ("never", "always"):
                at = self.culprit(piece, found)
                self.prover.inside("W617" if found == "never" else "W618", self.one, at, why=self.prover.why(at, self.among))
            else:
                varying.append(piece)
                self.pieces(piece)
        if isinstance(node, tree.And | tree.Or):
            self.beside(node, varying[:MOST_PIECES])

    def beside(self, node: tree.And | tree.Or, pieces: Sequence[tree.Condition]) -> None:
        """Report each piece that says nothing beside another: one that follows from it in an AND, one from which it follows in an OR.

        A piece that reads what the other does not may be there to say why, or to decide where the other is missing.
        """
        left = list(reversed(pieces))
        for piece in tuple(left):
            read = names(piece)
            for other in left:
                if other is piece or not (read <= names(other) if isinstance(node, tree.And) else names(other) <= read):
                    continue
                strong, weak = (other, piece) if isinstance(node, tree.And) else (piece, other)
                if self.apart(strong, weak) is False:
                    self.prover.inside("W639", self.one, piece, by=write(other), why=self.prover.why(piece, self.among))
                    left.remove(piece)
                    break

    def apart(self, true: tree.Condition, false: tree.Condition) -> bool | None:
        """Return whether one piece can hold where the other does not."""
        prover, in_part = self.prover, self.one.in_part
        near = prover.near(self.one.node, self.among)

        def goals(world: World) -> list[Goal]:
            own = [world.goal(true, True, in_part=in_part), world.goal(false, False, in_part=in_part)]
            return own + [world.goal(one.node, True) for one in near]

        return prover.can(goals).can


def judge(prover: Prover, one: Condition, never: str | None, always: str | None, among: Sequence[Condition] = ()) -> Verdict:
    """Report under ``never`` or ``always`` a condition that is so where ``among`` hold, under its own codes a piece that is.

    None: what is so is not worth a word there.
    """
    judging = _Judging(prover, one, among)
    prover.asked += 1
    alike = [node for node in _compared(one.node) if write(node.left) == write(node.right)]
    for node in alike:
        prover.inside("W619", one, node)
    found = judging.verdict(one.node, both=always is not None or bool(_below(one.node)))
    if found == "open":
        prover.left_open(one.path, one.text)
    code = {"never": never, "always": always}.get(found)
    if code and not alike:
        at = judging.culprit(one.node, found)
        prover.inside(code, one, at, why=prover.why(at, among))
    elif found in ("varies", "open") and not alike:
        judging.pieces(one.node)
    return found


def verdict(prover: Prover, one: Condition, among: Sequence[Condition] = ()) -> Verdict:
    """Return the verdict of a condition without reporting it."""
    return _Judging(prover, one, among).verdict(one.node)


def _below(node: tree.Condition) -> tuple[tree.Condition, ...]:
    """Return the pieces of a joined or negated condition."""
    return node.of if isinstance(node, tree.And | tree.Or) else (node.of,) if isinstance(node, tree.Not) else ()


def _compared(node: tree.Node) -> list[tree.Compare]:
    """Return the comparisons in a condition."""
    own = [node] if isinstance(node, tree.Compare) else []
    return own + [one for child in tree.children(node) for one in _compared(child)]
