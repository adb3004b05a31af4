"""The records of the simulated county of forms: APPROVEDATAINFO, sealed with SM4-CBC and in Base64 whose lines its
Java breaks.

Written down from the interface's description, apart from the product's mappings and cipher: the other side has its
own.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from xml.sax.saxutils import escape

import orjson
from cryptography.hazmat.primitives.ciphers import Cipher, modes
from cryptography.hazmat.primitives.ciphers.algorithms import SM4
from cryptography.hazmat.primitives.padding import PKCS7
from lxml import etree

from guantong_adapters.simulation.guangdong import columns, element
from guantong_adapters.simulation.story import Act

APPLICATION = "SPSHENQING"
KINDS = {
    "case.application": APPLICATION, "case.pre_acceptance": "SPYUSHOULI", "case.acceptance": "SPSHOULI",
    "case.step": "SPCHULI", "case.pause": "SPGUAQI", "case.resumption": "SPGUAQI",
    "case.correction_notice": "SPBZGAOZHI", "case.correction": "SPBZSHOULI", "case.finish": "SPBANJIE",
    "case.collection": "SPLINGQU", "case.material": "SPCAILIAO", "alert.reply": "SPZHENGGAI",
}
CARD, WITHDRAWN = "SPYUJING", "SPCHEPAI"
_BESIDE = ("SBLSH", "YWLSH", "SXBM", "SXMC", "XZQHDM", "SJBBH", "BZ")
_MANNER = {
    "case.acceptance": "<EXPRESSTYPE>0</EXPRESSTYPE>", "case.pause": "<SUSPENDTYPE>0</SUSPENDTYPE>",
    "case.resumption": "<SUSPENDTYPE>1</SUSPENDTYPE>",
}


class Malformed(Exception):
    """What came is no record of this interface."""


def document(act: Act) -> str:
    """*act* as this county writes it: what all records share, then the element of its kind."""
    row = columns(act, spare=True)
    kind = KINDS[act.event]
    beside = "".join(element(name, row[name]) for name in _BESIDE if name in row)
    inner = "".join(element(name, value) for name, value in row.items() if name not in _BESIDE)
    return f"<APPROVEDATAINFO>{beside}<{kind}>{_MANNER.get(act.event, '')}{inner}</{kind}></APPROVEDATAINFO>"


def received(text: str, kind: str = APPLICATION) -> dict[str, str | None]:
    """The columns of a record of *kind*, in one row; a list of materials as JSON. Raises `Malformed`."""
    try:
        root = etree.fromstring(text, etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False))
    except (etree.XMLSyntaxError, ValueError):
        raise Malformed("报文不是 XML") from None
    inner = root.find(kind)
    if root.tag != "APPROVEDATAINFO" or inner is None:
        raise Malformed(f"报文中没有 {kind}")
    return {str(each.tag): _value(each) for each in (*root, *inner) if each is not inner}


def _value(field: etree._Element) -> str | None:
    if not len(field):
        return field.text
    return orjson.dumps([{str(part.tag): part.text for part in each} for each in field.findall("CL")]).decode()


class Seal:
    """SM4-CBC with a key and a vector, each of 32 hexadecimal digits or of 16 characters, as this county's vendor does
    it."""

    def __init__(self, secrets: Mapping[str, str]) -> None:
        self._cipher = Cipher(SM4(_block(secrets["key"])), modes.CBC(_block(secrets["iv"])))

    def seal(self, text: str, *, lines: bool = False) -> str:
        """*text* sealed, in Base64 on one line, or in *lines* of 76 that end as on Windows."""
        padder, encryptor = PKCS7(128).padder(), self._cipher.encryptor()
        raw = encryptor.update(padder.update(text.encode()) + padder.finalize()) + encryptor.finalize()
        return (base64.encodebytes(raw).replace(b"\n", b"\r\n") if lines else base64.b64encode(raw)).decode()

    def open(self, sealed: str) -> str:
        """The text. Raises `Malformed`, also for what has line breaks: this county's own program takes none."""
        if "\r" in sealed or "\n" in sealed:
            raise Malformed("密文中有换行")
        decryptor, unpadder = self._cipher.decryptor(), PKCS7(128).unpadder()
        try:
            padded = decryptor.update(base64.b64decode(sealed, validate=True)) + decryptor.finalize()
            return (unpadder.update(padded) + unpadder.finalize()).decode()
        except (binascii.Error, ValueError):
            raise Malformed("解密失败") from None


def _block(text: str) -> bytes:
    return bytes.fromhex(text) if len(text) == 32 else text.encode()


def answer(code: str, sealed: str = "", message: str = "") -> bytes:
    """An answer in XML."""
    data = f"<data>{sealed}</data>" if sealed else ""
    said = f"<msg>{escape(message)}</msg>" if message else ""
    return f"<RESULT><code>{code}</code>{said}{data}</RESULT>".encode()
