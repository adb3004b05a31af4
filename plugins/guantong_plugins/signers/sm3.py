"""The scheme `sm3`: a keyed digest (HMAC, RFC 2104) with SM3 (GB/T 32905) over stamp and body."""

from __future__ import annotations

import hmac
from collections.abc import Mapping

from cryptography.hazmat.primitives.hashes import SM3
from cryptography.hazmat.primitives.hmac import HMAC

from guantong.secret import Secret
from guantong.signer import SignatureRefused
from guantong_plugins.signers.stamped import Stamp, StampOptions, stamped


class Sm3Mac:
    """Signs and verifies with a key both sides hold."""

    def __init__(self, secrets: Mapping[str, Secret], options: StampOptions) -> None:
        self._key = secrets["key"].reveal().encode()
        self._stamp = Stamp(options)

    def sign(self, body: bytes, now: float) -> Mapping[str, str]:
        timestamp, nonce = self._stamp.new(now)
        return self._stamp.headers(timestamp, nonce, self._digest(stamped(timestamp, nonce, body)))

    def verify(self, headers: Mapping[str, str], body: bytes, now: float) -> None:
        timestamp, nonce, signature = self._stamp.read(headers)
        if not hmac.compare_digest(signature, self._digest(stamped(timestamp, nonce, body))):
            raise SignatureRefused("the SM3 digest does not hold", "SM3 摘要不符")
        self._stamp.first(timestamp, nonce, now)

    def _digest(self, signed: bytes) -> bytes:
        digest = HMAC(self._key, SM3())
        digest.update(signed)
        return digest.finalize()
