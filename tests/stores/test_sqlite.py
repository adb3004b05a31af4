"""The embedded store keeps the contract of stores, and its file is ours alone."""

from __future__ import annotations

import asyncio
import resource
import sqlite3
import stat
import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from guantong.backfillstore import BackfillOrder, BackfillRow, Progress
from guantong.journey.states import DeliveryState
from guantong.store import FindingFilter, Reader, Store, StoreFailed, StoreRefused
from guantong.testing.store_contract import StoreContract
from guantong.testing.stored import event, message
from guantong_plugins.stores.sqlite.opening import SCHEMA_VERSION
from guantong_plugins.stores.sqlite.plugin import register_stores
from guantong_plugins.stores.sqlite.settings import SqliteSettings
from guantong_plugins.stores.sqlite.statements import sql
from guantong_plugins.stores.sqlite.store import SqliteStore

SPEC = register_stores()[0]
FILE = "var/guantong.db"


def make(home: Path) -> Store:
    return SqliteStore(SqliteSettings(), home)


@contextmanager
def full_disk(home: Path) -> Iterator[None]:
    """No file of this process may grow beyond what the store's log has: as on a full disk."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    log = home / f"{FILE}-wal"
    resource.setrlimit(resource.RLIMIT_FSIZE, (max(log.stat().st_size, 1 << 20), hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


class TestSqlite(StoreContract):
    """The embedded store."""

    def make(self, home: Path) -> Store:
        return make(home)

    def cannot_write(self, home: Path) -> AbstractContextManager[None]:
        return full_disk(home)


def written(home: Path, statement: str) -> Path:
    """A database at the store's place, made by somebody else."""
    path = home / FILE
    path.parent.mkdir(parents=True)
    connection = sqlite3.connect(path)
    connection.executescript(statement)
    connection.close()
    return path


async def refusal(home: Path) -> str:
    with pytest.raises(StoreRefused) as told:
        await make(home).open()
    return str(told.value)


async def test_a_database_of_another_program_is_refused_and_left_as_it_was(tmp_path: Path) -> None:
    """Not a byte of a stranger's file is altered, nor a log laid beside it."""
    path = written(tmp_path, "CREATE TABLE theirs (a); INSERT INTO theirs VALUES (1);")
    before = path.read_bytes()
    assert await refusal(tmp_path) == "store.path: guantong.db is a database of another program; name another file [GT639]"
    assert path.read_bytes() == before
    assert list(path.parent.iterdir()) == [path]


@pytest.mark.parametrize(("version", "remedy"), [
    (SCHEMA_VERSION + 1, "use the newer program version that wrote it [GT973]"), (0, "restore a backup [GT974]"),
])
async def test_a_file_of_another_version_is_refused(tmp_path: Path, version: int, remedy: str) -> None:
    """A newer program's file is never read as ours, neither by the hub nor by a verb that only reads."""
    await made(tmp_path)
    connection = sqlite3.connect(tmp_path / FILE)
    connection.execute(f"PRAGMA user_version={version}")
    connection.close()
    text = f"store.path: guantong.db has schema version {version}, this program needs {SCHEMA_VERSION}; {remedy}"
    assert await refusal(tmp_path) == text
    with pytest.raises(StoreRefused, match=r"^store\.path: guantong\.db has schema version"):
        SPEC.open_reader(SqliteSettings(), tmp_path)


def of_version_1(home: Path) -> Path:
    """A file as programs of version 1 left it, with one finished case in it."""
    return written(home, Path(__file__).with_name("version1.sql").read_text(encoding="utf-8"))


