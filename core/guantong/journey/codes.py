"""Problem codes of the journey: why a record is refused or parked, why a delivery died."""

from __future__ import annotations

from guantong.problems import Code

UNKNOWN_KIND = Code(
    "GT401", "the dialect {dialect} does not know records of kind {kind!r}",
    "数据规范 {dialect} 不认识报文类型 {kind!r}",
    "send one of: {known}", "请发送以下类型之一：{known}",
)
EMPTY = Code(
    "GT402", "the message holds no record", "报文中没有任何记录",
    "send at least one record", "请至少发送一条记录",
)
NO_SERIAL = Code(
    "GT403", "the event {event} names no subject: none of {paths} is present",
    "过程信息 {event} 没有指明对象：{paths} 均为空",
    "send at least one of these numbers", "请至少填写其中一个编号",
)
FULL = Code(
    "GT404", "the hub takes no more work for now", "系统繁忙，暂不接收",
    "send the same record again in a while", "请稍后重发同一报文",
)
DISK_LOW = Code(
    "GT425", "the disk under var/ has {free} MiB free, less than {limit} (hub.queue.free)",
    "var/ 所在磁盘仅剩 {free} MiB，低于 {limit} MiB（hub.queue.free）",
    "send the same record again in a while; whoever runs the hub frees space", "请稍后重发同一报文；请运维人员清理磁盘",
)
TOO_DEEP = Code(
    "GT426", "{limit} deliveries wait already (hub.queue.waiting)", "已有 {limit} 条推送在等待（hub.queue.waiting）",
    "send the same record again in a while; see guantong queues", "请稍后重发同一报文；积压见 guantong queues",
)
LATE = Code(
    "GT427", "what is due at {system} has waited {late} s, longer than {limit} (hub.queue.late)",
    "应发往 {system} 的推送已等待 {late} 秒，超过 {limit} 秒（hub.queue.late）",
    "send the same record again in a while; see guantong queues", "请稍后重发同一报文；积压见 guantong queues",
)
SHARE_TAKEN = Code(
    "GT428", "{limit} records of {system} are in hand already (hub.queue.each)",
    "{system} 已有 {limit} 条报文正在处理（hub.queue.each）",
    "send fewer at once, and this one again in a while", "请减少并发，并稍后重发本条",
)
NOT_STORED = Code(
    "GT405", "the record could not be kept: {what}", "报文未能保存：{what}",
    "send the same record again in a while; nothing of it was kept", "请稍后重发同一报文；本次未保留任何内容",
)
CONFLICT = Code(
    "GT406", "version {version} of {event} is known with other content",
    "{event} 的第 {version} 版已存在且内容不同",
    "a person decides which one holds: guantong conflicts choose", "由人工裁定以哪个为准：guantong conflicts choose",
)
UNROUTED = Code(
    "GT407", "no route takes {event} from {system} for region {region}",
    "没有转发规则适用于 {system} 的 {event}（区划 {region}）",
    "add a route, or bring the region's system online", "请增加转发规则，或接入该区划的系统",
)
UNFIT_SERIAL = Code(
    "GT408", "the number of kind {kind} has {length} characters, or one that cannot be shown",
    "编号（{kind}）长达 {length} 个字符，或含有不可显示的字符",
    "send numbers of at most {limit} visible characters", "编号不得超过 {limit} 个可见字符",
)
TOO_MANY = Code(
    "GT409", "the message holds {count} records", "报文中有 {count} 条记录",
    "send at most {limit} at once; a file of more is read in parts (`split:`)", "每次最多发送 {limit} 条；更多记录的文件请用 `split:` 分部分读取",
)
NO_SYSTEM = Code(
    "GT430", "the route {routes} finds no system for region {region} to take {event} from {system}",
    "转发规则“{routes}”在区划 {region} 找不到可接收 {system} 的 {event} 的系统",
    "bring the region's system online, then: guantong dead replay", "请接入该区划的系统，然后执行 guantong dead replay",
)
ROUTE_HELD = Code(
    "GT350", "the route {route} is held since {since} by {by}: {why}",
    "转发规则“{route}”自 {since} 起由 {by} 暂停：{why}",
    "it goes on by itself once the route is released: guantong release {route}", "恢复该规则后自动继续：guantong release {route}",
    severity="warning",
)
NEEDS = Code(
    "GT410", "{path} of the case is still unknown after {waited}", "等待 {waited} 后仍不知道该办件的 {path}",
    "let its owner send the missing event, then replay", "请让其来源补发缺少的过程信息，然后重放",
)
CANNOT_ENCODE = Code(
    "GT411", "{path} cannot be written for {target}: {what}", "{path} 无法按 {target} 的格式写出：{what}",
    "its owner corrects the value and sends a new version", "请由来源系统更正该值并发送新版本",
)
UNREADABLE_ATTEMPT = Code(
    "GT385", "what was sent in an earlier attempt cannot be read by the codec that the dialect {dialect} has now: {what}",
    "此前推送的内容无法用数据规范 {dialect} 现在的编解码读取：{what_zh}",
    "put the former codec back so that {target} can be asked; or look it up there, then: guantong unknown resolve",
    "请改回原来的编解码，以便向 {target} 查询；或与其核实后执行 guantong unknown resolve",
)
REFUSED_BY_TARGET = Code(
    "GT412", "{target} refuses it: {answer}", "{target} 拒绝接收：{answer_zh}",
    "settle it with {target}, then replay or discard", "请与 {target} 核实后重放或不再推送",
)
GAVE_UP = Code(
    "GT413", "{target} did not take it in {attempts} attempts; the last: {answer}",
    "{target} 在 {attempts} 次尝试后仍未接收；最后一次：{answer_zh}",
    "see that {target} works, then replay", "请确认 {target} 恢复正常后重放",
)
NO_KNOWN_END = Code(
    "GT414", "whether {target} took it is unknown: {answer}", "不清楚 {target} 是否已接收：{answer_zh}",
    "look it up at {target}, then: guantong unknown resolve D{delivery} --took-effect or --did-not",
    "请在 {target} 核实后执行：guantong unknown resolve D{delivery} --took-effect 或 --did-not",
)
RETURNED = Code(
    "GT415", "{target} took it and later sent it back: {answer}", "{target} 接收后又退回：{answer_zh}",
    "tell its owner; a corrected version is sent as a new one", "请告知来源；更正后作为新版本发送",
)
WAITS_FOR = Code(
    "GT416", "waits for {path} of the case", "等待该办件的 {path}",
    "it is sent as soon as the value is known", "得知该值后立即推送", severity="warning",
)
FAILED_FOR_NOW = Code(
    "GT417", "{target} does not take it for now: {answer}", "{target} 暂未接收：{answer_zh}",
    "it is sent again by itself", "系统会自动重发", severity="warning",
)
RECEIPT_OVERDUE = Code(
    "GT419", "{target} took it, and its receipt is overdue", "{target} 已接收，但回执逾期未到",
    "ask {target} what became of it", "请向 {target} 了解处理情况", severity="warning",
)
WAITS_TO_JOIN = Code(
    "GT431", "waits for {missing}, which makes one record with it", "等待 {missing} 到达后合并为一条记录",
    "it goes with that event's record as soon as the event comes", "该过程信息到达后一并推送", severity="warning",
)
NOT_TO_JOIN = Code(
    "GT432", "{event} goes into a record that is not for such a case (`when:`)", "{event} 所并入的记录不适用于该办件（when 条件不符）",
    "nothing is to be done; a later event may make it due", "无需处理；后续过程信息可能使其适用", severity="warning",
)
OUR_MISTAKE = Code(
    "GT418", "the {step} step failed inside the hub ({what})", "在 {step} 环节内部出错（{what}）",
    "report it with the delivery's number; nothing of it is lost", "请附上推送编号反馈；数据没有丢失",
)
ATTACHMENT_NOT_BASE64 = Code(
    "GT830", "{path} holds {length} characters that are no Base64", "{path} 中的 {length} 个字符不是 Base64",
    "send the attachment as Base64 (RFC 4648), or leave the field empty where there is none",
    "请以 Base64（RFC 4648）发送附件；没有附件时请留空",
)
ATTACHMENT_MD5 = Code(
    "GT831", "the content of {path} ({size} bytes) has the digest {found}, its source declares {declared}",
    "{path} 的内容（{size} 字节）校验值为 {found}，来源声明为 {declared}",
    "it was altered or cut on the way: send the attachment again", "附件在传输中被改动或截断：请重新发送该附件",
)
ATTACHMENT_JUNK = Code(
    "GT832", "{path} holds {count} characters that Base64 does not have, and no MD5 to prove the rest by",
    "{path} 中有 {count} 个不属于 Base64 的字符，且没有可供核对的 MD5",
    "send it without them, or with its MD5", "请去除这些字符后重发，或同时给出 MD5",
)
ATTACHMENT_LARGE = Code(
    "GT833", "{path} is larger than {limit} bytes", "{path} 超过 {limit} 字节",
    "send a smaller attachment, or raise blobs.largest", "请发送较小的附件，或调大 blobs.largest",
)
NOT_FETCHED = Code(
    "GT858", "an attachment cannot be fetched from {system} for now: {what}", "暂时无法从 {system} 取回附件：{what_zh}",
    "nothing was kept; the record is taken as soon as {system} gives its attachments", "未保留任何内容；{system} 能提供附件后即可接收",
)
ATTACHMENT_NOT_THERE = Code(
    "GT859", "{system} does not have the attachment {name}: {answer}", "{system} 没有附件 {name}：{answer_zh}",
    "its owner puts it there; then: guantong dead replay", "请来源系统补上该附件，然后执行 guantong dead replay",
)
NEVER_FETCHED = Code(
    "GT772", "the attachment {name} cannot be fetched from {system}, for {hours:g} h by now: {what}",
    "附件 {name} 已连续 {hours:g} 小时无法从 {system} 取回：{what_zh}",
    "see to it that {system} gives its attachments; then: guantong dead replay", "请使 {system} 恢复提供附件，然后执行 guantong dead replay",
)
PART_UNCLAIMED = Code(
    "GT834", "{count} records claim the file {name} by their field {field}: it belongs in exactly one",
    "有 {count} 条记录的字段 {field} 指明文件 {name}：应当恰好有一条",
    "name every file that is sent beside the record in the record, once", "随报文发送的每个文件，请在报文中指明一次",
)
ATTACHMENT_GONE = Code(
    "GT835", "the content of {path} cannot be read: {what}", "{path} 的内容无法读取：{what}",
    "restore the blobs from a backup, then replay", "请从备份恢复附件存储后重放",
)
ATTACHMENT_NOT_INLINE = Code(
    "GT836", "{path} has {size} bytes: {target} takes attachments inside the record, and none above {limit} is written there",
    "{path} 有 {size} 字节：{target} 在报文内接收附件，超过 {limit} 字节的不写入报文",
    "raise blobs.inline, or send {target} its attachments beside the record", "请调大 blobs.inline，或改为在报文之外向 {target} 发送附件",
)
ATTACHMENT_NOT_CARRIED = Code(
    "GT837", "the codec of {target} cannot carry {path}", "{target} 的编码方式无法携带 {path}",
    "take {path} out of the mapping, or send it beside the record", "请在映射中去掉 {path}，或改为在报文之外发送",
)
LOST_UNTOLD = Code(
    "GT447", "it cannot be reached, for the reason beside it", "无法连通，原因见同一行",
    "see the system and the network to it; the hub tries again by itself, and `guantong queues` tells when",
    "请检查该系统及其网络；系统会自动重试，`guantong queues` 写明下次时间",
)
LOST_ANSWERS = Code(
    "GT448", "it answers, but not that it took anything ({meaning})", "有应答，但未表示已接收（{meaning_zh}）",
    "ask whoever runs the system; what it answered to a delivery: guantong trace", "请联系该系统的运维方；它对某次推送的答复见 guantong trace",
)
COMES_ROUND = Code(
    "GT970", "{event} of {subject} came round for the {times}th time ({way}); {limit} are let through (hub.loops.hops)",
    "{subject} 的 {event} 第 {times} 次转回（{way}），最多放行 {limit} 次（hub.loops.hops）",
    "systems tell each other's events as their own: stop one of them, or its route; then settle the finding and replay this",
    "各系统互相转报同一信息：请停止其中一方的回报或转发规则，再消除疑点、重放本条",
)
TURNS_TOO_OFTEN = Code(
    "GT971", "{event} of {subject} went to and fro {times} times within {hours} h ({way}); {limit} are let through (hub.loops.turns)",
    "{subject} 的 {event} 在 {hours} 小时内往返 {times} 次（{way}），最多放行 {limit} 次（hub.loops.turns）",
    "systems answer each other without end: stop one of them, or its route; then settle the finding and replay this",
    "各系统无休止地互相转报：请停止其中一方的回报或转发规则，再消除疑点、重放本条",
)
HELD_INBOUND = Code(
    "GT972", "{system} is held, and is not listened to", "{system} 已暂停，且暂停接听",
    "send the same record again in a while; it is taken once the system is released", "请稍后重发同一报文；恢复后即接收",
)
NOT_SHARED = Code(
    "GT941", "the store {use} is for one process, which does everything: there is no part {part} of it",
    "存储 {use} 只供一个进程使用，由它承担全部工作，不能单独运行 {part}",
    "leave --role and --name away; or keep the data on PostgreSQL and write `shared: true` under store:",
    "去掉 --role 和 --name；或改用 PostgreSQL 存储，并在 store 下写 shared: true",
)
OTHER_KEYS = Code(
    "GT942", "another process that shares the store works with other keys (on {host}, process {pid}): neither could read what the "
    "other writes", "共用该存储的另一进程使用的密钥不同（主机 {host}，进程 {pid}），双方将无法读取对方写入的内容",
    "let keys.folder hold the same keys everywhere: copy them from the home that ran first, or name a shared folder",
    "请使各处 keys.folder 中的密钥一致：从最先运行的工作目录复制，或指向共享文件夹",
)
TICKETS_OF_ONE = Code(
    "GT998", "tickets tell several processes what is ready, and the store {use} is one process's own",
    "待办票用于多个进程之间分派工作，而存储 {use} 由一个进程独用",
    "leave `tickets:` away; or keep the data on PostgreSQL and write `shared: true` under store:",
    "去掉 tickets:；或改用 PostgreSQL 存储，并在 store 下写 shared: true",
)
EMPTY_STORE = Code(
    "GT982", "nothing is kept in {now}, which `store:` names, and this home's cases and journal are in {was}",
    "`store:` 指定的 {now} 中没有任何数据，而本工作目录的办件和日志在 {was} 中",
    "name the former store again; or bring them over with `guantong move` (from SQLite into PostgreSQL, not back); to begin anew on purpose, move {mark} away",
    "请在 store: 中改回原存储，或用 `guantong move` 搬入（只能由 SQLite 搬入 PostgreSQL，不能搬回）；确需从头开始，请移走 {mark}",
)
GONE_STORE = Code(
    "GT877", "nothing is kept in {now} any more, where this home's cases and journal were", "{now} 中已没有任何数据，而本工作目录的办件和日志原在其中",
    "bring its file or disk back, or restore the backup; to begin anew on purpose, move {mark} away",
    "请恢复其文件或磁盘，或恢复备份；确需从头开始，请移走 {mark}",
)
OTHER_STORE = Code(
    "GT878", "`store:` names {now}, which holds cases and a journal, and this home works in {was}: what was sent since would be sent again",
    "`store:` 指定的 {now} 中已有办件和日志，而本工作目录一直使用 {was}：其后已推送的会再次推送",
    "name {was} again; where both are the same data (renamed, or restored from its backup), or a `guantong move` there was cut short and is given up, move {mark} "
    "away and start again",
    "请在 store: 中改回 {was}；两者确为同一份数据（改名，或由其备份恢复），或向其搬迁中断后决定放弃的，移走 {mark} 后再启动",
)
