"""Click in two languages: help texts are message keys, wide characters count two columns, errors are sentences with their exit code."""

import codecs
import os
import re
import sys
import tempfile
import traceback
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

import click
from rich.cells import cell_len

from evaluator.diagnostics import Diagnostic, Failure, Place, reason, render
from evaluator.messages import say

__all__ = ["Command", "Group", "argument", "option", "plain_signs", "show_findings"]

SHOWN = 5  # findings of one kind that are told in full where the rest may be folded
LIMIT = 34  # columns of the left side of a help table
CLOSING = frozenset(",.;:!?)]}、。》”’〕】」』…" + "\uff0c\uff1b\uff1a\uff01\uff1f\uff09")  # begins no line
OPENING = frozenset("([{“‘《〔【「『" + "\uff08")  # ends no line
SIGNS = {"✓": "√", "✗": "×", "−": "-", "–": "-"}  # what GBK lacks, by what it has


class WideFormatter(click.HelpFormatter):
    """Aligns and wraps by columns of a terminal, not by characters."""

    def write_usage(self, prog: str, args: str = "", prefix: str | None = None) -> None:
        super().write_usage(prog, args, prefix=say("cli.usage") + " ")

    def write_text(self, text: str) -> None:
        for paragraph in text.split("\n"):
            for line in wrap(paragraph, self.width - self.current_indent):
                self.write(f"{'':>{self.current_indent}}{line}\n")

    def write_dl(self, rows: Iterable[tuple[str, str]], col_max: int = LIMIT, col_spacing: int = 2) -> None:
        rows = list(rows)
        left = min(max((cell_len(term) for term, _ in rows), default=0), col_max) + col_spacing
        for term, text in rows:
            self.write(f"{'':>{self.current_indent}}{term}")
            room = self.width - left - self.current_indent
            lines = wrap(text, room) or [""]
            if cell_len(term) <= left - col_spacing:
                self.write(" " * (left - cell_len(term)) + lines.pop(0))
            self.write("\n")
            for line in lines:
                self.write(f"{'':>{left + self.current_indent}}{line}\n")


def wrap(text: str, width: int) -> list[str]:
    """Return ``text`` in lines of at most ``width`` columns, broken between words, or between any two Chinese characters."""
    pieces: list[str] = []
    for c in text:
        last = pieces[-1][-1] if pieces else " "
        joined = c in CLOSING or last in OPENING or cell_len(c) == cell_len(last) == 1
        if joined and last != " " and c != " ":
            pieces[-1] += c
        else:
            pieces.append(c)
    lines, line = [], ""
    for piece in pieces:
        if line and cell_len(line + piece.rstrip()) > width:
            lines.append(line.rstrip())
            line = ""
        line += piece if line else piece.lstrip()
    return [*lines, line.rstrip()] if line.strip() else lines


class Option(click.Option):
    """An option whose ``help`` is a message key."""

    def get_help_record(self, ctx: click.Context) -> tuple[str, str] | None:
        record = super().get_help_record(ctx)
        if record is None or not self.help:
            return record
        text = self.told()
        if self.required:
            text += say("cli.required")
        elif self.show_default:
            text += say("cli.default", value=self.default)
        return record[0], text

    def told(self) -> str:
        """Return its help."""
        return say(self.help) if self.help else ""


class Argument(click.Argument):
    """An argument whose help is the message ``ROOM.argument_NAME``; the room is ``cli`` unless ``room`` says otherwise."""

    def __init__(self, *names: Any, room: str = "cli", **settings: Any) -> None:
        super().__init__(*names, **settings)
        self.room = room

    def get_help_record(self, ctx: click.Context) -> tuple[str, str]:
        return self.make_metavar(ctx), self.told()

    def told(self) -> str:
        """Return its help."""
        return say(f"{self.room}.argument_{self.name}")


