"""`guantong run`: the hub."""

from __future__ import annotations

import asyncio
import errno
import re
import signal
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any, Literal

import typer
from pydantic_core import PydanticCustomError

from guantong import log
from guantong.cli.acting import WhyOption, actor_or_login
from guantong.cli.codes import CANNOT_START, HOME_IN_USE, NO_SUCH_ADDRESS, PORT_TAKEN, STORE_FAILED
from guantong.cli.home import HERE, WRONG_USAGE, HomeOption, configuration, fail, print_problems, refuse, stop
from guantong.config import Configuration
from guantong.config.hub import parse_listen
from guantong.hub import running
from guantong.lock import HomeLocked
from guantong.mapping.memory import Memory
from guantong.oserrors import in_words
from guantong.part import WHOLE, Part, Role
from guantong.plugins import registry
from guantong.problems import Problem, ProblemsError
from guantong.store import StoreFailed, StoreRefused
from guantong.vault import VaultError

RoleOption = Annotated[Literal["hub", "ingress", "worker", "console"], typer.Option(
    "--role", help="What this process does, where several share the store: everything (hub), take in (ingress), send (worker), serve operators "
    "(console) (本进程的分工).")]
NameOption = Annotated[str, typer.Option("--name", help="Its name among the processes of this home; default: its role (本进程的名称).")]
ListenOption = Annotated[str, typer.Option(
    "--listen", help="Address and port to listen at; default: hub.listen, and for a worker none (监听地址).")]
ByOption = Annotated[str, typer.Option("--as", help="Who starts it and answers for what was changed; default: hub, with the login name beside it "
                                            "(启动人).")]
_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,29}")


def run(home: HomeOption = HERE, role: RoleOption = "hub", name: NameOption = "", listen: ListenOption = "", by: ByOption = "",
        why: WhyOption = "") -> None:
    """Run the hub, or a part of it, until SIGTERM or Ctrl-C (运行).

    It then closes its doors, finishes what is in hand or leaves it safely in the store, and ends. After changing
    mappings, check, then `guantong reload` (or SIGHUP); after changing config/, end the hub and start it again.

    Where the store is shared (PostgreSQL with `shared: true`) any number of processes do the work together, each with a
    `--role` or all of it; the others go on with what one that died had in hand. `guantong workers` shows them.

    Where config/ or mappings/ are others than at the last start, the journal tells which files, who started it (--as) and why.

    Example: `guantong run --home /srv/guantong`, or `guantong run --role worker --name worker-2`;
    `guantong run --as 陈工 --why 新增普宁接口`
    """
    part = _part(role, name, listen)._replace(by=actor_or_login(by) if by else "", why=why)
    memory = Memory()
    config = configuration(home, secrets=True, memory=memory)
    log.configure(config.hub.log.format, config.hub.log.level)
    try:
        _loop_runner()(_run(config, memory, part))
    except HomeLocked as error:
        stop(Problem(HOME_IN_USE, details={"folder": config.home.as_posix(), "pid": error.pid or "?"}))
    except (StoreRefused, VaultError) as error:
        refuse(error)
    except StoreFailed as error:
        stop(Problem(STORE_FAILED, details={"what": str(error)}))
    except ProblemsError as error:
        print_problems(error.problems)
        raise typer.Exit(WRONG_USAGE) from None
    except OSError as error:
        stop(_refusal(error, config, part))


def _part(role: str, name: str, listen: str) -> Part:
    named = name or role
    if not _NAME.fullmatch(named):
        fail(f"--name：{named[:60]!r} 只能用小写字母、数字和连字符，至多 30 个字符 / --name: small letters, digits and hyphens, at most 30")
    if role != "hub" and named == "hub":
        fail("--name：hub 是承担全部工作的进程的名称 / --name: hub is the one that does everything")
    try:
        where = parse_listen(listen) if listen else None
    except PydanticCustomError as error:
        fail(f"--listen：{listen[:60]!r} 应写作地址和端口，如 127.0.0.1:8080 / --listen: {error.message()}")
    return Part(Role(role), named, where)


def _refusal(error: OSError, config: Configuration, part: Part) -> Problem:
    """What the operating system refused, as a problem."""
    host, port = part.listen or (config.hub.listen_host, config.hub.listen_port)
    where = {"where": f"{host}:{port}"}
    if error.errno == errno.EADDRINUSE:
        return Problem(PORT_TAKEN, details=where)
    if error.errno == errno.EADDRNOTAVAIL or (error.errno == errno.EACCES and error.filename is None):
        return Problem(NO_SUCH_ADDRESS, details=where)
    what, what_zh = in_words(error)
    file = f" ({error.filename})" if error.filename else ""
    return Problem(CANNOT_START, details={"what": what, "what_zh": what_zh, "file": file})


async def _run(config: Configuration, memory: Memory, part: Part) -> None:
    told = asyncio.Event()
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(log.tell_stray)
    for signum in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(signum, told.set)
    async with running(config, registry(), memory, part) as hub:
        loop.add_signal_handler(signal.SIGHUP, hub.reloader.soon, "SIGHUP")
        with _port_told(config.home, part.name, hub.port):
            await told.wait()
        loop.remove_signal_handler(signal.SIGHUP)


@contextmanager
def _port_told(home: Path, name: str, port: int) -> Iterator[None]:
    """Keep where the hub listens in `var/port` while it runs: it may have been left to the kernel. A part of it keeps
    `var/<name>.port`, 0 where it does not listen."""
    kept = "port" if name == WHOLE.name else f"{name}.port"
    half, file = home / "var" / f"{kept}.new", home / "var" / kept
    half.write_text(f"{port}\n", encoding="ascii")
    half.replace(file)
    try:
        yield
    finally:
        file.unlink(missing_ok=True)


def _loop_runner() -> Callable[[Coroutine[Any, Any, None]], None]:
    """uvloop's runner where it is installed, else asyncio's."""
    try:
        import uvloop  # optional: present with the extra `fast`
    except ImportError:
        return asyncio.run
    return uvloop.run
