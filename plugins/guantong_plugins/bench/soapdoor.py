"""`guantong bench soap --door`: calls that a service of ours takes, beside lxml used by hand, in one process, without network.

Ours is what the door does between HTTP and ACCEPT, and after it: the bytes of a call are opened within bounds, the operation is
found, its fields are read as the WSDL declares them and become the bytes of a record; the verdict becomes the bytes of an
answer that fits the WSDL and repeats a field of the call. The baseline parses the same bytes with lxml into the same fields
and builds the same answer as a tree, checking nothing. Both must make the same before anything is measured.
"""

from __future__ import annotations

from typing import Any

import orjson
from lxml import etree

from guantong.problems import Problem, ProblemsError
from guantong.record import Acceptance, Verdict
from guantong_adapters.soap.serving.contract import Contract
from guantong_adapters.soap.serving.opening import opened
from guantong_adapters.soap.serving.settings import Serve
from guantong_adapters.soap.wsdl.documents import Documents
from guantong_adapters.soap.wsdl.read import read
from guantong_plugins.bench.codes import UNTRUE
from guantong_plugins.bench.mapping import RECORDS, Part, each
from guantong_plugins.bench.soap import BENCH, ENVELOPE, WSDL, build, canonical, fields_of

_TAKEN = {"code": "0", "message": "接收成功 {message}", "caseNo": "{request:applyNo}", "acceptedAt": "2024-05-17T14:30:15"}
_VERDICT = Verdict(Acceptance.ROUTED, 7)
_PARSER = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
_LISTS = frozenset({"material"})


def door_parts() -> list[Part]:
    """The comparison, after proof that both sides do the same. Raises `ProblemsError` where they do not."""
    contract = _contract()
    bodies = [build(fields_of(number)) for number in range(1, RECORDS + 1)]
    for number, body in enumerate(bodies, 1):
        record, answer = _ours(contract, body)
        parsed, built = by_hand(body)
        if orjson.loads(record) != orjson.loads(parsed) or canonical(answer) != canonical(built):
            what = f"call {number} differs from what lxml makes of it"
            raise ProblemsError([Problem(UNTRUE, details={"what": what, "log": "this text"})])
    return [Part("door", "", each(lambda body: _ours(contract, body), bodies), each(by_hand, bodies))]


def _ours(contract: Contract, body: bytes) -> tuple[bytes, bytes]:
    envelope = opened(body, "utf-8", "utf-8")
    operation = contract.called(envelope, "urn:bench/Submit")
    fields = operation.compiled.request.read(envelope.body)
    contract.texts.read(fields)
    record = orjson.dumps(fields)
    answer = operation.answers.answer(_VERDICT, fields).body
    assert isinstance(answer, bytes)  # noqa: S101  every answer of an operation with a reply is
    return record, answer


def by_hand(body: bytes) -> tuple[bytes, bytes]:
    """The record and the answer, as lxml alone makes them."""
    fields = _read(etree.fromstring(body, _PARSER)[0][0])
    envelope = etree.Element(f"{{{ENVELOPE}}}Envelope", nsmap={"s": ENVELOPE, "t": BENCH})
    around = etree.SubElement(etree.SubElement(envelope, f"{{{ENVELOPE}}}Body"), f"{{{BENCH}}}SubmitResponse")
    for name, text in {**_TAKEN, "message": f"接收成功 {_VERDICT.message}", "caseNo": fields["applyNo"]}.items():
        etree.SubElement(around, f"{{{BENCH}}}{name}").text = text
    return orjson.dumps(fields), etree.tostring(envelope, encoding="utf-8", xml_declaration=True)


def _read(element: etree._Element) -> dict[str, Any]:
    fields: dict[str, Any] = {f"@{name}": value for name, value in element.attrib.items()}  # type: ignore[str-bytes-safe]  # lxml gives text
    for child in element:
        name = str(child.tag).rpartition("}")[2]
        value: Any = _read(child) if len(child) else child.text or ""
        if name in _LISTS:
            fields.setdefault(name, []).append(value)
        else:
            fields[name] = value
    return fields


def _contract() -> Contract:
    location = WSDL.as_uri()
    description = read(Documents(location, {location: WSDL.read_bytes()}))
    key = {"header": "X-Key", "secret": "key"}
    serve = Serve.model_validate({"wsdl": WSDL, "key": key, "operations": {"Submit": {"taken": _TAKEN}}})
    return Contract(serve, description, "utf-8")
