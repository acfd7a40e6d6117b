"""The command line: parse, call one function, print. Exit codes: 0 done, 1 findings, 2 usage or input, 3 an internal difference."""

import sys
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from evaluator import __version__
from evaluator.bilingual import Command, Group, argument, option
from evaluator.commands import (
    advise,
    attach,
    examples,
    exchange,
    inspection,
    kinds,
    moves,
    pack_burden,
    pack_cases,
    pack_compare,
    pack_kit,
    pack_new,
    pack_workbook,
    packs,
    sampling,
    upkeep,
)
from evaluator.commands import ledger as ledger_commands
from evaluator.commands.common import FILES, Day, force_option
from evaluator.messages import LANGUAGES, say, set_language

if TYPE_CHECKING:
    from evaluator.assess import Wanted

FORMATS = ("results", "ledger", "townships", "feedback", "report", "dashboard")


def _set_language(_: click.Context, __: click.Parameter, value: str | None) -> None:
    set_language("en" if value == "en" else "zh")


def _version(ctx: click.Context, _: click.Parameter, value: bool) -> None:
    if value:
        click.echo(f"starbranch {__version__}")
        ctx.exit()


@click.group(cls=Group, help="cli.starbranch", context_settings={"help_option_names": ["-h", "--help"]})
@option(
    "--lang",
    type=click.Choice(LANGUAGES),
    envvar="STARBRANCH_LANG",
    is_eager=True,
    expose_value=False,
    callback=_set_language,
    help="cli.lang",
)
@option("--version", is_flag=True, is_eager=True, expose_value=False, callback=_version, help="cli.version")
def main() -> None:
    for stream in (sys.stdout, sys.stderr):  # a Windows console may be GBK, which has no ★
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="starbranch.signs")


def evidence_options(command: Any) -> Any:
    """Add what ``score`` and ``evidence check`` share."""
    for add in reversed(
        (
            argument("evidence", nargs=-1, required=True, type=FILES),
            option("--pack", "packs", multiple=True, required=True, metavar="ID|PATH", help="cli.pack"),
            option("--period", metavar="2023|2023Q2|FROM..TO", help="cli.period"),
            option("--as-of", required=True, type=Day(), metavar="DATE", help="cli.as_of"),
            option("--register", type=FILES, help="cli.register"),
            option("--layout", type=click.Choice(["wide", "long"]), help="cli.layout"),
            option("--encoding", metavar="NAME", help="cli.encoding"),
            option("--percent", type=click.Choice(["points", "fraction"]), default="points", help="cli.percent"),
        )
    ):
        command = add(command)
    return command


def _wanted(evidence: tuple[Path, ...], packs: tuple[str, ...], period: str | None, as_of: date, **rest: Any) -> "Wanted":
    from evaluator.assess import Wanted
    from evaluator.evidence.gather import Options
    from evaluator.scoring.period import parse_period

    try:
        span = parse_period(period, as_of)
    except ValueError:
        raise click.BadParameter(say("cli.bad_period", found=period, as_of=as_of), param_hint="--period") from None
    names = ("layout", "encoding", "register")
    options = Options(**{name: rest.pop(name) for name in names}, fractions=rest.pop("percent") == "fraction")
    return Wanted(evidence, packs, span, options, **rest)


@main.command(cls=Command, help="cli.score")
@evidence_options
@option("--out", required=True, type=FILES, help="cli.out")
@option("--second-count", type=click.IntRange(0), metavar="N", default=25, show_default=True, help="cli.second_count")
@option("--allow-bad-cells", is_flag=True, help="cli.allow_bad_cells")
@option("--round", type=click.Choice(["trial", "formal"]), default="trial", show_default=True, help="cli.round")
@option("--calendar", type=FILES, help="cli.calendar")
@option("--ledger", type=FILES, help="cli.score_ledger")
@option("--previous", multiple=True, type=FILES, metavar="RUN", help="ranks.previous")
@option("--notice", "notices", multiple=True, metavar="BRANCH", help="cli.notice")
@option("--format", "formats", multiple=True, type=click.Choice(FORMATS), help="cli.format")
@option("--templates", type=FILES, help="cli.templates")
def score(out: Path, notices: tuple[str, ...], formats: tuple[str, ...], templates: Path | None, **asked: Any) -> None:
    from evaluator.reports.publish import score_and_publish

    score_and_publish(_wanted(**asked), out, formats=formats or FORMATS, notices=notices, templates=templates)


@main.command(cls=Command, help="cli.demo")
@option("--out", type=FILES, default=Path("starbranch-demo"), show_default=True, help="cli.out")
def demo(out: Path) -> None:
    from evaluator import data_dir
    from evaluator.assess import Wanted
    from evaluator.reports.publish import score_and_publish
    from evaluator.scoring.period import parse_period

    as_of = date(2023, 12, 31)
    book = data_dir("examples") / "communities-2023.xlsx"
    wanted = Wanted((book,), ("five-star-urban", "soft-and-lax"), parse_period("2023", as_of), illustrative=True)
    score_and_publish(wanted, out, formats=FORMATS, notices=())


@main.command(cls=Command, help="cli.explain")
@argument("run", type=FILES)
@argument("branch")
@argument("item", required=False)
@option("--json", "as_json", is_flag=True, help="cli.json")
def explain(run: Path, branch: str, item: str | None, as_json: bool) -> None:
    import json
    from dataclasses import asdict

    from evaluator.reports.terminal import explanation, print_tree

    lines = explanation(run, branch, item)
    if as_json:
        click.echo(json.dumps([asdict(line) for line in lines], ensure_ascii=False, indent=1))
    else:
        print_tree(lines)


@main.group(cls=Group, help="cli.pack_group")
def pack() -> None:
    pass


@main.group(cls=Group, help="cli.evidence_group")
def evidence() -> None:
    pass


@evidence.command("template", cls=Command, help="cli.evidence_template")
@argument("packs", nargs=-1, required=True)
@option("-o", "--out", required=True, type=FILES, help="cli.template_out")
@option("--by", type=click.Choice(["holder", "star"]), default="holder", show_default=True, help="cli.template_by")
@option("--register", type=FILES, help="cli.template_register")
@force_option
def evidence_template(packs: tuple[str, ...], out: Path, by: str, register: Path | None, force: bool) -> None:
    from evaluator.evidence.template import make_template

    counts = make_template(packs, out, by="star" if by == "star" else "holder", register=register, force=force)
    click.echo(
        say(
            "cli.template_made", out=out, fields=sum(counts.values()), sheets="、".join(f"{name} {count}" for name, count in counts.items())
        )
    )


@evidence.command("check", cls=Command, help="cli.evidence_check")
@evidence_options
def evidence_check(**asked: Any) -> int:
    from evaluator.reports.evidence_check import print_evidence

    return print_evidence(_wanted(**asked))


@main.group(cls=Group, help="cli.ledger_group")
def ledger() -> None:
    pass


LEDGER = (ledger_commands, moves, upkeep, exchange, attach, kinds, sampling, inspection)
for _command in (command for module in LEDGER for command in module.COMMANDS):
    ledger.add_command(_command)
PACK = (packs, pack_new, pack_cases, pack_workbook, pack_compare, pack_burden, pack_kit)
for _command in (command for module in PACK for command in module.COMMANDS):
    pack.add_command(_command)
for _command in (inspection.INSPECT, *advise.COMMANDS, *pack_burden.TOP, *examples.COMMANDS):
    main.add_command(_command)


if __name__ == "__main__":
    main()