def tables_of(path: Path) -> dict[str, set[str]]:
    """The columns of every table and the text of every index, in whatever order they were made."""
    connection = sqlite3.connect(path)
    found = {name: {f"{row[1]} {row[2]} {row[3]}" for row in connection.execute(f"PRAGMA table_info({name})")}
             for (name,) in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'").fetchall()}
    found["indexes"] = {row[0] for row in connection.execute("SELECT sql FROM sqlite_schema WHERE type = 'index'") if row[0]}
    connection.close()
    return found


async def test_a_file_of_an_older_version_is_brought_up_to_ours(tmp_path: Path) -> None:
    """It ends with the tables a new file has, and what was in it is there and can be worked with."""
    path = of_version_1(tmp_path / "old")
    store = make(tmp_path / "old")
    await store.open()
    assert await store.write(lambda tx: [(one.name, one.occurred) for one in tx.happened(1)]) == [("case.finish", "")]
    assert await store.write(lambda tx: event(tx, 1, b"key")) == 2
    reader = store.reader()
    row = reader.delivery(1)
    assert row is not None
    assert (row.state, row.code) == ("dead", "GT412")
    reader.close()
    await store.close()
    await made(tmp_path / "new")
    assert tables_of(path) == tables_of(tmp_path / "new" / FILE)
    await made(tmp_path / "old")  # and opens again


@pytest.mark.parametrize("given", [True, False])
async def test_what_a_file_of_version_6_knows_of_blobs_is_kept(tmp_path: Path, given: bool) -> None:
    """Programs of that version gave the table of blobs to every file they opened: it may be there, or not."""
    path = of_version_1(tmp_path / "old")
    connection = sqlite3.connect(path)
    connection.executescript("".join(sql(f"upgrade{number}.sql") for number in range(2, 7)) + "PRAGMA user_version=6;")
    if given:
        connection.executescript("CREATE TABLE blob_ref (blob TEXT NOT NULL, message INTEGER NOT NULL, PRIMARY KEY (blob, message)) "
                                 "STRICT, WITHOUT ROWID; INSERT INTO blob_ref VALUES ('aa', 1);")
    connection.close()
    only_read = SPEC.open_reader(SqliteSettings(), tmp_path / "old")
    assert [row.id for row in only_read.in_state(DeliveryState.DEAD)] == [1]
    only_read.close()
    store = make(tmp_path / "old")
    await store.open()
    await store.write(lambda tx: tx.refer(1, ["bb"]))
    reader = store.reader()
    assert reader.referred(["aa", "bb", "cc"]) == ({"aa", "bb"} if given else {"bb"})
    reader.close()
    await store.close()
    await made(tmp_path / "new")
    assert tables_of(path) == tables_of(tmp_path / "new" / FILE)


def test_a_file_of_an_older_version_can_be_read_and_is_left_as_it_was(tmp_path: Path) -> None:
    """A verb that only reads alters nothing, also before the new program ran the first time."""
    path = of_version_1(tmp_path)
    before = path.read_bytes()
    reader = SPEC.open_reader(SqliteSettings(), tmp_path)
    assert [row.id for row in reader.in_state(DeliveryState.DEAD)] == [1]
    assert reader.findings(FindingFilter()) == []
    assert reader.finding_counts() == []
    assert reader.finding(1) is None
    reader.close()
    assert path.read_bytes() == before


async def test_an_upgrade_that_fails_leaves_the_file_as_it_was(tmp_path: Path) -> None:
    """All of it or nothing: the older program can still open the file."""
    path = of_version_1(tmp_path)
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE finding (theirs)")
    connection.close()
    before = tables_of(path)
    assert "cannot be opened (SQLITE_ERROR)" in await refusal(tmp_path)
    assert tables_of(path) == before


async def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    """Whatever lies there, the text says what it is not, and the bytes stay."""
    path = tmp_path / FILE
    path.parent.mkdir()
    path.write_bytes(b"not a database, but quite long " * 100)
    text = ("store.path: guantong.db is not a readable SQLite file (SQLITE_NOTADB); "
            "restore a backup, or name another file [GT638]")
    assert await refusal(tmp_path) == text
    assert path.read_bytes() == b"not a database, but quite long " * 100
    with pytest.raises(StoreRefused, match="SQLITE_NOTADB"):
        SPEC.open_reader(SqliteSettings(), tmp_path)


async def test_a_folder_in_the_files_place_is_refused(tmp_path: Path) -> None:
    """The text names the setting, the cause and the remedy."""
    (tmp_path / FILE).mkdir(parents=True)
    assert await refusal(tmp_path) == (
        "store.path: guantong.db cannot be opened (Is a directory); "
        "check the folder's permissions and free space, or restore a backup [GT637]")


async def test_a_file_in_the_folders_place_is_refused(tmp_path: Path) -> None:
    """A path that leads through a file is the store's mistake, not the network's."""
    (tmp_path / "var").write_text("")
    assert "cannot be opened (File exists)" in await refusal(tmp_path)


def test_there_is_nothing_to_read_before_the_first_start(tmp_path: Path) -> None:
    """A verb that reads says how the file comes to be."""
    text = r"^store\.path: there is no guantong\.db yet; `guantong run` makes it at first start \[GT976\]$"
    with pytest.raises(StoreRefused, match=text):
        SPEC.open_reader(SqliteSettings(), tmp_path)
    written(tmp_path, "")
    (tmp_path / FILE).touch()
    with pytest.raises(StoreRefused, match=text):
        SPEC.open_reader(SqliteSettings(), tmp_path)


async def test_only_the_owner_may_read_the_file_and_its_log(tmp_path: Path) -> None:
    """Numbers of cases stand in it unsealed."""
    store = make(tmp_path)
    await store.open()
    await store.write(lambda tx: tx.add_subject("case"))
    files = list((tmp_path / "var").iterdir())
    assert len(files) >= 2, "the log exists"
    assert {stat.S_IMODE(path.stat().st_mode) for path in files} == {0o600}
    await store.close()


async def test_a_second_opening_reads_and_writes_the_same(tmp_path: Path) -> None:
    """Two openings of one file see each other's committed work; neither breaks the other."""
    one, two = make(tmp_path), make(tmp_path)
    await one.open()
    await two.open()
    kept = [await store.write(lambda tx: tx.add_message(message())) for store in (one, two, one, two)]
    assert len(set(kept)) == 4
    reader: Reader = SPEC.open_reader(SqliteSettings(), tmp_path)
    assert [count for _, _, count in reader.message_counts()] == [4]
    reader.close()
    await one.close()
    await two.close()


async def test_a_reader_cannot_write(tmp_path: Path) -> None:
    """What a verb opens to read is read-only by the database's own word."""
    await made(tmp_path)
    reader = SPEC.open_reader(SqliteSettings(), tmp_path)
    with pytest.raises(sqlite3.OperationalError, match="readonly"):
        reader._rows("DELETE FROM message")  # type: ignore[attr-defined]  # past the reader's own door
    reader.close()


async def test_checkpoints_go_on_after_a_full_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A checkpoint that fails is told once and tried again: the log is copied back once there is room."""
    monkeypatch.setattr("guantong_plugins.stores.sqlite.store.CHECKPOINT_EVERY", 0.001)
    store = SqliteStore(SqliteSettings(), tmp_path)
    await store.open()
    kept = 0
    with capture_logs() as told, full_disk(tmp_path):
        while not told:
            try:
                await store.write(lambda tx: tx.add_message(message(body=bytes(100_000))))
                kept += 1
            except StoreFailed:
                await asyncio.sleep(0)
    await store.write(lambda tx: tx.add_message(message()))
    await store.close()
    assert [line["event"] for line in told] == ["store.checkpoint_failed"]
    connection = sqlite3.connect(tmp_path / FILE)
    assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    assert connection.execute("SELECT count(*) FROM message").fetchone() == (kept + 1,)
    connection.close()


async def made(home: Path) -> None:
    """The store's file, made and closed."""
    store = make(home)
    await store.open()
    await store.close()


@pytest.mark.parametrize("version", [5, 8])
async def test_a_backfill_of_an_older_version_read_the_system_itself(tmp_path: Path, version: int) -> None:
    """It is told so, to who only reads and after the upgrade; of version 5, there was none."""
    path = of_version_1(tmp_path / "old")
    connection = sqlite3.connect(path)
    connection.executescript("".join(sql(f"upgrade{number}.sql") for number in range(2, version + 1)) + f"PRAGMA user_version={version};")
    there = version == 8
    if there:
        connection.execute("INSERT INTO backfill VALUES (1, 'east', 1, 2, 20.0, '陈工', 'running', 'c7', 7, 2, 1, 1000, 0)")
        connection.commit()
    connection.close()
    expected = [BackfillRow(1, BackfillOrder("east", 1, 2, 20.0, "陈工"), "running", Progress("c7", 7, 2, 1), 1000, 0)] if there else []
    only_read = SPEC.open_reader(SqliteSettings(), tmp_path / "old")
    assert only_read.backfills_running() == expected
    only_read.close()
    store = make(tmp_path / "old")
    await store.open()
    reader = store.reader()
    assert reader.backfills_running() == expected
    reader.close()
    await store.close()


@pytest.mark.parametrize("file", [FILE, f"{FILE}-wal"])
async def test_nothing_is_kept_in_a_file_that_is_gone(tmp_path: Path, file: str) -> None:
    """Removed or replaced under a hub that runs: refused before it is acknowledged, each time with what to do; what is put back
    is written again."""
    store = SqliteStore(SqliteSettings(), tmp_path)
    await store.open()
    await store.write(lambda tx: tx.add_subject("case"))
    aside = tmp_path / "aside"
    (tmp_path / file).rename(aside)
    said = f"the store cannot write: {Path(file).name} was removed or replaced while the hub runs; put it back, or stop the hub and restore a backup"
    for another in (False, True):
        if another:
            (tmp_path / file).write_bytes(b"")
        with pytest.raises(StoreFailed) as caught:
            await store.write(lambda tx: tx.add_subject("case"))
        assert str(caught.value) == said
    aside.replace(tmp_path / file)
    assert await store.write(lambda tx: tx.add_subject("case")) == 2
    await store.close()


async def test_a_reader_may_be_closed_while_a_thread_asks(tmp_path: Path) -> None:
    """A hub that stops closes what its threads still read with: they hear so, and the process lives on."""
    store = make(tmp_path)
    await store.open()
    heard: list[str] = []

    def asks(reader: Reader, asking: threading.Event) -> None:
        try:
            while True:
                reader.unfinished(10)
                asking.set()
        except sqlite3.ProgrammingError as error:
            heard.append(str(error))

    for _ in range(100):
        reader, asking = store.reader(), threading.Event()
        thread = threading.Thread(target=asks, args=(reader, asking))
        thread.start()
        await asyncio.to_thread(asking.wait)
        reader.close()
        await asyncio.to_thread(thread.join)
    await store.close()
    assert heard == ["Cannot operate on a closed database."] * 100
