"""Calls by a WSDL over real HTTP: a county's service as .NET or Axis would run it, and whatever it answers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson
import pytest
from aiohttp import web
from tests.adapters.caseexchange import SERIAL, connected, sample_wsdl, sending, service, step
from tests.adapters.soap_peer import RARE, Scripted, context, envelope, outgoing, settings, soap

from guantong.config.reply import ReplyRules
from guantong.journey.judge import judge
from guantong.problems import ProblemsError
from guantong.record import Fields, NotSent, Outgoing, Reply, Unsure
from guantong.testing import AdapterContract
from guantong.yamlfile import plain, read_yaml
from guantong_adapters.simulation.ledger import read_effects, read_rejections
from guantong_adapters.soap.connection import SoapConnection, open_soap

PROFILE = Path(__file__).resolve().parents[2] / "config" / "profiles" / "county-soap-wsdl.yaml"
TAKEN = {"Receipt": {"Code": "0", "Message": "接收成功", "CaseNo": f"YL-{SERIAL[-12:]}"}}


def rules() -> ReplyRules:
    """How the profile judges replies."""
    node, _ = read_yaml(PROFILE)
    assert node is not None
    table = plain(node)
    assert isinstance(table, dict)
    return ReplyRules.model_validate(table["reply"])


def read(end: Any) -> Any:
    """The record of a reply."""
    assert isinstance(end, Reply), end
    return orjson.loads(end.body)


@pytest.mark.parametrize("more", [
    {}, {"port": "CaseExchangeSoap12"}, {"charset": "gb18030"}, {"port": "CaseExchangeSoap12", "charset": "gb18030"},
], ids=["1.1", "1.2", "1.1 in gb18030", "1.2 in gb18030"])
async def test_an_event_arrives_as_it_was_and_its_receipt_is_read(tmp_path: Path, more: dict[str, Any]) -> None:
    """By the WSDL that the service itself hands out, in either version and charset; sent twice it is a duplicate."""
    async with service(tmp_path) as url, connected(tmp_path, url, **more) as connection:
        first = await connection.send(sending(step()))
        again = await connection.send(sending(step()))
    assert read(first) == TAKEN
    assert [judge(end, rules()).meaning for end in (first, again)] == ["success", "duplicate"]
    [effect] = read_effects(tmp_path / "ledger.db")
    assert (effect.kind, effect.key, effect.repeats) == ("SubmitStep", (SERIAL, "1", "2014-07-15T10:30:00+08:00"), 1)
    assert effect.fields["ItemName"] == f"<设立> & {RARE}"
    assert effect.fields["Operator"] == '{"Name":"张三"}'


@pytest.mark.parametrize("status", [500, 200])
@pytest.mark.parametrize("port", ["CaseExchangeSoap", "CaseExchangeSoap12"])
async def test_typed_faults_are_told_apart(tmp_path: Path, port: str, status: int) -> None:
    """By code and by the fields of their detail, whatever HTTP says."""
    more = {"unknown_items": ["no-such-item"], "faults_with": status, "faults": {"busy_every": 4}}  # the fourth request: two were for the WSDL
    async with service(tmp_path, **more) as url, connected(tmp_path, url, port=port) as connection:
        unknown = await connection.send(sending(step(ItemCode="no-such-item")))
        taken = await connection.send(sending(step()))
    assert read(unknown)["fault"]["detail"] == {"InvalidCase": {"Code": "17", "Message": "事项不存在"}}
    assert read(unknown)["fault"]["reason"] == "事项不存在"
    judged = judge(unknown, rules())
    assert (judged.meaning, judged.reason.removeprefix("HTTP 500: ")) == ("permanent", "事项不存在")
    busy = judge(taken, rules())
    assert (busy.meaning, busy.reason.removeprefix("HTTP 500: ")) == ("transient", "系统繁忙，请稍后再试")
    assert [rejection.reason for rejection in read_rejections(tmp_path / "ledger.db")] == ["事项不存在"]


async def test_who_brings_the_wrong_password_is_refused_for_good(tmp_path: Path) -> None:
    """The header is the one that the WSDL declares, filled from secrets."""
    header = {"name": "AuthHeader", "fields": {name: {"constant": "x"} for name in ("UserName", "Password", "City")}}
    async with service(tmp_path) as url, connected(tmp_path, url, soap_headers=[header]) as connection:
        end = await connection.send(sending(step()))
    assert read(end)["fault"]["code"] == "Client.Authentication"
    assert judge(end, rules()).meaning == "permanent"


async def test_a_lost_reply_leaves_the_end_open(tmp_path: Path) -> None:
    """The service has it, and we do not know."""
    async with service(tmp_path, faults={"lose_reply": [SERIAL]}) as url, connected(tmp_path, url) as connection:
        assert isinstance(await connection.send(sending(step())), Unsure)
        assert judge(await connection.send(sending(step())), rules()).meaning == "duplicate"


async def test_a_record_that_does_not_fit_is_a_located_problem_and_nothing_leaves(tmp_path: Path) -> None:
    """Only a person can mend it."""
    async with service(tmp_path) as url, connected(tmp_path, url) as connection:
        for fields, kind, line in (
            (step(StepTime="2014-7-15"), "SubmitStep",
             ("record/StepTime: the record does not fit the operation 'SubmitStep': record/StepTime: expected a value of the form"
              " (dateTime), got a text of 9 characters; mend the mapping, or what it maps [GT652]")),
            (step(), "SubmitSteps",
             ("no operation of the WSDL is named as the record: 'SubmitSteps'; name the record in the mapping as one of"
              " QueryCase, SubmitAcceptance, SubmitApplication, SubmitFinish, SubmitStep, or write `operation:` [GT654]")),
        ):
            with pytest.raises(ProblemsError) as refused:
                await connection.send(sending(fields, kind))
            assert str(refused.value) == line
        with pytest.raises(ProblemsError, match="GT653"):
            await connection.send(outgoing(b"<a/>", "SubmitStep"))
    assert read_effects(tmp_path / "ledger.db") == []


ANSWER = (
    '<s:SubmitStepResponse xmlns:s="http://yunlan.example.invalid/caseexchange/" xmlns:c="http://yunlan.example.invalid/caseexchange/types">'
    "<s:Receipt><c:Code>0</c:Code><c:Message>{}</c:Message><c:CaseNo>1</c:CaseNo></s:Receipt></s:SubmitStepResponse>"
)


async def answered(home: Path, answer: web.Response, fields: Fields | None = None, **more: Any) -> Reply:
    """Our reading of one answer to a step, or to a call with other fields."""
    peer = Scripted(lambda *_: answer)
    async with peer.url() as url:
        more = {"soap_headers": [], "wsdl": sample_wsdl(home), **more}
        async with connected(home, url, **more) as connection:
            end = await connection.send(sending(step() if fields is None else fields))
    assert isinstance(end, Reply)
    return end


def answer(body: bytes, kind: str = "text/xml", status: int = 200) -> web.Response:
    return web.Response(status=status, body=body, headers={"Content-Type": kind})


@pytest.mark.parametrize(("declared", "written", "kind"), [
    ("UTF-8", "utf-8", "text/xml; charset=utf-8"), ("GBK", "gb18030", "text/xml; charset=GBK"),
    ("UTF-8", "gb18030", "text/xml; charset=utf-8"), ("GBK", "utf-8", "text/xml"), ("gb2312", "gb18030", "text/xml; charset=iso-8859-1"),
])
async def test_what_a_reply_says_of_its_charset_is_not_believed_blindly(
    tmp_path: Path, declared: str, written: str, kind: str
) -> None:
    """Bytes decide where declarations lie."""
    text = f'<?xml version="1.0" encoding="{declared}"?>{envelope(ANSWER.format(f"成功 {RARE}"))}'
    end = await answered(tmp_path, answer(text.encode(written), kind), charset="gb18030")
    assert read(end)["Receipt"]["Message"] == f"成功 {RARE}"


LONG = "x" * 900_000
HOSTILE = {
    "external entity": '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/hostname">]>' + envelope(ANSWER.format("&x;")),
    "entity expansion": '<!DOCTYPE a [<!ENTITY x "xx"><!ENTITY y "&x;&x;">]>' + envelope(ANSWER.format("&y;")),
    "deep nesting": envelope("<a>" * 5000 + "</a>" * 5000),
    "deep but well-formed": envelope(ANSWER.format("").replace("<s:Receipt>", "<x>" * 100 + "</x>" * 100 + "<s:Receipt>")),
    "truncated": envelope(ANSWER.format("成功"))[:-30],
    "too many elements": envelope("<r>" + "<a/>" * 210_000 + "</r>"),
    "twice": envelope(ANSWER.format("</c:Message><c:Message>")),
    "no envelope": "<html><body>502 Bad Gateway</body></html>",
    "no xml": "系统维护中",
}


@pytest.mark.parametrize("case", HOSTILE)
async def test_a_hostile_reply_is_a_plain_located_problem(tmp_path: Path, case: str) -> None:
    """It is read to the end of its bound, and never expanded; its end is not known, since it may have taken effect."""
    end = await answered(tmp_path, answer(HOSTILE[case].encode()))
    found = read(end)
    assert found["problem"]["code"] == "GT655"
    assert found["text"] == HOSTILE[case][:2000]
    assert judge(end, rules()).meaning == "unknown"
    said = found["problem"]["message"].removeprefix("the reply cannot be read: ")
    expected = {
        "external entity": "it declares a document type", "entity expansion": "it declares a document type",
        "deep nesting": "it is not well-formed XML at line 1", "too many elements": "it has too many elements",
        "deep but well-formed": "x: expected less nesting", "truncated": "it is not well-formed XML at line 1", "no envelope": "it is no SOAP envelope but 'html'",
        "twice": "Receipt/Message: expected the element once, got it twice", "no xml": "it is not well-formed XML at line 1, column 1",
    }
    assert said.startswith(expected[case])


async def test_words_in_an_error_page_can_still_be_judged(tmp_path: Path) -> None:
    """What is no SOAP is handed on with its text."""
    end = await answered(tmp_path, answer("<html>系统维护中</html>".encode(), "text/html", 503))
    assert judge(end, rules()).meaning == "transient"
    assert "系统维护中" in end.body.decode()


async def test_a_huge_attribute_is_bounded_by_the_reply_limit(tmp_path: Path) -> None:
    """Nothing beyond it is read at all."""
    text = envelope(ANSWER.format("").replace("<s:Receipt>", f'<s:Receipt a="{LONG}">'))
    assert len(read(await answered(tmp_path, answer(text.encode())))["Receipt"]["@a"]) == len(LONG)
    peer = Scripted(lambda *_: answer(text.encode()))
    async with peer.url() as url, connected(
        tmp_path, url, soap_headers=[], wsdl=sample_wsdl(tmp_path), reply_limit=100_000
    ) as connection:
        assert isinstance(await connection.send(sending(step())), Unsure)


async def test_the_action_stands_where_the_version_wants_it(tmp_path: Path) -> None:
    """In the header SOAPAction, or in the content type."""
    peer = Scripted(lambda *_: soap(ANSWER.format("")))
    async with peer.url() as url:
        for port in ("CaseExchangeSoap", "CaseExchangeSoap12"):
            async with connected(tmp_path, url, soap_headers=[], wsdl=sample_wsdl(tmp_path), port=port) as connection:
                await connection.send(sending(step()))
    action = "http://yunlan.example.invalid/caseexchange/SubmitStep"
    assert [(headers.get("SOAPAction"), headers["Content-Type"]) for headers, _ in peer.seen] == [
        (f'"{action}"', "text/xml; charset=UTF-8"), (None, f'application/soap+xml; charset=UTF-8; action="{action}"'),
    ]


async def test_parameters_and_headers_are_filled_from_secrets_and_the_sending(tmp_path: Path) -> None:
    """A template, a secret, the delivery's key, the time; must-understand where it is wanted; none given twice."""
    header = {"name": "Sender", "namespace": "urn:head", "must_understand": True, "fields": {
        "who": {"template": "{user}/{dept_code}"}, "key": {"value": "key"}, "at": {"value": "timestamp", "format": "yyyy-MM-dd"},
    }}
    peer = Scripted(lambda *_: soap(ANSWER.format("")))
    async with peer.url() as url, connected(
        tmp_path, url, soap_headers=[header], wsdl=sample_wsdl(tmp_path),
        parameters={"record/Remark": {"secret": "identify"}, "record/Org/Code": {"constant": "006"}},
    ) as connection:
        await connection.send(sending(step(), key="GT<9>"))
        with pytest.raises(ProblemsError, match="record/Remark: expected nothing: `parameters:` gives it"):
            await connection.send(sending(step(Remark="mine")))
    [(_, body)] = peer.seen
    assert (
        b'<s:Header><h:Sender s:mustUnderstand="1" xmlns:h="urn:head"><h:who>guantong/445200</h:who>'
        b"<h:key>GT&lt;9&gt;</h:key><h:at>2014-07-15</h:at></h:Sender></s:Header>"
    ) in body
    assert b"<q1:Code>006</q1:Code>" in body
    assert b"<q1:Remark>id&amp;ent&lt;ify</q1:Remark>" in body


