"""Folding: bytes in which contents are replaced by marks, so that databases and queues hold none of the contents.

A mark stands where the Base64 text of a content stood, or is to stand. It is a keyed digest: nobody outside can write
one, and only the marks that a folded body names itself are ever replaced.
"""

from __future__ import annotations

import base64
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple
from urllib.parse import quote_plus

import orjson

from guantong.blobs.blob import Blob, parse_blob

Contents = Callable[[Blob], Iterator[bytes]]
"""Reads a content piece by piece."""

_PREFIX = "GTBLOB"
_MARK = re.compile(rb"GTBLOB[0-9a-f]{64}")
_RUN = re.compile(rb"[A-Za-z0-9+/]+={0,2}")
FEW = 32
"""Texts that are looked for one by one where no run of Base64's alphabet is just one of them."""


class Part(NamedTuple):
    """A content that came beside a record (a part of a form, a file, a column): `field` is the native field it belongs
    in. Where the record holds several, it belongs in the one whose field `named_by` is `name`; in each of those, where it
    is `shared`."""

    field: str
    blob: Blob
    name: str = ""
    named_by: str = ""
    shared: bool = False


@dataclass(frozen=True, slots=True)
class Folded:
    """A body with its marks, and the parts that came beside it. `percent`: the marks stand where texts are
    percent-encoded (a form)."""

    body: bytes
    marks: Mapping[str, Blob] = field(default_factory=dict)
    percent: bool = False
    parts: Sequence[Part] = ()

    def packed(self) -> bytes:
        """One line that says all but the body, then the body."""
        said = {"marks": {mark: str(blob) for mark, blob in self.marks.items()}, "percent": self.percent,
                "parts": [[part.field, str(part.blob), part.name, part.named_by, part.shared] for part in self.parts]}
        return orjson.dumps(said) + b"\n" + self.body

    def whole(self, contents: Contents) -> bytes:
        """The body with every content in its place. Raises what *contents* raises."""
        return self.filled({mark: base64_of(contents(blob)) for mark, blob in self.marks.items()})

    def pieces(self, contents: Contents) -> Iterator[bytes]:
        """What `whole` gives, piece by piece: no content is in memory whole."""
        at = 0
        for found in _MARK.finditer(self.body):
            blob = self.marks.get(found[0].decode())
            if blob is not None:
                yield self.body[at:found.start()]
                yield from (quote_plus(text).encode() if self.percent else text for text in _based(contents(blob)))
                at = found.end()
        yield self.body[at:]

    def filled(self, texts: Mapping[str, str]) -> bytes:
        """The body with these texts in place of its marks."""
        written = {mark.encode(): quote_plus(text).encode() if self.percent else text.encode() for mark, text in texts.items()}
        return _MARK.sub(lambda found: written.get(found[0], found[0]), self.body)


def unpacked(packed: bytes) -> Folded:
    """What `Folded.packed` gave."""
    line, _, body = packed.partition(b"\n")
    said = orjson.loads(line)
    parts = tuple(Part(place, _blob(text), name, by, *shared) for place, text, name, by, *shared in said["parts"])
    return Folded(body, {mark: _blob(text) for mark, text in said["marks"].items()}, said["percent"], parts)


def mark_of(name: str) -> str:
    """The mark of the content that lies under *name*: letters and digits alone, which every codec writes as they are."""
    return _PREFIX + name


def base64_of(pieces: Iterator[bytes]) -> str:
    """Base64 of a content, without line breaks."""
    return b"".join(_based(pieces)).decode()


def _based(pieces: Iterator[bytes]) -> Iterator[bytes]:
    left = b""
    for piece in pieces:
        whole = left + piece
        end = len(whole) - len(whole) % 3
        yield base64.b64encode(whole[:end])
        left = whole[end:]
    yield base64.b64encode(left)


def fold(body: bytes, texts: Mapping[str, Blob], mark: Callable[[Blob], str]) -> Folded:
    """*body* with each of *texts*, the Base64 of a content just as an encoder writes it, replaced by its mark.
    A text that does not stand there once as it is (a codec escaped it) is left. The body is gone through a fixed
    number of times, however many texts there are: a record of thousands of them must not take minutes."""
    there = {found[0] for found in _MARK.finditer(body)}
    wanted = {text.encode(): (here, blob) for text, blob in texts.items()
              if (here := mark(blob)).encode() not in there}
    runs = Counter(found[0] for found in _RUN.finditer(body) if found[0] in wanted)
    once = {written for written, times in runs.items() if times == 1}
    body = _RUN.sub(lambda found: wanted[found[0]][0].encode() if found[0] in once else found[0], body) if once else body
    marks = dict(wanted[written] for written in wanted if written in once)
    for written, (here, blob) in [one for one in wanted.items() if one[0] not in runs][:FEW]:
        if body.count(written) == 1:
            body = body.replace(written, here.encode())
            marks[here] = blob
    return Folded(body, marks)


def unfolded(value: Any, put: Callable[[str], Any]) -> Any:
    """Native fields with *put* applied to each text in them that is a mark."""
    if isinstance(value, str):
        return put(value) if value.startswith(_PREFIX) else value
    if isinstance(value, dict):
        return {name: unfolded(item, put) for name, item in value.items()}
    if isinstance(value, list):
        return [unfolded(item, put) for item in value]
    return value


def _blob(text: str) -> Blob:
    blob = parse_blob(text)
    if blob is None:
        raise ValueError("a folded body names what is no blob")
    return blob
