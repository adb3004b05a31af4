"""Calls compiled from WSDLs: what is written is what the schema says, and is read as what it was."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import pytest
import xmlschema
import zeep
import zeep.helpers
from lxml import etree
from tests.adapters.wsdls import (
    CASE,
    FULL,
    Version,
    body_of,
    compiled,
    saved,
    there_and_back,
    wsdl,
    zeep_client,
)

from guantong.problems import ProblemsError
from guantong.record import Fields
from guantong_adapters.soap.calls.unfit import Unfit

SUBMIT = '<xs:element name="Submit"><xs:complexType><xs:complexContent><xs:extension base="t:Case"/></xs:complexContent></xs:complexType></xs:element>'
DONE = '<xs:element name="SubmitResponse"><xs:complexType><xs:sequence><xs:element name="SubmitResult" type="xs:string"/></xs:sequence></xs:complexType></xs:element>'
PART = '<w:part name="parameters" element="t:{}"/>'
WRAPPED = wsdl(CASE + SUBMIT + DONE, PART.format("Submit"), PART.format("SubmitResponse"))
XSI = 'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'


def schema_of(text: str) -> Any:
    """The schema of a WSDL, as xmlschema validates by it."""
    [schema] = etree.fromstring(text).iter("{*}schema")
    return xmlschema.XMLSchema10(etree.tostring(schema, encoding="unicode"))


def test_a_record_with_every_kind_of_part_is_written_as_the_schema_wants_it_and_read_as_it_was() -> None:
    """Sequence, choice, lists, attributes, derived and recursive types, nil, any, unions: nothing changes on the way."""
    request = compiled(WRAPPED).request
    content = request.write(copy.deepcopy(FULL))
    schema_of(WRAPPED).validate(content)
    assert request.read(body_of(content)) == FULL


@pytest.mark.parametrize("form", ["qualified", "unqualified"])
def test_names_are_qualified_as_the_schema_says_and_read_either_way(form: str) -> None:
    """What forgets its namespaces is understood all the same."""
    text = wsdl(CASE + SUBMIT + DONE, PART.format("Submit"), PART.format("SubmitResponse"), form=form)
    request = compiled(text).request
    content = request.write(copy.deepcopy(FULL))
    schema_of(text).validate(content)
    assert request.read(body_of(content)) == FULL
    bare = "<Submit><caseNo>1</caseNo><acceptedAt/></Submit>"
    assert request.read(body_of(bare)) == {"caseNo": "1", "acceptedAt": ""}


@pytest.mark.parametrize("version", ["1.1", "1.2"])
@pytest.mark.parametrize(("style", "use"), [("rpc", "literal"), ("rpc", "encoded")])
def test_rpc_has_one_field_for_each_part(style: str, use: str, version: Version) -> None:
    """Also where every element names its type."""
    text = wsdl(CASE, '<w:part name="dept" type="xs:string"/><w:part name="case" type="t:Case"/>',
                '<w:part name="return" type="xs:int"/>', style=style, use=use, version=version)
    operation = compiled(text)
    case = {key: value for key, value in FULL.items() if key != "extra"}
    fields = {"dept": "445200", "case": case}
    assert there_and_back(operation.request, copy.deepcopy(fields)) == fields
    assert operation.reply is not None
    assert operation.reply.read(body_of("<r:anyName xmlns:r='urn:t'><return>7</return></r:anyName>")) == {"return": "7"}


ARRAYS = """<xs:complexType name="Item"><xs:sequence><xs:element name="n" type="xs:int"/></xs:sequence></xs:complexType>
<xs:complexType name="Items"><xs:complexContent><xs:restriction base="enc:Array">{}</xs:restriction></xs:complexContent></xs:complexType>"""
BY_TYPE = '<xs:attribute ref="enc:arrayType" w:arrayType="t:Item[]"/>'
BY_ELEMENT = '<xs:sequence><xs:element name="item" type="t:Item" minOccurs="0" maxOccurs="unbounded"/></xs:sequence>'


@pytest.mark.parametrize(("version", "said", "written"), [
    ("1.1", BY_TYPE, 'arrayType="q1:Item[2]"'), ("1.1", BY_ELEMENT, 'arrayType="q1:Item[2]"'),
    ("1.2", BY_ELEMENT, 'itemType="q1:Item" q3:arraySize="2"'),
])
def test_encoded_arrays_are_lists(version: Version, said: str, written: str) -> None:
    """By the attribute of SOAP 1.1 or by their one element, with the size that each version wants."""
    text = wsdl(ARRAYS.format(said), '<w:part name="items" type="t:Items"/><w:part name="none" type="t:Items"/>',
                '<w:part name="return" type="t:Items"/>', style="rpc", use="encoded", version=version)
    request = compiled(text).request
    fields: Fields = {"items": [{"n": "1"}, {"n": "2"}], "none": []}
    content = request.write(fields)
    prefixes = {name: prefix for prefix, name in etree.fromstring(content).nsmap.items()}
    for name, prefix in (("urn:t", "q1"), ("http://www.w3.org/2003/05/soap-encoding", "q3")):
        written = written.replace(f"{prefix}:", f"{prefixes.get(name)}:")
    assert written in content
    assert request.read(body_of(content)) == fields


MULTIREF = f"""<t:SubmitResponse xmlns:t="urn:t" xmlns:enc="http://schemas.xmlsoap.org/soap/encoding/" {XSI}>
  <return enc:arrayType="t:Item[3]" xsi:type="enc:Array"><Item href="#id0"/><Item href="#id1"/><Item href="#id0"/></return>
