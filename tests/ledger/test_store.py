"""The file of a ledger: its chain tells what was changed, its tables can be made anew, and what goes wrong leaves nothing half done."""

import json
import os
import random
import shutil
import sqlite3
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import pytest
from ledgers import (
    COUNTY,
    FOUND,
    OWNER,
    PACK,
    TOWNSHIP,
    begin,
    begin_in,
    closed,
    code_of,
    day,
    do,
    held,
    new_ledger,
    rectifying,
    submitted,
    tampered,
)

from evaluator.diagnostics import Failure
from evaluator.ledger.acts import act
from evaluator.ledger.book import replay_book
from evaluator.ledger.branches import Heir, merge, rename
from evaluator.ledger.calendar import published
from evaluator.ledger.dates import suspend
from evaluator.ledger.events import START, Actor, Draft, Event, canonical, chained
from evaluator.ledger.store import SCHEMA, Broken, Store
from evaluator.ledger.written import exported


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "台账.db"


@pytest.fixture
def store(path: Path) -> Iterator[Store]:
    made = new_ledger(path)
    yield made
    made.close()


def lively(store: Store) -> None:
    """Let a good deal happen: closings, a relapse, an extension, a suspension, a branch renamed and two merged, a transfer."""
    first = closed(store, submitted(store, rectifying(store)))
    do(store, first, "lookback", COUNTY, day(40), result="relapsed", text="又缺两月")
    second = rectifying(store, key="B2|C1|", branch="B2", branch_name="双塘社区党支部")
    do(store, second, "extend", OWNER, day(10), due=str(day(50)), text="等材料")
    do(store, second, "decide", COUNTY, day(11), decision="granted", document="云组〔2024〕1号")
    third = begin(store, key="B3|C1|", branch="B3", branch_name="石桥社区党支部", township="东亭街道")
    do(store, third, "transfer", COUNTY, to="县住建局", receipt="收2024-3")
    begin(store, key="B3|C2|", branch="B3", branch_name="石桥社区党支部", township="东亭街道", observed=True)
    with store.change(COUNTY, day(60), "test") as change:
        suspend(change, "云汛〔2024〕2号", day(12), day(16), {"township": "云台街道"}, "防汛", published())
        rename(change, "B3", "石桥社区党委", "云组〔2024〕5号")
        merge(change, ["B1", "B2"], Heir("B9", "双禾社区党委"), "云组〔2024〕6号")


# --- the chain ----------------------------------------------------------------


def test_a_chain_that_nobody_touched_is_whole(store: Store) -> None:
    lively(store)
    assert store.verify() is None
    seq, head = store.head()
    assert seq == len(list(store.events())) > 20
    assert list(store.events())[-1].hash == head


EVERY = "UPDATE events SET {column} = {value} WHERE seq = 7"


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("entry", "'e9'"),
        ("action", "'note'"),
        ("as_of", "'2024-01-06'"),
        ("as_of", "'yesterday'"),
        ("name", "'王平'"),
        ("unit", "'县纪委'"),
        ("role", "'owner'"),
        ("reason", "'补'"),
        ("data", "data || ' '"),
        ("data", "'{'"),
        ("data", "x'00'"),
        ("pack", "'e'"),
        ("tool", "'starbranch 9'"),
        ("hash", "'" + "a" * 64 + "'"),
    ],
)
def test_whatever_is_changed_in_an_event_is_named(store: Store, tmp_path: Path, column: str, value: str) -> None:
    lively(store)
    before = Store.open(tampered(store.path, tmp_path / "same.db"))
    assert before.verify() is None  # taking the guards away alone changes nothing
    before.close()
    copy = Store.open(tampered(store.path, tmp_path / "copy.db", EVERY.format(column=column, value=value)))
    assert copy.verify() == Broken(7, "changed")
    copy.close()


