"""A look at the XML of an xlsx workbook before the reader sees it: how large it would become, and what the reader would hide.

The reader allocates the whole rectangle from A1 to the last cell (two cells far apart in a file of 6 KB end the process), and it
returns error cells and formulas without a result as blanks, and percentages as plain numbers.
"""

import io
import posixpath
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from typing import IO, Any
from xml.etree import ElementTree
from xml.parsers import expat

from evaluator.evidence.cells import MAX_CELLS, Flaw, Refused, hold

__all__ = ["MAX_UNPACKED", "Scan", "open_zip", "parse_xml", "refuse_entities", "scan_workbook"]

MAX_UNPACKED = 512 * 2**20
"""The most bytes that a workbook may unpack to: five times a sheet of 50,000 rows and 60 columns. Reading takes some four times as much."""

_MAX_PART = 32 * 2**20
"""The most bytes of a part that is read as a tree: lists of sheets and styles, a few kilobytes in any real workbook."""
_BLOCK = 2**20
_PERCENT_FORMATS = {9, 10}
_LETTERS = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_DIGITS = b"0123456789"
_CELL = re.compile(rb'<c r="([A-Z]{1,3}\d{1,7})"')
_ERROR = re.compile(rb'<c r="([A-Z]{1,3})(\d{1,7})"(?: s="\d+")? t="e"[^>]*>\s*(?:<f[^>]*?(?:/>|>[^<]*</f>))?\s*<v>([^<]*)</v>\s*</c>')
_UNCACHED = re.compile(
    rb'<c r="([A-Z]{1,3})(\d{1,7})"([^>]*)>\s*<f[^>]*?(?:/>|>([^<]*)</f>)\s*(<v\s*/>|<v></v>)?\s*</c>',
)
# Whatever the patterns above do not foresee: prefixes, comments, CDATA, unusual spacing, other encodings, declarations.
_UNUSUAL = (b":c", b"<c>", b"<c/", b"<c\n", b"<c\r", b"<c\t", b"<!", b"\0")


@dataclass
class Scan:
    """One sheet: its last used row and column (from 1, 0 when unused), and by (row, column) from 0 the flaws and the percent formats."""

    rows: int = 0
    columns: int = 0
    flaws: dict[tuple[int, int], Flaw] = field(default_factory=dict)
    percents: set[tuple[int, int]] = field(default_factory=set)


def open_zip(data: bytes) -> zipfile.ZipFile:
    """Return the archive, checked: every member whole, none encrypted, all together within ``MAX_UNPACKED``.

    Raises:
        Refused: damaged, encrypted, or too large when unpacked.
    """
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
        size = sum(member.file_size for member in archive.infolist())
        if size > MAX_UNPACKED:
            raise Refused("files.E122", size=f"{size // 2**20:,}", limit=f"{MAX_UNPACKED // 2**20:,}")
        if any(member.flag_bits & 1 for member in archive.infolist()):
            raise Refused("files.E120")
        damaged = archive.testzip()
    except Refused:
        raise
    except Exception as error:  # zipfile, zlib, struct and lzma each raise their own on damaged bytes
        raise Refused("files.E121", reason=str(error)) from error
    if damaged is not None:
        raise Refused("files.E121", reason=damaged)
    return archive


def refuse_entities(*_: Any) -> None:
    """Expat handler for a document type: no workbook has one, and it is how entity bombs are made."""
    raise Refused("files.E124")


def parse_xml(archive: zipfile.ZipFile, name: str) -> ElementTree.Element:
    """Return the root of one small member.

    Raises:
        Refused: the member is missing, is not XML, or declares entities.
    """
    try:
        size = archive.getinfo(name).file_size
        if size > _MAX_PART:
            raise Refused("files.E122", size=f"{size // 2**20:,}", limit=f"{_MAX_PART // 2**20:,}")
        data = archive.read(name)
        guard = expat.ParserCreate()
        guard.StartDoctypeDeclHandler = refuse_entities
        guard.Parse(data, True)
        return ElementTree.fromstring(data)
    except KeyError:
        raise Refused("files.E125", part=name) from None
    except (expat.ExpatError, ElementTree.ParseError, ValueError, LookupError) as error:
        raise Refused("files.E121", reason=f"{name}: {error}") from error


