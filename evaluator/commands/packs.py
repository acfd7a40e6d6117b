"""Packs as they are: check them, list them, show one or one of its items."""

import click

from evaluator.bilingual import Command, argument, show_findings
from evaluator.messages import say

__all__ = ["COMMANDS"]


@click.command("check", cls=Command, help="cli.pack_check")
@argument("packs", nargs=-1, required=True)
def pack_check(packs: tuple[str, ...]) -> int:
    from evaluator.packs.load import check_packs

    findings = check_packs(packs)
    show_findings(findings)
    errors = sum(finding.is_error for finding in findings)
    click.echo(say("cli.checked", packs=len(packs), errors=errors, warnings=len(findings) - errors))
    return 1 if errors else 0


@click.command("list", cls=Command, help="cli.pack_list")
def pack_list() -> None:
    from evaluator.reports.packs import print_packs

    print_packs()


@click.command("show", cls=Command, help="cli.pack_show")
@argument("pack")
@argument("item", required=False)
def pack_show(pack: str, item: str | None) -> None:
    from evaluator.reports.packs import print_item, print_pack

    if item is None:
        print_pack(pack)
    else:
        print_item(pack, item)


@click.command("schema", cls=Command, help="cli.pack_schema")
def pack_schema() -> None:
    import json

    from evaluator.packs.schema import pack_schema as schema

    click.echo(json.dumps(schema(), ensure_ascii=False, indent=1))


COMMANDS = (pack_check, pack_list, pack_show, pack_schema)
