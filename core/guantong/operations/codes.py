"""Problem codes of operators' acts."""

from __future__ import annotations

from guantong.problems import Code

NOT_FOUND = Code(
    "GT601", "there is no {what} {id}", "没有编号为 {id} 的{what_zh}",
    "list them with: guantong {verb} list", "可用 guantong {verb} list 查看",
)
WRONG_STATE = Code(
    "GT602", "{what} {id} is {state}, not {expected}", "{what_zh} {id} 的状态是 {state}，不是 {expected}",
    "look at it with: guantong trace {id}", "可用 guantong trace {id} 查看",
)
IN_HAND = Code(
    "GT603", "delivery {id} is being sent right now", "推送 {id} 正在发送中",
    "try again when it ended", "请等发送结束后再试",
)
STILL_UNMAPPABLE = Code(
    "GT604", "message {id} still cannot be translated: {what}", "报文 {id} 仍无法转换：{what}",
    "correct the mapping or code table first, or discard it", "请先修正映射或代码表，或不再推送",
)
HUB_RUNS = Code(
    "GT605", "a hub runs on this home but does not answer", "该目录的系统正在运行但没有应答",
    "see its log; try again", "请查看其日志后重试",
)