XML_TEXT = """<w:definitions xmlns:w="http://schemas.xmlsoap.org/wsdl/" xmlns:soap="http://schemas.xmlsoap.org/wsdl/soap/"
  xmlns:t="urn:t" xmlns:xs="http://www.w3.org/2001/XMLSchema" targetNamespace="urn:t">
  <w:message name="in"><w:part name="xml" type="xs:string"/></w:message><w:message name="out"><w:part name="return" type="xs:string"/></w:message>
  <w:portType name="P"><w:operation name="invoke"><w:input message="t:in"/><w:output message="t:out"/></w:operation></w:portType>
  <w:binding name="B" type="t:P"><soap:binding transport="http://schemas.xmlsoap.org/soap/http" style="rpc"/>
    <w:operation name="invoke"><soap:operation soapAction=""/><w:input><soap:body use="literal" namespace="urn:t"/></w:input>
    <w:output><soap:body use="literal" namespace="urn:t"/></w:output></w:operation></w:binding>
  <w:service name="S"><w:port name="P" binding="t:B"><soap:address location="http://x/"/></w:port></w:service></w:definitions>"""
INNER = {"xml": {"HEAD": {"TYPE": "SL"}, "DATA": {"SBLSH": "1", "CLS": {"CL": [{"CLMC": f"<{RARE}>"}]}}}}


