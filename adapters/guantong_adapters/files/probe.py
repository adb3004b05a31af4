"""Probing a place of exchange: every folder looked at, and those we write to written to, with a file that no one takes."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Awaitable, Callable, Sequence

from guantong.adapter import Endpoint, ProbeStep
from guantong.problems import ProblemsError
from guantong_adapters.files import codes
from guantong_adapters.files.place import Driver
from guantong_adapters.files.settings import FilesSettings

Working = Callable[[Awaitable[object], str, str, str], Awaitable[object]]
"""Does a piece of work at the place; what goes wrong comes out as `ProblemsError`."""
CATEGORIES = {
    codes.UNREACHABLE.id: "unreachable", codes.HOST_KEY.id: "host-key", codes.LOGIN.id: "auth",
    codes.NO_FOLDER.id: "folder", codes.NOT_ALLOWED.id: "denied",
}
"""The kind of failure that each problem is."""


def reach(settings: FilesSettings) -> Sequence[Endpoint]:
    """The server of the place; a folder of this machine has none."""
    place = settings.place
    if place.sftp:
        return (Endpoint(place.sftp.host, place.sftp.port, "SFTP", "to exchange files", "交换文件"),)
    if place.ftp:
        name = "FTP" if place.ftp.tls == "none" else "FTPS"
        return (Endpoint(place.ftp.host, place.ftp.at_port, name, "to exchange files (and the server's passive ports)",
                         "交换文件（另需服务器的被动端口）"),)
    return ()


async def probe(settings: FilesSettings, driver: Driver, working: Working) -> list[ProbeStep]:
    """Every folder that is read, written or answered in; up to the first that shows that we are not let in."""
    steps: list[ProbeStep] = []
    written = {sent.folder for sent in settings.send.values()}
    read = {polled.folder for polled in settings.poll}
    answered = {sent.receipt.folder for sent in settings.send.values() if sent.receipt}
    fetched = {settings.fetch.folder} if settings.fetch else set()
    for folder in sorted(read | written | answered | fetched):
        steps.append(await _step("folder", folder, working(driver.entries(folder), "list", "列出", folder)))
        if not steps[-1].category and folder in written:
            steps.append(await _step("write", folder, working(_write(driver, folder), "write", "写入", folder)))
        if steps[-1].category in ("unreachable", "host-key", "auth"):
            break
    return steps


async def _write(driver: Driver, folder: str) -> None:
    """An empty file under a hidden name of its own, taken away at once."""
    name = f"{folder}/.guantong-probe-{uuid.uuid4().hex[:8]}.tmp"
    await driver.write(name, b"")
    await driver.delete(name)


async def _step(step: str, folder: str, work: Awaitable[object]) -> ProbeStep:
    loop = asyncio.get_running_loop()
    began = loop.time()
    try:
        await work
    except ProblemsError as error:
        problem = error.problems[0]
        return ProbeStep(step, folder, loop.time() - began, CATEGORIES.get(problem.code.id, "settings"), problem)
    return ProbeStep(step, folder, loop.time() - began)
