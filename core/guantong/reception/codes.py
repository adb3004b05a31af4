"""Problem codes of the reception: what is refused before it reaches a system's door (GT420 to GT429, GT585 to GT587, GT636), and at the pages of
operations (GT777, GT778)."""

from __future__ import annotations

from guantong.problems import Code

NOT_HTTP = Code(
    "GT420", "this is not a request that can be read", "请求无法识别",
    "send HTTP/1.1, with headers of at most 8 KB each and 128 in all", "请使用 HTTP/1.1；每个请求头不超过 8 KB，总数不超过 128 个",
)
NO_DOOR = Code(
    "GT421", "no system has a door here", "此地址没有任何系统的接口",
    "use the path agreed for your system", "请使用为该系统约定的路径",
)
WRONG_METHOD = Code(
    "GT422", "the door here takes another method", "该接口不接受此请求方法",
    "use the method agreed for your system", "请使用约定的请求方法",
)
NOT_MET = Code(
    "GT423", "the request asks for what is not offered here", "请求的条件无法满足",
    "leave out headers such as Expect", "请去掉 Expect 等请求头",
)
DOOR_FAILED = Code(
    "GT424", "the hub failed to answer; whether the record was kept is not known", "系统内部出错，不确定报文是否已保存",
    "send the same record again: what is known is not taken twice", "请重发同一报文：已收到的不会重复处理",
)
TWO_PROOFS = Code(
    "GT636", "the request has more than one Authorization header", "请求带有多个 Authorization 请求头",
    "send one: whoever stands between may have judged another of them", "请只带一个：途中的代理判断的可能是另一个",
)
NO_TOKEN = Code(
    "GT777", "this page is for who operates the hub: a token is needed", "此页面仅供运行维护人员使用，需要令牌",
    "send a token of operations.tokens (guantong.yaml) as Authorization: Bearer …",
    "请以 Authorization: Bearer … 给出 guantong.yaml 中 operations.tokens 的任一令牌",
)
NOT_OPEN = Code(
    "GT778", "this page is shut: no token was configured that could open it", "此页面已关闭：未配置可用的令牌",
    "write operations: {{tokens: …}} in guantong.yaml and start the hub anew", "请在 guantong.yaml 中写 operations: {{tokens: …}} 并重新启动",
)
NO_CERTIFICATE = Code(
    "GT585", "this door is for callers that show a certificate, and none was shown", "此接口须出示客户端证书，请求未出示",
    "call over TLS with the certificate that was agreed", "请以约定的客户端证书通过 TLS 调用",
)
OTHER_CERTIFICATE = Code(
    "GT586", "the certificate that was shown is none of those agreed for this system", "出示的客户端证书不是为该系统约定的证书",
    "use the one that was agreed; a new one must be announced before it is used", "请使用约定的证书；更换证书须事先通知",
)
TLS_REFUSED = Code(
    "GT587", "a connection was refused before any request came over it: TLS or its certificate did not hold", "连接在建立时被拒绝：TLS 或客户端证书无效",
    "the log's `tls.refused` says why: expired, of another authority, too old a version", "原因见日志 `tls.refused`：证书过期、颁发机构不受信任、TLS 版本过低等",
)
