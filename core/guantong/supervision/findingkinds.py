"""The kinds of findings (疑点) that supervision notes."""

from __future__ import annotations

from collections.abc import Sequence

from guantong.finding import FindingKind
from guantong.hookspecs import hookimpl

WARNING_MISSING = FindingKind(
    "warning_missing", "A warning was due and supervision raised none", "应发的预警或红黄牌未收到",
    "compare the limit and its pauses with supervision: `guantong deadlines CASE`; has it every event of the case?",
    "用 `guantong deadlines 办件` 核对时限与特别程序；确认电子监察已收到该办件的全部过程信息",
)
WARNING_UNDESERVED = FindingKind(
    "warning_undeserved", "A warning came that the case did not deserve", "收到的预警或红黄牌与时限不符",
    "show supervision how the limit runs (`guantong deadlines CASE`) and ask for the card to be withdrawn",
    "将 `guantong deadlines 办件` 的时限说明提交电子监察，申请撤牌",
)
REPLY_OVERDUE = FindingKind(
    "reply_overdue", "A card was not answered within its reply limit", "红黄牌逾期未作整改回复",
    "let the department answer it; the finding settles itself when the reply comes",
    "请责任部门尽快回复；收到整改回复后疑点自动消除",
)
PAUSE_DATED_BACK = FindingKind(
    "pause_dated_back", "A pause that saves a limit was told of after the limit had passed", "超时后才补报、却倒填日期的特别程序",
    "ask for the approval of the special procedure, with its date", "请调阅该特别程序的审批依据，核对批准日期",
)
PAUSE_AFTER_LIMIT = FindingKind(
    "pause_after_limit", "A pause began when the limit had already passed", "超过时限后才启动的特别程序",
    "it stops nothing: the case stays overdue", "此时启动不再延长时限，该办件仍属超时",
)
ENTERED_AT_ONCE = FindingKind(
    "entered_at_once", "Several days' work was entered at once", "多日的办理过程一次性补录",
    "was the case worked on outside the system? After an outage of the system or the line this is ordinary",
    "核实是否线下办理、事后补录；系统或线路中断后的集中补传属正常",
)
UNANSWERED_APPLICATION = FindingKind(
    "unanswered_application", "An application was not answered in time", "申请逾期未作受理答复或补正告知",
    "by law it counts as accepted when it was received", "依行政许可法第三十二条，逾期不告知的，自收到申请之日起即为受理",
)
CALENDAR_UNKNOWN = FindingKind(
    "calendar_unknown", "A limit was counted through a year without a holiday notice", "时限跨入没有放假通知的年份，只按周末推算",
    "import that year: `guantong calendar import`", "请导入该年放假安排：`guantong calendar import`",
)


@hookimpl
def register_findings() -> Sequence[FindingKind]:
    return (WARNING_MISSING, WARNING_UNDESERVED, REPLY_OVERDUE, PAUSE_DATED_BACK, PAUSE_AFTER_LIMIT, ENTERED_AT_ONCE,
            UNANSWERED_APPLICATION, CALENDAR_UNKNOWN)
