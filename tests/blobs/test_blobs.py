"""Blobs: contents come back byte for byte, are worthless without the keys, and bear no alteration."""

from __future__ import annotations

import hashlib
import os
import shutil
import tracemalloc
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from guantong.blobs.blob import Blob, parse_blob
from guantong.blobs.filetype import contradicts, detect
from guantong.blobs.keeping import Blobs, TooLarge
from guantong.blobs.sealing import PIECE
from guantong.blobstore import BlobMissing
from guantong.vault import Vault, VaultError
from guantong_plugins.blobs.folder import BlobFolder

VAULT = Vault(bytes(range(32)), bytes(32))
MIB = 1 << 20


def blobs_in(folder: Path, vault: Vault = VAULT, largest: int = 64 * MIB) -> Blobs:
    return Blobs(BlobFolder(folder), vault, largest)


def file_of(folder: Path, blobs: Blobs, blob: Blob) -> Path:
    name = blobs.name(blob.sha256)
    return folder / name[:2] / name


@pytest.mark.parametrize("size", [0, 1, PIECE - 1, PIECE, PIECE + 1, 3 * PIECE])
def test_a_content_comes_back_byte_for_byte(size: int, tmp_path: Path) -> None:
    """Around the borders of pieces too; its digests and size are those of the content."""
    blobs, content = blobs_in(tmp_path), os.urandom(size)
    blob = blobs.put([content[:7], content[7:]])
    assert b"".join(blobs.read(blob)) == content
    assert blob[:3] == (hashlib.sha256(content).hexdigest(), size, hashlib.md5(content, usedforsecurity=False).hexdigest())
    assert parse_blob(str(blob)) == blob


def test_equal_contents_are_kept_once(tmp_path: Path) -> None:
    """However they were cut on the way."""
    blobs = blobs_in(tmp_path)
    assert blobs.put([b"ab", b"c"]) == blobs.put([b"abc"])
    assert sum(1 for path in tmp_path.rglob("*") if path.is_file()) == 1


def test_the_folder_tells_nothing_of_a_content(tmp_path: Path) -> None:
    """Neither its bytes nor a digest that could be compared with one's own."""
    content = "欧阳示例的身份证明".encode() * 100
    blobs = blobs_in(tmp_path)
    blob = blobs.put([content])
    (file,) = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert "欧阳示例".encode() not in file.read_bytes()
    assert blob.sha256 not in file.as_posix()
    class Renamed(Vault):
        """Another key, which finds the file all the same."""

        def name(self, digest: bytes) -> str:
            return VAULT.name(digest)

    other = blobs_in(tmp_path, Renamed(bytes(32), bytes(32)))
    with pytest.raises(VaultError, match="another key"):
        b"".join(other.read(blob))


@pytest.mark.parametrize(("old", "new"), [(bytes(range(32)), bytes(range(16))), (bytes(range(16)), bytes(32))], ids=["aes to sm4", "sm4 to aes"])
def test_a_content_opens_after_the_key_was_changed(tmp_path: Path, old: bytes, new: bytes) -> None:
    """Of several pieces, under the former key; what comes is sealed by the new one, which the former does not open."""
    content, digest = os.urandom(2 * PIECE + 5), bytes(32)
    blob = blobs_in(tmp_path, Vault(old, digest)).put([content])
    after = blobs_in(tmp_path, Vault(new, digest, [old]))
    assert b"".join(after.read(blob)) == content
    later = after.put([b"later"])
    assert b"".join(after.read(later)) == b"later"
    with pytest.raises(VaultError, match="another key"):
        b"".join(blobs_in(tmp_path, Vault(old, digest)).read(later))


