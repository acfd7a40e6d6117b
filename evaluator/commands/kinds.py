"""Commands for cases of every kind: what kinds there are, how one begins, one step, one case shown."""

import re
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from evaluator.bilingual import Command, argument, option
from evaluator.commands.common import FILES, ledger_options, session
from evaluator.messages import say

if TYPE_CHECKING:
    from evaluator.ledger.cases import Case

__all__ = ["COMMANDS"]


# What stands first in a line, a number or a label; what follows it goes on below itself, not below the label.
HEAD = re.compile(r"\s*(?:\d+\. |[^:,、\d]{1,12}: ?)?")


class At(click.ParamType[str]):
    """A day or minute written 2024-05-01 or 2024-05-01T09:40, as steps keep it."""

    name = "time"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        from evaluator.ledger.kinds.values import read_minute

        try:
            return read_minute(value) if value else ""
        except ValueError:
            self.fail(say("kinds.bad_at", found=value), param, ctx)


OWN = option("--kinds", "folder", type=FILES, metavar="FOLDER", help="kinds.folder")
SET = option("--set", "pairs", multiple=True, metavar="FIELD=VALUE", help="kinds.set")
AT = option("--at", default="", type=At(), metavar="TIME", help="kinds.at")
REASON = option("--reason", default="", metavar="TEXT", help="kinds.why")


@click.command("kinds", cls=Command, help="kinds.help_kinds")
@argument("kind", room="kinds", required=False)
@option("--check", type=FILES, metavar="PATH", help="kinds.check")
@OWN
def kinds_command(kind: str | None, check: Path | None, folder: Path | None) -> None:
    from evaluator.diagnostics import Failure
    from evaluator.ledger.kinds.load import check_kinds, find_kind, load_kinds, own_kinds
    from evaluator.ledger.kinds.telling import tell_kind, tell_kinds

    if check is not None:
        findings = check_kinds(check)
        if findings:
            raise Failure(findings, exit_code=1)
        _print([say("kinds.checked", count=len(own_kinds(check)))])
        return
    kinds = load_kinds(folder)
    _print(tell_kind(find_kind(kinds, kind).kind) if kind else tell_kinds(kinds))


@click.command("new", cls=Command, help="kinds.help_new")
@argument("kind", room="kinds")
@SET
@option("--branch", default="", metavar="BRANCH", help="kinds.branch")
@option("--township", default="", metavar="TOWNSHIP", help="kinds.township")
@AT
@REASON
@OWN
@ledger_options()
def new_command(kind: str, pairs: tuple[str, ...], folder: Path | None, **told: Any) -> None:
    from evaluator.ledger.kinds.load import load_kinds
    from evaluator.ledger.kinds.machine import begin
    from evaluator.ledger.kinds.telling import tell_short
    from evaluator.ledger.kinds.values import read_pairs

    given = {name: told.pop(name) for name in ("branch", "township", "at", "reason")}
    kinds, texts = load_kinds(folder), read_pairs(pairs)
    with session(told) as open_, open_.change() as change:
        made = begin(change, kinds, kind, texts, calendar=open_.calendar(), **given)
    _print(tell_short(made, kinds[made.kind].kind, made.steps[-1].at))


@click.command("do", cls=Command, help="kinds.help_do")
@argument("number", room="kinds")
@argument("move", room="kinds")
@SET
@AT
@REASON
@OWN
@ledger_options()
def do_command(number: str, move: str, pairs: tuple[str, ...], at: str, reason: str, folder: Path | None, **told: Any) -> None:
    from evaluator.ledger.kinds.load import load_kinds
    from evaluator.ledger.kinds.machine import advance
    from evaluator.ledger.kinds.telling import tell_short
    from evaluator.ledger.kinds.values import read_pairs

    kinds, texts = load_kinds(folder), read_pairs(pairs)
    with session(told) as open_, open_.change() as change:
        case = _case(open_.store, number)
        made = advance(change, kinds, case, move, texts, at=at, reason=reason, calendar=open_.calendar())
    _print(tell_short(made, kinds[made.kind].kind, made.steps[-1].at))


@click.command("case", cls=Command, help="kinds.help_case")
@argument("number", room="kinds")
@AT
@OWN
@ledger_options(writes=False)
def case_command(number: str, at: str, folder: Path | None, **told: Any) -> None:
    from evaluator.ledger.cases import Case
    from evaluator.ledger.kinds.load import load_kinds
    from evaluator.ledger.kinds.machine import kind_of
    from evaluator.ledger.kinds.telling import tell_case

    kinds = load_kinds(folder)
    with session(told) as open_:
        case = _case(open_.store, number)
        linked = [one for one in map(open_.store.entry, case.links) if isinstance(one, Case)]
        _print(tell_case(case, kind_of(kinds, case).kind, linked, at or str(open_.as_of)))


def _case(store: Any, number: str) -> "Case":
    """Return the case of a number.

    Raises:
        Failure: there is none, or it is an issue.
    """
    from evaluator.diagnostics import Diagnostic, Failure, Place
    from evaluator.ledger.cases import Case
    from evaluator.ledger.find import find

    found = store.entry(find(store, number).id)
    if not isinstance(found, Case):
        raise Failure([Diagnostic("kinds.E872", Place(number), {"found": number})])
    return found


def _print(lines: Iterable[str]) -> None:
    from evaluator.reports.ledger_terminal import hanging

    for line in lines:
        found = HEAD.match(line)
        head = found[0] if found else ""
        hanging(head, line[len(head) :])


COMMANDS = (kinds_command, new_command, do_command, case_command)
