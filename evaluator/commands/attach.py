"""Commands for evidence files: ``ledger attach`` and ``ledger files``."""

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from evaluator.bilingual import Command, argument, option, show_findings
from evaluator.commands.common import FILES, Day, ledger_options, session
from evaluator.messages import say

if TYPE_CHECKING:
    from evaluator.ledger.entries import Issue
    from evaluator.ledger.store import Store

__all__ = ["COMMANDS"]


@click.command("attach", cls=Command, help="attach.attach")
@argument("issue", room="attach")
@argument("files", room="attach", nargs=-1, required=True, type=FILES)
@option("--stage", required=True, type=click.Choice(["before", "during", "after"]), help="attach.stage")
@option("--taken-on", required=True, type=Day(), metavar="DATE", help="attach.taken_on")
@option("--text", default="", metavar="TEXT", help="attach.text")
@option("--supersedes", default="", metavar="SHA", help="attach.supersedes")
@ledger_options()
def attach(issue: str, files: tuple[Path, ...], stage: str, taken_on: date, text: str, supersedes: str, **told: Any) -> None:
    from evaluator.ledger.attachments import attach as attach_files
    from evaluator.ledger.attachments import incoming

    with session(told) as now:
        found = _issue(now.store, issue)
        with incoming(now.store.path, files) as taken, now.change() as change:
            warnings = attach_files(change, change.issue(found.id), taken, stage, taken_on, text, supersedes)
    show_findings(warnings)
    click.echo(say("attach.attached", issue=found.called, count=len(taken), stage=say(f"attach.stage_{stage}")))
    for one in taken:
        click.echo("  " + say("attach.attached_line", name=one.name, size=_size(one.size), sha=one.sha256[:12]))


@click.command("files", cls=Command, help="attach.files")
@argument("issue", room="attach", required=False)
@option("--check", is_flag=True, help="attach.check")
@ledger_options(writes=False, dated=False)
def files(issue: str | None, check: bool, **told: Any) -> int:
    with session(told) as now:
        found = _issue(now.store, issue) if issue else None
        if check:
            return _check(now.store, found)
        if found is None:
            raise click.UsageError(say("attach.issue_or_check"))
        _print(found)
    return 0


def _issue(store: "Store", called: str) -> "Issue":
    """Return the issue of a number.

    Raises:
        Failure: there is none.
    """
    from evaluator.diagnostics import Diagnostic, Failure, Place
    from evaluator.ledger.find import find
    from evaluator.ledger.rows import is_issue

    found = store.entry(find(store, called).id)
    if not is_issue(found):
        raise Failure([Diagnostic("attach.E826", Place(str(store.path)), {"found": called})])
    return found


def _check(store: "Store", only: "Issue | None") -> int:
    from evaluator.ledger.attachments import check_files

    count, faults = check_files(store, only)
    for fault in faults:
        click.echo(say(f"attach.fault_{fault.why}", issue=fault.issue, name=fault.name, file=fault.file))
    click.echo(say("attach.faulty" if faults else "attach.whole", count=count, faults=len(faults)))
    if any(fault.why in ("missing", "changed") for fault in faults):
        click.echo(say("attach.mend"))
    return 1 if faults else 0


def _print(issue: "Issue") -> None:
    from rich.table import Table
    from rich.text import Text

    from evaluator.reports.console import console

    out = console()
    if not issue.attachments:
        out.print(say("attach.none", issue=issue.called), markup=False)
        return
    replaced = {one.supersedes for one in issue.attachments}
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in ("stage", "taken", "name", "size", "by", "sha"):
        table.add_column(say(f"attach.column_{name}"), no_wrap=name != "name", overflow="fold")
    for one in issue.attachments:
        notes = [one.text, say("attach.superseded") if one.sha256 in replaced else ""]
        name = "\n".join(filter(None, [one.name, *notes]))
        cells = (say(f"attach.stage_{one.stage}"), str(one.taken_on), name, _size(one.size), one.by, one.sha256[:12])
        table.add_row(*map(Text, cells))
    out.print(table)


def _size(size: int) -> str:
    return f"{size / 2**20:.1f} MB" if size >= 2**20 else f"{-(-size // 1024)} KB"


COMMANDS = (attach, files)
