"""What a simulated service is told to answer: texts by their paths in the reply as rules see it, or a fault."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from lxml import etree

from guantong.fitting.codes import NO_SUCH_REPLY
from guantong.problems import Problem, ProblemsError
from guantong_adapters.soap.framing import fault_around
from guantong_adapters.soap.parse import local
from guantong_adapters.soap.simulators.bywsdl.examples import example
from guantong_adapters.soap.wsdl.model import Element, Message, Operation, Type, Version

_FAULT, _DETAIL = "fault/", "fault/detail/"


class Told:
    """Texts for the replies of one port. Raises `ProblemsError` for a path that no reply has."""

    def __init__(self, said: Mapping[str, str], operations: Sequence[Operation], types: Mapping[str, Type]) -> None:
        self._types = types
        self._fault = {path.removeprefix(_FAULT): text for path, text in said.items() if path.startswith(_FAULT)}
        self._fields = {tuple(path.split("/")): text for path, text in said.items() if not path.startswith(_FAULT)}
        taken = {path for one in operations if one.reply is not None for path in self._put(self.parts(one.reply), one.reply)}
        known = [one.name for one in operations]
        problems = [
            Problem(NO_SUCH_REPLY, path="/".join(path), details={
                "path": "/".join(path), "texts": "", "texts_zh": "", "advice": f"operations: {', '.join(known)}",
                "advice_zh": f"操作：{'、'.join(known)}"})
            for path in self._fields if path not in taken
        ]
        if problems:
            raise ProblemsError(problems)

    def parts(self, message: Message) -> list[etree._Element]:
        """An example of each part of a message."""
        return [example(part, self._types) for part in message.parts]

    def reply(self, message: Message) -> list[etree._Element]:
        """The parts of a reply, with the texts that were told."""
        parts = self.parts(message)
        self._put(parts, message)
        return parts

    def fault(self, operation: Operation, version: Version) -> str | None:
        """The fault that is answered instead; None where none was told."""
        if not self._fault:
            return None
        declared = {one.name: one for one in operation.faults}
        details: dict[str, etree._Element] = {}
        for path, text in self._fault.items():
            if path.startswith("detail/"):
                name, *rest = path.split("/")[1:]
                if name not in details:
                    details[name] = self._detail(declared.get(name), name)
                _set(details[name], tuple(rest), text, made=True)
        inside = "".join(etree.tostring(one, encoding="unicode") for one in details.values())
        return fault_around(version, self._fault.get("code", "Client"), self._fault.get("reason", "示例故障 · an example of a fault"), inside)

    def _detail(self, declared: Element | None, name: str) -> etree._Element:
        return example(declared, self._types) if declared is not None else etree.Element(name)

    def _put(self, parts: Sequence[etree._Element], message: Message) -> set[tuple[str, ...]]:
        """Write the texts where they belong; the paths that were found."""
        taken = set()
        wrapped = message.style == "document" and len(parts) == 1 and bool(len(parts[0]) or parts[0].attrib)
        for path, text in self._fields.items():
            if wrapped:
                found = _set(parts[0], path, text)
            else:
                found = any(_set(one, path[1:], text) for one in parts if local(one) == path[0])
            if found:
                taken.add(path)
        return taken


def _set(element: etree._Element, path: Sequence[str], text: str, *, made: bool = False) -> bool:
    """Write *text* at *path* below *element*; whether it is there. With *made*, what is not there is."""
    if not path:
        element.text = text
        return True
    name, at, attribute = path[0].partition("@")
    if at and len(path) == 1:
        holder = element if not name else next((child for child in element if local(child) == name), None)
        if holder is None:
            return False
        holder.set(attribute, text)
        return True
    child = next((one for one in element if local(one) == name), None)
    if child is None:
        if not made:
            return False
        child = etree.SubElement(element, name)
    return _set(child, path[1:], text, made=made)
