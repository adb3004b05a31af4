"""The problems of the REST adapter (GT510 to GT519)."""

from __future__ import annotations

from guantong.problems import Code

UNAUTHENTICATED = Code(
    "GT510", "the sender is not proven: {check}", "发送方身份未通过校验：{check_zh}",
    "send the agreed credentials with every request", "请在每次请求中携带约定的凭证",
)
TOO_LARGE = Code(
    "GT511", "the body is over {limit} bytes", "报文超过 {limit} 字节",
    "send smaller records; files go another way", "请减小报文；文件请走其他通道",
)
INCOMPLETE = Code(
    "GT512", "the request ended before its body was complete", "请求在报文传完之前中断",
    "send it again as a whole", "请完整重发",
)
COMPRESSED = Code(
    "GT513", "the body has the Content-Encoding {coding!r}", "报文使用了 Content-Encoding {coding!r}",
    "send it as it is, without compression", "请不要压缩报文",
)
WRONG_TYPE = Code(
    "GT514", "expected a body of type {expected}, got {came!r}", "报文类型应为 {expected}，实际为 {came!r}",
    "send the agreed Content-Type", "请使用约定的 Content-Type",
)
NO_PATH_FIELD = Code(
    "GT515", "the path {path!r} needs the field {field}, which the record does not have",
    "路径 {path!r} 需要字段 {field}，但报文中没有",
    "map that field, or write another path", "请在映射中写出该字段，或修改路径",
)
NO_EXCHANGE = Code(
    "GT516", "nothing says where records of kind {kind!r} are sent", "未配置报文类型 {kind!r} 的发送路径",
    "name it under settings.send, or use \"*\" for all kinds", "请在 settings.send 中写明，或用 \"*\" 表示所有类型",
)
BAD_PATH_FIELD = Code(
    "GT517", "the field {field} holds a text that cannot stand in the path {path!r}", "字段 {field} 的内容不能写入路径 {path!r}",
    "its owner corrects the value", "请由来源系统更正该值",
)
TOO_SLOW = Code(
    "GT518", "the body came too slowly", "报文传输过慢",
    "send it again over a better line", "请在网络恢复后重发",
)
NO_ROOM = Code(
    "GT519", "this system sends too many large bodies at once", "该系统同时报送的大报文过多",
    "send it again in a while, fewer at a time", "请减少并发，稍后重发",
)
NO_PART_FIELD = Code(
    "GT545", "the request needs the field {field}, which the record does not have", "请求需要字段 {field}，但报文中没有",
    "map that field, or take the part out", "请在映射中写出该字段，或去掉该部分",
)
NO_FORM_FIELD = Code(
    "GT546", "the form has no field {field}", "表单中没有字段 {field}",
    "send the record as that field", "请在该字段中放入报文",
)
NOT_A_FORM = Code(
    "GT547", "the body is not the form it should be: {what}", "报文不是约定的表单：{what_zh}",
    "send it as {expected}", "请按 {expected} 发送",
)
NOT_SEALED = Code(
    "GT548", "the record cannot be opened: {what}", "报文无法解密：{what_zh}",
    "seal it with the key both sides agreed on", "请用双方约定的密钥加密",
)
NO_PAGE = Code(
    "GT549", "the system gave no page of records: {what}", "对方未返回记录：{what_zh}",
    "see to the system, or to `settings.read`; it is asked again", "请检查对方系统或 `settings.read`；系统会继续读取",
)
PROOF_NEEDS_BODY = Code(
    "GT838", "files are streamed, and {scheme} proves a sender by the whole body", "文件边收边存，而 {scheme} 要凭整个报文校验发送方",
    "choose a scheme that signs headers alone, such as api-key or x-tif", "请改用只签请求头的方式，如 api-key 或 x-tif",
)
FILES_TOO_LARGE = Code(
    "GT839", "its attachments have {size} bytes, a request of ours holds {limit}", "附件共 {size} 字节，一次请求最多 {limit} 字节",
    "hand them over as files, or by reference", "请改用文件交换，或只传引用",
)
FILE_GONE = Code(
    "GT855", "an attachment cannot be read: {what}", "附件无法读取：{what}",
    "restore the blobs from a backup, then replay", "请从备份恢复附件存储后重放",
)
