"""Where a case was handled: told to the rules, remembered for the counts, odd where nobody knows the place."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson
import pytest
from tests.journey.home import FILES, write_home
from tests.journey.world import HALL, World, apply, configured, plugged, step, world
from tests.operations.test_reload import hub_on, lines_of_the_hub, tell
from tests.sites.tables import CITY, tree

from guantong.config import load
from guantong.control import ask_reload, status
from guantong.journey.accept import accept
from guantong.journey.findingkinds import CLOSED_SITE, UNKNOWN_SITE
from guantong.mapping.kept import Kept, kept_in
from guantong.operations.connected import who_is_connected
from guantong.operations.lineage import Lineage, Verdict
from guantong.operations.metrics import render_metrics
from guantong.operations.versions import Versions
from guantong.record import Record
from guantong.sites.kept import About, keep
from guantong.sites.kept import read as kept_tree
from guantong.store import FindingFilter

CASE = "mappings/canonical/events/_case.yaml"
STEP, APPLY = "mappings/plain/case.step.yaml", "mappings/plain/case.application.yaml"
NAMES = """
  site.code: {type: text, label: {zh: 站点, en: Site}}
  window.code: {type: text, label: {zh: 窗口, en: Window}}
  service.way: {type: text, label: {zh: 办理方式, en: Way}}
  place: {type: text, label: {zh: 地点, en: Place}}
