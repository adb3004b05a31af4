"""The lineage of stored records as it is shown: each value, what it was made from, by which rule and code-table row."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import orjson
import typer
from rich.text import Text

from guantong.cli.home import PROBLEMS_FOUND, fail, print_problems, vault_of
from guantong.cli.screen import console, table
from guantong.cli.try_ import row_json
from guantong.config import Configuration
from guantong.mapping.causes import CAUSES, causes
from guantong.mapping.interpret import Step
from guantong.mapping.kept import Kept, kept_in
from guantong.mapping.showing import Shower
from guantong.operations.idents import named
from guantong.operations.lineage import Hop, Lineage, Verdict
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
        shown = _Shown(lineage, Shower(configuration.model, reveal), field)
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


class _Shown:
    """Rows of hops, their values masked unless they are to be revealed; of one field only where one is named."""

    def __init__(self, lineage: Lineage, shower: Shower, field: str | None) -> None:
        self._lineage = lineage
        self._shower = shower
        self._field = field

    def fields(self, hop: Hop) -> list[dict[str, Any]]:
        """One row for each value, with the row it came from on the way in under `from`."""
        rows: list[dict[str, Any]] = []
        for step in hop.steps:
            row = self._row(hop, step)
            if hop.way == "out":
                origin = self._lineage.origin(hop, step)
                if origin.hop is not None and origin.step is not None:
                    said = {"message": origin.hop.ident, "record": origin.hop.record, "system": origin.hop.system,
                            "plan": origin.hop.plan, "verdict": origin.hop.verdict}
                    row["from"] = {**said, **self._row(origin.hop, origin.step)}
                elif origin.hop is not None:
                    row["from"] = {"message": origin.hop.ident, "verdict": origin.hop.verdict}
            if self._field is None or self._field in (step.target, step.source, row.get("from", {}).get("source")):
                rows.append(row)
        return rows

    def _row(self, hop: Hop, step: Step) -> dict[str, Any]:
        path = step.target if hop.way == "in" else step.source or step.rule.path
        rule = step.rule
        return {
            "target": step.target, "value": self._value(step, path, step.value), "source": step.source,
            "raw": self._value(step, path, step.raw), "type": rule.type,
            "functions": [one.name for one in rule.via], "table": rule.table.name if rule.table else "", "row": row_json(step),
            "rule": str(rule.place), "fired": causes(step, inward=hop.way == "in"),
        }

    def _value(self, step: Step, path: str, value: Any) -> str | None:
        if value is None:
            return None
        if isinstance(value, list | dict):
            return f"[{len(value)}]"
        if not step.rule.personal:
            return str(value)
        return self._shower.masked(path, value)

    def hop(self, hop: Hop, rows: list[dict[str, Any]]) -> dict[str, Any]:
        """The stable form printed by `--json`."""
        return {
            "way": hop.way, "id": hop.ident, "system": hop.system, "kind": hop.kind, "event": hop.event,
            "record": hop.record, "mapping": hop.mapping, "plan": hop.plan, "version": hop.version,
            "verdict": hop.verdict, "fields": rows, "unread": list(hop.unread),
            "differences": [self.difference(hop, one.path, one.kept, one.recomputed) for one in hop.differences],
            "problems": [one.as_json() for one in hop.problems],
        }

    def difference(self, hop: Hop, path: str, kept: Any, made: Any) -> dict[str, str]:
        """One difference, masked by the field it is of; a native field of no known rule is masked whole."""
        show: Callable[[str, Any], str] = self._shower.canonical
        if hop.way == "out":
            show = self._shower.native(hop.translated_by) if hop.translated_by is not None else _length_of
        return {"path": path, "kept": "∅" if kept is None else show(path, kept),
                "recomputed": "∅" if made is None else show(path, made)}


def _length_of(_path: str, value: Any) -> str:
    """A value of which only the length may be told."""
    return f"*** ({len(str(value))})"


def _print(hop: Hop, rows: Sequence[Mapping[str, Any]], shown: _Shown) -> None:
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
        parts.append(f"代码表 {'' if inline else row['table']}{':' if stands else ''}{stands.rpartition(':')[2]}")
    fired = "、".join(CAUSES[one][1] for one in row["fired"])
    return " ".join(parts) + (f"（{fired}）" if fired else "")
