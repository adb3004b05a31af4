"""`guantong county posts`: what a county's vendor posted to its test door lately, without anything that came in it."""

from __future__ import annotations

import asyncio
from collections import Counter
from datetime import datetime
from typing import Annotated
from zoneinfo import ZoneInfo

import orjson
import typer
from rich.text import Text

from guantong.cli.home import HERE, WRONG_USAGE, HomeOption, JsonOption, stop
from guantong.cli.screen import console, table
from guantong.control import posts_of
from guantong.problems import Code, Problem, all_codes

NO_HUB = Code(
    "GT825", "no hub runs on {folder}: what came to its test doors is known to a running one only",
    "{folder} 上没有运行中的中枢：只有运行中的中枢知道测试接口收到过什么",
    "start it with guantong run; counts are kept in the journal", "请用 guantong run 启动；次数在交换日志中留有记录",
)
MOST = 50
_HERE = ZoneInfo("Asia/Shanghai")


def county_posts(
    name: Annotated[str, typer.Argument(metavar="NAME", help="The county (县区标识).")],
    home: HomeOption = HERE,
    as_json: JsonOption = False,
) -> None:
    """What the vendor posted to the test door of a county since the hub started (测试接口近期收到的报文概况).

    When, of what kind, how many mistakes of which code; nothing of what the records said. The door is opened by
    `test_door: true` at the system.

    Example 示例: `guantong county posts rongcheng`
    """
    found = asyncio.run(posts_of(home.resolve(), name))
    if found is None:
        stop(Problem(NO_HUB, details={"folder": home.as_posix()}), WRONG_USAGE)
    if as_json:
        typer.echo(orjson.dumps({"county": name, "posts": found}, option=orjson.OPT_INDENT_2))
        return
    screen = console()
    rows = [(_time(post["at"]), post["system"], "、".join(post["kinds"]) or "-",
             Text("通过", "green") if post["ok"] else Text("有误", "red"),
             "  ".join(f"{code}×{count}" for code, count in post["codes"].items())) for post in found[:MOST]]
    if rows:
        screen.print(table(("时间", "系统", "报文类型", "结果", "错误"), rows))
    screen.print(f"{len(found)} 次，其中通过 {sum(post['ok'] for post in found)} 次 · {len(found)} posts")
    often = Counter(code for post in found for code in post["codes"])
    for code, count in often.most_common(5):
        known = all_codes().get(code)
        plain = known is not None and "{" not in known.zh  # a text with places to fill says nothing without them
        screen.print(f"  {code} {count} 次" + (f"：{known.zh}" if known and plain else ""))


def _time(at: int) -> str:
    return datetime.fromtimestamp(at / 1000, _HERE).strftime("%m-%d %H:%M:%S")
