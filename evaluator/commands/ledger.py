"""Commands that begin a ledger, fill it, read it and prove it."""

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from evaluator.bilingual import Command, argument, option
from evaluator.commands.common import FILES, filter_options, ledger_options, session, wanted
from evaluator.messages import say

if TYPE_CHECKING:
    from evaluator.ledger.find import Filter
    from evaluator.ledger.store import Store

__all__ = ["COMMANDS"]

ENDED = ("closed", "dismissed", "transferred", "merged")


@click.command("init", cls=Command, help="ledgercli.help_init")
@option("--prefix", required=True, metavar="TEXT", help="ledgercli.option_prefix")
@option("--internal", is_flag=True, help="ledgercli.option_internal")
@ledger_options()
def init(prefix: str, internal: bool, ledger: Path, as_of: date, actor: str, by_unit: str, role: Any, **_: Any) -> None:
    from evaluator.ledger.events import Actor
    from evaluator.ledger.store import Store

    for flag, text in (("--prefix", prefix), ("--actor", actor), ("--unit", by_unit)):
        if not text.strip() or (flag == "--prefix" and not text.isalnum()):
            raise click.BadParameter(say("ledgercli.bad_prefix" if text.strip() else "cli.blank", name=flag), param_hint=flag)
    Store.create(ledger, prefix, Actor(actor, by_unit, role), as_of, internal=internal).close()
    click.echo(say("ledgercli.begun", file=ledger, prefix=prefix, year=as_of.year))


@click.command("directory", cls=Command, help="ledgercli.help_directory")
@argument("file", type=FILES, room="ledgercli")
@ledger_options()
def directory(file: Path, **told: Any) -> None:
    from dataclasses import asdict

    from evaluator.ledger.directory import read_directory
    from evaluator.ledger.events import Draft

    posts = read_directory(file)
    with session(told) as work, work.change() as change:
        change.add(Draft("", "directory", {"posts": [asdict(post) for post in posts]}))
    click.echo(say("directory.loaded", count=len(posts)))


@click.command("open", cls=Command, help="ledgercli.help_open")
@argument("run", type=FILES)
@option("--dry-run", is_flag=True, help="ledgercli.option_dry_run")
@ledger_options()
def open_(run: Path, dry_run: bool, **told: Any) -> None:
    from evaluator.ledger.opening import open_run
    from evaluator.reports.ledger_terminal import print_opened
    from evaluator.scoring.folder import read_run

    read = read_run(run)
    with session(told) as work:
        with work.change(dry=dry_run) as change:
            opened = open_run(change, read)
        print_opened(opened, done=not dry_run)


@click.command("add", cls=Command, help="ledgercli.help_add")
@argument("branch")
@option("--title", required=True, help="ledgercli.option_title")
@option("--problem", default="", help="ledgercli.option_problem")
@option("--measure", default="", help="ledgercli.option_measure")
@option("--to-unit", default="", help="ledgercli.option_unit")
@option("--to-person", default="", help="ledgercli.option_person")
@option("--as-importance", type=click.Choice(["key", "minor"]), default="minor", show_default=True, help="ledgercli.option_importance")
@option("--fixed", is_flag=True, help="ledgercli.option_fixed")
@option("--before", default="", help="ledgercli.option_before")
@option("--after", default="", help="ledgercli.option_after")
@option("--pack", default="", metavar="ID", help="ledgercli.option_pack")
@option("--item", default="", metavar="ID", help="ledgercli.option_item")
@ledger_options()
def add(branch: str, title: str, fixed: bool, **told: Any) -> None:
    from evaluator.ledger.adding import add_fixed, add_issue
    from evaluator.ledger.similar import similar
    from evaluator.reports.ledger_terminal import print_moved

    issue = {name: told.pop(name) for name in ("problem", "measure")}
    given = {"unit": told.pop("to_unit"), "person": told.pop("to_person"), "importance": told.pop("as_importance")}
    spot = {name: told.pop(name) for name in ("before", "after", "pack", "item")}
    with session(told) as work:
        with work.change() as change:
            near = similar(change, branch, title)
            if fixed:
                made = add_fixed(change, branch=branch, title=title, **spot)
            else:
                made = add_issue(change, branch=branch, title=title, **issue, **given)
        print_moved([made], [], "open", done=True)
        for row in near:
            click.echo(say("ledgercli.similar", number=row.called, title=row.title))


@click.command("list", cls=Command, help="ledgercli.help_list")
@filter_options
@option("--kind", metavar="KIND", help="ledgercli.option_kind")
@option("--observed", is_flag=True, help="ledgercli.option_observed")
@option("--all", "ended", is_flag=True, help="ledgercli.option_all")
@option("--limit", type=click.IntRange(1), default=50, show_default=True, help="ledgercli.option_limit")
@option("--json", "as_json", is_flag=True, help="ledgercli.option_json")
@ledger_options(writes=False)
def list_(kind: str | None, observed: bool, ended: bool, limit: int, as_json: bool, **told: Any) -> None:
    import json

    from evaluator.ledger.find import find_rows

    with session(told) as work:
        ended = ended or told["only_state"] in ENDED
        only = wanted(told, kind=kind, observed=observed, open=None if ended else True)
        rows = find_rows(work.store, only, work.as_of)
        unknown = [] if rows else _unknown(work.store, only, work.as_of)
    if as_json:
        for row in rows:
            click.echo(json.dumps(row._asdict(), ensure_ascii=False))
        return
    from evaluator.reports.ledger_terminal import hanging, print_rows

    print_rows(rows, work.as_of, limit)
    for text in unknown:
        hanging("", text)


