"""Problems of the exchange-table adapter."""

from __future__ import annotations

from guantong.problems import Code

BAD_URL = Code(
    "GT501", "the database cannot be addressed: {what}", "无法使用该数据库地址：{what}",
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
NOT_A_ROW = Code(
    "GT508", "the record is not a row: {what}", "报文不是一行数据：{what}",
    "let the dialect write with the codec `row`", "请让数据规范使用 `row` 编码",
)
