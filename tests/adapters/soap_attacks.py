"""Laying hands on a signed message: every way, and the code that tells it."""

from __future__ import annotations

import copy
from collections.abc import Callable

from lxml import etree

from guantong_adapters.soap.security.names import SPACES

Twist = Callable[[etree._Element], None]


def twisted(body: bytes, twist: Twist) -> bytes:
    """The message after somebody laid hands on it."""
    root = etree.fromstring(body)
    twist(root)
    return etree.tostring(root)


def _move_body(where: Callable[[etree._Element], etree._Element]) -> Twist:
    def twist(root: etree._Element) -> None:
        """The signed Body goes elsewhere, and another takes its place."""
        body = root[1]
        forged = copy.deepcopy(body)
        next(forged.iter("{*}ApplyNo")).text = "forged"
        root.replace(body, forged)
        where(root).append(body)

    return twist


def _forged_without_id(root: etree._Element) -> None:
    _move_body(lambda one: etree.SubElement(one[0], "Wrapper"))(root)
    root[1].attrib.clear()


def _forged_beside_a_header(root: etree._Element) -> None:
    """The signed Body is a header, its id unlike any other: the signature holds, and does not cover what is read."""
    _move_body(lambda one: one[0])(root)
    root[1].attrib.clear()


def _second_stamp(root: etree._Element) -> None:
    """An old message with a fresh Timestamp before the signed one, which is hidden."""
    stamp = root.find(".//wsu:Timestamp", SPACES)
    assert stamp is not None
    fresh = copy.deepcopy(stamp)
    security = stamp.getparent()
    assert security is not None
    security.replace(stamp, fresh)
    etree.SubElement(security, "Wrapper").append(stamp)
    fresh[0].text = "2014-07-15T02:29:59.000Z"


def _without(tag: str) -> Twist:
    def twist(root: etree._Element) -> None:
        found = next(root.iter(f"{{*}}{tag}"))
        found.getparent().remove(found)  # type: ignore[union-attr]  # it stands in one

    return twist


def set_text(tag: str, text: str) -> Twist:
    """The first element of that name says something else."""
    return lambda root: next(root.iter(f"{{*}}{tag}")).__setattr__("text", text)


def _stuffed(root: etree._Element) -> None:
    """What is canonicalised before anybody is proven, filled: a stranger has us work for seconds."""
    info = next(root.iter("{*}SignedInfo"))
    for _ in range(5000):
        etree.SubElement(info, "x")


def _algorithm(tag: str, uri: str) -> Twist:
    return lambda root: next(root.iter(f"{{*}}{tag}")).set("Algorithm", uri)


def _twice(root: etree._Element) -> None:
    root[0].append(copy.deepcopy(root[0][0]))


ATTACKS: dict[str, tuple[Twist, str]] = {
    "a changed body": (set_text("ApplyNo", "forged"), "GT684"),
    "the body wrapped in the header": (_move_body(lambda root: etree.SubElement(root[0], "Wrapper")), "GT684"),
    "the body as a header": (_move_body(lambda root: root[0]), "GT684"),
    "the body wrapped in the security header": (_move_body(lambda root: etree.SubElement(root[0][0], "Wrapper")), "GT684"),
    "the body beside the security tokens": (_move_body(lambda root: root[0][0]), "GT684"),
    "the body after the body": (_move_body(lambda root: root), "GT684"),
    "a body that is not signed": (_forged_without_id, "GT684"),
    "a signed body that is a header": (_forged_beside_a_header, "GT685"),
    "another timestamp": (_second_stamp, "GT684"),
    "a changed timestamp": (set_text("Created", "2014-07-15T02:30:01.000Z"), "GT684"),
    "no timestamp": (_without("Timestamp"), "GT680"),
    "no signature": (_without("Signature"), "GT680"),
    "no token": (_without("BinarySecurityToken"), "GT680"),
    "no security": (_without("Security"), "GT680"),
    "two security headers": (_twice, "GT680"),
    "no value": (set_text("SignatureValue", ""), "GT684"),
    "a value that is no Base64": (set_text("SignatureValue", "<!>"), "GT688"),
    "a token that is no certificate": (set_text("BinarySecurityToken", "AAAA"), "GT688"),
    "a huge token": (set_text("BinarySecurityToken", "A" * 500_000), "GT680"),
    "a SignedInfo stuffed with elements": (_stuffed, "GT688"),
    "HMAC with the public key": (_algorithm("SignatureMethod", "http://www.w3.org/2000/09/xmldsig#hmac-sha1"), "GT687"),
    "SHA-1 in a signature": (_algorithm("SignatureMethod", "http://www.w3.org/2000/09/xmldsig#rsa-sha1"), "GT687"),
    "another C14N": (_algorithm("CanonicalizationMethod", "http://www.w3.org/TR/2001/REC-xml-c14n-20010315"), "GT687"),
}
"""Of a message whose header holds one security header and whose body holds an `ApplyNo`."""
