"""Refusing a message for its security, by the fault codes of WSS 1.1 (12)."""

from __future__ import annotations

from typing import Any, Literal

from guantong.problems import Code, Problem
from guantong_adapters.soap.faulting import Refused
from guantong_adapters.soap.security.codes import MALFORMED

Subcode = Literal[
    "FailedAuthentication", "FailedCheck", "InvalidSecurity", "InvalidSecurityToken", "MessageExpired",
    "SecurityTokenUnavailable", "UnsupportedAlgorithm",
]


def insecure(code: Code, subcode: Subcode, **details: Any) -> Refused:
    """The refusal that says *code*."""
    return Refused(Problem(code, details=details), subcode=subcode)


def malformed(what: str, what_zh: str) -> Refused:
    """The refusal of a header that is not as the standard has it."""
    return insecure(MALFORMED, "InvalidSecurity", what=what, what_zh=what_zh)
