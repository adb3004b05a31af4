"""A WSDL looked at again while the hub runs: what is no longer as it is used, for the operations that are called."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from guantong.adapter import InterfaceChanged
from guantong.mapping.draft.schema import FieldSketch
from guantong_adapters.soap.drafting.sketches import fields_of
from guantong_adapters.soap.settings import SoapSettings
from guantong_adapters.soap.wsdl.choose import choose_port
from guantong_adapters.soap.wsdl.model import Description, Message, Operation, Type
from guantong_adapters.soap.wsdlcalls import operation_of

_MOST = 12
"""Differences that are told."""


def compared(settings: SoapSettings, used: Description, now: Description, kinds: Sequence[str], location: str) -> InterfaceChanged | None:
    """What differs of the operations that records of these *kinds* call; None where the documents are the same. Raises `ProblemsError`
    where the new WSDL has no such service or port."""
    if used.digest == now.digest:
        return None
    before = {one.name: one for one in choose_port(used, settings.service, settings.port, settings.version).operations}
    after = {one.name: one for one in choose_port(now, settings.service, settings.port, settings.version).operations}
    named = {name for kind in kinds if (name := operation_of(settings, before, kind)) is not None}
    if settings.query is not None:
        named.add(settings.query.operation)
    differences = [line for name in sorted(named) for line in _of_operation(name, before.get(name), after.get(name), (used.types, now.types))]
    shown = differences[:_MOST] + ([f"+{len(differences) - _MOST}"] if len(differences) > _MOST else [])
    return InterfaceChanged(location, now.digest[:16], tuple(shown))


def _of_operation(name: str, before: Operation | None, after: Operation | None, types: tuple[Mapping[str, Type], Mapping[str, Type]]) -> Iterator[str]:
    if before is None:
        return
    if after is None:
        yield f"{name}: -"
        return
    yield from _of_message(name, _outline(before.request, types[0]), _outline(after.request, types[1]))
    yield from _of_message(f"{name} ←", _outline(before.reply, types[0]), _outline(after.reply, types[1]))
    if before.action != after.action:
        yield f"{name}: SOAPAction {before.action or '-'} → {after.action or '-'}"


def _of_message(name: str, before: Mapping[str, str], after: Mapping[str, str]) -> Iterator[str]:
    yield from (f"{name}: -{path}" for path in before if path not in after)
    yield from (f"{name}: +{path} ({what})" for path, what in after.items() if path not in before)
    yield from (f"{name}: {path} {before[path]} → {what}" for path, what in after.items() if path in before and before[path] != what)


def _outline(message: Message | None, types: Mapping[str, Type]) -> dict[str, str]:
    """What each field of a message is, by its path."""
    if message is None:
        return {}
    outline = {path: _told(one) for path, one in _flat(fields_of(message, types), "")}
    space = message.namespace or next((part.namespace for part in message.parts), "")
    return {"xmlns": space, **outline}


def _flat(fields: Sequence[FieldSketch], prefix: str) -> Iterator[tuple[str, FieldSketch]]:
    for one in fields:
        yield f"{prefix}{one.name}", one
        yield from _flat(one.items, f"{prefix}{one.name}/")


def _told(one: FieldSketch) -> str:
    values = f" {{{', '.join(text for text, _ in one.values)}}}" if one.values else ""
    return f"{one.type}{values}{' !' if one.required else ''}"
