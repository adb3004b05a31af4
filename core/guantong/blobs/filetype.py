"""Which type of file a content is, by its first bytes; and which types its name and declared type stand for."""

from __future__ import annotations

FIRST = 264
"""Bytes that tell."""

_BEGINNINGS = (
    (b"%PDF-", "pdf"), (b"\xff\xd8\xff", "jpg"), (b"\x89PNG\r\n\x1a\n", "png"), (b"GIF87a", "gif"), (b"GIF89a", "gif"),
    (b"BM", "bmp"), (b"II*\x00", "tif"), (b"MM\x00*", "tif"), (b"PK\x03\x04", "zip"), (b"Rar!\x1a\x07", "rar"),
    (b"7z\xbc\xaf\x27\x1c", "7z"), (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "ole"), (b"{\\rtf", "rtf"), (b"<?xml", "xml"),
    (b"\x1f\x8b", "gz"),
)
_SAME = {
    "jpeg": "jpg", "jpe": "jpg", "jfif": "jpg", "tiff": "tif", "dib": "bmp",
    "doc": "ole", "xls": "ole", "ppt": "ole", "wps": "ole", "et": "ole", "msg": "ole",
    "docx": "zip", "xlsx": "zip", "pptx": "zip", "ofd": "zip", "odt": "zip", "ods": "zip",
}
_KNOWN = frozenset({kind for _, kind in _BEGINNINGS})


def detect(first: bytes) -> str:
    """The type that a content's first bytes tell, or "". Office files of both generations and OFD (GB/T 33190) are
    told as what holds them (`ole`, `zip`)."""
    for beginning, kind in _BEGINNINGS:
        if first.startswith(beginning):
            return kind if kind != "bmp" or len(first) > 26 else ""
    return ""


def contradicts(declared: str, kind: str) -> bool:
    """Whether *declared* (`PDF`, `.pdf`, `application/pdf`, `scan.pdf`) is a type other than *kind*. What we cannot
    tell contradicts nothing."""
    word = declared.strip().lower().rpartition("/")[2].rpartition(".")[2]
    word = _SAME.get(word, word)
    return bool(kind) and word in _KNOWN and word != kind
