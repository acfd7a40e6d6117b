"""Points of criteria and groups of one branch, lowest and highest, in plain whole numbers."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import NamedTuple

from evaluator.scoring.plan import (
    AwardStep,
    BandsStep,
    ChoicesStep,
    CountStep,
    CriterionStep,
    DeductStep,
    Expr,
    GroupStep,
    ManualStep,
    PartStep,
    ProrateStep,
    Slot,
    Test,
)
from evaluator.scoring.tables import Status, Why

__all__ = [
    "Asked",
    "Awarded",
    "Earned",
    "Line",
    "Member",
    "Span",
    "Worth",
    "award",
    "criterion_worth",
    "deducted",
    "group_earned",
    "keys_failed",
    "part_span",
]

TEN_THOUSAND = 10_000


@dataclass(frozen=True)
class Asked:
    """What the evidence of one branch says: the truth of a test, the value of an expression; None where it is not known."""

    truth: Callable[[Test], bool | None]
    value: Callable[[Expr], int | None]


class Span(NamedTuple):
    """Hundredths of a point, lowest and highest."""

    low: int
    high: int

    def held(self, most: int) -> "Span":
        return Span(min(max(self.low, 0), most), min(max(self.high, 0), most))


class Worth(NamedTuple):
    """A criterion: its status, lowest and highest, its points in play, and how many of these surely are."""

    status: Status
    low: int
    high: int
    points: int
    sure: int

    @property
    def in_play(self) -> bool:
        return self.status not in (Status.NOT_APPLICABLE, Status.NOT_DUE)


Member = tuple[CriterionStep, Worth]
Line = tuple[bool | None, bool | None]


# --- criteria -----------------------------------------------------------------


def criterion_worth(step: CriterionStep, asked: Asked) -> Worth:
    """Return what the criterion is worth, in hundredths."""
    if step.owed == 0:
        return Worth(Status.NOT_DUE, 0, 0, 0, 0)
    applies = True if step.applies is None else asked.truth(step.applies)
    if applies is False:
        return Worth(Status.NOT_APPLICABLE, 0, 0, 0, 0)
    out = [asked.truth(part.na) for part in step.parts]
    points = step.owed - sum(part.full for part, na in zip(step.parts, out, strict=True) if na)
    if points == 0:
        return Worth(Status.NOT_APPLICABLE, 0, 0, 0, 0)
    sure = sum(part.full for part, na in zip(step.parts, out, strict=True) if na is False) if step.parts else step.owed
    spans = [part_span(part, asked) for part in step.parts] or [Span(step.owed, step.owed)]
    spans += [deducted(deduct, step.owed, asked) for deduct in step.deducts]
    low, high = Span(sum(span.low for span in spans), sum(span.high for span in spans)).held(points)
    zero = False if step.zero is None else asked.truth(step.zero)
    if zero is not False:
        low = 0
    if zero:
        high = points - sure  # what may still leave as not applicable
    if applies is None:
        low, high, sure = 0, points, 0
    return Worth(_status(low, high, points), low, high, points, sure)


def _status(low: int, high: int, points: int) -> Status:
    if low != high:
        return Status.UNPROVEN
    return Status.MET if low == points else Status.UNMET if low == 0 else Status.PARTIAL


def part_span(part: PartStep, asked: Asked) -> Span:
    """Return what one part is worth; nothing where it is not applicable."""
    na = asked.truth(part.na)
    if na:
        return Span(0, 0)
    unknown = Span(0, part.full)
    if na is None:
        return unknown
    for test, worth in part.fixed:
        holds = asked.truth(test)
        if holds is None:
            return unknown
        if holds:
            return Span(worth, worth).held(part.full)
    span = _shape_span(part, asked)
    return unknown if span is None else span.held(part.full)


def _shape_span(part: PartStep, asked: Asked) -> Span | None:
    """Return what the shape of the part gives; None where nothing is known about it."""
    worth: int | None
    match part:
        case AwardStep():
            holds = asked.truth(part.when)
            worth = None if holds is None else part.full if holds else 0
        case BandsStep():
            return _band_span(part, asked)
        case CountStep():
            per = asked.value(part.per)
            worth = None if per is None else part.start + part.step * (max(per, 0) // part.every)
        case ProrateStep():
            num, den = asked.value(part.num), asked.value(part.den)
            worth = None if num is None or den is None or den <= 0 else part.full * min(max(num, 0), den) // den
        case ChoicesStep():
            there = [asked.value(Slot(slot)) for slot in part.slots]
            worth = None if None in there else part.each * sum(1 for one in there if one)
        case ManualStep():
            given = asked.value(Slot(part.slot))
            worth = None if given is None else min(max(given, part.low * 100), part.full * 100) // 100
        case _:
            raise TypeError(type(part).__name__)
    return None if worth is None else Span(worth, worth)


def _band_span(part: BandsStep, asked: Asked) -> Span:
    """Return the span of what may be the first true band: those that are unknown, down to the first that is surely true."""
    possible = []
    for test, worth in part.bands:
        holds = asked.truth(test)
        if holds is not False:
            possible.append(worth)
        if holds:
            break
    else:
        possible.append(0)
    return Span(min(possible), max(possible))


def deducted(step: DeductStep, everything: int, asked: Asked) -> Span:
    """Return what comes off, as numbers of 0 or less; ``everything`` where it has no limit and the amount is unknown."""
    na = asked.truth(step.na)
    when = True if step.when is None else asked.truth(step.when)
    if na or when is False:
        return Span(0, 0)
    per = step.every if step.per is None else asked.value(step.per)
    if na is None or when is None or per is None:
        most = step.up_to if step.up_to is not None else step.points if step.per is None else everything
        return Span(-most, 0)
    amount = step.points * (max(per, 0) // step.every)
    if step.up_to is not None:
        amount = min(amount, step.up_to)
    return Span(-amount, -amount)


# --- groups -------------------------------------------------------------------


class Earned(NamedTuple):
    """A group's points: lowest and highest with bonus, in play, surely in play."""

    low: int
    high: int
    applicable: int
    sure: int