def test_a_deleted_event_is_named(store: Store, tmp_path: Path) -> None:
    lively(store)
    copy = Store.open(tampered(store.path, tmp_path / "copy.db", "DELETE FROM events WHERE seq = 9"))
    assert copy.verify() == Broken(9, "gap")
    copy.close()


def test_a_deleted_event_whose_number_is_closed_up_is_named(store: Store, tmp_path: Path) -> None:
    lively(store)
    closing_up = ("UPDATE events SET seq = 1 - seq WHERE seq > 9", "UPDATE events SET seq = -seq WHERE seq < 0")
    copy = Store.open(tampered(store.path, tmp_path / "copy.db", "DELETE FROM events WHERE seq = 9", *closing_up))
    assert copy.verify() == Broken(9, "changed")
    copy.close()


PUT = "INSERT INTO events SELECT {seq}, entry, action, as_of, name, unit, role, reason, data, pack, tool, hash FROM events WHERE seq = 8"


@pytest.mark.parametrize(("seq", "named"), [(0, 0), (-3, -3), (1000, None)])
def test_an_event_put_in_is_named(store: Store, tmp_path: Path, seq: int, named: int | None) -> None:
    lively(store)
    last = store.head()[0]
    copy = Store.open(tampered(store.path, tmp_path / "copy.db", PUT.format(seq=seq)))
    assert copy.verify() == (Broken(last + 1, "gap") if named is None else Broken(named, "changed"))
    copy.close()


def test_an_event_put_at_the_end_is_named(store: Store, tmp_path: Path) -> None:
    lively(store)
    last = store.head()[0]
    copy = Store.open(tampered(store.path, tmp_path / "copy.db", PUT.format(seq=last + 1)))
    assert copy.verify() == Broken(last + 1, "changed")
    copy.close()


def test_a_tail_cut_off_shows_in_the_head_and_in_the_tables(store: Store, tmp_path: Path) -> None:
    """The chain alone cannot know what came after it: signed paper holds the head, and the tables know how much came of it."""
    lively(store)
    copy = Store.open(tampered(store.path, tmp_path / "copy.db", f"DELETE FROM events WHERE seq > {store.head()[0] - 2}"))
    assert (broken := copy.verify()) is not None
    assert (broken.seq, broken.why) == (store.head()[0] - 1, "gap")
    assert copy.head() != store.head()
    assert "entries" in copy.rebuild()
    copy.close()


def test_the_file_itself_refuses_changes_of_events(store: Store, path: Path) -> None:
    begin(store)
    raw = sqlite3.connect(path)
    for statement in ("UPDATE events SET name = 'x'", "DELETE FROM events"):
        with pytest.raises(sqlite3.IntegrityError):
            raw.execute(statement)
    raw.close()


# --- the tables ---------------------------------------------------------------


def test_rebuilding_gives_the_same_tables_row_for_row(store: Store, path: Path) -> None:
    lively(store)
    before = held(path)
    assert store.rebuild() == []
    assert held(path) == before


@pytest.mark.parametrize(
    ("statement", "table"),
    [
        ("UPDATE entries SET state = 'closed' WHERE id = 'e4'", "entries"),
        ("UPDATE entries SET doc = replace(doc, '何建', '何健')", "entries"),
        ("DELETE FROM entries WHERE id = 'e4'", "entries"),
        ("UPDATE entries SET rowid = rowid + 100 WHERE id = 'e4'", "entries"),
        ("DELETE FROM flows WHERE rowid = 2", "flows"),
        ("INSERT INTO flows SELECT * FROM flows WHERE rowid = 1", "flows"),
        ("UPDATE book SET doc = replace(doc, '石桥', '双桥')", "book"),
        ("INSERT INTO book SELECT * FROM book", "book"),
    ],
)
def test_rebuilding_names_and_mends_a_table_that_was_tampered_with(store: Store, tmp_path: Path, statement: str, table: str) -> None:
    lively(store)
    good = held(store.path)
    copy = Store.open(tampered(store.path, tmp_path / "copy.db", statement))
    assert held(copy.path) != good
    assert copy.rebuild() == [table]
    assert held(copy.path) == good
    assert copy.rebuild() == []
    copy.close()


