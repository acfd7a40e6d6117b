"""From a path to its cells: what the bytes are decides which reader gets them, never the name of the file."""

import re
import zipfile
from pathlib import Path

from evaluator.diagnostics import Diagnostic, Failure, Place, reason
from evaluator.evidence.cells import Cell, Flaw, Refused, Sheet
from evaluator.evidence.opendocument import read_ods
from evaluator.evidence.prescan import open_zip, parse_xml
from evaluator.evidence.sheets import read_xls, read_xlsx
from evaluator.evidence.texts import decode, read_csv, read_json_lines, read_parquet

__all__ = ["MAX_FILE", "Cell", "Flaw", "Sheet", "read_file"]

MAX_FILE = 256 * 2**20
"""The most bytes of one file: a file is read whole before it is looked at, and the largest honest workbook measured was 16 MB."""

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_OFFICE = {"word/": "files.E112", "ppt/": "files.E113", "xl/workbook.bin": "files.E115"}


def read_file(path: Path, *, encoding: str | None = None) -> list[Sheet]:
    """Return the sheets of a workbook (xlsx, xls, et, ods), or the one table of a CSV, JSON Lines or Parquet file.

    ``encoding`` is that of a text when the file does not show it. Hidden sheets and empty ones are included; see :class:`Sheet`.

    Raises:
        Failure: the file is missing, is of another kind, protected, damaged, too large, or a text with lines that cannot be read.
    """
    file = str(path)
    try:
        sheets = _dispatch(file, _load(path), encoding)
        if not sheets:
            raise Refused("files.E127")
    except Refused as refused:
        raise Failure([Diagnostic(refused.key, Place(file), refused.values)]) from refused
    return sheets


def _load(path: Path) -> bytes:
    if path.name.startswith("~$"):
        raise Refused("files.E103", name=path.name.removeprefix("~$"))
    try:
        if path.is_dir():
            raise Refused("files.E102")
        size = path.stat().st_size
        if size > MAX_FILE:
            raise Refused("files.E126", size=f"{size // 2**20:,}", limit=f"{MAX_FILE // 2**20:,}")
        data = path.read_bytes()
    except FileNotFoundError as error:
        raise Refused("files.E101") from error
    except (OSError, ValueError) as error:
        raise Refused("files.E105", reason=reason(error) if isinstance(error, OSError) else str(error)) from error
    if not data.strip():
        raise Refused("files.E104")
    return data


def _dispatch(file: str, data: bytes, encoding: str | None) -> list[Sheet]:
    if data.startswith(b"PK"):
        archive = open_zip(data)
        return read_ods(file, archive) if _is_ods(archive) else read_xlsx(file, archive, data)
    if data.startswith(_OLE):
        return read_xls(file, _old_workbook(data))
    if data.startswith(b"PAR1"):
        return [read_parquet(file, data)]
    _refuse_other(data)
    text, notes = decode(file, data, encoding)
    start = text.lstrip()[:200]
    if re.match(r"\{\s*[\"}]", start):
        return [read_json_lines(file, text, notes)]
    if re.match(r"\[\s*[\[{\"]", start):
        raise Refused("files.E116")
    return [read_csv(file, text, notes)]


def _is_ods(archive: zipfile.ZipFile) -> bool:
    """Return whether the archive is an OpenDocument sheet; False for an xlsx workbook; anything else is refused under its own name."""
    names = archive.namelist()
    if "mimetype" in names:
        kind = archive.read("mimetype")
        if b"opendocument.spreadsheet" in kind:
            return True
        if b"opendocument.text" in kind:
            raise Refused("files.E112")
        if b"opendocument.presentation" in kind:
            raise Refused("files.E113")
    for start, key in _OFFICE.items():
        if any(name.startswith(start) for name in names):
            raise Refused(key)
    if "[Content_Types].xml" not in names:
        raise Refused("files.E118")
    if "xl/workbook.xml" not in names:
        raise Refused("files.E125", part="xl/workbook.xml")
    parse_xml(archive, "[Content_Types].xml")
    return False


def _old_workbook(data: bytes) -> bytes:
    """Return ``data`` when its container holds an old workbook. The names of what a container holds stand in it as UTF-16."""

    def holds(name: str) -> bool:
        return name.encode("utf-16-le") in data

    if holds("EncryptedPackage"):
        raise Refused("files.E120")
    if holds("Workbook") or holds("Book"):
        return data
    if holds("WordDocument"):
        raise Refused("files.E112")
    if holds("PowerPoint Document"):
        raise Refused("files.E113")
    raise Refused("files.E121", reason="OLE: no Workbook stream")


def _refuse_other(data: bytes) -> None:
    """Refuse what is known not to be a table, so that nobody reads a complaint about its quotes."""
    head = data[:4096].removeprefix(b"\xef\xbb\xbf").lstrip()
    lower = head.lower()
    if b"<html" in lower or re.match(rb"<\?xml|<!doctype|<table|<meta|<head|mime-version:", lower):
        raise Refused("files.E111")
    if lower.startswith(b"%pdf"):
        raise Refused("files.E114")
    if head.startswith((b"{\\rtf", b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"Rar!", b"7z\xbc\xaf", b"\x1f\x8b", b"SQLite format 3")):
        raise Refused("files.E117")
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return
    odd = sum(byte < 9 or 13 < byte < 32 for byte in head)
    if odd * 10 > len(head):
        raise Refused("files.E117")
