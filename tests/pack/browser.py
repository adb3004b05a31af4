"""A headless Chromium, driven by its own protocol: no driver, no package of its own."""

from __future__ import annotations

import asyncio
import base64
import os
import shutil
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import count
from pathlib import Path
from typing import Any

import aiohttp
import pytest

NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")


class Page:
    """One page. `told` are all messages that the browser sent of it."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self._socket = socket
        self._numbers = count(1)
        self.told: list[dict[str, Any]] = []

    async def ask(self, method: str, **params: Any) -> Any:
        """Have the browser do something; its answer."""
        number = next(self._numbers)
        await self._socket.send_json({"id": number, "method": method, "params": params})
        while True:
            answer = await self._socket.receive_json()
            if answer.get("id") == number:
                assert "error" not in answer, answer
                return answer["result"]
            self.told.append(answer)

    async def value(self, expression: str) -> Any:
        """What an expression comes to in the page."""
        found = await self.ask("Runtime.evaluate", expression=expression, awaitPromise=True, returnByValue=True)
        assert "exceptionDetails" not in found, found
        return found["result"].get("value")

    async def until(self, expression: str) -> None:
        """Wait until an expression holds."""
        while not await self.value(f"Boolean({expression})"):  # noqa: ASYNC110  the browser sets no event of ours
            await asyncio.sleep(0.02)

    async def choose(self, selector: str, file: Path) -> None:
        """Choose a file in a field."""
        root = await self.ask("DOM.getDocument")
        node = await self.ask("DOM.querySelector", nodeId=root["root"]["nodeId"], selector=selector)
        await self.ask("DOM.setFileInputFiles", files=[str(file)], nodeId=node["nodeId"])

    async def picture(self) -> bytes:
        """What one sees, as PNG."""
        found = await self.ask("Page.captureScreenshot", captureBeyondViewport=True)
        return base64.b64decode(found["data"])


@asynccontextmanager
async def opened(url: str, *more: str) -> AsyncIterator[Page]:
    """A page in a browser of its own. Skips the test where there is no browser."""
    program = next((found for name in NAMES if (found := shutil.which(name))), None)
    if program is None:
        pytest.skip("there is no Chromium here")
    profile = tempfile.mkdtemp()
    root = ["--no-sandbox"] if os.geteuid() == 0 else []
    browser = await asyncio.create_subprocess_exec(
        program, "--headless=new", "--disable-gpu", "--remote-debugging-port=0", f"--user-data-dir={profile}", "--window-size=1100,1400",
        "--disable-background-networking", "--no-first-run", *root, *more, "about:blank",
        stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL)
    try:
        ports = Path(profile) / "DevToolsActivePort"
        async with asyncio.timeout(120):
            while not (ports.exists() and ports.read_text().count("\n") >= 1):  # noqa: ASYNC110  nor does it say when it listens
                await asyncio.sleep(0.05)
        async with aiohttp.ClientSession() as session:
            async with session.get(f"http://127.0.0.1:{ports.read_text().split()[0]}/json/list") as answer:
                where = next(one["webSocketDebuggerUrl"] for one in await answer.json() if one["type"] == "page")
            async with session.ws_connect(where, max_msg_size=0) as socket:
                page = Page(socket)
                for domain in ("Page", "Runtime", "Network", "Log"):
                    await page.ask(f"{domain}.enable")
                await page.ask("Page.navigate", url=url)
                await page.until("document.readyState === 'complete' && document.getElementById('file')")
                yield page
    finally:
        browser.terminate()
        await browser.wait()
        shutil.rmtree(profile, ignore_errors=True)
