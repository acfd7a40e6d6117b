"""Packs as they are: check them, list them, show one or one of its items."""

from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING

import click

from evaluator.bilingual import Command, argument, option, show_findings
from evaluator.commands.common import Day
from evaluator.memory import without_collection
from evaluator.messages import say

if TYPE_CHECKING:
    from evaluator.diagnostics import Diagnostic
    from evaluator.packs.loaded import LoadedPack

__all__ = ["COMMANDS"]

MOST = 200  # findings that are told unless all are asked for; errors first


@click.command("check", cls=Command, help="cli.pack_check")
@argument("packs", nargs=-1, room="proofs")
@option("--all", "every", is_flag=True, help="proofs.all")
def pack_check(packs: tuple[str, ...], every: bool) -> int:
    from evaluator.authoring.compare.beneath import brought, shadowed
    from evaluator.authoring.proofs.prove import prove, sound
    from evaluator.packs.load import find_packs, read_packs

    packs = packs or tuple(find_packs())
    with without_collection():
        loaded, findings = read_packs(packs)
        whole = sound(loaded, findings)
        proofs = prove(whole)
    findings += proofs.findings
    findings = sorted([*findings, *_stricter(whole), *shadowed(loaded), *brought(whole, findings)], key=lambda one: (one.place, one.key))
    shown = findings if every or len(findings) <= MOST else sorted(findings, key=lambda one: not one.is_error)[:MOST]
    show_findings(sorted(shown, key=lambda one: (one.place, one.key)))
    if len(shown) < len(findings):
        click.echo(say("proofs.more", count=len(findings) - len(shown)), err=True)
    for left in proofs.open if every else ():
        click.echo(say("proofs.undecided", place=left.place, found=left.found))
    errors = sum(finding.is_error for finding in findings)
    click.echo(say("cli.checked", packs=len(packs), errors=errors, warnings=len(findings) - errors))
    if proofs.asked:
        hint = say("proofs.all_hint") if proofs.open and not every else ""
        click.echo(say("proofs.proved", asked=proofs.asked, open=len(proofs.open)) + hint)
    return 1 if errors else 0


def _stricter(packs: "Sequence[LoadedPack]") -> "list[Diagnostic]":
    """Return what overlays ask for on no document; judging that needs the scorers, which are imported only for an overlay."""
    overlays = [one for one in packs if one.base]
    if not overlays:
        return []
    from evaluator.authoring.compare.authority import unfounded

    return [finding for one in overlays for finding in unfounded(one)]


@click.command("list", cls=Command, help="cli.pack_list")
def pack_list() -> None:
    from evaluator.reports.packs import print_packs

    print_packs()


@click.command("show", cls=Command, help="cli.pack_show")
@argument("pack")
@argument("item", required=False)
@option("--resolved", is_flag=True, help="compare.show_resolved")
@option("--as-of", type=Day(), metavar="DATE", help="compare.show_as_of")
def pack_show(pack: str, item: str | None, resolved: bool, as_of: date | None) -> None:
    from evaluator.reports.packs import print_item, print_pack

    if as_of and not resolved:
        raise click.UsageError(say("compare.as_of_alone"))
    if resolved:
        from evaluator.authoring.resolved import resolved as whole

        if item is not None:
            raise click.UsageError(say("compare.resolved_whole"))
        click.echo(whole(pack, as_of), nl=False)
    elif item is None:
        print_pack(pack)
    else:
        print_item(pack, item)


@click.command("schema", cls=Command, help="cli.pack_schema")
@option("--overlay", is_flag=True, help="compare.schema_overlay")
def pack_schema(overlay: bool) -> None:
    import json

    from evaluator.packs.schema import pack_schema as schema

    click.echo(json.dumps(schema(overlay=overlay), ensure_ascii=False, indent=1))


COMMANDS = (pack_check, pack_list, pack_show, pack_schema)
