"""Who is at the keyboard, as far as the operating system tells."""

from __future__ import annotations

import getpass
import os


def login() -> str:
    """The login name of who is at the keyboard, also where `sudo` lends another's rights. Raises `KeyError` or `OSError` for a user without a
    name, as in a container."""
    return os.environ.get("SUDO_USER") or getpass.getuser()
