"""A service of ours by a WSDL: what it takes in every style, what it answers, how it refuses."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import orjson
import pytest
from tests.adapters.served import (
    CASE_EXCHANGE,
    Caller,
    ask,
    case_exchange,
    framed,
    told,
)
from tests.adapters.soap_peer import RARE, Hub
from tests.adapters.wsdls import CASE, FULL, compiled, wsdl

from guantong.problems import ProblemsError
from guantong.record import Acceptance, Verdict

ONE = '<w:part name="parameters" element="t:Submit"/>'
TWO = '<w:part name="parameters" element="t:SubmitResponse"/>'
WRAPPED = CASE + """<xs:element name="Submit"><xs:complexType><xs:sequence><xs:element name="token" type="xs:string" minOccurs="0"/>
  <xs:element name="case" type="t:Case"/></xs:sequence></xs:complexType></xs:element>
  <xs:element name="SubmitResponse"><xs:complexType><xs:sequence><xs:element name="code" type="xs:int"/>
  <xs:element name="text" minOccurs="0"><xs:simpleType><xs:restriction base="xs:string"><xs:maxLength value="40"/></xs:restriction></xs:simpleType></xs:element>
  </xs:sequence></xs:complexType></xs:element>"""
BARE = CASE + '<xs:element name="Submit" type="t:Case"/><xs:element name="SubmitResponse" type="xs:string"/>'
PARTS = '<w:part name="case" type="t:Case"/>', '<w:part name="result" type="xs:string"/>'
KEYED = {"key": {"header": "X-Guantong-Key", "secret": "key"}}
REFUSED = Verdict(Acceptance.REFUSED, 0, "GT300", "no such kind", "报文类型未知")

STYLES = {
    "wrapped": ({"schema": WRAPPED, "request": ONE, "reply": TWO}, {"case": FULL}, {"code": "0"}),
    "bare": ({"schema": BARE, "request": ONE, "reply": TWO}, FULL, {"SubmitResponse": "{message}"}),
    "rpc": ({"schema": CASE, "request": PARTS[0], "reply": PARTS[1], "style": "rpc"}, {"case": FULL}, {"result": "{message}"}),
    "encoded": ({"schema": CASE, "request": PARTS[0], "reply": PARTS[1], "style": "rpc", "use": "encoded"}, {"case": FULL}, {"result": "{message}"}),
}


@pytest.mark.parametrize("version", ["1.1", "1.2"])
@pytest.mark.parametrize("style", STYLES)
async def test_a_call_of_every_style_is_a_record_and_is_answered(tmp_path: Path, style: str, version: Any) -> None:
    """What the operation's own compiled writer writes is what the record says; the reply is read by its own reader."""
    made, fields, taken = STYLES[style]
    text = wsdl(**made, version=version)
    hub, operation = Hub(), compiled(text)
    if style == "encoded":
        fields = {"case": {"@version": "3", "caseNo": RARE, "acceptedAt": None}}
    async with told(tmp_path, text, hub, {"Submit": {"kind": "EX_SL", "taken": taken}}) as caller:
        answer = await caller.call(operation.request.write(fields), version=version)
    [record] = hub.records
    assert (record.kind, record.charset, orjson.loads(record.body)) == ("EX_SL", "utf-8", fields)
    assert answer.status == 200
    assert operation.reply is not None
    assert operation.reply.read(answer.body) == {name: said.format(message=7) for name, said in taken.items()}


async def test_the_kind_is_the_operation_s_name_unless_said_otherwise(tmp_path: Path) -> None:
    hub = Hub()
    async with case_exchange(tmp_path, hub) as caller:
        await caller.call(ask("SubmitStep"))
        await caller.call(ask("SubmitFinish"))
    assert [record.kind for record in hub.records] == ["SubmitStep", "EX_BJ"]


@pytest.mark.parametrize("action", ['"http://yunlan.example.invalid/caseexchange/SubmitStep"', "SubmitStep", "''", '""', "urn:other"])
async def test_the_body_says_what_is_called_however_the_action_is_written(tmp_path: Path, action: str) -> None:
    hub = Hub()
    async with case_exchange(tmp_path, hub) as caller:
        answer = await caller.call(ask("SubmitStep"), SOAPAction=action)
    assert (answer.status, [record.kind for record in hub.records]) == (200, ["SubmitStep"])


