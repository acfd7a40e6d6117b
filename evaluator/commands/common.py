"""What commands share: days, files, who is at work, which entries are meant. Only click is imported until a command runs."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import click

from evaluator.bilingual import option
from evaluator.messages import say

if TYPE_CHECKING:
    from evaluator.ledger.calendar import Calendar
    from evaluator.ledger.events import Actor
    from evaluator.ledger.find import Filter
    from evaluator.ledger.store import Change, Store

__all__ = [
    "FILES",
    "Day",
    "Session",
    "filter_options",
    "force_option",
    "fresh",
    "ledger_options",
    "session",
    "signature",
    "stacked",
    "wanted",
]

FILES = click.Path(path_type=Path)
FIRST, LAST = 1949, 2199  # years: another one is a slip, and counting on from it would leave the calendar
LIGHTS = ("overdue", "soon", "waiting")
STATES = ("candidate", "registered", "rectifying", "submitted", "held", "closed", "dismissed", "transferred", "merged")
FILTERS = ("township", "branch", "unit", "person", "leader", "pack", "item", "state", "importance", "fixable_by", "light")


class Day(click.ParamType[date]):
    """A date written 2023-12-31, or ``today``: the clock is read only when somebody says so."""

    name = "date"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> date:
        if value in ("today", "今天"):
            return datetime.now(ZoneInfo("Asia/Shanghai")).date()
        try:
            day = value if isinstance(value, date) else datetime.strptime(value, "%Y-%m-%d").date()  # noqa: DTZ007  # a day has no zone
        except ValueError:
            self.fail(say("cli.bad_date", found=value), param, ctx)
        if not FIRST <= day.year <= LAST:
            self.fail(say("cli.odd_year", found=day, first=FIRST, last=LAST), param, ctx)
        return day


class Word(click.ParamType[str]):
    """One of several words, in English or as people read them: ``held`` or 挂起(持续整改)."""

    def __init__(self, name: str, words: tuple[str, ...]) -> None:
        self.name = name
        self.words = words

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        from evaluator.messages import LANGUAGES

        read = {say(f"moves.{self.name}_{word}", lang): word for word in self.words for lang in LANGUAGES}
        short = {text.partition("(")[0]: word for text, word in read.items()}
        found = value if value in self.words else read.get(value) or short.get(value)
        if found is None:
            words = "、".join(f"{word}({say(f'moves.{self.name}_{word}')})" for word in self.words)
            self.fail(say("cli.not_a_word", found=value, words=words))
        return found


force_option = option("--force", is_flag=True, help="cli.force")


def fresh(path: Path, force: bool) -> None:
    """See that no file is lost by writing.

    Raises:
        Failure: a file of this name is there, and nobody said ``--force``.
    """
    from evaluator.diagnostics import Diagnostic, Failure, Place

    if path.is_file() and not force:
        raise Failure([Diagnostic("common.E101", Place(str(path)))])


def stacked(*options: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """Return one decorator that adds several options, in the order given."""

    def add(command: Any) -> Any:
        for one in reversed(options):
            command = one(command)
        return command

    return add


@dataclass(frozen=True)
class Session:
    """An open ledger, who is at work in it, and on which day."""

    store: "Store"
    actor: "Actor"
    as_of: date
    calendar_file: Path | None
    command: str

    def calendar(self) -> "Calendar":
        """Return the working-day calendar, with the user's file on top where one was named."""
        from evaluator.ledger.calendar import load_calendar, published

        return load_calendar(self.calendar_file) if self.calendar_file else published()

    @contextmanager
    def change(self, dry: bool = False) -> Iterator["Change"]:
        """Yield a change of the ledger by this person on this day; nothing is stored when it is ``dry``."""
        with self.store.change(self.actor, self.as_of, self.command, dry) as change:
            yield change


def ledger_options(*, writes: bool = True, dated: bool = True, signed: bool = True) -> Callable[[Any], Any]:
    """Return the options by which a ledger is named and, for commands that write, who writes. See :func:`session`.

    ``dated`` False: the command asks for no day, so none has to be given; ``signed`` False: who writes need not be said until something
    is stored (:func:`signature`).
    """
    reading = (
        option("--ledger", type=FILES, default=Path("ledger.db"), show_default=True, envvar="STARBRANCH_LEDGER", help="cli.ledger"),
        option("--as-of", required=dated, type=Day(), metavar="DATE", envvar="STARBRANCH_AS_OF", help="cli.ledger_as_of"),
    )
    writing = (
        option("--actor", required=signed, envvar="STARBRANCH_ACTOR", metavar="NAME", help="cli.ledger_actor"),
        option("--unit", "by_unit", required=signed, envvar="STARBRANCH_UNIT", help="cli.ledger_unit", metavar="UNIT"),
        option(
            "--role",
            type=click.Choice(["owner", "township", "county", "team"]),
            required=signed,
            envvar="STARBRANCH_ROLE",
            help="cli.ledger_role",
        ),
        option("--calendar", type=FILES, help="cli.calendar"),
    )
    return stacked(*reading, *(writing if writes else ()))


def signature(told: Mapping[str, Any]) -> None:
    """See that it was said who writes, for a command that asks for it only when something is stored.

    Raises:
        click.MissingParameter: it was not.
    """
    context = click.get_current_context()
    for one in context.command.params:
        if one.name in ("actor", "by_unit", "role") and told[one.name] is None:
            raise click.MissingParameter(ctx=context, param=one)


@contextmanager
def session(told: dict[str, Any]) -> Iterator[Session]:
    """Take the options of :func:`ledger_options` out of ``told`` and yield the open ledger; it is closed afterwards.

    Raises:
        Failure: there is no such ledger, or it cannot be used.
    """
    from evaluator.ledger.events import Actor
    from evaluator.ledger.store import Store

    for name, flag in (("actor", "--actor"), ("by_unit", "--unit")):
        if told.get(name) is not None and not told[name].strip():
            raise click.BadParameter(say("cli.blank", name=flag), param_hint=flag)
    path, as_of = told.pop("ledger"), told.pop("as_of") or date.min  # none where the command asks for no day
    actor = Actor(told.pop("actor", "") or "", told.pop("by_unit", "") or "", told.pop("role", "") or "county")
    context = click.get_current_context()
    store = Store.open(path)
    try:
        yield Session(store, actor, as_of, told.pop("calendar", None), context.command_path.partition(" ")[2])
    finally:
        store.close()


def filter_options(command: Any) -> Any:
    """Add the options that choose entries. See :func:`wanted`."""
    choices = {"state": STATES, "importance": ("key", "minor"), "fixable_by": ("branch", "township", "department"), "light": LIGHTS}
    made = []
    for name in FILTERS:
        settings: dict[str, Any] = {"metavar": name.upper(), "type": Word(name, choices[name]) if name in choices else str}
        flag = {"unit": "--for-unit", "person": "--for-person"}.get(name, f"--{name.replace('_', '-')}")
        made.append(option(flag, f"only_{name}", help=f"cli.only_{name}", **settings))
    return stacked(*made)(command)


def wanted(told: dict[str, Any], **more: Any) -> "Filter":
    """Take the options of :func:`filter_options` out of ``told`` and return the filter."""
    from evaluator.ledger.find import Filter

    return Filter(**{name: told.pop(f"only_{name}") for name in FILTERS}, **more)
