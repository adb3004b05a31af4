"""`guantong reload`: changed mappings, taken up by the hub that runs."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Annotated, Any

import aiohttp
import orjson
import typer

from guantong.cli.acting import ActorOption, WhyOption, actor_or_login
from guantong.cli.codes import NO_HOME
from guantong.cli.home import HERE, PROBLEMS_FOUND, WRONG_USAGE, HomeOption, JsonOption, stop
from guantong.control import ask_reload, socket_path
from guantong.operations.codes import HUB_RUNS, NO_HUB
from guantong.problems import Problem

HEADS = {
    "taken": "已换用新映射，无需重启 · The new mappings are in force.",
    "would_take": "可以换用（尚未执行）· These would be taken up; nothing was changed.",
    "unchanged": "映射没有变化 · The mappings are as they were.",
    "refused": "新映射未采用，中枢继续使用原来的 · Not taken up: the hub goes on with the old mappings.",
}

INTERFACES = {
    "taken": "已换用新的接口说明（WSDL）· the new description of its interface is in force",
    "would_take": "可以换用新的接口说明（尚未执行）· the new description would be taken up",
    "refused": "新的接口说明与配置不符，继续使用原来的 · the new description does not fit: the one in use stays",
    "not_looked_at": "接口说明无法核对 · its description could not be looked at",
}
SITES_ALONE = {
    "taken": "已换用新的站点数据，无需重启 · The new sites are in force.",
    "would_take": "可以换用新的站点数据（尚未执行）· The new sites would be taken up; nothing was changed.",
}

DryRunOption = Annotated[bool, typer.Option("--dry-run", help="Only say what would change (只看不做).")]


def reload(
    home: HomeOption = HERE, dry_run: DryRunOption = False, actor: ActorOption = "", why: WhyOption = "",
    as_json: JsonOption = False,
) -> None:
    """Have the running hub take up changed mappings, code tables, sites and WSDLs (重新加载映射、站点和接口说明).

    Between two messages, without a restart. Files that do not load change nothing: every mistake is named, and
    the hub goes on with the old ones. A WSDL that differs from the one in use is taken up where settings and mappings
    fit it. What changed under config/ needs a restart, and is named.

    Example: `guantong reload --dry-run`, then `guantong reload --why 补充代码`
    """
    if not home.is_dir():
        stop(Problem(NO_HOME, details={"folder": home.as_posix()}))
    home = home.resolve()
    if not socket_path(home).exists():
        stop(Problem(NO_HUB), PROBLEMS_FOUND)
    try:
        who = actor if dry_run else actor_or_login(actor)  # who only looks need not say who it is
        answer = asyncio.run(ask_reload(home, who, why, dry_run=dry_run))
    except (aiohttp.ClientConnectorError, FileNotFoundError):
        stop(Problem(NO_HUB), PROBLEMS_FOUND)  # it was killed and left its socket behind
    except (aiohttp.ClientError, OSError):
        stop(Problem(HUB_RUNS), PROBLEMS_FOUND)
    typer.echo(orjson.dumps(answer, option=orjson.OPT_INDENT_2) if as_json else "\n".join(_lines(answer)))
    if answer["state"] == "refused" or any(one["state"] == "refused" for one in answer["interfaces"]):
        raise typer.Exit(WRONG_USAGE)


def _lines(answer: dict[str, Any]) -> list[str]:
    heads = SITES_ALONE if answer["sites"] and not answer["dialects"] else HEADS
    lines = [heads.get(answer["state"], HEADS[answer["state"]])]
    for one in answer["dialects"]:
        versions = f"{one['before'] or '（无 none）'} → {one['after'] or '（无 none）'}"
        lines.append(f"  {one['dialect']}: {versions}  {', '.join(one['mappings'])}".rstrip())
    lines += _problems(answer["problems"])
    for one in answer["interfaces"]:
        lines.append(f"  {one['system']}: {INTERFACES[one['state']]}  {one['hindered'] or one['location']}")
        lines += [f"    {change}" for change in one["changes"]] + _problems(one["problems"])
    if answer["sites"]:
        lines.append("  站点数据 sites: 版本 version {before} → {after}".format(**answer["sites"]))
    if answer["went_on"]:
        lines.append(f"等待代码行的 {answer['went_on']} 件已继续 · {answer['went_on']} that waited for rows went on")
    if answer["matters"]:
        lines.append(f"事项目录：第 {answer['matters']} 版 · The catalogue of matters: version {answer['matters']}")
    if answer["restart_needed"]:
        lines.append(f"须重启才能生效 · A restart is needed for: {', '.join(answer['restart_needed'])}")
    return lines


def _problems(problems: Sequence[dict[str, Any]]) -> list[str]:
    lines: list[str] = []
    for problem in problems:
        where = ":".join(str(problem[key]) for key in ("file", "line", "column") if problem[key])
        head = " ".join(part for part in (where, problem["path"]) if part)
        texts = {tongue: "; ".join(part for part in (problem[f"message{tongue}"], problem[f"hint{tongue}"]) if part)
                 for tongue in ("_zh", "")}
        lines += [f"{head}: {texts['_zh']} [{problem['code']}]" if head else f"{texts['_zh']} [{problem['code']}]",
                  f"    {texts['']}"]
    return lines
