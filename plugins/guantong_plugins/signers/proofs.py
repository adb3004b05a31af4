"""What a request carries that a scheme proves, as OpenAPI Security Schemes: for descriptions of our doors."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from guantong_plugins.signers.apikey import ApiKeyOptions
from guantong_plugins.signers.stamped import StampOptions

Proofs = Mapping[str, Mapping[str, str]]


def api_key(options: ApiKeyOptions) -> Proofs:
    """The one header."""
    return {"key": _header(options.header, "the key agreed · 约定的密钥")}


def basic(_options: Any) -> Proofs:
    """RFC 7617."""
    return {"basic": {"type": "http", "scheme": "basic"}}


def bearer(_options: Any) -> Proofs:
    """RFC 6750."""
    return {"bearer": {"type": "http", "scheme": "bearer"}}


def stamped(over: str) -> Any:
    """Time, nonce and a signature over them and the body."""

    def proofs(options: StampOptions) -> Proofs:
        return {
            "timestamp": _header(options.timestamp, "Unix seconds · 秒级时间戳"),
            "nonce": _header(options.nonce, "never used before, 1 to 64 characters · 随机串，不得重复"),
            "signature": _header(options.signature, f"{over} over timestamp + nonce + body, in {options.written}"),
        }

    return proofs


def x_tif(_options: Any) -> Proofs:
    """The gateway's headers."""
    return {
        "timestamp": _header("x-tif-timestamp", "Unix seconds · 秒级时间戳"),
        "nonce": _header("x-tif-nonce", "never used before, 1 to 64 characters · 随机串，不得重复"),
        "signature": _header("x-tif-signature", "SHA-256, hexadecimal, of timestamp + token + nonce + timestamp"),
    }


def sharing(_options: Any) -> Proofs:
    """The national platform's headers."""
    return {
        "rid": _header("gjgxjhpt_rid", "the application · 请求方标识"), "sid": _header("gjgxjhpt_sid", "the service · 服务标识"),
        "rtime": _header("gjgxjhpt_rtime", "Unix milliseconds · 毫秒级时间戳"),
        "sign": _header("gjgxjhpt_sign", "Base64 of HMAC-SHA256 by the secret of sid + rid + rtime"),
    }


def md5_gbk(_options: Any) -> Proofs:
    """The one header."""
    return {"security": _header("security", "MD5, hexadecimal, of the body's GBK bytes · 报文 GBK 字节的 MD5")}


def _header(name: str, holds: str) -> Mapping[str, str]:
    return {"type": "apiKey", "in": "header", "name": name, "description": holds}
