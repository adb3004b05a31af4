"""`guantong county`: the verbs for bringing a county online. Each is a module of its own."""

from __future__ import annotations

import typer

from guantong.cli.county_add import add
from guantong.cli.county_posts import county_posts
from guantong.cli.county_ready import county_ready

county = typer.Typer(no_args_is_help=True, rich_markup_mode="markdown")
county.command("add")(add)
county.command("ready")(county_ready)
county.command("posts")(county_posts)


@county.callback()
def _online() -> None:
    """Bring a county online: make its files, prove that it is ready (接入县区：生成配置、上线前检查)."""