@pytest.mark.parametrize("outer", ["cdata", "escaped"])
@pytest.mark.parametrize("inner", ["cdata", "escaped"])
async def test_documents_inside_texts_are_fields_on_two_levels(tmp_path: Path, outer: str, inner: str) -> None:
    """Written in CDATA or escaped as configured, and read in either form."""
    path = tmp_path / "s.wsdl"
    path.write_text(XML_TEXT, encoding="utf-8")
    texts = {
        "xml": {"form": outer, "root": "ROOT", "declaration": True},
        "xml/DATA": {"form": inner, "root": "ROW", "repeated": ["CL"]},
        "return": {"form": outer, "root": "ROOT"}, "return/DATA": {"root": "ROW", "repeated": ["CL"]},
    }
    peer = Scripted(lambda _, body: soap(body.decode().partition("<s:Body>")[2].partition("</s:Body>")[0].replace("xml>", "return>")))
    async with peer.url() as url, connected(tmp_path, url, soap_headers=[], wsdl=path, texts=texts) as connection:
        end = await connection.send(sending(INNER, "anything"))
    assert read(end) == {"return": INNER["xml"]}
    [(_, body)] = peer.seen
    opened = '<xml><![CDATA[<?xml version="1.0" encoding="UTF-8"?><ROOT>' if outer == "cdata" else '<xml>&lt;?xml version="1.0"'
    assert opened.encode() in body


