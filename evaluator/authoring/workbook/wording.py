"""What the checks of a pack say, in the words of a workbook: sheets and headers for the keys of YAML, and none of its signs.

Messages that fit a file of YAML only stand a second time in ``packcells.toml``, under the same codes.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from evaluator.authoring.workbook.cells import WORDS
from evaluator.authoring.workbook.forms import FORMS, Column, all_columns, header, sheet_name
from evaluator.diagnostics import Diagnostic, Place
from evaluator.messages import LANGUAGES, Language, catalogue, language, say

__all__ = ["OWN", "CellDiagnostic", "in_words_of_cells"]

OWN = "packcells"
ROOMS = ("packs", "conditions")
KEYS = ("name", "section", "given", "lacking")  # values that name a key of YAML
LISTED = {"E467", "E469", "E600", "E606"}  # codes whose ``found`` lists keys
TYPED = ("type", "wanted")  # values that name types of indicators
ITEM = re.compile(r"\[\d+\]$")


@dataclass(frozen=True)
class CellDiagnostic(Diagnostic):
    """A finding whose message and hint name sheets and headers."""

    def message(self, lang: Language | None = None) -> str:
        return say(self.told, lang, **self.values)

    def hint(self, lang: Language | None = None) -> str:
        return say(self.told, lang, form="hint", **self.values)

    @property
    def told(self) -> str:
        return f"{OWN}.{self.code}" if self.code in catalogue(OWN) else self.key


def in_words_of_cells(findings: Iterable[Diagnostic], columns: Mapping[Place, Column]) -> Iterator[Diagnostic]:
    """Yield findings, those of the ordinary checks as an author of a workbook reads them; ``columns`` says of which column a cell is."""
    for one in findings:
        yield _reworded(one, columns.get(one.place)) if one.key.partition(".")[0] in ROOMS else one


def _reworded(one: Diagnostic, column: Column | None) -> Diagnostic:
    values = {"column": header(column) if column else "—", **one.values}
    listed = "、" if language() == "zh" else ", "
    for key, value in one.values.items():
        if key in KEYS or (key == "found" and one.code in LISTED):
            values[key] = listed.join(_named(word, one.place, column) for word in re.split(r", ?|、", str(value)))
        elif key in TYPED:
            values[key] = re.sub(r"[a-z]+", lambda word: _word("type", word[0]), str(value))
    if one.code == "W502":  # the cell is that of the rule; the source is written beside the item
        values["where"] = " ".join(filter(None, (str(values["section"]), str(values["id"]))))
    if one.code == "E457":
        values["found"] = _word("aggregate", str(one.values["found"]))
        values["allowed"] = listed.join(_word("aggregate", word) for word in str(one.values["allowed"]).split(", "))
    return CellDiagnostic(one.key, one.place, values)


def _word(kind: str, word: str) -> str:
    """Return what a drop-down offers for a word of YAML."""
    return say(f"packbook.w_{kind}_{word}") if word in WORDS[kind] and language() == "zh" else word


def _named(name: str, place: Place, column: Column | None) -> str:
    """Return the sheet or header of what a path names by its last key, ``name`` itself where there is none."""
    key = ITEM.sub("", name).strip()
    if column and key in _steps(column):
        return header(column)
    if key in WORDS["rule"]:
        return say(f"packbook.w_rule_{key}")
    if key != "pack" and any(key == form.name for form in FORMS):
        return sheet_name(key)
    here = [one for form in FORMS if place.sheet in [sheet_name(form.name, lang) for lang in LANGUAGES] for one in form.columns]
    found = next((one for one in (*here, *all_columns()) if not one.english and key in _steps(one)), None)
    return header(found) if found else name


def _steps(column: Column) -> list[str]:
    """Return the keys by which a path may name a column's value."""
    return [str(step).removeprefix("@") for step in column.path if step not in ("zh", "en")]
