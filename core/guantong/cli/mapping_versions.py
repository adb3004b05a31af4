"""`guantong mapping versions`: the versions of dialects that are kept, for `mapping diff` and for auditors."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any

import orjson
import typer

from guantong.cli.home import HERE, HomeOption, JsonOption
from guantong.cli.mappinghome import SHOWN, end_with, mappings
from guantong.cli.mappingversions import kept_of
from guantong.cli.screen import console, table
from guantong.clock import shown
from guantong.control import status
from guantong.problems import ProblemsError

HEADS = ("留存时间 Kept", "数据规范 Dialect", "版本 Version", "说明 Remark")


def versions(
    dialect: Annotated[str | None, typer.Argument(help="Of one dialect only (只看某数据规范).")] = None,
    home: HomeOption = HERE,
    as_json: JsonOption = False,
) -> None:
    """List the kept versions of dialects, newest first (留存的映射版本).

    Every version that ever mapped a record is kept under var/mappings. Its hash names it for `mapping diff`.

    Example 示例: `guantong mapping versions rongcheng`
    """
    loaded = mappings(home, [dialect] if dialect else [])
    if dialect is not None:
        loaded.dialect(dialect)
    said = asyncio.run(status(home.resolve()))
    running = set(said["dialects"].values()) if said is not None else set()
    in_files = {one.version for one in loaded.dialects.values()}
    kept = kept_of(home)
    try:
        rows = _rows(kept_rows=[(version, *kept.about(version)) for version in kept.versions()], running=running, in_files=in_files)
    except ProblemsError as error:
        end_with(error.problems)
    rows = [row for row in rows if dialect in (None, row["dialect"])]
    if as_json:
        typer.echo(orjson.dumps({"versions": rows}, option=orjson.OPT_INDENT_2))
        return
    if not rows:
        typer.echo(f"还没有留存任何版本：{SHOWN}/ 在中枢首次运行时留存 · Nothing is kept yet: the hub keeps versions when it starts.")
        return
    remarks = {"running": "运行中 running", "in_files": "与文件相同 as in the files"}
    cells = [(shown(row["kept_at"]), row["dialect"], row["version"], "，".join(text for key, text in remarks.items() if row[key]))
             for row in rows]
    console().print(table(HEADS, cells))


def _rows(kept_rows: list[tuple[str, str, int]], running: set[str], in_files: set[str]) -> list[dict[str, Any]]:
    ordered = sorted(kept_rows, key=lambda one: (-one[2], one[1], one[0]))
    return [{"version": version, "dialect": name, "kept_at": at, "running": version in running, "in_files": version in in_files}
            for version, name, at in ordered]
