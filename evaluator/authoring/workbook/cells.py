"""One cell of a pack's workbook: what a value looks like in it, and the value that a cell says, however Excel or WPS changed its type."""

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from functools import cache
from typing import Any

from evaluator.evidence.cells import Cell
from evaluator.messages import LANGUAGES, language, say
from evaluator.packs.bench import PERIOD_NAMES
from evaluator.packs.builder import ConditionError
from evaluator.packs.conditions import parse_condition, parse_formula

__all__ = ["WORDS", "BadCell", "read_cell", "show", "squeezed", "stand_in", "words"]

WORDS: Mapping[str, tuple[str, ...]] = {  # what may stand in cells with a fixed choice; in print these are the messages w_<kind>_<word>
    "status": ("reference", "adopted"),
    "type": ("integer", "decimal", "percent", "boolean", "date", "choice", "choices", "text"),
    "number_type": ("integer", "decimal", "percent"),
    "aggregate": ("latest", "sum", "count", "min", "max", "mean", "any", "all", "distinct_months"),
    "blank": ("none", "0", "false"),
    "na": ("allowed",),
    "fixable_by": ("branch", "township", "department"),
    "trigger_kind": ("hard", "soft"),
    "day_unit": ("day", "workday", "month"),
    "at": ("quarter_end", "period_end"),
    "clock_from": ("delivered", "found"),
    "slip_to": ("owner", "leader", "superior"),
    "grade": ("a", "b", "c"),
    "template": ("count_down", "count_up", "bands", "prorate", "award", "choices", "manual"),
    "holder": ("branch", "township", "team"),
    "yes": ("true", "false"),
    "when_zero": ("na", "full", "zero"),
    "due": ("period_end",),
    "source": ("default",),
    "within": ("township", "county", "city", "all"),
    "rule": ("caps", "hints", "rise", "streaks"),
    "rule_of": ("visited", "expected"),
    "streak_kind": ("hint", "flag"),
}
CUT = re.compile(r"[、,;\uff0c\uff1b]")
DAY = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?")
MONTH_DAY = re.compile(r"(?:\d{4}[-/.年])?(\d{1,2})[-/.月](\d{1,2})日?")
FIGURE = re.compile(rf"-?\d+(?:\.\d+)?%?|{'|'.join(PERIOD_NAMES)}")  # what may say where it comes from
QUOTES = "\"'“”‘’ "
EPSILON = Decimal("1e-9")
LARGE = Decimal("1e15")  # digits beyond it are not kept by a workbook; the models refuse such numbers


class BadCell(Exception):
    """A cell that does not hold what its column asks: ``key`` names the message, ``values`` fill it."""

    def __init__(self, key: str, **values: object) -> None:
        super().__init__(key)
        self.key = key
        self.values = values


def squeezed(text: object) -> str:
    """Return a text in the form in which headers and words are compared: NFKC, no case, no blanks, no mark of a required column."""
    return re.sub(r"\s", "", unicodedata.normalize("NFKC", str(text))).casefold().lstrip("*").replace("\uff0c", ",")


def words(kind: str) -> list[str]:
    """Return what a drop-down of this kind offers, in the language in force; in English the words of YAML themselves."""
    return [_shown_word(kind, word) for word in WORDS[kind]]


def _shown_word(kind: str, word: str) -> str:
    return say(f"packbook.w_{kind}_{word}") if language() == "zh" or kind in ("yes", "template") else word


@cache
def _word_of(kind: str) -> dict[str, str]:
    known = {squeezed(word): word for word in WORDS[kind]}
    for word in WORDS[kind]:
        known |= {squeezed(say(f"packbook.w_{kind}_{word}", lang)): word for lang in LANGUAGES}
    return known


# --- from data to a cell ------------------------------------------------------


def show(kind: str, value: Any) -> str | Decimal | int | date:
    """Return what is written into the cell of a value."""
    if kind.startswith("word_"):
        return _shown_word(kind.removeprefix("word_"), value)
    match kind:
        case "yes":
            return _shown_word("yes", "true" if value else "false")
        case "holder" | "when_zero" | "due" | "source" if value in WORDS[kind]:
            return _shown_word(kind, value)
        case "ids":
            return "、".join(value)
        case "texts":
            return _joined(value)
        case "number_sources":
            return _joined([f"{number} = {show('source', source)}" for number, source in value.items()])
        case "share":
            return value if isinstance(value, str) else str(value)
        case "dated_numbers" | "named_numbers":
            return _joined([f"{name} = {plain_number(number)}" for name, number in value.items()])
        case _:
            return value if isinstance(value, str | Decimal | int | date) else str(value)


