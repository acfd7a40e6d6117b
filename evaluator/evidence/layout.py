"""How a sheet is laid out: where its header row is, and what each of its columns means."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Literal

from evaluator.evidence.files import Sheet
from evaluator.evidence.register import register_column
from evaluator.evidence.values import plain
from evaluator.packs.models import Indicator

__all__ = ["Layout", "Vocabulary", "find_layout"]

HEADER_WITHIN = 20  # rows; titles and notes may stand above the header
EXTRA: dict[str, tuple[str, ...]] = {
    "indicator": ("指标", "indicator", "指标名称", "指标代码"),
    "value": ("值", "value", "数值", "填报值", "结果"),
    "day": ("日期", "date", "发生日期", "时间"),
    "stage": ("环节", "stage", "核查环节"),
    "ref": ("凭证号", "ref", "记录编号", "文号", "reference"),
    "note": ("说明", "note", "备注", "事实", "情况说明"),
    "photos": ("照片", "photos", "照片编号"),
}
NOTE_SUFFIXES = ("说明", "_note", "note")
PHOTO_SUFFIXES = ("照片", "_photos", "photos")
NEAR = 0.8  # of a header's likeness to another: below that they are different things
REASON = re.compile(r"(理由|reason)$")
UNIT = re.compile(r"[(\[（【][^()\[\]（）【】]*[)\]）】]\s*$")


def key(header: object) -> str:
    """Return a header in the form that is compared: NFKC, no case, no blanks, no unit in brackets at its end."""
    text = unicodedata.normalize("NFKC", plain(header)).casefold().replace("\n", " ").lstrip("*")
    return UNIT.sub("", text).replace(" ", "").replace("_", "")


@dataclass(frozen=True)
class Vocabulary:
    """What headers may say: indicators by id and by label in both languages, and the attributes that a register may hold."""

    indicators: Mapping[str, Indicator]
    words: Mapping[str, str]  # key of a header to indicator id; ``""`` where two indicators share it
    attributes: tuple[str, ...]

    @classmethod
    def of(cls, indicators: Mapping[str, Indicator]) -> "Vocabulary":
        words: dict[str, str] = {}
        for id_, indicator in indicators.items():
            if indicator.attribute:
                continue
            for word in {key(id_), key(indicator.label.zh), key(indicator.label.en)} - {""}:
                words[word] = "" if words.get(word, id_) != id_ else id_
        words.update({key(id_): id_ for id_ in indicators if not indicators[id_].attribute})
        attributes = ("area_type", *(id_ for id_, indicator in indicators.items() if indicator.attribute))
        return cls(indicators, words, tuple(dict.fromkeys(attributes)))

    def find(self, header: object) -> str | None:
        """Return the indicator that a header names, if exactly one."""
        return self.words.get(key(header)) or None

    def nearest(self, header: object) -> str:
        """Return the label nearest to an unknown header, ``""`` when none is really near; points and their reasons are never near."""
        text = key(header)
        reason = bool(REASON.search(text))
        close = get_close_matches(text, [word for word in self.words if bool(REASON.search(word)) == reason], n=1, cutoff=NEAR)
        if not close or not self.words[close[0]]:
            return ""
        return self.indicators[self.words[close[0]]].label.zh + f" ({self.words[close[0]]})"


@dataclass(frozen=True)
class Layout:
    """A sheet's meaning. Column numbers count from 0. ``unknown`` columns hold a header that nothing matches."""

    kind: Literal["wide", "long", "register"]
    header: int
    first: int  # first row of data
    register: Mapping[str, int] = field(default_factory=dict)  # register column or attribute
    extra: Mapping[str, int] = field(default_factory=dict)  # keys of EXTRA
    indicators: Mapping[str, int] = field(default_factory=dict)
    notes: Mapping[str, int] = field(default_factory=dict)  # indicator to the column of its fact note
    photos: Mapping[str, int] = field(default_factory=dict)
    unknown: tuple[int, ...] = ()
    repeated: tuple[tuple[str, int, int], ...] = ()  # the same meaning twice: name, first column, second column


def find_layout(sheet: Sheet, vocabulary: Vocabulary, force: Literal["wide", "long", "register"] | None = None) -> Layout | None:
    """Return how the sheet is laid out, or None when no row of its first twenty reads as a header.

    A sheet that is known to be the register needs two of its columns, any other three, so that a stray list is not taken for one.
    """
    best: tuple[int, Layout] | None = None
    for row in range(min(HEADER_WITHIN, len(sheet.rows))):
        layout = _read_header(sheet, row, vocabulary, force)
        known = len(layout.register) + len(layout.extra) + len(layout.indicators)
        named = "id" in layout.register or "name" in layout.register
        useful = layout.indicators or layout.kind == "long" or len(layout.register) >= (2 if force == "register" else 3)
        if named and useful and (best is None or known > best[0]):
            best = known, layout
    return best[1] if best else None


def _read_header(sheet: Sheet, row: int, vocabulary: Vocabulary, force: Literal["wide", "long", "register"] | None) -> Layout:
    register: dict[str, int] = {}
    extra: dict[str, int] = {}
    indicators: dict[str, int] = {}
    notes: dict[str, int] = {}
    photos: dict[str, int] = {}
    unknown: list[int] = []
    repeated: list[tuple[str, int, int]] = []
    extras = {key(word): name for name, words in EXTRA.items() for word in words}
    for column, cell in enumerate(sheet.rows[row]):
        if not isinstance(cell, str) or not plain(cell):
            continue
        text = key(cell)
        target: dict[str, int]
        if found := vocabulary.find(cell):
            name, target = found, indicators
        elif found := register_column(UNIT.sub("", plain(cell)) or plain(cell), vocabulary.attributes):
            name, target = found, register
        elif text in extras:
            name, target = extras[text], extra
        elif found := _with_suffix(text, NOTE_SUFFIXES, vocabulary):
            name, target = found, notes
        elif found := _with_suffix(text, PHOTO_SUFFIXES, vocabulary):
            name, target = found, photos
        else:
            unknown.append(column)
            continue
        if name in target:
            repeated.append((name, target[name], column))
        else:
            target[name] = column
    long = "indicator" in extra and "value" in extra
    kind: Literal["wide", "long", "register"] = (
        force if force == "register" or (force and (long or indicators)) else "long" if long else "wide" if indicators else "register"
    )
    first = row + 1
    while first < len(sheet.rows) and _names_again(sheet.rows[first], indicators, vocabulary):
        first += 1
    return Layout(kind, row, first, register, extra, indicators, notes, photos, tuple(unknown), tuple(repeated))


def _with_suffix(text: str, suffixes: tuple[str, ...], vocabulary: Vocabulary) -> str | None:
    for suffix in suffixes:
        bare = key(suffix)
        if text.endswith(bare) and (found := vocabulary.words.get(text.removesuffix(bare))):
            return found
    return None


def _names_again(row: Sequence[object], indicators: Mapping[str, int], vocabulary: Vocabulary) -> bool:
    """Whether a row below the header names the same columns once more (ids under labels)."""
    cells = [(id_, row[column]) for id_, column in indicators.items() if column < len(row) and plain(row[column])]
    return bool(cells) and all(vocabulary.find(cell) == id_ for id_, cell in cells)
