"""`guantong trace`: a case's way through the hub, as a timeline."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Annotated, Any

import orjson
import typer
from rich.console import Console
from rich.text import Text

from guantong.cli.acting import ActorOption, WhyOption
from guantong.cli.delays import show_delays
from guantong.cli.home import (
    HERE,
    PROBLEMS_FOUND,
    HomeOption,
    JsonOption,
    configuration,
    fail,
    print_problems,
    reading,
)
from guantong.cli.lineage import show_values
from guantong.cli.screen import console, paragraphs, table
from guantong.cli.searching import Search, show_cases
from guantong.cli.unmasking import journaled
from guantong.clock import shown
from guantong.doctor.onecase import look_at_case
from guantong.journey.lookups import is_of_a_person
from guantong.model.masking import mask_value
from guantong.operations.idents import delivery_ident
from guantong.operations.tracing import trace_of
from guantong.operations.words import DELIVERY_STATES, HAPPENINGS, both
from guantong.plugins import registry

URGENT = ("dead", "unknown", "parked", "unrouted", "conflict", "returned", "refused")
_LIKE_A_PERSONS = re.compile(r"\d{14,17}[\dXxＸｘ]")
"""A certificate number, or one that was mistyped."""
SETTLED = ("confirmed", "superseded", "discarded", "shadowed", "joined")


def trace(
    key: Annotated[str, typer.Argument(
        help="Any serial of the case; M12, D34, C5 as lists and logs show them; a person's certificate number, with --why.")] = "",
    window: Annotated[str | None, typer.Option(help="Instead of a case: those of a window, by its code, or SITE/CODE (某窗口的办件).")] = None,
    began: Annotated[str, typer.Option("--from", help="Cases of that time: 2026-11-01, 2026-11-01T08:00, 7d (起).")] = "",
    ended: Annotated[str, typer.Option("--to", help="Before then (止).")] = "",
    values: Annotated[bool, typer.Option(
        "--values", help="Every value with where it came from, by the mapping version that made it (逐字段溯源).")] = False,
    field: Annotated[str | None, typer.Option(
        help="With --values: only this field, by its native or standard path (只看某字段).")] = None,
    delay: Annotated[bool, typer.Option(
        "--delay", help="Where the case's time went: office, source, a person here, the hub, the target (耗时分解).")] = False,
    causes: Annotated[bool, typer.Option(
        "--causes", help="Each line's number, and the lines that it follows from (起因：由哪几条引起).")] = False,
    reveal: Annotated[bool, typer.Option(
        "--reveal", help="With --values and --why: show personal values unmasked; who and why is journaled (不脱敏，留痕).")] = False,
    actor: ActorOption = "", why: WhyOption = "",
    home: HomeOption = HERE, as_json: JsonOption = False,
) -> None:
    """Follow one case from system to system (全程留痕), or one value back to where it came from (逐字段溯源).

    With --values every value is recomputed by the mapping version that made it and held against what was kept or
    sent; exit 1 when one differs or its version is not there any more. What is shown is held against the sealed journal first: exit 1,
    and what it is, where a line or a row was altered behind the hub's back. With --delay the case's time is split, and steps are named
    that a warning did not know of though they had happened: so that an undeserved one is taken back. Without a serial cases are
    looked for: by a person's certificate number (journaled with who and why), by window, by time.

    Example: `guantong trace RC20140715-0001` · `guantong trace M12 --values` · `guantong trace D7 --values --field XM`;
    `guantong trace RC20140715-0001 --delay` · `guantong trace RC20140715-0001 --causes`;
    `guantong trace D7 --values --reveal --why 群众来电核对姓名 --as 陈工`;
    `guantong trace 44520219900101001X --why 群众来访查询 --as 陈工` · `guantong trace --window W03 --from 2026-11-20 --to 2026-11-21`
    """
    configured = configuration(home)
    with reading(configured) as reader:
        search = Search(configured, reader, window, began, ended)
        if not key or window is not None:
            show_cases(reader, search.in_span(key), as_json=as_json)
            return
        found = trace_of(reader, key, causes=causes)
        if not found and (cases := search.of_person(key, actor, why)):
            show_cases(reader, cases, as_json=as_json)
            return
        if not found:
            key = mask_value("identity", key) if is_of_a_person(key) or _LIKE_A_PERSONS.fullmatch(key) else key
            fail(f"没有找到 {key}：请给出任一流水号，或 M…（报文）、D…（推送）、C…（办件）编号；超过保留期限的报文、推送请按办件查；"
                 "无法转换的报文尚无流水号，见 guantong dead list\n"
                 f"    nothing is known of {key}: give any serial of the case, or a message (M…), delivery (D…) or case (C…); what is "
                 "older than its period is found by its case; a message that could not be mapped has no serial yet: guantong dead list",
                 PROBLEMS_FOUND)
        if delay:
            show_delays(configured, reader, key, as_json=as_json)
            return
        if values or field is not None:
            if reveal:
                journaled(configured, key, found, field, actor, why)
            show_values(configured, reader, key, found, field=field, reveal=reveal, as_json=as_json)
            return
        with reader.snapshot():
            problems = [problem for subject in found if subject["subject"] for problem in look_at_case(reader, subject["subject"])]
    if as_json:
        told = {"key": key, "subjects": found, "problems": [one.as_json() for one in problems]}
        typer.echo(orjson.dumps(told, option=orjson.OPT_INDENT_2))
    else:
        screen = console()
        for subject in found:
            _print(screen, subject)
        print_problems(problems)
    if problems:
        raise typer.Exit(PROBLEMS_FOUND)


def _print(screen: Console, subject: dict[str, Any]) -> None:
    if subject["subject"]:
        numbers = "  ".join(f"{one['kind']} {one['number']}" for one in subject["serials"])
        screen.print(Text(f"办件 Case C{subject['subject']}  {numbers}", style="bold"))
    else:
        screen.print(Text("报文 Message（未归入任何办件 of no case yet）", style="bold"))
    for told in told_kept(subject):
        screen.print(Text(told, style="yellow"), soft_wrap=True)
    days: dict[str, list[list[Text]]] = {}
    for line in subject["journal"]:
        day, _, time = shown(line["at"]).partition(" ")
        style = "bold red" if line["what"] in URGENT else ""
        event = str(line["detail"].get("event", ""))
        cells = [time, both(HAPPENINGS, line["what"]), line["system"], event, _detail(line)]
        if "parents" in line:  # on any screen: the number first, the rest where lines may be folded
            cause = f"← {'、'.join(f'E{one}' for one in line['parents'])}" if line["parents"] else ""
            cells = [f"E{line['id']}", *cells[:3], "  ".join(filter(None, (event, cells[4], cause)))]
        days.setdefault(day, []).append([Text(cell, style=style) for cell in cells])
    for day, rows in days.items():
        heads = [day, "环节 What", "系统 System", "过程信息 Event", "说明 Detail"]
        if "parents" in subject["journal"][0]:
            heads = ["编号", *heads[:3], "说明与起因 Detail ← cause"]
        screen.print(table(heads, rows))
    for row in subject["deliveries"]:
        if row["state"] not in SETTLED or (row["state"] == "joined" and row["code"]):
            _print_open(screen, row)


def told_kept(subject: dict[str, Any]) -> Iterator[str]:
    """In plain words: that a case is frozen, and what of it was pruned, when and by which rule."""
    if (frozen := subject["frozen"]) is not None:
        yield f"证据保全 frozen  {shown(frozen['since'])} {frozen['by']}：{frozen['why']}"
    for one in subject["pruned"]:
        if "by" in one:
            yield (f"已由 {one['by']} 清除报文、附件等内容：{shown(one['at'])}，{one['why']}，报文 {one['counts']['messages']} 份；交换日志仍在。\n"
                   f"    Redacted by {one['by']} on {shown(one['at'])}, {one['counts']['messages']} messages; the journal stays.")
            continue
        what, en = ("报文、附件等内容", "contents") if one["stage"] == "contents" else ("编号以外的全部记录", "all rows but its numbers")
        yield (f"已按保留期限清除{what}：{shown(one['at'])}，规则 {one['rule']}（{one['days']} 天），报文 {one['counts']['messages']} 份；交换日志仍在。\n"
               f"    Pruned ({en}) on {shown(one['at'])} by the rule {one['rule']} ({one['days']} days), {one['counts']['messages']} messages; the journal stays.")


def _print_open(screen: Console, row: dict[str, Any]) -> None:
    """A delivery that is not finished: where it stands and why."""
    state = both(DELIVERY_STATES, row["state"])
    code = f"  [{row['code']}]" if row["code"] else ""
    style = "bold red" if row["state"] in URGENT else "yellow"
    screen.print(Text(f"{delivery_ident(row['id'])}  {row['name']} → {row['target']}  {state}{code}", style=style))
    for line in paragraphs(row["reason"], row["code"]) if row["reason"] else ():
        screen.print(f"  {line}")


def _detail(line: dict[str, Any]) -> str:
    detail = line["detail"]
    parts = [line["message"], delivery_ident(line["delivery"]) if line["delivery"] else ""]
    to = [*(detail.get("to") or ()), *(["事项目录 catalogue"] if detail.get("catalogue") else ())]
    if to:
        parts.append("→ " + ", ".join(to))
    if detail.get("version", 1) != 1:
        parts.append(f"v{detail['version']}")
    if detail.get("attempt", 1) > 1:
        parts.append(f"第 {detail['attempt']} 次")
    if detail.get("waits_for"):
        parts.append("等待 waits for " + ", ".join(detail["waits_for"]))
    elif detail.get("with"):
        parts.append(f"随 with {delivery_ident(detail['with'])}")
    elif isinstance(events := detail.get("events"), list) and len(events) > 1:  # a finding may say how many there were
        parts.append(f"合并 {len(events)} 条过程信息 events {', '.join(map(str, events))}")
    if detail.get("receipt"):
        parts.append("按回执 by receipt")
    if detail.get("as"):
        parts.append(both(DELIVERY_STATES, detail["as"]))
    if detail.get("of"):
        parts.append(f"接替 in place of {detail['of']}")
    if detail.get("rule"):
        parts.append(f"{detail['stage']}  {detail['rule']}  {detail['days']}d")
    if odd := detail.get("finding"):
        known = registry().findings.get(odd)
        parts.append(f"{known.title_zh} {odd}" if known else str(odd))
    for name in ("number", "code", "was", "cause", "why"):
        if detail.get(name):
            parts.append(str(detail[name]))
    parts += [str(code) for code in detail.get("problems", ())]
    if line["actor"] not in ("hub", "", line["system"]):
        parts.append(f"({line['actor']})")
    return "  ".join(part for part in parts if part)
