"""Packs side by side: what an overlay makes stricter, what differs, and which branches move."""

from datetime import date
from pathlib import Path

import click

from evaluator.bilingual import Command, argument, option
from evaluator.commands.common import FILES, Day
from evaluator.messages import say

__all__ = ["COMMANDS"]


@click.command("diff", cls=Command, help="compare.diff")
@argument("first", room="compare")
@argument("second", room="compare")
@option("--evidence", multiple=True, type=FILES, metavar="FILE", help="compare.evidence")
@option("--as-of", type=Day(), metavar="DATE", help="compare.as_of")
@option("--period", metavar="2023|2023Q2|FROM..TO", help="cli.period")
@option("--register", type=FILES, help="cli.register")
@option("--layout", type=click.Choice(["wide", "long"]), help="cli.layout")
@option("--encoding", metavar="NAME", help="cli.encoding")
@option("--percent", type=click.Choice(["points", "fraction"]), default="points", help="cli.percent")
@option("--json", "as_json", is_flag=True, help="cli.json")
def pack_diff(
    first: str, second: str, evidence: tuple[Path, ...], as_of: date | None, period: str | None, as_json: bool, **reading: str | Path | None
) -> int:
    import json

    from evaluator.authoring.compare.scoring import Files
    from evaluator.authoring.compare.side_by_side import compare
    from evaluator.authoring.compare.terminal import comparison_data, print_comparison
    from evaluator.evidence.gather import Options
    from evaluator.scoring.period import parse_period

    files = None
    if evidence:
        if as_of is None:
            raise click.UsageError(say("compare.evidence_needs_day"))
        try:
            span = parse_period(period, as_of)
        except ValueError:
            raise click.BadParameter(say("cli.bad_period", found=period, as_of=as_of), param_hint="--period") from None
        fractions = reading.pop("percent") == "fraction"
        files = Files(evidence, span, Options(**reading, fractions=fractions))  # type: ignore[arg-type]  # click has checked them
    elif period or reading["register"]:
        raise click.UsageError(say("compare.only_with_evidence"))
    found = compare(first, second, files, as_of)
    if as_json:
        click.echo(json.dumps(comparison_data(found), ensure_ascii=False, indent=1))
    else:
        print_comparison(found)
    return 1 if found.judged else 0


COMMANDS: tuple[click.Command, ...] = (pack_diff,)
