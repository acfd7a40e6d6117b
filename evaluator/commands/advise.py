"""Advice: what to change first, and what is still to be shown."""

from pathlib import Path

import click

from evaluator.bilingual import Command, argument, option
from evaluator.commands.common import FILES, force_option, fresh
from evaluator.messages import say

__all__ = ["COMMANDS"]


@click.command("advise", cls=Command, help="advise.advise")
@argument("run", type=FILES)
@argument("branch", required=False, room="advise")
@option("--all", "every", is_flag=True, help="advise.all")
@option("--out", type=FILES, metavar="FILE", help="advise.out")
@option("--pack", "packs", multiple=True, metavar="ID", help="advise.pack")
@option("--internal", is_flag=True, help="advise.internal")
@option("--json", "as_json", is_flag=True, help="cli.json")
@force_option
def advise(
    run: Path, branch: str | None, every: bool, out: Path | None, packs: tuple[str, ...], internal: bool, as_json: bool, force: bool
) -> None:
    if every == (branch is not None):
        raise click.UsageError(say("advise.one_or_all"))
    if every != (out is not None):
        raise click.UsageError(say("advise.all_out"))
    if every and as_json:
        raise click.UsageError(say("advise.all_json"))
    if branch is not None:
        from evaluator.reports.advice_terminal import branch_advice, print_advice

        listed = branch_advice(run, branch, packs, internal=internal)
        if as_json:
            import json
            from dataclasses import asdict

            click.echo(json.dumps([asdict(one) for one in listed], ensure_ascii=False, indent=1))
        else:
            print_advice(listed)
    elif out is not None:
        from dataclasses import asdict

        from evaluator.reports.advice_table import write_advice

        fresh(out, force)
        counts = write_advice(run, out, packs, internal=internal)
        click.echo(say("advise.made", out=out, **asdict(counts)))


COMMANDS: tuple[click.Command, ...] = (advise,)
