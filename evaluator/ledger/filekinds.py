"""What an evidence file is, by its bytes: pictures, documents, tables, plain texts and films are taken, all that could run is not.

The name of a file decides nothing but this: a text called otherwise than a text (``.js``, ``.bat``) is refused, since scripts are texts.
"""

import re
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

__all__ = ["FILM_LIMIT", "KINDS", "LIMIT", "Kind", "Unfit", "kind_of", "suffix_of"]

LIMIT = 20 * 2**20  # bytes; our own, as is the next
FILM_LIMIT = 200 * 2**20
HEAD = 4096
TYPES = "[Content_Types].xml"
PARTS = 20_000  # of a zip; no office document has so many


class Unfit(Exception):
    """The file is not taken: ``key`` names the sentence to say, ``values`` fill it in."""

    def __init__(self, key: str, **values: Any) -> None:
        super().__init__(key, values)
        self.key = key
        self.values = values


@dataclass(frozen=True)
class Kind:
    """A kind of file. ``suffixes`` are the endings that its names may have; the first is that of the kept file."""

    suffixes: tuple[str, ...]


KINDS = {
    kind.suffixes[0]: kind
    for kind in (
        Kind(("jpg", "jpeg", "jpe", "jfif")),
        Kind(("png",)),
        Kind(("gif",)),
        Kind(("webp",)),
        Kind(("heic", "heif")),
        Kind(("pdf",)),
        Kind(("ofd",)),
        Kind(("docx",)),
        Kind(("xlsx",)),
        Kind(("pptx",)),
        Kind(("doc", "wps", "wpt", "dot")),
        Kind(("xls", "et", "ett", "xlt")),
        Kind(("ppt", "dps", "dpt", "pps")),
        Kind(("txt", "csv")),
        Kind(("mp4", "m4v", "3gp")),
        Kind(("mov", "qt")),
    )
}
HEADS = {b"\xff\xd8\xff": "jpg", b"\x89PNG\r\n\x1a\n": "png", b"GIF87a": "gif", b"GIF89a": "gif", b"%PDF-": "pdf"}
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
OLD = {"WordDocument": "doc", "Workbook": "xls", "Book": "xls", "PowerPoint Document": "ppt"}
OFFICE = {"word/document.xml": "docx", "xl/workbook.xml": "xlsx", "ppt/presentation.xml": "pptx"}
ARCHIVES = (b"Rar!", b"7z\xbc\xaf\x27\x1c", b"\x1f\x8b", b"BZh", b"\xfd7zXZ", b"MSCF")
PROGRAMS = (b"MZ", b"\x7fELF", b"\xca\xfe\xba\xbe", b"\xcf\xfa\xed\xfe", b"\xce\xfa\xed\xfe", b"L\x00\x00\x00\x01\x14\x02\x00")
BOXES = (b"ftyp", b"moov", b"mdat", b"wide")  # with which films, and pictures of newer phones, begin
STILL = {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"}
MOVING = re.compile(rb"isom|iso[2-9]|mp4[12]|avc1|M4V |M4VP|MSNV|dash|3g[ep2]\w")
MARKUP = re.compile(r"\s*<[!?a-z]|\s*mime-version:|(?s:.*)<(?:script|html|svg|iframe)\b", re.IGNORECASE)
ACTIVE = re.compile(r"vbaproject\.bin$|\.(?:exe|js|vbs)$|/macrosheets/|/activex/")
CONTROL = re.compile(r"[\x00-\x08\x0b\x0e-\x1f\x7f]")


def suffix_of(name: str) -> str:
    """Return the ending under which a file of that name is kept; equal bytes have one, whatever they were called."""
    given = name.rpartition(".")[2].casefold()
    return next((kind.suffixes[0] for kind in KINDS.values() if given in kind.suffixes), "bin")


def kind_of(path: Path, name: str) -> Kind:
    """Return what the file at ``path`` is, which somebody handed in as ``name``.

    Raises:
        Unfit: it is of no kind that is taken.
        OSError: it cannot be read.
    """
    with path.open("rb") as stream:
        head = stream.read(HEAD)
    if not head:
        raise Unfit("attach.E804")
    limit = FILM_LIMIT if head[4:8] in BOXES else LIMIT
    if path.stat().st_size > limit:
        raise Unfit("attach.E805", size=-(-path.stat().st_size // 2**20), limit=limit // 2**20)
    return KINDS[_kind(path, head, _given(name))]


def _given(name: str) -> str:
    return Path(name).suffix.removeprefix(".").casefold()


def _kind(path: Path, head: bytes, given: str) -> str:
    for start, kind in HEADS.items():
        if head.startswith(start):
            return kind
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "webp"
    if head[4:8] in BOXES:
        return _film(head)
    if head.startswith(OLE):
        return _old_office(path.read_bytes())
    if head.startswith(b"PK"):
        return _office(path)
    if head.startswith(ARCHIVES):
        raise Unfit("attach.E808")
    if head.startswith(PROGRAMS[1:]) or (head.startswith(PROGRAMS[0]) and b"\0" in head):
        raise Unfit("attach.E809")
    return _text(path.read_bytes(), given)


def _film(head: bytes) -> str:
    if head[4:8] != b"ftyp":
        return "mov"
    size = min(int.from_bytes(head[:4], "big"), len(head))
    brands = [head[8:12], *(head[at : at + 4] for at in range(16, size - 3, 4))]
    if brands[0] in STILL:
        return "heic"
    if brands[0] == b"qt  ":
        return "mov"
    if any(MOVING.fullmatch(brand) for brand in brands):
        return "mp4"
    raise Unfit("attach.E812")


def _old_office(data: bytes) -> str:
    """The names of what such a container holds stand in it as UTF-16, each with blanks of zero behind it."""

    def holds(name: str) -> bool:
        return f"{name}\0".encode("utf-16-le") in data

    if holds("EncryptedPackage") or holds("EncryptedSummary"):
        raise Unfit("attach.E811")
    if holds("_VBA_PROJECT") or holds("_VBA_PROJECT_CUR"):
        raise Unfit("attach.E810")
    for name, kind in OLD.items():
        if holds(name):
            return kind
    raise Unfit("attach.E812")


def _office(path: Path) -> str:
    try:
        with zipfile.ZipFile(path) as archive:
            names = {name.casefold() for name in archive.namelist()}
            if any(info.flag_bits & 1 for info in archive.infolist()):
                raise Unfit("attach.E811")
            types = _types(archive)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, ValueError, EOFError, zlib.error) as error:
        raise Unfit("attach.E813") from error
    if "ofd.xml" in names:
        return "ofd"
    kinds = [kind for part, kind in OFFICE.items() if part in names]
    if len(kinds) != 1 or TYPES.casefold() not in names or len(names) > PARTS:
        raise Unfit("attach.E808")
    if any(ACTIVE.search(name) for name in names) or b"macroenabled" in types:
        raise Unfit("attach.E810")
    return kinds[0]


def _types(archive: zipfile.ZipFile) -> bytes:
    """Return the start of the part that says what the others are, which no honest document makes a megabyte long."""
    if TYPES not in archive.namelist():
        return b""
    with archive.open(TYPES) as stream:
        return stream.read(2**20).lower()


def _text(data: bytes, given: str) -> str:
    text = _decoded(data)
    if text is None:
        raise Unfit("attach.E812")
    if text.startswith("#!"):
        raise Unfit("attach.E809")
    if MARKUP.match(text[:HEAD]) or MARKUP.match(text):
        raise Unfit("attach.E807")
    if given not in KINDS["txt"].suffixes:
        raise Unfit("attach.E814", found=f".{given}" if given else "")
    return "txt"


def _decoded(data: bytes) -> str | None:
    """Return a text, None for bytes that are none."""
    codings = ("utf-16",) if data.startswith((b"\xff\xfe", b"\xfe\xff")) else ("utf-8-sig", "gb18030")
    for coding in codings:
        try:
            text = data.decode(coding)
        except UnicodeDecodeError:
            continue
        return None if CONTROL.search(text) else text
    return None
