"""Problems of the AMQP adapter."""

from __future__ import annotations

from guantong.problems import Code

NO_KIND = Code(
    "GT750", "nothing says where records of kind {kind!r} are published", "未说明 {kind!r} 类报文发布到哪里",
    "name it under settings.send, or use \"*\" for all kinds", "请在 settings.send 中写明，或用 \"*\" 表示所有类型",
)
NO_KEY_FIELD = Code(
    "GT751", "the routing key {key!r} needs the field {field}, which the record does not have",
    "路由键 {key!r} 需要字段 {field}，但报文中没有",
    "map that field, or write another key", "请在映射中写出该字段，或修改路由键",
)
LINE_LOST = Code(
    "GT752", "the broker {where} cannot be used: {what}", "无法使用消息中间件 {where}：{what_zh}",
    "see to the broker, the account and its rights; it is tried again", "请检查消息中间件、账号与权限；系统会自动重试",
)
NOT_THERE = Code(
    "GT769", "the broker {where} has no {kind} {name!r}", "消息中间件 {where} 上没有{kind_zh} {name!r}",
    "have it made by who keeps the broker: this hub declares nothing; or correct `settings.{setting}:`",
    "请中间件管理方建立（本系统从不自行建立），或更正 `settings.{setting}:`",
)
TOO_LARGE = Code(
    "GT753", "the message is longer than this hub takes", "消息超过本系统接收的长度",
    "send attachments by reference", "附件请以引用方式报送",
)
NOT_ITS_OWN = Code(
    "GT979", "a sender wants the verdict in the queue {queue}, which is not its own: it is not told", "来源系统要求把处理结果发到队列 {queue}，该队列不属于它：未告知",
    "name the queue in settings.receive.replies, if senders may have verdicts there", "如允许向该队列告知结果，请在 settings.receive.replies 中写明",
    severity="warning",
)
