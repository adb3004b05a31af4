"""A WSDL among the files that were handed over, with all it imports: from those files, or from what lies beside it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from urllib.parse import unquote, urlsplit

from guantong.onboarding.interface import Handing
from guantong.problems import ProblemsError
from guantong_adapters.soap.wsdl.codes import OUTSIDE
from guantong_adapters.soap.wsdl.documents import WSDL, Documents, gather_here, parse
from guantong_adapters.soap.wsdl.model import Description
from guantong_adapters.soap.wsdl.refusal import refused

_ROOT = "file:///handed/"


@dataclass(frozen=True)
class HandedWsdl:
    """One WSDL: its file, its documents by their paths from it, what it says, and what is documented of its operations."""

    file: str
    documents: Mapping[str, bytes]
    description: Description
    titles: Mapping[str, str]


def handed_wsdl(handing: Handing) -> HandedWsdl | None:
    """The first WSDL that others do not import. Raises `ProblemsError` for one that cannot be read."""
    names = [name for name, body in handing.files.items() if _is_wsdl(body)]
    if not names:
        return None
    found = [_gathered(name, handing) for name in names]
    imported = {location for one in found for location in list(one.texts)[1:]}
    documents = next((one for one in found if one.root not in imported), found[0])
    from guantong_adapters.soap.wsdl.read import read  # xmlschema is loaded only where a WSDL is new

    texts = {_path(location): text for location, text in documents.texts.items() if location.startswith(_ROOT)}
    return HandedWsdl(_path(documents.root), texts, read(documents), _titles(documents))


def _gathered(name: str, handing: Handing) -> Documents:
    root = f"{_ROOT}{name}"

    def load(location: str, _most: int) -> bytes:
        path = _path(location)
        last = PurePosixPath(unquote(urlsplit(location).path)).name
        body = handing.files.get(last)
        if body is None and location.startswith(_ROOT):
            body = handing.beside(name, path)
        if body is None:
            raise refused(OUTSIDE, name, found=path[:200])
        return body

    return gather_here(root, load)


def _path(location: str) -> str:
    return unquote(location.removeprefix(_ROOT))


def _is_wsdl(body: bytes) -> bool:
    if not body.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<") and b"<\0" not in body[:200]:
        return False
    try:
        root = parse(body, "")
    except ProblemsError:
        return False  # no XML that is read: whoever reads it as something else says what is wrong
    return root.tag == f"{{{WSDL}}}definitions"


def _titles(documents: Documents) -> dict[str, str]:
    """What is documented of each operation."""
    found: dict[str, str] = {}
    for root in documents.parsed().values():
        for operation in root.iter(f"{{{WSDL}}}operation"):
            said = operation.find(f"{{{WSDL}}}documentation")
            if said is not None:
                found.setdefault(operation.get("name", ""), " ".join("".join(str(text) for text in said.itertext()).split()))
    return found
