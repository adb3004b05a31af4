"""Problems of reconciling."""

from __future__ import annotations

from guantong.problems import Code

NO_KEY = Code(
    "GT797", "the list {place} does not say what a row of kind {kind} is about: it has none of the columns {columns}",
    "清单 {place} 未写明 {kind} 各行对应哪个办件：缺少列 {columns}",
    "add the column, or say under `columns:` how it is called there", "请补上该列，或在 `columns:` 中写明其列名",
)
BOOKS_LOST = Code(
    "GT798", "the books of {system} could not be read to their end: {what}", "{system} 的账未能读完：{what_zh}",
    "nothing was compared or kept; try again once it answers", "未作比对，未留结果；待其恢复后重试",
)
NO_SOURCE = Code(
    "GT799", "nothing says where the books of {system} are, and what it sends cannot be read again", "未说明 {system} 的账在哪里，其报文也无法重读",
    "hand in its list with `--file`, or write `reconcile: {{source: …}}` in its configuration", "请用 `--file` 给出其清单，或在配置中写 `reconcile: {{source: …}}`",
)
NOT_A_LIST = Code(
    "GT910", "the file {file} cannot be read as a list: {what}", "文件 {file} 不能作为清单读取：{what_zh}",
    "save it as .xlsx or .csv with one row of column names and then a row a record", "请存为 .xlsx 或 .csv：首行为列名，其后每行一条",
)
BAD_DAYS = Code(
    "GT911", "{option}: {came!r} is no {what}", "{option}：{came!r} 不是{what_zh}", "write {example}", "请写 {example}",
)
KIND_NOT_TOLD = Code(
    "GT912", "nothing tells of which kind the rows of {place} are: {kinds}", "无法判断 {place} 各行的报文类型：{kinds}",
    "name the file or the sheet after the kind, or write `kind:` in `reconcile: source:`", "请以报文类型命名文件或工作表，或在 `reconcile: source:` 中写 `kind:`",
)
