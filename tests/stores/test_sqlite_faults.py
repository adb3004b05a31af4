"""The embedded store on a disk that fails, fills, is read-only or damages the file: refused before it is acknowledged, said plainly, and
over by itself where it can be."""

from __future__ import annotations

import asyncio
import errno
import sqlite3
import subprocess
from collections.abc import Iterator
from pathlib import Path

import aiohttp
import orjson
import pytest
from tests.journey.home import write_home
from tests.journey.played import Played
from tests.journey.world import configured, plugged, step
from tests.stores.failing_disk import failing
from typer.testing import CliRunner

from guantong.cli import build_app
from guantong.hub import Hub, running
from guantong.journey.accept import accept
from guantong.record import Acceptance, Record, Verdict
from guantong.store import Entry, StoreFailed, StoreRefused
from guantong.testing.stored import message
from guantong_plugins.drill.stage import TOKEN, set_stage
from guantong_plugins.stores.sqlite.opening import SCHEMA_VERSION
from guantong_plugins.stores.sqlite.plugin import register_stores
from guantong_plugins.stores.sqlite.settings import SqliteSettings
from guantong_plugins.stores.sqlite.store import SqliteStore

SPEC = register_stores()[0]
FILE = "var/guantong.db"
PAGE = 4096
SEE_TO_IT = "see to the store's disk, or its server; `guantong doctor` says what is wrong with what is kept; then start again"
DAMAGED = "SQLITE_CORRUPT: the file is damaged, or its disk cannot be read; see to the disk, then restore a backup"


@pytest.mark.parametrize(("code", "name"), [
    (errno.EIO, "SQLITE_IOERR_WRITE"), (errno.EROFS, "SQLITE_IOERR_WRITE"), (errno.ENOSPC, "SQLITE_FULL"),
])
async def test_while_the_disk_takes_nothing_work_is_refused_and_reading_goes_on(tmp_path: Path, code: int, name: str) -> None:
    """Each time by SQLite's own name for it; nothing of it is kept, all before and after it is."""
    store = SqliteStore(SqliteSettings(), tmp_path)
    await store.open()
    reader = store.reader()
    kept = [await store.write(lambda tx: tx.add_message(message()))]
    with failing("pwrite64", code=code):
        for _ in range(3):
            with pytest.raises(StoreFailed) as told:
                await store.write(lambda tx: tx.add_message(message("lost", body=bytes(100_000))))
            assert str(told.value) == f"the store cannot write: {name}"
        assert reader.message(kept[0]) is not None
    kept.append(await store.write(lambda tx: tx.add_message(message())))
    assert [(system, count) for system, _, count in reader.message_counts()] == [("puning.approval", 2)]
    assert reader.integrity() == []
    reader.close()
    await store.close()


@pytest.mark.parametrize(("code", "name"), [(errno.EROFS, "SQLITE_IOERR_READ"), (errno.EIO, DAMAGED)])
async def test_a_disk_that_cannot_be_read_is_told_to_who_reads(tmp_path: Path, code: int, name: str) -> None:
    """Not as a mistake of ours; and it is read again when it can be."""
    store = SqliteStore(SqliteSettings(), tmp_path)
    await store.open()
    await store.write(lambda tx: [tx.add_message(message(body=bytes(50_000))) for _ in range(40)])
    reader = store.reader()
    with failing("pread64", "read", code=code):
        with pytest.raises(StoreFailed) as told:
            reader.message(20)
        assert str(told.value) == f"the store cannot be read: {name}"
    assert reader.message(20) is not None
    reader.close()
    await store.close()


async def tell(hub: Hub, record: dict[str, object]) -> Verdict:
    return await accept(hub.engine, Record("east.approval", orjson.dumps(record)))


async def asked(session: aiohttp.ClientSession, url: str) -> int:
    async with session.get(url) as answer:
        await answer.read()
        return answer.status


