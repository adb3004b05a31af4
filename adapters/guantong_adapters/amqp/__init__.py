"""AMQP 0-9-1: systems that speak through a message broker."""