class Awarded(NamedTuple):
    """Whether a group is awarded, as it stands and at its highest, and why it is not."""

    awarded: bool
    possible: bool
    why: Why


def group_earned(step: GroupStep, members: Iterable[Member]) -> Earned:
    """Return what the group's criteria add up to; bonus counts for earned only, up to its limit."""
    members = list(members)
    plain = [worth for criterion, worth in members if not criterion.bonus]
    bonus = [worth for criterion, worth in members if criterion.bonus]
    return Earned(
        sum(worth.low for worth in plain) + min(sum(worth.low for worth in bonus), step.bonus_up_to),
        sum(worth.high for worth in plain) + min(sum(worth.high for worth in bonus), step.bonus_up_to),
        sum(worth.points for worth in plain),
        sum(worth.sure for worth in plain),
    )


def keys_failed(members: Iterable[Member]) -> tuple[int, int]:
    """Return how many key criteria fail as it stands (they may apply and may be zero), and how many at the highest (surely both)."""
    keys = [worth for criterion, worth in members if criterion.key and worth.in_play]
    return sum(worth.low == 0 for worth in keys), sum(worth.high == 0 and worth.sure > 0 for worth in keys)


def award(
    step: GroupStep, earned: Earned, keys: tuple[int, int], line: tuple[bool | None, bool | None], required: Iterable[Awarded]
) -> Awarded:
    """Return whether the group is awarded, before vetoes strip it: as it stands, at its highest, and why not."""
    if earned.applicable == 0:
        return Awarded(False, False, Why.NOT_APPLICABLE)
    required = list(required)
    needed = max(step.min_applicable * step.points, 1)  # what may all leave as not applicable earns nothing yet
    reasons = (
        (Why.TOO_LITTLE, earned.sure * TEN_THOUSAND < needed, earned.applicable * TEN_THOUSAND < needed),
        (Why.KEY, keys[0] > 0, keys[1] > 0),
        (Why.NO_LINE if step.line is None else Why.LINE, not line[0], not line[1]),
        (Why.REQUIRES, not all(other.awarded for other in required), not all(other.possible for other in required)),
    )
    why = next((why for why, stands, _ in reasons if stands), Why.AWARDED)
    return Awarded(why is Why.AWARDED, not any(highest for *_, highest in reasons), why)
