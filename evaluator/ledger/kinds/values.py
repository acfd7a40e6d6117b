"""The fields of a case as people write them: texts such as ``--set`` holds, read into plain JSON values or into what is wrong with them.

Lists are separated by ``;``, rows too, their cells by ``|``; a backslash before either sign keeps it as text.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from evaluator.diagnostics import Diagnostic, Failure, Place
from evaluator.ledger.deadlines import YEARS
from evaluator.ledger.kinds.models import Answer, Column
from evaluator.messages import language, say

__all__ = ["merged", "pieces", "read_minute", "read_pairs", "read_value"]

DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
MINUTE = re.compile(rf"{DAY.pattern}[T ][0-9]{{2}}:[0-9]{{2}}")
LONGEST = 4000  # characters of one value


class Wrong(Exception):
    """A text that is no value of its type; says what was expected."""


def read_pairs(pairs: Iterable[str]) -> dict[str, str]:
    """Return what ``--set FIELD=VALUE`` says, by field.

    Raises:
        Failure: one has no ``=``, or a field stands there twice.
    """
    texts, findings = dict[str, str](), list[Diagnostic]()
    for pair in pairs:
        name, sign, text = pair.partition("=")
        if not sign:
            findings.append(Diagnostic("kinds.E873", Place("--set"), {"found": pair}))
        elif name.strip() in texts:
            findings.append(Diagnostic("kinds.E874", Place("--set"), {"found": name.strip()}))
        texts[name.strip()] = text
    if findings:
        raise Failure(findings)
    return texts


def read_value(id_: str, field: Answer, text: str, place: Place) -> tuple[Any, list[Diagnostic]]:
    """Return the value of a field as events keep it, and everything wrong with the text.

    Days are ISO texts, decimals texts of digits, rows lists of mappings; of links, the numbers as written.
    """
    label = f"{field.label.text(language())} ({id_})"
    if len(text) > LONGEST and field.type not in ("rows", "links", "list"):
        return None, [Diagnostic("kinds.E855", place, {"name": label, "found": f"{text[:20]}…", "expected": say("kinds.value_short")})]
    if field.type == "rows":
        return _rows(field, text, place, label)
    try:
        return _value(field, text.strip()), []
    except Wrong as wrong:
        return None, [Diagnostic("kinds.E855", place, {"name": label, "found": text, "expected": str(wrong)})]


def read_minute(text: str) -> str:
    """Return an ISO day, or a day and minute, as steps keep it.

    Raises:
        ValueError: it is neither, or of a year that nobody means.
    """
    text = text.strip()
    if DAY.fullmatch(text):
        return _iso_day(text)
    if not MINUTE.fullmatch(text):
        raise ValueError(text)
    return f"{_iso_day(text[:10])}T{datetime.fromisoformat(text):%H:%M}"


def pieces(text: str, sign: str) -> list[str]:
    """Return the pieces of a text between signs; ``\\;`` and ``\\|`` stand for the signs themselves."""
    return [re.sub(r"\\([;|])", r"\1", piece).strip() for piece in re.split(rf"(?<!\\)[{sign}]", text)]


def merged(field: Answer, before: Sequence[Mapping[str, Any]], given: Sequence[dict[str, Any]]) -> tuple[list[dict[str, Any]], list[str]]:
    """Return rows after others were given, and keys that are not among them though the ledger alone makes such rows.

    Rows with a key change the one of that key, in the cells that say something; rows without keys replace all.
    """
    if field.key is None:
        return list(given), []
    rows = {row[field.key]: dict(row) for row in before}
    strange = []
    for row in given:
        key = row[field.key]
        if key in rows:
            rows[key] |= {name: cell for name, cell in row.items() if cell}
        elif field.fill:
            strange.append(key)
        else:
            rows[key] = row
    return list(rows.values()), strange


def _value(field: Answer, text: str) -> Any:
    match field.type:
        case "integer":
            if not re.fullmatch(r"-?[0-9]{1,12}", text):
                raise Wrong(say("kinds.value_integer"))
            return _between(field, Decimal(text), int(text))
        case "decimal":
            try:
                number = Decimal(text) if re.fullmatch(r"-?[0-9]{1,12}(\.[0-9]{1,4})?", text) else None
            except InvalidOperation:
                number = None
            if number is None:
                raise Wrong(say("kinds.value_decimal"))
            return _between(field, number, text)
        case "date":
            return _day(text)
        case "time":
            try:
                return read_minute(text if MINUTE.fullmatch(text) else "")
            except ValueError:
                raise Wrong(say("kinds.value_time")) from None
        case "choice":
            return _option(field, text)
        case "list":
            return [*dict.fromkeys(_option(field, piece) if field.options else piece for piece in pieces(text, ";") if piece)]
        case "links":
            return [piece for piece in pieces(text, ";") if piece]
        case _:
            return text


def _between(field: Answer, number: Decimal, value: Any) -> Any:
    if (field.least is not None and number < field.least) or (field.most is not None and number > field.most):
        ends = ["" if end is None else f"{end.normalize():f}" for end in (field.least, field.most)]
        raise Wrong(say("kinds.value_between", least=ends[0] or "…", most=ends[1] or "…"))
    return value


def _day(text: str) -> str:
    try:
        return _iso_day(text)
    except ValueError:
        raise Wrong(say("kinds.value_date")) from None


def _iso_day(text: str) -> str:
    day = date.fromisoformat(text)
    if day.year not in YEARS:
        raise ValueError(text)
    return day.isoformat()


def _option(field: Answer, text: str) -> str:
    """Return the id of an option written as its id or as one of its labels."""
    for id_, label in field.options.items():
        if text in (id_, label.zh, label.en):
            return id_
    raise Wrong("、".join(f"{id_} ({label.text(language())})" for id_, label in field.options.items()))


def _rows(field: Answer, text: str, place: Place, label: str) -> tuple[list[dict[str, str]], list[Diagnostic]]:
    asked = {id_: column for id_, column in field.columns.items() if not column.filled or id_ == field.key}
    shape = "|".join(column.label.text(language()) for column in asked.values())
    rows, findings, seen = list[dict[str, str]](), list[Diagnostic](), set[str]()
    for number, line in enumerate(filter(None, (one for one in _lines(text))), 1):
        cells = pieces(line.replace("｜", "|"), "|")
        name = say("kinds.row_of", name=label, number=number)
        if len(cells) > len(asked):
            findings.append(Diagnostic("kinds.E855", place, {"name": name, "found": line, "expected": shape}))
            continue
        row = dict.fromkeys(field.columns, "")
        for (id_, column), cell in zip(asked.items(), cells, strict=False):
            row[id_], wrong = _cell(column, cell)
            if wrong:
                told = {"name": f"{name} {column.label.text(language())}", "found": cell, "expected": wrong}
                findings.append(Diagnostic("kinds.E855", place, told))
        key = row.get(field.key or "", "")
        if field.key and (not key or key in seen):
            told = {"name": f"{name} {field.columns[field.key].label.text(language())}", "found": key, "expected": say("kinds.value_key")}
            findings.append(Diagnostic("kinds.E855", place, told))
        seen.add(key)
        rows.append(row)
    return rows, findings


def _lines(text: str) -> list[str]:
    """Return the rows as written, their signs still in place: cells are cut afterwards."""
    return [line.strip() for line in re.split(r"(?<!\\)[;\n]", text) if line.strip()]


def _cell(column: Column, text: str) -> tuple[str, str]:
    """Return the cell and what was expected where it is wrong; an empty one is not wrong here."""
    if column.type == "text" or not text:
        return text, ""
    try:
        return _day(text), ""
    except Wrong as wrong:
        return "", str(wrong)
