"""Folding and Base64: what is folded comes whole, whatever the content; Base64 is read as systems write it."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from urllib.parse import parse_qs, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guantong.blobs.base64text import Base64Pieces, NotBase64, read_base64
from guantong.blobs.blob import Blob
from guantong.blobs.folding import Folded, Part, base64_of, fold, mark_of, unpacked
from guantong.blobs.keeping import Blobs
from guantong.vault import Vault, VaultError

VAULT = Vault(bytes(range(32)), bytes(32))


def mark(blob: Blob) -> str:
    return mark_of(VAULT.name(bytes.fromhex(blob.sha256)))


@given(st.binary(min_size=1, max_size=500), st.integers(1, 90))
def test_what_is_folded_comes_whole(content: bytes, cut: int) -> None:
    """Sealed without the content, opened with it, byte for byte; read in pieces of any size."""
    blob = Blobs.hashed([content])
    text = base64.b64encode(content).decode()
    body = f'{{"a": "x", "file": "{text}", "z": ""}}'.encode()
    folded = fold(body, {text: blob}, mark)
    vault = Vault(bytes(range(32)), bytes(32))
    sealed = vault.seal_seeded(folded)
    if folded.marks:
        with pytest.raises(VaultError, match="no blobs are at hand"):
            vault.open(sealed)

    def contents(_: Blob) -> Iterator[bytes]:
        yield from (content[at:at + cut] for at in range(0, len(content), cut))

    vault.contents = contents
    assert vault.open(sealed) == body
    assert vault.open_folded(sealed) == folded
    assert base64_of(contents(blob)) == text


def test_in_a_form_a_content_is_percent_encoded() -> None:
    """So that the other side reads what was written."""
    content = b"\xfb\xff\xfe?>" * 7
    blob = Blobs.hashed([content])
    folded = Folded(urlencode({"a": "1", "file": mark(blob)}).encode(), {mark(blob): blob}, percent=True)
    whole = unpacked(folded.packed()).whole(lambda _: iter([content]))
    assert base64.b64decode(parse_qs(whole.decode())["file"][0]) == content


def test_a_text_that_stands_twice_or_not_at_all_is_left() -> None:
    """An escaping codec, or two fields of the same content: the record is kept as it came."""
    blob = Blobs.hashed([b"content"])
    text = base64.b64encode(b"content").decode()
    for body in (f"{text} {text}".encode(), text.replace("=", "%3D").encode(), mark(blob).encode() + text.encode()):
        assert fold(body, {text: blob}, mark) == Folded(body)


def test_parts_are_kept_with_their_record() -> None:
    """Field, content, name."""
    parts = (Part("ATTACH_BODY", Blobs.hashed([b"x"]), "身份证.pdf", "ATTACH_NAME"), Part("F", Blobs.hashed([b""])))
    assert VAULT.open_folded(VAULT.seal_seeded(Folded("记录\n第二行".encode(), parts=parts))).parts == parts


@given(st.binary(min_size=1, max_size=300), st.sampled_from(["", "\r\n", " ", "\t"]), st.integers(1, 80))
def test_base64_is_read_however_it_was_cut(content: bytes, blank: str, width: int) -> None:
    """Into lines of any length, with its padding or without."""
    text = base64.b64encode(content).decode()
    cut = blank.join(text[at:at + width] for at in range(0, len(text), width))
    for written in (cut, cut.rstrip("="), f"data:image/jpeg;base64,{cut}"):
        read = read_base64(written)
        assert b"".join(read.decoded()) == content
        assert read.junk == 0
        assert read.exact is (written == text)


@pytest.mark.parametrize("text", ["", "=", "A", "无", "见附件", "AAAAA", "data:;base64,"])
def test_what_is_none_is_refused(text: str) -> None:
    """Too short, or of no character that Base64 has."""
    with pytest.raises(NotBase64):
        read_base64(text)


def test_bits_left_over_are_no_encoders() -> None:
    """`QR==` decodes to what an encoder writes `QQ==`: it is read, and not taken for exact."""
    assert b"".join(read_base64("QR==").decoded()) == b"A"
    assert not read_base64("QR==").exact
    assert read_base64("QQ==").exact


def test_a_record_of_thousands_of_contents_is_gone_through_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Folded and filled in time that grows with the record, not with the record times its contents: 4,000 small ones
    in 12 MiB took the hub two minutes. None of the slow looks is made for them."""
    monkeypatch.setattr("guantong.blobs.folding.FEW", 0)
    contents = {Blobs.hashed([content]): content for content in (number.to_bytes(4, "big") * 60 for number in range(4000))}
    texts = {base64.b64encode(content).decode(): blob for blob, content in contents.items()}
    body = b"[" + b",".join(b'"%s"' % text.encode() for text in texts) + b"]"
    folded = fold(body, texts, mark)
    assert len(folded.marks) == 4000
    assert folded.whole(lambda blob: iter([contents[blob]])) == body


def test_a_content_that_holds_a_mark_is_not_filled_again() -> None:
    """Marks stand in records alone: what a content says is left as it is."""
    inner, outer = Blobs.hashed([b"inner"]), Blobs.hashed([b"outer"])
    folded = Folded(f"{mark(outer)} {mark(inner)}".encode(), {mark(outer): outer, mark(inner): inner})
    assert folded.filled({mark(outer): mark(inner), mark(inner): "text"}) == f"{mark(inner)} text".encode()


def test_a_text_inside_a_longer_run_is_still_folded() -> None:
    """Where a form's percent-encoding stands against it: `%3E` ends in what Base64 may hold."""
    content = b"0123456789ab"
    text, blob = base64.b64encode(content).decode(), Blobs.hashed([content])
    body = f"xml=%3CF%3E{text}%3C%2FF%3E".encode()
    folded = fold(body, {text: blob}, mark)
    assert folded.body == f"xml=%3CF%3E{mark(blob)}%3C%2FF%3E".encode()


@given(st.binary(min_size=1, max_size=500), st.integers(1, 90), st.sampled_from(["", "data:application/pdf;base64,"]), st.sampled_from(["\r\n", ""]))
def test_a_text_that_comes_in_pieces_is_decoded_as_it_comes(content: bytes, cut: int, address: str, line: str) -> None:
    """Cut anywhere behind its data address, in lines or not, with or without its padding: the same bytes."""
    encoded = base64.b64encode(content).decode()
    for text in (encoded, encoded.rstrip("=")):
        lines = line.join(text[at:at + 76] for at in range(0, len(text), 76))
        pieces = Base64Pieces()
        came = pieces.add(address + lines[:cut])
        came += b"".join(pieces.add(lines[at:at + cut]) for at in range(cut, len(lines), cut))
        assert came + pieces.end() == content


@pytest.mark.parametrize("pieces", [["没有"], ["QUJD", "没"], ["QUI=", "QUJD"], ["QUJDR"], [""], ["  \n"], ["QU=D"]])
def test_pieces_of_what_is_no_base64_are_refused(pieces: list[str]) -> None:
    """Another letter, more behind the padding, a letter over, nothing at all: nothing is passed over."""
    reader = Base64Pieces()
    with pytest.raises(NotBase64):  # noqa: PT012 -- whichever piece shows it
        for piece in pieces:
            reader.add(piece)
        reader.end()
