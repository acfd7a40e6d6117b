"""A pack out to a workbook, and a workbook back to a pack's YAML: whole or not at all, with every finding at its cell."""

import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path as FilePath
from typing import Any

from evaluator.authoring.workbook.assembling import Assembled, assemble
from evaluator.authoring.workbook.forms import Path
from evaluator.authoring.workbook.pasted import Naming, pack_from_table
from evaluator.authoring.workbook.printing import pack_yaml
from evaluator.authoring.workbook.reading import Findings, is_pack_workbook, read_forms
from evaluator.authoring.workbook.tables import grids_of
from evaluator.authoring.workbook.wording import in_words_of_cells
from evaluator.authoring.workbook.writing import workbook_bytes
from evaluator.diagnostics import Diagnostic, Failure, Place
from evaluator.evidence.files import Sheet, read_file
from evaluator.evidence.gather import MARK
from evaluator.ledger.whole import write_whole
from evaluator.messages import language, say
from evaluator.packs.check import check_pack
from evaluator.packs.load import LoadedPack, find_packs, load_pack
from evaluator.packs.models import Pack
from evaluator.packs.shape import shape
from evaluator.packs.source import Spans, parse_yaml

__all__ = ["CellSpans", "Made", "back", "checked", "export_pack", "import_file", "pack_of", "target"]

# Told better before, or made by cells that were refused.
FOLLOWING = tuple(f"packs.E{n}" for n in (301, 325, 421, 422, 450, 453, 468, 480, 604, 605))


@dataclass(frozen=True)
class CellSpans(Spans):
    """Where the values of a pack stand in a workbook: places are cells, and what has none has that of what is around it."""

    cells: Mapping[Path, Place] = field(default_factory=dict)

    def place(self, path: Path, *, key: bool = False) -> Place:
        while path and path not in self.cells:
            path = path[:-1]
        return self.cells.get(path, Place(self.file))

    def inside(self, path: Path, value: str, start: int, end: int) -> Place:
        return self.place(path)


@dataclass(frozen=True)
class Made:
    """A pack that was made: its model, its YAML, and warnings."""

    pack: Pack
    text: str
    warnings: Sequence[Diagnostic]


# --- out ----------------------------------------------------------------------


def export_pack(pack: str, out: FilePath, *, force: bool = False) -> tuple[dict[str, int], str]:
    """Write the workbook of a pack; return how many rows its main sheets have, and the id of the pack that it extends, if any.

    Raises:
        Failure: the pack cannot be loaded, or holds what a workbook cannot; the file is there already, or cannot be written.
    """
    if out.suffix.casefold() != ".xlsx":
        raise Failure([Diagnostic("packbook.E131", Place(str(out)))])
    if out.exists() and not force:
        raise Failure([Diagnostic("packbook.E130", Place(str(out)))])
    loaded = load_pack(pack)
    data = loaded.pack.model_dump(by_alias=True, exclude_unset=True)
    content = workbook_bytes(data, loaded.pack.title.text(language()))
    _prove(loaded, content)
    write_whole({out: content})
    criteria = [criterion for group in loaded.pack.groups for criterion in group.criteria]
    counts = {
        "indicators": len(loaded.pack.indicators),
        "criteria": len(criteria),
        "parts": sum(len(criterion.parts) for criterion in criteria),
        "triggers": len(loaded.pack.triggers),
    }
    return counts, loaded.base.pack.pack if loaded.base else ""


def back(pack: str, extends: bool) -> str:
    """Return the options that read a workbook back to where its pack came from; an installed pack, and one that extends another,
    stay as they are: what is read back gets a folder of its own.
    """
    path = FilePath(pack)
    folder = path.parent if path.name == "pack.yaml" else path
    if pack in find_packs():
        return pack
    if extends:
        name = folder.absolute().name
        return _quoted(name.removesuffix(".yaml").removesuffix(".yml") + "-whole")
    return f"{_quoted(str(folder))} --force"


def _quoted(name: str) -> str:
    return f'"{name}"' if " " in name else name


def _prove(loaded: LoadedPack, content: bytes) -> None:
    """Read the workbook back before anyone gets it: a pack whose workbook would lose something is refused."""
    with tempfile.TemporaryDirectory() as folder:
        book = FilePath(folder) / "pack.xlsx"
        book.write_bytes(content)
        try:
            again = pack_of(read_file(book), str(book), tidy=False).pack
        except Failure as failure:
            finding = next(one for one in failure.findings if one.is_error)
            where = f"{finding.place.sheet} {finding.place.cell}: {finding.message()}"
            raise Failure([Diagnostic("packbook.E132", Place(str(loaded.path)), {"where": where})]) from failure
    differing = _differing(
        loaded.pack.model_dump(by_alias=True, exclude_unset=True), again.model_dump(by_alias=True, exclude_unset=True), ()
    )
    if differing is not None:
        where = ".".join(map(str, differing)) or "—"
        raise Failure([Diagnostic("packbook.E132", loaded.spans.place(differing), {"where": where})])


