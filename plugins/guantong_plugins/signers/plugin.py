"""Registers the signers."""

from __future__ import annotations

from collections.abc import Sequence

from guantong.plugins import hookimpl
from guantong.signer import SignerSpec
from guantong_plugins.signers.bearer import Bearer
from guantong_plugins.signers.md5gbk import Md5Gbk
from guantong_plugins.signers.xtif import XTif


@hookimpl
def register_signers() -> Sequence[SignerSpec]:
    return (
        SignerSpec("bearer", "Bearer token", "Bearer 令牌", "RFC 6750", ("token",), Bearer),
        SignerSpec("md5-gbk", "MD5 over GBK bytes", "GBK 字节的 MD5 校验", "电子监察数据交换接口", (), Md5Gbk),
        SignerSpec("x-tif", "Gateway headers x-tif-*", "政务网关 x-tif 请求头", "粤省政务云网关", ("token",), XTif),
    )
