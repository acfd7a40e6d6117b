"""What happened, one fact at a time: the only thing that a ledger stores of its own; everything else is worked out from it.

An event is chained to the one before it: its hash covers that one's hash and all that it says itself, so a fact that is changed,
left out or put in later breaks the chain at that place. A chain can be written anew from end to end by whoever holds the file;
the head that stands on signed paper is what it is held against.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Literal, get_args

from evaluator import __version__

__all__ = ["ROLES", "START", "TOOL", "Actor", "Draft", "Event", "Role", "canonical", "chained"]

Role = Literal["owner", "township", "county", "team"]  # 责任单位, 乡镇(街道), 县级, 督查组
ROLES: tuple[Role, ...] = get_args(Role)
START = "0" * 64  # what the first event is chained to
TOOL = f"starbranch {__version__}"


@dataclass(frozen=True, slots=True)
class Actor:
    """Who did it. An offline tool cannot prove a name; it keeps the names and holds them apart where duties are separate."""

    name: str
    unit: str
    role: Role


@dataclass(frozen=True, slots=True)
class Draft:
    """An event that is about to happen. ``entry`` is "" where it concerns the whole ledger; ``data`` is plain JSON, days as ISO text.

    ``new`` asks for an entry of its own, whose id is then made of the event's number.
    """

    entry: str
    action: str
    data: Mapping[str, Any] = field(default_factory=dict)
    reason: str = ""
    pack: str = ""  # digest of the pack on which it rests
    new: bool = False


@dataclass(frozen=True, slots=True)
class Event:
    """An event as stored."""

    seq: int  # from 1, without gaps
    entry: str
    action: str
    as_of: date
    actor: Actor
    reason: str
    data: Mapping[str, Any]
    pack: str
    tool: str
    hash: str

    @property
    def doer(self) -> Actor:
        """Return who did it: whom the event names, where somebody else only brought it in, as with a workbook that came back."""
        told = self.data.get("for")
        return Actor(told["name"], told["unit"], told["role"]) if told else self.actor

    def day(self, name: str) -> date | None:
        """Return the day that ``data`` holds under ``name``, None where it holds none."""
        text = self.data.get(name)
        return date.fromisoformat(text) if text else None


def canonical(value: Any) -> str:
    """Return JSON with sorted keys and no blanks: equal facts, equal text."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def chained(previous: str, event: Event, data: str) -> str:
    """Return the hash of an event that follows the one with hash ``previous``; ``data`` is its data as stored."""
    who = event.actor
    told = [event.seq, event.entry, event.action, str(event.as_of), who.name, who.unit, who.role, event.reason, event.pack, event.tool]
    return hashlib.sha256(f"{previous}\n{canonical(told)}\n{data}".encode()).hexdigest()
