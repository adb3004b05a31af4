"""Replies as real systems word them (DOMAIN §2.1), judged by rules a person can write."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError
from tests.journey.parts import ready, system

from guantong.config.policies import RetryPolicy
from guantong.config.reply import Meaning, ReplyRules
from guantong.journey.judge import Judgement, judge
from guantong.journey.retry import asked_wait
from guantong.journey.settle import settle
from guantong.record import Reply
from guantong.replytree import text_at, tree_of

NOW = 1_405_391_400_000  # 2014-07-15T02:30:00Z


def rules(*given: dict[str, Any], decode: str = "text") -> ReplyRules:
    return ReplyRules.model_validate({"decode": decode, "rules": list(given)})


CITY = rules(  # the data platform of a city: success iff `编码：0`, or both "success" and "0"
    {"when": {"text": {"contains": "编码：0"}}, "means": "success"},
    {"when": {"text": {"contains": ["success", "0"]}, "unless": {"text": {"contains": "error"}}}, "means": "success"},
    {"when": {"text": {"contains": "办件已存在"}}, "means": "duplicate"},
    {"when": {"text": {"matches": "编码：[0-9]+；描述：(?P<reason>.*)"}}, "means": "permanent"},
)
GUANGXI = rules(
    {"when": {"text": {"contains": "请求成功"}}, "means": "success"},
    {"when": {"text": {"contains": "当前业务已"}}, "means": "duplicate"},
    {"when": {"text": {"contains": "接口令牌不存在"}}, "means": "token_expired"},
    {"when": {"status": "200", "text": {"matches": "忙|稍后"}}, "means": "transient"},
)
SHANDONG = rules(
    {"when": {"field": {"code": "200"}}, "means": "success"},
    {"when": {"field": {"@state": "busy"}}, "means": "transient", "reason": "msg", "wait": "wait"},
    {"when": {"field": {"code": "500"}, "unless": {"field": {"msg": ""}}}, "means": "permanent", "reason": "msg"},
    decode="xml",
)
SOAP = rules(
    {"when": {"meta": {"fault": ["soap:Client", "soapenv:Client"]}}, "means": "permanent"},
    {"when": {"meta": {"fault": "soap:Server"}}, "means": "transient"},
    {"when": {"field": {"return/RESULT/CODE": "0"}}, "means": "success"}, decode="xml",
)


@pytest.mark.parametrize(("given", "body", "meaning", "reason"), [
    (CITY, "编码：0；描述：接收成功", Meaning.SUCCESS, ""),
    (CITY, "success:0", Meaning.SUCCESS, ""),
    (CITY, "success:1 error 0", Meaning.UNKNOWN, "success:1 error 0"),
    (CITY, "编码：5；描述：事项不存在", Meaning.PERMANENT, "事项不存在"),
    (CITY, "编码：2；描述：办件已存在", Meaning.DUPLICATE, ""),
    (CITY, "<html>502</html>", Meaning.UNKNOWN, "<html>502</html>"),
    (GUANGXI, "当前业务已办结", Meaning.DUPLICATE, ""),
    (GUANGXI, "接口令牌不存在", Meaning.TOKEN_EXPIRED, "接口令牌不存在"),
    (GUANGXI, "系统繁忙，请稍后再试", Meaning.TRANSIENT, "系统繁忙，请稍后再试"),
    (SHANDONG, "<RESULT><code>200</code><data>c2VhbGVk</data></RESULT>", Meaning.SUCCESS, ""),
    (SHANDONG, "<RESULT><code>500</code><msg>办件不存在</msg></RESULT>", Meaning.PERMANENT, "办件不存在"),
    (SHANDONG, "<RESULT><code>500</code></RESULT>", Meaning.UNKNOWN, "<RESULT><code>500</code></RESULT>"),
    (SHANDONG, '<RESULT state="busy"><code>500</code><msg>忙</msg><wait>90</wait></RESULT>', Meaning.TRANSIENT, "忙"),
    (SOAP, ("<r><return>&lt;?xml version='1.0' encoding='gbk'?&gt;&lt;A&gt;&lt;RESULT&gt;&lt;CODE&gt;0&lt;/CODE&gt;"
     "&lt;/RESULT&gt;&lt;/A&gt;</return></r>"), Meaning.SUCCESS, ""),
    (SOAP, "<r><return><![CDATA[<A><RESULT><CODE>0</CODE></RESULT></A>]]></return></r>", Meaning.SUCCESS, ""),
])
def test_replies_of_the_field_mean_what_their_makers_meant(given: ReplyRules, body: str, meaning: Meaning,
                                                         reason: str) -> None:
    """Several forms of success, negations, attributes, XML inside a text, a reason out of a sentence."""
    found = judge(Reply(body.encode(), {"status": "200"}), given)
    assert (found.meaning, found.reason) == (meaning, reason)


@pytest.mark.parametrize(("fault", "meaning"), [
    ("soapenv:Client", Meaning.PERMANENT), ("soap:Server", Meaning.TRANSIENT), ("soap:Other", Meaning.UNKNOWN),
])
def test_a_fault_is_judged_by_its_code(fault: str, meaning: Meaning) -> None:
    """What the adapter tells beside the reply is a condition as any other."""
    assert judge(Reply(b"no", {"status": "500", "fault": fault}), SOAP).meaning is meaning


@pytest.mark.parametrize(("meta", "body", "wait"), [
    ({"retry-after": "120"}, "<R state='busy'/>", "120"), ({}, "<R state='busy'><wait>90</wait></R>", "90"),
    ({"retry-after": "120"}, "<R state='busy'><wait>90</wait></R>", "90"),
    ({"retry-after": "120"}, "<R><code>200</code></R>", ""),
])
def test_a_wait_is_taken_from_the_reply_then_from_the_transport(meta: dict[str, str], body: str, wait: str) -> None:
    """And only where the reply means to come again."""
    assert judge(Reply(body.encode(), meta), SHANDONG).wait == wait


@pytest.mark.parametrize(("said", "seconds"), [
    ("120", 120.0), (" 1.5 ", 1.5), ("30s", 30.0), ("1h30m", 5400.0), ("Tue, 15 Jul 2014 02:31:00 GMT", 60.0),
    ("Tue, 15 Jul 2014 02:29:00 GMT", 0.0), ("soon", 0.0), ("-5", 0.0), ("9" * 70, 0.0), ("", 0.0),
    ("Tue, 99 Jul 2014 02:31:00 GMT", 0.0),
])
def test_a_wait_is_seconds_a_duration_or_a_date(said: str, seconds: float) -> None:
    """RFC 9110 §10.2.3, and what replies hold; anything else is no wait."""
    assert asked_wait(said, NOW) == seconds


@pytest.mark.parametrize(("said", "asked", "least", "most"), [
    ("120", 3600, 120, 121), ("999999", 3600, 3600, 3601), ("0", 3600, 0.5, 2), ("120", None, 4, 4.1),
])
def test_a_wait_the_target_asks_for_is_honoured_up_to_a_bound(
    said: str, asked: int | None, least: float, most: float
) -> None:
    """A target may not put us off for ever; nor does a short wait make us hurry."""
    target = system(retry=RetryPolicy.model_validate({"first": 1, "most": 4, "asked": asked}))
    outcome = settle(Judgement(Meaning.TRANSIENT, "busy", wait=said), target, ready(accepted_at=NOW), NOW, 0)
    assert least * 1000 <= outcome.due - NOW <= most * 1000


@pytest.mark.parametrize(("rule", "said"), [
    ({"when": {}, "means": "success"}, "a rule needs a condition: `text:`, `status:`, `field:` or `meta:`"),
    ({"when": {"status": "200", "unless": {}}, "means": "success"}, "a rule needs a condition"),
    ({"when": {"status": "200"}, "means": "success", "wait": "w"}, "only what is `transient` is sent again after a wait"),
    ({"when": {"field": {"*/a/*": "0"}}, "means": "success"}, "a path has `*` once at most"),
    ({"when": {"text": {"contains": "a", "matches": "b"}}, "means": "success"}, "say either `contains:` or `matches:`"),
])
def test_a_rule_that_says_nothing_is_refused(rule: dict[str, Any], said: str) -> None:
    """Where it stands, by `check`."""
    with pytest.raises(ValidationError, match="1 validation error") as told:
        rules(rule)
    assert said in str(told.value)


@pytest.mark.parametrize(("charset", "written", "means"), [
    ("gbk", "gbk", Meaning.SUCCESS), ("GB18030", "gb18030", Meaning.SUCCESS), ("utf-8", "utf-8", Meaning.SUCCESS), (None, "utf-8", Meaning.SUCCESS),
    (None, "gbk", Meaning.UNKNOWN), ("utf-8", "gbk", Meaning.UNKNOWN), ("utf-16", "gbk", Meaning.UNKNOWN),
])
def test_json_is_read_in_the_charset_that_its_transport_names(charset: str | None, written: str, means: Meaning) -> None:
    """Where it is in another, nothing is known."""
    spoken = rules({"when": {"field": {"状态": "成功"}}, "means": "success"}, decode="json")
    assert judge(Reply('{"状态": "成功"}'.encode(written), {"charset": charset} if charset else {}), spoken).meaning is means


@pytest.mark.parametrize(("body", "path", "text"), [
    ("<r><i>1</i><i>2</i></r>", "i", "1"), ("<r><i>1</i><i>2</i></r>", "i/1", "2"), ("<r><i>1</i><i>2</i></r>", "i/2", ""),
    ("<r><i a='x'>1</i></r>", "i", "1"), ("<r><i a='x'>1</i></r>", "i/@a", "x"), ("<r a='y'/>", "@a", "y"),
    ("<r><i>plain</i></r>", "i/deeper", ""), ("<r><i>{\"a\": [1, 2]}</i></r>", "i/a/1", "2"),
    ("<r><i>&lt;b&gt;&lt;c&gt;</i></r>", "i/c", ""), ("<r/>", "a", ""),
    ("<r><SubmitResult><Code>0</Code></SubmitResult></r>", "*/Code", "0"), ("<r><a>x</a><b><Code>7</Code></b></r>", "*/Code", "7"),
    ("<r><a><b><Code>0</Code></b></a></r>", "*/Code", ""), ("<r><a><b><Code>0</Code></b></a></r>", "a/*/Code", "0"),
    ("<r><a>{\"b\": {\"Code\": 0}}</a></r>", "a/*/Code", "0"), ("<r><a>1</a></r>", "*", "1"), ("<r/>", "*/Code", ""),
    ("<r>" + "".join(f"<a{number}/>" for number in range(50)) + "<b><Code>0</Code></b></r>", "*/Code", ""),
])
def test_a_path_finds_attributes_repeated_elements_and_what_is_inside_texts(body: str, path: str, text: str) -> None:
    """Nothing is found where nothing is."""
    assert text_at(tree_of(body.encode(), "xml"), path) == text
