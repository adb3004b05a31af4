"""The problems of WS-Security (GT565 to GT567, GT680 to GT689)."""

from __future__ import annotations

from guantong.problems import Code

MISSING = Code(
    "GT680", "the message has no {what}, which is wanted here", "报文缺少所要求的 {what}",
    "add it to wsse:Security in the header", "请在消息头的 wsse:Security 中加入",
)
WRONG_PASSWORD = Code(
    "GT681", "the user name or the password is wrong", "用户名或口令错误",
    "check both, and that the form of the password (text or digest) is the agreed one", "请核对用户名、口令及约定的口令形式（明文或摘要）",
)
REPLAYED = Code(
    "GT682", "this very message was taken before", "该报文已接收过，不再接受",
    "make a nonce, a time and a signature anew for every call", "每次调用请重新生成随机数、时间与签名",
)
OUT_OF_TIME = Code(
    "GT683", "the message says {found}, and our time is {now}: it is accepted for {window} s, with {skew} s between the clocks",
    "报文时间为 {found}，本系统时间为 {now}：有效期 {window} 秒，允许时钟偏差 {skew} 秒",
    "set the clock, and send times in UTC", "请校准时钟，并以 UTC 填写时间",
)
NOT_HOLDING = Code(
    "GT684", "the signature does not hold: {what}", "签名校验失败：{what_zh}",
    "sign what is sent, and change nothing after that", "请对最终发送的内容签名，签名后不得改动",
)
NOT_SIGNED = Code(
    "GT685", "the signature does not cover the {what} of this message", "签名未覆盖本报文的 {what}",
    "sign the Body and the Timestamp, by references to their wsu:Id", "请以 wsu:Id 引用方式对 Body 与 Timestamp 签名",
)
NOT_TRUSTED = Code(
    "GT686", "the certificate of {subject} is not accepted: {what}", "不接受 {subject} 的证书：{what_zh}",
    "use a certificate that is valid and was agreed, or have it added under `trust:`", "请使用有效且已约定的证书，或请对方将其加入 `trust:`",
)
ALGORITHM = Code(
    "GT687", "the algorithm {found!r} is not accepted", "不接受算法 {found!r}",
    "use exclusive C14N, RSA with SHA-256 and SHA-256", "请使用 exclusive C14N、RSA-SHA256 与 SHA-256",
)
MALFORMED = Code(
    "GT688", "the security header cannot be read: {what}", "安全消息头无法读取：{what_zh}",
    "write it as OASIS WSS 1.1 says", "请按 OASIS WSS 1.1 书写",
)
OUR_KEY = Code(
    "GT689", "{name}: {what}", "{name}：{what_zh}",
    "give a PEM of an RSA key of 2048 bits or more, with its certificate", "请提供 2048 位以上 RSA 私钥的 PEM 及其证书",
)
NOT_CONFIRMED = Code(
    "GT565", "the reply does not confirm the signature of our call: {what}", "应答未确认我方调用的签名：{what_zh}",
    "have the other side confirm signatures (WSS 1.1, 8.5), or take `confirmed:` out", "请对方启用签名确认（WSS 1.1 第 8.5 节），或去掉 `confirmed:`",
)
UNVERIFIED = Code(
    "GT566", "the reply is not signed: it is no SOAP envelope (HTTP status {status})", "应答没有签名：不是 SOAP 信封（HTTP 状态 {status}）",
    "see what answers at that address; a reply without a signature says nothing here", "请查明该地址由什么应答；此处不采信没有签名的应答",
)
CANNOT_CALL = Code(
    "GT540", "nothing can be sent: {what}", "无法推送：{what_zh}",
    "put the renewed certificate and its key in place of the secrets that `security.send.signature` names, and restart the hub",
    "请把 `security.send.signature` 所指的密钥换成更新后的证书和私钥，再重启枢纽",
)
CANNOT_SIGN = Code(
    "GT567", "we cannot sign our answer: {what}", "我方暂时无法对应答签名：{what_zh}",
    "call again later; the hub needs a new certificate", "请稍后重试；本枢纽需要更换证书",
)
