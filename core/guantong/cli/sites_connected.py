"""`guantong sites connected`: which towns and villages are connected, as counts and shares per county."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import orjson
import typer
from rich.text import Text

from guantong.cli.home import HERE, HomeOption, JsonOption, configuration, reading
from guantong.cli.screen import console, table
from guantong.cli.since import SinceOption, moment
from guantong.cli.sites_list import CountyOption, OverwriteOption, put
from guantong.cli.siteshome import named, refuse
from guantong.clock import now_ms, shown
from guantong.config import Configuration
from guantong.operations.connected import targets_of, who_is_connected
from guantong.problems import Problem
from guantong.sites.codes import NOTHING_IMPORTED
from guantong.sites.connected import COUNTED, Connected, CountyReached, Reached, Target
from guantong.sites.site import Level, Site

WAYS = {"on_site": "窗口 on site", "agent": "代办 agent", "home": "上门 at home", "appointment": "预约 appointment",
        "assisted": "代申办 assisted", "self": "自助 self", "": "未注明 not told"}
BAR = 12  # columns of a whole bar
MOST_SHOWN = 20  # not yet connected, named on the screen for each county and level
HEADS = ("县区\nCounty", "镇街\ntowns", "", "占比\nshare", "村居\nvillages", "", "占比\nshare", "办件\ncases", "最近\nlast")


def connected(
    county: CountyOption = None, since: SinceOption = "",
    missing: Annotated[bool, typer.Option("--missing", help="Name all that are not yet connected (列出全部未接入的).")] = False,
    xlsx: Annotated[Path | None, typer.Option("--xlsx", help="Write it as a workbook too (另存为工作簿).")] = None,
    overwrite: OverwriteOption = False, home: HomeOption = HERE, as_json: JsonOption = False,
) -> None:
    """Show which towns and villages are connected, per county (镇街、村居接入情况).

    Connected is a site where a case was handled within `sites.connected_within` (90 days unless set otherwise). Cases
    are those handled since `--since`, each counted once for a site, by the way they were handled.

    Example 示例: `guantong sites connected --since 2014-10-01 --xlsx 接入情况.xlsx`
    """
    start, config = moment(since), configuration(home)
    with reading(config) as reader:
        found = who_is_connected(reader, config, now_ms(), start)
    if found is None:
        refuse([Problem(NOTHING_IMPORTED)], as_json)
    if county is not None:
        one = named(config.sites, county, as_json)
        found.counties = [each for each in found.counties if each.county.key == one.key]
    targets = targets_of(config)
    if xlsx is not None:
        from guantong.sites.report import as_report  # openpyxl loads for who writes

        put(xlsx, as_report(found, targets, WAYS), overwrite, as_json)
    if as_json:
        typer.echo(orjson.dumps(_as_json(found, targets, config), option=orjson.OPT_INDENT_2))
        return
    screen = console()
    screen.print(table(HEADS, [*map(_row, found.counties), *([_total(found)] if len(found.counties) > 1 else [])],
                       right=(1, 3, 4, 6, 7), gap=0))
    for target in targets:
        typer.echo(_aim(found, target))
    ways = sum((one.cases for one in found.counties), Counter[str]())
    if ways:
        typer.echo("办理方式 ways: " + "，".join(f"{WAYS.get(way, way)} {count}" for way, count in ways.most_common()))
    for each in found.counties:
        for level in COUNTED:
            _name(each, level, None if missing else MOST_SHOWN)
    if found.unknown:
        named_codes = "、".join(f"{code} ({count})" for code, count in found.unknown.most_common(MOST_SHOWN))
        typer.echo(f"不在站点数据中的编码 codes that were not imported: {named_codes}")


def _row(one: CountyReached) -> Sequence[str | Text]:
    last = shown(one.last_at)[:10] if one.last_at else "·"
    return (one.county.name, *_cells(one.towns), *_cells(one.villages), str(one.cases.total() or "·"), last)


def _total(found: Connected) -> Sequence[str | Text]:
    cases = sum(one.cases.total() for one in found.counties)
    return ("合计 all", *_cells(found.of_all(Level.TOWN)), *_cells(found.of_all(Level.VILLAGE)), str(cases or "·"), "")


def _cells(one: Reached) -> tuple[str, Text, str]:
    full = round(one.share * BAR)
    bar = Text("█" * full + "░" * (BAR - full), style="green" if one.share >= 1 else "yellow" if full else "red")
    return f"{len(one.connected)}/{one.total}", bar, f"{one.share:.0%}" if one.share == 1 or one.share < 0.995 else "99%"


def _aim(found: Connected, target: Target) -> str:
    parts = []
    for level, word in ((Level.TOWN, "镇街 towns"), (Level.VILLAGE, "村居 villages")):
        behind = [(one.county.name, one.of(level).lacking(target)) for one in found.counties if one.of(level).lacking(target)]
        parts.append(f"{word} " + ("；".join(f"{name} 差 {count}" for name, count in behind) if behind else "已达到 reached"))
    return f"目标 target {target.share:.0%}（{target.by}）: " + "，".join(parts)


def _name(one: CountyReached, level: Level, most: int | None) -> None:
    sites: list[Site] = one.of(level).missing
    if sites:
        more = f" … 共 {len(sites)} 个，--missing 列出全部" if most is not None and len(sites) > most else ""
        names = "、".join(site.name for site in sites[:most])
        typer.echo(f"{one.county.name} 未接入的{level.zh} not connected: {names}{more}")


def _as_json(found: Connected, targets: Sequence[Target], config: Configuration) -> dict[str, Any]:
    def county(one: CountyReached) -> dict[str, Any]:
        return {"code": one.county.code, "name": one.county.name, "towns": one.towns.as_json(targets),
                "villages": one.villages.as_json(targets), "cases": dict(one.cases),
                "first_at": one.first_at or None, "last_at": one.last_at or None}

    return {
        "version": config.sites.number, "connected_within_seconds": config.hub.sites.connected_within,
        "targets": [{"by": one.by.isoformat(), "share": one.share} for one in targets],
        "counties": [county(one) for one in found.counties],
        "towns": {key: value for key, value in found.of_all(Level.TOWN).as_json(targets).items() if key != "not_connected"},
        "villages": {key: value for key, value in found.of_all(Level.VILLAGE).as_json(targets).items() if key != "not_connected"},
        "unknown_codes": dict(found.unknown),
    }
