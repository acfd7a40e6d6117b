"""How events, entries and the book stand in the file, and how they are read back: what is something else is told, never guessed."""

import json
import sqlite3
from collections.abc import Iterable
from dataclasses import asdict
from datetime import date
from typing import Any

from pydantic import TypeAdapter

from evaluator.ledger.book import Book
from evaluator.ledger.cases import Case
from evaluator.ledger.database import Damaged
from evaluator.ledger.entries import ISSUE, Issue
from evaluator.ledger.events import Actor, Event
from evaluator.ledger.rows import Entry

__all__ = ["exported", "read_book", "read_entry", "read_event", "written_book", "written_entry"]

CASE = TypeAdapter(Case)
BOOK = TypeAdapter(Book)


def written_entry(entry: Entry) -> str:
    return (ISSUE.dump_json(entry) if isinstance(entry, Issue) else CASE.dump_json(entry)).decode()


def read_entry(kind: str, doc: str) -> Entry:
    """Return an entry from its row.

    Raises:
        Damaged: the row holds something else.
    """
    try:
        return ISSUE.validate_json(doc) if kind in ("issue", "common") else CASE.validate_json(doc)
    except ValueError as error:
        raise Damaged(f"entries: {error}".partition("\n")[0]) from error


def written_book(book: Book) -> str:
    return BOOK.dump_json(book).decode()


def read_book(row: tuple[str] | None) -> Book:
    """Return the book from its row.

    Raises:
        Damaged: there is none, or it holds something else.
    """
    if row is None:
        raise Damaged("book")
    try:
        return BOOK.validate_json(row[0])
    except ValueError as error:
        raise Damaged(f"book: {error}".partition("\n")[0]) from error


def read_event(row: Iterable[Any]) -> Event:
    """Return an event from its row.

    Raises:
        sqlite3.DatabaseError: the row holds something else.
    """
    seq, entry, action, as_of, name, unit, role, why, data, pack, tool, hash_ = row
    try:
        told, day = json.loads(data), date.fromisoformat(as_of)
    except (ValueError, TypeError) as error:
        raise sqlite3.DatabaseError(f"event {seq}: {error}") from error
    if not isinstance(told, dict):
        raise sqlite3.DatabaseError(f"event {seq}: {data[:40]}")
    return Event(seq, entry, action, day, Actor(name, unit, role), why, told, pack, tool, hash_)


def exported(event: Event) -> dict[str, Any]:
    """Return an event as JSON Lines hold it."""
    return asdict(event) | {"as_of": str(event.as_of)}
