"""Tickets on the quorum queues of a RabbitMQ."""
