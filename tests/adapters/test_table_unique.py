"""Exchange tables: a table we fill must keep our rows apart, or what is sent again stands there twice."""

from __future__ import annotations

import pytest
from tests.adapters.exchange import SETTINGS, Exchange, opened

SENT = {**SETTINGS["send"], "EX_GDBS_BJ": {"key": ["SBLSH"], "version": "SFJE"}}


async def test_a_key_that_is_not_unique_in_the_table_is_a_reminder(exchange: Exchange) -> None:
    """By a constraint, an index or the primary key, over the key or some of it; said before anything is sent."""
    async with opened(exchange.url, send=SENT, poll=[]) as adapter:
        (step,) = await adapter.misfits([])
        assert step.problem is not None
        assert (step.step, step.target, step.category) == ("table", "EX_GDBS_BJ", "")
        assert step.problem.line() == (
            "jiexi.approval.settings.send.EX_GDBS_BJ.key: nothing in the table 'EX_GDBS_BJ' keeps two rows with the same SBLSH, SFJE apart; have "
            "a unique key made over them: what is sent again would else stand there twice [GT451]")
        quoted = exchange.engine.dialect.identifier_preparer.quote
        exchange.run(f"CREATE UNIQUE INDEX UK_BJ ON {quoted('EX_GDBS_BJ')} ({quoted('SBLSH')})")
        assert await adapter.misfits([]) == []


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_nothing_is_said_of_a_view(exchange: Exchange) -> None:
    """Its keys are those of tables that we do not see."""
    exchange.run("CREATE VIEW V_BJ AS SELECT * FROM EX_GDBS_BJ")
    async with opened(exchange.url, send={"V_BJ": {"key": ["SBLSH"]}}, poll=[]) as adapter:
        assert await adapter.misfits([]) == []
