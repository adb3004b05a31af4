"""`guantong trace`: a case's way through the hub, as a timeline."""

from __future__ import annotations

from typing import Annotated, Any

import orjson
import typer
from rich.console import Console
from rich.table import Table

from guantong.cli.home import HERE, PROBLEMS_FOUND, HomeOption, JsonOption, configuration, fail, reading
from guantong.clock import shown
from guantong.operations.tracing import trace_of

WORDS = {
    "routed": "接收并转发", "unrouted": "无转发规则", "duplicate": "重复", "stale": "旧版本", "conflict": "冲突",
    "parked": "无法转换", "refused": "拒收", "linked": "关联编号", "merged": "合并", "intended": "准备推送",
    "retrying": "稍后重试", "unknown": "待核实", "dead": "异常", "sent": "已送达，待回执", "confirmed": "已确认",
    "returned": "被退回", "superseded": "被新版本替代", "discarded": "不再推送", "replayed": "重放",
    "settled": "核实完毕", "decided": "人工核实", "chosen": "人工裁定", "finding": "疑点", "waiting": "等待",
    "too_late": "结果来迟",
}


def trace(
    key: Annotated[str, typer.Argument(help="Any serial, a message (M12) or a delivery (D34).")],
    home: HomeOption = HERE, as_json: JsonOption = False,
) -> None:
    """Follow one case from system to system (全程留痕). Example: `guantong trace RC20140715-0001`"""
    with reading(configuration(home)) as reader:
        found = trace_of(reader, key)
    if not found:
        fail(f"没有找到 {key} / nothing is known of {key}", PROBLEMS_FOUND)
    if as_json:
        typer.echo(orjson.dumps({"key": key, "subjects": found}, option=orjson.OPT_INDENT_2))
        return
    console = Console()
    for subject in found:
        _print(console, subject)


def _print(console: Console, subject: dict[str, Any]) -> None:
    numbers = "  ".join(f"{one['kind']}={one['number']}" for one in subject["serials"])
    table = Table(title=f"办件 Case C{subject['subject']}  {numbers}", title_justify="left")
    for title in ("时间 Time", "环节 What", "系统 System", "过程信息 Event", "说明 Detail"):
        table.add_column(title)
    for line in subject["journal"]:
        detail = line["detail"]
        what = f"{WORDS.get(line['what'], '')} {line['what']}".strip()
        table.add_row(shown(line["at"]), what, line["system"], str(detail.get("event", "")), _detail(line))
    console.print(table)


def _detail(line: dict[str, Any]) -> str:
    detail = line["detail"]
    parts = [line["message"], f"D{line['delivery']}" if line["delivery"] else ""]
    if detail.get("to"):
        parts.append("→ " + ", ".join(detail["to"]))
    if detail.get("version", 1) != 1:
        parts.append(f"v{detail['version']}")
    if detail.get("attempt", 1) > 1:
        parts.append(f"第 {detail['attempt']} 次")
    for name in ("number", "code", "as", "why"):
        if detail.get(name):
            parts.append(str(detail[name]))
    if line["actor"] not in ("hub", ""):
        parts.append(f"({line['actor']})")
    return "  ".join(part for part in parts if part)