def _unknown(store: "Store", only: "Filter", as_of: date) -> list[str]:
    """Return a sentence for a branch and for a township that a filter names and the ledger has never heard of."""
    from evaluator.ledger.find import Filter, find_rows

    known = store.book().branches.values()
    branches = {name for one in known for name in (one.id, one.name, *one.names)}
    found = []
    if only.branch is not None and only.branch not in branches and not find_rows(store, Filter(branch=only.branch), as_of):
        found.append(say("ledgercli.unknown_branch", name=only.branch))
    townships = {one.township for one in known}
    if only.township is not None and only.township not in townships and not find_rows(store, Filter(township=only.township), as_of):
        found.append(say("ledgercli.unknown_township", name=only.township))
    return found


@click.command("show", cls=Command, help="ledgercli.help_show")
@argument("issue", room="ledgercli")
@ledger_options(writes=False)
def show(issue: str, **told: Any) -> None:
    from evaluator.ledger.entries import Issue
    from evaluator.ledger.find import find
    from evaluator.ledger.signals import Wide, signals
    from evaluator.reports.ledger_terminal import hanging, print_issue, print_rows

    with session(told) as work:
        row = find(work.store, issue)
        found = work.store.entry(row.id)
        if not isinstance(found, Issue):
            print_rows([row], work.as_of, 1)
            hanging("", say("ledgercli.see_case", number=row.called))
            return
        book, wide = work.store.book(), Wide(work.store)
        later = [*found.cycles[1:], None]  # what opened the next cycle is what was seen when this one failed again
        signs = [
            one.text()
            for cycle, after in zip(found.cycles, later, strict=True)
            for one in signals(found, cycle, after.found if after else work.as_of, book, wide, after.facts if after else None)
        ]
        moved = [event for event in work.store.events(row.id) if event.action == "handover"] if found.inherited else []
        print_issue(found, work.as_of, book, dict.fromkeys(signs), moved[-1] if moved else None)


@click.command("log", cls=Command, help="ledgercli.help_log")
@argument("issue", required=False, room="ledgercli")
@option("--json", "as_json", is_flag=True, help="ledgercli.option_json")
@ledger_options(writes=False, dated=False)
def log(issue: str | None, as_json: bool, **told: Any) -> None:
    import json

    from evaluator.ledger.find import find
    from evaluator.ledger.written import exported
    from evaluator.reports.ledger_terminal import print_events

    with session(told) as work:
        events = work.store.events(find(work.store, issue).id if issue else None)
        if as_json:
            for event in events:
                click.echo(json.dumps(exported(event), ensure_ascii=False))
        else:
            print_events(events)


@click.command("verify", cls=Command, help="ledgercli.help_verify")
@ledger_options(writes=False, dated=False)
def verify(**told: Any) -> int:
    with session(told) as work:
        broken = work.store.verify()
        if broken:
            click.echo(say(f"store.chain_{broken.why}", seq=broken.seq), err=True)
            return 1
        count, head = work.store.head()
        click.echo(say("store.chain_whole", count=count, head=head))
    return 0


@click.command("rebuild", cls=Command, help="ledgercli.help_rebuild")
@ledger_options(writes=False, dated=False)
def rebuild(**told: Any) -> int:
    with session(told) as work:
        different = work.store.rebuild()
    click.echo(say("ledgercli.rebuilt_other", tables="、".join(different)) if different else say("ledgercli.rebuilt_same"))
    return 1 if different else 0


@click.command("backup", cls=Command, help="ledgercli.help_backup")
@argument("target", type=FILES, room="ledgercli")
@ledger_options(writes=False, dated=False)
def backup(target: Path, **told: Any) -> None:
    from evaluator.ledger.attachments import copy_files

    with session(told) as work:
        work.store.backup(target)
        copy_files(work.store.path, target)
        count, head = work.store.head()
    click.echo(say("ledgercli.backed_up", file=target, count=count, head=head[:12]))


@click.command("balance", cls=Command, help="ledgercli.help_balance")
@option("--since", type=click.IntRange(0, 2**62), default=0, show_default=True, metavar="N", help="ledgercli.option_since")
@ledger_options(writes=False, dated=False)
def balance_(since: int, **told: Any) -> int:
    from evaluator.ledger.balance import balance
    from evaluator.reports.ledger_terminal import print_balance

    with session(told) as work:
        made = balance(work.store, since)
        print_balance(made, {id_: one.name for id_, one in work.store.book().branches.items()}, whole=True)
    return 1 if made.broken else 0


COMMANDS = (init, directory, open_, add, list_, show, log, verify, rebuild, backup, balance_)
