"""What the machine says: how long its disk takes, and what a process has cost."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from time import perf_counter

_PROBES = 200
_BLOCK = os.urandom(4096)


@dataclass(frozen=True, slots=True)
class Cost:
    """What a process has used since it began: seconds of CPU, and megabytes of memory at most."""

    cpu: float
    rss_mb: float


def cost_of(pid: int) -> Cost:
    """The cost of process *pid* so far, all its threads. Needs the proc file system of Linux."""
    folder = Path("/proc") / str(pid)
    # The name in parentheses may hold anything; what follows the last parenthesis is plain.
    fields = (folder / "stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    ticks = int(fields[11]) + int(fields[12])  # utime, stime
    return Cost(ticks / os.sysconf("SC_CLK_TCK"), _status_mb(folder, "VmHWM:"))


def rss_mb(pid: int) -> float:
    """Megabytes of memory that process *pid* holds now."""
    return _status_mb(Path("/proc") / str(pid), "VmRSS:")


def _status_mb(folder: Path, name: str) -> float:
    status = (folder / "status").read_text(encoding="utf-8")
    return int(next(line for line in status.splitlines() if line.startswith(name)).split()[1]) / 1024


def fdatasync_ms(folder: Path) -> float:
    """Milliseconds that writing 4 KiB and making it durable takes in *folder*, the median of many."""
    path = folder / "fdatasync.probe"
    taken = []
    descriptor = os.open(path, os.O_CREAT | os.O_WRONLY, 0o600)
    try:
        for _ in range(_PROBES):
            begin = perf_counter()
            os.write(descriptor, _BLOCK)
            os.fdatasync(descriptor)
            taken.append((perf_counter() - begin) * 1000)
    finally:
        os.close(descriptor)
        path.unlink()
    return median(taken)
