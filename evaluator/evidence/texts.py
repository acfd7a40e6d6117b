"""Readers of texts and tables without sheets: CSV, JSON Lines, Parquet."""

import codecs
import csv
import datetime
import decimal
import io
import json
import re
from collections import Counter
from collections.abc import Iterable
from typing import Any

from evaluator.diagnostics import Diagnostic, Failure, Place
from evaluator.evidence.cells import ROUNDED_FROM, Cell, Flaw, Refused, Sheet, hold

__all__ = ["decode", "read_csv", "read_json_lines", "read_parquet"]

_BOMS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
_DELIMITERS = ",;\t"
_SNIFFED_RECORDS = 20
_PRIVATE = re.compile("[\ue000-\uf8ff]")
_HANZI = re.compile("[\u4e00-\u9fff]")


def decode(file: str, data: bytes, encoding: str | None = None) -> tuple[str, tuple[Diagnostic, ...]]:
    """Return the text without its byte order mark, and warnings about how it was decoded.

    Without ``encoding``: the byte order mark decides, else strict UTF-8, else strict GB18030; statistics guess wrong on short files.

    Raises:
        Failure: a byte that the encoding does not have, an encoding nobody knows, or zero bytes in the text.
    """
    marked = next(((mark, name) for mark, name in _BOMS if data.startswith(mark)), None)
    if encoding is not None:
        text = _strict(file, data, _known(file, encoding)).removeprefix("\ufeff")
    elif marked:
        text = _strict(file, data[len(marked[0]) :], marked[1])
    else:
        try:
            text = data.decode("utf-8")
        except UnicodeDecodeError:
            text = _strict(file, data, "utf-8" if _is_damaged_utf8(data) else "gb18030")
    if "\0" in text:
        raise Failure([Diagnostic("files.E141", Place(file, line=_line(text[: text.index("\0")])))])
    foreign = _PRIVATE.search(text) if encoding is None else None
    if foreign is None:
        return text, ()
    return text, (Diagnostic("files.W143", Place(file, line=_line(text[: foreign.start()]))),)


def _known(file: str, encoding: str) -> str:
    try:
        "".encode(encoding)
    except (LookupError, ValueError):
        raise Failure([Diagnostic("files.E144", Place(file), {"encoding": encoding})]) from None
    return encoding


def _strict(file: str, data: bytes, encoding: str) -> str:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        before = data[: error.start].decode(encoding, "replace")
        bad = " ".join(f"{byte:02X}" for byte in data[error.start : error.end][:4])
        values = {"bytes": bad, "encoding": encoding.upper()}
        raise Failure([Diagnostic("files.E140", Place(file, line=_line(before)), values)]) from None


def _is_damaged_utf8(data: bytes) -> bool:
    """Return whether this is UTF-8 with few bad bytes: GB18030 would take most of it too, and give nonsense instead of a line number."""
    text = data.decode("utf-8", "replace")
    return len(_HANZI.findall(text)) > 2 * text.count("\ufffd")


def _line(before: str) -> int:
    return len(re.findall("\r\n|\r|\n", before)) + 1


def read_csv(file: str, text: str, notes: tuple[Diagnostic, ...] = ()) -> Sheet:
    """Return the records of a CSV text, all values text, empty ones None; the separator is found among comma, semicolon and tab.

    Raises:
        Failure: quotes that do not balance. Refused: too large.
    """
    first, _, _ = text.partition("\n")
    told = re.fullmatch(r"sep=([,;\t])\r?", first)
    delimiter = told[1] if told else _sniff(text)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    rows: list[list[Cell]] = []
    lines: list[int] = []
    start = 1
    try:
        for record in reader:
            rows.append([value or None for value in record])
            lines.append(start)
            start = reader.line_num + 1
    except csv.Error as error:
        values = {"line": reader.line_num, "reason": str(error)}
        raise Failure([Diagnostic("files.E142", Place(file, line=start), values)]) from None
    if told:
        rows[0] = []
    width = max(map(len, rows), default=0)
    hold(len(rows) * width)
    for row in rows:
        row.extend([None] * (width - len(row)))
    return _text_sheet(file, rows, lines, {}, notes)


def _sniff(text: str) -> str:
    """Return the separator that cuts most of the first records into equally many fields, the comma when none does."""
    lines = io.StringIO(text[:65536], newline="").readlines()

    def regularity(delimiter: str) -> tuple[int, int]:
        records = csv.reader(lines, delimiter=delimiter)
        try:
            widths = Counter(len(record) for _, record in zip(range(_SNIFFED_RECORDS), records, strict=False) if len(record) > 1)
        except csv.Error:
            return (0, 0)
        return max(((count, width) for width, count in widths.items()), default=(0, 0))

    return max(_DELIMITERS, key=regularity)


class _BadJson(ValueError):
    """What JSON allows and a record does not; ``key`` names the sentence."""

    def __init__(self, key: str, **values: str) -> None:
        super().__init__(key)
        self.key = key
        self.values = values


def _members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    for key, count in Counter(key for key, _ in pairs).items():
        if count > 1:
            raise _BadJson("files.E153", name=key)
    return dict(pairs)


