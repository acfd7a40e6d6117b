"""From rows to the data of a pack, with the cell of every path; what rows refer to must be there."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any

from evaluator.authoring.workbook.cells import stand_in
from evaluator.authoring.workbook.forms import Path, form, header, parts_form
from evaluator.authoring.workbook.reading import MOST_BANDS, Findings, Row
from evaluator.authoring.workbook.templates import part_paths
from evaluator.diagnostics import Place
from evaluator.messages import say

__all__ = ["Assembled", "assemble"]

ITEMS = ("criteria", "vetoes", "triggers", "gates")  # forms whose ids are one set
KEYED = ("sources", "settings", "indicators", "derived", "deadlines")
LISTED = ("vetoes", "triggers", "gates", "rating")


@dataclass
class Assembled:
    """The data of a pack as its YAML would hold it, and where each path stands."""

    data: dict[str, Any] = field(default_factory=dict)
    cells: dict[Path, Place] = field(default_factory=dict)


def assemble(rows: Mapping[str, list[Row]], findings: Findings) -> Assembled:
    """Return the pack's data in the order of its models. Ids given twice, and unknown groups, criteria, time limits, are reported."""
    return _Assembler(rows, findings).run()


class _Assembler:
    def __init__(self, rows: Mapping[str, list[Row]], findings: Findings) -> None:
        self.rows = rows
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
        optional = {"authority", "scope", "settings", "derived", "groups", "ledger", *LISTED} - {"rating"}
        data.update({key: value for key, value in found.items() if value not in ({}, []) or key not in optional})
        if not self.rows["criteria"] and not self.rows["triggers"] and not self.findings.broken & {"criteria", "triggers"}:
            self.findings.tell("E120", Place(head.place.file), sheet=say("packbook.s_criteria"))
        return self.made

    # --- pieces

    def put(self, row: Row, at: Path) -> dict[str, Any]:
        """Return a row as nested data, and keep where its pieces stand."""
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
                near = get_close_matches(id_, known, n=3, cutoff=0.5) or known[:12]
                self.findings.tell("E115", row.cells[path], found=id_, sheet=say(f"packbook.s_{to}"), known="、".join(near) or "—")

    def scope(self) -> dict[str, Any]:
        """Return the rules over all branches together, by kind; there is one rule on rising at most."""
        found: dict[str, Any] = {}
        first: dict[tuple[str, str], Place] = {}
        for row in self.rows["scope"]:
            kind = row.id("@rule")
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
        found = self.put(row, at)
        id_ = row.id("id")
        known = ("@template",)
        parts = [one for one in self.rows["parts"] if one.id("@criterion") == id_ != "" and known not in one.guessed]
        deducts = [one for one in self.rows["deduct"] if one.id("@criterion") == id_ != ""]
        if parts:
            found["parts"] = [self.part(one, (*at, "parts", place)) for place, one in enumerate(parts)]
        if deducts:
            found["deduct"] = [self.put(one, (*at, "deduct", place)) for place, one in enumerate(deducts)]
        return found

    def part(self, row: Row, at: Path) -> dict[str, Any]:
        """Return a part in the shape of its template; what the template lacks, and what it has no use for, is reported."""
        template = row.id("@template")
        if not template:
            return self.put(row, at)
        sheet = parts_form(MOST_BANDS)
        numbers = [int(name.rpartition("_")[2]) for name in row.names if name.rpartition("_")[2].isdecimal()]
        wanted = part_paths(template, max(numbers, default=1))
        moved = Row(row.place, {}, {}, row.blanks, {})
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


def _listed(value: Any) -> Any:
    """Turn mappings from numbers, at any depth, into lists."""
    if not isinstance(value, dict):
        return value
    inner = {key: _listed(one) for key, one in value.items()}
    if inner and all(isinstance(key, int) for key in inner):
        return [inner[key] for key in sorted(inner)]
    return inner
