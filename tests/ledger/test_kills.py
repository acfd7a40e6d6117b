"""A process killed at any moment loses nothing that it had acknowledged and leaves nothing half written; the next one goes on from there.

Three hundred children are forked and killed: while they open a run, reconcile one, take a workbook over, and make one small change after
another. What each kind of work leads to is known beforehand, event by event, so a ledger after a kill is held against it hash by hash.
"""

import os
import random
import shutil
import signal
import statistics
import struct
import time
import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pytest
from exchange_ledgers import LATER, fill, make_ledger, send
from exchange_ledgers import TOWNSHIP as SENDER
from ledgers import COUNTY, TOWNSHIP, small_run

from evaluator.ledger.acts import act
from evaluator.ledger.events import Draft
from evaluator.ledger.opening import open_run
from evaluator.ledger.reconcile import reconcile
from evaluator.ledger.store import Store
from evaluator.ledger.workbooks.importing import import_workbooks

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="children are forked, so that a kill costs milliseconds")

KILLS = 75  # of each of the four kinds
DAY, NEXT = date(2024, 1, 5), date(2024, 7, 5)
Step = Callable[[Store], None]


@dataclass(frozen=True)
class Work:
    """A ledger to begin with and what is done to it, one change after the other. ``heads``: of the ledger before and after each."""

    base: Path
    steps: tuple[Step, ...]
    heads: tuple[tuple[int, str], ...]
    seconds: float  # that it takes a child


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("kills")


def prepared(folder: Path, name: str, store: Store, *steps: Step) -> Work:
    """Return the work with what it leads to; doing it here also warms what the children will use."""
    store.close()
    base = store.path
    path = folder / f"{name}.db"
    shutil.copy(base, path)
    with_ = Store.open(path)
    heads = [with_.head()]
    for step in steps:
        step(with_)
        heads.append(with_.head())
    with_.close()
    assert len(set(heads)) == len(steps) + 1
    times = []
    for _ in range(5):
        shutil.copy(base, path)
        began = time.perf_counter()
        assert killed(path, steps, None) == len(steps)
        times.append(time.perf_counter() - began)
    return Work(base, steps, tuple(heads), statistics.median(times))


@pytest.fixture(scope="module")
def works(folder: Path) -> dict[str, Work]:
    first = small_run(folder / "一.xlsx")
    second = small_run(folder / "二.xlsx", 12, 2, as_of=date(2024, 6, 30))

    def opening(store: Store) -> None:
        with store.change(COUNTY, DAY, "ledger open") as change:
            open_run(change, first)

    def reconciling(store: Store) -> None:
        with store.change(COUNTY, NEXT, "ledger reconcile") as change:
            reconcile(change, second, allow_mass_close=True)

    def importing(store: Store) -> None:
        assert import_workbooks(store, SENDER, LATER, [filled], write=True).applied

    def moving(row: str, action: str, **data: str) -> Step:
        def step(store: Store) -> None:
            with store.change(TOWNSHIP, DAY, f"ledger {action}") as change:
                change.add(Draft(row, "note", {"text": "先记一笔"}))
                act(change, change.issue(row), action, data)

        return step

    fresh = Store.create(folder / "空.db", "云台", COUNTY, DAY)
    opened = Store.create(folder / "已开.db", "云台", COUNTY, DAY)
    opening(opened)
    with opened.change(COUNTY, DAY, "test") as change:
        ids = [row.id for row in change.rows("NOT observed AND unit != ''")]
        for id_ in ids:
            act(change, change.issue(id_), "register", {})
    again = folder / "已立.db"
    shutil.copy(opened.path, again)
    sent = make_ledger(folder / "往来.db", 60)
    (out, *_) = [one for one in send(sent, folder / "发出") if one.rows == 40]
    filled = fill(folder / "发出" / out.file, {row: {"progress": f"已开展{row}次"} for row in range(40)}, target=folder / "回收.xlsx")
    moves = [moving(id_, "assign", person="陈立") for id_ in ids[:20]]
    return {
        "open": prepared(folder, "open", fresh, opening),
        "reconcile": prepared(folder, "reconcile", opened, reconciling),
        "import": prepared(folder, "import", sent, importing),
        "moves": prepared(folder, "moves", Store.open(again), *moves),
    }


