"""`guantong queues`: what waits where."""

from __future__ import annotations

from typing import Any

import httpx
import orjson
import typer
from rich.console import Console
from rich.table import Table

from guantong.cli.home import HERE, HomeOption, JsonOption, configuration, reading
from guantong.clock import now_ms
from guantong.config import Configuration
from guantong.operations.figures import queue_figures

TITLES = {
    "waiting": "等待", "blocked": "排在后面", "sending": "发送中", "retrying": "重试中", "unknown": "待核实",
    "dead": "异常", "sent": "待回执", "dead_at_accept": "无法转换", "held": "暂停", "oldest_seconds": "最久(秒)",
}


def queues(home: HomeOption = HERE, as_json: JsonOption = False) -> None:
    """Show what waits for each system (各系统队列). Example: `guantong queues --json`"""
    config = configuration(home)
    figures = _of_running_hub(config) or _of_store(config)
    if as_json:
        typer.echo(orjson.dumps(figures, option=orjson.OPT_INDENT_2))
        return
    table = Table(title="队列 Queues")
    table.add_column("系统 System")
    for name, title in TITLES.items():
        table.add_column(f"{title}\n{name}", justify="right")
    for system, row in figures["systems"].items():
        table.add_row(system, *(_cell(name, row[name]) for name in TITLES))
    Console().print(table)


def _of_store(config: Configuration) -> dict[str, Any]:
    with reading(config) as reader:
        return queue_figures(reader, config, {}, now_ms())


def _of_running_hub(config: Configuration) -> dict[str, Any] | None:
    """The figures of the hub that runs on the home, which also knows what it has in hand."""
    port = config.home / "var" / "port"
    if not port.is_file():
        return None
    url = f"http://{config.hub.listen_host}:{port.read_text(encoding='ascii').strip()}/api/v1/queues"
    try:
        answer = httpx.get(url, timeout=5, trust_env=False)
        found: dict[str, Any] = answer.raise_for_status().json()
    except (httpx.HTTPError, ValueError):
        return None  # it was killed and left its port behind: the store knows as well
    return found


def _cell(name: str, value: Any) -> str:
    if not value:
        return "·"
    if name in ("dead", "unknown", "dead_at_accept", "held"):
        return f"[bold red]{'是' if value is True else value}[/]"
    return str(value)
