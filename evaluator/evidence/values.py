"""One cell, as an indicator's type reads it: text, number or date in, whole ten-thousandths out (MEANING sections 1 and 3)."""

import re
import unicodedata
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

from evaluator.evidence.figures import NOTHING, Figure, is_vague, read_figure
from evaluator.messages import language, say
from evaluator.packs.models import Indicator

__all__ = ["SCALE", "BadCell", "Read", "plain", "read_value"]

SCALE = 10_000
YES = {"是", "√", "✓", "✔", "☑", "有", "y", "yes", "true", "1", "1.0", "对", "已"}
NO = {"否", "×", "✗", "✘", "x", "无", "没有", "n", "no", "false", "0", "0.0", "未"}
NOT_APPLICABLE = re.compile(r"^(?:/|不适用|n/?a)(?:[\s:;,(]\s*(.*?)\)?)?$", re.IGNORECASE)
DATES = (
    re.compile(r"^(\d{4})-(\d{1,2})-(\d{1,2})(?:[ T]00:00(?::00)?)?$"),
    re.compile(r"^(\d{4})\.(\d{1,2})\.(\d{1,2})$"),
    re.compile(r"^(\d{4})/(\d{1,2})/(\d{1,2})$"),
    re.compile(r"^(\d{4})年(\d{1,2})月(\d{1,2})日?$"),
    re.compile(r"^((?:19|20)\d\d)(\d\d)(\d\d)$"),
)
SEPARATORS = re.compile(r"[;、,]")


class BadCell(Exception):
    """A cell that its indicator cannot read: ``key`` names the message, ``values`` fill it."""

    def __init__(self, key: str, **values: Any) -> None:
        self.key = key
        self.values = values
        super().__init__(key)


@dataclass(frozen=True, slots=True)
class Read:
    """A value in the units of the plan. ``na`` with its reason; ``text`` what stood in the cell; ``cut``: digits beyond the fourth
    place were cut off; ``approx``: the words that make it approximate (余, 近, 约)."""

    value: int | None
    text: str
    na: bool = False
    reason: str = ""
    cut: bool = False
    approx: str = ""


def plain(cell: object) -> str:
    """Return a cell as trimmed text in NFKC, so that full-width digits and letters read as their plain selves."""
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "是" if cell else "否"
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 1e15:
        return str(int(cell))
    if isinstance(cell, datetime):
        return str(cell.date()) if cell.time() == time() else str(cell)
    return unicodedata.normalize("NFKC", str(cell)).strip()


def read_value(cell: object, indicator: Indicator, last: date, *, percent_format: bool = False, fractions: bool = False) -> Read | None:
    """Return what a cell says of an indicator; None for an empty cell that says nothing.

    ``last`` is the reference date, after which no date may lie; ``percent_format``: the cell shows a fraction as a percent;
    ``fractions``: the user says that percents are written as fractions (``--percent fraction``).

    Raises:
        BadCell: the cell does not hold what the indicator asks.
    """
    text = plain(cell)
    if not text:
        return _blank(indicator)
    if match := NOT_APPLICABLE.match(text):
        if indicator.na is None:
            raise BadCell("evidence.E311", found=text, expected=expectation(indicator))
        return Read(None, text, na=True, reason=(match[1] or "").strip())
    match indicator.type:
        case "integer" | "decimal" | "percent":
            return _number(cell, text, indicator, percent_format, fractions)
        case "boolean":
            return Read(_boolean(text, indicator), text)
        case "date":
            return Read(_date(cell, text, indicator, last), text)
        case "choice":
            return Read(_option(text, indicator) + 1, text)
        case "choices":
            if text in NOTHING:
                return Read(0, text)
            named = {_option(one.strip(), indicator) for one in SEPARATORS.split(text) if one.strip()}
            return Read(sum(1 << bit for bit in named), text)
        case "text":
            return Read(0 if text in NOTHING else 1, text)


def expectation(indicator: Indicator) -> str:
    """Return in words what an indicator asks for."""
    unit = f"({indicator.unit})" if indicator.unit and (language() == "zh" or indicator.unit.isascii()) else ""
    span = say("evidence.expect_range", low=indicator.range[0], high=indicator.range[1]) if indicator.range else ""
    options = "、".join(indicator.options)
    return say(f"evidence.expect_{indicator.type}", unit=unit, range=span, options=options)


def _blank(indicator: Indicator) -> Read | None:
    if indicator.blank == "none" and indicator.type != "text":
        return None
    return None if indicator.blank is None else Read(0, "")


def _number(cell: object, text: str, indicator: Indicator, percent_format: bool, fractions: bool) -> Read:
    number, sign, approx = _figure(cell, text, indicator)
    if indicator.type == "percent":
        if not sign and (percent_format or fractions):
            number *= 100
    elif sign:
        raise BadCell("evidence.E301", found=text, expected=expectation(indicator))
    if isinstance(cell, float) or percent_format:
        near = number.quantize(Decimal("1e-9"))  # what binary floating point added, not what was typed
        number = near.quantize(Decimal("1e-4")) if abs(near - near.quantize(Decimal("1e-4"))) <= Decimal("2e-9") else number
    scaled = number * SCALE
    whole = int(scaled // 1) if scaled >= 0 else -int(-scaled // 1)
    if indicator.type == "integer" and scaled % SCALE:
        raise BadCell("evidence.E302", found=text, expected=expectation(indicator))
    low, high = indicator.range or ((Decimal(0), Decimal(100)) if indicator.type == "percent" else (Decimal(-(10**9)), Decimal(10**9)))
    if not low <= number <= high:
        raise BadCell("evidence.E303", found=text, low=low, high=high, expected=expectation(indicator))
    return Read(whole, text, cut=whole != scaled, approx=approx)


def _figure(cell: object, text: str, indicator: Indicator) -> Figure:
    if isinstance(cell, int | float) and not isinstance(cell, bool):
        return Figure(Decimal(repr(cell)))
    found = None if isinstance(cell, bool) else read_figure(text, indicator.unit)
    if found is None:
        raise BadCell("evidence.E316" if is_vague(text) else "evidence.E301", found=text, expected=expectation(indicator))
    return found


def _boolean(text: str, indicator: Indicator) -> int:
    word = text.casefold()
    if word in YES:
        return 1
    if word in NO:
        return 0
    raise BadCell("evidence.E304", found=text, expected=expectation(indicator))


def _date(cell: object, text: str, indicator: Indicator, last: date) -> int:
    if isinstance(cell, datetime):
        day = cell.date()
    elif isinstance(cell, date):
        day = cell
    else:
        match = next((match for form in DATES if (match := form.match(text))), None)
        if match is None:
            raise BadCell("evidence.E305", found=text, expected=expectation(indicator))
        try:
            day = date(int(match[1]), int(match[2]), int(match[3]))
        except ValueError:
            raise BadCell("evidence.E305", found=text, expected=expectation(indicator)) from None
    if day > last:
        raise BadCell("evidence.E306", found=str(day), last=last, expected=expectation(indicator))
    return (day - date(1970, 1, 1)).days


def _option(text: str, indicator: Indicator) -> int:
    known = [unicodedata.normalize("NFKC", option).strip() for option in indicator.options]
    if text not in known:
        raise BadCell("evidence.E315" if indicator.type == "choices" else "evidence.E307", found=text, expected=expectation(indicator))
    return known.index(text)
