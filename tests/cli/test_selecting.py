"""Acting on many: chosen by what they are about, listed first, done with --yes; grouped by cause; given up and brought back."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import pytest
from tests.cli.desk import ACCEPTANCE, COUNTY, Desk

from guantong.cli.home import reading, vault_of
from guantong.cli.purge import WAITING, delivery_items_of
from guantong.cli.selecting import choose
from guantong.journey.engine import Engine
from guantong.journey.states import DeliveryState
from guantong.operations.causes import shape
from guantong.operations.items import Selection, dead_items
from guantong.operations.openby import By, open_by
from guantong.sites import Level
from guantong.sites.site import Site
from guantong.sites.tree import Tree
from guantong.store import Transaction

D = DeliveryState
HALL, WATCH = "city.hall", "city.supervision"


def case(number: int, **more: str) -> dict[str, str]:
    return {**ACCEPTANCE, "bizNo": f"RC{number:04}", "applyNo": f"1000001010069920121140715{number:04}", **more}


def dead_by(desk: Desk, *refusals: tuple[int, str]) -> None:
    for delivery, reason in refusals:
        desk.end(delivery, D.DEAD, "GT412", reason)


@pytest.fixture
def busy(desk: Desk) -> Desk:
    """Three cases, two of one matter: each to the hall (odd numbers) and to supervision (even)."""
    desk.tell(case(1), case(2, itemCode="9" * 29), case(3))
    return desk


def test_what_failed_for_the_same_cause_is_one_group_and_replayed_as_one(busy: Desk) -> None:
    """Lengths and long texts do not tell causes apart, fields and codes do; the replay is listed first, and each line of
    the journal names the cause and the attempt before."""
    dead_by(busy, (1, "字段超长 SPYJ：1140，最多 500"), (3, "字段超长 SPYJ：900，最多 500"), (5, "字段超长 SQRMC：90，最多 60"))
    first, second = busy.json("dead", "groups")["groups"]
    assert (first["count"], first["ids"], second["count"], second["ids"]) == (2, ["D1", "D3"], 1, ["D5"])
    listed = busy.json("dead", "replay", "--cause", first["cause"])
    assert listed == {"would": "replay", "ids": ["D1", "D3"], "count": 2, "groups": [{"cause": first["cause"], "count": 2}]}
    shown = busy.guantong("dead", "replay", "--cause", first["cause"]).stdout
    assert shown.splitlines()[-1] == "确认执行请加 --yes · add --yes to do it"
    done = busy.json("dead", "replay", "--cause", first["cause"], "--yes")["done"]
    assert [(one["id"], one["state"]) for one in done] == [("D1", "waiting"), ("D3", "waiting")]
    assert [one["count"] for one in busy.json("dead", "groups")["groups"]] == [1]
    (subject,) = busy.json("trace", "D1")["subjects"]
    (line,) = [one for one in subject["journal"] if one["what"] == "replayed"]
    assert {key: line["detail"][key] for key in ("was", "cause", "after_attempt")} == {
        "was": "GT412", "cause": first["cause"], "after_attempt": 1}
    assert first["cause"] in busy.guantong("trace", "D1", columns=200).stdout


def test_messages_are_grouped_and_replayed_by_cause_too(desk: Desk) -> None:
    """Two codes without a translation are two causes; once one is mended, its group goes."""
    desk.tell(case(1, result="granted"), case(2, result="granted"), case(3, result="perhaps"))
    groups = {one["count"]: one for one in desk.json("dead", "groups")["groups"]}
    desk.edit("mappings/rongcheng/codes/outcome.acceptance.yaml", 'accepted:      "accepted"', 'accepted:      ["accepted", "granted"]')
    done = desk.json("dead", "replay", "--cause", groups[2]["cause"], "--yes")["done"]
    assert [(one["id"], one["state"]) for one in done] == [("M1", "routed"), ("M2", "routed")]
    assert [one["cause"] for one in desk.json("dead", "groups")["groups"]] == [groups[1]["cause"]]


def test_what_is_chosen_is_what_the_selection_means(busy: Desk) -> None:
    """By system, matter, region, code, event, stage and time; listed only, nothing done."""

    async def die(engine: Engine) -> None:
        def move(tx: Transaction) -> None:
            for number in range(1, 7):
                tx.move(number, D.DEAD, at=1, due=1, attempts=1, code="GT412" if number == 1 else "GT413", reason="对方拒绝")
        await engine.store.write(move)

    busy.work(die)
    config, now = busy.configuration(), 4_102_444_800_000
    for which, ids in [
        (Selection(system=HALL), "135"), (Selection(matter="9" * 29), "34"), (Selection(system=HALL, region="445202"), "135"),
        (Selection(code="GT412"), "1"), (Selection(region="445281"), ""), (Selection(event="case.acceptance", system=WATCH), "246"),
        (Selection(stage="accept"), ""), (Selection(stage="deliver", since=1, system=HALL), "135"), (Selection(until=1), ""),
        (Selection(since=now), ""), (Selection(until=now, system=HALL, code="GT413"), "35"),
    ]:
        assert [item.id for item in choose(config, which, dead_items)] == [f"D{number}" for number in ids], which
    assert busy.json("dead", "discard", "--region", "rongcheng", "--code", "gt412")["ids"] == ["D1"]
    assert len(busy.json("dead", "list")["dead"]) == 6


def test_a_town_is_chosen_with_its_villages(busy: Desk) -> None:
    """A site means all below it, and what names no site is counted where its source stands."""
    town = Site("445202100", "仙桥街道", Level.TOWN, "445202")
    village = Site("445202100201", "村居", Level.VILLAGE, town.code)
    sites = Tree([Site("445202", "榕城区", Level.COUNTY), town, village])
    config = replace(busy.configuration(), sites=sites)
    systems = {name: replace(one, site=village.code) if name == COUNTY else one for name, one in config.systems.items()}
    config = replace(config, systems=systems)
    with reading(config) as reader:
        found = [one["key"] for one in open_by(reader, config, lambda: vault_of(config), By.TOWN, 0)]
    assert found == [town.code]
    for code, count in ((town.code, 6), (village.code, 6), ("445202", 6), ("445202101", 0)):
        assert len(choose(config, Selection(site=code), partial(delivery_items_of, WAITING))) == count, code


def test_one_county_is_one_whether_a_site_or_a_region_tells_it(busy: Desk) -> None:
    """The tree's codes have twelve digits, a system's region six; of towns the same."""
    county, town = Site("445202000000", "榕城区", Level.COUNTY, ""), Site("445202100000", "仙桥街道", Level.TOWN, "445202000000")
    for site, by, keys in ((town.code, By.COUNTY, {"445202"}), ("", By.COUNTY, {"445202"}), (town.code, By.TOWN, {"445202100"}), ("", By.TOWN, {""})):
        config = replace(busy.configuration(), sites=Tree([county, town]))
        systems = {name: replace(one, site=site) if name == COUNTY else one for name, one in config.systems.items()}
        with reading(config) as reader:
            found = open_by(reader, replace(config, systems=systems), lambda: vault_of(config), by, 0)  # noqa: B023  called at once
        assert {one["key"] for one in found} == keys
        assert {one["title"] for one in found} == {{"445202": "榕城区", "445202100": "仙桥街道", "": ""}[key] for key in keys}


def test_queues_are_counted_by_whom_they_concern(busy: Desk) -> None:
    """By county, matter and system, most first; what the county's own system does not tell stands as untold."""
    assert [(one["key"], one["title"], one["waiting"]) for one in busy.json("queues", "--by", "county")["groups"]] == [
        ("445202", "榕城区", 6)]
    assert [(one["key"], one["waiting"]) for one in busy.json("queues", "--by", "matter")["groups"]] == [
        (ACCEPTANCE["itemCode"], 4), ("9" * 29, 2)]
    assert {one["key"]: one["waiting"] for one in busy.json("queues", "--by", "system")["groups"]} == {HALL: 3, WATCH: 3}
    assert "445202 榕城区" in busy.guantong("queues", "--by", "county").stdout


