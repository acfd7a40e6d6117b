"""What a question is about: claims, the values that they give to things, and when one value cannot be taken for another."""

import re
from collections.abc import Hashable
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from functools import cache

from evaluator.packs import models as m

__all__ = ["Claim", "Value", "akin", "deadline_sense", "number", "overlap", "pieces"]

JOINTS = re.compile(r"[、/,,;;和及与]")


@dataclass(frozen=True)
class Value:
    """A value by what it means; ``text`` is how it is printed and takes no part in comparing."""

    meaning: Hashable
    text: str = field(compare=False)


@dataclass(frozen=True)
class Claim:
    """``relation`` of ``subject`` is ``value``: of ``five-star-urban:UZB-04`` the ``points`` are 8."""

    relation: str
    subject: str
    value: Hashable


def number(value: Decimal | Fraction) -> str:
    """Return a number as it is written: ``8``, ``7.5``."""
    exact = Fraction(value)
    if exact.denominator == 1:
        return str(exact.numerator)
    whole, rest = divmod(abs(exact) * 10_000, 10_000)
    return ("-" if exact < 0 else "") + f"{whole}.{int(rest):04d}".rstrip("0")


@cache
def pieces(text: str) -> frozenset[str]:
    """Return what a text lists: 会议记录、签到表 are two."""
    return frozenset(piece.strip() for piece in JOINTS.split(text) if piece.strip())


@cache
def overlap(one: str, other: str) -> bool:
    """Return whether two lists share a piece, or a piece of one is part of a piece of the other: 社区 and 社区书记."""
    return any(a in b or b in a for a in pieces(one) for b in pieces(other))


@cache
def akin(one: str, other: str) -> bool:
    """Return whether two texts share two signs in a row: 会议记录 and 更新记录 are both records, so one may pass for the other."""
    return bool({one[at : at + 2] for at in range(len(one) - 1)} & {other[at : at + 2] for at in range(len(other) - 1)})


def deadline_sense(deadline: m.Deadline) -> str:
    """Return what a time limit comes to: two with the same sense end about the same day, whatever they are called."""
    if deadline.days is not None:
        return str(deadline.days * (30 if deadline.unit == "month" else 1))
    if deadline.review_days is not None:
        return str(deadline.review_days)
    if deadline.at == "period_end" or deadline.date == "12-31":
        return "year"
    return deadline.at or deadline.date or ""
