"""Find rule packs and load them: bytes, text, data, shape, sense, and whether the packs of a run go together."""

import codecs
import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

from evaluator import data_dir
from evaluator.diagnostics import Diagnostic, Failure, Place
from evaluator.packs.models import Pack
from evaluator.packs.source import LARGEST, Spans, parse_yaml

__all__ = ["LoadedPack", "check_packs", "find_packs", "load_pack", "load_packs"]


@dataclass(frozen=True)
class LoadedPack:
    """A pack with the file from which it came. ``digest`` is the SHA-256 of the file's bytes, in hexadecimal."""

    pack: Pack
    path: Path
    text: str
    spans: Spans
    digest: str


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
    from evaluator.packs.together import check_together

    loaded, findings = _read_all(packs)
    findings += check_together(loaded, {one.pack.pack for one in loaded} if len(loaded) == len(packs) else None)
    if any(finding.is_error for finding in findings):
        raise Failure(findings)
    return loaded


def check_packs(packs: Sequence[str]) -> list[Diagnostic]:
    """Return everything wrong with packs, warnings included, sorted by place; a needed pack may also be an installed one."""
    from evaluator.packs.together import check_together

    loaded, findings = _read_all(packs)
    known = {one.pack.pack for one in loaded} | find_packs().keys()
    return sorted([*findings, *check_together(loaded, known)], key=lambda one: (one.place, one.key))


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


def _read(id_or_path: str) -> tuple[LoadedPack | None, list[Diagnostic]]:
    """Return the pack, None where there is none to speak of, and everything found in one pass."""
    from evaluator.packs.check import check_pack
    from evaluator.packs.shape import shape

    try:
        path = _locate(id_or_path)
        text, digest = _text(path)
    except Failure as failure:
        return None, list(failure.findings)
    source = parse_yaml(text, _shown(path))
    findings = list(source.findings)
    if source.data is None:
        return None, findings
    pack, misshapen = shape(source.data, source.spans)
    loaded = LoadedPack(pack, path, text, source.spans, digest) if pack else None
    told = {finding.place for finding in findings}
    later = misshapen if loaded is None else check_pack(loaded)
    # What was refused as it is written needs no second message about the value that was guessed for it.
    return loaded, findings + [finding for finding in later if finding.place not in told]


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
    body = content.removeprefix(codecs.BOM_UTF8)
    try:
        return body.decode("utf-8"), hashlib.sha256(content).hexdigest()
    except UnicodeDecodeError as error:
        line = body[: error.start].rsplit(b"\n", 1)[-1].decode("utf-8")
        place = Place(place.file, body.count(b"\n", 0, error.start) + 1, len(line) + 1)
        byte = error.start + len(content) - len(body)
        raise Failure([Diagnostic("packs.E103", place, {"byte": byte + 1, "found": f"0x{content[byte]:02X}"})]) from None