def test_what_waits_is_purged_after_a_look_and_brought_back(busy: Desk) -> None:
    """Listed first; with --yes and a reason given up, whole lines; what was never attempted comes back under a number of
    its own that names the old one, once."""
    busy.tell({"type": "step", "applyNo": case(1)["applyNo"], "bizNo": "RC0001", "stepCode": "1", "status": "pass",
               "time": "2014-07-17 09:00:00"})
    assert busy.json("purge", "--system", HALL)["ids"] == ["D1", "D3", "D5", "D7"]
    assert busy.guantong("purge", "--system", HALL, "--yes").exit_code == 2
    done = busy.json("purge", "--system", HALL, "--reason", "已线下补报", "--yes")["done"]
    assert [(one["id"], one["state"], one["undo"]) for one in done] == [
        (f"D{number}", "discarded", f"guantong dead restore D{number}") for number in (7, 5, 3, 1)]
    assert busy.json("queues")["systems"][HALL]["waiting"] == 0
    back = busy.json("dead", "restore", "D1", "--why", "误清除")["done"][0]
    assert (back["state"], back["as"]) == ("restored", "D9")
    (subject,) = busy.json("trace", "D9")["subjects"]
    (line,) = [one for one in subject["journal"] if one["what"] == "restored"]
    assert (line["actor"], line["delivery"], line["detail"]["of"]) == ("chen", 9, "D1")
    again = busy.json("dead", "restore", "D1")["done"][0]
    assert again["problem"]["code"] == "GT357"
    assert busy.json("queues")["systems"][HALL]["waiting"] == 1


