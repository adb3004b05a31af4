"""Problems of the exchange-table adapter."""

from __future__ import annotations

from guantong.problems import Code

BAD_URL = Code(
    "GT501", "the database cannot be addressed: {what}", "无法使用该数据库地址：{what_zh}",
    "check the URL, and that its driver is installed", "请检查地址，并确认已安装相应驱动",
)
UNREACHABLE = Code(
    "GT502", "the exchange database does not answer ({what})", "前置库无法连接（{what}）",
    "check that it runs, and the address, user and password", "请确认其正在运行，并检查地址、用户和口令",
)
NO_TABLE = Code(
    "GT503", "the exchange database has no table {table!r}{nearest}", "前置库中没有表 {table!r}{nearest}",
    "correct the name, or have the table made and the right to it given", "请更正表名，或请对方建表并授权",
)
NO_COLUMN = Code(
    "GT504",
    "the table {table!r} has no column {column!r}{nearest}", "表 {table!r} 中没有列 {column!r}{nearest}",
    "correct the setting or the mapping, or have the column added", "请更正设置或映射，或请对方增加该列",
)
GONE_COLUMN = Code(
    "GT553",
    "the table {table!r} has no column {column!r} any more{nearest}: nothing is read from it, for its records would lack what it held, nor from the other tables, for the order",
    "表 {table!r} 中原有的列 {column!r} 已不存在{nearest}：为免所报内容缺失、先后颠倒，暂停读取该表及其他各表",
    "have the column put back; or, where it is meant, correct the mapping and name it under `gone:` of the polled table",
    "请对方恢复该列；确系有意删除的，请更正映射，并在该轮询表的 `gone:` 中写明",
)
STATEMENT_REFUSED = Code(
    "GT505",
    "the database refused a statement on {table!r}: {what}", "数据库拒绝了对 {table!r} 的操作：{what}",
    "look up the state in the database's manual; rights and types are the usual causes",
    "请按状态码查阅数据库手册；常见原因为权限或类型",
)
NO_KEY = Code(
    "GT506", "the record has no value for the key column {column!r} of {table!r}",
    "报文中缺少表 {table!r} 的主键列 {column!r}",
    "map the column, or correct `key:` in the settings", "请映射该列，或更正设置中的 `key:`",
)
NO_KIND = Code(
    "GT507", "nothing says into which table records of kind {kind!r} go", "未说明 {kind!r} 类报文写入哪张表",
    "add it under `send:` in the settings", "请在设置的 `send:` 中加入",
)
NO_PLACE = Code(
    "GT930", "the routes send it records of kind {kind!r} ({event}), and nothing says into which table they go",
    "转发规则会向其发送 {kind!r} 类报文（{event}），但未说明写入哪张表",
    "add {kind} under `send:` in the settings once the table is there; until then each of them would be refused",
    "对方建表后，请在设置的 `send:` 中加入 {kind}；此前这类报文将逐条被拒", severity="warning",
)
NOT_UNIQUE = Code(
    "GT451", "nothing in the table {table!r} keeps two rows with the same {columns} apart", "表 {table!r} 中没有约束保证 {columns} 唯一",
    "have a unique key made over them: what is sent again would else stand there twice", "请对方在这些列上建立唯一键；否则重发会写成两行", severity="warning",
)
NOT_A_ROW = Code(
    "GT508", "the record is not a row: {what}", "报文不是一行数据：{what}",
    "let the dialect write with the codec `row`", "请让数据规范使用 `row` 编码",
)
BAD_QUESTION = Code(
    "GT919", "the question is not one that can be put: {what}", "无法执行该查询：{what_zh}",
    "correct `query:`; :since and :until stand for the beginning and the end of the days that are looked at",
    "请更正 `query:`；:since、:until 分别代表所查日期的起止时间",
)
NO_MOMENT = Code(
    "GT614",
    "the column {column!r} of {table!r} does not hold a time written as {format}",
    "表 {table!r} 的列 {column!r} 不是按 {format} 书写的时间",
    "correct `format:` of the watermark, or name a column of times or numbers",
    "请更正 watermark 的 `format:`，或改用时间列、数字列",
)
TOO_MANY_GONE = Code(
    "GT615",
    "{gone} of the {before} rows of {table!r} have gone at once: nothing is told of them",
    "表 {table!r} 的 {before} 行中有 {gone} 行同时消失：暂不按删除处理",
    "the table is probably being filled anew; if they really were deleted, raise `most_deleted:` for once",
    "该表可能正在重新灌数；如确系删除，请临时调高 `most_deleted:`",
)
NO_PROGRESS = Code(
    "GT616",
    "the procedure {procedure} gives only rows we know, as many as it may ({limit})",
    "存储过程 {procedure} 返回的 {limit} 行（已达上限）均已读过",
    "more rows than that share one value of {column!r}: raise `poll: {{batch: …}}`, or let it give rows after `since` only",
    "列 {column!r} 同值的行超过一批：请调高 `poll: {{batch: …}}`，或请对方只返回 `since` 之后的行",
)
NO_ARGUMENT = Code(
    "GT617", "the record has no column {column!r} for the procedure {procedure}",
    "报文中没有存储过程 {procedure} 所需的列 {column!r}",
    "map the column, or correct `arguments:` in the settings", "请映射该列，或更正设置中的 `arguments:`",
)
NOT_REMEMBERED = Code(
    "GT618", "what was seen of the source cannot be kept in `var/systems/{{system}}/seen.db` ({what})",
    "无法保存已读记录（`var/systems/{{system}}/seen.db`，{what}）",
    "look at the disk's space and the folder's owner; deleting the file loses no record: rows are read again",
    "请检查磁盘空间和目录属主；删除该文件不会丢失报文，只会重新读取",
)
OVERDUE = Code(
    "GT754", "the database did not answer whole within {seconds} s; the connection was ended",
    "数据库未在 {seconds} 秒内完整应答，连接已断开",
    "look at the line and the database's load, or raise `timeout:` in the settings", "请检查线路和数据库负荷，或调大设置中的 `timeout:`",
)
