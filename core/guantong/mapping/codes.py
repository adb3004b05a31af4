"""Problem codes of mappings: of their files (GT210–GT239), of records translated by them (GT240–GT259) of
mappings kept (GT270–GT279) and of joins (GT280–GT289)."""

from __future__ import annotations

from guantong.problems import Code

BAD_PATTERN = Code(
    "GT212", "{came!r} is not a date format: {what}", "{came!r} 不是日期格式：{what_zh}",
    "write it as in yyyy-MM-dd HH:mm:ss", "请参照 yyyy-MM-dd HH:mm:ss 书写",
)
AMBIGUOUS_CODE = Code(
    "GT213", "{native!r} stands for both {first!r} and {second!r}{when}", "{native!r} {when_zh}同时对应 {first!r} 和 {second!r}",
    "read it as one of them; say `read: false` in the row of the word that is only written so",
    "请只对应其中一个；只写出、不读入的一行请写 read: false",
)
BAD_OTHERWISE = Code(
    "GT214", "`otherwise: {came}` is neither a canonical word nor a native value of the table",
    "otherwise: {came} 既不是标准词也不是代码表中的值",
    "write park, wait, a word of the table, or {{in: word, out: value}}", "请写 park、wait、表中的词，或 {{in: 标准词, out: 值}}",
)
BAD_VALUE = Code(
    "GT215", "{came!r} is not a value of type {type}", "{came!r} 不是类型 {type} 的值",
    "write {expected}", "请按此格式书写：{expected}",
)
LOSSY = Code(
    "GT216", "{what}, so a value does not survive being written and read again", "{what_zh}，写出后再读入会失真",
    "declare `lossy: why`, or change the rule", "请用 lossy: 说明原因，或修改规则",
)
NO_TARGET = Code(
    "GT217", "the rule says neither where the value stands nor where it comes from", "规则既未说明字段位置也未说明来源",
    "add {what}", "请补充 {what}",
)
NO_WHY = Code(
    "GT218", "a fixed value needs its reason", "固定值需要说明原因",
    "add `why:`", "请补充 why:",
)
BAD_DURATION = Code(
    "GT219", "{came!r} is not a length of time", "{came!r} 不是时长",
    "write a number and s, m, h or d: 10m", "请写数字加 s、m、h 或 d，如 10m",
)
BAD_CHARSET = Code(
    "GT220", "{came!r} is not a charset this machine knows", "未知的字符集 {came!r}",
    "write utf-8, gb18030 or gbk", "请写 utf-8、gb18030 或 gbk",
)
BAD_OPTIONS = Code(
    "GT221", "the codec {codec!r} refuses its option: {what}", "编解码器 {codec!r} 不接受该选项：{what_zh}",
    "see the codec's reference page", "请参阅该编解码器的说明",
)
BAD_SOURCE = Code(
    "GT222", "{came!r} is not a source of values here", "{came!r} 不能作为此处的取值来源",
    "write a canonical path{what}", "请写标准路径{what_zh}",
)
TWICE = Code(
    "GT223", "{native!r} is written by two rules (the other at line {line})", "{native!r} 由两条规则写出（另一条在第 {line} 行）",
    "keep one of them, or say under `out:` which is written", "请只保留一条，或在 out: 中指定",
)
NOT_A_LIST = Code(
    "GT224", "{path!r} {what}", "{path!r} {what_zh}",
    "lists are mapped by `each:` and `fields:`, other fields by `at:`", "列表使用 each: 与 fields:，其他字段使用 at:",
)
NOTHING_TO_LEAVE = Code(
    "GT225", "{came!r} stands in `without:`, but there is nothing of that name to leave out",
    "without: 中的 {came!r} 并不存在", "remove it", "请删除",
)
BAD_CALL = Code(
    "GT235", "{function}: {what}", "{function}：{what_zh}",
    "write it as `{signature}`", "请写作 {signature}",
)

