"""What people learn from: the handbook and the hundred questions."""

from pathlib import Path

import click

from evaluator.bilingual import Command, argument, option
from evaluator.commands.common import FILES, force_option, fresh
from evaluator.messages import say

__all__ = ["COMMANDS"]

MOST = 2000  # questions of one paper


@click.command("handbook", cls=Command, help="kit.help_handbook")
@argument("pack")
@option("-o", "--out", required=True, type=FILES, metavar="FILE.docx|FILE.html", help="kit.help_out_handbook")
@option("--templates", type=FILES, help="kit.help_templates")
@force_option
def pack_handbook(pack: str, out: Path, templates: Path | None, force: bool) -> None:
    from evaluator.authoring.kit.files import HANDBOOKS, check_ending, write_handbook
    from evaluator.authoring.kit.handbook import make_handbook
    from evaluator.packs.load import load_pack

    check_ending(out, HANDBOOKS)
    fresh(out, force)
    book = make_handbook(load_pack(pack).pack)
    write_handbook(book, out, templates)
    click.echo(say("kit.wrote_handbook", file=out, items=len(book.index)))


@click.command("quiz", cls=Command, help="kit.help_quiz")
@argument("packs", nargs=-1, required=True)
@option("-n", "count", type=click.IntRange(1, MOST), default=100, show_default=True, metavar="N", help="kit.help_count")
@option("--seed", type=click.IntRange(0, 999_999_999), default=1, show_default=True, metavar="S", help="kit.help_seed")
@option("--at-most", is_flag=True, help="kit.help_at_most")
@option("-o", "--out", required=True, metavar="FILE.docx|.html|.xlsx|-", help="kit.help_out_quiz")
@option("--templates", type=FILES, help="kit.help_templates")
@force_option
def pack_quiz(packs: tuple[str, ...], count: int, seed: int, at_most: bool, out: str, templates: Path | None, force: bool) -> None:
    from evaluator.authoring.kit.files import PAPERS, check_ending, write_paper
    from evaluator.authoring.kit.paper import printed, text_of
    from evaluator.authoring.kit.quiz import bank_of, draw
    from evaluator.packs.load import load_pack

    if out != "-":
        check_ending(Path(out), PAPERS)
        fresh(Path(out), force)
    # Packs of a paper need not go together in a run, so each is loaded by itself.
    paper = draw(bank_of([load_pack(name).pack for name in packs]), count, seed, at_most=at_most)
    words = printed(paper)
    if out == "-":
        click.echo(text_of(words), nl=False)
    else:
        write_paper(words, Path(out), templates)
        click.echo(say("kit.wrote_quiz", file=out, count=len(paper.questions), seed=seed))
    if len(paper.questions) < count:
        click.echo(say("kit.fewer", wanted=count, count=len(paper.questions)), err=True)


COMMANDS: tuple[click.Command, ...] = (pack_handbook, pack_quiz)
