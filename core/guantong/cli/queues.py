"""`guantong queues`: what waits where."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Annotated, Any

import orjson
import typer
from rich.console import Console
from rich.text import Text

from guantong.cli.home import HERE, HomeOption, JsonOption, configuration, print_problems, reading, vault_of
from guantong.cli.running import differences, status_of
from guantong.cli.screen import age, console, table
from guantong.clock import now_ms, shown
from guantong.config import Configuration, load
from guantong.mapping.outlines import outlines_in
from guantong.operations.figures import queue_figures
from guantong.operations.openby import STATES, By, open_by
from guantong.operations.words import DELIVERY_STATES, MESSAGE_STATES
from guantong.plugins import registry

if TYPE_CHECKING:
    from guantong.vault import Vault

BY_ZH = {By.COUNTY: "县区", By.TOWN: "镇街", By.MATTER: "事项", By.SYSTEM: "系统"}
COLUMNS = {
    **{name: DELIVERY_STATES[name] for name in ("waiting", "blocked", "sending", "retrying", "sent", "unknown", "dead")},
    "dead_at_accept": "未转换", "unrouted": "无规则", "conflicts": MESSAGE_STATES["conflict"],
    "findings": "疑点", "refused": "拒收",
}
HEADS = {"dead_at_accept": "parked", "conflicts": "conflict"}
ALWAYS = ("waiting", "blocked", "retrying", "unknown", "dead")
"""Columns shown even when nothing stands in them; the others only when something does, to keep to 100 columns."""
FORECAST_FROM = 10  # deliveries: fewer are no backlog
WAYS = {"source": "来自 from", "target": "发往 to", "receipts": "取回执 receipts of"}
URGENT = ("dead", "unknown", "dead_at_accept", "unrouted", "conflicts")


ByOption = Annotated[By | None, typer.Option("--by", help="Count deliveries by county, town, matter or system instead (分组方式).")]


def queues(by: ByOption = None, home: HomeOption = HERE, as_json: JsonOption = False) -> None:
    """Show what waits for each system (各系统队列).

    Per system: deliveries to it that are not finished, and messages from it that wait for a person. With --by, all unfinished
    deliveries by whom they concern.

    Example: `guantong queues` or `guantong queues --by county`
    """
    if by is not None:
        _print_by(configuration(home), by, as_json)
        return
    # A running hub answers whatever has become of the files on disk meanwhile.
    hub = status_of(home.resolve())
    figures, others = (hub["queues"], 0) if hub else _of_store(configuration(home))
    if as_json:
        told = hub or {}
        typer.echo(orjson.dumps({**figures, "running": hub is not None, "others": others, "mappings_refused": told.get("refused"),
                                 "doors_closed": told.get("closed"), "tickets_lost": told.get("tickets_lost")}, option=orjson.OPT_INDENT_2))
        return
    columns = [name for name in COLUMNS
               if name in ALWAYS or any(row.get(name) for row in figures["systems"].values())]
    heads = ["系统\nSystem", *(f"{COLUMNS[name]}\n{HEADS.get(name, name)}" for name in columns), "最久\noldest"]
    rows: list[list[str | Text]] = [
        [_name(system, row), *(_cell(name, row.get(name, 0)) for name in columns), _oldest(row["oldest_seconds"])]
        for system, row in figures["systems"].items()
    ]
    screen = console()
    screen.print(table(heads, rows, right=range(1, len(heads)), gap=0))
    for system, row in figures["systems"].items():
        for one in (*row.get("awaiting_rows", ()), *row.get("awaiting_values", ())):
            way = "来自 from" if one["way"] == "in" else "发往 to"
            screen.print(Text(f"{way} {system}  {one['count']} 件：{one['reason']}", style="yellow"))
        for one in row.get("awaiting_events", ()):
            listed = ", ".join(one["deliveries"]) + (" …" if one["count"] > len(one["deliveries"]) else "")
            screen.print(Text(f"发往 to {system}  {one['count']} 件 {one['event']}：{one['reason']}  {listed}", style="yellow"))
    _print_refused(screen, figures)
    _print_put_off(screen, figures)
    _print_lost(screen, figures)
    _print_forecasts(screen, figures)
    _print_holds(screen, figures)
    if hub and hub.get("closed"):
        screen.print(Text(f"暂不接收新报文 · the doors take nothing for now: {hub['closed']['message_zh']} [{hub['closed']['code']}]",
                          style="bold red"))
    if hub and (lost := hub.get("tickets_lost")):
        code = f" [{lost['code']}]" if lost["code"] else ""
        screen.print(Text(f"待办票断开 tickets lost  {shown(lost['since'])} 起 since：{lost['reason_zh']}{code}；其间各推送进程互相唤醒，推送照常 · "
                          "meanwhile the workers wake one another", style="bold red" if code else "yellow"))
    if others:
        screen.print(Text(f"本工作目录没有进程可问；另有 {others} 个进程共用该存储（guantong workers） · nobody to ask in this home; processes that share "
                          f"its store: {others}", style="yellow"))
    elif not hub:
        screen.print(Text("中枢未运行：以上是停止时的情况 · no hub runs: this is how it stopped", style="yellow"))
    else:
        found = load(home.resolve(), registry(), {}, secrets=False, outlines=outlines_in(home.resolve()))
        print_problems(differences(hub, found.configuration))


def _print_by(config: Configuration, by: By, as_json: bool) -> None:
    """What is not finished, counted by whom it concerns. Bodies are opened: it needs the home's keys."""

    @cache
    def vault() -> Vault:
        return vault_of(config)

    with reading(config) as reader:
        groups = open_by(reader, config, vault, by, now_ms())
    if as_json:
        typer.echo(orjson.dumps({"by": by, "groups": groups}, option=orjson.OPT_INDENT_2))
        return
    screen = console()
    if not groups:
        screen.print("没有未完成的推送 · Nothing waits.")
        return
    columns = [name for name in map(str, STATES) if name in ALWAYS or any(one[name] for one in groups)]
    heads = [f"{BY_ZH[by]}\n{by}", *(f"{COLUMNS[name]}\n{name}" for name in columns), "最久\noldest"]
    rows: list[list[str | Text]] = [
        [f"{one['key'] or '未写明 untold'} {one['title']}".rstrip(), *(_cell(name, one[name]) for name in columns),
         _oldest(one["oldest_seconds"])] for one in groups]
    screen.print(table(heads, rows, right=range(1, len(heads)), gap=0))


