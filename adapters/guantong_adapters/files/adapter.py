"""The file-drop adapter: one connection object for one system's place of exchange."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Mapping, Sequence
from dataclasses import replace
from typing import TypeVar

import structlog

from guantong.adapter import Awaited, Mark, Polled, ProbeStep, Receipt, SystemContext, Wanted
from guantong.attached import Attached
from guantong.problems import Place, Problem, ProblemsError
from guantong.record import Answer, NotSent, Outgoing, Reply, Unsure
from guantong.secret import Secret
from guantong_adapters.files import codes
from guantong_adapters.files.fetching import Fetcher, path_of
from guantong_adapters.files.filenames import file_name
from guantong_adapters.files.inparts import InParts
from guantong_adapters.files.marking import Keeper
from guantong_adapters.files.place import Denied, Driver, Lost, Missing
from guantong_adapters.files.polling import Reader
from guantong_adapters.files.probe import probe
from guantong_adapters.files.receipts import StatusReader
from guantong_adapters.files.rereading import ArchiveReader
from guantong_adapters.files.sending import LONGEST_ENDING, Attempt, Target, ask, reply
from guantong_adapters.files.settings import FilesSettings, SentKind
from guantong_adapters.files.taking import InHand, Taker

Result = TypeVar("Result")
log = structlog.get_logger("guantong.files")


class Files:
    """The open end of one place: sends, asks, polls, marks and reads receipts.

    Refusals of the place are replies (`{"result": "error", "class": …, "state": …}`); a place that does not
    answer is `NotSent` or, once the file is given its name, `Unsure` when sending, and `ProblemsError` when
    polling, marking or reading receipts.
    """

    keeps_time = True

    def __init__(self, context: SystemContext) -> None:
        self._settings: FilesSettings = context.settings
        self._system = context.system
        self._now = context.now
        self._driver = make_driver(context.system, self._settings, dict(context.secrets))
        in_hand = InHand()
        taker = Taker(context.system, self._settings.largest or context.body_limit, self._driver, in_hand, context.keep)
        self._in_parts = InParts(context.system, self._driver, in_hand, taker, context.folder)
        self._reader = Reader(context.system, self._settings, self._driver, in_hand, taker, self._in_parts)
        self._archive = None
        if context.rereading:
            self._archive = ArchiveReader(context.system, self._settings, self._driver, in_hand, taker, self._in_parts)
        self._fetcher = Fetcher(self._settings.fetch, self._driver, context.now) if self._settings.fetch else None
        self._keeper = Keeper(self._settings, self._driver, in_hand)
        self._statuses = StatusReader(context.system, self._settings, self._driver, self._keeper)

    async def prepare(self) -> None:
        """Look at every folder once. Raises `ProblemsError`: which are missing, or that nothing answers."""
        problems: list[Problem] = []
        for path, folder in self._folders():
            try:
                entry = await self._working(self._driver.stat(folder), "enter", "查看", folder)
            except ProblemsError as error:
                raise ProblemsError([*problems, *error.problems]) from None
            if entry is None or entry.regular:
                where = f"{self._system}.settings.{path}"
                problems.append(Problem(codes.NO_FOLDER, Place(), where, {"folder": folder}))
        if problems:
            raise ProblemsError(problems)

    async def send(self, outgoing: Outgoing) -> Answer:
        """Write the record's file: `{"result": "written"}`, or `"error"` with its class."""
        target = self._target(outgoing)
        if not isinstance(target, Target):
            return target
        attempt = Attempt(self._driver, target, outgoing)
        try:
            async with asyncio.timeout(outgoing.timeout):
                return await attempt.run()
        except TimeoutError:
            return attempt.given_up("the time was up", "时间已到")
        except ProblemsError as error:
            return _not_let_in(error)

    async def query(self, outgoing: Outgoing) -> Answer:
        """Whether the record's file, or a status file of it, is there."""
        target = self._target(outgoing)
        if not isinstance(target, Target):
            return target
        try:
            async with asyncio.timeout(outgoing.timeout):
                return await ask(self._driver, target)
        except TimeoutError:
            return Unsure("the place did not answer the question in time", "对方未按时答复查询")
        except ProblemsError as error:
            return _not_let_in(error)

    async def poll(self, since: str, limit: int) -> Polled:
        """At most *limit* whole files, oldest first. The cursor remembers what was seen of those that are not
        known to be whole yet; opened for `rereading`, how far the archive was read."""
        if not self._settings.poll:
            return Polled((), since)
        if self._archive is not None:
            return await self._working(self._archive.read(since, limit), "read", "读取", self._settings.archive)
        reading = self._reader.read(since, limit, self._now())
        return await self._working(reading, "read", "读取", self._settings.poll[0].folder)

    async def mark(self, marks: Sequence[Mark]) -> None:
        """Put the files away: to the archive, or to the errors with the reason. What was read again stays where it is."""
        if self._archive is not None:
            self._archive.forget(marks)
            return
        putting = self._keeper.put_away(marks, self._now())
        await self._working(putting, "put a file away", "移走文件", self._settings.archive)

    async def give_back(self, ref: str, why: str) -> str:
        """Lay a status file with the reason into the folder of errors, named after the file that was taken."""
        giving = self._keeper.give_back(ref, why, self._now())
        return await self._working(giving, "give a file back", "退回文件", self._settings.error)

    async def receipts(self, awaited: Sequence[Awaited]) -> Sequence[Receipt]:
        """The judgements there are, found by the names of what was sent."""
        folders = [sent.receipt.folder for sent in self._settings.send.values() if sent.receipt]
        if not folders:
            return []
        return await self._working(self._statuses.read(awaited, self._now()), "read", "读取", folders[0])

    async def fetch(self, wanted: Wanted) -> Answer:
        """Get one content by the path the record names: `found` or `missing`; `NotSent` while it is not known to be whole."""
        if self._settings.fetch is None or self._fetcher is None:
            raise RuntimeError("`fetch:` is not configured")
        path = path_of(self._settings.fetch, wanted.fields, self._system)
        try:
            return await self._fetcher.get(path, wanted)
        except ProblemsError as error:
            return _not_let_in(error)

    async def probe(self) -> Sequence[ProbeStep]:
        """Look into every folder, write into those we write to."""
        named = {folder: f"{self._system}.settings.{path}" for path, folder in reversed(self._folders())}
        return [_at(step, named) for step in await probe(self._settings, self._driver, self._working)]

    async def close(self) -> None:
        self._in_parts.close()
        await self._driver.close()

    def _target(self, outgoing: Outgoing) -> Target | Reply:
        """Where the record goes. What has no name is a refusal like the place's own."""
        sent = self._settings.sent(outgoing.kind)
        if sent is None:
            raise ProblemsError([Problem(codes.NO_KIND, Place(), self._system, {"kind": outgoing.kind})])
        most = self._settings.most_name - LONGEST_ENDING
        try:
            name = file_name(sent.name, outgoing.kind, outgoing.key, outgoing.fields, self._settings.charset,
                             most, self._system)
        except ProblemsError as error:
            first = error.problems[0]
            said = {"class": "name", "reason": first.line(), "reason_zh": first.line("zh")}
            return Reply(reply("error", code=first.code.id, **said))
        return Target(sent, name, tuple(self._beside(sent, name, one, most) for one in outgoing.beside) if sent.beside else ())

    def _beside(self, sent: SentKind, name: str, attached: Attached, most: int) -> tuple[str, Attached]:
        """The name of an attachment's file."""
        stem = name.rpartition(".")[0] or name
        own = attached.name or f"{attached.blob.md5}.{attached.blob.kind or 'bin'}"
        fields = {"stem": stem, "attachment": own}
        return file_name(sent.beside or "", "", "", fields, self._settings.charset, most, self._system), attached

    def _folders(self) -> list[tuple[str, str]]:
        """Every folder that must be there, with where the settings name it."""
        found = [(f"poll.{place}.folder", polled.folder) for place, polled in enumerate(self._settings.poll)]
        if self._settings.fetch is not None:
            found.append(("fetch.folder", self._settings.fetch.folder))
        for kind, sent in self._settings.send.items():
            found.append((f"send.{kind}.folder", sent.folder))
            if sent.receipt:
                found.append((f"send.{kind}.receipt.folder", sent.receipt.folder))
        return found

    async def _working(self, work: Awaitable[Result], act: str, act_zh: str, folder: str) -> Result:
        """Do *work*; what goes wrong comes out as a located problem."""
        try:
            return await work
        except Lost as lost:
            code, details = codes.UNREACHABLE, {"what": lost.what, "what_zh": lost.what_zh}
        except Denied as denied:
            code, details = codes.NOT_ALLOWED, {
                "act": act, "act_zh": act_zh, "folder": folder, "what": f"{denied.kind} {denied.state}",
            }
        except Missing:
            code, details = codes.NO_FOLDER, {"folder": folder}
        raise ProblemsError([Problem(code, Place(), self._system, details)])