"""
OUT = "out:\n  where: {from: $site.path, empty: 无}\n  win: {from: $site.window_name}\n"
FILES_WITH_SITES = {
    CASE: f"{FILES[CASE]}{NAMES}",
    STEP: f"{FILES[STEP]}  site.code: site\n  window.code: win_no\n  service.way: way\nin:\n  place: {{from: $site.name}}\n{OUT}",
    APPLY: f"{FILES[APPLY]}  site.code: site\n  window.code: win_no\n  service.way: way\n",
}
TOWN = "揭阳市/榕城区/仙桥街道便民服务中心"


def imported(home: Path, text: str = CITY, number: int = 1) -> None:
    """Import a table as the version *number*."""
    made = tree(text, number)
    keep(home, list(made.sites.values()), About(number, 0, "陈工", "", "t.csv", made.digest, {}))


def sited(home: Path, **given: Any) -> Path:
    """A home whose counties name sites, with the tree imported."""
    write_home(home, files=FILES_WITH_SITES, **given)
    imported(home)
    return home


def sent(it: World) -> list[tuple[Any, Any]]:
    """Where the hall was told that each event happened."""
    return [(one.get("where"), one.get("win")) for one in (orjson.loads(effect.body) for effect in it.hall.effects)]


PLACES: list[tuple[dict[str, str], tuple[str, str | None]]] = [
    ({"site": "445202001201"}, (f"{TOWN}/永东村便民服务室", None)),
    ({"site": "445202001000", "win_no": "01"}, (TOWN, "综合窗口")),
    ({"site": "445202001000", "win_no": "99"}, (TOWN, None)),
    ({"win_no": "445202001000"}, (TOWN, None)),
    ({"win_no": "01"}, ("无", None)),  # two halls have one
    ({"site": "nowhere"}, ("无", None)),
    ({}, ("无", None)),
]


@pytest.mark.parametrize(("named", "told"), PLACES)
async def test_the_target_is_told_where_it_happened(tmp_path: Path, named: dict[str, str], told: tuple[str, str | None]) -> None:
    """By what the event names; what cannot be told is missing like any value, and refuses nothing."""
    async with world(sited(tmp_path)) as it:
        await it.tell("east.approval", step("1", "P1", **named))
        await it.quiet()
        assert sent(it) == [told]


async def test_a_step_that_names_no_site_happened_where_its_case_did(tmp_path: Path) -> None:
    """As an earlier event of the case tells."""
    async with world(sited(tmp_path)) as it:
        await it.tell("east.approval", apply("P1", site="445202001201"))
        await it.tell("east.approval", step("1", "P1"))
        await it.quiet()
        assert sent(it)[-1] == (f"{TOWN}/永东村便民服务室", None)


async def test_a_system_that_stands_at_a_site_speaks_of_that_site(tmp_path: Path) -> None:
    """`site:` of the system, inward and outward; what an event names comes first."""
    async with world(sited(tmp_path, more={"east.approval": "    site: '445203100000'\n"})) as it:
        await it.tell("east.approval", step("1", "P1"), step("2", "P1", site="445202001201"))
        await it.quiet()
        assert sent(it) == [("揭阳市/揭东区/云路镇便民服务中心", None), (f"{TOWN}/永东村便民服务室", None)]
        (event, _) = it.reader.events_of_message(1)
        assert orjson.loads(it.engine.vault.open(event.body))["place"] == "云路镇便民服务中心"


async def test_lineage_names_the_site_a_value_came_from(tmp_path: Path) -> None:
    """And recomputes it."""
    async with world(sited(tmp_path)) as it:
        await it.tell("east.approval", apply("P1", site="445202001201"))
        await it.tell("east.approval", step("1", "P1"))
        await it.quiet()
        config, specs = it.engine.configuration, plugged({})
        versions = Versions(config.dialects, Kept(kept_in(tmp_path), specs.codecs, specs.functions))
        hop = Lineage(it.reader, it.engine.vault, config, versions).of_delivery(it.deliveries(HALL)[-1].id)
        assert hop is not None
        found = hop.at("where")
        assert (hop.verdict, found and found.source, found and found.value) == (Verdict.SAME, "$site.path", f"{TOWN}/永东村便民服务室")


async def test_lineage_tells_the_tree_of_its_day(tmp_path: Path) -> None:
    """What was sent, and what came from a system that stands at a site, is explained by the tree that was in force; one
    whose version is gone is said to be."""
    async with world(sited(tmp_path, more={"east.approval": "    site: '445203100000'\n"})) as it:
        await it.tell("east.approval", step("1", "P1"), step("2", "P1", site="445202001201"))
        await it.quiet()
        imported(tmp_path, CITY.replace("永东村便民服务室", "永东社区服务室").replace("云路镇便民服务中心", "云路街道服务中心"), 2)
        it.engine.take(it.engine.configuration.with_sites(kept_tree(tmp_path)))
        await it.tell("east.approval", step("3", "P1"), step("4", "P1", site="445202001201"))
        await it.quiet()
        told = _lineage(it)
        hops = [told.of_delivery(row.id) for row in it.deliveries(HALL)]
        assert [(hop.verdict, found.value) for hop in hops if hop and (found := hop.at("where"))] == [
            (Verdict.SAME, "揭阳市/揭东区/云路镇便民服务中心"), (Verdict.SAME, f"{TOWN}/永东村便民服务室"),
            (Verdict.SAME, "揭阳市/揭东区/云路街道服务中心"), (Verdict.SAME, f"{TOWN}/永东社区服务室")]
        places = [[(hop.verdict, found.value) for hop in told.of_message(number) if (found := hop.at("place"))] for number in (1, 2)]
        assert places == [[(Verdict.SAME, "云路镇便民服务中心")] * 2, [(Verdict.SAME, "云路街道服务中心")] * 2]
        (tmp_path / "var/sites/000001.json").unlink()
        gone = _lineage(it).of_delivery(it.deliveries(HALL)[0].id)
        assert gone is not None
        assert (gone.verdict, [problem.code.id for problem in gone.problems]) == (Verdict.GONE, ["GT904"])


async def test_lineage_of_what_went_out_before_any_site_was_imported_stays_true(tmp_path: Path) -> None:
    """There were no sites then: today's tree would tell others."""
    async with world(tmp_path, files=FILES_WITH_SITES) as it:
        await it.tell("east.approval", step("1", "P1", site="445202001201"))
        await it.quiet()
        imported(tmp_path)
        it.engine.take(it.engine.configuration.with_sites(kept_tree(tmp_path)))
        sent_hop, (came_hop,) = _lineage(it).of_delivery(it.deliveries(HALL)[0].id), _lineage(it).of_message(1)
        assert sent_hop is not None
        assert (sent_hop.verdict, came_hop.verdict) == (Verdict.SAME, Verdict.SAME)
        assert [field.value for field in (sent_hop.at("where"),) if field] == ["无"]


