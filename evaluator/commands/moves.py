"""Commands that move issues through their life: one table of options, one way of doing it, for one issue, several, or a filter."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import click

from evaluator.bilingual import Command, argument, option
from evaluator.commands.common import Day, Session, filter_options, ledger_options, session, stacked, wanted
from evaluator.messages import say

__all__ = ["COMMANDS"]

DIGITS = re.compile("[0-9]{1,6}")
CODES = ("misjudged", "not_applicable", "duplicate", "beyond_power", "other")


class Paper(click.ParamType[dict[str, str]]):
    """A document and its day: ``会议记录=2024-03-05``."""

    name = "NAME=DATE"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> dict[str, str]:
        name, _, day = str(value).rpartition("=")
        if not name:
            self.fail(say("ledgercli.bad_paper", found=value), param, ctx)
        return {"name": name, "dated": str(Day().convert(day, param, ctx))}


class Count(click.ParamType[tuple[int, int]]):
    """How much of a measure is done: ``2=5``, of the second measure five."""

    name = "NUMBER=COUNT"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[int, int]:
        number, _, count = str(value).partition("=")
        if not (DIGITS.fullmatch(number) and DIGITS.fullmatch(count)):
            self.fail(say("ledgercli.bad_count", found=value), param, ctx)
        return int(number), int(count)


class MeasureText(click.ParamType[dict[str, Any]]):
    """A measure: ``text``, ``text;person``, ``text;person;2024-05-01`` or ``text;person;2024-05-01;3户``."""

    name = "TEXT[;PERSON[;DATE[;COUNT]]]"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> dict[str, Any]:
        text, person, day, count, *_ = (piece.strip() for piece in f"{str(value).replace('；', ';')};;;".split(";"))
        digits = count[: len(count) - len(count.lstrip("0123456789"))]
        if not text or (count and not DIGITS.fullmatch(digits)):
            self.fail(say("ledgercli.bad_measure", found=value), param, ctx)
        due = str(Day().convert(day, param, ctx)) if day else None
        return {"text": text, "person": person, "due": due, "target": int(digits or 1), "unit": count[len(digits) :]}


@dataclass(frozen=True)
class Told:
    """An option of a move: the key in the event's data, its flag, and what it takes; ``many`` may be given several times."""

    key: str
    flag: str
    type: Any = str
    many: bool = False
    required: bool = False
    default: Any = None

    def option(self) -> Callable[[Any], Any]:
        metavar = {} if isinstance(self.type, click.Choice) else {"metavar": self.type.name.upper() if self.type is not str else "TEXT"}
        return option(
            self.flag,
            f"told_{self.key}",
            type=self.type,
            multiple=self.many,
            required=self.required,
            default=self.default,
            help=f"ledgercli.option_{self.key}",
            **metavar,
        )


DAY, TEXT = Day(), Told("text", "--text", required=True)
DOCUMENT = Told("document", "--document", required=True)
DONE = Told("done", "--done", Count(), many=True)
SECOND = Told("second", "--second")
OPTIONS: dict[str, tuple[Told, ...]] = {
    "register": (Told("importance", "--as-importance", click.Choice(["key", "minor"])), SECOND),
    "promote": (),
    "dismiss": (Told("code", "--code", click.Choice(CODES), required=True), TEXT, SECOND),
    "assign": (
        Told("unit", "--to-unit"),
        Told("person", "--to-person"),
        Told("leader", "--to-leader"),
        Told("helpers", "--helper", many=True),
        Told("measures", "--measure", MeasureText(), many=True),
        Told("document", "--document"),
    ),
    "deliver": (Told("on", "--on", DAY), Told("due", "--due", DAY)),
    "progress": (TEXT, Told("percent", "--percent", click.IntRange(0, 100)), DONE),
    "submit": (
        Told("done_on", "--done-on", DAY, required=True),
        TEXT,
        Told("papers", "--paper", Paper(), many=True),
        Told("records", "--record", DAY, many=True),
        DONE,
    ),
    "publish": (
        Told("first", "--first", DAY, required=True),
        Told("last", "--last", DAY, required=True),
        Told("where", "--where", required=True),
    ),
    "object": (TEXT,),
    "accept": (
        Told("outcome", "--outcome", click.Choice(["full", "part", "none"]), required=True),
        Told("method", "--method", click.Choice(["papers", "talk", "site", "test"]), required=True),
        Told("opinion", "--opinion", required=True),
        Told("failed", "--failed", click.IntRange(1), many=True),
        Told("exception", "--exception"),
    ),
    "extend": (
        Told("due", "--to", DAY),
        Told("text", "--text"),
        Told("decision", "--decide", click.Choice(["granted", "refused"])),
        Told("document", "--document"),
    ),
    "hold": (TEXT, Told("review", "--review", DAY, required=True), DOCUMENT),
    "resume": (TEXT,),
    "transfer": (Told("to", "--to", required=True), Told("receipt", "--receipt", required=True)),
    "merge": (Told("into", "--into", required=True), SECOND),
    "lookback": (Told("result", "--result", click.Choice(["kept", "relapsed"]), required=True), TEXT),
    "amend": (Told("field", "--field", required=True), Told("value", "--value", required=True), SECOND),
    "note": (TEXT,),
}


