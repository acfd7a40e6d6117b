"""Which items of a pack no case shows met, and which none shows unmet."""

from collections.abc import Iterator
from dataclasses import dataclass

from evaluator.authoring.cases.run import KINDS, Trial
from evaluator.packs.source import DataPath
from evaluator.scoring.tables import Status

__all__ = ["Uncovered", "uncovered"]

LOST = (Status.UNMET, Status.PARTIAL)


@dataclass(frozen=True)
class Uncovered:
    """An item that no case expects ``lacking``: ``met`` or ``unmet`` of a criterion, ``true`` or ``false`` of a veto, trigger or gate."""

    id: str
    path: DataPath
    lacking: str


def uncovered(trial: Trial) -> Iterator[Uncovered]:
    """Yield what is not covered, in the pack's order. A case covers an item only by expecting something of it."""
    seen: set[tuple[str, str]] = set()
    for _, case, outcome in trial.outcomes:
        for id_ in case.expect.points:
            status = outcome.status.get(id_)
            seen.add((id_, "met" if status is Status.MET else "unmet" if status in LOST else ""))
        for name in KINDS:
            if getattr(case.expect, name) is None:
                continue
            true, unknown = outcome.true[name], outcome.unknown[name]
            for one in getattr(trial.subject.pack, name):
                seen.add((one.id, "true" if one.id in true else "" if one.id in unknown else "false"))
    pack = trial.subject.pack
    for number, group in enumerate(pack.groups):
        for index, criterion in enumerate(group.criteria):
            path: DataPath = ("groups", number, "criteria", index, "id")
            yield from (Uncovered(criterion.id, path, word) for word in ("met", "unmet") if (criterion.id, word) not in seen)
    for name in KINDS:
        for number, one in enumerate(getattr(pack, name)):
            yield from (Uncovered(one.id, (name, number, "id"), word) for word in ("true", "false") if (one.id, word) not in seen)
