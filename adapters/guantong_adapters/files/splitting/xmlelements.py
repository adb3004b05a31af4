"""The elements that are the records of an XML file, each as it is written."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TextIO
from xml.parsers import expat

from guantong_adapters.files.splitting.names import MOST_DEPTH, TOO_DEEP, TOO_MANY, Names
from guantong_adapters.files.splitting.settings import XmlSplit
from guantong_adapters.files.splitting.shell import CHARACTERS, Hole, Records, Shell, Unsplittable, too_large

_MOST_QUIET = 2 * 1024 * 1024
"""Bytes of which the parser makes nothing yet: of one tag or comment, whose attributes it makes all at once."""


def xml_elements(text: TextIO, how: XmlSplit, most: int) -> Records:
    """The elements at the path, each with what stands behind it up to the next. *text* is decoded already: what its declaration
    says of its charset counts no more. An element, and what is around all of them, has at most *most* bytes in UTF-8."""
    scan = _Scan(how, most)
    begun = False
    while part := text.read(CHARACTERS):
        part = part if begun else part.lstrip("\ufeff").lstrip(" \t\r\n")  # some put a blank line before the declaration
        begun = begun or bool(part)
        yield from scan.feed(part.encode(), last=False)
    yield from scan.feed(b"", last=True)
    return scan.shell()


class _Scan:
    """Goes through the text once. A document type ends it: entities could grow without bound, and fetch what is not ours."""

    def __init__(self, how: XmlSplit, most: int) -> None:
        self._records, self._count = how.records.split("/"), (how.count or "").split("/")
        self._most = most
        self._held, self._base = bytearray(), 0
        self._stack: list[str] = []
        self._cuts: list[int] = []
        """Where a record begins, and where the last one ends."""
        self._over = False
        self._before = b""
        self._counted: tuple[int, int] | None = None
        self._counts_at: int | None = None
        self._said: list[str] = []
        self._names = Names()
        self._quiet = 0
        self._parser = expat.ParserCreate("utf-8")
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._parser.CharacterDataHandler = self._text
        self._parser.StartCdataSectionHandler = self._section
        self._parser.StartDoctypeDeclHandler = self._doctype

    def feed(self, part: bytes, *, last: bool) -> Iterator[str]:
        """The records that are whole with *part*."""
        self._held += part
        self._quiet += len(part)
        try:
            self._parser.Parse(part, last)
        except expat.ExpatError as error:
            what = expat.errors.messages[error.code]
            where = f"line {error.lineno}, column {error.offset + 1}"
            raise Unsplittable(f"no well-formed XML ({what})", f"不是格式良好的 XML（{what}）",
                               where, f"第 {error.lineno} 行第 {error.offset + 1} 列") from None
        yield from self._whole()
        if self._quiet > _MOST_QUIET + len(part):
            raise Unsplittable("one tag or comment is too long", "单个标签或注释过长", *self._where())
        if len(self._held) > self._most + len(part):
            raise too_large(self._most, *self._where())

    def shell(self) -> Shell:
        """What stood around the records."""
        if not self._over:
            path = "/".join(self._records)
            raise Unsplittable(f"there is no element {path}", f"没有元素 {path}", *self._where())
        before, after = self._before, bytes(self._held)
        if self._counted is None:
            return Shell((before.decode(), Hole.RECORDS, after.decode()))
        (start, end), said = self._counted, "".join(self._said).strip()
        if end <= len(before):
            return Shell((before[:start].decode(), Hole.COUNT, before[end:].decode(), Hole.RECORDS, after.decode()), said=said)
        start, end = start - self._base, end - self._base
        return Shell((before.decode(), Hole.RECORDS, after[:start].decode(), Hole.COUNT, after[end:].decode()), said=said)

    def _whole(self) -> Iterator[str]:
        cuts, self._cuts = self._cuts, []
        for cut in cuts:
            held = bytes(self._held[:cut - self._base])
            del self._held[:cut - self._base]
            self._base = cut
            if self._before:
                yield held.decode()
            else:
                self._before = held

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self._quiet = 0
        if self._names.beyond(name, attributes):
            raise Unsplittable(*TOO_MANY, *self._where())
        if self._stack == self._records and not self._over:
            self._cuts.append(self._parser.CurrentByteIndex)
        self._stack.append(name.rpartition(":")[2])
        if len(self._stack) > MOST_DEPTH:
            raise Unsplittable(*TOO_DEEP, *self._where())

    def _text(self, text: str) -> None:
        self._quiet = 0
        self._section()
        if self._stack == self._count and self._counted is None:
            self._said.append(text)

    def _section(self) -> None:
        if self._counts_at is None and self._stack == self._count:
            self._counts_at = self._parser.CurrentByteIndex

    def _end(self, _name: str) -> None:
        self._quiet = 0
        if self._stack == self._records:
            if self._over:
                raise Unsplittable("the element with the records is there twice", "装记录的元素出现了两次", *self._where())
            self._cuts.append(self._parser.CurrentByteIndex)
            self._over = True
        if self._stack == self._count and self._counts_at is not None and self._counted is None:
            self._counted = (self._counts_at, self._parser.CurrentByteIndex)
        self._stack.pop()

    def _doctype(self, *_: object) -> None:
        raise Unsplittable("it has a document type (DOCTYPE), which is never read", "含文档类型声明（DOCTYPE），一律不读", *self._where())

    def _where(self) -> tuple[str, str]:
        return f"line {self._parser.CurrentLineNumber}", f"第 {self._parser.CurrentLineNumber} 行"
