"""The problems of WSDLs and of records that calls are made from (GT643 to GT669)."""

from __future__ import annotations

from guantong.problems import Code

UNREACHABLE = Code(
    "GT643", "the WSDL cannot be fetched: {what}", "无法取得 WSDL：{what_zh}",
    "see that {location} can be reached from here, or save it under the home folder and write the file's path",
    "请确认本机可访问 {location}，或将其保存到工作目录并填写文件路径",
)
TOO_LARGE = Code(
    "GT644", "the WSDL is larger than what is read: {what}", "WSDL 超出读取上限：{what_zh}",
    "save the WSDL as a file and leave out what is not called", "请将 WSDL 另存为文件，并删去不调用的部分",
)
OUTSIDE = Code(
    "GT645", "the WSDL wants {found!r}, which is not read from here", "WSDL 引用了 {found!r}，本系统不从该处读取",
    "put the file under the home folder beside the WSDL and name it by a relative path",
    "请将该文件放入工作目录中 WSDL 旁，并以相对路径引用",
)
NOT_WSDL = Code(
    "GT646", "this is no WSDL: {what}", "不是有效的 WSDL：{what_zh}",
    "give the address that ends in ?wsdl, or the file that was saved from it",
    "请填写以 ?wsdl 结尾的地址，或由其保存的文件",
)
MISSING = Code(
    "GT647", "the WSDL refers to the {kind} {name}, which is in none of its documents",
    "WSDL 引用了{kind_zh} {name}，但其所有文档中均无此定义",
    "ask for the WSDL with everything it imports", "请向对方索取 WSDL 及其引用的全部文件",
)
UNKNOWN_NAME = Code(
    "GT648", "the WSDL has no {kind} {name!r}", "WSDL 中没有{kind_zh} {name!r}",
    "{advice}", "{advice_zh}",
)
NOT_ONE = Code(
    "GT649", "the WSDL has several {kind}s, and none is named", "WSDL 中有多个{kind_zh}，未指定用哪一个",
    "write `{key}:` with one of {known}", "请写 `{key}:`，可选：{known}",
)
UNSUPPORTED = Code(
    "GT650", "the WSDL uses what is not supported: {what}", "WSDL 使用了不支持的内容：{what_zh}",
    "ask the vendor for an interface without it, or write the call by hand with `arguments:`",
    "请与对方商定不含该内容的接口，或用 `arguments:` 手写调用",
)
CHANGED = Code(
    "GT651", "the WSDL at {location} is no longer the one that is used: {what}",
    "{location} 的 WSDL 已与当前使用的不同：{what_zh}",
    "compare the two; to accept the new one: guantong reload, or, where no hub runs, delete {kept} and check anew (that fetches it)",
    "请比对两者；如采用新版，请执行 guantong reload；中枢未运行时，删除 {kept} 后重新检查（将取得新版）",
)
UNFIT = Code(
    "GT652", "the record does not fit the operation {operation!r}: {path}: expected {expected}, got {came}",
    "报文不符合操作 {operation!r}：{path}：应为{expected_zh}，实际为{came_zh}",
    "mend the mapping, or what it maps", "请修改字段映射，或其来源数据",
)
NOT_JSON = Code(
    "GT653", "a record that is sent by a WSDL is one JSON object, and this one is not",
    "按 WSDL 推送的报文应为一个 JSON 对象，当前不是",
    "write `codec: json` in the dialect", "请在数据规范中写 `codec: json`",
)
NO_OPERATION = Code(
    "GT654", "no operation of the WSDL is named as the record: {kind!r}", "WSDL 中没有与报文类型同名的操作：{kind!r}",
    "name the record in the mapping as one of {known}, or write `operation:`",
    "请将映射中的 record 写为 {known} 之一，或写 `operation:`",
)
UNREADABLE_REPLY = Code(
    "GT655", "the reply cannot be read: {what}", "应答无法读取：{what_zh}",
    "show it to the system's vendor", "请将应答提供给对方厂商",
)
KEPT_BROKEN = Code(
    "GT656", "the kept copy of the WSDL cannot be used: {what}", "WSDL 的留存副本无法使用：{what_zh}",
    "delete {kept}; it is fetched anew", "请删除 {kept}，将重新获取",
)
