"""A form of parts in which files come beside the record: read part by part, each file kept as it comes.

A file of any size needs the memory of a few pieces; the record itself is bounded as every body is.
"""

from __future__ import annotations

import asyncio
import warnings
from collections.abc import Callable
from typing import Any, NamedTuple, cast
from urllib.parse import unquote

from aiohttp import (
    BadContentDispositionHeader,
    BadContentDispositionParam,
    BodyPartReader,
    ClientPayloadError,
    MultipartReader,
    StreamReader,
    web,
)
from aiohttp.http import HttpProcessingError

from guantong.blobs.blob import Blob
from guantong.blobs.folding import Part
from guantong.blobs.intake import Intake
from guantong.blobs.keeping import TooLarge
from guantong.blobstore import BlobsFailed
from guantong.record import Verdict
from guantong_adapters.http.intake import PATIENCE, SLOWEST
from guantong_adapters.http.parameters import media_type
from guantong_adapters.rest import codes
from guantong_adapters.rest.answers import refusal
from guantong_adapters.rest.formfield import MULTIPART
from guantong_adapters.rest.serving import UploadedFiles

CHUNK = 256 * 1024
AT_ONCE = 4
"""Forms that one door reads at a time; the others wait before anything of them is read."""
MOST_LINES = 64 * 1024
"""Bytes before and between two parts: a head, and what some mail programs write before the first."""
MOST_OTHERS = 50
"""Parts that are neither the record nor files: they are read over."""
_PLAIN = frozenset({"", "binary", "8bit", "7bit", "base64"})


class Uploaded(NamedTuple):
    """The record, and what came beside it."""

    record: bytes
    parts: tuple[Part, ...]


class Uploads:
    """Reads such forms for one door. *keep* begins to keep a content."""

    def __init__(self, record: str, files: UploadedFiles, keep: Callable[[], Intake], limit: int) -> None:
        self._record = record
        self._files = files
        self._keep = keep
        self._limit = limit
        self._turns = asyncio.Semaphore(AT_ONCE)
        for odd in (BadContentDispositionHeader, BadContentDispositionParam):
            # Their texts quote what came, with the names of files that are often those of people: they would stand in the log,
            # and Python would remember each of them for ever.
            warnings.filterwarnings("ignore", category=odd)

    async def read(self, request: web.Request) -> Uploaded | Verdict:
        """The record and its files, which are durable; or why the form is turned away."""
        if media_type(request) != MULTIPART:
            return _not_a_form("its content type is another", "内容类型不符")
        if (coding := request.headers.get("Content-Encoding", "identity").lower()) != "identity":
            return refusal(codes.COMPRESSED, coding=coding[:40])
        loop = asyncio.get_running_loop()
        async with self._turns:
            try:
                async with asyncio.timeout_at(loop.time() + PATIENCE) as patience:
                    return await self._parts(request, _Patience(patience, loop.time() + PATIENCE))
            except TimeoutError:
                return refusal(codes.TOO_SLOW)
            except TooLarge as error:
                return refusal(codes.TOO_LARGE, limit=error.limit)
            except BlobsFailed:
                return refusal(codes.NO_ROOM)._replace(again=True)
            except (ValueError, AssertionError, RuntimeError, HttpProcessingError):  # aiohttp's words for a form that is none
                return _not_a_form("its parts cannot be told apart", "无法区分各部分")
            except (ClientPayloadError, ConnectionError, web.RequestPayloadError):
                return refusal(codes.INCOMPLETE)

    async def _parts(self, request: web.Request, patience: _Patience) -> Uploaded | Verdict:
        lines = _Lines(request.content)
        form = MultipartReader(request.headers, cast(StreamReader, lines))
        record: bytes | None = None
        parts: list[Part] = []
        others = 0
        while (part := await form.next()) is not None:
            lines.left = MOST_LINES
            if not isinstance(part, BodyPartReader) or _encoded(part):
                return _not_a_form("a part is encoded or has parts itself", "某一部分被编码或嵌套")
            if part.filename is not None and part.name != self._record:
                if len(parts) == self._files.most:
                    return _not_a_form(f"it brings over {self._files.most} files", f"文件超过 {self._files.most} 个")
                parts.append(Part(self._files.into, await self._kept(part, patience), file_name(part.filename), self._files.named_by or ""))
            elif part.name == self._record and record is None:
                record = await self._whole(part, patience)
            elif (others := others + 1) > MOST_OTHERS:
                return _not_a_form(f"it has over {MOST_OTHERS} other fields", f"其他字段超过 {MOST_OTHERS} 个")
            else:
                await self._whole(part, patience)
        if record is None:
            return refusal(codes.NO_FORM_FIELD, field=self._record)
        return Uploaded(record, tuple(parts))

    async def _whole(self, part: BodyPartReader, patience: _Patience) -> bytes:
        """A part that is held in memory. Raises `TooLarge`."""
        body = bytearray()
        while chunk := await part.read_chunk(CHUNK):
            patience.came(len(chunk))
            body += chunk
            if len(body) > self._limit:
                raise TooLarge(self._limit)
        return bytes(part.decode(bytes(body)))

    async def _kept(self, part: BodyPartReader, patience: _Patience) -> Blob:
        """A file, as a blob. Raises `TooLarge`, `BlobsFailed`."""
        async with self._keep() as intake:
            while chunk := await part.read_chunk(CHUNK):
                patience.came(len(chunk))
                await intake.write(bytes(part.decode(chunk)))
            return await intake.keep()


class _Lines:
    """A form's content, of which only so much is read line by line: each takes a moment in which nobody else has the loop."""

    def __init__(self, content: StreamReader) -> None:
        self.left = MOST_LINES
        self._content = content

    async def readline(self, **most: int) -> bytes:
        """The next line. Raises `ValueError` where it was too many."""
        line = await self._content.readline(**most)
        self.left -= len(line)
        if self.left < 0:
            raise ValueError("too much before a part")
        return line

    def __getattr__(self, name: str) -> Any:
        return getattr(self._content, name)


class _Patience:
    """Time grows with what comes: a sender must reach the slowest rate."""

    def __init__(self, timeout: asyncio.Timeout, until: float) -> None:
        self._timeout = timeout
        self._until = until

    def came(self, size: int) -> None:
        """So many bytes more."""
        self._until += size / SLOWEST
        self._timeout.reschedule(self._until)


def file_name(written: str) -> str:
    """The name of a file as a sender wrote it: percent-encoded (RFC 7578 §4.2), or in bytes of GB 18030 where they are
    no UTF-8; bytes that are neither are written out."""
    try:
        name = unquote(written, errors="strict")
        return name.encode("utf-8", "surrogateescape").decode("gb18030") if not name.isprintable() else name
    except UnicodeDecodeError:
        return written.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


def _encoded(part: BodyPartReader) -> bool:
    """Whether a part is compressed, or in an encoding that hides how much it is."""
    transfer = part.headers.get("Content-Transfer-Encoding", "").strip().lower()
    return "Content-Encoding" in part.headers or transfer not in _PLAIN


def _not_a_form(what: str, what_zh: str) -> Verdict:
    return refusal(codes.NOT_A_FORM, what=what, what_zh=what_zh, expected=MULTIPART)
