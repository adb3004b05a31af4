"""PostgreSQL's driver, with a limit to its waiting.

`statement_timeout` is the server's own limit and `tcp_user_timeout` the kernel's, for bytes that are not acknowledged.
A server, or a middlebox, that acknowledges what we say and never answers is bounded by neither.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import psycopg
from sqlalchemy import Engine, event

GRACE = 1.0  # seconds that the server's own limit has to be told to us


def bounded(engine: Engine, seconds: float) -> None:
    """Let no statement of *engine* be waited for longer than *seconds* and a little; its connection is then closed."""

    class Bounded(psycopg.Connection[Any]):
        """Waits no longer than that for one answer."""

        def wait(self, gen: Any, interval: float = 0.1, timeout: float | None = None) -> Any:
            try:
                return super().wait(gen, interval, seconds + GRACE if timeout is None else timeout)
            except psycopg.errors._WaitTimeout:
                if timeout is not None:
                    raise
                self.pgconn.finish()
                raise psycopg.OperationalError("no answer in time") from None

    connect: Callable[..., Any] = Bounded.connect

    @event.listens_for(engine, "do_connect")
    def _connect(_dialect: object, _record: object, args: Any, options: Any) -> Any:
        return connect(*args, **options)
