"""What can be wrong with the answers that make a county's files (GT800 to GT809, GT542)."""

from __future__ import annotations

from guantong.problems import Code

NO_ANSWERS = Code(
    "GT800", "the answers cannot be read: {what}", "无法读取回答文件：{what_zh}",
    "make one to fill in: guantong county add --print-answers > answers.yaml",
    "可先生成模板再填写：guantong county add --print-answers > answers.yaml",
)
NOT_AN_ADDRESS = Code(
    "GT801", "this is no address of the adapter {adapter!r}: expected {expected}",
    "这不是适配器 {adapter!r} 的地址：应为{expected_zh}",
    "write it as the county gives it, without a password", "请照对方给出的填写，不要带口令",
)
THERE_ALREADY = Code(
    "GT802", "{file} is there already and says something else", "{file} 已存在，内容不同",
    "choose another name, or replace it with --force", "请换一个标识；确要替换时加 --force",
)
NO_MATERIAL = Code(
    "GT803", "{file} cannot be read: {what}", "无法读取 {file}：{what_zh}",
    "give the vendor's file by its path, from the folder of the answers", "请写对方资料的路径，相对于回答文件所在的文件夹",
)
NOTHING_TO_EXTEND = Code(
    "GT804", "no shipped dialect speaks the profile {profile!r}: what the dialect is to extend must be said",
    "自带的数据规范中没有使用接口模板 {profile!r} 的：须说明在哪一个之上改写",
    "write `extends:` ({known}), or give the vendor's material at `from:`",
    "请写 `extends:`（可用：{known_zh}），或在 `from:` 处给出对方的资料",
)
UNWRITABLE = Code(
    "GT805", "{file} cannot be written: {what}", "无法写入 {file}：{what_zh}",
    "nothing was written; see to the folder and begin again", "未写入任何文件；请检查该文件夹后重来",
)
RESERVED_NAME = Code(
    "GT388", "{county!r} is the name of {file} already: its systems would get the same ids", "{county!r} 已是 {file} 的标识，系统标识会混在一起",
    "choose another id for the county, such as its name in letters", "请为县区另取标识，如其名称的拼音",
)
HOST_KEYS_WANTED = Code(
    "GT389", "by whose host keys the server {host} is known is not said", "未说明服务器 {host} 的主机密钥",
    "ask its administrator for the fingerprint, or look: ssh-keyscan {host} | ssh-keygen -lf - ; then write `host_keys: \"SHA256:…\"`",
    "请向其管理员索取指纹（或 ssh-keyscan {host} | ssh-keygen -lf -，并与管理员核对），再写 `host_keys: \"SHA256:…\"`",
)
NO_HOST_KEYS = Code(
    "GT390", "the address names no server that is known by host keys", "该地址不是以主机密钥识别的服务器",
    "leave `host_keys:` out, or write an address such as sftp://user@host/folder", "请去掉 `host_keys:`，或填写 sftp://用户@主机/目录 形式的地址",
)
ROUTES_UNCLEAR = Code(
    "GT806", "no route takes what the role {role!r} sends, and config/routes.yaml cannot be added to by itself",
    "没有任何转发规则涉及角色 {role!r}，且无法自动续写 config/routes.yaml",
    "add the routes yourself; `guantong check` says when they fit", "请自行添加转发规则，再以 `guantong check` 检查",
)
FACT_WANTED = Code(
    "GT542", "the county's records are written with {name!r}{what}, which only its people can tell",
    "写给该县区的报文要用到 {name!r}{what_zh}，须由对方说明",
    "ask them, then write `facts: {{{name}: \"{example}\"}}` with what they say{empty}",
    "请向对方询问，再写 `facts: {{{name}: \"{example}\"}}`（换成对方所说的值）{empty_zh}",
)
NO_SEND_TO_LEAVE = Code(
    "GT489", "the profile {profile!r} has no `send:` that could be left out", "接口模板 {profile!r} 没有可以取消的 `send:`",
    "leave `sends: no` out of the answers; take the events from the routes instead", "请去掉回答中的 `sends: no`，改在转发规则中去掉相应过程信息",
)
UNKNOWN_ANSWER = Code(
    "GT665", "the model has no {kind} {name!r}", "统一模型中没有{kind_zh} {name!r}", "{advice}", "{advice_zh}",
)
SUCCESS_WANTED = Code(
    "GT666", "which replies to {operations} mean success is not said: they have {known}",
    "未说明 {operations} 的哪种应答算成功：应答中有 {known}",
    "ask the vendor, then write `reply: {{success: {{{example}: …}}}}` with the text that stands there",
    "请向对方询问，再写 `reply: {{success: {{{example}: …}}}}`（写出该处的文字）",
)
NOTHING_TO_SERVE = Code(
    "GT667", "`serve: {serve}` cannot be: {what}", "无法按 `serve: {serve}` 开通：{what_zh}",
    "write `serve: ours` (they call us by our WSDL) or leave it out", "请写 `serve: ours`（由对方按我方 WSDL 调用），或去掉该项",
)
NOTHING_KNOWN_TO_SERVE = Code(
    "GT678", "none of their operations is known to be about an acceptance, a step or a finish, as `serve: theirs` wants; the WSDL also has {names}",
    "`serve: theirs` 需要关于受理、审批、办结等的操作，但未能认出；WSDL 中另有操作 {names}",
    "write what they are, such as `events: {{{example}: case.acceptance}}`; or `serve: ours` (they call us by our WSDL), or leave it out",
    "请写明其为何种过程信息，如 `events: {{{example}: case.acceptance}}`；或写 `serve: ours`（由对方按我方 WSDL 调用），或去掉该项",
)
