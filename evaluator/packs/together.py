"""Whether the packs of a run go together: ids, shared indicators, and packs that need one another."""

from collections.abc import Sequence, Set

from evaluator.diagnostics import Diagnostic
from evaluator.packs.bench import cycle
from evaluator.packs.loaded import LoadedPack
from evaluator.packs.models import Indicator, Pack
from evaluator.packs.scope import all_indicators
from evaluator.packs.source import DataPath

__all__ = ["check_together"]

SHARED = ("type", "options", "unit", "aggregate", "range", "holder", "blank", "na", "attribute")  # what one field can be only once


def check_together(loaded: Sequence[LoadedPack], known: Set[str] | None) -> list[Diagnostic]:
    """Return what keeps packs from being scored in one run.

    ``known`` are the ids that ``needs`` may name; None leaves that unchecked, because a pack of the run could not be read.
    """
    findings: list[Diagnostic] = []
    packs: dict[str, LoadedPack] = {}
    items: dict[str, LoadedPack] = {}
    fields: dict[str, tuple[Indicator, LoadedPack]] = {}

    def report(code: str, one: LoadedPack, path: DataPath, *, key: bool = False, **values: object) -> None:
        findings.append(Diagnostic(f"packs.{code}", one.spans.place(path, key=key), values))

    for one in loaded:
        if one.pack.pack in packs:
            report("E490", one, ("pack",), found=one.pack.pack, other=packs[one.pack.pack].spans.file)
            continue
        packs[one.pack.pack] = one
        for id_, path in _items(one.pack):
            if id_ in items and items[id_] is not one:
                report("E491", one, path, found=id_, other=items[id_].pack.pack)
            items.setdefault(id_, one)
        for id_, indicator in all_indicators(one.pack).items():
            first, other = fields.setdefault(id_, (indicator, one))
            differing = [key for key in SHARED if getattr(first, key) != getattr(indicator, key)]
            if differing:
                where: DataPath = ("indicators", id_)
                there = (*where, differing[0]) in one.spans.values
                values = {"found": id_, "other": other.pack.pack, "keys": ", ".join(differing)}
                report("E492", one, (*where, differing[0]) if there else where, key=not there, **values)
        for index, id_ in enumerate(one.pack.needs):
            if known is not None and id_ not in known:
                report("E493", one, ("needs", index), found=id_, pack=one.pack.pack)
    circle = cycle({id_: set(one.pack.needs) & packs.keys() for id_, one in packs.items()})
    if circle:
        report("E494", packs[circle[0]], ("needs",), key=True, circle=" → ".join(circle))
    return findings


def _items(pack: Pack) -> list[tuple[str, DataPath]]:
    """Return the ids that are unique across a run: criteria and triggers."""
    found: list[tuple[str, DataPath]] = []
    for number, group in enumerate(pack.groups):
        found += [(criterion.id, ("groups", number, "criteria", index, "id")) for index, criterion in enumerate(group.criteria)]
    return found + [(trigger.id, ("triggers", number, "id")) for number, trigger in enumerate(pack.triggers)]