def _lineage(it: World) -> Lineage:
    config, specs = it.engine.configuration, plugged({})
    versions = Versions(config.dialects, Kept(kept_in(config.home), specs.codecs, specs.functions))
    return Lineage(it.reader, it.engine.vault, config, versions)


async def test_findings_of_sites_that_were_imported_settle_by_themselves(tmp_path: Path) -> None:
    """When the hub takes the import up, journaled with who imported; what is still unknown stays, and one that is named
    again after the import was taken back is open again."""
    async with hub_on(tmp_path, files=FILES_WITH_SITES) as hub:
        imported(tmp_path)
        await ask_reload(tmp_path, "陈工", "", dry_run=False)
        await tell(hub, step("1", "P1", site="X9"))
        await tell(hub, step("1", "P2", site="X8"))
        await tell(hub, step("1", "P3", site="445202001000", win_no="09"))
        imported(tmp_path, CITY.replace("445202001202", "X9"), 2)
        await ask_reload(tmp_path, "王工", "", dry_run=False)
        assert [row.identity for row in hub.engine.reader.findings(FindingFilter())] == ["X8", "09"]
        (settled,) = hub.engine.reader.findings(FindingFilter(settled=True))
        assert (settled.identity, settled.settled_by, settled.why) == (
            "X9", "hub", "站点已导入（版本 2，陈工） the site was imported (version 2, 陈工)")
        lines = hub.engine.reader.journal_of(settled.subject)
        assert [(line.actor, dict(line.detail)) for line in lines if line.what == "finding_settled"] == [
            ("陈工", {"finding": "unknown_site", "why": settled.why})]
        imported(tmp_path, CITY, 3)
        await ask_reload(tmp_path, "陈工", "", dry_run=False)
        await tell(hub, step("2", "P1", site="X9"))
        assert [row.identity for row in hub.engine.reader.findings(FindingFilter())] == ["X9", "X8", "09"]


async def test_a_hub_that_starts_with_another_tree_journals_it_once(tmp_path: Path) -> None:
    """And settles what it mends, as a reload does."""
    async with hub_on(tmp_path, files=FILES_WITH_SITES):
        assert lines_of_the_hub(tmp_path) == []
    imported(tmp_path, CITY.replace("永西村", "X村"))
    async with hub_on(tmp_path, files=FILES_WITH_SITES) as hub:
        await tell(hub, step("1", "P1", site="X9"))
        first = hub.engine.configuration.sites
    imported(tmp_path, CITY.replace("445202001202", "X9"), 2)
    for _ in range(2):
        async with hub_on(tmp_path, files=FILES_WITH_SITES) as hub:
            assert hub.engine.reader.findings(FindingFilter()) == []
            second = hub.engine.configuration.sites
    assert lines_of_the_hub(tmp_path) == [
        ("sites_taken", "hub", {"before": 0, "after": 1, "digest": first.digest, "why": "启动 at start"}),
        ("sites_taken", "hub", {"before": 1, "after": 2, "digest": second.digest, "why": "启动 at start"})]


