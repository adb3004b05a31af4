"""`guantong bench soap`: calls by a WSDL beside lxml used by hand, in one process, without network.

Ours is what the adapter does: the bytes of a record become those of an envelope, checked against the types of the
WSDL; the bytes of an answer become those of a record. The baseline builds the same envelope as a tree with lxml
and parses the same answer, checking nothing. Both must make the same before anything is measured.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson
from lxml import etree

from guantong.problems import Problem, ProblemsError
from guantong.record import Outgoing, Reply
from guantong_adapters.soap.request import Sending
from guantong_adapters.soap.settings import SoapSettings
from guantong_adapters.soap.wsdl.documents import Documents
from guantong_adapters.soap.wsdl.read import read
from guantong_adapters.soap.wsdlcalls import Call, WsdlCalls
from guantong_plugins.bench.codes import UNTRUE
from guantong_plugins.bench.mapping import RECORDS, Part, body, each

ENVELOPE = "http://schemas.xmlsoap.org/soap/envelope/"
BENCH = "urn:bench"
WSDL = Path(__file__).with_name("soap.wsdl")
_META = {"status": "200", "charset": "utf-8"}


def soap_parts() -> list[Part]:
    """The comparisons, after proof that both sides do the same. Raises `ProblemsError` where they do not."""
    calls = _calls()
    fields = [fields_of(number) for number in range(1, RECORDS + 1)]
    records = [orjson.dumps(one) for one in fields]
    answers = [_answer(number) for number in range(1, RECORDS + 1)]
    sendings = [_sending(one) for one in records]
    _, call = calls.write(sendings[0])
    for number, (sending, given, answer) in enumerate(zip(sendings, fields, answers, strict=True), 1):
        _prove(calls, call, number, (sending, given, answer))
    both, pairs = list(zip(sendings, answers, strict=True)), list(zip(fields, answers, strict=True))
    return [
        Part("write", "", each(calls.write, sendings), each(build, fields)),
        Part("read", "", each(lambda one: calls.read(call, Reply(one, _META)), answers), each(parse, answers)),
        Part("soap", "G13", each(lambda one: _ours(calls, call, one), both), each(lambda one: (build(one[0]), parse(one[1])), pairs)),
    ]


def _ours(calls: WsdlCalls, call: Call, one: tuple[Sending, bytes]) -> Reply:
    calls.write(one[0])
    return calls.read(call, Reply(one[1], _META))


def build(fields: dict[str, Any]) -> bytes:
    """The envelope of a record, as a tree."""
    envelope = etree.Element(f"{{{ENVELOPE}}}Envelope", nsmap={"s": ENVELOPE, "t": BENCH})
    around = etree.SubElement(etree.SubElement(envelope, f"{{{ENVELOPE}}}Body"), f"{{{BENCH}}}Submit")
    _add(around, fields)
    return etree.tostring(envelope, encoding="utf-8", xml_declaration=True)


def _add(element: etree._Element, fields: dict[str, Any]) -> None:
    for name, value in fields.items():
        if name[0] == "@":
            element.set(name[1:], value)
        elif value.__class__ is str:
            etree.SubElement(element, f"{{{BENCH}}}{name}").text = value
        else:
            for one in value if isinstance(value, list) else [value]:
                _add(etree.SubElement(element, f"{{{BENCH}}}{name}"), one)


_PARSER = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)


def parse(answer: bytes) -> dict[str, Any]:
    """The fields of an answer."""
    content = etree.fromstring(answer, _PARSER)[0][0]
    return {str(child.tag).rpartition("}")[2]: child.text for child in content}


def _prove(calls: WsdlCalls, call: Call, number: int, one: tuple[Sending, dict[str, Any], bytes]) -> None:
    sending, fields, answer = one
    written, _ = calls.write(sending)
    same = canonical(written) == canonical(build(fields))
    if not same or orjson.loads(calls.read(call, Reply(answer, _META)).body) != parse(answer):
        what = f"record {number} differs from what lxml makes of it"
        raise ProblemsError([Problem(UNTRUE, details={"what": what, "log": "this text"})])


def canonical(document: bytes) -> str:
    """The document without what makes no difference: prefixes are rewritten alike."""
    text: str = etree.canonicalize(document.decode("utf-8").partition("?>")[2], rewrite_prefixes=True)
    return text


def _calls() -> WsdlCalls:
    location = WSDL.as_uri()
    description = read(Documents(location, {location: WSDL.read_bytes()}))
    settings = SoapSettings(url="http://127.0.0.1/", wsdl=WSDL)
    calls = WsdlCalls(settings, {}, description)
    calls.prepare()
    return calls


def fields_of(number: int) -> dict[str, Any]:
    """The bench's record, in the order and the forms of the WSDL."""
    given = orjson.loads(body(number))
    version, materials = given.pop("ver"), given.pop("materials")
    day, clock = number % 28 + 1, f"{number % 24:02}:{number % 60:02}:{number * 7 % 60:02}"
    given |= {"applyTime": f"2024-05-{day:02}T{clock}", "dueDate": f"2024-06-{day:02}"}
    given["applicant"]["birth"] = f"{1940 + number % 60}-02-{day:02}"
    for one in materials:
        one["uploadTime"] = f"2024-05-{day:02}T{clock}"
    return {"@ver": version, **given, "material": materials}


def _answer(number: int) -> bytes:
    return (
        f'<?xml version="1.0" encoding="utf-8"?><s:Envelope xmlns:s="{ENVELOPE}"><s:Body><SubmitResponse xmlns="{BENCH}">'
        f"<code>0</code><message>接收成功</message><caseNo>YL-{number:08}</caseNo><acceptedAt>2024-05-17T14:30:15</acceptedAt>"
        "</SubmitResponse></s:Body></s:Envelope>"
    ).encode()


def _sending(record: bytes) -> Sending:
    return Sending(Outgoing(1, 1, "case.application", "Submit", record, {}, "GT00000000000001", 20.0), "", 0.0)
