"""The kinds of findings (疑点) that the nightly reconciliation notes."""

from __future__ import annotations

from collections.abc import Sequence

from guantong.finding import FindingKind
from guantong.hookspecs import hookimpl

BOOKS_MISSING = FindingKind(
    "books_missing", "The source's books have what did not come, or could not be mapped", "对账：来源有，本处缺少或未转换",
    "see which: guantong reconcile SYSTEM --date DAY; fetch it again with --push, or have the county send it",
    "查看：guantong reconcile 系统 --date 日期；用 --push 重取，或请县区补推",
)
BOOKS_DIFFER = FindingKind(
    "books_differ", "The source's books say otherwise than what was accepted", "对账：与来源内容不一致",
    "a higher version is fetched with --push; of the same version, have the source correct it with a new one",
    "版本低于来源的用 --push 重取；同版本的请来源更正并升版本",
)
BOOKS_EXTRA = FindingKind(
    "books_extra", "Something was accepted that the source's books do not have", "对账：本处有，来源没有",
    "ask the source: was it deleted there, or is its list not whole", "请来源说明：已删除，还是清单不全",
)
BOOKS_UNDELIVERED = FindingKind(
    "books_undelivered", "A day later, targets have not confirmed everything", "对账：次日仍有目标未确认",
    "replay what is dead with --push; settle what is unknown; ask the target for receipts", "异常的用 --push 重放；待核实的人工核实；向目标催要回执",
)
BOOKS_UNREAD = FindingKind(
    "books_unread", "The books of a system could not be read for the nightly reconciliation", "对账：来源的账无法读取",
    "see to it that they can be asked; it is tried again every hour, and the finding settles itself", "请使其恢复可查；每小时重试，成功后疑点自动消除",
)


@hookimpl
def register_findings() -> Sequence[FindingKind]:
    return (BOOKS_MISSING, BOOKS_DIFFER, BOOKS_EXTRA, BOOKS_UNDELIVERED, BOOKS_UNREAD)
