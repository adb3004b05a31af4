"""WSDLs kept on disk, under `var/cache/wsdl` of the home folder.

Two kinds of files lie there. `<name>.documents.json` pins what was fetched from a network: it is used until
someone deletes it, so that a hub starts without the network and never follows a change unasked. `<digest>.json`
is what the documents say, so that they are read once: it can be made again at any time.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
import ssl
from collections.abc import Callable, Mapping
from pathlib import Path

import msgspec

from guantong import __version__
from guantong.oserrors import in_words
from guantong.problems import Problem, ProblemsError
from guantong_adapters.http.trust import Trust
from guantong_adapters.soap.wsdl.codes import CHANGED, KEPT_BROKEN
from guantong_adapters.soap.wsdl.documents import Documents, gather, gather_here
from guantong_adapters.soap.wsdl.loading import SECONDS, Loader
from guantong_adapters.soap.wsdl.model import Description
from guantong_adapters.soap.wsdl.refusal import refused, shown

FOLDER = Path("var/cache/wsdl")
_FORM = "2"
"""Changes with what `read` makes of the same documents."""


class _Pinned(msgspec.Struct, forbid_unknown_fields=True):
    """The documents of one WSDL that were fetched from a network, by address."""

    location: str
    texts: dict[str, bytes]


class _Elsewhere(Exception):
    """A document lies on a network, and was never fetched."""


class Keeper:
    """What is kept of the WSDL at *root* (the URL of a file or an address) in *home*. *seconds* is the time for
    one document of the network, *trust* what is trusted there and shown of us."""

    def __init__(self, root: str, home: Path, seconds: float = SECONDS, *, trust: Trust = ssl.create_default_context) -> None:
        self.root = root
        self._home = home
        self._seconds = seconds
        self._trust = trust
        name = hashlib.sha256(root.encode()).hexdigest()[:24]
        self.pinned_at = FOLDER / f"{name}.documents.json"

    async def description(self) -> Description:
        """What the WSDL says: as kept, or read and kept now. Raises `ProblemsError`."""
        documents = await self.documents()
        return await asyncio.to_thread(self._described, documents)

    def at_hand(self) -> Description | None:
        """What the WSDL says as far as that can be told without any network; None where some of it was never
        fetched. Nothing is written. Raises `ProblemsError` for what is wrong with it."""
        pinned = self._pins()
        loader = Loader(self.root, self._home, pinned)

        def load(location: str, most: int) -> bytes:
            if location in pinned:
                return pinned[location]
            if not location.startswith("file:"):
                raise _Elsewhere
            return loader.read(location, most)

        try:
            documents = gather_here(self.root, load)
        except _Elsewhere:
            return None
        return self._kept(documents) or self._read(documents)

    async def documents(self) -> Documents:
        """The documents: those of the network as they were pinned, or fetched and pinned now. Raises
        `ProblemsError`."""
        pinned = self._pins()
        loader = Loader(self.root, self._home, pinned, self._seconds, self._trust)
        documents = await gather(self.root, loader.load)
        if loader.fetched:
            body = msgspec.json.encode(_Pinned(shown(self.root), {**pinned, **loader.fetched}))
            self._write(self.pinned_at, body)
        return documents

    @property
    def pinned(self) -> bool:
        """Whether anything was fetched from a network and is kept."""
        return (self._home / self.pinned_at).exists()

    async def fresh(self) -> Description:
        """What the WSDL says where it lies now. Nothing is kept of it. Raises `ProblemsError`."""
        return (await self.renewed())[0]

    async def renewed(self) -> tuple[Description, Callable[[], None]]:
        """What the WSDL says where it lies now, and what keeps it in place of the kept one (blocks; raises `ProblemsError`). Raises
        `ProblemsError`."""
        loader = Loader(self.root, self._home, {}, self._seconds, self._trust)
        documents = await gather(self.root, loader.load)

        def keep() -> None:
            if loader.fetched:
                self._write(self.pinned_at, msgspec.json.encode(_Pinned(shown(self.root), dict(loader.fetched))))
            self._described(documents)

        return await asyncio.to_thread(self._read, documents), keep

    async def changes(self) -> list[Problem]:
        """Fetch the WSDL again, and say what is no longer as it was pinned. Nothing is kept of it.
        Raises `ProblemsError` where it cannot be fetched."""
        pinned = self._pins()
        if not pinned:
            return []
        loader = Loader(self.root, self._home, {}, self._seconds, self._trust)
        await gather(self.root, loader.load)
        now = loader.fetched
        names = sorted(shown(name) for name in pinned.keys() | now.keys() if pinned.get(name) != now.get(name))
        if not names:
            return []
        listed = ", ".join(names[:5]) + (", …" if len(names) > 5 else "")
        details = {"location": shown(self.root), "what": listed, "what_zh": listed, "kept": self.pinned_at.as_posix()}
        return [Problem(CHANGED, details=details)]

    def _pins(self) -> Mapping[str, bytes]:
        path = self._home / self.pinned_at
        try:
            return msgspec.json.decode(path.read_bytes(), type=_Pinned).texts
        except FileNotFoundError:
            return {}
        except OSError as error:
            raise self._broken(*in_words(error)) from None
        except (msgspec.MsgspecError, UnicodeDecodeError):
            raise self._broken("it is damaged", "内容已损坏") from None

    def _broken(self, what: str, what_zh: str) -> ProblemsError:
        kept = self.pinned_at.as_posix()
        return refused(KEPT_BROKEN, kept, what=what, what_zh=what_zh, kept=kept)

    def _described(self, documents: Documents) -> Description:
        found = self._kept(documents)
        if found is None:
            found = self._read(documents)
            self._write(self._kept_at(documents), msgspec.json.encode(found))
        return found

    def _kept_at(self, documents: Documents) -> Path:
        key = hashlib.sha256(f"{__version__} {_FORM} {documents.digest}".encode()).hexdigest()[:24]
        return FOLDER / f"{key}.json"

    def _kept(self, documents: Documents) -> Description | None:
        """What was read of these documents before."""
        try:
            found = msgspec.json.decode((self._home / self._kept_at(documents)).read_bytes(), type=Description)
        except (OSError, msgspec.MsgspecError, UnicodeDecodeError):
            return None  # not kept yet, or no longer whole: it is read anew
        return found if found.digest == documents.digest else None

    def _read(self, documents: Documents) -> Description:
        from guantong_adapters.soap.wsdl.read import read  # xmlschema is loaded only where a WSDL is new

        return read(documents)

    def _write(self, path: Path, body: bytes) -> None:
        """Write a file of the cache, whole or not at all. Raises `ProblemsError`."""
        file = self._home / path
        half = file.with_name(f".{file.name}.{os.getpid()}")
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            half.write_bytes(body)
            half.replace(file)
        except OSError as error:
            what, what_zh = in_words(error)
            raise refused(KEPT_BROKEN, path.as_posix(), what=what, what_zh=what_zh, kept=path.as_posix()) from None
