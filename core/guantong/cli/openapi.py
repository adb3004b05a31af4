"""`guantong openapi`: our own endpoints, described for those who call them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import orjson
import typer

from guantong.cli.home import HERE, HomeOption, configuration, known_system, stop
from guantong.oserrors import in_words
from guantong.plugins import registry
from guantong.problems import Code, Problem

NO_DOORS = Code(
    "GT920", "nothing of {what} is called over HTTP with a description: {why}", "{what} 没有可描述的 HTTP 接收接口：{why_zh}",
    "see `guantong county ready` for how it is reached; SOAP doors tell their WSDL at ?wsdl",
    "请用 `guantong county ready` 查看对接方式；SOAP 接口以 ?wsdl 说明",
)
NOT_WRITTEN = Code(
    "GT921", "the description cannot be written to {file}: {what}", "无法写入 {file}：{what_zh}",
    "name a file you may write with --out", "请用 --out 指定可写的文件",
)


def openapi(
    systems: Annotated[list[str] | None, typer.Argument(metavar="[SYSTEM]...", help="Whose doors; without any, the hub's own "
                                                        "pages (哪些系统的接口，缺省为本系统自己的页面).")] = None,
    out: Annotated[Path | None, typer.Option("--out", metavar="FILE", help="Write it there (写入文件).")] = None,
    home: HomeOption = HERE,
) -> None:
    """Describe our own endpoints by OpenAPI 3.1, for a vendor who calls us (以 OpenAPI 3.1 描述我方接口，交给对方厂商).

    Made of the configuration alone: paths, proof of the sender, a schema of every kind of record with its code tables, an
    invented sample, every answer. The hub serves the description of its own pages at /openapi.json.

    Examples 示例: `guantong openapi rongcheng.approval` · `guantong openapi rongcheng.approval --out rongcheng.json`
    """
    from guantong.openapi.document import describe_hub, describe_systems  # loads what reads mappings

    found = configuration(home)
    for name in systems or ():
        known_system(found, name, ())
    chosen = [found.systems[name] for name in systems or ()]
    made = describe_systems(found, registry(), chosen) if chosen else describe_hub(found)
    if not made["paths"]:
        adapters = ", ".join(sorted({system.adapter.name for system in chosen}))
        stop(Problem(NO_DOORS, details={"what": ", ".join(systems or ()), "why": f"they speak {adapters}", "why_zh": f"使用 {adapters}"}))
    body = orjson.dumps(made, option=orjson.OPT_INDENT_2).decode()
    if out is None:
        typer.echo(body)
        return
    try:
        out.write_text(body + "\n", encoding="utf-8")
    except OSError as error:
        what, what_zh = in_words(error)
        stop(Problem(NOT_WRITTEN, details={"file": out.as_posix(), "what": what, "what_zh": what_zh}))
