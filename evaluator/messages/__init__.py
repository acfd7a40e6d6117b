"""Every sentence a user reads, in Chinese and English, by key.

A key is ``room.name``: ``packs.E203`` is table ``[E203]`` of ``packs.toml``. Each table holds ``zh`` and ``en``, and a
diagnostic may hold ``hint_zh`` and ``hint_en``, and ``fold_zh`` and ``fold_en`` where many of its kind are told in one line.
Values are put in with ``str.format``.
"""

import re
import tomllib
from contextvars import ContextVar
from functools import cache
from pathlib import Path
from typing import Literal, cast

__all__ = ["LANGUAGES", "Language", "catalogue", "language", "say", "set_language"]

Language = Literal["zh", "en"]
LANGUAGES: tuple[Language, ...] = ("zh", "en")

NOTHING = "—"  # what ``near`` says when nothing is near
NEAR = re.compile(r"[;;]?[^。;.;]*\{near\}[^。;.;]*[。;.;]?\s*")

_current: ContextVar[Language] = ContextVar("language", default="zh")


def set_language(lang: Language) -> None:
    """Make ``lang`` the language of every later :func:`say` in this context."""
    _current.set(lang)


def language() -> Language:
    """Return the language in force: ``zh`` unless :func:`set_language` said otherwise."""
    return _current.get()


@cache
def catalogue(room: str) -> dict[str, dict[str, str]]:
    """Return the messages of one room: name to ``{"zh": …, "en": …, "hint_zh": …, "hint_en": …}``.

    Raises:
        FileNotFoundError: no such room.
    """
    text = (Path(__file__).parent / f"{room}.toml").read_text(encoding="utf-8")
    return cast(dict[str, dict[str, str]], tomllib.loads(text))


def say(key: str, /, lang: Language | None = None, *, form: str = "", **values: object) -> str:
    """Return message ``key`` in ``lang`` (the language in force when None), with ``values`` filled in.

    ``form="hint"`` returns the hint instead, ``""`` when the message has none. The sentence that names what is near is left out where
    nothing is.

    Raises:
        KeyError: no such message, or a value that it needs is missing. Both are defects, and tests look for them.
    """
    room, _, name = key.partition(".")
    entry = catalogue(room)[name]
    chosen = lang or language()
    text = entry.get(f"{form}_{chosen}", "") if form else entry[chosen]
    if values.get("near") == NOTHING:
        text = NEAR.sub("", text).strip() or ("" if form else text)
    return text.format(**values)
