"""The whole plugin surface: what a plugin may contribute at start-up.

A plugin is a module found through the entry-point group `guantong`; it implements any of these with
`@guantong.plugins.hookimpl`. Hooks are called once, when the registry is built; the hot path calls the
typed objects they returned.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import pluggy

if TYPE_CHECKING:
    import typer

    from guantong.adapter import AdapterSpec
    from guantong.blobstore import BlobStoreSpec
    from guantong.cipher import CipherSpec
    from guantong.codec import CodecSpec
    from guantong.finding import FindingKind
    from guantong.function import FunctionSpec
    from guantong.signer import SignerSpec
    from guantong.simulator import SimulatorSpec
    from guantong.store import StoreSpec
    from guantong.tickets import TicketQueueSpec

hookspec = pluggy.HookspecMarker("guantong")
hookimpl = pluggy.HookimplMarker("guantong")


@hookspec
def register_adapters() -> Sequence[AdapterSpec]:
    """Protocols this plugin speaks."""
    return ()


@hookspec
def register_stores() -> Sequence[StoreSpec]:
    """Stores this plugin offers (`store:` in guantong.yaml)."""
    return ()


@hookspec
def register_blob_stores() -> Sequence[BlobStoreSpec]:
    """Where this plugin can keep large contents (`blobs:` in guantong.yaml)."""
    return ()


@hookspec
def register_ticket_queues() -> Sequence[TicketQueueSpec]:
    """Queues that tell many workers which deliveries are ready (`tickets:` in guantong.yaml)."""
    return ()


@hookspec
def register_codecs() -> Sequence[CodecSpec]:
    """Wire forms this plugin reads and writes (`codec:` in dialect.yaml)."""
    return ()


@hookspec
def register_functions() -> Sequence[FunctionSpec]:
    """Value functions for mappings (`via:`)."""
    return ()


@hookspec
def register_signers() -> Sequence[SignerSpec]:
    """Signature schemes (`sign:` and `verify:` in profiles)."""
    return ()


@hookspec
def register_ciphers() -> Sequence[CipherSpec]:
    """Ciphers that interfaces want records hidden by (`cipher:` in profiles)."""
    return ()


@hookspec
def register_simulators() -> Sequence[SimulatorSpec]:
    """Simulated systems (`guantong simulate NAME`)."""
    return ()


@hookspec
def register_findings() -> Sequence[FindingKind]:
    """Kinds of findings (疑点) this plugin notes, with what to do about each."""
    return ()


@hookspec
def register_commands(app: typer.Typer) -> None:
    """Add verbs to the command line."""
