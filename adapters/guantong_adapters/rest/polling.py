"""Reading a system page by page, changing nothing there, and telling it afterwards what became of its records."""

from __future__ import annotations

import decimal
from collections.abc import Iterable, Mapping, Sequence
from hashlib import sha256
from typing import NamedTuple
from urllib.parse import quote

import orjson

from guantong.adapter import Mark as Marked
from guantong.adapter import Polled
from guantong.cipher import Cipher, CipherRefused
from guantong.problems import Language, Place, Problem, ProblemsError
from guantong.record import Acceptance, Record, Reply, Verdict
from guantong.replytree import text_at, tree_of
from guantong_adapters.rest import codes
from guantong_adapters.rest.pages import Item, NoPage, following, items
from guantong_adapters.rest.parts import PLACEHOLDER
from guantong_adapters.rest.reading import Mark, Read
from guantong_adapters.rest.sending import RestClient

SECONDS = 30.0  # for one page, or one mark
_TONGUES: tuple[Language, Language] = ("en", "zh")
_WRAP = 1 << 60  # what JSON keeps whole


class Cursor(NamedTuple):
    """Where the reading is: from what value on (or what the system said to ask for next), and at which page of that.

    Pages after the first are only asked for where the records of one moment fill more than one. What changes
    meanwhile leaves that moment, and the rest move up: so the pages are read again until two passes saw the same.
    `seen` is the fingerprint of this pass, `before` that of the one before, `high` the greatest value seen. A system that gives
    what is of that value or later gives the last ones every time: `last` is their fingerprint, so that nothing is read twice
    while nothing happens."""

    since: str
    page: int
    high: str = ""
    seen: int = 0
    before: int = -1
    last: int = 0

    def written(self) -> str:
        """The cursor as the core keeps it."""
        return orjson.dumps(list(self)).decode()


