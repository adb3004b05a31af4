"""What the SOAP adapter makes of answers."""

from __future__ import annotations

import pytest
from tests.adapters.soap_peer import RARE

from guantong.record import Reply
from guantong_adapters.soap.reply import read_reply

ENVELOPE = (
    '<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/"><e:Header/><e:Body>{}</e:Body></e:Envelope>'
)


def read(inside: str, charset: str = "utf-8", record: str = "utf-8", wanted: str | None = None) -> Reply:
    body = ENVELOPE.format(inside).encode(charset)
    return read_reply(Reply(body, {"status": "200", "charset": charset}), wanted, charset, record)


@pytest.mark.parametrize(
    ("inside", "text"),
    [
        ("<n:r xmlns:n='x'><n:return>编码：0；描述：接收成功</n:return></n:r>", "编码：0；描述：接收成功"),
        ("<r><return><![CDATA[<RESULT><CODE>1</CODE></RESULT>]]></return></r>", "<RESULT><CODE>1</CODE></RESULT>"),
        ("<r><return>&lt;RESULT/&gt;</return></r>", "<RESULT/>"),
        ("<r><return>a<![CDATA[<b>]]>c</return></r>", "a<b>c"),
        ("<r><!-- by Axis --><return>ok</return></r>", "ok"),
        ("<r><return> <RESULT><CODE>1</CODE></RESULT> </return></r>", "<RESULT><CODE>1</CODE></RESULT>"),
        ("<r>bare</r>", "bare"),
        ("<r/>", ""),
        ("", ""),
    ],
)
def test_the_returned_text_is_found_however_it_is_wrapped(inside: str, text: str) -> None:
    """Plain, CDATA, escaped, mixed, or XML left as it is: the text inside is the reply."""
    assert read(inside) == Reply(text.encode(), {"status": "200", "charset": "utf-8"})


def test_a_named_return_element_is_looked_for_anywhere() -> None:
    """Some answers hold more than the text that counts."""
    assert read("<r><when>1</when><data><out>yes</out></data></r>", wanted="out").body == b"yes"
    assert read("<r><when>1</when></r>", wanted="out").body == b""


def test_the_reply_is_handed_on_in_the_charset_of_records() -> None:
    """What came in UTF-8 is read by a codec that expects GB 18030, and the other way round."""
    assert read(f"<r><return>{RARE}</return></r>", "utf-8", "gb18030").body == RARE.encode("gb18030")
    assert read(f"<r><return>{RARE}</return></r>", "gb18030", "utf-8").body == RARE.encode()


def test_the_charset_is_taken_from_header_declaration_or_settings_in_this_order() -> None:
    """gb2312 is read as the GB 18030 its senders really write."""
    body = ENVELOPE.format(f"<r><return>{RARE}</return></r>").encode("gb18030")
    declared = b'<?xml version="1.0" encoding="gb2312"?>' + body
    for reply in (Reply(body, {"charset": "GBK"}), Reply(declared), Reply(body)):
        assert read_reply(reply, None, "gb18030", "utf-8").body == RARE.encode()


@pytest.mark.parametrize(
    ("inside", "code"),
    [
        ("<e:Fault><faultcode>e:Server</faultcode><faultstring>系统异常</faultstring></e:Fault>", "Server"),
        ("<e:Fault><faultcode>Client</faultcode><faultstring>系统异常</faultstring></e:Fault>", "Client"),
    ],
)
def test_a_fault_is_a_reply_with_its_code(inside: str, code: str) -> None:
    """The core judges faults like any reply: the reason is the body, the code stands beside it."""
    reply = read(inside)
    assert (reply.body.decode(), reply.meta["fault"]) == ("系统异常", code)


def test_a_fault_of_soap_12_too() -> None:
    """The other version nests code and reason."""
    body = (
        '<e:Envelope xmlns:e="http://www.w3.org/2003/05/soap-envelope"><e:Body><e:Fault><e:Code><e:Value>e:Sender'
        '</e:Value></e:Code><e:Reason><e:Text xml:lang="zh">不对</e:Text></e:Reason></e:Fault></e:Body></e:Envelope>'
    )
    reply = read_reply(Reply(body.encode()), None, "utf-8", "utf-8")
    assert (reply.body.decode(), reply.meta["fault"]) == ("不对", "Sender")


@pytest.mark.parametrize(
    "body",
    [
        b"<html><body><h1>502 Bad Gateway</h1></body></html>",
        b"",
        b"not xml",
        b"\xff\xfe\x00",
        b'<!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>',
        b"<a>" * 300 + b"</a>" * 300,
        b'<?xml version="1.0" encoding="EBCDIC-CN"?><a/>',
    ],
    ids=["error page", "empty", "text", "not text", "doctype", "too deep", "unknown charset"],
)
def test_what_is_no_soap_is_passed_on_as_it_came(body: bytes) -> None:
    """The status and the bytes stay for the rules to judge, marked as no SOAP."""
    assert read_reply(Reply(body, {"status": "502"}), None, "utf-8", "utf-8") == Reply(
        body, {"status": "502", "soap": "no"}
    )
