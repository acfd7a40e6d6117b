"""A pack with the file from which it came."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from evaluator.packs.models import Pack
from evaluator.packs.source import Spans

__all__ = ["LoadedPack"]


@dataclass(frozen=True)
class LoadedPack:
    """A pack with the file from which it came. ``digest`` is the SHA-256 of the file's bytes, in hexadecimal.

    Of an overlay ``pack``, ``data`` and ``text`` are what it comes to with the pack that it ``extends``, which is ``base``; the text
    loads without it, and the digest covers the bytes of both.
    """

    pack: Pack
    path: Path
    text: str
    spans: Spans
    digest: str
    data: dict[str, Any] = field(default_factory=dict)
    base: "LoadedPack | None" = None
