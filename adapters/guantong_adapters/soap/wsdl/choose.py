"""Choosing what is called: a service, a port, an operation, by name or because there is only one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TypeVar

from guantong.problems import Problem, ProblemsError, nearest
from guantong_adapters.soap.wsdl.codes import NOT_ONE, UNKNOWN_NAME
from guantong_adapters.soap.wsdl.model import Description, Port, Service, Version

Named = TypeVar("Named", Service, Port)
_CHINESE = {"service": "服务", "port": "端口", "operation": "操作", "fault": "故障"}


def choose_port(description: Description, service: str | None, port: str | None, version: Version | None) -> Port:
    """The port named, or the only one; among several, the only one of the SOAP *version*. Raises
    `ProblemsError`, at the path of the setting that is wrong or missing."""
    chosen = _choose("service", description.services, service)
    if port is None and version is not None:
        same = [one for one in chosen.ports if one.version == version]
        if len(same) == 1:
            return same[0]
    return _choose("port", chosen.ports, port)


def _choose(kind: str, known: Sequence[Named], name: str | None) -> Named:
    names = [one.name for one in known]
    if name is None:
        if len(known) == 1:
            return known[0]
        details = {"kind": kind, "kind_zh": _CHINESE[kind], "key": kind, "known": ", ".join(names)}
        raise ProblemsError([Problem(NOT_ONE, path=kind, details=details)])
    for one in known:
        if one.name == name:
            return one
    raise ProblemsError([unknown_name(kind, name, names)])


def unknown_name(kind: str, name: str, known: Sequence[str]) -> Problem:
    """That the WSDL has no *kind* of that name, with the nearest of those it has."""
    near = nearest(name, known)
    listed = ", ".join(sorted(known)[:20]) or "-"
    advice = (f"did you mean {near!r}?", f"是否应为 {near!r}？") if near else (f"known: {listed}", f"可用：{listed}")
    details = {
        "kind": kind, "kind_zh": _CHINESE[kind], "name": name, "advice": advice[0], "advice_zh": advice[1],
    }
    return Problem(UNKNOWN_NAME, path=kind, details=details)


def unknown_status_call(name: str, known: Sequence[str]) -> Problem:
    """The same, of the operation of `query:`."""
    return replace(unknown_name("operation", name, known), path="query.operation")