def test_rebuilding_what_cannot_be_replayed_changes_nothing(store: Store, tmp_path: Path) -> None:
    lively(store)
    copy = Store.open(tampered(store.path, tmp_path / "copy.db", "UPDATE events SET action = 'fly' WHERE seq = 7"))
    before = held(copy.path)
    with pytest.raises(Failure) as failure:
        copy.rebuild()
    assert code_of(failure.value) == "E312"
    assert "第 7 条" in failure.value.findings[0].message("zh")
    assert held(copy.path) == before
    copy.close()


def test_an_event_that_this_version_cannot_replay_is_named_and_changes_nothing(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    lively(store)
    before = held(store.path)

    def lost(*_: object) -> None:
        raise KeyError("fly")

    monkeypatch.setattr("evaluator.ledger.store.replay", lost)
    with pytest.raises(Failure) as failure:
        store.rebuild()
    assert code_of(failure.value) == "E309"
    assert "event " in failure.value.findings[0].message("zh")
    assert held(store.path) == before


def test_a_change_of_more_entries_than_fit_in_memory_is_one_change(store: Store, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("evaluator.ledger.store.BATCH", 3)
    with store.change(COUNTY, FOUND, "test") as change:
        made = [begin_in(change, key=f"B1|C{n}|") for n in range(10)]
        for issue in (*made, *made[::-1]):
            change.add(Draft(issue.id, "note", {"text": issue.id}))
    assert [issue.id for issue in store.entries()] == [issue.id for issue in made]
    assert {issue.version for issue in store.entries()} == {3}
    assert store.verify() is None
    assert store.rebuild() == []


# --- copies -------------------------------------------------------------------


def _writes(path: Path, count: int) -> None:
    store = Store.open(path)
    for number in range(count):
        with store.change(TOWNSHIP, FOUND, "test") as change:
            begin_in(change, key=f"B2|{number}|")
            change.add(Draft("e4", "note", {"text": str(number)}))
        time.sleep(0.01)  # so that some backups fall between two changes on any machine
    store.close()


def test_a_backup_is_whole_while_another_process_writes(store: Store, tmp_path: Path) -> None:
    begin(store)
    first = store.head()[0]
    writer = get_context("spawn").Process(target=_writes, args=(store.path, 60))
    writer.start()
    heads = []
    while writer.is_alive() or not heads:
        target = tmp_path / f"copy{len(heads)}.db"
        store.backup(target)
        copy = Store.open(target)
        assert copy.verify() is None
        assert copy.rebuild() == []
        heads.append(copy.head())
        copy.close()
    writer.join()
    assert writer.exitcode == 0
    assert store.head()[0] == first + 120
    assert len(set(heads)) > 2  # some were made between two of its changes
    assert {(seq - first) % 2 for seq, _ in heads} == {0}  # and none within one
    chain = {event.seq: event.hash for event in store.events()}
    assert all(chain[seq] == head for seq, head in heads)
    assert not list(tmp_path.glob(".*"))


def test_a_backup_never_writes_over_a_file(store: Store, tmp_path: Path) -> None:
    target = tmp_path / "有了.db"
    target.write_text("我的", encoding="utf-8")
    with pytest.raises(Failure) as failure:
        store.backup(target)
    assert code_of(failure.value) == "E301"
    assert target.read_text(encoding="utf-8") == "我的"


def test_a_backup_heeds_nothing_that_a_killed_one_left(store: Store, tmp_path: Path) -> None:
    begin(store)
    (tmp_path / ".copy.db.part").write_bytes(b"x" * 5000)
    (tmp_path / ".copy.db.part-journal").write_bytes(b"\xd9\xd5\x05\xf9\x20\xa1\x63\xd7" + b"\0" * 2000)
    (tmp_path / "copy.db-journal").write_bytes(b"\xd9\xd5\x05\xf9\x20\xa1\x63\xd7" + b"\0" * 2000)
    store.backup(tmp_path / "copy.db")
    copy = Store.open(tmp_path / "copy.db")
    assert copy.head() == store.head()
    copy.close()
    assert sorted(one.name for one in tmp_path.iterdir()) == ["copy.db", "台账.db"]


def test_events_come_back_from_json_lines(store: Store, tmp_path: Path) -> None:
    """A ledger whose only remains are exported lines is made again from them, to the last row and the same head."""
    lively(store)
    lines = [json.dumps(exported(event), ensure_ascii=False) for event in store.events()]
    assert "云汛〔2024〕2号" in "".join(lines)
    again = Store.create(tmp_path / "again.db", "x", COUNTY, FOUND)
    again.close()
    raw = sqlite3.connect(tmp_path / "again.db")
    raw.executescript("DROP TRIGGER events_stay; DROP TRIGGER events_remain; DELETE FROM events;")
    previous = START
    for line in lines:
        told = json.loads(line)
        event = Event(**{**told, "actor": Actor(**told["actor"]), "as_of": date.fromisoformat(told["as_of"])})
        who, data = event.actor, canonical(event.data)
        assert chained(previous, event, data) == event.hash
        previous = event.hash
        row = (event.seq, event.entry, event.action, str(event.as_of), who.name, who.unit, who.role, event.reason, data, event.pack)
        raw.execute(f"INSERT INTO events VALUES ({', '.join('?' * 12)})", (*row, event.tool, event.hash))
    raw.commit()
    raw.close()
    again = Store.open(tmp_path / "again.db")
    again.rebuild()
    assert again.verify() is None
    assert again.head() == store.head()
    assert held(again.path) == held(store.path)
    again.close()


# --- files that are none ------------------------------------------------------


def opened(path: Path) -> Failure:
    with pytest.raises(Failure) as failure:
        Store.open(path)
    return failure.value


def created(path: Path) -> Failure:
    with pytest.raises(Failure) as failure:
        Store.create(path, "云台", COUNTY, FOUND)
    return failure.value


def test_a_missing_file(tmp_path: Path) -> None:
    assert code_of(opened(tmp_path / "没有.db")) == "E302"
    assert code_of(opened(tmp_path)) == "E302"
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04" + b"x" * 5000, "支部,问题\n".encode() * 300])
def test_what_is_no_ledger(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    assert code_of(opened(path)) == "E303"
    assert path.read_bytes() == content
    assert code_of(created(path)) == "E301"
    assert path.read_bytes() == content


def test_another_programs_database(path: Path) -> None:
    raw = sqlite3.connect(path)
    raw.executescript("CREATE TABLE events (seq); CREATE TABLE entries (id); CREATE TABLE book (doc);")
    raw.close()
    assert code_of(opened(path)) == "E303"


def test_a_ledger_of_a_newer_version(store: Store, path: Path) -> None:
    raw = sqlite3.connect(path)
    raw.execute(f"PRAGMA user_version = {SCHEMA + 1}")
    raw.close()
    failure = opened(path)
    assert code_of(failure) == "E304"
    assert str(SCHEMA + 1) in failure.findings[0].message("zh")


def test_a_ledger_that_is_damaged(store: Store, path: Path) -> None:
    lively(store)
    store.close()
    whole = path.read_bytes()
    path.write_bytes(whole[:4096] + random.Random(1).randbytes(len(whole) - 4096))
    damaged = Store.open(path)
    with pytest.raises(Failure) as failure:
        damaged.verify()
    assert code_of(failure.value) == "E309"
    damaged.close()


def test_a_folder_that_is_not_there(store: Store, tmp_path: Path) -> None:
    failure = created(tmp_path / "没有" / "台账.db")
    assert code_of(failure) == "E305"
    assert "路径不存在" in failure.findings[0].message("zh")
    with pytest.raises(Failure) as other:
        store.backup(tmp_path / "没有" / "备份.db")
    assert code_of(other.value) == "E305"
    assert code_of(created(store.path / "台账.db")) == "E305"  # below a file


@pytest.mark.skipif(not Path("/proc/version").is_file(), reason="only Linux has /proc")
def test_a_folder_in_which_nobody_can_write(store: Store) -> None:
    failure = created(Path("/proc/台账.db"))
    assert code_of(failure) in ("E305", "E310")
    assert code_of(opened(Path("/proc/version"))) in ("E303", "E309")
    with pytest.raises(Failure) as other:
        store.backup(Path("/proc/备份.db"))
    assert code_of(other.value) in ("E305", "E310")


def test_a_read_only_file_can_be_read_and_not_written(store: Store, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    issue = begin(store)
    store.close()
    before = path.read_bytes()
    monkeypatch.setattr(os, "access", lambda *_: False)
    closed_to_us = Store.open(path)
    assert closed_to_us.verify() is None
    assert closed_to_us.entry(issue.id) == issue
    for write in (lambda: do(closed_to_us, issue, "register"), closed_to_us.rebuild):
        with pytest.raises(Failure) as failure:
            write()
        assert code_of(failure.value) == "E310"
    closed_to_us.close()
    assert path.read_bytes() == before
    assert [one.name for one in path.parent.iterdir()] == [path.name]


def many(store: Store, count: int) -> None:
    with store.change(COUNTY, FOUND, "test") as change:
        for number in range(count):
            begin_in(change, key=f"B1|{number}|")


def test_a_full_disk_is_a_sentence_and_nothing_is_stored(store: Store, path: Path) -> None:
    begin(store)
    before, head = held(path), store.head()
    pages = store.connection.execute("PRAGMA page_count").fetchone()[0]
    store.connection.execute(f"PRAGMA max_page_count = {pages + 3}")
    with pytest.raises(Failure) as failure:
        many(store, 400)
    assert code_of(failure.value) == "E308"
    assert not store.connection.in_transaction
    assert (held(path), store.head()) == (before, head)
    assert [one.name for one in path.parent.iterdir()] == [path.name]
    store.connection.execute("PRAGMA max_page_count = 1000000")
    begin(store, key="B1|next|")  # there is room again
    assert store.verify() is None
    assert store.rebuild() == []


def test_a_medium_that_fails_is_not_called_a_damaged_ledger(store: Store, path: Path) -> None:
    """A quota, or a stick that was pulled out: the last backup would be the wrong advice."""
    resource = pytest.importorskip("resource")
    before = held(path)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (path.stat().st_size + 8192, hard))
    try:
        with pytest.raises(Failure) as failure:
            many(store, 400)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert code_of(failure.value) == "E305"
    assert held(path) == before
    many(store, 400)
    assert store.verify() is None
    assert store.rebuild() == []


def test_a_disk_that_fills_while_tables_are_rebuilt(store: Store, path: Path) -> None:
    many(store, 100)
    store.close()
    raw = sqlite3.connect(path, isolation_level=None)
    raw.execute("DELETE FROM entries")
    raw.execute("VACUUM")
    raw.close()
    before = held(path)
    again = Store.open(path)
    again.connection.execute(f"PRAGMA max_page_count = {again.connection.execute('PRAGMA page_count').fetchone()[0] + 1}")
    with pytest.raises(Failure) as failure:
        again.rebuild()
    assert code_of(failure.value) == "E308"
    assert held(path) == before
    again.connection.execute("PRAGMA max_page_count = 1000000")
    assert again.rebuild() == ["entries"]
    again.close()


def test_a_ledger_is_begun_whole_or_not_at_all(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever begins one and is stopped can begin it again."""

    def stopped(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr("evaluator.ledger.store.replay_book", stopped)
        with pytest.raises(KeyboardInterrupt):
            Store.create(path, "云台", COUNTY, FOUND)
    assert not list(path.parent.iterdir())
    made = Store.create(path, "云台", COUNTY, FOUND)
    assert made.book().prefix == "云台"
    made.close()
    assert [one.name for one in path.parent.iterdir()] == [path.name]


def test_a_ledger_takes_no_journal_of_one_that_was_deleted(store: Store, path: Path, tmp_path: Path) -> None:
    """A journal of a killed process that outlived its ledger would be rolled back into the new one of that name."""
    store.close()
    raw = sqlite3.connect(path, isolation_level=None)
    raw.executescript("PRAGMA cache_size = 1; BEGIN IMMEDIATE; CREATE TABLE big (x);")
    raw.executemany("INSERT INTO big VALUES (?)", [("x" * 50,)] * 9000)
    shutil.copy(tmp_path / f"{path.name}-journal", tmp_path / "hot")
    raw.execute("ROLLBACK")
    raw.close()
    assert (tmp_path / "hot").stat().st_size > 512
    path.unlink()
    (tmp_path / "hot").rename(tmp_path / f"{path.name}-journal")
    made = Store.create(path, "双塘", COUNTY, FOUND)
    assert made.book().prefix == "双塘"
    assert made.head()[0] == 1
    assert made.verify() is None
    made.close()


# --- changes ------------------------------------------------------------------


def test_a_dry_change_stores_nothing(store: Store, path: Path) -> None:
    issue = begin(store)
    before = held(path)
    with store.change(COUNTY, FOUND, "test", dry=True) as change:
        moved = act(change, change.issue(issue.id), "register", {})
        assert (moved.state, moved.number) == ("registered", "云台-2024-0001")
        assert change.rows("number = ?", (moved.number,))[0].state == "registered"
    assert held(path) == before
    assert do(store, issue, "register").number == "云台-2024-0001"


@pytest.mark.parametrize("raised", [ValueError, KeyboardInterrupt, Failure])
def test_an_exception_within_a_change_stores_nothing(store: Store, path: Path, raised: Any) -> None:
    issue = begin(store)
    before = held(path)
    problem = Failure([]) if raised is Failure else raised()

    def changed() -> None:
        with store.change(COUNTY, FOUND, "test") as change:
            act(change, change.issue(issue.id), "register", {})
            change.flush()
            begin_in(change, key="B2|C1|")
            raise problem

    with pytest.raises(raised):
        changed()
    assert held(path) == before
    assert not store.connection.in_transaction
    assert [one.name for one in path.parent.iterdir()] == [path.name]
    assert do(store, issue, "register").state == "registered"


def test_what_a_change_adds_is_seen_within_it_and_after_it(store: Store) -> None:
    with store.change(COUNTY, FOUND, "test") as change:
        first = change.first
        issue = begin_in(change)
        assert change.issue(issue.id) == issue
        with pytest.raises(KeyError):
            change.issue("e999")
        assert [row.id for row in change.rows("state = 'candidate'")] == [issue.id]
        act(change, issue, "register", {})
        assert [row.id for row in change.rows("state = 'candidate'")] == []
    assert [event.action for event in store.events(after=first - 1)] == ["open", "register"]
    assert [event.action for event in store.events(issue.id)] == ["open", "register"]
    assert store.entry(issue.id).version == 2


def test_a_text_of_any_kind_is_kept_as_it_was(store: Store) -> None:
    issue = begin(store)
    text = "“引号” '单' \"双\" \\ 换\n行 \u2028 \x00 😀 =1+1"
    do(store, issue, "note", OWNER, text=text)
    found = store.entry(issue.id)
    assert [line.text for line in found.notes] == [text]  # type: ignore[union-attr]
    assert store.verify() is None
    assert store.rebuild() == []


def test_the_book_is_replayed_from_its_events_alone(store: Store) -> None:
    lively(store)
    empty = replace(store.book(), id="", prefix="", packs={}, current={}, serials={}, branches={}, suspensions=(), runs=())
    book = empty
    for event in store.events():
        book = replay_book(book, event)
    assert book == store.book() != empty
    assert book.current == {PACK: "d" * 64}
