"""Logging: structlog, as JSON lines or for a console, on standard error.

Events have stable names (`hub.started`, `system.lost`); normal operation is quiet. No record, no body and
no value of one is ever handed to a logger: what identifies a thing in the log is its number.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import sys
import traceback
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import structlog

_LEVELS = {"debug": logging.DEBUG, "info": logging.INFO, "warning": logging.WARNING, "error": logging.ERROR}


def where(error: BaseException) -> str:
    """Where *error* was raised, innermost last (`line.py:110 > deliver.py:52`), without its text, which may
    quote a value."""
    frames = traceback.extract_tb(error.__traceback__)[-4:]
    return " > ".join(f"{Path(frame.filename).name}:{frame.lineno}" for frame in frames)


@contextlib.contextmanager
def unlogged() -> Iterator[None]:
    """Log nothing within: for a verb whose own answer tells what would be logged."""
    before = structlog.get_config()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    try:
        yield
    finally:
        structlog.configure(**before)


class _WithoutTexts(logging.Formatter):
    """What libraries log, their errors told by type and place: an error's text may quote a value."""

    def formatException(self, ei: Any) -> str:
        return f"{type(ei[1]).__name__} at {where(ei[1])}" if ei[1] is not None else ""


def tell_stray(_loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """Log an error that nobody awaited; for `loop.set_exception_handler`, whose default quotes its text."""
    error = context.get("exception")
    told = {"error": type(error).__name__, "where": where(error)} if isinstance(error, BaseException) else {}
    structlog.get_logger("guantong.loop").error("loop.stray_error", what=context.get("message", ""), **told)


def configure(form: str, level: str) -> None:
    """Set up logging for this process: *form* is "json" or "console"."""
    renderer: structlog.types.Processor
    if form == "json":
        renderer = structlog.processors.JSONRenderer(ensure_ascii=False)
    else:
        renderer = structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.StackInfoRenderer(),
            # Frames without their variables: a traceback must not carry a value out.
            structlog.processors.ExceptionRenderer(structlog.tracebacks.ExceptionDictTransformer(show_locals=False))
            if form == "json" else structlog.processors.format_exc_info,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(_LEVELS[level]),
        logger_factory=structlog.PrintLoggerFactory(file=sys.stderr),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_WithoutTexts("%(levelname)s %(name)s %(message)s"))
    logging.basicConfig(level=logging.WARNING, handlers=[handler])
