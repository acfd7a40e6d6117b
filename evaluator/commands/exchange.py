"""Commands by which issues leave the ledger as workbooks and come back."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from evaluator.bilingual import Command, argument, option, show_findings
from evaluator.commands.common import FILES, filter_options, ledger_options, session, wanted
from evaluator.messages import say

if TYPE_CHECKING:
    from evaluator.ledger.workbooks.importing import Imported, Row
    from evaluator.ledger.workbooks.legacy import Legacy
    from evaluator.ledger.workbooks.legacy_columns import Matched

__all__ = ["COMMANDS"]

SHOWN = 36  # columns of a value on the terminal


@click.command("export", cls=Command, help="exchange.help_export")
@option("--by", "per", type=click.Choice(["township", "department", "leader", "owner"]), required=True, help="exchange.by")
@option("--out", required=True, type=FILES, help="exchange.out")
@option("--for-role", type=click.Choice(["owner", "township", "county"]), help="exchange.for_role")
@filter_options
@ledger_options()
def export(per: Any, out: Path, for_role: Any, **told: Any) -> None:
    from evaluator.ledger.workbooks.exporting import TRANSMITTAL, export_workbooks

    chosen = wanted(told)
    with session(told) as work:
        sent = export_workbooks(work.store, work.actor, work.as_of, out, by=per, role=for_role, wanted=chosen, command=work.command)
    for one in sent:
        click.echo(say("exchange.exported_one", file=one.file, rows=one.rows))
    click.echo(say("exchange.exported", count=len(sent), rows=sum(one.rows for one in sent), out=out, list=TRANSMITTAL))


@click.command("import", cls=Command, help="exchange.help_import")
@argument("files", nargs=-1, required=True, type=FILES, room="exchange")
@option("--apply", "write", is_flag=True, help="exchange.apply")
@option("--skip-refused", is_flag=True, help="exchange.skip_refused")
@option("--filled-by", default="", metavar="NAME", help="exchange.filled_by")
@ledger_options()
def import_(files: tuple[Path, ...], write: bool, skip_refused: bool, filled_by: str, **told: Any) -> int:
    from evaluator.ledger.workbooks.importing import import_workbooks

    with session(told) as work:
        made = import_workbooks(
            work.store,
            work.actor,
            work.as_of,
            files,
            filled_by=filled_by,
            write=write,
            skip_refused=skip_refused,
            calendar=work.calendar(),
            command=work.command,
        )
    _print_rows(made, write)
    return 1 if made.bad else 0


@click.command("import-legacy", cls=Command, help="exchange.help_import_legacy")
@argument("file", type=FILES, room="exchange")
@option("--map", "name", required=True, metavar="NAME", help="exchange.map")
@option("--column", "columns", multiple=True, metavar="COLUMN=HEADER", help="exchange.column")
@option("--apply", "write", is_flag=True, help="exchange.apply")
@option("--skip-refused", is_flag=True, help="exchange.skip_refused")
@ledger_options()
def import_legacy(file: Path, name: str, columns: tuple[str, ...], write: bool, skip_refused: bool, **told: Any) -> int:
    from evaluator.ledger.workbooks.legacy import import_legacy as run
    from evaluator.ledger.workbooks.legacy_columns import given_columns

    given = given_columns(columns)
    with session(told) as work:
        made = run(work.store, work.actor, work.as_of, file, name, given, write=write, skip_refused=skip_refused, command=work.command)
    if made.matched:
        _print_columns(made.matched, name)
    _print_legacy(made, write)
    return 1 if made.bad else 0


COMMANDS = (export, import_, import_legacy)


# --- what they print ------------------------------------------------------------


def _print_rows(made: "Imported", write: bool) -> None:
    from evaluator.reports.ledger_terminal import hanging

    for row in made.rows:
        if row.changes:
            _print_row(row)
    show_findings(made.told)
    hanging("", " · ".join(f"{say(f'exchange.verdict_{verdict}')} {count}" for verdict, count in made.counts.items()))
    hanging("", say("exchange.applied" if made.applied else "exchange.stopped" if write else "exchange.not_applied"))


def _print_row(row: "Row") -> None:
    from evaluator.ledger.workbooks.contract import label, shown

    place = row.line.place("number")
    spot = f"{Path(place.file).name} {place.sheet} {place.cell}" if place.cell else f"{Path(place.file).name}:{place.line}"
    key = "exchange.row_partly" if any(one.is_error for one in row.findings) else "exchange.row"
    click.echo(say(key, verdict=say(f"exchange.verdict_{row.verdict}"), number=row.number, place=spot))
    for edit in row.changes:
        old, new = (_short(shown(edit.name, value)) for value in (edit.old, edit.new))
        click.echo(say("exchange.change", cell=edit.place.cell, column=label(edit.name), old=old, new=new))


def _short(text: str) -> str:
    from rich.cells import cell_len, set_cell_size

    line = " ".join(text.split()) or say("exchange.nothing")
    return line if cell_len(line) <= SHOWN else set_cell_size(line, SHOWN - 1).rstrip() + "…"


def _print_columns(matched: "Matched", name: str) -> None:
    from evaluator.ledger.workbooks.contract import label

    saved = say("exchange.legacy_saved" if matched.saved else "exchange.legacy_proposed")
    about: dict[str, Any] = {
        "sheet": matched.sheet.name,
        "row": matched.header + 1,
        "count": len(matched.rows),
        "name": name,
        "saved": saved,
    }
    click.echo(say("exchange.legacy_sheet", **about))
    for column in matched.columns:
        samples = "、".join(matched.samples(column)) or say("exchange.nothing")
        click.echo(say("exchange.legacy_column", column=label(column), header=matched.title(column), samples=samples))
    if matched.left:
        click.echo(say("exchange.legacy_left", names="、".join(matched.left)))


def _print_legacy(made: "Legacy", write: bool) -> None:
    from evaluator.reports.ledger_terminal import hanging

    show_findings(made.findings)
    counts: dict[str, Any] = {"count": made.open + made.closed, "open": made.open, "closed": made.closed, "known": made.known}
    hanging("", say("exchange.legacy_counts", **counts))
    for name, count in (("undated", made.undated), ("renumbered", made.renumbered)):
        if count:
            hanging("", say(f"exchange.legacy_{name}", count=count))
    stopped = write and not made.applied
    hanging("", say("exchange.applied" if made.applied else "exchange.legacy_stopped" if stopped else "exchange.not_applied"))
