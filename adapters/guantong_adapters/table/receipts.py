"""Reading the other side's judgement of rows we wrote."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Select, or_, select

from guantong.adapter import Awaited, Receipt
from guantong_adapters.table.layout import Layout, Layouts
from guantong_adapters.table.rows import as_text
from guantong_adapters.table.sending import is_ours, key_of
from guantong_adapters.table.settings import ReceiptColumn, SentTable, TableSettings
from guantong_adapters.table.wrapping import Facts, row_of

_AT_A_TIME = 100
_Key = tuple[str, ...]


def read_receipts(
    connection: Connection, settings: TableSettings, layouts: Layouts, awaited: Sequence[Awaited]
) -> list[Receipt]:
    """The receipts there are. Deliveries whose row has no judgement yet, or is gone, are left out."""
    by_kind: dict[str, list[Awaited]] = defaultdict(list)
    for each in awaited:
        by_kind[each.kind].append(each)
    found: list[Receipt] = []
    for kind, deliveries in by_kind.items():
        sent = settings.send.get(kind)
        if sent is None or sent.receipt is None:
            continue
        layout = layouts[sent.table or kind]
        for start in range(0, len(deliveries), _AT_A_TIME):
            part = deliveries[start:start + _AT_A_TIME]
            keys = {each.delivery: key_of(layout, sent, _columns(layout, sent, each)) for each in part}
            judged = _judged(connection, layout, sent.receipt, keys)
            found += [
                Receipt(delivery, *judged[bare]) for delivery, key in keys.items()
                if (bare := _bare(layout, key)) in judged
            ]
    return found


def _columns(layout: Layout, sent: SentTable, awaited: Awaited) -> dict[str, str | None]:
    own = row_of(sent, Facts(awaited.kind, awaited.key, awaited.fields, b"", 0)) if sent.columns else awaited.fields
    given = {**own, **sent.constants}
    return {
        layout.columns.get(name.lower(), name): None if value is None else as_text(value)
        for name, value in given.items()
    }


def _judged(
    connection: Connection, layout: Layout, receipt: ReceiptColumn, keys: Mapping[int, Mapping[str, str]]
) -> dict[_Key, tuple[bool, str]]:
    """Confirmed or not, and why not, by key, of the rows that are judged."""
    names = list(next(iter(keys.values())))
    columns = [layout.column(name) for name in (*names, receipt.column, *filter(None, [receipt.reason]))]
    statement: Select[Any] = select(*columns).select_from(layout.clause)
    judged: dict[_Key, tuple[bool, str]] = {}
    for row in connection.execute(statement.where(or_(*(is_ours(layout, key) for key in keys.values())))):
        texts = ["" if value is None else as_text(value) for value in row]
        flag = texts[len(names)].strip()
        if flag in receipt.confirmed:
            judged[_bare(layout, dict(zip(names, texts, strict=False)))] = (True, "")
        elif flag in receipt.rejected:
            reason = (texts[-1].strip() if receipt.reason else "") or receipt.meanings.get(flag, "")
            judged[_bare(layout, dict(zip(names, texts, strict=False)))] = (False, reason)
    return judged


def _bare(layout: Layout, key: Mapping[str, str]) -> _Key:
    """The key's values as they compare: without the padding a CHAR column adds."""
    return tuple(value.rstrip(" ") if name in layout.padded else value for name, value in key.items())
