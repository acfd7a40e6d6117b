"""What of packs can become an issue."""

from collections.abc import Sequence

from evaluator.packs.models import Criterion, Pack, Trigger, Veto

__all__ = ["items_of"]

ITEM = Criterion | Trigger | Veto


def items_of(packs: Sequence[Pack]) -> dict[tuple[str, str], ITEM]:
    """Return what can become an issue, by pack and id."""
    found: dict[tuple[str, str], ITEM] = {}
    for pack in packs:
        found |= {(pack.pack, one.id): one for group in pack.groups for one in group.criteria}
        found |= {(pack.pack, one.id): one for one in pack.triggers} | {(pack.pack, one.id): one for one in pack.vetoes}
    return found