async def test_operations_called_by_one_element_are_told_apart_by_their_actions(tmp_path: Path) -> None:
    """In the header of SOAP 1.1; the body alone would not do."""
    schema = '<xs:element name="Case" type="xs:string"/><xs:element name="Done" type="xs:string"/>'
    text = wsdl(schema, '<w:part name="p" element="t:Case"/>', '<w:part name="p" element="t:Done"/>')
    twice = text.replace("</w:portType>", '<w:operation name="Withdraw"><w:input message="t:in"/><w:output message="t:out"/></w:operation></w:portType>')
    twice = twice.replace("</w:binding>", """<w:operation name="Withdraw"><soap:operation soapAction="urn:t/Withdraw"/>
      <w:input><soap:body use="literal"/></w:input><w:output><soap:body use="literal"/></w:output></w:operation></w:binding>""")
    hub = Hub()
    operations = {name: {"taken": {"Done": "{message}"}} for name in ("Submit", "Withdraw")}
    async with told(tmp_path, twice, hub, operations) as caller:
        one = await caller.call('<t:Case xmlns:t="urn:t">1</t:Case>', SOAPAction='"urn:t/Withdraw"')
        other = await caller.call('<t:Case xmlns:t="urn:t">1</t:Case>', SOAPAction="urn:t/Submit")
        none = await caller.call('<t:Case xmlns:t="urn:t">1</t:Case>')
    assert [record.kind for record in hub.records] == ["Withdraw", "Submit"]
    assert (one.status, other.status, none.status) == (200, 200, 500)
    assert none.fault == ("s:Client", "此处没有以 '{urn:t}Case' 调用的操作 / no operation here is called by '{urn:t}Case' [GT670]")


@pytest.mark.parametrize(("wire", "declared", "header"), [
    ("gb18030", "UTF-8", "utf-8"), ("gb18030", "GB2312", "gbk"), ("gb18030", "", ""), ("utf-8", "GBK", "gb2312"), ("utf-8", "", ""),
])
async def test_bytes_decide_where_the_declared_charset_lies(tmp_path: Path, wire: str, declared: str, header: str) -> None:
    hub = Hub()
    text = framed(ask("SubmitStep", f"{RARE}设立登记", operator="王小二张三"), "1.1")
    declaration = f'<?xml version="1.0" encoding="{declared}"?>' if declared else ""
    async with case_exchange(tmp_path, hub, charset="gb18030") as caller:
        content = "text/xml" + (f"; charset={header}" if header else "")
        answer = await caller.post((declaration + text).encode(wire), Content_Type=content)
    [record] = hub.records
    assert orjson.loads(record.body)["record"]["ItemName"] == f"{RARE}设立登记"
    assert answer.headers["Content-Type"] == "text/xml; charset=GB18030"


@pytest.mark.parametrize("form", ["cdata", "escaped"])
async def test_a_document_in_a_text_is_the_record_of_its_own_kind(tmp_path: Path, form: str) -> None:
    """CDATA or escaped; its reply is a document in a text, too."""
    schema = "".join(f'<xs:element name="{name}"><xs:complexType><xs:sequence><xs:element name="{part}" type="xs:string"/>'
                     "</xs:sequence></xs:complexType></xs:element>" for name, part in (("Submit", "xml"), ("SubmitResponse", "return")))
    document = f"<EX_SL><SQRMC>{RARE}</SQRMC></EX_SL>"
    inside = f"<![CDATA[{document}]]>" if form == "cdata" else document.replace("<", "&lt;")
    hub = Hub()
    operations = {"Submit": {"document": "xml", "taken": {"return/CODE": "1", "return/NO": "{message}"}}}
    async with told(tmp_path, wsdl(schema, ONE, TWO), hub, operations, texts={"return": {"root": "RESULT"}}) as caller:
        answer = await caller.call(f'<t:Submit xmlns:t="urn:t"><t:xml>{inside}</t:xml></t:Submit>')
        empty = await caller.call('<t:Submit xmlns:t="urn:t"><t:xml/></t:Submit>')
    assert [(record.kind, record.body.decode()) for record in hub.records] == [(None, document)]
    assert answer.body[0][0].text == "<RESULT><CODE>1</CODE><NO>7</NO></RESULT>"
    assert empty.fault is not None
    assert "[GT527]" in empty.fault[1]