@pytest.mark.parametrize(("text", "said"), [
    ('<!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>', "return: expected a well-formed document without DOCTYPE, got a DOCTYPE"),
    ("<a><b></a>", "return: expected a well-formed document without DOCTYPE (line 1, column 11), got XML that is broken"),
    ("<a>" * 300 + "</a>" * 300, "return: expected a well-formed document without DOCTYPE (line 1, column 771), got XML that is broken"),
    ("<a>" * 100 + "</a>" * 100, "return/a"),
])
async def test_hostile_inner_documents_are_bounded_too(tmp_path: Path, text: str, said: str) -> None:
    """XXE, expansion and nesting in the text of a reply."""
    path = tmp_path / "s.wsdl"
    path.write_text(XML_TEXT, encoding="utf-8")
    inside = text.replace("&", "&amp;").replace("<", "&lt;")
    end = await answered(tmp_path, soap(f"<r><return>{inside}</return></r>"), {"xml": ""}, wsdl=path, texts={"return": {"root": "a"}})
    assert read(end)["problem"]["message"].removeprefix("the reply cannot be read: ").startswith(said)


async def test_words_where_a_document_was_expected_stay_words(tmp_path: Path) -> None:
    """So that rules on them can hold."""
    path = tmp_path / "s.wsdl"
    path.write_text(XML_TEXT, encoding="utf-8")
    end = await answered(tmp_path, soap("<r><return>系统繁忙</return></r>"), {"xml": ""}, wsdl=path, texts={"return": {"root": "a"}})
    assert read(end) == {"return": "系统繁忙"}


