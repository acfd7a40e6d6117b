"""A user's holiday arrangement: a YAML file of days off and make-up working days, for a year not yet known or a change within one.

source: 国务院办公厅关于2027年部分节假日安排的通知
holidays: [2027-01-01, 2027-02-05..2027-02-11]
workdays: [2027-01-30]
"""

import re
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path

import yaml

from evaluator.diagnostics import Diagnostic, Failure, Place

__all__ = ["Arrangement", "read_arrangement"]

LISTS = ("holidays", "workdays")
LONGEST = 31  # days in one range: the longest holiday published has nine, a slip in a year makes hundreds
ENTRY = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})(?:\s*\.\.\s*([0-9]{4}-[0-9]{2}-[0-9]{2}))?")


@dataclass(frozen=True)
class Arrangement:
    """``years`` are arranged by this file: those in which an entry of ``holidays`` begins."""

    holidays: frozenset[date]
    workdays: frozenset[date]
    years: frozenset[int]
    source: str


def read_arrangement(path: Path) -> Arrangement:
    """Return the days that the file lists.

    Raises:
        Failure: the file cannot be read, or is not an arrangement; every fault found, with its line.
    """
    file = str(path)
    try:
        root = yaml.compose(path.read_text(encoding="utf-8-sig"), Loader=yaml.SafeLoader)
    except OSError:
        raise Failure([Diagnostic("ledger.E101", Place(file))]) from None
    except UnicodeDecodeError as error:
        raise Failure([Diagnostic("ledger.E102", Place(file, line=error.object.count(b"\n", 0, error.start) + 1))]) from None
    except (yaml.YAMLError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        raise Failure([Diagnostic("ledger.E103", Place(file, mark.line + 1, mark.column + 1) if mark else Place(file))]) from None
    reader = _Reader(file)
    reader.read(root)
    if reader.findings:
        raise Failure(reader.findings)
    return Arrangement(frozenset(reader.days["holidays"]), frozenset(reader.days["workdays"]), frozenset(reader.years), reader.source)


@dataclass
class _Reader:
    """What one file says, and what is wrong with it."""

    file: str
    source: str = ""
    days: dict[str, dict[date, yaml.Node]] = field(default_factory=lambda: {name: {} for name in LISTS})
    years: set[int] = field(default_factory=set)
    findings: list[Diagnostic] = field(default_factory=list)

    def read(self, root: yaml.Node | None) -> None:
        if not isinstance(root, yaml.MappingNode):
            return self.find("E104", root)
        seen: set[str] = set()
        for key, value in root.value:
            name = str(key.value)
            if name in seen:
                self.find("E106", key, name=name)
            elif name in LISTS and isinstance(value, yaml.SequenceNode):
                self.read_days(name, value)
            elif name == "source" and isinstance(value, yaml.ScalarNode):
                self.source = value.value
            elif name in LISTS:
                self.find("E107", value, name=name)
            elif name == "source":
                self.find("E108", value)
            else:
                self.find("E105", key, name=name)
            seen.add(name)
        for day in sorted(self.days["holidays"].keys() & self.days["workdays"].keys()):
            self.find("E112", self.days["workdays"][day], day=day)

    def read_days(self, name: str, entries: yaml.SequenceNode) -> None:
        """Gather the days of ``2027-01-01`` and ``2027-02-05..2027-02-11``."""
        for node in entries.value:
            text = node.value.strip() if isinstance(node, yaml.ScalarNode) else "[…]"
            try:
                match = ENTRY.fullmatch(text)
                first, last = (date.fromisoformat(piece) for piece in (match[1], match[2] or match[1])) if match else (None, None)
            except ValueError:
                first = last = None
            if first is None or last is None:
                self.find("E109", node, text=text)
            elif last < first:
                self.find("E110", node, first=first, last=last)
            elif (length := (last - first).days + 1) > LONGEST:
                self.find("E111", node, first=first, last=last, days=length, longest=LONGEST)
            else:
                self.days[name].update((first + timedelta(days=step), node) for step in range(length))
                if name == "holidays":
                    self.years.add(first.year)

    def find(self, code: str, node: yaml.Node | None, **values: object) -> None:
        if node is None:
            place = Place(self.file)
        else:
            start, end = node.start_mark, node.end_mark
            place = Place(self.file, start.line + 1, start.column + 1, end.column + 1 if end.line == start.line else 0)
        self.findings.append(Diagnostic(f"ledger.{code}", place, values))
