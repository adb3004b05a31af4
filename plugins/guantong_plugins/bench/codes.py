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
