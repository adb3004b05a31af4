"""XML Signature as the X.509 Token Profile uses it, and no more of it: exclusive C14N, RSA, references by `wsu:Id`.

What is verified are the very elements that are read afterwards: the digest is taken of them, not of whatever an id leads
to (McIntosh and Austel, *XML Signature Element Wrapping Attacks*, 2005). No other transform is carried out.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from collections.abc import Sequence
from itertools import islice

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from lxml import etree

from guantong_adapters.soap.faulting import Refused
from guantong_adapters.soap.security.codes import ALGORITHM, NOT_HOLDING
from guantong_adapters.soap.security.names import (
    DS,
    EXCLUSIVE,
    ID,
    RSA_SHA1,
    RSA_SHA256,
    SHA1,
    SHA256,
    SIGNATURE,
)
from guantong_adapters.soap.security.refusal import insecure, malformed

MOST_REFERENCES = 20
MOST_ELEMENTS = 500
"""Of one SignedInfo: it is canonicalised before anybody is proven, which takes seconds where a stranger fills it."""
_INCLUSIVE = f"{{{EXCLUSIVE}}}InclusiveNamespaces"


def _ds(name: str) -> str:
    return f"{{{DS}}}{name}"


def sign(signed: Sequence[etree._Element], key: rsa.RSAPrivateKey, *, sha1: bool) -> etree._Element:
    """A signature of elements that have a `wsu:Id`, without KeyInfo."""
    signature = etree.Element(SIGNATURE, nsmap={"ds": DS})
    info = etree.SubElement(signature, _ds("SignedInfo"))
    etree.SubElement(info, _ds("CanonicalizationMethod"), Algorithm=EXCLUSIVE)
    etree.SubElement(info, _ds("SignatureMethod"), Algorithm=RSA_SHA1 if sha1 else RSA_SHA256)
    for element in signed:
        reference = etree.SubElement(info, _ds("Reference"), URI=f"#{element.get(ID)}")
        etree.SubElement(etree.SubElement(reference, _ds("Transforms")), _ds("Transform"), Algorithm=EXCLUSIVE)
        etree.SubElement(reference, _ds("DigestMethod"), Algorithm=SHA1 if sha1 else SHA256)
        etree.SubElement(reference, _ds("DigestValue")).text = base64.b64encode(_digest(canonical(element), sha1=sha1)).decode()
    value = key.sign(canonical(info), PKCS1v15(), hashes.SHA1() if sha1 else hashes.SHA256())  # noqa: S303  SHA-1 only where it is said
    etree.SubElement(signature, _ds("SignatureValue")).text = base64.b64encode(value).decode()
    return signature


def verify(signature: etree._Element, candidates: Sequence[etree._Element], key: rsa.RSAPublicKey, *, sha1: bool) -> list[etree._Element]:
    """Those of *candidates* that the signature covers, when it holds in every part. A reference to anything else is
    refused. Raises `Refused`."""
    info = _one(signature, "SignedInfo")
    if sum(1 for _ in islice(info.iter(), MOST_ELEMENTS + 1)) > MOST_ELEMENTS:
        raise malformed(f"ds:SignedInfo holds over {MOST_ELEMENTS} elements", f"ds:SignedInfo 超过 {MOST_ELEMENTS} 个元素")
    prefixes = _exclusive(_one(info, "CanonicalizationMethod"))
    method = _one(info, "SignatureMethod").get("Algorithm", "")
    weak = _weak(method, RSA_SHA256, RSA_SHA1, allowed=sha1)
    value = _decoded(_one(signature, "SignatureValue"))
    try:
        key.verify(value, canonical(info, prefixes), PKCS1v15(), hashes.SHA1() if weak else hashes.SHA256())  # noqa: S303  SHA-1 only where it is said
    except InvalidSignature:
        raise _broken("it was not made by the key of the certificate over this SignedInfo", "签名值与证书公钥及 SignedInfo 不符") from None
    references = info.findall(_ds("Reference"))
    if not references or len(references) > MOST_REFERENCES:
        raise malformed(f"a signature has from 1 to {MOST_REFERENCES} references", f"签名须有 1 至 {MOST_REFERENCES} 个 Reference")
    return [_referred(reference, candidates, sha1=sha1) for reference in references]


def _referred(reference: etree._Element, candidates: Sequence[etree._Element], *, sha1: bool) -> etree._Element:
    uri = reference.get("URI", "")
    found = [one for one in candidates if uri == f"#{one.get(ID) or one.get('Id')}"]
    if len(found) != 1:
        raise _broken("a reference leads to nothing, or to more than one place", "Reference 未指向或指向多个元素")
    prefixes: list[str] = []
    transforms = reference.find(_ds("Transforms"))
    steps = list(transforms) if transforms is not None else []
    if len(steps) != 1:
        raise insecure(ALGORITHM, "UnsupportedAlgorithm", found=f"{len(steps)} Transforms")
    prefixes = _exclusive(steps[0])
    weak = _weak(_one(reference, "DigestMethod").get("Algorithm", ""), SHA256, SHA1, allowed=sha1)
    digest = _digest(canonical(found[0], prefixes), sha1=weak)
    if not hmac.compare_digest(digest, _decoded(_one(reference, "DigestValue"))):
        name = etree.QName(found[0]).localname
        raise _broken(f"{name} was changed after it was signed", f"{name} 在签名后被改动")
    return found[0]


def _exclusive(method: etree._Element) -> list[str]:
    """The prefixes that a step of exclusive C14N carries along."""
    if method.get("Algorithm") != EXCLUSIVE:
        raise insecure(ALGORITHM, "UnsupportedAlgorithm", found=method.get("Algorithm", "")[:100])
    said = method.find(_INCLUSIVE)
    return said.get("PrefixList", "").split()[:50] if said is not None else []


def _weak(found: str, strong: str, weak: str, *, allowed: bool) -> bool:
    if found == strong:
        return False
    if found == weak and allowed:
        return True
    raise insecure(ALGORITHM, "UnsupportedAlgorithm", found=found[:100])


def _one(around: etree._Element, name: str) -> etree._Element:
    found = around.findall(_ds(name))
    if len(found) != 1:
        raise malformed(f"ds:{name} stands there {len(found)} times", f"ds:{name} 出现 {len(found)} 次")
    return found[0]


def _decoded(element: etree._Element) -> bytes:
    text = "".join((element.text or "").split())
    try:
        return base64.b64decode(text[:4096], validate=True)
    except (binascii.Error, ValueError):
        name = etree.QName(element).localname
        raise malformed(f"ds:{name} is no Base64", f"ds:{name} 不是 Base64") from None


def canonical(element: etree._Element, prefixes: Sequence[str] = ()) -> bytes:
    """The element by exclusive C14N, with those of *prefixes* that are in scope."""
    wanted = [one for one in dict.fromkeys(prefixes) if one in element.nsmap and one != "xml"]
    if wanted:
        # lxml passes over prefixes that its thread has never parsed, and a document may come from another thread.
        declared = " ".join(f'xmlns:{one}="urn:seen"' for one in wanted)
        etree.fromstring(f"<seen {declared}/>")
    return etree.tostring(element, method="c14n", exclusive=True, with_comments=False, inclusive_ns_prefixes=wanted or None)


def _digest(data: bytes, *, sha1: bool) -> bytes:
    return (hashlib.sha1(data) if sha1 else hashlib.sha256(data)).digest()  # noqa: S324  SHA-1 only where it is said


def _broken(what: str, what_zh: str) -> Refused:
    return insecure(NOT_HOLDING, "FailedCheck", what=what, what_zh=what_zh)
