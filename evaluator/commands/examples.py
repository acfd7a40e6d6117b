"""Where the examples lie that come with the tool, and a copy of them to work on."""

from pathlib import Path

import click

from evaluator.bilingual import Command, option
from evaluator.commands.common import FILES
from evaluator.messages import say

__all__ = ["COMMANDS"]

LEFT_OUT = ("__pycache__", ".*")


@click.command("examples", cls=Command, help="examples.help")
@option("-o", "--out", type=FILES, metavar="FOLDER", help="examples.out")
def examples(out: Path | None) -> None:
    from evaluator import data_dir

    source = data_dir("examples")
    if out is None:
        click.echo(say("examples.at", folder=source))
        for path in sorted(source.iterdir()):
            if (path.is_dir() and path.name not in LEFT_OUT) or path.suffix == ".xlsx":
                click.echo(f"  {path.name}{'/' if path.is_dir() else ''}")
        click.echo(say("examples.hint"))
        return
    _copy(source, out)
    click.echo(say("examples.copied", folder=out))


def _copy(source: Path, out: Path) -> None:
    """Copy the folder to ``out``, whole or not at all.

    Raises:
        Failure: something is there already, or it cannot be written.
    """
    import shutil

    from evaluator.diagnostics import Diagnostic, Failure, Place, reason

    if out.exists() and not (out.is_dir() and not any(out.iterdir())):
        raise Failure([Diagnostic("examples.E101", Place(str(out)))])
    target = out.absolute()
    part = target.with_name(f".{target.name}.part")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.rmtree(part, ignore_errors=True)
        shutil.copytree(source, part, ignore=shutil.ignore_patterns(*LEFT_OUT))
        if target.is_dir():
            target.rmdir()
        part.replace(target)
    except OSError as error:  # shutil.Error is one, of many
        shutil.rmtree(part, ignore_errors=True)
        raise Failure([Diagnostic("examples.E102", Place(str(out)), {"reason": reason(error)})]) from error


COMMANDS: tuple[click.Command, ...] = (examples,)
