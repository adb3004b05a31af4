"""Retention on PostgreSQL, from the first case to the last row."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from tests.journey.world import D, step
from tests.retention.keeping import COUNTY, SHORT, finish, keeping, pruned, sizes, whole_case
from tests.stores import servers

from guantong.operations import Act
from guantong.record import Acceptance

pytestmark = pytest.mark.service("postgresql")


async def test_contents_and_rows_go_there_as_they_do_here(tmp_path: Path) -> None:
    """A closed case goes in its time, a frozen one stays, an old record is a duplicate, and what is left is sound."""
    schema = servers.schema_of(tmp_path)
    servers.settings(tmp_path)
    store = f"store: {{use: postgresql, dsn: {{file: dsn}}, schema: {schema}}}\n"
    try:
        async with keeping(tmp_path, retention=SHORT + store) as it:
            case, frozen = await whole_case(it, "P1"), await whole_case(it, "P2")
            await it.tell(COUNTY, finish("P1"))
            await it.act(Act.FREEZE, "P2", why="行政复议")
            done = await pruned(it, 201)
            assert (done.lots, done.messages) == ({("east", "case", "contents"): 1}, 3)
            assert (sizes(it, case), all(sizes(it, frozen))) == ([0, 0], True)
            assert (await it.tell(COUNTY, step("1", "P1", opinion="该同志符合条件"))).acceptance is Acceptance.DUPLICATE
            assert it.states("city.hall") == [D.CONFIRMED] * 4
            await whole_case(it, "P3")
            assert (await pruned(it, 400)).lots == {("east", "case", "contents"): 2, ("east", "case", "rows"): 1}
            assert it.reader.message(1) is None
            await it.act(Act.THAW, "P2", why="复议已结")
            await pruned(it)
            assert (sizes(it, frozen), it.reader.subjects_by_number("P2")) == ([], [frozen])
    finally:
        await asyncio.to_thread(servers.drop, schema)
