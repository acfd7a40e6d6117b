"""Lint as proof: what packs that load can be shown never to do, whatever the evidence (``starbranch pack check``).

Interval and whole-number reasoning over the ranges of indicators, the options of choices, every value of the settings, and every date and
period of at most a year. What is reported is proved; relations between values that no rule states (closed cases are never more than all
cases) are not known here, so that a finding may be missed but is never made up. What could not be decided is counted and can be listed.
"""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass

from evaluator.authoring.proofs.divisors import check_divisors
from evaluator.authoring.proofs.figures import check_figures
from evaluator.authoring.proofs.items import check_criterion, check_gate, check_trigger, check_veto
from evaluator.authoring.proofs.prover import Condition, Open, Prover
from evaluator.authoring.proofs.rating import Counts, check_groups, check_rating, limit_results, needed_limits
from evaluator.authoring.proofs.verdicts import judge
from evaluator.diagnostics import Diagnostic, Failure
from evaluator.packs import models as m
from evaluator.packs.bench import Bench
from evaluator.packs.load import LoadedPack, find_packs, load_pack
from evaluator.packs.source import DataPath
from evaluator.scoring.compile import compile_plan
from evaluator.scoring.period import Period

__all__ = ["Proofs", "prove", "sound"]

INEXACT = ("E701", "E702", "E706", "E707")  # what the plan says of formulas


@dataclass(frozen=True)
class Proofs:
    """What was found, sorted by place; how many conditions and parts were looked at; those that stayed undecided."""

    findings: tuple[Diagnostic, ...]
    asked: int
    open: tuple[Open, ...]


def sound(packs: Sequence[LoadedPack], findings: Sequence[Diagnostic]) -> list[LoadedPack]:
    """Return the packs without errors, neither in their own file nor in one that they extend."""
    broken = {finding.place.file for finding in findings if finding.is_error}
    return [one for one in packs if not broken & set(_files(one))]


def _files(loaded: LoadedPack | None) -> Iterator[str]:
    while loaded is not None:
        yield loaded.spans.file
        loaded = loaded.base


def prove(packs: Sequence[LoadedPack]) -> Proofs:
    """Return what can be proved of packs without errors. A pack that they need and that is not among them is an installed one."""
    findings: list[Diagnostic] = []
    left: list[Open] = []
    asked = 0
    for loaded in packs:
        prover = _prove(loaded, packs)
        findings += prover.findings
        left += prover.open
        asked += prover.asked
    order = sorted(dict.fromkeys(findings), key=lambda one: (one.place, one.key))
    return Proofs(tuple(order), asked, tuple(sorted(left, key=lambda one: (one.place, one.found))))


def _prove(loaded: LoadedPack, packs: Sequence[LoadedPack]) -> Prover:
    pack = loaded.pack
    needed = _needed(pack, packs)
    prover = Prover(loaded, needed_limits(needed))
    among: list[Condition] = []
    if pack.applies_to:
        applies = Condition(pack.applies_to, ("applies_to",))
        if judge(prover, applies, "E620", "W621") == "never":
            return prover  # nothing else in it matters
        among = [applies]
    check_divisors(prover)
    hard, soft = Counts(), Counts()
    applying = False
    for number, trigger in enumerate(pack.triggers):
        applies_to_some, found = check_trigger(prover, trigger, ("triggers", number), among)
        (hard if trigger.kind == "hard" else soft).add(found)
        applying |= applies_to_some
    limit_results(prover, hard, soft)
    for number, group in enumerate(pack.groups):
        for index, criterion in enumerate(group.criteria):
            applying |= check_criterion(prover, criterion, ("groups", number, "criteria", index), among)
    if not applying:
        prover.report("E622", ("pack",), found=pack.pack)
        return prover
    capped = {level for number, veto in enumerate(pack.vetoes) for level in check_veto(prover, veto, ("vetoes", number), among)}
    check_groups(prover)
    failing = Counts()
    for number, gate in enumerate(pack.gates):
        failing.add(check_gate(prover, gate, ("gates", number), among))
    prover.limits["gates_failed"] = (0, failing.possible)
    check_rating(prover, capped)
    check_figures(prover, Bench(pack, loaded.spans))
    _compiles(prover, needed)
    _cases(prover, loaded)
    return prover


def _needed(pack: m.Pack, packs: Sequence[LoadedPack]) -> list[m.Pack]:
    """Return the packs that it needs, as far as they are at hand: among those given, or installed."""
    given = {one.pack.pack: one.pack for one in packs}
    found = []
    for id_ in pack.needs:
        if id_ in given:
            found.append(given[id_])
        elif id_ in find_packs():
            with suppress(Failure):  # what is wrong with that one is told where it is checked
                found.append(load_pack(id_).pack)
    return found


def _compiles(prover: Prover, needed: Sequence[m.Pack]) -> None:
    """Report what the plan of the pack refuses: formulas that could not be computed exactly."""
    pack = prover.pack
    start = pack.effective.from_
    period = Period(start, start, start)
    try:
        compile_plan([*(one.model_copy(update={"needs": (), "effective": pack.effective}) for one in needed), pack], period)
    except Failure as failure:
        for finding in failure.findings:
            if finding.code in INEXACT and finding.values["pack"] == pack.pack:
                place = prover.spans.place(_path_of(pack, finding.values["where"]))
                prover.findings.append(Diagnostic(finding.key, place, finding.values))


def _path_of(pack: m.Pack, id_: str) -> DataPath:
    """Return where the item or derived value of an id stands; the start of the pack for others."""
    if id_ in pack.derived:
        return ("derived", id_)
    for number, group in enumerate(pack.groups):
        for index, criterion in enumerate(group.criteria):
            if criterion.id == id_:
                return ("groups", number, "criteria", index, "id")
        if group.id == id_:
            return ("groups", number, "earned_when")
    sections: dict[str, Sequence[m.Item]] = {"vetoes": pack.vetoes, "triggers": pack.triggers, "gates": pack.gates}
    for section, items in sections.items():
        for number, item in enumerate(items):
            if item.id == id_:
                return (section, number, "id")
    return (id_,) if id_ in ("rating", "applies_to") else ("pack",)


def _cases(prover: Prover, loaded: LoadedPack) -> None:
    """Report a pack in a folder, whatever its name, that has no cases beside it: those of what it extends do not try what it changes."""
    if loaded.path.name == "pack.yaml" and not any(loaded.path.parent.glob("cases/*.yaml")):
        prover.report("W636", ("pack",), found=loaded.pack.pack)
