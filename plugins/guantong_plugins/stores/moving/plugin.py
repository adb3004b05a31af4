"""Registers `guantong move`."""

from __future__ import annotations

import typer

from guantong.plugins import hookimpl


@hookimpl
def register_commands(app: typer.Typer) -> None:
    """Add `move`."""
    # Its libraries load only when the command line is built.
    from guantong_plugins.stores.moving.command import move

    app.command()(move)
