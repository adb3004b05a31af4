"""`guantong workers`: which processes share the store, and what each does."""

from __future__ import annotations

import orjson
import typer
from rich.text import Text

from guantong.cli.home import HERE, HomeOption, JsonOption, configuration, reading
from guantong.cli.screen import age, console, table
from guantong.clock import shown
from guantong.sharedstore import Worker

ROLES_ZH = {"hub": "全部", "ingress": "接入", "worker": "推送", "console": "值班", "command": "命令"}


def workers(home: HomeOption = HERE, as_json: JsonOption = False) -> None:
    """Show the processes that share the store (PostgreSQL with `shared: true`), and what each does (查看各进程).

    One that gave no sign of life for the lease (`store.lease`) is taken for dead: the others go on with what it had in hand.

    Example: `guantong workers`
    """
    with reading(configuration(home)) as reader:
        found = reader.workers()
    if as_json:
        typer.echo(orjson.dumps({"workers": [_as_json(one) for one in found]}, option=orjson.OPT_INDENT_2))
        return
    if not found:
        typer.echo("没有进程共用该存储 · No processes share the store.")
        return
    heads = ["编号\nid", "名称\nname", "分工\nrole", "主机\nhost", "进程\npid", "启动\nsince", "上次响应\nlast seen", "处理中\nin hand", "专责\nduties"]
    rows: list[list[str | Text]] = [
        [str(one.id), one.told.name.rpartition("/")[2].rpartition(":")[2], f"{ROLES_ZH.get(one.told.role, '')} {one.told.role}", one.told.host, str(one.told.pid), shown(one.started_at),
         Text(age(one.silent // 1000), style="" if one.live else "bold red"), str(one.claims), str(len(one.duties))]
        for one in found
    ]
    console().print(table(heads, rows, right=(0, 4, 7, 8), gap=1))
    for one in found:
        if one.duties:
            typer.echo(f"{one.id}: {'，'.join(one.duties)}")


def _as_json(one: Worker) -> dict[str, object]:
    told = one.told
    return {"id": one.id, "name": told.name, "role": told.role, "host": told.host, "pid": told.pid, "since": one.started_at,
            "silent_ms": one.silent, "live": one.live, "in_hand": one.claims, "duties": list(one.duties)}
