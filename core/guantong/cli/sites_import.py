"""`guantong sites import`, `undo` and `history`: the tree taken from a table, and taken back."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import orjson
import typer

from guantong.cli.acting import ActorOption, WhyOption, actor_or_login
from guantong.cli.home import HERE, WRONG_USAGE, HomeOption, JsonOption, print_problems
from guantong.cli.screen import console, table
from guantong.cli.siteshome import home_of, refuse, standing
from guantong.clock import SHANGHAI, now_ms, shown
from guantong.control import socket_path
from guantong.oserrors import in_words
from guantong.problems import Place, Problem, ProblemsError, in_order
from guantong.sites.change import Change, Plan, plan
from guantong.sites.codes import NO_SUCH_COLUMN, NO_VERSION, NOT_A_TABLE
from guantong.sites.columns import HEADS, LABELS, parse_columns
from guantong.sites.kept import About, about, keep, numbers, read
from guantong.sites.rows import sites_of
from guantong.sites.site import Site
from guantong.sites.table import MOST_BYTES, read_table
from guantong.sites.tree import Tree

KINDS = {"added": "新增 added", "changed": "修改 changed", "moved": "改隶 moved", "closed": "停用 closed", "reopened": "恢复 reopened"}
MOST_SHOWN = 40  # changes on a screen; --json tells them all
HEADS_HISTORY = ("版本 Version", "时间 At", "操作人 Actor", "来源 Source", "变化 Changes", "说明 Why")


def import_sites(
    file: Annotated[Path, typer.Argument(help="The table: .xlsx, or .csv in UTF-8 or GBK (站点表).")],
    columns: Annotated[str, typer.Option("--columns", help="FIELD=HEAD,… where heads are other words (指明表头).")] = "",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only show what would change (只看不做).")] = False,
    keep_missing: Annotated[bool, typer.Option("--keep-missing", help="Close nothing the table leaves out (不停用缺少的站点).")] = False,
    home: HomeOption = HERE, actor: ActorOption = "", why: WhyOption = "", as_json: JsonOption = False,
) -> None:
    """Take the tree of sites from a table (导入站点表).

    Every mistake is named at its row and column, and then nothing is imported. A site the table leaves out is
    closed by today's date, never removed, if the table has others of its level in its county; of counties it does
    not speak of, nothing changes. `guantong sites undo` takes an import back.

    Example 示例: `guantong sites import 站点.xlsx --dry-run`, then `guantong sites import 站点.xlsx --why 年度更新`
    """
    home = home_of(home)
    given = _columns(columns, as_json)
    tree = standing(home, as_json)
    told, problems = _told(file, given, tree, as_json)
    moment = now_ms()
    found = plan(tree, told, _today(moment), close=not keep_missing)
    number = 0
    if found.changes and not dry_run:
        said = About(tree.number + 1, moment, actor_or_login(actor), why, file.name, Tree(found.sites).digest, found.counts())
        number = _keep(home, found.sites, said, as_json)
    if as_json:
        _answer(found.changes, number, dry_run, found.left_alone, problems)
        return
    print_problems(problems)
    _print(found, len(told))
    typer.echo(_outcome(home, found.changes, number))


def undo(
    to: Annotated[int | None, typer.Option("--to", help="To this version; else to the one before (恢复到某版本).")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only show what would change (只看不做).")] = False,
    home: HomeOption = HERE, actor: ActorOption = "", why: WhyOption = "", as_json: JsonOption = False,
) -> None:
    """Take back the last import: the tree becomes what it was (撤回导入).

    A new version says what the earlier one said; nothing is removed from the history. To undo the undoing, name
    the version: `--to`. Sites that only the undone import knew are no longer in the tree.

    Example 示例: `guantong sites undo`, `guantong sites undo --to 3`
    """
    home = home_of(home)
    tree = standing(home, as_json)
    known = numbers(home)
    number = to if to is not None else tree.number - 1
    if number not in {0, *known} or number == tree.number or not known:
        what = (f"there is no version {number} to go back to", f"没有可恢复的版本 {number}")
        refuse([Problem(NO_VERSION, details={"what": what[0], "what_zh": what[1]})], as_json, WRONG_USAGE)
    try:
        before = read(home, number) if number else Tree()
    except ProblemsError as error:
        refuse(error.problems, as_json)
    changes = _between(tree, before)
    taken = 0
    if not dry_run:
        source = f"undo → {number}"
        counts = Counter(one.kind for one in changes) | Counter({"removed": len(tree.sites.keys() - before.sites.keys())})
        said = About(tree.number + 1, now_ms(), actor_or_login(actor), why, source, before.digest, {str(key): count for key, count in counts.items()})
        taken = _keep(home, list(before.sites.values()), said, as_json)
    if as_json:
        _answer(changes, taken, dry_run, [], [])
        return
    gone = len(tree.sites.keys() - before.sites.keys())
    typer.echo(f"版本 {tree.number} → 版本 {number} 的内容：{len(changes)} 处变化，{gone} 个站点不再列入 · "
               f"as version {number} was: {len(changes)} changes, {gone} sites no longer listed")
    typer.echo(_outcome(home, changes or [None], taken))


def history(home: HomeOption = HERE, as_json: JsonOption = False) -> None:
    """List the versions of the tree, newest first (站点数据的版本).

    Example 示例: `guantong sites history`
    """
    home = home_of(home)
    try:
        known = [about(home, number) for number in reversed(numbers(home))]
    except ProblemsError as error:
        refuse(error.problems, as_json)
    if as_json:
        typer.echo(orjson.dumps({"versions": [one.as_json() for one in known]}, option=orjson.OPT_INDENT_2))
    elif not known:
        typer.echo("还没有导入站点 · Nothing was imported yet.")
    else:
        console().print(table(HEADS_HISTORY, [(str(one.number), shown(one.at), one.actor, one.source, _counted(one.changes), one.why)
                                              for one in known], right=[0]))


def _columns(text: str, as_json: bool) -> dict[str, str]:
    try:
        return parse_columns(text)
    except ValueError as error:
        details = {"came": str(error)[:80], "what": "names no field and head", "what_zh": "没有指明字段和表头", "known": ", ".join(HEADS), "heads": "…"}
        refuse([Problem(NO_SUCH_COLUMN, details=details)], as_json, WRONG_USAGE)


def _told(file: Path, given: dict[str, str], tree: Tree, as_json: bool) -> tuple[list[Site], list[Problem]]:
    """The sites the table tells of and what is to be warned of; ends the verb with every mistake."""
    try:
        size = file.stat().st_size
        body = file.read_bytes() if size <= MOST_BYTES else b""
    except OSError as error:
        what, what_zh = in_words(error)
        refuse([Problem(NOT_A_TABLE, Place(file.name), details={"what": what, "what_zh": what_zh})], as_json, WRONG_USAGE)
    if size > MOST_BYTES:
        what, what_zh = f"over {MOST_BYTES >> 20} MiB", f"超过 {MOST_BYTES >> 20} MiB"
        refuse([Problem(NOT_A_TABLE, Place(file.name), details={"what": what, "what_zh": what_zh})], as_json)
    rows, problems = read_table(body, file.name, given)
    told, found = sites_of(rows, tree)
    problems = in_order([*problems, *found])
    if any(one.code.severity == "error" for one in problems):
        refuse(problems, as_json)
    return told, problems


def _keep(home: Path, sites: Sequence[Site], told: About, as_json: bool) -> int:
    try:
        keep(home, sites, told)
    except ProblemsError as error:
        refuse(error.problems, as_json)
    return told.number


def _between(tree: Tree, before: Tree) -> list[Change]:
    """What going back to *before* changes in the sites both know, and those it brings back."""
    found = plan(tree, list(before.sites.values()), "", close=False)
    return list(found.changes)


def _today(moment: int) -> str:
    return datetime.fromtimestamp(moment / 1000, UTC).astimezone(SHANGHAI).date().isoformat()


def _answer(changes: Sequence[Change], number: int, dry_run: bool, left: Sequence[Site], problems: Sequence[Problem]) -> None:
    answer: dict[str, Any] = {
        "ok": True, "dry_run": dry_run, "version": number or None, "counts": dict(Counter(one.kind for one in changes)),
        "changes": [one.as_json() for one in changes], "left_alone": [site.as_json() for site in left],
        "problems": [one.as_json() for one in problems],
    }
    typer.echo(orjson.dumps(answer, option=orjson.OPT_INDENT_2))


def _print(found: Plan, told: int) -> None:
    typer.echo(f"表中 {told} 个站点：{_counted(found.counts()) or '没有变化 no changes'} · {told} sites in the table")
    screen = console()
    rows = [(KINDS[one.kind], one.after.level.zh, one.after.key, one.after.name, _differs(one)) for one in found.changes[:MOST_SHOWN]]
    if rows:
        screen.print(table(("变化 Change", "级别 Level", "编码 Code", "名称 Name", "内容 What"), rows))
    if len(found.changes) > MOST_SHOWN:
        typer.echo(f"… 另有 {len(found.changes) - MOST_SHOWN} 处，--json 列出全部 · and more: --json tells all")
    if found.left_alone:
        names = "、".join(site.name for site in found.left_alone)
        typer.echo(f"表中没有提到、保持不变 · not in the table, left as they are: {names}")


def _differs(one: Change) -> str:
    return "；".join(f"{LABELS[name]} {old or '（空）'} → {new or '（空）'}" for name, (old, new) in one.fields.items())


def _counted(counts: dict[str, int]) -> str:
    words = {**KINDS, "removed": "不再列入 no longer listed"}
    return "，".join(f"{words.get(kind, kind)} {count}" for kind, count in counts.items() if count)


def _outcome(home: Path, changes: Sequence[object], number: int) -> str:
    if not changes:
        return "与现有站点一致，未生成新版本 · As it was: no new version."
    if not number:
        return "以上为预览，尚未导入 · A preview: nothing was imported."
    text = f"已保存为版本 {number} · Kept as version {number}."
    if socket_path(home).exists():
        text += "\n中枢正在运行：执行 guantong reload 后生效 · A hub runs: `guantong reload` has it take them up."
    return text

