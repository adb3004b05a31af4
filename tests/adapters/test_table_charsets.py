"""A character that a column cannot hold is told by its code point, from what is declared or from what the database answers."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import uuid4

import psycopg
import pytest
from tests.adapters.exchange import Exchange, opened, outgoing, said
from tests.conftest import address

from guantong_adapters.table.charsets import quoted_character, unwritable


@pytest.mark.parametrize(("value", "charset", "found"), [
    ("陈镕", "gbk", ""), ("陈䶮", "gbk", "U+4DAE"), ("镕", "gb2312", "U+9555"), ("陈䶮", "utf-8-bmp", ""), ("\U00020bb7", "utf-8-bmp", "U+20BB7"),
])
def test_the_first_character_a_charset_has_not_is_found(value: str, charset: str, found: str) -> None:
    assert unwritable(value, charset) == found


@pytest.mark.parametrize(("message", "found"), [
    (r"Incorrect string value: '\xE4\xB6\xAE' for column `b`.`T`.`SQRMC` at row 1", "U+4DAE"),
    (r"Incorrect string value: '\xF0\xA0\xAE\xB7\xE9\x99...' for column 'SQRMC' at row 1", "U+20BB7"),
    ("Incorrect integer value: 'x' for column 'N'", ""), (r"Incorrect string value: '\xFF\xFE' for column 'A'", ""),
])
def test_the_character_is_read_from_the_bytes_that_the_database_quotes(message: str, found: str) -> None:
    assert quoted_character(message) == found


@pytest.fixture
def simplified() -> Iterator[str]:
    """A database of PostgreSQL in EUC_CN; its address."""
    name = f"gt_{uuid4().hex[:12]}"
    server = f"postgresql://root@{address('postgresql')}"
    with psycopg.connect(f"{server}/test", autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} ENCODING 'EUC_CN' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0")
    yield f"{server}/{name}".replace("postgresql:", "postgresql+psycopg:")
    with psycopg.connect(f"{server}/test", autocommit=True) as connection:
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.mark.service("postgresql")
async def test_a_database_in_euc_cn_refuses_by_column_and_character(simplified: str) -> None:
    exchange = Exchange(simplified)
    async with opened(exchange.url) as adapter:
        refused = said(await adapter.send(outgoing(SQRMC="陈䶮")))
        assert (refused["column"].upper(), refused["character"]) == ("SQRMC", "U+4DAE")
    exchange.engine.dispose()
