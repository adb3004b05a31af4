"""The settings that follow from a WSDL: the headers it declares, and how we serve its operations ourselves."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from importlib.resources import files
from typing import Any

from guantong.onboarding.interface import Meant, Reporting
from guantong.problems import ProblemsError
from guantong_adapters.soap.drafting.replying import answering, success_wanted
from guantong_adapters.soap.fitting.levels import Level, Levels, Spot, required
from guantong_adapters.soap.wsdl.model import Element, Message, Operation, Simple, Type

_OURS = "guantong_adapters.soap.simulators.caseexchange"
_KEY = "X-Guantong-Key"


def headers(operations: Sequence[Operation], types: Mapping[str, Type]) -> list[dict[str, Any]]:
    """`soap_headers:`: every header that the operations declare, each of its texts a secret."""
    levels = Levels(types)
    found = {one.name: one for operation in operations for one in operation.request.headers}
    return [{"name": name, "fields": {leaf: {"secret": _secret(leaf)} for leaf in _texts(levels, one)}} for name, one in found.items()]


def _texts(levels: Levels, element: Element) -> Iterator[str]:
    for name, member in levels.of_type(element.type).members.items():
        if not levels.holds_fields(member.element.type):
            yield name


def _secret(name: str) -> str:
    """`UserName` as `user_name`."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", re.sub(r"[^A-Za-z0-9]+", "_", name)).strip("_").lower() or "secret"


def served(operations: Sequence[Operation], types: Mapping[str, Type], meant: Meant, file: str) -> dict[str, Any]:
    """`serve:` by their own WSDL: each operation answers what they call a success. Raises `ProblemsError` where that is told of none."""
    levels = Levels(types)
    answers = {one.name: {} if one.reply is None or not one.reply.parts else answering(levels, one, meant.success) for one in operations}
    if unknown := [one for one in operations if answers[one.name] is None]:
        raise ProblemsError([success_wanted(levels, unknown)])
    told = {one.name: {"taken": _taken(one.reply, types, answers[one.name] or {})} for one in operations}
    return {"wsdl": file, "key": {"header": _KEY, "secret": "hub_key"}, "operations": told}


def _taken(reply: Message | None, types: Mapping[str, Type], success: Mapping[str, Sequence[str]]) -> dict[str, str]:
    """The fields of a reply: what means success, and what else must be there."""
    if reply is None:
        return {}
    levels = Levels(types)
    level = levels.of_message(reply)
    taken = {path: texts[0] for path, texts in success.items()}
    for _ in range(20):  # each round fills in what the last one made necessary
        tree: dict[str, Any] = {}
        for path in taken:
            at = tree
            *outer, last = path.split("/")
            for name in outer:
                at = at.setdefault(name, {})
            at[last] = None
        lacking = ["/".join(path) for path in required(levels, level.parts, tree, level.attributes) if "|" not in path[-1]]
        if not lacking:
            break
        for path in lacking:
            taken |= _example(levels, level, path, types)
    return taken


def _example(levels: Levels, level: Level, path: str, types: Mapping[str, Type]) -> dict[str, str]:
    found = levels.find(level, tuple(path.split("/")))
    if not isinstance(found, Spot) or found.type is None:
        return {path: _text("", types)}
    if found.holds_fields:
        below = levels.of_type(found.type)
        return {f"{path}/{one.element.name}": _text(one.element.type, types) for one in below.members.values() if one.element.least}
    return {path: _text(found.type, types)}


def _text(key: str, types: Mapping[str, Type]) -> str:
    from guantong_adapters.soap.simulators.bywsdl.examples import text_of  # loads what only drafting needs

    type_ = types.get(key)
    base = type_.base if isinstance(type_, Simple) else key.rpartition("}")[2]
    if base == "string" and not (isinstance(type_, Simple) and (type_.values or type_.longest >= 0)):
        return "{message}"
    return text_of(type_, key, types)


def ours() -> Reporting:
    """The service that ships: a county calls it with what it has to report."""
    folder = files(_OURS)
    documents = {name: (folder / name).read_bytes() for name in ("CaseExchange.wsdl", "CaseTypes.xsd")}

    def serving(kinds: Sequence[str], file: str) -> dict[str, Any]:
        taken = {"Receipt/Code": "0", "Receipt/Message": "接收成功 {message}", "Receipt/CaseNo": "{request:record/ApplyNo}"}
        return {
            "wsdl": file, "header_credentials": {"AuthHeader/UserName": "hub_user", "AuthHeader/Password": "hub_password"},
            "operations": {kind: {"taken": taken} for kind in kinds},
            "refused": {"fault": "InvalidCase", "fields": {"Code": "17", "Message": "{reason_zh} [{code}]"}},
        }

    return Reporting("CaseExchange.wsdl", documents, "case-exchange", serving)
