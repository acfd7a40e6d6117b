"""Several people at one ledger: whoever comes second waits, nothing is lost or mixed, and who waits too long is told who holds it."""

import json
import os
import signal
import socket
import sqlite3
import time
from collections.abc import Iterator
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import pytest
from ledgers import COUNTY, FOUND, OWNER, TOWNSHIP, begin, begin_in, do, held, new_ledger

from evaluator.diagnostics import Failure
from evaluator.ledger.events import Actor, Draft
from evaluator.ledger.store import Store

SPAWN = get_context("spawn")
WRITERS, CHANGES, EVENTS = 4, 25, 3


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "台账.db"


@pytest.fixture
def store(path: Path) -> Iterator[Store]:
    made = new_ledger(path)
    yield made
    made.close()


def holder(path: Path) -> Path:
    return path.with_name(f"{path.name}.holder")


def told(failure: Failure) -> tuple[str, str]:
    (finding,) = failure.findings
    return finding.code, finding.message("zh")


def _write(path: Path, name: str) -> None:
    store = Store.open(path)
    for number in range(CHANGES):
        with store.change(Actor(name, "云台街道", "township"), FOUND, f"ledger note {name}") as change:
            issue = begin_in(change, key=f"B1|{name}-{number}|")
            for _ in range(EVENTS - 1):
                change.add(Draft(issue.id, "note", {"text": f"{name}-{number}"}))
    store.close()


def test_several_writers_lose_nothing_and_mix_nothing(store: Store) -> None:
    first = store.head()[0]
    writers = [SPAWN.Process(target=_write, args=(store.path, name)) for name in "甲乙丙丁"[:WRITERS]]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join(120)
    assert [writer.exitcode for writer in writers] == [0] * WRITERS
    events = list(store.events(after=first))
    assert len(events) == WRITERS * CHANGES * EVENTS
    assert store.verify() is None
    assert store.rebuild() == []
    changes = [events[n : n + EVENTS] for n in range(0, len(events), EVENTS)]
    for one in changes:
        assert len({(event.actor.name, event.entry) for event in one}) == 1
        assert [event.action for event in one] == ["open", *["note"] * (EVENTS - 1)]
    order = [(one[0].actor.name, one[1].data["text"]) for one in changes]
    for name in "甲乙丙丁"[:WRITERS]:
        assert [text for who, text in order if who == name] == [f"{name}-{number}" for number in range(CHANGES)]
    assert not holder(store.path).exists()


def _hold(path: Path, seconds: float, ready: Any) -> None:
    store = Store.open(path)
    with store.change(Actor("赵敏", "云台街道", "township"), FOUND, "ledger open") as change:
        begin_in(change, key="B2|held|")
        ready.set()
        time.sleep(seconds)
    store.close()


@pytest.fixture
def ready() -> Any:
    return SPAWN.Event()


def test_a_second_writer_waits_and_succeeds(store: Store, ready: Any) -> None:
    other = SPAWN.Process(target=_hold, args=(store.path, 0.7, ready))
    other.start()
    assert ready.wait(30)
    assert [row.key for row in store.rows()] == []  # readers see what was committed and need not wait
    mine = begin(store, key="B1|mine|")
    other.join(30)
    assert [row.key for row in store.rows()] == ["B2|held|", "B1|mine|"]
    assert store.entry(mine.id) == mine
    assert store.verify() is None


def test_who_waits_too_long_is_told_who_holds_it(store: Store, ready: Any) -> None:
    other = SPAWN.Process(target=_hold, args=(store.path, 60, ready))
    other.start()
    assert ready.wait(30)
    before = held(store.path)
    impatient = Store.open(store.path, wait=0.5)
    began = time.monotonic()
    for write in (lambda: begin(impatient), impatient.rebuild):
        with pytest.raises(Failure) as failure:
            write()
        code, text = told(failure.value)
        assert code == "E306"
        for word in ("赵敏", "ledger open", socket.gethostname(), str(other.pid)):
            assert word in text
    assert 0.9 < time.monotonic() - began < 10
    assert held(store.path) == before
    assert json.loads(holder(store.path).read_text(encoding="utf-8"))["pid"] == other.pid  # it still holds it

    other.kill()  # and what it had begun is gone with it
    other.join(30)
    assert holder(store.path).exists()
    mine = begin(impatient)
    assert [row.id for row in impatient.rows()] == [mine.id]
    assert impatient.verify() is None
    assert not holder(store.path).exists()
    impatient.close()