async def test_an_unknown_and_a_closed_site_are_findings(tmp_path: Path) -> None:
    """Once for each case and code; nothing is refused."""
    closed = CITY.replace("站点编码,站点名称,级别,上级,地址,电话\n", "站点编码,站点名称,级别,上级,地址,停用日期\n").replace(
        "永西村便民服务室,村居,仙桥街道便民服务中心,,", "永西村便民服务室,村居,仙桥街道便民服务中心,,2014-01-01").replace(",0663-8000001", ",")
    model = FILES_WITH_SITES | {
        "mappings/canonical/events/case.step.yaml": FILES["mappings/canonical/events/case.step.yaml"].replace(
            "include: _case\n", "include: _case\ndated: [at]\n") + "  at: {type: date, label: {zh: 时间, en: At}}\n",
        STEP: FILES_WITH_SITES[STEP].replace("  site.code: site\n", "  site.code: site\n  at: {at: at, type: date, format: yyyy-MM-dd}\n"),
    }
    write_home(tmp_path, files=model)
    imported(tmp_path, closed)
    async with world(tmp_path) as it:
        for code in ("1", "2"):
            await it.tell("east.approval", step(code, "P1", site="X9"))
        await it.tell("east.approval", step("1", "P2", site="445202001202", at="2014-07-15"))
        await it.tell("east.approval", step("2", "P2", site="445202001202", at="2013-07-15"))
        await it.quiet()
        rows = it.reader.findings(FindingFilter())
        assert [(row.kind, row.system, dict(row.detail)) for row in rows] == [
            (UNKNOWN_SITE.name, "east.approval", {"event": "case.step", "site": "X9", "code": "X9"}),
            (CLOSED_SITE.name, "east.approval", {"event": "case.step", "site": "445202001202", "closed": "2014-01-01", "day": "2014-07-15"})]
        assert len(it.hall.effects) == 4


async def test_cases_are_counted_once_for_each_site(tmp_path: Path) -> None:
    """With the way they were handled in; two cases that turn out to be one are one."""
    async with world(sited(tmp_path)) as it:
        await it.tell("east.approval", apply(own="E1", site="445202001201", way="agent"))
        await it.tell("east.approval", step("1", own="E1", site="445202001201"), step("2", own="E1", site="445202001000", way="on_site"))
        await it.tell("east.approval", step("1", "P1", site="445202001201"))
        await it.tell("west.approval", step("2", "P2", site="X9"))
        assert sorted(it.reader.site_work()) == [("445202001000", "on_site", 1), ("445202001201", "", 1),
                                                 ("445202001201", "agent", 1), ("X9", "", 1)]
        await it.tell("east.approval", step("3", "P1", own="E1"))
        assert sorted(it.reader.site_work()) == [("445202001000", "on_site", 1), ("445202001201", "agent", 1), ("X9", "", 1)]
        found = who_is_connected(it.reader, it.engine.configuration, it.clock.now, 0)
        assert found is not None
        told = {one.county.name: (len(one.towns.connected), one.towns.total, len(one.villages.connected), one.villages.total, dict(one.cases))
                for one in found.counties}
        assert told == {"榕城区": (1, 1, 1, 2, {"on_site": 1, "agent": 1}), "揭东区": (0, 1, 0, 0, {})}
        assert found.unknown == {"X9": 1}
        later = who_is_connected(it.reader, it.engine.configuration, it.clock.now + 91 * 86_400_000)
        assert later is not None
        assert [len(one.towns.connected) for one in later.counties] == [0, 0]
        lines = render_metrics(it.reader, {}, found).decode().splitlines()
        assert 'guantong_sites{county="445202000000",level="village"} 2.0' in lines
        assert 'guantong_sites_connected{county="445202000000",level="village"} 1.0' in lines


