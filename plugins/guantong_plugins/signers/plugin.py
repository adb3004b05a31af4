"""Registers the signers."""

from __future__ import annotations

from collections.abc import Sequence

from guantong.plugins import hookimpl
from guantong.signer import SignerSpec
from guantong_plugins.signers import proofs
from guantong_plugins.signers.apikey import ApiKey, ApiKeyOptions
from guantong_plugins.signers.basic import Basic
from guantong_plugins.signers.bearer import Bearer
from guantong_plugins.signers.md5gbk import Md5Gbk
from guantong_plugins.signers.sharing import Sharing
from guantong_plugins.signers.sm2 import Sm2, Sm2Options, check_keys
from guantong_plugins.signers.sm3 import Sm3Mac
from guantong_plugins.signers.stamped import StampOptions
from guantong_plugins.signers.xtif import XTif


@hookimpl
def register_signers() -> Sequence[SignerSpec]:
    return (
        SignerSpec("api-key", "Key in a header", "请求头中的密钥", "", ("key",), ApiKey, ApiKeyOptions, proofs=proofs.api_key),
        SignerSpec("basic", "User and password", "用户名与口令", "RFC 7617", ("user", "password"), Basic, proofs=proofs.basic),
        SignerSpec("bearer", "Bearer token", "Bearer 令牌", "RFC 6750", ("token",), Bearer, proofs=proofs.bearer),
        SignerSpec("gjgxjhpt", "National sharing platform's headers", "国家数据共享交换平台请求头",
                   "国家数据共享交换平台接口", ("rid", "sid", "secret"), Sharing, proofs=proofs.sharing),
        SignerSpec("md5-gbk", "MD5 over GBK bytes", "GBK 字节的 MD5 校验", "电子监察数据交换接口", (), Md5Gbk, proofs=proofs.md5_gbk),
        SignerSpec("sm2", "SM2 signature", "SM2 签名", "GB/T 32918.2, GB/T 35276", (), Sm2, Sm2Options,
                   to_sign=("private_key",), to_verify=("public_key",), check=check_keys,
                   module="gmssl", extra="sm", proofs=proofs.stamped("an SM2 signature")),
        SignerSpec("sm3", "Keyed SM3 digest", "带密钥的 SM3 校验", "GB/T 32905, RFC 2104", ("key",), Sm3Mac, StampOptions,
                   proofs=proofs.stamped("an HMAC with SM3")),
        SignerSpec("x-tif", "Gateway headers x-tif-*", "政务网关 x-tif 请求头", "粤省政务云网关", ("token",), XTif,
                   optional=("paasid",), proofs=proofs.x_tif),
    )
