"""Problem codes of drills."""

from __future__ import annotations

from guantong.problems import Code

DIED = Code(
    "GT790", "the hub ended by itself, or did not open its doors; see {log}", "枢纽自行退出，或未能启动；见 {log}",
    "keep the folder of the drill, and report it", "请保留演练目录并反馈",
)
NOT_DRAINED = Code(
    "GT791", "after the last fault nothing arrived any more for {seconds} s, and not everything had; see {log}",
    "最后一次故障后已连续 {seconds} 秒没有送达，仍未全部送达；见 {log}",
    "keep the folder of the drill, and report it", "请保留演练目录并反馈",
)
WRONG_ANSWER = Code(
    "GT792", "the hub answered a good record with: {answer}", "枢纽对合格报文的应答为：{answer}",
    "keep the folder of the drill, and report it", "请保留演练目录并反馈",
)
LIVE = Code(
    "GT793", "{folder} holds data already: a drill wants an empty folder, or one that is not there yet",
    "{folder} 中已有数据：演练需要空目录或尚不存在的目录",
    "name another folder on the same disk", "请另指定同一磁盘上的目录",
)
NOT_GOOD = Code(
    "GT794", "the books do not agree: {lost} lost, {doubled} doubled, {out_of_order} out of order",
    "账目不符：丢失 {lost}，重复 {doubled}，乱序 {out_of_order}",
    "keep the folder {folder}, and report it", "请保留目录 {folder} 并反馈",
)
NO_BROKER = Code(
    "GT795", "the variable {variable} holds no address of a RabbitMQ", "环境变量 {variable} 中不是 RabbitMQ 地址",
    "write amqp://user:password@host:5672/virtual-host", "请写成 amqp://用户:口令@主机:5672/虚拟主机",
)
NOT_RESTARTED = Code(
    "GT796", "the command {command} did not restart the broker: {what}", "命令 {command} 未能重启消息服务器：{what}",
    "try the command by itself; without --restart-broker only the network before it is taken away",
    "请先单独执行该命令；不写 --restart-broker 时只切断与其的网络",
)
NEEDS_SHARED = Code(
    "GT593", "{option} needs a store that several processes share", "{option} 需要多进程共用的存储",
    "name the variable with the connection string: --postgresql VARIABLE", "请用 --postgresql 指定存放连接串的环境变量",
)
NOT_SET = Code(
    "GT594", "the variable {variable} is not set", "环境变量 {variable} 未设置",
    "set it to the {what}, and name it: its value must not stand on a command line", "请将{what_zh}写入该变量：不应写在命令行上",
)
