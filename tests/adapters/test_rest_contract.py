"""The REST adapter keeps what every sending adapter promises."""

from __future__ import annotations

from typing import cast

from guantong.adapter import SystemContext
from guantong.record import Record, Verdict
from guantong.signer import Signer, SignerChoice
from guantong.testing import AdapterContract
from guantong.testing.adapter_contract import Sender
from guantong_adapters.rest.adapter import open_rest
from guantong_adapters.rest.settings import RestSettings


async def never(_: Record) -> Verdict:
    raise AssertionError("nothing is received here")


def no_signer(choice: SignerChoice) -> Signer:
    raise AssertionError(f"no signer {choice.scheme} is configured")


class TestRest(AdapterContract):
    """POST of a record to a path with a field in it."""

    async def open(self, url: str) -> Sender:
        settings = RestSettings.model_validate({
            "url": url, "send": {"*": {"path": "/api/v1/applications/{applyNo}"}},
            "query": {"path": "/api/v1/applications/{applyNo}"},
        })
        context = SystemContext("rongcheng.approval", settings, {}, never, no_signer, 1 << 20, now=lambda: 0.0)
        return cast(Sender, await open_rest(context))

    def answer(self) -> bytes:
        return b'{"code":0}'


class TestRestPut(TestRest):
    """The same for a method that HTTP calls idempotent, and libraries therefore repeat."""

    async def open(self, url: str) -> Sender:
        settings = RestSettings.model_validate({"url": url, "send": {"application": {"method": "PUT", "path": "/a"}}})
        context = SystemContext("rongcheng.approval", settings, {}, never, no_signer, 1 << 20, now=lambda: 0.0)
        return cast(Sender, await open_rest(context))
