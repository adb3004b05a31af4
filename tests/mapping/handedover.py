"""What vendors hand over, made for tests: the same acceptance table in every form it comes in."""

from __future__ import annotations

import io
from functools import cache
from urllib.parse import urlencode

from docx import Document
from openpyxl import Workbook
from openpyxl.worksheet.worksheet import Worksheet

from guantong.cli.dialectfiles import loaded, model_of
from guantong.mapping.draft import Drafted, Evidence, Handed, draft_dialect, read_handed
from guantong.mapping.draft.schema import Found
from guantong.starter import starter

FIELDS = (
    ("SBLSH", "统一申办流水号", "VARCHAR2", "29", "是", ""),
    ("SLZTDM", "受理状态", "VARCHAR2", "2", "是", "1：受理；2：不予受理；9：其他"),
    ("SLSJ", "受理时间", "DATE", "", "是", "yyyy-MM-dd HH:mm:ss"),
    ("BLRXM", "办理人姓名", "VARCHAR2", "200", "否", ""),
    ("GXDW", "管辖单位", "VARCHAR2", "200", "否", "本系统自有"),
    ("BYZDA", "备用字段A", "VARCHAR2", "200", "否", ""),
)
PATHS = {"SBLSH": "serial.province", "SLZTDM": "outcome", "SLSJ": "accepted_at", "BLRXM": "operator.name"}
HEADS = ("字段名", "中文名称", "类型", "长度", "必填", "说明")


def saved(book: Workbook) -> bytes:
    """The bytes of a workbook."""
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def fill(sheet: Worksheet, row: int, heads: tuple[str, ...] = HEADS, column: int = 1) -> int:
    """Write the table from *row* on; the row after it."""
    for number, line in enumerate((heads, *FIELDS)):
        for offset, cell in enumerate(line):
            sheet.cell(row + number, column + offset).value = cell
    return row + len(FIELDS) + 1


def plain_xlsx() -> bytes:
    """A sheet with a merged title above the table."""
    book = Workbook()
    sheet = book.worksheets[0]
    sheet.title = "受理"
    sheet["A1"].value = "表 3.2 受理表（EX_GDBS_SL）"
    sheet.merge_cells("A1:F1")
    fill(sheet, 3)
    return saved(book)


def spread_xlsx() -> bytes:
    """English and Chinese headings over two lines, numbering, the table's name merged down the side."""
    book = Workbook()
    sheet = book.worksheets[0]
    heads = (("No.", "数据表", "数据项", "", "Data Type", "允许为空", "备注"), ("", "", "代码", "名称", "", "", ""))
    for number, line in enumerate(heads, 6):
        for column, cell in enumerate(line, 2):
            sheet.cell(number, column).value = cell
    sheet.merge_cells("D6:E6")
    for number, (name, label, kind, length, required, remark) in enumerate(FIELDS, 8):
        row = (number - 7, "EX_GDBS_SL" if number == 8 else None, name, label, f"{kind}({length})" if length else kind,
               "N" if required == "是" else "Y", remark)
        for column, value in enumerate(row, 2):
            sheet.cell(number, column).value = value
    sheet.merge_cells(start_row=8, end_row=13, start_column=3, end_column=3)
    return saved(book)


def old_xls() -> bytes:
    """The workbook of twenty years ago."""
    import xlwt  # type: ignore[import-untyped]  # has no stubs

    book = xlwt.Workbook(encoding="utf-8")
    sheet = book.add_sheet("EX_GDBS_SL受理")
    sheet.write_merge(0, 0, 0, 5, "数据字典")
    for row, line in enumerate((HEADS, *FIELDS), 2):
        for column, cell in enumerate(line):
            sheet.write(row, column, int(cell) if cell.isdigit() else cell)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def csv_text(delimiter: str = ",") -> str:
    """The same as text, a title line first."""
    lines = [("EX_GDBS_SL 受理表", "", "", "", "", ""), HEADS, *FIELDS]
    return "\r\n".join(delimiter.join(line) for line in lines)


