"""The Chinese words of states and of journal lines: the same on every screen and in the documents."""

from __future__ import annotations

from collections.abc import Mapping

MESSAGE_STATES: Mapping[str, str] = {
    "parked": "无法转换", "duplicate": "重复", "conflict": "冲突", "stale": "过期版本", "unrouted": "无转发规则",
    "routed": "已转发", "receipt": "回执", "discarded": "不再处理",
}
DELIVERY_STATES: Mapping[str, str] = {
    "waiting": "待推送", "blocked": "排队", "sending": "推送中", "retrying": "待重试", "unknown": "待核实",
    "dead": "异常", "sent": "待回执", "confirmed": "已确认", "returned": "被退回", "superseded": "已被新版本替代",
    "discarded": "不再推送", "shadowed": "影子", "joined": "已合并",
}
HAPPENINGS: Mapping[str, str] = {
    **MESSAGE_STATES, **DELIVERY_STATES,
    "routed": "接收并转发", "refused": "拒收", "linked": "关联编号", "merged": "合并办件", "intended": "准备推送",
    "replayed": "重放", "settled": "核实完毕", "decided": "人工核实", "chosen": "采用新内容", "finding": "疑点", "finding_settled": "疑点消除", "receipt": "收到回执", "taken_over": "接手停机进程的工作",
    "backfill_begun": "开始补传存量", "backfill_read": "存量读完", "backfill_refused": "补传拒收",
    "held": "暂停推送", "released": "恢复推送", "restored": "重新推送",
    "reconciled": "对账", "pruned": "按期清除", "redacted": "清除内容", "retention_run": "清除到期内容", "frozen": "证据保全", "thawed": "解除保全",
    "mappings_taken": "换用映射", "sites_taken": "换用站点", "matters_taken": "更新事项目录", "interface_taken": "换用接口说明", "interface_refused": "接口说明未采用", "begun": "启动，配置有变",
    "blobs_swept": "清理附件", "kiosk_query": "自助查询",
    "key_changed": "更换密钥", "unmasked": "查看原文", "exported": "导出取证包", "searched": "按证件查找", "stamped": "时间戳", "moved": "存储搬迁", "too_late": "结果来迟", "rejoined": "重新合并",
}
"""What a journal line says happened: the new state of a message or delivery, or one of the hub's other acts."""
STAGES: Mapping[str, str] = {"accept": "无法转换", "route": "无转发规则", "deliver": "推送失败"}
_OF_THEIR_OWN = {"GT970": "循环转报 in circles", "GT971": "循环转报 in circles", "GT482": "已隔离 quarantined"}
"""Failures that are none of mapping or delivering."""


def failed_at(stage: str, code: str) -> str:
    """Where, or of what kind, something failed, in Chinese and English."""
    return _OF_THEIR_OWN.get(code) or both(STAGES, stage)


def both(words: Mapping[str, str], name: str) -> str:
    """The Chinese word with the English one beside it: `待核实 unknown`."""
    return f"{words[name]} {name}" if name in words else name
