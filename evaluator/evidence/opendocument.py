"""Reader of OpenDocument sheets (ods), as LibreOffice and WPS write them: one pass over their XML.

The general reader turns their truth values into numbers, forgets percentages and merged areas and expands every repeat count;
here repeats are expanded only up to the last cell with content, and never beyond ``MAX_CELLS``.
"""

import datetime
import re
import zipfile
from xml.parsers import expat

from evaluator.evidence.cells import Area, Cell, Flaw, Refused, Sheet, hold, make_sheet
from evaluator.evidence.prescan import refuse_entities
from evaluator.evidence.sheets import clock_time, duration_text

__all__ = ["read_ods"]

_SPACES = {"text:s": " ", "text:tab": "\t", "text:line-break": "\n"}


def read_ods(file: str, archive: zipfile.ZipFile) -> list[Sheet]:
    """Return the sheets of an ods workbook in their order.

    Raises:
        Refused: damaged, incomplete, protected by a password, or too large.
    """
    names = archive.namelist()
    if "META-INF/manifest.xml" in names and b"encryption-data" in archive.read("META-INF/manifest.xml"):
        raise Refused("files.E120")
    if "content.xml" not in names:
        raise Refused("files.E125", part="content.xml")
    reader = _Reader(file)
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartElementHandler = reader.start
    parser.EndElementHandler = reader.end
    parser.CharacterDataHandler = reader.data
    parser.StartDoctypeDeclHandler = refuse_entities
    try:
        with archive.open("content.xml") as stream:
            parser.ParseFile(stream)
    except Refused:
        raise
    except Exception as error:  # well-formed XML that is no sheet: a row outside a table, a number that is none
        raise Refused("files.E121", reason=str(error)) from error
    return reader.sheets


class _Reader:
    """Expat's events, put together into sheets."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.sheets: list[Sheet] = []
        self.hidden_styles: set[str] = set()
        self.style = ""
        self.total = 0
        self.depth = 0
        self.skipping = 0
        self.text: list[str] | None = None

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        # A comment or a drawing in a cell holds paragraphs of its own, which are not the value of the cell.
        if self.skipping or tag in ("office:annotation", "draw:frame", "table:shapes", "table:tracked-changes"):
            self.skipping += 1
        elif tag == "style:style":
            self.style = attributes.get("style:name", "")
        elif tag == "style:table-properties" and attributes.get("table:display") == "false":
            self.hidden_styles.add(self.style)
        elif tag == "table:table":
            self.depth += 1
            if self.depth == 1:
                self.open_sheet(attributes)
        elif tag == "table:table-row":
            self.row: list[Cell] = []
            self.row_repeat = _count(attributes, "table:number-rows-repeated")
            self.row_marks: list[tuple[int, Flaw | None, bool]] = []
            self.column = 0
        elif tag in ("table:table-cell", "table:covered-table-cell"):
            self.attributes, self.text = attributes, []
        elif self.text is not None and tag == "text:p":
            self.text.append("\n" if self.text else "")
        elif self.text is not None and tag in _SPACES:
            self.text.append(_SPACES[tag] * min(_count(attributes, "text:c"), 1000))

    def data(self, text: str) -> None:
        if self.text is not None and not self.skipping:
            self.text.append(text)

    def end(self, tag: str) -> None:
        if self.skipping:
            self.skipping -= 1
        elif tag in ("table:table-cell", "table:covered-table-cell"):
            self.close_cell("".join(self.text or ()))
            self.text = None
        elif tag == "table:table-row":
            self.close_row()
        elif tag == "table:table":
            self.depth -= 1
            if self.depth == 0:
                rows = [row + [None] * (self.width - len(row)) for row in self.rows]
                self.sheets.append(make_sheet(self.file, self.name, self.hidden, rows, self.flaws, self.percents, self.merged))

    def open_sheet(self, attributes: dict[str, str]) -> None:
        self.name = attributes.get("table:name", "")
        self.hidden = attributes.get("table:style-name") in self.hidden_styles
        self.rows: list[list[Cell]] = []
        self.flaws: dict[tuple[int, int], Flaw] = {}
        self.percents: set[tuple[int, int]] = set()
        self.merged: list[Area] = []
        self.blank_rows = 0
        self.number = 0
        self.width = 0

    def close_cell(self, text: str) -> None:
        kind = self.attributes.get("office:value-type", "")
        repeat = _count(self.attributes, "table:number-columns-repeated")
        flaw = None
        if self.attributes.get("calcext:value-type") == "error" or (kind != "string" and re.fullmatch(r"#[A-Z0-9/]+[!?A]|Err:\d+", text)):
            flaw = Flaw("error_value", text)
        elif "table:formula" in self.attributes and not kind:
            flaw = Flaw("uncached_formula", re.sub(r"^\w+:", "", self.attributes["table:formula"]))
        value = None if flaw else _value(kind, self.attributes, text)
        high = _count(self.attributes, "table:number-rows-spanned") - 1
        wide = _count(self.attributes, "table:number-columns-spanned") - 1
        if high > 0 or wide > 0:
            self.merged.append((self.number, self.number + high, self.column, self.column + wide))
        if value is not None or flaw:
            self.grow(0, self.column + repeat)
            self.row += [None] * (self.column - len(self.row)) + [value] * repeat
            self.row_marks += [(c, flaw, kind == "percentage") for c in range(self.column, self.column + repeat)]
        self.column += repeat

    def close_row(self) -> None:
        if not self.row:
            self.blank_rows += self.row_repeat
        else:
            self.grow(self.blank_rows + self.row_repeat, len(self.row))
            self.rows += [[] for _ in range(self.blank_rows)]
            self.blank_rows = 0
            for r in range(len(self.rows), len(self.rows) + self.row_repeat):
                self.rows.append(list(self.row))
                self.flaws.update({(r, c): flaw for c, flaw, _ in self.row_marks if flaw})
                self.percents.update((r, c) for c, _, percent in self.row_marks if percent)
        self.number += self.row_repeat

    def grow(self, rows: int, width: int) -> None:
        """Refuse before memory is taken: ``rows`` more rows, all at least ``width`` wide, beside the sheets read so far."""
        before = sum(len(sheet.rows) * len(sheet.rows[0]) for sheet in self.sheets if sheet.rows)
        self.width = max(self.width, width)
        hold(before + max(len(self.rows) + rows, 1) * self.width)


def _count(attributes: dict[str, str], name: str) -> int:
    return max(int(attributes.get(name, "1")), 1)


def _value(kind: str, attributes: dict[str, str], text: str) -> Cell:
    if kind in ("float", "percentage", "currency"):
        return float(attributes["office:value"])
    if kind == "boolean":
        return attributes.get("office:boolean-value") == "true"
    if kind == "date":
        moment = datetime.datetime.fromisoformat(attributes["office:date-value"])
        return moment if "T" in attributes["office:date-value"] else moment.date()
    if kind == "time":
        return _time(attributes["office:time-value"])
    return text or None


def _time(value: str) -> Cell:
    """Return a time of day for a duration under 24 hours, else the duration as text: OpenDocument has only durations."""
    match = re.fullmatch(r"(-?)P(?:(\d+)D)?T(\d+)H(\d+)M(\d+)(?:[.,]\d+)?S", value)
    if match is None:
        return value
    sign, days, hours, minutes, seconds = match.groups()
    span = datetime.timedelta(days=int(days or 0), hours=int(hours), minutes=int(minutes), seconds=int(seconds))
    if sign or span >= datetime.timedelta(days=1):
        return duration_text(-span if sign else span)
    return clock_time(span)
