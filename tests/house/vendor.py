"""What a vendor hands over in the guides: a data dictionary as they look, and a sample of each record. All invented."""

from __future__ import annotations

from pathlib import Path

import orjson
from openpyxl import Workbook

HEADS = ("表名", "字段名", "中文名", "类型", "必填", "说明")
COMMON = (
    ("SBLSH", "申办流水号", "VARCHAR2(50)", "是", "省统一编码"), ("YWLSH", "业务流水号", "VARCHAR2(50)", "是", "本系统编号"),
    ("SXBM", "事项编码", "VARCHAR2(40)", "是", ""), ("SXMC", "事项名称", "VARCHAR2(200)", "是", ""),
    ("XZQHDM", "行政区划代码", "CHAR(6)", "是", ""), ("SJBBH", "数据版本号", "NUMBER(4)", "是", "从1开始"),
)
TABLES = {
    "受理": ("T_SLXX（受理信息表）", (
        *COMMON, ("SLBMMC", "受理部门名称", "VARCHAR2(100)", "是", ""), ("BLRXM", "办理人姓名", "VARCHAR2(60)", "否", ""),
        ("SLZT", "受理状态", "CHAR(1)", "是", "1：受理；2：不予受理；3：补正"), ("SLSJ", "受理时间", "VARCHAR2(20)", "是", "yyyyMMddHHmmss"),
        ("BZ", "备注", "VARCHAR2(500)", "否", ""),
    )),
    "办结": ("T_BJXX（办结信息表）", (
        *COMMON, ("BJBMMC", "办结部门名称", "VARCHAR2(100)", "是", ""),
        ("BJJGDM", "办结结果代码", "CHAR(1)", "是", "1：出证办结；2：退回办结；3：作废办结"), ("BJSJ", "办结时间", "VARCHAR2(20)", "是", ""),
    )),
}
CASE = {"SBLSH": "10000010100699201211407150777", "YWLSH": "PN20140715-0001", "SXBM": "10000010100699201213445281",
        "SXMC": "个体工商户设立登记", "XZQHDM": "445281", "SJBBH": "1"}
SAMPLES = {
    "受理": {**CASE, "SLBMMC": "空港某局", "BLRXM": "欧阳示例", "SLZT": "1", "SLSJ": "20140716090000", "BZ": ""},
    "办结": {**CASE, "BJBMMC": "空港某局", "BJJGDM": "1", "BJSJ": "2014-07-18 09:00:00"},
}


def hand_over(folder: Path) -> None:
    """数据字典.xlsx and 样例-*.json in *folder*: two sheets, titles merged above, headings in row 4, the table's name
    merged down the side."""
    folder.mkdir(parents=True, exist_ok=True)
    book = Workbook()
    book.remove(book.worksheets[0])
    for title, (table, fields) in TABLES.items():
        sheet = book.create_sheet(title)
        for row, text in ((1, "空港经济区行政审批系统接口数据字典"), (2, "版本：V1.3    编制单位：某软件公司")):
            sheet.cell(row, 1).value = text
            sheet.merge_cells(start_row=row, end_row=row, start_column=1, end_column=6)
        for column, head in enumerate(HEADS, 1):
            sheet.cell(4, column).value = head
        sheet.cell(5, 1).value = table
        for row, field in enumerate(fields, 5):
            for column, text in enumerate(field, 2):
                sheet.cell(row, column).value = text
        sheet.merge_cells(start_row=5, end_row=4 + len(fields), start_column=1, end_column=1)
    book.save(folder / "数据字典.xlsx")
    for title, record in SAMPLES.items():
        (folder / f"样例-{title}.json").write_bytes(orjson.dumps(record))
