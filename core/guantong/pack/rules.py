"""How what a pack holds is written and hangs together: told once, for who writes packs and who checks them.

Part of the stand-alone verifier; it runs on Python 3.8.
"""

from __future__ import annotations

import hashlib
import json
import re
from base64 import b64encode
from datetime import datetime, timedelta
from typing import Any, Callable, Iterator, List, Sequence, Tuple  # noqa: UP035  it runs on older Pythons, too

from guantong.proof.standalone import HASHES, Checkpoint, Key, read_checkpoint, sm3, under_one

COLUMNS = ("entry", "previous", "at", "what", "subject", "message", "delivery", "system", "actor", "detail", "commitment")
HEADS = ("编号 entry", "上一条 previous", "时间 time (UTC+8)", "事项 what", "办件 case", "报文 message", "推送 delivery", "系统 system",
         "操作人 actor", "详情 detail", "承诺 commitment")
LARGEST = 1 << 53  # below it, every reader of JSON reads a whole number alike
_EPOCH = datetime(1970, 1, 1) + timedelta(hours=8)
_LAST = 253_402_000_000_000  # milliseconds: the last time that is written as one
_DASH = "\u2014 "
FILES = (r"(README|history|checkpoint|public-key)\.txt|(pack|records|fields|lineage|proof|consistency|manifest)\.json|(journal|events)\.jsonl"
         r"|(journal|lineage)\.csv|verify\.(py|html)|电子数据提取(笔录|固定清单)\.(docx|txt)|(records|attachments|mappings|stamps)/.+")
"""What the files of a pack are called. Whoever unpacks one reads whatever lies in it, and some systems hold Records/ for records/."""


_HALVES = re.compile(r"\\u[dD][89a-fA-F]")


def read_json(data: bytes) -> Any:
    """JSON in UTF-8. Raises `ValueError`, also for what only some readers take: numbers that are none, and half characters, which only
    somebody who wants two programs to read it differently escapes."""
    text = data.decode("utf-8")
    if _HALVES.search(text):
        raise ValueError("half a character")
    try:
        return json.loads(text, parse_constant=_refused)
    except RecursionError:
        raise ValueError("nested too deeply") from None


def _refused(text: str) -> None:
    raise ValueError(text)


def as_line(row: Sequence[Any], leaf: Any) -> bytes:
    """A line of the journal as `journal.jsonl` holds it: one way to write it, so that nothing is said beside, or twice."""
    return json.dumps({**dict(zip(COLUMNS, row)), "leaf": leaf}, ensure_ascii=False, separators=(",", ":")).encode("utf-8")  # noqa: B905  both have as many; older Pythons do not know it


def as_csv(rows: Sequence[Sequence[Any]]) -> str:
    """Lines of the journal as a table that Excel opens: with a BOM; nothing in it is taken for a formula."""
    lines = [HEADS, *([row[0], row[1], moment(row[2]), *row[3:]] for row in rows)]
    return "\ufeff" + "".join(",".join(_cell(one) for one in line) + "\r\n" for line in lines)


def moment(milliseconds: int) -> str:
    """A stored time as people in China read it."""
    if milliseconds > _LAST:
        return str(milliseconds)
    at = _EPOCH + timedelta(milliseconds=milliseconds)
    return at.strftime("%Y-%m-%d %H:%M:%S.") + f"{milliseconds % 1000:03}"


def _cell(value: Any) -> str:
    text = str(value)
    if text[:1] in ("=", "+", "-", "@", "\t", "\r"):
        text = "'" + text
    return '"' + text.replace('"', '""') + '"' if any(one in text for one in ',"\r\n') else text


def is_whole(value: Any) -> bool:
    """Whether it is a whole number that every reader of JSON reads alike."""
    return type(value) is int and 0 <= value < LARGEST


def is_row(row: Sequence[Any]) -> bool:
    """Whether these are the values of a line, in the order of `COLUMNS`."""
    return len(row) == len(COLUMNS) and all(is_whole(row[at]) for at in (0, 1, 2, 4, 5, 6)) and all(isinstance(row[at], str) for at in (3, 7, 8, 9, 10))


def about_of(row: Sequence[Any]) -> str:
    """What the commitment of a line is to: a message received (M12), or what was sent of a delivery (D34)."""
    return f"M{row[5]}" if row[5] else f"D{row[6]}"


