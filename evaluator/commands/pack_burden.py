"""What packs ask of people, and what a run says about the rules."""

import click

__all__ = ["COMMANDS", "TOP"]

COMMANDS: tuple[click.Command, ...] = ()
TOP: tuple[click.Command, ...] = ()
