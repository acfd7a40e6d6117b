"""File names made of what users call things: safe on every system, and never out of the folder."""

import unicodedata
from collections.abc import Container

__all__ = ["safe_name", "unique_name"]

FORBIDDEN = set('<>:"/\\|?*')
RESERVED = {"con", "prn", "aux", "nul", "conin$", "conout$", "clock$"} | {f"{port}{n}" for port in ("com", "lpt") for n in "0123456789¹²³"}
LONGEST = 150  # bytes of UTF-8: with a number before and an ending after it stays under every system's 255


def safe_name(text: str) -> str:
    """Return ``text`` as one path piece: no separator, no control character, no dot or space at its ends, not reserved, never empty."""
    kept = "".join("_" if _refused(c) else c for c in unicodedata.normalize("NFC", text)).strip(" .")
    # Windows reads CON.txt as the device, too.
    name = f"_{kept}" if kept.partition(".")[0].strip().casefold() in RESERVED else kept
    return name.encode("utf-8", "ignore")[:LONGEST].decode("utf-8", "ignore").strip(" .") or "_"


def _refused(c: str) -> bool:
    return c in FORBIDDEN or (c != " " and unicodedata.category(c)[0] in "CZ")


def unique_name(text: str, taken: Container[str]) -> str:
    """Return :func:`safe_name` of ``text``, with ``-2`` and so on behind it while its case-folded form is in ``taken``."""
    name = made = safe_name(text)
    number = 1
    while made.casefold() in taken:
        number += 1
        made = f"{name}-{number}"
    return made
