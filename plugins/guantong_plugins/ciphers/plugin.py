"""Registers the ciphers."""

from __future__ import annotations

from collections.abc import Sequence

from guantong.cipher import CipherSpec
from guantong.plugins import hookimpl
from guantong_plugins.ciphers.sm4 import Sm4Cbc, Sm4Options, check_keys


@hookimpl
def register_ciphers() -> Sequence[CipherSpec]:
    return (
        CipherSpec("sm4-cbc", "SM4 in CBC mode", "SM4-CBC 加密", "GB/T 32907, GB/T 17964", ("cipher_key",), Sm4Cbc,
                   Sm4Options, optional=("cipher_iv",), check=check_keys),
    )
