"""Ledgers with issues to send out, and workbooks of them as people fill them in."""

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl

from evaluator.ledger.acts import act
from evaluator.ledger.entries import Issue
from evaluator.ledger.events import Actor, Draft
from evaluator.ledger.store import Store
from evaluator.ledger.workbooks.contract import label
from evaluator.ledger.workbooks.exporting import Sent, export_workbooks
from evaluator.ledger.workbooks.importing import Imported, import_workbooks

COUNTY = Actor("周敏", "县委组织部", "county")
TOWNSHIP = Actor("陈立", "云台街道", "township")
OWNER = Actor("高翔", "青禾社区", "owner")
FOUND, SENT, LATER = date(2024, 5, 6), date(2024, 5, 13), date(2024, 5, 27)
BRANCHES = (("B1", "青禾社区", "云台街道"), ("B2", "双塘社区", "云台街道"), ("B3", "石桥社区", "双塘镇"))


def open_issue(branch: tuple[str, str, str], item: str, **changes: Any) -> dict[str, Any]:
    """Return the data of an ``open`` event."""
    id_, name, township = branch
    cycle = {
        "no": 1,
        "state": "candidate",
        "found": str(FOUND),
        "source": "run",
        "problem": f"{name}:主题党日少开展2个月({item})",
        "facts": "缺3月、4月",
        "unit": name,
        "person": "高翔",
        "leader": "何建",
        "measures": [{"text": "按月开展主题党日"}, {"text": "补齐会议记录"}],
        "deadline": "immediate",
    }
    issue = {
        "key": f"{id_}|{item}|",
        "number": "",
        "kind": "issue",
        "origin": "lost",
        "branch": id_,
        "branch_name": name,
        "township": township,
        "pack": "p",
        "item": item,
        "title": "主题党日按月开展",
        "basis": "",
        "fixable_by": "branch",
        "importance": "minor",
        "found": str(FOUND),
    }
    told = {name: changes.pop(name) for name in list(changes) if name in issue}
    return {**issue, **told, "cycles": [{**cycle, **changes}]}


def make_ledger(path: Path, issues: int = 3, *, stage: str = "rectifying", **changes: Any) -> Store:
    """Return a ledger of issues, one branch after the other; ``stage``: candidate, registered, or rectifying."""
    store = Store.create(path, "云山", COUNTY, FOUND)
    with store.change(COUNTY, FOUND, "test") as change:
        told = [{"id": id_, "name": name, "township": township, "since": str(FOUND)} for id_, name, township in BRANCHES]
        change.add(Draft("", "branches", {"branches": told}))
        rules = {"slips": [], "basis": [], "numbers": {}}
        deadlines = {"immediate": {"label": {"zh": "立行立改"}, "days": 30, "unit": "day", "from": "delivered"}}
        data = {"id": "p", "version": "1", "title": "测试", "status": "adopted", "deadlines": deadlines, "rules": rules}
        change.add(Draft("", "pack", data, pack="d" * 64))
        for n in range(issues):
            data = open_issue(BRANCHES[n % len(BRANCHES)], f"ZB-{n + 1:02d}", **changes)
            issue = change.add(Draft("", "open", {"issue": data}, new=True))
            assert isinstance(issue, Issue)
            if stage != "candidate":
                issue = act(change, issue, "register", {})
            if stage == "rectifying":
                act(change, issue, "assign", {})
    return store


def issues(store: Store) -> list[Issue]:
    return [one for one in store.entries() if isinstance(one, Issue)]


def send(store: Store, out: Path, **told: Any) -> list[Sent]:
    return export_workbooks(store, COUNTY, SENT, out, **{"by": "township", **told})


def fill(path: Path, rows: Mapping[int, Mapping[str, Any]], *, by: str = "高翔", target: Path | None = None) -> Path:
    """Write values into rows of a workbook, counted from 0 below its header, columns by name; sign each; return the file saved."""
    book = openpyxl.load_workbook(path)
    sheet = book.worksheets[0]
    header, columns = header_of(sheet)
    for row, told in rows.items():
        for name, value in told.items():
            sheet.cell(header + 1 + row, columns[name]).value = value
        if by:
            sheet.cell(header + 1 + row, columns["filled_by"]).value = by
    target = target or path
    book.save(target)
    return target


def header_of(sheet: Any) -> tuple[int, dict[str, int]]:
    """Return the row of the header and the columns by name, both from 1."""
    titles = {label(name): name for name in NAMES}
    for row in sheet.iter_rows(max_row=20):
        if any(cell.value == label("number") for cell in row):
            return row[0].row, {titles.get(cell.value, cell.value): cell.column for cell in row if cell.value}
    raise AssertionError("no header")


NAMES = (
    "number", "source", "found", "township", "branch", "item", "problem", "nature", "measures", "leader", "unit", "person", "helpers",
    "deadline", "delivered", "due", "extensions", "light", "state", "progress", "papers", "done_on", "submit", "importance", "outcome",
    "method", "opinion", "filled_by",
)  # fmt: skip


def take(store: Store, *files: Path, actor: Actor = TOWNSHIP, as_of: date = LATER, write: bool = True, **told: Any) -> Imported:
    return import_workbooks(store, actor, as_of, files, write=write, **told)


def told(made: Imported) -> list[tuple[str, str]]:
    """Return code and cell of every finding."""
    return [(one.code, one.place.cell) for one in made.told]
