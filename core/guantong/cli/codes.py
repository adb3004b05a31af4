"""Problem codes of the command line itself."""

from __future__ import annotations

from guantong.problems import Code

NO_HOME = Code(
    "GT160", "there is no folder {folder}", "不存在文件夹 {folder}",
    "give --home the folder that holds config/ and mappings/", "请用 --home 指定含 config/ 与 mappings/ 的文件夹",
)
NO_FOLDER_YET = Code(
    "GT170", "there is no folder {folder}", "不存在文件夹 {folder}",
    "make an empty folder for the new home (mkdir {folder}) and run this again; it gets config/ and mappings/",
    "请先为新的工作目录建一个空文件夹（mkdir {folder}）再执行：config/ 与 mappings/ 会写入其中",
)
NOT_A_HOME = Code(
    "GT161", "{folder} holds no config/: what follows is about the starter configuration",
    "{folder} 中没有 config/：以下问题针对自带的起步配置",
    "give --home the working folder{near}, or copy the starter config/ and mappings/ into it",
    "请用 --home 指定工作目录{near}，或先将起步配置 config/ 与 mappings/ 复制到其中",
)
RESTART_NEEDED = Code(
    "GT162", "the configuration changed after the hub started: it still works with the old one",
    "中枢启动后 config/ 已改动：运行中的中枢仍按旧的执行",
    "restart it: end `guantong run` with SIGTERM or Ctrl-C, start it again",
    "请重启中枢：用 SIGTERM 或 Ctrl-C 结束 `guantong run`，再次启动",
    severity="warning",
)
RELOAD_NEEDED = Code(
    "GT168", "the mappings changed after the hub loaded them: it still works with the old ones",
    "中枢加载后映射已改动：运行中的中枢仍按旧的执行",
    "let it take them up: `guantong reload`", "请执行 `guantong reload` 使其生效",
    severity="warning",
)
NOT_TAKEN = Code(
    "GT169", "since {since} the hub keeps its old mappings: the changed ones do not load ({count} problems)",
    "自 {since} 起中枢继续使用原来的映射：改动后的无法加载（{count} 个问题）",
    "see them with `guantong check`, mend them, then `guantong reload`",
    "请用 `guantong check` 查看并修正，再执行 `guantong reload`",
    severity="warning",
)
HOME_IN_USE = Code(
    "GT163", "a hub runs on {folder} already (process {pid})", "{folder} 上已有中枢在运行（进程 {pid}）",
    "one hub per home: stop that one first, or give --home another folder; of processes that share a store each wants a --name of its own",
    "每个工作目录只能运行一个中枢：请先停止它，或用 --home 指定其他目录；多个进程共用存储的，请各用不同的 --name",
)
PORT_TAKEN = Code(
    "GT164", "hub.listen: another program listens on {where}", "hub.listen：{where} 已被其他程序占用",
    "stop that program, or write another port at hub.listen in config/guantong.yaml",
    "请停止该程序，或在 config/guantong.yaml 的 hub.listen 处改用其他端口",
)
NO_SUCH_ADDRESS = Code(
    "GT165", "hub.listen: this machine cannot listen on {where}", "hub.listen：本机无法在 {where} 上监听",
    "write an address of this machine, and a port from 1024 up, at hub.listen in config/guantong.yaml",
    "请在 config/guantong.yaml 的 hub.listen 处填写本机地址和不小于 1024 的端口",
)
CANNOT_START = Code(
    "GT166", "the hub cannot start: {what}{file}", "中枢无法启动：{what_zh}{file}",
    "see to the file, its folder's permissions and the free space; then start again",
    "请检查该文件、所在目录的权限和剩余空间，再启动",
)
NOT_WRITABLE = Code(
    "GT918", "nothing was done, the home cannot be written to: {what}{file}", "未作任何改动，工作目录不可写：{what_zh}{file}",
    "see to that file, its folder's permissions and the free space; act as the user that the hub runs as",
    "请检查该文件、所在目录的权限和剩余空间；请以运行中枢的用户执行",
)
STORE_FAILED = Code(
    "GT978", "the hub cannot start: {what}", "中枢无法启动：{what}",
    "see to the store's disk, or its server; `guantong doctor` says what is wrong with what is kept; then start again",
    "请检查存储所在的磁盘或数据库服务器；用 `guantong doctor` 查看已存数据有何问题；然后再启动",
)
NO_SUCH_SYSTEM = Code(
    "GT167", "there is no system {system!r}", "没有名为 {system!r} 的系统",
    "known: {known}{near}", "可用：{known}{near}",
)
BAD_SELECTION = Code(
    "GT180", "--messages: {came!r} selects nothing", "--messages：无法理解 {came!r}",
    "write system=…,since=…,limit=…; since is 2026-11-01, 2026-11-01T08:00, 7d or 12h",
    "请写成 system=…,since=…,limit=…；since 可为 2026-11-01、2026-11-01T08:00、7d 或 12h",
)
BAD_SINCE = Code(
    "GT435", "{option}: {came!r} is no time", "{option}：{came!r} 不是时间",
    "write 2026-11-01, 2026-11-01T08:00, 7d or 12h", "请写 2026-11-01、2026-11-01T08:00、7d 或 12h",
)
NO_SUCH_PLACE = Code(
    "GT437", "there is no place and no system {name!r}", "没有名为 {name!r} 的地区或系统",
    "known: {known}{near}", "可用：{known}{near}",
)
CANNOT_REREAD = Code(
    "GT438", "the stock of {systems} cannot be read again: what was read or marked is not given twice",
    "{systems} 的存量无法重读：已读取或已标记的不会再次给出",
    "it can be of tables (but by `procedure:` or `open_cases:`), by `since_at:` or `next_at:` (REST), and of files (but with "
    "`taken: delete`), from their archive; of a system that pushes, have the vendor export files: `--from FOLDER`",
    "前置库表（`procedure:`、`open_cases:` 除外）可以，REST 用 `since_at:` 或 `next_at:` 读取时可以，文件可从归档重读（`taken: delete` 除外）；"
    "只推送的请厂商导出为文件，用 `--from 文件夹` 补传",
)
BACKFILL_RUNS = Code(
    "GT439", "a backfill of {system} is running already", "{system} 的存量补传正在进行",
    "wait for its end; a hub that was stopped goes on with it when it starts", "请等其结束；中枢停止后再启动会自动继续",
)
NOT_IN_SHADOW = Code(
    "GT436", "{system} is not in shadow: what is due is sent to it", "{system} 不在并行试运行中：应推送的都会推送",
    "write `shadow:` at the system in its place file; in shadow now: {known}", "请在地区文件的该系统处写 `shadow:`；目前试运行的：{known}",
)
NOBODY_SPEAKS = Code(
    "GT181", "no configured system (asked: {system}) speaks the dialect {dialect!r}",
    "配置中没有使用数据规范 {dialect!r} 的系统（指定：{system}）",
    "dialects in use: {known}; give sample files instead", "在用的数据规范：{known}；也可改用样例文件",
)

