"""All files of a run, read into one body of evidence; everything that is wrong with them said in one pass."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any, Literal

from evaluator.diagnostics import Diagnostic, Failure, Place
from evaluator.evidence.files import Sheet, read_file
from evaluator.evidence.layout import Layout, Vocabulary, find_layout
from evaluator.evidence.records import Evidence, Record
from evaluator.evidence.register import DISSOLVED, IN_SERVICE, PATH, Branch, Register
from evaluator.evidence.rows import FOOTER, RowReader
from evaluator.evidence.values import plain
from evaluator.messages import LANGUAGES, say
from evaluator.packs.load import find_packs, load_pack
from evaluator.packs.models import Indicator
from evaluator.packs.scope import all_indicators

__all__ = ["INSTRUCTIONS", "MARK", "Options", "gather", "read_register"]

INSTRUCTIONS = ("填报说明", "Instructions")
MARK = "_starbranch"  # the sheet that ties a workbook to its packs: rows of pack id, version


@dataclass(frozen=True)
class Options:
    """How to read: the user's overrides."""

    layout: Literal["wide", "long"] | None = None
    encoding: str | None = None
    fractions: bool = False  # percents are written as fractions
    register: Path | None = None


@dataclass
class _Reading:
    """What one pass collects."""

    errors: list[Diagnostic] = field(default_factory=list)  # make the file unusable
    bad: list[Diagnostic] = field(default_factory=list)  # one cell each
    warnings: list[Diagnostic] = field(default_factory=list)
    records: list[Record] = field(default_factory=list)
    digests: dict[str, str] = field(default_factory=dict)


def gather(
    files: Sequence[Path],
    indicators: Mapping[str, Indicator],
    packs: Mapping[str, str],
    *,
    start: date,
    reference: date,
    options: Options = Options(),  # frozen
) -> Evidence:
    """Return the evidence of all files. ``packs`` maps id to version; ``start`` and ``reference`` bound the records that count.

    Raises:
        Failure: a file, sheet, header or branch is wrong in a way that no cell-by-cell reading can mend. Bad cells do not raise: see
        ``Evidence.bad``.
    """
    reading = _Reading()
    _same_names([*files, *([options.register] if options.register else [])], reading)
    vocabulary = Vocabulary.of(indicators)
    sheets: list[tuple[Sheet, Layout]] = []
    registers: list[tuple[Sheet, Layout]] = []
    others: dict[str, Vocabulary] = {}
    for path in [*files, *([options.register] if options.register else [])]:
        try:
            found = read_file(path, encoding=options.encoding)
        except Failure as failure:
            reading.errors += failure.findings
            continue
        reading.digests[str(path)] = hashlib.sha256(path.read_bytes()).hexdigest()
        usable = False
        made: dict[str, Vocabulary] = {}  # packs that this form was made for besides those of the run
        for sheet in (sheet for sheet in found if sheet.name == MARK):
            made |= _check_mark(sheet, packs, reading)
        others |= made
        for sheet in found:
            reading.warnings += sheet.notes
            if sheet.name == MARK:
                continue
            layout = find_layout(sheet, vocabulary, "register" if path == options.register else options.layout)
            if layout is None:
                if any(plain(cell) for row in sheet.rows for cell in row) and len(found) > 1 and not _is_instruction(sheet):
                    reading.warnings.append(_unread(sheet, made))
                continue
            usable = True
            if sheet.hidden:
                reading.warnings.append(Diagnostic("evidence.W409", sheet.place(0, 0), {"sheet": sheet.name}))
            (registers if layout.kind == "register" or path == options.register else sheets).append((sheet, layout))
        if not usable:
            reading.errors.append(Diagnostic("evidence.E201", Place(str(path)), {}))
    for sheet, layout in sheets:
        _check_header(sheet, layout, vocabulary, others, reading)
    register = _register(registers, sheets, vocabulary, reading)
    reader = RowReader(register, vocabulary, start, reference, options.fractions, reading.errors, reading.bad, reading.warnings)
    for sheet, layout in sheets:
        reading.records += reader.read(sheet, layout)
    if reading.errors:
        raise Failure(reading.errors + reading.bad + reading.warnings)
    seen = {record.branch for record in reading.records if record.text}
    reading.records = [
        record for record in reading.records if record.branch in seen
    ]  # blanks of a line that nobody filled in are no evidence
    reading.warnings += _conflicts(reading.records, register, indicators, {Path(name).name: name for name in reading.digests})
    order = sorted(reading.records, key=lambda r: (r.branch, r.indicator, r.day or -1, r.ref, r.stage, r.place))
    return Evidence(register, tuple(order), _sorted(reading.bad), _sorted(reading.warnings), reading.digests)


