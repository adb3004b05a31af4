"""`guantong findings`: what is odd (疑点), recorded and counted, and refuses nothing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

import orjson
import typer
from rich.console import Console
from rich.padding import Padding

from guantong.cli.acting import ActorOption, WhyOption, act
from guantong.cli.home import (
    HERE,
    PROBLEMS_FOUND,
    HomeOption,
    JsonOption,
    SystemOption,
    configuration,
    fail,
    known_system,
    reading,
    stop,
)
from guantong.cli.screen import console
from guantong.cli.since import SinceOption, moment
from guantong.clock import shown
from guantong.journey.belonging import region_prefix
from guantong.operations import Act
from guantong.operations.codes import NO_SUCH_KIND
from guantong.operations.findings import finding_entries, finding_entry, finding_figures
from guantong.plugins import registry
from guantong.problems import Problem, nearest
from guantong.store import FindingFilter

findings = typer.Typer(
    no_args_is_help=True,
    help="What is odd and was carried all the same (疑点): a missing event, an impossible order, a late receipt.\n\n"
         "Ids: `F56` is a finding.\n\nExample: `guantong findings list`",
)

KindOption = Annotated[str, typer.Option("--kind", help="Of one kind only; see `findings kinds` (只看某类型).")]
RegionOption = Annotated[str, typer.Option("--region", help="Of one region and all below it: 4452, 445281 (只看某区划).")]
OrdinaryOption = Annotated[bool, typer.Option("--ordinary", help="Those that happen every day by right too (含正常情形).")]
SettledOption = Annotated[bool, typer.Option("--settled", help="Those that are settled, instead of the open (看已处理的).")]
LimitOption = Annotated[int, typer.Option("--limit", min=1, max=100_000, help="At most so many (最多条数).")]
MOST_SHOWN = 5


@findings.command("list")
def list_findings(
    home: HomeOption = HERE, kind: KindOption = "", system: SystemOption = None, region: RegionOption = "",
    since: SinceOption = "", ordinary: OrdinaryOption = False, settled: SettledOption = False,
    limit: LimitOption = 1000, as_json: JsonOption = False,
) -> None:
    """List open findings by kind and system (列出疑点).

    Example: `guantong findings list --region 445281 --since 7d`
    """
    config = configuration(home)
    within = region_prefix(region) if region else ""
    which = FindingFilter(_known(kind), system or "", within, moment(since), settled, ordinary)
    kinds = registry().findings
    with reading(config) as reader:
        entries = finding_entries(reader, which, kinds, limit)
        figures = finding_figures(reader.finding_counts(), kinds)
    known_system(config, system, entries)
    if as_json:
        typer.echo(orjson.dumps({"findings": entries, "open": figures}, option=orjson.OPT_INDENT_2))
        return
    screen = console()
    if not entries:
        screen.print("没有已处理的疑点 · Nothing was settled." if settled else "没有疑点 · Nothing is odd.")
    groups: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for entry in entries:
        groups.setdefault((entry["kind"], entry["system"]), []).append(entry)
    for group in groups.values():
        _print_group(screen, group)
    if entries:
        first = entries[0]["id"]
        screen.print(f"查看 look: guantong findings show {first} · 处理完毕 settled: guantong findings settle {first} --why …")
    left = sum(one["count"] for one in figures if one["ordinary"])
    if left and not (ordinary or kind or settled):
        screen.print(f"另有正常情形 {left} 件 · {left} ordinary ones: guantong findings list --ordinary")


def _print_group(screen: Console, group: list[dict[str, Any]]) -> None:
    first = group[0]
    screen.print(f"{first['title_zh']} · {first['title']} · {first['system']} · {len(group)} 件", style="bold", soft_wrap=True)
    for entry in group[:MOST_SHOWN]:
        numbers = "  ".join(one["number"] for one in entry["serials"][:2])
        screen.print(f"  {entry['id']}  {shown(entry['at'])}  {numbers}  {_detail(entry['detail'])}", soft_wrap=True)
    if len(group) > MOST_SHOWN:
        screen.print(f"  … 共 {len(group)} 件 in all")
    screen.print()


@findings.command("show")
def show(ident: Annotated[str, typer.Argument(help="Id of a finding (F56).")], home: HomeOption = HERE,
         as_json: JsonOption = False) -> None:
    """Show one finding: what is odd, about which case, what to do (查看疑点).

    Example: `guantong findings show F56`
    """
    config = configuration(home)
    with reading(config) as reader:
        entry = finding_entry(reader, ident, registry().findings)
    if entry is None:
        fail(f"没有编号为 {ident} 的疑点；可用 guantong findings list 查看 / there is no finding {ident}; "
             "see: guantong findings list", PROBLEMS_FOUND)
    if as_json:
        typer.echo(orjson.dumps(entry, option=orjson.OPT_INDENT_2))
        return
    screen = console()
    screen.print(f"{entry['id']} · {entry['title_zh']} · {entry['title']}", style="bold", soft_wrap=True)
    screen.print(f"  系统 system {entry['system']} · 区划 region {entry['region']} · {shown(entry['at'])}")
    screen.print("  " + "  ".join(one for one in (entry["case"], entry["message"], entry["delivery"]) if one))
    for one in entry["serials"]:
        screen.print(f"  编号 serial {one['kind']} {one['number']}")
    screen.print(f"  {_detail(entry['detail'])}", soft_wrap=True)
    if entry["events"]:
        screen.print("  过程信息 events: " + ", ".join(f"{one['event']} ({one['message']})" for one in entry["events"]),
                     soft_wrap=True)
    if entry["settled_at"]:
        screen.print(f"  已处理 settled: {shown(entry['settled_at'])} {entry['settled_by']} {entry['why']}")
    else:
        screen.print(f"  怎么办 what to do: {entry['hint_zh']}\n    {entry['hint']}", soft_wrap=True)


@findings.command("settle")
def settle(ids: Annotated[list[str], typer.Argument(help="Ids of findings (F56).")], home: HomeOption = HERE,
           actor: ActorOption = "", why: WhyOption = "", as_json: JsonOption = False) -> None:
    """Say that findings are explained or mended; a reason is needed (处理完毕).

    Example: `guantong findings settle F56 --why 已与县区核实 --as 陈工`
    """
    if not why:
        fail("请用 --why 说明原因 / say why with --why")
    act(home, Act.SETTLE, ids, actor, why, as_json)


@findings.command("kinds")
def kinds(as_json: JsonOption = False) -> None:
    """List what may be found odd, and what to do about it (疑点类型).

    Example: `guantong findings kinds`
    """
    known = registry().findings
    if as_json:
        listed = [{"kind": one.name, "title": one.title_en, "title_zh": one.title_zh, "hint": one.hint_en,
                   "hint_zh": one.hint_zh, "ordinary": one.ordinary, "plugin": one.plugin} for one in known.values()]
        typer.echo(orjson.dumps({"kinds": listed}, option=orjson.OPT_INDENT_2))
        return
    screen = console()
    for one in known.values():
        ordinary = " (正常 ordinary)" if one.ordinary else ""
        screen.print(f"{one.name}{ordinary} · {one.title_zh} · {one.title_en} · {one.plugin}", style="bold")
        for hint in (one.hint_zh, one.hint_en):
            screen.print(Padding(hint, (0, 0, 0, 4)))


def _known(kind: str) -> str:
    """*kind*, where there is one of that name; a misspelt one must not look like an empty list."""
    known = registry().findings
    if kind and kind not in known:
        like = nearest(kind, known)
        stop(Problem(NO_SUCH_KIND, details={"kind": kind, "near": f" ({like}?)" if like else ""}))
    return kind


def _detail(detail: Mapping[str, Any]) -> str:
    return "  ".join(f"{name} {value}" for name, value in detail.items())
