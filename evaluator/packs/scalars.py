"""What an unquoted scalar of YAML means, and where each character of a scalar's value stands in its source."""

import re
import unicodedata
from datetime import date
from decimal import Decimal

__all__ = ["DATE", "align", "resolve"]

Scalar = str | bool | int | Decimal | date | None

INTEGER = re.compile(r"-?(?:0|[1-9][0-9]{0,999})")  # as many digits as anyone writes: ranges are for the models to check
DECIMAL = re.compile(r"-?(?:0|[1-9][0-9]{0,999})\.[0-9]+")
DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
LOOSE_DATE = re.compile(r"([0-9]{4})[-/.年]([0-9]{1,2})[-/.月]([0-9]{1,2})日?(?:[Tt ].*)?")
YES_NO = re.compile(r"(?:yes|on|true)|(no|off|false)", re.IGNORECASE)
NULL = re.compile(r"~|null", re.IGNORECASE)
CLOCK = re.compile(r"[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?")
BASED = re.compile(r"[-+]?0(?:x[0-9a-f_]+|o[0-7_]+|b[01_]+)", re.IGNORECASE)
LOOSE_NUMBER = re.compile(r"[-+]?(?:[0-9][0-9_]*(?:\.[0-9_]*)?|\.[0-9][0-9_]*)(?:e[-+]?[0-9]{1,3})?", re.IGNORECASE)
NO_NUMBER = re.compile(r"[-+]?\.(?:inf|nan)", re.IGNORECASE)
JOINED = re.compile(r"(?:\\(?:\r\n|[\r\n])[ \t]*)+")  # a line end that double quotes leave out
MOST_DIGITS = 18  # of a number that is written out in a hint
ESCAPES = {"x": 2, "u": 4, "U": 8}


def resolve(text: str) -> tuple[Scalar, str]:
    """Return the value of an unquoted scalar and the code of what is wrong with it, "" when nothing is.

    A value with a code is the likeliest meaning, so that checking can go on.
    """
    if INTEGER.fullmatch(text):
        return int(text), ""
    if text in ("true", "false"):
        return text == "true", ""
    if DECIMAL.fullmatch(text):
        return Decimal(text), ""
    if DATE.fullmatch(text):
        try:
            return date.fromisoformat(text), ""
        except ValueError:
            return text, "E130"
    if text in ("null", ""):
        return None, ""
    return _refused(text) or (text, "")


def _refused(text: str) -> tuple[Scalar, str] | None:
    if text == "<<":
        return text, "E115"
    if found := YES_NO.fullmatch(text):
        return found.group(1) is None, "E120"
    if NULL.fullmatch(text):
        return None, "E121"
    if CLOCK.fullmatch(text):
        return text, "E122"
    if BASED.fullmatch(text):
        return int(text.replace("_", ""), 0), "E128"
    if LOOSE_NUMBER.fullmatch(text):
        number = Decimal(text.replace("_", ""))
        if abs(number.adjusted()) > MOST_DIGITS:
            return text, "E129"
        return (int(number) if number == number.to_integral_value() else number), "E128"
    if NO_NUMBER.fullmatch(text):
        return text, "E129"
    if found := LOOSE_DATE.fullmatch(text):
        year, month, day = map(int, found.groups())
        try:
            return date(year, month, day), "E131"
        except ValueError:
            return text, "E130"
    plain = unicodedata.normalize("NFKC", text)
    if plain != text and (value := resolve(plain)[0]) is not None and not isinstance(value, str):
        return value, "E125"
    return None


def align(source: str, style: str, value: str) -> list[int] | None:
    """Return for each character of ``value``, and for its end, the place in ``source`` from which it came.

    ``source`` is the scalar as it stands in the file, quotes or block indicator included. None when they cannot be matched.
    """
    header = re.search("[\r\n]+", source) if style in ("|", ">") else None
    at = header.end() if header else 1 if style in ("'", '"') else 0
    places: list[int] = []
    for wanted in value:
        if style == '"' and (joined := JOINED.match(source, at)):
            at = joined.end()
        while not wanted.isspace() and source[at : at + 1].isspace():
            at += 1  # folding and indentation
        found, width = _character(source, at, style)
        if wanted.isspace() and not found.isspace():
            width = 0  # several line ends of the value may come from fewer signs of the source
        elif found != wanted and not wanted.isspace():
            return None
        places.append(at)
        at += width
    return [*places, at]


def _character(source: str, at: int, style: str) -> tuple[str, int]:
    """Return the character that stands at ``at`` once quoting is undone, and how many characters of the source it takes."""
    one = source[at : at + 1]
    if style == "'" and one == "'":
        return one, 2
    if style == '"' and one == "\\":
        kind = source[at + 1 : at + 2]
        if kind in ESCAPES:
            digits = source[at + 2 : at + 2 + ESCAPES[kind]]
            return chr(int(digits, 16)), 2 + ESCAPES[kind]
        return {"n": "\n", "t": "\t"}.get(kind, kind), 2
    return one, 1
