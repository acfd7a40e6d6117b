"""Ledgers that the tests of the core share: people, a synthetic issue, a ledger to open it in, small runs, and what a ledger holds."""

import shutil
import sqlite3
from collections.abc import Mapping
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import xlsxwriter

from evaluator.assess import Wanted, assess
from evaluator.diagnostics import Failure
from evaluator.ledger.acts import act
from evaluator.ledger.entries import ISSUE, Issue
from evaluator.ledger.events import Actor, Draft, Role
from evaluator.ledger.store import Change, Store
from evaluator.scoring.period import Period
from evaluator.scoring.results import Run

FOUND = date(2024, 1, 5)
WHO: dict[Role, Actor] = {
    "owner": Actor("王平", "青禾社区党支部", "owner"),
    "township": Actor("赵敏", "云台街道", "township"),
    "county": Actor("李晓", "县委组织部", "county"),
    "team": Actor("周远", "督查一组", "team"),
}
COUNTY, TOWNSHIP, OWNER, TEAM = WHO["county"], WHO["township"], WHO["owner"], WHO["team"]
TABLES = ("events", "entries", "flows", "book")
PACK, DIGEST = "trial", "d" * 64
DEADLINES: dict[str, Any] = {
    "D_30": {"label": {"zh": "30日内"}, "days": 30, "unit": "day", "from": "delivered"},
    "D_3": {"label": {"zh": "立行立改"}, "days": 3, "unit": "workday", "from": "delivered"},
}
BRANCHES = (("B1", "青禾社区党支部", "云台街道"), ("B2", "双塘社区党支部", "云台街道"), ("B3", "石桥社区党支部", "东亭街道"))
PAPER = {"name": "会议记录", "dated": "2024-01-20"}


def day(number: int) -> date:
    """Return the day so many days after the finding."""
    return FOUND + timedelta(days=number)


def cycle_told(**changes: Any) -> dict[str, Any]:
    """Return a cycle as an event holds it."""
    return {
        "no": 1, "state": "candidate", "found": str(FOUND), "source": "manual", "problem": "主题党日少开展2个月", "facts": "缺3月、4月",
        "unit": OWNER.unit, "person": OWNER.name, "leader": "何建", "measures": [{"text": "按月开展主题党日"}], "deadline": "D_30",
        **changes,
    }  # fmt: skip


def issue_told(cycle: Mapping[str, Any] | None = None, **changes: Any) -> dict[str, Any]:
    """Return the data of an ``open`` event; ``cycle`` changes its cycle."""
    return {
        "key": "B1|C1|", "number": "", "kind": "issue", "origin": "lost", "branch": "B1", "branch_name": OWNER.unit, "township": "云台街道",
        "pack": PACK, "item": "C1", "title": "主题党日按月开展", "basis": "", "fixable_by": "branch", "importance": "minor",
        "found": str(FOUND), "cycles": [cycle_told(**(cycle or {}))], **changes,
    }  # fmt: skip


def an_issue(cycle: Mapping[str, Any] | None = None, **changes: Any) -> Issue:
    """Return an issue that stands in no ledger."""
    return ISSUE.validate_python({"id": "e1", **issue_told(cycle, **changes)})


def new_ledger(path: Path, **rules: Any) -> Store:
    """Return a ledger that knows three branches and one pack, ``rules`` being what the pack says of the ledger."""
    store = Store.create(path, "云台", COUNTY, FOUND)
    with store.change(COUNTY, FOUND, "test") as change:
        told = [{"id": id_, "name": name, "township": township, "since": str(FOUND)} for id_, name, township in BRANCHES]
        change.add(Draft("", "branches", {"branches": told}))
        data = {"id": PACK, "version": "1", "title": "测试", "status": "adopted", "deadlines": DEADLINES, "rules": rules}
        change.add(Draft("", "pack", data, pack=DIGEST))
    return store


