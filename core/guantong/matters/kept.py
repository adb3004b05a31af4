"""The versions of the catalogue, kept as numbered files under `var/matters`; the highest is in force."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec
import orjson

from guantong.matters.catalogue import NO_MATTERS, Catalogue
from guantong.matters.codes import DAMAGED, NOT_KEPT
from guantong.matters.matter import Matter
from guantong.numbered import keep_numbered, numbers_in, path_of
from guantong.oserrors import in_words
from guantong.problems import Place, Problem, ProblemsError

FORMAT = 1


class _Version(msgspec.Struct, forbid_unknown_fields=True):
    """One version's file."""

    format: int
    at: int
    actor: str
    why: str
    source: str
    digest: str
    matters: list[dict[str, Any]]


def matters_in(home: Path) -> Path:
    """Where the versions of *home* lie."""
    return home / "var" / "matters"


def read(home: Path) -> Catalogue:
    """The catalogue in force; `NO_MATTERS` where nothing was imported. Raises `ProblemsError` where it is damaged."""
    known = numbers_in(matters_in(home))
    if not known:
        return NO_MATTERS
    path = path_of(matters_in(home), known[-1])
    try:
        version = msgspec.json.decode(path.read_bytes(), type=_Version)
        catalogue = Catalogue((msgspec.convert(row, Matter) for row in version.matters), known[-1])
    except OSError as error:
        raise _damaged(path, *in_words(error)) from error
    except (msgspec.DecodeError, msgspec.ValidationError, UnicodeDecodeError) as error:
        raise _damaged(path, str(error)[:200], "格式不符") from error
    if version.format != FORMAT or catalogue.digest != version.digest:
        raise _damaged(path, "its matters are not those its hash was made of", "内容与其哈希值不符")
    return catalogue


def keep(home: Path, number: int, matters: Sequence[Matter], *, at: int, actor: str, why: str, source: str) -> None:
    """Keep *matters* durably as version *number*, with who imported them, when (UTC milliseconds), why and from which
    file. Raises `ProblemsError` when another has taken the number meanwhile or the disk does not take it."""
    catalogue = Catalogue(matters)
    body = orjson.dumps({"format": FORMAT, "at": at, "actor": actor, "why": why, "source": source, "digest": catalogue.digest,
                         "matters": [one.as_json() for one in catalogue.matters]}, option=orjson.OPT_INDENT_2)
    try:
        keep_numbered(matters_in(home), number, body)
    except FileExistsError:
        raise _not_kept("another import was quicker", "另一次导入抢先完成") from None
    except OSError as error:
        raise _not_kept(*in_words(error)) from error


def _damaged(path: Path, what: str, what_zh: str) -> ProblemsError:
    place = Place(f"var/matters/{path.name}")
    return ProblemsError([Problem(DAMAGED, place, details={"file": place.file, "what": what, "what_zh": what_zh})])


def _not_kept(what: str, what_zh: str) -> ProblemsError:
    return ProblemsError([Problem(NOT_KEPT, details={"what": what, "what_zh": what_zh})])