UNKNOWN_MAPPING = Code(
    "GT260", "there is no {what} named {came!r}", "没有名为 {came!r} 的{what_zh}",
    "known: {known}{near}", "可用：{known}{near}",
)
NO_SAMPLE = Code(
    "GT261", "the sample cannot be read: {what}", "无法读取样例：{what_zh}",
    "give a file with one record (with --out: a JSON object of canonical paths)",
    "请给出一条报文的文件（--out 时为以标准路径为键的 JSON 对象）",
)
UNREADABLE_SAMPLE = Code(
    "GT262", "the codec cannot take it: {what}", "编解码失败：{what_zh}",
    "give it as the system sends it; or set `charset:` (gb18030 takes GBK) and `codec:` in dialect.yaml as the system does",
    "请给出对方原样发送的文件；或按对方实际，在 dialect.yaml 中改写 charset（GBK 写 gb18030）与 codec",
)
KEYS_ELSEWHERE = Code(
    "GT783", "the key for bodies does not lie in keys.folder: `keys.body` says where it comes from",
    "内容密钥不在 keys.folder 中：由 `keys.body` 指定",
    "make one with `guantong keys new`, let `keys.body` lead to it, name the old one under `keys.former`, and restart every process",
    "用 `guantong keys new` 生成新密钥，让 `keys.body` 指向它，把旧密钥写入 `keys.former`，再重启各进程",
)
KEYS_IN_USE = Code(
    "GT784", "a hub works on this home: it would go on with the old key", "枢纽正在运行：会继续使用旧密钥",
    "stop it (every process of it), rotate, and start it again", "请先停止枢纽的全部进程，换密钥后再启动",
)
STORE_NOT_READ = Code(
    "GT928", "what is kept cannot be read: {what}", "存储无法读取：{what}",
    "the file or the tables were damaged, or are away: keep them as they are, see guantong doctor, and restore a backup",
    "文件或数据表受损或暂不可用：请保全现状，用 guantong doctor 查看，并从备份恢复",
)
NO_SPAN = Code(
    "GT781", "what to look for is not clear: one case or person; or a window; or a time, --from before --to",
    "查找条件不明：请给出一个办件或证件号码，或一个窗口，或一段时间（--from 须早于 --to）",
    "give a serial, a person's certificate number, --window, or --from and --to: 2026-11-01, 2026-11-01T08:00, 7d, 12h",
    "请给出流水号、证件号码、--window，或 --from 与 --to：2026-11-01、2026-11-01T08:00、7d、12h",
)
NO_SEARCH_REASON = Code(
    "GT782", "this is the number of a person: cases are looked for by it only with a reason", "这是个人证件号码：按证件号码查找办件必须写明原因",
    "write it with --why; it is kept in the journal with your name", "请用 --why 写明原因；原因与操作人将记入交换日志",
)
NO_REASON = Code(
    "GT779", "personal values are shown in clear only with a reason", "查看未脱敏的个人信息必须写明原因",
    "write it with --why; it is kept in the journal with your name", "请用 --why 写明原因；原因与操作人将记入交换日志",
)
NO_RIGHT = Code(
    "GT885", "{login} has no right to see personal values in clear, nor to look for cases by a person's number (audit.reveal)",
    "{login} 无权查看未脱敏的个人信息，也无权按证件号码查找办件（audit.reveal）",
    "ask one of those whom audit.reveal in config/guantong.yaml names, or have that name added to it", "请由 config/guantong.yaml 中 audit.reveal 所列人员查看，或将该登录名列入其中",
)
NO_SUCH_HAPPENING = Code(
    "GT886", "the journal knows no {name!r}{near}", "交换日志中没有 {name!r}{near}",
    "write the English word as `guantong trace` shows it: replayed, discarded, decided, chosen, held, released, unmasked, exported …",
    "请写 `guantong trace` 中显示的英文词：replayed、discarded、decided、chosen、held、released、unmasked、exported 等",
)
NO_KEYS = Code(
    "GT876", "the keys cannot be used: {what}", "密钥无法使用：{what}",
    "restore the keys that belong to this store, from their own backup; without them no kept body can be read",
    "请从密钥备份恢复与该存储配套的密钥；没有密钥，留存的报文无法读取",
)
