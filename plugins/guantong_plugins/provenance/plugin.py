"""Registers `guantong provenance`."""

from __future__ import annotations

import typer

from guantong.plugins import hookimpl


@hookimpl
def register_commands(app: typer.Typer) -> None:
    """Add `provenance`."""
    # Its libraries load only when the command line is built.
    from guantong_plugins.provenance.command import provenance

    app.command()(provenance)
