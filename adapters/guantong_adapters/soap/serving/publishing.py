"""Handing out our WSDL: each document where the one that imports it says, the service where it was asked for."""

from __future__ import annotations

import re
from collections.abc import Callable
from urllib.parse import quote
from xml.sax.saxutils import escape

from aiohttp import web
from lxml import etree

from guantong.problems import Problem
from guantong_adapters.soap.serving.codes import BAD_HOST, NO_SUCH_DOCUMENT
from guantong_adapters.soap.wsdl.documents import LOCATIONS, Documents, target

_HERE = "urn:guantong:here"
"""Stands for our address until it is known."""
_ADDRESSES = tuple(
    f"{{http://schemas.xmlsoap.org/wsdl/{each}/}}address" for each in ("soap", "soap12", "http")
)
_HOST = re.compile(r"(?:[A-Za-z0-9._-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\])(?::[0-9]{1,5})?").fullmatch


class NotPublished(Exception):
    """It is not handed out, for the reason `problem`."""

    def __init__(self, problem: Problem, status: int) -> None:
        self.problem = problem
        self.status = status
        super().__init__(problem.code.id)


class Published:
    """The documents of one WSDL by their queries: `wsdl`, `wsdl=1`, `xsd=2` … *locate* tells by which address others reach a
    path here, "" where only the one they asked by is known."""

    def __init__(self, documents: Documents, locate: Callable[[str], str]) -> None:
        self._locate = locate
        parsed = documents.parsed()
        names: dict[str, str] = {}
        for number, (location, root) in enumerate(parsed.items()):
            kind = "wsdl" if etree.QName(root).localname == "definitions" else "xsd"
            names[location] = f"{kind}={number}" if number else "wsdl"
        self._texts = {
            names[location]: _rewritten(root, location, names) for location, root in parsed.items()
        }

    def document(self, request: web.Request) -> bytes:
        """The document that *request* asks for. Raises `NotPublished`."""
        query = request.query_string.lower().removesuffix("=")
        text = self._texts.get("wsdl" if query == "singlewsdl" and len(self._texts) == 1 else query)
        if text is None:
            raise NotPublished(Problem(NO_SUCH_DOCUMENT, details={"name": query[:60]}), 404)
        return text.replace(_HERE.encode(), escape(self._address(request)).encode())

    def _address(self, request: web.Request) -> str:
        known = self._locate(request.path)
        if known:
            return known
        host = request.headers.get("Host", "")
        if _HOST(host) is None:
            raise NotPublished(Problem(BAD_HOST), 400)
        return f"{request.scheme}://{host}{quote(request.path)}"


def _rewritten(root: etree._Element, location: str, names: dict[str, str]) -> bytes:
    for element in root.iter(*LOCATIONS):
        said = target(element, location)
        if said is not None:
            element.set(LOCATIONS[str(element.tag)], f"{_HERE}?{names[said]}")
    for element in root.iter(*_ADDRESSES):
        element.set("location", _HERE)
    return etree.tostring(root, xml_declaration=True, encoding="utf-8")
