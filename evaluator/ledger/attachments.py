"""Files that show an issue or its fix, kept beside the ledger under their SHA-256: the same bytes once, whatever they are called.

A file is copied under a passing name, looked at, flushed to the disk and renamed before the event that names it is stored: a ledger may
have a file too many, never one too few.
"""

import hashlib
import os
import shutil
import stat
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, BinaryIO, Literal

from evaluator.diagnostics import Diagnostic, Failure, Place, reason
from evaluator.filenames import safe_name
from evaluator.ledger.acts import attempt
from evaluator.ledger.entries import Attachment, Issue
from evaluator.ledger.filekinds import FILM_LIMIT, Unfit, kind_of, suffix_of
from evaluator.ledger.rows import is_issue
from evaluator.ledger.store import Change, Store
from evaluator.messages import say

__all__ = [
    "MOST",
    "STAGES",
    "Fault",
    "Incoming",
    "attach",
    "check_files",
    "copy_files",
    "folder_of",
    "incoming",
    "path_of",
]

MOST = 60  # files of one issue; our own
STAGES = ("before", "during", "after")  # 整改前, 整改中, 整改后
SHORT = 8  # characters of a SHA-256 that are enough to name one
PASSING = ".part-"
PIECE = 2**20


@dataclass(frozen=True)
class Incoming:
    """A file that was copied and looked at, but has no place yet. ``name`` is cleaned and ends with what the file is."""

    source: str  # as the user named it
    name: str
    sha256: str
    size: int
    part: Path
    renamed: str = ""  # the ending that its name had, where the bytes say otherwise


@dataclass(frozen=True)
class Fault:
    """What is wrong with a kept file. ``issue`` is what its issue is called, "" for a file that the ledger does not name."""

    why: Literal["missing", "changed", "unreferenced", "unfinished"]
    file: str  # within the folder
    name: str = ""
    issue: str = ""


def folder_of(ledger: Path) -> Path:
    """Return the folder of a ledger's files."""
    return ledger.with_name(ledger.name + ".files")


def path_of(ledger: Path, kept: Attachment | Incoming) -> Path:
    """Return where a file is kept."""
    return folder_of(ledger) / kept.sha256[:2] / f"{kept.sha256[2:]}.{suffix_of(kept.name)}"


def copy_files(ledger: Path, target: Path) -> None:
    """Copy a ledger's files beside a copy of it.

    Raises:
        Failure: they cannot be read or written.
    """
    if folder_of(ledger).is_dir():
        with _told(folder_of(target)):
            shutil.copytree(folder_of(ledger), folder_of(target))


# --- taking in ------------------------------------------------------------------


@contextmanager
def incoming(ledger: Path, files: Sequence[Path]) -> Iterator[list[Incoming]]:
    """Yield copies of the files, ready to be attached; those that were not are gone afterwards.

    Raises:
        Failure: a file is not taken, every one with its reason; or the folder cannot be written.
    """
    folder = folder_of(ledger)
    taken: list[Incoming] = []
    wrong: list[Diagnostic] = []
    try:
        with _told(folder):
            _real_folder(folder)
        for file in files:
            try:
                taken.append(_taken(folder, file))
            except Unfit as unfit:
                wrong.append(Diagnostic(unfit.key, Place(str(file)), unfit.values))
        if wrong:
            raise Failure(wrong)
        yield taken
    finally:
        for one in taken:
            with suppress(OSError):
                one.part.unlink(missing_ok=True)
        with suppress(OSError):
            folder.rmdir()  # only while there is nothing in it


