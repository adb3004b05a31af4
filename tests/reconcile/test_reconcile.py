"""`guantong reconcile` on a county's exchange tables: every difference is found, and no other."""

from __future__ import annotations

from typing import Any

import orjson
import pytest
from tests.cli.desk import SECRETS
from tests.reconcile.county import DAY, SYSTEM, County, accepted

from guantong.journey.states import DeliveryState as D

DIFFERENT = {
    "JX2": "missing", "JX3": "different", "JX4": "different", "JX5": "extra", "JX6": "parked", "JX7": "conflict", "JX11": "different",
}
SENT = {"JX8": "dead", "JX9": "sent", "JX10": "waiting", "JX12": "unknown", "JX13": "returned"}
SEEDED = {8: D.DEAD, 9: D.SENT, 10: D.WAITING, 12: D.UNKNOWN, 13: D.RETURNED}
QUERY = """    reconcile:
      source:
        query: >-
          SELECT "SBLSH", "YWLSH" AS "业务号", "SJBBH", "SLZTDM", "SLSJ", "SXMC" FROM "EX_GDBS_SL" WHERE "SLSJ" >= :since AND "SLSJ" < :until
        kind: EX_GDBS_SL
        columns: {YWLSH: 业务号}
      compare: [outcome, item.name]
"""
VIEW = """    reconcile:
      source: {view: EX_GDBS_SL, kind: EX_GDBS_SL, time: SLSJ}
      compare: [outcome, item.name]
"""


def seed(county: County) -> None:
    """One difference of every kind, among cases of the day and of others that agree."""
    county.add(*(accepted(number) for number in (1, *range(3, 6), *range(7, 14))), accepted(20, 11), accepted(21, 13))
    county.add(accepted(6, SLZTDM="Z"), accepted(7, SLBMMC="揭西县另一局", SXMC="另一事项"))
    county.read()
    county.add(accepted(2))
    county.alter(3, SJBBH=2)
    county.alter(4, SXMC="食品经营许可", SLZTDM="2")
    county.remove(5)
    county.alter(11, SJBBH=2, SLSJ=accepted(11, 20)["SLSJ"])
    county.end(SEEDED)


def answer(county: County, *words: str) -> dict[str, Any]:
    result = county.desk.guantong("reconcile", SYSTEM, "--date", DAY, "--json", *words, env=SECRETS)
    assert result.exit_code in (0, 1), result.output
    found: dict[str, Any] = orjson.loads(result.stdout)
    assert result.exit_code == (0 if found["agree"] else 1)
    return found


def by_number(found: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """The differences by the county's number, which province's ends with."""
    return {f"JX{int(one['number'][-5:])}" if one["number"].isdigit() else one["number"]: one for one in found["differences"]}


def test_every_seeded_difference_is_found_and_no_other(served: County) -> None:
    """Read again from the tables, whole; what is of other days is not looked at."""
    seed(served)
    found = answer(served)
    lines = by_number(found)
    assert {number: one["finding"] for number, one in lines.items() if one["finding"] != "agrees"} == DIFFERENT
    states = {number: {at["state"] for at in one["targets"].values()} for number, one in lines.items() if one["finding"] == "agrees"}
    assert states == {number: {state} for number, state in SENT.items()}
    assert lines["JX4"]["differs"] == ["*"]
    assert lines["JX3"]["version_there"], lines["JX3"]["version_here"] == (2, 1)
    assert (found["source"], found["accepted"], found["agrees"], found["unreadable"], found["uncompared"]) == (12, 11, 6, 0, 0)
    assert found["more"] == 0


def test_books_that_agree_end_well(served: County) -> None:
    """CHAR columns with their padding, rare characters, and a second run: all the same."""
    served.add(*(accepted(number) for number in range(1, 8)), accepted(20, 11))
    served.read()
    served.end({})
    found = answer(served)
    assert (found["agree"], found["source"], found["accepted"], found["differences"]) == (True, 7, 7, [])
    assert served.desk.guantong("reconcile", "jiexi", "--date", "2014-07-15", env=SECRETS).exit_code == 0
    shown = served.desk.guantong("reconcile", "jiexi", "--date", DAY, env=SECRETS)
    assert shown.stdout.startswith("jiexi.approval · 2014-07-12 · 来源 at the source 7 · 接收 accepted here 7\n  一致 agrees 7\n"), shown.stdout
    assert shown.stdout.endswith("账目相符 The books agree.\n")


@pytest.mark.parametrize("declared", [QUERY, VIEW])
def test_a_query_and_a_view_find_the_same(served: County, declared: str) -> None:
    """By the columns they give, through the mapping that reads such records; only the fields that are compared count."""
    seed(served)
    mysql = served.engine.dialect.name in ("mysql", "mariadb")
    served.declare(declared.replace('"', "`") if mysql else declared)
    found = answer(served)
    lines = by_number(found)
    expected = DIFFERENT | {"JX11": "extra"}  # asked for this day, the county's books have none
    assert {number: one["finding"] for number, one in lines.items() if one["finding"] != "agrees"} == expected
    assert lines["JX4"]["differs"] == ["outcome", "item.name"]
    served.alter(4, SXMC="个体工商户设立登记", SLZTDM="1", SLBMMC="某某局")  # which nobody compares
    assert by_number(answer(served)).get("JX4") is None


