"""Opening the blobs of a home."""

from __future__ import annotations

from typing import TYPE_CHECKING

from guantong.blobs.keeping import Blobs

if TYPE_CHECKING:
    from guantong.config.configuration import Configuration
    from guantong.plugins import Registry
    from guantong.vault import Vault


def open_blobs(configuration: Configuration, registry: Registry, vault: Vault) -> Blobs:
    """The blobs of a home; *vault* opens folded bodies from then on."""
    chosen = configuration.blobs
    spec = registry.blob_stores[chosen.keys.use]
    blobs = Blobs(spec.make(chosen.settings, configuration.home), vault, chosen.keys.largest)
    vault.contents = blobs.read
    return blobs
