"""Entry point: the process adapter."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path

from guantong.adapter import AdapterSpec, Addressed, Connection, NotAnAddress, SystemContext
from guantong.compartment.child import Limits
from guantong.compartment.compartment import Lodger
from guantong.compartment.connection import lodge
from guantong.compartment.opening import longest_line
from guantong.plugins import hookimpl
from guantong.problems import Problem, ProblemsError
from guantong_adapters.process.codes import CANNOT, NO_COMMAND
from guantong_adapters.process.settings import ProcessSettings


async def _open(context: SystemContext) -> Connection:
    settings: ProcessSettings = context.settings
    folder = context.folder or context.home / "var" / "systems" / context.system
    opening = {
        "system": context.system, "options": settings.options, "folder": str(folder), "address": context.address,
        "secrets": {name: secret.reveal() for name, secret in context.secrets.items()},
        "body_limit": context.body_limit,
        "doors": [{"method": door.method, "path": door.path} for door in settings.doors],
    }
    limits = Limits(settings.limits.memory, settings.limits.answers)
    lodger = Lodger(context.system, settings.command, opening, limits, context.home, folder,
                    longest_line(context.body_limit), [f"{door.method} {door.path}" for door in settings.doors])
    connection, can = await lodge(lodger, context)
    missing = [ability for ability in settings.can if ability not in can]
    if missing:
        await connection.close()
        raise ProblemsError([Problem(CANNOT, path="can", details={"missing": ", ".join(missing)})])
    return connection


def _examine(settings: ProcessSettings, home: Path) -> Sequence[Problem]:
    program = settings.command[0]
    if shutil.which(program) or shutil.which(str(home / program)):
        return ()
    return [Problem(NO_COMMAND, path="command", details={"name": program})]


def _no_address(_address: str) -> Addressed:
    raise NotAnAddress("no address: a process is started by its command", "进程适配器没有地址，由 command 启动")


@hookimpl
def register_adapters() -> Sequence[AdapterSpec]:
    return [AdapterSpec(
        "process", "A process of its own, in any language", "独立进程（任意语言）", ProcessSettings, _open,
        queries=lambda settings: "query" in settings.can, receipts=frozenset({"column", "file"}), examine=_examine,
        doors=lambda settings: [door.path for door in settings.doors], listens=lambda settings: "listen" in settings.can, address=_no_address,
        categories={"GT480": "process", "GT483": "process", "GT485": "process"},
    )]