async def test_a_hub_on_a_failing_disk_refuses_before_it_acknowledges_and_goes_on_by_itself(tmp_path: Path) -> None:
    """Senders are told to come again; what was on its way is sent when the disk is well."""
    played = {"city.hall": Played("city.hall")}
    write_home(tmp_path)
    async with running(configured(tmp_path, played), plugged(played)) as hub, aiohttp.ClientSession() as session:
        base = f"http://127.0.0.1:{hub.port}"
        assert (await tell(hub, step("1", "P1"))).acceptance is Acceptance.ROUTED
        with failing("pwrite64"):
            refused = [await tell(hub, step("2", "P2")) for _ in range(3)]
            assert {(one.acceptance, one.again, one.code) for one in refused} == {(Acceptance.REFUSED, True, "GT405")}
            assert await asked(session, f"{base}/healthz") == 200
            assert await asked(session, f"{base}/api/v1/queues") == 200
        with failing("pread64", "read", code=errno.EROFS):
            assert await asked(session, f"{base}/api/v1/statistics") == 503
        while (await tell(hub, step("2", "P2"))).again:
            continue
        while len(played["city.hall"].effects) < 2:
            await hub.engine.store.write(lambda _: None)
        assert [effect.fields["code"] for effect in played["city.hall"].effects] == ["1", "2"]


async def filled(home: Path) -> Path:
    """A store with some pages in its file, closed."""
    store = SqliteStore(SqliteSettings(), home)
    await store.open()
    await store.write(lambda tx: [tx.add_message(message(body=bytes(3000))) for _ in range(200)])
    await store.close()
    return home / FILE


def damage(path: Path, *names: str) -> bytes:
    """Overwrite the root pages of these tables and indexes; the bytes there are now."""
    connection = sqlite3.connect(path)
    pages = [page for name, page in connection.execute("SELECT name, rootpage FROM sqlite_schema") if name in names]
    connection.close()
    assert len(pages) == len(names)
    with path.open("r+b") as file:
        for page in pages:
            file.seek((page - 1) * PAGE)
            file.write(b"\xa5" * PAGE)
    return path.read_bytes()


async def test_a_damaged_file_takes_nothing_and_says_what_to_do(tmp_path: Path) -> None:
    """Whoever writes and whoever reads hears it, each time; what is not damaged is read."""
    damage(await filled(tmp_path), "message")
    store = SqliteStore(SqliteSettings(), tmp_path)
    await store.open()
    with pytest.raises(StoreFailed) as told:
        await store.write(lambda tx: tx.add_message(message()))
    assert str(told.value) == f"the store cannot write: {DAMAGED}"
    reader = SPEC.open_reader(SqliteSettings(), tmp_path)
    with pytest.raises(StoreFailed) as told:
        reader.message(7)
    assert str(told.value) == f"the store cannot be read: {DAMAGED}"
    assert reader.integrity() != []
    assert reader.holds() == []
    reader.close()
    await store.close()


async def test_a_file_that_is_damaged_under_a_running_hub_is_noticed_where_it_is_read(tmp_path: Path) -> None:
    """By whoever has not read it yet; and the hub's own file is not said to be sound."""
    path = await filled(tmp_path)
    store = SqliteStore(SqliteSettings(), tmp_path)
    await store.open()
    before = SPEC.open_reader(SqliteSettings(), tmp_path)
    assert before.message(1) is not None
    damage(path, "message", "journal")
    fresh = SPEC.open_reader(SqliteSettings(), tmp_path)
    with pytest.raises(StoreFailed) as told:
        fresh.message(1)
    assert str(told.value) == f"the store cannot be read: {DAMAGED}"
    assert fresh.integrity() != []
    with pytest.raises(StoreFailed) as told:
        await store.write(lambda tx: tx.note(Entry(1, "refused")))
    assert str(told.value) == f"the store cannot write: {DAMAGED}"
    for reader in (before, fresh):
        reader.close()
    await store.close()


