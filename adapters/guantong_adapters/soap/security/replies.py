"""Holding the replies to our calls to the security that is expected of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from guantong.problems import Problem
from guantong.record import Answer, Reply, Unsure
from guantong.secret import Secret
from guantong_adapters.soap.faulting import Refused
from guantong_adapters.soap.parse import MOST_NAMESPACES, Envelope
from guantong_adapters.soap.security.codes import UNVERIFIED
from guantong_adapters.soap.security.receiving import Guard
from guantong_adapters.soap.security.settings import Expecting
from guantong_adapters.soap.written import Read


class Replies:
    """The replies of one system. Raises `ProblemsError` for certificates that cannot be read."""

    def __init__(self, expecting: Expecting, secrets: Mapping[str, Secret], now: Callable[[], float]) -> None:
        self._guard = Guard(expecting, secrets)
        self._now = now

    def read(self, reply: Reply, read: Read, asked: str) -> Answer:
        """The reply as *read* makes it, when it holds; *asked* is the value of our own signature. One that does not hold says
        nothing of the delivery: `Unsure`."""
        held = False

        def check(opened: Envelope | None) -> None:
            nonlocal held
            if opened is not None:
                self._guard.verify(opened, self._now(), asked)
            held = True

        if reply.body.count(b"xmlns") > MOST_NAMESPACES:
            return Unsure(f"the reply has more than {MOST_NAMESPACES} declarations of namespaces",
                          f"应答中的命名空间声明超过 {MOST_NAMESPACES} 个")
        try:
            found = read(reply, check=check)
        except Refused as refused:
            return Unsure(refused.problem.line(), refused.problem.line("zh"))
        if not held:
            problem = Problem(UNVERIFIED, details={"status": reply.meta.get("status", "-")})
            return Unsure(problem.line(), problem.line("zh"))
        return found
