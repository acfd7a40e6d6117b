"""Advice: what to change first, and what is still to be shown."""

import click

__all__ = ["COMMANDS"]

COMMANDS: tuple[click.Command, ...] = ()
