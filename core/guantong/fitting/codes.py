"""What of a mapping or of the rules for replies does not fit the interface it is for (GT659 to GT664, GT668), or of the settings the mapping (GT391)."""

from __future__ import annotations

from guantong.problems import Code

NO_PLACE = Code(
    "GT659", "{record} writes {path}, which {operation} does not take", "{record} 写出 {path}，但 {operation} 没有该字段",
    "{advice}", "{advice_zh}",
)
NOT_WRITTEN = Code(
    "GT660", "{operation} requires {path}{given}, and {record} does not write it", "{operation} 要求 {path}{given_zh}，而 {record} 没有写出",
    "map a field to it, write it as a constant, or give it in the settings (`parameters:`)",
    "请为其指定对应字段，写作 constants，或在设置中以 `parameters:` 给出",
)
WRONG_FORM = Code(
    "GT661", "{path} is written as {came}, and {operation} wants {expected}", "{path} 写出为 {came_zh}，而 {operation} 要求{expected_zh}",
    "{advice}", "{advice_zh}",
)
SOME_CODES = Code(
    "GT662", "{path}: {operation} does not take the codes {came}: it wants {expected}",
    "{path}：{operation} 不接受代码 {came}：要求{expected_zh}",
    "mend the code table; a record with such a code is sent nowhere", "请修改代码表；带有这些代码的报文无法推送", severity="warning",
)
NO_SUCH_REPLY = Code(
    "GT663", "no reply to what is sent has {path}{texts}", "对所推送内容的应答中没有 {path}{texts_zh}",
    "the rule never holds: {advice}", "该规则永远不会成立：{advice_zh}",
)
NEVER_A_SUCCESS = Code(
    "GT664", "no reply to {operation} can ever be judged a success", "对 {operation} 的应答永远不会判为成功",
    "write a rule that `means: success` on what its replies have: {known}", "请写一条 `means: success` 的规则，可用的应答字段：{known_zh}",
)
NO_SUCH_HEADER = Code(
    "GT668", "{operation} declares no header {name!r}, and it is sent with every call", "{operation} 没有声明消息头 {name!r}，而每次调用都会带上",
    "take it out (`soap_headers: []`), or ask the vendor whether it is wanted", "请去掉（`soap_headers: []`），或向对方确认是否需要", severity="warning",
)
NOT_NAMED = Code(
    "GT391", "{{{name}}} is filled from the records of kind {kind}, and the mapping {mapping} never writes that field",
    "{{{name}}} 取自 {kind} 报文的同名字段，而映射 {mapping} 从不写出该字段",
    "name one that it writes: {known}; or map it", "请改用该映射写出的字段：{known}；或增加映射",
)

UNFINISHED = frozenset({NO_PLACE.id, NOT_WRITTEN.id, WRONG_FORM.id, SOME_CODES.id})
"""What a draft may leave for whoever goes on with it."""
