"""`guantong run`: the hub."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

from guantong import log
from guantong.cli.home import HERE, HomeOption, configuration, fail, print_problems
from guantong.config import Configuration
from guantong.hub import running
from guantong.lock import HomeLocked
from guantong.plugins import registry
from guantong.problems import ProblemsError
from guantong.store import StoreRefused
from guantong.vault import VaultError


def run(home: HomeOption = HERE) -> None:
    """Run the hub until SIGTERM or Ctrl-C (运行).

    It then closes its doors, finishes what is in hand and stops. Example: `guantong run --home /srv/guantong`
    """
    config = configuration(home)
    log.configure(config.hub.log.format, config.hub.log.level)
    try:
        _loop_runner()(_run(config))
    except (HomeLocked, StoreRefused, VaultError) as error:
        fail(str(error))
    except ProblemsError as error:
        print_problems(error.problems)
        fail("")
    except OSError as error:
        where = f"{config.hub.listen_host}:{config.hub.listen_port}"
        fail(f"hub.listen: {where} cannot be opened ({error.strerror}); is another program there?")


async def _run(config: Configuration) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(log.tell_stray)
    for signum in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(signum, stop.set)
    async with running(config, registry()) as hub:
        _tell_port(config.home, hub.port)
        await stop.wait()


def _tell_port(home: Path, port: int) -> None:
    """Write where the hub listens to `var/port`: it may have been left to the kernel."""
    half = home / "var" / "port.new"
    half.write_text(f"{port}\n", encoding="ascii")
    half.replace(home / "var" / "port")


def _loop_runner() -> Callable[[Coroutine[Any, Any, None]], None]:
    """uvloop's runner where it is installed, else asyncio's."""
    try:
        import uvloop  # optional: present with the extra `fast`
    except ImportError:
        return asyncio.run
    return uvloop.run
