"""Reading one exported file whole, as it was listed: never through a link, never half."""

from __future__ import annotations

import os
import stat

from guantong.exported.codes import CHANGED, NO_TEXT, NOT_READ, TOO_LARGE
from guantong.exported.listing import Exported
from guantong.mapping.draft.plaintext import as_text
from guantong.oserrors import in_words
from guantong.problems import Code, Place, Problem, ProblemsError

MOST = 64 * 1024 * 1024
"""Bytes of one file at most: it is held in memory."""
_FLAGS = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)


def content_of(file: Exported) -> bytes:
    """The bytes of *file*. Raises `ProblemsError`: it is none, too large, not what was listed, or cannot be opened."""
    if file.odd is not None:
        raise _told(file, NOT_READ, what=file.odd[0], what_zh=file.odd[1])
    if file.size > MOST:
        raise _told(file, TOO_LARGE, size=file.size, limit=MOST)
    try:
        with open(os.open(file.path, _FLAGS), "rb") as opened:
            there = os.fstat(opened.fileno())
            body = opened.read(file.size + 1) if stat.S_ISREG(there.st_mode) else b""
            after = os.fstat(opened.fileno())
    except OSError as error:
        what, what_zh = in_words(error)
        raise _told(file, CHANGED, what=what, what_zh=what_zh) from None
    if {(one.st_size, one.st_mtime_ns) for one in (there, after)} != {(file.size, file.changed)} or len(body) != file.size:
        raise _told(file, CHANGED, what="another size or time", what_zh="大小或时间不同")
    if body.startswith(b"PK\x03\x04") and file.ending != ".xlsx":
        raise _told(file, NOT_READ, what="a packed archive, whatever its name says", what_zh="压缩包（与扩展名不符）")
    return body


def text_of(file: Exported, body: bytes) -> str:
    """The text of *body*. Raises `ProblemsError` where no charset fits."""
    found = as_text(body)
    if found is None:
        raise _told(file, NO_TEXT)
    return found[0]


def _told(file: Exported, code: Code, **details: object) -> ProblemsError:
    return ProblemsError([Problem(code, Place(file.name), details=details)])
