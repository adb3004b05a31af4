"""A plugin that misbehaves, in a compartment: `python badplugin.py raises|loops|leaks|exits` speaks the wire of compartments.

It opens as it should, and does what its name says when the first delivery comes.
"""

from __future__ import annotations

import json
import os
import sys
from typing import Any


class Misbehaved(Exception):
    """What a plugin may raise."""


def misbehave(how: str) -> dict[str, Any]:
    """Do it; there is no answer but for who raises."""
    if how == "exits":
        os._exit(3)
    kept: list[bytearray] = []
    while how != "raises":
        if how == "leaks":
            kept.append(bytearray(os.urandom(1 << 16) * 16))
    raise Misbehaved("no such window")


def answer(message: dict[str, Any], how: str) -> dict[str, Any]:
    """The answer to one call of the hub's."""
    if message["method"] == "send":
        try:
            return {"result": misbehave(how)}
        except Misbehaved as error:
            return {"error": {"code": -32000, "message": str(error)}}
    return {"result": {"can": ["send"]} if message["method"] == "open" else "pong"}


if __name__ == "__main__":
    for line in sys.stdin:
        given = json.loads(line)
        if "method" in given and "id" in given:
            sys.stdout.write(json.dumps({"jsonrpc": "2.0", "id": given["id"], **answer(given, sys.argv[1])}) + "\n")
            sys.stdout.flush()
