"""The rows of one sheet, wide or long, as records."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

from evaluator.diagnostics import Diagnostic, Place
from evaluator.evidence.files import Sheet
from evaluator.evidence.layout import Layout, Vocabulary
from evaluator.evidence.records import Record
from evaluator.evidence.register import Branch, Register
from evaluator.evidence.values import BadCell, Read, plain, read_value
from evaluator.packs.models import Indicator, Labels

__all__ = ["STAGES", "RowReader"]

STAGES = {"": 1, "自评": 1, "自查": 1, "乡镇复核": 2, "乡镇核查": 2, "街道复核": 2, "县级核查": 3, "联合检查": 3, "现场核查": 3}
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
        self.given = register.given
        self.vocabulary = vocabulary
        self.start = (start - date(1970, 1, 1)).days
        self.reference = reference
        self.fractions = fractions
        self.errors = errors
        self.bad = bad
        self.warnings = warnings

    def read(self, sheet: Sheet, layout: Layout) -> list[Record]:
        """Return the sheet's records; their places name the file without its folders, as the run keeps them."""
        self.kept = replace(sheet, file=Path(sheet.file).name)
        shares = set() if self.fractions else self.small_percents(sheet, layout)
        seen: dict[str, int] = {}
        records: list[Record] = []
        for number in range(layout.first, len(sheet.rows)):
            if not any(plain(cell) for cell in sheet.rows[number]):
                continue
            branch = self.branch(sheet, layout, number)
            if branch is None:
                continue
            if layout.kind == "long":
                records += self.long_row(sheet, layout, number, branch)
                continue
            dated = "day" in layout.extra or "ref" in layout.extra
            if branch.id in seen and not dated:
                values = {"branch": branch.name, "first": str(sheet.place(seen[branch.id], 0))}
                self.errors.append(Diagnostic("evidence.E206", sheet.place(number, 0), values))
                continue
            seen.setdefault(branch.id, number)
            records += self.wide_row(sheet, layout, number, branch, shares)
        self.repeats(records)
        return records

    # --- one row --------------------------------------------------------------

    def wide_row(self, sheet: Sheet, layout: Layout, number: int, branch: Branch, shares: set[str]) -> Iterator[Record]:
        day, stage, ref, row_note, row_photos = self.context(sheet, layout, number)
        if day is False:
            return
        for id_, column in layout.indicators.items():
            if id_ in shares:
                continue
            own_note = self.text(sheet, number, layout.notes.get(id_))
            photos = self.text(sheet, number, layout.photos.get(id_)) or row_photos
            reason = self.text(sheet, number, layout.indicators.get(f"{id_}_reason")) or own_note or row_note
            read = self.cell(sheet, number, column, id_, own_note or row_note, reason)
            if read is not None:
                note = own_note or (row_note if read.na else "")
                place = self.kept.place(number, column)
                yield Record(branch.id, id_, read.value, read.na, day, stage, ref, read.text, note or read.reason, photos, place)

    def long_row(self, sheet: Sheet, layout: Layout, number: int, branch: Branch) -> Iterator[Record]:
        named = self.text(sheet, number, layout.extra["indicator"])
        id_ = self.vocabulary.find(named)
        if id_ is None:
            values = {"found": named, "nearest": self.vocabulary.nearest(named)}
            key = "evidence.W403" if values["nearest"] else "evidence.W404"
            self.warnings.append(Diagnostic(key, sheet.place(number, layout.extra["indicator"]), values))
            return
        day, stage, ref, note, photos = self.context(sheet, layout, number)
        if day is False:
            return
        column = layout.extra["value"]
        read = self.cell(sheet, number, column, id_, note, note)
        if read is not None:
            place = self.kept.place(number, column)
            yield Record(branch.id, id_, read.value, read.na, day, stage, ref, read.text, note or read.reason, photos, place)

    def context(self, sheet: Sheet, layout: Layout, number: int) -> tuple[Any, int, str, str, str]:
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
                self.bad.append(self.finding(problem, sheet.place(number, column), "日期"))
                day = False
        word = self.text(sheet, number, layout.extra.get("stage"))
        stage = int(word) if word.isdigit() and 1 <= int(word) <= 9 else STAGES.get(word)
        if stage is None:
            values = {"found": word, "known": "、".join(filter(None, STAGES))}
            self.bad.append(Diagnostic("evidence.E312", sheet.place(number, layout.extra["stage"]), values))
            day, stage = False, 1
        ref, note, photos = (self.text(sheet, number, layout.extra.get(name)) for name in ("ref", "note", "photos"))
        return day, stage, ref, note, photos

    def cell(self, sheet: Sheet, number: int, column: int, id_: str, note: str, reason: str) -> Read | None:
        """Return what a cell says, None when nothing; a bad cell is noted and says nothing. Points given by hand want a ``reason``."""
        indicator = self.vocabulary.indicators[id_]
        place = sheet.place(number, column)
        flaw = sheet.flaws.get((number, column))
        if flaw is not None:
            values = {"label": indicator.label.zh, "found": flaw.text, "en": indicator.label.en or id_}
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
            self.bad.append(self.finding(problem, place, indicator.label.zh, indicator.label.en or id_))
            return None
        if read is not None and read.cut:
            self.warnings.append(Diagnostic("evidence.W407", place, {"label": indicator.label.zh, "found": read.text}))
        return read

    # --- helpers --------------------------------------------------------------

    def finding(self, problem: BadCell, place: Place, label: str, en: str = "") -> Diagnostic:
        return Diagnostic(problem.key, place, {"label": label, "en": en or label, **problem.values})

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
        column = layout.register.get("id", layout.register.get("name", 0))
        if found is None and self.given:
            place = sheet.place(number, column)
            twice = not id_ and name in self.names
            self.errors.append(Diagnostic("evidence.E208" if twice else "evidence.E207", place, {"found": id_ or name or "—"}))
        return found

    def small_percents(self, sheet: Sheet, layout: Layout) -> set[str]:
        """Return percent columns in which every plain number is at most 1: they are fractions or not percents at all, and are refused."""
        refused = set()
        for id_, column in layout.indicators.items():
            if self.vocabulary.indicators[id_].type != "percent":
                continue
            cells = [
                row[column]
                for number, row in enumerate(sheet.rows[layout.first :], layout.first)
                if column < len(row) and (number, column) not in sheet.percents and _is_number(row[column])
            ]
            if cells and all(0 <= float(plain(cell)) <= 1 for cell in cells) and any(float(plain(cell)) > 0 for cell in cells):
                values = {"label": self.vocabulary.indicators[id_].label.zh, "en": id_}
                self.errors.append(Diagnostic("evidence.E209", sheet.place(layout.header, column), values))
                refused.add(id_)
        return refused

    def repeats(self, records: list[Record]) -> None:
        """Warn of records that stand twice, word for word the same: they count once."""
        counts = Counter((r.branch, r.indicator, r.day, r.ref, r.stage, r.value, r.na) for r in records)
        last = {(r.branch, r.indicator, r.day, r.ref, r.stage, r.value, r.na): r for r in records}
        for event, count in counts.items():
            if count > 1:
                values = {"branch": event[0], "indicator": event[1], "count": count}
                self.warnings.append(Diagnostic("evidence.W408", last[event].place, values))


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
