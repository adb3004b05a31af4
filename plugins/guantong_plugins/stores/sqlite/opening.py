"""Opening the embedded store's file: for writing, or read-only beside a running hub.

A file that is not ours, or of a newer version, is refused before anything of it is altered. One of an older version
is brought up to ours when it is opened for writing.
"""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path

from guantong.store import StoreRefused
from guantong_plugins.stores.sqlite import codes
from guantong_plugins.stores.sqlite.failures import refused, wrong
from guantong_plugins.stores.sqlite.statements import sql

SCHEMA_VERSION = 17
"""`schema.sql` makes a file of this version. Of an older one, `upgrade<n>.sql` leads from the version before to *n*, and
`missing<n>.sql` stands in, for who only reads, for what a file of version *n* lacks."""
APPLICATION_ID = 0x47554154  # "GUAT": tells our file from a stranger's
WAIT = 5.0  # seconds for another connection's lock


def open_for_writing(path: Path, synchronous: str) -> sqlite3.Connection:
    """Open the file at *path* with the settings every writer needs; make it where there is none, readable by
    its owner alone. Raises `StoreRefused`."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        # Made before SQLite opens it: its log takes over the mode it finds.
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
        connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=WAIT,
                                     cached_statements=256)
    except (OSError, sqlite3.Error) as error:
        raise refused(path, error) from error
    try:
        version = _version_of(connection, path)
        # Fixed before the first table: freed pages can be given back to the disk later.
        connection.execute("PRAGMA auto_vacuum=INCREMENTAL")
        mode = connection.execute("PRAGMA journal_mode=WAL").fetchone()[0]
        connection.execute(f"PRAGMA synchronous={'NORMAL' if synchronous == 'NORMAL' else 'FULL'}")
        connection.execute("PRAGMA wal_autocheckpoint=0")
        connection.execute("PRAGMA cache_size=-65536")
        if not version:
            _make_tables(connection)
        elif version < SCHEMA_VERSION:
            _upgrade(connection, version)
    except sqlite3.Error as error:
        connection.close()
        raise refused(path, error) from error
    except StoreRefused:
        connection.close()
        raise
    if mode != "wal":
        connection.close()
        raise wrong(codes.NO_LOG, path)
    return connection


def open_for_reading(path: Path) -> sqlite3.Connection:
    """Open *path* read-only beside a running hub. Raises `StoreRefused`, also where there is nothing to read."""
    if not path.is_file():
        raise wrong(codes.NOTHING_YET, path, empty=True)
    try:
        connection = sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True, isolation_level=None,
                                     check_same_thread=False, timeout=WAIT, cached_statements=256)
    except sqlite3.Error as error:
        raise refused(path, error) from error
    try:
        version = _version_of(connection, path)
        for older in range(version, SCHEMA_VERSION) if version else ():
            connection.executescript(sql(f"missing{older}.sql"))
    except StoreRefused:
        connection.close()
        raise
    if not version:
        connection.close()
        raise wrong(codes.NOTHING_YET, path, empty=True)
    return connection


def _version_of(connection: sqlite3.Connection, path: Path) -> int:
    """The version of the file's tables, 0 where it holds nothing yet; refuses one that is not ours or newer than us."""
    try:
        tables = connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0]
        version = connection.execute("PRAGMA user_version").fetchone()[0]
        application = connection.execute("PRAGMA application_id").fetchone()[0]
    except sqlite3.Error as error:
        raise refused(path, error) from error
    if not tables:
        return 0
    if application != APPLICATION_ID:
        raise wrong(codes.ANOTHERS, path)
    if not 1 <= version <= SCHEMA_VERSION:
        raise wrong(codes.NEWER if version > SCHEMA_VERSION else codes.NO_VERSION, path, version=version, ours=SCHEMA_VERSION)
    return int(version)


def _make_tables(connection: sqlite3.Connection) -> None:
    """All tables and the marks that the file is ours, or nothing."""
    connection.executescript(f"BEGIN; {sql('schema.sql')} PRAGMA user_version={SCHEMA_VERSION}; "
                             f"PRAGMA application_id={APPLICATION_ID}; COMMIT;")


def _upgrade(connection: sqlite3.Connection, version: int) -> None:
    """From *version* to ours, or nothing of it."""
    steps = "".join(sql(f"upgrade{number}.sql") for number in range(version + 1, SCHEMA_VERSION + 1))
    try:
        connection.executescript(f"BEGIN IMMEDIATE; {steps} PRAGMA user_version={SCHEMA_VERSION}; COMMIT;")
    except sqlite3.Error:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise
