# ruff: noqa: S101  a suite of tests asserts
"""What every store promises of holds. Part of `StoreContract`."""

from __future__ import annotations

from dataclasses import replace

from guantong.holdstore import Hold
from guantong.store import Reader, Store

HELD = Hold("city.hall", 1_000, "陈工", "主厅升级")


class HoldContract:
    """Inherited by `StoreContract`, which has the fixtures."""

    async def test_what_is_held_is_told_field_by_field_until_it_is_released(self, store: Store, reader: Reader) -> None:
        """By name; one hold a name, the newest; released once."""
        later, route = replace(HELD, at=2_000, actor="李工", reason="", inbound=True), replace(HELD, name="to-hall")
        for hold in (route, HELD):
            await store.write(lambda tx, hold=hold: tx.put_hold(hold))  # type: ignore[misc]  # mypy cannot infer a lambda's default
        assert reader.holds() == [HELD, route]
        await store.write(lambda tx: tx.put_hold(later))
        assert reader.holds() == [later, route]
        assert await store.write(lambda tx: [tx.drop_hold("city.hall"), tx.drop_hold("city.hall")]) == [True, False]
        assert reader.holds() == [route]