def _of_store(config: Configuration) -> tuple[dict[str, Any], int]:
    """The figures, and how many processes elsewhere work on them now."""
    with reading(config) as reader:
        return queue_figures(reader, config, {}, now_ms()), sum(one.live for one in reader.workers())


def _print_refused(screen: Console, figures: dict[str, Any]) -> None:
    """Of what was reported and refused since the hub began: how often for which reason."""
    told = [(system, row.get("refused_codes") or {}) for system, row in figures["systems"].items()]
    for system, codes in [*told, ("（未达任何系统 no system's door）", figures.get("refused") or {})]:
        if codes:
            screen.print(Text(f"拒收 refused 来自 from {system}  {sum(codes.values())} 件（本次启动以来 since the hub began）：{_counted(codes)}；"
                              "原因见 docs/reference/errors.md 及对方所得的应答、原因文件或结果列", style="yellow"))


def _print_put_off(screen: Console, figures: dict[str, Any]) -> None:
    """How often senders were asked to come again since the hub began, and why."""
    for system, row in figures["systems"].items():
        if codes := row.get("put_off_codes"):
            screen.print(Text(f"暂拒 put off 来自 from {system}  {sum(codes.values())} 次（本次启动以来 since the hub began）：{_counted(codes)}；对方自会重发，报文仍在对方 · "
                              "they send it again"))


def _counted(codes: dict[str, int]) -> str:
    return "，".join(f"{code} × {times}" for code, times in codes.items())


def _print_lost(screen: Console, figures: dict[str, Any]) -> None:
    """Who cannot be reached, since when, why, and when that is tried next."""
    for system, row in figures["systems"].items():
        for one in row.get("lost", ()):
            if one["next"] is None:
                again = "有推送可发时再试 tried when something is to be sent"
            else:
                again = f"{shown(one['next'])} 再试 tried next" if one["next"] > now_ms() else "正在重试 being tried"
            code = "" if one["code"] in one["reason"] else f" [{one['code']}]"
            screen.print(Text(f"失联 lost {WAYS.get(one['as'], one['as'])} {system}  {shown(one['since'])} 起 since：{one['reason']}{code}，"
                              f"{again}", style="bold red"))


def _print_forecasts(screen: Console, figures: dict[str, Any]) -> None:
    """Of systems with a backlog that moves or should: how fast, and when it will be gone."""
    for system, row in figures["systems"].items():
        one = row.get("forecast")
        if one is None or one["verdict"] not in ("never", "empties") or one["depth"] < FORECAST_FROM:
            continue
        never = one["verdict"] == "never"
        when = "照此推不完 never at this rate" if never else f"约 {age(one['seconds'])} 后推完 to go"
        screen.print(Text(f"发往 to {system}  积压 {one['depth']}，每分钟来 in {one['came_per_minute']:g}、推 out "
                          f"{one['went_per_minute']:g}，{when}", style="bold red" if never else ""))


def _print_holds(screen: Console, figures: dict[str, Any]) -> None:
    """Who held what, since when and why."""
    held = [(system, row["hold"]) for system, row in figures["systems"].items() if row.get("hold")]
    held += [(f"转发规则 route {one['route']}", one) for one in figures.get("routes", ())]
    for name, hold in held:
        reading = "，同时不读取 nor read" if hold["inbound"] else ""
        screen.print(Text(f"已暂停 held {name}  {shown(hold['since'])} 起 since  {hold['by']}：{hold['reason']}{reading}", style="yellow"))


def _name(system: str, row: dict[str, Any]) -> str:
    return f"{system} (暂停 held)" if row["held"] else system


def _cell(name: str, value: int) -> Text:
    if not value:
        return Text("·", style="dim")
    return Text(str(value), style="bold red" if name in URGENT else "")


def _oldest(seconds: float) -> str:
    return age(seconds) if seconds else "·"
