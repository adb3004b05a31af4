"""Attachments in columns of bytes, through the whole hub on every database, and fetched out of a table of their own."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Column, LargeBinary, MetaData, String, Table, Text, create_engine, insert, select
from sqlalchemy.dialects.mysql import LONGBLOB
from tests.adapters.exchange import context
from tests.adapters.fetched import fetched
from tests.adapters.test_table_hub import hub_at, until

from guantong.adapter import Wanted
from guantong.blobs.folding import base64_of
from guantong.blobstore import BlobsFailed
from guantong.problems import ProblemsError
from guantong.record import Answer, NotSent, Oversized, Reply
from guantong_adapters.table import fetching
from guantong_adapters.table.adapter import open_tables

PDF = b"%PDF-1.4\n" + bytes(range(256)) * 3000
SERIAL = "10000010100699201211407150001"
FILES = {
    "config/guantong.yaml": "hub: {name: 试验, listen: 127.0.0.1:0}\nlog: {level: warning}\n",
    "config/routes.yaml": "routes:\n  - {name: up, events: case.material, from: {role: county}, to: {role: archive}}\n",
    "config/city.yaml": """
name: {zh: 市, en: City}
region: "445200"
systems:
  archive:
    role: archive
    adapter: table
    dialect: gd-exchange
    settings: {url: "@url", send: {EX_GDBS_SBCL: {table: TO_US, key: [SBLSH, SEQ], version: SJBBH}}}
    reply: {decode: json, rules: [{when: {field: {result: [inserted, duplicate]}}, means: success}]}
""",
    "config/east.yaml": """
name: {zh: 东县, en: East}
region: "445222"
systems:
  approval:
    role: county
    adapter: table
    dialect: gd-exchange
    settings:
      url: "@url"
      poll: [{table: EX_GDBS_SBCL}]
      read: {flag: {}}
      @fetch
    @policy
    poll: {every: 50ms}
""",
}
FETCH = {"@fetch": "fetch: {table: FILES, column: CONTENT, key: {FILE_ID: ATTACH_ID}}",
         "@policy": "fetch: {into: ATTACH_BODY, named_by: ATTACH_ID}"}
INSIDE = {"@fetch": "", "@policy": ""}


class Base:
    """The county's tables, the archive's, and the county's files beside its records."""

    def __init__(self, url: str) -> None:
        self.engine = create_engine(url)
        metadata = MetaData()
        content = LargeBinary().with_variant(LONGBLOB(), "mysql", "mariadb")
        texts = ("SEQ", "CLMC", "ATTACH_ID", "ATTACH_NAME", "ATTACH_TYPE", "ATTACH_SIGN", "CLZT", "XZQHDM")

        def materials(name: str) -> Table:
            return Table(name, metadata, Column("ID", String(40)), Column("SBLSH", String(40)), Column("SJBBH", String(9)),
                         *(Column(text, String(60)) for text in texts), Column("ATTACH_BODY", content), mysql_charset="utf8mb4")

        self.ours, self.theirs = materials("EX_GDBS_SBCL"), materials("TO_US")
        self.files = Table("FILES", metadata, Column("FILE_ID", String(40)), Column("CONTENT", content), Column("TEXT", Text))
        metadata.create_all(self.engine)

    def tell(self, seq: str, **more: Any) -> None:
        values = {"ID": seq, "SBLSH": SERIAL, "SJBBH": "1", "SEQ": seq, "CLMC": "身份证", "XZQHDM": "445222", "CLZT": "N",
                  "ATTACH_SIGN": hashlib.md5(PDF, usedforsecurity=False).hexdigest(), **more}
        with self.engine.begin() as connection:
            connection.execute(insert(self.ours).values(**values))

    def put(self, ident: str, content: bytes | None, text: str | None = None) -> None:
        with self.engine.begin() as connection:
            connection.execute(insert(self.files).values(FILE_ID=ident, CONTENT=content, TEXT=text))

    def got(self) -> dict[str, Any]:
        """What the archive has, by number of the material."""
        with self.engine.connect() as connection:
            return {row.SEQ: row for row in connection.execute(select(self.theirs))}

    def flags(self) -> list[str]:
        with self.engine.connect() as connection:
            return [str(flag).strip() for (flag,) in connection.execute(select(self.ours.c.CLZT).order_by(self.ours.c.ID))]


@pytest.fixture
def base(database_url: str) -> Any:
    made = Base(database_url)
    yield made
    made.engine.dispose()


def home(folder: Path, url: str, words: dict[str, str]) -> Path:
    """A home by the shipped dialect; no profile is needed."""
    root = Path(__file__).resolve().parents[2]
    for name, text in FILES.items():
        for word, stands_for in {"@url": url, **words}.items():
            text = text.replace(word, stands_for)
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, "utf-8")
    (folder / "mappings").symlink_to(root / "mappings")
    return folder


async def test_a_column_of_bytes_goes_through_byte_for_byte(base: Base, database_url: str, tmp_path: Path) -> None:
    """Out of one database and into another table: the same bytes, of the MD5 that is declared; an empty column stays one."""
    base.tell("1", ATTACH_BODY=PDF)
    base.tell("2", ATTACH_BODY=None, ATTACH_SIGN=None)
    async with hub_at(home(tmp_path, database_url, INSIDE)):
        await until(lambda: len(base.got()) == 2)
        await until(lambda: base.flags() == ["Y", "Y"])
    got = base.got()
    assert bytes(got["1"].ATTACH_BODY) == PDF
    assert hashlib.md5(bytes(got["1"].ATTACH_BODY), usedforsecurity=False).hexdigest() == got["1"].ATTACH_SIGN
    assert got["2"].ATTACH_BODY is None
    assert (tmp_path / "var/guantong.db").stat().st_size < len(PDF) + (1 << 19)


