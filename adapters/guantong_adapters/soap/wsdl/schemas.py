"""The schemas in the documents of a WSDL, made whole: each stands for itself and names no location."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping

from lxml import etree

from guantong_adapters.soap.wsdl.codes import MISSING, UNSUPPORTED
from guantong_adapters.soap.wsdl.documents import target
from guantong_adapters.soap.wsdl.model import XSD
from guantong_adapters.soap.wsdl.refusal import refused, shown
from guantong_adapters.soap.wsdl.standards import encoding_schemas

_SCHEMA, _IMPORT, _INCLUDE = f"{{{XSD}}}schema", f"{{{XSD}}}import", f"{{{XSD}}}include"
_REDEFINE = f"{{{XSD}}}redefine"
_ARRAY_TYPE = "{http://schemas.xmlsoap.org/wsdl/}arrayType"
_FORMS = ("elementFormDefault", "attributeFormDefault")


def schemas_in(parsed: Mapping[str, etree._Element]) -> list[str]:
    """All schemas of *parsed* documents (by location), standing alone. Raises `ProblemsError`."""
    made: dict[tuple[str, int, str], etree._Element] = {}
    for location, root in parsed.items():
        if root.tag == _SCHEMA:
            continue  # read where it is imported or included
        for number, schema in enumerate(root.iter(_SCHEMA)):
            _take(schema, (location, number, schema.get("targetNamespace") or ""), parsed, made)
    namespaces = {namespace for _, _, namespace in made}
    for schema in made.values():
        _imported(schema, namespaces)
    texts = [etree.tostring(schema, encoding="unicode") for schema in made.values()]
    return texts + encoding_schemas("".join(texts))


def _take(
    schema: etree._Element, key: tuple[str, int, str], parsed: Mapping[str, etree._Element],
    made: dict[tuple[str, int, str], etree._Element],
) -> None:
    """Add *schema* and all it imports and includes to *made*."""
    waiting = [(schema, key)]
    while waiting:
        schema, key = waiting.pop()
        if key in made:
            continue
        made[key] = _alone(schema, key[2])
        waiting += _others(schema, key, parsed)


def _others(
    schema: etree._Element, key: tuple[str, int, str], parsed: Mapping[str, etree._Element]
) -> Iterator[tuple[etree._Element, tuple[str, int, str]]]:
    location, _, namespace = key
    for redefined in schema.iter(_REDEFINE):
        raise refused(UNSUPPORTED, location, redefined, what="xsd:redefine", what_zh="xsd:redefine")
    for element in schema.iter(_IMPORT, _INCLUDE):
        place = target(element, location)
        if place is None:
            continue
        other = parsed.get(place)
        if other is None or other.tag != _SCHEMA:
            raise refused(MISSING, location, element, kind="schema", kind_zh="模式文件", name=shown(place))
        own = other.get("targetNamespace") or ""
        if element.tag == _INCLUDE and not own:
            own = namespace  # what has no namespace takes that of the schema it is included in
        yield other, (place, 0, own)


def _alone(schema: etree._Element, namespace: str) -> etree._Element:
    """A copy of *schema* in *namespace* that can be read by itself."""
    names = dict(schema.nsmap)
    if namespace and not schema.get("targetNamespace") and not names.get(None):
        names[None] = namespace
    alone = etree.Element(_SCHEMA, nsmap=names)  # type: ignore[arg-type]  # the stubs know no default namespace
    alone.attrib.update(schema.attrib)
    if namespace:
        alone.set("targetNamespace", namespace)
    for form in _FORMS:
        if alone.get(form) not in (None, "qualified", "unqualified"):
            del alone.attrib[form]
    for child in schema:
        if child.tag not in (_INCLUDE, _IMPORT):
            alone.append(copy.deepcopy(child))
    for element in alone.iter(f"{{{XSD}}}attribute"):
        said = element.get(_ARRAY_TYPE)
        if said and not said.startswith("{"):
            prefix, _, name = said.rpartition(":")
            element.set(_ARRAY_TYPE, f"{{{element.nsmap.get(prefix or None, '')}}}{name}")
    return alone


def _imported(schema: etree._Element, namespaces: set[str]) -> None:
    """Let *schema* see all the others: many forget to import what stands beside them."""
    own = schema.get("targetNamespace") or ""
    for namespace in sorted({*namespaces, *schema.nsmap.values()} - {own, XSD}, reverse=True):
        element = etree.Element(_IMPORT)
        if namespace:
            element.set("namespace", namespace)
        elif not own:
            continue
        schema.insert(0, element)