def ran(home: Path) -> tuple[int, list[str]]:
    """`guantong run`, which does not start; its status and what it says."""
    done = CliRunner().invoke(build_app("run"), ["run", "--home", str(home)])
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    return done.exit_code, done.stderr.splitlines()


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home that could run."""
    monkeypatch.setattr("guantong.log.configure", lambda *_: None)  # `run` would log into the runner's stream
    monkeypatch.setenv(TOKEN, "t" * 32)
    return set_stage(tmp_path, "http://127.0.0.1:1", {"use": "sqlite", "path": FILE})


def test_run_ends_with_2_on_a_damaged_file_and_alters_nothing(home: Path) -> None:
    """Both languages, and what to do."""
    path = asyncio.run(filled(home))
    before = damage(path, "delivery", "delivery_open", "delivery_due")
    assert ran(home) == (2, [
        f"中枢无法启动：the store cannot be read: {DAMAGED}; 请检查存储所在的磁盘或数据库服务器；用 `guantong doctor` 查看已存数据有何问题；然后再启动 [GT978]",
        f"    the hub cannot start: the store cannot be read: {DAMAGED}; {SEE_TO_IT}",
    ])
    assert path.read_bytes()[PAGE:] == before[PAGE:]


@pytest.mark.parametrize(("statement", "zh", "en"), [
    ("PRAGMA user_version=99", "guantong.db 的表结构版本为 99，本程序需要 {ours}; 请使用写入该文件的较新版本程序 [GT973]",
     "guantong.db has schema version 99, this program needs {ours}; use the newer program version that wrote it"),
    ("PRAGMA application_id=1", "guantong.db 是其他程序的数据库; 请改用其他文件 [GT639]",
     "guantong.db is a database of another program; name another file"),
])
def test_run_and_a_verb_that_reads_end_with_2_on_a_file_that_is_not_ours(home: Path, statement: str, zh: str, en: str) -> None:
    """The setting, both languages and the remedy; the file is left as it was."""
    path = asyncio.run(filled(home))
    connection = sqlite3.connect(path)
    connection.execute(statement)
    connection.commit()
    connection.close()
    before = path.read_bytes()
    said = [f"store.path: {zh.format(ours=SCHEMA_VERSION)}", f"    {en.format(ours=SCHEMA_VERSION)}"]
    assert ran(home) == (2, said)
    done = CliRunner().invoke(build_app("queues"), ["queues", "--home", str(home)])
    assert (done.exit_code, done.stderr.splitlines()) == (2, said)
    assert path.read_bytes() == before


@pytest.fixture
def mounted(home: Path) -> Iterator[Path]:
    """A small file system of its own in place of `var`."""
    place = home / "var"
    place.mkdir(exist_ok=True)
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=16m", "tmpfs", str(place)], capture_output=True, text=True, check=False)  # noqa: S603, S607  the system's own program
    if done.returncode:
        pytest.skip(f"no file system can be mounted here: {done.stderr.strip()}")
    yield place
    subprocess.run(["umount", "-l", str(place)], check=True)  # noqa: S603, S607  the system's own program


def test_a_file_system_that_is_read_only_is_told_at_the_setting(home: Path, mounted: Path) -> None:
    """Nothing is made there; once it can be written, the same store opens."""
    asyncio.run(filled(home))
    (mounted / "hub.lock").unlink(missing_ok=True)
    subprocess.run(["mount", "-o", "remount,ro", str(mounted)], check=True)  # noqa: S603, S607  the system's own program
    for what in ("guantong.db", "other.db"):
        with pytest.raises(StoreRefused) as told:
            asyncio.run(SqliteStore(SqliteSettings(path=f"var/{what}"), home).open())
        assert str(told.value) == (
            f"store.path: {what} cannot be written (Read-only file system); let the hub's user write the file and its folder, on a file "
            "system that is not mounted read-only [GT977]")
        assert told.value.problem is not None
        assert told.value.problem.line("zh") == (
            f"store.path: 无法写入 {what}（文件系统为只读）; 请使枢纽的运行用户可写该文件及其目录，且所在文件系统不是只读挂载 [GT977]")
    status, said = ran(home)
    assert (status, "Read-only file system" in said[1]) == (2, True)
    assert [one.name for one in mounted.iterdir()] == ["guantong.db"]
    subprocess.run(["mount", "-o", "remount,rw", str(mounted)], check=True)  # noqa: S603, S607  the system's own program
    asyncio.run(filled(home))
