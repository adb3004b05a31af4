"""Going through one XML part of a workbook, bit by bit and in bounded memory (ECMA-376-1, 18; namespaces as they stand)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import IO, TypeAlias
from xml.parsers import expat

from guantong.mapping.excel.guard import MAX_AT_ONCE
from guantong_adapters.files.splitting.names import MOST_DEPTH, TOO_DEEP, TOO_MANY, Names
from guantong_adapters.files.splitting.shell import Unsplittable, too_large

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_CHUNK = 64 * 1024
_MOST_QUIET = 1024 * 1024
"""Bytes of which the parser makes nothing yet: of one tag or comment."""
_SHOWN = 100

Ways: TypeAlias = Mapping[str, Mapping[str, str]]
"""By a state: the element that leads to another, by its name. Any other element, and what is in it, is passed over."""


def ways(**each: str) -> Ways:
    """From `state="element element"`: an element's name is the state that it leads to; the first state is called `part`."""
    return {state: {f"{MAIN} {name}": name for name in names.split()} for state, names in each.items()}


class PartScan:
    """One part, in states. Whoever extends it hears where an element of a state begins and ends, and collects the texts of some.
    A record has at most *most* characters, and bounded tags. Raises `Unsplittable`."""

    WAYS: Ways
    TEXTS: frozenset[str] = frozenset()

    def __init__(self, name: str, most: int) -> None:
        self._name, self._most = shown(name), most
        self._states = ["part"]
        self._names = Names()
        self._quiet = 0
        self.tags = float("-inf")
        """Of the record under way; whoever begins one sets it to 0, and to minus infinity behind it."""
        self.size = 0
        self.said: list[str] = []
        parser = self._parser = expat.ParserCreate(None, " ")
        parser.buffer_text = True
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._text
        parser.StartDoctypeDeclHandler = self._doctype

    def begins(self, state: str, attributes: Mapping[str, str]) -> None:
        """An element of that state begins."""

    def ends(self, state: str) -> None:
        """It ends; the texts in it are in `said`."""

    def through(self, source: IO[bytes], go_on: Callable[[], None]) -> Iterator[None]:
        """Go through all of it, pausing now and then; *go_on* raises where nobody wants it any more."""
        while chunk := source.read(_CHUNK):
            go_on()
            self._parse(chunk, last=False)
            yield
        self._parse(b"", last=True)
        yield

    def broken(self, what: str, what_zh: str) -> Unsplittable:
        """What is wrong where the parser is."""
        line = self._parser.CurrentLineNumber
        return Unsplittable(what, what_zh, f"{self._name}, line {line}", f"{self._name} 第 {line} 行")

    def _parse(self, chunk: bytes, *, last: bool) -> None:
        self._quiet += len(chunk)
        try:
            self._parser.Parse(chunk, last)
        except expat.ExpatError as error:
            what = expat.errors.messages[error.code]
            raise self.broken(f"no well-formed XML ({what})", f"不是格式良好的 XML（{what}）") from None
        if self._quiet > _MOST_QUIET:
            raise self.broken("one tag or comment is too long", "单个标签或注释过长")

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self._quiet = 0
        if self._names.beyond(name, attributes):
            raise self.broken(*TOO_MANY)
        state = self.WAYS.get(self._states[-1], _NOWHERE).get(name, "")
        self._states.append(state)
        self.tags += 1
        if self.tags > MAX_AT_ONCE:
            raise self.broken("too many tags in one row or text", "一行或一段文本内标签过多")
        if len(self._states) > MOST_DEPTH:
            raise self.broken(*TOO_DEEP)
        if state:
            self.begins(state, attributes)

    def _end(self, _name: str) -> None:
        self._quiet = 0
        state = self._states.pop()
        if state:
            self.ends(state)

    def _text(self, text: str) -> None:
        self._quiet = 0
        if self._states[-1] in self.TEXTS:
            self.said.append(text)
            self.size += len(text)
            if self.size > self._most:
                where = self.broken("", "")
                raise too_large(self._most, where.where, where.where_zh)

    def _doctype(self, *_: object) -> None:
        raise self.broken("it has a document type (DOCTYPE), which is never read", "含文档类型声明（DOCTYPE），一律不读")


_NOWHERE: Mapping[str, str] = {}


def shown(name: str) -> str:
    """A part's name, which whoever wrote the file chose."""
    return "".join(one if one.isprintable() else "?" for one in name[:_SHOWN])
