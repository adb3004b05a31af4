"""What can go wrong with a benchmark."""

from __future__ import annotations

from guantong.problems import Code

UNTRUE = Code(
    "GT590", "the figures of this run do not count: {what}", "本次测试结果无效：{what}",
    "this is a fault of the hub; report it with {log}", "这是系统的错误，请连同 {log} 一并反馈",
)
NEEDS_FAST = Code(
    "GT591", "the bench needs {module}, which is not installed", "性能测试需要 {module}，尚未安装",
    "install guantong[fast]", "请安装 guantong[fast]",
)
NEEDS_LINUX = Code(
    "GT592", "the bench reads what the hub costs from /proc, which this system does not have",
    "性能测试从 /proc 读取系统开销，本机没有 /proc", "run it on Linux", "请在 Linux 上运行",
)
NEEDS_DATABASE = Code(
    "GT619", "this benchmark needs SQLAlchemy", "此性能测试需要 SQLAlchemy",
    "install guantong[database] (and the database's driver)", "请安装 guantong[database]（及数据库驱动）",
)
NOT_CARRIED = Code(
    "GT770", "the burst through {way} did not go through whole: {sent} sent, {accepted} accepted, {lost} lost, {doubled} came twice",
    "{way} 的突发流量未能完整送达：发出 {sent} 条，接收 {accepted} 条，丢失 {lost} 条，重复 {doubled} 条",
    "the folder of the run is kept: look at its hub.txt, and for how long the far end takes for one record",
    "该次测试的目录已保留：请查看其中的 hub.txt，以及对方系统处理一条的用时",
)
BROKER_DROPPED = Code(
    "GT597", "the broker dropped {dropped} of the {sent} records of the burst through {way} that it had acknowledged: its subscriber was "
    "slower than they came; nothing else was lost",
    "{way} 的突发流量发出 {sent} 条，其中 {dropped} 条服务器已确认收到后又丢弃：订阅方取得比发来得慢；此外没有丢失",
    "let the broker queue more for a subscriber: `max_queued_messages` and `max_queued_bytes` of Mosquitto, 0 for no limit",
    "请让服务器为订阅方多排一些：Mosquitto 的 `max_queued_messages`、`max_queued_bytes`，0 为不限",
)
NO_SUCH_WAY = Code(
    "GT771", "there is no adapter {name!r} to measure", "没有可测的适配器 {name!r}", "write one of: {known}", "请写其中之一：{known}",
)
NEEDS_POSTGRESQL = Code(
    "GT635", "this benchmark needs psycopg, and {variable} with the connection string of a database where schemas may be made",
    "此性能测试需要 psycopg，并需在 {variable} 中给出可建模式的数据库的连接串",
    "install guantong[postgres] and set {variable}=postgresql://user:password@host:5432/database",
    "请安装 guantong[postgres]，并设置 {variable}=postgresql://用户:密码@主机:5432/数据库",
)
NEEDS_RABBITMQ = Code(
    "GT989", "this benchmark needs a RabbitMQ at {where}: {what}", "此性能测试需要位于 {where} 的 RabbitMQ：{what}",
    "say where it is by --host and --port, and who may log in by the variables that --help names",
    "请用 --host、--port 指明地址，并用 --help 所列的环境变量给出登录用户",
)
NO_SUCH_NEIGHBOUR = Code(
    "GT997", "there is no neighbour {name!r} to measure; {near}?", "没有可测的邻居 {name!r}，是否为 {near}？", "write one of: {known}", "请写其中之一：{known}",
)
