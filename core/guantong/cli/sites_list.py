"""`guantong sites list`, `show`, `export` and `template`: the tree looked at, and written as a table."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import orjson
import typer

from guantong.cli.home import HERE, WRONG_USAGE, HomeOption, JsonOption
from guantong.cli.mapping_excel import FILE_THERE
from guantong.cli.screen import console, table
from guantong.cli.siteshome import home_of, named, refuse, standing
from guantong.oserrors import in_words
from guantong.problems import Problem
from guantong.sites.codes import NOT_WRITTEN
from guantong.sites.columns import LABELS
from guantong.sites.site import FACTS, Level, Site
from guantong.sites.tree import Tree

HEADS = ("站点 Site", "级别 Level", "编码 Code", "电话 Phone", "地址 Address")
CountyOption = Annotated[str | None, typer.Option("--county", help="Of one county, by code or name (只看某县区).")]
FileArgument = Annotated[Path, typer.Argument(help="The file to write, .xlsx or .csv (要生成的文件).")]
OverwriteOption = Annotated[bool, typer.Option("--overwrite", help="Replace the file if it is there (覆盖已有文件).")]


def list_sites(
    county: CountyOption = None,
    level: Annotated[Level | None, typer.Option("--level", help="Of one level only (只看某级别).")] = None,
    closed: Annotated[bool, typer.Option("--closed", help="Closed ones too (含已停用).")] = False,
    home: HomeOption = HERE, as_json: JsonOption = False,
) -> None:
    """Show the tree of sites (查看站点).

    Example 示例: `guantong sites list --county 榕城区 --level village`
    """
    tree = standing(home_of(home), as_json, needed=True)
    chosen = [(depth, site) for depth, site in _walk(tree, county, as_json)
              if (level is None or site.level is level) and (closed or not site.closed)]
    if as_json:
        rows = [{**site.as_json(), "key": site.key, "path": tree.path(site)} for _, site in chosen]
        typer.echo(orjson.dumps({"version": tree.number, "sites": rows}, option=orjson.OPT_INDENT_2))
        return
    flat = level is not None
    rows_shown = [(("" if flat else "  " * depth) + site.name + (f"（停用 closed {site.closed}）" if site.closed else ""),
                   site.level.zh, site.code, site.phone, site.address) for depth, site in chosen]
    console().print(table(HEADS, rows_shown))
    counts = Counter(site.level for _, site in chosen)
    listed = "，".join(f"{one.zh} {counts[one]}" for one in Level if counts[one])
    typer.echo(f"版本 {tree.number}：共 {len(chosen)} 个（{listed}）· version {tree.number}: {len(chosen)} sites")


def show(
    site: Annotated[str, typer.Argument(help="Its code or whole name (编码或全名).")],
    home: HomeOption = HERE, as_json: JsonOption = False,
) -> None:
    """Show one site: what is known of it, and what lies below (查看一个站点).

    Example 示例: `guantong sites show 仙桥街道`
    """
    tree = standing(home_of(home), as_json, needed=True)
    found = named(tree, site, as_json)
    facts, below = tree.facts(found.key), tree.below(found.key)
    if as_json:
        answer = {**found.as_json(), "key": found.key, "facts": dict(facts), "below": [one.as_json() for one in below]}
        typer.echo(orjson.dumps(answer, option=orjson.OPT_INDENT_2))
        return
    screen = console()
    screen.print(table(("$site.…", "含义 Meaning", "值 Value"), [(name, FACTS[name][0], value) for name, value in facts.items()]))
    for name in ("opened", "closed"):
        if value := getattr(found, name):
            typer.echo(f"{LABELS[name]} {name}: {value}")
    if below:
        screen.print(table(("下级 Below", "级别 Level", "编码 Code"), [(one.name, one.level.zh, one.code) for one in below]))


def export(
    file: FileArgument, county: CountyOption = None, overwrite: OverwriteOption = False,
    home: HomeOption = HERE, as_json: JsonOption = False,
) -> None:
    """Write the sites as a table that `import` reads (导出站点表).

    Closed ones too. Unchanged, it imports to the very same tree.

    Example 示例: `guantong sites export 榕城站点.xlsx --county 榕城区`
    """
    tree = standing(home_of(home), as_json, needed=True)
    sites = [site for _, site in _walk(tree, county, as_json)]
    _write(file, sites, overwrite, as_json)


def template(file: FileArgument, overwrite: OverwriteOption = False, as_json: JsonOption = False) -> None:
    """Write an empty table of sites to fill in (生成空的站点表).

    Example 示例: `guantong sites template 站点表.xlsx`
    """
    _write(file, [], overwrite, as_json)


def _walk(tree: Tree, county: str | None, as_json: bool) -> Iterator[tuple[int, Site]]:
    """The tree from the top, or a county and what is below it, each with its depth."""
    start = [named(tree, county, as_json)] if county is not None else tree.below("")
    waiting = [(0, site) for site in reversed(start)]
    while waiting:
        depth, site = waiting.pop()
        yield depth, site
        waiting += [(depth + 1, one) for one in reversed(tree.below(site.key))]


def leave_alone(file: Path, overwrite: bool, as_json: bool) -> None:
    """End the verb where *file* is there already."""
    if file.exists() and not overwrite:
        refuse([Problem(FILE_THERE, details={"file": file.name})], as_json, WRONG_USAGE)


def put(file: Path, body: bytes, overwrite: bool, as_json: bool) -> None:
    """Write a file; ends the verb where it is there already or cannot be written."""
    leave_alone(file, overwrite, as_json)
    try:
        file.write_bytes(body)
    except OSError as error:
        what, what_zh = in_words(error)
        refuse([Problem(NOT_WRITTEN, details={"file": file.name, "what": what, "what_zh": what_zh})], as_json, WRONG_USAGE)


def _write(file: Path, sites: list[Site], overwrite: bool, as_json: bool) -> None:
    from guantong.sites.write import as_csv, as_workbook  # openpyxl loads for who writes

    put(file, as_csv(sites) if file.suffix.lower() == ".csv" else as_workbook(sites), overwrite, as_json)
    if as_json:
        typer.echo(orjson.dumps({"ok": True, "file": file.name, "sites": len(sites)}, option=orjson.OPT_INDENT_2))
    else:
        typer.echo(f"已写出 {file.name}：{len(sites)} 个站点 · written: {len(sites)} sites")
