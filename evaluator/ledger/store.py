"""The one place that knows the ledger is an SQLite file: events appended in a chain, and tables worked out from them.

``events`` is the truth and is never changed; ``entries``, ``flows`` and ``book`` are what replay makes of it. A change is one
transaction: whoever comes second waits, then is told who holds the file. Only what was committed was ever acknowledged.
"""

import json
import os
import socket
import sqlite3
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from evaluator.diagnostics import Diagnostic, Failure, Place
from evaluator.ledger.book import Book, replay_book
from evaluator.ledger.cases import Case, replay_case
from evaluator.ledger.database import WAIT, connect, let_go, made_whole, told
from evaluator.ledger.entries import Issue
from evaluator.ledger.events import START, TOOL, Actor, Draft, Event, canonical, chained
from evaluator.ledger.replay import replay
from evaluator.ledger.rows import COLUMNS, Entry, Flow, Row, flows, is_issue, row_of
from evaluator.ledger.written import read_book, read_entry, read_event, written_book, written_entry

__all__ = ["SCHEMA", "Broken", "Change", "Store"]

SCHEMA = 1
APPLICATION = 0x53544152  # "STAR": marks the file as a ledger
BATCH = 4000  # entries held in memory in one change
TABLES = f"""
CREATE TABLE events (
    seq INTEGER PRIMARY KEY, entry TEXT NOT NULL, action TEXT NOT NULL, as_of TEXT NOT NULL, name TEXT NOT NULL, unit TEXT NOT NULL,
    role TEXT NOT NULL, reason TEXT NOT NULL, data TEXT NOT NULL, pack TEXT NOT NULL, tool TEXT NOT NULL, hash TEXT NOT NULL);
CREATE INDEX events_entry ON events (entry);
CREATE TRIGGER events_stay BEFORE UPDATE ON events BEGIN SELECT RAISE(ABORT, 'events are never changed'); END;
CREATE TRIGGER events_remain BEFORE DELETE ON events BEGIN SELECT RAISE(ABORT, 'events are never deleted'); END;
CREATE TABLE entries ({", ".join(f"{name} {kind}" for name, kind in COLUMNS.items())}, doc TEXT NOT NULL, PRIMARY KEY (id));
CREATE UNIQUE INDEX entries_number ON entries (number) WHERE number != '';
CREATE INDEX entries_key ON entries (key);
CREATE INDEX entries_branch ON entries (branch, state);
CREATE INDEX entries_state ON entries (state, due);
CREATE TABLE flows (seq INTEGER NOT NULL, branch TEXT NOT NULL, flow TEXT NOT NULL);
CREATE INDEX flows_seq ON flows (seq);
CREATE TABLE book (doc TEXT NOT NULL);
"""
PROJECTIONS = ("entries", "flows", "book")


@dataclass(frozen=True)
class Broken:
    """Where the chain does not hold: the number of the event, and what is wrong with it (``gap``, ``changed``)."""

    seq: int
    why: str


