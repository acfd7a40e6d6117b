"""How a ledger's SQLite file is opened, and what SQLite says of it, in sentences."""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from evaluator.diagnostics import Diagnostic, Failure, Place, reason
from evaluator.messages import say

__all__ = ["WAIT", "Damaged", "connect", "let_go", "made_whole", "told"]

WAIT = 20.0  # seconds until somebody who waits for the file is told who holds it


def connect(path: Path, mode: str, wait: float = WAIT) -> sqlite3.Connection:
    """Return a connection that keeps what it commits through a power cut. ``mode`` is ``rwc``, ``rw`` or ``ro``."""
    connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode={mode}", uri=True, isolation_level=None, timeout=wait)
    try:
        connection.execute("PRAGMA journal_mode = DELETE")
        connection.execute("PRAGMA synchronous = EXTRA")
        connection.execute("PRAGMA foreign_keys = ON")
    except BaseException:
        connection.close()
        raise
    return connection


class Damaged(sqlite3.DatabaseError):
    """A table that was worked out from events holds something else; working it out anew mends it."""


@contextmanager
def told(path: Path, holder: Path | None = None) -> Iterator[None]:
    """Turn what SQLite and the system say into one sentence."""
    try:
        yield
    except sqlite3.OperationalError as error:
        raise Failure([_finding(path, error, holder)]) from error
    except Damaged as error:
        raise Failure([Diagnostic("store.E311", Place(str(path)), {"reason": str(error)})]) from error
    except sqlite3.DatabaseError as error:
        if _code(error) == sqlite3.SQLITE_NOTADB:
            raise Failure([Diagnostic("store.E303", Place(str(path)))]) from error
        raise Failure([Diagnostic("store.E309", Place(str(path)), {"reason": str(error)})]) from error
    except OSError as error:
        raise Failure([Diagnostic("store.E305", Place(str(path)), {"reason": reason(error)})]) from error


def _code(error: sqlite3.Error) -> int:
    return getattr(error, "sqlite_errorcode", 0) & 0xFF


def _finding(path: Path, error: sqlite3.OperationalError, holder: Path | None) -> Diagnostic:
    place = Place(str(path))
    match _code(error):
        case sqlite3.SQLITE_BUSY | sqlite3.SQLITE_LOCKED:
            try:
                holds = json.loads((holder or path.with_name(path.name + ".holder")).read_text(encoding="utf-8"))
            except (OSError, ValueError):
                return Diagnostic("store.E307", place)
            return Diagnostic("store.E306", place, {name: holds.get(name, "?") for name in ("name", "command", "host", "pid")})
        case sqlite3.SQLITE_FULL:
            return Diagnostic("store.E308", place)
        case sqlite3.SQLITE_CANTOPEN if not path.parent.is_dir():
            return Diagnostic("store.E305", place, {"reason": say("common.ENOENT")})
        case sqlite3.SQLITE_IOERR:  # a stick that was pulled out, a quota: the file itself may well be whole
            return Diagnostic("store.E305", place, {"reason": str(error)})
        case sqlite3.SQLITE_READONLY | sqlite3.SQLITE_CANTOPEN | sqlite3.SQLITE_PERM:
            return Diagnostic("store.E310", place)
        case _:
            return Diagnostic("store.E309", place, {"reason": str(error)})


@contextmanager
def made_whole(path: Path) -> Iterator[Path]:
    """Yield a passing name; what is written there gets the name ``path`` when the block ends well, and is gone otherwise.

    Raises:
        Failure: something of that name is there already, or it cannot be written.
    """
    if path.exists():
        raise Failure([Diagnostic("store.E301", Place(str(path)))])
    made = path.with_name(f".{path.name}.part")
    left = [one.with_name(f"{one.name}-journal") for one in (path, made)]  # SQLite would take an orphan's journal for the new file's own
    with told(path):
        try:
            for one in (made, *left):
                one.unlink(missing_ok=True)
            yield made
            made.replace(path)
        finally:
            made.unlink(missing_ok=True)


def let_go(holder: Path) -> None:
    """Take the note of who holds the ledger away: while it is held, since the next one writes his own at once."""
    with suppress(OSError):
        holder.unlink(missing_ok=True)
