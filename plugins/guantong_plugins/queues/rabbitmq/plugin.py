"""Registers the queue on RabbitMQ. Its driver is loaded when it is used."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from guantong.plugins import hookimpl
from guantong.problems import Problem
from guantong.tickets import TicketQueue, TicketQueueSpec, TicketsRefused
from guantong_plugins.queues.rabbitmq import codes
from guantong_plugins.queues.rabbitmq.settings import RabbitmqSettings


def _make(settings: RabbitmqSettings, home: Path) -> TicketQueue:
    try:
        import pika  # type: ignore[import-untyped]  # noqa: F401  optional: present with the extra `rabbitmq`; it has no types
    except ImportError as error:
        raise TicketsRefused(Problem(codes.NO_DRIVER, path="tickets.use")) from error
    from guantong_plugins.queues.rabbitmq.queue import RabbitmqTickets

    return RabbitmqTickets(settings, home)


@hookimpl
def register_ticket_queues() -> Sequence[TicketQueueSpec]:
    return (TicketQueueSpec("rabbitmq", "RabbitMQ", "RabbitMQ 消息队列", RabbitmqSettings, _make),)