def read_register(path: Path) -> tuple[Branch, ...]:
    """Return the branches in service of a register file, in its own order.

    Raises:
        Failure: no register can be read from it.
    """
    reading = _Reading()
    vocabulary = Vocabulary.of({})
    sheets = read_file(path)
    named = [sheet for sheet in sheets if sheet.name in {say("evidence.sheet_register", lang) for lang in LANGUAGES}]
    found = [(sheet, layout) for sheet in named or sheets if (layout := find_layout(sheet, vocabulary, "register"))]
    if not found:
        raise Failure([Diagnostic("evidence.E201", Place(str(path)), {})])
    register = _register(found, [], vocabulary, reading)
    if reading.errors:
        raise Failure(reading.errors)
    return tuple(sorted(register.branches, key=lambda branch: (branch.order, branch.id)))


def _same_names(files: Iterable[Path], reading: _Reading) -> None:
    """Refuse different files of one name: every reason names the file that it comes from."""
    first: dict[str, Path] = {}
    for path in files:
        other = first.setdefault(path.name, path)
        if other.resolve() != path.resolve():
            reading.errors.append(Diagnostic("evidence.E215", Place(str(path)), {"other": str(other)}))


def _sorted(findings: Iterable[Diagnostic]) -> tuple[Diagnostic, ...]:
    return tuple(sorted(findings, key=lambda d: (d.place, d.key)))


def _is_instruction(sheet: Sheet) -> bool:
    return sheet.name in INSTRUCTIONS


def _check_mark(sheet: Sheet, packs: Mapping[str, str], reading: _Reading) -> dict[str, Vocabulary]:
    """Compare the packs that the workbook was made for with those of the run; return what the others among them ask for."""
    made = {plain(row[0]): plain(row[1]) for row in sheet.rows if len(row) > 1 and plain(row[0]) not in ("", "pack")}
    place = sheet.place(0, 0)
    if made and not set(made) & set(packs):
        reading.errors.append(Diagnostic("evidence.E202", place, {"made": "、".join(made), "packs": "、".join(packs)}))
    for id_ in sorted(set(made) & set(packs)):
        if made[id_] != packs[id_]:
            reading.warnings.append(Diagnostic("evidence.W402", place, {"pack": id_, "made": made[id_], "now": packs[id_]}))
    installed = set(find_packs())
    return {
        id_: Vocabulary.of(all_indicators(load_pack(id_).pack) if id_ in installed else {}) for id_ in made if id_ not in packs
    }  # what a pack asks for that is not installed is not known


def _unread(sheet: Sheet, made: Mapping[str, Vocabulary]) -> Diagnostic:
    """Return the warning for a sheet without a header that can be read: it may belong to a pack of the form that is not scored."""
    owners = [id_ for id_, words in made.items() if words.words and find_layout(sheet, words)]
    owners = owners or [id_ for id_, words in made.items() if not words.words]
    if not owners:
        return Diagnostic("evidence.W401", sheet.place(0, 0), {"sheet": sheet.name})
    return Diagnostic("evidence.W421", sheet.place(0, 0), {"sheet": sheet.name, "packs": "、".join(owners)})


def _check_header(sheet: Sheet, layout: Layout, vocabulary: Vocabulary, others: Mapping[str, Vocabulary], reading: _Reading) -> None:
    headers = {column: plain(sheet.rows[layout.header][column]) for column in layout.unknown}
    foreign = {column: owners for column in headers if (owners := [id_ for id_, words in others.items() if words.find(headers[column])])}
    if foreign:
        values = {"count": len(foreign), "packs": "、".join(sorted({id_ for owners in foreign.values() for id_ in owners}))}
        reading.warnings.append(Diagnostic("evidence.W418", sheet.place(layout.header, min(foreign)), values))
    for column, header in headers.items():
        if column in foreign:
            continue
        nearest = vocabulary.nearest(header)
        values = {"found": header, "nearest": nearest}
        reading.warnings.append(Diagnostic("evidence.W403" if nearest else "evidence.W404", sheet.place(layout.header, column), values))
    for name, first, second in layout.repeated:
        label = vocabulary.indicators[name].label.zh if name in vocabulary.indicators else name
        values = {"label": label, "first": sheet.place(layout.header, first).cell or str(first + 1)}
        reading.errors.append(Diagnostic("evidence.E203", sheet.place(layout.header, second), values))


