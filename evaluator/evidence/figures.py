"""A figure as documents write it (1000余件, 近40万元, 1.89亿元, 三十多): its exact number, and the words that make it approximate."""

import re
import unicodedata
from decimal import Decimal, InvalidOperation
from math import prod
from typing import Literal, NamedTuple

__all__ = ["NOTHING", "Figure", "Lean", "is_approximate", "is_vague", "lean_of", "read_figure"]

Lean = Literal["below", "above", "least", "about"]
"""Where the true figure lies: below the one written, above it, there or above, on either side."""

NOTHING = {"无", "没有"}
DIGITS = {c: i for i, c in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2}
UNITS = {"十": 10, "百": 100, "千": 1000, "万": 10_000, "亿": 100_000_000}
THOUSANDS = re.compile(r"[+-]?\d{1,3}(?:,\d{3})+(?![\d,])")
LEANS: dict[Lean, tuple[str, ...]] = {
    "below": ("将近", "接近", "近", "不到", "不足"),
    "above": ("超过", "逾", "超", "有余", "余", "多"),
    "least": ("至少", "不少于", "不低于", "以上", "+"),
    "about": ("大约", "大概", "约", "≈", "~", "左右", "上下"),
}
BEFORE = re.compile(
    "|".join(("将近", "接近", "近", "不到", "不足", "大约", "大概", "约", "超过", "逾", "超", "至少", "不少于", "不低于", "≈", "~"))
)
AFTER = re.compile(r"(左右|上下|以上|有余)$")
WITHIN = re.compile(r"[余多]|\d\+")
TENS = "".join(UNITS)
MEASURES = "个名人件次户家项条份"
VAGUE = re.compile(  # 4~5, 几十, 数名: no number stands there
    r"\D*\d+(?:\.\d+)?\D{0,3}[~\-—–至到]\D{0,2}\d+(?:\.\d+)?\D*$"
    rf"|几|若干|[很许]多|[数多][{MEASURES}{TENS}]|.*[{TENS}]几"
)
CORE = re.compile(r"(.+?)([余多+]?)([十百千]?[万亿]?)([余多+]?)")
PLAIN = re.compile(r"[+-]?\d+(?:\.\d+)?")


class Figure(NamedTuple):
    """``percent``: a percent sign stood behind it; ``approx``: the words that make it approximate, ``""`` when it is exact."""

    number: Decimal
    percent: bool = False
    approx: str = ""


def read_figure(text: str, unit: str = "") -> Figure | None:
    """Return the number of a text in ``unit``; None when it is none. ``1.89亿元`` asked in 万元 is 18900."""
    bare = text.replace(" ", "")
    words = []
    if found := BEFORE.match(bare):
        words.append(found[0])
        bare = bare[found.end() :]
    if found := AFTER.search(bare):
        words.append(found[0])
        bare = bare[: found.start()]
    if THOUSANDS.match(bare):
        bare = bare.replace(",", "")
    if bare in NOTHING:
        return None if words else Figure(Decimal(0))
    percent = bare.endswith("%")
    bare = bare.removesuffix("%")
    base = _scale(unit)
    plain_unit = False
    if unit and not percent:
        written = unicodedata.normalize("NFKC", unit)
        plain_unit = base > 1 and not bare.endswith(written) and bare.endswith(written[1:])
        named = written[1:] if plain_unit else written
        if bare.endswith(named):
            bare = bare.removesuffix(named).removesuffix("个")  # 41.2万个小时
    found = CORE.fullmatch(bare)
    if found is None or (found[2] and found[4]):
        return None
    core, middle, scale, last = found.groups()
    words += [middle or last] if middle or last else []
    number = _number(core, scale, bare)
    if number is None:
        return None
    return Figure(number / base if scale or plain_unit else number, percent, "、".join(words))


def is_approximate(text: str) -> bool:
    """Return whether a text that was read as a figure, in whatever unit, says that it is approximate."""
    bare = text.replace(" ", "")
    return bool(BEFORE.match(bare) or AFTER.search(bare) or WITHIN.search(bare))


def lean_of(text: str) -> Lean | None:
    """Return where the true figure lies of a text that is approximate; None where its words say different things."""
    bare = text.replace(" ", "")
    words = [found[0] for found in (BEFORE.match(bare), AFTER.search(bare)) if found]
    words += [found[0][-1] for found in WITHIN.finditer(AFTER.sub("", bare))]
    leans = {lean for word in words for lean, those in LEANS.items() if word in those}
    return leans.pop() if len(leans) == 1 else "about" if "about" in leans else None


def is_vague(text: str) -> bool:
    """Return whether a text that is no figure names a range or an uncertain number: 4~5, 几十, 数名."""
    return bool(VAGUE.match(text.replace(" ", "")))


def _scale(unit: str) -> Decimal:
    """Return how many of its plain unit a unit such as 万元 counts."""
    return Decimal(UNITS[unit[0]] if len(unit) > 1 and unit[0] in "万亿" else 1)


def _number(core: str, scale: str, bare: str) -> Decimal | None:
    if PLAIN.fullmatch(core):
        return Decimal(core) * prod(UNITS[sign] for sign in scale)
    try:
        number = Decimal(bare)
    except InvalidOperation:
        counted = _chinese(core + scale)
        return None if counted is None else Decimal(counted)
    return number if number.is_finite() and "e" not in bare.lower() else None


def _chinese(text: str) -> int | None:
    """Return a number written 三十五, 一百零八, 二〇二三; None when it is not one."""
    if not text or any(c not in DIGITS and c not in UNITS for c in text):
        return None
    if all(c in DIGITS for c in text):
        return int("".join(str(DIGITS[c]) for c in text))
    total = section = digit = 0
    for c in text:
        if c in DIGITS:
            digit = DIGITS[c]
        elif UNITS[c] >= 10_000:
            total = (total + section + digit) * UNITS[c]
            section = digit = 0
        else:
            section += (digit or 1) * UNITS[c]
            digit = 0
    return total + section + digit
