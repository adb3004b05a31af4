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
NO_HTTP = Code(
    "GT821", "no answer by HTTP ({what})", "没有 HTTP 应答（{what}）",
    "check that the port speaks HTTP, and the address", "请确认该端口为 HTTP 服务，并核对地址",
)
NO_LOGIN = Code(
    "GT822", "the login failed: {what}", "登录失败：{what}",
    "check user and password with the other side", "请与对方核对用户和口令",
)
NOT_PROVEN = Code(
    "GT823", "the interface answers HTTP {status} to a question that takes no effect: whether our secrets are right shows only at the first record",
    "接口对无副作用的请求返回 HTTP {status}：密钥是否正确要到第一条报文才能确认",
    "send one test record together with the other side; after HTTP 404, see to the path of the address, too",
    "请与对方一起用一条测试报文核对；应答为 404 时，另请核对地址中的路径", severity="warning",
)
