"""The items of a list in a JSON text, each as it is written."""

from __future__ import annotations

import json
import re
from typing import TextIO

from guantong_adapters.files.splitting.settings import JsonSplit
from guantong_adapters.files.splitting.shell import CHARACTERS, Hole, Records, Shell, Unsplittable, too_large

_BLANK = re.compile(r"[ \t\r\n]*")
_NUMBER = re.compile(r"[-+.eE0-9]{0,400}")


def _no_number(_: str) -> str:
    raise ValueError


_DECODER = json.JSONDecoder(parse_int=str, parse_float=str, parse_constant=_no_number)  # numbers of any length stay text


def json_items(text: TextIO, how: JsonSplit, most: int) -> Records:
    """The items of the list; an item, and what is around the list, has at most *most* characters."""
    ahead = _Ahead(text, most)
    ahead.pass_mark()
    for name in filter(None, how.records.split("/")):
        _enter(ahead, name)
    ahead.expect("[")
    before = ahead.dropped()
    if ahead.next() != "]":
        while True:
            ahead.next()
            ahead.dropped()
            ahead.value()
            yield ahead.dropped()
            ahead.item += 1
            if ahead.next() == "]":
                break
            ahead.expect(",")
    ahead.dropped()
    after = ahead.rest()
    try:
        json.loads((before + after).removeprefix("\ufeff"))
    except (ValueError, RecursionError):
        raise ahead.broken("what is around the list is no JSON", "列表之外的部分不是 JSON") from None
    return Shell((before, Hole.RECORDS, after), ",")


def _enter(ahead: _Ahead, name: str) -> None:
    """Go to where the value called *name* of an object begins."""
    ahead.expect("{")
    while True:
        key = ahead.value()
        ahead.expect(":")
        if key == name:
            return
        ahead.value()
        if ahead.next() == "}":
            raise ahead.broken(f"there is no list {name!r} where one was to be", f"应有的列表 {name!r} 不存在")
        ahead.expect(",")


class _Ahead:
    """The text from what was dropped last, as far as it was read. What is dropped is let go when more is read, not before: a copy for
    each of many small items would be one of all that is ahead."""

    def __init__(self, text: TextIO, most: int) -> None:
        self.item = 1
        self._text, self._most = text, most
        self._held, self._from, self._at = "", 0, 0

    def next(self) -> str:
        """The next character that is not blank, which stays ahead; "" at the end."""
        while True:
            self._at = _BLANK.match(self._held, self._at).end()  # type: ignore[union-attr]  # it matches nothing, too
            if self._at < len(self._held) or not self._more():
                return self._held[self._at:self._at + 1]

    def pass_mark(self) -> None:
        """Go beyond a byte-order mark."""
        if self.next() == "\ufeff":
            self._at += 1

    def expect(self, mark: str) -> None:
        """Go beyond *mark*."""
        if self.next() != mark:
            raise self.broken(f"expected {mark}", f"应为 {mark}")
        self._at += 1

    def value(self) -> object:
        """Go beyond the next value."""
        self.next()
        while True:
            try:
                value, end = _DECODER.raw_decode(self._held, self._at)
            except RecursionError:
                raise self.broken("nested too deep", "嵌套过深") from None
            except ValueError:
                if not self._more():
                    raise self.broken("no JSON", "不是 JSON") from None
                continue
            if not _NUMBER.fullmatch(self._held, end) or not self._more():  # a number may go on
                self._at = end
                return value

    def dropped(self) -> str:
        """What was gone beyond since the last time, which is held no longer."""
        gone, self._from = self._held[self._from:self._at], self._at
        return gone

    def rest(self) -> str:
        """All that is left."""
        while self._more():
            pass
        return self._held[self._from:]

    def broken(self, what: str, what_zh: str) -> Unsplittable:
        return Unsplittable(what, what_zh, f"item {self.item}", f"第 {self.item} 项")

    def _more(self) -> bool:
        """Read as much again as is held, at least one portion."""
        kept = self._held[self._from:]
        if len(kept) > self._most:
            raise too_large(self._most, f"item {self.item}", f"第 {self.item} 项")
        part = self._text.read(max(CHARACTERS, len(kept)))
        self._held, self._from, self._at = kept + part, 0, self._at - self._from
        return bool(part)
