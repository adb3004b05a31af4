"""Calls of simulated systems to the hub's SOAP doors."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import aiohttp

from guantong_adapters.simulation.push import Ack
from guantong_adapters.soap.simulators.wire import Blamed, Malformed, read_answer, read_xml, write_call


@dataclass(frozen=True, slots=True)
class HubCall:
    """One operation at the hub: its one argument holds a document, `key` is the header that proves who calls, and what the
    element `judged_at` of the answer holds means one of `acks`."""

    url: str
    operation: str
    namespace: str
    argument: str
    charset: str
    key: Mapping[str, str]
    judged_at: str
    acks: Mapping[str, Ack]

    async def post(self, session: aiohttp.ClientSession, document: str) -> Ack:
        """Call once. An answer that cannot be read is a refusal, unless its HTTP status says that something went wrong."""
        body = write_call(self.operation, self.namespace, self.argument, document, self.charset)
        headers = {"Content-Type": f"text/xml; charset={self.charset}", "SOAPAction": '""', **self.key}
        async with session.post(self.url, data=body, headers=headers) as reply:
            content, charset, status = await reply.read(), reply.charset, reply.status
        try:
            code = read_xml(read_answer(content, charset)).findtext(self.judged_at)
        except Blamed:
            return Ack.REFUSED
        except Malformed:
            return Ack.AGAIN if status != 200 else Ack.REFUSED
        return self.acks.get(code or "", Ack.REFUSED)
