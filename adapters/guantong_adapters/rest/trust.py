"""Whom https connections to a system trust, and what they show of us."""

from __future__ import annotations

import ssl

from guantong_adapters.rest.settings import RestSettings


def tls_of(settings: RestSettings) -> ssl.SSLContext | None:
    """What https connections trust and show; None for the machine's own authorities and nothing to show."""
    if settings.tls_ca is None and settings.tls_certificate is None:
        return None
    context = ssl.create_default_context(cafile=settings.tls_ca)
    if settings.tls_certificate is not None:
        context.load_cert_chain(settings.tls_certificate, settings.tls_key)
    return context
