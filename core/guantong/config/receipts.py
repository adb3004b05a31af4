"""Receipts and questions: whether the adapter can do what the policies want of it, and who sends receipts as records."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import replace

from pydantic import BaseModel

from guantong.adapter import AdapterSpec
from guantong.config import codes
from guantong.config.configuration import System
from guantong.config.declared import SystemKeys
from guantong.config.nodes import dotted, find
from guantong.config.policies import EventField
from guantong.config.reply import Conditions
from guantong.config.standing import Standing
from guantong.config.validate import Prefix, advice
from guantong.model import Model
from guantong.problems import Code, Place, Problem
from guantong.yamlfile import Table


def check_asking(keys: SystemKeys, settings: BaseModel, spec: AdapterSpec, merged: Table, at: Place,
                 prefix: Prefix) -> Iterator[Problem]:
    """A problem for each policy that asks of the adapter what it cannot do."""
    yield from _half_fetching(keys, settings, spec, merged, at, prefix)
    if not spec.sends(settings):
        return
    if keys.delivery.unknown == "query" and not spec.queries(settings):
        yield _not_asked(spec, settings, merged, at, prefix, ("delivery", "unknown"), "retry, where the target deduplicates, or hold")
    by = keys.receipt.by
    if by == "query" and not spec.queries(settings):
        yield _not_asked(spec, settings, merged, at, prefix, ("receipt", "by"), "another way")
    elif by in ("column", "file") and by not in spec.receipts:
        known = ", ".join(["none", "reply", *sorted(spec.receipts), *(["query"] if spec.queries(settings) else []), "message"])
        details = {"adapter": spec.name, "by": by, "known": known}
        yield _problem(codes.NO_SUCH_RECEIPT, merged, at, prefix, ("receipt", "by"), details)
    elif by in spec.receipts:
        for kind in spec.unjudged(settings):
            yield _problem(codes.NEVER_JUDGED, merged, at, prefix, ("settings", "send", kind), {"kind": kind, "by": by})
    for number, rule in enumerate(keys.receipt.reply.rules if by == "message" and keys.receipt.reply else ()):
        for where, wanted in ((("when",), rule.when), (("when", "unless"), rule.when.unless)):
            for what in _beyond_fields(wanted):
                loc = ("receipt", "reply", "rules", number, *where, what)
                yield _problem(codes.NOT_ON_FIELDS, merged, at, prefix, loc, {"what": f"`{what}:`"})


def _half_fetching(keys: SystemKeys, settings: BaseModel, spec: AdapterSpec, merged: Table, at: Place,
                   prefix: Prefix) -> Iterator[Problem]:
    """`fetch:` needs `settings.fetch:`, here or at the system it names (which is looked at when all are known)."""
    if keys.fetch is None or keys.fetch.source is not None or spec.fetches(settings):
        return
    if "fetch" in type(settings).model_fields:
        what, what_zh = "`settings.fetch:` is not declared", "未声明 `settings.fetch:`"
    else:
        what, what_zh = f"{spec.name!r} fetches nothing", f"适配器 {spec.name!r} 不能取回附件"
    yield _problem(codes.NOT_FETCHING, merged, at, prefix, ("fetch",), {"path": "fetch", "what": what, "what_zh": what_zh})


def _beyond_fields(wanted: Conditions | None) -> list[str]:
    return [name for name in ("text", "status", "meta") if wanted is not None and getattr(wanted, name)]


def _not_asked(spec: AdapterSpec, settings: BaseModel, merged: Table, at: Place, prefix: Prefix, loc: tuple[str, ...],
               instead: str) -> Problem:
    declares = "query" in type(settings).model_fields
    details = {
        "path": ".".join(loc), "adapter": spec.name,
        "what": ": `settings.query` is not declared" if declares else "",
        "what_zh": "：未声明 `settings.query`" if declares else "查询",
        "advice": f"declare `settings.query`, or write {instead}" if declares else f"write {instead}",
        "advice_zh": "请声明 `settings.query`，或改用其他方式" if declares else "请改用其他方式（retry 须对方查重，否则用 hold）",
    }
    return _problem(codes.NOT_ASKED, merged, at, prefix, loc, details)


def _problem(code: Code, merged: Table, at: Place, prefix: Prefix, loc: tuple[str | int, ...],
             details: Mapping[str, object]) -> Problem:
    place = find(merged, loc, at).node.place
    return Problem(code, place, dotted([*prefix(place), *loc]), details)


def hear_receipts(systems: Mapping[str, System], standing: Standing, model: Model) -> tuple[dict[str, System], list[Problem]]:
    """The systems, those that send receipts as records told which kinds are receipts of whom; and what is wrong with
    their declarations."""
    problems: list[Problem] = []
    heard: dict[str, dict[str, str]] = {}
    for system in systems.values():
        message = system.receipt.message if system.receipt.by == "message" else None
        if message is None:
            continue
        def unknown(key: str, kind: tuple[str, str], named: Iterable[str], known: Collection[str], own: str = system.id) -> Iterator[Problem]:
            for name in named:
                if name not in known:
                    details = {"kind": kind[0], "kind_zh": kind[1], "name": name, **advice(name, list(known))}
                    yield standing.problem(codes.NOT_FOUND, own, ("receipt", "message", key), details)

        source = message.source or system.id
        problems += unknown("from", ("system", "系统"), [source], standing.keys)
        problems += unknown("serial", ("kind of serial", "编号类型"), message.serial, model.serials)
        event = message.event
        named = list(event.of.values()) if isinstance(event, EventField) else [event] if event else []
        problems += unknown("event", ("event", "过程信息"), named, model.events)
        if (other := heard.setdefault(source, {}).setdefault(message.record, system.id)) != system.id:
            details = {"kind": "receipt", "kind_zh": "回执", "name": message.record, "first": other}
            problems.append(standing.problem(codes.DUPLICATE, system.id, ("receipt", "message", "record"), details))
    return {name: replace(one, receipts_heard=heard[name]) if name in heard else one for name, one in systems.items()}, problems
