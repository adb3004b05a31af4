"""Problem codes of operators' acts."""

from __future__ import annotations

from guantong.problems import Code

NOT_FOUND = Code(
    "GT601", "there is no {what} {id}", "没有编号为 {id} 的{what_zh}",
    "list them with: guantong {verb} list", "可用 guantong {verb} list 查看",
)
WRONG_STATE = Code(
    "GT602", "{what} {id} is {state}, not {expected}", "{what_zh} {id} 的状态是“{state_zh}”，不是“{expected_zh}”",
    "look at it with: guantong trace {id}", "可用 guantong trace {id} 查看",
)
IN_HAND = Code(
    "GT603", "delivery {id} is being sent right now", "推送 {id} 正在发送中",
    "try again when it ended", "请等发送结束后再试",
)
STILL_UNMAPPABLE = Code(
    "GT604", "message {id} still cannot be translated: {what}", "报文 {id} 仍无法转换：{what_zh}",
    "correct the mapping or code table, `guantong reload`, replay again; or discard it",
    "请修正映射或代码表，执行 `guantong reload` 后再重放；或不再推送",
)
OUTDATED = Code(
    "GT606", "message {id} has nothing to send: newer or the same content came since",
    "报文 {id} 无可推送：之后已收到更新或相同的内容",
    "close it with: guantong {verb} {id}", "可用 guantong {verb} {id} 关闭",
)
SYSTEM_GONE = Code(
    "GT607", "the system {system} of message {id} is no longer configured", "报文 {id} 的来源系统 {system} 已不在配置中",
    "put it back into config/, or discard the message", "请在 config/ 中恢复该系统，或不再推送该报文",
)
NOT_KEPT = Code(
    "GT608", "{id} was left as it was: {what}", "{id} 保持原状：{what}",
    "see to the store, then do it again", "请先排除存储故障，再重试",
)
MODEL_CHANGED = Code(
    "GT640", "the canonical model changed: only a restart takes it up", "标准模型已改动：须重启才能生效",
    "end `guantong run` and start it again", "请结束 `guantong run` 后重新启动",
)
DIALECT_GONE = Code(
    "GT641", "the system {system}, which runs, needs the dialect {dialect}", "运行中的系统 {system} 需要数据规范 {dialect}",
    "put its folder back; or restart the hub, when config/ no longer uses it",
    "请恢复该文件夹；若 config/ 已不再使用它，请重启中枢",
)
NO_HUB = Code(
    "GT642", "no hub runs on this home: the next start reads the files", "该工作目录没有运行中的中枢：下次启动时读取文件",
    "start it with `guantong run`", "用 `guantong run` 启动",
)
HUB_RUNS = Code(
    "GT605", "a hub runs on this home but does not answer", "该工作目录的中枢正在运行，但没有应答",
    "see its log; try again", "请查看其日志后重试",
)
NO_SUCH_ACT = Code(
    "GT609", "{id} is {what}; this is done to {expected}", "{id} 是{what_zh}；此操作只针对{expected_zh}",
    "look at it with: guantong trace {id}", "可用 guantong trace {id} 查看",
)
SETTLED_BEFORE = Code(
    "GT433", "finding {id} was settled before, by {by}", "疑点 {id} 此前已由 {by} 处理",
    "look at it with: guantong findings show {id}", "可用 guantong findings show {id} 查看",
)
NO_SUCH_KIND = Code(
    "GT434", "there is no kind of finding {kind!r}", "没有名为 {kind!r} 的疑点类型",
    "see them with: guantong findings kinds{near}", "可用 guantong findings kinds 查看全部类型{near}",
)
LINEAGE_DIFFERS = Code(
    "GT610", "{id}: recomputed by the mapping that made it, {count} values differ from what was kept: {paths}",
    "{id}：用当时的映射重新计算，有 {count} 个值与留存的不一致：{paths}",
    "facts of the system, or the case's other events, were others then; see each value, and verify the journal",
    "可能当时的系统参数或办件的其他过程信息不同；请逐项核对，并校验交换日志",
)
NO_VERSION = Code(
    "GT611", "{id}: no version of dialect {dialect} that is there makes the bytes that were sent",
    "{id}：现有各版数据规范 {dialect} 都得不出当时发送的内容",
    "it was sent before versions were kept: compare with the mapping files of that time", "当时尚未留存映射版本，请取当时的映射文件核对",
)
NOT_IN_RECORD = Code(
    "GT613", "{id}: the mapping that made this event does not find it in the record as it is kept",
    "{id}：用当时的映射在留存的报文中找不到这条过程信息",
    "verify the journal: the record may have been altered", "请校验交换日志：报文可能被改动",
)
SENT_UNREADABLE = Code(
    "GT386", "{id}: what was sent cannot be shown: the codec of the dialect {dialect} is another now ({what})",
    "{id}：已推送的内容无法显示：数据规范 {dialect} 的编解码此后有改动（{what_zh}）",
    "the fields shown are those that a replay would map anew from the kept event; what was sent is kept until then",
    "所列字段是重放时由留存的过程信息重新转换所得；此前推送的内容保留至重放",
    severity="warning",
)
CAME_UNREADABLE = Code(
    "GT387", "{id}: the record cannot be shown: the codec of the dialect {dialect} is another now ({what})",
    "{id}：报文无法显示：数据规范 {dialect} 的编解码此后有改动（{what_zh}）",
    "put the former codec back to replay it, or have its sender send it anew in the form of today",
    "重放须先改回原来的编解码；或请来源按现在的格式重新报送",
    severity="warning",
)
OTHER_CODEC = Code(
    "GT612", "{id}: the codec of dialect {dialect} does not take it", "{id}：数据规范 {dialect} 的编解码器无法处理",
    "the dialect's codec or its options changed since", "该数据规范的编解码设置此后有改动",
)
NOTHING_TO_HOLD = Code(
    "GT351", "there is no system and no route {name!r}", "没有名为 {name!r} 的系统或转发规则",
    "systems: {systems}; routes: {routes}{near}", "系统：{systems}；转发规则：{routes}{near}",
)
NOT_READ = Code(
    "GT352", "{name} is nothing that we read: a route, or a system that sends by itself, and what it sends is taken",
    "{name} 不由本中枢读取：它是转发规则，或由对方主动推送，收到的照收",
    "leave out --inbound; sending to it is held all the same", "去掉 --inbound 即可；推送照样暂停",
)
HELD_BY_CONFIG = Code(
    "GT353", "{name} is held by the configuration (`hold: true`)", "{name} 由配置暂停（`hold: true`）",
    "take `hold:` out of its place file and restart the hub", "请在地区文件中去掉 `hold:`，再重启中枢",
)
NOT_HELD = Code(
    "GT354", "{name} is not held", "{name} 没有暂停", "see what is held with: guantong queues", "可用 guantong queues 查看哪些已暂停",
)
HELD_BEFORE = Code(
    "GT355", "{name} is held already, since {since} by {by}: {why}", "{name} 自 {since} 起已由 {by} 暂停：{why}",
    "release it with: guantong release {name}", "恢复：guantong release {name}",
)
WAS_ATTEMPTED = Code(
    "GT356", "delivery {id} was attempted before it was given up: what became of that is not known for sure",
    "推送 {id} 在放弃前曾尝试发送，其结果不能确定",
    "have its owner send the event anew, with a higher version", "请来源以更高版本重新发送该过程信息",
)
OUTDATED_DELIVERY = Code(
    "GT357", "delivery {id} has nothing to send: its event was replaced, or goes there by another delivery",
    "推送 {id} 无可推送：其过程信息已被替代，或已由另一条推送送达该系统",
    "look at the case with: guantong trace {id}", "可用 guantong trace {id} 查看该办件",
)
CANNOT_RETURN = Code(
    "GT380", "{id} cannot be given back: {system} declares no way to be told, or its record is no longer there as it was read",
    "{id} 无法退回：{system} 未声明退回方式，或其记录已不是读取时的样子",
    "a table read by its flag takes it back in `error:` and `reason:`, files in the folder `error:`; a system that pushes was "
    "answered already: tell its people, then `guantong dead discard {id} --why …`",
    "按标志读取的前置库表由 `error:`、`reason:` 退回，文件由 `error:` 目录退回；主动推送的系统已得到应答，请联系其人员，再 `guantong dead discard {id} --why …`",
)
NO_HUB_TO_RETURN = Code(
    "GT381", "{id} cannot be given back to {system} while no hub runs", "中枢未运行，无法将 {id} 退回 {system}",
    "start it with `guantong run`, then again", "请用 `guantong run` 启动后再试",
)
GIVEN_BACK = Code(
    "GT382", "given back to {system} ({where}): {why}", "已退回 {system}（{where}）：{why}",
    "its owner corrects it and sends it again", "由来源更正后重新发送", severity="warning",
)
PRUNED = Code(
    "GT961", "{id}: its content was pruned or redacted", "{id}：内容已清除（到期或依申请）",
    "have its owner send it anew, with a higher version", "请来源以更高版本重新发送",
)
NO_SUCH_CASE = Code(
    "GT962", "there is no case {id}", "没有办件 {id}",
    "give any of its numbers, or C5 as lists and traces show it", "请给出任一流水号，或列表中的 C5 等编号",
)
FROZEN_BEFORE = Code(
    "GT963", "case {id} is frozen already, since {since} by {by}: {why}", "办件 {id} 自 {since} 起已由 {by} 保全：{why}",
    "nothing is to be done; thaw it with: guantong retention thaw {id}", "无需处理；解除：guantong retention thaw {id}",
)
STAYS = Code(
    "GT913", "case {id} stays as it is: {what}", "办件 {id} 保持原状：{what_zh}",
    "see to that first: guantong trace {id}", "请先处理：guantong trace {id}",
)
NOTHING_LEFT = Code(
    "GT917", "nothing is kept any more of what the records of case {id} said", "办件 {id} 的报文内容已不再留存",
    "its journal says when it went: guantong trace {id}", "何时清除见其日志：guantong trace {id}",
)
NOT_FROZEN = Code(
    "GT964", "case {id} is not frozen", "办件 {id} 未被保全",
    "see what is with: guantong retention plan", "可用 guantong retention plan 查看",
)
