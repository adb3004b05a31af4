"""Opening a system: in the hub, or in a compartment of its own where its configuration asks for one."""

from __future__ import annotations

import base64
import pickle
import sys

from guantong.adapter import Connection, SystemContext
from guantong.compartment.child import Limits
from guantong.compartment.compartment import Lodger
from guantong.compartment.connection import lodge
from guantong.config.configuration import System

ROOM = 1 << 20  # bytes of a line besides the body, which is written in Base64


def longest_line(body_limit: int) -> int:
    """The bound of a line of the wire, in bytes, where bodies are at most *body_limit*: the body may stand in it twice,
    as such and in its fields."""
    return 4 * body_limit + ROOM


async def open_connection(system: System, context: SystemContext) -> Connection:
    """The open end of *system*. Raises what its adapter raises, and `ProblemsError` where its process does not start."""
    keys = system.compartment
    if keys is None:
        return await system.adapter.open(context)
    folder = context.folder or context.home / "var" / "systems" / system.id
    longest = longest_line(context.body_limit)
    opening = {
        "system": system.id, "adapter": system.adapter.name,
        "pickled": base64.b64encode(pickle.dumps(context.settings)).decode("ascii"),
        "secrets": {name: secret.reveal() for name, secret in context.secrets.items()},
        "body_limit": context.body_limit,
        "home": str(context.home), "folder": str(folder), "address": context.address, "rereading": context.rereading,
    }
    command = (sys.executable, "-m", "guantong.compartment.host", str(longest))
    limits = Limits(keys.memory, keys.answers)
    connection, _ = await lodge(Lodger(system.id, command, opening, limits, context.home, folder, longest, (f"/in/{system.id}/",)), context)
    return connection
