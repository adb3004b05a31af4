"""Answers that repeat fields of the request: a serial that the caller wants back."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from tests.adapters.caseexchange import SERIAL
from tests.adapters.served import CASE_EXCHANGE, ask, case_exchange, told
from tests.adapters.soap_peer import RARE, Hub, context
from tests.adapters.test_soap_serving import ONE, TWO, WRAPPED
from tests.adapters.wsdls import wsdl

from guantong.problems import ProblemsError
from guantong.record import Acceptance, Verdict
from guantong_adapters.soap.connection import open_soap

REFUSED = Verdict(Acceptance.REFUSED, 0, "GT300", "no such kind", "报文类型未知")


def repeating(**taken: str) -> dict[str, Any]:
    return {"SubmitStep": {"taken": {"Receipt/Code": "0", "Receipt/Message": "收到 {request:record/Operator/Name}", **taken}}}


async def test_what_was_taken_is_answered_with_its_own_serial(tmp_path: Path) -> None:
    """Alone and among other words, from an element deep inside and from an attribute, escaped as any text."""
    operations = repeating(**{"Receipt/CaseNo": "{request:record/ApplyNo}-{request:record/@version}"})
    async with case_exchange(tmp_path, Hub(), operations=operations) as caller:
        answer = await caller.call(ask("SubmitStep", operator=f"&lt;{RARE}&gt;"))
    assert [one.text for one in answer.body[0][0]] == ["0", f"收到 <{RARE}>", f"{SERIAL}-1"]


async def test_a_refusal_repeats_too(tmp_path: Path) -> None:
    """In the fields of a fault and in its reason."""
    refused = {"fault": "InvalidCase", "fields": {"Code": "17", "Message": "{request:record/ApplyNo}"}, "reason": "{request:record/ApplyNo} {code}"}
    async with case_exchange(tmp_path, Hub(REFUSED), operations={"SubmitStep": CASE_EXCHANGE["SubmitStep"]}, refused=refused) as caller:
        answer = await caller.call(ask("SubmitStep"))
    assert answer.fault == ("s:Client", f"{SERIAL} GT300")
    assert f"<t:Message>{SERIAL}</t:Message>" in answer.text or f">{SERIAL}<" in answer.text.partition("InvalidCase")[2]


async def test_a_field_that_only_repeats_is_left_out_where_the_request_has_none(tmp_path: Path) -> None:
    """And a credential among the fields is never repeated: it is gone by then."""
    operations = {"Submit": {"taken": {"code": "0", "text": "{request:token}"}}}
    body = '<t:Submit xmlns:t="urn:t"><t:token>agreed-key</t:token><t:case><t:caseNo>1</t:caseNo></t:case></t:Submit>'
    async with told(tmp_path, wsdl(WRAPPED, ONE, TWO), Hub(), operations, key=None, credentials={"token": "key"}) as caller:
        answer = await caller.call(body)
    assert [(one.tag, one.text) for one in answer.body[0]] == [("{urn:t}code", "0")]


async def test_what_does_not_fit_the_reply_is_told_in_a_plain_fault(tmp_path: Path) -> None:
    operations = {"Submit": {"taken": {"code": "0", "text": "{request:case/caseNo}"}}}
    body = f'<t:Submit xmlns:t="urn:t"><t:case><t:caseNo>{"长" * 41}</t:caseNo></t:case></t:Submit>'
    async with told(tmp_path, wsdl(WRAPPED, ONE, TWO), Hub(), operations) as caller:
        answer = await caller.call(body)
    assert answer.fault is not None
    assert "[GT675]" in answer.fault[1]


@pytest.mark.parametrize(("text", "said"), [
    ("{request:record/AplyNo}", "the request of 'SubmitStep' has no field 'record/AplyNo' (ApplyNo?)"),
    ("{request:ApplyNo}", "the request of 'SubmitStep' has no field 'ApplyNo'"),
    ("{request:record/Operator/Nmae}", "the request of 'SubmitStep' has no field 'record/Operator/Nmae' (Name?)"),
])
async def test_a_field_that_the_request_does_not_have_is_told_before_any_call(tmp_path: Path, text: str, said: str) -> None:
    """At the answer's own setting, with the nearest name."""
    with pytest.raises(ProblemsError) as raised:
        async with case_exchange(tmp_path, Hub(), operations=repeating(**{"Receipt/CaseNo": text})):
            pass
    [problem] = raised.value.problems
    assert (problem.code.id, problem.path, problem.message("en")) == ("GT568", "serve.operations.SubmitStep.taken", said)


@pytest.mark.parametrize("text", ["{request}", "{request:}", "{request:a b}", "{code:x}", "{request:a", "{asked:a}"])
async def test_a_placeholder_that_is_none_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(ValueError, match=r"placeholder|braces"):
        await open_soap(context({"serve": {"wsdl": "a.wsdl", "key": {"header": "K", "secret": "key"},
                                           "operations": {"A": {"taken": {"x": text}}}}}, home=tmp_path))
