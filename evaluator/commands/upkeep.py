"""Commands by which a ledger is kept: reconciling, branches and their history, due days, slips, handover."""

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

import click

from evaluator.bilingual import Command, Group, argument, option
from evaluator.commands.common import FILES, Day, filter_options, ledger_options, session, signature, wanted
from evaluator.messages import say

__all__ = ["COMMANDS"]

DOCUMENT = option("--document", default="", metavar="NO", help="ledgercli.option_document")


@click.command("reconcile", cls=Command, help="ledgercli.help_reconcile")
@argument("run", type=FILES)
@option("--apply", is_flag=True, help="ledgercli.option_apply")
@option("--allow-mass-close", is_flag=True, help="ledgercli.option_allow_mass_close")
@option("--same", multiple=True, metavar="ISSUE", help="ledgercli.option_same")
@option("--different", multiple=True, metavar="ISSUE", help="ledgercli.option_different")
@option("--whole", is_flag=True, help="ledgercli.option_whole")
@ledger_options()
def reconcile(
    run: Path, apply: bool, allow_mass_close: bool, same: tuple[str, ...], different: tuple[str, ...], whole: bool, **told: Any
) -> None:
    from evaluator.ledger.find import find
    from evaluator.ledger.reconcile import reconcile as compare
    from evaluator.reports.compared import print_compared
    from evaluator.scoring.folder import read_run

    read = read_run(run)
    with session(told) as work:
        decided = [[find(work.store, one).id for one in several] for several in (same, different)]
        with work.change(dry=not apply) as change:
            compared = compare(change, read, allow_mass_close=allow_mass_close, same=decided[0], different=decided[1])
            names = {id_: one.name for id_, one in change.book.branches.items()}
        print_compared(compared, names, done=apply, whole=whole)


@click.group("branch", cls=Group, help="ledgercli.help_branch")
def branch() -> None:
    pass


def _heir(told: str) -> Any:
    """Return the branch written ``ID:NAME[:TOWNSHIP]``."""
    from evaluator.ledger.branches import Heir

    id_, name, township, *_ = (piece.strip() for piece in f"{told.replace('：', ':')}::".split(":"))
    if not id_ or not name:
        raise click.BadParameter(say("ledgercli.bad_heir", found=told), param_hint="ID:NAME")
    return Heir(id_, name, township)


@branch.command("setup", cls=Command, help="ledgercli.help_branch_setup")
@argument("heir", room="ledgercli")
@DOCUMENT
@ledger_options()
def setup(heir: str, document: str, **told: Any) -> None:
    from evaluator.ledger.branches import set_up

    with session(told) as work, work.change() as change:
        made = _heir(heir)
        known = {"", *(one.township for one in change.book.branches.values())}
        set_up(change, made, document)
    first = "" if made.township in known else "_first"  # a township that is written wrong looks like a new one
    click.echo(say(f"branches.set_up{first}", id=made.id, name=made.name, township=made.township))


@branch.command("rename", cls=Command, help="ledgercli.help_branch_rename")
@argument("branch")
@argument("name", room="ledgercli")
@DOCUMENT
@ledger_options()
def rename_(branch: str, name: str, document: str, **told: Any) -> None:
    from evaluator.ledger.branches import rename

    with session(told) as work, work.change() as change:
        moved = rename(change, branch, name, document)
    click.echo(say("branches.moved", count=moved))


@branch.command("merge", cls=Command, help="ledgercli.help_branch_merge")
@argument("branches", nargs=-1, required=True, room="ledgercli")
@option("--into", required=True, metavar="ID:NAME", help="ledgercli.option_into_branch")
@DOCUMENT
@ledger_options()
def merge_(branches: tuple[str, ...], into: str, document: str, **told: Any) -> None:
    from evaluator.ledger.branches import merge

    with session(told) as work, work.change() as change:
        moved = merge(change, branches, _heir(into), document)
    click.echo(say("branches.moved", count=moved))


@branch.command("split", cls=Command, help="ledgercli.help_branch_split")
@argument("branch")
@option("--into", "heirs", multiple=True, required=True, metavar="ID:NAME", help="ledgercli.option_heirs")
@option("--issue", "issues", multiple=True, metavar="ISSUE=ID", help="ledgercli.option_issue_to")
@DOCUMENT
@ledger_options()
def split_(branch: str, heirs: tuple[str, ...], issues: tuple[str, ...], document: str, **told: Any) -> None:
    from evaluator.ledger.branches import split
    from evaluator.ledger.find import find

    with session(told) as work:
        pairs = [one.rpartition("=") for one in issues]
        if wrong := [one for one, (number, _, id_) in zip(issues, pairs, strict=True) if not (number and id_)]:
            raise click.BadParameter(say("ledgercli.bad_place", found=wrong[0]), param_hint="--issue")
        places = {find(work.store, number).id: id_ for number, _, id_ in pairs}
        with work.change() as change:
            moved = split(change, branch, [_heir(one) for one in heirs], document, places)
    click.echo(say("branches.moved", count=moved))


@branch.command("dissolve", cls=Command, help="ledgercli.help_branch_dissolve")
@argument("branch")
@DOCUMENT
@ledger_options()
def dissolve_(branch: str, document: str, **told: Any) -> None:
    from evaluator.ledger.branches import dissolve

    with session(told) as work, work.change() as change:
        left = dissolve(change, branch, document)
    click.echo(say("branches.left", count=len(left), numbers="、".join(left) or "—"))