class Store:
    """An open ledger. Use :meth:`create` or :meth:`open`."""

    def __init__(self, path: Path, connection: sqlite3.Connection, wait: float = WAIT) -> None:
        self.path = path
        self.connection = connection
        self.wait = wait

    # --- opening ----------------------------------------------------------------

    @classmethod
    def create(cls, path: Path, prefix: str, actor: Actor, as_of: date, *, internal: bool = False) -> "Store":
        """Make a new ledger whose numbers begin with ``prefix``; an ``internal`` one is for internal packs and no others.

        Raises:
            Failure: something of that name is there already, or it cannot be written.
        """
        with made_whole(path) as made:
            connection = connect(made, "rwc")
            try:
                marks = f"PRAGMA application_id = {APPLICATION}; PRAGMA user_version = {SCHEMA};"
                connection.executescript(f"{marks} BEGIN; {TABLES} INSERT INTO book VALUES ('{{}}'); COMMIT;")
                with cls(path, connection).change(actor, as_of, "ledger init") as change:
                    change.add(Draft("", "init", {"id": uuid.uuid4().hex, "prefix": prefix, "internal": internal}))
            finally:
                connection.close()
        return cls.open(path)

    @classmethod
    def open(cls, path: Path, wait: float = WAIT) -> "Store":
        """Open a ledger.

        Raises:
            Failure: there is none, it is no ledger, or a newer version wrote it.
        """
        if not path.is_file():
            raise Failure([Diagnostic("store.E302", Place(str(path)))])
        with told(path):
            connection = connect(path, "rw" if os.access(path, os.W_OK) else "ro", wait)
        try:
            with told(path):
                application = connection.execute("PRAGMA application_id").fetchone()[0]
                schema = connection.execute("PRAGMA user_version").fetchone()[0]
            if application != APPLICATION:
                raise Failure([Diagnostic("store.E303", Place(str(path)))])
            if schema > SCHEMA:
                raise Failure([Diagnostic("store.E304", Place(str(path)), {"found": schema, "known": SCHEMA})])
        except BaseException:
            connection.close()
            raise
        return cls(path, connection, wait)

    def close(self) -> None:
        self.connection.close()

    # --- reading ----------------------------------------------------------------

    def book(self) -> Book:
        with told(self.path):
            return read_book(self.connection.execute("SELECT doc FROM book").fetchone())

    def entry(self, id_: str) -> Entry:
        """Return an entry by its id.

        Raises:
            KeyError: there is none.
        """
        with told(self.path):
            found = self.connection.execute("SELECT kind, doc FROM entries WHERE id = ?", (id_,)).fetchone()
            if found is None:
                raise KeyError(id_)
            return read_entry(*found)

    def rows(self, where: str = "1", values: Sequence[object] = ()) -> list[Row]:
        """Return the columns of entries; ``where`` is SQL over :data:`rows.COLUMNS`, user text only in ``values``."""
        with told(self.path):
            found = self.connection.execute(f"SELECT {', '.join(COLUMNS)} FROM entries WHERE {where} ORDER BY rowid", values)
            return [Row(*row) for row in found]

    def entries(self, where: str = "1", values: Sequence[object] = ()) -> Iterator[Entry]:
        """Yield whole entries in the order in which they began."""
        with told(self.path):
            for row in self.connection.execute(f"SELECT kind, doc FROM entries WHERE {where} ORDER BY rowid", values):
                yield read_entry(*row)

    def holding(self, text: str) -> list[Row]:
        """Return the columns of entries whose state holds a text anywhere, as a file's SHA-256."""
        return self.rows("instr(doc, ?) > 0", (text,))

    def events(self, entry: str | None = None, after: int = 0) -> Iterator[Event]:
        """Yield events in order: all of them, or those of one entry ("" for what concerns the whole ledger)."""
        where, values = ("", ()) if entry is None else (" AND entry = ?", (entry,))
        sql = "SELECT seq, entry, action, as_of, name, unit, role, reason, data, pack, tool, hash FROM events WHERE seq > ?"
        with told(self.path):
            for row in self.connection.execute(f"{sql}{where} ORDER BY seq", (after, *values)):
                yield read_event(row)

    def head(self) -> tuple[int, str]:
        """Return the number and hash of the last event: what stands on signed paper."""
        with told(self.path):
            return self.connection.execute("SELECT seq, hash FROM events ORDER BY seq DESC LIMIT 1").fetchone() or (0, START)

    def open_by_branch(self) -> dict[str, int]:
        """Return how many issues of each branch are open, observations left out."""
        with told(self.path):
            sql = "SELECT branch, count(*) FROM entries WHERE open AND NOT observed AND kind IN ('issue', 'common') GROUP BY branch"
            return dict(self.connection.execute(sql).fetchall())

    def flows_by_branch(self, first: int, last: int) -> dict[tuple[str, Flow], int]:
        """Return how often each flow happened to each branch in events ``first`` to ``last``, both included."""
        with told(self.path):
            sql = "SELECT branch, flow, count(*) FROM flows WHERE seq BETWEEN ? AND ? GROUP BY branch, flow"
            return {(branch, flow): count for branch, flow, count in self.connection.execute(sql, (first, last))}

    # --- changing ---------------------------------------------------------------

    @contextmanager
    def change(self, actor: Actor, as_of: date, command: str, dry: bool = False) -> Iterator["Change"]:
        """Yield a change: all of it is stored when the block ends well, nothing of it otherwise, or when it is only tried (``dry``).

        Raises:
            Failure: somebody else holds the ledger, or it cannot be written.
        """
        holder = self.path.with_name(self.path.name + ".holder")
        with told(self.path, holder):
            self.connection.execute("BEGIN IMMEDIATE")
        try:
            with told(self.path), suppress(OSError):
                who = {"name": actor.name, "command": command, "host": socket.gethostname(), "pid": os.getpid()}
                holder.write_text(json.dumps(who, ensure_ascii=False), encoding="utf-8")
            change = Change(self, actor, as_of)
            yield change
            with told(self.path):
                change.flush()
                let_go(holder)
                self.connection.execute("ROLLBACK" if dry else "COMMIT")
        except BaseException:
            let_go(holder)
            with suppress(sqlite3.Error):
                self.connection.execute("ROLLBACK")
            raise

    # --- proving ----------------------------------------------------------------

    def verify(self, *, tables: bool = True) -> Broken | None:
        """Return the first link of the chain that does not hold, None when all do; with ``tables``, a tail that was cut off, too."""
        previous, expected = START, 1
        sql = "SELECT seq, entry, action, as_of, name, unit, role, reason, data, pack, tool, hash FROM events ORDER BY seq"
        with told(self.path):
            for row in self.connection.execute(sql):
                if row[0] != expected:
                    return Broken(expected, "gap") if row[0] > expected else Broken(row[0], "changed")
                try:
                    same = chained(previous, read_event(row), row[8]) == row[11]
                except (ValueError, TypeError, AttributeError, sqlite3.DatabaseError):
                    same = False
                if not same:
                    return Broken(row[0], "changed")
                previous, expected = row[11], expected + 1
            if not tables:
                return None
            # A chain that was cut short is whole; what was worked out from it still knows how many events there were.
            known = self.connection.execute("SELECT COALESCE(SUM(version), 0) FROM entries").fetchone()[0]
            there = self.connection.execute("SELECT count(*) FROM events WHERE entry != ''").fetchone()[0]
        return Broken(expected, "gap") if known > there else None

    def rebuild(self) -> list[str]:
        """Work the tables out anew from the events alone; return the names of those that had been different.

        Raises:
            Failure: an event was changed or is missing, or nothing can be worked out from one; the tables stay as they are.
        """
        if broken := self.verify(tables=False):
            raise Failure([Diagnostic("store.E312", Place(str(self.path)), {"seq": broken.seq})])
        with told(self.path):
            self.connection.execute("BEGIN IMMEDIATE")
            let_go(self.path.with_name(self.path.name + ".holder"))  # what a killed process left behind
            try:
                for name in PROJECTIONS:
                    self.connection.execute(f"CREATE TEMP TABLE old_{name} AS SELECT rowid AS place, * FROM {name}")
                    self.connection.execute(f"DELETE FROM {name}")
                self.connection.execute("INSERT INTO book VALUES ('{}')")
                change = Change(self, Actor("", "", "county"), date.min)
                for event in self.events():
                    try:
                        change.project(event)
                    except (LookupError, TypeError, ValueError, AttributeError, AssertionError) as error:
                        raise sqlite3.DatabaseError(f"event {event.seq}: {event.action}, {type(error).__name__}") from error
                change.flush()
                different = [name for name in PROJECTIONS if self._differs(name)]
                self.connection.execute("COMMIT")
            except BaseException:
                with suppress(sqlite3.Error):
                    self.connection.execute("ROLLBACK")
                raise
            finally:
                for name in PROJECTIONS:
                    self.connection.execute(f"DROP TABLE IF EXISTS old_{name}")
        return different

    def _differs(self, name: str) -> bool:
        now, old = f"SELECT rowid, * FROM {name}", f"SELECT * FROM old_{name}"
        pairs = ((now, old), (old, now))
        return any(self.connection.execute(f"SELECT 1 FROM ({a} EXCEPT {b}) LIMIT 1").fetchone() for a, b in pairs)

    def backup(self, target: Path) -> None:
        """Copy the ledger as it stands between two changes.

        Raises:
            Failure: something of that name is there already, or it cannot be written.
        """
        with made_whole(target) as made:
            copy = sqlite3.connect(made, isolation_level=None)
            try:
                self.connection.backup(copy)
            finally:
                copy.close()