class Command(click.Command):
    """A command whose ``help`` is a message key."""

    def make_formatter(self) -> WideFormatter:
        return WideFormatter(width=80)

    def get_help(self, ctx: click.Context) -> str:
        formatter = WideFormatter(width=min(ctx.terminal_width or 80, 80))
        self.format_help(ctx, formatter)
        return formatter.getvalue().rstrip("\n")

    def collect_usage_pieces(self, ctx: click.Context) -> list[str]:
        words = {"[OPTIONS]": say("cli.options_metavar"), "COMMAND [ARGS]...": say("cli.command_metavar")}
        return [words.get(piece, piece) for piece in super().collect_usage_pieces(ctx)]

    def format_help_text(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        formatter.write_paragraph()
        with formatter.indentation():
            formatter.write_text(say(self.help or "cli.starbranch"))

    def get_short_help_str(self, limit: int = 45) -> str:
        return say(self.help or "cli.starbranch").split("\n")[0]

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        records = [record for parameter in self.get_params(ctx) if (record := parameter.get_help_record(ctx)) is not None]
        with formatter.section(say("cli.options")):
            formatter.write_dl([(term, say("cli.help") if text == "Show this message and exit." else text) for term, text in records])


class Group(Command, click.Group):
    """A group of such commands. Running it turns what goes wrong into sentences and exit codes."""

    command_class = Command
    group_class = type

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        Command.format_options(self, ctx, formatter)
        rows = [(name, self.commands[name].get_short_help_str()) for name in self.list_commands(ctx)]
        with formatter.section(say("cli.commands")):
            formatter.write_dl(rows)

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(self.commands)

    def main(self, *args: Any, standalone_mode: bool = True, **extra: Any) -> Any:
        try:
            words = [*(extra.get("args") or (args[0] if args else None) or sys.argv[1:])]
            words += [value for name, value in os.environ.items() if name.startswith("STARBRANCH_")]
            odd = [word for word in map(str, words) if not word.isprintable() and any("\ud800" <= c <= "\udfff" for c in word)]
            if odd:  # bytes that the shell passed on and no file or database can hold
                shown = odd[0].encode("utf-8", "replace").decode()
                raise click.UsageError(say("cli.odd_argument", found=shown))
            extra["standalone_mode"] = False
            result = super().main(*args, **extra)
        except Failure as failure:
            show_findings(failure.findings)
            sys.exit(failure.exit_code)
        except click.exceptions.Abort:
            click.echo(say("cli.stopped"), err=True)
            sys.exit(130)
        except click.UsageError as error:
            click.echo(usage_text(error), err=True)
            sys.exit(2)
        except (BrokenPipeError, KeyboardInterrupt):
            sys.exit(130)
        except OSError as error:
            click.echo(say("cli.system", file=error.filename or "—", reason=reason(error)), err=True)
            sys.exit(2)
        except Exception:
            if os.environ.get("STARBRANCH_DEBUG"):
                raise
            with tempfile.NamedTemporaryFile("w", prefix="starbranch-", suffix=".txt", delete=False, encoding="utf-8") as report:
                traceback.print_exc(file=report)
            click.echo(say("cli.fault", file=report.name), err=True)
            sys.exit(3)
        if standalone_mode:
            sys.exit(result if isinstance(result, int) else 0)
        return result


def usage_text(error: click.UsageError) -> str:
    """Return a usage error as a sentence in the language in force, and where to read more."""
    values: dict[str, Any] = {}
    name = _name(error)
    match error:
        case click.exceptions.NoArgsIsHelpError():
            return error.format_message()
        case click.exceptions.NoSuchCommand():
            key, values = "cli.no_such_command", {"name": error.command_name, "near": "、".join(error.possibilities or ()) or "—"}
        case click.NoSuchOption(ctx=click.Context() as ctx) if ctx.parent and error.option_name in _first_options(ctx):
            key, values = "cli.stands_first", {"name": error.option_name}
        case click.NoSuchOption():
            key, values = "cli.no_such_option", {"name": error.option_name, "near": "、".join(error.possibilities or ()) or "—"}
        case click.MissingParameter():
            told = error.param.told() if isinstance(error.param, Argument | Option) else ""
            key, values = "cli.missing_parameter", {"name": f"{name} — {told}" if told else name + say("cli.stop")}
        case click.BadParameter(param=click.Parameter(type=click.Choice(choices=choices))):
            key, values = "cli.not_a_choice", {"name": name, "choices": "、".join(map(str, choices))}
        case click.BadParameter(param=click.Parameter(type=click.IntRange(min=int(low), max=int(high)))):
            key, values = "cli.not_in_range", {"name": name, "low": low, "high": high}
        case click.BadParameter(param=click.Parameter(type=click.types.IntParamType())):
            key, values = "cli.not_a_count", {"name": name}
        case click.BadParameter():
            key, values = "cli.bad_parameter", {"name": name, "message": error.message}
        case click.BadOptionUsage():
            key, values = "cli.needs_value", {"name": error.option_name}
        case _ if extra := re.search(r"extra arguments? \((.*)\)", error.message):
            key, values = "cli.extra_arguments", {"found": extra[1]}
        case _:
            key, values = "cli.bad_usage", {"message": error.format_message()}
    path = error.ctx.command_path if error.ctx else "starbranch"
    return say(key, **values) + "\n" + say("cli.see_help", path=path)


def _first_options(ctx: click.Context) -> set[str]:
    """Return the options that stand before every command."""
    return {name for parameter in ctx.find_root().command.params for name in parameter.opts}


def _name(error: click.UsageError) -> str:
    """Return the option or argument that a usage error is about, ``""`` for others."""
    if not isinstance(error, click.BadParameter):
        return ""
    if error.param is None:
        return error.param_hint if isinstance(error.param_hint, str) else ""
    return error.param.opts[0] if isinstance(error.param, click.Option) else error.param.human_readable_name


def plain_signs(problem: UnicodeError) -> tuple[str, int]:
    """Stand in for signs that the console's encoding lacks: ``√`` for ``✓`` and so on, else a question mark."""
    if not isinstance(problem, UnicodeEncodeError):
        raise problem
    signs = ""
    for c in problem.object[problem.start : problem.end]:
        sign = SIGNS.get(c, "?")
        try:
            sign.encode(problem.encoding)
        except UnicodeEncodeError:
            sign = "?"
        signs += sign
    return signs, problem.end


codecs.register_error("starbranch.signs", plain_signs)


def show_findings(findings: Iterable[Diagnostic]) -> None:
    """Print findings to standard error, each with its source line where the file is text that a person wrote.

    Of those whose message may be folded only the first are told in full, the rest in one line with their places.
    """
    texts: dict[str, str | None] = {}
    told: Counter[str] = Counter()
    folded: dict[str, list[Place]] = {}
    for finding in findings:
        told[finding.key] += 1
        if told[finding.key] > SHOWN and say(finding.key, form="fold", count=0, places=""):
            folded.setdefault(finding.key, []).append(finding.place)
            continue
        file = finding.place.file
        if file not in texts:
            texts[file] = _text(file) if finding.place.line else None
        click.echo(render(finding, texts[file]), err=True)
    for key, places in folded.items():
        click.echo(f"{key.partition('.')[2]} {say(key, form='fold', count=len(places), places=_places(places))}", err=True)


def _places(places: Iterable[Place]) -> str:
    """Return places one behind the other, file and sheet said once: ``a.xlsx [组织部] C7、C8; b.csv 5:3、6:3``."""
    found: dict[str, list[str]] = {}
    for place in places:
        where = str(replace(place, line=0, column=0, cell=""))
        found.setdefault(where, []).append(place.cell or f"{place.line}:{place.column}")
    return "; ".join(f"{where} {'、'.join(spots)}" for where, spots in found.items())


def _text(file: str) -> str | None:
    try:
        with open(file, encoding="utf-8") as stream:
            return stream.read(5_000_000)
    except (OSError, UnicodeDecodeError):
        return None


def option(*names: str, **settings: Any) -> Callable[[Any], Any]:
    """Return ``click.option`` for an option whose help is a message key."""
    return click.option(*names, cls=Option, **settings)


def argument(name: str, **settings: Any) -> Callable[[Any], Any]:
    return click.argument(name, cls=Argument, **settings)
