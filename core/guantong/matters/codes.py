"""Problem codes of the catalogue of matters."""

from __future__ import annotations

from guantong.problems import Code

NOT_A_TABLE = Code(
    "GT840", "the table of matters cannot be read: {what}", "无法读取事项目录表：{what_zh}",
    "give an .xlsx workbook or a .csv text (UTF-8 or GBK); `guantong matters export` shows the columns",
    "请提供 .xlsx 工作簿或 .csv 文本（UTF-8 或 GBK）；`guantong matters export` 可查看列名",
)
NO_HEADS = Code(
    "GT841", "no row of the first {rows} heads the columns of a table of matters: {missing} not found",
    "前 {rows} 行中没有事项目录表的表头：缺少 {missing}",
    "head the columns {names}", "请把表头写作 {names}",
)
BAD_CELL = Code(
    "GT842", "{came!r} is no {what}", "{came!r} 不是{what_zh}",
    "write {expected}", "应为{expected_zh}",
)
TWICE = Code(
    "GT843", "version {version} of the matter {code} stands twice (first in row {first})",
    "事项 {code} 的第 {version} 版重复（首次出现在第 {first} 行）",
    "give each version its number, or take one row out", "请为每个版本编号，或删去其中一行",
)
CLASH = Code(
    "GT844", "the old code {old} stands for {one} and for {other} on the same days",
    "原编码 {old} 在同一时期对应 {one} 和 {other}",
    "end one of them by its last day (失效日期) before the other begins", "请为其中一个填写失效日期，使两者不重叠",
)
DAMAGED = Code(
    "GT845", "the catalogue's version {file} is damaged: {what}", "事项目录版本 {file} 已损坏：{what_zh}",
    "restore it from a backup, or import the catalogue again", "请从备份恢复，或重新导入事项目录",
)
NOT_KEPT = Code(
    "GT846", "the catalogue could not be kept: {what}", "事项目录未能保存：{what_zh}",
    "nothing was changed; see to it and try again", "什么也没有改动；处理后请重试",
)
NO_MATTER = Code(
    "GT847", "no matter has the code {came}{near}", "没有编码为 {came} 的事项{near}",
    "write its 实施编码, its old code or its short code", "请填写实施编码、原编码或权责清单码",
)
NO_CATALOGUE = Code(
    "GT848", "no catalogue of matters was imported", "尚未导入事项目录",
    "guantong matters import FILE", "请执行 guantong matters import 文件",
)
UNREAD = Code(
    "GT849", "the column {head!r} is not read", "未读取的列 {head!r}",
    "columns that are read: {known}", "可读取的列：{known}", severity="warning",
)
