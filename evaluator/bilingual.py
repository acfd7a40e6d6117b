"""Click in two languages: help texts are message keys, wide characters count two columns, errors are sentences with their exit code."""

import os
import sys
import tempfile
import traceback
from collections.abc import Callable, Iterable
from typing import Any

import click
from rich.cells import cell_len

from evaluator.diagnostics import Diagnostic, Failure, render
from evaluator.messages import say

__all__ = ["Command", "Group", "argument", "option", "show_findings"]

LIMIT = 34  # columns of the left side of a help table


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
        if pieces and pieces[-1] and cell_len(c) == 1 and c != " " and cell_len(pieces[-1][-1]) == 1 and pieces[-1][-1] != " ":
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
        key, self.help = self.help, say(self.help) if self.help and self.help.startswith("cli.") else self.help
        try:
            return super().get_help_record(ctx)
        finally:
            self.help = key


class Command(click.Command):
    """A command whose ``help`` is a message key."""

    def make_formatter(self) -> WideFormatter:
        return WideFormatter(width=80)

    def get_help(self, ctx: click.Context) -> str:
        formatter = WideFormatter(width=min(ctx.terminal_width or 80, 80))
        self.format_help(ctx, formatter)
        return formatter.getvalue().rstrip("\n")

    def collect_usage_pieces(self, ctx: click.Context) -> list[str]:
        return [say("cli.options_metavar") if piece == "[OPTIONS]" else piece for piece in super().collect_usage_pieces(ctx)]

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
    match error:
        case click.NoSuchOption():
            key, values = "cli.no_such_option", {"name": error.option_name, "near": "、".join(error.possibilities or ())}
        case click.MissingParameter():
            name = (
                error.param.opts[0]
                if error.param and error.param.param_type_name == "option"
                else error.param.human_readable_name
                if error.param
                else ""
            )
            key, values = "cli.missing_parameter", {"name": name}
        case click.BadParameter():
            name = error.param.opts[0] if error.param else ""
            key, values = "cli.bad_parameter", {"name": name, "message": error.message}
        case _:
            key, values = "cli.bad_usage", {"message": error.format_message()}
    path = error.ctx.command_path if error.ctx else "starbranch"
    return say(key, **values) + "\n" + say("cli.see_help", path=path)


def show_findings(findings: Iterable[Diagnostic]) -> None:
    """Print findings to standard error, each with its source line where the file is text that a person wrote."""
    texts: dict[str, str | None] = {}
    for finding in findings:
        file = finding.place.file
        if file not in texts:
            texts[file] = _text(file) if finding.place.line else None
        click.echo(render(finding, texts[file]), err=True)


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
    return click.argument(name, **settings)
