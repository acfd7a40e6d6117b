"""Find rule packs and load them: bytes, text, data, shape, sense, and whether the packs of a run go together."""

import codecs
import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import replace
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from evaluator import data_dir
from evaluator.diagnostics import Diagnostic, Failure, Place
from evaluator.packs.check import check_pack
from evaluator.packs.loaded import LoadedPack
from evaluator.packs.overlay import DEEPEST, lay
from evaluator.packs.shape import shape
from evaluator.packs.source import LARGEST, Source, Spans, parse_yaml
from evaluator.packs.together import check_together
from evaluator.packs.yaml_text import to_yaml

__all__ = ["LoadedPack", "check_packs", "find_packs", "load_pack", "load_packs", "read_packs"]

IDLE = {"W501": ("indicators", "derived", "settings"), "W503": ("deadlines",), "W504": ("sources",)}  # warnings of what nothing reads

OFFICE = dict.fromkeys((".xlsx", ".xlsm", ".xls", ".et"), "E137") | dict.fromkeys((".docx", ".doc", ".wps"), "E138")
PACKED = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")  # how such files begin


def find_packs() -> dict[str, Path]:
    """Return the installed packs: id to the path of ``pack.yaml``, in the order of ids."""
    return {path.parent.name: path for path in sorted(data_dir("rules").glob("*/pack.yaml"))}


def load_pack(id_or_path: str) -> LoadedPack:
    """Load an installed pack by its id, or one by the path of its file or folder.

    Raises:
        Failure: it cannot be found or read, or anything in it is wrong; holds every error and warning of the pass.
    """
    loaded, findings = _read(id_or_path)
    return _sound(loaded, findings)


def load_packs(packs: Sequence[str]) -> list[LoadedPack]:
    """Load the packs of a run, in the order given, and check that they go together.

    Raises:
        Failure: as :func:`load_pack`, and where ids clash, a shared indicator differs, or a needed pack is not in the run.
    """
    loaded, findings = _read_all(packs)
    findings += check_together(loaded, {one.pack.pack for one in loaded} if len(loaded) == len(packs) else None)
    if any(finding.is_error for finding in findings):
        raise Failure(findings)
    return loaded


def check_packs(packs: Sequence[str]) -> list[Diagnostic]:
    """Return everything wrong with packs, warnings included, sorted by place; a needed pack may also be an installed one."""
    return read_packs(packs)[1]


def read_packs(packs: Sequence[str]) -> tuple[list[LoadedPack], list[Diagnostic]]:
    """Return the packs that could be read at all, and what :func:`check_packs` says of them."""
    loaded, findings = _read_all(packs)
    known = {one.pack.pack for one in loaded} | find_packs().keys()
    return loaded, sorted([*findings, *check_together(loaded, known)], key=lambda one: (one.place, one.key))


def _read_all(packs: Iterable[str]) -> tuple[list[LoadedPack], list[Diagnostic]]:
    loaded: list[LoadedPack] = []
    findings: list[Diagnostic] = []
    for name in packs:
        one, found = _read(name)
        loaded += [one] if one else []
        findings += found
    return loaded, findings


def _sound(loaded: LoadedPack | None, findings: Sequence[Diagnostic]) -> LoadedPack:
    if loaded is None or any(finding.is_error for finding in findings):
        raise Failure(findings)
    return loaded


def _read(id_or_path: str, above: tuple[Path, ...] = ()) -> tuple[LoadedPack | None, list[Diagnostic]]:
    """Return the pack, None where there is none to speak of, and everything found in one pass.

    ``above`` are the overlays, outermost first, for which this pack is read.
    """
    try:
        path = _locate(id_or_path)
        text, digest = _text(path)
    except Failure as failure:
        return None, list(failure.findings)
    source = parse_yaml(text, _shown(path))
    findings = list(source.findings)
    if source.data is None:
        return None, findings
    if "extends" in source.data:
        return _overlay(source, path, digest, above)
    if "switch_off" in source.data:
        findings.append(Diagnostic("compare.E350", source.spans.place(("switch_off",), key=True)))
        del source.data["switch_off"]
    loaded, later = _judged(path, text, source.spans, digest, source.data)
    told = {finding.place for finding in findings}
    # What was refused as it is written needs no second message about the value that was guessed for it.
    return loaded, findings + [finding for finding in later if finding.place not in told]


def _judged(
    path: Path, text: str, spans: Spans, digest: str, data: dict[str, Any], base: LoadedPack | None = None
) -> tuple[LoadedPack | None, list[Diagnostic]]:
    """Return the pack that the data is, None when its shape is wrong, and what is wrong with its shape or sense."""
    pack, misshapen = shape(data, spans)
    if pack is None:
        return None, misshapen
    loaded = LoadedPack(pack, path, text, spans, digest, data, base)
    return loaded, check_pack(loaded)


