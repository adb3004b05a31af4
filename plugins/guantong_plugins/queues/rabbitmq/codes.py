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
    "use RabbitMQ 3.8 or newer, let this user configure queues under that name, and delete a queue of another type that has it, or set another tickets.prefix",
    "请使用 RabbitMQ 3.8 及以上版本，允许该用户配置此名称的队列；若已有同名的其他类型队列，请先删除，或改用其他 tickets.prefix",
)
NOT_LET_IN = Code(
    "GT884", "the broker of tickets does not let this hub in: {what}", "待办票的消息服务器拒绝登录：{what_zh}",
    "see that tickets.user and tickets.password are those of the broker, that the virtual host at the end of tickets.url is there "
    "(`rabbitmqctl add_vhost`), and that the user may use it (`rabbitmqctl set_permissions`)",
    "请核对 tickets.user、tickets.password 与消息服务器一致，tickets.url 末尾的虚拟主机存在（`rabbitmqctl add_vhost`），且该用户有权使用（`rabbitmqctl set_permissions`）",
)
