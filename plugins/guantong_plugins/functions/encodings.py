"""Functions on texts carried inside texts: Base64 and percent-encoding.

What is read must be what we would write, so that each can be undone exactly. Line breaks inside Base64 are
taken off first, by `via: [strip_newlines, from_base64]`; twice encoded is `via: [from_base64, from_base64]`.
"""

from __future__ import annotations

import base64
from urllib.parse import quote, unquote_to_bytes

from guantong.function import FunctionSpec, Parameter, ValueRefused

_CHARSET = Parameter(
    "charset", "text", "the charset of the text inside", "内层文本的字符集",
    choices=("utf-8", "gbk", "gb18030"), default="utf-8",
)


def to_base64(charset: str, text: str) -> str:
    """*text* in *charset* as Base64 on one line. Raises `ValueRefused` for what the charset lacks."""
    return base64.b64encode(_bytes(charset, text)).decode("ascii")


def from_base64(charset: str, text: str) -> str:
    """The text in the Base64 *text*. Raises `ValueRefused`."""
    try:
        body = base64.b64decode(text, validate=True)
    except ValueError:
        raise ValueRefused("expected Base64 on one line", "应为单行 Base64") from None
    if base64.b64encode(body).decode("ascii") != text:
        raise ValueRefused("expected Base64 with its padding", "应为带完整填充的 Base64")
    return _text(charset, body)


def to_percent(charset: str, text: str) -> str:
    """*text* in *charset*, percent-encoded (RFC 3986). Raises `ValueRefused` for what the charset lacks."""
    return quote(_bytes(charset, text), safe="")


def from_percent(charset: str, text: str) -> str:
    """The text in the percent-encoded *text*. Raises `ValueRefused`."""
    if not text.isascii():
        raise ValueRefused("expected percent-encoding (RFC 3986)", "应为百分号编码（RFC 3986）")
    body = unquote_to_bytes(text)
    if quote(body, safe="") != text:
        raise ValueRefused(
            "expected percent-encoding as RFC 3986 writes it: capitals, and %20 for a blank",
            "应为 RFC 3986 的百分号编码：十六进制大写，空格写作 %20",
        )
    return _text(charset, body)


def _bytes(charset: str, text: str) -> bytes:
    refused = ValueRefused(f"it holds a character that {charset} lacks", f"含有 {charset} 没有的字符")
    try:
        body = text.encode(charset)
    except UnicodeError:
        raise refused from None
    if body.decode(charset) != text:
        raise refused
    return body


def _text(charset: str, body: bytes) -> str:
    refused = ValueRefused(f"the bytes inside are not {charset}", f"内层字节不是 {charset} 编码")
    try:
        text = body.decode(charset)
    except UnicodeError:
        raise refused from None
    if text.encode(charset) != body:
        raise refused
    return text


FUNCTIONS = (
    FunctionSpec(
        "from_base64", 1, "Read the text inside Base64 on one line", "Base64 解码为文本",
        from_base64, to_base64, "", (("5byg5LiJ", "张三"), ("YQ==", "a"), ("", "")), (_CHARSET,),
    ),
    FunctionSpec(
        "to_base64", 1, "Write a text as Base64", "文本编码为 Base64",
        to_base64, from_base64, "", (("张三", "5byg5LiJ"), ("a", "YQ=="), ("", "")), (_CHARSET,),
    ),
    FunctionSpec(
        "from_percent", 1, "Read a percent-encoded text (RFC 3986)", "百分号编码解码为文本",
        from_percent, to_percent, "", (("%E5%BC%A0%20a", "张 a"), ("a-b", "a-b")), (_CHARSET,),
    ),
    FunctionSpec(
        "to_percent", 1, "Percent-encode a text (RFC 3986)", "文本进行百分号编码",
        to_percent, from_percent, "", (("张 a", "%E5%BC%A0%20a"), ("a-b", "a-b")), (_CHARSET,),
    ),
)
