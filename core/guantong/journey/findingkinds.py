"""The kinds of findings (疑点) that the journey itself notes."""

from __future__ import annotations

from collections.abc import Sequence

from guantong.finding import FindingKind
from guantong.hookspecs import hookimpl

FINISHED_UNACCEPTED = FindingKind(
    "finished_unaccepted", "Finished, and no acceptance was told", "只有办结，没有受理信息",
    "normal for cases done at once; where an item promises a time limit, ask the county system's owner why",
    "即办件属正常；若该事项有承诺时限，请向县区系统了解原因", ordinary=True,
)
MISSING_EVENT = FindingKind(
    "missing_event", "An event came without the one it follows", "缺少前序过程信息",
    "let the source send the missing event; the finding settles itself when it comes",
    "请来源系统补发缺少的过程信息；补到后疑点自动消除",
)
ACCEPTED_BEFORE_APPLIED = FindingKind(
    "accepted_before_applied", "Accepted before it was applied for", "受理时间早于申办时间",
    "let the owner of the wrong time correct it with a new version", "请时间有误的一方更正并以新版本重发",
)
IMPOSSIBLE_ORDER = FindingKind(
    "impossible_order", "A later step happened before an earlier one", "办理环节先后颠倒",
    "compare both times with the file; the source corrects the wrong one with a new version",
    "请与档案核对两处时间，由来源更正并以新版本重发",
)
TOO_MANY_EVENTS = FindingKind(
    "too_many_events", "A case of so many events that its order is not looked at any more", "一个办件的过程信息过多，不再核对先后",
    "ask the source why it tells so much of one case; it may give every case the same number, or send in a circle",
    "请向来源系统核实为何同一办件报送如此之多：可能流水号填写相同，或在循环发送",
)
IN_CIRCLES = FindingKind(
    "in_circles", "Systems tell an event to each other in circles: what comes round is parked", "系统间循环转报，转回的报文已转入异常",
    "find who tells as its own what it was sent, and have that stopped; then settle this, and replay what is parked",
    "查明哪个系统把收到的信息又作为自己的报出，请其停止；然后消除本疑点，重放异常中的报文",
)
RECEIPT_OVERDUE = FindingKind(
    "receipt_overdue", "Taken, and its receipt is overdue", "回执逾期未到",
    "ask the target what became of it; the finding settles itself when the receipt comes",
    "请向对方了解处理情况；收到回执后疑点自动消除",
)
SENT_BACK = FindingKind(
    "sent_back", "A target took it, and sent it back", "对方接收后又退回",
    "tell the source why, as `guantong trace` of the delivery says; it corrects and sends a new version; then settle this",
    "用 guantong trace 查看该推送的退回原因并告知来源，由其更正后以新版本发送；处理完毕后消除本疑点",
)
RECEIPT_UNKNOWN = FindingKind(
    "receipt_unknown", "A receipt for something that was not sent", "回执无主：找不到对应的推送",
    "see by its numbers what the target means; it may be of another system's case",
    "请按其编号向对方核实，可能是其他系统的办件",
)
RECEIPT_CONTRADICTS = FindingKind(
    "receipt_contradicts", "A receipt says otherwise than the one before", "前后两份回执矛盾",
    "ask the target which holds; what was final stays as it was", "请向对方核实以哪份为准；已有的结论保持不变",
)

ATTACHMENT_TYPE = FindingKind(
    "attachment_type", "An attachment is of another type than declared", "附件的实际类型与声明不符",
    "it was carried as it is; where its reader cannot open it, the source sends it again with its true type",
    "附件已原样传送；若对方无法打开，请来源系统更正类型后重发",
)
ATTACHMENTS_WITHHELD = FindingKind(
    "attachments_withheld", "A system has given no attachments for long: records that refer to them are parked",
    "附件长时间无法取回，引用这些附件的报文已转入异常",
    "see to it that the system gives its attachments, then replay what is parked; the finding settles itself when one is fetched",
    "请使该系统恢复提供附件，然后重放异常中的报文；再次取回附件后疑点自动消除",
)

UNKNOWN_MATTER = FindingKind(
    "unknown_matter", "A case of a matter that the catalogue does not know on that day", "事项目录中没有该日有效的事项",
    "import the catalogue's newest version, or ask the source which matter is meant",
    "请导入最新的事项目录，或向来源系统核实事项编码",
)
MATTER_NOT_TAKEN = FindingKind(
    "matter_not_taken", "What was told of a matter does not go into the catalogue", "事项的发布或取消未纳入事项目录",
    "see why: another system is the authority for it, or it contradicts what the catalogue holds; import what holds",
    "请看原因：发布者不是该事项的发布机构，或与目录中的内容矛盾；核实后用 guantong matters import 更正",
)
UNKNOWN_SITE = FindingKind(
    "unknown_site", "A site or window is named that was not imported", "办件所写的站点或窗口不在站点数据中",
    "import it (guantong sites import): the finding settles itself when the hub takes that up; or have the source correct the code",
    "请导入该站点（guantong sites import），生效后疑点自动消除；或请来源更正编码",
)
CLOSED_SITE = FindingKind(
    "closed_site", "A case is told of a site that was closed by then", "办件发生在已停用的站点",
    "ask the site's town whether it still serves; open it again by the table, or have the code corrected",
    "请向所属镇街核实；仍在服务的在站点表中恢复，否则请更正编码",
)
OTHER_COUNTY = FindingKind(
    "other_county", "Told by a county of another region than the case's", "由办件所属县区以外的县区报送",
    "ask the county that told it why it names this number; the case, its cards and its query password stay the first county's",
    "请向报送的县区核实为何使用该流水号；办件、督办和查询密码仍归原县区",
)
TWO_COUNTIES = FindingKind(
    "two_counties", "Said to be one case, and they are two counties'", "被报为同一办件，却分属两个县区",
    "ask who named both numbers which is the right one; the cases stay two", "请向报送方核实哪个流水号正确；两个办件未合并",
)
INTERFACE_CHANGED = FindingKind(
    "interface_changed", "The description of an interface is no longer the one that is used", "接口说明（WSDL）已与当前使用的不同",
    "ask the vendor what is to change and when; `guantong reload` takes the new one up where settings and mappings fit it; the hub goes on with its copy",
    "请向对方了解变更内容与时间；`guantong reload` 在配置与映射相符时换用新版；在此之前枢纽继续使用留存的版本",
)


@hookimpl
def register_findings() -> Sequence[FindingKind]:
    return (FINISHED_UNACCEPTED, MISSING_EVENT, ACCEPTED_BEFORE_APPLIED, IMPOSSIBLE_ORDER, TOO_MANY_EVENTS, IN_CIRCLES, RECEIPT_OVERDUE,
            SENT_BACK, RECEIPT_UNKNOWN, RECEIPT_CONTRADICTS, ATTACHMENT_TYPE, ATTACHMENTS_WITHHELD, UNKNOWN_MATTER, MATTER_NOT_TAKEN,
            UNKNOWN_SITE, CLOSED_SITE, OTHER_COUNTY, TWO_COUNTIES, INTERFACE_CHANGED)