</t:SubmitResponse><multiRef id="id0" enc:root="0" xsi:type="t:Item" {XSI} xmlns:t="urn:t" xmlns:enc="http://schemas.xmlsoap.org/soap/encoding/"><n href="#id2"/></multiRef>
<multiRef id="id1"><n>1</n></multiRef><multiRef id="id2">7</multiRef>"""


def test_values_that_are_referred_to_stand_where_they_are_meant() -> None:
    """As Axis 1 answers: references to references, and one value meant twice."""
    text = wsdl(ARRAYS.format(BY_TYPE), "", '<w:part name="return" type="t:Items"/>', style="rpc", use="encoded")
    reply = compiled(text).reply
    assert reply is not None
    assert reply.read(body_of(MULTIREF)) == {"return": [{"n": "7"}, {"n": "1"}, {"n": "7"}]}


@pytest.mark.parametrize(("content", "want"), [
    ('<r><return href="#gone"/></r>', "return: expected a reference to an element that is there, got none of that name"),
    ('<r><return href="#a"/></r><m id="a"><Item href="#a"/></m>', "Item: expected a reference to an element that is there, got a reference to itself"),
    ('<r><return href="#a0"/></r>' + "".join(f'<m id="a{n}"><Item href="#a{n + 1}"/><Item href="#a{n + 1}"/></m>' for n in range(40)) + '<m id="a40"/>',
     "Item: expected less nesting, got too many references"),
])
def test_references_that_lead_nowhere_or_without_end_are_refused(content: str, want: str) -> None:
    """Forty references unfold to 2⁴⁰ elements elsewhere."""
    text = wsdl(ARRAYS.format(BY_TYPE), "", '<w:part name="return" type="t:Items"/>', style="rpc", use="encoded")
    reply = compiled(text).reply
    assert reply is not None
    with pytest.raises(Unfit) as refused:
        reply.read(body_of(content))
    assert "{path}: expected {expected}, got {came}".format(**refused.value.details()) == want


def without(*names: str, **more: Any) -> Fields:
    """`FULL` without some fields, with others."""
    return {**{key: value for key, value in copy.deepcopy(FULL).items() if key not in names}, **more}


@pytest.mark.parametrize(("fields", "said"), [
    (without("caseNo"), "caseNo: expected a value: the WSDL requires it, got nothing"),
    (without(casNo="1"), "casNo: expected nothing: the element is not in the WSDL (caseNo), got a text of 1 characters"),
    (without(outcome="maybe"), "outcome: expected one of the values in the WSDL (accepted, refused), got a text of 5 characters"),
    (without(acceptedAt="2014-7-15"), "acceptedAt: expected a value of the form (dateTime), got a text of 9 characters"),
    (without(acceptedAt=""), "acceptedAt: expected a value of the form (dateTime), got an empty text"),
    (without(window="1"), "expected exactly one of the elements to choose from (agent, site, window), got agent, site, window"),
    (without(material={"name": "x"}), "material: expected a list: the element repeats, got an object"),
    (without(material=[{"@kind": "1", "name": "a"}, {"name": "b"}]), "material/1/@kind: expected a value: the WSDL requires it, got nothing"),
    (without(tag=[{"": "a"}] * 4), "tag: expected fewer items (3), got 4 items"),
    (without(applicant={"name": "x"}), "applicant/@xsi:type: expected one of the types that may stand here in @xsi:type (Citizen, Company), got nothing"),
    (without(applicant={"name": "x", "@xsi:type": "Dog"}), "applicant/@xsi:type: expected one of the types that may stand here in @xsi:type (Citizen, Company), got a text of 3 characters"),
    (without(caseNo="a\x00b"), "caseNo: expected characters that XML can hold, got a control character"),
    (without(caseNo=1.5), "caseNo: expected a text, got a float"),
    (without(step={"code": "1", "then": {"code": "2", "then": {}}}), "step/then/then/code: expected a value: the WSDL requires it, got nothing"),
    (without(until="someday"), "until: expected a value of the form (DayOrNever), got a text of 7 characters"),
    (without(codes="1 b"), "codes: expected a value of the form (int), got a text of 3 characters"),
    (without("fee@unit"), "fee/@unit: expected a value: the WSDL requires it, got nothing"),
    (without(extra={"a b": "x"}), "extra/a b: expected a name that an element can have, got something else"),
])
def test_what_does_not_fit_is_named_with_what_was_expected(fields: Fields, said: str) -> None:
    """At its path, and without quoting a value: values are people's data."""
    with pytest.raises(Unfit) as refused:
        compiled(WRAPPED).request.write(fields)
    assert "{path}: expected {expected}, got {came}".format(**refused.value.details()).removeprefix(".: ") == said