def word_docx() -> bytes:
    """A heading and a table."""
    document = Document()
    document.add_paragraph("接口规范")
    document.add_heading("3.2 受理信息 EX_GDBS_SL", 2)
    table = document.add_table(rows=1, cols=6)
    for cell, text in zip(table.rows[0].cells, HEADS, strict=True):
        cell.text = text
    for line in FIELDS:
        for cell, text in zip(table.add_row().cells, line, strict=True):
            cell.text = text
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


ORACLE = """
CREATE TABLE "GDBS"."EX_GDBS_SL" (
  SBLSH VARCHAR2(29 BYTE) NOT NULL ENABLE, "SLZTDM" VARCHAR2(2) NOT NULL,
  SLSJ DATE NOT NULL, BLRXM VARCHAR2(200), GXDW VARCHAR2(200), BYZDA VARCHAR2(200),
  CONSTRAINT PK_SL PRIMARY KEY (SBLSH)) TABLESPACE USERS;
COMMENT ON TABLE GDBS.EX_GDBS_SL IS '受理表';
COMMENT ON COLUMN GDBS.EX_GDBS_SL.SLZTDM IS '受理状态：1 受理；2 不予受理；9 其他';
COMMENT ON COLUMN GDBS.EX_GDBS_SL.SLSJ IS '受理时间';
COMMENT ON COLUMN GDBS.EX_GDBS_SL.GXDW IS '管辖单位';
COMMENT ON COLUMN GDBS.EX_GDBS_SL.BYZDA IS '备用字段A';
"""
MYSQL = """
-- 导出工具 1.0
CREATE TABLE IF NOT EXISTS `EX_GDBS_SL` (
  `SBLSH` varchar(29) NOT NULL COMMENT '统一申办流水号; 主键',
  `SLZTDM` varchar(2) NOT NULL COMMENT '受理状态 1:受理 2:不予受理 9:其他',
  `SLSJ` datetime NOT NULL, `BLRXM` varchar(200) DEFAULT NULL COMMENT '办理人姓名',
  `GXDW` varchar(200), `BYZDA` varchar(200) COMMENT '备用字段A', PRIMARY KEY (`SBLSH`)
) ENGINE=InnoDB COMMENT='受理表';
"""
POSTGRES = """
create table gdbs.ex_gdbs_sl (
    sblsh character varying(29) not null,  -- 统一申办流水号
    slztdm char(2) not null,  -- 受理状态：1 受理；2 不予受理；9 其他
    slsj timestamp without time zone not null,
    blrxm varchar(200), gxdw varchar(200), byzda varchar(200) /* 备用字段A */
);
comment on column gdbs.ex_gdbs_sl.blrxm is '办理人姓名';
"""
XSD = """<?xml version="1.0" encoding="GB2312"?>
<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema">
  <xs:simpleType name="Zt"><xs:restriction base="xs:string">
    <xs:enumeration value="1"><xs:annotation><xs:documentation>受理</xs:documentation></xs:annotation></xs:enumeration>
    <xs:enumeration value="2"><xs:annotation><xs:documentation>不予受理</xs:documentation></xs:annotation></xs:enumeration>
    <xs:enumeration value="9"><xs:annotation><xs:documentation>其他</xs:documentation></xs:annotation></xs:enumeration>
  </xs:restriction></xs:simpleType>
  <xs:complexType name="Sl"><xs:sequence>
    <xs:element name="SBLSH"><xs:simpleType><xs:restriction base="xs:string"><xs:maxLength value="29"/></xs:restriction></xs:simpleType></xs:element>
    <xs:element name="SLZTDM" type="Zt"/>
    <xs:element name="SLSJ" type="xs:dateTime"><xs:annotation><xs:documentation>受理时间</xs:documentation></xs:annotation></xs:element>
    <xs:element name="BLRXM" type="xs:string" minOccurs="0"/>
    <xs:element name="GXDW" type="xs:string" minOccurs="0"/>
    <xs:element name="BYZDA" type="xs:string" minOccurs="0"><xs:annotation><xs:documentation>备用字段A</xs:documentation></xs:annotation></xs:element>
  </xs:sequence></xs:complexType>
  <xs:element name="EX_GDBS_SL" type="Sl"><xs:annotation><xs:documentation>受理表</xs:documentation></xs:annotation></xs:element>
</xs:schema>"""
WSDL = """<?xml version="1.0"?>
<definitions xmlns="http://schemas.xmlsoap.org/wsdl/" xmlns:tns="urn:x" targetNamespace="urn:x"><types>
""" + XSD.split("?>", 1)[1].replace("xs:schema ", 'xs:schema targetNamespace="urn:x" ') + """
</types><message name="In"><part name="p" element="tns:EX_GDBS_SL"/></message></definitions>"""
SAMPLE = {"SBLSH": "10000000100000000011407150001", "SLZTDM": "1", "SLSJ": "2014-7-15 10:30:00", "BLRXM": "黄喆",
          "GXDW": "某某街道办事处", "BYZDA": ""}
