"""Small ledgers for tests: issues in any state, in a few branches of invented places, and a group of commands to run."""

from collections.abc import Sequence
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

import click
from click.testing import CliRunner, Result

from evaluator.bilingual import Group
from evaluator.ledger.acts import act
from evaluator.ledger.entries import Issue
from evaluator.ledger.events import Actor, Draft
from evaluator.ledger.store import Store
from evaluator.messages import set_language

COUNTY = Actor("李晓", "县委组织部", "county")
OWNER = Actor("王平", "青禾社区党支部", "owner")
MADE = date(2024, 1, 5)


def new_ledger(path: Path) -> Store:
    return Store.create(path, "云台", COUNTY, MADE)


def add(
    store: Store,
    state: str = "rectifying",
    *,
    on: date = MADE,
    branch: str = "B1",
    name: str = "青禾社区党支部",
    township: str = "云台街道",
    unit: str = "青禾社区党支部",
    importance: str = "minor",
    closed: date | None = None,
    due: date | None = None,
    problem: str = "主题党日少开两次",
    person: str = "王平",
    measures: Sequence[dict[str, Any]] = (),
    **more: Any,
) -> Issue:
    """Add an issue that is in a state already, with a number of its own."""
    serial = store.head()[0] + 1
    cycle: dict[str, Any] = {"no": 1, "state": state, "found": str(on), "source": "manual", "problem": problem, "facts": "", "unit": unit}
    cycle |= {"person": person, "measures": list(measures), "closed": str(closed) if closed else None, "due": str(due) if due else None}
    cycle |= more.pop("cycle", {})
    issue = {
        "key": f"{branch}|C1|{serial}", "number": f"云台-2024-{serial:04d}", "kind": "issue", "origin": "manual", "branch": branch,
        "branch_name": name, "township": township, "pack": "", "item": "C1", "title": problem, "basis": "", "fixable_by": "branch",
        "importance": importance, "found": str(on), "cycles": [cycle], **more,
    }  # fmt: skip
    with store.change(COUNTY, on, "test") as change:
        made = change.add(Draft("", "open", {"issue": issue}, new=True))
    assert isinstance(made, Issue)
    return made


def move(store: Store, issue: Issue, action: str, on: date, actor: Actor = COUNTY, **data: Any) -> Issue:
    with store.change(actor, on, "test") as change:
        return act(change, change.issue(issue.id), action, data)


@contextmanager
def in_english() -> Any:
    set_language("en")
    try:
        yield
    finally:
        set_language("zh")


def run(commands: Sequence[click.Command], *words: object) -> Result:
    """Run one of the commands as people do: what goes wrong is a sentence and an exit code."""
    group = Group("ledger", commands={command.name or "": command for command in commands}, help="cli.starbranch")
    return CliRunner().invoke(group, [str(word) for word in words])
