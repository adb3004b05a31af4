"""What does not fit: the record into the schema when writing, the document when reading."""

from __future__ import annotations

from enum import Enum


class Want(Enum):
    """What was expected where something else came, in both languages."""

    ABSENT = ("nothing: the element is not in the WSDL", "无此元素：WSDL 中没有定义")
    ABSENT_SUPPLIED = ("nothing: `parameters:` gives it", "无：由 `parameters:` 提供")
    PRESENT = ("a value: the WSDL requires it", "必填：WSDL 要求该元素")
    TEXT = ("a text", "文本")
    OBJECT = ("an object", "对象")
    ITEMS = ("a list: the element repeats", "列表：该元素可重复")
    FEWER = ("fewer items", "更少的项")
    MORE = ("more items", "更多的项")
    ONE = ("exactly one of the elements to choose from", "可选元素中有且仅有一个")
    ONCE = ("the element once", "该元素只出现一次")
    TYPE = ("one of the types that may stand here in @xsi:type", "@xsi:type 中写明此处可用的类型之一")
    LISTED = ("one of the values in the WSDL", "WSDL 所列值之一")
    LENGTH = ("a text of a length that the WSDL allows", "长度在 WSDL 允许范围内的文本")
    FORM = ("a value of the form", "符合格式的值")
    RESTRICTED = ("a value as the WSDL restricts it", "符合 WSDL 限定的值")
    WRITABLE = ("characters that XML can hold", "XML 可以容纳的字符")
    NAME = ("a name that an element can have", "可用作元素名的名称")
    FIXED = ("the fixed value of the WSDL", "WSDL 规定的固定值")
    ELEMENT = ("an element", "元素")
    LESS_DEEP = ("less nesting", "更少的嵌套层数")
    DOCUMENT = ("a well-formed document without DOCTYPE", "不含 DOCTYPE 的格式良好的 XML 文档")
    REFERENCE = ("a reference to an element that is there", "指向存在元素的引用")


class Unfit(Exception):
    """One place that does not fit. `path` leads from the record to it; `came` quotes no value."""

    def __init__(self, name: str, want: Want, came: tuple[str, str] = ("", ""), detail: str = "") -> None:
        self.path: list[str] = [name] if name else []
        self.want = want
        self.detail = detail
        self.came, self.came_zh = came
        super().__init__(name)

    def under(self, name: str) -> Unfit:
        """The same, seen from the element *name* around it."""
        self.path.insert(0, name)
        return self

    def details(self) -> dict[str, str]:
        """The words of the problem."""
        expected, expected_zh = self.want.value
        more = f" ({self.detail})" if self.detail else ""
        more_zh = f"（{self.detail}）" if self.detail else ""
        return {
            "path": "/".join(self.path) or ".", "expected": expected + more, "expected_zh": expected_zh + more_zh,
            "came": self.came or "something else", "came_zh": self.came_zh or "其他内容",
        }


NOTHING = ("nothing", "空")
"""`came` of what is not there."""


def kind_of(value: object) -> tuple[str, str]:
    """What *value* is, never what it says."""
    if value is None:
        return NOTHING
    if isinstance(value, dict):
        return "an object", "对象"
    if isinstance(value, list):
        return "a list", "列表"
    if isinstance(value, str):
        return (f"a text of {len(value)} characters", f"{len(value)} 个字符的文本") if value else ("an empty text", "空文本")
    return f"a {type(value).__name__}", f"{type(value).__name__} 类型的值"
