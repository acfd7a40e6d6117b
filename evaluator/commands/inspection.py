"""The commands ``inspect plan`` (who visits which branches this quarter) and ``ledger calendar`` (days for a calendar program)."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from evaluator.bilingual import Command, Group, option, show_findings
from evaluator.commands.common import FILES, filter_options, ledger_options, session, wanted
from evaluator.messages import say

if TYPE_CHECKING:
    from fractions import Fraction
    from typing import Literal

    from evaluator.diagnostics import Diagnostic
    from evaluator.evidence.register import Branch
    from evaluator.ledger.visits.due_checks import Due, Quarter
    from evaluator.ledger.visits.inspection import Past, Plan
    from evaluator.ledger.visits.inspectors import Team

__all__ = ["COMMANDS", "INSPECT"]


@click.command("calendar", cls=Command, help="inspection.calendar")
@option("--out", required=True, type=FILES, metavar="FOLDER", help="inspection.calendar_out")
@option("--by", "per", type=click.Choice(["unit", "person"]), default="unit", show_default=True, help="inspection.calendar_per")
@filter_options
@ledger_options(writes=False)
def calendar(out: Path, per: "Literal['unit', 'person']", **told: Any) -> None:
    from evaluator.ledger.agenda import agendas
    from evaluator.ledger.rows import is_issue
    from evaluator.ledger.whole import write_whole

    meant = wanted(told)
    with session(told) as now:
        where, values = meant.sql(now.as_of)
        entries = now.store.entries(f"({where}) AND open AND kind IN ('issue', 'common')", values)
        files = agendas(filter(is_issue, entries), now.as_of, now.store.book().id, per)
        write_whole({out / name: data for name, data in files.items()})
    if not files:
        click.echo(say("inspection.calendar_none"))
        return
    click.echo(say("inspection.calendar_made", count=len(files), out=out))
    for name in files:
        click.echo(f"  {name}")


@click.group("inspect", cls=Group, help="inspection.inspect")
def inspect() -> None:
    pass


@inspect.command("plan", cls=Command, help="inspection.plan")
@option("--branches", required=True, type=FILES, metavar="REGISTER", help="inspection.branches")
@option("--inspectors", required=True, type=FILES, metavar="FILE", help="inspection.inspectors")
@option("--quarter", required=True, metavar="2024Q2", help="inspection.quarter")
@option("--seed", required=True, metavar="TEXT", help="inspection.seed")
@option("--draw", type=click.IntRange(1), metavar="N", help="inspection.draw")
@option("--rate", metavar="20%", help="inspection.rate")
@option("--ledger", type=FILES, help="inspection.with_ledger")
@option("--history", multiple=True, type=FILES, metavar="FILE", help="inspection.history")
@option("--most", type=click.IntRange(1), metavar="N", help="inspection.most")
@option("--allow-repeat", is_flag=True, help="inspection.allow_repeat")
@option("--ride-along", is_flag=True, help="inspection.ride_along")
@option("--limit", type=click.IntRange(1), metavar="N", default=2, show_default=True, help="inspection.limit")
@option("--out", type=FILES, help="inspection.plan_out")
def plan(out: Path | None, **told: Any) -> None:
    from evaluator.ledger.visits.plan_book import plan_book
    from evaluator.ledger.whole import write_whole

    made, inputs, warnings = _planned(**told)
    if out:
        write_whole({out: plan_book(made, inputs)})
    show_findings(warnings)
    _print(made, inputs)
    if out:
        click.echo(say("inspection.wrote", out=out))


def _planned(
    branches: Path,
    inspectors: Path,
    ledger: Path | None,
    history: tuple[Path, ...],
    quarter: str,
    rate: str | None,
    draw: int | None,
    **more: Any,
) -> "tuple[Plan, dict[str, str], list[Diagnostic]]":
    """Read everything, every mistake in one pass, and return the plan, the digests of its inputs and all warnings."""
    from evaluator.diagnostics import Failure
    from evaluator.evidence.gather import read_register
    from evaluator.ledger.store import Store
    from evaluator.ledger.visits.due_checks import due_checks
    from evaluator.ledger.visits.inspection import Wish, make_plan
    from evaluator.ledger.visits.inspectors import read_teams
    from evaluator.ledger.visits.plan_book import digests, read_past

    if (rate and draw) or not (rate or draw or ledger):
        raise click.UsageError(say("inspection.draw_or_rate"))
    when, share = _quarter(quarter), _rate(rate) if rate else None
    wrong: list[Diagnostic] = []
    warnings: list[Diagnostic] = []
    register: tuple[Branch, ...] = ()
    teams: tuple[Team, ...] = ()
    past: list[Past] = []
    due: list[Due] = []
    head = ""
    try:
        register = read_register(branches)
    except Failure as failure:
        wrong += failure.findings
    try:
        teams = read_teams(inspectors, list(dict.fromkeys(branch.township for branch in register)), warnings)
    except Failure as failure:
        wrong += failure.findings
    try:
        past, later = read_past(history, when)
        warnings += later
    except Failure as failure:
        wrong += failure.findings
    if wrong:
        raise Failure(wrong)
    if ledger:
        store = Store.open(ledger)
        try:
            due, head = due_checks(store, when), store.head()[1]
        finally:
            store.close()
    made = make_plan(register, teams, past, due, Wish(when, count=draw, rate=share, **more))
    return made, digests(branches, inspectors, history, head), [*warnings, *made.warnings]


def _quarter(text: str) -> "Quarter":
    from evaluator.ledger.visits.due_checks import Quarter

    try:
        return Quarter.parse(text)
    except ValueError:
        raise click.BadParameter(say("inspection.bad_quarter", found=text), param_hint="--quarter") from None


def _rate(text: str) -> "Fraction":
    from evaluator.ledger.visits.sampling import rate_of

    try:
        return rate_of(text)
    except ValueError:
        raise click.BadParameter(say("sampling.bad_rate", found=text), param_hint="--rate") from None


def _print(made: "Plan", inputs: "dict[str, str]") -> None:
    """Print what each team visits where, then what the plan is known by."""
    from rich.table import Table
    from rich.text import Text

    from evaluator.ledger.visits.plan_book import facts
    from evaluator.reports.console import console

    out = console()
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in ("team", "township", "branch", "count", "tasks"):
        table.add_column(say(f"inspection.column_{name}"), justify="right" if name in ("count", "tasks") else "left", overflow="fold")
    for team in made.teams:
        label = team.name
        for township in dict.fromkeys(visit.branch.township for visit in made.of(team)):
            visits = [visit for visit in made.of(team) if visit.branch.township == township]
            names = "、".join(visit.branch.name for visit in visits)
            tasks = sum(len(visit.checks) for visit in visits)
            table.add_row(*map(Text, (label, township, names, str(len(visits)), str(tasks))))
            label = ""
    out.print(table)
    out.print()
    for name, value in facts(made, inputs):
        out.print(Text(f"{name} {value}"), soft_wrap=True)
    if (made.wish.count or 0) > made.population:
        out.print(say("inspection.drew_all", asked=made.wish.count, count=made.population), markup=False)


COMMANDS = (calendar,)
INSPECT = inspect  # a group of its own: planning needs no ledger
