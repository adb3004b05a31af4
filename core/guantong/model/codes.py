"""Problem codes of declaration files: the model, dialects and mappings."""

from __future__ import annotations

from guantong.problems import Code

UNKNOWN_KEY = Code(
    "GT200", "the key {key!r} is not known here", "此处没有键 {key!r}",
    "{suggestion}", "{suggestion_zh}",
)
MISSING_KEY = Code(
    "GT201", "the key {key!r} is missing", "缺少键 {key!r}",
    "add it: {what}", "请补充：{what_zh}",
)
WRONG_SHAPE = Code(
    "GT202", "expected {expected}, got {came}", "应为{expected_zh}，实际为{came_zh}",
    "write {expected} here", "请在此处填写{expected_zh}",
)
WRONG_CHOICE = Code(
    "GT203", "expected one of {choices}, got {came!r}", "应为 {choices} 之一，实际为 {came!r}",
    "{suggestion}", "{suggestion_zh}",
)
WRONG_NAME = Code(
    "GT204", "the file calls itself {came!r}, but its name says {expected!r}",
    "文件内的名称为 {came!r}，但文件名为 {expected!r}",
    "make the two agree", "请使两者一致",
)
UNKNOWN_REFERENCE = Code(
    "GT205", "there is no {what} named {came!r}", "不存在名为 {came!r} 的{what_zh}",
    "{suggestion}", "{suggestion_zh}",
)
CYCLE = Code(
    "GT206", "{what} comes back to itself: {chain}", "{what_zh}形成循环：{chain}",
    "remove one of the links", "请去掉其中一个引用",
)
MISSING_FOLDER = Code(
    "GT207", "the folder is missing: {what}", "缺少目录：{what_zh}",
    "create it, or point --home at the folder that holds it", "请创建该目录，或用 --home 指向其所在目录",
)
NOT_FOR_TYPE = Code(
    "GT208", "{key!r} does not go with type {type}", "键 {key!r} 不能用于类型 {type}",
    "remove it or change the type", "请删除该键或修改类型",
)
