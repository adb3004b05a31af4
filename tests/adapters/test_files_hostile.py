"""A folder that the other side may write to: links, pipes and devices in place of files lead nowhere, read or written."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.adapters.filepeers import Peer, outgoing
from tests.adapters.test_files_beside import opened

from guantong.adapter import Mark
from guantong.attached import Attached
from guantong.blobs.keeping import Blobs
from guantong.record import Acceptance, Reply, Verdict
from guantong.vault import Vault
from guantong_adapters.files.local import LocalDriver
from guantong_adapters.files.marking import REASON
from guantong_adapters.files.place import Lost, Missing, TooLarge
from guantong_plugins.blobs.folder import BlobFolder

SECRET = b"what only the hub may read"


@pytest.fixture
def blobs(tmp_path: Path) -> Blobs:
    return Blobs(BlobFolder(tmp_path / "blobs"), Vault(bytes(32), bytes(32)), 1 << 30)


@pytest.fixture
def drop(tmp_path: Path) -> Peer:
    """A local folder with one whole record; the secret lies outside."""
    (tmp_path / "secret").write_bytes(SECRET)
    folder = tmp_path / "drop"
    peer = Peer(folder, {"local": {"folder": str(folder)}})
    peer.put("out/A1.xml", b"<A/>")
    peer.put("out/A1.xml.ok", b"")
    return peer


HOSTILE: dict[str, Callable[[Path], None]] = {
    "link": lambda path: path.symlink_to(next(one for one in path.parents if one.name == "drop").parent / "secret"),
    "device": lambda path: path.symlink_to("/dev/zero"),
    "pipe": lambda path: os.mkfifo(path),
    "folder": lambda path: path.mkdir(),
}


@pytest.mark.parametrize("kind", HOSTILE)
async def test_what_is_no_file_beside_a_record_is_no_attachment(drop: Peer, blobs: Blobs, kind: str) -> None:
    """It is not read, nobody waits for it, and the record comes without it."""
    HOSTILE[kind](drop.folder / "out/A1_scan")
    async with asyncio.timeout(60), opened(drop, blobs) as files:
        (record,) = (await files.poll("", 10)).records
        assert record.parts == ()


@pytest.mark.parametrize("kind", HOSTILE)
async def test_a_file_that_becomes_something_else_after_the_listing_is_not_read(drop: Peer, blobs: Blobs, kind: str) -> None:
    """The race between looking and reading is lost by who replaces the file: the record comes when it is whole again."""
    scan = drop.folder / "out/A1_scan"
    scan.write_bytes(b"x" * len(SECRET))
    async with asyncio.timeout(60), opened(drop, blobs) as files:
        listing, looks = files._driver.entries, 0

        async def swapped(folder: str) -> object:
            nonlocal looks
            found = await listing(folder)
            looks += 1
            if looks == 2:  # the last look before reading
                scan.unlink()
                HOSTILE[kind](scan)
            return found

        files._driver.entries = swapped  # type: ignore[method-assign,assignment]  # the seam between looking and reading
        polled = await files.poll("", 10)
        assert (polled.records, polled.refused) == ([], [])
        assert list(blobs.store.held(1 << 40)) == []


async def test_a_file_that_grows_while_it_is_read_is_read_no_further(drop: Peer) -> None:
    """Not a byte more than the listing told is handed on."""
    driver = LocalDriver("a", drop.folder, "utf-8", 5)
    scan = drop.folder / "out/A1_scan"
    scan.write_bytes(b"x" * 1000)
    taken = bytearray()

    async def growing(part: bytes) -> None:
        taken.extend(part)
        with scan.open("ab") as file:
            file.write(b"y" * 1000)

    with pytest.raises(TooLarge):
        await driver.copy("out/A1_scan", 1000, growing)
    assert bytes(taken) == b"x" * 1000
    with pytest.raises(Missing):
        await driver.read("out", 1000)
    await driver.close()


@pytest.mark.parametrize("kind", ["link", "pipe"])
async def test_nothing_is_written_through_what_lies_under_our_names(drop: Peer, blobs: Blobs, tmp_path: Path, kind: str) -> None:
    """A link to a file of ours under the name we write next would have it overwritten; a pipe would hold us up."""
    async with asyncio.timeout(60), opened(drop, blobs) as files:
        blob = blobs.put([b"scan"])
        sent = outgoing(7)._replace(attached=(Attached("1.pdf", "", blob, lambda: blobs.read(blob)),))
        assert isinstance(await files.send(sent), Reply)
        names = {path.name for path in (drop.folder / "in").iterdir()}
        assert names == {"GT7.xml", "GT7.xml.ok", "GT7_1.pdf"}
        for name in (*names, *(f"{one}.1.tmp" for one in names)):
            (drop.folder / "in" / name).unlink(missing_ok=True)
            HOSTILE[kind](drop.folder / "in" / name)
        assert isinstance(await files.send(sent), Reply)
    assert (tmp_path / "secret").read_bytes() == SECRET
    assert (drop.folder / "in/GT7_1.pdf").read_bytes() == b"scan"


@pytest.mark.parametrize("kind", ["link", "pipe"])
async def test_a_reason_is_not_written_through_a_link(drop: Peer, blobs: Blobs, tmp_path: Path, kind: str) -> None:
    """The file that says why a record was turned away lies in a folder of theirs."""
    async with asyncio.timeout(60), opened(drop, blobs) as files:
        (record,) = (await files.poll("", 10)).records
        planted = drop.folder / "error/2014-07-15" / f"A1.xml{REASON}"
        planted.parent.mkdir(parents=True)
        HOSTILE[kind](planted)
        await files.mark([Mark(record.ref or "", Verdict(Acceptance.REFUSED, code="GT200", reason="no", reason_zh="不"))])
    assert (tmp_path / "secret").read_bytes() == SECRET
    assert "GT200" in planted.read_text("utf-8-sig")


async def test_a_mount_that_is_away_is_not_made_in_its_stead(tmp_path: Path) -> None:
    """A folder for what was taken is made below the place alone: files written beside a mount would be hidden by it."""
    driver = LocalDriver("a", tmp_path / "mount", "utf-8", 5)
    with pytest.raises(Lost, match="its folder is not there"):
        await driver.make_folder("done/2014")
    assert not (tmp_path / "mount").exists()
    (tmp_path / "mount").mkdir()
    for _ in range(2):
        await driver.make_folder("done/2014")
    assert (tmp_path / "mount/done/2014").is_dir()
    await driver.close()
