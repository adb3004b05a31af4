"""`guantong sites`: the tree of centres and windows. Each verb's module is its own."""

from __future__ import annotations

import typer

from guantong.cli.sites_connected import connected
from guantong.cli.sites_import import history, import_sites, undo
from guantong.cli.sites_list import export, list_sites, show, template

sites = typer.Typer(no_args_is_help=True, rich_markup_mode="markdown")
sites.command("import")(import_sites)
sites.command("undo")(undo)
sites.command("history")(history)
sites.command("list")(list_sites)
sites.command("show")(show)
sites.command("export")(export)
sites.command("template")(template)
sites.command("connected")(connected)


@sites.callback()
def _data() -> None:
    """The tree of centres and windows: 市 → 县区 → 镇街 → 村居 → 窗口 (站点：镇街便民服务中心、村居便民服务室).

    Data, not configuration: imported from a table, kept in versions under var/sites, taken up by `guantong reload`.
    """
