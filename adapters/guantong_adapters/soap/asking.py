"""Asking what became of a delivery: the arguments of the status call, out of the record that was sent."""

from __future__ import annotations

from collections.abc import Mapping

from guantong.problems import Problem, ProblemsError
from guantong.replytree import text_at
from guantong.secret import Secret
from guantong_adapters.soap import codes
from guantong_adapters.soap.request import Sending
from guantong_adapters.soap.settings import Asked, StatusCall
from guantong_adapters.soap.supplying import Supply, supply


class Asking:
    """One status call: its operation, and its arguments in order, each with the function that gives its text. The
    function raises `ProblemsError` where the record has none of the fields it is taken from."""

    def __init__(self, query: StatusCall, secrets: Mapping[str, Secret]) -> None:
        self.operation = query.operation
        self.arguments = [(one.name, _given(query.operation, one, secrets)) for one in query.arguments]


def _given(operation: str, asked: Asked, secrets: Mapping[str, Secret]) -> Supply:
    paths = asked.field
    if paths is None:
        return supply(asked, secrets)
    named = ", ".join(paths)

    def give(sending: Sending) -> str:
        text = next((text for path in paths if (text := text_at(sending.outgoing.fields, path))), "")
        if not text:
            raise ProblemsError([Problem(codes.NO_ASKED_FIELD, path="query.arguments", details={"operation": operation, "fields": named})])
        return text

    return give
