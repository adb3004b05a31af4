"""Stores: where messages, deliveries, links and the journal are durably kept."""
