"""`guantong audit verify --pack`: the stand-alone verifier's verdict on a pack, with this home's key and checkpoints unless others are given."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import orjson
import typer

from guantong.cli.home import PROBLEMS_FOUND, configuration, stop
from guantong.oserrors import in_words
from guantong.pack.checking import EMPTY, check_pack
from guantong.pack.claim import verified
from guantong.pack.telling import as_json, lines_of
from guantong.problems import Place, Problem, ProblemsError
from guantong.proof.algorithms import algorithm_of
from guantong.proof.codes import NO_KEY, NOT_READ, NOTHING_OUTSIDE
from guantong.proof.signingkey import signing_key
from guantong.proof.standalone import Key, read_key


def verify_pack(pack: Path, against: Sequence[Path] | None, keys: Sequence[str] | None, exported: Path | None, home: Path, *, json: bool) -> None:
    """Print what came of each claim of the pack in the file *pack*; *exported* is a proof of the line that records its export. Ends the verb with 1 where one does not hold, or is not proved."""
    at_home = (home / "config").is_dir()  # an auditor's machine has none
    config = configuration(home) if at_home and not (against and keys) else None
    public = [_line(one) for one in keys or ()]
    files = list(against or ())
    if config is not None:
        try:
            own = None if public else signing_key(config, environ=os.environ)
        except ProblemsError:
            own = None  # then it is verified by nobody's key, which is said
        public += [own.verifier.text, *config.audit.former] if own is not None else []
        files = files or [config.home / name for name in config.audit.anchors if (config.home / name).exists()]
    outside = "\n\n".join(_checkpoints(file) for file in files)
    try:
        with pack.open("rb") as stream:
            claims = check_pack(stream, "\n".join(public), outside, (_read(exported) or EMPTY) if exported is not None else "", _key)
    except OSError as error:
        what, what_zh = in_words(error)
        stop(Problem(NOT_READ, Place(str(pack)), details={"what": what, "what_zh": what_zh}))
    typer.echo(orjson.dumps(as_json(claims), option=orjson.OPT_INDENT_2) if json else "\n".join(lines_of(claims)))
    if not verified(claims):
        raise typer.Exit(PROBLEMS_FOUND)


def _key(line: str) -> Key:
    """A public key that is checked by what the hub itself signs with: unlike the stand-alone verifier, SM2, too. Raises `Wrong`."""
    key = read_key(line)
    known = algorithm_of(bytes((key.kind,)) + key.public)
    if known is None or not known[0].is_here or len(known[1]) != known[0].public or not known[0].is_public(known[1]):
        return key
    algorithm, public = known
    return key._replace(checks=lambda _public, signature, text: algorithm.holds(public, signature, text))


def _line(key: str) -> str:
    """A public key as it was given: itself, or what stands in the file it is in."""
    if key.count("+") >= 2:
        return key
    try:
        return Path(key).read_text(encoding="utf-8-sig")
    except (OSError, UnicodeError):
        stop(Problem(NO_KEY, path="--key"))


def _checkpoints(file: Path) -> str:
    """What stands in a file of checkpoints; ends the verb where that is nothing: with nothing to hold it against, any pack agrees with itself."""
    text = _read(file)
    if not text.strip():
        stop(Problem(NOTHING_OUTSIDE, Place(str(file)), details={"what": "it is empty", "what_zh": "其中是空的"}), PROBLEMS_FOUND)
    return text


def _read(file: Path) -> str:
    try:
        return file.read_bytes().decode("utf-8-sig", "replace")
    except OSError as error:
        what, what_zh = in_words(error)
        stop(Problem(NOT_READ, Place(str(file)), details={"what": what, "what_zh": what_zh}))
