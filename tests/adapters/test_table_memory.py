"""What was read of an exchange table is let go with whoever asked for it."""

from __future__ import annotations

import gc
import weakref
from pathlib import Path

from guantong_adapters.table.database import Database
from guantong_adapters.table.settings import TableSettings


class Batch(list[bytes]):
    """Something that can be watched."""


async def test_a_batch_is_gone_when_nobody_holds_it_any_more(tmp_path: Path) -> None:
    """Not when a timer runs out, nor when somebody collects: a backlog is many batches."""
    settings = TableSettings.model_validate({
        "url": f"sqlite:///{tmp_path / 'exchange.db'}", "read": {"flag": {"id": "ID", "flag": "CLZT"}},
        "poll": [{"table": "EX_GDBS_SL", "kind": "EX_GDBS_SL"}],
    })
    database = Database("jiexi.approval", settings, None)
    gc.disable()
    try:
        held = weakref.ref(await database.run(lambda: Batch([bytes(100)])))
        for _ in range(10):  # each is a turn of the loop, in which what ended is put away
            await database.run(lambda: None)
        assert held() is None
    finally:
        gc.enable()
        await database.close()
