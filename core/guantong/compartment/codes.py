"""Problem codes of compartments."""

from __future__ import annotations

from guantong.problems import Code

NOT_STARTED = Code(
    "GT480", "the adapter's process does not start: {what}", "适配器进程无法启动：{what_zh}",
    "see {log}; check the command and what it needs", "请查看 {log}，并检查命令及其依赖",
)
SAID_NO = Code(
    "GT481", "the adapter in its compartment refuses: {what}", "独立进程中的适配器拒绝：{what_zh}",
    "see {log}", "请查看 {log}",
)
KILLS = Code(
    "GT482", "{times} attempts of this delivery ended the adapter's process: {what}",
    "该推送的 {times} 次尝试均使适配器进程终止：{what_zh}",
    "quarantined; give {log}, which names each end and what was in hand then, to whoever made the adapter; then replay",
    "已隔离；请将 {log}（其中写明每次终止的时间、情形和当时在办的推送）交给适配器开发者，修复后重放",
)
ANSWERS_WRONG = Code(
    "GT483", "the adapter's process does not keep to the wire: {what}", "适配器进程不遵守通信约定：{what}",
    "see docs/adapters/process.md", "见 docs/adapters/process.md",
)
DOOR_OF_OTHERS = Code(
    "GT486", "the adapter's process declares a door that is not its own: {door}", "适配器进程声明了不属于它的接口：{door}",
    "it may serve: {own}", "它可提供的接口：{own}",
)
TURNED_AWAY = Code(
    "GT487", "a door in a compartment turned a request away, with no code of ours", "独立进程中的接口拒绝了请求，所报代码不是本系统的代码",
    "see the compartment's log for why", "原因请查看该进程的日志",
)