@pytest.mark.parametrize(("content", "want"), [
    ("<a><caseNo>1</caseNo><caseNo>2</caseNo></a>", "caseNo: expected the element once, got it twice"),
    ("<a><caseNo><b/></caseNo></a>", "caseNo: expected a text, got elements"),
    ("", "expected an element (Submit), got nothing"),
])
def test_only_what_would_be_ambiguous_is_refused_when_reading(content: str, want: str) -> None:
    """Everything else is taken as it comes."""
    with pytest.raises(Unfit) as refused:
        compiled(WRAPPED).request.read(body_of(content))
    assert "{path}: expected {expected}, got {came}".format(**refused.value.details()).removeprefix(".: ") == want


def test_what_the_schema_does_not_name_is_read_by_its_name() -> None:
    """Vendors add elements without telling: nothing of it is lost."""
    content = '<a more="1"><new><deep x="y">z</deep></new><many>1</many><many>2</many><caseNo>n</caseNo></a>'
    assert compiled(WRAPPED).request.read(body_of(content)) == {
        "@more": "1", "new": {"deep": "z", "deep@x": "y"}, "many": [{"": "1"}, {"": "2"}], "caseNo": "n",
    }


def test_a_bare_text_or_list_stands_under_its_own_name() -> None:
    """Document style without a wrapper."""
    text = wsdl('<xs:element name="Xml" type="xs:string"/><xs:element name="Done" type="xs:int"/>',
                PART.format("Xml"), PART.format("Done"))
    operation = compiled(text)
    assert operation.request.write({"Xml": "<a/>"}) == '<q0:Xml xmlns:q0="urn:t">&lt;a/&gt;</q0:Xml>'
    assert there_and_back(operation.request, {"Xml": "<a/>"}) == {"Xml": "<a/>"}
    assert operation.request.element == "{urn:t}Xml"


