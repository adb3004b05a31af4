"""Word documents as offices sign them: A4, a title page of its own, numbered headings, ruled tables, page numbers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from io import BytesIO
from typing import Any

from docx import Document as open_document
from docx.enum.section import WD_ORIENT
from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_BREAK
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Cm, Pt, RGBColor
from docx.text.run import Run

BODY, HEADING, CODE = "宋体", "黑体", "Courier New"
SHADE = "E7EBF0"
GOOD, BAD, DOUBT = RGBColor(0x1E, 0x6B, 0x36), RGBColor(0xB0, 0x1E, 0x1E), RGBColor(0x8A, 0x5A, 0x00)
COLOURS = {"通过": GOOD, "未通过": BAD, "提醒": DOUBT, "正常": GOOD}
_SIZES = {1: 15, 2: 12.5, 3: 11}


class Document:
    """One document, written from top to bottom."""

    def __init__(self, title: str, subtitle: str, facts: Sequence[tuple[str, str]], day: str) -> None:
        self._docx = open_document()
        self._title = title
        self._numbers = [0, 0, 0]
        style = self._docx.styles["Normal"]
        style.font.name, style.font.size = "Times New Roman", Pt(10.5)
        style.element.rPr.rFonts.set(qn("w:eastAsia"), BODY)
        self._page()
        self._cover(title, subtitle, facts, day)

    def heading(self, text: str, level: int = 1) -> None:
        """A numbered heading: 1, 1.1, 1.1.1."""
        self._numbers[level - 1] += 1
        self._numbers[level:] = [0] * (3 - level)
        number = ".".join(str(one) for one in self._numbers[:level])
        paragraph = self._docx.add_heading(level=level)
        paragraph.paragraph_format.space_before, paragraph.paragraph_format.space_after = Pt(14 if level == 1 else 9), Pt(5)
        _write(paragraph.add_run(f"{number}　{text}"), HEADING, _SIZES[level], RGBColor(0, 0, 0))

    def text(self, text: str) -> None:
        """A paragraph, its first line indented by two characters."""
        paragraph = self._docx.add_paragraph()
        paragraph.paragraph_format.first_line_indent = Pt(21)
        paragraph.paragraph_format.line_spacing = 1.4
        paragraph.paragraph_format.space_after = Pt(4)
        _write(paragraph.add_run(text), BODY, 10.5)

    def table(self, heads: Sequence[str], rows: Iterable[Sequence[str]], widths: Sequence[float], *, verdicts: bool = False) -> None:
        """A ruled table; *widths* in centimetres, 16 in all. Its head is repeated on every page, no row is torn; *verdicts*
        stand in their colours."""
        made = self._docx.add_table(rows=1, cols=len(heads), style="Table Grid")
        made.alignment, made.autofit = WD_TABLE_ALIGNMENT.CENTER, False
        for cell, head in zip(made.rows[0].cells, heads, strict=True):
            _fill(cell, head, bold=True, centred=True)
            _shade(cell)
        _mark(made.rows[0], "w:tblHeader")
        for row in rows:
            cells = made.add_row()
            _mark(cells, "w:cantSplit")
            for cell, text in zip(cells.cells, row, strict=True):
                _fill(cell, text, colour=COLOURS.get(text) if verdicts else None)
        _size(made, widths)
        self._gap()

    def facts(self, rows: Sequence[tuple[str, str]]) -> None:
        """A table of two columns: what, and what it is."""
        made = self._docx.add_table(rows=0, cols=2, style="Table Grid")
        made.alignment, made.autofit = WD_TABLE_ALIGNMENT.CENTER, False
        for name, value in rows:
            cells = made.add_row().cells
            _fill(cells[0], name, bold=True)
            _shade(cells[0])
            _fill(cells[1], value)
        _size(made, (4, 12))
        self._gap()

    def code(self, text: str) -> None:
        """A sample, letter by letter, in a frame."""
        made = self._docx.add_table(rows=1, cols=1, style="Table Grid")
        made.alignment, made.autofit = WD_TABLE_ALIGNMENT.CENTER, False
        cell = made.rows[0].cells[0]
        _shade(cell, "F7F7F7")
        paragraph = cell.paragraphs[0]
        paragraph.paragraph_format.space_before = paragraph.paragraph_format.space_after = Pt(4)
        run = cell.paragraphs[0].add_run()
        for number, line in enumerate(text.splitlines() or [""]):
            if number:
                run.add_break(WD_BREAK.LINE)
            run.add_text(_clean(line))
        _write(run, CODE, 8.5)
        _size(made, (16,))
        self._gap()

    def signatures(self, parties: Sequence[str]) -> None:
        """A place to sign for each party."""
        made = self._docx.add_table(rows=1, cols=len(parties), style="Table Grid")
        made.alignment, made.autofit = WD_TABLE_ALIGNMENT.CENTER, False
        _mark(made.rows[0], "w:cantSplit")
        for cell, party in zip(made.rows[0].cells, parties, strict=True):
            _fill(cell, f"{party}（盖章）", bold=True)
            for line in ("", "", "代表签字：", "", "日期：　　　年　　月　　日"):
                paragraph = cell.add_paragraph()
                paragraph.paragraph_format.space_after = Pt(4)
                _write(paragraph.add_run(line), BODY, 10)
        _size(made, [16 / len(parties)] * len(parties))

    def bytes(self) -> bytes:
        """The file."""
        body = BytesIO()
        self._docx.save(body)
        return body.getvalue()

    def _page(self) -> None:
        section = self._docx.sections[0]
        section.orientation, section.page_width, section.page_height = WD_ORIENT.PORTRAIT, Cm(21), Cm(29.7)
        section.left_margin = section.right_margin = Cm(2.5)
        section.top_margin, section.bottom_margin = Cm(2.6), Cm(2.3)
        section.different_first_page_header_footer = True
        head = section.header.paragraphs[0]
        head.alignment = WD_ALIGN_PARAGRAPH.CENTER
        _write(head.add_run(self._title), BODY, 9, RGBColor(0x60, 0x60, 0x60))
        foot = section.footer.paragraphs[0]
        foot.alignment = WD_ALIGN_PARAGRAPH.CENTER
        for part in ("第 ", "PAGE", " 页　共 ", "NUMPAGES", " 页"):
            run = foot.add_run("" if part.isupper() else part)
            _write(run, BODY, 9)
            if part.isupper():
                _field(run, part)

    def _cover(self, title: str, subtitle: str, facts: Sequence[tuple[str, str]], day: str) -> None:
        for text, size, before in ((title, 24, 150), (subtitle, 15, 14)):
            paragraph = self._docx.add_paragraph()
            paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
            paragraph.paragraph_format.space_before = Pt(before)
            _write(paragraph.add_run(text), HEADING, size)
        spacer = self._docx.add_paragraph()
        spacer.paragraph_format.space_before = Pt(90)
        self.facts(facts)
        paragraph = self._docx.add_paragraph()
        paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
        paragraph.paragraph_format.space_before = Pt(110)
        run = paragraph.add_run(day)
        _write(run, BODY, 14)
        run.add_break(WD_BREAK.PAGE)

    def _gap(self) -> None:
        paragraph = self._docx.add_paragraph()
        paragraph.paragraph_format.space_after = Pt(2)
        _write(paragraph.add_run(""), BODY, 6)


def _write(run: Run, font: str, size: float, colour: RGBColor | None = None) -> None:
    run.font.name, run.font.size = (font if font == CODE else "Times New Roman"), Pt(size)
    fonts = run._element.get_or_add_rPr().get_or_add_rFonts()
    fonts.set(qn("w:eastAsia"), BODY if font == CODE else font)
    if colour is not None:
        run.font.color.rgb = colour


def _fill(cell: Any, text: str, *, bold: bool = False, centred: bool = False, colour: RGBColor | None = None) -> None:
    paragraph = cell.paragraphs[0]
    paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER if centred else WD_ALIGN_PARAGRAPH.LEFT
    paragraph.paragraph_format.space_before = paragraph.paragraph_format.space_after = Pt(2)
    run = paragraph.add_run(_clean(text))
    run.bold = bold
    _write(run, HEADING if bold else BODY, 9, colour)


def _shade(cell: Any, colour: str = SHADE) -> None:
    shade = OxmlElement("w:shd")
    for name, value in (("val", "clear"), ("color", "auto"), ("fill", colour)):
        shade.set(qn(f"w:{name}"), value)
    cell._tc.get_or_add_tcPr().append(shade)


def _mark(row: Any, name: str) -> None:
    mark = OxmlElement(name)
    mark.set(qn("w:val"), "true")
    row._tr.get_or_add_trPr().append(mark)


def _field(run: Run, name: str) -> None:
    for kind, text in (("begin", ""), ("", name), ("end", "")):
        part = OxmlElement("w:fldChar" if kind else "w:instrText")
        if kind:
            part.set(qn("w:fldCharType"), kind)
        else:
            part.text = text
        run._element.append(part)


def _size(made: Any, widths: Sequence[float]) -> None:
    for column, width in zip(made.columns, widths, strict=True):  # the grid: some programs look at nothing else
        column.width = Cm(width)
    for row in made.rows:
        for cell, width in zip(row.cells, widths, strict=True):
            cell.width = Cm(width)


def _clean(text: str) -> str:
    """A text without what XML cannot hold."""
    return "".join(one for one in text if one in "\t\n" or ord(one) >= 0x20)
