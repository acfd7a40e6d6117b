"""The rows of one sheet, wide or long, as records."""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from evaluator.diagnostics import Diagnostic, Place
from evaluator.evidence.files import Sheet
from evaluator.evidence.layout import Layout, Vocabulary
from evaluator.evidence.records import Record
from evaluator.evidence.register import Branch, Register
from evaluator.evidence.values import SCALE, BadCell, Read, plain, read_value
from evaluator.packs.models import Indicator, Labels

__all__ = ["FOOTER", "STAGES", "RowReader"]

STAGES = {"": 1, "自评": 1, "自查": 1, "乡镇复核": 2, "乡镇核查": 2, "街道复核": 2, "县级核查": 3, "联合检查": 3, "现场核查": 3}
FOOTER = re.compile(
    r"(?:合计|总计|小计|平均值?|total)$|(?:注|备注|说明|填表人|填报人|制表人|审核人|负责人|联系电话|填表日期|填报日期|填报单位)\s*:",
    re.IGNORECASE,
)
"""What stands in a branch's place in the last rows of many forms."""
DAY = Indicator(label=Labels(zh="日期", en="date"), type="date")


class RowReader:
    """Reads sheets against one register; findings go to the lists that it is given."""

    def __init__(
        self,
        register: Register,
        vocabulary: Vocabulary,
        start: date,
        reference: date,
        fractions: bool,
        errors: list[Diagnostic],
        bad: list[Diagnostic],
        warnings: list[Diagnostic],
    ) -> None:
        self.ids = register.by_id()
        self.names = register.by_name()
        self.closed = {word: branch for branch in register.closed for word in (branch.id, branch.name)}
        self.vocabulary = vocabulary
        self.start = (start - date(1970, 1, 1)).days
        self.reference = reference
        self.fractions = fractions
        self.errors = errors
        self.bad = bad
        self.warnings = warnings
        self.told: set[tuple[str, ...]] = set()  # what was warned of once and is not said again

    def read(self, sheet: Sheet, layout: Layout) -> list[Record]:
        """Return the sheet's records; their places name the file without its folders, as the run keeps them."""
        self.kept = replace(sheet, file=Path(sheet.file).name)
        shares = set() if self.fractions else self.small_percents(sheet, layout)
        seen: dict[str, int] = {}
        unknown: dict[str, list[int]] = {}
        records: list[Record] = []
        for number in range(layout.first, len(sheet.rows)):
            if not any(plain(cell) for cell in sheet.rows[number]):
                continue
            branch = self.branch(sheet, layout, number)
            if branch is None:
                continue
            if layout.kind == "long":
                id_ = self.vocabulary.find(named := self.text(sheet, number, layout.extra["indicator"]))
                if id_ is None:
                    unknown.setdefault(named, []).append(number)
                elif id_ not in shares:
                    records += self.long_row(sheet, layout, number, branch, id_)
                continue
            dated = "day" in layout.extra or "ref" in layout.extra
            if branch.id in seen and not dated:
                repeated = {"branch": branch.name, "first": str(sheet.place(seen[branch.id], 0))}
                self.errors.append(Diagnostic("evidence.E206", sheet.place(number, 0), repeated))
                continue
            seen.setdefault(branch.id, number)
            records += self.wide_row(sheet, layout, number, branch, shares)
        for named, numbers in unknown.items():
            values: dict[str, Any] = {"found": named, "nearest": self.vocabulary.nearest(named), "count": len(numbers)}
            place = sheet.place(numbers[0], layout.extra["indicator"])
            self.warnings.append(Diagnostic("evidence.W411" if values["nearest"] else "evidence.W412", place, values))
        self.repeats(records, sheet.file)
        return records

    # --- one row --------------------------------------------------------------

    def wide_row(self, sheet: Sheet, layout: Layout, number: int, branch: Branch, shares: set[str]) -> Iterator[Record]:
        day, stage, ref, row_note, row_photos = self.context(sheet, layout, number, branch)
        if day is False:
            return
        for id_, column in layout.indicators.items():
            if id_ in shares:
                continue
            own_note = self.text(sheet, number, layout.notes.get(id_))
            photos = self.text(sheet, number, layout.photos.get(id_)) or row_photos
            reason = self.text(sheet, number, layout.indicators.get(f"{id_}_reason")) or own_note or row_note
            read = self.cell(sheet, number, column, branch, id_, own_note or row_note, reason)
            if read is not None:
                note = own_note or (row_note if read.na else "")
                place = self.kept.place(number, column)
                told = note or read.reason
                yield Record(branch.id, id_, read.value, read.na, day, stage, ref, read.text, told, photos, place, read.approx)

    def long_row(self, sheet: Sheet, layout: Layout, number: int, branch: Branch, id_: str) -> Iterator[Record]:
        day, stage, ref, note, photos = self.context(sheet, layout, number, branch)
        if day is False:
            return
        column = layout.extra["value"]
        read = self.cell(sheet, number, column, branch, id_, note, note)
        if read is not None:
            place = self.kept.place(number, column)
            told = note or read.reason
            yield Record(branch.id, id_, read.value, read.na, day, stage, ref, read.text, told, photos, place, read.approx)

    def context(self, sheet: Sheet, layout: Layout, number: int, branch: Branch) -> tuple[Any, int, str, str, str]:
        """Return day (None undated, False unusable), stage, reference, note and photos of a row."""
        day: int | bool | None = None
        column = layout.extra.get("day")
        if column is not None and self.text(sheet, number, column):
            try:
                read = read_value(sheet.rows[number][column], DAY, self.reference)
                day = read.value if read else None
                if day is not None and day < self.start:
                    values = {"found": read.text if read else "", "start": date.fromordinal(self.start + date(1970, 1, 1).toordinal())}
                    self.warnings.append(Diagnostic("evidence.W406", sheet.place(number, column), values))
            except BadCell as problem:
                self.bad.append(self.finding(problem, sheet.place(number, column), branch, DAY))
                day = False
        word = self.text(sheet, number, layout.extra.get("stage"))
        stage = int(word) if word.isdigit() and 1 <= int(word) <= 9 else STAGES.get(word)
        if stage is None:
            values = {"found": word, "known": "、".join(filter(None, STAGES))}
            self.bad.append(Diagnostic("evidence.E312", sheet.place(number, layout.extra["stage"]), values))
            day, stage = False, 1
        ref, note, photos = (self.text(sheet, number, layout.extra.get(name)) for name in ("ref", "note", "photos"))
        return day, stage, ref, note, photos

    def cell(self, sheet: Sheet, number: int, column: int, branch: Branch, id_: str, note: str, reason: str) -> Read | None:
        """Return what a cell says, None when nothing; a bad cell is noted and says nothing. Points given by hand want a ``reason``."""
        indicator = self.vocabulary.indicators[id_]
        place = sheet.place(number, column)
        flaw = sheet.flaws.get((number, column))
        if flaw is not None:
            values = {"branch": branch.name, "label": indicator.label.zh, "found": flaw.text, "en": indicator.label.en or id_}
            self.bad.append(
                Diagnostic(
                    {"error_value": "evidence.E308", "uncached_formula": "evidence.E309"}.get(flaw.kind, "evidence.E310"), place, values
                )
            )
            return None
        row = sheet.rows[number]
        percent = (number, column) in sheet.percents
        try:
            read = read_value(
                row[column] if column < len(row) else None, indicator, self.reference, percent_format=percent, fractions=self.fractions
            )
            if read is not None and read.na and not (read.reason or note):
                raise BadCell("evidence.E313", found=read.text, expected="")
            if read is not None and not reason and f"{id_}_reason" in self.vocabulary.indicators:
                raise BadCell("evidence.E314", found=read.text, expected="")
        except BadCell as problem:
            self.bad.append(self.finding(problem, place, branch, indicator))
            return None
        if read is not None and read.cut:
            self.warnings.append(Diagnostic("evidence.W407", place, {"label": indicator.label.zh, "found": read.text}))
        if read is not None and read.approx and read.value is not None:
            counted = f"{(Decimal(read.value) / SCALE).normalize():f}"
            values = {"branch": branch.name, "label": indicator.label.zh, "en": indicator.label.en or id_}
            self.warnings.append(Diagnostic("evidence.W419", place, {**values, "found": read.text, "number": counted}))
        points = indicator.type == "percent" and not percent and not self.fractions
        if points and read is not None and read.value and read.value <= SCALE and "%" not in read.text:
            values = {"branch": branch.name, "label": indicator.label.zh, "en": indicator.label.en or id_, "found": read.text}
            self.warnings.append(Diagnostic("evidence.W413", place, values))
        return read

    # --- helpers --------------------------------------------------------------

    def finding(self, problem: BadCell, place: Place, branch: Branch, indicator: Indicator) -> Diagnostic:
        label = indicator.label
        return Diagnostic(problem.key, place, {"branch": branch.name, "label": label.zh, "en": label.en or label.zh, **problem.values})

    def text(self, sheet: Sheet, number: int, column: int | None) -> str:
        row = sheet.rows[number]
        return plain(row[column]) if column is not None and column < len(row) else ""

    def branch(self, sheet: Sheet, layout: Layout, number: int) -> Branch | None:
        """Return the branch that a row is about: by id, else by its name where only one bears it."""
        id_ = self.text(sheet, number, layout.register.get("id"))
        name = self.text(sheet, number, layout.register.get("name"))
        found = self.ids.get(id_) or self.ids.get(name) or self.names.get(id_ or name)
        if found is None and not (id_ and name):
            found = self.names.get(name)
        place = sheet.place(number, layout.register.get("id", layout.register.get("name", 0)))
        if found is None:
            self.strange(id_, name, place)
        elif id_ and name and name not in (found.name, found.id):
            other = self.names.get(name)
            values = {"id": id_, "name": found.name, "found": name}
            if other is not None:
                self.errors.append(Diagnostic("evidence.E211", place, values))
            else:
                self.once("evidence.W414", place, values)
        return found

    def strange(self, id_: str, name: str, place: Place) -> None:
        """Say why a row is about no branch that is expected."""
        word = id_ or name
        if not word:
            self.errors.append(Diagnostic("evidence.E212", place))
        elif FOOTER.match(word):
            self.once("evidence.W415", place, {"found": word})
        elif closed := self.closed.get(id_) or self.closed.get(name):
            self.once("evidence.W416", place, {"branch": closed.name})
        else:
            twice = not id_ and name in self.names
            self.errors.append(Diagnostic("evidence.E208" if twice else "evidence.E207", place, {"found": word}))

    def once(self, key: str, place: Place, values: dict[str, str]) -> None:
        """Warn at the first of all places of which the same is to be said."""
        if (key, *values.values()) not in self.told:
            self.told.add((key, *values.values()))
            self.warnings.append(Diagnostic(key, place, values))

    def small_percents(self, sheet: Sheet, layout: Layout) -> set[str]:
        """Return percents of which every plain number is at most 1: they are fractions or not percents at all, and are refused."""
        numbers: dict[str, list[float]] = {}
        places: dict[str, Place] = {}
        for number, row in enumerate(sheet.rows[layout.first :], layout.first):
            if layout.kind == "long":
                columns = {self.vocabulary.find(self.text(sheet, number, layout.extra["indicator"])) or "": layout.extra["value"]}
            else:
                columns = dict(layout.indicators)
            for id_, column in columns.items():
                percent = id_ in self.vocabulary.indicators and self.vocabulary.indicators[id_].type == "percent"
                if percent and column < len(row) and (number, column) not in sheet.percents and _is_number(row[column]):
                    numbers.setdefault(id_, []).append(float(plain(row[column])))
                    places.setdefault(id_, sheet.place(number if layout.kind == "long" else layout.header, column))
        refused = {id_ for id_, found in numbers.items() if all(0 <= one <= 1 for one in found) and any(one > 0 for one in found)}
        for id_ in sorted(refused):
            values = {"label": self.vocabulary.indicators[id_].label.zh, "en": id_}
            self.errors.append(Diagnostic("evidence.E209", places[id_], values))
        return refused

    def repeats(self, records: list[Record], file: str) -> None:
        """Warn of records that stand twice, word for word the same: they count once."""
        counts = Counter((r.branch, r.indicator, r.day, r.ref, r.stage, r.value, r.na, r.approx) for r in records)
        last = {(r.branch, r.indicator, r.day, r.ref, r.stage, r.value, r.na, r.approx): r for r in records}
        for event, count in counts.items():
            if count > 1:
                label = self.vocabulary.indicators[event[1]].label
                values = {"branch": self.ids[event[0]].name, "label": label.zh, "en": label.en or event[1], "count": count}
                self.warnings.append(Diagnostic("evidence.W408", replace(last[event].place, file=file), values))


def _is_number(cell: object) -> bool:
    if isinstance(cell, bool):
        return False
    if isinstance(cell, int | float):
        return True
    try:
        float(plain(cell))
    except ValueError:
        return False
    return True
