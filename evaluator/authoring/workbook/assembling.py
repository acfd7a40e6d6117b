"""From rows to the data of a pack, with the cell of every path; what rows refer to must be there."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from evaluator.authoring.workbook.cells import stand_in
from evaluator.authoring.workbook.forms import Path, all_columns, form, header, parts_form
from evaluator.authoring.workbook.reading import MOST_BANDS, Findings, Row
from evaluator.authoring.workbook.suggesting import without_suggestions
from evaluator.authoring.workbook.templates import part_paths
from evaluator.diagnostics import Place, among
from evaluator.messages import LANGUAGES, say
from evaluator.packs.scope_rules import Cap, Hint, Rise, ScopeRule, Streak

__all__ = ["Assembled", "assemble"]

ITEMS = ("criteria", "vetoes", "triggers", "gates")  # forms whose ids are one set
KEYED = ("sources", "settings", "indicators", "derived", "deadlines")
RULES: dict[str, type[ScopeRule]] = {"caps": Cap, "hints": Hint, "rise": Rise, "streaks": Streak}
TOGETHER: tuple[dict[str, Path], ...] = (  # columns of which one alone means nothing
    {name: ("adopted", name) for name in ("authority", "document", "nature")},
    {"sample_of": ("min_sample", "of"), "sample_least": ("min_sample", "at_least")},
    {"finding_document": ("finding", "document"), "finding_date": ("finding", "date")},
)
ZERO = re.compile(r"(?<![\w.])0(?![\w.])")
LISTED = ("vetoes", "triggers", "gates", "rating")


@dataclass
class Assembled:
    """The data of a pack as its YAML would hold it, and where each path stands."""

    data: dict[str, Any] = field(default_factory=dict)
    cells: dict[Path, Place] = field(default_factory=dict)


def assemble(rows: Mapping[str, list[Row]], findings: Findings, *, tidy: bool = True) -> Assembled:
    """Return the pack's data in the order of its models. Ids given twice, and unknown groups, criteria, time limits, are reported.

    With ``tidy`` a criterion that is scored by hand no more loses what the import of a table wrote into it for that.
    """
    return _Assembler(rows, findings, tidy=tidy).run()


class _Assembler:
    def __init__(self, rows: Mapping[str, list[Row]], findings: Findings, *, tidy: bool) -> None:
        self.rows = rows
        self.tidy = tidy
        self.findings = findings
        self.made = Assembled()

    def run(self) -> Assembled:
        data = self.made.data
        head = self.rows["pack"][0] if self.rows["pack"] else Row(Place(""))
        found = self.put(head, ())
        for section in KEYED:
            found[section] = self.keyed(section)
        self.once(ITEMS)
        found["groups"] = self.groups()
        weights = {row.id("id"): row.values["@weight",] for row in self.rows["groups"] if ("@weight",) in row.values}
        if weights:
            found["total"] = {"weights": weights}
            for row in self.rows["groups"]:
                self.made.cells["total", "weights", row.id("id")] = row.cells.get(("@weight",), row.place)
        for section in LISTED:
            found[section] = [self.put(row, (section, number)) for number, row in enumerate(self.rows[section])]
        for section in ("vetoes", "triggers"):
            self.refer(section, "deadline", "deadlines")
        ledger = self.put(self.rows["ledger"][0], ("ledger",)) if self.rows["ledger"] else {}
        self.once(("slips",))
        slips = [self.put(row, ("ledger", "slips", number)) for number, row in enumerate(self.rows["slips"])]
        if any(row.guessed for section in ("indicators", "derived", "settings") for row in self.rows[section]):
            self.findings.broken.add("names")
        found["ledger"] = ledger | ({"slips": slips} if slips else {})
        found["authority"] = [self.put(row, ("authority", number)) for number, row in enumerate(self.rows["authority"])]
        if rules := self.scope():
            found["scope"] = found.get("scope", {}) | rules
        if "scope" in found and "within" not in found["scope"] and ("scope", "within") not in head.guessed:
            self.findings.tell("E136", head.blanks.get("within", head.place), given=say("packbook.s_scope"), column=_header("within"))
            found["scope"]["within"] = "all"
        optional = {"authority", "scope", "settings", "derived", "groups", "ledger", *LISTED} - {"rating"}
        data.update({key: value for key, value in found.items() if value not in ({}, []) or key not in optional})
        if not self.rows["criteria"] and not self.rows["triggers"] and not self.findings.broken & {"criteria", "triggers"}:
            self.findings.tell("E120", Place(head.place.file), sheet=say("packbook.s_criteria"))
        return self.made

    # --- pieces

    def put(self, row: Row, at: Path) -> dict[str, Any]:
        """Return a row as nested data, and keep where its pieces stand."""
        self.together(row)
        data: dict[Any, Any] = {}
        self.made.cells[at] = row.place
        for path in [*row.cells, *(path for path in row.guessed if path not in row.cells)]:
            place = row.cells.get(path, row.place)
            if str(path[0]).startswith("@"):
                continue
            for length in range(1, len(path)):
                self.made.cells.setdefault(at + path[:length], place)
            self.made.cells[at + path] = place
            if path not in row.values:
                continue
            value, inner = row.values[path], data
            for step in path[:-1]:
                inner = inner.setdefault(step, {})
            inner[path[-1]] = value
            for index, _ in enumerate(value if isinstance(value, list) else ()):
                self.made.cells[(*at, *path, index)] = place
            for key in value if isinstance(value, dict) else ():
                self.made.cells[(*at, *path, str(key))] = place
        return self.lists(data, row, at)

    def together(self, row: Row) -> None:
        """Report cells that are empty though one beside them that means nothing alone is filled in, and fill them with anything."""
        for given, path in [(name, path) for name, path in row.names.items() if path in row.cells]:
            for other, needed in _needed(given, path).items():
                if needed not in row.cells and needed not in row.guessed:
                    place = row.blanks.get(other, row.cells[path])
                    self.findings.tell("E136", place, given=_header(given), column=_header(other))
                    row.guessed.add(needed)
                    row.values[needed] = "x"
                    row.cells[needed] = place

    def lists(self, data: dict[Any, Any], row: Row, at: Path) -> dict[Any, Any]:
        """Turn mappings from numbers into lists; one with a gap misses an end of a range."""
        for key, value in data.items():
            if isinstance(value, dict) and value and all(isinstance(step, int) for step in value):
                if key == "range" and len(value) < 2:
                    given = next(iter(value))
                    other = form("indicators").column("high_end" if given == 0 else "low_end")
                    self.findings.tell("E119", row.cells[key, given], column=header(other))
                data[key] = [value[step] for step in sorted(value)]
        return data

    def keyed(self, section: str) -> dict[str, Any]:
        self.once((section,))
        found: dict[str, Any] = {}
        for row in self.rows[section]:
            id_ = "" if ("@id",) in row.guessed else row.id("@id")
            if id_ and id_ not in found:
                found[id_] = self.put(row, (section, id_))
        return found

    def once(self, sections: Sequence[str]) -> None:
        """Report ids that these forms hold twice."""
        first: dict[str, Place] = {}
        for section in sections:
            key: Path = form(section).column("id").path
            for row in self.rows[section]:
                id_ = "" if key in row.guessed else str(row.values.get(key, ""))
                if id_ in first:
                    there = first[id_]
                    self.findings.tell("E114", row.cells[key], found=id_, other=f"{there.sheet} {there.cell}")
                elif id_:
                    first[id_] = row.cells[key]

    def refer(self, section: str, name: str, to: str) -> None:
        """Report cells of one column that name no row of another form, unless that form could not be read."""
        if to in self.findings.broken:
            return
        path = (parts_form(MOST_BANDS) if section == "parts" else form(section)).column(name).path
        known = [str(row.values.get(form(to).column("id").path, "")) for row in self.rows[to]]
        for row in self.rows[section]:
            id_ = "" if path in row.guessed else str(row.values.get(path, ""))
            if id_ and id_ not in known:
                self.findings.tell("E115", row.cells[path], found=id_, sheet=say(f"packbook.s_{to}"), known=among(id_, sorted(known)))

    def scope(self) -> dict[str, Any]:
        """Return the rules over all branches together, by kind; there is one rule on rising at most."""
        found: dict[str, Any] = {}
        first: dict[tuple[str, str], Place] = {}
        for row in self.rows["scope"]:
            kind = row.id("@rule")
            if kind:
                self.fitted(row, kind)
            mark = ("level", row.id("level")) if kind == "caps" else ("id", row.id("id"))
            if mark in first and mark[1]:
                self.findings.tell("E114", row.cells[(mark[0],)], found=mark[1], other=f"{first[mark].sheet} {first[mark].cell}")
            elif mark[1]:
                first[mark] = row.cells[(mark[0],)]
            if kind == "rise":
                if "rise" in found:
                    self.findings.tell("E129", row.place)
                found["rise"] = self.put(row, ("scope", "rise"))
            elif kind:
                listed = found.setdefault(kind, [])
                listed.append(self.put(row, ("scope", kind, len(listed))))
        return found

    def fitted(self, row: Row, kind: str) -> None:
        """Report what a rule of this kind lacks, and fill it with anything; report what it has no use for, and leave that out."""
        fields = RULES[kind].model_fields
        for column in form("scope").columns:
            key = str(column.path[0])
            rule = say(f"packbook.w_rule_{kind}")
            if key in fields and fields[key].is_required() and not any(path[0] == key for path in (*row.cells, *row.guessed)):
                place = row.blanks.get(column.name, row.place)
                either = [header(one) for one in form("scope").columns if one.path[0] == key and not one.english]
                self.findings.tell("E137", place, column=" / ".join(either), rule=rule)
                row.values[column.path], row.cells[column.path] = stand_in(column.kind) or "1%", place
            elif not key.startswith("@") and key not in fields and column.path in row.cells:
                self.findings.tell("E138", row.cells.pop(column.path), column=header(column), rule=rule)
                row.values.pop(column.path, None)

    # --- groups, criteria, parts

    def groups(self) -> list[dict[str, Any]]:
        self.once(("groups",))
        for section, name, to in (
            ("criteria", "group", "groups"),
            ("criteria", "deadline", "deadlines"),
            ("parts", "criterion", "criteria"),
            ("deduct", "criterion", "criteria"),
        ):
            self.refer(section, name, to)
        found = []
        seen: set[str] = set()
        for number, row in enumerate(self.rows["groups"]):
            group = self.put(row, ("groups", number))
            own = [one for one in self.rows["criteria"] if one.id("@group") == row.id("id") != ""]
            if not own and self.rows["criteria"] and row.id("id") not in seen and "criteria" not in self.findings.broken:
                self.findings.tell("E121", row.place, found=row.id("id") or "—")
            seen.add(row.id("id"))
            group["criteria"] = [self.criterion(one, ("groups", number, "criteria", place)) for place, one in enumerate(own)]
            found.append(group)
        return found

    def criterion(self, row: Row, at: Path) -> dict[str, Any]:
        id_ = row.id("id")
        known = ("@template",)
        parts = [one for one in self.rows["parts"] if one.id("@criterion") == id_ != "" and known not in one.guessed]
        deducts = [one for one in self.rows["deduct"] if one.id("@criterion") == id_ != ""]
        settled = self.tidy and not any(one.id("@template") == "manual" for one in parts)
        if settled:
            _settle(row)
        found = self.put(row, at)
        if parts:
            found["parts"] = [self.part(one, (*at, "parts", place)) for place, one in enumerate(parts)]
        if deducts:
            found["deduct"] = [self.put(one, (*at, "deduct", place)) for place, one in enumerate(deducts)]
        numbers = found.get("numbers")
        if settled and numbers and numbers.get("0") == "default" and not _holds_zero(found):
            found["numbers"] = {number: source for number, source in numbers.items() if number != "0"}
        return found

    def part(self, row: Row, at: Path) -> dict[str, Any]:
        """Return a part in the shape of its template; what the template lacks, and what it has no use for, is reported."""
        template = row.id("@template")
        if not template:
            return self.put(row, at)
        sheet = parts_form(MOST_BANDS)
        numbers = [int(name.rpartition("_")[2]) for name in row.names if name.rpartition("_")[2].isdecimal()]
        wanted = part_paths(template, max(numbers, default=1))
        moved = Row(row.place, {}, {}, row.blanks, {**row.names})
        for name, path in row.names.items():
            column = sheet.column(name)
            if not str(path[0]).startswith("@"):
                target: Path | None = path
            elif name in wanted:
                target = wanted[name][0]
            else:
                target = None
                if name not in ("criterion", "template"):
                    word = say(f"packbook.w_template_{template}")
                    self.findings.tell("E113", row.cells[path], column=header(column), template=word)
            if target is not None:
                moved.cells[target] = row.cells[path]
                if path in row.values:
                    moved.values[target] = row.values[path]
        for name, (path, required) in wanted.items():
            if required and path not in moved.cells:
                place = row.blanks.get(name, row.cells["@template",])
                moved.values[path] = stand_in(sheet.column(name).kind)
                moved.cells[path] = place
                self.findings.tell("E112", place, column=header(sheet.column(name)), template=say(f"packbook.w_template_{template}"))
        return {key: _listed(value) for key, value in self.put(moved, at).items()}


def _needed(name: str, path: Path) -> dict[str, Path]:
    """Return the columns, with their paths, that must be filled in beside this one."""
    if path[-1] == "en":
        return {name.removesuffix("_en"): (*path[:-1], "zh")}
    return next(({other: to for other, to in group.items() if other != name} for group in TOGETHER if name in group), {})


def _header(name: str) -> str:
    return header(next(column for column in all_columns() if column.name == name))


def _settle(row: Row) -> None:
    """Take the suggestions of a pasted table out of a criterion's note: it is scored by hand no more."""
    paths: dict[str, Path] = {lang: ("note", lang) for lang in LANGUAGES}
    note: dict[str, str] = {lang: str(row.values[path]) for lang, path in paths.items() if path in row.values and path not in row.guessed}
    left = without_suggestions(note)
    for lang in note:
        if lang in left:
            row.values[paths[lang]] = left[lang]
        else:
            del row.values[paths[lang]], row.cells[paths[lang]]


def _holds_zero(value: Any) -> bool:
    """Whether the rules of a criterion hold the number 0."""
    match value:
        case dict():
            return any(_holds_zero(one) for key, one in value.items() if key not in ("numbers", "text", "note", "measure", "basis"))
        case list():
            return any(map(_holds_zero, value))
        case bool():
            return False
        case str():
            return bool(ZERO.search(value))
        case _:
            return bool(value == 0)


def _listed(value: Any) -> Any:
    """Turn mappings from numbers, at any depth, into lists."""
    if not isinstance(value, dict):
        return value
    inner = {key: _listed(one) for key, one in value.items()}
    if inner and all(isinstance(key, int) for key in inner):
        return [inner[key] for key in sorted(inner)]
    return inner
