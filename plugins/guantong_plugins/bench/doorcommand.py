"""`guantong bench accept` and `guantong bench start`: the verbs."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Annotated, Any

import orjson
import typer

from guantong_plugins.bench.machine import fdatasync_ms
from guantong_plugins.bench.place import measuring

RunsOption = Annotated[int, typer.Option(min=1, help="How many runs, each over a fresh home (次数).")]
FolderOption = Annotated[Path | None, typer.Option(help="Where files are made; the disk measured (测试目录).")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]


def accept(
    seconds: Annotated[float, typer.Option(min=0.1, help="How long load is offered in each run (每次秒数).")] = 4.0,
    runs: RunsOption = 5,
    connections: Annotated[int, typer.Option(min=1, max=512, help="Connections of the source (连接数).")] = 64,
    folder: FolderOption = None,
    as_object: JsonOption = False,
) -> None:
    """Durable acceptance alone, beside the same HTTP stack that answers and keeps nothing, in turns (受理).

    Example: `guantong bench accept --json`
    """
    with measuring(folder) as root:
        from guantong_plugins.bench.accepting import measured, together  # needs the extra `fast`

        found: dict[str, Any] = together([measured(_fresh(root), seconds, connections) for _ in range(runs)])
    if as_object:
        typer.echo(orjson.dumps({"name": "accept", "goal": "G7", "runs": runs, "seconds": seconds, "connections": connections, **found}).decode())
        return
    typer.echo(f"受理 accept：每秒 {found['rate']:.0f} 条 records per s，只应答 answering alone {found['bare_rate']:.0f}，比值 ratio "
               f"{found['ratio']:.2f}（G7），CPU {found['cpu_us']:.0f} / {found['bare_cpu_us']:.0f} µs，落盘 sync "
               f"{found['fdatasync_p50_ms']:.2f} ms，离散 spread {found['spread']:.0%}")


def start(
    seconds: Annotated[float, typer.Option(min=0.1, help="How long the hub is saturated, for its memory (秒数).")] = 4.0,
    runs: RunsOption = 5,
    folder: FolderOption = None,
    as_object: JsonOption = False,
) -> None:
    """From the start of a hub to the first record that is durably ours, and its memory then and when it carries all it can (启动与内存).

    Example: `guantong bench start --json`
    """
    with measuring(folder) as root:
        from guantong_plugins.bench.starting import measured, saturated_mb, together  # needs the extra `fast`

        disk = fdatasync_ms(root)
        found: dict[str, Any] = together([measured(_fresh(root)) for _ in range(runs)])
        found |= {"saturated_mb": round(saturated_mb(_fresh(root), seconds), 1), "fdatasync_p50_ms": round(disk, 3)}
    if as_object:
        typer.echo(orjson.dumps({"name": "start", "goal": "G16", "runs": runs, **found}).decode())
        return
    typer.echo(f"启动 start：新目录 new home {found['new_s']:.2f} s，再次 again {found['again_s']:.2f} s；内存 memory 空闲 idle "
               f"{found['idle_mb']:.0f} MB，满载 saturated {found['saturated_mb']:.0f} MB（G16）")


def _fresh(root: Path) -> Path:
    return Path(tempfile.mkdtemp(dir=root))