@settings(max_examples=60, deadline=None)
@given(at=st.integers(0, 10**9), by=st.integers(1, 255))
def test_an_altered_blob_does_not_open(tmp_path_factory: pytest.TempPathFactory, at: int, by: int) -> None:
    """Not a bit of it may change."""
    folder = tmp_path_factory.mktemp("altered")
    blobs = blobs_in(folder)
    blob = blobs.put([b"x" * (2 * PIECE + 5)])
    file = file_of(folder, blobs, blob)
    sealed = bytearray(file.read_bytes())
    sealed[at % len(sealed)] ^= by
    file.write_bytes(sealed)
    with pytest.raises(VaultError):
        b"".join(blobs.read(blob))


def test_pieces_can_be_neither_dropped_nor_swapped_nor_cut_off(tmp_path: Path) -> None:
    """Nor may one blob take the place of another."""
    blobs = blobs_in(tmp_path)
    content = b"".join(bytes([n]) * PIECE for n in range(4))
    blob, other = blobs.put([content]), blobs.put([b"other"])
    file = file_of(tmp_path, blobs, blob)
    whole, size = file.read_bytes(), PIECE + 16
    header, pieces = whole[:-4 * size], [whole[-n * size:][:size] for n in (4, 3, 2, 1)]
    for wrong in ([0, 1, 2], [0, 2, 1, 3], [1, 2, 3], [0, 1, 1, 3], []):
        file.write_bytes(header + b"".join(pieces[n] for n in wrong))
        with pytest.raises(VaultError):
            b"".join(blobs.read(blob))
    shutil.copy(file_of(tmp_path, blobs, other), file)
    with pytest.raises(VaultError, match="another content"):
        b"".join(blobs.read(blob))
    file.unlink()
    with pytest.raises(BlobMissing):
        b"".join(blobs.read(blob))


def test_what_is_too_large_leaves_nothing(tmp_path: Path) -> None:
    """The limit of the home, or a lower one for one content."""
    blobs = blobs_in(tmp_path, largest=1000)
    for limit, size in ((None, 1001), (10, 11), (5000, 1001)):
        with pytest.raises(TooLarge) as refused:
            blobs.put([b"x" * size], limit)
        assert refused.value.limit == size - 1
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_a_large_content_needs_the_memory_of_a_few_pieces(tmp_path: Path) -> None:
    """48 MiB in and out, within 4 MiB."""
    blobs = blobs_in(tmp_path)

    def generated() -> Iterator[bytes]:
        for number in range(48 * 16):
            yield bytes([number % 251]) * (MIB // 16)

    tracemalloc.start()
    try:
        blob = blobs.put(generated())
        size = sum(len(piece) for piece in blobs.read(blob))
        most = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert size == blob.size == 48 * MIB
    assert most < 4 * MIB


@pytest.mark.parametrize(("content", "declared", "kind", "wrong"), [
    (b"%PDF-1.4\n", "pdf", "pdf", False),
    (b"%PDF-1.4\n", "application/PDF", "pdf", False),
    (b"%PDF-1.4\n", "身份证.JPG", "pdf", True),
    (b"\xff\xd8\xff\xe0", ".jpeg", "jpg", False),
    (b"PK\x03\x04....", "docx", "zip", False),
    (b"PK\x03\x04....", "ofd", "zip", False),
    (b"PK\x03\x04....", "doc", "zip", True),
    (b"plain words", "pdf", "", False),
    (b"%PDF-1.4\n", "电子文件", "pdf", False),
    (b"", "", "", False),
])
def test_a_type_is_told_by_the_first_bytes(content: bytes, declared: str, kind: str, wrong: bool) -> None:
    """And contradicts what is declared only where both are known."""
    assert detect(content) == kind
    assert contradicts(declared, kind) is wrong


@pytest.mark.parametrize("text", ["", "blob:", "blob:" + "0" * 64, f"blob:{'0' * 64}:1:{'0' * 32}:pdf\n", None, 7,
                                  f"blob:{'G' * 64}:1:{'0' * 32}:pdf"])
def test_what_is_no_reference_is_none(text: object) -> None:
    """Nothing but the whole form counts."""
    assert parse_blob(text) is None