def test_what_was_attempted_is_not_brought_back(busy: Desk) -> None:
    """Nobody knows for sure what became of it: its owner sends a new version."""
    busy.end(1, D.RETRYING, "", "")
    said = busy.guantong("purge", "--system", HALL, "--reason", "x", "--yes").stdout
    assert "✓ D1: 不再推送 discarded（不可撤销 cannot be undone）" in said
    assert "✓ D3: 不再推送 discarded（撤销 to undo: guantong dead restore D3）" in said
    assert busy.json("dead", "restore", "D1")["done"][0]["problem"]["code"] == "GT356"


def test_the_unknown_are_settled_by_what_they_are_about(busy: Desk) -> None:
    """Listed first; with --yes those chosen are, and no others."""
    for number in (1, 3, 4):
        busy.end(number, D.UNKNOWN, "GT414", "结果不明")
    options = ("unknown", "resolve", "--system", HALL, "--took-effect")
    assert busy.json(*options)["ids"] == ["D1", "D3"]
    assert [one["state"] for one in busy.json(*options, "--yes")["done"]] == ["confirmed", "confirmed"]
    assert [one["id"] for one in busy.json("unknown", "list")["unknown"]] == ["D4"]


def test_options_that_choose_nothing_are_told(desk: Desk) -> None:
    """A misspelt place, system or stage must not look like an empty list; ids and options are one of the two."""
    desk.tell(ACCEPTANCE)
    for words, said in [
        (("dead", "replay", "--region", "rongchen"), "没有名为 'rongchen' 的地区或系统"), (("dead", "replay", "--system", "city.hal"), "city.hall?"),
        (("dead", "replay", "--stage", "sent"), "--stage"), (("dead", "replay", "--code", "412"), "as GT412, not '412'"),
        (("dead", "replay", "--cause", "G12"), "G1a2b3c4d, not 'G12'"), (("dead", "replay", "D1", "--system", HALL), "二者之一"),
        (("dead", "replay"), "二者之一"), (("purge",), "--system"),
    ]:
        result = desk.guantong(*words)
        assert (result.exit_code, said in result.stderr) == (2, True), result.stderr


def test_a_shape_leaves_out_what_differs() -> None:
    """Numbers and long quoted texts; short quoted ones are codes and stay."""
    assert shape("a.yaml:16:3 result: 代码 'granted1' 超过 60，来了 1140，“" + "长" * 30 + "”") == (
        "a.yaml:#:# result: 代码 'granted1' 超过 #，来了 #，#")
