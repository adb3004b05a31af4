"""Compartments: adapters that run in a process of their own, in any language, on a wire of JSON lines."""
