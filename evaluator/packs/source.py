"""From the text of a YAML file to plain data and the place of every key and value in it; YAML's silent conversions are refused."""

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from functools import cached_property
from typing import Any, NamedTuple

import yaml
from yaml.scanner import ScannerError

from evaluator.diagnostics import Diagnostic, Place
from evaluator.packs.scalars import align, resolve

__all__ = ["LARGEST", "DataPath", "Source", "Spans", "Spot", "parse_yaml"]

LARGEST = 5_000_000  # bytes
DEEPEST = 50
LINE_END = re.compile("\r\n|[\r\n\x85\u2028\u2029]")
UNPRINTABLE = re.compile("[^\t\n\r -~\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
KEY_WITH_WIDE_COLON = re.compile(r"^[ \t]*(?:- )?[\"']?[A-Za-z][\w-]*[\"']?[ \t]*(：)", re.MULTILINE)
KEY_WITH_ODD_SPACE = re.compile(r"[ \t]*(?:- )?([A-Za-z][\w-]*):([\u3000\xa0\u200b]+)")

DataPath = tuple[str | int, ...]
Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # the C parser, twenty times as fast, is not in every build


class Spot(NamedTuple):
    """Characters ``start`` to ``end`` of the text. ``style``: "" plain, ``'``, ``"``, ``|``, ``>``, or ``{`` for a mapping or list."""

    start: int
    end: int
    style: str


@dataclass(frozen=True)
class Spans:
    """Where each key and value of a file stands. A path is the keys (always text) and indices that lead to the value."""

    file: str
    text: str
    values: Mapping[DataPath, Spot] = field(default_factory=dict)
    keys: Mapping[DataPath, Spot] = field(default_factory=dict)

    @cached_property
    def _lines(self) -> list[int]:
        return [0, *(found.end() for found in LINE_END.finditer(self.text))]

    def at(self, start: int, end: int | None = None) -> Place:
        """Return the place of some characters; what runs over several lines is marked on its first."""
        line = bisect_right(self._lines, start)
        column = start - self._lines[line - 1] + 1
        ending = LINE_END.search(self.text, start)
        last = min(end or start + 1, ending.start() if ending else len(self.text))
        return Place(self.file, line, column, max(column + 1, column + last - start))

    def place(self, path: DataPath, *, key: bool = False) -> Place:
        """Return the place of the value at ``path``, of its key with ``key=True``; of the nearest thing around it where there is none."""
        spots = self.keys if key else self.values
        if path in spots:
            spot = spots[path]
            return self.at(spot.start, None if spot.style == "{" else spot.end)
        return self.place(path[:-1]) if path else self.at(0)

    def inside(self, path: DataPath, value: str, start: int, end: int) -> Place:
        """Return the place of characters ``start`` to ``end`` of the text ``value`` at ``path``, however it is quoted or folded."""
        spot = self.values.get(path)
        if spot is None or spot.style == "{":
            return self.place(path)
        found = align(self.text[spot.start : spot.end], spot.style, value)
        if found is None:
            return self.place(path)
        return self.at(spot.start + found[start], spot.start + (found[end] if end > start else found[start] + 1))


@dataclass(frozen=True)
class Source:
    """What a file says. ``data`` is None when ``findings`` left nothing to read; else it holds the likely meaning of what was refused."""

    data: dict[str, Any] | None
    spans: Spans
    findings: tuple[Diagnostic, ...] = ()


def parse_yaml(text: str, file: str) -> Source:
    """Read one YAML document: mappings to dict, lists to list, scalars to ``str``, ``bool``, ``int``, ``Decimal``, ``date`` or None."""
    reader = _Reader(text, file)
    reader.read()
    return Source(reader.root, reader.spans, tuple(reader.findings))


@dataclass
class _Open:
    """A mapping or list that is not closed yet; ``key`` waits for its value."""

    data: dict[str, Any] | list[Any]
    path: DataPath
    flow: bool
    key: str | None = None


class _Stop(Exception):
    """Nothing that comes after this finding can be read."""


class _Reader:
    def __init__(self, text: str, file: str) -> None:
        self.text = text
        self.values: dict[DataPath, Spot] = {}
        self.keys: dict[DataPath, Spot] = {}
        self.spans = Spans(file, text, self.values, self.keys)
        self.findings: list[Diagnostic] = []
        self.open: list[_Open] = []
        self.last = Spot(0, 0, "")  # the last scalar
        self.root: dict[str, Any] | None = None

    def report(self, key: str, start: int, end: int | None = None, **values: object) -> None:
        self.findings.append(Diagnostic(f"packs.{key}", self.spans.at(start, end), values))

    def read(self) -> None:
        odd = UNPRINTABLE.search(self.text)
        if odd:
            self.report("E105", odd.start(), found=f"U+{ord(odd.group()):04X}")
            return
        try:
            for event in yaml.parse(self.text, Loader=Loader):
                self.event(event)
        except _Stop:
            self.root = None
        except yaml.MarkedYAMLError as error:
            self.root = None
            self.syntax(error)
        else:
            if self.root is None:
                self.report("E104", 0)

    def event(self, event: yaml.Event) -> None:
        assert event.start_mark is not None
        assert event.end_mark is not None
        at, end = event.start_mark.index, event.end_mark.index
        match event:
            case yaml.ScalarEvent():
                self.common(event, at)
                self.scalar(event, Spot(at, end, event.style or ""))
            case yaml.MappingStartEvent() | yaml.SequenceStartEvent():
                self.common(event, at)
                self.start({} if isinstance(event, yaml.MappingStartEvent) else [], at, bool(event.flow_style))
            case yaml.MappingEndEvent() | yaml.SequenceEndEvent():
                self.open.pop()
            case yaml.AliasEvent():
                self.report("E115", at, end, found=f"*{event.anchor}")
                if not self.open:
                    raise _Stop
                self.put(None, Spot(at, end, ""))
            case yaml.DocumentStartEvent() if self.root is not None:
                self.report("E113", at)
                raise _Stop

    def common(self, event: yaml.ScalarEvent | yaml.CollectionStartEvent, at: int) -> None:
        if event.anchor is not None:
            self.report("E115", at, found=f"&{event.anchor}")
        if event.tag is not None:
            self.report("E116", at, found=event.tag)

    def start(self, data: dict[str, Any] | list[Any], at: int, flow: bool) -> None:
        if len(self.open) >= DEEPEST:
            self.report("E114", at, most=DEEPEST)
            raise _Stop
        if not self.open:
            if isinstance(data, list):
                self.report("E127", at)
                raise _Stop
            self.root = data
            path: DataPath = ()
            self.values[()] = Spot(at, at, "{")
        else:
            top = self.open[-1]
            if isinstance(top.data, dict) and top.key is None:
                self.report("E126", at)
                raise _Stop
            path = self.put(data, Spot(at, at, "{"))
        self.open.append(_Open(data, path, flow))

    def scalar(self, event: yaml.ScalarEvent, spot: Spot) -> None:
        self.last = spot
        if not self.open:
            if event.value:
                if wide := KEY_WITH_WIDE_COLON.search(self.text, spot.start, spot.end):
                    self.report("E107", wide.start(1))
                elif odd := KEY_WITH_ODD_SPACE.match(self.text, spot.start):
                    self.report("E136", odd.start(2), found=odd.group(1))
                else:
                    self.report("E127", spot.start, spot.end)
                raise _Stop
            return
        top = self.open[-1]
        is_key = isinstance(top.data, dict) and top.key is None
        value: Any = event.value
        if not spot.style:
            if not event.value and not is_key:
                self.empty(top, spot)
                return
            value = self.plain(event.value, spot)
        if is_key:
            self.key(top, event.value, spot)
        else:
            self.put(value, spot)

    def key(self, top: _Open, key: str, spot: Spot) -> None:
        if key.strip() != key and not spot.style:
            self.report("E136", spot.start, spot.end, found=key.strip())
            key = key.strip()
        path = (*top.path, key)
        if path in self.keys:
            first = self.spans.place(path, key=True)
            self.report("E118", spot.start, spot.end, found=key, line=first.line, column=first.column)
        self.keys[path] = spot
        top.key = key

    def empty(self, top: _Open, spot: Spot) -> None:
        """Report a key, or a dash, that nothing follows; in braces, a piece without a colon is the rest of a text cut at a comma."""
        if top.key is None:
            self.report("E124", spot.start, found="-")
            self.put(None, spot)
            return
        key = self.keys[*top.path, top.key]
        if not top.flow or ":" in self.text[key.end : spot.start]:
            self.report("E124", key.start, key.end, found=top.key)
            self.put(None, key)
            return
        wide = top.key.find("：")
        if wide >= 0:
            self.report("E107", key.start + wide)
        else:
            self.report("E123", key.start, key.end, found=top.key)
        top.key = None

    def put(self, value: Any, spot: Spot) -> DataPath:
        """Put a value where it belongs and return its path."""
        top = self.open[-1]
        if isinstance(top.data, list):
            path: DataPath = (*top.path, len(top.data))
            top.data.append(value)
        elif top.key is None:  # an alias as key
            raise _Stop
        else:
            path = (*top.path, top.key)
            top.data[top.key] = value
            top.key = None
        self.values[path] = spot
        return path

    def plain(self, text: str, spot: Spot) -> str | bool | int | Decimal | date | None:
        """Return what an unquoted scalar means; what YAML readers would take in different ways is reported."""
        value, problem = resolve(text)
        if problem:
            self.report(problem, spot.start, spot.end, found=text, instead=_instead(problem, text, value))
        source = self.text[spot.start : spot.end]
        if "：" in source and "\n" in source:
            for found in KEY_WITH_WIDE_COLON.finditer(self.text, spot.start, spot.end):
                self.report("E107", found.start(1))
        return value

    def syntax(self, error: yaml.MarkedYAMLError) -> None:
        """Report what the parser could not read, by the characters where it stopped: its own words are English and change."""
        problem, context = error.problem_mark, error.context_mark
        at = min(problem.index, len(self.text)) if problem else 0
        begun = context.index if context else at
        here, first = self.text[at : at + 1], self.text[begun : begun + 1]
        line = self.text[self.line_of(at) : at].rstrip()
        # What swallowed this line stands on the one before it, or where the scanner began a key that never came.
        since = min(self.line_of(max(0, self.line_of(at) - 1)), self.line_of(begun) if isinstance(error, ScannerError) else at)
        wide = KEY_WITH_WIDE_COLON.search(self.text, since, at)
        odd_space = KEY_WITH_ODD_SPACE.match(self.text, self.line_of(begun))
        if here == "\t":
            self.report("E106", at)
        elif wide:
            self.report("E107", wide.start(1))
        elif odd_space:
            self.report("E136", odd_space.start(2), found=odd_space.group(1))
        elif first in ("'", '"') and not here:
            self.report("E109", begun)
        elif here == "\\" and first == '"':
            self.report("E111", at, at + 2, found=self.text[at : at + 2])
        elif first in ("[", "{") and begun < at:
            self.report("E110", begun, found=first)
        elif here == ":":
            self.report("E108", at)
        elif first in ("*", "&"):
            self.report("E115", begun, found=first)
        elif first == "!":
            self.report("E116", begun, found=first)
        elif begun == at and here and here in "@`%|>":
            self.report("E117", at, found=here)
        elif line[-1:] in ("'", '"') and LINE_END.search(self.text, self.last.start, self.last.end):
            self.report("E109", self.last.start)  # closed by the opening quote of a later text
        elif line[-1:] in ("'", '"', "]", "}"):
            self.report("E112", at)
        else:
            self.report("E119", at)

    def line_of(self, at: int) -> int:
        """Return where the line of a character begins."""
        return max((found.end() for found in LINE_END.finditer(self.text, 0, at)), default=0)


def _instead(problem: str, text: str, value: object) -> str:
    """Return what to write for a scalar that was refused."""
    if problem == "E125":
        return unicodedata.normalize("NFKC", text)
    return str(value).lower() if isinstance(value, bool) else f"{value:f}" if isinstance(value, Decimal) else str(value)
