"""A WSDL that was handed over, understood: everything a county's files are drafted from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from guantong.mapping.draft.schema import Found
from guantong.mapping.draft.xmlschema import read_schema
from guantong.onboarding.interface import Completed, Handing, Interface
from guantong.problems import Place, ProblemsError
from guantong_adapters.soap.drafting.handed import HandedWsdl, handed_wsdl
from guantong_adapters.soap.drafting.replying import drafted_rules
from guantong_adapters.soap.drafting.settings import headers, served
from guantong_adapters.soap.drafting.sketches import Told, sketch
from guantong_adapters.soap.wsdl.choose import choose_port
from guantong_adapters.soap.wsdl.model import Operation, Port


def understand(handing: Handing) -> Interface | None:
    """The interface of the WSDL among the files; None where there is none. Raises `ProblemsError`."""
    wsdl = handed_wsdl(handing)
    if wsdl is None:
        return None
    port = _port(wsdl, handing.settings)
    types, known = wsdl.description.types, {one.name: one for one in port.operations}
    told = _documented(wsdl)
    records = [
        sketch(one, types, wsdl.titles.get(one.name, ""), wsdl.file, told.get(_element(one), {})) for one in port.operations
    ]
    dated = any(field.form == "iso" for record in records for field in record.fields)
    found = Found([one for one in records if one.fields], codec="json", dates=("iso",) if dated else ())

    def complete(called: Sequence[str]) -> Completed:
        operations = [known[name] for name in called if name in known]
        if not operations:
            return Completed()
        others = [one for one in port.operations if one not in operations]
        reply, problems = drafted_rules(operations, others, types, handing.meant)
        return Completed({"soap_headers": headers(operations, types)}, reply, problems)

    def serving(kinds: Sequence[str], file: str) -> Mapping[str, Any]:
        return served([known[name] for name in kinds if name in known], types, handing.meant, file)

    return Interface(found, wsdl.documents, complete, serving)


def _port(wsdl: HandedWsdl, settings: Mapping[str, Any]) -> Port:
    service, port, version = settings.get("service"), settings.get("port"), settings.get("version", "1.1")
    try:
        return choose_port(wsdl.description, service, port, version)
    except ProblemsError as error:
        raise ProblemsError(replace(one, place=Place(wsdl.file), path=f"settings.{one.path}") for one in error.problems) from None


def _element(operation: Operation) -> str:
    """By which name its documentation is looked up: the element that is called."""
    request = operation.request
    return request.parts[0].name if request.style == "document" and request.parts else operation.name


def _documented(wsdl: HandedWsdl) -> dict[str, Told]:
    """What is documented of the fields, by the element they stand in."""
    read = read_schema(wsdl.documents[wsdl.file], wsdl.file, {name.rpartition("/")[2]: body for name, body in wsdl.documents.items()})
    return {one.name: {field.name: field for field in one.fields} for one in read.records}
