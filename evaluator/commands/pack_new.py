"""A new pack to begin with."""

from pathlib import Path

import click

from evaluator.bilingual import Command, argument, option
from evaluator.commands.common import FILES
from evaluator.messages import say

__all__ = ["COMMANDS"]


@click.command("new", cls=Command, help="packnew.new")
@argument("id_", metavar="ID", room="packnew")
@option("--title", metavar="TITLE", help="packnew.title_option")
@option("--from", "base", metavar="PACK", help="packnew.from_option")
@option("-o", "--out", type=FILES, default=Path(), metavar="DIR", help="packnew.out")
def pack_new(id_: str, title: str | None, base: str | None, out: Path) -> None:
    from evaluator.authoring.new import new_pack

    made = new_pack(id_, title=title, base=base, out=out)
    for path in made.files:
        click.echo(say("packnew.wrote", path=path.as_posix()))
    click.echo(say("packnew.next_overlay" if base else "packnew.next", folder=made.folder.as_posix(), base=base))


COMMANDS: tuple[click.Command, ...] = (pack_new,)
