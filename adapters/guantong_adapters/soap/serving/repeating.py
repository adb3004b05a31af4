"""Which fields of a request an answer may repeat: those that the WSDL declares."""

from __future__ import annotations

from collections.abc import Mapping

from guantong.problems import Problem, ProblemsError, nearest
from guantong_adapters.soap.serving.codes import NO_SUCH_FIELD
from guantong_adapters.soap.wsdl.model import ANY_TYPE, Anything, Complex, Element, Group, Message, Part, Type

_SHOWN = 20


class Repeatable:
    """The fields of one request, by the types of its WSDL."""

    def __init__(self, request: Message, types: Mapping[str, Type]) -> None:
        self._types = types
        whole = types.get(request.parts[0].type) if request.style == "document" and len(request.parts) == 1 else None
        self._whole = whole if isinstance(whole, Complex) and not whole.text else None
        self._parts: tuple[Part, ...] = request.parts

    def hold(self, operation: str, paths: list[str], at: str) -> None:
        """Raise `ProblemsError` at *at* for a path that leads to no field."""
        for path in paths:
            inside: Complex | None = self._whole
            known = self._known(inside) if inside is not None else _named(self._parts)
            for step in path.split("/"):
                if known is None or step.isdigit():  # anything may stand here; one of several
                    continue
                name, _, beside = step.partition("@") if not step.startswith("@") else (step, "", "")
                if name not in known:
                    like = nearest(name, known)
                    details = {"operation": operation, "found": path, "known": ", ".join(sorted(known)[:_SHOWN]) or "-",
                               "nearest": f" ({like}?)" if like else "", "nearest_zh": f"（{like}？）" if like else ""}
                    raise ProblemsError([Problem(NO_SUCH_FIELD, path=at, details=details)])
                type_ = self._types.get(known[name]) if known[name] != ANY_TYPE and not beside else None
                # A text may be a document itself, and the items of an array have names of their own.
                known = self._known(type_) if isinstance(type_, Complex) and not type_.text and not type_.array else None

    def _known(self, type_: Complex) -> dict[str, str] | None:
        """The keys of the types of its fields by name; None where the schema does not name them all."""
        found = _named(type_.content.parts if type_.content is not None else ())
        if found is None or type_.any_attribute or type_.derived:
            return None
        return {**found, **{f"@{one.name}": one.type for one in type_.attributes}}


def _named(parts: tuple[Part, ...]) -> dict[str, str] | None:
    known: dict[str, str] = {}
    for part in parts:
        if isinstance(part, Anything):
            return None
        if isinstance(part, Element):
            known[part.name] = part.type
        elif isinstance(part, Group):
            inner = _named(part.parts)
            if inner is None:
                return None
            known |= inner
    return known
