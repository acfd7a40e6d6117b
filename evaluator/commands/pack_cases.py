"""Cases of packs: run them, write those at every boundary, break the pack and see which case notices."""

import click

__all__ = ["COMMANDS"]

COMMANDS: tuple[click.Command, ...] = ()
