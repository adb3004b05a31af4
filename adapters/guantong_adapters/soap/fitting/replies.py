"""Rules for replies held to what a WSDL's operations answer: paths that exist, texts that can come, a success that can be told."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from guantong.fitting.codes import NEVER_A_SUCCESS, NO_SUCH_REPLY
from guantong.fitting.spoken import Condition, Judging
from guantong.problems import Place, Problem, nearest
from guantong_adapters.soap.calls.texts import Checks
from guantong_adapters.soap.fitting.levels import Level, Levels, Lost, Member, Path, Spot
from guantong_adapters.soap.settings import SoapSettings
from guantong_adapters.soap.wsdl.model import Element, Operation, Type

_FAULT = frozenset({"code", "subcode", "reason", "actor"})
_PROBLEM = frozenset({"code", "message", "message_zh"})
_SUCCESS = ("success", "duplicate")
_DEEPEST, _MOST_SHOWN = 4, 12


class Replies:
    """Holds rules to the replies and faults of the operations that are called."""

    def __init__(self, settings: SoapSettings, types: Mapping[str, Type], operations: Sequence[Operation]) -> None:
        self._levels = Levels(types)
        self._checks = Checks(types)
        self._operations = operations
        self._documents = [tuple(path.split("/")) for path, one in settings.texts.items() if one.root is not None]

    def problems(self, judging: Sequence[Judging]) -> Iterator[Problem]:
        """What can never hold, each at its line; then the operations that no rule can call a success."""
        for rule in judging:
            for one in rule.fields:
                yield from self._never(one)
        at = next((rule.place for rule in judging if rule.means in _SUCCESS), judging[0].place if judging else Place())
        for operation in self._operations:
            if not any(rule.means in _SUCCESS and all(self._can(operation, one) for one in rule.fields) for rule in judging):
                known = ", ".join(self.paths(operation)) or "-"
                yield Problem(NEVER_A_SUCCESS, at, "", {"operation": operation.name, "known": known, "known_zh": known})

    def paths(self, operation: Operation) -> list[str]:
        """The texts that a reply to the operation has, by path, as far as is worth telling."""
        if operation.reply is None:
            return []
        level = self._levels.of_message(operation.reply)
        return ["/".join(path) for path, _ in zip(self._leaves(level, 0), range(_MOST_SHOWN), strict=False)]

    def _leaves(self, level: Level, depth: int) -> Iterator[Path]:
        for name, member in level.members.items():
            if not self._levels.holds_fields(member.element.type):
                yield (name,)
            elif depth < _DEEPEST:
                yield from ((name, *path) for path in self._leaves(self._levels.of_type(member.element.type), depth + 1))

    def _never(self, one: Condition) -> Iterator[Problem]:
        found = [self._at(operation, tuple(one.path.split("/"))) for operation in self._operations]
        spots = [spot for spot in found if isinstance(spot, Spot)]
        if not spots:
            known = list(dict.fromkeys(path for operation in self._operations for path in self.paths(operation)))
            near = nearest(one.path, known)
            listed = ", ".join(known) or "-"
            advice = (f"did you mean {near!r}?", f"是否应为 {near!r}？") if near else (f"their replies have {listed}", f"其应答有 {listed}")
            yield _never(one, "", "", advice)
        elif not any(self._fits(spot, one.texts) for spot in spots):
            _, want, detail = self._checks.of(spots[0].type or "")
            advice = (f"it is {want.value[0]} {detail}".strip(), f"其内容为{want.value[1]} {detail}".strip())
            texts = ", ".join(one.texts)
            yield _never(one, f" = {texts}", f" = {texts}", advice)

    def _can(self, operation: Operation, one: Condition) -> bool:
        found = self._at(operation, tuple(one.path.split("/")))
        return isinstance(found, Spot) and self._fits(found, one.texts)

    def _fits(self, spot: Spot, texts: Sequence[str]) -> bool:
        if spot.type is None:
            return True
        check = self._checks.of(spot.type)[0]
        return not spot.holds_fields and (check is None or any(check(text) for text in texts))

    def _at(self, operation: Operation, path: Path) -> Spot | Lost:
        if path[0] == "fault":
            return self._in_fault(operation, path[1:])
        if path[0] == "problem":
            return Spot(None) if len(path) > 1 and path[1] in _PROBLEM else Lost()
        if path == ("text",) and operation.reply is None:
            return Spot(None)
        if operation.reply is None:
            return Lost()
        if any(path[: len(one)] == one for one in self._documents):
            return Spot(None)
        return self._find(self._levels.of_message(operation.reply), path)

    def _in_fault(self, operation: Operation, path: Path) -> Spot | Lost:
        if len(path) == 1 and path[0] in _FAULT:
            return Spot(None)
        if not path or path[0] != "detail":
            return Lost()
        declared = {one.name: one for one in operation.faults}
        if len(path) > 1 and path[1] in declared:
            level = Level({path[1]: Member(_once(declared[path[1]]), False)})
            return self._find(level, path[1:])
        return Spot(None)  # what a WSDL does not declare comes all the same

    def _find(self, level: Level, path: Path) -> Spot | Lost:
        """As `Levels.find`; a star is any name, and what repeats is read through its items."""
        if path[0] == "*":
            found = [self._find(level, (name, *path[1:])) for name in level.members]
            return next((one for one in found if isinstance(one, Spot)), Lost(tuple(level.names())))
        member = level.members.get(path[0])
        if member is None or len(path) == 1:
            return self._levels.find(level, path)
        return self._find(self._levels.of_type(member.element.type), path[1:])


def _once(element: Element) -> Element:
    return Element(name=element.name, namespace=element.namespace, type=element.type)


def _never(one: Condition, texts: str, texts_zh: str, advice: tuple[str, str]) -> Problem:
    details = {"path": one.path, "texts": texts, "texts_zh": texts_zh, "advice": advice[0], "advice_zh": advice[1]}
    return Problem(NO_SUCH_REPLY, one.place, one.where, details)