def killed(path: Path, steps: tuple[Step, ...], delay: float | None, begin: Callable[[Path], Store] = Store.open) -> int:
    """Do the work in a child and kill it after a while, None being when all is done; return how many changes it had acknowledged."""
    ours, theirs = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            store = begin(path)
            store.connection.execute("PRAGMA cache_size = 5")  # so that small work goes to the file before it ends, as large work does
            for step in steps:
                step(store)
                os.write(theirs, struct.pack(">Q", store.head()[0]))
            os._exit(0)
        except BaseException:
            traceback.print_exc()
            os._exit(1)
    os.close(theirs)
    if delay is not None:
        time.sleep(delay)
        os.kill(child, signal.SIGKILL)
    status = os.waitpid(child, 0)[1]
    assert os.WIFSIGNALED(status) or os.WEXITSTATUS(status) == 0
    with os.fdopen(ours, "rb") as pipe:
        return len(pipe.read()) // 8


def moments(kind: str, seconds: float) -> Iterator[float | None]:
    """Yield when to kill: at once, at random moments of the time that the work takes and a little after it, and when all is done."""
    print(f"seeds: {kind}-0 to {kind}-{KILLS - 3}")
    yield 0.0
    for number in range(KILLS - 2):
        yield random.Random(f"{kind}-{number}").uniform(0, 1.2 * seconds)
    yield None


@pytest.fixture
def path(tmp_path: Path) -> Iterator[Path]:
    yield tmp_path / "台账.db"
    shutil.rmtree(tmp_path)


@pytest.mark.parametrize("kind", ["open", "reconcile", "import", "moves"])
def test_no_kill_loses_what_was_acknowledged_or_leaves_half_a_change(works: dict[str, Work], path: Path, kind: str) -> None:
    work = works[kind]
    reached, journals = [], 0
    for delay in moments(kind, work.seconds):
        shutil.copy(work.base, path)
        acknowledged = killed(path, work.steps, delay)
        journals += path.with_name(f"{path.name}-journal").exists()

        store = Store.open(path)
        assert store.verify() is None
        assert store.rebuild() == []
        done = work.heads.index(store.head())  # exactly as it stands after some whole change
        assert acknowledged <= done <= acknowledged + 1
        assert not path.with_name(f"{path.name}-journal").exists()

        for step in work.steps[done:]:  # the next ones go on as if nothing had been
            step(store)
        assert store.head() == work.heads[-1]
        assert store.rebuild() == []
        store.close()
        assert [one.name for one in path.parent.iterdir()] == [path.name]
        reached.append(done)
    counts = {n: reached.count(n) for n in sorted(set(reached))}
    print(f"{kind}: {work.seconds * 1000:.0f} ms of work; kills by changes done: {counts}; {journals} came while the file was written")
    assert (min(reached), max(reached)) == (0, len(work.steps))


def test_opening_is_all_or_nothing(works: dict[str, Work], path: Path) -> None:
    """What the hashes prove, said in issues: before the change there are none, after it all of the run's."""
    work = works["open"]
    counts = []
    for delay in list(moments("open", work.seconds))[-20:]:
        shutil.copy(work.base, path)
        killed(path, work.steps, delay)
        store = Store.open(path)
        counts.append(len(store.rows()))
        store.close()
    assert set(counts) <= {0, counts[-1]}
    assert counts[-1] > 50


def test_a_ledger_that_is_being_begun_is_there_whole_or_not_at_all(path: Path) -> None:
    def begin(path: Path) -> Store:
        return Store.create(path, "云台", COUNTY, DAY)

    began = time.perf_counter()
    assert killed(path, (), None, begin) == 0
    seconds = time.perf_counter() - began
    there = 0
    for number in range(60):
        path.unlink(missing_ok=True)
        killed(path, (), random.Random(f"begin-{number}").uniform(0, 1.2 * seconds), begin)
        there += path.exists()
        store = Store.open(path) if path.exists() else begin(path)
        assert store.book().prefix == "云台"
        assert store.head()[0] == 1
        assert store.verify() is None
        assert store.rebuild() == []
        store.close()
        path.with_name(f"{path.name}.holder").unlink(missing_ok=True)
        for left in path.parent.glob(".*"):
            assert left.name.startswith(f".{path.name}.part")
    print(f"begin: {seconds * 1000:.0f} ms; {there} of 60 were there")
