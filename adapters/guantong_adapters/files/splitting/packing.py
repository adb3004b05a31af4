"""A part of a workbook, as a workbook of one sheet (ECMA-376-2, ECMA-376-1, 18)."""

from __future__ import annotations

import io
import zipfile
from xml.sax.saxutils import quoteattr

from guantong_adapters.files.splitting.package import KINDS, STYLES
from guantong_adapters.files.splitting.partscan import MAIN
from guantong_adapters.files.splitting.shell import Book

HEAD, TAIL = f'<worksheet xmlns="{MAIN}"><sheetData>', "</sheetData></worksheet>"
"""What is around the rows of a sheet."""
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_LONG_AGO = (1980, 1, 1, 0, 0, 0)
"""The same part has the same bytes whenever it is made."""


def packed(sheet: bytes, book: Book) -> bytes:
    """A workbook of one *sheet*."""
    relations = {"worksheet": "worksheets/sheet1.xml", "styles": "styles.xml"}
    kinds = {"workbook": "sheet.main", "worksheets/sheet1": "worksheet", "styles": "styles"}
    parts: list[tuple[str, str | bytes]] = [
        ("[Content_Types].xml", f'<Types xmlns="{_PACKAGE}/content-types">'
         '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
         + "".join(f'<Override PartName="/xl/{name}.xml" ContentType="{KINDS}.{kind}+xml"/>' for name, kind in kinds.items()) + "</Types>"),
        ("_rels/.rels", _relations({"officeDocument": "xl/workbook.xml"})),
        ("xl/workbook.xml", (f'<workbook xmlns="{MAIN}" xmlns:r="{_OFFICE}"><workbookPr date1904="{int(book.from_1904)}"/>'
         f'<sheets><sheet name={quoteattr(book.sheet)} sheetId="1" r:id="rId1"/></sheets></workbook>')),
        ("xl/_rels/workbook.xml.rels", _relations(relations)),
        ("xl/worksheets/sheet1.xml", sheet),
        (STYLES, book.styles),
    ]
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, part in parts:
            archive.writestr(zipfile.ZipInfo(name, _LONG_AGO), part, zipfile.ZIP_DEFLATED)
    return made.getvalue()


def _relations(targets: dict[str, str]) -> str:
    each = "".join(f'<Relationship Id="rId{number}" Type="{_OFFICE}/{kind}" Target="{target}"/>'
                   for number, (kind, target) in enumerate(targets.items(), 1))
    return f'<Relationships xmlns="{_PACKAGE}/relationships">{each}</Relationships>'