def _plain(value: Any) -> Any:
    """Return an option's value as an event keeps it."""
    if isinstance(value, date):
        return str(value)
    return [_plain(one) for one in value] if isinstance(value, tuple) else value


def _data(action: str, told: dict[str, Any], as_of: date) -> tuple[str, dict[str, Any]]:
    """Take a move's options out of ``told``; return the move (an extension is asked for or decided) and the data of its event."""
    given = {one.key: told.pop(f"told_{one.key}") for one in OPTIONS[action]}
    data = {key: _plain(value) for key, value in given.items() if value not in (None, ())}
    if "done" in data:
        data["done"] = {str(number): count for number, count in data["done"]}
    if action == "deliver":
        data.setdefault("on", str(as_of))
    return ("decide" if action == "extend" and "decision" in data else action), data


def _command(action: str) -> click.Command:
    @click.command(action, cls=Command, help=f"ledgercli.help_{action}")
    @stacked(
        argument("issues", nargs=-1, room="ledgercli"),
        *(one.option() for one in OPTIONS[action]),
        option("--reason", metavar="TEXT", default="", help="ledgercli.option_reason"),
        filter_options,
        option("--apply", is_flag=True, help="ledgercli.option_apply_moves"),
        option("--skip-refused", is_flag=True, help="ledgercli.option_skip_refused"),
        ledger_options(),
    )
    def command(issues: tuple[str, ...], reason: str, apply: bool, skip_refused: bool, **told: Any) -> None:
        with session(told) as work:
            move, data = _data(action, told, work.as_of)
            _make(
                work,
                move,
                data,
                issues,
                wanted(told, observed=action == "promote"),
                reason=reason,
                apply=apply or bool(issues),
                skip_refused=skip_refused,
            )

    return command


def _make(
    work: Session, action: str, data: Mapping[str, Any], called: Sequence[str], only: Any, *, reason: str, apply: bool, skip_refused: bool
) -> None:
    """Make a move with the issues that are named, or with all that a filter means; a filter alone only shows what would happen."""
    from evaluator.diagnostics import Diagnostic, Failure, Place
    from evaluator.ledger.acts import act_all
    from evaluator.ledger.find import find, find_rows
    from evaluator.ledger.lifecycle import MOVES
    from evaluator.ledger.rows import Row
    from evaluator.reports.ledger_terminal import print_moved

    if bool(called) == only.narrows:
        raise Failure([Diagnostic("ledgercli.E501", Place(str(work.store.path)))])
    if "into" in data:
        data = {**data, "into": find(work.store, data["into"]).id}
    rows: dict[str, Row] = {}
    wrong: list[Diagnostic] = []
    for one in called:
        try:
            row = find(work.store, one)
        except Failure as failure:
            wrong += failure.findings
            continue
        rows[row.id] = row
        if row.kind not in ("issue", "common"):
            wrong.append(Diagnostic("ledgercli.E502", Place(row.called), {"kind": row.kind}))
    if wrong:
        raise Failure(wrong)
    if not called:
        found = find_rows(work.store, only, work.as_of, MOVES[action].sources)
        rows = {row.id: row for row in found if row.kind in ("issue", "common")}
    with work.change(dry=not apply) as change:
        moved, refused = act_all(change, rows, action, data, reason=reason, calendar=work.calendar())
        if refused and not skip_refused:
            raise Failure(refused)
        issues = [change.issue(id_) for id_ in moved]
    print_moved(issues, refused, action, done=apply)  # once it is stored: nothing is called done before


COMMANDS = tuple(_command(action) for action in OPTIONS)
