"""Problems of the MQTT adapter."""

from __future__ import annotations

from guantong.problems import Code

NO_KIND = Code(
    "GT760", "nothing says to which topic records of kind {kind!r} go", "未说明 {kind!r} 类报文发布到哪个主题",
    "name it under settings.send, or use \"*\" for all kinds", "请在 settings.send 中写明，或用 \"*\" 表示所有类型",
)
NO_TOPIC_FIELD = Code(
    "GT761", "the topic {topic!r} needs the field {field} as one level, and the record has {came}",
    "主题 {topic!r} 需要字段 {field} 作为一级，但报文中{came_zh}",
    "map that field to a text without / + #, or write another topic", "请将该字段映射为不含 / + # 的文本，或修改主题",
)
LINE_LOST = Code(
    "GT762", "the broker {where} cannot be used: {what}", "无法使用消息中间件 {where}：{what_zh}",
    "see to the broker, the account and its rights, and that no other client uses our client id; it is tried again",
    "请检查消息中间件、账号与权限，并确认没有别的客户端使用同一 client id；系统会自动重试",
)
TOO_LARGE = Code(
    "GT763", "the message is longer than this hub takes", "消息超过本系统接收的长度",
    "send attachments by reference", "附件请以引用方式报送",
)
NO_RESPONSE_TOPIC = Code(
    "GT940", "the response topic of a message is none that this hub answers to", "消息所要求的应答主题不可用于应答",
    "name a topic without wildcards that is neither taken from nor sent to here, and does not begin with $",
    "请使用不含通配符、不以 $ 开头且并非本系统收发报文所用的主题",
)
UNREADABLE_TOPIC = Code(
    "GT544", "the topic of a message is not written in UTF-8", "消息的主题不是 UTF-8 编码",
    "have the sender name its topic in UTF-8 (MQTT 5, 1.5.4)", "请发送方以 UTF-8 编码书写主题（MQTT 5，1.5.4）",
)
