"""Problem codes of drafts: what was handed over and cannot be read (GT720–GT739)."""

from __future__ import annotations

from guantong.problems import Code

UNKNOWN_FORM = Code(
    "GT720", "this kind of file is not known: {what}", "不认识的文件类型：{what_zh}",
    "give .xlsx, .xls, .csv, .sql, .wsdl, .xsd, .docx, .json or .xml", "请提供 .xlsx、.xls、.csv、.sql、.wsdl、.xsd、.docx、.json 或 .xml",
)
NO_FIELDS = Code(
    "GT721", "no list of fields was found", "没有找到字段清单",
    "name its columns: --columns 字段名=B,中文名=C,类型=D", "请指明各列：--columns 字段名=B,中文名=C,类型=D",
)
NOT_READABLE = Code(
    "GT722", "the file cannot be read: {what}", "文件无法读取：{what_zh}",
    "open it in its program and save it anew", "请用相应软件打开并另存",
)
TOO_MUCH = Code(
    "GT723", "the file holds too much: {what}", "文件内容过多：{what_zh}",
    "keep only what describes the records", "请只保留描述报文的部分",
)
BAD_COLUMNS = Code(
    "GT724", "{came!r} names no column", "{came!r} 没有指明列",
    "write 字段名=B,中文名=C,类型=D; known: {known}", "请写作 字段名=B,中文名=C,类型=D；可用：{known}",
)
NO_SHEET = Code(
    "GT725", "there is no sheet {came!r}", "没有名为 {came!r} 的工作表",
    "known: {known}", "可用：{known}",
)
NOT_FOLLOWED = Code(
    "GT726", "the schema {came!r} is imported from elsewhere and was not fetched", "模式 {came!r} 引自其他文件，未读取",
    "give that file with --from too", "请将该文件也用 --from 提供", severity="warning",
)
FIELD_LEFT = Code(
    "GT727", "{count} fields of {record} have no usable name and are listed as comments only",
    "{record} 有 {count} 个字段的名称不可用，仅列为注释",
    "correct their names in the file handed over", "请在原文件中更正字段名", severity="warning",
)
