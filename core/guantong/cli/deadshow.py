"""How `guantong dead show` looks: the reason, the fields in question first, what to do next."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from rich.console import Console
from rich.text import Text

from guantong.cli.screen import console, paragraphs, table
from guantong.clock import shown
from guantong.compartment.codes import KILLS
from guantong.journey.codes import COMES_ROUND, TURNS_TOO_OFTEN
from guantong.mapping.codes import WAITS_FOR_ROW
from guantong.operations.codes import CAME_UNREADABLE, SENT_UNREADABLE
from guantong.operations.evidence import Found
from guantong.operations.words import HAPPENINGS, both, failed_at

_NEXT = {
    "accept": "修正映射或代码表并 guantong reload 后：guantong dead replay {id}；或请来源更正后重新发送\n"
              "mend the mapping or code table, reload, then replay; or have the sender send a corrected one",
    "row": "补充代码表并 guantong reload（或重启中枢）后自动继续，无需重放\n"
           "add the row and reload (or restart the hub): it goes on by itself",
    "route": "在 routes.yaml 增加规则或接入该区划的系统，重启中枢后：guantong dead replay {id}\n"
             "add a route or the region's system, restart the hub, then replay",
    "deliver": "与对方核实、排除原因后：guantong dead replay {id}；数据有误时请来源发送更高版本，不要改数据\n"
               "settle it with the other side, then replay; wrong data: its owner sends a higher version",
    "circle": "查明是哪个系统把收到的又报回来并加以制止（guantong findings list），消除疑点后再重放：guantong findings settle F…，guantong dead replay {id}；未消除就重放会再转一圈\n"
              "find out which system sends back what it was sent, and stop that (guantong findings list); settle the finding, then replay: "
              "replayed before, it goes round once more",
    "quarantine": "将上述日志和该报文交适配器的开发方；修正并重启中枢后：guantong dead replay {id}\n"
                  "give the log named above and the record to who made the adapter; once it is mended and the hub started anew, replay",
}
_BY_CODE = {WAITS_FOR_ROW.id: "row", COMES_ROUND.id: "circle", TURNS_TOO_OFTEN.id: "circle", KILLS.id: "quarantine"}
"""What is to be done about these whatever the stage."""


def print_dead(entry: Mapping[str, Any], event: str, found: Found | None, closed: str) -> None:
    """Print *entry* of `dead_entry`, its *event* in words, with what was *found* or why bodies are *closed*."""
    screen = console()
    screen.print(f"{entry['id']} · {failed_at(entry['stage'], entry['code'])} · {entry['system']} · {event}", style="bold",
                 soft_wrap=True)
    attempts = f"    尝试 attempts {entry['attempts']}" if entry.get("attempts") else ""
    screen.print(f"时间 since {shown(entry['at'])}{attempts}")
    if entry["serials"]:
        screen.print("编号 serials " + "  ".join(f"{one['kind']} {one['number']}" for one in entry["serials"]))
    screen.print(f"原因 reason [{entry['code']}]")
    for line in paragraphs(entry["reason"], entry["code"]):
        screen.print(f"  {line}", style="red")
    if closed:
        screen.print(f"报文无法打开 the record does not open: {closed}")
    elif found is not None:
        for problem in found.problems:
            if problem.code in (SENT_UNREADABLE, CAME_UNREADABLE):
                screen.print(f"\n{problem.line('zh')}\n{problem.line('en')}", style="yellow", soft_wrap=True)
        if found.fields:
            _print_fields(screen, entry, found)
    _print_journal(screen, entry)
    screen.print("接下来 next " + _NEXT[_BY_CODE.get(entry["code"], entry["stage"])].format(id=entry["id"]))
    screen.print(f"放弃 give up: guantong dead discard {entry['id']} --why …")


def _print_fields(screen: Console, entry: Mapping[str, Any], found: Found) -> None:
    rows = []
    for row in found.fields:
        asked = bool(row["problem"]) or (entry["stage"] == "deliver" and _names(entry["reason"], str(row["native"])))
        file, _, place = str(row["rule"]).partition(":")
        rule = f":{place}" if [file] == list(found.mappings) else str(row["rule"]).removeprefix("mappings/")
        style = "bold red" if asked else ""
        cells = (row["native"], row["length"], row["canonical"], row["problem"], row["value"], rule)
        rows.append((asked, [Text(str(cell), style=style) for cell in cells]))
    rows.sort(key=lambda pair: not pair[0])
    screen.print(f"\n字段 fields（个人信息已脱敏 personal values masked）  {', '.join(found.mappings)}")
    heads = ["字段 Field", "长 Len", "标准字段 Canonical", "问题", "值 Value", "规则 Rule"]
    screen.print(table(heads, [cells for _, cells in rows], right=[1]))
    if found.unread:
        screen.print(f"未读取 unread: {', '.join(found.unread)}")
    if entry["stage"] == "accept" and not found.problems and entry["code"] not in _BY_CODE:
        screen.print("按现在的映射已能转换 · it translates with the mappings as they are now", style="green")
    screen.print()


def _names(text: str, field: str) -> bool:
    """Whether *text* speaks of *field* by its name."""
    return bool(field) and re.search(rf"(?<![A-Za-z0-9_]){re.escape(field)}(?![A-Za-z0-9_])", text) is not None


def _print_journal(screen: Console, entry: Mapping[str, Any]) -> None:
    for line in entry["journal"]:
        why = line["detail"].get("why", "")
        actor = "" if line["actor"] in ("hub", line["system"]) else f"  {line['actor']}"
        screen.print(f"{shown(line['at'])}  {both(HAPPENINGS, line['what'])}  {line['system']}{actor}  {why}".rstrip())