async def test_fields_of_a_document_in_a_text_stand_in_the_record(tmp_path: Path) -> None:
    schema = "".join(f'<xs:element name="{name}"><xs:complexType><xs:sequence><xs:element name="{part}" type="xs:string"/>'
                     "</xs:sequence></xs:complexType></xs:element>" for name, part in (("Submit", "xml"), ("SubmitResponse", "return")))
    hub = Hub()
    texts = {"xml": {"root": "ROOT", "repeated": ["CL"]}}
    async with told(tmp_path, wsdl(schema, ONE, TWO), hub, {"Submit": {"taken": {"return": "{message}"}}}, texts=texts) as caller:
        await caller.call('<t:Submit xmlns:t="urn:t"><t:xml><![CDATA[<ROOT><CL><N>1</N></CL></ROOT>]]></t:xml></t:Submit>')
        broken = await caller.call('<t:Submit xmlns:t="urn:t"><t:xml><![CDATA[<ROOT>]]></t:xml></t:Submit>')
    assert [orjson.loads(record.body) for record in hub.records] == [{"xml": {"CL": [{"N": "1"}]}}]
    assert broken.fault is not None
    assert broken.fault[1].startswith("对 'Submit' 的调用无法读取：xml：应为不含 DOCTYPE 的格式良好的 XML 文档")


@pytest.mark.parametrize("version", ["1.1", "1.2"])
async def test_a_refusal_is_the_fault_that_the_wsdl_types(tmp_path: Path, version: Any) -> None:
    hub = Hub(REFUSED)
    refused = {"fault": "InvalidCase", "fields": {"Code": "17", "Message": "{reason_zh} [{code}]"}, "reason": "{reason_zh}"}
    async with case_exchange(tmp_path, hub, refused=refused) as caller:
        answer = await caller.call(ask("SubmitStep"), version=version)
    assert (answer.status, answer.fault) == ((500, ("s:Client", "报文类型未知")) if version == "1.1" else (400, ("s:Sender", "报文类型未知")))
    detail = next(one for one in answer.body[0] if one.tag.lower().endswith("detail"))
    assert [(one.tag.rpartition("}")[2], one.text) for one in detail[0]] == [("Code", "17"), ("Message", "报文类型未知 [GT300]")]


@pytest.mark.parametrize(("version", "blame", "status", "code"), [
    ("1.1", "Server", 500, "s:Server"), ("1.2", "Server", 500, "s:Receiver"), ("1.2", "Client", 400, "s:Sender"),
])
async def test_a_refusal_may_be_a_plain_fault(tmp_path: Path, version: Any, blame: str, status: int, code: str) -> None:
    async with case_exchange(tmp_path, Hub(REFUSED), refused={"blame": blame}) as caller:
        answer = await caller.call(ask("SubmitStep"), version=version)
    assert (answer.status, answer.fault) == (status, (code, "报文类型未知 / no such kind [GT300]"))


async def test_a_refusal_may_be_a_reply_with_an_error_code(tmp_path: Path) -> None:
    """Of one operation, before that of all."""
    own = {"SubmitStep": {**CASE_EXCHANGE["SubmitStep"], "refused": {"reply": {"Receipt/Code": "9", "Receipt/Message": "{reason}"}}}}
    async with case_exchange(tmp_path, Hub(REFUSED), operations=own, refused={"blame": "Server"}) as caller:
        answer = await caller.call(ask("SubmitStep"))
    assert (answer.status, [one.text for one in answer.body[0][0]][:2]) == (200, ["9", "no such kind"])


async def test_come_later_is_a_fault_of_ours_with_503(tmp_path: Path) -> None:
    full = Verdict(Acceptance.REFUSED, 0, "GT301", "full", "已满", again=True)
    async with case_exchange(tmp_path, Hub(full)) as caller:
        answer = await caller.call(ask("SubmitStep"))
    assert (answer.status, answer.headers["Retry-After"], answer.fault) == (503, "5", ("s:Server", "已满 / full [GT301]"))


async def test_words_longer_than_the_wsdl_allows_are_told_in_a_plain_fault(tmp_path: Path) -> None:
    hub = Hub(REFUSED._replace(reason_zh="很长的原因" * 20))
    operations = {"Submit": {"taken": {"code": "0"}, "refused": {"reply": {"code": "1", "text": "{reason_zh}"}}}}
    async with told(tmp_path, wsdl(WRAPPED, ONE, TWO), hub, operations) as caller:
        answer = await caller.call('<t:Submit xmlns:t="urn:t"><t:case/></t:Submit>')
    assert answer.fault is not None
    assert answer.fault[1].startswith("很长的原因")
    assert "[GT675]" in answer.fault[1]