def _taken(folder: Path, file: Path) -> Incoming:
    """Copy one file and look at the copy, so that what was looked at is what is kept."""
    source = _opened(file)
    part = Path()
    try:
        with _told(folder), os.fdopen(source, "rb") as stream:
            handle, made = tempfile.mkstemp(prefix=PASSING, dir=folder)
            part = Path(made)
            with os.fdopen(handle, "wb") as copy:
                digest, size = hashlib.sha256(), 0
                for piece in _pieces(stream):
                    size += len(piece)
                    if size > FILM_LIMIT:
                        raise Unfit("attach.E805", size=f">{FILM_LIMIT // 2**20}", limit=FILM_LIMIT // 2**20)
                    digest.update(piece)
                    copy.write(piece)
                copy.flush()
                os.fsync(copy.fileno())
            kind = kind_of(part, file.name)
        given = file.suffix.removeprefix(".").casefold()
        right = given in kind.suffixes
        stem = safe_name(file.stem if right or not given else file.name)
        name = f"{stem}.{given if right else kind.suffixes[0]}"
        return Incoming(str(file), name, digest.hexdigest(), size, part, "" if right else file.suffix)
    except BaseException:
        if part.name:
            part.unlink(missing_ok=True)
        raise


def _pieces(stream: BinaryIO) -> Iterator[bytes]:
    try:
        while piece := stream.read(PIECE):
            yield piece
    except OSError as error:
        raise Unfit("attach.E801", reason=reason(error)) from error


def _opened(file: Path) -> int:
    """Open a regular file, following no link to it."""
    try:
        found = os.lstat(file)
        if stat.S_ISLNK(found.st_mode):
            raise Unfit("attach.E803")
        if not stat.S_ISREG(found.st_mode):
            raise Unfit("attach.E802")
        if found.st_size > FILM_LIMIT:
            raise Unfit("attach.E805", size=-(-found.st_size // 2**20), limit=FILM_LIMIT // 2**20)
        flags = os.O_RDONLY | getattr(os, "O_BINARY", 0) | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
        return os.open(file, flags)
    except OSError as error:
        raise Unfit("attach.E801", reason=reason(error)) from error
    except ValueError as error:  # a zero byte in the name
        raise Unfit("attach.E801", reason=str(error)) from error


def _real_folder(folder: Path) -> None:
    if folder.is_symlink():
        raise Failure([Diagnostic("attach.E816", Place(str(folder)))])
    folder.mkdir(exist_ok=True)


@contextmanager
def _told(folder: Path) -> Iterator[None]:
    """Say in one sentence that the folder cannot be written, or is full."""
    try:
        yield
    except OSError as error:
        raise Failure([Diagnostic("attach.E815", Place(str(folder)), {"reason": reason(error)})]) from error


# --- attaching ------------------------------------------------------------------


def attach(
    change: Change, issue: Issue, files: Sequence[Incoming], stage: str, taken_on: date, text: str = "", supersedes: str = ""
) -> list[Diagnostic]:
    """Attach files to an issue, give them their places and return warnings: of equal bytes elsewhere, and of what proves no fix.

    Raises:
        Failure: the lifecycle refuses it, or it makes no sense; every reason in one pass. Nothing is kept then.
    """
    wrong, warnings = _general(change, issue, files, stage, taken_on), list[Diagnostic]()
    earlier = _earlier(issue, supersedes, wrong) if supersedes else ""
    if supersedes and len(files) > 1:
        wrong.append(Diagnostic("attach.E823", Place(issue.called)))
    for file in files:
        place = Place(file.source)
        issue = change.issue(issue.id)
        same = [one for one in issue.attachments if one.sha256 == file.sha256]
        if any(one.stage == stage for one in same):
            wrong.append(Diagnostic("attach.E820", place, {"issue": issue.called}))
            continue
        others = _elsewhere(change, issue, file)
        if file.renamed:
            warnings.append(Diagnostic("attach.W830", place, {"found": file.renamed, "name": file.name}))
        if same:
            stages = "、".join(say(f"attach.stage_{one.stage}") for one in same)
            warnings.append(Diagnostic("attach.W831", place, {"stage": stages, "issue": issue.called}))
        if others:
            warnings.append(Diagnostic("attach.W832", place, {"issues": "、".join(other.called for other in others)}))
        if stage != "before" and taken_on < issue.now.found:
            warnings.append(Diagnostic("attach.W833", place, {"day": taken_on, "found": issue.now.found}))
        told: dict[str, Any] = {"sha256": file.sha256, "name": file.name, "size": file.size, "stage": stage, "taken_on": str(taken_on)}
        told |= {name: value for name, value in (("text", text), ("supersedes", earlier)) if value}
        same_as = [{"entry": issue.id, "stage": one.stage} for one in same]
        same_as += [{"entry": other.id, "stage": one.stage} for other in others for one in other.attachments if one.sha256 == file.sha256]
        if same_as:
            told["same_as"] = same_as
        refused = attempt(change, issue, "attach", told)
        if refused:
            wrong += refused
            break
    if wrong:
        raise Failure(set(wrong))
    _place(change.store.path, files)
    return warnings


def _general(change: Change, issue: Issue, files: Sequence[Incoming], stage: str, taken_on: date) -> list[Diagnostic]:
    """Return what is wrong with all files alike."""
    place, wrong = Place(issue.called), []
    if stage not in STAGES:
        wrong.append(Diagnostic("attach.E824", place, {"found": stage}))
    if taken_on > change.as_of:
        wrong.append(Diagnostic("attach.E821", place, {"day": taken_on, "as_of": change.as_of}))
    if len(issue.attachments) + len(files) > MOST:
        wrong.append(Diagnostic("attach.E822", place, {"count": len(issue.attachments), "more": len(files), "most": MOST}))
    return wrong


def _earlier(issue: Issue, supersedes: str, wrong: list[Diagnostic]) -> str:
    """Return the SHA-256 of the version that is replaced, named by its beginning."""
    replaced = {one.supersedes for one in issue.attachments}
    now = {one.sha256: one.name for one in issue.attachments if one.sha256 not in replaced}
    found = [sha for sha in now if len(supersedes) >= SHORT and sha.startswith(supersedes.casefold())]
    if len(found) == 1:
        return found[0]
    known = "、".join(f"{sha[:12]} {name}" for sha, name in now.items()) or "—"
    wrong.append(Diagnostic("attach.E825", Place(issue.called), {"found": supersedes, "known": known}))
    return ""


def _elsewhere(change: Change, issue: Issue, file: Incoming) -> list[Issue]:
    """Return the other issues that have the same bytes."""
    rows = [row for row in change.store.holding(file.sha256) if row.id != issue.id]
    entries = (change.store.entry(row.id) for row in rows)
    return [one for one in entries if is_issue(one) and any(kept.sha256 == file.sha256 for kept in one.attachments)]


def _place(ledger: Path, files: Iterable[Incoming]) -> None:
    """Rename the copies to where they are kept; equal bytes that are there already are written anew, which mends a damaged file."""
    made: list[Path] = []
    folder = folder_of(ledger)
    try:
        with _told(folder):
            for file in files:
                target = path_of(ledger, file)
                _real_folder(target.parent)
                new = not target.exists()
                file.part.replace(target)
                made += [target] if new else []
                _flush(target.parent)
            _flush(folder)
    except BaseException:
        for path in made:
            with suppress(OSError):
                path.unlink()
        raise


def _flush(folder: Path) -> None:
    """Flush the names in a folder, where the system can."""
    if os.name == "posix":
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


# --- proving --------------------------------------------------------------------


def check_files(store: Store, only: Issue | None = None) -> tuple[int, list[Fault]]:
    """Hash every kept file again; return how many the ledger names, and what is wrong. With ``only``, those of one issue.

    Raises:
        Failure: a file cannot be read.
    """
    folder = folder_of(store.path)
    named: dict[str, tuple[Attachment, str]] = {}
    for entry in [only] if only else store.entries("instr(doc, '\"sha256\"') > 0"):
        for kept in entry.attachments if is_issue(entry) else ():
            named.setdefault(path_of(store.path, kept).relative_to(folder).as_posix(), (kept, entry.called))
    faults: list[Fault] = []
    with _told(folder):
        for file, (kept, called) in named.items():
            state = _state(folder / file, kept)
            if state:
                faults.append(Fault(state, file, kept.name, called))
        if only is None:
            faults += _strangers(folder, named)
    return len(named), faults


def _state(path: Path, kept: Attachment) -> Literal["missing", "changed"] | None:
    try:
        found = path.lstat()
    except FileNotFoundError:
        return "missing"
    if not stat.S_ISREG(found.st_mode) or found.st_size != kept.size:
        return "changed"
    with path.open("rb") as stream:
        return None if hashlib.file_digest(stream, "sha256").hexdigest() == kept.sha256 else "changed"


def _strangers(folder: Path, named: Iterable[str]) -> Iterator[Fault]:
    known = set(named)
    for path in sorted(folder.rglob("*")):
        file = path.relative_to(folder).as_posix()
        if file not in known and (path.is_symlink() or not path.is_dir()):
            yield Fault("unfinished" if path.name.startswith(PASSING) else "unreferenced", file)
