"""`guantong audit stamp`: time stamps of checkpoints (RFC 3161), carried to the authority and back as files."""

from __future__ import annotations

import asyncio
import hashlib
from pathlib import Path
from typing import Annotated

import orjson
import typer
from cryptography.x509 import Certificate

from guantong.cli.acting import actor_or_login
from guantong.cli.home import (
    HERE,
    PROBLEMS_FOUND,
    HomeOption,
    JsonOption,
    configuration,
    fail,
    print_problems,
    reading,
    stop,
)
from guantong.cli.unmasking import keep
from guantong.clock import shown
from guantong.config import Configuration
from guantong.control import ask_stamp
from guantong.operations.stamping import Stamped, journal_stamp
from guantong.oserrors import in_words
from guantong.problems import Place, Problem, ProblemsError
from guantong.proof import stamping, stamps
from guantong.proof.codes import NO_TSA_CA, NOT_READ, STAMP_UNASKED

stamp = typer.Typer(no_args_is_help=True, help="Time stamps of checkpoints, as files: request, import (时间戳).")
ActorOption = Annotated[str, typer.Option("--as", help="Who acts (操作人); default: the login name.")]


@stamp.command()
def request(
    to: Annotated[Path | None, typer.Option("--to", help="The file to make; checkpoint-SIZE.tsq here unless given (写入的文件).")] = None,
    home: HomeOption = HERE, as_json: JsonOption = False,
) -> None:
    """Write a request for a time stamp of the newest checkpoint, to be carried to a time stamping authority (申请时间戳).

    It holds a digest (SHA-256, or SM3 where `audit.tsa.hash` says so) and a number of its own, nothing else. The answer is taken in by
    `guantong audit stamp import`.

    Example: `guantong audit stamp request --to usb/checkpoint.tsq`
    """
    config = configuration(home)
    with reading(config) as reader:
        newest = reader.newest_checkpoint()
    if newest is None:
        fail("尚无检查点 / there is no checkpoint yet", PROBLEMS_FOUND)
    path = to or Path(f"checkpoint-{newest.size}.tsq")
    kind = config.audit.tsa.hash if config.audit.tsa is not None else "sha256"
    try:
        data, nonce = stamping.request(newest.note, kind)
        stamps.asked(config, newest.size, nonce, data)
        with path.open("xb") as file:
            file.write(data)
    except ProblemsError as error:
        stop(error.problems[0])
    except OSError as error:
        what, what_zh = in_words(error)
        fail(f"{path.name}：{what_zh} / {path.name}: {what}", PROBLEMS_FOUND)
    if as_json:
        typer.echo(orjson.dumps({"file": str(path), "size": newest.size, "hash": kind, "nonce": f"{nonce:016x}"}, option=orjson.OPT_INDENT_2))
    else:
        typer.echo(f"✓ {path}  检查点 checkpoint {newest.size:,} 条 entries  {kind}")


@stamp.command(name="import")
def take(
    file: Annotated[Path, typer.Argument(help="The authority's answer, a .tsr file (时间戳机构的应答).")],
    home: HomeOption = HERE, actor: ActorOption = "", as_json: JsonOption = False,
) -> None:
    """Check the answer of a time stamping authority, and keep it with the checkpoint and beside each anchor (导入时间戳).

    It has to answer a request of this home, over the checkpoint as it stands, by an authority that the certificates of `audit.tsa.ca`
    lead to. Who brought it is journaled. Taking in the same file again writes what copies are missing.

    Example: `guantong audit stamp import usb/checkpoint.tsr --as 陈工`
    """
    config = configuration(home)
    who = actor_or_login(actor)
    trust = trusted_authorities(config, None)
    if trust is None:
        stop(Problem(NO_TSA_CA, details={"what": "audit.tsa is not set", "what_zh": "未设置 audit.tsa"}))
    try:
        with file.open("rb") as stream:
            data = stream.read(stamps.MOST)
        found = stamping.read(data)
        size = stamps.answered(config, found)
        with reading(config) as reader:
            kept = next((one for one in reader.checkpoints(size - 1, 1) if one.size == size), None) if size is not None else None
        if size is None or kept is None:
            stop(Problem(STAMP_UNASKED, Place(file.name), details={"what": "its nonce is none that was asked with", "what_zh": "随机数不是本机申请时所用的"}), PROBLEMS_FOUND)
        if found.imprint not in stamps.imprints([kept.note]):
            stop(Problem(STAMP_UNASKED, Place(file.name), details={"what": "it is over something else than the checkpoint", "what_zh": "所盖的不是该检查点"}), PROBLEMS_FOUND)
        stamping.check(found, trust)
        here, *outside = stamps.folders(config)
        new = not (here / stamps.name_of(size, data)).exists()
        if new:
            made = Stamped(who, size, found.at, found.tsa, hashlib.sha256(data).hexdigest())
            asyncio.run(keep(config, lambda engine: journal_stamp(engine, made), lambda: ask_stamp(config.home, made), "audit stamp import"))
        for folder in (here, *outside):
            stamps.keep(folder, size, data)
    except ProblemsError as error:
        print_problems([Problem(one.code, Place(file.name), details=one.details) for one in error.problems])
        raise typer.Exit(PROBLEMS_FOUND) from None
    except OSError as error:
        what, what_zh = in_words(error)
        stop(Problem(NOT_READ, Place(str(error.filename or file)), details={"what": what, "what_zh": what_zh}), PROBLEMS_FOUND)
    if as_json:
        typer.echo(orjson.dumps({"size": size, "at": shown(found.at), "tsa": found.tsa, "new": new}, option=orjson.OPT_INDENT_2))
    else:
        typer.echo(f"✓ 前 {size:,} 条在 {shown(found.at)} 之前已存在 · the first {size:,} entries existed before {shown(found.at)}：{found.tsa}")


def trusted_authorities(config: Configuration, ca: Path | None) -> list[Certificate] | None:
    """The certificates that time stamps are checked by: of the file *ca*, else of `audit.tsa.ca`; None where neither is given."""
    if ca is None and config.audit.tsa is None:
        return None
    path = ca or config.home / (config.audit.tsa.ca if config.audit.tsa is not None else "")
    try:
        return stamping.roots(path.read_bytes())
    except OSError as error:
        what, what_zh = in_words(error)
        stop(Problem(NO_TSA_CA, Place(path.name), details={"what": what, "what_zh": what_zh}))
    except ProblemsError as error:
        stop(Problem(error.problems[0].code, Place(path.name), details=error.problems[0].details))
