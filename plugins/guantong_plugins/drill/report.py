"""The report of a drill, to be handed over: what was done, on which machine, what came of it, and where to sign."""

from __future__ import annotations

import os
import platform
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from statistics import median
from zoneinfo import ZoneInfo

from guantong import __version__
from guantong.paper.document import Document
from guantong_plugins.drill.campaign import BROKER, FULL, PAUSED, RESTARTED, Outcome


def as_document(outcome: Outcome, strikes: Mapping[str, str], *, seed: int, disk_ms: float, place: Path, store: str) -> bytes:
    """The .docx. *strikes* names the kinds of kills; *disk_ms* is how long the disk takes to keep a block."""
    verdict, day = outcome.verdict, f"{datetime.now(ZoneInfo('Asia/Shanghai')):%Y年%m月%d日}"
    made = Document("故障演练报告", "政务服务数据交换枢纽", [
        ("演练单位", "（运维单位）"), ("演练日期", day), ("程序版本", __version__), ("随机种子", str(seed)),
    ], day)
    made.heading("结论")
    made.text(f"演练期间强制终止 {outcome.kills} 次、断开连接 {outcome.dropped} 次，"
              f"已确认接收 {verdict.taken} 条过程信息，逐条核对两个目标系统的账目：丢失 {verdict.lost} 条，重复生效 {verdict.doubled} 条，"
              f"同一办件乱序 {verdict.out_of_order} 条。")
    made.table(("项目", "要求", "结果", "结论"), [
        (name, "0", str(value), "通过" if value == 0 else "未通过")
        for name, value in (("丢失", verdict.lost), ("重复生效", verdict.doubled), ("乱序", verdict.out_of_order))
    ], (5, 3, 4, 4), verdicts=True)
    made.heading("环境")
    made.facts([
        ("操作系统", platform.platform()), ("处理器", f"{os.cpu_count()} 核"), ("存储", store), ("演练目录", str(place.parent)),
        ("落盘耗时", f"{disk_ms:.2f} 毫秒（中位数）"), ("演练用时", f"{outcome.seconds:.0f} 秒"),
        ("重新启动至可接收", f"{median(outcome.recovery_ms):.0f} 毫秒（中位数），最长 {max(outcome.recovery_ms):.0f} 毫秒"),
    ])
    made.heading("做了什么")
    made.text("枢纽在持续收发中被反复强制终止（SIGKILL，等同断电），每次立即重新启动。来源系统未收到确认即重发；一个目标系统能识别重复，"
              "另一个不能识别、只能查询；两者均随机断开连接、丢失应答或暂时拒绝。演练使用独立目录和自拟数据，不涉及任何正式数据。")
    if outcome.ends[PAUSED] or outcome.ends[BROKER] or outcome.ends[RESTARTED]:
        made.text(f"推送进程停顿超过租约 {outcome.ends[PAUSED]} 次（其在办事项由其他进程接手，恢复后不得再推送）；"
                  f"消息服务器断开 {outcome.ends[BROKER]} 次、重启 {outcome.ends[RESTARTED]} 次，期间照常办理。")
    made.table(("故障", "次数"), [(strikes[kind], str(count)) for kind, count in outcome.ends.items()], (11, 5))
    if outcome.ends[FULL]:
        made.text(f"磁盘写满 {outcome.ends[FULL]} 次：枢纽持续运行，请来源稍后重发 {outcome.refused_full} 次，恢复空间后自动继续。")
    made.heading("签字")
    made.signatures(("运维单位", "监督单位"))
    return made.bytes()