def begin_in(change: Change, cycle: Mapping[str, Any] | None = None, **changes: Any) -> Issue:
    made = change.add(Draft("", "open", {"issue": issue_told(cycle, **changes)}, pack=DIGEST, new=True))
    assert isinstance(made, Issue)
    return made


def begin(store: Store, cycle: Mapping[str, Any] | None = None, on: date = FOUND, **changes: Any) -> Issue:
    """Open an issue in a ledger; ``cycle`` and ``changes`` as for :func:`issue_told`."""
    with store.change(COUNTY, on, "test") as change:
        return begin_in(change, cycle, **changes)


def do(store: Store, issue: Issue, action: str, by: Actor = COUNTY, as_of: date = FOUND, /, **data: Any) -> Issue:
    """Make one move as a change of its own."""
    with store.change(by, as_of, f"ledger {action}") as change:
        return act(change, change.issue(issue.id), action, data)


def refused(store: Store, issue: Issue, action: str, by: Actor = COUNTY, as_of: date = FOUND, /, **data: Any) -> list[str]:
    """Try a move; return the codes of why it is refused, [] where it is not. Nothing is stored either way."""
    try:
        with store.change(by, as_of, f"ledger {action}", dry=True) as change:
            act(change, change.issue(issue.id), action, data)
    except Failure as failure:
        return [finding.code for finding in failure.findings]
    return []


def rectifying(store: Store, cycle: Mapping[str, Any] | None = None, **changes: Any) -> Issue:
    """Return an issue that was registered and assigned on the day of its finding and delivered three days later."""
    issue = do(store, begin(store, cycle, **changes), "register")
    issue = do(store, issue, "assign", TOWNSHIP)
    return do(store, issue, "deliver", TOWNSHIP, day(3), on=str(day(3)))


def submitted(store: Store, issue: Issue, done: int = 20, told: int = 22, **data: Any) -> Issue:
    """Submit an issue as done on day ``done``, told on day ``told``, with a paper of day 15."""
    more = {"done_on": str(day(done)), "text": "已补齐", "papers": [PAPER], **data}
    return do(store, issue, "submit", OWNER, day(told), **more)


def closed(store: Store, issue: Issue, on: int = 25, by: Actor = TOWNSHIP, **data: Any) -> Issue:
    return do(store, issue, "accept", by, day(on), **{"outcome": "full", "method": "papers", "opinion": "属实", **data})


def code_of(failure: Failure) -> str:
    """Return the code of the one finding of a failure."""
    (finding,) = failure.findings
    assert finding.message("zh")
    assert finding.message("en")
    return finding.code


def held(path: Path) -> dict[str, list[tuple[Any, ...]]]:
    """Return every row of every table of a ledger, read without the store."""
    raw = sqlite3.connect(path)
    try:
        return {name: raw.execute(f"SELECT rowid, * FROM {name} ORDER BY rowid").fetchall() for name in TABLES}
    finally:
        raw.close()


def tampered(path: Path, target: Path, *statements: str) -> Path:
    """Return a copy of a ledger on which somebody has run SQL after taking its guards away."""
    shutil.copy(path, target)
    raw = sqlite3.connect(target)
    raw.executescript("DROP TRIGGER events_stay; DROP TRIGGER events_remain;" + ";".join(statements))
    raw.commit()
    raw.close()
    return target


def small_run(path: Path, months: int = 9, meetings: int = 3, branches: int = 4, as_of: date = date(2023, 12, 31)) -> Run:
    """Score a workbook of a few communities; with 12 months and 4 meetings, two of their issues are gone."""
    book = xlsxwriter.Workbook(path)
    sheet = book.add_worksheet("证据")
    rows = [[f"B{n}", f"双塘{n}社区", "社区", months, meetings] for n in range(1, branches + 1)]
    for number, row in enumerate([["支部编码", "支部名称", "区域类型", "开展主题党日的月份数", "支部党员大会次数"], *rows]):
        sheet.write_row(number, 0, row)
    book.close()
    return assess(Wanted((path,), ("five-star-urban",), Period(date(as_of.year, 1, 1), as_of, as_of), second_count=0)).run