def predecessors(row: Sequence[Any], detail: Any) -> Iterator[Tuple[int, int]]:  # noqa: UP006  it runs on older Pythons, too
    """The lines that come before one, each with the number of the case it has to be of; *detail* is the line's, read."""
    if row[1]:
        yield row[1], row[4]
    if row[3] == "merged" and isinstance(detail, dict) and isinstance(detail.get("joined"), list) and is_whole(detail.get("younger")):
        yield from ((one, detail["younger"]) for one in detail["joined"] if is_whole(one))


def forgotten(row: Sequence[Any]) -> Iterator[str]:
    """What a line says was pruned or redacted, called as `about_of` does: records and what was sent, as contents or as whole rows."""
    try:
        detail = read_json(row[9].encode()) if row[3] in ("pruned", "redacted") else None
    except ValueError:
        detail = None
    for said in (detail.get("emptied"), detail.get("gone")) if isinstance(detail, dict) else ():
        if not isinstance(said, dict):
            continue
        sent = said.get("deliveries")
        lists = list(sent.values()) if isinstance(sent, dict) else [sent]
        for letter, numbers in [("M", said.get("messages"))] + [("D", one) for one in lists]:
            if isinstance(numbers, list):
                yield from (f"{letter}{one}" for one in numbers if is_whole(one))


def notes_in(text: str) -> List[str]:  # noqa: UP006  it runs on older Pythons, too
    """The signed notes in a file of checkpoints, or in what was copied of one; not checked."""
    found = []
    parts = text.replace("\r\n", "\n").split("\n\n")
    for number, below in enumerate(parts[1:]):
        said = [line for line in parts[number].split("\n") if line and not line.startswith(_DASH)]
        signed = []
        for line in below.lstrip("\n").split("\n"):
            if not line.startswith(_DASH):
                break
            signed.append(line)
        if said and signed:
            found.append("\n".join(said) + "\n\n" + "\n".join(signed) + "\n")
    return found


def believed(note: str, keys: Sequence[Key]) -> Checkpoint:
    """What a note says that one of *keys* signed. Raises `Wrong`; `Uncheckable` where one of them may have."""
    return under_one(keys, lambda key: read_checkpoint(note, key))


def contains(digest: Callable[[bytes], bytes], older: int, older_root: bytes, size: int, root: bytes, path: Sequence[bytes]) -> bool:
    """Whether *path* shows that the tree of *size* begins with that of *older* leaves (RFC 9162, section 2.1.4.2)."""
    if older == size:
        return not path and older_root == root
    if not 0 < older < size or not path or any(len(one) != 32 for one in path):
        return False
    steps = list(path) if older & (older - 1) else [older_root, *path]
    number, last = older - 1, size - 1
    while number & 1:
        number, last = number >> 1, last >> 1
    was = now = steps[0]
    for one in steps[1:]:
        if last == 0:
            return False
        if number & 1 or number == last:
            was, now = digest(b"\x01" + one + was), digest(b"\x01" + one + now)
            while not number & 1 and number:
                number, last = number >> 1, last >> 1
        else:
            now = digest(b"\x01" + now + one)
        number, last = number >> 1, last >> 1
    return last == 0 and was == older_root and now == root


class Sm3:
    """SM3, fed piece by piece; for Pythons whose OpenSSL has none."""

    def __init__(self) -> None:
        self._pieces: List[bytes] = []  # noqa: UP006  it runs on older Pythons, too

    def update(self, data: bytes) -> None:
        self._pieces.append(data)

    def digest(self) -> bytes:
        return sm3(b"".join(self._pieces))


def hashing(kind: str) -> Any:
    """A hash function under its name, to be fed piece by piece."""
    if kind == "sha256":
        return hashlib.sha256()
    if kind not in HASHES:
        raise ValueError(kind)
    try:
        return hashlib.new("sm3")
    except ValueError:
        return Sm3()


class Based:
    """Bytes on the way to *take* as one Base64 text, percent-encoded where that is said."""

    def __init__(self, take: Callable[[bytes], Any], *, percent: bool) -> None:
        self._take = take
        self._percent = percent
        self._left = b""

    def update(self, data: bytes) -> None:
        data = self._left + data
        end = len(data) - len(data) % 3
        self._left = data[end:]
        self._hand(data[:end])

    def close(self) -> None:
        self._hand(self._left)

    def _hand(self, data: bytes) -> None:
        text = b64encode(data)
        self._take(text.replace(b"+", b"%2B").replace(b"/", b"%2F").replace(b"=", b"%3D") if self._percent else text)
