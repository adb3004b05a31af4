"""Reading what a system answers to a call by its WSDL: a record, a fault, or whatever came instead.

The reply handed on is a JSON object, whatever came: the fields of the operation's reply; `fault` with its `code`,
`reason` and `detail`; or `problem`, where the answer cannot be read, with the beginning of its text.
"""

from __future__ import annotations

from collections.abc import Mapping

import orjson
from lxml import etree

from guantong.problems import Problem
from guantong.record import Fields, Reply
from guantong_adapters.soap import charsets
from guantong_adapters.soap.calls.generic import read_fields
from guantong_adapters.soap.calls.message import CompiledElement, CompiledOperation
from guantong_adapters.soap.calls.unfit import Unfit
from guantong_adapters.soap.inner import InnerTexts
from guantong_adapters.soap.parse import (
    MOST_TAGS,
    SOAP_12,
    VERSIONS,
    DoctypeRefused,
    NotEnvelope,
    NotXml,
    envelope,
    local,
    parse_utf8,
)
from guantong_adapters.soap.written import Check
from guantong_adapters.soap.wsdl.codes import UNREADABLE_REPLY

_BODIES = {f"{{{space}}}Envelope": f"{{{space}}}Body" for space in VERSIONS}
_FAULTS = frozenset(f"{{{space}}}Fault" for space in VERSIONS)
_TOLD = 2000
"""Characters of an answer that cannot be read which are handed on."""


def read_reply(
    reply: Reply, operation: CompiledOperation, texts: InnerTexts, configured: str, check: Check | None = None
) -> Reply:
    """The answer as a record in JSON. `meta` says `fault` (its code) or `soap` = `no` where it is no envelope. Raises what *check*
    does."""
    meta = {**reply.meta, "charset": "utf-8"}
    text = reply.body
    try:
        text = charsets.in_utf8(reply.body, reply.meta.get("charset"), configured)
        if operation.reply is None and not text.strip():
            if check is not None:
                check(None)
            return Reply(b"{}", meta)  # one-way: an empty answer is the whole answer
        if text.count(b"<") > MOST_TAGS:
            return _problem(text, meta, "it has too many elements", "元素过多")
        root = parse_utf8(text)
        body = envelope_body(root)
        if check is not None:
            check(envelope(root))  # its body is the same: the first in the envelope's own namespace
        if len(body) and body[0].tag in _FAULTS:
            fault = read_fault(body[0], operation.faults)
            return Reply(orjson.dumps({"fault": fault}), {**meta, "fault": str(fault["code"])})
        fields: Fields = operation.reply.read(body) if operation.reply is not None else {}
        texts.read(fields)
        return Reply(orjson.dumps(fields), meta)
    except UnicodeDecodeError as error:
        return _problem(text, meta, f"byte {error.start} is not {error.encoding}", f"第 {error.start} 字节不是 {error.encoding}")
    except NotXml as error:
        what = f"it is not well-formed XML at line {error.line}, column {error.column}"
        return _problem(text, meta, what, f"第 {error.line} 行第 {error.column} 列不是格式良好的 XML")
    except DoctypeRefused:
        return _problem(text, meta, "it declares a document type", "含有 DOCTYPE 声明")
    except NotEnvelope as error:
        return _problem(text, meta, f"it is no SOAP envelope but {error.found[:60]!r}", f"不是 SOAP 信封，而是 {error.found[:60]!r}")
    except Unfit as error:
        said = error.details()
        what = f"{said['path']}: expected {said['expected']}, got {said['came']}"
        return _problem(text, meta, what, f"{said['path']}：应为{said['expected_zh']}，实际为{said['came_zh']}")
    except (RecursionError, orjson.JSONEncodeError):
        return _problem(text, meta, "it is nested too deeply", "嵌套过深")


def envelope_body(root: etree._Element) -> etree._Element:
    """The body of an envelope of either version. Raises `NotEnvelope`."""
    own = _BODIES.get(root.tag)
    if own is not None:
        for part in root:
            if part.tag == own:
                return part
    raise NotEnvelope(local(root))


def read_fault(fault: etree._Element, known: Mapping[str, CompiledElement]) -> Fields:
    """A fault of either version: `code` (without its prefix), `subcode`, `reason`, `actor`, and `detail`, in
    which those that the WSDL declares are read as declared."""
    version_12 = fault.tag == f"{{{SOAP_12}}}Fault"
    found: Fields = {"code": "unknown", "reason": ""}
    for part in fault:
        name = local(part)
        if version_12 and name == "Code":
            found["code"] = _code(_inside(part, "Value"))
            subcode = _code(_inside(part, "Subcode", "Value"))
            if subcode:
                found["subcode"] = subcode
        elif name in ("Reason", "faultstring"):
            found["reason"] = ((_inside(part, "Text") if name == "Reason" else part.text) or "").strip()
        elif name == "faultcode":
            found["code"] = _code(part.text) or "unknown"
        elif name in ("faultactor", "Role", "Node"):
            found["actor"] = (part.text or "").strip()
        elif name in ("detail", "Detail"):
            found["detail"] = _detail(part, known)
    return found


def _detail(detail: etree._Element, known: Mapping[str, CompiledElement]) -> object:
    if not len(detail):
        return (detail.text or "").strip()
    found = read_fields(detail)
    for child in detail:
        declared = known.get(local(child))
        if declared is not None and not isinstance(found.get(declared.name), list):
            found[declared.name] = declared.take(child)
    return found


def _inside(element: etree._Element, *names: str) -> str:
    found: etree._Element | None = element
    for name in names:
        found = next((child for child in found if local(child) == name), None) if found is not None else None
    return (found.text or "").strip() if found is not None else ""


def _code(text: str | None) -> str:
    return (text or "").strip().rpartition(":")[2]


def _problem(text: bytes, meta: Mapping[str, str], what: str, what_zh: str) -> Reply:
    problem = Problem(UNREADABLE_REPLY, details={"what": what, "what_zh": what_zh})
    said = {"code": problem.code.id, "message": problem.message("en"), "message_zh": problem.message("zh")}
    shown = text[:4 * _TOLD].decode("utf-8", "replace")[:_TOLD]
    return Reply(orjson.dumps({"problem": said, "text": shown}), {**meta, "soap": "no"})
