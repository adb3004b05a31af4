"""`guantong simulate`: run one simulated system as a process, or list the known ones."""

from __future__ import annotations

import asyncio
import contextlib
import signal
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

import orjson
import typer
from pydantic import ValidationError

from guantong.cli.home import HERE, WRONG_USAGE, HomeOption
from guantong.cli.simulate_as import Imitation, of_files, of_profile, of_system, success_of
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

READY = {"url": "地址", "service": "SOAP 地址", "database": "前置库", "drop": "交换文件夹"}
"""What a simulator tells of where it is, as people call it."""


def simulate(
    name: Annotated[str | None, typer.Argument(help="Its name; none: list all (名称).")] = None,
    profile: Annotated[str, typer.Option("--profile", help="Imitate this interface (接口模板).")] = "",
    county: Annotated[str, typer.Option("--county", help="With --profile: as this county (县区标识).")] = "",
    system: Annotated[str, typer.Option("--system", help="Imitate this system of the home, with its secrets (系统标识).")] = "",
    samples: Annotated[Path | None, typer.Option("--samples", help="Answer from this folder of samples (样例文件夹).")] = None,
    wsdl: Annotated[Path | None, typer.Option("--wsdl", help="Imitate the service of this WSDL: requests are held to it, replies are "
        "examples (WSDL 文件).")] = None,
    answer: Annotated[list[str] | None, typer.Option("--answer", metavar="PATH=TEXT", help="With --wsdl: what its replies say "
        "(Receipt/Code=0), or the fault it answers (fault/code=Server); with --system too: what that system's rules call a success "
        "(应答内容).")] = None,
    settings: Annotated[Path | None, typer.Option(help="Its settings, a JSON file; they lie over what is derived (设置文件).")] = None,
    folder: Annotated[Path | None, typer.Option(help="Where it keeps its ledger and ready.json (台账目录).")] = None,
    port: Annotated[int | None, typer.Option("--port", min=0, max=65535, help="The port it listens on; none: a free one (端口).")] = None,
    fault: Annotated[str, typer.Option("--fault", metavar="N:WHAT", help="With --samples: every N-th request ends busy, error, "
        "reset, hang or garbage (故障).")] = "",
    home: HomeOption = HERE,
    as_json: Annotated[bool, typer.Option("--json", help="List as one JSON object (以 JSON 输出).")] = False,
) -> None:
    """Run a simulated system until SIGTERM or Ctrl-C; without a name: list them (模拟外部系统).

    By its name, or as a profile, as a system of this home, from a folder of samples or a WSDL: work starts before the network is
    open. It keeps its own books in --folder and says where it listens in --folder/ready.json.

    Example: `guantong simulate county-rest --folder ./rongcheng --settings rongcheng.json`

    Also 另如: `guantong simulate --profile county-rest-json --folder ./county` ·
    `guantong simulate --system rongcheng.approval --folder ./county --port 18080` ·
    `guantong simulate --samples ./样例 --folder ./county --fault 5:reset` ·
    `guantong simulate --wsdl ./对方.wsdl --answer Receipt/Code=0 --folder ./county`
    """
    known = registry().simulators
    if name is None and not profile and not system and samples is None and wsdl is None:
        _list(sorted(known.values(), key=lambda spec: spec.name), as_json)
        return
    try:
        imitation = _imitated(name, profile, county, system, {"samples": samples, "wsdl": wsdl}, home)
    except ProblemsError as error:
        raise _wrong(*error.problems) from None
    if folder is None:
        raise _wrong(Problem(FOLDER_MISSING))
    said = {**imitation.settings, **({"port": port} if port is not None else {}), **_faults(fault), **_answers(imitation, answer or [])}
    loaded = _load(imitation.spec, settings, said)
    folder.mkdir(parents=True, exist_ok=True)
    for secret, value in imitation.invented.items():
        typer.echo(f"密钥 secret {secret}: {value}（虚构 invented）")
    try:
        asyncio.run(_until_told(lambda: run_simulator(imitation.spec, loaded, folder)))
    except ProblemsError as error:
        raise _wrong(*error.problems) from None


def _imitated(name: str | None, profile: str, county: str, system: str, files: Mapping[str, Path | None],
              home: Path) -> Imitation:
    """The simulator that is asked for, and what is known of its settings. Raises `ProblemsError`."""
    if name is not None:
        known = registry().simulators
        if name not in known:
            like = nearest(name, known)
            details = {"name": name, "known": ", ".join(sorted(known)), "nearest": f" ({like}?)" if like else ""}
            raise ProblemsError([Problem(UNKNOWN_SIMULATOR, details=details)])
        return Imitation(known[name], {})
    if system and files["wsdl"] is not None:
        found = of_files("wsdl", files["wsdl"])
        return replace(found, settings={**found.settings, "answers": success_of(home, system)})
    if system:
        return of_system(home, system)
    for kind, path in files.items():
        if path is not None:
            return of_files(kind, path)
    return of_profile(profile, county)


def _answers(imitation: Imitation, said: list[str]) -> dict[str, Any]:
    """`Receipt/Code=0` as settings, over what is derived."""
    if not said:
        return {}
    made = dict(imitation.settings.get("answers", {}))
    for one in said:
        path, equals, text = one.partition("=")
        if not equals or not path:
            raise _wrong(Problem(BAD_SETTINGS, details={"what": f"--answer {one!r}: expected PATH=TEXT"}))
        made[path] = text
    return {"answers": made}


def _faults(said: str) -> dict[str, Any]:
    """`5:reset` as settings."""
    every, _, what = said.partition(":")
    return {"faults": {"every": every, "fault": what or "busy"}} if said else {}


def _list(specs: list[SimulatorSpec], as_json: bool) -> None:
    if as_json:
        rows = [{"name": spec.name, "title": spec.title_en, "title_zh": spec.title_zh} for spec in specs]
        typer.echo(orjson.dumps({"simulators": rows}).decode())
        return
    for spec in specs:
        typer.echo(f"{spec.name:<20} {spec.title_zh}  {spec.title_en}")


def _load(spec: SimulatorSpec, path: Path | None, said: Mapping[str, Any]) -> Any:
    place = Place(path.as_posix() if path else "")
    try:
        raw = path.read_bytes() if path else b"{}"
    except OSError as error:
        what, what_zh = in_words(error)
        raise _wrong(Problem(SETTINGS_UNREADABLE, place, details={"what": what, "what_zh": what_zh})) from None
    try:
        given = orjson.loads(raw)
    except orjson.JSONDecodeError as error:
        raise _wrong(Problem(BAD_SETTINGS, place, details={"what": str(error)})) from None
    try:
        return spec.settings.model_validate({**said, **given} if isinstance(given, dict) else given)
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


async def run_simulator(spec: SimulatorSpec, settings: Any, folder: Path) -> None:
    """Run the simulator; say where it listens once it does."""
    ready = folder / "ready.json"
    ready.unlink(missing_ok=True)  # of an earlier run
    telling = asyncio.ensure_future(_tell_where(ready))
    try:
        await spec.run(settings, folder)
    finally:
        telling.cancel()


async def _tell_where(ready: Path) -> None:
    while not ready.is_file():  # noqa: ASYNC110, ASYNC240 -- the file is what every simulator tells by, whoever wrote it
        await asyncio.sleep(0.1)
    said = orjson.loads(ready.read_bytes())  # noqa: ASYNC240 -- a few bytes, once
    for key, zh in READY.items():
        if key in said:
            typer.echo(f"{zh} {key}: {said[key]}")
    typer.echo("模拟系统运行中，Ctrl-C 停止 · it runs until Ctrl-C")


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