@pytest.mark.parametrize(("more", "said"), [
    ({"wsdl": "a.wsdl", "arguments": [{"name": "a", "value": "body"}], "operation": "o", "texts": {"a": {}}}, "`texts:` belongs to a call by `wsdl:`"),
    ({"wsdl": "a.wsdl", "return_element": "r"}, "`return_element:` belongs to a call with `arguments:`"),
    ({"wsdl": "a.wsdl", "parameters": {"a": {"value": "token"}}}, "`value: token` needs `login:`"),
    ({"wsdl": "a.wsdl", "parameters": {"a": {"secret": "x", "constant": "y"}}}, "needs exactly one of"),
    ({"wsdl": "ftp://x/a.wsdl", "parameters": {"/a": {"constant": "y"}}}, "String should match pattern"),
])
def test_settings_that_do_not_belong_together_are_refused(more: dict[str, Any], said: str) -> None:
    """Each with what to write instead."""
    with pytest.raises(ValueError, match=said.replace("(", r"\(")):
        settings({"url": "http://x/"}, **more)


@pytest.mark.parametrize(("more", "line"), [
    ({"service": "CaseExchang"}, "service: the WSDL has no service 'CaseExchang'; did you mean 'CaseExchange'? [GT648]"),
    ({"port": "Soap13"}, "port: the WSDL has no port 'Soap13'; known: CaseExchangeSoap, CaseExchangeSoap12 [GT648]"),
    ({"operation": "SubmitStepp"}, "operation: the WSDL has no operation 'SubmitStepp'; did you mean 'SubmitStep'? [GT648]"),
])
async def test_names_that_the_wsdl_does_not_have_are_told_with_the_nearest(tmp_path: Path, more: dict[str, Any], line: str) -> None:
    """When the system is opened, at the setting and the WSDL's place."""
    path = sample_wsdl(tmp_path)
    with pytest.raises(ProblemsError) as refused:
        await open_soap(context({"url": "http://x/", "wsdl": path, **more}, home=tmp_path))
    assert str(refused.value).startswith(f"{path.as_posix()} {line}")


class TestSoapByWsdl(AdapterContract):
    """The promises of every adapter that sends over HTTP hold for calls by a WSDL."""

    content_type = "text/xml; charset=utf-8"
    home = Path()

    @pytest.fixture(autouse=True)
    def _at_home(self, tmp_path: Path) -> None:
        self.home = tmp_path

    async def open(self, url: str) -> SoapConnection:
        return await open_soap(context({"url": url, "wsdl": sample_wsdl(self.home)}, home=self.home))

    def answer(self) -> bytes:
        return envelope(ANSWER.format("成功")).encode()

    def outgoing(self, seconds: float = 10.0) -> Outgoing:
        return outgoing(orjson.dumps(step()), "SubmitStep", timeout=seconds)


async def test_a_county_that_is_down_is_called_when_it_is_up(tmp_path: Path) -> None:
    """A WSDL that cannot be fetched when the hub starts is fetched before the first call; until then nothing was sent."""
    async with service(tmp_path) as url:
        pass
    async with connected(tmp_path, url) as connection:
        end = await connection.send(sending(step()))
    assert isinstance(end, NotSent)
    assert end.reason.startswith(f"{url}?wsdl: the WSDL cannot be fetched: ConnectError; see that")