def _joined(pieces: Sequence[str]) -> str:
    """Return pieces behind each other, or one on each line where a piece has a comma of its own."""
    if not any(CUT.search(piece) for piece in pieces):
        return "、".join(pieces)
    return "\n".join(pieces) + ("\n" if len(pieces) == 1 else "")


def plain_number(value: Decimal | int) -> str:
    return f"{Decimal(value).normalize():f}"


# --- from a cell to data ------------------------------------------------------


def read_cell(kind: str, cell: Cell, percent: bool = False) -> Any:
    """Return the value that a cell says, None for an empty one. ``percent``: the cell shows its number as a percentage.

    Raises:
        BadCell: it holds something else than the column asks.
    """
    if cell is None or (isinstance(cell, str) and not cell.strip()):
        return None
    if kind.startswith("word_"):
        return _word(kind.removeprefix("word_"), cell)
    return READERS[kind](cell, percent)


def stand_in(kind: str) -> Any:
    """Return any value that a cell of this kind could hold, so that what else is wrong can be found in the same pass."""
    if kind.startswith("word_"):
        return WORDS[kind.removeprefix("word_")][0]
    match kind:
        case "points" | "number" | "percent" | "whole":
            return 1
        case "yes":
            return False
        case "day":
            return date(2000, 1, 1)
        case "month_day":
            return "01-01"
        case "ids" | "texts":
            return ["x"]
        case "number_sources" | "dated_numbers" | "named_numbers" | "share":
            return None
        case "condition":
            return "1 = 1"
        case "formula":
            return "1"
        case "when_zero":
            return "na"
        case "due":
            return "period_end"
        case _:
            return "x"


def text_of(cell: Cell, percent: bool = False) -> str:
    """Return a cell as text, exactly as written where it is one; a number as people see it."""
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, int | float):
        number = _rounded(Decimal(repr(cell)) * (100 if percent else 1))
        return plain_number(number) + ("%" if percent else "")
    if isinstance(cell, datetime):
        return str(cell.date())
    return str(cell)


def _line(cell: Cell, percent: bool) -> str:
    return text_of(cell, percent).strip()


def _id(cell: Cell, percent: bool) -> str:
    return unicodedata.normalize("NFKC", text_of(cell, percent)).strip()


def _word(kind: str, cell: Cell) -> str:
    found = _word_of(kind).get(squeezed(text_of(cell)))
    if found is None:
        raise BadCell("packbook.E111" if kind == "template" else "packbook.E109", found=text_of(cell), allowed="、".join(words(kind)))
    return found


def _open_word(kind: str) -> Callable[[Cell, bool], str]:
    return lambda cell, percent: _word_of(kind).get(squeezed(text_of(cell))) or _line(cell, percent)


def _yes(cell: Cell, percent: bool) -> bool:
    text = squeezed(text_of(cell, percent))
    if text in ("1", "√", "✓", "y", "yes", "0", "×", "n", "no"):
        return text not in ("0", "×", "n", "no")
    found = _word_of("yes").get(text)
    if found is None:
        raise BadCell("packbook.E107", found=text_of(cell, percent), allowed="、".join(words("yes")))
    return found == "true"


def _rounded(number: Decimal) -> Decimal:
    """Return a number without what binary fractions added to it."""
    if abs(number) >= LARGE:
        return number
    near = number.quantize(EPSILON)
    tidy = near.quantize(Decimal("1e-4"))
    return tidy if abs(near - tidy) <= 2 * EPSILON else number


def _number(cell: Cell, percent: bool, *, percents: bool) -> Decimal | int:
    """Return a number; ``percents``: a percentage may stand here and counts as its points, 80% as 80."""
    shown = text_of(cell, percent)
    text = unicodedata.normalize("NFKC", shown).strip().removesuffix("分").replace(" ", "")
    if text.endswith("%"):
        if not percents:
            raise BadCell("packbook.E122", found=shown)
        text = text.removesuffix("%")
    if isinstance(cell, bool | date) or "e" in text.casefold() or "_" in text:
        raise BadCell("packbook.E105", found=shown)
    try:
        number = _rounded(Decimal(text.replace(",", "")))
    except InvalidOperation:
        raise BadCell("packbook.E105", found=shown) from None
    if not number.is_finite():
        raise BadCell("packbook.E105", found=shown)
    return int(number) if number == number.to_integral_value() else number.normalize()


def _whole(cell: Cell, percent: bool) -> int:
    number = _number(cell, percent, percents=True)
    if not isinstance(number, int):
        raise BadCell("packbook.E106", found=text_of(cell, percent))
    return number


def _day(cell: Cell, percent: bool) -> date:
    if isinstance(cell, datetime):
        return cell.date()
    if isinstance(cell, date):
        return cell
    text = unicodedata.normalize("NFKC", text_of(cell, percent)).strip()
    found = DAY.fullmatch(text)
    try:
        if found:
            return date(*map(int, found.groups()))
    except ValueError:
        pass
    raise BadCell("packbook.E108", found=text)


