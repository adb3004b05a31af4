"""Secrets of systems: read from the environment or from files, never from configuration."""

from __future__ import annotations

import os
import stat
from collections.abc import Mapping
from pathlib import Path

from guantong.config import codes
from guantong.config.declared import SecretSource
from guantong.oserrors import in_words
from guantong.problems import Place, Problem
from guantong.secret import Secret

_LONGEST = 64 * 1024


def read_secret(
    name: str, source: SecretSource, home: Path, environ: Mapping[str, str], place: Place, path: str
) -> tuple[Secret | None, list[Problem]]:
    """The secret *name*, or None and what is wrong. No problem ever holds the value."""
    if source.env is not None:
        return _from_environment(name, source.env, environ, place, path)
    return _from_file(name, source.file or "", home, place, path)


def _from_environment(
    name: str, variable: str, environ: Mapping[str, str], place: Place, path: str
) -> tuple[Secret | None, list[Problem]]:
    value = environ.get(variable)
    if value:
        return Secret(value, f"env {variable}"), []
    state, state_zh = ("not set", "未设置") if value is None else ("empty", "为空")
    details = {"name": variable, "secret": name, "state": state, "state_zh": state_zh}
    return None, [Problem(codes.NO_SUCH_VARIABLE, place, path, details)]


def _from_file(
    name: str, file: str, home: Path, place: Place, path: str
) -> tuple[Secret | None, list[Problem]]:
    def bad(what: str, what_zh: str) -> tuple[None, list[Problem]]:
        details = {"file": file, "secret": name, "what": what, "what_zh": what_zh}
        return None, [Problem(codes.BAD_SECRET_FILE, place, path, details)]

    try:
        with (home / file).open("rb") as stream:
            mode = os.fstat(stream.fileno()).st_mode
            body = stream.read(_LONGEST + 1)
        value = body.decode("utf-8-sig").rstrip("\r\n")
    except UnicodeDecodeError:
        return bad("it is not UTF-8", "不是 UTF-8 文本")
    except OSError as error:
        return bad(*in_words(error))
    if len(body) > _LONGEST:
        return bad(f"it is over {_LONGEST} bytes", f"超过 {_LONGEST} 字节")
    if not value:
        return bad("it is empty", "内容为空")
    warnings = []
    if os.name == "posix" and mode & stat.S_IROTH:
        warnings.append(Problem(codes.READABLE_SECRET, place, path, {"file": file}))
    return Secret(value, f"file {file}"), warnings