@click.command("suspend", cls=Command, help="ledgercli.help_suspend")
@option("--first", type=Day(), required=True, metavar="DATE", help="ledgercli.option_suspend_first")
@option("--last", type=Day(), required=True, metavar="DATE", help="ledgercli.option_suspend_last")
@option("--scope", "scopes", multiple=True, metavar="township=…", help="ledgercli.option_scope")
@option("--reason", default="", metavar="TEXT", help="ledgercli.option_reason")
@option("--apply", is_flag=True, help="ledgercli.option_apply")
@DOCUMENT
@ledger_options()
def suspend_(first: date, last: date, scopes: tuple[str, ...], reason: str, apply: bool, document: str, **told: Any) -> None:
    from evaluator.ledger.dates import suspend

    scope = {name: value for name, _, value in (one.partition("=") for one in scopes)}
    with session(told) as work, work.change(dry=not apply) as change:
        moved = suspend(change, document, first, last, scope, reason, work.calendar())
    click.echo(say("dates.suspended" if apply else "dates.suspended_dry", count=moved))


@click.command("recompute-deadlines", cls=Command, help="ledgercli.help_recompute")
@option("--apply", is_flag=True, help="ledgercli.option_apply")
@option("--reason", default="", metavar="TEXT", help="ledgercli.option_reason")
@ledger_options()
def recompute(apply: bool, reason: str, **told: Any) -> None:
    from evaluator.ledger.dates import redate, redated

    with session(told) as work, work.change(dry=not apply) as change:
        found = redated(change, work.calendar())
        count = redate(change, found, reason) if apply else 0
    for one in found:
        issue, now, kept = one.issue, one.issue.now, say("dates.kept") if one.kept else ""
        old, new = _day(now.due, now.unknown_years), _day(one.due.day, one.due.unknown_years)
        click.echo(say("dates.diff", number=issue.called, branch=issue.branch_name, old=old, new=new, kept=kept))
    moving = sum(not one.kept for one in found)
    if not found:
        click.echo(say("dates.no_diff"))
    else:
        click.echo(say("dates.redated", count=count) if apply else say("ledgercli.preview_days", count=moving))


def _day(day: date | None, unknown_years: Sequence[int]) -> str:
    """Return a due day with the years that make it provisional."""
    return say("ledger.due_provisional", due=day, years="/".join(map(str, unknown_years))) if unknown_years else str(day)


@click.command("due", cls=Command, help="ledgercli.help_due")
@option("--out", type=FILES, help="ledgercli.option_slips_out")
@option("--apply", is_flag=True, help="ledgercli.option_apply_slips")
@option("--templates", type=FILES, help="cli.templates")
@filter_options
@ledger_options(signed=False)
def due(out: Path | None, apply: bool, templates: Path | None, **told: Any) -> None:
    from evaluator.ledger.find import find_rows
    from evaluator.ledger.milestones import late_cases, milestones
    from evaluator.ledger.slips import due_slips, make_out
    from evaluator.reports.slips import print_late_cases, print_milestones, print_slips, write_slips

    if apply:
        signature(told)
    with session(told) as work:
        only = wanted(told)
        with work.change(dry=not apply) as change:
            rows = find_rows(work.store, only, work.as_of) if only.narrows else None
            among = None if rows is None else {row.id for row in rows}
            slips, near, late = list(due_slips(change, rows)), list(milestones(change, among)), list(late_cases(change, among))
            if out is not None:
                write_slips(slips, work.as_of, out, change.book, templates)
            made = make_out(change, slips)
        print_slips(slips, work.as_of, made, done=apply)
        print_milestones(near)
        print_late_cases(late)


@click.command("handover", cls=Command, help="ledgercli.help_handover")
@option("--for-unit", required=True, metavar="UNIT", help="ledgercli.option_unit")
@option("--from", "old", required=True, metavar="NAME", help="ledgercli.option_old")
@option("--to", "new", required=True, metavar="NAME", help="ledgercli.option_new")
@option("--out", type=FILES, help="ledgercli.option_handover_out")
@DOCUMENT
@ledger_options()
def handover(for_unit: str, old: str, new: str, out: Path | None, document: str, **told: Any) -> None:
    from evaluator.ledger.handover import hand_over
    from evaluator.reports.slips import write_handover

    with session(told) as work:
        with work.change() as change:
            rows = hand_over(change, for_unit, old, new, document)
            if out is not None:
                write_handover(rows, for_unit, old, new, document, work.as_of, out, change.book)
        click.echo(say("ledgercli.handed_over", count=len(rows), name=new))


@click.command("public-copy", cls=Command, help="ledgercli.help_public_copy")
@option("--out", type=FILES, required=True, help="ledgercli.option_public_out")
@option("--templates", type=FILES, help="cli.templates")
@filter_options
@ledger_options(writes=False)
def public_copy(out: Path, templates: Path | None, **told: Any) -> None:
    from evaluator.diagnostics import Diagnostic, Failure, Place
    from evaluator.ledger.entries import Issue
    from evaluator.ledger.find import find_rows
    from evaluator.reports.public_copy import write_public_copy

    with session(told) as work:
        rows = find_rows(work.store, wanted(told, observed=False), work.as_of, ("submitted",))
        found = [work.store.entry(row.id) for row in rows]
        issues = [one for one in found if isinstance(one, Issue) and one.now.notice]
        if not issues:
            raise Failure([Diagnostic("ledgercli.E503", Place(str(work.store.path)))])
        write_public_copy(issues, work.as_of, out, work.store.book(), templates)
    click.echo(say("ledgercli.published", count=len(issues), file=out))


COMMANDS = (public_copy, reconcile, branch, suspend_, due, recompute, handover)