def test_a_note_that_a_killed_process_left_does_no_harm(store: Store) -> None:
    stale = {"name": "旧人", "command": "ledger open", "host": "old", "pid": 1}
    for text in (json.dumps(stale), "{", ""):
        holder(store.path).write_text(text, encoding="utf-8")
        assert store.verify() is None
        begin(store, key=f"B1|{len(text)}|")
        assert not holder(store.path).exists()
    holder(store.path).write_text(json.dumps(stale), encoding="utf-8")
    assert store.rebuild() == []
    assert not holder(store.path).exists()
    holder(store.path).write_text(json.dumps(stale), encoding="utf-8")
    impatient = Store.open(store.path, wait=0.1)
    with store.change(TOWNSHIP, FOUND, "ledger assign"), pytest.raises(Failure) as failure:
        begin(impatient)
    code, text = told(failure.value)
    assert code == "E306"
    assert "赵敏" in text
    assert "旧人" not in text
    impatient.close()


def test_a_program_that_leaves_no_note_is_another_program(store: Store, path: Path) -> None:
    impatient = Store.open(path, wait=0.1)
    raw = sqlite3.connect(path, isolation_level=None)
    raw.execute("BEGIN EXCLUSIVE")
    for use in (lambda: begin(impatient), impatient.verify, impatient.head, lambda: Store.open(path, wait=0.1)):
        with pytest.raises(Failure) as failure:
            use()
        assert told(failure.value)[0] == "E307"
    raw.execute("ROLLBACK")
    raw.close()
    assert begin(impatient).version == 1
    impatient.close()


def test_a_reader_that_will_not_let_go_stops_a_commit_and_nothing_is_stored(store: Store, path: Path) -> None:
    begin(store)
    impatient = Store.open(path, wait=0.2)
    raw = sqlite3.connect(path, isolation_level=None)
    raw.execute("BEGIN")
    raw.execute("SELECT count(*) FROM events").fetchone()
    before = held(path)
    with pytest.raises(Failure) as failure:
        begin(impatient, key="B1|2|")
    assert told(failure.value)[0] == "E307"
    assert not impatient.connection.in_transaction
    raw.execute("COMMIT")
    raw.close()
    assert held(path) == before
    assert begin(impatient, key="B1|2|").version == 1
    impatient.close()


def test_a_note_is_gone_before_the_next_one_may_write(store: Store, path: Path) -> None:
    """Taking it away after letting go would take the next writer's note away."""
    second = Store.open(path, wait=0.1)
    commit = store.connection.execute

    class Slow:
        """A connection after whose commits somebody else comes first."""

        def __getattr__(self, name: str) -> Any:
            return getattr(real, name)

        def execute(self, sql: str, *values: Any) -> Any:
            done = commit(sql, *values)
            if sql in ("COMMIT", "ROLLBACK"):
                begun.append(second.change(OWNER, FOUND, "ledger submit"))
                begun[-1].__enter__()
            return done

    real, begun = store.connection, list[Any]()
    store.connection = Slow()  # type: ignore[assignment]
    for dry in (False, True):
        with store.change(COUNTY, FOUND, "ledger note", dry=dry):
            pass
        assert json.loads(holder(path).read_text(encoding="utf-8"))["name"] == OWNER.name
        begun[-1].__exit__(None, None, None)
    store.connection = real
    second.close()


def test_two_readings_of_one_issue_do_not_both_become_moves(store: Store, path: Path) -> None:
    """Who read an issue before somebody else moved it is refused: a change looks again at what it moves."""
    issue = begin(store)
    other = Store.open(path)
    assert do(other, issue, "register").number == "云台-2024-0001"
    with pytest.raises(Failure) as failure:
        do(store, issue, "register")
    assert told(failure.value)[0] == "E201"
    other.close()


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="no such signal here")
def test_a_killed_writers_half_change_is_rolled_back_by_the_next_reader(store: Store, path: Path, ready: Any) -> None:
    other = SPAWN.Process(target=_spill, args=(path, ready))
    other.start()
    assert ready.wait(30)
    journal = path.with_name(f"{path.name}-journal")
    os.kill(other.pid or 0, signal.SIGKILL)
    other.join(30)
    assert journal.stat().st_size > 512  # the file itself was half written
    before = store.head()
    assert store.rows() == []
    assert store.verify() is None
    assert store.head() == before
    assert not journal.exists()


def _spill(path: Path, ready: Any) -> None:
    store = Store.open(path)
    store.connection.execute("PRAGMA cache_size = 1")  # so that a change goes to the file before it ends
    with store.change(COUNTY, FOUND, "ledger open") as change:
        for number in range(300):
            begin_in(change, key=f"B1|{number}|")
        change.flush()
        ready.set()
        time.sleep(60)
