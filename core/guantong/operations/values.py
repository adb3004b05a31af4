"""The values that a hop made, as they are shown: what each was made from, by which rule and code-table row, masked or not."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from guantong.mapping.causes import causes
from guantong.mapping.interpret import Step
from guantong.mapping.showing import Shower
from guantong.operations.lineage import Hop, Lineage


class Values:
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


def row_json(step: Step) -> dict[str, str] | None:
    """The row of a code table that translated a value, as `--json` tells it."""
    if step.row is None or step.rule.table is None:
        return None
    row = step.row
    return {"table": step.rule.table.name, "word": row.word, "value": row.value, "from": row.since, "until": row.until,
            "file": str(row.place)}