async def test_a_content_in_a_table_of_its_own_is_fetched_by_its_key(base: Base, database_url: str, tmp_path: Path) -> None:
    """And one that is not there parks its record, whose row is marked."""
    base.put("F1", PDF)
    base.tell("1", ATTACH_ID="F1")
    base.tell("2", ATTACH_ID="F2")
    async with hub_at(home(tmp_path, database_url, FETCH)) as hub:
        await until(lambda: "1" in base.got())
        await until(lambda: base.flags() == ["Y", "E"])
        row = hub.engine.reader.message(2)
        assert row is not None
        assert (row.state, row.code) == ("parked", "GT859")
    assert bytes(base.got()["1"].ATTACH_BODY) == PDF


@pytest.mark.parametrize(("wanted", "check"), [
    ({"ATTACH_ID": "F1"}, lambda end: end == Reply(PDF, {"result": "found"})),
    ({"ATTACH_ID": "none"}, lambda end: end == Reply(b"", {"result": "missing"})),
    ({"ATTACH_ID": "null"}, lambda end: end == Reply(b"", {"result": "missing"})),
    ({"ATTACH_ID": "twice"}, lambda end: end == Reply(b"", {"result": "missing"})),
    ({"ATTACH_ID": "large"}, lambda end: isinstance(end, Oversized)),
])
async def test_each_end_of_a_fetching_is_told(base: Base, database_url: str, wanted: dict[str, str],
                                             check: Callable[[Answer], bool]) -> None:
    """There, not there, in two rows, or larger than it may be, which is never read."""
    base.put("F1", PDF)
    base.put("null", None)
    for _ in range(2):
        base.put("twice", b"x")
    base.put("large", b"x" * (len(PDF) * 2 + 3))
    tables = await open_tables(context(database_url, {"poll": [], "send": {}, "fetch": {
        "table": "FILES", "column": "CONTENT", "key": {"FILE_ID": "ATTACH_ID"}}}))
    try:
        assert check(await fetched(tables, "EX_GDBS_SBCL", wanted, len(PDF)))
        with pytest.raises(ProblemsError, match="FILE_ID"):
            await fetched(tables, "EX_GDBS_SBCL", {}, 100)
    finally:
        await tables.close()


@pytest.mark.parametrize("column", ["CONTENT", "TEXT"])
async def test_a_large_content_is_cut_into_pieces_by_the_database(base: Base, database_url: str, column: str,
                                                                  monkeypatch: pytest.MonkeyPatch) -> None:
    """Each is handed on before the next is read; together they are the content, bytes or Base64, to the byte of its limit."""
    monkeypatch.setattr(fetching, "PIECE", 50_000)
    base.put("F1", PDF, base64_of(iter([PDF]))[:60_000])
    content = PDF if column == "CONTENT" else PDF[:45_000]
    sizes: list[int] = []

    async def write(piece: bytes) -> None:
        sizes.append(len(piece))

    tables = await open_tables(context(database_url, {"poll": [], "send": {}, "fetch": {
        "table": "FILES", "column": column, "key": {"FILE_ID": "ATTACH_ID"}}}))
    try:
        assert await tables.fetch(Wanted("M", {"ATTACH_ID": "F1"}, 5.0, len(content), write)) == Reply(b"", {"result": "found"})
        assert max(sizes) <= 50_000 < sum(sizes) + 50_000 * (column == "TEXT")
        assert await fetched(tables, "M", {"ATTACH_ID": "F1"}, len(content)) == Reply(content, {"result": "found"})
        assert isinstance(await fetched(tables, "M", {"ATTACH_ID": "F1"}, len(content) - 1), Oversized)
    finally:
        await tables.close()


async def test_a_content_that_cannot_be_kept_ends_the_reading(base: Base, database_url: str) -> None:
    """What the taking raises comes out of the fetching; the line works on."""
    base.put("F1", PDF)

    async def full(_piece: bytes) -> None:
        raise BlobsFailed("blobs: No space left on device")

    tables = await open_tables(context(database_url, {"poll": [], "send": {}, "fetch": {
        "table": "FILES", "column": "CONTENT", "key": {"FILE_ID": "ATTACH_ID"}}}))
    try:
        with pytest.raises(BlobsFailed):
            await tables.fetch(Wanted("M", {"ATTACH_ID": "F1"}, 5.0, len(PDF), full))
        assert await fetched(tables, "M", {"ATTACH_ID": "F1"}, len(PDF)) == Reply(PDF, {"result": "found"})
    finally:
        await tables.close()


async def test_a_column_of_text_holds_base64(tmp_path: Path) -> None:
    """What is none cannot be read; a database that is gone is asked again later."""
    url = f"sqlite:///{tmp_path / 'x.db'}"
    base = Base(url)
    base.put("F1", None, base64_of(iter([PDF])))
    base.put("F2", None, "没有")
    tables = await open_tables(context(url, {"poll": [], "send": {}, "fetch": {
        "table": "FILES", "column": "TEXT", "key": {"FILE_ID": "ATTACH_ID"}}}))
    try:
        ends = [await fetched(tables, "M", {"ATTACH_ID": name}, len(PDF)) for name in ("F1", "F2")]
        base.engine.dispose()
        (tmp_path / "x.db").write_bytes(b"")
        ends.append(await fetched(tables, "M", {"ATTACH_ID": "F1"}, len(PDF)))
    finally:
        await tables.close()
    assert ends[:2] == [Reply(PDF, {"result": "found"}), Reply(b"", {"result": "unreadable"})]
    assert isinstance(ends[2], NotSent)