def make_driver(system: str, settings: FilesSettings, secrets: dict[str, Secret]) -> Driver:
    """The driver for the place of *settings*. Raises `ProblemsError` when its library is not installed."""
    place, charset = settings.place, settings.charset
    connecting, working = settings.connect_timeout, settings.timeout
    if place.local:
        from guantong_adapters.files.local import LocalDriver

        return LocalDriver(system, place.local.folder, charset, working)
    try:
        if place.sftp:
            from guantong_adapters.files.sftp import SftpDriver  # loads asyncssh

            return SftpDriver(system, place.sftp, secrets, charset, connecting, working)
        assert place.ftp is not None  # noqa: S101 -- the settings hold exactly one of the three
        from guantong_adapters.files.ftp import FtpDriver  # loads aioftp

        return FtpDriver(system, place.ftp, secrets.get("password"), charset, connecting, working)
    except ImportError as error:
        extra = "sftp" if place.sftp else "ftp"
        details = {"protocol": extra.upper(), "package": error.name or "?", "extra": extra}
        where = f"{system}.settings.place.{extra}"
        raise ProblemsError([Problem(codes.NOT_INSTALLED, Place(), where, details)]) from None


async def open_files(context: SystemContext) -> Files:
    """Open one system's place of exchange. Raises `ProblemsError` when its library is not installed.

    A place that does not answer now may do so later, and one whose folders are missing (a mount that is not there yet) must
    not keep the hub from serving the others: what is missing is told at once, and again by whatever is tried with it."""
    files = Files(context)
    try:
        await files.prepare()
    except ProblemsError as error:
        log.error("files.not_as_configured", system=context.system, problems=[each.line() for each in error.problems])
    return files


def _at(step: ProbeStep, named: Mapping[str, str]) -> ProbeStep:
    """*step* with its missing folder told where the settings name it."""
    if step.problem is None or step.problem.code is not codes.NO_FOLDER:
        return step
    return step._replace(problem=replace(step.problem, path=named[step.target]))


def _not_let_in(error: ProblemsError) -> NotSent:
    """The place could not even be entered."""
    problem = error.problems[0]
    return NotSent(problem.message(), problem.message("zh"))