async def test_credentials_among_the_fields_are_checked_and_not_kept(tmp_path: Path) -> None:
    hub = Hub()
    text = '<t:Submit xmlns:t="urn:t"><t:token>{}</t:token><t:case><t:caseNo>1</t:caseNo></t:case></t:Submit>'
    operations = {"Submit": {"taken": {"code": "0"}, "refused": {"reply": {"code": "1", "text": "{code}"}}}}
    async with told(tmp_path, wsdl(WRAPPED, ONE, TWO), hub, operations, key=None, credentials={"token": "key"}) as caller:
        right, wrong = await caller.call(text.format("agreed-key")), await caller.call(text.format("guessed"))
        missing = await caller.call('<t:Submit xmlns:t="urn:t"/>')
    assert [orjson.loads(record.body) for record in hub.records] == [{"case": {"caseNo": "1"}}]
    assert [[one.text for one in answer.body[0]] for answer in (right, wrong, missing)] == [["0"], ["1", "GT528"], ["1", "GT528"]]


async def test_credentials_in_a_header_are_understood_and_checked(tmp_path: Path) -> None:
    hub = Hub()
    where = {"AuthHeader/UserName": "user", "AuthHeader/Password": "password"}
    header = ('<a:AuthHeader xmlns:a="http://yunlan.example.invalid/caseexchange/" s:mustUnderstand="1">'
              "<a:UserName>guantong</a:UserName><a:Password>{}</a:Password></a:AuthHeader>")
    async with case_exchange(tmp_path, hub, key=None, header_credentials=where) as caller:
        right = await caller.call(ask("SubmitStep"), header.format("p&lt;&amp;w"))
        wrong = await caller.call(ask("SubmitStep"), header.format("guessed"))
        missing = await caller.call(ask("SubmitStep"))
    assert (right.status, len(hub.records)) == (200, 1)
    assert [answer.fault and answer.fault[1] for answer in (wrong, missing)] == [
        "身份校验失败（AuthHeader） / the sender could not be verified (AuthHeader) [GT528]"] * 2


async def test_a_wrong_key_is_refused_before_the_body_is_read(tmp_path: Path) -> None:
    hub = Hub()
    async with case_exchange(tmp_path, hub) as caller:
        answer = await caller.post(b"<", X_Guantong_Key="guessed")
    assert answer.fault == ("s:Client", "身份校验失败（X-Guantong-Key） / the sender could not be verified (X-Guantong-Key) [GT528]")
    assert not hub.records


@pytest.mark.parametrize("version", ["1.1", "1.2"])
async def test_a_header_that_must_be_understood_and_is_not_known_is_refused(tmp_path: Path, version: Any) -> None:
    """With what SOAP 1.2 wants said of it; one that is meant for somebody else is not ours to refuse."""
    hub = Hub()
    async with case_exchange(tmp_path, hub) as caller:
        unknown = await caller.call(ask("SubmitStep"), '<x:Tx xmlns:x="urn:x" s:mustUnderstand="1"/>', version=version)
        role = "actor" if version == "1.1" else "role"
        other = await caller.call(ask("SubmitStep"), f'<x:Tx xmlns:x="urn:x" s:mustUnderstand="true" s:{role}="urn:gateway"/>', version=version)
    assert (unknown.status, unknown.fault and unknown.fault[0]) == (500, "s:MustUnderstand")
    assert ('NotUnderstood' in unknown.text and 'qname="h:Tx"' in unknown.text) is (version == "1.2")
    assert (other.status, len(hub.records)) == (200, 1)


async def test_a_version_without_a_port_is_refused_with_those_spoken(tmp_path: Path) -> None:
    hub = Hub()
    async with told(tmp_path, wsdl(BARE, ONE, TWO), hub, {"Submit": {"taken": {"SubmitResponse": "1"}}}) as caller:
        answer = await caller.call('<t:Submit xmlns:t="urn:t"/>', version="1.2")
    assert answer.fault == ("s:VersionMismatch", "此处不支持 SOAP 1.2 / SOAP 1.2 is not spoken here [GT673]")
    assert 'qname="v:Envelope" xmlns:v="http://schemas.xmlsoap.org/soap/envelope/"' in answer.text


