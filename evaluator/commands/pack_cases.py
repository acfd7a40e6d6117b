"""Cases of packs: run them, write those at every boundary, break the pack and see which case notices."""

from datetime import date
from pathlib import Path

import click

from evaluator.bilingual import Command, argument, option
from evaluator.commands.common import FILES, Day
from evaluator.messages import say

__all__ = ["COMMANDS"]


@click.command("test", cls=Command, help="cases.test")
@argument("packs", nargs=-1)
@option("--mutate", is_flag=True, help="cases.test_mutate")
@option("--at-least", type=click.IntRange(0, 100), default=95, show_default=True, metavar="PERCENT", help="cases.test_at_least")
@option("--all", "everything", is_flag=True, help="cases.test_all")
def pack_test(packs: tuple[str, ...], mutate: bool, at_least: int, everything: bool) -> int:
    from evaluator.authoring.cases.terminal import print_tests

    return print_tests(packs, mutate=mutate, at_least=at_least, everything=everything)


@click.command("cases", cls=Command, help="cases.cases_help")
@argument("pack")
@option("--boundaries", is_flag=True, help="cases.cases_boundaries")
@option("-o", "--out", type=FILES, help="cases.cases_out")
@option("--as-of", type=Day(), metavar="DATE", help="cases.cases_as_of")
@option("--force", is_flag=True, help="cases.cases_force")
def pack_cases(pack: str, boundaries: bool, out: Path | None, as_of: date | None, force: bool) -> None:
    from evaluator.authoring.cases.terminal import print_written

    if not boundaries:
        raise click.UsageError(say("cases.cases_which"))
    print_written(pack, out, as_of=as_of, force=force)


COMMANDS: tuple[click.Command, ...] = (pack_test, pack_cases)
