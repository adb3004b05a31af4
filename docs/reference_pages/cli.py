"""cli.md: every verb of the command line, from the command line itself."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import typer.main

from guantong.cli import build_app
from reference_pages.text import code, page, paragraph, table


# typer brings its own copy of click from some version on, so commands are known here by what they offer.
def verbs(command: Any, name: str) -> Iterator[tuple[str, Any]]:
    """Every command that can be run, with its full name, in order."""
    inner = getattr(command, "commands", None)
    if inner is None:
        yield name, command
        return
    for word, each in sorted(inner.items()):
        yield from verbs(each, f"{name} {word}")


def _parameters(command: Any) -> str:
    context = command.context_class(command)
    rows = []
    for parameter in command.params:
        record = parameter.get_help_record(context)
        if record:
            rows.append((code(record[0]), record[1]))
    return table(("argument or option", "meaning"), rows)


def cli_page() -> str:
    """All verbs. Exit status: 0 done, 1 problems found, 2 wrong usage or configuration."""
    sections = (
        f"## {name}\n\n{paragraph(command.help or '')}\n\n{_parameters(command)}"
        for name, command in verbs(typer.main.get_command(build_app()), "guantong")
    )
    return page(
        "Command line 命令行",
        "Exit status 退出码: 0 done 完成 · 1 problems found 发现问题 · 2 wrong usage or configuration 用法或配置有误.",
        *sections,
    )
