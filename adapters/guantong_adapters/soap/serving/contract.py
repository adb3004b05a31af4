"""A WSDL as we serve it: which operation a request calls, how it is read, what is answered."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from lxml import etree

from guantong.problems import Problem, ProblemsError
from guantong_adapters.soap.calls.message import CompiledOperation
from guantong_adapters.soap.faulting import Refused
from guantong_adapters.soap.inner import InnerTexts
from guantong_adapters.soap.parse import Envelope, Version
from guantong_adapters.soap.serving.answers import Answers
from guantong_adapters.soap.serving.codes import NO_SUCH_OPERATION, NOT_THIS_VERSION
from guantong_adapters.soap.serving.repeating import Repeatable
from guantong_adapters.soap.serving.settings import Serve, ServedOperation
from guantong_adapters.soap.wsdl.choose import choose_port, unknown_name
from guantong_adapters.soap.wsdl.model import Description, Port
from guantong_adapters.soap.wsdl.model import Operation as Declaration

_VERSIONS: tuple[Version, ...] = ("1.1", "1.2")


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation of one port. `alone` says that nothing else may stand in the body beside what is called."""

    compiled: CompiledOperation
    told: ServedOperation
    answers: Answers
    alone: bool

    @property
    def kind(self) -> str:
        """The kind of its records."""
        return self.told.kind or self.compiled.name


class Contract:
    """The operations served, of both versions. Raises `ProblemsError` for settings and a WSDL that do not go
    together, at the paths of the settings."""

    def __init__(self, serve: Serve, description: Description, charset: str) -> None:
        self._serve = serve
        self.charset = charset
        self.texts = InnerTexts(serve.texts, charset)
        ports = {port.version: port for port in _ports(serve, description)}
        problems: list[Problem] = []
        self._operations = {
            version: list(self._compiled(port, description, problems)) for version, port in ports.items()
        }
        if problems:
            raise ProblemsError(one for at, one in enumerate(problems) if one not in problems[:at])

    @property
    def versions(self) -> list[Version]:
        """The versions of SOAP that are spoken."""
        return sorted(self._operations)

    def called(self, opened: Envelope, action: str) -> Operation:
        """The operation that a request calls: by what stands in its body; by its *action* where that is nothing or
        not enough. Raises `Refused`."""
        operations = self._operations.get(opened.version)
        if operations is None:
            details = {"found": opened.version, "known": ", ".join(self.versions)}
            raise Refused(Problem(NOT_THIS_VERSION, details=details), "VersionMismatch", header=_upgrade(self.versions))
        found = [one for one in operations if _calls(opened.content, one)]
        if len(found) != 1:
            action = action.strip().strip("\"'")
            by_action = [one for one in found if action and one.compiled.action == action]
            if len(by_action) == 1:
                return by_action[0]
            content = opened.content
            name = "" if content is None else str(content.tag)
            raise Refused(Problem(NO_SUCH_OPERATION, details={"found": name[:200], **self._advice(operations)}))
        return found[0]

    def _advice(self, operations: Sequence[Operation]) -> dict[str, str]:
        """What may be called; where the WSDL is handed out to nobody, neither is that."""
        if not self._serve.publish:
            return {"advice": "call as the WSDL says that was agreed on; it is not handed out here",
                    "advice_zh": "请按双方约定的 WSDL 调用；此处不提供 WSDL"}
        known = ", ".join(sorted({one.compiled.request.element or one.compiled.action for one in operations}))[:1000]
        return {"advice": f"call one of: {known}; the style and namespaces are those of ?wsdl",
                "advice_zh": f"可调用：{known}；样式与命名空间以 ?wsdl 为准"}

    def _compiled(self, port: Port, description: Description, problems: list[Problem]) -> Iterator[Operation]:
        known = {one.name: one for one in port.operations}
        for name, told in self._serve.operations.items():
            at = f"serve.operations.{name}"
            declared = known.get(name)
            if declared is None:
                problems.append(replace(unknown_name("operation", name, list(known)), path=at))
                continue
            try:
                compiled = CompiledOperation(declared, description.types, port.version)
                everywhere = (self._serve.refused, self._serve.again)
                repeatable = Repeatable(declared.request, description.types)
                answers = Answers(compiled, told, everywhere, self.texts, self.charset, repeatable)
                yield Operation(compiled, told, answers, _alone(declared))
            except ProblemsError as error:
                problems += [replace(one, path=self._at(at, told, one.path)) for one in error.problems]

    def _at(self, at: str, told: ServedOperation, path: str) -> str:
        """Where a problem of an operation's answers stands: its own, or that of all."""
        kind = path.partition(".")[0]
        own: Mapping[str, object] = {"refused": told.refused, "again": told.again}
        return f"serve.{path}" if own.get(kind, told) is None else f"{at}.{path}" if path else at


def _ports(serve: Serve, description: Description) -> list[Port]:
    """The port named, or one for each version."""
    try:
        if serve.port is not None:
            return [choose_port(description, serve.service, serve.port, None)]
        chosen = [choose_port(description, serve.service, None, version) for version in _VERSIONS]
        return list(dict.fromkeys(port for port in chosen))
    except ProblemsError as error:
        raise ProblemsError(replace(one, path=f"serve.{one.path}") for one in error.problems) from None


def _alone(declared: Declaration) -> bool:
    return declared.request.use == "literal" and (declared.request.style == "rpc" or len(declared.request.parts) <= 1)


def _calls(content: etree._Element | None, operation: Operation) -> bool:
    """Whether *content* is what the operation is called by. An element that misses its namespace is taken for it;
    one of another is not."""
    element = operation.compiled.request.element
    if content is None or not element:
        return content is None and not element
    return content.tag in (element, element.rpartition("}")[2])


def _upgrade(versions: list[Version]) -> str:
    """What SOAP 1.2 (part 1, 5.4.7) wants said of versions that are spoken."""
    spaces = {"1.1": "http://schemas.xmlsoap.org/soap/envelope/", "1.2": "http://www.w3.org/2003/05/soap-envelope"}
    each = "".join(f'<u:SupportedEnvelope qname="v:Envelope" xmlns:v="{spaces[one]}"/>' for one in versions)
    return f'<u:Upgrade xmlns:u="{spaces["1.2"]}">{each}</u:Upgrade>'
