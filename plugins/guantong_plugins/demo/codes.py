"""What can go wrong with a demo itself, before any books are compared."""

from __future__ import annotations

from guantong.problems import Code

PROCESS_ENDED = Code(
    "GT580", "the process {name} ended too early; it printed: {printed}",
    "进程 {name} 提前退出，输出：{printed}",
    "read {log}", "请查看 {log}",
)
PROCESS_LATE = Code(
    "GT581", "the process {name} was not ready after {seconds} s; it printed: {printed}",
    "进程 {name} 在 {seconds} 秒内未就绪，输出：{printed}",
    "read {log}", "请查看 {log}",
)
STALLED = Code(
    "GT582", "nothing moved for {seconds} s: {what}", "{seconds} 秒内没有任何进展：{what}",
    "look at the queues and logs in {home}", "请查看 {home} 中的队列与日志",
)
FOLDER_IN_USE = Code(
    "GT583", "the folder {folder} is not empty", "目录 {folder} 不为空",
    "name an empty or new folder with --home", "请用 --home 指定空目录或新目录",
)
COMMAND_FAILED = Code(
    "GT584", "`{command}` ended with {code}: {printed}", "命令 `{command}` 以 {code} 结束：{printed}",
    "run it by hand in {home}", "请在 {home} 中手工执行",
)
