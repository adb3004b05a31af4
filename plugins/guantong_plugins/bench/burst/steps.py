"""What a burst says: steps, every one of a case of its own, as rows, as JSON and in envelopes."""

from __future__ import annotations

from typing import Any

import orjson

from guantong_plugins.bench.record import serial

RESPONSE = (b'<?xml version="1.0" encoding="utf-8"?><s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body>'
            b'<STEPResponse xmlns="urn:burst"><code>0</code></STEPResponse></s:Body></s:Envelope>')
"""How a SOAP service answers what it took."""


def row(number: int) -> dict[str, Any]:
    """The step *number*, by column."""
    return {"SBLSH": serial(number).decode(), "SJBBH": "1", "XZQHDM": "445222", "SPHJDM": "1", "SPHJMC": "审核", "SPRXM": "陈䶮",
            "SPSJ": "2014-07-15 10:30:00", "SPYJ": "材料齐全，符合法定条件，同意。"}


def document(number: int) -> bytes:
    """The step *number* as a JSON object."""
    return orjson.dumps(row(number))


def envelope(number: int) -> bytes:
    """The step *number* as a SOAP call."""
    fields = "".join(f"<{name}>{value}</{name}>" for name, value in row(number).items())
    return ('<?xml version="1.0" encoding="utf-8"?><s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body>'
            f'<STEP xmlns="urn:burst">{fields}</STEP></s:Body></s:Envelope>').encode()
