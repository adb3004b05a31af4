"""The versions of the tree, kept as files: `var/sites/000007.json` is the seventh, and the highest is in force.

A version is written whole and never again; `undo` writes a new one that says what an earlier one said. So what
a site was called on a day stays known, and two imports at a time cannot take the same number.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import orjson

from guantong.numbered import keep_numbered, numbers_in, path_of
from guantong.oserrors import in_words
from guantong.problems import Place, Problem, ProblemsError
from guantong.sites.codes import DAMAGED, NOT_KEPT
from guantong.sites.site import Level, Site
from guantong.sites.tree import NO_SITES, Tree

FORMAT = 1


@dataclass(frozen=True, slots=True)
class About:
    """Of a version: its number, when it was made (UTC milliseconds), by whom, why, from which file; the hash of its
    sites, and how many of them changed, by kind."""

    number: int
    at: int
    actor: str
    why: str
    source: str
    digest: str
    changes: dict[str, int]

    def as_json(self) -> dict[str, Any]:
        return {"version": self.number, "at": self.at, "actor": self.actor, "why": self.why, "source": self.source,
                "digest": self.digest, "changes": self.changes}


class _SiteRow(msgspec.Struct, forbid_unknown_fields=True):
    """A site as a version holds it."""

    code: str
    name: str
    level: Level
    parent: str
    region: str
    address: str
    phone: str
    opened: str
    closed: str


class _Version(msgspec.Struct, forbid_unknown_fields=True):
    """One version's file."""

    format: int
    at: int
    actor: str
    why: str
    source: str
    digest: str
    changes: dict[str, int]
    sites: list[_SiteRow]


def sites_in(home: Path) -> Path:
    """Where the versions of *home* lie."""
    return home / "var" / "sites"


def numbers(home: Path) -> list[int]:
    """The numbers of the versions there are, ascending."""
    return numbers_in(sites_in(home))


def read(home: Path, number: int | None = None) -> Tree:
    """The tree of a version, by default of the highest; `NO_SITES` where nothing was imported. Raises
    `ProblemsError` for one that is damaged or not there."""
    if number is None:
        found = numbers(home)
        if not found:
            return NO_SITES
        number = found[-1]
    version = _read(home, number)
    tree = Tree((Site(**msgspec.structs.asdict(row)) for row in version.sites), number)
    if tree.digest != version.digest:
        raise _damaged(number, "its sites are not those its hash was made of", "内容与其哈希值不符")
    return tree


def about(home: Path, number: int) -> About:
    """What is told of a version. Raises as `read` does."""
    one = _read(home, number)
    return About(number, one.at, one.actor, one.why, one.source, one.digest, one.changes)


def keep(home: Path, sites: Sequence[Site], told: About) -> None:
    """Keep *sites* durably as version `told.number`. Raises `ProblemsError` when another has taken the number
    meanwhile or the disk does not take it."""
    folder = sites_in(home)
    body = orjson.dumps({
        "format": FORMAT, "at": told.at, "actor": told.actor, "why": told.why, "source": told.source,
        "digest": told.digest, "changes": told.changes, "sites": [site.as_json() for site in sites],
    }, option=orjson.OPT_INDENT_2)
    try:
        keep_numbered(folder, told.number, body)
    except FileExistsError:
        raise _not_kept("another import was quicker", "另一次导入抢先完成") from None
    except OSError as error:
        raise _not_kept(*in_words(error)) from error


def _read(home: Path, number: int) -> _Version:
    try:
        version = msgspec.json.decode(path_of(sites_in(home), number).read_bytes(), type=_Version)
    except OSError as error:
        raise _damaged(number, *in_words(error)) from error
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise _damaged(number, str(error)[:200], "格式不符") from error
    if version.format != FORMAT:
        raise _damaged(number, f"format {version.format} is not known here", f"格式 {version.format} 不被识别")
    return version


def _damaged(number: int, what: str, what_zh: str) -> ProblemsError:
    place = Place(f"var/sites/{number:06}.json")
    return ProblemsError([Problem(DAMAGED, place, details={"file": place.file, "what": what, "what_zh": what_zh})])


def _not_kept(what: str, what_zh: str) -> ProblemsError:
    return ProblemsError([Problem(NOT_KEPT, details={"what": what, "what_zh": what_zh})])
