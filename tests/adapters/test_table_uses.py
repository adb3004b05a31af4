"""What is amiss with one use of a system's tables stops that use alone, and is looked at anew each time it is needed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from tests.adapters.exchange import RARE, SERIAL, Exchange, opened, outgoing, said, take

from guantong.adapter import Awaited, Receipt
from guantong.problems import ProblemsError

POLL = [{"table": "EX_GDBS_SL"}]
SENT = outgoing()
AWAITED = [Awaited(7, "EX_GDBS_SB", "GT7", SENT.fields)]


@pytest.mark.parametrize("mistake", [
    pytest.param({"poll": [{"table": "EX_GDBS_SLL"}]}, id="a table that was never there"),
    pytest.param({"poll": POLL, "gone": "SQRMC"}, id="a column that is gone"),
])
async def test_what_cannot_be_read_is_no_reason_to_send_nothing_and_read_no_receipts(tmp_path: Path, mistake: dict[str, Any]) -> None:
    """A polled table is another one than those we write: they are sent into and answer, before and after it was noticed."""
    exchange = Exchange(f"sqlite:///{tmp_path / 'exchange.db'}")
    settings = {"poll": mistake["poll"]}
    async with opened(exchange.url, tmp_path / "memory", **settings) as adapter:
        if lost := mistake.get("gone"):
            await take(adapter)
            exchange.run(f"ALTER TABLE EX_GDBS_SL RENAME COLUMN {lost} TO ZZ")
    async with opened(exchange.url, tmp_path / "memory", **settings) as adapter:
        for number in range(2):
            with pytest.raises(ProblemsError, match=r"GT503|GT553"):
                await adapter.poll("", 9)
            assert said(await adapter.send(outgoing(SBLSH=f"{SERIAL}{number}"))) == {"result": "inserted"}
        exchange.run("UPDATE EX_GDBS_SB SET CLZT = '1' WHERE ID = 1")
        awaited = [Awaited(7, "EX_GDBS_SB", "GT7", outgoing(SBLSH=f"{SERIAL}0").fields)]
        assert await adapter.receipts(awaited) == [Receipt(7, confirmed=True)]
        steps = [step.problem.code.id for step in await adapter.probe() if step.problem]
        assert steps in (["GT503"], ["GT553"])
    exchange.engine.dispose()


async def test_what_cannot_be_written_is_no_reason_to_read_nothing(tmp_path: Path) -> None:
    """The other way about; and what was mended is sent without a restart."""
    exchange = Exchange(f"sqlite:///{tmp_path / 'exchange.db'}")
    exchange.run("ALTER TABLE EX_GDBS_SB RENAME COLUMN CLZT TO ZZ")
    exchange.write("EX_GDBS_SL", {"SBLSH": "S1", "SQRMC": RARE, "INSERTTIME": "1"})
    async with opened(exchange.url, tmp_path / "memory", poll=POLL) as adapter:
        assert said(await adapter.send(SENT))["code"] == "GT504"
        assert [row["SBLSH"] for row in (await take(adapter))[0]] == ["S1"]
        with pytest.raises(ProblemsError, match="GT504"):
            await adapter.receipts(AWAITED)
        exchange.run("ALTER TABLE EX_GDBS_SB RENAME COLUMN ZZ TO CLZT")
        assert said(await adapter.send(SENT)) == {"result": "inserted"}
        assert await adapter.receipts(AWAITED) == []
    exchange.engine.dispose()


@pytest.mark.parametrize("database_url", [pytest.param("mariadb", marks=pytest.mark.service("mariadb"))], indirect=True)
async def test_a_column_that_was_widened_is_written_at_once(database_url: str) -> None:
    """As the refusal asks for: no restart, whatever was known of the column."""
    schema = Exchange(database_url)
    schema.run("ALTER TABLE EX_GDBS_SB MODIFY SQRMC VARCHAR(20) CHARACTER SET gbk")
    async with opened(schema.url) as adapter:
        for _ in range(2):
            refused = said(await adapter.send(SENT))
            assert (refused["column"], refused["character"]) == ("SQRMC", "U+4DAE")
        schema.run("ALTER TABLE EX_GDBS_SB MODIFY SQRMC VARCHAR(20) CHARACTER SET utf8mb4")
        assert said(await adapter.send(SENT)) == {"result": "inserted"}
    assert [row["SQRMC"] for row in schema.rows("EX_GDBS_SB")] == [RARE]
    schema.engine.dispose()
