"""Attachments in records: every codec writes the mark of a content as it is, and what is filled in reads back."""

from __future__ import annotations

import base64

import pytest

from guantong.blobs.blob import Blob
from guantong.blobs.folding import Folded, mark_of
from guantong.blobs.keeping import Blobs
from guantong.record import Native
from guantong_plugins.codecs.plugin import register_codecs

CODECS = {spec.name: spec for spec in register_codecs()}
OPTIONS = {
    "json": {"kind_field": "type"}, "xml": {"root": "K"}, "form": {"kind": "K"}, "row": {}, "exinfo": {}, "xml-element": {},
    "csv": {"kind": "K", "columns": ["A", "FILE"]},
}
CONTENT = bytes(range(256)) * 5 + b"\xfb\xff\xfe"
MARK = mark_of("ab" * 32)


@pytest.mark.parametrize("charset", ["utf-8", "gb18030"])
@pytest.mark.parametrize("name", sorted(OPTIONS.keys() & CODECS.keys()))
def test_a_content_goes_where_its_mark_was_written(name: str, charset: str) -> None:
    """Base64 of any content, as the codec's reader has it."""
    spec = CODECS[name]
    codec = spec.make(spec.options.model_validate(OPTIONS[name]), charset)
    body = codec.encode(Native("K", {"A": "䶮 & <", "FILE": MARK}))
    assert body.count(MARK.encode()) == 1
    blob: Blob = Blobs.hashed([CONTENT])
    whole = Folded(body, {MARK: blob}, percent=bool(getattr(codec, "percent", False))).whole(lambda _: iter([CONTENT]))
    (native,) = codec.decode(whole, "K")
    assert base64.b64decode(native.fields["FILE"]) == CONTENT
    assert native.fields["A"] == "䶮 & <"


def test_what_is_packed_hides_the_mark() -> None:
    """So that an attachment in a workbook is refused (GT837) and never replaced by its mark."""
    spec = CODECS["xlsx"]
    assert MARK.encode() not in spec.make(spec.options(), "utf-8").encode(Native("K", {"A": "x", "FILE": MARK}))
