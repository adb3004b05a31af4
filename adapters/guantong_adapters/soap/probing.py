"""Probing the WSDL of a system: whether it is to be had, and still the one that is used."""

from __future__ import annotations

import asyncio

from guantong.adapter import ProbeStep
from guantong.problems import ProblemsError
from guantong_adapters.soap.wsdl.codes import UNREACHABLE
from guantong_adapters.soap.wsdl.keeping import Keeper
from guantong_adapters.soap.wsdl.refusal import shown

CHANGED = "changed"
"""The category of a WSDL that is not the kept one: the other steps can be tried all the same."""


async def probed_wsdl(keeper: Keeper) -> ProbeStep:
    """Read the WSDL and, where it came from a network, fetch it again and compare. A change fails until it is accepted:
    calls are still made by the kept copy. One that is no longer served hinders nothing."""
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
    if changes:
        return ProbeStep("wsdl", target, loop.time() - began, CHANGED, changes[0])
    return ProbeStep("wsdl", target, loop.time() - began)
