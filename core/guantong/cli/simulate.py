"""`guantong simulate`: run one simulated system as a process, or list the known ones."""

from __future__ import annotations

import asyncio
import contextlib
import signal
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Annotated, Any

import orjson
import typer
from pydantic import ValidationError

from guantong.oserrors import in_words
from guantong.plugins import registry
from guantong.problems import Code, Place, Problem, ProblemsError, nearest
from guantong.simulator import SimulatorSpec

UNKNOWN_SIMULATOR = Code(
    "GT560", "there is no simulator named {name!r}", "没有名为 {name!r} 的模拟系统",
    "write one of: {known}{nearest}", "可用的有：{known}{nearest}",
)
BAD_SETTINGS = Code(
    "GT561", "the simulator's settings are wrong: {what}", "模拟系统的设置有误：{what}",
    "mend the settings file", "请修正设置文件",
)
SETTINGS_UNREADABLE = Code(
    "GT562", "the settings cannot be read: {what}", "无法读取设置：{what_zh}",
    "give --settings a JSON file that exists", "请用 --settings 指定存在的 JSON 文件",
)
FOLDER_MISSING = Code(
    "GT563", "a simulator needs a folder for its ledger", "模拟系统需要一个存放台账的目录",
    "add --folder DIR", "请加上 --folder DIR",
)
WRONG_USAGE = 2


def simulate(
    name: Annotated[str | None, typer.Argument(help="Its name; none: list all (名称).")] = None,
    settings: Annotated[Path | None, typer.Option(help="Its settings, a JSON file (设置文件).")] = None,
    folder: Annotated[Path | None, typer.Option(help="Where it keeps its ledger and ready.json (台账目录).")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="List as one JSON object (以 JSON 输出).")] = False,
) -> None:
    """Run a simulated system until SIGTERM or Ctrl-C; without a name: list them (模拟外部系统).

    It keeps its own books in --folder/ledger.db and says where it listens in --folder/ready.json.

    Example: `guantong simulate county-rest --folder ./rongcheng --settings rongcheng.json`
    """
    known = registry().simulators
    if name is None:
        _list(sorted(known.values(), key=lambda spec: spec.name), as_json)
        return
    spec = known.get(name)
    if spec is None:
        like = nearest(name, known)
        details = {"name": name, "known": ", ".join(sorted(known)), "nearest": f" ({like}?)" if like else ""}
        raise _wrong(Problem(UNKNOWN_SIMULATOR, details=details))
    if folder is None:
        raise _wrong(Problem(FOLDER_MISSING))
    loaded = _load(spec, settings)
    folder.mkdir(parents=True, exist_ok=True)
    try:
        asyncio.run(_until_told(lambda: spec.run(loaded, folder)))
    except ProblemsError as error:
        raise _wrong(*error.problems) from None


def _list(specs: list[SimulatorSpec], as_json: bool) -> None:
    if as_json:
        rows = [{"name": spec.name, "title": spec.title_en, "title_zh": spec.title_zh} for spec in specs]
        typer.echo(orjson.dumps({"simulators": rows}).decode())
        return
    for spec in specs:
        typer.echo(f"{spec.name:<20} {spec.title_zh}  {spec.title_en}")


def _load(spec: SimulatorSpec, path: Path | None) -> Any:
    place = Place(path.as_posix() if path else "")
    try:
        raw = path.read_bytes() if path else b"{}"
    except OSError as error:
        what, what_zh = in_words(error)
        raise _wrong(Problem(SETTINGS_UNREADABLE, place, details={"what": what, "what_zh": what_zh})) from None
    try:
        return spec.settings.model_validate_json(raw)
    except ValidationError as error:
        found = error.errors(include_input=False, include_url=False, include_context=False)
        raise _wrong(*(
            Problem(BAD_SETTINGS, place, ".".join(str(step) for step in each["loc"]), {"what": each["msg"]})
            for each in found
        )) from None


def _wrong(*problems: Problem) -> typer.Exit:
    for problem in problems:
        typer.echo(problem.line("zh"), err=True)
        typer.echo(problem.line("en"), err=True)
    return typer.Exit(WRONG_USAGE)


async def _until_told(run: Callable[[], Awaitable[None]]) -> None:
    """Run until done, or until SIGTERM or SIGINT cancels it."""

    async def _work() -> None:
        await run()

    task = asyncio.ensure_future(_work())
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        with contextlib.suppress(NotImplementedError):  # Windows has none: there Ctrl-C interrupts
            loop.add_signal_handler(number, task.cancel)
    with contextlib.suppress(asyncio.CancelledError):
        await task
