"""Writing one record as a file, with an honest end, and asking for it later.

The bytes go under a temporary name first, which nobody reads; then the file gets its own name in one step. The
name holds the delivery's key, so that another attempt replaces the same file.
"""

from __future__ import annotations

from dataclasses import dataclass

import orjson

from guantong.attached import Attached
from guantong.blobstore import BlobMissing, BlobsFailed
from guantong.problems import Place, Problem, ProblemsError
from guantong.record import Answer, NotSent, Outgoing, Reply, Unsure
from guantong.vault import VaultError
from guantong_adapters.files import codes
from guantong_adapters.files.filenames import beside
from guantong_adapters.files.place import Denied, Driver, Lost, Missing
from guantong_adapters.files.settings import SentKind
from guantong_adapters.files.taking import path_in

LONGEST_ENDING = 12
"""Bytes that a temporary name is longer than the file's own: of attempt 99999999 at most."""


def reply(result: str, **more: str) -> bytes:
    """The JSON a profile's rules judge: the result, and what else is known and not empty."""
    return orjson.dumps({"result": result, **{name: value for name, value in more.items() if value}})


def error(denied: Denied) -> Reply:
    """What the place refused, in classes that profiles judge by."""
    return Reply(reply("error", **{"class": denied.kind, "state": denied.state}))


@dataclass(frozen=True, slots=True)
class Target:
    """Where one record goes: the file's name, and the kind's settings."""

    sent: SentKind
    name: str
    beside: tuple[tuple[str, Attached], ...] = ()
    """The files of its attachments: names, and contents."""

    @property
    def path(self) -> str:
        return path_in(self.sent.folder, self.name)

    def temporary(self, attempt: int) -> str:
        """A name of this attempt alone: what an earlier one may still be writing is not touched."""
        return path_in(self.sent.folder, f"{self.name}.{attempt}.tmp")


class Attempt:
    """One attempt to write. What `given_up` says is true at every moment."""

    def __init__(self, driver: Driver, target: Target, outgoing: Outgoing) -> None:
        self._driver = driver
        self._target = target
        self._outgoing = outgoing
        self._phase = "writing"

    async def run(self) -> Answer:
        """Write the file: `{"result": "written"}`, or `"error"` with what the place said."""
        temporary = self._target.temporary(self._outgoing.attempt)
        try:
            if self._outgoing.attempt > 1:
                await self._driver.delete(self._target.temporary(self._outgoing.attempt - 1))
            for name, attached in self._target.beside:  # before the record, which is what the other side looks for
                await self._write_beside(name, attached)
            await self._driver.write(temporary, self._outgoing.body)
            await self._check(temporary)
            self._phase = "naming"
            await self._driver.move(temporary, self._target.path)
            self._phase = "marking"
            if self._target.sent.marker:
                await self._driver.write(path_in(self._target.sent.folder, self._marker), b"")
        except Lost as lost:
            return self.given_up(lost.what, lost.what_zh)
        except Missing:
            # The folder, or what we wrote a moment ago and somebody took: nothing stands under its name by us.
            return Reply(reply("error", **{"class": "folder"}))
        except Denied as denied:
            return await self._refused(temporary, denied)
        return Reply(reply("written"))

    async def _write_beside(self, name: str, attached: Attached) -> None:
        """An attachment's file, whole before it has its name. The name is the delivery's: another attempt replaces it."""
        path = path_in(self._target.sent.folder, name)
        temporary = f"{path}.{self._outgoing.attempt}.tmp"
        try:
            await self._driver.write_pieces(temporary, attached.read(), attached.blob.size)
        except (BlobMissing, BlobsFailed, VaultError) as gone:
            raise ProblemsError([Problem(codes.ATTACHMENT_GONE, Place(), "send", {"what": str(gone)})]) from None
        entry = await self._driver.stat(temporary)
        if entry is not None and entry.size != attached.blob.size:
            raise Denied("other", "cut")
        await self._driver.move(temporary, path)

    def given_up(self, what: str, what_zh: str) -> Answer:
        """How it ended, when nobody waits for it any longer."""
        if self._phase == "writing":
            return NotSent(f"{what} while the file was written under a temporary name", f"以临时文件名写入时：{what_zh}")
        if self._phase == "naming":
            return Unsure(f"{what} while the file was given its name", f"文件改名时：{what_zh}")
        return Unsure(f"{what} while the marker was written", f"写入标记文件时：{what_zh}")

    async def _check(self, temporary: str) -> None:
        """Some servers take a broken transfer for the end of a file. Raises `Denied` when bytes are missing."""
        if self._driver.confirms_writes:
            return
        entry = await self._driver.stat(temporary)
        if entry is not None and entry.size != len(self._outgoing.body):
            raise Denied("other", "cut")

    @property
    def _marker(self) -> str:
        return beside(self._target.sent.marker or "", self._target.name)

    async def _refused(self, temporary: str, denied: Denied) -> Answer:
        """The place said no. What we left under the temporary name goes, as far as the place lets it."""
        if self._phase != "marking":
            try:
                await self._driver.delete(temporary)
            except (Denied, Lost):
                return error(denied)  # the refusal counts; the next attempt deletes what is left
        return error(denied)


async def ask(driver: Driver, target: Target) -> Answer:
    """Whether the file, or a status file of it, is there: `{"result": "found"}` or `"absent"`."""
    receipt = target.sent.receipt
    paths = [target.path]
    if receipt:
        names = (*receipt.confirmed, *receipt.rejected, *filter(None, [receipt.judged]))
        paths += [path_in(receipt.folder, beside(name, target.name)) for name in names]
    try:
        for path in paths:
            if await driver.stat(path) is not None:
                return Reply(reply("found"))
    except (Lost, Denied) as failed:
        zh = failed.what_zh if isinstance(failed, Lost) else failed
        return NotSent(f"the place could not be asked ({failed})", f"无法查询对方的文件（{zh}）")
    return Reply(reply("absent"))