def _constant(name: str) -> Any:
    raise _BadJson("files.E154", value=name)


def read_json_lines(file: str, text: str, notes: tuple[Diagnostic, ...] = ()) -> Sheet:
    """Return one row per object, under a first row with all names in the order in which they are first met; blank lines are passed over.

    Raises:
        Failure: every line that is not an object of plain values. Refused: too large.
    """
    findings: list[Diagnostic] = []
    records: list[dict[str, Cell]] = []
    lines: list[int] = []
    for number, line in enumerate(re.split("\r\n|\r|\n", text), 1):
        if not line.strip():
            continue
        try:
            record = json.loads(line, object_pairs_hook=_members, parse_constant=_constant)
            if not isinstance(record, dict):
                raise _BadJson("files.E151")
            for name, value in record.items():
                if isinstance(value, (dict, list)):
                    raise _BadJson("files.E152", name=name)
        except _BadJson as error:
            findings.append(Diagnostic(error.key, Place(file, line=number), error.values))
        except json.JSONDecodeError as error:
            findings.append(Diagnostic("files.E150", Place(file, line=number, column=error.colno), {"reason": error.msg}))
        except (ValueError, RecursionError) as error:  # a number of thousands of digits, brackets thousands deep
            findings.append(Diagnostic("files.E150", Place(file, line=number), {"reason": str(error)}))
        else:
            records.append(record)
            lines.append(number)
    if findings:
        raise Failure(findings)
    names = list(dict.fromkeys(name for record in records for name in record))
    hold(len(records) * len(names))
    rows: list[list[Cell]] = [list(names), *([_filled(record.get(name)) for name in names] for record in records)]
    return _text_sheet(file, rows, [*lines[:1], *lines], _rounded(rows), notes)


def read_parquet(file: str, data: bytes) -> Sheet:
    """Return one row per record of the file under a first row with the column names; the place of a record is its number from 1.

    Exact decimals come back as text, which keeps every digit; times with a zone as local times of that zone; NaN as None.

    Raises:
        Failure: columns of other types than numbers, texts, truth values, dates and times. Refused: damaged or too large.
    """
    import pyarrow as pa  # half of the start-up time of the command, for a format that few use
    import pyarrow.parquet as pq

    try:
        source = pq.ParquetFile(io.BytesIO(data))
        hold(source.metadata.num_rows * source.metadata.num_columns)
        wrong = [field for field in source.schema_arrow if not _is_plain(pa, field.type)]
        if wrong:
            raise Failure(Diagnostic("files.E161", Place(file), {"name": field.name, "type": str(field.type)}) for field in wrong)
        table = source.read()
        columns = [_column_values(pa, table.column(number)) for number in range(table.num_columns)]
    except pa.ArrowException as error:
        raise Refused("files.E121", reason=str(error)) from error
    except (OSError, ValueError, OverflowError) as error:
        raise Refused("files.E121", reason=str(error)) from error
    rows: list[list[Cell]] = [list(table.column_names), *(list(record) for record in zip(*columns, strict=True))]
    return _text_sheet(file, rows, range(len(rows)), _rounded(rows), ())


def _is_plain(pa: Any, kind: Any) -> bool:
    types = pa.types
    if types.is_dictionary(kind):
        return _is_plain(pa, kind.value_type)
    texts = (types.is_string, types.is_large_string, types.is_string_view)
    numbers = (types.is_integer, types.is_floating, types.is_decimal, types.is_boolean, types.is_null)
    times = (types.is_date, types.is_time, types.is_timestamp)
    return any(test(kind) for test in (*texts, *numbers, *times))


def _column_values(pa: Any, column: Any) -> list[Cell]:
    if pa.types.is_timestamp(column.type):
        column = column.cast(pa.timestamp("us", column.type.tz), safe=False)
    elif pa.types.is_time64(column.type):
        column = column.cast(pa.time64("us"), safe=False)
    return [_filled(value) for value in column.to_pylist()]


def _filled(value: Any) -> Cell:
    if value == "" or value != value:
        return None
    if isinstance(value, decimal.Decimal):
        return str(value)
    if isinstance(value, datetime.datetime):
        return value.replace(tzinfo=None)
    return value  # type: ignore[no-any-return]  # pyarrow is untyped


def _rounded(rows: Iterable[list[Cell]]) -> dict[tuple[int, int], Flaw]:
    return {
        (r, c): Flaw("rounded_code", f"{value:.0f}")
        for r, row in enumerate(rows)
        for c, value in enumerate(row)
        if type(value) is float and abs(value) >= ROUNDED_FROM
    }


def _text_sheet(
    file: str, rows: list[list[Cell]], lines: Iterable[int], flaws: dict[tuple[int, int], Flaw], notes: tuple[Diagnostic, ...]
) -> Sheet:
    if all(value is None for row in rows for value in row):
        notes += (Diagnostic("files.W131", Place(file)),)
    return Sheet(file, "", False, rows, flaws, lines=tuple(lines), notes=notes)