def _register(
    registers: Sequence[tuple[Sheet, Layout]], sheets: Sequence[tuple[Sheet, Layout]], vocabulary: Vocabulary, reading: _Reading
) -> Register:
    """Return the register that was given, or one made of the branches that the evidence rows name."""
    found: dict[str, Branch] = {}
    closed: list[Branch] = []
    names: set[str] = set()
    # Rows that name a branch in full come first, so that a later row may name it by id or name alone.
    for sheet, layout in registers or sorted(sheets, key=lambda one: ("id" not in one[1].register, one[1].kind == "long")):
        for number in range(layout.first, len(sheet.rows)):
            branch, status = _branch(sheet, layout, number, len(found) + 1, vocabulary)
            if branch is None or (not registers and branch.id in names):
                continue
            if status in DISSOLVED:
                closed.append(branch)
                continue
            if status not in IN_SERVICE:
                place = sheet.place(number, layout.register["status"])
                values = {"found": status, "branch": branch.name, "known": "、".join(sorted(DISSOLVED))}
                reading.warnings.append(Diagnostic("evidence.W410", place, values))
            if branch.id in found:
                if registers:
                    values = {"id": branch.id, "first": str(found[branch.id].place)}
                    reading.errors.append(Diagnostic("evidence.E204", branch.place, values))
                continue
            found[branch.id] = branch
            names.add(branch.name)
    if not found and not reading.errors:
        file = sheets[0][0].file if sheets else registers[0][0].file if registers else ""
        reading.errors.append(Diagnostic("evidence.E205", Place(file), {}))
    return Register(tuple(sorted(found.values(), key=lambda branch: branch.id)), bool(registers), tuple(closed))


def _branch(sheet: Sheet, layout: Layout, number: int, order: int, vocabulary: Vocabulary) -> tuple[Branch | None, str]:
    row = sheet.rows[number]

    def cell(column: str) -> str:
        place = layout.register.get(column)
        return plain(row[place]) if place is not None and place < len(row) else ""

    id_ = cell("id") or cell("name")
    if not id_ or FOOTER.match(id_):
        return None, ""
    whole = cell("path")
    path = tuple(piece.strip() for piece in whole.split("/") if piece.strip()) if whole else tuple(filter(None, map(cell, PATH)))
    attributes: dict[str, Any] = {name: text for name in vocabulary.attributes if (text := cell(name))}
    given = cell("order")
    place = sheet.place(number, layout.register.get("id", layout.register.get("name", 0)))
    branch = Branch(id_, cell("name") or id_, int(given) if given.isdigit() else order, path, attributes, place, cell("township"))
    return branch, cell("status")


def _conflicts(
    records: Iterable[Record], register: Register, indicators: Mapping[str, Indicator], typed: Mapping[str, str]
) -> list[Diagnostic]:
    """Return a warning for every two records that say different things of the same event at the same stage: missing until settled
    (MEANING section 6). ``typed`` maps a file's name, which is all that records keep, to its path as the user gave it."""
    branches = register.by_id()
    first: dict[tuple[str, str, int | None, str, int], Record] = {}
    found = []
    for record in records:
        event = (record.branch, record.indicator, record.day, record.ref, record.stage)
        other = first.setdefault(event, record)
        if (other.value, other.na) != (record.value, record.na):
            values = {
                "branch": branches[record.branch].name,
                "label": indicators[record.indicator].label.zh,
                "en": indicators[record.indicator].label.en or record.indicator,
                "found": record.text,
                "other": other.text,
                "place": str(replace(other.place, file=typed[other.place.file])),
            }
            found.append(Diagnostic("evidence.W405", replace(record.place, file=typed[record.place.file]), values))
    return found
