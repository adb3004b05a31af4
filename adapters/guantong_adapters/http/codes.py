"""What probing an HTTP interface can find."""

from __future__ import annotations

from guantong.problems import Code

NOT_LET_IN = Code(
    "GT819", "the interface answers HTTP {status}: we are not let in", "接口返回 HTTP {status}：未通过认证",
    "check the secrets (token, key, signature) with the other side, and whether our address is on their list",
    "请与对方核对密钥（令牌、密钥、签名），并确认我方地址已在其白名单中",
)
FAILS = Code(
    "GT820", "the interface answers HTTP {status}", "接口返回 HTTP {status}",
    "their service is down or its gateway cannot reach it: tell the other side", "对方服务异常或其网关无法到达：请联系对方",
)
NO_INTERFACE = Code(
    "GT931", "the address answers HTTP 404 to a question that takes no effect: there is no interface of this path",
    "对无副作用的请求，该地址返回 HTTP 404：此路径下没有接口",
    "see to the path of `url:` with the other side; where their gateway answers 404 to all but real calls, write `answers_404: true` "
    "in the settings",
    "请与对方核对 `url:` 的路径；如其网关对真实调用以外的请求一律返回 404，请在设置中写 `answers_404: true`",
)
NO_HTTP = Code(
    "GT821", "no answer by HTTP ({what})", "没有 HTTP 应答（{what}）",
    "check that the port speaks HTTP, and the address", "请确认该端口为 HTTP 服务，并核对地址",
)
NO_TRUST = Code(
    "GT657", "the file {file} of `{key}:` cannot be used: {what}", "`{key}:` 的文件 {file} 无法使用：{what_zh}",
    "give the path, from the home folder, of a PEM file that the hub's user may read",
    "请填写工作目录下中枢用户可读的 PEM 文件路径",
)
NO_LOGIN = Code(
    "GT822", "the login failed: {what}", "登录失败：{what_zh}",
    "check user and password with the other side", "请与对方核对用户和口令",
)
NOT_PROVEN = Code(
    "GT823", "the interface answers HTTP {status} to a question that takes no effect: whether our secrets are right shows only at the first record",
    "接口对无副作用的请求返回 HTTP {status}：密钥是否正确要到第一条报文才能确认",
    "send one test record together with the other side; after HTTP 404, see to the path of the address, too",
    "请与对方一起用一条测试报文核对；应答为 404 时，另请核对地址中的路径", severity="warning",
)
