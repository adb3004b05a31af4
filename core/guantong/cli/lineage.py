"""The lineage of stored records as it is shown: each value, what it was made from, by which rule and code-table row."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import orjson
import typer
from rich.text import Text

from guantong.cli.home import PROBLEMS_FOUND, fail, print_problems, vault_of
from guantong.cli.screen import console, table
from guantong.config import Configuration
from guantong.mapping.causes import CAUSES
from guantong.mapping.kept import Kept, kept_in
from guantong.mapping.showing import Shower
from guantong.operations.idents import named
from guantong.operations.lineage import Hop, Lineage, Verdict
from guantong.operations.values import Values
from guantong.operations.versions import Versions
from guantong.plugins import registry
from guantong.store import Reader
from guantong.vault import VaultError

VERDICTS: Mapping[Verdict, tuple[str, str]] = {
    Verdict.SAME: ("重新计算与留存一致", "recomputed: as kept"),
    Verdict.DIFFERS: ("重新计算与留存不一致", "recomputed: differs from what was kept"),
    Verdict.GONE: ("当时的映射版本已不在", "the mapping version of that time is not there"),
    Verdict.TODAY: ("按现行映射计算，无留存可比对", "by the mapping in force; nothing was kept to compare"),
}
IN_HEADS = ("标准字段 Field", "来源字段 Source", "值 ← 原值 · 规则 Value ← raw · rule")
OUT_HEADS = ("对方字段 Native", "标准字段 Field", "来源 Origin", "值 ← 原值 · 规则 Value ← raw · rule")


def show_values(
    configuration: Configuration, reader: Reader, key: str, subjects: Sequence[Mapping[str, Any]], *,
    field: str | None, reveal: bool, as_json: bool,
) -> None:
    """Print the lineage of everything *key* names: a message, a delivery, or all of a case."""
    specs = registry()
    versions = Versions(configuration.dialects, Kept(kept_in(configuration.home), specs.codecs, specs.functions))
    lineage = Lineage(reader, vault_of(configuration), configuration, versions)
    try:
        hops = list(_hops(lineage, key, subjects))
        shown = Values(lineage, Shower(configuration.model, reveal), field)
        rows = [shown.fields(hop) for hop in hops]
    except VaultError as error:
        fail(str(error))
    if field is not None and not any(rows):
        fail(f"{key} 中没有字段 {field} · {key} holds no field {field}", PROBLEMS_FOUND)
    sound = all(hop.verdict in (Verdict.SAME, Verdict.TODAY) for hop in hops)
    if as_json:
        answer = {"key": key, "ok": sound,
                  "hops": [shown.hop(hop, row) for hop, row in zip(hops, rows, strict=True)]}
        typer.echo(orjson.dumps(answer, option=orjson.OPT_INDENT_2))
    else:
        for hop, row in zip(hops, rows, strict=True):
            if row or field is None:
                _print(hop, row, shown)
    if not sound:
        raise typer.Exit(PROBLEMS_FOUND)


def _hops(lineage: Lineage, key: str, subjects: Sequence[Mapping[str, Any]]) -> Iterable[Hop]:
    what = named(key) if key[:1] in "MmDd" else None
    if what is not None:
        kind, number = what
        one = lineage.of_delivery(number) if kind == "delivery" else None
        yield from lineage.of_message(number) if kind == "message" else [one] if one else []
        return
    for subject in subjects:
        for message in dict.fromkeys(event["message"] for event in subject["events"]):
            yield from (hop for hop in lineage.of_message(int(message[1:])))
        for delivery in subject["deliveries"]:
            made = lineage.of_delivery(delivery["id"])
            if made is not None:
                yield made


def _print(hop: Hop, rows: Sequence[Mapping[str, Any]], shown: Values) -> None:
    screen = console()
    number = f" #{hop.record}" if hop.record > 1 else ""
    way = f"{hop.system} → {hop.event}" if hop.way == "in" else f"{hop.event} → {hop.system}"
    style = "bold red" if hop.verdict in (Verdict.DIFFERS, Verdict.GONE) else "bold"
    screen.print(Text(f"{hop.ident}{number}  {way}  {hop.kind}", style="bold"))
    if hop.mapping:
        screen.print(f"  {hop.mapping}  版本 version {hop.plan}")
    screen.print(Text(f"  {' · '.join(VERDICTS[hop.verdict])}", style=style))
    inward = hop.way == "in"
    if rows:
        cells = [
            (row["target"], row["source"], _said(row, None, hop.mapping)) if inward
            else (row["target"], row["source"] or "—", _origin(row), _said(row, row.get("from"), hop.mapping))
            for row in rows
        ]
        screen.print(table(IN_HEADS if inward else OUT_HEADS, cells))
    for one in hop.differences:
        told = shown.difference(hop, one.path, one.kept, one.recomputed)
        screen.print(f"  {told['path']}: 留存 kept {told['kept']} · 重算 recomputed {told['recomputed']}", style="red")
    if hop.unread:
        screen.print(f"  未读取 unread: {', '.join(hop.unread)}")
    print_problems(hop.problems)
    screen.print()


def _origin(row: Mapping[str, Any]) -> str:
    """`M3 #2 SBCLQD[0]/CLMC`."""
    came = row.get("from")
    if came is None:
        return "—"
    number = f" #{came['record']}" if came.get("record", 1) > 1 else ""
    return f"{came['message']}{number} {came.get('source') or ''}".strip()


def _said(row: Mapping[str, Any], came: Mapping[str, Any] | None, file: str) -> str:
    """The value, what it was made from where that reads otherwise, and the rules, the one that brought it in last."""
    values = [row["value"], row["raw"], *([came.get("raw")] if came else [])]
    distinct = [value for number, value in enumerate(values) if value not in (None, "") and value not in values[:number]]
    rules = [_rule(one, file) for one in (row, came) if one is not None and "rule" in one]
    return f"{' ← '.join(distinct)}  · {' ← '.join(rules)}"


def _rule(row: Mapping[str, Any], file: str) -> str:
    """`:16` in the hop's own file, `gd-exchange/…:16` in one of the same name, and what more the rule did."""
    place, _, column = row["rule"].rpartition(":")
    folder, name = file.rpartition("/")[::2]
    where = place.removeprefix(file) if column else row["rule"]
    where = where.replace(f"/{name}:", "/…:").removeprefix("mappings/") if folder else where
    parts = [where]
    if row["table"]:
        stands = row["row"]["file"].rpartition(":")[0].removeprefix("mappings/") if row["row"] else ""
        inline = stands.rpartition(":")[0] == place.removeprefix("mappings/").rpartition(":")[0]
        dialect = stands.partition("/")[0]
        foreign = f"{dialect}/" if stands and dialect != folder.removeprefix("mappings/") else ""
        parts.append(f"代码表 {'' if inline else foreign + row['table']}{':' if stands else ''}{stands.rpartition(':')[2]}")
    fired = "、".join(CAUSES[one][1] for one in row["fired"])
    return " ".join(parts) + (f"（{fired}）" if fired else "")
