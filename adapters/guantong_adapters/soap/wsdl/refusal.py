"""Saying what is wrong with a WSDL: always a problem, and where it is."""

from __future__ import annotations

from typing import Any
from urllib.parse import unquote, urlsplit

from lxml import etree

from guantong.problems import Code, Place, Problem, ProblemsError


def refused(code: Code, at: str = "", where: etree._Element | None = None, **details: Any) -> ProblemsError:
    """The error that says *code* of the document *at* a location, of the element *where* in it."""
    line = where.sourceline if where is not None else None
    return ProblemsError([Problem(code, Place(shown(at), line if isinstance(line, int) else 0, 0), details=details)])


def shown(location: str) -> str:
    """A location as it is told: a file by its path, an address without user and password."""
    parts = urlsplit(location)
    if parts.scheme == "file":
        return unquote(parts.path)
    return parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()
