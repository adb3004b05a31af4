"""Toolkits of other vendors, where this machine has them: what is missing is a skip with its reason."""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

HERE = Path(__file__).parent
_JARS = Path("/usr/share/java")
AXIS = ("axis", "axis-jaxrpc", "axis-saaj", "commons-logging", "commons-discovery", "wsdl4j", "javax.mail", "javax.activation")
METRO = (
    "jaxws-api", "jaxws-ri-runtime", "jaxws-rt", "jaxb-api", "jaxb-core", "jaxb-impl", "jaxb-runtime", "javax.activation", "jws-api", "saaj",
    "saaj-impl", "geronimo-annotation-1.3-spec", "stax-ex", "streambuffer", "metro-policy", "gmbal", "mimepull", "txw2",
    "istack-commons-runtime", "woodstox-core", "stax2-api", "FastInfoset",
)
"""The JAX-WS reference implementation, as Debian's package lays it out."""
WSIMPORT = ("jaxws-tools", "jaxb-xjc", "codemodel", "xsom", "rngom", "relaxngDatatype", "dtd-parser", "istack-commons-tools", "xml-resolver")
WSS4J = ("wss4j", "xmlsec", "slf4j-api", "slf4j-nop", "commons-logging")
UTF8 = {**os.environ, "LC_ALL": "C.UTF-8"}


def needs(program: str, *, package: str, check: tuple[str, ...] = ()) -> None:
    """Skip the test where *program* is not there, or *check* fails; fail it where GUANTONG_REQUIRE_TOOLKITS says that all are."""
    there = shutil.which(program) is not None
    if there and check:
        there = not subprocess.run([program, *check], capture_output=True, check=False).returncode  # noqa: S603 -- fixed commands
    _there(there, f"{program}: apt-get install {package}")


def classpath(*jars: str, package: str) -> str:
    """The class path of these jars. Skips the test where one of them, or a compiler, is not there."""
    needs("javac", package="default-jdk-headless")
    paths = [_JARS / f"{name}.jar" for name in jars]
    _there(all(path.exists() for path in paths), f"{package}: apt-get install {package}")
    return ":".join(map(str, paths))


def _there(there: bool, missing: str) -> None:
    if there:
        return
    if os.environ.get("GUANTONG_REQUIRE_TOOLKITS") == "1":
        pytest.fail(f"not installed: {missing}; GUANTONG_REQUIRE_TOOLKITS=1 requires it", pytrace=False)
    pytest.skip(f"not installed: {missing}")


def made_by(*command: str, folder: Path) -> None:
    """Have a compiler do its work."""
    done = subprocess.run(command, cwd=folder, env=UTF8, capture_output=True, check=False, timeout=170)  # noqa: S603 -- fixed commands
    assert done.returncode == 0, done.stderr.decode()[-3000:]


async def said(*command: str, folder: Path) -> list[str]:
    """The lines that a command prints; its errors stand in the failure where it ends with any."""
    running = await asyncio.create_subprocess_exec(*command, cwd=folder, env=UTF8, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE)
    out, wrong = await asyncio.wait_for(running.communicate(), 120)
    assert running.returncode == 0, wrong.decode()[-3000:]
    return out.decode().splitlines()


@asynccontextmanager
async def serving(*command: str, folder: Path, port: int = 0) -> AsyncIterator[str]:
    """A server as a process of its own; gives its address. It prints its port, or opens *port*."""
    running = await asyncio.create_subprocess_exec(*command, cwd=folder, env=UTF8, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL)
    try:
        assert running.stdout is not None
        if not port:
            port = int(await asyncio.wait_for(running.stdout.readline(), 60))
        async with asyncio.timeout(60):
            while not await _open(port):
                assert running.returncode is None, f"{command[0]} ended with {running.returncode}"
        yield f"http://127.0.0.1:{port}"
    finally:
        running.kill()
        await running.communicate()


async def _open(port: int) -> bool:
    try:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        await asyncio.to_thread(subprocess.run, [sys.executable, "-c", ""], check=True)
        return False
    writer.close()
    await writer.wait_closed()
    return True
