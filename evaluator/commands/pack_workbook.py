"""Packs out to Excel and back, and a new one from a pasted table."""

from datetime import date
from pathlib import Path
from typing import Any

import click

from evaluator.bilingual import Command, argument, option, show_findings
from evaluator.commands.common import FILES, Day
from evaluator.messages import language, say

__all__ = ["COMMANDS"]


@click.command("export", cls=Command, help="packbook.export")
@argument("pack", room="packbook")
@option("--xlsx", required=True, type=FILES, help="packbook.xlsx")
@option("--force", is_flag=True, help="packbook.force")
def pack_export(pack: str, xlsx: Path, force: bool) -> None:
    from evaluator.authoring.workbook.importing import back, export_pack

    counts, base = export_pack(pack, xlsx, force=force)
    told: dict[str, Any] = {"out": xlsx, "book": f'"{xlsx}"' if " " in str(xlsx) else xlsx, "back": back(pack, bool(base)), **counts}
    click.echo(say("packbook.exported", **told))
    if base:
        click.echo(say("packbook.exported_whole", base=base))


@click.command("import", cls=Command, help="packbook.import")
@argument("file", type=FILES, room="packbook")
@option("-o", "--out", required=True, type=FILES, help="packbook.out")
@option("--id", "id_", metavar="ID", help="packbook.id")
@option("--title", help="packbook.title_option")
@option("--document", help="packbook.document_option")
@option("--from", "first", type=Day(), help="packbook.from_option")
@option("--encoding", help="packbook.encoding")
@option("--force", is_flag=True, help="packbook.force")
def pack_import(
    file: Path, out: Path, id_: str | None, title: str | None, document: str | None, first: date | None, encoding: str | None, force: bool
) -> None:
    from evaluator.authoring.workbook.importing import import_file
    from evaluator.authoring.workbook.pasted import Naming

    made, path, suggested = import_file(file, out, Naming(id_, title, document, first), encoding=encoding, force=force)
    show_findings(made.warnings)
    criteria = [criterion for group in made.pack.groups for criterion in group.criteria]
    points = f"{sum(one.points for one in criteria):f}"
    told: dict[str, Any] = {"out": path, "criteria": len(criteria), "points": points}
    if suggested is None:
        pack = made.pack
        told |= {"title": pack.title.text(language()), "version": pack.version, "triggers": len(pack.triggers)}
        click.echo(say("packbook.imported", **told))
    else:
        click.echo(say("packbook.pasted", **told, groups=len(made.pack.groups), suggested=suggested))
        if first is None:
            click.echo(say("packbook.pasted_from", day=made.pack.effective.from_))


COMMANDS = (pack_export, pack_import)
