"""The columns of a table of sites: how they are headed in Chinese and English, and where they stand."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from guantong.problems import Place, Problem
from guantong.sites.codes import NO_HEADS, NO_SUCH_COLUMN, NOT_READ

HEADS: Mapping[str, tuple[str, ...]] = {
    "code": ("站点编码", "站点代码", "编码", "代码", "站点编号", "code", "site_code"),
    "name": ("站点名称", "名称", "单位名称", "窗口名称", "name", "site_name"),
    "level": ("级别", "层级", "站点级别", "类型", "level"),
    "parent": ("上级", "上级编码", "上级代码", "上级站点", "上级站点编码", "上级名称", "所属站点", "parent", "parent_code", "parent_name"),
    "county": ("所属县区", "县区", "县（市、区）", "所属县（市、区）", "county"),
    "town": ("所属镇街", "镇街", "乡镇", "所属乡镇", "镇（街道）", "town"),
    "region": ("行政区划代码", "区划代码", "行政区划", "region", "region_code"),
    "address": ("地址", "详细地址", "address"),
    "phone": ("电话", "联系电话", "办公电话", "phone", "telephone"),
    "opened": ("启用日期", "开通日期", "opened"),
    "closed": ("停用日期", "撤销日期", "closed"),
}
"""By field: its heads, the first of which the template writes."""

TEMPLATE = ("code", "name", "level", "parent", "region", "address", "phone", "opened", "closed")
LABELS: Mapping[str, str] = {field: heads[0] for field, heads in HEADS.items()}
LOOKED_THROUGH = 10
"""Rows among which the one that heads the columns is looked for: above it stand titles."""
_ODD = re.compile(r"[\s_*＊:：()（）]+")


class Columns(NamedTuple):
    """Which column (from 0) holds which field, and the row (from 0) that heads them."""

    at: Mapping[str, int]
    row: int


def parse_columns(text: str) -> dict[str, str]:
    """`code=编号,name=站名` by field. Raises `ValueError` with the part that is none."""
    found: dict[str, str] = {}
    for part in filter(None, (one.strip() for one in text.split(","))):
        field, mark, head = part.partition("=")
        if not mark or field.strip() not in HEADS or not head.strip():
            raise ValueError(part)
        found[field.strip()] = head.strip()
    return found


def find_columns(rows: Sequence[Sequence[str]], given: Mapping[str, str], file: str) -> tuple[Columns | None, list[Problem]]:
    """Where the columns stand: by *given* heads, else by those known; None where no row heads both a name and a
    code or region. Columns that are not read are warned of."""
    best: Columns | None = None
    for number, row in enumerate(rows[:LOOKED_THROUGH]):
        at = _named(row, given)
        if best is None or len(at) > len(best.at):
            best = Columns(at, number)
    if best is None:
        best = Columns({}, 0)
    heads = list(rows[best.row]) if rows else []
    missing = [field for field in given if field not in best.at]
    if missing:
        shown = ", ".join(head for head in heads if head)[:200]
        return None, [Problem(NO_SUCH_COLUMN, Place(file), details={
            "came": f"{field}={given[field]}", "what": "heads no column", "what_zh": "不是任何一列的表头",
            "known": ", ".join(HEADS), "heads": shown}) for field in missing]
    lacking = [field for field in ("name", "code") if field not in best.at and not (field == "code" and "region" in best.at)]
    if lacking:
        return None, [Problem(NO_HEADS, Place(file), details={
            "rows": LOOKED_THROUGH, "missing": ", ".join(lacking), "missing_zh": "、".join(LABELS[field] for field in lacking),
            "names": " / ".join(HEADS[lacking[0]][:3]), "example": f"{lacking[0]}=…"})]
    used = set(best.at.values())
    known = "、".join(LABELS.values())
    return best, [
        Problem(NOT_READ, Place(file, best.row + 1, column + 1), details={"head": head[:40], "known": known})
        for column, head in enumerate(heads) if head.strip() and column not in used
    ]


def _named(row: Sequence[str], given: Mapping[str, str]) -> dict[str, int]:
    heads = {_plain(head): column for column, head in reversed(list(enumerate(row))) if head.strip()}
    at = {field: heads[_plain(head)] for field, head in given.items() if _plain(head) in heads}
    for field, names in HEADS.items():
        if field in given:
            continue
        column = next((heads[_plain(name)] for name in names if _plain(name) in heads), None)
        if column is not None and column not in at.values():
            at[field] = column
    return at


def _plain(head: str) -> str:
    return _ODD.sub("", unicodedata.normalize("NFKC", head)).lower()
