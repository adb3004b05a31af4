"""Getting one content by the path that a record names: a whole file below one folder, never what a link leads to."""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Callable
from fnmatch import fnmatchcase

from guantong.adapter import Wanted
from guantong.problems import Place, Problem, ProblemsError
from guantong.record import Answer, Fields, NotSent, Oversized, Reply
from guantong_adapters.files import codes
from guantong_adapters.files.filenames import beside, fields_of
from guantong_adapters.files.place import Denied, Driver, Entry, Lost, Missing, TooLarge, printable
from guantong_adapters.files.settings import ALWAYS_IGNORED, FetchedFile

MOST_PATH = 1_000
"""Characters of a path."""
MOST_FOLDERS = 20
"""Folders of a path: each is looked at."""
_MOST_LOOKS = 10_000
_SHOWN = 60
_DRIVE = re.compile(r"[A-Za-z]:")
_FOUND, _MISSING = ({"result": result} for result in ("found", "missing"))


def path_of(fetched: FetchedFile, fields: Fields, system: str) -> str:
    """The path below the folder of what the record names, `/` between its parts. Raises `ProblemsError` where the record does not
    say it, or names what is not below."""
    where, given = f"{system}.settings.fetch.path", {}
    for field in fields_of(fetched.path):
        value = fields.get(field)
        if not isinstance(value, str) or not value.strip():
            raise ProblemsError([Problem(codes.NO_NAME, Place(), where, {"field": field})])
        given[field] = value.strip().removeprefix(fetched.prefix)
    text = fetched.path.format(**given)
    parts = [part for part in text.replace("\\", "/").split("/") if part not in ("", ".")]
    for value in given.values():
        if why := _amiss(value.replace("\\", "/")):
            raise _refused(where, value, why)
    if len(text) > MOST_PATH or len(parts) > MOST_FOLDERS or not parts:
        raise _refused(where, text, ("too long, or empty", "过长或为空"))
    if any(fnmatchcase(parts[-1].lower(), pattern) for pattern in ALWAYS_IGNORED):
        raise _refused(where, text, ("a hidden or temporary name", "隐藏或临时文件名"))
    return "/".join(parts)


def _amiss(value: str) -> tuple[str, str] | None:
    if value.startswith("/") or _DRIVE.match(value):
        return "absolute", "绝对路径"
    if ".." in value.split("/"):
        return "it climbs up by ..", "含 .."
    if any(ord(one) < 32 or ord(one) == 127 for one in value):
        return "it holds control characters", "含控制字符"
    return None


def _refused(where: str, path: str, why: tuple[str, str]) -> ProblemsError:
    details = {"path": printable(path[:_SHOWN]), "what": why[0], "what_zh": why[1]}
    return ProblemsError([Problem(codes.PATH_REFUSED, Place(), where, details)])


class Fetcher:
    """Reads what records name by path. `now` is in seconds since 1970."""

    def __init__(self, fetched: FetchedFile, driver: Driver, now: Callable[[], float]) -> None:
        self._fetched = fetched
        self._driver = driver
        self._now = now
        self._looks: OrderedDict[str, tuple[int, float, float]] = OrderedDict()

    async def get(self, path: str, wanted: Wanted) -> Answer:
        """Hand on the file at *path* below the folder. What is not known to be whole is `NotSent`: it is asked for again."""
        try:
            return await self._got(path, wanted)
        except Missing:
            return Reply(b"", _MISSING)
        except TooLarge:
            return _not_whole("it grew while it was read", "读取时仍在增长")
        except Denied as denied:
            if denied.kind == "name":  # none in that charset, or longer than any there can be
                return Reply(b"", _MISSING)
            return NotSent(f"the place refused to read it ({denied.kind} {denied.state})", f"对方拒绝读取（{denied.kind} {denied.state}）")
        except Lost as lost:
            return NotSent(f"the place of the files does not answer ({lost.what})", f"文件交换位置无法连接（{lost.what_zh}）")

    async def _got(self, path: str, wanted: Wanted) -> Answer:
        entry = await self._found(path)
        if not entry.size:
            return _not_whole("it is empty", "文件为空")
        if waits := await self._waits(path, entry):
            return waits
        if entry.size > wanted.limit:
            return Oversized(f"the file has {entry.size} bytes", f"文件为 {entry.size} 字节")
        size = await self._driver.copy(self._at(path), entry.size, wanted.write, below=self._fetched.folder)
        if size != entry.size or await self._driver.stat(self._at(path)) != entry:
            return _not_whole("it changed while it was read", "读取时被改动")
        self._looks.pop(path, None)
        return Reply(b"", _FOUND)

    async def _found(self, path: str) -> Entry:
        """The file, in folders that are none of them links. Raises `Missing`."""
        parts = path.split("/")
        for number in range(1, len(parts)):
            folder = await self._driver.stat(self._at("/".join(parts[:number])))
            if folder is None or not folder.folder:
                raise Missing
        entry = await self._driver.stat(self._at(path))
        if entry is None or not entry.regular:
            raise Missing
        return entry

    async def _waits(self, path: str, entry: Entry) -> NotSent | None:
        """Why the file is not known to be whole yet."""
        complete = self._fetched.complete
        if complete.marker:
            folder, divider, name = path.rpartition("/")
            marker = await self._driver.stat(self._at(f"{folder}{divider}{beside(complete.marker, name)}"))
            if marker is None or marker.modified < entry.modified:
                return _not_whole("its marker is not there", "标记文件尚未出现")
        if complete.unchanged_for and not self._unchanged(path, entry, complete.unchanged_for):
            return _not_whole(f"it was not seen unchanged for {complete.unchanged_for:g} s", f"尚未满 {complete.unchanged_for:g} 秒未变")
        return None

    def _unchanged(self, path: str, entry: Entry, least: float) -> bool:
        """Whether it was seen the same *least* seconds ago or earlier; remembers this look."""
        before, now = self._looks.get(path), self._now()
        if before is not None and before[:2] == (entry.size, entry.modified) and before[2] <= now:
            return now - before[2] >= least
        self._looks[path] = (entry.size, entry.modified, now)
        if len(self._looks) > _MOST_LOOKS:
            self._looks.popitem(last=False)
        return False

    def _at(self, path: str) -> str:
        return path if self._fetched.folder == "." else f"{self._fetched.folder}/{path}"


def _not_whole(why: str, why_zh: str) -> NotSent:
    return NotSent(f"the file is not known to be whole: {why}", f"尚不能确定文件已写完：{why_zh}")
