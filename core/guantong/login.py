"""Who is at the keyboard, as far as the operating system tells."""

from __future__ import annotations

import getpass
import os


def login() -> str:
    """The login name of this process's user, by its number: what variables say anybody may write. Only where it is root's, `SUDO_USER` tells whom
    `sudo` lent its rights to; who is root can be anybody. Raises `KeyError` or `OSError` for a user without a name, as in a container."""
    number = user_number()
    if number is None:
        return getpass.getuser()
    if number == 0 and (lent := os.environ.get("SUDO_USER")):
        return lent
    import pwd  # only where users have numbers

    return pwd.getpwuid(number).pw_name


def user_number() -> int | None:
    """The number of the user whose this process is; None on a system that has none."""
    return os.getuid() if hasattr(os, "getuid") else None
