"""What can be wrong with a record's bytes."""

from __future__ import annotations

from typing import Any

from guantong.codec import Undecodable, Unencodable
from guantong.problems import Code

NOT_JSON = Code(
    "GT301", "the body is not JSON from character {position} on", "报文自第 {position} 个字符起不是有效的 JSON",
    "send one JSON object, complete and in UTF-8", "请发送一个完整的 UTF-8 编码 JSON 对象",
)
VAST_NUMBER = Code(
    "GT658", "the number at character {position} is larger than any that is read (1.8E308)", "第 {position} 个字符处的数字过大（超过 1.8E308）",
    "send it as a text, in quotation marks", "请以文本（加引号）发送",
)
NOT_XML = Code(
    "GT302", "the body is not well-formed XML at line {line}, column {column}",
    "报文在第 {line} 行第 {column} 列不是格式良好的 XML",
    "send a complete document; escape < and & in values", "请发送完整的文档，并对值中的 < 与 & 进行转义",
)
DOCTYPE = Code(
    "GT303", "the document has a DOCTYPE at line {line}, column {column}", "文档在第 {line} 行第 {column} 列含有 DOCTYPE",
    "send it without; entities are never expanded", "请去掉 DOCTYPE；本系统不展开实体",
)
TOO_DEEP = Code(
    "GT304", "the record is nested deeper than {limit} levels", "报文嵌套超过 {limit} 层",
    "send a flatter record", "请减少嵌套层数",
)
TOO_MANY = Code(
    "GT305", "the record holds more than {limit} values", "报文包含超过 {limit} 个值",
    "send smaller records, one case event each; a file of many records is read in parts (`split:`, with a smaller `each:`)",
    "请拆分报文，每个报文只含一个办件过程；含许多记录的文件请用 `split:` 分部分读取，并减小 `each:`",
)
LONG_TEXT = Code(
    "GT552", "one text, attribute or name of the document is too long (line {line}): at most {limit} bytes are taken",
    "文档中有一处文本、属性或名称过长（第 {line} 行），最多接收 {limit} 字节",
    "send large contents as attachments, beside the record", "较大的内容请作为附件，与报文分开提供",
)
DUPLICATE_NAME = Code(
    "GT306", "a field stands twice: {path}", "字段重复出现：{path}",
    "send it once", "每个字段只发送一次",
)
SHAPE = Code(
    "GT307", "{path}: expected {expected}, got {came}", "{path_zh}：应为{expected_zh}，实际为{came_zh}",
    "send the record in the agreed form", "请按约定格式发送",
)
LONG_NAME = Code(
    "GT308", "a name has {length} characters", "名称长达 {length} 个字符",
    "use the agreed names of at most {limit} characters", "请使用约定的名称，不超过 {limit} 个字符",
)
LONG_ATTRIBUTE = Code(
    "GT309", "{path}: an attribute has {length} characters", "{path}：属性值长达 {length} 个字符",
    "send at most {limit} in an attribute, more in an element", "属性值请不超过 {limit} 个字符，更长的请放在元素中",
)
NO_CHARSET_FITS = Code(
    "GT310", "the body is not {charset}: byte {byte} at position {position}",
    "报文不是 {charset} 编码：第 {position} 字节为 {byte}",
    "send the charset that is declared", "请使用所声明的字符编码发送",
)
CHARSET_CONTRADICTED = Code(
    "GT311", "the body says {charset} but its bytes are UTF-8", "报文声明为 {charset}，但其字节为 UTF-8",
    "declare the charset that is sent", "请声明实际使用的字符编码",
)
BAD_LINE = Code(
    "GT312", "line {line}: {what}", "第 {line} 行：{what_zh}",
    "send every row with the agreed columns; double a quote inside quotes", "请按约定的列发送每一行；引号内的引号须写两个",
)
WRONG_COUNT = Code(
    "GT319", "{path} says {said} records, and there are {there}", "{path} 声明有 {said} 条记录，实际有 {there} 条",
    "hand the package over anew, whole", "请重新提供完整的数据包",
)


_LONGEST_PATH = 120


class Shape:
    """The words for what a value is, in both languages, as `SHAPE` wants them."""

    OBJECT = ("an object", "对象")
    OBJECTS = ("a list of objects", "对象列表")
    LIST_TEXT = ("a JSON list of objects as text", "以文本形式写成的 JSON 对象列表")
    TEXT = ("a text", "文本")
    LIST = ("a list", "列表")
    NOTHING = ("nothing", "无")
    ESCAPED = ("an escaped document, &lt;…", "转义后的文档，&lt;…")
    ELEMENT = ("an element", "元素")
    MIXED = ("text between elements", "元素之间夹有文本")
    ROWS = ("rows", "数据行")
    PAIRS = ("name=value pairs", "“名称=值”形式的内容")
    PARTS = ("parts such as 编码：0；描述：…", "形如“编码：0；描述：…”的内容")
    OTHER = ("something else", "其他内容")


def undecodable(code: Code, **details: Any) -> Undecodable:
    """The exception for *code*: its texts are the code's, filled with *details*."""
    details |= {name: _shown(details[name]) for name in ("path", "path_zh") if name in details}
    return Undecodable(code.id, code.en.format(**details), code.zh.format(**details))


def _shown(path: str) -> str:
    """A path, which may be made of names that a stranger chose, fit to be told."""
    shown = path if len(path) <= _LONGEST_PATH else f"{path[:_LONGEST_PATH]}…"
    return shown if shown.isprintable() else "".join(char if char.isprintable() else "?" for char in shown)


def misshapen(path: str, expected: tuple[str, str], came: tuple[str, str]) -> Undecodable:
    """A part of the record is not of the expected shape; the whole record, where *path* is empty."""
    return undecodable(
        SHAPE, path=path or "the record", path_zh=path or "报文", expected=expected[0], expected_zh=expected[1], came=came[0], came_zh=came[1]
    )


def unencodable(path: str, en: str, zh: str) -> Unencodable:
    """A value that cannot be written; *path* names its field."""
    return Unencodable(path, en, zh)
