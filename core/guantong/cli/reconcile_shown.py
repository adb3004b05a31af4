"""What reconciling found, on a screen: the three columns, and what does not agree."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console

from guantong.cli.screen import table
from guantong.config import Configuration
from guantong.reconcile.outcome import AT_TARGET, FINE, WORDS, Found, Line, Word

MOST_SHOWN = 20


def print_found(screen: Console, found: Found, lines: Sequence[Line], config: Configuration) -> None:
    """The counts, the first differences, and what to do next."""
    screen.print(f"{found.system} · {found.days} · 来源 at the source {found.source} · 接收 accepted here {found.accepted}", style="bold", soft_wrap=True)
    odd = [f"{WORDS[word.value]} {word.value} {found.words[word.value]}" for word in Word if found.words[word.value]]
    if found.unreadable:
        odd.append(f"{WORDS['unreadable']} unreadable {found.unreadable}")
    screen.print("  " + " · ".join(odd or ["没有记录 nothing there"]), soft_wrap=True)
    for name, states in sorted(found.targets.items()):
        screen.print(f"  → {name}  " + " · ".join(f"{AT_TARGET[word]} {word} {states[word]}" for word in AT_TARGET if states[word]), soft_wrap=True)
    if found.uncompared:
        screen.print(f"  内容未能比对 content not compared: {found.uncompared}", style="dim")
    if lines:
        screen.print()
        screen.print(table(("结果\nFinding", "过程信息\nevent", "编号\nnumber", "版本\nversion", "详情\ndetail"),
                           [_row(line, config) for line in lines[:MOST_SHOWN]]))
    for place in found.places[:MOST_SHOWN]:
        screen.print(f"  无法读取 unreadable: {place}", style="yellow", soft_wrap=True)
    if len(lines) > MOST_SHOWN:
        screen.print("  其余见 --report 或 --json · the others: --report or --json", style="dim")
    screen.print("账目相符 The books agree." if found.agree else "有差异 There are differences.", style="green" if found.agree else "bold red")


def _row(line: Line, config: Configuration) -> list[str]:
    event = config.model.events.get(line.event)
    versions = f"{_version(line.version_there)}/{_version(line.version_here)}"
    details = ["、".join("内容 content" if path == "*" else path for path in line.differs), f"M{line.message}" if line.word in (Word.PARKED, Word.CONFLICT) else "",
               line.place if line.word is Word.MISSING else "",
               *(f"{name} {AT_TARGET[one.word]} D{one.delivery}" + ("（对方已有 is there）" if one.there and one.word != "confirmed" else "")
                 for name, one in line.targets.items() if one.word not in FINE)]
    return [f"{WORDS[line.word.value]} {line.word.value}", event.title_zh if event else line.event, line.number, versions, " · ".join(filter(None, details))]


def _version(version: int | None) -> str:
    return "–" if version is None else str(version)
