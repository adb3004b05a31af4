"""Enclosing: attachments on their way out. Mapping and codec see a mark; what is kept has the mark; only what is sent
has the content, put in as Base64 where the mark stands, or handed to the adapter to go beside the record."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import orjson

from guantong.attached import Attached, AttachedText
from guantong.blobs.blob import Blob, parse_blob
from guantong.blobs.folding import Folded, base64_of, mark_of, unfolded
from guantong.blobstore import BlobMissing, BlobsFailed
from guantong.config.configuration import System
from guantong.journey.codes import ATTACHMENT_GONE, ATTACHMENT_NOT_CARRIED, ATTACHMENT_NOT_INLINE
from guantong.journey.engine import Engine
from guantong.model import Model
from guantong.problems import Problem, ProblemsError
from guantong.record import Fields, Native
from guantong.vault import Vault, VaultError


@dataclass(frozen=True, slots=True)
class Enclosed:
    """The contents of one event: by path, the mark and the blob."""

    by_path: Mapping[str, tuple[str, Blob]] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.by_path)

    def over(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """The values with marks in place of references."""
        return {**values, **{path: mark for path, (mark, _) in self.by_path.items()}}

    def marks(self) -> dict[str, Blob]:
        return dict(self.by_path.values())


NOTHING = Enclosed()


class Unloadable(ProblemsError):
    """An attachment cannot go where it should; nothing was sent."""

    def __init__(self, problem: Problem) -> None:
        super().__init__((problem,))


def enclosed_in(values: Mapping[str, Any], model: Model, vault: Vault) -> Enclosed:
    """The contents that *values* refer to."""
    found = {path: (mark_of(vault.name(bytes.fromhex(blob.sha256))), blob)
             for path in model.blob_paths if (blob := parse_blob(values.get(path))) is not None}
    return Enclosed(found) if found else NOTHING


def covered(values: Mapping[str, Any], model: Model, vault: Vault) -> Mapping[str, Any]:
    """*values* as a mapping reads them on their way out: marks stand for contents."""
    enclosed = enclosed_in(values, model, vault)
    return enclosed.over(values) if enclosed else values


def folded_record(system: System, native: Native, body: bytes, enclosed: Enclosed) -> Folded:
    """The encoded *body* of *native* with the marks that stand in it. Raises `Unloadable` where the codec lost one."""
    marks = {}
    for path, (mark, blob) in enclosed.by_path.items():
        if mark.encode() in body:
            marks[mark] = blob
        elif mark.encode() in orjson.dumps(native.fields):
            raise Unloadable(Problem(ATTACHMENT_NOT_CARRIED, path=path, details={"target": system.id, "path": path}))
    return Folded(body, marks, percent=bool(getattr(system.dialect.codec_out, "percent", False)))


@dataclass(frozen=True, slots=True)
class Loaded:
    """What is sent: the bytes and fields with contents in their places, and the attachments."""

    body: bytes
    fields: Fields
    attached: tuple[Attached, ...]


def load(engine: Engine, system: System, folded: Folded, fields: Fields, values: Mapping[str, Any]) -> Loaded:
    """Put the contents in. Blocks. Raises `Unloadable` where one is too large to be inside a record, or cannot be read
    any more."""
    enclosed = enclosed_in(values, engine.configuration.model, engine.vault)
    by_mark = {mark: _attached(engine, values, path, blob, inside=mark in folded.marks) for path, (mark, blob) in enclosed.by_path.items()}
    limit = engine.configuration.blobs.keys.inline
    path = next(iter(enclosed.by_path), "")
    size = sum(blob.size for blob in folded.marks.values())
    if size > limit:
        details = {"path": path, "size": size, "limit": limit, "target": system.id}
        raise Unloadable(Problem(ATTACHMENT_NOT_INLINE, path=path, details=details))
    try:
        texts = {mark: base64_of(engine.blobs.read(blob)) for mark, blob in folded.marks.items()}
    except (BlobMissing, BlobsFailed, VaultError) as error:
        raise Unloadable(Problem(ATTACHMENT_GONE, path=path, details={"path": path, "what": str(error)})) from None

    def put(mark: str) -> str:
        return AttachedText(texts[mark], by_mark[mark]) if mark in texts and mark in by_mark else mark

    return Loaded(folded.filled(texts), unfolded(fields, put), tuple(by_mark.values()))


def _attached(engine: Engine, values: Mapping[str, Any], path: str, blob: Blob, *, inside: bool) -> Attached:
    beside = path.rpartition(".")[0]
    return Attached(str(values.get(f"{beside}.name", "")), str(values.get(f"{beside}.type", "")), blob,
                    partial(_read, engine, blob), inside)


def _read(engine: Engine, blob: Blob) -> Iterator[bytes]:
    return engine.blobs.read(blob)
