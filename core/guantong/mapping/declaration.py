"""The one declaration of what `dialect.yaml`, mapping files, rules and code tables may say."""

from __future__ import annotations

from typing import get_args

from guantong.model import FieldType
from guantong.model.declaration import Key

DIALECT = (
    Key("dialect", "text", "the dialect's name", "数据规范名称", required=True),
    Key("title", "table", "zh: and en: title", "中英文标题", required=True),
    Key("extends", "text", "the dialect it inherits from", "所继承的数据规范"),
    Key("events", "texts", "the only events it carries, of all it says and inherits", "只交换这些过程信息"),
    Key("codec", "text or table", "the codec, or in:, out: and reply:", "编解码器"),
    Key("options", "table", "the codecs' options: in:, out:, reply:", "编解码器选项"),
    Key("charset", "text or table", "the charset, or in: and out:", "字符集"),
    Key("measure", "text", "the charset in which max_bytes counts (default: charset out)", "计算字节数的字符集"),
    Key("names", "text", "whether the case of native names counts", "字段名是否区分大小写", choices=("exact", "ignore-case")),
    Key("versioning", "text", "how versions are told", "版本方式", choices=("number", "arrival")),
    Key("dates", "texts", "formats of times: all are read, the first is written", "日期时间格式"),
    Key("days", "texts", "formats of dates without time", "日期格式"),
    Key("empty", "text", "what is written for no value: omit, \"\" or a word", "空值写法"),
    Key("null_words", "texts", "texts that mean no value", "表示空值的文本"),
    Key("facts", "table", "what mappings read as $system.…, by its name: what its system has to tell in its own `facts:`", "由接入系统 facts: 给出的参数"),
)
FACT = (
    Key("title", "table", "zh: and en: what it is", "中英文说明", required=True),
    Key("example", "text", "a value it may have", "示例"),
    Key("required", "flag", "whether it must not be empty", "是否不可为空"),
)
IN_OUT = (
    Key("in", "text", "inward", "接收方向"),
    Key("out", "text", "outward", "发送方向"),
)
CODEC = (*IN_OUT, Key("reply", "text", "replies", "应答"))
OPTIONS = (
    Key("in", "table", "options inward", "接收方向选项"),
    Key("out", "table", "options outward", "发送方向选项"),
    Key("reply", "table", "options for replies", "应答选项"),
)
MAPPING = (
    Key("event", "text", "the canonical event; not with join:", "过程信息（有 join: 时不写）"),
    Key("record", "texts or table", "the native record kind", "报文类型", required=True),
    Key("match", "table", "native values it is recognised by", "识别条件"),
    Key("when", "table", "the events it writes", "写出条件"),
    Key("fields", "table", "canonical: native, both ways", "双向字段"),
    Key("in", "table", "canonical: native, inward only", "仅接收"),
    Key("out", "table", "native: canonical, outward only", "仅发送"),
    Key("constants", "table", "native fields of fixed value", "固定值"),
    Key("ignored", "texts", "native fields left unread on purpose", "不读取的字段"),
    Key("without", "texts", "inherited rules left out", "去掉的继承规则"),
    Key("reply", "table", "canonical: native, read from the reply", "从应答读取"),
    Key("join", "table", "several events that make one record, instead of event:", "合并为一条记录的各过程信息"),
)
JOIN = (
    Key("events", "texts", "the events; of a path that several say, the later's value is read, event:path is one's own",
        "各过程信息；同名字段取后者，可写 过程信息:字段 指明", required=True),
    Key("on", "texts", "the identity that is equal in all; none: one of each a subject", "相等的标识字段；不写则每个对象一条"),
    Key("emit", "text", "a record at each event with what is there, or once all are there", "每次都发，或齐全才发",
        required=True, choices=("each", "complete")),
)
RECORD = (
    Key("in", "texts", "kinds heard", "接收的类型"),
    Key("out", "text", "the kind written", "写出的类型"),
)
RULE = (
    Key("at", "texts", "the native path; of several, the first present is read, the first is written", "字段位置"),
    Key("each", "text", "the native list", "列表位置"),
    Key("fields", "table", "the fields of a list's item", "列表各项的字段"),
    Key("from", "texts", "where the value comes from, the first present: a canonical path, $case.…, $system.… or $site.…", "取值来源"),
    Key("value", "text", "a fixed value", "固定值"),
    Key("why", "text", "why the value is fixed", "固定的原因"),
    Key("type", "text", "the type, if not the model's", "类型", choices=get_args(FieldType)),
    Key("format", "texts", "date formats: all are read, the first is written", "日期格式"),
    Key("codes", "text or table", "a code table by name, or its rows", "代码表"),
    Key("otherwise", "text or table", "for a code without translation: park, wait (for its row), keep (as it is; where the model lists no words), a value, or in: and out:", "无对应代码时"),
    Key("default", "text", "the canonical value when the source has none", "缺省值"),
    Key("empty", "text", "what is written for no value: omit, \"\" or a word", "空值写法"),
    Key("via", "texts", "value functions, in order, each with its arguments: pad_left 6 0", "取值函数"),
    Key("max_bytes", "integer", "at most so many bytes", "最大字节数"),
    Key("charset", "text", "the charset in which max_bytes counts", "计算字节数的字符集"),
    Key("over", "text", "what to do over max_bytes", "超长时", choices=("reject", "cut")),
    Key("when", "table", "conditions: path: words; what has no value holds none", "条件"),
    Key("need", "table", "wait for a value of the case ($case.…), or of an event still to be joined", "等待办件信息"),
    Key("required", "flag", "whether it must be there", "是否必填"),
    Key("strict", "flag", "refuse a wrong check digit", "校验位错误时拒绝"),
    Key("exact", "flag", "the value survives both ways (the default)", "可逆"),
    Key("lossy", "text", "why a value may not survive both ways", "不可逆的原因"),
)
CONSTANT = (
    Key("value", "text", "the fixed value", "固定值", required=True),
    Key("why", "text", "why it is fixed", "固定的原因", required=True),
)
NEED = (
    Key("wait", "text", "how long: 10m", "等待时长", required=True),
    Key("then", "text", "what to do then", "之后", choices=("park",)),
)
TABLE = (
    Key("codes", "text", "the canonical list it translates", "对应的统一代码表"),
    Key("title", "table", "zh: and en: title", "中英文标题"),
    Key("source", "text", "where the table comes from", "出处"),
    Key("table", "table", "canonical word: native, [written, also read, …], a row or a list of rows", "代码对照",
        required=True),
)
ROW = (
    Key("value", "text", "the native value", "对方代码", required=True),
    Key("also", "texts", "other native spellings that are read", "另可读入"),
    Key("read", "flag", "whether the value is read as this word; false: only written so", "是否读入"),
    Key("from", "text", "the first day it is in force", "起（含当日）"),
    Key("until", "text", "the last day it is in force", "止（含当日）"),
    Key("why", "text", "where the row comes from, or why it is so", "说明"),
)
