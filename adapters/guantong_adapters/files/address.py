"""A place of exchange from the one line by which people name it."""

from __future__ import annotations

from typing import Any
from urllib.parse import unquote, urlsplit

from guantong.adapter import Addressed, NotAnAddress

_SCHEMES = {"sftp": "sftp", "ftp": "ftp", "ftps": "ftp"}


def place_at(address: str) -> Addressed:
    """`place:` from a folder (`/srv/exchange/NAME`) or an address (`sftp://user@host:port/folder`, `ftps://…`,
    `ftp://…`). Raises `NotAnAddress`, also for one that carries a password."""
    if "://" not in address:
        if not address.strip():
            raise _none()
        return Addressed({"place": {"local": {"folder": address}}})
    try:
        parts = urlsplit(address)
        port = parts.port
    except ValueError:
        raise _none() from None
    kind = _SCHEMES.get(parts.scheme)
    if kind is None or not parts.hostname or parts.query or parts.fragment:
        raise _none()
    if parts.password is not None:
        raise NotAnAddress("an address without a password: that is a secret", "不含口令的地址：口令属于密钥")
    place: dict[str, Any] = {"host": parts.hostname}
    place |= {"port": str(port)} if port is not None else {}
    place |= {"user": unquote(parts.username)} if parts.username else {}
    place |= {"folder": unquote(parts.path)} if parts.path not in ("", "/") else {}
    return Addressed({"place": {kind: place}}, host_keys=("place", "sftp", "host_keys") if kind == "sftp" else ())


def _none() -> NotAnAddress:
    return NotAnAddress("a folder, or sftp://user@host/folder", "文件夹，或 sftp://用户@主机/目录 形式的地址")
