"""What people learn from: the handbook and the hundred questions."""

import click

__all__ = ["COMMANDS"]

COMMANDS: tuple[click.Command, ...] = ()
