"""Proofs about criteria, vetoes, triggers and gates: conditions that never or always hold, and deductions that never act."""

from collections.abc import Iterator, Sequence

from evaluator.authoring.proofs.bands import check_bands
from evaluator.authoring.proofs.marks import check_marks
from evaluator.authoring.proofs.parts import Shape, check_shape, deduct_goals, part_goals
from evaluator.authoring.proofs.prover import Condition, Prover
from evaluator.authoring.proofs.verdicts import Verdict, judge
from evaluator.packs import models as m
from evaluator.packs.scope import manual_columns
from evaluator.packs.source import DataPath

__all__ = ["check_criterion", "check_gate", "check_trigger", "check_veto"]


def check_criterion(prover: Prover, criterion: m.Criterion, path: DataPath, among: Sequence[Condition]) -> bool:
    """Report what a criterion's conditions and parts can never do, and return whether it can apply to anyone.

    ``among``: the conditions under which the pack applies at all.
    """
    applies = _optional(criterion.applies_when, (*path, "applies_when"))
    if applies:
        found = judge(prover, applies, "W605", "W606", among)
        if found == "never":  # nothing else in it matters
            return False
        among = [*among, applies]
    columns, before = manual_columns(criterion), len(prover.findings)
    for index, part in enumerate(criterion.parts):
        _part(prover, part, index, columns.get(index, ("", ""))[0], (*path, "parts", index), among)
    for index, deduct in enumerate(criterion.deduct):
        _deduct(prover, deduct, index, (*path, "deduct", index), among)
    zero = _optional(criterion.zero_when, (*path, "zero_when"))
    if zero:
        judge(prover, zero, "W607", "W608", among)
    check_marks(prover, criterion, columns, path, among, before)
    return True


def _part(prover: Prover, part: m.AnyPart, index: int, column: str, path: DataPath, among: Sequence[Condition]) -> None:
    if isinstance(part, m.Bands):
        check_bands(prover, part, index, path, among)
        return
    shape = part_goals(part, index, column)
    if isinstance(part, m.Award):
        one = Condition(part.when, (*path, "when"), in_part=True)
        # A ratio over nothing may give the marks, or take them, without the condition.
        given, taken = (shape.zero_gives(prover, full=full) for full in (True, False))
        judge(prover, one, None if given else "W601", None if taken else "W602", among)
    else:
        check_shape(prover, part, shape, path, among)


def _deduct(prover: Prover, deduct: m.Deduct, index: int, path: DataPath, among: Sequence[Condition]) -> None:
    found: Verdict = "always"
    if deduct.when is not None:
        one = Condition(deduct.when, (*path, "when"))
        found = judge(prover, one, "W609", "W610" if deduct.per is None else "W618", among)
        if found == "never":
            return
        among = [*among, one]
    if deduct.per is not None:
        _per(prover, deduct_goals(deduct, index), deduct.per, path, among)


def _per(prover: Prover, shape: Shape, per: str, path: DataPath, among: Sequence[Condition]) -> None:
    """Report what is counted where it never comes to a whole unit."""
    prover.asked += 1
    reaches = prover.can(shape.question(True, prover, among))
    if reaches.can is False:
        prover.report("W627", (*path, "per"), found=per, why=prover.why(shape.node, among))
    elif reaches.can is None:
        prover.left_open((*path, "per"), per)


def check_veto(prover: Prover, veto: m.Veto, path: DataPath, among: Sequence[Condition]) -> Iterator[int]:
    """Report a veto that never or always acts, and a cap that takes nothing away; yield the levels that it may leave a branch with."""
    one = Condition(veto.when, (*path, "when"))
    highest = max(line.level for line in prover.pack.rating)
    if judge(prover, one, "W611", "W612", among) == "never":
        return
    if veto.void:
        yield 0
    if veto.cap is not None:
        yield veto.cap
        if veto.cap >= highest:
            prover.report("W629", (*path, "cap"), found=veto.cap, highest=highest, record=prover.holds(one.node, among).record)


def check_trigger(prover: Prover, trigger: m.Trigger, path: DataPath, among: Sequence[Condition]) -> tuple[bool, Verdict]:
    """Report a trigger that never or always fires, and return whether it can apply to anyone, and which."""
    applies = _optional(trigger.applies_when, (*path, "applies_when"))
    if applies:
        found = judge(prover, applies, "W605", "W606", among)
        if found == "never":
            return False, found
        among = [*among, applies]
    return True, judge(prover, Condition(trigger.when, (*path, "when")), "W613", "W614", among)


def check_gate(prover: Prover, gate: m.Gate, path: DataPath, among: Sequence[Condition]) -> Verdict:
    """Report a gate that is never or always failed, and return which."""
    return judge(prover, Condition(gate.when, (*path, "when")), "W615", "W616", among)


def _optional(text: str | None, path: DataPath) -> Condition | None:
    return None if text is None else Condition(text, path)
