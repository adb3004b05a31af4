"""The registry: everything plugins contributed, by name, built once at start-up."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Protocol, TypeVar

import pluggy

from guantong import hookspecs
from guantong.adapter import AdapterSpec
from guantong.blobstore import BlobStoreSpec
from guantong.cipher import CipherSpec
from guantong.codec import CodecSpec
from guantong.finding import FindingKind
from guantong.function import FunctionSpec
from guantong.journey import findingkinds
from guantong.reconcile import findingkinds as reconcile_kinds
from guantong.scheme import SchemeSpec
from guantong.signer import SignerSpec
from guantong.simulator import SimulatorSpec
from guantong.store import StoreSpec
from guantong.supervision import findingkinds as supervision_kinds
from guantong.tickets import TicketQueueSpec

hookimpl = hookspecs.hookimpl
GROUP = "guantong"


class _Named(Protocol):
    @property
    def name(self) -> str: ...


Spec = TypeVar("Spec", bound=_Named)


@dataclass(frozen=True, slots=True)
class Registry:
    """What is plugged in, by name. Functions are keyed `name@version`."""

    adapters: Mapping[str, AdapterSpec]
    stores: Mapping[str, StoreSpec]
    blob_stores: Mapping[str, BlobStoreSpec]
    ticket_queues: Mapping[str, TicketQueueSpec]
    codecs: Mapping[str, CodecSpec]
    functions: Mapping[str, FunctionSpec]
    signers: Mapping[str, SignerSpec]
    ciphers: Mapping[str, CipherSpec]
    simulators: Mapping[str, SimulatorSpec]
    findings: Mapping[str, FindingKind]
    manager: pluggy.PluginManager

    @property
    def schemes(self) -> Mapping[str, Mapping[str, SchemeSpec[Any]]]:
        """What settings choose by name, by kind."""
        return {"signer": self.signers, "cipher": self.ciphers}


def _by_name(kind: str, contributions: Iterable[Iterable[Spec]]) -> dict[str, Spec]:
    found: dict[str, Spec] = {}
    for spec in (spec for contribution in contributions for spec in contribution):
        if spec.name in found:
            raise ValueError(f"two plugins register the {kind} {spec.name!r}")
        found[spec.name] = spec
    return found


def build_registry(extra: Iterable[Any] = ()) -> Registry:
    """Load every entry point of the group and the modules in *extra*; refuse misspelt hooks by name."""
    manager = pluggy.PluginManager(GROUP)
    manager.add_hookspecs(hookspecs)
    manager.load_setuptools_entrypoints(GROUP)
    for own in (findingkinds, supervision_kinds, reconcile_kinds):
        manager.register(own)  # the core's own, through the same door
    for module in extra:
        manager.register(module)
    manager.check_pending()
    hook = manager.hook
    functions = [spec for specs in hook.register_functions() for spec in specs]
    return Registry(
        adapters=_by_name("adapter", hook.register_adapters()),
        stores=_by_name("store", hook.register_stores()),
        blob_stores=_by_name("blob store", hook.register_blob_stores()),
        ticket_queues=_by_name("ticket queue", hook.register_ticket_queues()),
        codecs=_by_name("codec", hook.register_codecs()),
        functions={f"{spec.name}@{spec.version}": spec for spec in functions},
        signers=_by_name("signer", hook.register_signers()),
        ciphers=_by_name("cipher", hook.register_ciphers()),
        simulators=_by_name("simulator", hook.register_simulators()),
        findings=_by_name("finding", hook.register_findings()),
        manager=manager,
    )


@lru_cache(maxsize=1)
def registry() -> Registry:
    """The process's registry: built on first use."""
    return build_registry()