def scan_workbook(archive: zipfile.ZipFile) -> dict[str, Scan]:
    """Return what each worksheet holds, by sheet name.

    Raises:
        Refused: damaged, a part missing, entities declared, or the sheets together too large.
    """
    parts = _targets(archive)
    percent_styles = _percent_styles(archive)
    scans: dict[str, Scan] = {}
    area = 0
    for sheet in parse_xml(archive, "xl/workbook.xml").iter():
        if _local(sheet.tag) != "sheet":
            continue
        link = next((value for key, value in sheet.attrib.items() if _local(key) == "id"), "")
        kind, part = parts.get(link, ("", ""))
        if kind != "worksheet":
            continue
        if part not in archive.namelist():
            raise Refused("files.E125", part=part)
        scan = _scan_fast(archive, part, percent_styles, area) or _scan_exact(archive, part, percent_styles, area)
        area += scan.rows * scan.columns
        scans[sheet.get("name", "")] = scan
    return scans


def _scan_fast(archive: zipfile.ZipFile, part: str, percent_styles: set[int], before: int) -> Scan | None:
    """Scan a sheet written as Excel, WPS, LibreOffice and the usual libraries write it; None when anything else is met.

    Patterns on blocks of bytes take a third of the time of an XML parser. Cells with a style and no content count as used
    here, so a sheet that comes out too large is left to the exact scan as well.
    """
    scan = Scan()
    marks = [b's="%d"' % style for style in sorted(percent_styles)]
    percent = re.compile(rb'<c r="([A-Z]{1,3})(\d{1,7})"(?: t="\w+")? (?:%s)[^>/]*>' % b"|".join(marks)) if marks else None
    columns: set[bytes] = set()
    with archive.open(part) as stream:
        for block in _blocks(stream):
            cells = _CELL.findall(block)
            if len(cells) != block.count(b"<c ") or any(odd in block for odd in _UNUSUAL):
                return None
            if not cells:
                continue
            addresses = b" ".join(cells)
            columns.update(addresses.translate(None, _DIGITS).split())
            scan.rows = max(scan.rows, max(map(int, set(addresses.translate(None, _LETTERS).split()))))
            if errors := block.count(b' t="e"'):
                found = _ERROR.findall(block)
                if len(found) != errors:
                    return None
                for letter, digit, text in found:
                    scan.flaws[_spot(letter, digit)] = Flaw("error_value", text.decode("utf-8", "replace"))
            if block.count(b"<f") > block.count(b"</f><v>") + block.count(b"/><v>") or b"<v></v>" in block:
                for letter, digit, attributes, formula, value in _UNCACHED.findall(block):
                    if not (value and b't="str"' in attributes):
                        scan.flaws[_spot(letter, digit)] = Flaw("uncached_formula", "=" + _unescape(formula))
            if percent is not None and any(mark in block for mark in marks):
                scan.percents.update(_spot(letter, digit) for letter, digit in percent.findall(block))
    scan.columns = max((_column(letters.decode()) for letters in columns), default=0)
    return scan if before + scan.rows * scan.columns <= MAX_CELLS else None


def _blocks(stream: IO[bytes]) -> Iterator[bytes]:
    """Yield the bytes of a sheet in blocks that end where a cell begins; where no cell begins, blocks overlap so that no mark is cut."""
    rest = b""
    while piece := stream.read(_BLOCK):
        rest += piece
        cut = rest.rfind(b"<c ")
        if cut > 0:
            yield rest[:cut]
            rest = rest[cut:]
        elif len(rest) > 2 * _BLOCK:
            yield rest
            rest = rest[-16:]
    yield rest


