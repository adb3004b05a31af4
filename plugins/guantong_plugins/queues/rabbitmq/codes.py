"""What can be wrong with the queue on RabbitMQ."""

from __future__ import annotations

from guantong.problems import Code

NO_DRIVER = Code(
    "GT986", "tickets on RabbitMQ need pika, which is not installed", "RabbitMQ 待办票需要 pika，尚未安装",
    "install guantong[rabbitmq]", "请安装 guantong[rabbitmq]",
)
NO_LOGIN = Code(
    "GT987", "{which} for the broker of tickets cannot be had: {what}", "无法取得待办票队列的 {which}：{what}",
    "set it before starting", "请在启动前设置",
)
NO_QUORUM = Code(
    "GT988", "the broker makes no quorum queue {queue}: {what}", "消息服务器无法建立仲裁队列 {queue}：{what}",
    "use RabbitMQ 3.8 or newer, let this user configure queues under that name, and delete a queue of another type that has it",
    "请使用 RabbitMQ 3.8 及以上版本，允许该用户配置此名称的队列；若已有同名的其他类型队列，请先删除",
)
