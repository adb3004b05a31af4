"""Registers `guantong bench`."""

from __future__ import annotations

import typer

from guantong.plugins import hookimpl


@hookimpl
def register_commands(app: typer.Typer) -> None:
    """Add `bench`."""
    from guantong_plugins.bench.command import bench  # its libraries load only when the command line is built

    app.add_typer(bench, name="bench")
