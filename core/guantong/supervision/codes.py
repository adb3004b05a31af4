"""What can be wrong with calendars and supervision, and what supervision finds."""

from __future__ import annotations

from guantong.problems import Code

NOT_A_DAY = Code(
    "GT860", "expected {expected}, came {came}", "应为{expected_zh}，实际为 {came_zh}",
    "write 2026-10-01, or 2026-10-01..2026-10-07 for a row of days",
    "请写 2026-10-01，连续多日写 2026-10-01..2026-10-07",
)
OTHER_YEAR = Code(
    "GT861", "{day} is no day of {year}, nor of the December before it", "{day} 不在 {year} 年内，也不在其前一年的 12 月",
    "put it into the file of its own year", "请写入其所属年份的文件",
)
NO_MAKE_UP_DAY = Code(
    "GT862", "{day} is a {weekday}: people work on it anyway", "{day} 是{weekday_zh}，本来就上班",
    "`work:` takes Saturdays and Sundays on which people work; take it out, or mend the date",
    "`work:` 只写因调休而上班的周六、周日；请删除或改正日期",
)
OFF_AND_WORK = Code(
    "GT863", "{day} stands under `off:` and under `work:`", "{day} 同时写在 `off:` 与 `work:` 下",
    "keep the one that the notice says", "请按放假通知只保留一处",
)
FILE_OF_OTHER_YEAR = Code(
    "GT864", "the file is named {stem!r} but declares the year {year}", "文件名为 {stem!r}，声明的年份却是 {year}",
    "give both the same year: {year}.yaml", "请使两者一致：{year}.yaml",
)
CALENDAR_ENDS = Code(
    "GT865", "the working calendar ends with {year}: limits that run past it would be counted by weekends alone",
    "工作日历只到 {year} 年底：此后的时限只能按周末推算，并不准确",
    "import the State Council's notice of {next}: `guantong calendar import {next}.csv`",
    "请在国务院办公厅发布 {next} 年放假通知后导入：`guantong calendar import {next}.csv`",
    severity="warning",
)
NO_TABLE = Code(
    "GT866", "the table cannot be read: {what}", "无法读取该表：{what_zh}",
    "give a .csv (UTF-8 or GBK) or an .xlsx with the columns 日期, 类型, 名称 (date, kind, name)",
    "请提供 .csv（UTF-8 或 GBK）或 .xlsx，列为 日期、类型、名称",
)
NO_COLUMN = Code(
    "GT867", "the table has no column {column}", "表中没有“{column}”列",
    "its first row names the columns: 日期, 类型, 名称 (date, kind, name)", "首行写列名：日期、类型、名称",
)
NOT_A_KIND = Code(
    "GT868", "expected 放假 (off) or 上班 (work), came {came}", "应为“放假”或“上班”，实际为 {came_zh}",
    "放假 is a day off, 上班 a weekend day on which people work", "放假：休息日；上班：因调休上班的周末",
)
MIXED_YEARS = Code(
    "GT869", "the table holds days of {years}", "表中含有 {years} 的日期",
    "say which year it is for with --year; a table is of one year, and of the December before it",
    "请用 --year 指定年份；一张表只含一年（及其前一年 12 月）的日期",
)
