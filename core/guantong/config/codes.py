"""What can be wrong with the configuration."""

from __future__ import annotations

from guantong.problems import Code

MISSING_KEY = Code(
    "GT101", "the key {key!r} is missing", "缺少键 {key!r}",
    "add `{key}:` here", "请在此处添加 `{key}:`",
)
UNKNOWN_KEY = Code(
    "GT102", "the key {key!r} is not known here", "此处不认识键 {key!r}",
    "{advice}", "{advice_zh}",
)
NOT_ONE_OF = Code(
    "GT103", "expected one of {known}, came {came}", "应为 {known} 之一，实际为 {came_zh}",
    "{advice}", "{advice_zh}",
)
WRONG_TYPE = Code(
    "GT104", "expected {expected}, came {came}", "应为{expected_zh}，实际为 {came_zh}",
)
REFUSED = Code("GT105", "{what}", "{what_zh}")
LITERAL_SECRET = Code(
    "GT106", "a secret stands in the file", "文件中直接写了密钥",
    "take it out (and change it: it has been seen); write {{env: NAME}} or {{file: path}} in its place",
    "请将其移出文件（并更换，因其已泄露），改写为 {{env: 变量名}} 或 {{file: 路径}}",
)
NO_SUCH_VARIABLE = Code(
    "GT107", "the environment variable {name} is {state}", "环境变量 {name} {state_zh}",
    "set {name} to the secret {secret!r} before starting", "请在启动前将 {name} 设为密钥 {secret!r} 的值",
)
BAD_SECRET_FILE = Code(
    "GT108", "the secret file {file} cannot be used: {what}", "密钥文件 {file} 不可用：{what_zh}",
    "put the secret {secret!r} into that file, as UTF-8 text", "请将密钥 {secret!r} 以 UTF-8 文本写入该文件",
)
NOT_FOUND = Code(
    "GT109", "there is no {kind} {name!r}", "不存在{kind_zh} {name!r}",
    "{advice}", "{advice_zh}",
)
MISSING_FILE = Code(
    "GT110", "the file is missing", "缺少该文件",
    "write it; the starter configuration has an example", "请编写该文件；初始配置中有示例",
)
DUPLICATE = Code(
    "GT111", "the {kind} {name!r} is declared twice (first at {first})",
    "{kind_zh} {name!r} 重复声明（首次出现在 {first}）",
    "rename one of them", "请将其中之一改名",
)
PROFILE_NAME = Code(
    "GT112", "the file is named {stem!r} but declares the profile {name!r}",
    "文件名为 {stem!r}，声明的接口模板却是 {name!r}",
    "give both the same name", "请使两者同名",
)
BAD_NAME = Code(
    "GT113", "{name!r} cannot be part of a system's id", "{name!r} 不能作为系统标识的一部分",
    "use lower-case letters, digits, `-` and `_`", "请使用小写字母、数字、`-` 和 `_`",
)
NO_REGION = Code(
    "GT114", "the system has no region", "系统没有区划代码",
    "add `region:` to the place or to the system", "请为地区文件或该系统添加 `region:`",
)
WIDE_REGION = Code(
    "GT543", "the region {region} is a whole city's, and the route {route!r} chooses among {role} systems by region",
    "区划代码 {region} 是整个地市的，而转发规则 {route!r} 按区划在 {role} 系统中选择",
    "write the county's own code, such as {example}, or what is meant for other counties comes here",
    "请填写县区自己的代码，如 {example}；否则其他县区的报文会送到这里", severity="warning",
)
NO_QUERY = Code(
    "GT115", "`unknown: query` needs rules that judge the answers", "`unknown: query` 需要判断查询结果的规则",
    "add `query:` with its rules, or choose retry or hold", "请添加 `query:` 及其规则，或改用 retry、hold",
)
NOT_ASKED = Code(
    "GT340", "`{path}` needs a system that can be asked, and {adapter!r} cannot{what}",
    "`{path}` 需要能够查询的系统，而适配器 {adapter!r} 不能{what_zh}",
    "{advice}", "{advice_zh}",
)
NOT_FETCHING = Code(
    "GT857", "`{path}` needs its other half: {what}", "`{path}` 缺少另一半：{what_zh}",
    "`fetch:` says which contents are fetched and how they are judged, `settings.fetch:` where they are, here or at the system that `fetch.from` names",
    "`fetch:` 说明取回哪些附件、如何判断，`settings.fetch:` 说明从何处取回；两者须同时写，或以 `fetch.from` 指明另一系统",
)
NO_SUCH_RECEIPT = Code(
    "GT341", "{adapter!r} has no receipts by {by}; it has: {known}", "适配器 {adapter!r} 没有“{by}”方式的回执；可用：{known}",
    "write one of them at `receipt.by`", "请在 `receipt.by` 处写其中之一",
)
NEVER_JUDGED = Code(
    "GT755",
    "records of kind {kind!r} would stay `sent` for ever: `receipt.by` is {by}, and nothing says where theirs is found",
    "{kind!r} 类报文将一直停留在“待回执”：`receipt.by` 为 {by}，但未说明其回执在何处",
    "add `receipt:` to this kind, or have a kind without receipts at a system of its own",
    "请为该种类补充 `receipt:`；没有回执的种类请另设一个系统",
)
NOT_ON_FIELDS = Code(
    "GT342", "receipts that come as records are judged by their fields, and this rule is about {what}",
    "以报文送来的回执按其字段判断，而此规则针对 {what}",
    "write `field: {{path: text}}`", "请写 `field: {{路径: 文本}}`",
)
NOTHING_TO_COMPARE = Code(
    "GT343", "{system!r} reports none of the events that are compared: its dialect {dialect!r} reads none of {told}",
    "{system!r} 不上报可供比对的过程信息：其数据规范 {dialect!r} 不读取 {told} 中的任何一种",
    "name at `shadow.against` the system by which the county reports them", "请在 `shadow.against` 处写县区上报这些信息的系统",
)
UNFIT_KEY = Code(
    "GT344", "{path} is of the type {type}: days are for dates, and dates need days (`{path} ±3d`)",
    "{path} 的类型是 {type}：天数只用于日期，日期须写天数（`{path} ±3d`）",
    "write the days, or take them out", "请补写或去掉天数",
)
HELD_IN_SHADOW = Code(
    "GT345", "{system!r} is on hold: nothing is mapped for it, and nothing is compared", "{system!r} 已暂停推送：不会转换，也就没有可比对的",
    "take out `hold:`: in shadow nothing is sent anyway", "请去掉 `hold:`：并行试运行期间本来就不推送", severity="warning",
)
NO_REPLY_RULES = Code(
    "GT116", "the route {route!r} sends here, but nothing says what the replies mean",
    "转发规则 {route!r} 向此系统推送，但未说明如何判断其返回",
    "add `reply:` with its rules to the profile or the system", "请在接口模板或系统中添加 `reply:` 及其规则",
)
SECRET_NEEDED = Code(
    "GT117", "the secret {name!r} is needed and not given", "需要密钥 {name!r}，但未提供",
    "add `{name}: {{env: NAME}}` or `{name}: {{file: path}}` under `secrets:`",
    "请在 `secrets:` 下添加 `{name}: {{env: 变量名}}` 或 `{name}: {{file: 路径}}`",
)
EMPTY_ROLE = Code(
    "GT121", "no system has the role {role!r}", "没有系统的角色是 {role!r}",
    "{advice}", "{advice_zh}",
)
NOT_SPOKEN = Code(
    "GT122", "{system!r} cannot be sent {event}: its dialect {dialect!r} has no outward mapping for it",
    "无法向 {system!r} 推送 {event}：其数据规范 {dialect!r} 没有该过程信息的输出映射",
    "add mappings/{dialect}/{event}.yaml, or take the event from the route",
    "请添加 mappings/{dialect}/{event}.yaml，或从转发规则中去掉该过程信息",
)
SENT_NOTHING = Code(
    "GT488", "the route {route!r} leads here, and nothing is sent to {system!r}: what it would bring is shown as unrouted",
    "转发规则 {route!r} 通到这里，而 {system!r} 设为不推送：它本应收到的列为无路由",
    "if that is not meant, say under `settings:` how it is sent to", "若非本意，请在 `settings:` 中写明如何推送", "warning",
)
SAME_REGION = Code(
    "GT123",
    "the route chooses by region, but {first!r} and {second!r} share the role {role!r} and the region {region}",
    "转发规则按区划选择，但 {first!r} 与 {second!r} 的角色同为 {role!r}、区划同为 {region}",
    "give them different roles, or write one route to each system",
    "请为它们设置不同角色，或分别为每个系统编写转发规则",
)
NOT_ONE_TARGET = Code(
    "GT124", "`by: fixed` needs one system of the role {role!r}, and there are {count}",
    "`by: fixed` 要求角色 {role!r} 只有一个系统，实际有 {count} 个",
    "write `by: region`, or name the system", "请写 `by: region`，或直接写系统标识",
)
BY_WITH_SYSTEM = Code(
    "GT125", "`by:` chooses among the systems of a role, and this route names its system",
    "`by:` 用于在同一角色的系统中选择，而此规则已指定系统",
    "leave `by:` out, or write `role:`", "请去掉 `by:`，或改写 `role:`",
)
TO_ITSELF = Code(
    "GT126", "the route leads from {system!r} to itself, and an event never returns to its origin",
    "转发规则从 {system!r} 指向其自身，而过程信息从不返回来源",
    "name another target", "请指定其他目标",
)
UNFIT_SECRET = Code(
    "GT127", "the secret {name!r} does not fit {scheme}: expected {expected}", "密钥 {name!r} 不符合 {scheme} 的要求：应为 {expected_zh}",
    "put the right one where it is read from", "请在其来源处改正",
)
NOT_INSTALLED = Code(
    "GT128", "{name!r} needs a library that is not installed here", "{name!r} 所需的库未安装",
    "install guantong[{extra}]", "请安装 guantong[{extra}]",
)
NO_POLL = Code(
    "GT129", "the settings say how the system is read, and nothing says how often", "已写明如何读取该系统，但未写明多久读取一次",
    "add `poll: {{every: 10s}}`", "请添加 `poll: {{every: 10s}}`",
)
TORN = Code(
    "GT130", "{system!r} makes one record of {events}, and no route takes {left} there",
    "{system!r} 将 {events} 合并为一条记录，但没有转发规则把 {left} 转给它",
    "route them all to it: whichever comes last takes the record", "请把这些过程信息都转给它：最后到达的一条带出整条记录",
)
UNREACHABLE = Code(
    "GT150", "nothing will ever take the route {route!r}: {what}", "转发规则 {route!r} 永远不会生效：{what_zh}",
    "correct it or take it out", "请更正或删除", severity="warning",
)
NO_ROUTE = Code(
    "GT151", "no route leads from or to the system {system!r} (role {role!r})",
    "没有任何转发规则涉及系统 {system!r}（角色 {role!r}）",
    "add a route{near}, or take the system out", "请添加转发规则{near_zh}，或删除该系统", severity="warning",
)
EVENTS_WITHOUT_ROUTE = Code(
    "GT152", "no route takes these events from systems of the role {role!r}: {events}",
    "没有转发规则接收角色 {role!r} 的以下过程信息：{events}",
    "they would stay unrouted; add a route", "它们将停留在未转发状态；请添加转发规则", severity="warning",
)
UNUSED_PROFILE = Code(
    "GT153", "no system uses the profile {profile!r}", "没有系统使用接口模板 {profile!r}",
    "take it out, or use it", "请删除或使用它", severity="warning",
)
NOT_READ = Code(
    "GT154", "the file is not read: {what}", "不读取此文件：{what_zh}",
    "{advice}", "{advice_zh}", severity="warning",
)
SELF_MADE_KEYS = Code(
    "GT155", "the hub makes its own keys in {folder}", "密钥由系统自行生成于 {folder}",
    "keep a copy of that folder apart from the data, or name a folder of your own in `keys: {{folder: …}}`",
    "请将该文件夹与数据分开备份，或在 `keys: {{folder: …}}` 中指定自备文件夹", severity="warning",
)
OPEN_LISTENER = Code(
    "GT156", "the hub listens on {host}, beyond this machine, without TLS", "系统监听 {host}，本机之外可访问，且未启用 TLS",
    "listen on 127.0.0.1 behind a reverse proxy, or make sure only the government network reaches it",
    "请监听 127.0.0.1 并置于反向代理之后，或确保仅政务网可访问", severity="warning",
)
NO_TOKENS = Code(
    "GT775", "figures, metrics and /openapi.json are shut: others reach the hub, and there is no token",
    "队列统计、指标和 /openapi.json 已关闭：他人可访问该系统，而未设令牌",
    "write `operations: {{tokens: {{prometheus: {{env: GUANTONG_METRICS_TOKEN}}}}}}`", "请写 `operations: {{tokens: {{prometheus: {{env: GUANTONG_METRICS_TOKEN}}}}}}`",
    severity="warning",
)
SHORT_TOKEN = Code(
    "GT776", "the token {name!r} has fewer than {least} characters", "令牌 {name!r} 少于 {least} 个字符",
    "make one: python -c 'import secrets; print(secrets.token_urlsafe(32))'", "可用 python -c 'import secrets; print(secrets.token_urlsafe(32))' 生成",
)
READABLE_SECRET = Code(
    "GT157", "the secret file {file} may be read by every user of this machine", "密钥文件 {file} 可被本机所有用户读取",
    "run `chmod o-r {file}`", "请执行 `chmod o-r {file}`", severity="warning",
)
UNUSED_SECRET = Code(
    "GT158", "nothing uses the secret {name!r}", "没有任何设置使用密钥 {name!r}",
    "{advice}", "{advice_zh}", severity="warning",
)
REPEATED_ROUTE = Code(
    "GT780", "the route {first!r} takes these events from the same systems to the same ones already: {events}",
    "转发规则 {first!r} 已将以下过程信息从相同来源发往相同目标：{events}",
    "take them from one of the two; nothing is sent twice, and the first counts",
    "请从其中一条去掉；不会重复推送，以先写的一条为准", severity="warning",
)
NO_DOOR_TO_TEST = Code(
    "GT824", "the system does not call us: there is no door to test", "该系统不推送报文，没有可供测试的接口",
    "take `test_door:` out; its samples can be tried by guantong try, or lie in samples/",
    "请去掉 `test_door:`；其样例可用 guantong try 试验，或放入 samples/",
)
FACT_MISSING = Code(
    "GT541", "the dialect {dialect} reads the fact {name!r}{what} to write {events}, and the system does not tell it",
    "数据规范 {dialect} 写出 {events} 时要用到参数 {name!r}{what_zh}，该系统未给出",
    "{advice} `facts: {{{name}: \"…\"}}`{empty}", "{advice_zh} `facts: {{{name}: \"…\"}}`{empty_zh}",
    severity="warning",
)
BAD_AUDIT_KEY = Code(
    "GT945", "this is no private key of the journal's proof: {what}", "不是交换日志存证用的私钥：{what}",
    "make one with: guantong audit keys new NAME", "请用 guantong audit keys new 名称 生成",
)
NEEDS_SM = Code(
    "GT932", "a key of the journal's proof is of SM2, and the package gmssl is not installed", "存证密钥为 SM2，而未安装 gmssl",
    "install it: pip install 'guantong[sm]'", "请安装：pip install 'guantong[sm]'",
)
BAD_FORMER_KEY = Code(
    "GT933", "number {number} of the former public keys is none: {what}", "第 {number} 个原公钥不是公钥：{what}",
    "write the line NAME+HASH+BASE64 that guantong audit keys show printed then", "请写当时 guantong audit keys show 打印的一行 NAME+HASH+BASE64",
)
NO_BOOKS = Code(
    "GT131", "nothing says where the books of {system} are, and what it sends cannot be read again", "未说明 {system} 的账在哪里，其报文也无法重读",
    "write `source:` with a `query:` or a `view:`; without `at:`, a file can be handed in: guantong reconcile {system} --file",
    "请写 `source:` 及 `query:` 或 `view:`；不写 `at:` 时可用文件对账：guantong reconcile {system} --file",
)
WHICH_KIND = Code(
    "GT132", "nothing says of which kind the rows of this list are: {kinds}", "未说明该清单各行的报文类型：{kinds}",
    "write `kind:`, or the column that tells it: `kind_at:`", "请写 `kind:`，或用 `kind_at:` 指明给出类型的列",
)
NOT_LISTING = Code(
    "GT133", "{system} (adapter {adapter}) cannot be asked for rows", "无法向 {system}（适配器 {adapter}）查询",
    "name with `through:` a system of the adapter `table` that runs in the hub itself, or leave both out and hand in a file",
    "请用 `through:` 指明在枢纽内运行的前置库（table）系统，或两者都不写，改用文件",
)
COMPARED_WHOLE = Code(
    "GT134", "what is read again is compared whole: `compare:` says nothing here", "重读的报文整条比较，`compare:` 不起作用",
    "take `compare:` out, or write a `source:`", "请去掉 `compare:`，或写 `source:`", severity="warning",
)
TLS_UNUSABLE = Code(
    "GT588", "{key}: {file} cannot be used: {what}", "{key}：无法使用 {file}：{what_zh}",
    "name a readable file of PEM; the key without a password", "请填写可读取的 PEM 文件；私钥不带口令",
)
NO_CLIENTS = Code(
    "GT589", "`client_certificates:` needs `hub: {{tls: {{clients: …}}}}`", "`client_certificates:` 需要 `hub: {{tls: {{clients: …}}}}`",
    "name the authorities that issue these certificates there", "请在其中写明这些证书的颁发机构",
)
