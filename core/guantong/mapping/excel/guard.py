"""Holding a zipped office file (.xlsx, .docx) to what can be read safely, before a library opens it."""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from typing import BinaryIO

from guantong.mapping.excel.codes import NOT_A_WORKBOOK, TOO_LARGE
from guantong.mapping.excel.columns import number
from guantong.problems import Place, Problem

MAX_FILE = 32 * 1024 * 1024
MAX_XML = 48 * 1024 * 1024
"""Bytes of all parts together, unpacked. Every part counts: what a part is, the file says elsewhere than by its name."""
MAX_PARTS = 2000
PACKED = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED})
"""How parts may be packed (ECMA-376-2): a library unpacks what is packed otherwise whole, whatever its size is said to be."""
MAX_LISTED = 1024 * 1024
"""Bytes of the list of all parts, which a library takes into memory whole, many times over."""
MAX_TAGS = 4_000_000
"""Of all parts together. A megabyte of zipped empty tags would become gigabytes of elements."""
MAX_AT_ONCE = 200_000
"""Tags between two ends of rows or shared texts: what a library holds at once. The widest row there is needs half of it."""
MAX_MERGED = 500_000
_END, _MOST_END = 22, 22 + 65_535
"""Bytes of a zip's end, without and with the longest comment."""
_REFERS = 20
_MERGED = re.compile(rb"<(?:\w+:)?mergeCell\b[^>]*\bref\s*=\s*[\"']([^\"']{1,60})[\"']")
_LET_GO = re.compile(rb"</(?:\w+:)?(?:row|si)>")
_RANGE = re.compile(r"\$?([A-Z]{1,3})\$?(\d{1,7}):\$?([A-Z]{1,3})\$?(\d{1,7})")


def guarded(body: bytes, name: str, most_tags: int = MAX_TAGS) -> list[Problem]:
    """What forbids opening *body*: it is no zip, its XML is too much, in bytes or in tags (*most_tags* in all), declares
    entities, or merges so many cells that unfolding them would never end. No part is unpacked beyond its declared size."""
    if len(body) > MAX_FILE:
        return [_too_large(name, f"over {MAX_FILE >> 20} MiB", f"超过 {MAX_FILE >> 20} MiB")]
    file = io.BytesIO(body)
    if listed(file) > MAX_LISTED:
        return [_too_large(name, f"over {MAX_PARTS} parts", f"超过 {MAX_PARTS} 个部件")]
    try:
        with zipfile.ZipFile(file) as archive:
            return _parts(archive, name, most_tags)
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError, OSError, ValueError):
        return [_not_one(name, "the file is damaged, encrypted or of another kind", "文件已损坏、已加密或不是该格式")]


def listed(file: BinaryIO) -> int:
    """How many bytes the list of a zip's parts has, as its end says (APPNOTE 4.3.16); more than any may have where that end refers to
    another; 0 where it is no zip."""
    size = file.seek(0, io.SEEK_END)
    file.seek(max(0, size - _MOST_END - _REFERS))
    tail = file.read()
    at = len(tail) - _END
    if not (tail[max(at, 0):].startswith(b"PK\5\6") and tail.endswith(b"\0\0")):  # else there is a comment behind it
        at = tail.rfind(b"PK\5\6")
    if at < 0 or len(tail) < at + _END:
        return 0
    if tail[max(0, at - _REFERS):at].startswith(b"PK\6\7"):
        return 1 << 32
    return int.from_bytes(tail[at + 12:at + 16], "little")


def _parts(archive: zipfile.ZipFile, name: str, most_tags: int) -> list[Problem]:
    parts = archive.infolist()
    if len(parts) > MAX_PARTS:
        return [_too_large(name, f"over {MAX_PARTS} parts", f"超过 {MAX_PARTS} 个部件")]
    if any(part.compress_type not in PACKED for part in parts):
        return [_not_one(name, "it is packed in a way that no such file is", "压缩方式不是该格式所用的")]
    if sum(part.file_size for part in parts) > MAX_XML:
        return [_too_large(name, f"over {MAX_XML >> 20} MiB unpacked", f"解压后超过 {MAX_XML >> 20} MiB")]
    merged = tags = 0
    for part in parts:
        text = archive.read(part)
        plain = text.replace(b"\0", b"")  # also where it is UTF-16
        if b"<!DOCTYPE" in plain or b"<!ENTITY" in plain:
            return [_not_one(name, "it declares entities", "含有实体声明")]
        tags += plain.count(b"<")
        if tags > most_tags:
            return [_too_large(name, f"over {most_tags} tags", f"超过 {most_tags} 个标签")]
        if tags > MAX_AT_ONCE and max(one.count(b"<") for one in _LET_GO.split(plain)) > MAX_AT_ONCE:
            return [_too_large(name, f"over {MAX_AT_ONCE} tags in one row or text", f"一行或一段文本内超过 {MAX_AT_ONCE} 个标签")]
        merged += sum(_area(ref.decode("ascii", "replace")) for ref in _MERGED.findall(plain))
    if merged > MAX_MERGED:
        return [_too_large(name, f"over {MAX_MERGED} merged cells", f"合并单元格超过 {MAX_MERGED} 个")]
    return []


def _area(ref: str) -> int:
    found = _RANGE.fullmatch(ref.upper())
    if not found:
        return 1
    left, top, right, bottom = found.groups()
    return (abs(number(right) - number(left)) + 1) * (abs(int(bottom) - int(top)) + 1)


def _too_large(name: str, what: str, what_zh: str) -> Problem:
    return Problem(TOO_LARGE, Place(name), details={"what": what, "what_zh": what_zh})


def _not_one(name: str, what: str, what_zh: str) -> Problem:
    return Problem(NOT_A_WORKBOOK, Place(name), details={"what": what, "what_zh": what_zh})