EXINFO = """<?xml version='1.0' encoding='utf-8'?><ExInfo><standardInfo process="EX_GDBS_SL">""" + "".join(
    f'<Field FieldName="{name}">{value}</Field>' for name, value in SAMPLE.items()) + "</standardInfo></ExInfo>"
ELEMENTS = """<?xml version="1.0" encoding="GB18030"?><ROOT><HEAD><TYPE>EX_GDBS_SL</TYPE><KEY>k</KEY></HEAD><DATA>""" + "".join(
    f"<{name}>{value}</{name}>" for name, value in SAMPLE.items()
) + "<SLZLQD><CL><CLMC>申请表</CLMC><CLSL>1</CLSL></CL><CL><CLMC>证明</CLMC></CL></SLZLQD></DATA></ROOT>"

DAMENG = """CREATE TABLE "PN"."EX_GDBS_SL"
(
"SBLSH" VARCHAR2(29 CHAR) NOT NULL,
"SLZTDM" VARCHAR(2),
"SLSJ" DATETIME(6),
"BLRXM" VARCHAR2(200),
"GXDW" VARCHAR2(200),
"BYZDA" VARCHAR2(200),
NOT CLUSTER PRIMARY KEY("SBLSH")) STORAGE(ON "MAIN", CLUSTERBTR) ;
COMMENT ON TABLE "PN"."EX_GDBS_SL" IS '受理表';
""" + "".join(
    f"COMMENT ON COLUMN \"PN\".\"EX_GDBS_SL\".\"{name}\" IS '{label}{f'：{remark}' if remark else ''}';\n"
    for name, label, _, _, _, remark in FIELDS)
FORM = "type=EX_GDBS_SL&" + urlencode(SAMPLE, encoding="gb18030")
SPACED = """<?xml version="1.0" encoding="UTF-8"?><n:EX_GDBS_SL xmlns:n="urn:x" """ + """n="1">""" + "".join(
    f"<n:{name}>{value}</n:{name}>" for name, value in SAMPLE.items()
) + """<n:CL lx="1"><n:CLMC>申请表</n:CLMC></n:CL><n:CL lx="2"><n:CLMC>证明</n:CLMC></n:CL></n:EX_GDBS_SL>"""


@cache
def known() -> Evidence:
    """What the shipped model and dialects tell."""
    home = starter("mappings").parent
    model, _ = model_of(home)
    dialects, _ = loaded(home / "mappings", model)
    return Evidence.of(model, dialects)


def found(name: str, body: bytes, columns: dict[str, int] | None = None, sheets: tuple[str, ...] = ()) -> Found:
    """What is found in one file."""
    return read_handed(Handed(name, body), columns or {}, sheets)


def drafted(name: str, body: bytes) -> Drafted:
    """The draft of one file."""
    read = found(name, body)
    assert [problem.line() for problem in read.problems] == []
    return draft_dialect("vendor", read, known())