OVERLAP = Code(
    "GT226", "{word!r} has two rows {when} (the other at line {line})", "{word!r} {when_zh}有两行（另一行在第 {line} 行）",
    "let one end the day before the other begins", "请让前一行的 until 早于后一行的 from",
)
NOT_A_DAY = Code(
    "GT227", "{came!r} is not a day", "{came!r} 不是日期",
    "write it as in 2014-01-01", "请写成 2014-01-01 的样式",
)
ENDS_BEFORE = Code(
    "GT228", "the row ends on {until}, before it begins on {since}", "该行止于 {until}，早于其起始日 {since}",
    "exchange the two, or mend one of them", "请对调或更正日期",
)
NOT_READ_WHY = Code(
    "GT229", "{word!r} is written as {native!r} and never read from it, which needs a reason",
    "{word!r} 写作 {native!r} 但不读入，需要说明原因",
    "add `why:` to the row", "请在该行补充 why:",
)
DATE_UNSURE = Code(
    "GT230", "the event's date {path!r} is read under a condition, so it cannot choose the rows of the table {table}",
    "过程信息的日期 {path!r} 带有条件，无法据此选取代码表 {table} 的行",
    "read it without `when:`", "请去掉该字段的 when:",
)
IDLE_KEY = Code(
    "GT231", "the key {key!r} does nothing here: {what}", "键 {key!r} 在此不起作用：{what_zh}",
    "remove it", "请删除",
)
WRONG_TYPE = Code(
    "GT232", "{path!r} is of type {declared}, so a mapping cannot make it {came}",
    "{path!r} 的类型是 {declared}，映射不能将其改为 {came}",
    "leave `type:` out; a format of its own goes to `format:`", "请删除 type:；格式不同时请用 format:",
)
HOLLOW_CODE = Code(
    "GT233", "{native!r} is read as no value, so {word!r} is never read from it", "{native!r} 按空值读入，因此永远读不到 {word!r}",
    "give the row another native value, or change `empty:` or `null_words:`", "请换一个代码值，或修改 empty:、null_words:",
)
CLASHING_FORMATS = Code(
    "GT234", "{text!r} as written by {second} is read by {first} as another time",
    "按 {second} 写成的 {text!r} 会被 {first} 读成另一时间",
    "keep one of the two formats", "两种格式请只保留一种",
)
BAD_PATH = Code(
    "GT236", "{came!r} is not a place in a record: {what}", "{came!r} 不是报文中的位置：{what_zh}",
    "write the names from the outermost on, with / between them", "请从最外层写起，各级名称之间用 / 分隔",
)
HARD_CODED = Code(
    "GT237", "this looks like {what}: business data written into a mapping", "像是写死在映射中的业务数据：{what_zh}",
    "take it from the system's `facts:` ($system.…), unless it is the same for everyone who uses this dialect",
    "除非使用本数据规范的各方都相同，否则请改从接入系统的 facts: 取值（$system.…）", severity="warning",
)
NEVER_HOLDS = Code(
    "GT238", "the condition looks at {path!r}, which is not known yet when this rule is read",
    "该条件依据 {path!r}，而读到本规则时其值尚未得出",
    "make it depend on a field that does not depend on this one", "请改为依据不受本规则影响的字段",
)
JOIN_TOO_FEW = Code(
    "GT280", "a join takes at least two events, each once; got {came}", "合并至少需要两个不同的过程信息，此处为 {came}",
    "name the events that make one record, or write `event:` for one", "请列出合成一条记录的各过程信息；只有一个时请写 event:",
)
JOIN_ON = Code(
    "GT281", "the events cannot be joined on this: {what}", "不能据此合并过程信息：{what_zh}",
    "join on the identity of the events, which is the same for each of them; leave `on:` out where it is empty",
    "请写各过程信息共有的标识字段；没有标识字段的不写 on:",
)
JOIN_WITH = Code(
    "GT282", "{key} does not go with `join:`: {why}", "{key} 不能与 join: 同用：{why_zh}",
    "remove it, or keep it in a mapping file of its own", "请删除，或另写一个映射文件",
)
JOIN_TWICE = Code(
    "GT283", "{event} is written by this join and by {other}, and no condition tells them apart",
    "{event} 同时由此合并和 {other} 写出，且没有条件区分",
    "give one of them a `when:`, or keep one", "请为其中之一补充 when:，或只保留一个",
)
JOIN_AMBIGUOUS = Code(
    "GT284", "{path!r} is said by each of {events}, not of one fact", "{events} 各有自己的 {path!r}，含义不同",
    "write {written}", "请写 {written_zh}",
)
JOIN_SUBJECTS = Code(
    "GT285", "the joined events are not about the same kind of thing ({listed})", "合并的过程信息对象不同（{listed}）",
    "join events of one subject", "请只合并同一类对象的过程信息",
)
NEVER_COMES = Code(
    "GT286", "`need:` waits for what can never come: {came} is there from the start or not at all",
    "need: 等待的值不会出现：{came} 一开始没有，之后也不会有",
    "take it from $case.… too, or leave `need:` out and say `default:`, `empty:` or `required:`",
    "请同时从 $case.… 取值；或去掉 need:，改写 default:、empty: 或 required:",
)
NO_SUCH_FACT = Code(
    "GT908", "{came} is no fact of a site", "站点没有 {came} 这一项",
    "known: {known}{near}", "可用：{known}{near}",
)

