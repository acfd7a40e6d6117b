"""How long a ledger takes to open, reconcile, list and export, as ratios to writing as many plain rows into SQLite.

Usage: python benchmarks/ledger.py [ISSUES]   (100,000 open issues by default; memory is that of the whole process)
"""

import os
import resource
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path

from evaluator import data_dir
from evaluator.assess import Wanted, assess
from evaluator.evidence.records import Register
from evaluator.ledger.events import Actor
from evaluator.ledger.issues import issue_key
from evaluator.ledger.opening import open_run
from evaluator.ledger.reconcile import reconcile
from evaluator.ledger.store import Store
from evaluator.scoring.period import parse_period
from evaluator.scoring.results import Run

ACTOR = Actor("计时", "县委组织部", "county")
FIRST, SECOND = date(2024, 1, 5), date(2024, 4, 5)


def grown(run: Run, issues: int) -> Run:
    """Return the run with its branches repeated under other ids until it has so many issues."""
    own = [one for one in run.issues if one.pack == "five-star-urban"]
    copies = -(-issues // len(own))
    branches, register, criteria, found = [], [], [], []
    for copy in range(copies):
        renamed = {branch.id: f"{branch.id}-{copy:04d}" for branch in run.register.branches}
        register += [replace(one, id=renamed[one.id], name=f"{one.name}{copy}") for one in run.register.branches]
        branches += [replace(one, branch_id=renamed[one.branch_id], name=f"{one.name}{copy}") for one in run.branches]
        criteria += [replace(one, branch_id=renamed[one.branch_id]) for one in run.criteria]
        for one in own:
            id_ = renamed[one.branch_id]
            locus = one.issue_key[len(issue_key(one.branch_id, one.criterion)) :]
            found.append(replace(one, branch_id=id_, issue_key=issue_key(id_, one.criterion) + locus))
    # No limit for a branch, so that all of them are open.
    packs = tuple(pack.model_copy(update={"ledger": pack.ledger.model_copy(update={"branch_limit": 1000})}) for pack in run.packs)
    info = replace(run.info, table_digest=run.info.table_digest[::-1])
    return replace(
        run, info=info, packs=packs, register=Register(tuple(register)), branches=tuple(branches), criteria=tuple(criteria),
        issues=tuple(found[:issues]), findings=(),
    )  # fmt: skip


def main(issues: int) -> None:
    with tempfile.TemporaryDirectory() as home:
        book = data_dir("examples") / "communities-2023.xlsx"
        made = assess(Wanted((book,), ("five-star-urban",), parse_period("2023", date(2023, 12, 31)), second_count=0))
        run = grown(made.run, issues)
        path = Path(home) / "ledger.db"
        baseline = timed(lambda: plain_rows(Path(home) / "plain.db", issues))
        print(f"{issues:,} issues; as many plain rows into SQLite: {baseline:.2f} s (the baseline)")

        def told(name: str, work: Callable[[], object]) -> None:
            took = timed(work)
            memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
            print(f"  {name:<26} {took:7.2f} s  {took / baseline:7.1f} x  {memory:6,} MB at most so far")

        store = Store.create(path, "云山", ACTOR, FIRST)
        told("open", lambda: opened(store, run))
        later = replace(run, info=replace(run.info, as_of=date(2024, 3, 31), table_digest=made.run.info.table_digest))
        told("reconcile --apply", lambda: reconciled(store, later))
        told("reconcile, the same again", lambda: reconciled(store, later))
        told("verify", store.verify)
        store.close()
        told("list with a filter", lambda: command("list", "--township", "云台街道", "--light", "waiting", "--ledger", str(path)))
        few = Path(home) / "few.db"
        small = Store.create(few, "云山", ACTOR, FIRST)
        opened(small, grown(made.run, min(issues, 10_000)))
        small.close()
        out = ("--by", "township", "--for-role", "county", "--out", str(Path(home) / "out"))
        told("export 10,000 rows", lambda: command("export", *out, "--ledger", str(few)))


def opened(store: Store, run: Run) -> None:
    with store.change(ACTOR, FIRST, "open") as change:
        open_run(change, run)


def reconciled(store: Store, run: Run) -> None:
    with store.change(ACTOR, SECOND, "reconcile") as change:
        reconcile(change, run)


def plain_rows(path: Path, count: int) -> None:
    database = sqlite3.connect(path)
    database.execute("CREATE TABLE plain (id INTEGER PRIMARY KEY, text TEXT)")
    with database:
        database.executemany("INSERT INTO plain (text) VALUES (?)", (("主题党日按月开展" * 40,) for _ in range(count)))
    database.close()


def command(*arguments: str) -> None:
    """Run a command as a user does, start-up included."""
    who = {"STARBRANCH_ACTOR": ACTOR.name, "STARBRANCH_UNIT": ACTOR.unit, "STARBRANCH_ROLE": ACTOR.role, "STARBRANCH_AS_OF": str(SECOND)}
    subprocess.run([sys.executable, "-m", "cli", "ledger", *arguments], check=True, stdout=subprocess.DEVNULL, env={**os.environ, **who})


def timed(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000)
