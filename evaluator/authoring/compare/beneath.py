"""What an overlay brings about in the pack beneath, and packs whose id names another one."""

from collections.abc import Sequence

from evaluator.authoring.proofs.prove import prove
from evaluator.diagnostics import Diagnostic
from evaluator.packs.check import check_pack
from evaluator.packs.load import LoadedPack, find_packs

__all__ = ["brought", "shadowed"]


def shadowed(packs: Sequence[LoadedPack]) -> list[Diagnostic]:
    """Return a warning for each pack whose id is that of an installed pack in another file: by its id nobody reads it."""
    installed = find_packs()
    return [
        Diagnostic("compare.W513", one.spans.place(("pack",)), {"found": one.pack.pack})
        for one in packs
        if one.pack.pack in installed and installed[one.pack.pack].resolve() != one.path.resolve()
    ]


def brought(packs: Sequence[LoadedPack], findings: Sequence[Diagnostic]) -> list[Diagnostic]:
    """Return a warning for each overlay by which others came about that point into a file beneath; ``findings`` are those of all packs."""
    found = []
    for one in packs:
        if one.base is None or all(finding.is_error or finding.place.file not in _beneath(one) for finding in findings):
            continue
        before = {(finding.key, finding.place) for finding in _warnings(one.base)}
        new = [finding for finding in _warnings(one) if finding.place.file in _beneath(one) and (finding.key, finding.place) not in before]
        if new:
            codes = ", ".join(sorted({finding.code for finding in new}))
            files = ", ".join(sorted({finding.place.file for finding in new}))
            found.append(Diagnostic("compare.W512", one.spans.place(("extends",)), {"file": files, "codes": codes}))
    return found


def _beneath(one: LoadedPack) -> set[str]:
    files = set()
    below = one.base
    while below is not None:
        files.add(below.spans.file)
        below = below.base
    return files


def _warnings(one: LoadedPack) -> list[Diagnostic]:
    found = [*check_pack(one), *prove([one]).findings]
    return [finding for finding in found if not finding.is_error]
