"""WSDLs kept on disk, under `var/cache/wsdl` of the home folder.

Two kinds of files lie there. `<name>.documents.json` pins what was fetched from a network: it is used until
someone deletes it, so that a hub starts without the network and never follows a change unasked. `<digest>.json`
is what the documents say, so that they are read once: it can be made again at any time.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
from collections.abc import Mapping
from pathlib import Path

import msgspec

from guantong import __version__
from guantong.oserrors import in_words
from guantong.problems import Problem, ProblemsError
from guantong_adapters.soap.wsdl.codes import CHANGED, KEPT_BROKEN
from guantong_adapters.soap.wsdl.documents import Documents, gather
from guantong_adapters.soap.wsdl.loading import SECONDS, Loader
from guantong_adapters.soap.wsdl.model import Description
from guantong_adapters.soap.wsdl.refusal import refused, shown

FOLDER = Path("var/cache/wsdl")
_FORM = "1"
"""Changes with what `read` makes of the same documents."""


class _Pinned(msgspec.Struct, forbid_unknown_fields=True):
    """The documents of one WSDL that were fetched from a network, by address."""

    location: str
    texts: dict[str, bytes]


class Keeper:
    """What is kept of the WSDL at *root* (the URL of a file or an address) in *home*. *seconds* is the time for
    one document of the network."""

    def __init__(self, root: str, home: Path, seconds: float = SECONDS) -> None:
        self.root = root
        self._home = home
        self._seconds = seconds
        name = hashlib.sha256(root.encode()).hexdigest()[:24]
        self.pinned_at = FOLDER / f"{name}.documents.json"

    async def description(self) -> Description:
        """What the WSDL says: as kept, or read and kept now. Raises `ProblemsError`."""
        documents = await self.documents()
        return await asyncio.to_thread(self._described, documents)

    async def documents(self) -> Documents:
        """The documents: those of the network as they were pinned, or fetched and pinned now. Raises
        `ProblemsError`."""
        pinned = self._pins()
        loader = Loader(self.root, self._home, pinned, self._seconds)
        documents = await gather(self.root, loader.load)
        if loader.fetched:
            body = msgspec.json.encode(_Pinned(shown(self.root), {**pinned, **loader.fetched}))
            self._write(self.pinned_at, body)
        return documents

    async def changes(self) -> list[Problem]:
        """Fetch the WSDL again, and say (as a warning) what is no longer as it was pinned. Nothing is kept of it.
        Raises `ProblemsError` where it cannot be fetched."""
        pinned = self._pins()
        if not pinned:
            return []
        loader = Loader(self.root, self._home, {}, self._seconds)
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
        key = hashlib.sha256(f"{__version__} {_FORM} {documents.digest}".encode()).hexdigest()[:24]
        path = FOLDER / f"{key}.json"
        try:
            found = msgspec.json.decode((self._home / path).read_bytes(), type=Description)
            if found.digest == documents.digest:
                return found
        except (OSError, msgspec.MsgspecError, UnicodeDecodeError):
            pass  # not kept yet, or no longer whole: it is read anew
        from guantong_adapters.soap.wsdl.read import read  # xmlschema is loaded only where a WSDL is new

        description = read(documents)
        self._write(path, msgspec.json.encode(description))
        return description

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
