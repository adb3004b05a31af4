"""Entry point of the demo: the verb `guantong demo`."""

from __future__ import annotations

import typer

from guantong.plugins import hookimpl


@hookimpl
def register_commands(app: typer.Typer) -> None:
    """Add `demo`."""
    from guantong_plugins.demo.command import demo  # its libraries load only when the command line is built

    app.command("demo")(demo)