class _Sheet:
    """The exact scan: expat's events for one sheet, whatever its prefixes, order of attributes and encoding."""

    def __init__(self, percent_styles: set[int], before: int) -> None:
        self.scan = Scan()
        self.percent_styles = percent_styles
        self.before = before
        self.row = self.column = 0
        self.attributes: dict[str, str] = {}
        self.texts: dict[str, str] = {}
        self.inside = ""

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        name = _local(tag)
        if name == "row":
            self.row = int(attributes["r"]) if "r" in attributes else self.row + 1
            self.column = 0
        elif name == "c":
            self.column += 1
            if match := re.fullmatch(r"\$?([A-Za-z]{1,3})\$?(\d{1,7})", attributes.get("r", "")):
                self.column, self.row = _column(match[1].upper()), int(match[2])
            self.attributes, self.texts = attributes, {}
        elif name in ("v", "f", "is"):
            self.inside = name
            self.texts[name] = ""

    def data(self, text: str) -> None:
        if self.inside:
            self.texts[self.inside] += text

    def end(self, tag: str) -> None:
        name = _local(tag)
        if name == self.inside:
            self.inside = ""
        elif name == "c" and self.texts:
            self.close_cell()

    def close_cell(self) -> None:
        kind, value = self.attributes.get("t", "n"), self.texts.get("v", "")
        spot = (self.row - 1, self.column - 1)
        if kind == "e":
            self.scan.flaws[spot] = Flaw("error_value", value)
        elif "f" in self.texts and not value and not (kind == "str" and "v" in self.texts):
            self.scan.flaws[spot] = Flaw("uncached_formula", "=" + self.texts["f"])
        elif not value and not {"is", "f"} & self.texts.keys():
            return
        style = self.attributes.get("s", "0")
        if style.isdigit() and int(style) in self.percent_styles:
            self.scan.percents.add(spot)
        self.scan.rows = max(self.scan.rows, self.row)
        self.scan.columns = max(self.scan.columns, self.column)
        hold(self.before + self.scan.rows * self.scan.columns)


def _scan_exact(archive: zipfile.ZipFile, part: str, percent_styles: set[int], before: int) -> Scan:
    sheet = _Sheet(percent_styles, before)
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartElementHandler = sheet.start
    parser.EndElementHandler = sheet.end
    parser.CharacterDataHandler = sheet.data
    parser.StartDoctypeDeclHandler = refuse_entities
    try:
        with archive.open(part) as stream:
            parser.ParseFile(stream)
    except (expat.ExpatError, ValueError) as error:
        raise Refused("files.E121", reason=f"{part}: {error}") from error
    return sheet.scan


def _targets(archive: zipfile.ZipFile) -> dict[str, tuple[str, str]]:
    """Return the kind and the member of each part of the workbook, by the id of its relationship."""
    found = {}
    for link in parse_xml(archive, "xl/_rels/workbook.xml.rels").iter():
        target = link.get("Target", "")
        part = target.lstrip("/") if target.startswith("/") else posixpath.normpath("xl/" + target)
        found[link.get("Id", "")] = (link.get("Type", "").rpartition("/")[2], part)
    return found


def _percent_styles(archive: zipfile.ZipFile) -> set[int]:
    """Return the numbers of the cell styles that show a percentage."""
    if "xl/styles.xml" not in archive.namelist():
        return set()
    root = parse_xml(archive, "xl/styles.xml")
    formats = set(_PERCENT_FORMATS)
    for item in root.iter():
        # In a format, text between quotes or after a backslash is printed as it stands and makes no percentage.
        if _local(item.tag) == "numFmt" and "%" in re.sub(r'"[^"]*"|\\.', "", item.get("formatCode", "")):
            formats.add(int(item.get("numFmtId", "-1")))
    for table in root:
        if _local(table.tag) == "cellXfs":
            return {number for number, style in enumerate(table) if int(style.get("numFmtId", "0")) in formats}
    return set()


def _unescape(formula: bytes) -> str:
    text = formula.decode("utf-8", "replace")
    for name, sign in (("&lt;", "<"), ("&gt;", ">"), ("&quot;", '"'), ("&apos;", "'"), ("&amp;", "&")):
        text = text.replace(name, sign)
    return text


def _spot(letters: bytes, digits: bytes) -> tuple[int, int]:
    return int(digits) - 1, _column(letters.decode()) - 1


@cache
def _column(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number


def _local(name: str) -> str:
    """Return a name without its prefix or its namespace."""
    return name.rpartition("}")[2].rpartition(":")[2]
