"""Problem codes of `guantong doctor`."""

from __future__ import annotations

from guantong.problems import Code

RESTORE_EN = "stop the hub, keep a copy of `var/`, restore the last good backup, and have the sources send again what came since"
RESTORE_ZH = "请停止中枢，另存 `var/`，恢复最近的完好备份，并请各来源重发此后的报文"

BROKEN_STORE = Code("GT360", "the store's own check finds: {what}", "存储自检发现：{what}", RESTORE_EN, RESTORE_ZH)
NO_SUCH_STATE = Code(
    "GT361", "{id} is in the state {state!r}, which does not exist", "{id} 的状态“{state}”不存在",
    "a newer program or another hand wrote it: use that program, or restore a backup", "由更新的程序或其他途径写入：请用该程序，或恢复备份",
)
ILLEGAL_STEP = Code(
    "GT362", "{id} went from {before} to {after}, which no transition allows (journal line {entry})",
    "{id} 由“{before}”变为“{after}”，不在允许的变化之列（交换日志第 {entry} 行）",
    "look at it with: guantong trace {id}; somebody altered the store, or this is a mistake of ours: report it",
    "请用 guantong trace {id} 查看；可能有人改动了存储，或是程序错误，请报告",
)
NOT_AS_JOURNALED = Code(
    "GT363", "{id} is {state}, while its last journal line says {after}", "{id} 的状态是“{state}”，而交换日志最后记的是“{after}”",
    "look at it with: guantong trace {id}; the store was altered outside the hub", "请用 guantong trace {id} 查看；存储在中枢之外被改动",
)
NOT_AS_TOLD = Code(
    "GT394", "{what} of {id}: the store says {came}, and the journal {told}", "{id} 的{what_zh}：存储中为“{came_zh}”，而交换日志为“{told_zh}”",
    "the store was altered outside the hub: keep it as it is, and find out by whom", "存储在中枢之外被改动：请保全现状，查明何人所为",
)
NOBODY_IN_FRONT = Code(
    "GT364", "{id} is blocked, and nothing of its case goes to {target} before it", "{id} 在排队，而该办件发往 {target} 的前面没有任何一条",
    "give it up and bring it back: guantong purge, then guantong dead restore {id}; report it", "请用 guantong purge 放弃后再 guantong dead restore {id}，并报告此问题",
)
TWO_GO = Code(
    "GT365", "of one case {count} deliveries go to {target} at once: {ids}", "同一办件有 {count} 条推送同时发往 {target}：{ids}",
    "hold the target, give the later ones up (guantong dead discard), release it; report it", "请暂停该系统，放弃较晚的几条（guantong dead discard），再恢复，并报告此问题",
)
NO_OWNER = Code(
    "GT366", "{count} attempts are on the wire and nobody sends them: {ids}", "有 {count} 次推送处于“推送中”，但没有进程在发送：{ids}",
    "start the hub (`guantong run`): each becomes unknown and is settled", "请启动中枢（`guantong run`）：各条将转为待核实并核实",
)
NO_DELIVERIES = Code(
    "GT367", "message {id} was routed to {expected} systems, and has {found} deliveries", "报文 {id} 已转发给 {expected} 个系统，却只有 {found} 条推送",
    "deliveries were lost: " + RESTORE_EN, "推送丢失：" + RESTORE_ZH,
)
NO_EVENT = Code(
    "GT368", "{id} is {state} and has no event", "{id} 的状态是“{state}”，却没有任何过程信息",
    "events were lost: " + RESTORE_EN, "过程信息丢失：" + RESTORE_ZH,
)
EVENT_GONE = Code(
    "GT369", "delivery {id} is of event {event}, which is not there", "推送 {id} 所属的过程信息 {event} 不存在", RESTORE_EN, RESTORE_ZH,
)
OTHER_CASE = Code(
    "GT370", "delivery {id} lies under case C{subject}, its event under C{event_subject}", "推送 {id} 归入办件 C{subject}，其过程信息却归入 C{event_subject}",
    "a merge of two cases was cut short: restore a backup, and report it", "合并办件时中断：请恢复备份，并报告此问题",
)
TWICE = Code(
    "GT371", "event {event} goes to {target} by {count} deliveries: {ids}", "过程信息 {event} 有 {count} 条推送发往 {target}：{ids}",
    "give all but one up: guantong dead discard; report it", "请只保留一条，其余用 guantong dead discard 放弃，并报告此问题",
)
GONE = Code(
    "GT372", "the journal tells of {id}, which is not there", "交换日志记有 {id}，而存储中没有", RESTORE_EN, RESTORE_ZH,
)
UNTOLD = Code(
    "GT373", "the journal tells nothing of {id}", "交换日志中没有 {id} 的任何记录",
    "lines of the journal were lost: " + RESTORE_EN, "交换日志有缺失：" + RESTORE_ZH,
)
BLOB_GONE = Code(
    "GT374", "{count} contents that messages need are not there, as {names}", "报文所需的 {count} 个附件内容不存在，如 {names}",
    "restore `var/blobs` from the same backup as the store, or have the sources send the materials again", "请从与存储同一次的备份恢复 `var/blobs`，或请来源重发材料",
)
LITTLE_SPACE = Code(
    "GT375", "{free} MiB are free under {folder}; below {least} MiB nothing is accepted", "{folder} 仅剩 {free} MiB；低于 {least} MiB 时不再接收",
    "free space, or move `var/` to a larger disk", "请清理磁盘，或将 `var/` 移到更大的磁盘", severity="warning",
)
OPEN_KEY = Code(
    "GT376", "{file} can be read by others (mode {mode})", "其他用户可读取 {file}（权限 {mode}）", "chmod 600 {file}", "请执行 chmod 600 {file}",
)
NO_KEY = Code(
    "GT377", "the keys cannot be used: {what}", "密钥无法使用：{what}", "restore the keys that belong to this store: without them no kept body can be read",
    "请恢复与该存储配套的密钥：没有密钥，留存的报文无法读取",
)
CLOCK_BEHIND = Code(
    "GT378", "the clock is {seconds} s behind the newest line of the journal", "本机时钟比最新的交换日志落后 {seconds} 秒",
    "set the clock by the network's time server; order and proofs do not depend on it, deadlines do", "请校准时钟；顺序与证明不受影响，时限受影响", severity="warning",
)
MORE = Code("GT379", "{count} more like this [{code}]", "同类问题另有 {count} 处 [{code}]", "the first are told above", "以上仅列出前几处")
STRAY_CLAIM = Code(
    "GT943", "{count} deliveries are in hand of nobody who could end their turn: {ids}", "有 {count} 条推送登记为处理中，却无进程能完成：{ids}",
    "restart one of the processes that send: it takes up what nobody has in hand; report it", "请重启任一推送进程，由其接手；并报告此问题",
)
SILENT_WORKER = Code(
    "GT944", "worker {id} ({role} on {host}, process {pid}) gave no sign of life for {seconds} s, and nobody has taken over from it",
    "进程 {id}（{role}，主机 {host}，进程号 {pid}）已 {seconds} 秒无响应，尚无其他进程接手",
    "see that a process that shares the store runs: it takes over what this one had in hand", "请确认至少有一个共用该存储的进程在运行，由其接手", severity="warning",
)
SHUT_BODY = Code(
    "GT383", "{count} kept contents do not open: {names}", "{count} 份留存内容无法打开：{names}",
    "they were altered, or the keys are others than they were sealed with; `guantong audit verify` says which lines bind us to them; " + RESTORE_EN,
    "内容已被改动，或密钥与封存时不同；`guantong audit verify` 指出与之对应的日志条目；" + RESTORE_ZH,
)
