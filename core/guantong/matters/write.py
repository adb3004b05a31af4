"""The catalogue written: as a table that `import` reads back as it was, and its crosswalk as a code table."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence

import orjson

from guantong.mapping.excel.formulas import as_text
from guantong.matters.catalogue import Catalogue, Crossing
from guantong.matters.matter import CODED, LABELS, Matter
from guantong.model import Model

CROSSWALK = "item.crosswalk"
"""The code table's name: `codes: item.crosswalk` in a mapping."""


def as_workbook(matters: Iterable[Matter], model: Model) -> bytes:
    """An .xlsx workbook, every cell a text."""
    from openpyxl import Workbook
    from openpyxl.styles import Font

    book = Workbook()
    sheet = book.worksheets[0]
    sheet.title, sheet.freeze_panes = "事项目录", "A2"
    for number, row in enumerate(_table(matters, model), 1):
        for column, text in enumerate(row, 1):
            cell = sheet.cell(number, column)
            cell.number_format, cell.value = "@", text or None
            if text:
                cell.data_type = "s"  # a text that begins with = is no formula
    for cell in sheet[1]:
        cell.font = Font(bold=True)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def as_csv(matters: Iterable[Matter], model: Model) -> bytes:
    """Delimited text in UTF-8 with a mark, which office programs read rightly."""
    out = io.StringIO()
    csv.writer(out, lineterminator="\r\n").writerows(map(as_text, row) for row in _table(matters, model))
    return out.getvalue().encode("utf-8-sig")


def _table(matters: Iterable[Matter], model: Model) -> Iterable[Sequence[str]]:
    yield [names[0] for names in LABELS.values()]
    for matter in matters:
        said = {field: str(value) for field, value in matter.as_json().items()}
        for field, listed in CODED.items():
            said[field] = model.codes[listed].words[said[field]][0] if said[field] else ""
        yield [said[field] for field in LABELS]


def as_code_table(catalogue: Catalogue) -> str:
    """The crosswalk as a file of `codes/`: canonical is the new code, native the old one, each row with its days."""
    lines = [
        "# 新旧事项编码对照，由 guantong matters crosswalk 从事项目录生成，请勿手工修改。",
        "# Old and new codes of matters, made from the catalogue by `guantong matters crosswalk`: not to be edited by hand.",
        "title: {zh: 新旧事项编码对照, en: Old and new codes of matters}",
        f"source: 事项目录第 {catalogue.number} 版",
        "table:",
    ]
    by_new: dict[str, list[Crossing]] = {}
    for row in catalogue.crossings():
        by_new.setdefault(row.new, []).append(row)
    for new, rows in sorted(by_new.items()):
        lines.append(f"  {_quoted(new)}:")
        days: dict[tuple[str, str], list[str]] = {}
        for row in sorted(rows, key=lambda one: (one.since, one.old)):
            days.setdefault((row.since, row.until), []).append(row.old)
        lines += [f"    - {{{_row(olds, *when)}}}" for when, olds in days.items()]
    return "\n".join(lines) + "\n"


def _row(olds: Sequence[str], since: str, until: str) -> str:
    also = [f"also: [{', '.join(_quoted(old) for old in olds[1:])}]"] if olds[1:] else []
    return ", ".join([f"value: {_quoted(olds[0])}", *also, *(f"{key}: {day}" for key, day in (("from", since), ("until", until)) if day)])


def _quoted(text: str) -> str:
    return orjson.dumps(text).decode()
