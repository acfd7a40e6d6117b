"""Packs out to Excel and back, and a new one from a pasted table."""

import click

__all__ = ["COMMANDS"]

COMMANDS: tuple[click.Command, ...] = ()
