"""Attaching: contents that came in or beside a record become blobs, and the events that hold them references.

Blobs are durable before the message's transaction refers to them. What is wrong with a content (no Base64, another
MD5 than declared, too large) is wrong with its record: it parks, or is refused, with all the rest.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import Any, NamedTuple

from guantong.blobs.base64text import NotBase64, read_base64
from guantong.blobs.blob import Blob
from guantong.blobs.filetype import contradicts
from guantong.blobs.folding import Folded, fold, mark_of
from guantong.blobs.keeping import Blobs, TooLarge
from guantong.config.configuration import System
from guantong.journey.codes import (
    ATTACHMENT_JUNK,
    ATTACHMENT_LARGE,
    ATTACHMENT_MD5,
    ATTACHMENT_NOT_BASE64,
)
from guantong.journey.engine import Engine
from guantong.journey.fetching import fetch, lacking
from guantong.journey.handing import hand_over
from guantong.journey.translate import Incoming, decode, seal, to_events
from guantong.journey.withholding import settle
from guantong.mapping import Untranslatable
from guantong.problems import Problem
from guantong.record import Record
from guantong.store import MessageRow

NOTHING: Mapping[str, Blob] = MappingProxyType({})
_MD5_DIGITS, _SHA256_DIGITS = 32, 64


async def attach(engine: Engine, events: Sequence[Incoming], handed: Mapping[str, Blob]) -> dict[str, Blob]:
    """Keep the contents among the values of *events*, put references in their place, and seal the events. Returns the
    Base64 texts that can be folded out of the record. Raises `Untranslatable` with every problem, `BlobsFailed`."""
    texts: dict[str, Blob] = {}
    problems: list[Problem] = []
    paths = engine.configuration.model.blob_paths
    for event in events:
        if not event.attached:
            continue
        for path in paths:
            value = event.values.get(path)
            if value is None:
                continue
            blob = handed.get(value)
            try:
                if blob is None:
                    blob = await asyncio.to_thread(_keep, engine.blobs, str(value), _declared(event.values, path), path, texts)
                else:
                    _check(blob, _declared(event.values, path), path)
            except Untranslatable as error:
                problems += error.problems
                continue
            event.values[path] = str(blob)
            event.blobs += (engine.blobs.name(blob.sha256),)
            event.odd += tuple(_odd(event.values, path, blob))
        if not problems:
            seal(event, engine.vault)
            event.attached = False
    if problems:
        raise Untranslatable(tuple(problems))
    return texts


class Reread(NamedTuple):
    """The events of a kept message, and the record as it is to be kept from now on: sealed anew, so that we are bound to these events, too.
    *blobs* are contents that were fetched for it only now."""

    events: list[Incoming]
    sealed: bytes
    blobs: Sequence[str] = ()


async def events_of(engine: Engine, source: System, row: MessageRow) -> Reread:
    """What a kept message says by the mappings of *source* now, its contents fetched and kept. Raises `Refused`,
    `Untranslatable`, `ComeLater`, `BlobsFailed`, `StoreFailed`."""
    model, vault = engine.configuration.model, engine.vault
    folded = vault.open_folded(row.body)
    record = Record(row.system, vault.open(row.body), row.kind or None, row.charset or None)
    natives = [native for native in decode(source, record) if native.kind not in source.receipts_heard]
    handed = hand_over(natives, folded.parts) if folded.parts else {}
    events = to_events(source, natives, model, vault)
    missing = lacking(source.fetch, natives) if source.fetch is not None else []
    fetched = await fetch(engine, source, missing) if missing else []
    if fetched:
        await settle(engine, source)
        handed |= hand_over(natives, fetched)
        events = to_events(source, natives, model, vault)
    if any(event.attached for event in events):
        await attach(engine, events, handed)
    whole = replace(folded, parts=(*folded.parts, *fetched))
    sealed = await asyncio.to_thread(vault.seal_seeded, whole)
    return Reread(events, sealed, [engine.blobs.name(part.blob.sha256) for part in fetched])


def sealed_record(engine: Engine, record: Record, texts: Mapping[str, Blob] = NOTHING) -> bytes:
    """The record as it is kept: contents that became blobs, by their Base64 texts, are folded out of it."""
    folded = fold(record.body, texts, lambda blob: mark_of(engine.blobs.name(blob.sha256))) if texts else Folded(record.body)
    return engine.vault.seal_seeded(replace(folded, parts=record.parts))


def reference_of(text: str, handed: Mapping[str, Blob] = NOTHING) -> str:
    """The reference that a content among a record's values has become, found anew without keeping anything; the text
    itself where it can be none."""
    if text in handed:
        return str(handed[text])
    try:
        return str(Blobs.hashed(read_base64(text).decoded()))
    except NotBase64:
        return text


def _keep(blobs: Blobs, text: str, declared: str, path: str, texts: dict[str, Blob]) -> Blob:
    """A Base64 text as a blob, its declared digest checked before it is kept. Runs in a thread."""
    try:
        read = read_base64(text)
    except NotBase64:
        raise Untranslatable((Problem(ATTACHMENT_NOT_BASE64, path=path, details={"path": path, "length": len(text)}),)) from None
    try:
        with blobs.incoming() as incoming:
            for piece in read.decoded():
                incoming.write(piece)
            found = incoming.found()
            _check(found, declared, path)
            if read.junk and not _checkable(declared):
                details = {"path": path, "count": read.junk}
                raise Untranslatable((Problem(ATTACHMENT_JUNK, path=path, details=details),))
            blob = incoming.keep()
    except TooLarge as error:
        raise Untranslatable((Problem(ATTACHMENT_LARGE, path=path, details={"path": path, "limit": error.limit}),)) from None
    if read.exact:
        texts[text] = blob
    return blob


def _checkable(declared: str) -> bool:
    return len(declared) in (_MD5_DIGITS, _SHA256_DIGITS) and set(declared.lower()) <= set("0123456789abcdef")


def _check(blob: Blob, declared: str, path: str) -> None:
    """Hold a content to the digest its source declares. A digest of no known form proves nothing."""
    if not _checkable(declared):
        return
    found = blob.md5 if len(declared) == _MD5_DIGITS else blob.sha256
    if declared.lower() != found:
        details = {"path": path, "size": blob.size, "found": found, "declared": declared.lower()}
        raise Untranslatable((Problem(ATTACHMENT_MD5, path=path, details=details),))


def _declared(values: Mapping[str, Any], path: str) -> str:
    return str(values.get(_beside(path, "digest"), "")).strip()


def _odd(values: Mapping[str, Any], path: str, blob: Blob) -> Iterator[tuple[str, str]]:
    """Where another type than the content's is declared, and which the content's is."""
    for where in (_beside(path, "type"), _beside(path, "name")):
        if contradicts(str(values.get(where, "")), blob.kind):
            yield where, blob.kind
            return


def _beside(path: str, name: str) -> str:
    return f"{path.rpartition('.')[0]}.{name}"
