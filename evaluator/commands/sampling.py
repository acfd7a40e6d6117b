"""The command ``ledger sample``: closed issues drawn by lot for a look-back."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from evaluator.bilingual import Command, option
from evaluator.commands.common import FILES, filter_options, ledger_options, session, wanted
from evaluator.messages import say

if TYPE_CHECKING:
    from datetime import date

    from evaluator.ledger.visits.sampling import Draw, Per

__all__ = ["COMMANDS"]


@click.command("sample", cls=Command, help="sampling.sample")
@option("--rate", required=True, metavar="10%", help="sampling.rate")
@option("--by", "per", type=click.Choice(["township", "unit", "branch"]), help="sampling.per")
@option("--seed", required=True, metavar="TEXT", help="sampling.seed")
@option("--all-key", is_flag=True, help="sampling.all_key")
@option("--period", metavar="2024Q2|FROM..TO", help="sampling.period")
@option("--out", type=FILES, help="sampling.out")
@filter_options
@ledger_options()
def sample(rate: str, per: "Per | None", seed: str, all_key: bool, period: str | None, out: Path | None, **told: Any) -> None:
    from evaluator.diagnostics import Diagnostic, Failure, Place
    from evaluator.ledger.visits import sampling
    from evaluator.ledger.whole import write_whole

    try:
        share = sampling.rate_of(rate)
    except ValueError:
        raise click.BadParameter(say("sampling.bad_rate", found=rate), param_hint="--rate") from None
    filters = {name.removeprefix("only_"): value for name, value in told.items() if name.startswith("only_") and value is not None}
    meant = wanted(told)
    with session(told) as now:
        span = _span(period, now.as_of) if period else (None, None)
        with now.change() as change:
            rows = sampling.population(now.store, meant, now.as_of, *span)
            if not rows:
                raise Failure([Diagnostic("sampling.E840", Place(str(now.store.path)))])
            made = sampling.draw(rows, share, seed, per=per, all_key=all_key, head=now.store.head()[1])
            number = sampling.times_drawn(now.store, now.as_of.year) + 1
            sampling.record(change, made, filters | ({"period": period} if period else {}))
            if out:
                issues = [change.issue(row.id) for row in made.rows]
                write_whole({out: sampling.sheet(made, issues, now.as_of, number)})
        _print(made, now.as_of, number)
    if out:
        click.echo(say("sampling.wrote", out=out))


def _span(period: str, as_of: "date") -> "tuple[date, date]":
    from evaluator.scoring.period import parse_period

    try:
        found = parse_period(period, as_of)
    except ValueError:
        raise click.BadParameter(say("cli.bad_period", found=period, as_of=as_of), param_hint="--period") from None
    return found.start, found.end


def _print(made: "Draw", as_of: "date", number: int) -> None:
    from rich.table import Table
    from rich.text import Text

    from evaluator.ledger.visits.sampling import facts
    from evaluator.masking import mask
    from evaluator.reports.console import console

    out = console()
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in ("number", "branch", "problem", "closed"):
        table.add_column(say(f"sampling.column_{name}"), no_wrap=name in ("number", "closed"), overflow="fold")
    for row in made.rows:
        table.add_row(*map(Text, (row.called, row.branch_name, mask(row.title), row.closed)))
    out.print(table)
    out.print()
    if made.per:
        groups = Table(box=None, pad_edge=False, header_style="bold")
        for name in ("group", "group_population", "group_drawn"):
            groups.add_column(say(f"sampling.{name}"), justify="left" if name == "group" else "right")
        for share in made.shares:
            groups.add_row(Text(share.name or "—"), str(share.population), str(share.drawn))
        out.print(groups)
        out.print()
    for name, value in facts(made, as_of, number):
        out.print(Text(f"{name} {value}"), soft_wrap=True)


COMMANDS = (sample,)
