"""The problems of the SOAP adapter (GT520 to GT539, GT550 to GT551, GT697)."""

from __future__ import annotations

from guantong.problems import Code

NOT_XML = Code(
    "GT520", "the request is not well-formed XML (line {line}, column {column})",
    "请求不是格式良好的 XML（第 {line} 行第 {column} 列）",
    "send a complete SOAP envelope", "请发送完整的 SOAP 信封",
)
TOO_DEEP = Code(
    "GT550", "the request is nested deeper than {limit} levels (line {line})", "请求嵌套超过 {limit} 层（第 {line} 行）",
    "send a flatter document, or put the inner one in as CDATA", "请减少嵌套层数，或将内层文档以 CDATA 放入",
)
TOO_LONG = Code(
    "GT551", "one text, attribute or name in the request is too long (line {line}): at most {limit} bytes are taken",
    "请求中有一处文本、属性或名称过长（第 {line} 行），最多接收 {limit} 字节",
    "send large contents as attachments, beside the record", "较大的内容请作为附件，与报文分开提供",
)
DOCTYPE = Code(
    "GT521", "the request declares a document type", "请求包含 DOCTYPE 声明",
    "leave out <!DOCTYPE ...> and entity declarations", "请去掉 <!DOCTYPE ...> 及实体声明",
)
NOT_ENVELOPE = Code(
    "GT522", "expected a SOAP envelope with a body, got the element {found!r}", "应为带 Body 的 SOAP 信封，收到的是元素 {found!r}",
    "send SOAP 1.1 or 1.2", "请使用 SOAP 1.1 或 1.2",
)
WRONG_CHARSET = Code(
    "GT523", "the request is not written in the charset it declares ({charset}), from byte {offset} on",
    "请求内容与其声明的字符集（{charset}）不符，自第 {offset} 字节起",
    "declare the charset that is really used", "请声明实际使用的字符集",
)
UNKNOWN_CHARSET = Code(
    "GT524", "the charset {charset!r} is not accepted", "不支持字符集 {charset!r}",
    "use utf-8 or gb18030", "请使用 utf-8 或 gb18030",
)
CHARSETS_DIFFER = Code(
    "GT525", "the HTTP header says {transport} and the XML declaration says {declared}",
    "HTTP 头声明为 {transport}，而 XML 声明为 {declared}",
    "declare one charset", "请统一字符集声明",
)
WRONG_OPERATION = Code(
    "GT526", "expected the operation {expected!r}, got {found!r}", "应调用操作 {expected!r}，实际为 {found!r}",
    "call {expected!r}", "请调用 {expected!r}",
)
NO_ARGUMENT = Code(
    "GT527", "the operation {operation!r} has no text argument {argument!r}", "操作 {operation!r} 缺少文本参数 {argument!r}",
    "put the document into <{argument}> as CDATA or escaped text", "请将文档以 CDATA 或转义文本放入 <{argument}>",
)
UNAUTHENTICATED = Code(
    "GT528", "the sender could not be verified ({check})", "身份校验失败（{check_zh}）",
    "check the agreed key or signature", "请核对约定的密钥或签名",
)
TOO_LARGE = Code(
    "GT529", "the request is larger than {limit} bytes", "请求超过 {limit} 字节",
    "send one record at a time", "请逐条报送",
)
NOT_UNDERSTOOD = Code(
    "GT530", "a header that must be understood is not known here ({found!r})", "存在必须理解但本系统不识别的消息头（{found!r}）",
    "leave the header out", "请去掉该消息头",
)
TRUNCATED = Code(
    "GT531", "the request ended before its announced length", "请求在声明的长度之前中断",
    "send it again", "请重新发送",
)
WSDL_NO_OPERATION = Code(
    "GT533", "the WSDL has no operation {operation!r}", "WSDL 中没有操作 {operation!r}",
    "write one of: {known}{nearest}", "可用的有：{known}{nearest}",
)
WSDL_ARGUMENTS = Code(
    "GT534", "the operation {operation!r} takes the arguments {expected}, not {found}",
    "操作 {operation!r} 的参数应为 {expected}，而不是 {found}",
    "write the arguments of the WSDL, in its order", "请按 WSDL 的顺序书写参数",
)
WSDL_NAMESPACE = Code(
    "GT535", "the operation {operation!r} is in the namespace {expected!r}, not {found!r}",
    "操作 {operation!r} 的命名空间应为 {expected!r}，而不是 {found!r}",
    "write namespace: {expected}", "请写 namespace: {expected}",
)
SECRET_MISSING = Code(
    "GT536", "the secret {name!r} is used and not given", "使用了密钥 {name!r}，但未提供",
    "add it under secrets: of this system", "请在该系统的 secrets: 中添加",
)
NO_ASKED_FIELD = Code(
    "GT697", "the status call {operation!r} needs {fields}, and the record has no such text",
    "状态查询 {operation!r} 需要字段 {fields}，而报文中没有该文本",
    "map the field, or name another at `query.arguments`", "请在字段映射中写出该字段，或在 `query.arguments` 中改用其他字段",
)
COMPRESSED = Code(
    "GT537", "the request has a Content-Encoding", "请求使用了 Content-Encoding",
    "send it as it is, without compression", "请不要压缩请求",
)
TOO_SLOW = Code(
    "GT538", "the request came too slowly", "请求传输过慢",
    "send it again over a better line", "请在网络恢复后重发",
)
NO_ROOM = Code(
    "GT539", "this system sends too many large requests at once", "该系统同时报送的大报文过多",
    "send it again in a while, fewer at a time", "请减少并发，稍后重发",
)
