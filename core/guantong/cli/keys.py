"""`guantong keys`: the keys that stored bodies are encrypted with (内容密钥)."""

from __future__ import annotations

import asyncio
from typing import Annotated, Literal

import aiohttp
import orjson
import typer

from guantong.aead import cipher_of
from guantong.cli.acting import ActorOption, WhyOption, actor_or_login
from guantong.cli.codes import KEYS_ELSEWHERE, KEYS_IN_USE
from guantong.cli.home import (
    HERE,
    PROBLEMS_FOUND,
    WRONG_USAGE,
    HomeOption,
    JsonOption,
    configuration,
    fail,
    print_problems,
    refuse,
    stop,
    unwritable,
)
from guantong.config import Configuration
from guantong.control import socket_path, status
from guantong.hub import open_engine
from guantong.keyring import as_text, fingerprint, former_in, new_key, read_keys
from guantong.lock import HomeLocked
from guantong.operations.rotating import Rotated
from guantong.operations.rotating import rotate as rotated
from guantong.plugins import registry
from guantong.problems import Problem, ProblemsError
from guantong.store import StoreFailed, StoreRefused
from guantong.vault import VaultError

keys = typer.Typer(no_args_is_help=True, help="The keys that stored bodies are encrypted with: new, show, rotate (内容密钥).")
CipherOption = Annotated[Literal["aes", "sm4"], typer.Option(help="AES-256-GCM, or SM4-GCM (加密算法).")]


@keys.command()
def new(cipher: CipherOption = "aes") -> None:
    """Print a fresh key as text, for a variable or a secret store: `keys: {body: {env: …}}` (生成密钥).

    Example: `guantong keys new --cipher sm4`
    """
    typer.echo(as_text(new_key(cipher)))


@keys.command()
def show(home: HomeOption = HERE, as_json: JsonOption = False) -> None:
    """Which keys this home has, by their fingerprints: the one that seals, and former ones that still open (查看密钥).

    A former key is needed until retention has taken the last body under it; keep it as long as the backups that you want to read.

    Example: `guantong keys show`
    """
    place = configuration(home).keys
    try:
        found = read_keys(place, create=False)
    except VaultError as error:
        fail(str(error))
    rows = [{"key": fingerprint(key), "cipher": cipher_of(key), "seals": number == 0} for number, key in enumerate((found.body, *found.former))]
    if as_json:
        typer.echo(orjson.dumps({"keys": rows, "files": [path.name for path in former_in(place)]}, option=orjson.OPT_INDENT_2))
        return
    for row in rows:
        typer.echo(f"{row['key']}  {row['cipher']}  {'用于加密 seals' if row['seals'] else '仅用于解密 opens only'}")


@keys.command()
def rotate(
    home: HomeOption = HERE, cipher: CipherOption = "aes", actor: ActorOption = "", why: WhyOption = "", as_json: JsonOption = False,
) -> None:
    """Encrypt what comes from now on with another key; what was stored stays readable with the old one (换密钥).

    The hub must be stopped. The old key stays in keys.folder as `body-….key`: copy the whole folder to where you keep it.

    Example: `guantong keys rotate --as 陈工 --why 年度更换` · `guantong keys rotate --cipher sm4`
    """
    config = configuration(home)
    if config.keys.body is not None:
        stop(Problem(KEYS_ELSEWHERE))
    who = actor_or_login(actor)
    done = asyncio.run(_rotated(config, cipher, who, why.strip()))
    if as_json:
        typer.echo(orjson.dumps({"was": done.was, "now": done.now, "cipher": done.cipher, "former": done.former}))
    else:
        typer.echo(f"✓ {done.was} → {done.now}  {done.cipher}；旧密钥保存为 {done.former}，请连同整个密钥文件夹另行备份\n"
                   f"    the old key is kept as {done.former}: copy the folder of keys to where you keep it")


async def _rotated(config: Configuration, cipher: str, actor: str, why: str) -> Rotated:
    try:
        if socket_path(config.home).exists():
            await status(config.home)
            stop(Problem(KEYS_IN_USE), PROBLEMS_FOUND)
    except (aiohttp.ClientError, OSError):
        pass  # a socket that a killed hub left behind
    try:
        async with open_engine(config, registry()) as engine:
            return await rotated(engine, config.keys, cipher, actor, why)
    except HomeLocked:
        stop(Problem(KEYS_IN_USE), PROBLEMS_FOUND)
    except (StoreRefused, VaultError) as error:
        refuse(error)
    except StoreFailed as error:
        fail(str(error), PROBLEMS_FOUND)
    except ProblemsError as error:
        print_problems(error.problems)
        raise typer.Exit(WRONG_USAGE) from None
    except OSError as error:
        unwritable(error)
