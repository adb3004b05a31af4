"""Queues of tickets, by product."""