class Change:
    """What one command does: events are chained and replayed as they are added, and written together."""

    def __init__(self, store: Store, actor: Actor, as_of: date) -> None:
        self.store = store
        self.actor = actor
        self.as_of = as_of
        self.book = store.book()
        self.seq, self.hash = store.head()
        self.first = self.seq + 1
        self._entries: dict[str, Entry] = {}
        self._events: list[tuple[object, ...]] = []
        self._flows: list[tuple[int, str, str]] = []

    def entry(self, id_: str) -> Entry:
        """Return an entry as this change has left it.

        Raises:
            KeyError: there is none.
        """
        return self._entries.get(id_) or self.store.entry(id_)

    def issue(self, id_: str) -> Issue:
        """Return an issue as this change has left it.

        Raises:
            KeyError: there is none of that id.
        """
        found = self.entry(id_)
        if not isinstance(found, Issue):
            raise KeyError(id_)
        return found

    def rows(self, where: str = "1", values: Sequence[object] = ()) -> list[Row]:
        """Return the columns of entries as this change has left them (see :meth:`Store.rows`)."""
        self.flush()
        return self.store.rows(where, values)

    def add(self, draft: Draft) -> Entry | None:
        """Add an event and return its entry as it is now, None for one that concerns the whole ledger."""
        seq = self.seq + 1
        data = canonical(draft.data)
        entry = f"e{seq}" if draft.new else draft.entry
        event = Event(seq, entry, draft.action, self.as_of, self.actor, draft.reason, json.loads(data), draft.pack, TOOL, "")
        event = replace(event, hash=chained(self.hash, event, data))
        self.seq, self.hash = seq, event.hash
        who = self.actor
        self._events.append(
            (seq, entry, event.action, str(event.as_of), who.name, who.unit, who.role, event.reason, data, event.pack, TOOL, event.hash)
        )
        return self.project(event)

    def project(self, event: Event) -> Entry | None:
        """Replay one event into the tables."""
        self.book = replay_book(self.book, event)
        if not event.entry:
            return None
        before = self._before(event)
        after: Entry
        if isinstance(before, Case) or event.action == "begin":
            after = replay_case(before if isinstance(before, Case) else None, event)
        else:
            after = replay(before, event)
            if is_issue(after):
                self._flows += [(event.seq, branch, flow) for branch, flow in flows(before, after)]
        self._entries[event.entry] = after
        if len(self._entries) >= BATCH:
            self.flush()
        return after

    def _before(self, event: Event) -> Entry | None:
        if event.action in ("open", "begin"):
            return None
        return self.entry(event.entry)

    def flush(self) -> None:
        """Write what is held in memory; the transaction goes on."""
        database = self.store.connection
        places = ", ".join("?" * (len(COLUMNS) + 1))
        fresh = ", ".join(f"{name} = excluded.{name}" for name in (*COLUMNS, "doc"))
        sql = f"INSERT INTO entries VALUES ({places}) ON CONFLICT (id) DO UPDATE SET {fresh}"
        with told(self.store.path):
            database.executemany(f"INSERT INTO events VALUES ({', '.join('?' * 12)})", self._events)
            database.executemany(sql, ((*row_of(one), written_entry(one)) for one in self._entries.values()))
            database.executemany("INSERT INTO flows VALUES (?, ?, ?)", self._flows)
            database.execute("UPDATE book SET doc = ?", (written_book(self.book),))
        self._events, self._entries, self._flows = [], {}, []
