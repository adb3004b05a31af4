"""Reading the other side's judgement of files we wrote: status files beside or instead of them."""

from __future__ import annotations

from collections import OrderedDict, defaultdict
from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple

import structlog

from guantong.adapter import Awaited, Receipt
from guantong.config.reply import Meaning
from guantong.journey.judge import MOST_REASON, judge
from guantong.problems import ProblemsError
from guantong.record import Reply
from guantong_adapters.files.filenames import beside, file_name
from guantong_adapters.files.marking import Keeper
from guantong_adapters.files.place import Denied, Driver, Missing, TooLarge
from guantong_adapters.files.settings import FilesSettings, StatusFiles
from guantong_adapters.files.taking import path_in

_MOST_STATUS = 256 * 1024
_MOST_HEEDED = 10_000
log = structlog.get_logger("guantong.files")


class _Judged(NamedTuple):
    """What a status file says, and its name."""

    confirmed: bool
    reason: str
    file: str


class Heeded:
    """The status files we told of, put away once the hub no longer awaits what they judge."""

    def __init__(self, keeper: Keeper) -> None:
        self._keeper = keeper
        self._told: OrderedDict[int, tuple[str, str]] = OrderedDict()
        self._last = 0

    def add(self, delivery: int, path: str, archive: str) -> None:
        """The file at *path* judged *delivery*; it belongs into *archive* when that is settled."""
        self._told[delivery] = (path, archive)
        if len(self._told) > _MOST_HEEDED:
            self._told.popitem(last=False)

    async def tidy(self, awaited: Collection[int], now: float) -> None:
        """Put away what judged deliveries that are not awaited any more. The hub asks in rounds, each in parts
        of rising numbers: a number left out between two parts, or within one, is settled."""
        if not awaited:
            return
        begin = self._last if min(awaited) > self._last else 0
        self._last = max(awaited)
        settled = [one for one in self._told if begin < one <= self._last and one not in awaited]
        for delivery in settled:
            path, archive = self._told.pop(delivery)
            try:
                await self._keeper.put_aside(path, archive, now)
            except (Missing, Denied) as error:
                # It has done its work where it is.
                log.warning("files.status_not_put_away", delivery=delivery, error=type(error).__name__)


class StatusReader:
    """Reads one system's status files."""

    def __init__(self, system: str, settings: FilesSettings, driver: Driver, keeper: Keeper) -> None:
        self._system = system
        self._settings = settings
        self._driver = driver
        self._heeded = Heeded(keeper)

    async def read(self, awaited: Sequence[Awaited], now: float) -> list[Receipt]:
        """The receipts there are. A status file is read again and again until the delivery it judges is no
        longer awaited, and only then put away: a crash loses no receipt."""
        await self._heeded.tidy({each.delivery for each in awaited}, now)
        waiting: dict[str, list[tuple[StatusFiles, str, Awaited]]] = defaultdict(list)
        for each in awaited:
            sent = self._settings.sent(each.kind)
            if sent is None or sent.receipt is None:
                continue
            try:
                name = file_name(sent.name, each.kind, each.key, each.fields, self._settings.charset,
                                 self._settings.most_name, self._system)
            except ProblemsError as error:
                log.warning("files.receipt_without_name", system=self._system, delivery=each.delivery,
                            code=error.problems[0].code.id)
                continue
            waiting[sent.receipt.folder].append((sent.receipt, name, each))
        found = []
        for folder, deliveries in waiting.items():
            names = {entry.name: entry.size for entry in await self._driver.entries(folder)}
            for receipt, name, each in deliveries:
                judged = await self._judged(receipt, name, names)
                if judged is not None:
                    found.append(Receipt(each.delivery, judged.confirmed, judged.reason))
                    if receipt.archive:
                        self._heeded.add(each.delivery, path_in(folder, judged.file), receipt.archive)
        return found

    async def _judged(
        self, receipt: StatusFiles, name: str, there: Mapping[str, int]
    ) -> _Judged | None:
        """Confirmed or not, and why not; None where nothing says so yet. A rejection counts for more."""
        for rejected in (beside(each, name) for each in receipt.rejected):
            if rejected in there:
                text = await self._text(receipt, rejected)
                return None if text is None else _Judged(False, " ".join(text.split())[:MOST_REASON], rejected)
        if receipt.judged and (judged := beside(receipt.judged, name)) in there:
            body = await self._body(receipt, judged)
            if body:
                answer = judge(Reply(body, {"charset": receipt.charset}), receipt.rules)
                if answer.meaning in (Meaning.SUCCESS, Meaning.DUPLICATE):
                    return _Judged(True, "", judged)
                if answer.meaning is Meaning.PERMANENT:
                    return _Judged(False, answer.reason, judged)
        for confirmed in (beside(each, name) for each in receipt.confirmed):
            if confirmed in there:
                return _Judged(True, "", confirmed)
        return None

    async def _text(self, receipt: StatusFiles, name: str) -> str | None:
        body = await self._body(receipt, name)
        return None if body is None else body.decode(receipt.charset, "replace").lstrip("\ufeff")

    async def _body(self, receipt: StatusFiles, name: str) -> bytes | None:
        """The status file's content; None when it was taken away since the listing."""
        try:
            return await self._driver.read(path_in(receipt.folder, name), _MOST_STATUS)
        except Missing:
            return None
        except TooLarge:
            log.warning("files.status_too_large", system=self._system)
            return b""
