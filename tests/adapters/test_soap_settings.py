"""What the SOAP settings refuse before anything is opened."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError
from tests.adapters.soap_peer import COUNTY, HALL, SUPERVISION, context, settings

from guantong.problems import ProblemsError
from guantong_adapters.soap.connection import open_soap

RECEIVE: dict[str, Any] = COUNTY["receive"]


@pytest.mark.parametrize(
    ("known", "wrong", "said"),
    [
        (HALL, {"url": None}, "write `url:` to send"),
        (HALL, {"url": "ftp://x/"}, "url"),
        (HALL, {"operation": None}, "`url:` needs `operation:`"),
        (HALL, {"arguments": [{"name": "arg0", "value": "kind"}]}, "one argument carries"),
        (HALL, {"arguments": [{"name": "a b", "value": "body"}]}, "name"),
        (HALL, {"arguments": [{"name": "arg0", "value": "body", "constant": "x"}]}, "exactly one of"),
        (HALL, {"arguments": [{"name": "arg0", "value": "message"}]}, "belong together"),
        (HALL, {"charset": "latin-1"}, "charset"),
        (HALL, {"soap_acton": ""}, "Extra inputs"),
        (SUPERVISION, {"login": None}, "needs `login:`"),
        (SUPERVISION, {"message": {**SUPERVISION["message"], "signer": None}}, "needs `signer:`"),
        (COUNTY, {"receive": {**RECEIVE, "key": None}}, "a sender must be verified"),
        (COUNTY, {"receive": {**RECEIVE, "taken": "{massage}"}}, "unknown placeholder 'massage'"),
        (COUNTY, {"receive": {**RECEIVE, "taken": "{code.__class__}"}}, "a placeholder is a name"),
        (COUNTY, {"receive": {**RECEIVE, "path": "../x"}}, "path"),
    ],
)
def test_a_mistake_is_named(known: dict[str, Any], wrong: dict[str, Any], said: str) -> None:
    """Every mistake is refused when configuration loads, in words that say what to write."""
    with pytest.raises(ValidationError) as refused:
        settings(known, **{"url": "http://x/", **wrong})
    assert said in str(refused.value)


def test_settings_name_the_secrets_they_use() -> None:
    """The configuration's own check asks for exactly these."""
    assert settings(HALL, url="http://x/").secrets() == ["dept_code", "identify"]
    assert settings(COUNTY).secrets() == ["key"]
    assert settings(SUPERVISION, url="http://x/").secrets() == ["password", "user"]


async def test_a_missing_secret_is_a_located_problem() -> None:
    """Opening names every secret that is not there, and never its neighbours' values."""
    asked = context(HALL, url="http://x/")
    with pytest.raises(ProblemsError) as refused:
        await open_soap(type(asked)(
            asked.system, asked.settings, {}, asked.accept, asked.signer, asked.body_limit, now=asked.now,
        ))
    assert [problem.code.id for problem in refused.value.problems] == ["GT536", "GT536"]
    assert {problem.details["name"] for problem in refused.value.problems} == {"dept_code", "identify"}
