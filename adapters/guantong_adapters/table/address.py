"""A database from the one line by which people name it."""

from __future__ import annotations

from urllib.parse import urlsplit

from guantong.adapter import Addressed, NotAnAddress


def database_at(address: str) -> Addressed:
    """`url:` from SQLAlchemy's address; one that names a user calls for the secret `password`. Raises
    `NotAnAddress`, also for one that carries a password."""
    try:
        parts = urlsplit(address)
        user, password = parts.username, parts.password
    except ValueError:
        raise _none() from None
    if not parts.scheme or "://" not in address:
        raise _none()
    if password is not None:
        raise NotAnAddress("an address without a password: that is a secret", "不含口令的地址：口令属于密钥")
    return Addressed({"url": address}, ("password",) if user else ())


def _none() -> NotAnAddress:
    return NotAnAddress("a database's address, such as mysql+pymysql://user@host/base",
                        "数据库地址，如 mysql+pymysql://用户@主机/库名")
