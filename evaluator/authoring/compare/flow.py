"""Which branches move from one level to another when the pack changes, and which edits move each.

A set of edits causes a move when it alone, made on the first pack, gives the branch the level that it has under the second. Sets of one
edit are tried first, then of two, then of three; where that finds none, or there would be too many, edits are taken away from all of them
as long as the level stays: what is left cannot be made smaller by leaving out any one, but another, smaller set is not ruled out.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import combinations

from evaluator.authoring.compare.edits import TORN, Edit, applied, edits_between
from evaluator.authoring.compare.scoring import Files, Scorer, State
from evaluator.evidence.records import Branch
from evaluator.packs.models import Pack

__all__ = ["Flow", "Move", "flow"]

LARGEST = 3  # edits in a set that is searched for
MOST = 300  # variants that are tried
MOST_REVERTED = 60  # edits that are each taken back
MOST_SCORED = 60_000  # branches scored in all of them


@dataclass(frozen=True)
class Move:
    """A branch that changes level. ``causes``: the sets of edits each of which alone moves it; ``reverts``: edits each of which, taken
    back alone, moves it back, None where there are too many edits to try; ``bound``: a smaller set is not ruled out."""

    branch: Branch
    old: State
    new: State
    causes: tuple[tuple[Edit, ...], ...]
    reverts: tuple[Edit, ...] | None
    bound: bool


@dataclass(frozen=True)
class Flow:
    """``counts``: branches by level under the first and under the second pack. ``day``: on which dated values were read."""

    counts: dict[tuple[State, State], int]
    moves: tuple[Move, ...]
    branches: int
    variants: int
    day: date
    levels: tuple[State, ...] = field(default=())


def flow(a: Pack, b: Pack, files: Files, others: tuple[Pack, ...] = ()) -> Flow:
    """Return the flow of branches between the levels of two packs, each move with the edits that cause it.

    Raises:
        Failure: evidence, period or packs that cannot be used.
    """
    day = max(files.period.reference, a.effective.from_, b.effective.from_)
    scorer = Scorer(files, (a, b), others, day)
    old, new = scorer.levels(a), scorer.levels(b)
    branches = {branch.id: branch for branch in scorer.branches()}
    both = [id_ for id_ in branches if id_ in old and id_ in new]
    moved = [id_ for id_ in both if old[id_] != new[id_]]
    search = _Search(scorer, a, edits_between(a, b), old, new, moved)
    moves = tuple(search.move(branches[id_]) for id_ in moved)
    found = sorted({*(old[id_] for id_ in both), *(new[id_] for id_ in both)}, reverse=True)
    return Flow(Counter((old[id_], new[id_]) for id_ in both), moves, len(both), len(search.known), day, tuple(found))


class _Search:
    """Variants of a pack by the edits that are made on it, each scored once for all branches that moved."""

    def __init__(
        self, scorer: Scorer, a: Pack, edits: Sequence[Edit], old: dict[str, State], new: dict[str, State], moved: Sequence[str]
    ) -> None:
        self.scorer = scorer
        self.a = a
        self.support = [edit for edit in edits if edit.supports and edit.kind == "added"]
        self.edits = [edit for edit in edits if edit.scores]
        self.old, self.new, self.moved = old, new, moved
        self.known: dict[frozenset[int], dict[str, State]] = {}

    def levels(self, some: frozenset[int]) -> dict[str, State] | None:
        """Return the levels of the moved branches with some of the edits made; None where enough was tried or it cannot be computed."""
        if some not in self.known:
            if len(self.known) >= MOST or self.scorer.scored > MOST_SCORED:
                return None
            variant = applied(self.a, [*self.support, *(self.edits[place] for place in sorted(some))])
            try:
                self.known[some] = self.scorer.levels(variant, self.moved)
            except TORN:  # a part of the edits may make no sense without the rest
                self.known[some] = {}
        return self.known[some]

    def gives(self, some: frozenset[int], id_: str, level: State) -> bool | None:
        found = self.levels(some)
        return None if found is None else found.get(id_) == level

    def move(self, branch: Branch) -> Move:
        id_, everything = branch.id, frozenset(range(len(self.edits)))
        causes: list[frozenset[int]] = []
        complete = True
        if self.support and self.gives(frozenset(), id_, self.new[id_]):  # evidence of a new field makes it a visited branch
            return Move(branch, self.old[id_], self.new[id_], (tuple(self.support),), (), len(self.support) > 1)
        for size in range(1, min(LARGEST, len(everything)) + 1):
            for some in map(frozenset, combinations(sorted(everything), size)):
                moves = self.gives(some, id_, self.new[id_])
                complete = complete and moves is not None
                if moves:
                    causes.append(some)
                if moves is None:
                    break
            if causes or not complete:
                break
        bound = not causes or not complete
        if not causes and self.gives(everything, id_, self.new[id_]):
            causes = [self.reduced(everything, id_)]
            bound = len(causes[0]) > LARGEST or not complete
        return Move(branch, self.old[id_], self.new[id_], tuple(self.named(causes)), self.reverts(everything, id_), bound)

    def reverts(self, everything: frozenset[int], id_: str) -> tuple[Edit, ...] | None:
        if len(everything) > MOST_REVERTED:
            return None
        back = {place: self.gives(everything - {place}, id_, self.old[id_]) for place in sorted(everything)}
        return None if None in back.values() else tuple(self.edits[place] for place, moves in back.items() if moves)

    def named(self, sets: Sequence[frozenset[int]]) -> Iterator[tuple[Edit, ...]]:
        for some in sets:
            yield tuple(self.edits[place] for place in sorted(some))

    def reduced(self, some: frozenset[int], id_: str) -> frozenset[int]:
        """Return a smaller set that still moves the branch: halves are left out, then quarters, down to single edits."""
        size = max(1, len(some) // 2)
        while True:
            listed = sorted(some)
            for start in range(0, len(listed), size):
                rest = some - set(listed[start : start + size])
                if rest and self.gives(rest, id_, self.new[id_]):
                    some = rest
                    break
            else:
                if size == 1:
                    return some
                size //= 2
