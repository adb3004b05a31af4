"""Opening a service of ours: its WSDL read, its operations compiled."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from urllib.parse import quote

from guantong.adapter import SystemContext
from guantong.problems import Place, Problem, ProblemsError
from guantong_adapters.soap.security.receiving import Guard
from guantong_adapters.soap.security.sending import Securing
from guantong_adapters.soap.security.settings import Security
from guantong_adapters.soap.serving.contract import Contract
from guantong_adapters.soap.serving.door import ContractDoor, Safety
from guantong_adapters.soap.serving.publishing import Published
from guantong_adapters.soap.serving.settings import Serve
from guantong_adapters.soap.wsdl.keeping import Keeper
from guantong_adapters.soap.wsdl.refusal import shown


async def open_service(
    context: SystemContext, serve: Serve, charset: str, security: Security | None = None
) -> ContractDoor:
    """The doors of a service. Raises `ProblemsError` for its WSDL, and for settings that do not fit it."""
    keeper = _keeper(serve, context.home)
    description = await keeper.description()
    try:
        contract = Contract(serve, description, charset)
    except ProblemsError as error:
        raise ProblemsError(_placed(error, keeper)) from None
    published = Published(await keeper.documents(), partial(_located, context, serve))
    required, answered = (security.require, security.answer) if security is not None else (None, None)
    guard = Guard(required, context.secrets) if required is not None else None
    securing = Securing(answered, context.secrets) if answered is not None else None
    return ContractDoor(context, serve, contract, published, Safety(guard, securing))


def _located(context: SystemContext, serve: Serve, path: str) -> str:
    """How others reach *path* here: at a test door, not by the address of the real one."""
    if serve.public_url is not None and path == f"/in/{context.system}/{serve.path}":
        return serve.public_url
    return f"{context.address}{quote(path)}" if context.address else ""


def examine_service(serve: Serve, home: Path, charset: str) -> Iterator[Problem]:
    """What is wrong with a service's settings by its WSDL."""
    keeper = _keeper(serve, home)
    try:
        description = keeper.at_hand()
        if description is not None:
            Contract(serve, description, charset)
    except ProblemsError as error:
        yield from (replace(one, path=one.path or "serve.wsdl") for one in error.problems)


def _keeper(serve: Serve, home: Path) -> Keeper:
    file = serve.wsdl if serve.wsdl.is_absolute() else home.absolute() / serve.wsdl
    return Keeper(file.as_uri(), home.absolute())


def _placed(error: ProblemsError, keeper: Keeper) -> Iterator[Problem]:
    return (one if one.place.file else replace(one, place=Place(shown(keeper.root))) for one in error.problems)
