"""One large file that is being read: part by part, from where the last reading came to."""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from contextlib import suppress
from typing import BinaryIO

from guantong.record import Acceptance, Verdict
from guantong_adapters.files.splitting.parts import Groups, Splittable, Survey, body, groups
from guantong_adapters.files.splitting.progress import Failure, Progress
from guantong_adapters.files.splitting.settings import Split

_MOST_FAILURES = 50
_SHOWN = 10


class LargeFile:
    """A file copied aside, into *copy*, and looked through. What a part ended as is told to it; the whole ends once every part did.
    `progress` is how far that is."""

    def __init__(self, copy: BinaryIO, file: Splittable, survey: Survey, split: Split, most: int, progress: Progress) -> None:
        self.survey = survey
        self.progress = progress
        self._copy, self._file = copy, file
        self._most = most
        self._groups = groups(file.records(), split, most)
        self.given = 0
        self._told: dict[int, Verdict] = {}

    async def next(self) -> tuple[int, bytes] | None:
        """The number of the next part, from 1, and its bytes; None after the last. Raises `Unsplittable`."""
        while self.given < self.survey.parts:
            group = await asyncio.to_thread(_next, self._groups)
            self.given += 1
            if self.given > self.progress.parts:
                return self.given, await asyncio.to_thread(body, group, self.survey, self._most)
        return None

    def told(self, number: int, verdict: Verdict, failing: Collection[str]) -> Verdict | None:
        """Part *number* ended as *verdict*. What the whole ended as, once all did: as the first part whose end is one of *failing*."""
        if number > self.progress.parts:  # else told again, as the whole could not be put away
            self._told[number] = verdict
        while (here := self.progress.parts + 1) in self._told:
            self._advance(here, self._told.pop(here), failing)
        return self._whole() if self.progress.parts == self.survey.parts else None

    def close(self) -> None:
        with suppress(ValueError):  # a thread is still at it, and finds the copy closed
            self._groups.close()
        self._file.close()
        self._copy.close()

    def _advance(self, number: int, verdict: Verdict, failing: Collection[str]) -> None:
        failures = self.progress.failures
        if verdict.acceptance.value in failing and len(failures) < _MOST_FAILURES:
            failures = (*failures, Failure(number, verdict.acceptance.value, verdict.message, verdict.code, verdict.reason, verdict.reason_zh))
        self.progress = self.progress._replace(parts=number, failures=failures)

    def _whole(self) -> Verdict:
        failures = self.progress.failures
        if not failures:
            return Verdict(Acceptance.ROUTED, 0)
        first, of = failures[0], self.survey.parts
        more = len(failures) - _SHOWN
        lines = [f"part {one.part} of {of} (M{one.message}): {one.reason}" for one in failures[:_SHOWN]]
        lines_zh = [f"第 {one.part}/{of} 部分（M{one.message}）：{one.reason_zh}" for one in failures[:_SHOWN]]
        if more > 0:
            lines.append(f"and {more} more")
            lines_zh.append(f"另有 {more} 处")
        return Verdict(Acceptance(first.acceptance), first.message, first.code, "; ".join(lines), "；".join(lines_zh))


def _next(parts: Groups) -> list[str]:
    return next(parts)[0]
