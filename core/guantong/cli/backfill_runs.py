"""Runs of a backfill on a screen: what was read, what became of it, and whether the counts agree."""

from __future__ import annotations

from typing import Any

from rich.console import Console

from guantong.clock import shown
from guantong.operations.backfill import UNFINISHED
from guantong.operations.words import DELIVERY_STATES, MESSAGE_STATES
from guantong.problems import all_codes


def undelivered(one: dict[str, Any]) -> str:
    """What of a run has not been delivered yet, to whom."""
    counts = {target: sum(count for state, count in states.items() if state in UNFINISHED) for target, states in one["deliveries"].items()}
    to = ", ".join(f"{target} {count}" for target, count in sorted(counts.items()) if count)
    return (f"{one['system']}：已读取 {one['read']} 条，尚有 {one['unfinished']} 条未送达：{to} · "
            f"read {one['read']}; {one['unfinished']} not delivered yet: {to}")


def print_runs(screen: Console, answer: dict[str, Any]) -> None:
    """Show each run, and at the end whether what was read is all accounted for."""
    for one in answer["runs"]:
        screen.print(f"{one['system']} · 第 {one['run']} 次 run · 读取 read {one['read']} · 时段外 skipped {one['skipped']} · "
                     f"拒收 refused {one['refused']}", style="bold", soft_wrap=True)
        screen.print(f"  {shown(one['started_at'])} – " + (shown(one["ended_at"]) if one["ended_at"] else "仍在读取 still reading"), style="dim")
        for refused in one["refused_places"]:
            known = all_codes().get(refused["code"])
            plain = f"：{known.zh} {known.en}" if known and "{" not in known.zh else ""  # a text with places to fill says nothing without them
            screen.print(f"    拒收 refused {refused['place']} [{refused['code']}]{plain}", style="yellow", soft_wrap=True, markup=False)
        if 0 < len(one["refused_places"]) < one["refused"]:
            screen.print(f"    另有 {one['refused'] - len(one['refused_places'])} 条，见交换日志 · the others are in the journal", style="dim")
        screen.print("  报文 messages  " + "  ".join(f"{MESSAGE_STATES[state]} {state} {count}" for state, count in sorted(one["messages"].items())),
                     soft_wrap=True)
        for target, states in sorted(one["deliveries"].items()):
            screen.print(f"  → {target}  " + "  ".join(f"{DELIVERY_STATES[state]} {state} {count}" for state, count in sorted(states.items())),
                         soft_wrap=True)
        if one["read_again"]:
            screen.print(f"  中断后重读 read again after a stop: {one['read_again']}（重复，未再推送 duplicates, not sent again）")
        if one["missing"]:
            screen.print(f"  缺少 missing: {one['missing']}", style="bold red")
        if one["for_a_person"]:
            screen.print(f"  需人工处理 for a person: {one['for_a_person']} · guantong dead list", style="yellow")
        if one["unfinished"]:
            screen.print(undelivered(one), style="yellow", soft_wrap=True)
    if not any(one["unfinished"] or one["state"] != "done" for one in answer["runs"]):
        screen.print("账目相符 The counts agree." if answer["agree"] else "有差异，见上 There are differences, named above.")
