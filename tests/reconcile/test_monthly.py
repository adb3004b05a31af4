"""`guantong monthly`: a month's cases by county and town."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson
import pytest
from openpyxl import load_workbook
from tests.cli.desk import ACCEPTANCE, COUNTY, Desk
from tests.sites.tables import tree

from guantong.journey.engine import Engine
from guantong.journey.states import DeliveryState as D
from guantong.reconcilestore import Reconciliation
from guantong.sites.write import as_workbook

LIMITED = {**ACCEPTANCE, "legalLimit": "5", "legalLimitUnit": "workday", "siteCode": "445202001201"}


def case(number: int, **other: Any) -> dict[str, Any]:
    return {**LIMITED, "bizNo": f"RC{number:04}", "applyNo": f"1000001010069920121140715{number:04}", **other}


def finish(number: int, day: str, **other: Any) -> dict[str, Any]:
    return {**case(number), "type": "finish", "result": "finished", "time": f"{day} 10:00:00", **other}


@pytest.fixture
def filled(desk: Desk) -> Desk:
    """July 2014: in time, late, still open by now too late, without a limit, incomplete, in conflict, returned, finished at once, and one of June."""
    table = desk.home / "站点.xlsx"
    table.write_bytes(as_workbook(tree().sites.values()))
    assert desk.guantong("sites", "import", str(table)).exit_code == 0
    desk.tell(
        case(1), finish(1, "2014-07-18"), case(2), finish(2, "2014-07-30"), case(3),
        case(4, legalLimit="", legalLimitUnit="", siteCode=""), finish(4, "2014-07-17", siteCode=""),
        case(5, operatorName=""), finish(5, "2014-07-18"), case(6), case(6, itemName="另一事项"), finish(6, "2014-07-18"),
        finish(7, "2014-07-20", siteCode="445202001000"), case(8, time="2014-06-20 09:00:00"), finish(8, "2014-07-01"),
    )

    async def alter(engine: Engine) -> None:
        events = [one.id for one in engine.reader.events_held(engine.reader.subjects_by_number("RC0002")[0])]
        delivery = engine.reader.went(events)[0].id
        await engine.store.write(lambda tx: tx.move(delivery, D.RETURNED, at=1, due=1, attempts=1))
        await engine.store.write(lambda tx: tx.keep_reconciliation(
            Reconciliation(COUNTY, "2014-07-16", 1, "hub", {"missing": 2, "different": 1, "agrees": 9})))

    desk.work(alter)
    return desk


def test_every_case_is_counted_once_where_it_belongs(filled: Desk) -> None:
    """By the town of its site, a village's too; in time by the rules of supervision; each flaw in its own column."""
    counties = {one["system"]: one for one in filled.json("monthly", "2014-07")["counties"]}
    rongcheng = counties[COUNTY]
    plain = {"gone": 0, "open": 0}
    assert {one["name"]: one for one in rongcheng["towns"]} == {
        "仙桥街道便民服务中心": {"name": "仙桥街道便民服务中心", "accepted": 6, "in_time": 3, "late": 2, "no_limit": 1, "complete": 5, "correct": 5, "returned": 1, **plain},
        None: {"name": None, "accepted": 1, "in_time": 0, "late": 0, "no_limit": 1, "complete": 1, "correct": 1, "returned": 0, **plain},
    }
    assert rongcheng["cases"]["accepted"] == 7
    assert rongcheng["reconciled"] == {"nights": 1, "missing": 2, "different": 1}
    assert all(one["cases"]["accepted"] == 0 for name, one in counties.items() if name != COUNTY)
    june = {one["system"]: one["cases"]["accepted"] for one in filled.json("monthly", "2014-06")["counties"]}
    assert june[COUNTY] == 1


def test_the_sheet_holds_numbers_and_totals_under_chinese_heads(filled: Desk, tmp_path: Path) -> None:
    """A row a town, one a county, one for all; shares are numbers shown as shares."""
    report = tmp_path / "月报.xlsx"
    assert filled.guantong("monthly", "2014-07", "--report", str(report)).exit_code == 0
    rows = list(load_workbook(report).worksheets[0].iter_rows(values_only=True))
    assert rows[0][0] == "2014-07 办件数据质量月报"
    assert rows[1][:5] == ("县区", "镇街", "受理件数", "按时办结", "超期")
    town = next(row for row in rows if row[1] == "仙桥街道便民服务中心")
    assert town[2:14] == (6, 3, 2, 0, 1, 5, 5, 1, 0, 0.6, 0.8333, 0.8333)
    total = rows[-1]
    assert (total[0], total[2], total[14:17]) == ("合计", 7, (1, 2, 1))
    shown = filled.guantong("monthly", "2014-07", columns=140).stdout
    assert "仙桥街道便民服务中心" in shown
    assert "欧阳" not in shown


@pytest.mark.parametrize("month", ["2014-13", "July", "2014-7", ""])
def test_what_is_no_month_is_named(desk: Desk, month: str) -> None:
    result = desk.guantong("monthly", month)
    assert (result.exit_code, result.stderr.splitlines()[0]) == (2, f"MONTH：{month!r} 不是月份; 请写 2026-11 [GT911]")


def test_a_home_where_nothing_came_has_a_sheet_of_noughts(desk: Desk) -> None:
    desk.tell()
    found = orjson.loads(desk.guantong("monthly", "2014-07", "--json").stdout)
    assert {one["cases"]["accepted"] for one in found["counties"]} == {0}
