"""Problem codes of sites."""

from __future__ import annotations

from guantong.problems import Code

NOT_A_TABLE = Code(
    "GT890", "the table of sites cannot be read: {what}", "无法读取站点表：{what_zh}",
    "give an .xlsx workbook or a .csv text (UTF-8 or GBK); `guantong sites template` writes an empty one",
    "请提供 .xlsx 工作簿或 .csv 文本（UTF-8 或 GBK）；`guantong sites template` 可生成空表",
)
NO_HEADS = Code(
    "GT891", "no row of the first {rows} heads the columns of a table of sites: {missing} not found",
    "前 {rows} 行中没有站点表的表头：缺少{missing_zh}",
    "head a column with {names}, or name it: --columns {example}",
    "请把表头写作{names}，或用 --columns {example} 指明",
)
NO_SUCH_COLUMN = Code(
    "GT892", "--columns: {came!r} {what}", "--columns：{came!r} {what_zh}",
    "write FIELD=HEAD,…; fields: {known}; heads of this table: {heads}", "请写 字段=表头,…；字段：{known}；本表表头：{heads}",
)
EMPTY_CELL = Code(
    "GT893", "{column} is empty", "“{column_zh}”为空",
    "fill it in; {advice}", "请填写；{advice_zh}",
)
BAD_CELL = Code(
    "GT894", "{came!r} is no {what}", "{came!r} 不是{what_zh}",
    "write {expected}", "应为{expected_zh}",
)
CODE_TWICE = Code(
    "GT895", "the code {came!r} stands twice (first in row {first})", "编码 {came!r} 重复（首次出现在第 {first} 行）",
    "give each site its own code, or take one row out", "请为每个站点编不同的编码，或删去其中一行",
)
NO_PARENT = Code(
    "GT896", "there is no site {came!r} to stand below", "找不到上级站点 {came!r}",
    "{advice}", "{advice_zh}",
)
MANY_PARENTS = Code(
    "GT897", "{count} sites are called {came!r}: which is meant is not told", "有 {count} 个站点名为 {came!r}，无法确定是哪一个",
    "name the parent by its code: {codes}", "请用编码指明上级：{codes}",
)
CYCLE = Code(
    "GT898", "the site stands below itself: {chain}", "上下级关系成环：{chain}",
    "correct the parent of one of these rows", "请更正其中一行的上级",
)
WRONG_LEVEL = Code(
    "GT899", "a {level} cannot stand below the {above} {name!r}", "“{level_zh}”不能隶属于{above_zh}“{name}”",
    "city, county, town, village, window: each below one before it; correct level or parent",
    "级别由高到低为市、县区、镇街、村居、窗口：请更正级别或上级",
)
OTHER_REGION = Code(
    "GT900", "the region {region} does not lie in {above}, that of {name!r} above", "行政区划代码 {region} 不在上级“{name}”的 {above} 之内",
    "correct for a zone that governs places of other counties; else correct the code or the parent",
    "管委会托管其他县区的镇村时属正常；否则请更正编码或上级",
    severity="warning",
)
NAME_TWICE = Code(
    "GT901", "{name!r} stands twice below {above!r} (first in row {first})", "“{above}”下有两个“{name}”（首次出现在第 {first} 行）",
    "correct if there are two; else take one row out", "确有两个时属正常；否则请删去其中一行",
    severity="warning",
)
NOT_READ = Code(
    "GT902", "the column {head!r} is not read", "“{head}”列未读取",
    "known: {known}; or say what it is: --columns FIELD={head}", "可读取：{known}；或用 --columns 字段={head} 指明",
    severity="warning",
)
NO_VERSION = Code(
    "GT903", "{what}", "{what_zh}",
    "see `guantong sites history`", "请查看 `guantong sites history`",
)
DAMAGED = Code(
    "GT904", "the kept tree of sites {file} cannot be used: {what}", "留存的站点数据 {file} 无法使用：{what_zh}",
    "restore the file from a backup", "请从备份恢复该文件",
)
NOT_KEPT = Code(
    "GT905", "the sites were not kept: {what}", "站点数据未保存：{what_zh}",
    "see to it, then import again", "请处理后重新导入",
)
NOTHING_IMPORTED = Code(
    "GT906", "no sites were imported on this home", "该工作目录尚未导入站点",
    "import them: guantong sites import TABLE", "请先导入：guantong sites import 表格文件",
)
NO_SUCH_SITE = Code(
    "GT907", "there is no site {came!r}", "没有站点 {came!r}",
    "give a code or a full name{near}", "请给出编码或全名{near}",
)
NOT_IN_TREE = Code(
    "GT909", "the site {site!r} is not in the tree of sites", "站点 {site!r} 不在站点数据中",
    "import it (guantong sites import TABLE), or correct the code", "请导入该站点（guantong sites import 表格），或更正编码",
    severity="warning",
)
SITES_NOT_TAKEN = Code(
    "GT915", "the hub works with version {running} of the sites; the newest is {newest}",
    "运行中的中枢使用站点数据版本 {running}，最新为版本 {newest}",
    "let it take them up: `guantong reload`", "请执行 `guantong reload` 使其生效",
    severity="warning",
)
NOT_WRITTEN = Code(
    "GT916", "{file} cannot be written: {what}", "无法写入 {file}：{what_zh}",
    "choose another place", "请换一个位置",
)
TOO_MANY = Code(
    "GT914", "the table has over {limit} rows", "表格超过 {limit} 行",
    "import it county by county", "请分县区导入",
)
