"""Reading the other side's judgement of files we wrote: status files beside or instead of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

import structlog

from guantong.adapter import Awaited, Receipt
from guantong.config.reply import Meaning
from guantong.journey.judge import MOST_REASON, judge
from guantong.problems import ProblemsError
from guantong.record import Reply
from guantong_adapters.files.filenames import beside, file_name
from guantong_adapters.files.place import Driver, Missing, TooLarge
from guantong_adapters.files.polling import path_in
from guantong_adapters.files.settings import FilesSettings, StatusFiles

_MOST_STATUS = 256 * 1024
_MOST_HEEDED = 10_000
log = structlog.get_logger("guantong.files")


class StatusReader:
    """Reads one system's status files."""

    def __init__(self, system: str, settings: FilesSettings, driver: Driver) -> None:
        self._system = system
        self._settings = settings
        self._driver = driver

    async def read(self, awaited: Sequence[Awaited]) -> list[Receipt]:
        """The receipts there are. Status files are read again and again until the delivery they judge is
        settled: changing nothing, a crash loses no receipt."""
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
                    found.append(Receipt(each.delivery, *judged))
        return found

    async def _judged(
        self, receipt: StatusFiles, name: str, there: Mapping[str, int]
    ) -> tuple[bool, str] | None:
        """Confirmed or not, and why not; None where nothing says so yet. A rejection counts for more."""
        for rejected in (beside(each, name) for each in receipt.rejected):
            if rejected in there:
                text = await self._text(receipt, rejected)
                return None if text is None else (False, " ".join(text.split())[:MOST_REASON])
        if receipt.judged and (judged := beside(receipt.judged, name)) in there:
            body = await self._body(receipt, judged)
            if body:
                answer = judge(Reply(body, {"charset": receipt.charset}), receipt.rules)
                if answer.meaning in (Meaning.SUCCESS, Meaning.DUPLICATE):
                    return (True, "")
                if answer.meaning is Meaning.PERMANENT:
                    return (False, answer.reason)
        if any(beside(each, name) in there for each in receipt.confirmed):
            return (True, "")
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