UNKNOWN_KIND = Code(
    "GT240", "the dialect {dialect} has no mapping for the record kind {kind!r}", "数据规范 {dialect} 没有报文类型 {kind!r} 的映射",
    "{suggestion}", "{suggestion_zh}",
)
NO_MATCH = Code(
    "GT250", "no mapping takes this record of kind {kind!r}, by its `match:`: {wanted}", "没有映射接收这条 {kind!r} 报文，各自的 `match:` 要求：{wanted}",
    "the sender mends the field; where its value is a right one, add it to the `match:` of the event it means, then replay",
    "请发送方更正该字段；取值无误的，请加入相应过程信息的 `match:` 后重放",
)
UNKNOWN_EVENT = Code(
    "GT241", "the dialect {dialect} does not write {event}{what}", "数据规范 {dialect} 不能写出 {event}{what_zh}",
    "add a mapping for it, or leave it out of the route", "请补充映射，或在转发规则中去掉",
)
REQUIRED = Code(
    "GT242", "required, but empty", "必填项为空",
    "the sender must fill it", "请发送方补充",
)
NO_TRANSLATION = Code(
    "GT243", "the code {came} has no translation (table {table}); expected {expected}", "代码 {came} 没有对应关系（代码表 {table}），应为 {expected}",
    "the sender mends it; where the code is a right one, add its row to the code table and replay", "请发送方更正；代码无误的，请在代码表中补充后重放",
)
NOT_TYPE = Code(
    "GT244", "expected {expected}, got a text of {length} characters", "应为 {expected_zh}，实际为 {length} 个字符的文本",
    "the sender must mend it, or the mapping name its format", "请发送方更正，或在映射中补充该格式",
)
NOT_TEXT = Code(
    "GT245", "expected {expected}, got {came}", "应为 {expected_zh}，实际为 {came_zh}",
    "the sender must mend it, or the mapping be changed to this shape", "请发送方更正，或按此结构修改映射",
)
FUNCTION_REFUSED = Code(
    "GT246", "the function {function} refuses the value: {what}", "函数 {function} 不接受该值：{what_zh}",
    "the sender must mend it, or the mapping leave the function out", "请发送方更正，或在映射中去掉该函数",
)
TOO_LONG = Code(
    "GT247", "{length} bytes in {charset}, at most {limit} are allowed", "按 {charset} 计 {length} 字节，超过上限 {limit} 字节",
    "the owner of the value must shorten it", "请由该值的所有者缩短",
)
CHECK_DIGIT = Code(
    "GT248", "the number's check digit is wrong", "号码校验位错误",
    "the sender must mend it", "请发送方更正",
)
NO_REPLY_CODEC = Code(
    "GT249", "the dialect {dialect} names no codec for replies", "数据规范 {dialect} 未指定应答的编解码器",
    "add `codec: {{reply: …}}` to its dialect.yaml", "请在其 dialect.yaml 中补充 codec: {{reply: …}}",
)
NOT_IN_FORCE = Code(
    "GT251", "the code {came} had no meaning on {day} (table {table}); it has {periods}",
    "代码 {came} 在 {day} 没有含义（代码表 {table}）；其有效期为 {periods_zh}",
    "check the date, or add a row for that day to the code table and replay",
    "请核对日期，或在代码表中补充该日的行后重放",
)
WAITS_FOR_ROW = Code(
    "GT252", "the code {came} waits for a row of the code table {table}{when}",
    "代码 {came} 等待代码表 {table} 补充对应的行{when_zh}",
    "add the row: it goes on by itself once the hub has the new table", "补充该行并由中枢载入后自动继续，无需重放",
    severity="warning",
)

NOT_KEPT = Code(
    "GT270", "the mappings cannot be kept under var/mappings: {what}", "无法将映射保存到 var/mappings：{what_zh}",
    "see to the folder's permissions and the free space: no record is mapped by what is not kept",
    "请检查该目录的权限和剩余空间：未保存的映射不会用于转换",
)
KEPT_NOWHERE = Code(
    "GT271", "no mapping with the id {id!r} is kept under var/mappings", "var/mappings 中没有编号为 {id!r} 的映射",
    "restore var/mappings with the store it belongs to", "请将 var/mappings 与其所属的数据一并恢复",
)
KEPT_DAMAGED = Code(
    "GT272", "the kept file {file} is missing or was altered", "保存的文件 {file} 缺失或被改动",
    "restore it from a backup: its name is the hash of its content", "请从备份恢复：文件名即其内容的散列值",
)
KEPT_UNREADABLE = Code(
    "GT273", "the dialect {dialect} as kept in version {version} does not load here",
    "保存的数据规范 {dialect}（版本 {version}）在此无法加载",
    "install the plugins that gave the functions and codecs named below",
    "请安装提供下列函数和编解码器的插件",
)
KEPT_OTHERWISE = Code(
    "GT274", "the mapping {name} of {dialect}, kept as {id}, is read otherwise by this version of the product",
    "{dialect} 的映射 {name}（编号 {id}）在本版本产品中读法不同",
    "read it with the version that was in use then", "请用当时的产品版本读取",
)
