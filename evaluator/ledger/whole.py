"""Files that are written whole or not at all: each under a passing name, flushed, and renamed when all of them are there."""

import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from evaluator.diagnostics import Diagnostic, Failure, Place, reason
from evaluator.messages import say

__all__ = ["write_whole"]


def write_whole(files: Mapping[Path, bytes]) -> None:
    """Write files, over those of the same names; their folders are made.

    Raises:
        Failure: one is a folder, has no name or cannot be written, in which case no file that is there already has changed, unless its
            renaming failed halfway.
    """
    folders = [path for path in files if path.name in ("", "..") or path.is_dir()]
    if folders:
        raise Failure([Diagnostic("store.E305", Place(str(path)), {"reason": say("common.EISDIR")}) for path in folders])
    parts: list[tuple[Path, Path]] = []
    now = Path()
    try:
        for now, data in files.items():
            now.parent.mkdir(parents=True, exist_ok=True)
            part = now.with_name(f".{now.name}.part")
            parts.append((part, now))
            with part.open("wb") as stream:
                stream.write(data)
                stream.flush()
                os.fsync(stream.fileno())
        for part, now in parts:
            part.replace(now)
    except OSError as error:
        raise Failure([Diagnostic("store.E305", Place(str(now)), {"reason": reason(error)})]) from error
    finally:
        for part, _ in parts:
            with suppress(OSError):
                part.unlink(missing_ok=True)