def _month_day(cell: Cell, percent: bool) -> str:
    if isinstance(cell, date):
        return f"{cell:%m-%d}"
    text = unicodedata.normalize("NFKC", text_of(cell, percent)).strip()
    found = MONTH_DAY.fullmatch(text)
    if not found or not (1 <= int(found[1]) <= 12 and 1 <= int(found[2]) <= 31):
        raise BadCell("packbook.E123", found=text)
    return f"{int(found[1]):02}-{int(found[2]):02}"


def _when_zero(cell: Cell, percent: bool) -> str | Decimal | int:
    return _word_of("when_zero").get(squeezed(text_of(cell))) or _or_words(cell, percent, "when_zero")


def _due(cell: Cell, percent: bool) -> str | int:
    text = unicodedata.normalize("NFKC", text_of(cell, percent)).strip().removesuffix("月")
    found = _word_of("due").get(squeezed(text))
    if found is None and text.isdecimal() and 1 <= int(text) <= 12:
        return int(text)
    if found is None:
        raise BadCell("packbook.E124", found=text_of(cell, percent))
    return found


def _or_words(cell: Cell, percent: bool, kind: str) -> Decimal | int:
    try:
        return _number(cell, percent, percents=False)
    except BadCell:
        raise BadCell("packbook.E125", found=text_of(cell, percent), allowed="、".join(words(kind))) from None


def _cut(text: str) -> list[str]:
    """Return the pieces of a list: one on each line, or cut at commas where all stand on one line."""
    pieces = text.splitlines() if "\n" in text or "\r" in text else CUT.split(text)
    return [piece.strip() for piece in pieces if piece.strip()]


def _pairs(cell: Cell) -> list[tuple[str, str]]:
    found = []
    for piece in _cut(text_of(cell)):
        sign = next((sign for sign in ("=", "\uff1d", ":", "\uff1a") if sign in piece), "")
        name, _, value = piece.rpartition(sign) if sign else ("", "", "")
        if not name.strip() or not value.strip():
            raise BadCell("packbook.E118", found=piece)
        found.append((name.strip(), value.strip()))
    return found


def _sourced(name: str, source: str) -> tuple[str, str]:
    """Return a number of a rule and its source; both may stand in quotes, as YAML has them."""
    number, source = (unicodedata.normalize("NFKC", name).strip(QUOTES), source.strip(QUOTES))
    if not FIGURE.fullmatch(number) or not source:
        raise BadCell("packbook.E118", found=f"{name} = {source}")
    return number, _word_of("source").get(squeezed(source)) or source


def _expression(parse: Callable[[str], object]) -> Callable[[Cell, bool], str]:
    """Return the reader of a rule; what the condition language says against it is told in its own words."""

    def read(cell: Cell, percent: bool) -> str:
        text = text_of(cell, percent)
        try:
            parse(text)
        except ConditionError as error:
            problem = error.problems[0]
            raise BadCell(problem.key, **problem.values) from None
        return text

    return read


def _share(cell: Cell, percent: bool) -> str | int:
    """Return ``10%``, the name of a setting, or a whole number."""
    text = unicodedata.normalize("NFKC", text_of(cell, percent)).replace(" ", "")
    return int(text) if text.isdecimal() and len(text) <= 9 else text


READERS: Mapping[str, Callable[[Cell, bool], Any]] = {
    "text": text_of,
    "line": _line,
    "owner": _line,
    "id": _id,
    "condition": _expression(parse_condition),
    "formula": _expression(parse_formula),
    "points": lambda cell, percent: _number(cell, percent, percents=False),
    "number": lambda cell, percent: _number(cell, percent, percents=True),
    "percent": lambda cell, percent: _number(cell, percent, percents=True),
    "whole": _whole,
    "share": _share,
    "yes": _yes,
    "day": _day,
    "month_day": _month_day,
    "holder": _open_word("holder"),
    "source": _open_word("source"),
    "when_zero": _when_zero,
    "due": _due,
    "ids": lambda cell, percent: [unicodedata.normalize("NFKC", one) for one in _cut(text_of(cell, percent))],
    "texts": lambda cell, percent: _cut(text_of(cell, percent)),
    "number_sources": lambda cell, _: dict(_sourced(*pair) for pair in _pairs(cell)),
    "dated_numbers": lambda cell, _: {_day(name, False): _number(number, False, percents=True) for name, number in _pairs(cell)},
    "named_numbers": lambda cell, _: {name: _number(number, False, percents=True) for name, number in _pairs(cell)},
}
