"""What is wrong with a user's file, where, and what to do about it."""

import errno
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from evaluator.messages import Language, say

__all__ = ["Diagnostic", "Failure", "Place", "among", "reason", "render"]

SHOWN = 12  # ids that may stand somewhere, listed where none is near

LONGEST_ROW = 160  # characters of a source line that are shown around a finding


@dataclass(frozen=True)
class Place:
    """A spot in a file: line and column of a text (both from 1), or sheet and cell of a workbook.

    ``fields``: the column counts the fields of a table, not characters, so that no caret can point there.
    """

    file: str
    line: int = 0
    column: int = 0
    end_column: int = 0
    sheet: str = ""
    cell: str = ""
    fields: bool = field(default=False, compare=False)

    def __lt__(self, other: "Place") -> bool:
        return self._order() < other._order()

    def _order(self) -> tuple[str, str, int, int, int, int, str]:
        """Return by what places sort: down a text or sheet, row by row; B10 stands after B9 and before C10."""
        letters = self.cell.rstrip("0123456789")
        row = self.cell[len(letters) :]
        return (self.file, self.sheet, self.line or int(row or 0), self.column, self.end_column, len(letters), letters)

    def __str__(self) -> str:
        if self.line:
            return f"{self.file}:{self.line}:{self.column}" if self.column else f"{self.file}:{self.line}"
        return self.file + (f" [{self.sheet}]" if self.sheet else "") + (f" {self.cell}" if self.cell else "")


@dataclass(frozen=True)
class Diagnostic:
    """One finding. ``key`` names its message (``packs.E203``); its last piece is the code, ``E…`` an error, ``W…`` a warning."""

    key: str
    place: Place
    values: dict[str, Any] = field(default_factory=dict, hash=False)

    @property
    def code(self) -> str:
        return self.key.partition(".")[2]

    @property
    def is_error(self) -> bool:
        return self.code.startswith("E")

    def message(self, lang: Language | None = None) -> str:
        return say(self.key, lang, **self.values)

    def hint(self, lang: Language | None = None) -> str:
        return say(self.key, lang, form="hint", **self.values)


class Failure(Exception):
    """Work that cannot go on because of the user's input; holds every finding of the pass, and the exit code (2: usage or input)."""

    def __init__(self, findings: Iterable[Diagnostic], exit_code: int = 2) -> None:
        self.findings: Sequence[Diagnostic] = sorted(findings, key=lambda d: (d.place, d.key))
        self.exit_code = exit_code
        super().__init__("\n".join(f"{d.place}: {d.code} {d.message('en')}" for d in self.findings))


def reason(error: OSError) -> str:
    """Return in words why a file could not be read or written; the system's own words for what is rare."""
    told = {"ENOENT", "EACCES", "EPERM", "ENOSPC", "EROFS", "EISDIR", "ENOTDIR", "EEXIST", "ENAMETOOLONG"}
    name = errno.errorcode.get(error.errno or 0, "")
    return say(f"common.{name}") if name in told else error.strerror or str(error)


def among(found: str, known: Iterable[object], comma: str = "、") -> str:
    """Return the ids that may stand where ``found`` stands: the nearest, or all of a few, else the first; where these are not the
    whole list, how many there are.
    """
    from difflib import get_close_matches

    ids = list(dict.fromkeys(map(str, known)))
    near = get_close_matches(found, ids, n=3, cutoff=0.5)
    shown = near or ids[:SHOWN]
    text = comma.join(shown) or "—"
    if len(shown) == len(ids):
        return text
    return say("common.nearest" if near else "common.first", ids=text, shown=len(shown), all=len(ids))


@lru_cache(maxsize=4)
def _rows(source: str) -> list[str]:
    """Return the lines of a file; many findings of one file ask for them."""
    return source.splitlines()


def _window(row: str, start: int, end: int) -> tuple[str, int, int]:
    """Return a line of a file, of a long one what stands around characters ``start`` to ``end``, and where these are in it."""
    if len(row) <= LONGEST_ROW:
        return row, start, end
    first = max(0, start - LONGEST_ROW // 3)
    last = first + LONGEST_ROW
    shown = ("…" if first else "") + row[first:last] + ("…" if last < len(row) else "")
    moved = first - bool(first)
    return shown, start - moved, min(end, last) - moved


def render(finding: Diagnostic, source: str | None = None, lang: Language | None = None) -> str:
    """Return ``place: code message``, then, given the text of the file, its line with a caret, then the hint."""
    lines = [f"{finding.place}: {finding.code} {finding.message(lang)}"]
    place = finding.place
    rows = _rows(source) if source is not None else []
    if 0 < place.line <= len(rows) and not place.fields:
        row, start, end = _window(rows[place.line - 1], place.column - 1, place.end_column - 1)
        lines.append(f"    {row}")
        if place.column:
            # A wide character takes two columns of a terminal, so the padding copies the width of what stands before.
            before = "".join("\u3000" if ord(c) > 0x2E7F else " " for c in row[:start])
            lines.append(f"    {before}{'^' * max(1, end - start)}")
    hint = finding.hint(lang)
    if hint:
        lines.append(f"    {say('common.hint', lang)} {hint}")
    return "\n".join(lines)