def _overlay(source: Source, path: Path, digest: str, above: tuple[Path, ...]) -> tuple[LoadedPack | None, list[Diagnostic]]:
    """Return the pack that an overlay comes to, and what is wrong with it or with the packs beneath it."""
    assert source.data is not None
    place = source.spans.place(("extends",))
    chain = (*above, path.resolve())
    base: LoadedPack | None = None
    try:
        under = _beneath(source.data["extends"], path, place)
        if under.resolve() in chain:
            circle = [*chain[chain.index(under.resolve()) :], under.resolve()]
            raise Failure([Diagnostic("compare.E342", place, {"circle": " → ".join(map(_shown, circle))})])
        if len(chain) >= DEEPEST:
            raise Failure([Diagnostic("compare.E343", place, {"most": DEEPEST})])
        base, below = _read(str(under.absolute()), chain)
        if base is None or any(finding.is_error for finding in below):
            wrong = [finding for finding in below if finding.is_error]
            if not any(finding.key in ("compare.E342", "compare.E343") for finding in wrong):
                wrong.append(Diagnostic("compare.E344", place, {"file": _shown(under)}))
            raise Failure([*source.findings, *wrong])
    except Failure as failure:
        return None, list(failure.findings)
    data, spans, findings = lay(base.data, base.spans, source.data, source.spans)
    findings = [*source.findings, *findings]
    if any(finding.is_error for finding in findings):
        return None, findings
    joined = hashlib.sha256(f"{base.digest} {digest}".encode()).hexdigest()
    kept = {(one.key, one.values["found"]) for one in below if one.code in IDLE}  # of what nothing reads beneath already
    while True:
        loaded, later = _judged(path, "", spans, joined, data, base)
        # What only switched-off or rewritten items read goes with them: nobody should be asked for it.
        idle = [one for one in later if one.code in IDLE and one.key.startswith("packs.") and one.place.file != source.spans.file]
        later = [one for one in later if one not in idle]
        idle = [one for one in idle if (one.key, one.values["found"]) not in kept]
        if loaded is None or not idle:
            break
        for one in idle:
            for section in IDLE[one.code]:
                data.get(section, {}).pop(one.values["found"], None)
    if any(one.is_error and one.place.file != source.spans.file for one in later):
        later.append(Diagnostic("compare.E355", place, {"file": base.spans.file}))
    told = {finding.place for finding in findings}
    loaded = replace(loaded, text=to_yaml(data)) if loaded else None
    return loaded, findings + [finding for finding in later if finding.place not in told]


def _beneath(named: object, path: Path, place: Place) -> Path:
    """Return the file of the pack that ``extends`` names: an installed id, or a path from the overlay's own folder.

    Raises:
        Failure: it names no pack.
    """
    if not isinstance(named, str) or not named:
        raise Failure([Diagnostic("compare.E340", place)])
    try:
        return _locate(named if named in find_packs() else str(path.parent / named))
    except Failure:
        near = get_close_matches(named, find_packs(), n=3, cutoff=0.5) or [*list(find_packs())[:5], "…"]
        raise Failure([Diagnostic("compare.E341", place, {"found": named, "near": ", ".join(near)})]) from None


def _locate(id_or_path: str) -> Path:
    """Return the path of ``pack.yaml`` for an installed id, a file or a folder."""
    installed = find_packs()
    if id_or_path in installed:
        return installed[id_or_path]
    path = Path(id_or_path)
    place = Place(id_or_path)
    if path.is_dir():
        if (path / "pack.yaml").is_file():
            return path / "pack.yaml"
        raise Failure([Diagnostic("packs.E102", place, {"found": path.as_posix()})])
    if path.exists():
        return path
    if any(sign in id_or_path for sign in "/\\") or path.suffix in (".yaml", ".yml"):
        raise Failure([Diagnostic("packs.E101", place, {"found": id_or_path})])
    near = get_close_matches(id_or_path.lower(), installed, n=1, cutoff=0.5)
    values = {"found": id_or_path, "near": near[0]} if near else {"found": id_or_path, "installed": ", ".join(installed)}
    raise Failure([Diagnostic("packs.E132" if near else "packs.E133", place, values)])


def _shown(path: Path) -> str:
    """Return a path as messages name it: from the working folder where it lies below it."""
    here = Path.cwd()
    absolute = path.absolute()
    return (absolute.relative_to(here) if absolute.is_relative_to(here) else path).as_posix()


def _text(path: Path) -> tuple[str, str]:
    """Return the text of a file, without a byte order mark, and the digest of its bytes."""
    place = Place(_shown(path))
    try:
        if path.stat().st_size > LARGEST:
            raise Failure([Diagnostic("packs.E134", place, {"most": LARGEST // 1_000_000})])
        content = path.read_bytes()
    except OSError as error:
        raise Failure([Diagnostic("packs.E135", place, {"reason": error.strerror or type(error).__name__})]) from None
    code = OFFICE.get(path.suffix.casefold())
    if code and content.startswith(PACKED):
        shown = f'"{place.file}"' if " " in place.file else place.file
        raise Failure([Diagnostic(f"packs.{code}", place, {"file": shown})])
    body = content.removeprefix(codecs.BOM_UTF8)
    try:
        return body.decode("utf-8"), hashlib.sha256(content).hexdigest()
    except UnicodeDecodeError as error:
        line = body[: error.start].rsplit(b"\n", 1)[-1].decode("utf-8")
        place = Place(place.file, body.count(b"\n", 0, error.start) + 1, len(line) + 1)
        byte = error.start + len(content) - len(body)
        raise Failure([Diagnostic("packs.E103", place, {"byte": byte + 1, "found": f"0x{content[byte]:02X}"})]) from None