class RestReader:
    """Reads one system. The core owns cursor and clock."""

    def __init__(self, system: str, client: RestClient, read: Read, cipher: Cipher | None, url: str) -> None:
        self._system = system
        self._client = client
        self._read = read
        self._cipher = cipher
        self._url = url.rstrip("/")

    async def poll(self, since: str, limit: int) -> Polled:
        """Read one page. Raises `ProblemsError` when there is none."""
        read = self._read
        cursor = Cursor(*orjson.loads(since)) if since else Cursor(read.first, read.first_page)
        path = _filled(read.path, {"since": cursor.since, "page": str(cursor.page), "size": str(limit)})
        answer = await self._client.ask(read.method, self._url + path, None, SECONDS)
        if not isinstance(answer, Reply):
            raise _failed(answer.reason, answer.reason_zh)
        if answer.meta.get("status") != "200" or not self._says(answer.body, self._read.success):
            await self._client.renew()  # it may be our token that it no longer honours: the next reading has a new one
            status = answer.meta.get("status")
            raise _failed(f"HTTP status {status}, or not what `success:` says", f"HTTP 状态 {status}，或不符合 `success:`")
        try:
            found = items(answer.body, read, self._cipher)
        except NoPage as error:
            raise _failed(str(error), error.zh) from None
        new = self._new(cursor, found, full=len(found) >= limit)
        records = [
            Record(self._system, item.body, item.kind or None, answer.meta.get("charset"), item.ref or None)
            for item in new if item.sealed is None
        ]
        refused = [Marked(item.ref, _not_opened(item.sealed)) for item in new if item.sealed is not None]
        if read.since_at is not None:
            following_cursor = self._after(cursor, found, full=len(found) >= limit)
        else:
            following_cursor = Cursor(following(answer.body, read) or cursor.since, read.first_page)
        return Polled(records, following_cursor.written(), refused)

    async def mark(self, marks: Sequence[Marked]) -> None:
        """Tell the system about each of its records. Raises `ProblemsError` when it does not listen: then it is
        told again, when the records come again."""
        for mark in marks:
            told = self._answer_to(mark.verdict)
            if told is not None and mark.ref:
                await self._tell(told, mark.ref, mark.verdict)

    async def give_back(self, ref: str, why: str) -> str:
        """Tell the system by `refused` that its record is given back, and *why*; where that was said, "" where it is not declared.
        Raises `ProblemsError` when it does not listen."""
        told = self._read.refused
        if told is None:
            return ""
        return await self._tell(told, ref, Verdict(Acceptance.REFUSED, 0, reason=why, reason_zh=why))

    def _answer_to(self, verdict: Verdict) -> Mark | None:
        """The request that tells of this end. One that has no request of its own is told as taken, where it was."""
        failed = verdict.acceptance.value in self._read.error_for or not verdict.taken
        return (self._read.refused if failed else None) or (self._read.taken if verdict.taken else None)

    async def _tell(self, told: Mark, ref: str, verdict: Verdict) -> str:
        values = {"ref": ref, "message": f"M{verdict.message}", "code": verdict.code, "reason": verdict.reason_zh or verdict.reason,
                  "end": verdict.acceptance.value}
        path = _filled(told.path, values)
        body = None if told.body is None else _filled_json(told.body, values)
        answer = await self._client.ask(told.method, self._url + path, body, SECONDS)
        if not isinstance(answer, Reply):
            raise _failed(answer.reason, answer.reason_zh)
        if not answer.meta.get("status", "").startswith("2"):
            status = answer.meta.get("status")
            raise _failed(f"HTTP status {status} to what we said of a record", f"告知记录的处理结果时，应答为 HTTP 状态 {status}")
        if not self._says(answer.body, told.success):
            await self._client.renew()
            raise _failed("not what `success:` says, to what we said of a record", "告知记录的处理结果时，应答不符合 `success:`")
        return f"{told.method} {path}"

    def _says(self, body: bytes, success: Mapping[str, Sequence[str]]) -> bool:
        if not success:
            return True
        tree = tree_of(body, self._read.decode)
        return all(text_at(tree, path) in expected for path, expected in success.items())

    def _new(self, cursor: Cursor, found: list[Item], *, full: bool) -> list[Item]:
        """*found* without those of the moment it began with, where these are the very ones that were read before."""
        begun = [item for item in found if item.since == cursor.since]
        if full or self._read.since_at is None or not begun or _fingerprint(begun) != cursor.last:
            return found
        return [item for item in found if item.since != cursor.since]

    def _after(self, cursor: Cursor, found: list[Item], *, full: bool) -> Cursor:
        """Where the reading goes on after a page: from the greatest value on it, or, where that is the value it
        began with, at the next page of that moment."""
        read = self._read
        high = max([cursor.high, *(item.since for item in found)], key=self._order)
        moved = any(item.since != cursor.since for item in found)
        if cursor.page == read.first_page and (moved or not full):
            last = [item for item in found if item.since == high]
            return Cursor(high or cursor.since, read.first_page, last=0 if full else _fingerprint(last))
        if "{page}" not in read.path:
            raise _failed(f"all records of a page say {high!r} at {read.since_at!r}; put {{page}} into `path:`",
                          f"一页记录的 {read.since_at!r} 全为 {high!r}；请在 `path:` 中写入 {{page}}")
        seen = (cursor.seen + _fingerprint(found)) % _WRAP
        if full and not moved:
            return cursor._replace(page=cursor.page + 1, high=high, seen=seen)
        if seen != cursor.before:
            return Cursor(cursor.since, read.first_page, cursor.since, 0, seen)
        return Cursor(high, read.first_page)

    def _order(self, value: str) -> tuple[decimal.Decimal, str]:
        """What orders a record: as text, or as a number where the settings say so."""
        if not self._read.numbers or not value:
            return decimal.Decimal(0), value
        try:
            return decimal.Decimal(value), ""
        except decimal.InvalidOperation:
            at = self._read.since_at
            raise _failed(f"a record has no number at {at!r}", f"有记录的 {at!r} 处不是数字") from None


def _fingerprint(found: Iterable[Item]) -> int:
    """A number that tells collections of records apart, whatever their order."""
    return sum(int.from_bytes(sha256(item.body).digest()[:7], "big") for item in found)


def _filled(text: str, values: dict[str, str]) -> str:
    return PLACEHOLDER.sub(lambda found: quote(values[found[1]], safe=""), text)


def _filled_json(text: str, values: dict[str, str]) -> bytes:
    return PLACEHOLDER.sub(lambda found: orjson.dumps(values[found[1]]).decode()[1:-1], text).encode()


def _not_opened(error: CipherRefused) -> Verdict:
    problem = Problem(codes.NOT_SEALED, Place(), "settings.read", {"what": error.reason, "what_zh": error.reason_zh})
    reason, reason_zh = (f"{problem.message(tongue)}; {problem.hint(tongue)}" for tongue in _TONGUES)
    return Verdict(Acceptance.REFUSED, 0, problem.code.id, reason, reason_zh)


def _failed(what: str, what_zh: str) -> ProblemsError:
    return ProblemsError([Problem(codes.NO_PAGE, Place(), "settings.read", {"what": what, "what_zh": what_zh or what})])
