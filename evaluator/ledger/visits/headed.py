"""Tables that people keep in workbooks of their own: found by their headers, columns in any order, every bad cell with its place."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from evaluator.diagnostics import Diagnostic, Failure, Place
from evaluator.evidence.files import Sheet, read_file
from evaluator.evidence.layout import key
from evaluator.evidence.rows import FOOTER
from evaluator.evidence.values import plain
from evaluator.messages import language, say

__all__ = ["Line", "read_lines", "title"]

WITHIN = 20  # rows in which the header is looked for; titles and notes may stand above it


@dataclass(frozen=True)
class Line:
    """One row: trimmed texts by the names of their columns, "" for what is blank or has no column."""

    sheet: Sheet
    row: int
    columns: Mapping[str, int]

    def __getitem__(self, name: str) -> str:
        cells, column = self.sheet.rows[self.row], self.columns.get(name, -1)
        return plain(cells[column]) if 0 <= column < len(cells) else ""

    def place(self, name: str) -> Place:
        return self.sheet.place(self.row, self.columns.get(name, 0))


def title(words: Sequence[str]) -> str:
    """Return what a column is called in the language in force: the first of its ``words`` in that language, or else the first."""
    return next((word for word in words if word.isascii() == (language() == "en")), words[0])


def read_lines(path: Path, words: Mapping[str, Sequence[str]], needed: Sequence[str], wrong: list[Diagnostic]) -> list[Line]:
    """Return the rows of all sheets with a header; ``words`` say how each column may be called, ``needed`` are those that must be there.

    Cells that cannot be trusted are added to ``wrong``.

    Raises:
        Failure: the file cannot be read, or no sheet has the needed columns; the nearest header and what it lacks are named.
    """
    names = {key(word): name for name, known in words.items() for word in known}
    lines: list[Line] = []
    best: tuple[int, Place, list[str]] = (0, Place(str(path)), list(needed))
    for sheet in read_file(path):
        for row in range(min(WITHIN, len(sheet.rows))):
            columns: dict[str, int] = {}
            for column, cell in enumerate(sheet.rows[row]):
                if isinstance(cell, str) and (name := names.get(key(cell))):
                    columns.setdefault(name, column)
            lacking = [name for name in needed if name not in columns]
            if not lacking:
                lines += _rows(sheet, row, columns, wrong)
                best = (len(needed) + 1, best[1], [])
                break
            if len(columns) > best[0]:
                best = (len(columns), sheet.place(row, 0), lacking)
    if best[2]:
        told = {"lacking": _titles(words, best[2]), "needed": _titles(words, needed)}
        raise Failure([Diagnostic("inspection.E841", best[1], told)])
    return lines


def _titles(words: Mapping[str, Sequence[str]], names: Sequence[str]) -> str:
    return say("kinds.comma").join(title(words[name]) for name in names)


def _rows(sheet: Sheet, header: int, columns: Mapping[str, int], wrong: list[Diagnostic]) -> list[Line]:
    """Return the rows below a header in which one of its columns says something, sums and notes at the foot left out."""
    found = []
    for row in range(header + 1, len(sheet.rows)):
        line = Line(sheet, row, columns)
        flaws = [(column, flaw) for column in sorted(columns.values()) if (flaw := sheet.flaws.get((row, column)))]
        wrong += [Diagnostic("inspection.E842", sheet.place(row, column), {"found": flaw.text}) for column, flaw in flaws]
        texts = [line[name] for name in columns]
        first = next(filter(None, map(plain, sheet.rows[row])), "")
        if any(texts) and not flaws and not FOOTER.match(first):
            found.append(line)
    return found
