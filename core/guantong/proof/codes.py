"""What verifying the journal's proof can find."""

from __future__ import annotations

from guantong.problems import Code

_ASK = "keep the database as it is and find out who wrote to it beside the hub", "请保全数据库现状，查明何人绕过中枢写入"

LINE_ALTERED = Code(
    "GT946", "entry E{entry} ({what}, {at}, number {number} of the tree) is not as it was sealed",
    "交换日志第 E{entry} 条（{what}，{at}，树中第 {number} 号）与封存时不一致", *_ASK,
)
LINE_MISSING = Code(
    "GT947", "entry E{entry} (number {number} of the tree, between {before} and {after}) is missing: it was sealed, and its row is gone",
    "交换日志第 E{entry} 条（树中第 {number} 号，{before} 至 {after} 之间）缺失：已封存而行不存在", *_ASK,
)
LINE_INSERTED = Code(
    "GT948", "entry E{entry} ({what}, {at}) was never sealed, and entries up to E{reached} are: it came in by another door",
    "交换日志第 E{entry} 条（{what}，{at}）从未封存，而直至 E{reached} 均已封存：并非由中枢写入", *_ASK,
)
SEALED_TWICE = Code(
    "GT926", "entry E{entry} was sealed more than once: the tree has more leaves than the journal has lines",
    "交换日志第 E{entry} 条被封存了不止一次：树中的条数多于日志的条数", *_ASK,
)
TREE_DAMAGED = Code(
    "GT949", "the stored tree is damaged: tile {number} of level {level} is missing or not what the entries below it give",
    "存证树受损：第 {level} 层第 {number} 块缺失，或与其下各条不符", *_ASK,
)
CHECKPOINT_DIFFERS = Code(
    "GT950", "this is not the journal that the checkpoint of {size} entries ({at}) says: of numbers {first} to {last}{between} at least one entry "
    "was altered, removed, added or put elsewhere",
    "与 {size} 条时的检查点（{at}）不符：树中第 {first} 至 {last} 号{between}至少有一条被改动、删除、插入或调换", *_ASK,
)
ROLLED_BACK = Code(
    "GT951", "the checkpoint ({at}) says {size} entries, the journal has {here} sealed: {missing} are gone",
    "检查点（{at}）有 {size} 条，而交换日志仅封存 {here} 条：缺 {missing} 条",
    "was an older copy of the database put back? Then what came after it is lost here, and must be told", "是否恢复过旧备份？其后的内容在此已丢失，须如实说明",
)
BAD_SIGNATURE = Code(
    "GT952", "the checkpoint of {size} entries is signed by none of the known keys ({keys})", "{size} 条时的检查点未由任何已知密钥签名（{keys}）",
    "name the key that signed then with --key; else the file was altered", "请用 --key 给出当时的公钥；否则该文件已被改动",
)
NO_CHECKPOINT = Code(
    "GT953", "what stands here is no checkpoint", "此处不是检查点", "the file was altered, or is another", "文件已被改动，或并非检查点文件",
)
OTHER_LOG = Code(
    "GT954", "this checkpoint is of another log: {origin}", "该检查点属于另一日志：{origin}",
    "name this home's own checkpoints with --against", "请用 --against 指定本中枢的检查点文件",
)
BODY_ALTERED = Code(
    "GT955", "{about} is not the bytes that entry E{entry} ({at}) committed to: {what}", "{about} 与第 E{entry} 条（{at}）承诺的字节不一致：{what_zh}", *_ASK,
)
CHAIN_BROKEN = Code(
    "GT956", "entry E{entry} ({what}, {at}) names E{previous} as the one before it for this case, and that is not there",
    "第 E{entry} 条（{what}，{at}）指明该办件的上一条为 E{previous}，而后者不存在", *_ASK,
)
CHAIN_FORKED = Code(
    "GT392", "entry E{entry} ({what}, {at}) names {named} as the one before it for case C{subject}, where {newest} is: what lies between would be hidden",
    "第 E{entry} 条（{what}，{at}）指明办件 C{subject} 的上一条为 {named_zh}，而应为 {newest_zh}：其间各条会被隐去", *_ASK,
)
KEPT_OTHERWISE = Code(
    "GT393", "the checkpoint of {size} entries that is kept here is not what was signed, or not of this tree: nothing more is signed, and nothing is proved by it",
    "此处保存的 {size} 条检查点已不是当时所签的，或与存证树不符：不再签名，也不能用它证明",
    "see what is altered: guantong audit verify; keep the database as it is and find out who wrote to it beside the hub",
    "请用 guantong audit verify 查看何处被改；保全数据库现状，查明何人绕过中枢写入",
)
NOT_SIGNED_YET = Code(
    "GT957", "entry E{entry} is not in any signed checkpoint yet", "第 E{entry} 条尚未进入任何已签名的检查点",
    "the hub signs the next one by itself; with the hub stopped: guantong audit checkpoint --now", "中枢会自行签名；中枢停止时可执行 guantong audit checkpoint --now",
)
NO_KEY = Code(
    "GT958", "there is no public key to check checkpoints with", "没有可用于核验检查点的公钥",
    "give it with --key (a line NAME+HASH+BASE64, or a file with it); the hub's own: guantong audit keys show",
    "请用 --key 给出（一行 NAME+HASH+BASE64，或含此行的文件）；中枢自己的：guantong audit keys show",
)
NOT_READ = Code(
    "GT959", "this cannot be read: {what}", "无法读取：{what_zh}", "name a file that is there", "请指定存在的文件",
)
NO_SUCH_ENTRY = Code(
    "GT960", "there is no entry {entry} in the journal's tree", "交换日志的树中没有第 {entry} 条",
    "entries are told by guantong trace --json; a new one is sealed within seconds while the hub runs, else by guantong audit checkpoint --now",
    "编号见 guantong trace --json；新条目在中枢运行时几秒内封存，中枢停止时请先执行 guantong audit checkpoint --now",
)
READ_OTHERWISE = Code(
    "GT965", "{about} gives other fields now than when entry E{entry} ({at}) committed to them; its bytes are those of that time",
    "{about} 如今解出的字段与第 E{entry} 条（{at}）承诺时不同；其字节与当时一致",
    "was the system's codec, charset or profile changed since? Verify with the configuration of that time",
    "该系统的编码、字符集或接口模板是否已更改？请用当时的配置核验",
)
NOT_SHOWN = Code(
    "GT966", "entry E{entry} cannot show {what}: {why}", "第 E{entry} 条无法出示{what_zh}：{why_zh}",
    "see what there is: guantong trace --values; verify with guantong audit verify", "可用 guantong trace --values 查看，用 guantong audit verify 核验",
)
STAMP_NOT_READ = Code(
    "GT934", "this is no answer of a time stamping authority (RFC 3161), or it is not whole", "不是时间戳机构的应答（RFC 3161），或不完整",
    "take the .tsr file again, as the authority gave it", "请重新取得机构给出的 .tsr 文件",
)
STAMP_REFUSED = Code(
    "GT935", "the authority did not grant the time stamp: status {status}, {what}", "时间戳机构未予签发：状态 {status}，{what}",
    "ask again: guantong audit stamp request; does it take the digest of audit.tsa.hash?", "请重新申请：guantong audit stamp request；该机构是否支持 audit.tsa.hash 的算法？",
)
STAMP_UNASKED = Code(
    "GT936", "this time stamp answers no request of this home: {what}", "该时间戳不是本机申请的：{what_zh}",
    "bring the answer to the file that guantong audit stamp request wrote", "请导入对 guantong audit stamp request 所写文件的应答",
)
STAMP_NOT_TRUSTED = Code(
    "GT937", "the time stamp of {tsa} is not to be believed: {what}", "{tsa} 的时间戳不可信：{what_zh}",
    "is audit.tsa.ca the certificate of that authority's CA? Else the file was altered", "audit.tsa.ca 是该机构的 CA 证书吗？否则该文件已被改动",
)
NO_TSA_CA = Code(
    "GT938", "there are no certificates to check time stamps by: {what}", "没有可用于核验时间戳的证书：{what_zh}",
    "name a file of PEM certificates: `audit: {{tsa: {{ca: tsa-ca.pem}}}}`", "请写明 PEM 证书文件：`audit: {{tsa: {{ca: tsa-ca.pem}}}}`",
)
STAMP_APART = Code(
    "GT939", "this time stamp is over no checkpoint of the journal as it is", "该时间戳所盖的不是本日志现有内容的检查点",
    "was the journal altered, or is the stamp another log's? Give the file of checkpoints with --against", "日志是否被改动，或时间戳属于另一日志？请用 --against 给出检查点文件",
)
NEEDS_STAMP = Code(
    "GT967", "time stamps need packages that are not installed", "时间戳所需的程序库未安装",
    "install them: pip install 'guantong[stamp]'", "请安装：pip install 'guantong[stamp]'",
)
NOTHING_OUTSIDE = Code(
    "GT929", "this file holds no checkpoint, and the journal was signed: {what}", "该文件中没有检查点，而交换日志曾经签名：{what_zh}",
    "name the file that was kept outside with --against; where checkpoints of it are on paper or were sent by mail, put them into a file",
    "请用 --against 指定保存在外部的文件；检查点在纸上或曾以邮件发出的，请录入文件",
)
NO_ANCHORS = Code(
    "GT922", "no checkpoint of the journal is kept outside: nothing can be proved to others", "交换日志的检查点没有存到外部：无从向他人证明",
    "name a file on another machine's disk, or on a medium that cannot be rewritten: `audit: {{anchors: [/mnt/audit/guantong.checkpoints]}}`",
    "请指定另一台机器上或一次写入介质上的文件：`audit: {{anchors: [/mnt/audit/guantong.checkpoints]}}`", severity="warning",
)
NOT_ANCHORED = Code(
    "GT923", "the newest checkpoint, of {size} entries, is not in this file: {what}", "最新的检查点（{size} 条）不在该文件中：{what_zh}",
    "the running hub writes it as soon as it can; look whether the folder is there, has room, and may be written to",
    "运行中的枢纽会尽快写入；请查看其文件夹是否存在、有无空间、可否写入", severity="warning",
)
KEY_OF_ONE = Code(
    "GT924", "several processes share the store, and each home would sign checkpoints by a key of its own: their checkpoints would be different logs'",
    "多个进程共用存储，而各自的工作目录会用各自的密钥签名：检查点将被视为不同日志的",
    "make one key for all of them with `guantong audit keys new NAME --to FILE`, and name it everywhere: `audit: {{key: {{file: …}}}}`",
    "请用 `guantong audit keys new 名称 --to 文件` 生成一把共用的密钥，并处处写明：`audit: {{key: {{file: …}}}}`", severity="warning",
)
OTHER_KEY = Code(
    "GT927", "the checkpoints so far are of the log {origin}, and the key that is here signs for {came}: with it another log would begin",
    "已有的检查点属于日志 {origin}，而现有密钥的名称为{came_zh}：用它签名将另起一个日志",
    "put the key back from its copy; where it is lost, make another of the same name (guantong audit keys new {origin}) and name the former public "
    "key in `audit: {{former: […]}}`",
    "请从备份恢复原密钥；确已遗失的，用同一名称另建（guantong audit keys new {origin}），并把旧公钥写入 `audit: {{former: […]}}`",
)
OTHER_HASH = Code(
    "GT925", "the journal was begun with {began} and cannot go on with {set}: all of its lines are sealed by one hash function",
    "交换日志以 {began} 开始，不能改用 {set}：全部条目须由同一种算法封存",
    "write `audit: {{hash: {began}}}` again; another hash begins with a new store only", "请改回 `audit: {{hash: {began}}}`；要换算法只能从新的存储开始",
)
SEALED_LATE = Code(
    "GT875", "lines of the journal have waited for sealing since {since} ({count} of them): nothing proves them yet",
    "自 {since} 起的交换日志尚未封存（{count} 条），暂无法证明",
    "let the hub run in a quieter hour: while records come it seals in a twentieth of its time; see that its log has no proof.hindered",
    "请让中枢在较空闲的时段运行：有收发时仅用二十分之一的时间封存；并查看日志中有无 proof.hindered", severity="warning",
)
