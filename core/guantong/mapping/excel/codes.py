"""Problem codes of workbooks: of the file itself and of its cells (GT700–GT719)."""

from __future__ import annotations

from guantong.problems import Code

NOT_A_WORKBOOK = Code(
    "GT700", "this is not an .xlsx workbook: {what}", "不是可用的 .xlsx 工作簿：{what_zh}",
    "open it in Excel or WPS and save it as .xlsx", "请用 Excel 或 WPS 打开，另存为 .xlsx",
)
TOO_LARGE = Code(
    "GT701", "the workbook is too large: {what}", "工作簿过大：{what_zh}",
    "remove what is no table of fields, or split it", "请删去与字段表无关的内容，或拆分后再导入",
)
NO_SUCH_SHEET = Code(
    "GT702", "the sheet {sheet!r} belongs to no file: its name must end with the name of an event or code table",
    "工作表 {sheet!r} 不对应任何文件：表名须以过程信息或代码表的名称结尾",
    "name it as in `受理 case.acceptance`, or delete it", "请按“受理 case.acceptance”的样式命名，或删除该表",
)
MISSING_COLUMN = Code(
    "GT703", "the column {title!r} is missing from the header row", "表头缺少“{title}”列",
    "write the title back into row 1", "请在第 1 行补回该列标题",
)
UNKNOWN_COLUMN = Code(
    "GT704", "the column {title!r} is not known", "不认识的列“{title}”",
    "{suggestion}", "{suggestion_zh}",
)
COLUMN_TWICE = Code(
    "GT705", "the column {title!r} stands twice", "“{title}”列出现了两次",
    "keep one of them", "请只保留一列",
)
MERGED = Code(
    "GT706", "the cells {cells} are merged, so a row has lost its own value", "单元格 {cells} 被合并，行与值无法一一对应",
    "unmerge them and fill every row", "请取消合并并逐行填写",
)
FORMULA = Code(
    "GT707", "the cell holds a formula", "单元格是公式",
    "formulas are not evaluated: paste its value as text", "不计算公式：请以文本粘贴其值",
)
NOT_A_TEXT = Code(
    "GT708", "the cell holds {what}, not a text: leading zeros or the form of a date may be lost",
    "单元格是{what_zh}而不是文本：前导零或日期写法可能已丢失",
    "format the cell as text and type the value again", "请把单元格格式设为“文本”后重新输入",
)
BAD_CELL = Code(
    "GT709", "the cell cannot be read: {what}", "单元格内容无法识别：{what_zh}",
    "write a word, words separated by 、 or {{key: value}}", "请填写一个词、以“、”分隔的多个词，或 {{键: 值}}",
)
NOT_A_CHOICE = Code(
    "GT710", "expected one of {choices}, got {came!r}", "应为 {choices} 之一，实际为 {came!r}",
    "choose from the list of the cell", "请从单元格的下拉列表中选择",
)
NO_KEY = Code(
    "GT711", "the row says nothing of which field it is about", "该行没有写明是哪个字段",
    "fill {title!r}, or delete the row", "请填写“{title}”，或删除该行",
)
ROW_TWICE = Code(
    "GT712", "{key!r} stands twice (first in row {first})", "{key!r} 重复（首次出现在第 {first} 行）",
    "keep one of the rows", "请只保留一行",
)
NO_LIST = Code(
    "GT713", "the item field {key!r} has no row of its list above it", "列表项 {key!r} 之前没有其列表所在的行",
    "put the list's own row above its items", "请在列表项之前补上该列表的行",
)
NOT_FREE = Code(
    "GT714", "the model requires this field: it cannot be made optional", "统一模型规定该字段必填，不能改为非必填",
    "write 是, or leave the cell empty", "请填“是”或留空",
)
NOT_FOR_ROW = Code(
    "GT715", "{title!r} does not go with a row of this kind", "此类行不能填写“{title}”",
    "empty the cell", "请清空该单元格",
)
CHANGED_SINCE = Code(
    "GT716", "{file} was changed after this workbook was made", "{file} 在导出后又被修改",
    "export it again, or overwrite the change with --overwrite", "请重新导出，或用 --overwrite 覆盖",
)
NOT_KEPT = Code(
    "GT717", "the row cannot be written so that it reads back the same", "该行无法原样写成映射文件",
    "simplify its values", "请简化该行的内容",
)
OTHER_DIALECT = Code(
    "GT718", "the workbook is about the dialect {came!r}, not {expected!r}", "工作簿属于数据规范 {came!r}，不是 {expected!r}",
    "name that dialect, or choose another workbook", "请改用该数据规范名，或换一个工作簿",
)
NOT_LEFT_OUT = Code(
    "GT695", "{what} is inherited and cannot be left out", "{what} 是继承来的，不能去掉",
    "put it back; what is left out are rules only", "请恢复该行；只有字段规则可以去掉",
)
NOT_APART = Code(
    "GT696", "the inherited rule {what!r} is in {one} and in {other}: it cannot be left out of one alone",
    "继承来的 {what!r} 同时在“{one}”和“{other}”中，不能只去掉其一",
    "take out both rows, or keep both", "请两行都去掉，或都保留",
)
EMPTY_BOOK = Code(
    "GT719", "the workbook has no sheet of fields or codes", "工作簿中没有字段表或代码表",
    "start from `guantong mapping to-excel`", "请从 `guantong mapping to-excel` 导出的工作簿开始",
)
