"""Probing the WSDL of a system: whether it is to be had, and still the one that is used."""

from __future__ import annotations

import asyncio

from guantong.adapter import ProbeStep
from guantong.problems import ProblemsError
from guantong_adapters.soap.wsdl.codes import UNREACHABLE
from guantong_adapters.soap.wsdl.keeping import Keeper
from guantong_adapters.soap.wsdl.refusal import shown


async def probed_wsdl(keeper: Keeper) -> ProbeStep:
    """Read the WSDL and, where it came from a network, fetch it again and compare. A change hinders nothing: the
    kept copy is used; so does one that is no longer served."""
    loop = asyncio.get_running_loop()
    began, target = loop.time(), shown(keeper.root)
    try:
        await keeper.description()
        changes = await keeper.changes()
    except ProblemsError as error:
        problem = error.problems[0]
        if problem.code is UNREACHABLE and keeper.pinned:
            note = f"kept copy in use: {problem.details['what']}"
            return ProbeStep("wsdl", target, loop.time() - began, note=note)
        return ProbeStep("wsdl", target, loop.time() - began, "wsdl", problem)
    return ProbeStep("wsdl", target, loop.time() - began, problem=changes[0] if changes else None)
