"""Reading the documents of a WSDL where they lie: files under the home folder, addresses by HTTP.

A WSDL on a network may only want documents of its own host: whoever can change it must not send us round ours.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import url2pathname

import httpx

from guantong.oserrors import in_words
from guantong_adapters.http.trust import Trust, cause
from guantong_adapters.soap.wsdl.codes import OUTSIDE, TOO_LARGE, UNREACHABLE
from guantong_adapters.soap.wsdl.refusal import refused, shown

SECONDS = 20.0
"""For one document, from connecting to its last byte."""


class Loader:
    """Loads the documents of the WSDL at *root*, once each. *kept* are those of the network that are known
    already: they are not fetched again. `fetched` are those that were. *trust* is what https connections trust and show."""

    def __init__(self, root: str, home: Path, kept: Mapping[str, bytes], seconds: float = SECONDS,
                 trust: Trust = ssl.create_default_context) -> None:
        self._root = urlsplit(root)
        self._home = home.resolve()
        self._kept = kept
        self._seconds = seconds
        self._trust = trust
        self.fetched: dict[str, bytes] = {}

    async def load(self, location: str, most: int) -> bytes:
        """The document at *location*, at most *most* bytes. Raises `ProblemsError`."""
        parts = urlsplit(location)
        if parts.scheme == "file" and self._root.scheme == "file" and not parts.netloc:
            return await asyncio.to_thread(self.read, location, most)
        own = self._root.scheme == "file" or parts.hostname == self._root.hostname
        if parts.scheme not in ("http", "https") or not own:
            raise refused(OUTSIDE, self._root.geturl(), found=shown(location)[:200])
        if location in self._kept:
            return self._kept[location]
        self.fetched[location] = await self._fetch(location, most)
        return self.fetched[location]

    def read(self, location: str, most: int) -> bytes:
        """The file at *location*, at most *most* bytes. Raises `ProblemsError`."""
        try:
            real = Path(url2pathname(urlsplit(location).path)).resolve()
            if not real.is_relative_to(self._home):
                raise refused(OUTSIDE, self._root.geturl(), found=shown(location)[:200])
            with real.open("rb") as file:
                text = file.read(most + 1)
        except OSError as error:
            raise _unreachable(location, *in_words(error)) from None
        if len(text) > most:
            raise _too_large(location, most)
        return text

    async def _fetch(self, location: str, most: int) -> bytes:
        text = bytearray()
        verify = self._trust() if location.startswith("https:") else True
        try:
            async with (
                asyncio.timeout(self._seconds),
                httpx.AsyncClient(timeout=self._seconds, trust_env=False, follow_redirects=False, verify=verify) as client,
                client.stream("GET", location, headers={"Accept-Encoding": "identity"}) as answer,
            ):
                if answer.status_code != 200:
                    said = f"HTTP {answer.status_code}"
                    raise _unreachable(location, said, said)
                async for chunk in answer.aiter_raw():
                    text += chunk
                    if len(text) > most:
                        raise _too_large(location, most)
        except TimeoutError:
            raise _unreachable(location, f"no answer within {self._seconds:g} s", f"{self._seconds:g} 秒内无应答") from None
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise _unreachable(location, *cause(error)) from None
        return bytes(text)


def _unreachable(location: str, what: str, what_zh: str) -> Exception:
    return refused(UNREACHABLE, location, what=what, what_zh=what_zh, location=shown(location))


def _too_large(location: str, most: int) -> Exception:
    return refused(TOO_LARGE, location, what=f"more than {most} bytes", what_zh=f"超过 {most} 字节")