@pytest.mark.parametrize(("inside", "found"), [
    ('<Gone xmlns="urn:t"/>', "{urn:t}Gone"), ('<Submit xmlns="urn:else"/>', "{urn:else}Submit"),
    ('<case xmlns="urn:t"><caseNo>1</caseNo></case>', "{urn:t}case"), ("", ""),
])
async def test_what_calls_no_operation_is_refused_with_what_it_was(tmp_path: Path, inside: str, found: str) -> None:
    """An unknown operation, another namespace, another style, nothing."""
    hub = Hub()
    async with told(tmp_path, wsdl(WRAPPED, ONE, TWO), hub, {"Submit": {"taken": {"code": "0"}}}) as caller:
        answer = await caller.call(inside)
    assert answer.fault == ("s:Client", f"此处没有以 {found!r} 调用的操作 / no operation here is called by {found!r} [GT670]")
    assert not hub.records


async def test_two_calls_in_one_body_are_refused(tmp_path: Path) -> None:
    hub = Hub()
    async with case_exchange(tmp_path, hub) as caller:
        answer = await caller.call(ask("SubmitStep") * 2)
    assert answer.fault is not None
    assert "[GT671]" in answer.fault[1]
    assert not hub.records


@pytest.mark.parametrize(("operations", "line"), [
    ({"Submitt": {}}, "serve.operations.Submitt: GT648"),
    ({"Submit": {}}, "serve.operations.Submit.taken: GT675"),
    ({"Submit": {"taken": {"code": "0", "tekst": "x"}}}, "serve.operations.Submit.taken: GT675"),
    ({"Submit": {"taken": {"code": "zero"}}}, "serve.operations.Submit.taken: GT675"),
    ({"Submit": {"taken": {"code": "0"}, "refused": {"fault": "Gone"}}}, "serve.operations.Submit.refused.fault: GT648"),
    ({"Submit": {"taken": {"code": "0"}, "again": {"reply": {}}}}, "serve.operations.Submit.again: GT675"),
])
async def test_an_answer_that_the_wsdl_does_not_allow_is_told_before_any_call(tmp_path: Path, operations: Any, line: str) -> None:
    with pytest.raises(ProblemsError) as raised:
        async with told(tmp_path, wsdl(WRAPPED, ONE, TWO), Hub(), operations):
            pass
    [problem] = raised.value.problems
    assert f"{problem.path}: {problem.code.id}" == line
    assert problem.place.file.endswith("service.wsdl")


async def test_our_own_side_calls_it_and_reads_its_answers(tmp_path: Path) -> None:
    """The same WSDL, the other end."""
    from tests.adapters.caseexchange import connected, sending, step

    hub = Hub()
    async with case_exchange(tmp_path, hub) as caller:
        headers = {"X-Guantong-Key": {"secret": "key"}}
        async with connected(tmp_path, caller.url, soap_headers=[], headers=headers) as connection:
            reply: Any = await connection.send(sending(step()))
    assert orjson.loads(hub.records[0].body) == step()
    assert orjson.loads(reply.body)["Receipt"]["Code"] == "0"
    assert isinstance(caller, Caller)


async def test_a_burst_of_three_hundred_calls_is_answered_to_the_last(tmp_path: Path) -> None:
    """All at once, over as many connections as a caller has: each is one record, with its own answer."""
    hub = Hub()
    async with case_exchange(tmp_path, hub) as caller:
        answers = await asyncio.gather(*(caller.call(ask("SubmitStep", f"第 {number} 件")) for number in range(300)))
    assert {(answer.status, answer.fault) for answer in answers} == {(200, None)}
    assert {orjson.loads(record.body)["record"]["ItemName"] for record in hub.records} == {f"第 {number} 件" for number in range(300)}
    assert len(hub.records) == 300


@pytest.mark.parametrize("publish", [True, False])
async def test_operations_are_listed_only_where_the_wsdl_is_handed_out(tmp_path: Path, *, publish: bool) -> None:
    hub = Hub()
    async with told(tmp_path, wsdl(WRAPPED, ONE, TWO), hub, {"Submit": {"taken": {"code": "0"}}}, publish=publish) as caller:
        answer = await caller.call('<Gone xmlns="urn:t"/>')
    hint = "可调用：{urn:t}Submit；样式与命名空间以 ?wsdl 为准" if publish else "请按双方约定的 WSDL 调用；此处不提供 WSDL"
    assert f"<detail><code>GT670</code><hint>{hint}</hint></detail>" in answer.text
