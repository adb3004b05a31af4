"""What a failure of PostgreSQL means: the store is away, the work was mistaken, or it is to be done again."""

from __future__ import annotations

import psycopg

_MISTAKES = ("22", "23", "42", "0A", "21", "P0")
"""Classes of what is wrong with a statement or its values. What is left is the server's."""
_AGAIN = ("40",)
"""The server gave the work up for another's sake."""


def is_mistake(error: psycopg.Error) -> bool:
    """Whether the work is to blame, and not the server, its disk or the network."""
    state = error.sqlstate
    if state is None:
        return not isinstance(error, psycopg.OperationalError | psycopg.InterfaceError)
    return state[:2] in _MISTAKES


def is_again(error: psycopg.Error) -> bool:
    """Whether the same work may succeed when done again."""
    return error.sqlstate is not None and error.sqlstate[:2] in _AGAIN


def in_short(error: psycopg.Error) -> str:
    """The failure in a few words that quote no value: its class and the server's code for it."""
    return f"{type(error).__name__} {error.sqlstate}" if error.sqlstate else type(error).__name__
