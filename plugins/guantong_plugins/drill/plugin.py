"""Registers `guantong drill`."""

from __future__ import annotations

import typer

from guantong.plugins import hookimpl


@hookimpl
def register_commands(app: typer.Typer) -> None:
    """Add `drill`."""
    from guantong_plugins.drill.command import drill  # its libraries load only when the command line is built

    app.command()(drill)
