"""What packs ask of people, and what a run says about the rules."""

from pathlib import Path
from typing import Any

import click

from evaluator.bilingual import Command, Group, argument, option
from evaluator.commands.common import FILES

__all__ = ["COMMANDS", "TOP"]


@click.command("burden", cls=Command, help="burden.pack_burden")
@argument("packs", nargs=-1, required=True)
@option("--json", "as_json", is_flag=True, help="cli.json")
def pack_burden(packs: tuple[str, ...], as_json: bool) -> None:
    import json

    from evaluator.authoring.burden import burden, read_packs
    from evaluator.authoring.burden_terminal import burden_data, print_burden
    from evaluator.bilingual import show_findings

    found = burden(read_packs(packs))
    if as_json:
        click.echo(json.dumps(burden_data(found), ensure_ascii=False, indent=1))
        return
    show_findings(found.findings)
    print_burden(found)


@click.group("run", cls=Group, help="burden.run_group")
def run() -> None:
    pass


@run.command("health", cls=Command, help="burden.run_health")
@argument("run", type=FILES)
@option("--share", type=click.IntRange(1, 99), default=90, show_default=True, metavar="N", help="burden.share")
@option("--least", type=click.IntRange(1, 100_000), default=5, show_default=True, metavar="N", help="burden.least")
@option("--apart", type=click.IntRange(1, 99), default=20, show_default=True, metavar="N", help="burden.apart")
@option("--top", type=click.IntRange(1, 1_000), default=3, show_default=True, metavar="N", help="burden.top")
@option("--internal", is_flag=True, help="burden.internal")
@option("--json", "as_json", is_flag=True, help="cli.json")
def run_health(run: Path, internal: bool, as_json: bool, top: int, **limits: Any) -> None:
    import json

    from evaluator.authoring.health import Limits, health
    from evaluator.authoring.health_terminal import health_data, print_health
    from evaluator.scoring.folder import read_run

    found = health(read_run(run), Limits(**limits), internal=internal)
    if as_json:
        click.echo(json.dumps(health_data(found), ensure_ascii=False, indent=1))
    else:
        print_health(found, top)


COMMANDS = (pack_burden,)
TOP = (run,)
