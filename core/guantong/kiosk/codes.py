"""Problem codes of the citizens' query."""

from __future__ import annotations

from guantong.problems import Code

NOT_FOUND = Code(
    "GT850", "there is no case of this number with this password", "没有与此编号和密码相符的办件",
    "see that both are as the receipt has them; after many wrong passwords a case is not answered for a while",
    "请核对受理回执上的编号和密码；多次输错后，该办件一段时间内不予答复",
)
NOT_A_KIOSK = Code(
    "GT851", "this kiosk is not known here", "未登记的查询终端",
    "send the key agreed for it as X-API-Key", "请在 X-API-Key 中给出约定的密钥",
)
NOT_A_QUERY = Code(
    "GT852", "this is no query: a JSON object of number and password is expected", "查询格式不符：应为含 number 和 password 的 JSON",
    'send {{"number": "…", "password": "…"}}, at most 4 KB', '请发送 {{"number": "…", "password": "…"}}，不超过 4 KB',
)
TOO_MANY = Code(
    "GT853", "too many queries, or too many wrong passwords", "查询过于频繁，或密码错误次数过多",
    "try again in {seconds} seconds", "请在 {seconds} 秒后重试",
)
NOT_JOURNALED = Code(
    "GT854", "the query cannot be journaled now", "查询暂时无法留痕",
    "try again in a while; nobody is answered without a trace", "请稍后重试；未留痕的查询不予答复",
)
