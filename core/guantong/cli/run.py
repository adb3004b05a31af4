"""`guantong run`: the hub."""

from __future__ import annotations

import asyncio
import errno
import signal
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import typer

from guantong import log
from guantong.cli.codes import CANNOT_START, HOME_IN_USE, NO_SUCH_ADDRESS, PORT_TAKEN
from guantong.cli.home import HERE, WRONG_USAGE, HomeOption, configuration, print_problems, refuse, stop
from guantong.config import Configuration
from guantong.hub import running
from guantong.lock import HomeLocked
from guantong.mapping.memory import Memory
from guantong.oserrors import in_words
from guantong.plugins import registry
from guantong.problems import Problem, ProblemsError
from guantong.store import StoreRefused
from guantong.vault import VaultError


def run(home: HomeOption = HERE) -> None:
    """Run the hub until SIGTERM or Ctrl-C (运行).

    It then closes its doors, finishes what is in hand or leaves it safely in the store, and ends. After changing
    mappings, check, then `guantong reload` (or SIGHUP); after changing config/, end the hub and start it again.

    Example: `guantong run --home /srv/guantong`
    """
    memory = Memory()
    config = configuration(home, secrets=True, memory=memory)
    log.configure(config.hub.log.format, config.hub.log.level)
    try:
        _loop_runner()(_run(config, memory))
    except HomeLocked as error:
        stop(Problem(HOME_IN_USE, details={"folder": config.home.as_posix(), "pid": error.pid or "?"}))
    except (StoreRefused, VaultError) as error:
        refuse(error)
    except ProblemsError as error:
        print_problems(error.problems)
        raise typer.Exit(WRONG_USAGE) from None
    except OSError as error:
        stop(_refusal(error, config))


def _refusal(error: OSError, config: Configuration) -> Problem:
    """What the operating system refused, as a problem."""
    where = {"where": f"{config.hub.listen_host}:{config.hub.listen_port}"}
    if error.errno == errno.EADDRINUSE:
        return Problem(PORT_TAKEN, details=where)
    if error.errno == errno.EADDRNOTAVAIL or (error.errno == errno.EACCES and error.filename is None):
        return Problem(NO_SUCH_ADDRESS, details=where)
    what, what_zh = in_words(error)
    file = f" ({error.filename})" if error.filename else ""
    return Problem(CANNOT_START, details={"what": what, "what_zh": what_zh, "file": file})


async def _run(config: Configuration, memory: Memory) -> None:
    told = asyncio.Event()
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(log.tell_stray)
    for signum in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(signum, told.set)
    async with running(config, registry(), memory) as hub:
        loop.add_signal_handler(signal.SIGHUP, hub.reloader.soon, "SIGHUP")
        with _port_told(config.home, hub.port):
            await told.wait()
        loop.remove_signal_handler(signal.SIGHUP)


@contextmanager
def _port_told(home: Path, port: int) -> Iterator[None]:
    """Keep where the hub listens in `var/port` while it runs: it may have been left to the kernel."""
    half, file = home / "var" / "port.new", home / "var" / "port"
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
