"""`guantong audit keys`: the key that checkpoints are signed with."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from guantong.cli.home import (
    HERE,
    PROBLEMS_FOUND,
    WRONG_USAGE,
    HomeOption,
    configuration,
    fail,
    print_problems,
    stop,
)
from guantong.config import Configuration
from guantong.config.codes import NEEDS_SM
from guantong.oserrors import in_words
from guantong.problems import Problem, ProblemsError
from guantong.proof.algorithms import ED25519, SM2
from guantong.proof.codes import NO_KEY
from guantong.proof.note import BadKey, NeedsPackage, SigningKey, VerifierKey, new_key
from guantong.proof.signingkey import FILE, former_keys, signing_key, write_private

keys = typer.Typer(no_args_is_help=True, help="The key that checkpoints are signed with: new, show (签名密钥).")


@keys.command()
def new(
    name: Annotated[str, typer.Argument(help="What the log is called for ever, without spaces: city.example/guantong (日志名称).")],
    to: Annotated[Path | None, typer.Option(help="The file to make; audit.key in keys.folder unless given (写入的文件).")] = None,
    sm2: Annotated[bool, typer.Option("--sm2", help="An SM2 key (GB/T 32918, with SM3) in place of Ed25519 (国密 SM2).")] = False,
    home: HomeOption = HERE,
) -> None:
    """Make a key, keep its private line in a file that only its owner may read, and print its public line (生成密钥).

    Keep the public line where auditors find it. A file that is there already is never written over. What an SM2 key signs is checked by
    `guantong audit verify`; verifiers that need nothing but Python or a browser cannot check it, and say so.

    Example: `guantong audit keys new city.example/guantong` or `guantong audit keys new city.example/guantong --sm2`
    """
    path = to if to is not None else configuration(home).keys.folder / FILE
    try:
        text = new_key(name, SM2 if sm2 else ED25519)
        made = write_private(path, text)
    except NeedsPackage:
        stop(Problem(NEEDS_SM))
    except BadKey:
        fail("名称不能含空格和加号，最长 200 字 / a name has no spaces and no plus signs, and at most 200 characters")
    except OSError as error:
        what, what_zh = in_words(error)
        fail(f"{path.name}：{what_zh} / {path.name}: {what}")
    if not made:
        fail(f"{path.name} 已存在，未改动；换密钥请先移走旧文件并保存其公钥 / {path.name} is there already and was not changed; to take another key, "
             "move the old file away and keep its public line", PROBLEMS_FOUND)
    typer.echo(SigningKey(text).verifier.text)


@keys.command()
def show(
    former: Annotated[bool, typer.Option("--former", help="Also those that signed before, of audit.former (含原公钥).")] = False,
    home: HomeOption = HERE,
) -> None:
    """Print the public line of the key this home signs with (显示公钥).

    Example: `guantong audit keys show`
    """
    config = configuration(home)
    for one in own_keys(config) if former else [own_key(config)]:
        typer.echo(one.text)


def own_keys(config: Configuration) -> list[VerifierKey]:
    """The public key of a home, and those that signed before; ends the verb where there is none."""
    return [own_key(config), *former_keys(config)]


def own_key(config: Configuration) -> VerifierKey:
    """The public key of a home; ends the verb where there is none."""
    try:
        found = signing_key(config, environ=os.environ)
    except ProblemsError as error:
        print_problems(error.problems)
        raise typer.Exit(WRONG_USAGE) from None
    if found is None:
        stop(Problem(NO_KEY))
    return found.verifier
