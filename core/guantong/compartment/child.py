"""The process of a compartment: started, watched, ended, and what it ended by.

It is watched for two things that would hurt the hub's machine or wait for ever: memory beyond its limit, and silence (a
loop that answers no `ping`) once it has begun to talk: how long it may take to start is its owner's to say. Either ends it, with SIGKILL: nothing in it can prevent that. It ends with the hub,
however the hub ends. What it started ends with it, or is not waited for where it made itself independent.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from guantong.compartment.channel import Channel, ChannelClosed, Method
from guantong.compartment.wire import WireError

LOOK_EVERY = 0.5  # seconds between two looks at the memory
MOST_LOG = 1 << 20  # bytes of what it writes on standard error that are kept from one start to the next
LONGEST_LOG = 16 << 20  # bytes of it at which it is begun anew while the process runs
ENDS_WITHIN = 5.0  # seconds that an orderly end may take
LAST_WORDS = 0.5  # seconds in which what it wrote before its end is still read
_KEPT = ("PATH", "LANG", "LC_ALL", "TZ", "HOME", "TMPDIR", "PYTHONPATH", "NODE_PATH", "JAVA_HOME", "LD_LIBRARY_PATH")


@dataclass(frozen=True, slots=True)
class Limits:
    """What a compartment may use: resident memory in bytes, and seconds without an answer to a `ping`."""

    memory: int
    silence: float


class Child:
    """One run of the process. `ended` is set once it is gone; then `end` says how, in both languages."""

    def __init__(self, process: asyncio.subprocess.Process, methods: Mapping[str, Method], limits: Limits, log: Path) -> None:
        assert process.stdout is not None  # noqa: S101 -- both are pipes
        assert process.stdin is not None  # noqa: S101 -- as above
        self.channel = Channel(process.stdout, process.stdin, methods)
        self.ended = asyncio.Event()
        self.end = ("", "")
        self._process = process
        self._limits = limits
        self._log = log
        self._why: tuple[str, str] | None = None
        self._talk = asyncio.create_task(self.channel.run(), name="talk with a compartment")
        self._task = asyncio.create_task(self._run(), name="compartment")

    @property
    def pid(self) -> int:
        return self._process.pid

    async def close(self) -> None:
        """End it: its input is closed, which is the sign to go; what does not go in time is killed."""
        if self._process.stdin is not None:
            self._process.stdin.close()
        try:
            async with asyncio.timeout(ENDS_WITHIN):
                await self.ended.wait()
        except TimeoutError:
            self._kill(("it did not end when told to", "未按要求退出"))
        await self._task

    async def _run(self) -> None:
        watches = [asyncio.create_task(watch()) for watch in (self._watch_memory, self._watch_answers, self._watch_end)]
        try:
            await asyncio.wait([self._talk])
            if not self._talk.cancelled() and isinstance(error := self._talk.exception(), WireError):
                self._kill((f"it does not keep to the wire: {error}", f"不遵守通信约定（{error}）"))
        finally:
            status = await self._process.wait()
            for watch in watches:
                watch.cancel()
            await asyncio.gather(*watches, return_exceptions=True)
            self.end = self._why or _how(status)
            self.ended.set()

    def _kill(self, why: tuple[str, str]) -> None:
        self._why = self._why or why
        if self._process.returncode is None:
            self._kill_group()

    def _kill_group(self) -> None:
        """End it with whatever it started itself. It may be gone already, and we not have heard of it yet."""
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, signal.SIGKILL)

    async def _watch_end(self) -> None:
        """Once it is gone, end what it started in its group; what left the group may hold its pipes open for ever: they
        are closed at our end, and what it wrote and we have not come to is left."""
        while self._process.returncode is None:  # its `wait` ends only when nobody holds its pipes
            self._shorten_log()
            await asyncio.sleep(LOOK_EVERY)
        self._kill_group()
        await asyncio.sleep(LAST_WORDS)
        self._process._transport.close()  # type: ignore[attr-defined]  # there is no public way to close our ends
        self._talk.cancel()

    def _shorten_log(self) -> None:
        """Begin the log anew where it has grown long: what writes without end must not fill the disk, on which the store is."""
        with suppress(FileNotFoundError):  # somebody took it away
            if self._log.stat().st_size > LONGEST_LOG:
                os.truncate(self._log, 0)

    async def _watch_memory(self) -> None:
        while (used := _resident(self._process.pid)) is not None:
            used = used if used > self._limits.memory else _resident_of_group(self._process.pid)
            if used > self._limits.memory:
                most = self._limits.memory >> 20
                self._kill((f"it used more than {most} MiB of memory", f"内存超过 {most} MiB"))
                return
            await asyncio.sleep(LOOK_EVERY)

    async def _watch_answers(self) -> None:
        await self.channel.spoke.wait()
        while True:
            try:
                async with asyncio.timeout(self._limits.silence):
                    await self.channel.call("ping")
            except TimeoutError:
                if self.channel.keeps_waiting:
                    continue  # its answer may stand behind what we have not come to
                seconds = f"{self._limits.silence:g}"
                self._kill((f"it did not answer for {seconds} s", f"{seconds} 秒没有应答"))
                return
            except ChannelClosed:
                return
            await asyncio.sleep(self._limits.silence / 2)


def _resident(pid: int) -> int | None:
    """The memory that a process holds, in bytes; None when there is no such process, or no way to tell (not Linux)."""
    try:
        statm = Path(f"/proc/{pid}/statm").read_bytes()
    except OSError:
        return None
    return int(statm.split()[1]) * os.sysconf("SC_PAGE_SIZE") if statm else None


def _resident_of_group(group: int) -> int:
    """The memory of all processes in a process group, in bytes. A limit of the kernel's (`RLIMIT_AS`) holds for each process alone, and counts
    what it only reserves, of which Java and Node have many gigabytes."""
    found = 0
    for place in Path("/proc").iterdir():
        if place.name.isdecimal() and _group_of(int(place.name)) == group:
            found += _resident(int(place.name)) or 0
    return found


def _group_of(pid: int) -> int:
    """A process's group; 0 where it is gone."""
    try:
        return os.getpgid(pid)
    except OSError:
        return 0


def _log_for(path: Path) -> int:
    """The file that takes what a process writes on standard error, begun anew when it has grown long."""
    if path.exists() and path.stat().st_size > MOST_LOG:
        path.unlink()
    return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)


def _how(status: int) -> tuple[str, str]:
    """How a process ended by itself."""
    if status < 0:
        name = signal.Signals(-status).name
        return f"it was ended by {name}", f"被信号 {name} 终止"
    return f"it ended with status {status}", f"以状态 {status} 退出"


async def start(command: Sequence[str], methods: Mapping[str, Method], limits: Limits, *, home: Path, log: Path,
                longest: int) -> Child:
    """Start *command* in *home*, with none of the hub's secrets in its environment; what it writes on standard error
    goes to the file *log*, readable by the owner alone. Lines are at most *longest* bytes. Raises `OSError`."""
    descriptor = _log_for(log)
    environ = {name: os.environ[name] for name in _KEPT if name in os.environ}
    try:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-I", "-S", str(Path(__file__).with_name("leash.py")), str(os.getpid()), *command,
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=descriptor,
            cwd=home, env=environ, limit=longest, start_new_session=True,
        )
    finally:
        os.close(descriptor)
    return Child(process, methods, limits, log)