def test_all_and_substitutes_and_repeated_sequences() -> None:
    """Parts in any order, heads of substitution groups, and sequences that repeat as a whole."""
    schema = """<xs:element name="Submit"><xs:complexType><xs:sequence>
      <xs:element ref="t:Head"/><xs:sequence maxOccurs="unbounded"><xs:element name="k" type="xs:string"/><xs:element name="v" type="xs:string"/></xs:sequence>
      <xs:element name="set"><xs:complexType><xs:all><xs:element name="x" type="xs:int"/><xs:element name="y" type="xs:int" minOccurs="0"/></xs:all></xs:complexType></xs:element>
      </xs:sequence></xs:complexType></xs:element>
      <xs:element name="Head" abstract="true" type="xs:string"/><xs:element name="A" substitutionGroup="t:Head"/><xs:element name="B" substitutionGroup="t:Head"/>""" + DONE
    text = wsdl(schema, PART.format("Submit"), PART.format("SubmitResponse"))
    request = compiled(text).request
    fields: Fields = {"B": "b", "k": [{"": "1"}, {"": "2"}], "v": [{"": "一"}, {"": "二"}], "set": {"y": "1", "x": "2"}}
    content = request.write(fields)
    schema_of(text).validate(content)
    assert request.read(body_of(content)) == fields
    with pytest.raises(Unfit):
        request.write({**fields, "v": [{"": "一"}]})


def test_a_schema_that_cannot_be_told_apart_is_refused_when_the_system_is_opened() -> None:
    """Not when the first case is sent."""
    schema = '<xs:element name="Submit"><xs:complexType><xs:sequence maxOccurs="9"><xs:element name="k" minOccurs="0"/><xs:element name="v"/></xs:sequence></xs:complexType></xs:element>'
    with pytest.raises(ProblemsError, match="a repeated sequence of optional or repeated parts"):
        compiled(wsdl(schema + DONE, PART.format("Submit"), PART.format("SubmitResponse")))


def plain(value: Any) -> Any:
    """What zeep read, as a record of ours would say it."""
    return zeep.helpers.serialize_object(value, dict)  # type: ignore[no-untyped-call]  # zeep has no types here


def test_zeep_reads_what_we_write_and_we_read_what_zeep_writes(tmp_path: Path) -> None:
    """A library we did not write agrees, field by field."""
    schema = """<xs:complexType name="M"><xs:sequence><xs:element name="name" type="xs:string"/></xs:sequence><xs:attribute name="kind" type="xs:string"/></xs:complexType>
      <xs:element name="Submit"><xs:complexType><xs:sequence><xs:element name="no" type="xs:string"/><xs:element name="n" type="xs:int" nillable="true"/>
      <xs:element name="m" type="t:M" maxOccurs="unbounded"/></xs:sequence></xs:complexType></xs:element>"""
    path = saved(tmp_path, wsdl(schema + DONE, PART.format("Submit"), PART.format("SubmitResponse")))
    request = compiled(path.read_text("utf-8")).request
    client = zeep_client(path)
    theirs = client.create_message(client.service, "Submit", no="粤<&>", n=zeep.xsd.Nil, m=[{"name": "一", "kind": "1"}, {"name": "二"}])
    body = theirs.find("{*}Body")
    fields: Fields = {"no": "粤<&>", "n": None, "m": [{"name": "一", "@kind": "1"}, {"name": "二"}]}
    assert request.read(body) == fields
    binding = client.service._binding
    read = binding.get("Submit").input.body.parse(etree.fromstring(request.write(fields)), client.wsdl.types)
    assert plain(read) == {"no": "粤<&>", "n": None, "m": [{"name": "一", "kind": "1"}, {"name": "二", "kind": None}]}