def _differing(first: Any, second: Any, path: Path) -> Path | None:
    """Return the path of the first difference between two packs' data; None when they say the same in the same order."""
    if isinstance(first, dict) and isinstance(second, dict):
        for key in dict.fromkeys([*first, *second]):
            empty: tuple[Any, ...] = (None, (), {}, "")
            one, two = first.get(key), second.get(key)
            if (one in empty and two in empty) or (found := _differing(one, two, (*path, str(key)))) is None:
                continue
            return found
        free = path and path[-1] in ("sources", "settings", "indicators", "derived", "deadlines", "numbers", "values", "by_date")
        return path if free and list(first) != list(second) else None
    if isinstance(first, tuple) and isinstance(second, tuple) and len(first) == len(second):
        pairs = enumerate(zip(first, second, strict=True))
        return next((found for n, (one, two) in pairs if (found := _differing(one, two, (*path, n))) is not None), None)
    return None if first == second else path


# --- back ---------------------------------------------------------------------


def import_file(
    file: FilePath, out: FilePath, naming: Naming, *, encoding: str | None = None, force: bool = False
) -> tuple[Made, FilePath, int | None]:
    """Write the YAML of an exported workbook, or of a table of items, points and standards.

    Returns what was made, where it was written, and of a table how many criteria carry a suggestion (None for a workbook).

    Raises:
        Failure: anything in the file is wrong (all of it is told), or the pack is there already or cannot be written.
    """
    grids, sheets = grids_of(file, encoding)
    path = target(out)
    suggested = None
    if is_pack_workbook(sheets):
        if naming.given:
            raise Failure([Diagnostic("packbook.E212", Place(str(file)))])
        made = pack_of(sheets, str(file))
        made = replace(made, warnings=[*made.warnings, *_shadowed(made.pack, path, file)])
    elif any(sheet.name == MARK for sheet in sheets):
        raise Failure([Diagnostic("packbook.E215", Place(str(file)))])
    elif naming.id and naming.id.casefold() in map(str.casefold, find_packs()):
        raise Failure([Diagnostic("packbook.E214", Place(str(file)), {"found": naming.id})])
    else:
        findings = Findings()
        pasted = pack_from_table(grids, str(file), naming, findings)
        made = checked(pasted.made, str(file), findings, lambda: pasted.remark)
        suggested = pasted.suggested
    if path.exists() and not force:
        raise Failure([Diagnostic("packbook.E134", Place(str(path)))])
    write_whole({path: made.text.encode()})
    return made, path, suggested


def _shadowed(pack: Pack, out: FilePath, file: FilePath) -> Iterator[Diagnostic]:
    """Warn of a pack that is not the installed one of its id, wherever it is written: the id goes on naming the installed one."""
    installed = find_packs().get(pack.pack)
    if installed and out.resolve() != installed.resolve() and load_pack(pack.pack).pack != pack:
        yield Diagnostic("packbook.W223", Place(str(file)), {"found": pack.pack, "out": out.as_posix()})


def pack_of(sheets: Sequence[Sheet], file: str, *, tidy: bool = True) -> Made:
    """Return the pack that an exported workbook says. For ``tidy`` see :func:`assemble`.

    Raises:
        Failure: anything in it is wrong; holds every finding of the pass.
    """
    findings = Findings()
    if not is_pack_workbook(sheets):
        raise Failure([Diagnostic("packbook.E133", Place(file))])
    return checked(assemble(read_forms(sheets, file, findings), findings, tidy=tidy), file, findings, lambda: say("packbook.remark"))


def checked(made: Assembled, file: str, findings: Findings, remark: Callable[[], str]) -> Made:
    """Return the pack of some data once the ordinary checks have passed; their findings stand at its cells.

    Raises:
        Failure: there are errors.
    """
    spans = CellSpans(file, "", cells=made.cells)
    pack, misshapen = shape(made.data, spans)
    told = {finding.place for finding in findings if finding.is_error}
    rows = {(place.sheet, _row(place)) for place in told}
    # Without a sheet nearly everything that refers to it would be told as well.
    later = misshapen if pack is None or findings.broken else check_pack(LoadedPack(pack, FilePath(file), "", spans, ""))
    if told:  # what only follows from a refused cell needs no second message, nor does what nothing reads
        later = [
            one
            for one in later
            if one.is_error
            and one.key not in FOLLOWING
            and one.place not in told
            and ((one.place.sheet, _row(one.place)) not in rows or one.key.startswith("conditions."))
        ]
    findings += later
    findings[:] = in_words_of_cells(findings, findings.columns)
    if any(finding.is_error for finding in findings) or pack is None:
        raise Failure(dict.fromkeys(findings))
    text = pack_yaml(pack.model_dump(by_alias=True, exclude_unset=True), remark())
    again = parse_yaml(text, file)
    assert not again.findings, again.findings
    assert Pack.model_validate(again.data) == pack
    return Made(pack, text, findings)


def _row(place: Place) -> str:
    return place.cell.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ") or str(place.line)


def target(out: FilePath) -> FilePath:
    """Return the file to write: ``pack.yaml`` in a folder, or the file that was named."""
    return out if out.suffix.casefold() in (".yaml", ".yml") and not out.is_dir() else out / "pack.yaml"