@pytest.mark.parametrize(("occurred", "since"), [("2013-05-06 09:00:00", 1_367_802_000_000), ("2099-01-01 00:00:00", None), (None, None)])
async def test_an_old_case_that_a_backfill_brings_connects_nobody_today(tmp_path: Path, occurred: str | None, since: int | None) -> None:
    """It counts for when it happened, at the latest for now; what comes by itself counts for now, whatever it tells of its time."""
    dated = {
        "mappings/canonical/events/case.step.yaml": FILES["mappings/canonical/events/case.step.yaml"].replace("subject: case", "subject: case\ndated: [step.at]")
        + "  step.at: {type: datetime, label: {zh: 时间, en: At}}\n",
        STEP: FILES_WITH_SITES[STEP].replace("  step.code: code", "  step.code: code\n  step.at: at"),
    }
    write_home(tmp_path, files=FILES_WITH_SITES | dated)
    imported(tmp_path)
    async with world(tmp_path) as it:
        told = step("1", "P1", site="445202001201", at=occurred)
        await accept(it.engine, Record("east.approval", orjson.dumps(told), backfill=1))
        at = it.clock.now
        assert [(one.first_at, one.last_at) for one in it.reader.sites_seen()] == [(since or at, since or at)]
        counted = who_is_connected(it.reader, it.engine.configuration, it.clock.now)
        assert counted is not None
        await it.later(60)
        await it.tell("east.approval", step("2", "P1", site="445202001201", at=occurred))
        assert [(one.first_at, one.last_at) for one in it.reader.sites_seen()] == [(since or at, at + 60_000)]


async def test_without_sites_nothing_is_remembered_of_them(tmp_path: Path) -> None:
    """Nothing noted, nothing counted, nothing in the metrics."""
    async with world(tmp_path, files=FILES_WITH_SITES) as it:
        await it.tell("east.approval", step("1", "P1", site="445202001201"))
        await it.quiet()
        assert (it.reader.sites_seen(), it.reader.site_work(), it.reader.findings(FindingFilter())) == ([], [], [])
        assert who_is_connected(it.reader, it.engine.configuration, it.clock.now) is None
        assert sent(it) == [("无", None)]
        assert b"guantong_sites" not in render_metrics(it.reader, {})


async def test_a_running_hub_takes_up_new_sites(tmp_path: Path) -> None:
    """Between two messages, journaled; a damaged version is refused and the old one stays."""
    async with hub_on(tmp_path, files=FILES_WITH_SITES):
        imported(tmp_path)
        looked = await ask_reload(tmp_path, "", "", dry_run=True)
        assert (looked["state"], looked["sites"]) == ("would_take", {"before": 0, "after": 1})
        taken = await ask_reload(tmp_path, "陈工", "年度更新", dry_run=False)
        assert (taken["state"], taken["sites"], taken["dialects"]) == ("taken", {"before": 0, "after": 1}, [])
        assert lines_of_the_hub(tmp_path) == [
            ("sites_taken", "陈工", {"before": 0, "after": 1, "digest": tree().digest, "why": "年度更新"})]
        assert ((await status(tmp_path)) or {})["sites"] == 1
        assert (await ask_reload(tmp_path, "陈工", "", dry_run=False))["state"] == "unchanged"
        (tmp_path / "var/sites/000002.json").write_bytes(b"{}")
        refused = await ask_reload(tmp_path, "陈工", "", dry_run=False)
        assert (refused["state"], [one["code"] for one in refused["problems"]]) == ("refused", ["GT904"])


def test_a_system_at_a_site_that_was_not_imported_is_warned_of(tmp_path: Path) -> None:
    """At its line."""
    write_home(tmp_path, more={"east.approval": "    site: 'T-99'\n"})
    problems = load(tmp_path, plugged({}), {}).problems
    (problem,) = (one for one in problems if one.code.id == "GT909")
    assert problem.line() == ("config/counties/east.yaml:9:11 systems.approval.site: the site 'T-99' is not in the tree of sites; "
                              "import it (guantong sites import TABLE), or correct the code [GT909]")
    imported(tmp_path, CITY.replace("445203100000", "T-99"))
    assert configured(tmp_path, {}).systems["east.approval"].site_facts["county_name"] == "揭东区"
