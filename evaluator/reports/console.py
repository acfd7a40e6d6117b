"""The terminal: 80 columns, colours only where somebody looks, Chinese characters two columns wide. Nothing heavy is imported here."""

import os
import re
import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from rich.cells import cell_len, set_cell_size
from rich.console import Console
from rich.segment import Segment

__all__ = ["WIDTH", "clip", "console", "narrowed", "nearest"]

WIDTH = 80
PADDING = re.compile(r"(?:\x1b\[[\d;]*m| )+$", re.MULTILINE)  # blanks at the end of a line, among what changes colours


class _Console(Console):
    """Falls silent when its reader goes away (``| head``): what was done is done, and the exit code says so.

    What people wrote is printed as they wrote it: no number is coloured, and ``:100:`` becomes no picture.
    """

    def __init__(self, **more: Any) -> None:
        super().__init__(highlight=False, emoji=False, **more)

    def _render_buffer(self, buffer: Iterable[Segment]) -> str:
        """Return what is printed without the blanks with which rich fills lines up: they wrap in narrow windows, and show when copied."""
        return PADDING.sub(lambda found: found[0].replace(" ", ""), super()._render_buffer(buffer))

    def on_broken_pipe(self) -> None:
        self.quiet = True
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def console() -> Console:
    """Return a console for standard output: colours only on a terminal, never wider than the user's, 80 columns in files."""
    made = _Console()
    return made if made.is_terminal else _Console(width=WIDTH)


def clip(text: str, width: int) -> str:
    """Return ``text`` in at most ``width`` columns, with ``…`` where it was longer."""
    if len(text) <= width * 2 and cell_len(text) <= width:
        return text
    return set_cell_size(text[: width * 2], width - 1).rstrip() + "…"


def narrowed(widths: Sequence[int], room: int, least: Mapping[int, int]) -> list[int]:
    """Return the widths of columns that together have ``room``: the widest of those in ``least`` gives way, none below its least."""
    made = list(widths)
    while sum(made) > room and (able := [column for column, low in least.items() if made[column] > low]):
        made[max(able, key=lambda column: made[column])] -= 1
    return made


def nearest(word: str, known: Iterable[str]) -> str:
    from difflib import get_close_matches

    return "、".join(get_close_matches(word, list(dict.fromkeys(known)), n=3, cutoff=0.3)) or "—"
