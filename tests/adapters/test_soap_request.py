"""What the SOAP adapter writes: what any XML parser at the other end reads back, byte for byte."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree
from tests.adapters.soap_peer import (
    COUNTY,
    HALL,
    NOW,
    RARE,
    SECRETS,
    SUPERVISION,
    outgoing,
    secrets,
    settings,
    signer,
)

from guantong_adapters.soap.framing import Unwritable
from guantong_adapters.soap.request import Sending, compile_call, compile_login

XML_TEXT = st.text(
    st.characters(exclude_categories=("Cs", "Cc"), exclude_characters="\ufffe\uffff", include_characters="\t\n")
)


def arguments(call: bytes) -> dict[str, str]:
    """The arguments of a call, read by a parser that is not ours."""
    operation = etree.fromstring(call)[0][0]
    return {str(child.tag): child.text or "" for child in operation}


def test_the_four_strings_of_the_hall_arrive_as_they_are() -> None:
    """Code, document, table and identification stand in order, secrets and kind escaped."""
    write = compile_call(settings(HALL, url="http://x/"), secrets(), signer)
    body = f"<?xml version='1.0'?><ExInfo>{RARE} <![CDATA[a]]> & </ExInfo>"
    call = write(Sending(outgoing(body.encode(), kind="A<&B"), "", NOW))
    assert arguments(call) == {
        "arg0": "445200", "arg1": body, "arg2": "A<&B", "arg3": SECRETS["identify"],
    }
    operation = etree.QName(etree.fromstring(call)[0][0])
    assert (operation.namespace, operation.localname) == ("http://example.invalid/data", "setDataXmlToFocus")


@pytest.mark.parametrize("charset", ["utf-8", "gb18030"])
@pytest.mark.parametrize("form", ["cdata", "escaped"])
@given(text=XML_TEXT)
def test_any_record_comes_back_in_either_form_and_charset(charset: str, form: str, text: str) -> None:
    """Escaping works on bytes: no character of UTF-8 or GB 18030 is ever torn, whatever it is made of."""
    argument = {"name": "xml", "value": "body", "form": form}
    write = compile_call(settings(COUNTY, url="http://x/", charset=charset, arguments=[argument]), {}, signer)
    call = write(Sending(outgoing(text.encode(charset)), "", NOW))
    read = etree.fromstring(call.decode(charset).partition("?>")[2])
    assert (read[0][0][0].text or "") == text


def test_the_call_is_in_the_declared_charset() -> None:
    """All bytes of a GB 18030 call are GB 18030, the record's own among them, unchanged."""
    write = compile_call(settings(COUNTY, url="http://x/"), {}, signer)
    body = f"<ROOT>{RARE}</ROOT>".encode("gb18030")
    call = write(Sending(outgoing(body), "", NOW))
    assert body in call
    assert call.startswith(b'<?xml version="1.0" encoding="GB18030"?>')
    assert RARE in call.decode("gb18030")


def test_the_message_of_supervision_is_wrapped_and_signed() -> None:
    """The head holds token, kind, key and time; `security` is the MD5 over the GBK bytes of the body's text."""
    write = compile_call(settings(SUPERVISION, url="http://x/"), secrets(), signer)
    body = f"<field_1>{RARE}</field_1><field_2>a]]&gt;b</field_2>"
    call = write(Sending(outgoing(body.encode("gb18030"), kind="logDataSubmit", key="GT42"), "TOKEN", NOW))
    message = etree.fromstring(arguments(call)["arg0"])
    assert {child.tag: child.text for child in message[0]} == {
        "destCode": "445200", "destID": "445200", "orgCode": "445200", "orgID": "445200",
        "sourceID": "guantong", "sourceCode": "445200", "loginKey": "TOKEN", "msgName": "logDataSubmit",
        "transactionID": "GT42", "timeStamp": "20140715103000",
        "security": hashlib.md5(body.encode("gb18030"), usedforsecurity=False).hexdigest(),
    }
    assert message.findtext("body") == body


def test_the_login_escapes_what_the_secrets_hold() -> None:
    """A password with markup in it stays one text."""
    call = compile_login(settings(SUPERVISION, url="http://x/"), secrets())
    login = etree.fromstring(arguments(call)["arg0"])
    assert login.findtext("password") == SECRETS["password"]


def test_soap_12_and_qualified_arguments() -> None:
    """The other version has its own envelope; a qualified call names its arguments in its namespace."""
    write = compile_call(settings(HALL, url="http://x/", version="1.2", qualified=True), secrets(), signer)
    root = etree.fromstring(write(Sending(outgoing(b"<a/>"), "", NOW)))
    assert etree.QName(root).namespace == "http://www.w3.org/2003/05/soap-envelope"
    assert {etree.QName(each).namespace for each in root[0][0]} == {"http://example.invalid/data"}


@pytest.mark.parametrize("form", ["cdata", "escaped"])
def test_a_character_xml_cannot_hold_is_our_mistake(form: str) -> None:
    """A control character that slipped through a codec is never sent as broken XML."""
    argument = {"name": "xml", "value": "body", "form": form}
    write = compile_call(settings(COUNTY, url="http://x/", arguments=[argument]), {}, signer)
    with pytest.raises(Unwritable):
        write(Sending(outgoing(b"a\x01b"), "", NOW))
