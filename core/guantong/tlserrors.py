"""Why a TLS connection came to nothing, in English and Chinese."""

from __future__ import annotations

import ssl

from guantong.oserrors import in_words

_OF_CERTIFICATES = {
    9: "证书尚未生效", 10: "证书已过期", 18: "对方证书为自签名证书", 19: "证书链中含不受信任的自签名证书",
    20: "证书的颁发机构不受信任", 62: "证书与主机名不符", 64: "证书与 IP 地址不符",
}
"""By OpenSSL's number of what is wrong with a certificate (X509_V_ERR_…)."""
_OF_US = ("they want a certificate of ours", "对方要求出示我方证书")
_REASONS = {"TLSV13_ALERT_CERTIFICATE_REQUIRED": _OF_US}
"""By OpenSSL's name of what the other side said or did."""


def tls_in_words(error: ssl.SSLError) -> tuple[str, str]:
    """What *error* means, in English and Chinese: `certificate has expired`, and not only that it was not verified.
    Where Chinese has no word of ours, OpenSSL's own."""
    if isinstance(error, ssl.SSLCertVerificationError):
        english = error.verify_message.strip(" .") or "the certificate does not hold"
        return english, _OF_CERTIFICATES.get(error.verify_code, english)
    english = error.reason or type(error).__name__
    return _REASONS.get(english, (english, english))


def connection_in_words(error: OSError) -> tuple[str, str]:
    """Why a connection came to nothing or broke: what TLS says, else the operating system."""
    return tls_in_words(error) if isinstance(error, ssl.SSLError) else in_words(error)


def tls_behind(error: BaseException) -> ssl.SSLError | None:
    """The failure of TLS that led to *error*, where one did."""
    seen: BaseException | None = error
    while seen is not None and not isinstance(seen, ssl.SSLError):
        seen = seen.__cause__ or seen.__context__
    return seen
