"""Parallel running on the command line."""

from __future__ import annotations

from tests.cli.desk import ACCEPTANCE, COUNTY, Desk, widest

from guantong.journey.conclude import Kept, conclude
from guantong.journey.engine import Engine
from guantong.journey.prepare import Parcel, prepare
from guantong.journey.ready import from_row
from guantong.journey.settle import unsent


def test_a_system_that_is_not_in_shadow_is_named(desk: Desk) -> None:
    """And those that are."""
    result = desk.guantong("shadow", COUNTY)
    assert (result.exit_code, result.stderr) == (2, (
        "rongcheng.approval 不在并行试运行中：应推送的都会推送; 请在地区文件的该系统处写 `shadow:`；目前试运行的：- [GT436]\n"
        "    rongcheng.approval is not in shadow: what is due is sent to it; write `shadow:` at the system in its place file; in "
        "shadow now: -\n"))
    assert desk.guantong("shadow", "rongcheng.aproval").exit_code == 2


def test_the_comparison_is_shown_by_event_and_field(desk: Desk) -> None:
    """Counts and shares in a table, masked examples below, on a screen of 100 columns."""
    desk.edit("config/city.yaml", "  supervision:\n", f"  supervision:\n    shadow: {{against: {COUNTY}}}\n")
    desk.tell(ACCEPTANCE)

    async def shadowed(engine: Engine) -> None:
        for number in (1, 2):
            row = engine.reader.delivery(number)
            if row is None or row.target != "city.supervision":
                continue
            system, ready = engine.system(row.target), from_row(row)
            parcel = prepare(engine, system, ready)
            assert isinstance(parcel, Parcel)
            kept = Kept(parcel.kind, engine.vault.seal(parcel.body), parcel.plan)
            await engine.store.write(lambda tx, ready=ready, system=system, kept=kept: conclude(  # type: ignore[misc]  # defaults bind the loop's values
                engine, ready, unsent(system, ready, engine.clock()), kept, (), tx))

    desk.work(shadowed)
    found = desk.json("shadow", "city.supervision")
    assert (found["pairs"], found["score"], found["unmatched"]) == (1, 1.0, {"ours": 0, "theirs": 0, "ambiguous": 0})
    text = desk.guantong("shadow", "city.supervision").stdout
    assert text.startswith("city.supervision · 对照 against rongcheng.approval · 一致率 score 100%\n")
    assert "受理 case.acceptance · 1 对 pairs · 100%" in text
    assert widest(text) <= 100
    assert "欧阳示例" not in text
