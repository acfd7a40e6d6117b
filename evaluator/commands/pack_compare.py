"""Packs side by side: what an overlay makes stricter, what differs, and which branches move."""

import click

__all__ = ["COMMANDS"]

COMMANDS: tuple[click.Command, ...] = ()
