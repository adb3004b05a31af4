"""Problems of exported files."""

from __future__ import annotations

from guantong.problems import Code

NO_FOLDER = Code(
    "GT756", "the folder {folder} cannot be read: {what}", "无法读取文件夹 {folder}：{what_zh}",
    "give the folder into which the exported files were copied, on the machine of the hub, readable to it",
    "请给出存放导出文件的文件夹：须在中枢所在的机器上，且中枢有读取权限",
)
NOT_READ = Code(
    "GT757", "this is {what}, and nothing of it is read", "这是{what_zh}，不读取",
    "give plain files: .xml, .json, .jsonl, .csv, .tsv, .txt or .xlsx; unpack archives, save .xls as .xlsx, copy what links lead to",
    "请提供 .xml、.json、.jsonl、.csv、.tsv、.txt 或 .xlsx 文件：压缩包请先解压，.xls 请另存为 .xlsx，链接请换成文件本身",
)
TOO_LARGE = Code(
    "GT758", "the file has {size} bytes, and at most {limit} are read", "文件为 {size} 字节，最多读取 {limit} 字节",
    "have it exported in parts, by month for instance", "请分批导出，例如按月",
)
CHANGED = Code(
    "GT759", "the file changed or went while it was read ({what})", "文件在读取时被改动或移走（{what_zh}）",
    "wait until the copy is complete, leave the folder alone, and run the backfill again", "请等复制完成，不要改动该文件夹，然后重新补传",
)
NO_KIND = Code(
    "GT764", "nothing tells the kind of the records in this table", "无法判断该表中的报文种类",
    "name the file, its folder or the sheet after one of the kinds {known}", "请以报文种类命名文件、文件夹或工作表：{known}",
)
BAD_TABLE = Code(
    "GT765", "this is no row of a table: {what}", "不是表格中可读的一行：{what_zh}",
    "have it exported anew, whole, with one row of column names and then a row a record", "请重新完整导出：首行为列名，其后每行一条报文",
)
NOT_THEIRS = Code(
    "GT766", "the record cannot be written as {dialect} writes it: {what}", "该记录不能写成数据规范 {dialect} 的报文：{what_zh}",
    "name the columns as the county's interface names its fields, or have the records exported as the interface sends them",
    "列名请与县区接口的字段名一致，或请厂商按接口报文的格式导出",
)
NO_TEXT = Code(
    "GT767", "the file is no text in UTF-8, UTF-16 or GB 18030", "文件不是 UTF-8、UTF-16 或 GB 18030 编码的文本",
    "it may be damaged or of another kind: have it exported anew", "文件可能已损坏或不是文本，请重新导出",
)
WHICH_SYSTEM = Code(
    "GT768", "exported files are of one system, and {name} has several that send to us: {systems}", "导出文件只属于一个系统，而 {name} 有多个：{systems}",
    "say which with `--system`", "请用 `--system` 指定",
)
