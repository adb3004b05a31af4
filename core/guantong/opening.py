"""What an adapter is given to open a system: the same for the hub, for probing and for the test door."""

from __future__ import annotations

from collections.abc import Callable

from guantong.adapter import Accept, SystemContext
from guantong.config.configuration import Configuration, System
from guantong.plugins import Registry


def context_of(
    system: System, registry: Registry, configuration: Configuration, *, accept: Accept, refused: Callable[[str], None],
    now: Callable[[], float],
) -> SystemContext:
    """The context of *system*: what comes in goes to *accept*, what its doors turn away is told to *refused*."""
    return SystemContext(
        system=system.id, settings=system.settings, secrets=system.secrets, accept=accept, refused=refused,
        signer=lambda choice: registry.signers[choice.scheme].open(choice, system.secrets),
        cipher=lambda choice: registry.ciphers[choice.scheme].open(choice, system.secrets),
        body_limit=configuration.hub.body_limit, home=configuration.home, now=now,
        address=configuration.hub.public_url,
    )
